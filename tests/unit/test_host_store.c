/*
 * host/store: one directory per container, locked while it changes, replaced atomically, and
 * nothing left behind; what a killed command leaves is taken over.
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
#include <unistd.h>

#include <cmocka.h>

#include "runtime/host/start.h"
#include "runtime/host/status.h"
#include "runtime/host/store.h"
#include "runtime/sys/process.h"

static char dir[64];
static int root;
static struct arena a;
static struct err e;

static int setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/test_host_store.%d/deep/er", getpid());
	memset(&e, 0, sizeof(e));
	root = store_open_root(dir, true, &a, &e);
	return root < 0;
}

static int teardown(void **state)
{
	char cmd[128];

	(void)state;
	close(root);
	arena_free(&a);
	snprintf(cmd, sizeof(cmd), "rm -rf /tmp/test_host_store.%d", getpid());
	return system(cmd);
}

static struct state state_of(const char *id)
{
	struct state st = {.oci_version = OCI_VERSION,
			   .id = id,
			   .pid = getpid(),
			   .bundle = "/b",
			   .rootfs = "/b/rootfs",
			   .created = "2026-01-02T03:04:05.000000006Z",
			   .owner = "me",
			   .config = "{}",
			   .config_size = 2};
	char letter;

	assert_int_equal(process_stat(getpid(), &st.pid_start, &letter), 0);
	return st;
}

static bool exists(const char *name)
{
	return faccessat(root, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void ids(void **state)
{
	char name[STORE_ID_MAX + 2];
	static const char *const good[] = {"a", "a.b", "_x", "+x", "-x", "A-9+_."};
	static const char *const bad[] = {"",    ".",        "..", "../x", "a/b",
					  "a b", "\xc3\xa4", ".a", "a\n"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_int_equal(store_check_id(good[i], &e), 0);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_true(store_check_id(bad[i], &e) < 0);
		assert_int_equal(e.code, ERR_ID_INVALID);
	}
	memset(name, 'x', sizeof(name));
	name[STORE_ID_MAX + 1] = '\0';
	assert_true(store_check_id(name, &e) < 0);
	name[STORE_ID_MAX] = '\0';
	assert_int_equal(store_check_id(name, &e), 0);
}

static void root_is_private(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(fstat(root, &st), 0);
	assert_int_equal(st.st_mode & 07777, 01700);
	assert_int_equal(chmod(dir, 0770), 0);
	assert_true(store_open_root(dir, true, &a, &e) < 0);
	assert_int_equal(e.code, ERR_STATE);
	assert_int_equal(chmod(dir, 01700), 0);
	assert_int_equal(store_open_root("/tmp/test_host_store.none", false, &a, &e), -ENOENT);
}

static void life(void **state)
{
	struct store_entry s, other;
	struct state st = state_of("c1"), back;

	(void)state;
	assert_int_equal(store_create(&s, root, "c1", &e), 0);
	/* locked, though without a state */
	assert_int_equal(store_create(&other, root, "c1", &e), -EEXIST);
	assert_int_equal(e.code, ERR_ID_EXISTS);
	assert_int_equal(store_write(&s, &a, &st, &e), 0);
	assert_false(exists("c1/state.json.new"));
	store_close(&s);
	/* not locked, but with a state */
	assert_int_equal(store_create(&other, root, "c1", &e), -EEXIST);
	assert_int_equal(store_open(&s, root, "c1", true, &e), 0);
	assert_int_equal(store_read(&s, &a, &back, &e), 0);
	assert_string_equal(back.id, "c1");
	assert_int_equal(back.pid, getpid());
	assert_int_equal(back.pid_start, st.pid_start);
	assert_string_equal(back.created, st.created);
	assert_int_equal(store_remove(&s, &e), 0);
	assert_false(exists("c1"));
	store_close(&s);
	assert_int_equal(store_open(&s, root, "c1", true, &e), -ENOENT);
	assert_int_equal(e.code, ERR_NO_CONTAINER);
	assert_non_null(strstr(e.text, "container does not exist"));
}

