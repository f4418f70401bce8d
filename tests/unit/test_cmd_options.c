/*
 * cmd/options: every way in which the callers of a runtime write options is understood, and what is
 * wrong is named.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/cmd/options.h"

struct target {
	const char *bundle;
	bool all, quiet, no_subreaper;
	uint32_t preserve;
	struct option_list env, cap;
};

static const struct option table[] = {
	{"bundle", 'b', OPTION_TEXT, offsetof(struct target, bundle), "DIR", "the bundle"},
	{"all", 'a', OPTION_FLAG, offsetof(struct target, all), NULL, "all"},
	{"all", 'A', OPTION_FLAG, offsetof(struct target, all), NULL, NULL},
	{"quiet", 'q', OPTION_FLAG, offsetof(struct target, quiet), NULL, "quiet"},
	{"no-subreaper", 0, OPTION_FLAG, offsetof(struct target, no_subreaper), NULL, "none"},
	{"preserve-fds", 0, OPTION_NUMBER, offsetof(struct target, preserve), "N", "keep"},
	{"env", 'e', OPTION_LIST, offsetof(struct target, env), "NAME=VALUE", "add"},
	{"cap", 'c', OPTION_LIST, offsetof(struct target, cap), "CAP", "add"},
	{"no-new-keyring", 0, OPTION_IGNORED, 0, NULL, "accepted"},
};

static const struct options options = OPTIONS(table);
static struct arena arena;
static struct target t;
static struct words w;
static struct err e;

/* Parses up to 8 words, which end with NULL. */
static int parse(enum option_stop stop, const char *argv[])
{
	memset(&t, 0, sizeof(t));
	memset(&e, 0, sizeof(e));
	w = (struct words){.v = argv, .a = &arena};
	while (argv[w.n])
		w.n++;
	return options_parse(options, stop, &w, &t, &e);
}

#define PARSE(...) parse(OPTIONS_ANYWHERE, (const char *[]){__VA_ARGS__, NULL})

static void spellings(void **state)
{
	(void)state;
	assert_int_equal(PARSE("--bundle", "/b"), 0);
	assert_string_equal(t.bundle, "/b");
	assert_int_equal(PARSE("--bundle=/b"), 0);
	assert_string_equal(t.bundle, "/b");
	assert_int_equal(PARSE("-bundle", "/b"), 0);
	assert_string_equal(t.bundle, "/b");
	assert_int_equal(PARSE("-b", "/b"), 0);
	assert_string_equal(t.bundle, "/b");
	assert_int_equal(PARSE("-b/b"), 0);
	assert_string_equal(t.bundle, "/b");
	assert_int_equal(PARSE("-b=/b"), 0);
	assert_string_equal(t.bundle, "/b");
	assert_int_equal(PARSE("-no-subreaper", "--no-new-keyring", "id"), 0);
	assert_true(t.no_subreaper);
	assert_int_equal(w.n, 1);
	assert_int_equal(PARSE("-Aq"), 0);
	assert_true(t.all && t.quiet);
	assert_int_equal(PARSE("-qb", "/b"), 0);
	assert_true(t.quiet);
	assert_string_equal(t.bundle, "/b");
	assert_int_equal(PARSE("--bundle="), 0);
	assert_string_equal(t.bundle, "");
}

static void flags_with_values(void **state)
{
	(void)state;
	assert_int_equal(PARSE("--all=true", "--quiet=1"), 0);
	assert_true(t.all && t.quiet);
	assert_int_equal(PARSE("--all", "--all=false"), 0);
	assert_false(t.all);
	assert_true(PARSE("--all=maybe") < 0);
	assert_int_equal(e.code, ERR_USAGE);
}

static void repeats_and_positionals(void **state)
{
	(void)state;
	assert_int_equal(PARSE("--bundle", "/1", "id", "--bundle=/2", "KILL"), 0);
	assert_string_equal(t.bundle, "/2");
	assert_int_equal(w.n, 2);
	assert_string_equal(w.v[0], "id");
	assert_string_equal(w.v[1], "KILL");
	assert_int_equal(PARSE("--", "--bundle", "-"), 0);
	assert_int_equal(w.n, 2);
	assert_null(t.bundle);
	assert_int_equal(PARSE("-"), 0);
	assert_int_equal(w.n, 1);
}

static void first_word_ends_options(void **state)
{
	(void)state;
	assert_int_equal(parse(OPTIONS_THEN_WORDS,
			       (const char *[]){"-q", "id", "ls", "-la", "--all", "--help", NULL}),
			 0);
	assert_true(t.quiet);
	assert_false(t.all);
	assert_int_equal(w.n, 5);
	assert_string_equal(w.v[2], "-la");
	assert_int_equal(parse(OPTIONS_THEN_WORDS, (const char *[]){"id", "--", "-q", NULL}), 0);
	assert_int_equal(w.n, 3);
}

static void numbers(void **state)
{
	(void)state;
	assert_int_equal(PARSE("--preserve-fds", "3"), 0);
	assert_int_equal(t.preserve, 3);
	assert_true(PARSE("--preserve-fds=-1") < 0);
	assert_true(PARSE("--preserve-fds=3x") < 0);
	assert_true(PARSE("--preserve-fds=4294967296") < 0);
}

static void lists(void **state)
{
	(void)state;
	assert_int_equal(PARSE("-e", "A=1", "--cap=X", "--env=B=2", "id", "-eC=3"), 0);
	assert_int_equal(t.env.n, 3);
	assert_string_equal(t.env.v[0], "A=1");
	assert_string_equal(t.env.v[1], "B=2");
	assert_string_equal(t.env.v[2], "C=3");
	assert_int_equal(t.cap.n, 1);
	assert_string_equal(t.cap.v[0], "X");
	assert_int_equal(w.n, 1);
	assert_int_equal(PARSE("id"), 0);
	assert_int_equal(t.env.n, 0);
	assert_true(PARSE("-e") < 0);
	arena_free(&arena);
}

static void help(void **state)
{
	AUTO(arena) struct arena a = {0};
	const char *text = options_help(&a, options);

	(void)state;
	assert_int_equal(PARSE("--help"), 1);
	assert_int_equal(PARSE("-h"), 1);
	assert_int_equal(PARSE("id", "--help"), 1);
	assert_non_null(strstr(text, "  -b, --bundle DIR "));
	assert_non_null(strstr(text, "      --no-subreaper "));
	assert_null(strstr(text, "-A"));
}

/* podman probes for an option with these words. */
static void missing_value(void **state)
{
	(void)state;
	assert_true(PARSE("--bundle") < 0);
	assert_string_equal(e.text, "flag needs an argument: --bundle");
	assert_true(PARSE("-b") < 0);
	assert_string_equal(e.text, "flag needs an argument: --bundle");
}

static void unknown_options(void **state)
{
	(void)state;
	assert_true(PARSE("--invalidflag") < 0);
	assert_non_null(strstr(e.text, "invalidflag"));
	assert_int_equal(e.code, ERR_USAGE);
	assert_true(PARSE("--bund", "/b") < 0);
	assert_true(PARSE("-x") < 0);
	assert_true(PARSE("-qx") < 0);
	assert_true(PARSE("--=x") < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spellings),
		cmocka_unit_test(flags_with_values),
		cmocka_unit_test(repeats_and_positionals),
		cmocka_unit_test(first_word_ends_options),
		cmocka_unit_test(numbers),
		cmocka_unit_test(lists),
		cmocka_unit_test(help),
		cmocka_unit_test(missing_value),
		cmocka_unit_test(unknown_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
