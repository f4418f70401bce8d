/*
 * Capabilities by name.
 *
 * owns:     the names, "CAP_CHOWN" for 0 and so on
 * may use:  base
 * must not: be linked into init; know sets
 */
#ifndef RUNDLET_PLAN_CAPS_H
#define RUNDLET_PLAN_CAPS_H

#include <stdbool.h>
#include <stdint.h>

/* As config.json writes it, exactly. *ret is written on success only. */
bool cap_parse(const char *name, uint32_t *ret);
/* NULL for a number that has no name yet. */
const char *cap_name(uint32_t cap);

#endif
