/*
 * Explicit optionals: a value that may be unset is never encoded as 0 or -1.
 *
 * owns:     nothing
 * may use:  nothing
 * must not: grow functions
 */
#ifndef RUNDLET_BASE_OPT_H
#define RUNDLET_BASE_OPT_H

#include <stdbool.h>
#include <stdint.h>

struct opt_bool {
	bool set;
	bool v;
};

struct opt_u32 {
	bool set;
	uint32_t v;
};

struct opt_u64 {
	bool set;
	uint64_t v;
};

struct opt_i64 {
	bool set;
	int64_t v;
};

#endif
