/*
 * The gate: a third process around which systemd makes a scope, and that bears init as its sibling
 * in there (host/cgroup.h).
 *
 * owns:     the gate process
 * may use:  base, sys, wire, host/child, host/cgroup
 * must not: outlive the birth of init
 *
 *     host -- clone3 --> gate: waits for its scope
 *       \                  |
 *        \                 +-- clone3(CLONE_PARENT | the new namespaces) --> init, a child of host
 *         \<-- pidfd ------+   exits
 */
#ifndef RUNDLET_HOST_GATE_H
#define RUNDLET_HOST_GATE_H

#include "runtime/host/cgroup.h"
#include "runtime/host/child.h"

/*
 * Runs the gate, for a cgroup that needs one: it goes into the scope before anybody else, and init
 * is born there. Returns 0 with init's pid as the host sees it and its
 * pidfd, 1 when the gate ended early: its error is on the wire. A negative errno otherwise, with *e
 * filled.
 */
int gate_clone(const struct child *c, struct cgroup *cgroup, pid_t *ret_pid, int *ret_pidfd,
	       struct err *e) MUST_USE;

#endif
