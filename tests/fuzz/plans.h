/*
 * Facts about two hosts that never change, and what must be true of every plan.
 */
#ifndef RUNDLET_TESTS_FUZZ_PLANS_H
#define RUNDLET_TESTS_FUZZ_PLANS_H

#include "runtime/plan/build.h"

#include "fuzz.h"

/* root: of the initial user namespace; else a plain user with subordinate ids. */
static inline struct facts fixed_facts(bool root)
{
	static struct id_range everything = {0, 0, UINT32_MAX};
	static struct sub_range subordinate = {100000, 65536};
	struct facts f = {.user = "root",
			  .initial_userns = true,
			  .privileged = root,
			  .uid_map = {&everything, 1},
			  .gid_map = {&everything, 1},
			  .cap_last = 40,
			  .cap_effective = root ? (UINT64_C(1) << 41) - 1 : 0,
			  .cap_bounding = (UINT64_C(1) << 41) - 1,
			  .home = "/root"};

	if (root)
		return f;
	f.euid = f.egid = 1000;
	f.user = "user";
	f.home = "/home/user";
	f.subuid = f.subgid = (struct sub_ranges){&subordinate, 1};
	f.newuidmap = "/usr/bin/newuidmap";
	f.newgidmap = "/usr/bin/newgidmap";
	return f;
}

static inline void check_text(const struct plan *p, struct pref r)
{
	DEMAND(r.off <= p->size && r.n < p->size && r.off + r.n < p->size);
	DEMAND(!r.off || strlen(plan_str(p, r)) == r.n);
}

/* The block is whole and in order, and can be explained. */
static inline void check_plan(struct arena *a, const struct plan *p)
{
	struct err e = rubbish();
	enum phase phase = PHASE_LAUNCH;
	struct doc d;
	char *text;

	DEMAND(p->magic == PLAN_MAGIC && p->version == PLAN_VERSION);
	DEMAND(sizeof(*p) + p->op_count * sizeof(struct op) <= p->size);
	for (uint32_t i = 0; i < p->op_count; i++) {
		const struct op *op = &plan_ops(p)[i];

		DEMAND(op->kind < OP_KIND_COUNT && op->phase < PHASE_COUNT && op->phase >= phase);
		phase = op->phase;
		check_text(p, op->pointer);
		check_text(p, op->note);
		DEMAND(!(op->flags & OP_ADAPTED) || op->note.off);
	}
	text = plan_explain_text(a, p);
	DEMAND(*text && text[strlen(text) - 1] == '\n' && !strchr(text, '\033'));
	text = plan_explain_json(a, p);
	DEMAND(doc_parse(&d, a, text, strlen(text), &e) == 0);
}

/* Plans twice for each host: refused in order, or a good plan, the same one each time. */
static inline void plan_for_all(const char *text, size_t size)
{
	AUTO(arena) struct arena a = {0};
	struct err e = rubbish();
	struct spec s;
	struct doc d;

	if (refused(doc_parse(&d, &a, text, size, &e), &e) ||
	    refused(oci_decode_spec(&s, &a, &d, &e), &e))
		return;
	for (int root = 0; root < 2; root++) {
		const struct plan_options o = {.bundle = "/bundle", .wait_start = root};
		const struct facts f = fixed_facts(root);
		const struct plan *first, *second;

		e = rubbish();
		if (refused(plan_build(&first, &a, &d, &s, &o, &f, &e), &e))
			continue;
		check_plan(&a, first);
		DEMAND(plan_build(&second, &a, &d, &s, &o, &f, &e) == 0);
		DEMAND(first->size == second->size && memcmp(first, second, first->size) == 0);
	}
}

#endif
