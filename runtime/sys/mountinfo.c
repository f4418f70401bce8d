/*
 * The text of /proc/PID/mountinfo (proc_pid_mountinfo(5)).
 *
 * owns:     nothing
 * may use:  base
 * must not: read it; word errors
 */
#include <string.h>

#include "runtime/sys/mountinfo.h"

enum { FIELDS_BEFORE_POINT = 4 };

char *mountinfo_unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; to++) {
		const char *d = from + 1;

		if (*from == '\\' && d[0] >= '0' && d[0] <= '3' && d[1] >= '0' && d[1] <= '7' &&
		    d[2] >= '0' && d[2] <= '7') {
			*to = (char)((d[0] - '0') << 6 | (d[1] - '0') << 3 | (d[2] - '0'));
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
	return text;
}

char *mountinfo_point(char *line)
{
	for (int field = 0; field < FIELDS_BEFORE_POINT; field++) {
		line = strchr(line, ' ');
		if (!line)
			return NULL;
		line++;
	}
	line[strcspn(line, " ")] = '\0';
	return mountinfo_unescape(line);
}
