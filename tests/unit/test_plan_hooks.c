/*
 * plan/hooks: where the hooks are among the operations, what those of init run with and read.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/plan/build.h"
#include "tests/golden/hosts.h"

#define CONFIG(hooks)                                                                              \
	"{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"rootfs\"},\"process\":{\"cwd\":\"/\","     \
	"\"user\":{\"uid\":0,\"gid\":0},\"args\":[\"true\"],\"env\":[\"INNER=1\"]},"               \
	"\"annotations\":{\"\\\"pid\\\":0\":\"\\\"pid\\\":0\",\"a\":\"/b\"},"                      \
	"\"linux\":{\"namespaces\":[{\"type\":\"mount\"}]},\n\"hooks\":{" hooks "}}"

static const struct plan *plan_of(struct arena *a, const char *config)
{
	static char home[] = "HOME=/h", term[] = "TERM=x";
	static char *const environment[] = {home, term, NULL};
	const struct plan_options o = {.bundle = "/b", .id = "c", .environ = environment};
	const struct facts f = host_facts(HOST_ROOT);
	struct doc *d = arena_alloc(a, sizeof(*d));
	struct spec *s = arena_alloc(a, sizeof(*s));
	const struct plan *p = NULL;
	struct err e = {0};

	if (doc_parse(d, a, config, strlen(config), &e) < 0 || oci_decode_spec(s, a, d, &e) < 0 ||
	    plan_build(&p, a, d, s, &o, &f, &e) < 0)
		fail_msg("%s: %s", e.pointer, e.text);
	return p;
}

/* The nth operation of this kind, its index in *ret_at (may be NULL); NULL: there is none. */
static const struct op *find(const struct plan *p, enum op_kind kind, uint32_t n, uint32_t *ret_at)
{
	for (uint32_t i = 0; i < p->op_count; i++) {
		if (plan_ops(p)[i].kind != kind || n--)
			continue;
		if (ret_at)
			*ret_at = i;
		return &plan_ops(p)[i];
	}
	return NULL;
}

static void check_list(const struct plan *p, struct plist l, const char *want)
{
	char text[256] = "";

	for (uint32_t i = 0; i < l.n; i++) {
		strcat(text, plan_list(p, l, i));
		strcat(text, ";");
	}
	assert_string_equal(text, want);
}

static void no_hooks_no_operations(void **state)
{
	AUTO(arena) struct arena a = {0};
	const struct plan *p =
		plan_of(&a, CONFIG("\"prestart\":[],\"poststart\":[{\"path\":\"/x\"}],"
				   "\"poststop\":[{\"path\":\"/x\"}]"));

	(void)state;
	assert_null(find(p, OP_HOOKS, 0, NULL));
	assert_null(find(p, OP_HOOK, 0, NULL));
	assert_null(find(p, OP_HOOK_OUTPUT, 0, NULL));
}

static void each_has_its_place(void **state)
{
	AUTO(arena) struct arena a = {0};
	const struct plan *p = plan_of(
		&a, CONFIG("\"startContainer\":[{\"path\":\"/s\"}],\"createContainer\":[{\"path\":"
			   "\"/c\"},{\"path\":\"/d\"}],\"createRuntime\":[{\"path\":\"/r\"},"
			   "{\"path\":\"/r\"}],\"prestart\":[{\"path\":\"/p\"}]"));
	uint32_t hooks = 0, first = 0, second = 0, pivot = 0, ready = 0, start = 0, find_op = 0,
		 fds = 0;

	(void)state;
	assert_int_equal(find(p, OP_HOOKS, 0, &hooks)->hooks.prestart, 1);
	assert_int_equal(find(p, OP_HOOKS, 0, NULL)->hooks.create_runtime, 2);
	assert_null(find(p, OP_HOOKS, 1, NULL));
	assert_string_equal(plan_str(p, find(p, OP_HOOK, 0, &first)->hook.path), "/c");
	assert_string_equal(plan_str(p, find(p, OP_HOOK, 1, &second)->hook.path), "/d");
	assert_string_equal(plan_str(p, find(p, OP_HOOK, 2, &start)->hook.path), "/s");
	assert_null(find(p, OP_HOOK, 3, NULL));
	assert_non_null(find(p, OP_PIVOT, 0, &pivot));
	assert_non_null(find(p, OP_READY, 0, &ready));
	assert_non_null(find(p, OP_FIND, 0, &find_op));
	assert_int_equal(first, hooks + 1);
	assert_int_equal(second, hooks + 2);
	assert_int_equal(pivot, hooks + 3);
	assert_true(find_op < ready);
	assert_non_null(find(p, OP_FDS, 0, &fds));
	assert_true(ready < fds);
	assert_int_equal(start, fds + 1);
	assert_string_equal(plan_str(p, find(p, OP_HOOK, 1, NULL)->pointer),
			    "/hooks/createContainer/1");
	assert_int_equal(find(p, OP_HOOK, 1, NULL)->line, 2);
	assert_string_equal(plan_str(p, find(p, OP_HOOK, 0, NULL)->hook.dir), "/b/rootfs");
	assert_int_equal(find(p, OP_HOOK, 2, NULL)->hook.dir.off, 0);
}

