/*
 * From what is to happen to each number to instructions: a search tree over ranges of numbers.
 *
 * owns:     the shape of a filter
 * may use:  base, seccomp/program
 * must not: know names
 *
 * Private to seccomp/.
 */
#ifndef RUNDLET_SECCOMP_TREE_H
#define RUNDLET_SECCOMP_TREE_H

#include "seccomp/program.h"
#include "seccomp/rules.h"

/* Numbers from here on, up to the next range. */
struct range {
	uint32_t from;
	struct verdict verdict;
	const struct abi *abi; /* how arguments are laid out; NULL where the verdict needs none */
};

struct ranges {
	struct range *v;
	size_t n;
};

/* Appends a range, which ends the one before it. Neighbours with the same verdict become one. */
void ranges_add(struct ranges *ranges, uint32_t from, const struct verdict *verdict,
		const struct abi *abi);

/* Writes what finds the verdict about a number. ranges: the first one is from 0. Returns the place
 * where the number is loaded. */
size_t tree_write(struct program *p, const struct ranges *ranges);

#endif
