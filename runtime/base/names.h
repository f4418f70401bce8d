/*
 * name <-> value tables.
 *
 * owns:     the lookup; the tables belong to whoever knows the names
 * may use:  libc string functions
 * must not: allocate
 */
#ifndef RUNDLET_BASE_NAMES_H
#define RUNDLET_BASE_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

struct name {
	const char *name;
	uint64_t value;
};

/* A table with its length: NAMES(array) makes one from an array. */
struct names {
	const struct name *v;
	size_t n;
};

#define NAMES(array) ((struct names){(array), sizeof(array) / sizeof((array)[0])})

/* Exact, case-sensitive. *ret_value is written on success only. */
bool names_value(struct names t, const char *name, uint64_t *ret_value);
/* The first name with that value, or NULL. */
const char *names_name(struct names t, uint64_t value);

/* The namespaces of Linux, in the order in which they are joined: the user namespace first. */
enum ns_type { NS_USER, NS_CGROUP, NS_IPC, NS_UTS, NS_NET, NS_PID, NS_MNT, NS_TIME, NS_COUNT };

/* name: what config.json calls it ("network"); proc: its file below /proc/PID/ns ("net"). */
struct ns_info {
	const char *name;
	const char *proc;
	uint64_t flag; /* CLONE_NEW… */
};

extern const struct ns_info ns_table[NS_COUNT];

/* RLIMIT_…: what config.json calls them is what getrlimit(2) does. */
extern const struct name rlimit_names[RLIM_NLIMITS];

#endif
