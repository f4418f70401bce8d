/*
 * From what is to happen to each number to instructions: a search tree over ranges of numbers.
 *
 * owns:     the shape of a filter
 * may use:  base, seccomp/program
 * must not: know names
 */
#include "seccomp/tree.h"

#include <linux/seccomp.h>

#include "seccomp/names.h"

/* So many single numbers in a row are looked at one by one. */
enum { SINGLES_MAX = 4 };

static bool same(const struct verdict *a, const struct verdict *b)
{
	return !a->n && !b->n && a->action == b->action;
}

void ranges_add(struct ranges *ranges, uint32_t from, const struct verdict *verdict,
		const struct abi *abi)
{
	if (ranges->n && ranges->v[ranges->n - 1].from == from)
		ranges->n--;
	if (ranges->n && same(&ranges->v[ranges->n - 1].verdict, verdict))
		return;
	ranges->v[ranges->n++] = (struct range){from, *verdict, abi};
}

/* --- arguments ---------------------------------------------------------------------------------
 */

/* Half of a comparison, of the lower or the upper word of an argument. */
static size_t write_word(struct program *p, size_t offset, uint32_t mask, uint16_t jump,
			 uint32_t value, size_t yes, size_t no)
{
	program_branch(p, jump, value, yes, no);
	if (mask != UINT32_MAX)
		program_and(p, mask);
	return program_load(p, offset);
}

static size_t write_condition(struct program *p, const struct abi *abi, const struct condition *c,
			      size_t yes, size_t no)
{
	const struct operator_info *op = &operator_table[c->op];
	size_t low = offsetof(struct seccomp_data, args) + c->arg * sizeof(uint64_t);
	size_t high = low + sizeof(uint32_t);
	size_t holds = op->negated ? no : yes, fails = op->negated ? yes : no;
	uint32_t mask = c->mask >> 32, value = c->value >> 32;
	size_t at = holds;

	if (abi->big_endian) {
		low = high;
		high -= sizeof(uint32_t);
	}
	if ((uint32_t)c->mask)
		at = write_word(p, low, (uint32_t)c->mask, op->jump, (uint32_t)c->value, holds,
				fails);
	if (!mask || !abi->wide)
		return at;
	if (op->jump == BPF_JEQ)
		return write_word(p, high, mask, BPF_JEQ, value, at, fails);
	at = program_branch(p, BPF_JEQ, value, at, fails);
	return write_word(p, high, mask, BPF_JGT, value, holds, at);
}

static size_t write_verdict(struct program *p, const struct range *range)
{
	const struct verdict *v = &range->verdict;
	size_t at = program_return(p, v->action);

	for (size_t i = v->n; i > 0; i--) {
		const struct clause *clause = &v->clauses[i - 1];
		size_t next = at;

		at = program_return(p, clause->action);
		for (size_t k = clause->n; k > 0; k--)
			at = write_condition(p, range->abi, &clause->conditions[k - 1], at, next);
	}
	return at;
}

/* --- numbers -----------------------------------------------------------------------------------
 */

static bool is_single(const struct ranges *r, size_t i)
{
	return i + 1 < r->n && r->v[i].from + 1 == r->v[i + 1].from;
}

/* What all ranges from first to last have in common but for a few single numbers, or NULL. */
static const struct range *background(const struct ranges *r, size_t first, size_t last)
{
	const struct range *found = NULL;
	size_t singles = 0;

	for (size_t i = first; i <= last && !found; i++)
		if (!r->v[i].verdict.n && (!is_single(r, i) || i == last))
			found = &r->v[i];
	for (size_t i = first; i <= last && found; i++) {
		if (same(&found->verdict, &r->v[i].verdict))
			continue;
		if (!is_single(r, i) || ++singles > SINGLES_MAX)
			return NULL;
	}
	return found;
}

static size_t write_ranges(struct program *p, const struct ranges *r, size_t first, size_t last)
{
	const struct range *rest = background(r, first, last);
	size_t middle = (first + last + 1) / 2, at, yes;

	if (first == last)
		return write_verdict(p, &r->v[first]);
	if (rest) {
		at = write_verdict(p, rest);
		for (size_t i = first; i <= last; i++) {
			if (same(&rest->verdict, &r->v[i].verdict))
				continue;
			yes = write_verdict(p, &r->v[i]);
			at = program_branch(p, BPF_JEQ, r->v[i].from, yes, at);
		}
		return at;
	}
	yes = write_ranges(p, r, middle, last);
	at = write_ranges(p, r, first, middle - 1);
	return program_branch(p, BPF_JGE, r->v[middle].from, yes, at);
}

size_t tree_write(struct program *p, const struct ranges *ranges)
{
	size_t at = write_ranges(p, ranges, 0, ranges->n - 1);

	/* a tree may be one range, written long ago: loading must fall through into it */
	program_jump(p, at);
	return program_load(p, offsetof(struct seccomp_data, nr));
}
