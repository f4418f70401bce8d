/*
 * plan/exec: what is joined, as whom, and what of a new container's plan is done otherwise.
 */
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/plan/exec.h"

static struct arena arena;
static struct spec spec;
static struct exec_facts facts;
static struct facts caller;
static const struct plan *plan;
static struct err e;

static int setup(void **state)
{
	static const char *args[] = {"true"};
	static struct id_range all = {.inside = 0, .outside = 0, .count = UINT32_MAX};

	(void)state;
	memset(&e, 0, sizeof(e));
	spec = (struct spec){.process = {.set = true, .cwd = "/", .args = {args, 1}}};
	facts = (struct exec_facts){.differing = CLONE_NEWNS | CLONE_NEWPID};
	caller = (struct facts){
		.cap_last = 40, .uid_map = {&all, 1}, .gid_map = {&all, 1}, .initial_userns = true};
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static int build(void)
{
	return plan_build_exec(&plan, &arena, &spec, &(struct exec_options){.preserve_fds = 2},
			       &facts, &caller, &e);
}

/* The only operation of this kind. */
static const struct op *find(enum op_kind kind)
{
	const struct op *found = NULL;

	for (uint32_t i = 0; i < plan->op_count; i++)
		if (plan_ops(plan)[i].kind == kind) {
			assert_null(found);
			found = &plan_ops(plan)[i];
		}
	return found;
}

static void a_user_namespace(struct id_range *uids, struct id_range *gids)
{
	facts.differing |= CLONE_NEWUSER;
	facts.uid_map = (struct id_ranges){uids, 1};
	facts.gid_map = (struct id_ranges){gids, 1};
}

static void joins_what_differs(void **state)
{
	(void)state;
	assert_int_equal(build(), 0);
	assert_int_equal(find(OP_ENTER)->enter.flags, CLONE_NEWNS | CLONE_NEWPID);
	assert_false(find(OP_ENTER)->enter.take_ids);
	assert_int_equal(plan->clone_flags, 0);
	assert_int_equal(plan->late_flags, 0);
	assert_int_equal(plan->map_writer, MAP_NONE);
	assert_false(plan->wait_start);
	assert_int_equal(find(OP_FDS)->fds.keep, 5);
	assert_null(find(OP_CONSOLE));
	assert_null(find(OP_SECCOMP));
}

/* The first thing that init does, but for what it has to do before. */
static void enters_first(void **state)
{
	(void)state;
	assert_int_equal(build(), 0);
	assert_int_equal(plan_ops(plan)[0].kind, OP_ENTER);
	spec.process.oom_score_adj = (struct opt_i64){true, 5};
	assert_int_equal(build(), 0);
	assert_int_equal(plan_ops(plan)[0].kind, OP_OOM_SCORE);
	assert_int_equal(plan_ops(plan)[1].kind, OP_ENTER);
}

static void nothing_is_made(void **state)
{
	(void)state;
	assert_int_equal(build(), 0);
	assert_int_equal(find(OP_CWD)->phase, PHASE_IDENT);
	spec.process.terminal = true;
	spec.process.console_size.height = 33;
	assert_int_equal(build(), 0);
	assert_int_equal(find(OP_CONSOLE)->console.target.off, 0);
	assert_int_equal(find(OP_CONSOLE)->console.rows, 33);
	assert_true(find(OP_SESSION)->session.terminal);
}

static void becomes_somebody_who_exists(void **state)
{
	struct id_range own = {.inside = 0, .outside = 1000, .count = 1};
	struct id_range other = {.inside = 0, .outside = 100000, .count = 65536};
	struct id_range rootless = {.inside = 500, .outside = 1000, .count = 1};

	(void)state;
	caller.euid = caller.egid = 1000;
	a_user_namespace(&own, &own);
	assert_int_equal(build(), 0);
	assert_false(find(OP_ENTER)->enter.take_ids);
	assert_int_equal(find(OP_ENTER)->enter.uid, 0);
	a_user_namespace(&own, &other);
	assert_int_equal(build(), 0);
	assert_true(find(OP_ENTER)->enter.take_ids);
	caller.euid = caller.egid = 0;
	a_user_namespace(&other, &other);
	assert_int_equal(build(), 0);
	assert_true(find(OP_ENTER)->enter.take_ids);
	assert_int_equal(find(OP_ENTER)->enter.uid, 0);
	/* no root in there */
	caller.euid = caller.egid = 1000;
	spec.process.user.uid = spec.process.user.gid = 500;
	a_user_namespace(&rootless, &rootless);
	assert_int_equal(build(), 0);
	assert_int_equal(find(OP_ENTER)->enter.uid, 500);
	assert_false(find(OP_ENTER)->enter.take_ids);
}

static void ids_are_those_of_the_container(void **state)
{
	struct id_range other = {.inside = 0, .outside = 100000, .count = 10};
	uint32_t gids[] = {3};

	(void)state;
	a_user_namespace(&other, &other);
	spec.process.user.uid = 9;
	assert_int_equal(build(), 0);
	assert_true(find(OP_USER)->user.set_groups);
	spec.process.user.uid = 10;
	assert_true(build() < 0);
	assert_int_equal(e.code, ERR_IDMAP);
	assert_string_equal(e.pointer, "/process/user/uid");
	spec.process.user.uid = 0;
	facts.setgroups_denied = true;
	assert_int_equal(build(), 0);
	assert_false(find(OP_USER)->user.set_groups);
	spec.process.user.additional_gids = (struct u32s){gids, 1};
	memset(&e, 0, sizeof(e));
	assert_true(build() < 0);
	assert_string_equal(e.pointer, "/process/user/additionalGids");
}

static void capabilities_need_who_has_them(void **state)
{
	static const char *names[] = {"CAP_SYS_ADMIN"};
	struct id_range other = {.inside = 0, .outside = 100000, .count = 10};
	struct strings *bounding = &spec.process.capabilities.of[CAP_SET_BOUNDING];

	(void)state;
	spec.process.capabilities.set = true;
	*bounding = (struct strings){names, 1};
	assert_int_equal(build(), 0);
	assert_true(find(OP_BOUNDING)->flags & OP_ADAPTED); /* the caller has none */
	a_user_namespace(&other, &other);
	assert_int_equal(build(), 0);
	assert_false(find(OP_BOUNDING)->flags & OP_ADAPTED);
}

static const uint64_t *mask(enum phase phase, size_t *ret_words)
{
	for (uint32_t i = 0; i < plan->op_count; i++) {
		const struct op *op = &plan_ops(plan)[i];

		if (op->kind != OP_AFFINITY || op->phase != phase)
			continue;
		*ret_words = op->affinity.mask.n / sizeof(uint64_t);
		return plan_blob(plan, op->affinity.mask.off);
	}
	return NULL;
}

static void cpus(void **state)
{
	static const char *const bad[] = {"",    ",",   "1,",   ",1",  "-",     "1-",  "-1",
					  "3-1", "1 2", "8192", "0x1", "1-2-3", "1--2"};
	size_t n = 0;

	(void)state;
	spec.process.exec_cpu_affinity.initial = "0-3, 7";
	spec.process.exec_cpu_affinity.final = " 64 ,8191";
	assert_int_equal(build(), 0);
	assert_int_equal(*mask(PHASE_LAUNCH, &n), 0x8f);
	assert_int_equal(n, 1);
	assert_int_equal(mask(PHASE_IDENT, &n)[1], 1);
	assert_int_equal(n, 128);
	assert_true(mask(PHASE_IDENT, &n)[127] == UINT64_C(1) << 63);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(&e, 0, sizeof(e));
		spec.process.exec_cpu_affinity.final = bad[i];
		assert_true(build() < 0);
		assert_string_equal(e.pointer, "/process/execCPUAffinity/final");
	}
}

static void refuses_what_is_not_done(void **state)
{
	struct string_pair handler = {"run.oci.handler", "krun"};

	(void)state;
	spec.annotations = (struct string_map){&handler, 1};
	assert_true(build() < 0);
	assert_int_equal(e.code, ERR_UNSUPPORTED);
	assert_string_equal(e.pointer, "/annotations/run.oci.handler");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(joins_what_differs, setup, teardown),
		cmocka_unit_test_setup_teardown(enters_first, setup, teardown),
		cmocka_unit_test_setup_teardown(nothing_is_made, setup, teardown),
		cmocka_unit_test_setup_teardown(becomes_somebody_who_exists, setup, teardown),
		cmocka_unit_test_setup_teardown(ids_are_those_of_the_container, setup, teardown),
		cmocka_unit_test_setup_teardown(capabilities_need_who_has_them, setup, teardown),
		cmocka_unit_test_setup_teardown(cpus, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_what_is_not_done, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
