/*
 * cmd/process: what the options of exec make of the container's process.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/cmd/process.h"

static struct arena arena;
static struct invocation invocation;
static struct process_options options;
static struct spec config;
static struct spec_process p;
static struct doc doc;
static struct err e;

static const char *base_env[] = {"PATH=/bin", "A=1"};
static const char *words[] = {"ls", "-la"};

static int setup(void **state)
{
	(void)state;
	memset(&e, 0, sizeof(e));
	memset(&options, 0, sizeof(options));
	invocation = (struct invocation){.a = &arena};
	config = (struct spec){
		.process = {.set = true, .terminal = true, .cwd = "/home", .env = {base_env, 2}}};
	config.process.user = (struct spec_user){.uid = 7, .gid = 8};
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static int make(void)
{
	memset(&e, 0, sizeof(e));
	return process_make(&p, &doc, &invocation, &options, &config, words, 2, &e);
}

static struct option_list list(const char *first, const char *second)
{
	static const char *v[2];

	v[0] = first;
	v[1] = second;
	return (struct option_list){v, second ? 2 : 1};
}

static void defaults(void **state)
{
	(void)state;
	assert_int_equal(make(), 0);
	assert_false(p.terminal);
	assert_string_equal(p.cwd, "/home");
	assert_int_equal(p.args.n, 2);
	assert_int_equal(p.env.n, 2);
	assert_int_equal(p.user.uid, 7);
	assert_null(doc.root);
	config.process = (struct spec_process){0};
	assert_int_equal(make(), 0);
	assert_string_equal(p.cwd, "/");
	assert_true(p.set);
}

static void user(void **state)
{
	static const struct {
		const char *text;
		uint32_t uid, gid;
	} good[] = {{"1", 1, 8},
		    {"1:2", 1, 2},
		    {"0:0", 0, 0},
		    {"4294967294:4294967294", 4294967294, 4294967294}};
	static const char *const bad[] = {
		"",   "1:",   ":1",         ":",          "+1",   " 1",  "1 ",  "1:2:",
		"-1", "1:-1", "4294967295", "4294967296", "root", "0x1", "1,2", "1:root"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		options.user = good[i].text;
		assert_int_equal(make(), 0);
		assert_int_equal(p.user.uid, good[i].uid);
		assert_int_equal(p.user.gid, good[i].gid);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		options.user = bad[i];
		assert_true(make() < 0);
		assert_int_equal(e.code, ERR_USAGE);
	}
}

static void env(void **state)
{
	(void)state;
	options.env = list("A=2", "B=");
	assert_int_equal(make(), 0);
	assert_int_equal(p.env.n, 3);
	assert_string_equal(p.env.v[0], "PATH=/bin");
	assert_string_equal(p.env.v[1], "A=2");
	assert_string_equal(p.env.v[2], "B=");
	assert_string_equal(base_env[1], "A=1"); /* the container's own is as it was */
	options.env = list("AB=1", "A=3");
	assert_int_equal(make(), 0);
	assert_int_equal(p.env.n, 3);
	assert_string_equal(p.env.v[1], "A=3");
	options.env = list("NONSENSE", NULL);
	assert_true(make() < 0);
	options.env = list("=x", NULL);
	assert_true(make() < 0);
}

static void groups(void **state)
{
	uint32_t own[] = {5};

	(void)state;
	config.process.user.additional_gids = (struct u32s){own, 1};
	options.gids = list("6", "4294967294");
	assert_int_equal(make(), 0);
	assert_int_equal(p.user.additional_gids.n, 3);
	assert_int_equal(p.user.additional_gids.v[0], 5);
	assert_int_equal(p.user.additional_gids.v[2], 4294967294);
	options.gids = list("-1", NULL);
	assert_true(make() < 0);
	options.gids = list("6,7", NULL);
	assert_true(make() < 0);
}

static void capabilities(void **state)
{
	static const char *kill[] = {"CAP_KILL"}, *chown[] = {"CAP_CHOWN"};
	struct strings *of = config.process.capabilities.of;

	(void)state;
	for (size_t i = 0; i < CAP_SET_COUNT; i++)
		of[i] = (struct strings){kill, 1};
	of[CAP_SET_INHERITABLE] = (struct strings){chown, 1};
	of[CAP_SET_AMBIENT] = (struct strings){0};
	options.cap = list("CAP_CHOWN", "CAP_KILL");
	assert_int_equal(make(), 0);
	of = p.capabilities.of;
	assert_int_equal(of[CAP_SET_BOUNDING].n, 2);
	assert_int_equal(of[CAP_SET_EFFECTIVE].n, 2);
	assert_int_equal(of[CAP_SET_PERMITTED].n, 2);
	assert_int_equal(of[CAP_SET_INHERITABLE].n, 1);
	/* what is not inheritable cannot be ambient */
	assert_int_equal(of[CAP_SET_AMBIENT].n, 1);
	assert_string_equal(of[CAP_SET_AMBIENT].v[0], "CAP_CHOWN");
}

static void the_rest(void **state)
{
	(void)state;
	options.cwd = "relative";
	assert_true(make() < 0);
	options.cwd = "/abs";
	options.apparmor = options.label = "";
	options.terminal = options.no_new_privs = true;
	assert_int_equal(make(), 0);
	assert_string_equal(p.cwd, "/abs");
	assert_null(p.apparmor_profile);
	assert_null(p.selinux_label);
	assert_true(p.terminal && p.no_new_privileges);
	options.apparmor = "profile";
	assert_int_equal(make(), 0);
	assert_string_equal(p.apparmor_profile, "profile");
}

static void words_or_a_file(void **state)
{
	static const char *empty[] = {""};

	(void)state;
	assert_true(process_make(&p, &doc, &invocation, &options, &config, NULL, 0, &e) < 0);
	assert_true(process_make(&p, &doc, &invocation, &options, &config, empty, 1, &e) < 0);
	options.file = "/dev/null";
	assert_true(make() < 0); /* both */
	assert_true(process_make(&p, &doc, &invocation, &options, &config, NULL, 0, &e) < 0);
	assert_int_equal(e.code, ERR_CONFIG_SYNTAX);
	assert_string_equal(invocation.config, "/dev/null");
	options.file = "/no/such/file";
	assert_true(process_make(&p, &doc, &invocation, &options, &config, NULL, 0, &e) < 0);
	assert_int_equal(e.num, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(defaults, setup, teardown),
		cmocka_unit_test_setup_teardown(user, setup, teardown),
		cmocka_unit_test_setup_teardown(env, setup, teardown),
		cmocka_unit_test_setup_teardown(groups, setup, teardown),
		cmocka_unit_test_setup_teardown(capabilities, setup, teardown),
		cmocka_unit_test_setup_teardown(the_rest, setup, teardown),
		cmocka_unit_test_setup_teardown(words_or_a_file, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
