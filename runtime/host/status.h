/*
 * The status of a container: derived whenever it is asked for, never stored.
 *
 * owns:     the derivation
 * may use:  base, sys, oci, host/store, host/cgroup
 * must not: change anything
 */
#ifndef RUNDLET_HOST_STATUS_H
#define RUNDLET_HOST_STATUS_H

#include "runtime/host/cgroup.h"
#include "runtime/host/store.h"

/* What has begun to end has ended within this time. */
enum { STATUS_ENDING_MS = 1000 };

/*
 * Reads the state and derives its status (runtime.md "State"): init is looked up by its pid and
 * pinned by its start time; the name of the start socket tells created from running. st->pid is 0
 * when the container is stopped. ret_pidfd: NULL, or init's pidfd (owned by the caller), -1 when
 * stopped. Errors: store_read()'s, ERR_SYSTEM.
 */
int status_read(const struct store_entry *s, struct arena *a, struct state *ret, int *ret_pidfd,
		struct err *e) MUST_USE;

/*
 * The same, and opens its cgroup, as cgroup_open() does. On failure *ret_pidfd may be set, for the
 * caller to close.
 */
int status_open(const struct store_entry *s, struct arena *a, struct state *ret, int *ret_pidfd,
		struct cgroup *ret_cgroup, struct err *e) MUST_USE;

/*
 * For a command that found its container and failed half-way: when that was deleted or has ended
 * meanwhile, this is why, in the words that callers look for; what the kernel says of files and
 * processes that are gone they take for a program that is not found. Returns r with *e as it was in
 * any other case, also when r is no error. s may be closed.
 */
int status_explain(const struct store_entry *s, struct err *e, int r) MUST_USE;

#endif
