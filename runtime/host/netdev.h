/*
 * Network devices on their way into the container (config-linux.md, Network Devices).
 *
 * owns:     the order of the steps, what is looked at before the first of them
 * may use:  base, sys, the plan
 * must not: bring anything back: a device belongs to the network namespace that it is in
 */
#ifndef RUNDLET_HOST_NETDEV_H
#define RUNDLET_HOST_NETDEV_H

#include "runtime/base/err.h"
#include "runtime/plan/plan.h"

/* Are the devices of the plan there? Before anything is made. ERR_NAMESPACE at the device. */
int netdev_check(const struct plan *p, struct err *e) MUST_USE;
/*
 * Moves them, with their addresses, and brings them up. ns: the container's network namespace, -1:
 * that of the process pid. When a name is taken there nothing has been moved. ERR_NAMESPACE at the
 * device.
 */
int netdev_move(const struct plan *p, int ns, pid_t pid, struct err *e) MUST_USE;

#endif
