/*
 * Proves, on a host with cgroup v1 and as root: a cgroup is made in every hierarchy with its
 * limits, a process is put into it, frozen, listed and killed, limits are changed, statistics are
 * read, and nothing is left behind; somebody else's processes are not touched.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "runtime/base/fmt.h"
#include "runtime/host/cgroup.h"
#include "runtime/host/cgroup_stats.h"
#include "runtime/sys/process.h"

struct world {
	struct arena a;
	struct cgroup_facts f;
	struct spec spec;
	struct cgroup_plan plan;
	struct cgroup c;
	struct err e;
	pid_t child;
	int pidfd;
};

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_int_equal(cgroup_probe(&w->f, &w->a, geteuid() == 0, &w->e), 0);
	w->c = (struct cgroup)CGROUP_NONE;
	w->pidfd = -1;
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	int status;

	if (w->pidfd >= 0) {
		(void)!process_signal(w->pidfd, SIGKILL);
		(void)!process_wait(w->pidfd, &status);
		close(w->pidfd);
	}
	(void)!cgroup_destroy(&w->c, &w->e);
	cgroup_close(&w->c);
	arena_free(&w->a);
	free(w);
	return 0;
}

static bool usable(const struct world *w)
{
	if (w->f.root && w->f.v1.n && !w->f.unified)
		return true;
	printf("skip: needs root on a host with cgroup v1\n");
	return false;
}

#define REQUIRE(w)                                                                                 \
	do {                                                                                       \
		if (!usable(w))                                                                    \
			skip();                                                                    \
	} while (0)

static void plan(struct world *w, const char *json)
{
	char *text = arena_strdup(&w->a, json);
	struct doc d;

	assert_int_equal(doc_parse(&d, &w->a, text, strlen(text), &w->e), 0);
	assert_int_equal(oci_decode_resources(&w->spec.linux_.resources, &w->a, &d, &w->e), 0);
	w->spec.linux_.cgroups_path = arena_printf(&w->a, "/rundlet-test-%d", (int)getpid());
	if (cgroup_plan(&w->plan, &w->a, &w->spec, "test", CGROUP_AUTO, &w->f, &w->e) < 0)
		fail_msg("%s", w->e.text);
	assert_int_equal(w->plan.choice.manager, CGROUP_V1);
}

/* Makes the cgroup and a process that waits in it. */
static void enter(struct world *w)
{
	int ready[2];
	char byte;

	if (cgroup_prepare(&w->c, &w->a, &w->plan, &w->f, -1, &w->e) < 0)
		fail_msg("%s: %s", w->e.pointer, w->e.text);
	assert_false(cgroup_needs_gate(&w->c));
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	w->child = process_clone(0, cgroup_born_in(&w->c), &w->pidfd);
	assert_true(w->child >= 0);
	if (w->child == 0) {
		if (cgroup_move_in(&w->c, &w->e) < 0 || write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	if (cgroup_settle(&w->c, &w->e) < 0)
		fail_msg("%s", w->e.text);
}

static const char *read_file(struct world *w, const char *controller, const char *file)
{
	char *path = arena_printf(&w->a, "/sys/fs/cgroup/%s%s/%s", controller,
				  w->spec.linux_.cgroups_path, file);
	char *buf = arena_alloc(&w->a, 4096);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, 4095);

	if (fd >= 0)
		close(fd);
	if (n < 0)
		return "(none)";
	if (n && buf[n - 1] == '\n')
		n--;
	buf[n] = '\0';
	return buf;
}

static bool anywhere(struct world *w)
{
	DIR *all = opendir("/sys/fs/cgroup");
	struct dirent *d;
	struct stat st;
	bool found = false;

	while (all && (d = readdir(all)))
		found |= *d->d_name != '.' &&
			 stat(arena_printf(&w->a, "/sys/fs/cgroup/%s%s", d->d_name,
					   w->spec.linux_.cgroups_path),
			      &st) == 0;
	if (all)
		closedir(all);
	return found;
}

static int find(pid_t pid, void *wanted)
{
	return pid == *(pid_t *)wanted;
}

static void limits_are_in_the_files(void **state)
{
	struct world *w = *state;
	struct state st = {0};
	struct cgroup again = CGROUP_NONE;

	REQUIRE(w);
	plan(w, "{\"memory\":{\"limit\":67108864,\"swap\":134217728},\"pids\":{\"limit\":20},"
		"\"cpu\":{\"shares\":512,\"quota\":50000,\"period\":100000,\"cpus\":\"0\"},"
		"\"devices\":[{\"allow\":false,\"access\":\"rwm\"}]}");
	enter(w);
	assert_string_equal(read_file(w, "memory", "memory.limit_in_bytes"), "67108864");
	assert_string_equal(read_file(w, "memory", "memory.memsw.limit_in_bytes"), "134217728");
	assert_string_equal(read_file(w, "pids", "pids.max"), "20");
	assert_string_equal(read_file(w, "cpu", "cpu.shares"), "512");
	assert_string_equal(read_file(w, "cpu", "cpu.cfs_quota_us"), "50000");
	assert_string_equal(read_file(w, "cpuset", "cpuset.cpus"), "0");
	assert_non_null(strstr(read_file(w, "devices", "devices.list"), "c 1:3 rwm"));
	assert_null(strstr(read_file(w, "devices", "devices.list"), "a *:* rwm"));
	assert_non_null(strstr(read_file(w, "memory", "cgroup.procs"),
			       arena_printf(&w->a, "%d", (int)w->child)));
	assert_int_equal(cgroup_each_pid(&w->c, find, &w->child), 1);

	cgroup_to_state(&w->c, &st);
	assert_int_equal(cgroup_open(&again, &w->a, &st, &w->e), 0);
	assert_int_equal(cgroup_each_pid(&again, find, &w->child), 1);
	assert_int_equal(cgroup_destroy(&again, &w->e), 0);
	cgroup_close(&again);
	assert_false(anywhere(w));
}

static void freezing_and_killing(void **state)
{
	struct world *w = *state;
	int status;

	REQUIRE(w);
	plan(w, "{\"pids\":{\"limit\":20}}");
	enter(w);
	assert_false(cgroup_frozen(&w->c));
	assert_int_equal(cgroup_freeze(&w->c, true, &w->e), 0);
	assert_true(cgroup_frozen(&w->c));
	assert_int_equal(cgroup_freeze(&w->c, false, &w->e), 0);
	assert_false(cgroup_frozen(&w->c));
	assert_int_equal(cgroup_kill(&w->c, SIGKILL, &w->e), 0);
	assert_int_equal(process_wait(w->pidfd, &status), 0);
	assert_int_equal(status, 128 + SIGKILL);
	close(w->pidfd);
	w->pidfd = -1;
}

static void limits_change_in_any_order(void **state)
{
	static const char *const updates[][2] = {
		{"{\"memory\":{\"limit\":134217728,\"swap\":268435456}}", "134217728"},
		{"{\"memory\":{\"limit\":33554432,\"swap\":67108864}}", "33554432"},
		{"{\"memory\":{\"limit\":-1,\"swap\":-1}}", NULL},
	};
	struct world *w = *state;
	size_t i;

	REQUIRE(w);
	plan(w, "{\"memory\":{\"limit\":67108864,\"swap\":134217728}}");
	enter(w);
	for (i = 0; i < ARRAY_LEN(updates); i++) {
		struct spec_resources r = {0};
		struct cgroup_plan p;
		struct doc d;
		char *text = arena_strdup(&w->a, updates[i][0]);

		assert_int_equal(doc_parse(&d, &w->a, text, strlen(text), &w->e), 0);
		assert_int_equal(oci_decode_resources(&r, &w->a, &d, &w->e), 0);
		assert_int_equal(cgroup_plan_update(&p, &w->a, &r, CGROUP_V1, true, NULL, &w->e),
				 0);
		if (cgroup_update(&w->c, &p, &w->e) < 0)
			fail_msg("%s: %s", updates[i][0], w->e.text);
		if (updates[i][1])
			assert_string_equal(read_file(w, "memory", "memory.limit_in_bytes"),
					    updates[i][1]);
	}
}

static void statistics(void **state)
{
	struct world *w = *state;
	struct json_out o;
	struct doc d;
	char *text;

	REQUIRE(w);
	plan(w, "{\"pids\":{\"limit\":20}}");
	enter(w);
	o = json_begin(&w->a, EMIT_COMPACT);
	cgroup_stats(&w->c, &o);
	text = json_end(&o);
	if (doc_parse(&d, &w->a, text, strlen(text), &w->e) < 0)
		fail_msg("%s: %s", w->e.text, text);
	assert_string_equal(doc_at(&d, "/pids/current")->text, "1");
	assert_string_equal(doc_at(&d, "/pids/limit")->text, "20");
	assert_non_null(doc_at(&d, "/memory/usage/usage"));
	assert_non_null(doc_at(&d, "/cpu/usage/total"));
	assert_int_equal(cgroup_oom_kills(&w->c), 0);
}

static void processes_of_others_are_left_alone(void **state)
{
	struct world *w = *state;
	struct world other = {.c = CGROUP_NONE, .pidfd = -1};
	int status;

	REQUIRE(w);
	plan(w, "{\"pids\":{\"limit\":20}}");
	enter(w);
	assert_true(cgroup_prepare(&other.c, &w->a, &w->plan, &w->f, -1, &w->e) < 0);
	assert_non_null(strstr(w->e.text, "is not empty"));
	assert_int_equal(
		waitid(P_PIDFD, (id_t)w->pidfd, &(siginfo_t){0}, WEXITED | WNOHANG | WNOWAIT), 0);
	assert_true(anywhere(w));
	assert_int_equal(process_signal(w->pidfd, SIGKILL), 0);
	assert_int_equal(process_wait(w->pidfd, &status), 0);
	close(w->pidfd);
	w->pidfd = -1;
	assert_int_equal(cgroup_destroy(&w->c, &w->e), 0);
	assert_false(anywhere(w));
}

static void a_failure_leaves_nothing(void **state)
{
	struct world *w = *state;

	REQUIRE(w);
	plan(w, "{\"pids\":{\"limit\":20},\"cpu\":{\"cpus\":\"99999\"}}");
	assert_true(cgroup_prepare(&w->c, &w->a, &w->plan, &w->f, -1, &w->e) < 0);
	assert_string_equal(w->e.pointer, "/linux/resources/cpu/cpus");
	assert_false(anywhere(w));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(limits_are_in_the_files),
		TEST(freezing_and_killing),
		TEST(limits_change_in_any_order),
		TEST(statistics),
		TEST(processes_of_others_are_left_alone),
		TEST(a_failure_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
