/*
 * plan/procinfo: files of /proc/PID, as the kernel writes them and as it never would.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/plan/procinfo.h"

static const char status[] = "Name:\tsleep\nUmask:\t0022\nUid:\t1\t2\t3\t4\nGroups:\t5 6 \n"
			     "NSpid:\t4711\t1\nCapEff:\t000001ffffffffff\nEmpty:\t\nUidX:\t9\n";

static void values(void **state)
{
	uint32_t n[8];
	uint64_t bits = 7;

	(void)state;
	assert_memory_equal(procinfo_value(status, "Name"), "\tsleep\n", 7);
	/* only a whole name, at the beginning of a line */
	assert_null(procinfo_value(status, "mask"));
	assert_null(procinfo_value(status, "Ui"));
	assert_null(procinfo_value("", "Uid"));
	assert_int_equal(procinfo_numbers(status, "Uid", n, 2), 2);
	assert_int_equal(n[1], 2);
	assert_int_equal(procinfo_numbers(status, "Uid", n, 8), 4);
	assert_int_equal(n[3], 4);
	assert_int_equal(procinfo_numbers(status, "Groups", n, 8), 2);
	assert_int_equal(procinfo_numbers(status, "NSpid", n, 8), 2);
	assert_int_equal(procinfo_numbers(status, "Empty", n, 8), 0);
	assert_int_equal(procinfo_numbers(status, "Name", n, 8), 0);
	assert_int_equal(procinfo_numbers(status, "None", n, 8), 0);
	assert_true(procinfo_bits(status, "CapEff", &bits));
	assert_int_equal(bits, 0x1ffffffffff);
	assert_false(procinfo_bits(status, "CapPrm", &bits));
	assert_true(procinfo_denies("deny\n"));
	assert_false(procinfo_denies("allow\n"));
	assert_false(procinfo_denies(""));
}

static void maps(void **state)
{
	static const char *const bad[] = {
		"0\n", "0 1\n", "0 1 x\n", "-1 0 1\n", "0 4294967296 1\n", "0 1 2\n3\n", "a b c\n",
	};
	AUTO(arena) struct arena a = {0};
	struct id_ranges m = {0};

	(void)state;
	assert_true(procinfo_parse_map(&m, &a,
				       "         0       1000          1\n"
				       "         1     100000      65536\n"));
	assert_int_equal(m.n, 2);
	assert_int_equal(m.v[1].inside, 1);
	assert_int_equal(m.v[1].outside, 100000);
	assert_int_equal(m.v[1].count, 65536);
	assert_true(procinfo_parse_map(&m, &a, "0 0 4294967295"));
	assert_int_equal(m.v[0].count, UINT32_MAX);
	/* nobody has written it yet */
	assert_true(procinfo_parse_map(&m, &a, ""));
	assert_int_equal(m.n, 0);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(procinfo_parse_map(&m, &a, bad[i]));
}

static void files(void **state)
{
	AUTO(arena) struct arena a = {0};
	int r = 0;
	const char *text;

	(void)state;
	text = procinfo_read(&a, PROCINFO_SELF, "status", PROCINFO_SMALL, &r);
	assert_non_null(text);
	assert_non_null(procinfo_value(text, "CapBnd"));
	assert_null(procinfo_read(&a, 0x7fffffff, "status", PROCINFO_SMALL, &r));
	assert_int_equal(r, -ESRCH);
	assert_null(procinfo_read(&a, PROCINFO_SELF, "no-such-file", PROCINFO_SMALL, &r));
	assert_int_equal(r, -ENOENT);
	/* cut, and terminated */
	text = procinfo_read(&a, PROCINFO_SELF, "status", 8, &r);
	assert_int_equal(strlen(text), 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values),
		cmocka_unit_test(maps),
		cmocka_unit_test(files),
	};

	return cmocka_run_group_tests_name("plan/procinfo", tests, NULL, NULL);
}
