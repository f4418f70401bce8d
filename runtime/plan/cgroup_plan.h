/*
 * Everything about the container's cgroup that can be decided before it exists.
 *
 * owns:     the combination: where, which writes, which device filter, which unit properties
 * may use:  base, oci (types)
 * must not: touch a cgroup
 */
#ifndef RUNDLET_PLAN_CGROUP_PLAN_H
#define RUNDLET_PLAN_CGROUP_PLAN_H

#include "runtime/plan/cgroup.h"
#include "runtime/plan/devfilter.h"
#include "runtime/plan/limits.h"
#include "runtime/plan/unit.h"

struct cgroup_plan {
	struct cgroup_choice choice;
	struct limits limits;              /* with the notes of what is dropped */
	struct devfilter devices;          /* n 0: none */
	struct unit_properties properties; /* systemd only */
	struct opt_u32 owner; /* the host's id of the user who shall manage the cgroup */
	bool check_memory;    /* refuse a memory limit below what is in use */
};

/*
 * Decides for a container that is to be made. asked: what the command line says. Errors carry the
 * pointer of the property that cannot be honoured.
 */
int cgroup_plan(struct cgroup_plan *ret, struct arena *a, const struct spec *s, const char *id,
		enum cgroup_manager asked, const struct cgroup_facts *f, struct err *e) MUST_USE;

/*
 * Decides for `update`: only limits, devices and properties are set, for the manager that made the
 * cgroup; base is what is in force. Errors carry pointers relative to the resources.
 */
int cgroup_plan_update(struct cgroup_plan *ret, struct arena *a, const struct spec_resources *r,
		       enum cgroup_manager manager, bool root, const struct limits_base *base,
		       struct err *e) MUST_USE;

#endif
