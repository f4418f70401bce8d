/*
 * Which optional rows of the handshake a plan has: the same answer for both ends.
 *
 * owns:     the derivation
 * may use:  base, wire, the plan's header
 * must not: be told anything that is not in the plan
 */
#ifndef RUNDLET_PLAN_ROWS_H
#define RUNDLET_PLAN_ROWS_H

#include "runtime/plan/plan.h"
#include "runtime/wire/wire.h"

/* enum wire_rows, or-ed. init leaves ROW_MAPPED out: its maps were set before it was executed. */
uint32_t plan_rows(const struct plan *p);

#endif
