/*
 * What the kernel says of a process, in files below /proc/PID.
 *
 * owns:     reading them and taking them apart, for the probe, for exec and for inspect
 * may use:  base
 * must not: word errors, decide anything
 */
#ifndef RUNDLET_PLAN_PROCINFO_H
#define RUNDLET_PLAN_PROCINFO_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "runtime/base/arena.h"

struct id_range {
	uint32_t inside; /* first id in the namespace (uid_map column 1) */
	uint32_t outside;
	uint32_t count;
};

struct id_ranges {
	struct id_range *v;
	size_t n;
};

enum {
	PROCINFO_SELF = 0,      /* as pid: the calling process */
	PROCINFO_SMALL = 16384, /* room for status, or for a map of 340 lines */
};

/*
 * The text of /proc/PID/FILE, terminated and in a, cut at size bytes. NULL with *ret_r set to a
 * negative errno when it cannot be read: -ESRCH when there is no such process.
 */
char *procinfo_read(struct arena *a, pid_t pid, const char *file, size_t size, int *ret_r);

/* A map as user_namespaces(7) has it, "inside outside count" a line: false when it is none. */
bool procinfo_parse_map(struct id_ranges *ret, struct arena *a, const char *text);

/* The value of a line "NAME:\tVALUE" of /proc/PID/status, NULL when there is none. */
const char *procinfo_value(const char *status, const char *name);
/* The same as a set of bits, in hexadecimal. *ret is written on success only. */
bool procinfo_bits(const char *status, const char *name, uint64_t *ret);
/* The value of a line in octal, of few digits. */
bool procinfo_octal(const char *status, const char *name, uint32_t *ret) MUST_USE;
/* Its numbers, at most max. How many there are. */
size_t procinfo_numbers(const char *status, const char *name, uint32_t *ret, size_t max);
/* Whether /proc/PID/setgroups, this text, denies it. */
bool procinfo_denies(const char *setgroups);

#endif
