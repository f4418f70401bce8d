/*
 * sys/helper, base/ended: a helper program from its start to its end, and what is said of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "runtime/sys/helper.h"

/* Runs a script of /bin/sh with the other fields as they are in h. */
static int run(const char *script, struct helper_run h, struct ended *ret)
{
	char sh[] = "sh", c[] = "-c", text[512];
	char *argv[] = {sh, c, text, NULL};

	snprintf(text, sizeof(text), "%s", script);
	h.path = "/bin/sh";
	h.argv = argv;
	return helper_run(&h, ret);
}

static const struct helper_run plain = {.out = -1, .err = -1};

static void the_input_is_read_in_one_piece(void **state)
{
	struct helper_run h = plain;
	struct ended x;

	(void)state;
	h.input[0] = "one ";
	h.input[1] = "two ";
	h.input[2] = "three";
	assert_int_equal(run("cat >&2; exit 4", h, &x), 0);
	assert_int_equal(x.status, 4);
	assert_int_equal(x.timeout, 0);
	assert_string_equal(x.said, "one two three");
}

static void output_goes_where_it_is_sent(void **state)
{
	char text[32] = "";
	struct helper_run h = plain;
	struct ended x;
	FILE *out = tmpfile(), *err = tmpfile();

	(void)state;
	h.out = fileno(out);
	h.err = fileno(err);
	assert_int_equal(run("echo out; echo err >&2", h, &x), 0);
	assert_int_equal(x.status, 0);
	assert_string_equal(x.said, "");
	assert_int_equal(pread(fileno(out), text, sizeof(text), 0), 4);
	assert_string_equal(text, "out\n");
	assert_int_equal(pread(fileno(err), text, sizeof(text), 0), 4);
	assert_string_equal(text, "err\n");
	fclose(out);
	fclose(err);
}

static void it_runs_in_its_directory(void **state)
{
	struct helper_run h = plain;
	struct ended x;

	(void)state;
	h.dir = "/proc/sys";
	assert_int_equal(run("pwd >&2", h, &x), 0);
	assert_string_equal(x.said, "/proc/sys");
	h.dir = "/no/such/directory";
	assert_int_equal(run("pwd >&2", h, &x), 0);
	assert_string_equal(x.said, "/");
}

static void what_cannot_be_executed_is_an_error(void **state)
{
	char name[] = "x";
	char *argv[] = {name, NULL};
	struct helper_run h = {.path = "/no/such/program", .argv = argv, .out = -1, .err = -1};
	struct ended x;

	(void)state;
	assert_int_equal(helper_run(&h, &x), -ENOENT);
	h.path = "/proc";
	assert_int_equal(helper_run(&h, &x), -EACCES);
}

static void past_its_time_it_is_killed(void **state)
{
	struct helper_run h = plain;
	struct ended x;

	(void)state;
	h.timeout = 1;
	assert_int_equal(run("trap '' TERM; echo late >&2; exec sleep 100", h, &x), 0);
	assert_int_equal(x.timeout, 1);
	assert_int_equal(x.status, 128 + SIGKILL);
	assert_string_equal(x.said, "late");
	h.timeout = 60;
	assert_int_equal(run("sleep 0.1", h, &x), 0);
	assert_int_equal(x.timeout, 0);
	assert_int_equal(x.status, 0);
}

/* What is left behind keeps stderr open, and finds that it has no room for it. */
static void a_daemon_holds_up_nobody(void **state)
{
	const time_t start = time(NULL);
	char pid[16] = "";
	struct helper_run h = plain;
	struct ended x;
	FILE *out = tmpfile();

	(void)state;
	h.out = fileno(out);
	assert_int_equal(run("sleep 100 & echo $!; echo gone >&2", h, &x), 0);
	assert_true(time(NULL) - start < 50);
	assert_string_equal(x.said, "gone");
	assert_true(pread(h.out, pid, sizeof(pid) - 1, 0) > 0);
	assert_int_equal(kill(atoi(pid), SIGKILL), 0);
	fclose(out);
}

static void said(const char *text, const char *want)
{
	struct ended x = {0};

	ended_said(&x, text, strlen(text));
	assert_string_equal(x.said, want);
}

static void the_end_of_what_was_said_is_kept(void **state)
{
	char text[2001];
	struct ended x = {0};

	(void)state;
	said("", "");
	said("\n \n", "");
	said("\n one\n  two\t3\n\n", "one   two 3");
	memset(text, 'a', 1000);
	memcpy(text + 990, "\nthe end\n", 10);
	ended_said(&x, text, 999);
	assert_int_equal(strlen(x.said), sizeof(x.said) - 1);
	assert_memory_equal(x.said, "...aaa", 6);
	assert_string_equal(x.said + strlen(x.said) - 8, " the end");
	/* 1000 times e with an acute accent, cut between two of them wherever the end is */
	for (int i = 0; i < 1000; i++)
		memcpy(text + 2 * i, "\xc3\xa9", 2);
	for (size_t n = 1998; n <= 2000; n++) {
		ended_said(&x, text, n);
		assert_memory_equal(x.said, "...\xc3\xa9", 5);
	}
}

static void check_says(struct ended x, const char *want)
{
	struct err e = {0};

	assert_int_equal(ended_check(&x, &e, ERR_HOOK, "it"), want ? -EINVAL : 0);
	assert_string_equal(e.text, want ? want : "");
	assert_int_equal(e.code, want ? ERR_HOOK : ERR_NONE);
}

static void an_end_is_worded(void **state)
{
	(void)state;
	check_says((struct ended){.said = "never mind"}, NULL);
	check_says((struct ended){.status = 3}, "it ended with status 3");
	check_says((struct ended){.status = 128, .said = "why"}, "it ended with status 128: why");
	check_says((struct ended){.status = 139, .said = "why"}, "it was killed by signal 11: why");
	check_says((struct ended){.status = 137, .timeout = 5},
		   "it did not end within 5 s and was killed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_input_is_read_in_one_piece),
		cmocka_unit_test(output_goes_where_it_is_sent),
		cmocka_unit_test(it_runs_in_its_directory),
		cmocka_unit_test(what_cannot_be_executed_is_an_error),
		cmocka_unit_test(past_its_time_it_is_killed),
		cmocka_unit_test(a_daemon_holds_up_nobody),
		cmocka_unit_test(the_end_of_what_was_said_is_kept),
		cmocka_unit_test(an_end_is_worded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
