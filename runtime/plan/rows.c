/*
 * owns:     plan_rows()
 * may use:  wire, the plan's header
 * must not: need anything that init does not link
 */
#include "runtime/plan/rows.h"

static uint32_t row_of(const struct op *op)
{
	if (op->kind == OP_ENTER && op->enter.reborn)
		return ROW_BORN;
	if (op->kind == OP_NET_DEVICE) /* moved by the time init looks around */
		return ROW_MAPPED;
	if (op->kind == OP_HOOKS)
		return ROW_HOOKS;
	if (op->kind == OP_CONSOLE)
		return ROW_CONSOLE;
	if (op->kind == OP_SECCOMP && op->seccomp.listener)
		return ROW_LISTENER;
	return ROW_ALWAYS;
}

uint32_t plan_rows(const struct plan *p)
{
	const struct op *ops = plan_ops(p);
	uint32_t rows = 0;

	if (p->map_writer == MAP_PARENT || p->map_writer == MAP_HELPERS)
		rows |= ROW_MAPPED;
	for (uint32_t i = 0; i < p->op_count; i++)
		rows |= row_of(&ops[i]);
	return rows;
}
