/*
 * The gate: a third process that joins existing namespaces and then bears init as its sibling.
 *
 * owns:     the gate process
 * may use:  base, sys, wire, host/child
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
 */
#ifndef RUNDLET_HOST_GATE_H
#define RUNDLET_HOST_GATE_H

#include "runtime/host/child.h"

/*
 * Runs the gate. Returns 0 with init's pid as the host sees it and its pidfd, 1 when the gate ended
 * early: its error is on the wire. A negative errno otherwise, with *e filled.
 */
int gate_clone(const struct child *c, pid_t *ret_pid, int *ret_pidfd, struct err *e) MUST_USE;

#endif