static void left_overs_are_taken_over(void **state)
{
	struct store_entry s;
	struct state st;
	int sock;

	(void)state;
	assert_int_equal(store_create(&s, root, "c2", &e), 0);
	sock = start_listen(&s, &e);
	assert_true(sock >= 0);
	close(sock);
	close(openat(s.dir, "state.json.new", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	store_close(&s); /* killed */
	assert_int_equal(store_open(&s, root, "c2", false, &e), 0);
	assert_int_equal(store_read(&s, &a, &st, &e), -ENOENT);
	assert_int_equal(e.code, ERR_NO_CONTAINER);
	store_close(&s);
	assert_int_equal(store_create(&s, root, "c2", &e), 0);
	assert_false(exists("c2/state.json.new"));
	assert_false(exists("c2/creating"));
	assert_int_equal(store_remove(&s, &e), 0);
	store_close(&s);
}

/* Whoever waited for the lock of a container that is deleted meanwhile finds none. */
static void deleted_while_waiting(void **state)
{
	struct store_entry s, other;

	(void)state;
	assert_int_equal(store_create(&s, root, "c3", &e), 0);
	assert_int_equal(store_unlock(&s, &e), 0);
	assert_int_equal(store_open(&other, root, "c3", true, &e), 0);
	assert_int_equal(store_remove(&other, &e), 0);
	store_close(&other);
	assert_int_equal(store_relock(&s, &e), 0);
	store_close(&s);
}

static void symbolic_links_are_not_followed(void **state)
{
	struct store_entry s;

	(void)state;
	assert_int_equal(symlinkat("/etc", root, "link"), 0);
	assert_true(store_open(&s, root, "link", false, &e) < 0);
	assert_true(store_create(&s, root, "link", &e) < 0);
	assert_int_equal(unlinkat(root, "link", 0), 0);
}

static void statuses(void **state)
{
	struct store_entry s;
	struct state st = state_of("c4"), got;
	int sock, pidfd;

	(void)state;
	assert_int_equal(store_create(&s, root, "c4", &e), 0);
	assert_int_equal(store_write(&s, &a, &st, &e), 0);
	sock = start_listen(&s, &e);
	assert_true(sock >= 0);
	assert_int_equal(status_read(&s, &a, &got, NULL, &e), 0);
	assert_int_equal(got.status, STATUS_CREATING);
	assert_int_equal(store_mark(&s, STORE_MARK_CREATED, &e), 0);
	assert_int_equal(status_read(&s, &a, &got, NULL, &e), 0);
	assert_int_equal(got.status, STATUS_CREATED);
	assert_int_equal(store_mark(&s, STORE_MARK_STARTED, &e), 0);
	assert_int_equal(status_read(&s, &a, &got, &pidfd, &e), 0);
	assert_int_equal(got.status, STATUS_RUNNING);
	assert_int_equal(got.pid, getpid());
	assert_int_equal(process_signal(pidfd, 0), 0);
	close(pidfd);
	/* the same pid, but another process */
	st.pid_start++;
	assert_int_equal(store_write(&s, &a, &st, &e), 0);
	assert_int_equal(status_read(&s, &a, &got, &pidfd, &e), 0);
	assert_int_equal(got.status, STATUS_STOPPED);
	assert_int_equal(got.pid, 0);
	assert_int_equal(pidfd, -1);
	close(sock);
	assert_int_equal(store_remove(&s, &e), 0);
	store_close(&s);
}

static void a_zombie_is_stopped(void **state)
{
	struct store_entry s;
	struct state st = state_of("c5"), got;
	int pidfd, status;
	char letter = '?';
	pid_t pid = process_clone(0, -1, &pidfd);

	(void)state;
	if (pid == 0)
		_exit(0);
	st.pid = pid;
	while (letter != 'Z')
		assert_int_equal(process_stat(pid, &st.pid_start, &letter), 0);
	assert_int_equal(store_create(&s, root, "c5", &e), 0);
	assert_int_equal(store_write(&s, &a, &st, &e), 0);
	assert_int_equal(status_read(&s, &a, &got, NULL, &e), 0);
	assert_int_equal(got.status, STATUS_STOPPED);
	assert_int_equal(process_wait(pidfd, &status), 0);
	assert_int_equal(status_read(&s, &a, &got, NULL, &e), 0);
	assert_int_equal(got.status, STATUS_STOPPED);
	close(pidfd);
	assert_int_equal(store_remove(&s, &e), 0);
	store_close(&s);
}

static void lists(void **state)
{
	struct store_entry s1, s2;
	struct strings v;

	(void)state;
	assert_int_equal(store_list(root, &a, &v, &e), 0);
	assert_int_equal(v.n, 0);
	assert_int_equal(store_create(&s1, root, "zz", &e), 0);
	assert_int_equal(store_create(&s2, root, "aa", &e), 0);
	assert_int_equal(store_list(root, &a, &v, &e), 0);
	assert_int_equal(v.n, 2);
	assert_string_equal(v.v[0], "aa");
	assert_string_equal(v.v[1], "zz");
	assert_int_equal(store_remove(&s1, &e), 0);
	assert_int_equal(store_remove(&s2, &e), 0);
	store_close(&s1);
	store_close(&s2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids),
		cmocka_unit_test(root_is_private),
		cmocka_unit_test(life),
		cmocka_unit_test(left_overs_are_taken_over),
		cmocka_unit_test(deleted_while_waiting),
		cmocka_unit_test(symbolic_links_are_not_followed),
		cmocka_unit_test(statuses),
		cmocka_unit_test(a_zombie_is_stopped),
		cmocka_unit_test(lists),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
