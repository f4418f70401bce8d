/*
 * The container's group in resctrl (config-linux.md "IntelRdt", the kernel's
 * Documentation/filesystems/resctrl.rst).
 *
 * owns:     what is looked at, made, written and removed below a mounted resctrl
 * may use:  base, sys, oci (types), the plan, host/mounts_seen
 * must not: mount resctrl, remove what it has not made
 */
#ifndef RUNDLET_HOST_RDT_H
#define RUNDLET_HOST_RDT_H

#include "oci/spec.h"
#include "runtime/base/arena.h"
#include "runtime/base/err.h"
#include "runtime/plan/plan.h"

/* All paths are absolute. Zeroed: the config has no intelRdt, and nothing is done. */
struct rdt {
	const struct plan *plan;
	const char *root;      /* where resctrl is mounted; NULL: nothing to do */
	bool make;             /* the first of groups is not there yet */
	struct strings groups; /* whose tasks the container's processes are to be; two at most */
	struct strings owned;  /* what ends with the container, in the order of removal */
	struct strings made;   /* by rdt_apply(), in the order of removal */
};

/*
 * Looks whether the plan's group can be had, and makes nothing. root: where resctrl is mounted;
 * NULL: found in our mount namespace. ERR_UNSUPPORTED: there is none. ERR_CONFIG_VALUE at the
 * property: a group that has to be there is not, or has other schemata.
 */
int rdt_prepare(struct rdt *ret, struct arena *a, const struct plan *p, const char *root,
		struct err *e) MUST_USE;
/* Makes the groups, writes the schemata, and puts process pid into them. On failure .made is to be
 * removed. ERR_SYSTEM at the property. */
int rdt_apply(struct rdt *t, struct arena *a, pid_t pid, struct err *e) MUST_USE;
/* Puts process pid into all groups. ERR_SYSTEM. */
int rdt_join(const struct strings *groups, pid_t pid, struct err *e) MUST_USE;
/* Writes lines to the schemata of the first of groups; nothing where there are no lines.
 * ERR_UNSUPPORTED: there is no group. ERR_SYSTEM. */
int rdt_update(const struct strings *groups, struct arena *a, const struct strings *lines,
	       struct err *e) MUST_USE;
/* Removes groups, of which some may be gone already. ERR_SYSTEM. */
int rdt_remove(const struct strings *groups, struct err *e) MUST_USE;

#endif
