/*
 * Which CPUs a process of a container begins on.
 *
 * owns:     our own CPU affinity, which init inherits
 * may use:  base, sys, plan
 * must not: touch cgroups: what a cpuset allows, the kernel cuts out of the mask by itself
 */
#include "runtime/host/affinity.h"

#include <sched.h>
#include <string.h>

#include "runtime/base/log.h"
#include "runtime/sys/process.h"

/* The affinity of the caller is no property of the container: whoever was pinned to some CPUs (by
 * taskset(1), by a unit) would pin all that it starts. */
static void reset(void)
{
	cpu_set_t all[8]; /* more than any kernel has */
	int r;

	memset(all, 0xff, sizeof(all));
	r = process_set_affinity(all, sizeof(all));
	if (r < 0)
		log_note("the CPU affinity of the caller stays: %s", strerror(-r));
}

static void say(void)
{
	cpu_set_t now;

	if (log_debugging() && sched_getaffinity(0, sizeof(now), &now) == 0)
		log_debug("nsexec container setup: affinity: 0x%lx", *(unsigned long *)&now);
}

int affinity_begin(const struct plan *p, struct err *e)
{
	const struct op *ops = plan_ops(p);
	bool asked = false;

	for (uint32_t i = 0; i < p->op_count; i++) {
		const struct pref mask = ops[i].affinity.mask;
		int r;

		if (ops[i].kind != OP_AFFINITY)
			continue;
		asked = true;
		if (ops[i].phase != PHASE_LAUNCH)
			continue;
		r = process_set_affinity(plan_blob(p, mask.off), mask.n);
		if (r < 0)
			return err_at(e, err_sys(e, ERR_PROCESS, r, "run on these CPUs only"), "%s",
				      plan_str(p, ops[i].pointer));
	}
	if (!asked)
		reset();
	say();
	return 0;
}
