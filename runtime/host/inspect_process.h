/*
 * One process of a container, as /proc tells it.
 *
 * owns:     reading it
 * may use:  base, sys, oci (types), plan
 * must not: change anything
 */
#ifndef RUNDLET_HOST_INSPECT_PROCESS_H
#define RUNDLET_HOST_INSPECT_PROCESS_H

#include <sys/types.h>

#include "oci/inspect.h"

/* Process pid of the container of this init. False when it is gone, or somebody else's. */
bool inspect_process(struct inspected_process *ret, struct arena *a, pid_t pid,
		     pid_t init) MUST_USE;

#endif
