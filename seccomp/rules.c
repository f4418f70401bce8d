/*
 * What a profile says about each system call number of one architecture.
 *
 * owns:     which rule counts where several are about the same call
 * may use:  base, oci (types), libseccomp through seccomp/abi
 * must not: write instructions
 */
#include "seccomp/rules.h"

#include <errno.h>
#include <linux/filter.h>
#include <stdlib.h>

#include "seccomp/names.h"

enum { ARG_COUNT = 6 };

int rules_action(uint32_t *ret, uint32_t action, const struct opt_u32 *data, const char *property,
		 struct err *e)
{
	const struct action_info *info = action_find(action);

	if (!info)
		return err_set(e, ERR_CONFIG_VALUE, "0x%x is no seccomp action", action);
	if (data->set && !info->data_max)
		return err_at(e, err_set(e, ERR_CONFIG_VALUE, "%s takes no errno", info->name),
			      "/%s", property);
	if (data->set && data->v > info->data_max)
		return err_at(e,
			      err_set(e, ERR_CONFIG_VALUE, "%u is too large for %s (at most %u)",
				      data->v, info->name, info->data_max),
			      "/%s", property);
	*ret = action | (data->set ? data->v : info->data_max ? EPERM : 0);
	return 0;
}

/* --- the profile's rules -----------------------------------------------------------------------
 */

static int read_condition(struct condition *ret, const struct spec_seccomp_arg *arg, struct err *e)
{
	bool masked = arg->op == SECCOMP_MASKED_EQ;

	if (arg->index >= ARG_COUNT)
		return err_at(e,
			      err_set(e, ERR_CONFIG_VALUE, "a system call has no argument %u",
				      arg->index),
			      "/index");
	if (arg->op >= operator_table_len)
		return err_at(e, err_set(e, ERR_CONFIG_VALUE, "%u is no seccomp operator", arg->op),
			      "/op");
	*ret = (struct condition){
		.arg = arg->index,
		.op = arg->op,
		.mask = masked ? arg->value : UINT64_MAX,
		.value = masked ? arg->value_two : arg->value,
	};
	return 0;
}

/* Puts c into its place among the n before it. True: its argument has a condition already. */
static bool insert_condition(struct condition *sorted, size_t n, struct condition c)
{
	bool repeated = false;

	for (; n > 0 && sorted[n - 1].arg >= c.arg; n--) {
		repeated |= sorted[n - 1].arg == c.arg;
		sorted[n] = sorted[n - 1];
	}
	sorted[n] = c;
	return repeated;
}

static int read_rule(struct clauses *ret, struct arena *a, const struct spec_seccomp_rule *rule,
		     struct err *e)
{
	size_t n = rule->args.n;
	struct condition *conditions = arena_array(a, n + 1, sizeof(*conditions));
	struct clause clause = {.names = &rule->names, .conditions = conditions, .n = n};
	bool repeated = false;
	int r = rules_action(&clause.action, rule->action, &rule->errno_ret, "errnoRet", e);

	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		struct condition c = {0};

		r = read_condition(&c, &rule->args.v[i], e);
		if (r < 0)
			return err_at(e, r, "/args/%zu", i);
		repeated |= insert_condition(conditions, i, c);
	}
	if (!repeated) {
		ret->v[ret->n++] = clause;
		return 0;
	}
	clause.n = 1;
	for (size_t i = 0; i < n; i++) {
		clause.conditions = &conditions[i];
		ret->v[ret->n++] = clause;
	}
	return 0;
}

int rules_read(struct clauses *ret, struct arena *a, const struct spec_seccomp *s, struct err *e)
{
	struct clauses clauses = {0};
	size_t most = 0;

	for (size_t i = 0; i < s->syscalls.n; i++)
		most += s->syscalls.v[i].args.n + 1;
	clauses.v = arena_array(a, most, sizeof(*clauses.v));
	for (size_t i = 0; i < s->syscalls.n; i++) {
		int r = read_rule(&clauses, a, &s->syscalls.v[i], e);

		if (r < 0)
			return err_at(e, r, "/syscalls/%zu", i);
	}
	*ret = clauses;
	return 0;
}

/* --- on one architecture -----------------------------------------------------------------------
 */

struct entry {
	uint64_t key; /* the number, and below it the place in the profile */
	struct clause clause;
};

struct entries {
	struct entry *v;
	size_t n;
};

/* The conditions as this architecture can check them. muxed: the call's own first argument, if it
 * has one, is somewhere else, and the first one says which call is meant. */
