/*
 * intelRdt: the group in resctrl and what its schemata shall be.
 *
 * owns:     the name of the group, the order of the schemata
 * may use:  base, oci (types)
 * must not: look at resctrl: the host does, before anything is made
 */
#include "runtime/plan/builder.h"

static void add_schema(struct builder *b, const char *line, const char *pointer)
{
	struct op op;

	if (!line)
		return;
	op = op_new(b, OP_RDT_SCHEMA, PHASE_LAUNCH, pointer);
	op.text.text = pool_str(b, line);
	op_add(b, &op);
}

int plan_rdt(struct builder *b)
{
	const struct spec_intel_rdt *rdt = &b->spec->linux_.intel_rdt;
	struct op op;

	if (!rdt->set)
		return 0;
	op = op_new(b, OP_RDT, PHASE_LAUNCH,
		    rdt->clos_id ? "/linux/intelRdt/closID" : "/linux/intelRdt");
	op.rdt.group = pool_str(b, rdt->clos_id ? rdt->clos_id : b->options->id);
	if (rdt->enable_monitoring)
		op.rdt.monitor = pool_str(b, b->options->id);
	op.rdt.named = rdt->clos_id != NULL;
	op_add(b, &op);
	/* config-linux.md wants this order */
	add_schema(b, rdt->l3_cache_schema, "/linux/intelRdt/l3CacheSchema");
	add_schema(b, rdt->mem_bw_schema, "/linux/intelRdt/memBwSchema");
	for (size_t i = 0; i < rdt->schemata.n; i++)
		add_schema(b, rdt->schemata.v[i], PTR(b, "/linux/intelRdt/schemata/%zu", i));
	return 0;
}
