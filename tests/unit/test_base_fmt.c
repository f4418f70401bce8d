/*
 * base/fmt: the same text and length as snprintf(3) for everything that the header promises.
 */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

#include <cmocka.h>

#include "runtime/base/fmt.h"

/* Compares in buffers of three sizes, so that cutting is compared too. */
#define SAME(...)                                                                                  \
	do {                                                                                       \
		static const size_t sizes[] = {64, 5, 1};                                          \
		for (size_t i_ = 0; i_ < 3; i_++) {                                                \
			char ours_[64], theirs_[64];                                               \
			size_t n_ = fmt_buf(ours_, sizes[i_], __VA_ARGS__);                        \
			assert_int_equal(n_, snprintf(theirs_, sizes[i_], __VA_ARGS__));           \
			assert_string_equal(ours_, theirs_);                                       \
		}                                                                                  \
	} while (0)

#ifndef __clang__
#pragma GCC diagnostic ignored "-Wformat-truncation"
#endif

static void test_strings(void **state)
{
	(void)state;
	SAME("plain");
	SAME("%s and %s", "one", "two");
	SAME("<%.*s>", 3, "abcdef");
	SAME("<%.2s><%.9s>", "abcdef", "abc");
	SAME("<%6s>", "abc");
	SAME("%c%c", 'x', 'y');
	SAME("100%% %s", "sure");
}

static void test_numbers(void **state)
{
	(void)state;
	SAME("%d %d %d", 0, INT_MAX, INT_MIN);
	SAME("%i %u %x %o", -7, 7U, 0xbeefU, 0755U);
	SAME("%ld %lu", LONG_MIN, ULONG_MAX);
	SAME("%lld %llu %llx", LLONG_MIN, ULLONG_MAX, ULLONG_MAX);
	SAME("%llo", ULLONG_MAX);
	SAME("%zu %zd", SIZE_MAX, (ssize_t)-3);
	SAME("%hd %hu %hhd %hhu", (short)-2, (unsigned short)65535, (signed char)-1,
	     (unsigned char)255);
}

static void test_widths(void **state)
{
	(void)state;
	SAME("%04d|%4d|%04o|%02x", 42, 42, 0755U, 10U);
	SAME("%05d|%5d", -42, -42);
	SAME("%2d", 12345);
	SAME("%*d", 6, 12);
	SAME("%09ld", 123L);
}

static void test_empty_buffer(void **state)
{
	char guard = 'g';

	(void)state;
	assert_int_equal(fmt_buf(&guard, 0, "%d", 1234), 4);
	assert_int_equal(guard, 'g');
	assert_int_equal(fmt_buf(NULL, 0, "%s", "abc"), 3);
}

static void test_null_string(void **state)
{
	char buf[16];
	const char *volatile none = NULL;

	(void)state;
	fmt_buf(buf, sizeof(buf), "%s", none);
	assert_string_equal(buf, "(null)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strings),     cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_widths),      cmocka_unit_test(test_empty_buffer),
		cmocka_unit_test(test_null_string),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
