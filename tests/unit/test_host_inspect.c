/*
 * host/mounts_seen: both ways to read the mounts of a process say the same. host/mounts_compare:
 * what differs from a config.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/host/mounts_compare.h"
#include "runtime/host/mounts_seen.h"
#include "runtime/sys/kernel.h"

static bool same_text(const char *x, const char *y)
{
	return (!x && !y) || (x && y && !strcmp(x, y));
}

static bool same(const struct mounts_seen *x, const struct mounts_seen *y)
{
	if (x->n != y->n)
		return false;
	for (size_t i = 0; i < x->n; i++) {
		const struct inspected_mount *p = &x->v[i], *q = &y->v[i];

		if (!same_text(p->target, q->target) || !same_text(p->type, q->type) ||
		    !same_text(p->source, q->source) || !same_text(p->root, q->root) ||
		    !same_text(p->options, q->options) || p->attributes != q->attributes ||
		    p->propagation != q->propagation)
			return false;
	}
	return true;
}

static void print(const struct mounts_seen *m)
{
	for (size_t i = 0; i < m->n; i++)
		printf("%s %s %s %s %llx %llx %s\n", m->v[i].target, m->v[i].type, m->v[i].source,
		       m->v[i].root, (unsigned long long)m->v[i].attributes,
		       (unsigned long long)m->v[i].propagation, m->v[i].options);
}

static void both_ways(void **state)
{
	AUTO(arena) struct arena a = {0};
	struct mounts_seen by_call = {0}, by_file = {0};

	(void)state;
	/* others mount and unmount here, too */
	for (int tries = 0; tries < 50; tries++) {
		if (mounts_by_statmount(&by_call, &a, getpid()) < 0) {
			printf("skipped: %s: statmount(2) is not there, or this is a chroot\n",
			       __func__);
			skip();
		}
		assert_int_equal(mounts_by_mountinfo(&by_file, &a, getpid()), 0);
		if (same(&by_call, &by_file))
			return;
	}
	print(&by_call);
	print(&by_file);
	fail_msg("statmount and mountinfo differ");
}

static struct inspected_mount seen(const char *target, const char *type, uint64_t attributes)
{
	return (struct inspected_mount){
		.target = target, .type = type, .root = "/", .attributes = attributes};
}

static const char config[] =
	"{\"ociVersion\": \"1.0.0\", \"root\": {\"path\": \"r\", \"readonly\": true}, \"mounts\": ["
	"{\"destination\": \"/proc\", \"type\": \"proc\"},"
	"{\"destination\": \"/a/../b\", \"type\": \"tmpfs\", \"options\": [\"nosuid\", \"exec\"]},"
	"{\"destination\": \"/b\", \"type\": \"tmpfs\", \"options\": [\"ro\"]},"
	"{\"destination\": \"/gone\", \"type\": \"tmpfs\"},"
	"{\"destination\": \"/sys\", \"type\": \"sysfs\", \"options\": [\"rro\", \"relatime\"]},"
	"{\"destination\": \"/t\", \"source\": \"/\", \"options\": [\"rbind\", \"noatime\"]}],"
	"\"linux\": {\"maskedPaths\": [\"/proc/keys\"], \"readonlyPaths\": [\"/proc/sys\"],"
	"\"devices\": [{\"type\": \"c\", \"path\": \"/dev/fuse\", \"major\": 10, \"minor\": "
	"229}]}}";

static const char *const from[] = {
	"/root/path",
	"/mounts/0",
	"/mounts/1",
	"/mounts/2",
	"/mounts/4",
	"/mounts/4",
	"/mounts/5",
	"/mounts/5",
	"/linux/maskedPaths/0",
	"/linux/readonlyPaths/0",
	"/linux/devices/0",
	NULL,
	NULL,
};
static const struct inspected_difference want[] = {
	{"/root/path", "/", "ro was asked for and is not set"},
	{"/mounts/0", "/proc", "is a ramfs, not a proc"},
	{"/mounts/1", "/b", "nosuid was asked for and is not set"},
	{"/mounts/1", "/b", "noexec is set and was not asked for"},
	{"/mounts/4", "/sys", "strictatime is set and was not asked for"},
	{"/linux/readonlyPaths/0", "/proc/sys", "ro was asked for and is not set"},
	{NULL, "/extra", "is mounted and not in config.json"},
	{"/mounts/3", "/gone", "was asked for and is not mounted"},
};

static void against_a_config(void **state)
{
	struct inspected_mount v[] = {
		seen("/", "ext4", 0),
		seen("/proc", "ramfs", 0),
		seen("/b", "tmpfs", MOUNT_ATTR_NOEXEC),
		seen("/b", "tmpfs", MOUNT_ATTR_RDONLY),
		seen("/sys", "sysfs", MOUNT_ATTR_RDONLY | MOUNT_ATTR_STRICTATIME),
		seen("/sys/fs/cgroup", "cgroup2", 0),
		seen("/t", "ext4", MOUNT_ATTR_NOATIME),
		seen("/t/below", "ext4", 0),
		seen("/proc/keys", "devtmpfs", 0),
		seen("/proc/sys", "proc", 0),
		seen("/dev/fuse", "devtmpfs", 0),
		seen("/dev/null", "devtmpfs", 0),
		seen("/extra", "tmpfs", 0),
	};
	AUTO(arena) struct arena a = {0};
	struct inspection i = {.mounts = {v, ARRAY_LEN(v)}};
	struct spec s;
	struct err e;
	struct doc d;

	(void)state;
	assert_int_equal(doc_parse(&d, &a, config, strlen(config), &e), 0);
	assert_int_equal(oci_decode_spec(&s, &a, &d, &e), 0);
	mounts_compare(&i, &a, &s, -1);
	for (size_t k = 0; k < ARRAY_LEN(v); k++)
		assert_true(same_text(v[k].from, from[k]));
	for (size_t k = 0; k < i.differences.n && k < ARRAY_LEN(want); k++) {
		const struct inspected_difference *got = &i.differences.v[k];

		assert_true(same_text(got->pointer, want[k].pointer));
		assert_string_equal(got->target, want[k].target);
		assert_string_equal(got->text, want[k].text);
	}
	assert_int_equal(i.differences.n, ARRAY_LEN(want));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ways),
		cmocka_unit_test(against_a_config),
	};

	return cmocka_run_group_tests_name("host/inspect", tests, NULL, NULL);
}
