/*
 * The cgroup in the plan, for explain and for the record: the host makes it from struct
 * cgroup_plan.
 *
 * owns:     OP_CGROUP and OP_LIMIT
 * may use:  base, the plan
 * must not: decide: cgroup_plan() has
 */
#include <string.h>

#include "runtime/plan/builder.h"
#include "runtime/plan/cgroup_plan.h"

static void add_limit(struct builder *b, const char *file, const char *value, const char *pointer)
{
	struct op op = op_new(b, OP_LIMIT, PHASE_LAUNCH, pointer);

	op.limit.file = pool_str(b, file);
	op.limit.value = pool_str(b, value);
	op_add(b, &op);
}

/* A note is "/pointer: reason". */
static void add_note(struct builder *b, const char *note)
{
	const char *colon = strchr(note, ':');
	struct op op =
		op_new(b, OP_CGROUP, PHASE_LAUNCH, PTR(b, "%.*s", (int)(colon - note), note));

	op_adapt(b, &op, "%s", colon + 2);
	op_add(b, &op);
}

int plan_cgroup(struct builder *b)
{
	const struct cgroup_plan *p = b->options->cgroup;
	const char *pointer = b->spec->linux_.cgroups_path ? "/linux/cgroupsPath" : NULL;
	struct op op = op_new(b, OP_CGROUP, PHASE_LAUNCH, pointer);

	if (!p)
		return 0;
	if (p->choice.manager != CGROUP_DISABLED || p->choice.note) {
		op.cgroup.manager = p->choice.manager == CGROUP_DISABLED ? 0 : p->choice.manager;
		op.cgroup.path = pool_str(b, p->choice.scope ? p->choice.scope : p->choice.path);
		if (p->choice.note)
			op_adapt(b, &op, "no cgroup: %s", p->choice.note);
		op_add(b, &op);
	}
	for (size_t i = 0; i < p->limits.n; i++)
		add_limit(b, p->limits.v[i].file, p->limits.v[i].value, p->limits.v[i].pointer);
	if (p->devices.n)
		add_limit(b, "devices", PTR(b, "eBPF, %zu instructions", p->devices.n),
			  "/linux/resources/devices");
	for (size_t i = 0; i < p->limits.notes.n; i++)
		add_note(b, p->limits.notes.v[i]);
	return 0;
}
