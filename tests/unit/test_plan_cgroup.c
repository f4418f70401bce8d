/*
 * Proves: which manager makes the cgroup and where, from what the caller says and what the host
 * has; that limits are never dropped silently; that paths which climb are refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/plan/cgroup.h"
#include "runtime/plan/cgroup_plan.h"

static struct cgroup_v1 v1_hierarchy = {"memory", "/sys/fs/cgroup/memory", "/"};

/* The hosts. */
#define DELEGATED                                                                                  \
	{                                                                                          \
		.mount = "/sys/fs/cgroup", .unified = true,                                        \
		.own = "/user.slice/u.service/app.slice/run.scope", .own_writable = true,          \
		.parent_writable = true, .systemd = true, .user_bus = true                         \
	}
#define LEAF                                                                                       \
	{                                                                                          \
		.mount = "/sys/fs/cgroup", .unified = true, .own = "/a/b", .own_writable = true    \
	}
#define SESSION                                                                                    \
	{                                                                                          \
		.mount = "/sys/fs/cgroup", .unified = true, .own = "/user.slice/session-1.scope",  \
		.systemd = true, .user_bus = true                                                  \
	}
#define CRON                                                                                       \
	{                                                                                          \
		.mount = "/sys/fs/cgroup", .unified = true, .own = "/system.slice/cron",           \
		.systemd = true                                                                    \
	}
#define ROOT                                                                                       \
	{                                                                                          \
		.mount = "/sys/fs/cgroup", .unified = true, .own = "/system.slice/x",              \
		.own_writable = true, .parent_writable = true, .root_writable = true,              \
		.root = true, .systemd = true                                                      \
	}
#define HYBRID                                                                                     \
	{                                                                                          \
		.mount = "/sys/fs/cgroup/unified", .own = "/", .own_writable = true,               \
		.root_writable = true, .root = true,                                               \
		.v1 = { &v1_hierarchy,                                                             \
			1 }                                                                        \
	}
#define NOTHING                                                                                    \
	{                                                                                          \
		.own = NULL                                                                        \
	}
#define NO_MOUNT                                                                                   \
	{                                                                                          \
		.root = true                                                                       \
	}

static const struct row {
	const char *name;
	struct cgroup_facts host;
	enum cgroup_manager asked;
	const char *path;
	bool limits;
	/* expected: a negative manager is an error */
	int manager;
	const char *where; /* path, or "slice scope" */
} rows[] = {
	{"beside our own", DELEGATED, CGROUP_AUTO, NULL, true, CGROUP_CGROUPFS,
	 "/user.slice/u.service/app.slice/id"},
	{"relative", DELEGATED, CGROUP_CGROUPFS, "x/./y", true, CGROUP_CGROUPFS,
	 "/user.slice/u.service/app.slice/x/y"},
	{"absolute", DELEGATED, CGROUP_CGROUPFS, "/p//c", true, CGROUP_CGROUPFS, "/p/c"},
	{"below our own", LEAF, CGROUP_AUTO, NULL, false, CGROUP_CGROUPFS, "/a/b/id"},
	{"session without limits", SESSION, CGROUP_AUTO, NULL, false, CGROUP_DISABLED, NULL},
	{"session with limits", SESSION, CGROUP_AUTO, NULL, true, CGROUP_SYSTEMD,
	 "user.slice rundlet-id.scope"},
	{"session, cgroupfs, limits", SESSION, CGROUP_CGROUPFS, NULL, true, -1, NULL},
	{"session, cgroupfs, none", SESSION, CGROUP_CGROUPFS, NULL, false, CGROUP_DISABLED, NULL},
	{"cron without limits", CRON, CGROUP_AUTO, NULL, false, CGROUP_DISABLED, NULL},
	{"cron with limits", CRON, CGROUP_AUTO, NULL, true, -1, NULL},
	{"disabled", DELEGATED, CGROUP_DISABLED, NULL, false, CGROUP_DISABLED, NULL},
	{"disabled with limits", DELEGATED, CGROUP_DISABLED, NULL, true, -1, NULL},
	{"unit", SESSION, CGROUP_SYSTEMD, "user.slice:libpod:abc", false, CGROUP_SYSTEMD,
	 "user.slice libpod-abc.scope"},
	{"unit, nobody asked", SESSION, CGROUP_AUTO, "user.slice:libpod:abc", false, CGROUP_SYSTEMD,
	 "user.slice libpod-abc.scope"},
	{"unit without slice and prefix", ROOT, CGROUP_SYSTEMD, "::abc", false, CGROUP_SYSTEMD,
	 "system.slice abc.scope"},
	{"unit default", ROOT, CGROUP_SYSTEMD, NULL, false, CGROUP_SYSTEMD,
	 "system.slice rundlet-id.scope"},
	{"unit from a path", ROOT, CGROUP_SYSTEMD, "/a/b", false, -1, NULL},
	{"unit with a slash", ROOT, CGROUP_SYSTEMD, "a:b:c/d", false, -1, NULL},
	{"unit without a name", ROOT, CGROUP_SYSTEMD, "a:b:", false, -1, NULL},
	{"root", ROOT, CGROUP_AUTO, NULL, true, CGROUP_CGROUPFS, "/system.slice/id"},
	{"climbing", ROOT, CGROUP_AUTO, "/a/../../b", false, -1, NULL},
	{"climbing, relative", ROOT, CGROUP_AUTO, "..", false, -1, NULL},
	{"dots in a name", ROOT, CGROUP_AUTO, "/a..b/..c", false, CGROUP_CGROUPFS, "/a..b/..c"},
	{"v1", HYBRID, CGROUP_AUTO, NULL, true, CGROUP_V1, "/id"},
	{"v1 by cgroupfs", HYBRID, CGROUP_CGROUPFS, "/p/c", true, CGROUP_V1, "/p/c"},
	{"no systemd", HYBRID, CGROUP_SYSTEMD, NULL, false, -1, NULL},
	{"nothing", NOTHING, CGROUP_AUTO, NULL, false, CGROUP_DISABLED, NULL},
	{"nothing with limits", NOTHING, CGROUP_AUTO, NULL, true, -1, NULL},
	{"nothing, cgroupfs", NOTHING, CGROUP_CGROUPFS, NULL, false, CGROUP_DISABLED, NULL},
	{"nothing, cgroupfs, limits", NOTHING, CGROUP_CGROUPFS, NULL, true, -1, NULL},
	{"nothing, cgroupfs, root", NO_MOUNT, CGROUP_CGROUPFS, NULL, false, -1, NULL},
};

