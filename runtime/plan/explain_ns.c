/*
 * Namespaces, and what is done to them, in words.
 *
 * owns:     the words for these operations
 * may use:  base
 * must not: know anything that is not in the plan
 */
#include "runtime/base/names.h"
#include "runtime/plan/words.h"

const char *describe_namespace(struct words *w, const struct op *op)
{
	return SAY(w, "new %s namespace", ns_table[op->ns.type].name);
}

const char *describe_join(struct words *w, const struct op *op)
{
	return SAY(w, "%s namespace %s", ns_table[op->ns.type].name, plan_str(w->p, op->ns.path));
}

const char *describe_enter(struct words *w, const struct op *op)
{
	const char *text =
		op->enter.reborn ? "what is joined, and born again inside" : "what is joined";
	const char *comma = op->enter.reborn ? ", with new" : ", then new";

	for (enum ns_type t = 0; t < NS_COUNT; t++) {
		if (!(op->enter.create & ns_table[t].flag))
			continue;
		text = SAY(w, "%s%s %s", text, comma, ns_table[t].name);
		comma = ",";
	}
	return text;
}

const char *describe_become(struct words *w, const struct op *op)
{
	return SAY(w, "uid %u, gid %u of the user namespace", op->become.uid, op->become.gid);
}

const char *describe_net_device(struct words *w, const struct op *op)
{
	return SAY(w, "%s becomes %s, with its addresses, up", plan_str(w->p, op->net_device.from),
		   plan_str(w->p, op->net_device.to));
}

const char *describe_rdt(struct words *w, const struct op *op)
{
	return SAY(w, "%s%s%s", plan_str(w->p, op->rdt.group),
		   op->rdt.monitor.off ? ", monitored as " : "", plan_str(w->p, op->rdt.monitor));
}

const char *describe_time_offset(struct words *w, const struct op *op)
{
	const struct op_time_offset *t = &op->time_offset;

	return SAY(w, "%s: %lld s and %u ns%s", plan_str(w->p, t->clock), (long long)t->secs,
		   t->nanosecs, t->last ? ", then enter" : "");
}

const char *describe_loopback(struct words *w, const struct op *op)
{
	(void)op;
	return SAY(w, "lo up");
}

const char *describe_sysctl(struct words *w, const struct op *op)
{
	return SAY(w, "%s = %s", plan_str(w->p, op->sysctl.key), plan_str(w->p, op->sysctl.value));
}
