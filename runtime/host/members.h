/*
 * The processes of a container that has a namespace of its own.
 *
 * owns:     finding them in /proc
 * may use:  base, sys, oci (struct state)
 * must not: derive a status
 */
#ifndef RUNDLET_HOST_MEMBERS_H
#define RUNDLET_HOST_MEMBERS_H

#include "oci/oci.h"
#include "runtime/base/cleanup.h"

/* Can they be told from others? By their pid namespace or, while init lives or where the kernel
 * numbers them (Linux 6.11), their mount namespace. */
bool members_known(const struct state *st);

/*
 * Sends sig to each of them; SIGKILL until nobody is left. How many there were, or the first
 * negative errno of a signal that could not be sent.
 */
int members_signal(const struct state *st, int sig) MUST_USE;

/* Calls fn for each of them. How many there were, or its first negative result. */
int members_each(const struct state *st, int (*fn)(pid_t pid, void *data), void *data) MUST_USE;

/*
 * Ends what may have outlived init: nobody in a pid namespace of its own, and everybody in a cgroup
 * is found there. What cannot be found is named in the log.
 */
int members_end(const struct state *st) MUST_USE;

#endif
