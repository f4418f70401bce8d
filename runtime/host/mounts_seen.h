/*
 * The mounts of a process, as the kernel says that they are.
 *
 * owns:     reading them: statmount(2), else /proc/PID/mountinfo
 * may use:  base, sys, oci (types), plan/procinfo
 * must not: know what was asked for
 */
#ifndef RUNDLET_HOST_MOUNTS_SEEN_H
#define RUNDLET_HOST_MOUNTS_SEEN_H

#include <sys/types.h>

#include "oci/inspect.h"

struct mounts_seen {
	struct inspected_mount *v;
	size_t n;
};

/* Both: what process pid sees, in a, in the order in which it was mounted. 0 or a negative errno,
 * of the first also where the kernel is too old or the process's root is not that of its namespace.
 */
int mounts_by_statmount(struct mounts_seen *ret, struct arena *a, pid_t pid) MUST_USE;
int mounts_by_mountinfo(struct mounts_seen *ret, struct arena *a, pid_t pid) MUST_USE;

#endif
