/*
 * The processes of a container that has its own pid namespace.
 *
 * owns:     finding them in /proc
 * may use:  base, sys
 * must not: know of states
 */
#ifndef RUNDLET_HOST_MEMBERS_H
#define RUNDLET_HOST_MEMBERS_H

#include <sys/types.h>

#include "runtime/base/cleanup.h"

/* Sends sig to every process in the pid namespace of init. 0, -ESRCH when init is gone, or the
 * first negative errno of a signal that could not be sent. */
int members_signal(pid_t init, int sig) MUST_USE;

/* Calls fn for each of those processes. 0, -ESRCH when init is gone, or the first negative result.
 */
int members_each(pid_t init, int (*fn)(pid_t pid, void *data), void *data) MUST_USE;

#endif
