/*
 * Which CPUs a process of a container begins on.
 *
 * owns:     our own CPU affinity
 * may use:  base/err, the plan
 * must not: know of cgroups
 */
#ifndef RUNDLET_HOST_AFFINITY_H
#define RUNDLET_HOST_AFFINITY_H

#include "runtime/base/err.h"
#include "runtime/plan/plan.h"

/*
 * Before the clone: where the process runs until it is in the container's cgroup is where we run.
 * That is what execCPUAffinity's "initial" says, else, unless there is a "final", every CPU.
 * ERR_PROCESS with the pointer of what was asked for.
 */
int affinity_begin(const struct plan *p, struct err *e) MUST_USE;

#endif
