/*
 * The text of /proc/PID/mountinfo (proc_pid_mountinfo(5)).
 *
 * owns:     nothing
 * may use:  base
 * must not: read it; word errors
 */
#ifndef RUNDLET_SYS_MOUNTINFO_H
#define RUNDLET_SYS_MOUNTINFO_H

/* Undoes the octal escapes of a field, in place, and returns it: blanks, tabs, line breaks, '#' and
 * backslashes are \ooo. */
char *mountinfo_unescape(char *text);
/* The mount point in a line, without its escapes; cuts the line behind it. NULL: it has none. */
char *mountinfo_point(char *line);

#endif