static void managers_and_places(void **state)
{
	AUTO(arena) struct arena a = {0};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *row = &rows[i];
		const struct cgroup_ask ask = {.manager = row->asked,
					       .path = row->path,
					       .id = "id",
					       .limits = row->limits ? "/linux/resources/pids/limit"
								     : NULL};
		struct cgroup_choice c = {0};
		struct err e = {0};
		int r = cgroup_choose(&c, &a, &ask, &row->host, &e);
		const char *where = c.path;

		if (r < 0 && row->manager >= 0)
			fail_msg("%s: %s", row->name, e.text);
		if (r >= 0 && (int)c.manager != row->manager)
			fail_msg("%s: %s", row->name, cgroup_manager_names[c.manager]);
		if (r < 0) {
			assert_true(*e.text);
			continue;
		}
		if (c.manager == CGROUP_SYSTEMD)
			where = arena_printf(&a, "%s %s", c.slice ? c.slice : "-", c.scope);
		if (c.manager == CGROUP_DISABLED)
			assert_string_equal(c.note ? "said" : "silent", "said");
		else
			assert_string_equal(where, row->where);
	}
}

static void a_limit_that_cannot_be_is_named_with_its_cure(void **state)
{
	AUTO(arena) struct arena a = {0};
	const struct cgroup_ask ask = {.id = "id", .limits = "/linux/resources/pids/limit"};
	const struct cgroup_facts host = CRON;
	struct cgroup_choice c;
	struct err e = {0};

	(void)state;
	assert_true(cgroup_choose(&c, &a, &ask, &host, &e) < 0);
	assert_string_equal(e.pointer, "/linux/resources/pids/limit");
	assert_non_null(strstr(e.hint, "loginctl"));
}

static void annotations(void **state)
{
	AUTO(arena) struct arena a = {0};
	struct string_pair pair = {"run.oci.systemd.subgroup", ""};
	const struct string_map map = {.v = &pair, .n = 1};
	struct cgroup_ask ask = {.manager = CGROUP_SYSTEMD, .id = "id"};
	const struct cgroup_facts host = SESSION;
	struct cgroup_choice c;
	struct err e = {0};

	(void)state;
	assert_int_equal(cgroup_choose(&c, &a, &ask, &host, &e), 0);
	assert_string_equal(c.subgroup, "container");
	ask.annotations = &map;
	assert_int_equal(cgroup_choose(&c, &a, &ask, &host, &e), 0);
	assert_string_equal(c.subgroup, "");
	pair.value = "a/../..";
	assert_true(cgroup_choose(&c, &a, &ask, &host, &e) < 0);
	pair = (struct string_pair){"run.oci.delegate-cgroup", "true"};
	assert_int_equal(cgroup_choose(&c, &a, &ask, &host, &e), 0);
	assert_true(c.delegate);
}

/* Device rules are in every caller's config; without real root they are a note, not an error. */
static void device_rules_of_a_plain_user_are_noted(void **state)
{
	AUTO(arena) struct arena a = {0};
	struct spec_device_rule rule = {.access = "rwm"};
	struct spec s = {.linux_.resources = {.set = true, .devices = {&rule, 1}}};
	const struct cgroup_facts user = DELEGATED, root = ROOT;
	struct cgroup_plan p;
	struct err e = {0};

	(void)state;
	assert_int_equal(cgroup_plan(&p, &a, &s, "id", CGROUP_AUTO, &user, &e), 0);
	assert_int_equal(p.devices.n, 0);
	assert_int_equal(p.limits.notes.n, 1);
	assert_int_equal(cgroup_plan(&p, &a, &s, "id", CGROUP_AUTO, &root, &e), 0);
	assert_true(p.devices.n > 0);
	assert_int_equal(p.limits.notes.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(managers_and_places),
		cmocka_unit_test(a_limit_that_cannot_be_is_named_with_its_cure),
		cmocka_unit_test(annotations),
		cmocka_unit_test(device_rules_of_a_plain_user_are_noted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