static struct clause adapt(struct arena *a, const struct abi *abi, const struct clause *from,
			   const struct condition *muxed)
{
	struct condition *v = arena_array(a, from->n + 1, sizeof(*v));
	struct clause to = {.action = from->action, .conditions = v};

	if (muxed)
		v[to.n++] = *muxed;
	for (size_t i = 0; i < from->n; i++) {
		struct condition c = from->conditions[i];

		if (muxed && c.arg == 0)
			continue;
		if (!abi->wide)
			c.mask &= UINT32_MAX;
		c.value &= c.mask;
		if (c.mask)
			v[to.n++] = c;
	}
	return to;
}

static void add_entry(struct entries *entries, int nr, struct clause clause)
{
	entries->v[entries->n] = (struct entry){(uint64_t)nr << 32 | entries->n, clause};
	entries->n++;
}

static void add_call(struct entries *entries, struct arena *a, const struct abi *abi,
		     const struct abi_call *call, const struct clause *clause)
{
	if (call->muxer >= 0) {
		struct condition muxed = {0, SECCOMP_EQ, UINT64_MAX, call->sub};

		add_entry(entries, call->muxer, adapt(a, abi, clause, &muxed));
	}
	if (call->direct >= 0)
		add_entry(entries, call->direct, clause->n ? adapt(a, abi, clause, NULL) : *clause);
}

static int by_key(const void *x, const void *y)
{
	uint64_t a = ((const struct entry *)x)->key, b = ((const struct entry *)y)->key;

	return a < b ? -1 : a > b;
}

/* Whether x is to be looked at after y: see the header. */
static bool goes_after(const struct clause *x, const struct clause *y)
{
	for (size_t i = 0; i < x->n && i < y->n; i++) {
		const struct condition *a = &x->conditions[i], *b = &y->conditions[i];
		const struct operator_info *op_a = &operator_table[a->op];
		const struct operator_info *op_b = &operator_table[b->op];

		if (a->arg != b->arg)
			return a->arg < b->arg;
		if (op_a->rank != op_b->rank)
			return op_a->rank < op_b->rank;
		if (a->value != b->value)
			return op_a->jump != BPF_JEQ && op_a->negated ? a->value > b->value
								      : a->value < b->value;
		if (op_a->jump != op_b->jump || a->mask != b->mask)
			return false;
	}
	return false;
}

/* The verdict of n entries about one number. */
static struct verdict decide(struct arena *a, const struct entry *v, size_t n, uint32_t otherwise)
{
	struct clause *sorted;

	for (size_t i = 0; i < n; i++)
		if (v[i].clause.n == 0)
			return (struct verdict){.action = v[i].clause.action};
	sorted = arena_array(a, n, sizeof(*sorted));
	for (size_t i = 0; i < n; i++) {
		size_t at = 0;

		while (at < i && !goes_after(&sorted[at], &v[i].clause))
			at++;
		for (size_t k = i; k > at; k--)
			sorted[k] = sorted[k - 1];
		sorted[at] = v[i].clause;
	}
	return (struct verdict){otherwise, sorted, n};
}

static struct numbers group(struct arena *a, const struct entries *entries, uint32_t otherwise)
{
	struct numbers ret = {.v = arena_array(a, entries->n + 1, sizeof(*ret.v))};
	const struct entry *v = entries->v;
	size_t n;

	for (size_t i = 0; i < entries->n; i += n) {
		for (n = 1; i + n < entries->n && v[i + n].key >> 32 == v[i].key >> 32;)
			n++;
		ret.v[ret.n++] =
			(struct number){(uint32_t)(v[i].key >> 32), decide(a, v + i, n, otherwise)};
	}
	return ret;
}

static int larger(int a, int b)
{
	return a > b ? a : b;
}

struct numbers rules_of(struct arena *a, const struct clauses *clauses, struct abi *abi,
			const struct library *lib, uint32_t default_action)
{
	struct entries entries = {0};
	struct numbers ret;
	size_t most = 1;
	int last = 0;

	for (size_t i = 0; i < clauses->n; i++)
		most += 2 * clauses->v[i].names->n;
	entries.v = arena_array(a, most, sizeof(*entries.v));
	for (size_t i = 0; i < clauses->n; i++) {
		const struct clause *clause = &clauses->v[i];

		for (size_t k = 0; k < clause->names->n; k++) {
			struct abi_call call = abi_resolve(abi, lib, clause->names->v[k]);

			last = larger(last, larger(call.direct, call.muxer));
			if (clause->action != default_action)
				add_call(&entries, a, abi, &call, clause);
		}
	}
	qsort(entries.v, entries.n, sizeof(*entries.v), by_key);
	ret = group(a, &entries, default_action);
	ret.last = (uint32_t)last;
	return ret;
}
