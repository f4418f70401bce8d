/*
 * What a cgroup has used, and events in it.
 *
 * owns:     the table of statistics
 * may use:  base, sys, oci (JSON), host/cgroup
 * must not: change anything
 */
#ifndef RUNDLET_HOST_CGROUP_STATS_H
#define RUNDLET_HOST_CGROUP_STATS_H

#include <poll.h>

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

/* Waits for more of that. */
struct oom_watch {
	struct pollfd poll; /* to be waited for; .fd, the caller's, is -1 where nothing tells */
	uint64_t seen;
};

/* Begins one: what happens from here on is told. c has a cgroup. */
void cgroup_oom_watch(const struct cgroup *c, struct oom_watch *ret);
/* How many there were since the last call, or since the watch began. It has to be called before
 * each poll: only then the next one wakes it. */
uint64_t cgroup_oom_news(const struct cgroup *c, struct oom_watch *w);

#endif
