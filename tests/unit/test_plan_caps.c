/*
 * The table of capability names against libcap, which knows them for a living.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ctype.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>

#include "runtime/plan/caps.h"

/* "cap_chown" of libcap as config.json writes it. */
static void upper(char *s)
{
	for (; *s; s++)
		*s = (char)toupper((unsigned char)*s);
}

static void test_names_are_libcaps(void **state)
{
	(void)state;
	for (uint32_t cap = 0; cap <= CAP_LAST_CAP; cap++) {
		char *theirs = cap_to_name((cap_value_t)cap);

		assert_non_null(theirs);
		upper(theirs);
		assert_non_null(cap_name(cap));
		/* an older libcap has a number for what it does not know yet */
		if (!strncmp(theirs, "CAP_", 4))
			assert_string_equal(cap_name(cap), theirs);
		cap_free(theirs);
	}
	assert_null(cap_name(63));
}

static void test_numbers_are_libcaps(void **state)
{
	(void)state;
	for (uint32_t cap = 0; cap <= CAP_LAST_CAP; cap++) {
		uint32_t ours = 99;
		cap_value_t theirs;

		assert_true(cap_parse(cap_name(cap), &ours));
		assert_int_equal(ours, cap);
		if (cap_from_name(cap_name(cap), &theirs) == 0)
			assert_int_equal(ours, theirs);
	}
}

static void test_strict(void **state)
{
	static const char *const wrong[] = {"",           "CAP_",       "cap_chown", "CHOWN",
					    "CAP_CHOWN ", "CAP_CHOWNX", "0",         "CAP_63"};
	uint32_t cap = 99;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(cap_parse(wrong[i], &cap));
	assert_int_equal(cap, 99);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_are_libcaps),
		cmocka_unit_test(test_numbers_are_libcaps),
		cmocka_unit_test(test_strict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
