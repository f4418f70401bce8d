/*
 * The gate: a third process that joins existing namespaces and then bears init as its sibling.
 *
 * owns:     the gate process
 * may use:  base, sys, wire, host/child, host/cgroup
 * must not: outlive the birth of init
 *
 * A pid namespace takes in children only, and a namespace that belongs to the caller's user
 * namespace can no longer be joined by a process that was born into its own. So somebody who is
 * neither the host nor init has to go first:
 *
 *     host -- clone3 --> gate: setns(user), setns(net), …
 *       \                  |
 *        \                 +-- clone3(CLONE_PARENT | the new namespaces) --> init, a child of host
 *         \<-- pidfd ------+   exits
 *
 * The same process is the one around which systemd makes a scope (host/cgroup.h).
 */
#ifndef RUNDLET_HOST_GATE_H
#define RUNDLET_HOST_GATE_H

#include "runtime/host/cgroup.h"
#include "runtime/host/child.h"

/*
 * Runs the gate. With a cgroup that needs one it also goes into the scope before anybody else, and
 * init is born there; cgroup may be NULL. Returns 0 with init's pid as the host sees it and its
 * pidfd, 1 when the gate ended early: its error is on the wire. A negative errno otherwise, with *e
 * filled.
 */
int gate_clone(const struct child *c, struct cgroup *cgroup, pid_t *ret_pid, int *ret_pidfd,
	       struct err *e) MUST_USE;

#endif
