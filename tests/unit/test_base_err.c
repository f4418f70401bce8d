/*
 * base/err: filling, growing on the way up, rendering as one line, cutting.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/err.h"

static const char *render(const struct err *e)
{
	static char line[4096];

	err_render(e, NULL, line, sizeof(line));
	return line;
}

static void test_set(void **state)
{
	struct err e;

	(void)state;
	memset(&e, 0x5a, sizeof(e));
	assert_int_equal(err_set(&e, ERR_USAGE, "unknown option %s", "--x"), -EINVAL);
	assert_int_equal(e.code, ERR_USAGE);
	assert_string_equal(render(&e), "unknown option --x");
}

static void test_sys(void **state)
{
	struct err e;

	(void)state;
	assert_int_equal(err_sys(&e, ERR_MOUNT, -ENOENT, "open '%s'", "/x"), -ENOENT);
	assert_int_equal(e.num, ENOENT);
	assert_string_equal(e.text, "open '/x'");
	assert_string_equal(render(&e), "open '/x': No such file or directory");
}

static void test_grows(void **state)
{
	struct err e;

	(void)state;
	(void)err_sys(&e, ERR_MOUNT, -EPERM, "attach");
	assert_int_equal(err_prefix(&e, -1, "mount '%s'", "/proc"), -1);
	assert_int_equal(err_at(&e, -2, "/options/%d", 2), -2);
	assert_int_equal(err_at(&e, -3, "/mounts/%d", 3), -3);
	assert_int_equal(err_hint(&e, -4, "use %s", "rbind"), -4);
	(void)err_hint(&e, -5, "too late");
	e.line = 41;
	assert_string_equal(render(&e),
			    "config.json:41: /mounts/3/options/2: mount '/proc': attach: "
			    "Operation not permitted (use rbind)");
	e.column = 7;
	err_render(&e, "p.json", e.text, 12);
	assert_string_equal(e.text, "p.json:41:7");
}

static void test_one_line(void **state)
{
	struct err e;

	(void)state;
	(void)err_set(&e, ERR_EXEC, "a\nb\tc\x1b[31m\x7f %s", "\xc3\xa9");
	assert_string_equal(render(&e), "a\\nb\\tc\\x1b[31m\\x7f \xc3\xa9");
}

static void test_cut(void **state)
{
	char big[3 * ERR_TEXT_SIZE];
	struct err e;
	size_t n;

	(void)state;
	for (size_t i = 0; i + 1 < sizeof(big); i++)
		big[i] = i % 2 ? '\xa9' : '\xc3';
	big[sizeof(big) - 1] = '\0';
	(void)err_set(&e, ERR_EXEC, "%s", big);
	n = strlen(e.text);
	assert_in_range(n, ERR_TEXT_SIZE - 5, ERR_TEXT_SIZE - 1);
	assert_string_equal(e.text + n - 3, "...");
	assert_int_equal((unsigned char)e.text[n - 4], 0xa9);
	(void)err_prefix(&e, 0, "outer");
	assert_memory_equal(e.text, "outer: \xc3", 8);
	assert_string_equal(e.text + strlen(e.text) - 3, "...");
	(void)err_prefix(&e, 0, "%s", big);
	assert_in_range(strlen(e.text), ERR_TEXT_SIZE - 5, ERR_TEXT_SIZE - 1);
	for (int i = 0; i < 100; i++)
		(void)err_at(&e, 0, "/%d", i);
	assert_memory_equal(e.pointer, "/99/98", 6);
	assert_in_range(strlen(e.pointer), 1, ERR_POINTER_SIZE - 1);
}

static void test_render_small(void **state)
{
	struct err e;
	char buf[5] = "zzzz";

	(void)state;
	(void)err_set(&e, ERR_EXEC, "abc\ndef");
	err_render(&e, NULL, buf, 0);
	assert_string_equal(buf, "zzzz");
	err_render(&e, NULL, buf, sizeof(buf));
	assert_string_equal(buf, "abcd"); /* the escape has no room and is left out whole */
}

static void test_codes(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < ERR_CODE_COUNT; i++) {
		assert_non_null(err_code_name((enum err_code)i));
		for (unsigned int j = 0; j < i; j++)
			assert_string_not_equal(err_code_name((enum err_code)i),
						err_code_name((enum err_code)j));
	}
	assert_string_equal(err_code_name(ERR_CONFIG_TYPE), "config.type");
	assert_string_equal(err_code_name((enum err_code)9999), "internal");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set),   cmocka_unit_test(test_sys),
		cmocka_unit_test(test_grows), cmocka_unit_test(test_one_line),
		cmocka_unit_test(test_cut),   cmocka_unit_test(test_render_small),
		cmocka_unit_test(test_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