static void what_they_run_with(void **state)
{
	AUTO(arena) struct arena a = {0};
	const struct plan *p = plan_of(
		&a,
		CONFIG("\"createContainer\":[{\"path\":\"/c\"},{\"path\":\"/c\",\"args\":[\"x\","
		       "\"\"],\"env\":[\"A=b\"],\"timeout\":9},{\"path\":\"/c\",\"env\":[]}],"
		       "\"startContainer\":[{\"path\":\"/s\"},{\"path\":\"/s\",\"env\":[]}]"));

	(void)state;
	check_list(p, find(p, OP_HOOK, 0, NULL)->hook.argv, "/c;");
	check_list(p, find(p, OP_HOOK, 0, NULL)->hook.env, "HOME=/h;TERM=x;");
	assert_int_equal(find(p, OP_HOOK, 0, NULL)->hook.timeout, 0);
	check_list(p, find(p, OP_HOOK, 1, NULL)->hook.argv, "x;;");
	check_list(p, find(p, OP_HOOK, 1, NULL)->hook.env, "A=b;");
	assert_int_equal(find(p, OP_HOOK, 1, NULL)->hook.timeout, 9);
	check_list(p, find(p, OP_HOOK, 2, NULL)->hook.env, "");
	check_list(p, find(p, OP_HOOK, 4, NULL)->hook.env, "");
	check_list(p, find(p, OP_HOOK, 3, NULL)->hook.argv, "/s;");
	check_list(p, find(p, OP_HOOK, 3, NULL)->hook.env, "");
	assert_true(find(p, OP_HOOK, 3, NULL)->hook.process_env);
	assert_false(find(p, OP_HOOK, 4, NULL)->hook.process_env);
}

static void the_state_is_whole_but_for_the_pid(void **state)
{
	AUTO(arena) struct arena a = {0};
	const struct plan *p = plan_of(&a, CONFIG("\"createContainer\":[{\"path\":\"/c\"}],"
						  "\"startContainer\":[{\"path\":\"/s\"}]"));
	const struct op_hook *o = &find(p, OP_HOOK, 0, NULL)->hook;

	(void)state;
	assert_string_equal(
		plan_str(p, o->state_head),
		"{\"ociVersion\":\"1.3.0\",\"id\":\"c\",\"status\":\"creating\",\"pid\":");
	assert_string_equal(
		plan_str(p, o->state_tail),
		",\"bundle\":\"/b\",\"annotations\":{\"\\\"pid\\\":0\":\"\\\"pid\\\":0\","
		"\"a\":\"/b\"}}");
	o = &find(p, OP_HOOK, 1, NULL)->hook;
	assert_string_equal(
		plan_str(p, o->state_head),
		"{\"ociVersion\":\"1.3.0\",\"id\":\"c\",\"status\":\"created\",\"pid\":");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_hooks_no_operations),
		cmocka_unit_test(each_has_its_place),
		cmocka_unit_test(what_they_run_with),
		cmocka_unit_test(the_state_is_whole_but_for_the_pid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
