/*
 * plan/targets: which target is new in a file system that the plan mounts, against going through
 * all of the mounts for each; and that a hundred thousand are no trouble.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/path.h"
#include "runtime/plan/builder.h"

enum { OPS = 2000, MANY = 100000 };

static struct builder b;
static struct {
	const char *target;
	bool fresh;
} added[OPS];

static int teardown(void **state)
{
	(void)state;
	arena_free(b.a);
	return 0;
}

static int setup(void **state)
{
	static struct arena a;

	(void)state;
	b = (struct builder){.a = &a};
	return 0;
}

static void add(const char *target, bool fresh)
{
	targets_add(&b, target, fresh);
	if (b.head.op_count < OPS) {
		added[b.head.op_count].target = target;
		added[b.head.op_count].fresh = fresh;
	}
	b.head.op_count++;
}

/* What the table stands for. */
static uint16_t all_of_them(const char *target)
{
	size_t dir = strlen(target) - strlen(path_base(target));
	bool fresh = false;

	for (uint32_t i = 0; i < b.head.op_count; i++) {
		const char *there = added[i].target;

		if (dir > 1 && strlen(there) == dir - 1 && !memcmp(there, target, dir - 1))
			fresh = added[i].fresh;
		else if (path_below(there, target))
			fresh = false;
	}
	return fresh ? OP_FRESH : 0;
}

static const char *any_path(void)
{
	static const char *const names[] = {"/a", "/b", "/ab", "/a.b"};
	char path[64] = "";

	for (int depth = 1 + rand() % 4; depth > 0; depth--)
		strcat(path, names[(size_t)rand() % ARRAY_LEN(names)]);
	return arena_strdup(b.a, path);
}

static void test_as_going_through_all(void **state)
{
	unsigned int fresh = 0;

	(void)state;
	srand(1);
	assert_int_equal(target_flags(&b, "/a/b"), 0);
	for (int i = 0; i < OPS; i++) {
		const char *path = any_path();

		assert_int_equal(target_flags(&b, path), all_of_them(path));
		fresh += target_flags(&b, path) == OP_FRESH;
		add(path, rand() % 2);
	}
	/* it is about something */
	assert_in_range(fresh, OPS / 20, OPS);
}

static void test_many(void **state)
{
	char path[32];

	(void)state;
	add("/mnt", true);
	for (int i = 0; i < MANY; i++) {
		snprintf(path, sizeof(path), "/mnt/%d", i);
		assert_int_equal(target_flags(&b, path), OP_FRESH);
		add(path, false);
		assert_int_equal(target_flags(&b, path), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_as_going_through_all, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many, setup, teardown),
	};

	return cmocka_run_group_tests_name("plan/targets", tests, NULL, NULL);
}
