/*
 * base/path, base/arena, base/names, base/io: the small ones.
 */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/base/arena.h"
#include "runtime/base/io.h"
#include "runtime/base/names.h"
#include "runtime/base/path.h"

static void test_normalize(void **state)
{
	static const char *const cases[][2] = {
		{"/", "/"},
		{"", "/"},
		{"a", "/a"},
		{"/a/b", "/a/b"},
		{"//a///b//", "/a/b"},
		{"/a/./b/.", "/a/b"},
		{"/a/../b", "/b"},
		{"/a/b/..", "/a"},
		{"/..", "/"},
		{"/../../a", "/a"},
		{"../a", "/a"},
		{"/a/b/../../..", "/"},
		{"/..a/...", "/..a/..."},
	};
	AUTO(arena) struct arena a = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(path_normalize(&a, cases[i][0]), cases[i][1]);
}

static void test_join(void **state)
{
	AUTO(arena) struct arena a = {0};

	(void)state;
	assert_string_equal(path_join(&a, "/a", "b"), "/a/b");
	assert_string_equal(path_join(&a, "/", "b/c"), "/b/c");
}

static void test_below_and_base(void **state)
{
	(void)state;
	assert_true(path_below("/a/b", "/a"));
	assert_true(path_below("/a", "/a"));
	assert_true(path_below("/a", "/"));
	assert_false(path_below("/ab", "/a"));
	assert_false(path_below("/", "/a"));
	assert_string_equal(path_base("/a/b"), "b");
	assert_string_equal(path_base("/"), "");
	assert_string_equal(path_base("b"), "b");
}

static void test_arena(void **state)
{
	AUTO(arena) struct arena a = {0};
	char *big, *small = arena_alloc(&a, 1);

	(void)state;
	*small = 'x';
	for (size_t size = 0; size < 70000; size = size * 3 + 1) {
		unsigned char *p = arena_alloc(&a, size);

		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++) {
			assert_int_equal(p[i], 0);
			p[i] = 0xff;
		}
	}
	big = arena_array(&a, 1000, 1000);
	memset(big, 1, 1000000);
	assert_int_equal(*small, 'x');
	assert_string_equal(arena_strdup(&a, "hello"), "hello");
	assert_string_equal(arena_strndup(&a, "hello", 2), "he");
	assert_string_equal(arena_strndup(&a, "he", 9), "he");
	assert_string_equal(arena_printf(&a, "%s-%d", "n", 5), "n-5");
}

static void test_arena_overflow(void **state)
{
	int status = 0;
	pid_t pid;

	(void)state;
	fflush(NULL);
	pid = fork();
	if (!pid) {
		struct arena a = {0};

		close(STDERR_FILENO);
		arena_array(&a, SIZE_MAX / 2, 3);
		_exit(42);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
}

static void test_names(void **state)
{
	static const struct name v[] = {{"one", 1}, {"uno", 1}, {"two", 2}};
	uint64_t value = 77;

	(void)state;
	assert_true(names_value(NAMES(v), "two", &value));
	assert_int_equal(value, 2);
	assert_false(names_value(NAMES(v), "Two", &value));
	assert_int_equal(value, 2);
	assert_string_equal(names_name(NAMES(v), 1), "one");
	assert_null(names_name(NAMES(v), 3));
	assert_int_equal(ns_table[NS_NET].flag, CLONE_NEWNET);
	assert_string_equal(ns_table[NS_NET].name, "network");
	assert_string_equal(ns_table[NS_NET].proc, "net");
	assert_string_equal(ns_table[NS_MNT].name, "mount");
	for (size_t i = 0; i < NS_COUNT; i++) {
		char path[64];

		snprintf(path, sizeof(path), "/proc/self/ns/%s", ns_table[i].proc);
		assert_int_equal(access(path, F_OK), 0);
	}
}

static void test_hex(void **state)
{
	uint64_t v = 7;

	(void)state;
	assert_true(io_parse_hex_n("000001ffffffffff\n", 16, &v));
	assert_int_equal(v, 0x1ffffffffff);
	assert_true(io_parse_hex_n("0", 1, &v));
	assert_int_equal(v, 0);
	assert_false(io_parse_hex_n("", 0, &v));
	assert_false(io_parse_hex_n("0x1", 3, &v));
	assert_false(io_parse_hex_n("FF", 2, &v));
	assert_false(io_parse_hex_n(" 1", 2, &v));
	assert_false(io_parse_hex_n("1\0", 2, &v));
	assert_false(io_parse_hex_n("10000000000000000", 17, &v));
	assert_int_equal(v, 0);
}

static void test_numbers(void **state)
{
	uint64_t v = 5;

	(void)state;
	assert_true(io_parse_u64("18446744073709551615", UINT64_MAX, &v));
	assert_true(v == UINT64_MAX);
	assert_true(io_parse_u64("007", 7, &v));
	assert_int_equal(v, 7);
	assert_false(io_parse_u64("18446744073709551616", UINT64_MAX, &v));
	assert_false(io_parse_u64("8", 7, &v));
	assert_false(io_parse_u64("", 7, &v));
	assert_false(io_parse_u64("-1", 7, &v));
	assert_false(io_parse_u64("+1", 7, &v));
	assert_false(io_parse_u64(" 1", 7, &v));
	assert_false(io_parse_u64("1 ", 7, &v));
	assert_false(io_parse_u64("0x1", 7, &v));
	assert_int_equal(v, 7);
	assert_true(io_parse_u64_n("123456", 3, 1000, &v));
	assert_int_equal(v, 123);
	assert_false(io_parse_u64_n("1", 0, 1000, &v));
}

static void test_io(void **state)
{
	char buf[8];
	int p[2];

	(void)state;
	assert_int_equal(pipe(p), 0);
	assert_int_equal(io_write_all(p[1], "abcdef", 6), 0);
	assert_int_equal(io_read_full(p[0], buf, 4), 4);
	close(p[1]);
	assert_int_equal(io_read_full(p[0], buf, sizeof(buf)), 2);
	assert_memory_equal(buf, "ef", 2);
	close(p[0]);
	assert_int_equal(io_read_full(p[0], buf, 1), -EBADF);
	assert_int_equal(io_write_all(p[1], buf, 1), -EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hex),   cmocka_unit_test(test_normalize),
		cmocka_unit_test(test_join),  cmocka_unit_test(test_below_and_base),
		cmocka_unit_test(test_arena), cmocka_unit_test(test_arena_overflow),
		cmocka_unit_test(test_names), cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_io),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
