/*
 * plan/rdt, host/rdt: which groups of resctrl are looked for, made, written, joined and removed, on
 * a directory that behaves like resctrl: what is made in it has its files at once, and they go with
 * it. The schemata of what is made are a FIFO, which keeps the order of the writes.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/base/io.h"
#include "runtime/host/rdt.h"
#include "runtime/plan/build.h"
#include "tests/golden/hosts.h"

#define CONFIG(rdt)                                                                                \
	"{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"rootfs\"},\"process\":{\"cwd\":\"/\","     \
	"\"user\":{\"uid\":0,\"gid\":0},\"args\":[\"true\"]},\"linux\":{\"namespaces\":["          \
	"{\"type\":\"mount\"}],\n\"intelRdt\":{" rdt "}}}"

static char root[64];
static int written;     /* the FIFO; -1: none */
static int refuse_with; /* errno of the next mkdir */
static struct arena a;
static struct err e;

static const char *in(const char *path)
{
	return arena_printf(&a, "%s/%s", root, path);
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(io_write_all(fd, text, strlen(text)), 0);
	close(fd);
}

static const char *get(const char *path)
{
	char *text = arena_array(&a, 256, 1);
	int fd = open(path, O_RDONLY);

	assert_true(fd >= 0);
	assert_true(io_read_full(fd, text, 255) >= 0);
	close(fd);
	return text;
}

/* The kernel of these tests. */
int mkdir(const char *path, mode_t mode)
{
	const bool control = !strstr(path, "/mon_groups/");

	if (refuse_with) {
		errno = refuse_with;
		return -1;
	}
	if (syscall(SYS_mkdirat, AT_FDCWD, path, mode) < 0)
		return -1;
	put(arena_printf(&a, "%s/tasks", path), "");
	if (!control)
		return 0;
	syscall(SYS_mkdirat, AT_FDCWD, arena_printf(&a, "%s/mon_groups", path), mode);
	if (mkfifo(arena_printf(&a, "%s/schemata", path), 0644) == 0)
		written = open(arena_printf(&a, "%s/schemata", path), O_RDWR | O_NONBLOCK);
	return 0;
}

int rmdir(const char *path)
{
	unlink(arena_printf(&a, "%s/tasks", path));
	unlink(arena_printf(&a, "%s/schemata", path));
	syscall(SYS_unlinkat, AT_FDCWD, arena_printf(&a, "%s/mon_groups", path), AT_REMOVEDIR);
	return (int)syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR);
}

static int setup(void **state)
{
	(void)state;
	written = -1;
	refuse_with = 0;
	memset(&e, 0, sizeof(e));
	snprintf(root, sizeof(root), "/tmp/test_host_rdt.XXXXXX");
	if (!mkdtemp(root))
		return -1;
	mkdir(in("there"), 0755);
	close(written);
	written = -1;
	unlink(in("there/schemata"));
	put(in("there/schemata"), "    MB:0=100;1= 20\n    L3:0=7ff;1=00f\n");
	put(in("tasks"), "");
	syscall(SYS_mkdirat, AT_FDCWD, in("info"), 0755);
	put(in("info/last_cmd_status"), "ok\n");
	syscall(SYS_mkdirat, AT_FDCWD, in("mon_groups"), 0755);
	return 0;
}

/* Nothing that a test has made is left, or its directory cannot be removed. */
static int teardown(void **state)
{
	int r;

	(void)state;
	if (written >= 0)
		close(written);
	unlink(in("info/last_cmd_status"));
	rmdir(in("info"));
	rmdir(in("there"));
	r = rmdir(root);
	arena_free(&a);
	return r;
}

static int prepare(struct rdt *ret, const char *config)
{
	const struct plan_options o = {.bundle = "/b", .id = "c"};
	const struct facts f = host_facts(HOST_ROOT);
	struct doc *d = arena_alloc(&a, sizeof(*d));
	struct spec *s = arena_alloc(&a, sizeof(*s));
	const struct plan *p = NULL;

	if (doc_parse(d, &a, config, strlen(config), &e) < 0 || oci_decode_spec(s, &a, d, &e) < 0 ||
	    plan_build(&p, &a, d, s, &o, &f, &e) < 0)
		fail_msg("%s: %s", e.pointer, e.text);
	*ret = (struct rdt){0};
	return rdt_prepare(ret, &a, p, root, &e);
}

