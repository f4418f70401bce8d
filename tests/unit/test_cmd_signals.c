/*
 * cmd/signals: names in every spelling that callers use, numbers strictly.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/cmd/signals.h"

static int parse(const char *text)
{
	struct err e = {0};
	int sig = -1;

	if (signal_parse(text, &sig, &e) == 0)
		return sig;
	assert_int_equal(e.code, ERR_USAGE);
	assert_non_null(strstr(e.text, text));
	return -1;
}

static void names(void **state)
{
	(void)state;
	assert_int_equal(parse("KILL"), SIGKILL);
	assert_int_equal(parse("SIGKILL"), SIGKILL);
	assert_int_equal(parse("sigterm"), SIGTERM);
	assert_int_equal(parse("Usr1"), SIGUSR1);
	assert_int_equal(parse("WINCH"), SIGWINCH);
	assert_int_equal(parse("RTMIN"), 34);
	assert_int_equal(parse("SIGRTMIN+3"), 37);
	assert_int_equal(parse("RTMAX-1"), 63);
}

static void numbers(void **state)
{
	(void)state;
	assert_int_equal(parse("0"), 0);
	assert_int_equal(parse("9"), 9);
	assert_int_equal(parse("64"), 64);
}

static void nonsense(void **state)
{
	static const char *const bad[] = {"",        "65",       "-9",     "+9",    " 9",
					  "9 ",      "SIG",      "SIG9",   "KILLL", "RTMIN-1",
					  "RTMAX+1", "RTMIN+31", "RTMIN+", "RTMINx"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(parse(bad[i]), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(numbers),
		cmocka_unit_test(nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
