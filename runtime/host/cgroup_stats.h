/*
 * What a cgroup has used, and events in it.
 *
 * owns:     the table of statistics
 * may use:  base, sys, oci (JSON), host/cgroup
 * must not: change anything
 */
#ifndef RUNDLET_HOST_CGROUP_STATS_H
#define RUNDLET_HOST_CGROUP_STATS_H

#include "oci/json_out.h"
#include "runtime/host/cgroup.h"

/*
 * Writes the object `data` of `events --stats`, in the form that go-runc reads: cpu, memory, pids,
 * blkio, hugetlb, with the pressure (PSI) of each where the kernel has it. Times in nanoseconds,
 * sizes in bytes; what is not limited is 2^64 - 1. What the cgroup has no controller for is left
 * out.
 */
void cgroup_stats(const struct cgroup *c, struct json_out *o);

/* How often the kernel killed for want of memory inside; 0 when it does not count. */
uint64_t cgroup_oom_kills(const struct cgroup *c);
/* A descriptor, the caller's, that polls as POLLPRI when that number may have changed; -1 where
 * there is none (v1). It has to be rearmed after every wake-up, before the number is looked at
 * again. */
int cgroup_oom_watch(const struct cgroup *c);
void cgroup_oom_rearm(int fd);

#endif