static void refused(const char *config, const char *pointer, const char *text)
{
	struct rdt t;

	memset(&e, 0, sizeof(e));
	assert_true(prepare(&t, config) < 0);
	assert_string_equal(e.pointer, pointer);
	assert_int_equal(e.line, 2);
	assert_non_null(strstr(e.text, text));
}

static void applied(struct rdt *ret, const char *config)
{
	if (prepare(ret, config) < 0 || rdt_apply(ret, &a, 42, &e) < 0)
		fail_msg("%s: %s", e.pointer, e.text);
}

static void wrote(const char *want)
{
	char text[256] = "";

	if (written >= 0)
		assert_true(read(written, text, sizeof(text) - 1) >= 0 || errno == EAGAIN);
	assert_string_equal(text, want);
}

static void the_id_names_a_group(void **state)
{
	struct rdt t;

	(void)state;
	applied(&t, CONFIG("\"schemata\":[\"L2:0=1\",\"MB:1=30\"],\"memBwSchema\":\"MB:0=20\","
			   "\"l3CacheSchema\":\"L3:0=f\",\"enableMonitoring\":true"));
	wrote("L3:0=f\nMB:0=20\nL2:0=1\nMB:1=30\n");
	assert_string_equal(get(in("c/tasks")), "42\n");
	assert_string_equal(get(in("c/mon_groups/c/tasks")), "42\n");
	assert_int_equal(t.groups.n, 2);
	assert_int_equal(t.owned.n, 2);
	/* exec */
	assert_int_equal(rdt_join(&t.groups, 43, &e), 0);
	assert_string_equal(get(in("c/tasks")), "43\n");
	assert_int_equal(rdt_remove(&t.owned, &e), 0);
	assert_true(access(in("c"), F_OK) < 0);
	assert_int_equal(rdt_remove(&t.owned, &e), 0);
}

static void what_was_there_stays(void **state)
{
	struct rdt t;

	(void)state;
	applied(&t, CONFIG("\"closID\":\"there\",\"enableMonitoring\":true"));
	assert_string_equal(get(in("there/tasks")), "42\n");
	assert_int_equal(t.owned.n, 1);
	assert_int_equal(rdt_remove(&t.owned, &e), 0);
	assert_true(access(in("there/mon_groups/c"), F_OK) < 0);
	assert_int_equal(access(in("there/tasks"), F_OK), 0);
	/* also what only has the id's name */
	assert_int_equal(rename(in("there"), in("c")), 0);
	applied(&t, CONFIG("\"l3CacheSchema\":\"L3:1=f\""));
	assert_int_equal(t.owned.n, 0);
	assert_int_equal(rename(in("c"), in("there")), 0);
	applied(&t, CONFIG("\"closID\":\"/\""));
	assert_string_equal(get(in("tasks")), "42\n");
	assert_int_equal(t.owned.n, 0);
}

static void a_named_group_outlives_it(void **state)
{
	struct rdt t;

	(void)state;
	applied(&t, CONFIG("\"closID\":\"new\",\"memBwSchema\":\"MB:0=20\""));
	wrote("MB:0=20\n");
	assert_string_equal(get(in("new/tasks")), "42\n");
	assert_int_equal(t.owned.n, 0);
	assert_int_equal(t.made.n, 1); /* but for a create that fails later */
	assert_int_equal(rdt_remove(&t.made, &e), 0);
	refused(CONFIG("\"closID\":\"new\""), "/linux/intelRdt/closID", "there is no group");
}

static void schemata_are_compared(void **state)
{
	struct rdt t;

	(void)state;
	applied(&t, CONFIG("\"closID\":\"there\",\"l3CacheSchema\":\"L3:1=F;0=07ff;\","
			   "\"schemata\":[\"MB:1=20\",\"L3:0=7FF\"]"));
	wrote("");
	refused(CONFIG("\"closID\":\"there\",\"l3CacheSchema\":\"L3:0=7fe\""),
		"/linux/intelRdt/l3CacheSchema", "has other schemata");
	refused(CONFIG("\"closID\":\"there\",\"memBwSchema\":\"MB:0=10\""),
		"/linux/intelRdt/memBwSchema", "has other schemata");
	refused(CONFIG("\"closID\":\"there\",\"schemata\":[\"MB:0=100\",\"MB:2=100\"]"),
		"/linux/intelRdt/schemata/1", "has other schemata");
	refused(CONFIG("\"closID\":\"there\",\"schemata\":[\"L2:0=1\"]"),
		"/linux/intelRdt/schemata/0", "has other schemata");
	refused(CONFIG("\"closID\":\"there\",\"schemata\":[\"L3\"]"), "/linux/intelRdt/schemata/0",
		"has other schemata");
	refused(CONFIG("\"closID\":\"info\",\"schemata\":[\"L3:0=1\"]"),
		"/linux/intelRdt/schemata/0", "read '");
}

