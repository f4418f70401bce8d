/*
 * How the process is scheduled, where its memory is, and what security modules call it.
 *
 * owns:     the operations scheduler, io-priority, personality, memory-policy, label
 * may use:  base, oci (types)
 * must not: ask whether the host can do it: the kernel says so to init
 */
#include <errno.h>
#include <linux/ioprio.h>
#include <linux/mempolicy.h>
#include <linux/sched.h>

#include "runtime/plan/builder.h"

static int refuse_deadline(struct builder *b, const char *property, const char *why)
{
	err_set(b->e, ERR_CONFIG_VALUE, "sched_setattr: `SCHED_DEADLINE` %s", why);
	return err_at(b->e, -EINVAL, "/process/scheduler%s", property);
}

/* What the kernel wants of the three, and would answer with a bare EINVAL: sched(7). */
static int check_deadline(struct builder *b, const struct spec_scheduler *s)
{
	const unsigned long long runtime = s->runtime.v, deadline = s->deadline, period = s->period;
	const unsigned long long least = 1024, most = INT64_MAX;

	if (!s->runtime.set)
		return refuse_deadline(b, "", "requires `runtime`");
	if (!runtime)
		return refuse_deadline(b, "/runtime", "runtime must be greater than 0");
	if (!deadline)
		return refuse_deadline(b, "", "requires `deadline`");
	if (runtime < least || runtime > most)
		return refuse_deadline(
			b, "/runtime",
			PTR(b, "runtime %llu must be between %llu and %llu", runtime, least, most));
	if (runtime > deadline)
		return refuse_deadline(
			b, "/runtime",
			PTR(b, "runtime %llu must be <= deadline %llu", runtime, deadline));
	if (period && deadline > period)
		return refuse_deadline(
			b, "/deadline",
			PTR(b, "deadline %llu must be <= period %llu", deadline, period));
	return 0;
}

static int add_scheduler(struct builder *b)
{
	const struct spec_scheduler *s = &b->spec->process.scheduler;
	int r = s->set && s->policy == SCHED_DEADLINE ? check_deadline(b, s) : 0;
	struct op op;

	if (!s->set || r < 0)
		return r;
	op = op_new(b, OP_SCHEDULER, PHASE_IDENT, "/process/scheduler");
	op.scheduler.policy = s->policy;
	op.scheduler.nice = s->nice;
	op.scheduler.priority = (uint32_t)s->priority;
	op.scheduler.flags = s->flags;
	op.scheduler.runtime = s->runtime.v;
	op.scheduler.deadline = s->deadline;
	op.scheduler.period = s->period;
	op_add(b, &op);
	return 0;
}

static void add_io_priority(struct builder *b)
{
	const struct spec_io_priority *p = &b->spec->process.io_priority;
	struct op op;

	if (!p->set)
		return;
	op = op_new(b, OP_IO_PRIORITY, PHASE_IDENT, "/process/ioPriority");
	op.number.v = (int64_t)p->class << IOPRIO_CLASS_SHIFT | p->priority;
	op_add(b, &op);
}

static void add_personality(struct builder *b)
{
	struct op op;

	if (!b->spec->linux_.personality.set)
		return;
	op = op_new(b, OP_PERSONALITY, PHASE_IDENT, "/linux/personality");
	op.number.v = b->spec->linux_.personality.domain;
	op_add(b, &op);
}

#define POLICY "/linux/memoryPolicy"

/* set_mempolicy(2) on some modes: the nodes must be none. */
static int check_no_nodes(struct builder *b, uint32_t mode, struct pref nodes)
{
	const char *mask = builder_str(b, nodes);
	unsigned int n = 0;

	for (uint32_t i = 0; i < nodes.n; i++)
		n += (unsigned int)__builtin_popcount((unsigned char)mask[i]);
	if (!n || (mode != MPOL_DEFAULT && mode != MPOL_LOCAL))
		return 0;
	err_set(b->e, ERR_CONFIG_VALUE, "%s mode requires 0 nodes but got %u",
		mode == MPOL_LOCAL ? "MPOL_LOCAL" : "MPOL_DEFAULT", n);
	return err_at(b->e, -EINVAL, POLICY "/nodes");
}

static int add_memory_policy(struct builder *b)
{
	const struct spec_memory_policy *m = &b->spec->linux_.memory_policy;
	struct op op;
	int r;

	if (!m->set)
		return 0;
	op = op_new(b, OP_MEMORY_POLICY, PHASE_IDENT, POLICY);
	op.memory_policy.mode = m->mode | m->flags;
	if (m->nodes) {
		r = mask_read(b, m->nodes, "NUMA nodes", POLICY "/nodes", &op.memory_policy.nodes);
		if (r < 0)
			return err_prefix(b->e, r, "invalid memory policy node");
		r = check_no_nodes(b, m->mode, op.memory_policy.nodes);
		if (r < 0)
			return r;
	}
	op_add(b, &op);
	return 0;
}

static void add_label(struct builder *b, enum label_kind kind, const char *label,
		      const char *pointer)
{
	struct op op;

	if (!label)
		return;
	op = op_new(b, OP_LABEL, PHASE_IDENT, pointer);
	op.label.kind = kind;
	op.label.label = pool_str(b, label);
	op_add(b, &op);
}

int plan_scheduling(struct builder *b)
{
	const struct spec_process *p = &b->spec->process;
	int r = add_scheduler(b);

	if (r < 0)
		return r;
	add_io_priority(b);
	add_personality(b);
	add_label(b, LABEL_APPARMOR, p->apparmor_profile, "/process/apparmorProfile");
	add_label(b, LABEL_SELINUX, p->selinux_label, "/process/selinuxLabel");
	return add_memory_policy(b);
}