static void failures(void **state)
{
	struct rdt t;

	(void)state;
	assert_int_equal(prepare(&t, CONFIG("\"enableMonitoring\":true")), 0);
	refuse_with = EACCES;
	assert_int_equal(rdt_apply(&t, &a, 42, &e), -EACCES);
	assert_string_equal(e.pointer, "/linux/intelRdt");
	assert_int_equal(e.line, 2);
	assert_non_null(strstr(e.hint, arena_printf(&a, "belongs to uid %u", geteuid())));
	assert_int_equal(t.made.n, 0);
	/* the second one, below the first */
	refuse_with = 0;
	assert_int_equal(prepare(&t, CONFIG("\"enableMonitoring\":true")), 0);
	mkdir(in("c"), 0755);
	t.make = false;
	put(in("info/last_cmd_status"), "out of RMIDs\n");
	refuse_with = ENOSPC;
	memset(&e, 0, sizeof(e));
	assert_int_equal(rdt_apply(&t, &a, 42, &e), -ENOSPC);
	assert_string_equal(e.hint, "resctrl says: out of RMIDs");
	rmdir(in("c"));
}

static void update(void **state)
{
	const char *v[] = {"L3:0=3", "MB:0=50"}, *there = in("there"), *none = in("info");
	const struct strings lines = {v, 2}, one = {&there, 1}, wrong = {&none, 1};
	const struct strings nothing = {0};
	struct rdt t;

	(void)state;
	applied(&t, CONFIG("\"enableMonitoring\":true"));
	wrote("");
	assert_int_equal(rdt_update(&t.groups, &a, &lines, &e), 0);
	wrote("L3:0=3\nMB:0=50\n");
	assert_int_equal(rdt_remove(&t.owned, &e), 0);
	/* what resctrl says is looked for above the group */
	assert_int_equal(unlink(in("there/schemata")), 0);
	assert_int_equal(mkdir(in("there/schemata"), 0755), 0);
	put(in("info/last_cmd_status"), "masks overlap\n");
	assert_int_equal(rdt_update(&one, &a, &lines, &e), -EISDIR);
	assert_non_null(strstr(e.text, "write \"L3:0=3\" to '"));
	assert_string_equal(e.hint, "resctrl says: masks overlap");
	rmdir(in("there/schemata"));
	assert_true(rdt_update(&wrong, &a, &lines, &e) < 0);
	/* in no group */
	memset(&e, 0, sizeof(e));
	assert_int_equal(rdt_update(&nothing, &a, &nothing, &e), 0);
	assert_true(rdt_update(&nothing, &a, &lines, &e) < 0);
	assert_int_equal(e.code, ERR_UNSUPPORTED);
}

static void no_resctrl(void **state)
{
	const struct plan_options o = {.bundle = "/b", .id = "c"};
	const struct facts f = host_facts(HOST_ROOT);
	const char *config = CONFIG("");
	struct rdt t = {0};
	const struct plan *p;
	struct spec s;
	struct doc d;

	(void)state;
	assert_int_equal(doc_parse(&d, &a, config, strlen(config), &e), 0);
	assert_int_equal(oci_decode_spec(&s, &a, &d, &e), 0);
	assert_int_equal(plan_build(&p, &a, &d, &s, &o, &f, &e), 0);
	if (rdt_prepare(&t, &a, p, NULL, &e) == 0)
		skip();
	assert_int_equal(e.code, ERR_UNSUPPORTED);
	assert_string_equal(e.pointer, "/linux/intelRdt");
	/* not asked for, not looked for */
	s.linux_.intel_rdt.set = false;
	assert_int_equal(plan_build(&p, &a, &d, &s, &o, &f, &e), 0);
	assert_int_equal(rdt_prepare(&t, &a, p, NULL, &e), 0);
	assert_int_equal(rdt_apply(&t, &a, 42, &e), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_id_names_a_group),
		TEST(what_was_there_stays),
		TEST(a_named_group_outlives_it),
		TEST(schemata_are_compared),
		TEST(failures),
		TEST(update),
		TEST(no_resctrl),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
