/*
 * sys/ns, sys/procfs, sys/mnt, sys/cred: what needs namespaces runs in a new user namespace and is
 * skipped where the host forbids that.
 */
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "runtime/sys/cred.h"
#include "runtime/sys/kernel.h"
#include "runtime/sys/mnt.h"
#include "runtime/sys/ns.h"
#include "runtime/sys/procfs.h"
#include "tests/unit/child.h"

#define NEW_USERNS (CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID)

/* Runs body as id 0 of a new user namespace, in new mount and pid namespaces. */
#define IN_USERNS(body)                                                                            \
	do {                                                                                       \
		int r_ = child_run(NEW_USERNS, body);                                              \
		if (r_ == -EPERM || r_ == -ENOSPC || r_ == -EACCES)                                \
			SKIP("no new user namespace is allowed here");                             \
		assert_int_equal(r_, 0);                                                           \
	} while (0)

static void test_ns_open(void **state)
{
	enum ns_type found = NS_MNT;
	char path[64];
	int fd;

	(void)state;
	for (unsigned int i = 0; i < NS_COUNT; i++) {
		snprintf(path, sizeof(path), "/proc/self/ns/%s", ns_table[i].proc);
		fd = ns_open(path, (enum ns_type)i, &found);
		assert_true(fd >= 0);
		assert_int_equal(found, i);
		assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
		assert_int_equal(ns_is_current(fd, (enum ns_type)i), 1);
		close(fd);
	}
	assert_int_equal(ns_open("/proc/self/ns/net", NS_PID, &found), -EINVAL);
	assert_int_equal(found, NS_NET);
	assert_int_equal(ns_open("/dev/null", NS_PID, &found), -ENOTTY);
	assert_int_equal(found, NS_COUNT);
	assert_int_equal(ns_open("/proc/self/status", NS_PID, &found), -ENOTTY);
	assert_int_equal(ns_open("/nonexistent", NS_PID, &found), -ENOENT);
}

/* A process that differs from us in some namespaces: found, joined by its pidfd, gone. */
static void body_ns_differing(void)
{
	const uint64_t flags = CLONE_NEWUTS | CLONE_NEWIPC;
	uint64_t differing = 1;
	int pidfd = -1, status;
	pid_t pid = process_clone(flags, -1, &pidfd), found = 0;

	if (pid == 0)
		pause();
	CHECK(pid > 0);
	CHECK(ns_differing(getpid(), ~UINT64_C(0), &differing) == 0 && differing == 0);
	CHECK(ns_differing(pid, ~UINT64_C(0), &differing) == 0 && differing == flags);
	CHECK(ns_differing(pid, CLONE_NEWUTS, &differing) == 0 && differing == CLONE_NEWUTS);
	CHECK(ns_differing(pid, 0, &differing) == 0 && differing == 0);
	CHECK(process_pid_of(pidfd, &found) == 0 && found == pid);
	CHECK(ns_enter_all(pidfd, flags) == 0);
	CHECK(ns_differing(pid, ~UINT64_C(0), &differing) == 0 && differing == 0);
	CHECK(process_signal(pidfd, SIGKILL) == 0 && process_wait(pidfd, &status) == 0);
	CHECK(ns_differing(pid, ~UINT64_C(0), &differing) == -ESRCH);
	CHECK(process_pid_of(pidfd, &found) == -ESRCH);
	CHECK(ns_enter_all(pidfd, flags) == -ESRCH);
}

static void test_ns_differing(void **state)
{
	/* in the pid namespace that /proc is of */
	int r = child_run(CLONE_NEWUSER, body_ns_differing);

	(void)state;
	if (r == -EPERM || r == -ENOSPC || r == -EACCES)
		SKIP("no new user namespace is allowed here");
	assert_int_equal(r, 0);
}

static void test_ns_fifo(void **state)
{
	char dir[] = "/tmp/nsXXXXXX", path[64];
	enum ns_type found;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/fifo", dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(ns_open(path, NS_NET, &found), -ENOTTY); /* and does not hang */
	unlink(path);
	rmdir(dir);
}

static void body_ns_enter(void)
{
	enum ns_type found;
	int old = ns_open("/proc/self/ns/uts", NS_UTS, &found);

	CHECK(old >= 0);
	CHECK(unshare(CLONE_NEWUTS) == 0);
	CHECK(ns_is_current(old, NS_UTS) == 0);
	CHECK(ns_enter(old, NS_PID) == -EINVAL);
	CHECK(ns_enter(old, NS_UTS) == -EPERM); /* not this user namespace's */
	old = ns_open("/proc/self/ns/uts", NS_UTS, &found);
	CHECK(old >= 0 && unshare(CLONE_NEWUTS) == 0);
	CHECK(ns_is_current(old, NS_UTS) == 0);
	CHECK(ns_enter(old, NS_UTS) == 0);
	CHECK(ns_is_current(old, NS_UTS) == 1);
}

static void test_ns_enter(void **state)
{
	(void)state;
	IN_USERNS(body_ns_enter);
}

static void test_procfs(void **state)
{
	AUTO(close_fd) int proc = procfs_open();
	char path[64], buf[32];
	int fd;

	(void)state;
	assert_true(proc >= 0);
	assert_true(fcntl(proc, F_GETFD) & FD_CLOEXEC);
	snprintf(path, sizeof(path), "%d/comm", getpid());
	assert_int_equal(procfs_write(proc, path, "renamed"), 0);
	fd = procfs_open_at(proc, path, O_RDONLY);
	assert_true(fd >= 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(io_read_full(fd, buf, sizeof(buf)), 8);
	assert_memory_equal(buf, "renamed\n", 8);
	close(fd);
	assert_int_equal(procfs_open_at(proc, "self/comm", O_RDONLY), -ELOOP);
	snprintf(path, sizeof(path), "%d/root/etc", getpid());
	assert_int_equal(procfs_open_at(proc, path, O_PATH), -ELOOP);
	snprintf(path, sizeof(path), "%d/cwd", getpid());
	assert_int_equal(procfs_open_at(proc, path, O_PATH), -ELOOP);
	assert_int_equal(procfs_open_at(proc, "../etc/passwd", O_RDONLY), -EXDEV);
	assert_int_equal(procfs_open_at(proc, "/etc/passwd", O_RDONLY), -EXDEV);
	assert_int_equal(procfs_write(proc, "nothing", "1"), -ENOENT);
	snprintf(path, sizeof(path), "%d/uid_map", getpid());
	assert_true(procfs_write(proc, path, "rubbish\n") < 0);
}

/* What is mounted over /proc or below it is not taken for procfs. */
static void body_procfs_fake(void)
{
	int proc, private;

	CHECK(kernel_mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	private = procfs_private(false);
	/* Refused where parts of the host's own /proc are covered: nothing to try then. */
	CHECK(private >= 0 || private == -EPERM);
	if (private >= 0) {
		CHECK(procfs_open_at(private, "1/status", O_RDONLY) >= 0);
		CHECK(procfs_write(private, "1/comm", "one") == 0);
		CHECK(procfs_private(true) >= 0);
	}
	proc = procfs_open();
	CHECK(proc >= 0);
	CHECK(kernel_mount("none", "/proc/sys", "tmpfs", 0, NULL) == 0);
	CHECK(procfs_open_at(proc, "sys/kernel", O_PATH) == -EXDEV);
	CHECK(kernel_mount("none", "/proc", "tmpfs", 0, NULL) == 0);
	CHECK(procfs_open() == -ENODEV);
	CHECK(kernel_umount("/proc", MNT_DETACH) == 0);
	CHECK(kernel_mount("/proc/sys", "/proc", NULL, MS_BIND, NULL) == 0);
	CHECK(procfs_open() == -ENODEV);
}

static void test_procfs_fake(void **state)
{
	(void)state;
	IN_USERNS(body_procfs_fake);
}

static int make_tmpfs(void)
{
	int fs = mnt_fs_open("tmpfs"), tree;

	CHECK(fs >= 0 && (fcntl(fs, F_GETFD) & FD_CLOEXEC));
	CHECK(mnt_fs_option(fs, "size=1m") == 0);
	CHECK(mnt_fs_option(fs, "mode=0711") == 0);
	CHECK(mnt_fs_option(fs, "noswap") <= 0); /* a flag; unknown to older kernels */
	tree = mnt_fs_create(fs, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	CHECK(tree >= 0 && (fcntl(tree, F_GETFD) & FD_CLOEXEC));
	close(fs);
	return tree;
}

static void body_mnt(void)
{
	int tree, clone, target;
	struct stat st;

	CHECK(kernel_mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	tree = make_tmpfs();
	CHECK(fstat(tree, &st) == 0 && (st.st_mode & 07777) == 0711);
	target = open("/tmp", O_PATH | O_DIRECTORY | O_CLOEXEC);
	CHECK(mnt_attach(tree, target) == 0);
	CHECK(mkdir("/tmp/ro", 0755) == 0 && mkdir("/tmp/rw", 0755) == 0);
	CHECK(symlink("rw", "/tmp/link") == 0 && mkdir("/tmp/link/x", 0700) == 0);
	/* A read-only clone of a directory: only the clone is. */
	clone = mnt_clone(AT_FDCWD, "/tmp/rw", true, false);
	CHECK(clone >= 0 && (fcntl(clone, F_GETFD) & FD_CLOEXEC));
	CHECK(mnt_change(clone, MOUNT_ATTR_RDONLY, 0, MS_PRIVATE, true) == 0);
	CHECK(mnt_attach_at(clone, tree, "ro") == 0);
	CHECK(mkdir("/tmp/rw/y", 0700) == 0);
	CHECK(mkdir("/tmp/ro/z", 0700) == -1 && errno == EROFS);
	CHECK(access("/tmp/ro/y", F_OK) == 0);
	/* Links as a target are refused, as a source only with nofollow kept. */
	clone = mnt_clone(clone, NULL, false, false);
	CHECK(clone >= 0);
	CHECK(mnt_attach_at(clone, tree, "link") < 0);
	CHECK(mnt_attach_at(clone, tree, "missing") == -ENOENT);
	clone = mnt_clone(AT_FDCWD, "/tmp/link", false, true);
	CHECK(clone >= 0 && fstat(clone, &st) == 0 && S_ISLNK(st.st_mode));
	clone = mnt_clone(AT_FDCWD, "/tmp/link", false, false);
	CHECK(clone >= 0 && fstat(clone, &st) == 0 && S_ISDIR(st.st_mode));
	CHECK(mnt_clone(AT_FDCWD, "/nonexistent", false, false) == -ENOENT);
	CHECK(mnt_change(tree, 0, 0, MS_SHARED, false) == 0);
}

static void test_mnt(void **state)
{
	(void)state;
	IN_USERNS(body_mnt);
}

static void body_mnt_message(void)
{
	char message[128] = "stale", key[400];
	int fs = mnt_fs_open("tmpfs");

	CHECK(fs >= 0);
	mnt_fs_message(fs, message, sizeof(message));
	CHECK(!message[0]);
	CHECK(mnt_fs_option(fs, "nonsense=1") == -EINVAL);
	mnt_fs_message(fs, message, sizeof(message));
	CHECK(strstr(message, "nonsense") && message[0] != 'e');
	CHECK(mnt_fs_option(fs, "nonsense") == -EINVAL);
	mnt_fs_message(fs, message, 4);
	CHECK(strlen(message) == 3);
	memset(key, 'k', sizeof(key));
	memcpy(key + 390, "=value", 7);
	CHECK(mnt_fs_option(fs, key) == -EINVAL);
	CHECK(mnt_fs_open("nosuchfs") == -ENODEV);
}

static void test_mnt_message(void **state)
{
	(void)state;
	IN_USERNS(body_mnt_message);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ns_open),     cmocka_unit_test(test_ns_fifo),
		cmocka_unit_test(test_ns_enter),    cmocka_unit_test(test_procfs),
		cmocka_unit_test(test_procfs_fake), cmocka_unit_test(test_mnt),
		cmocka_unit_test(test_mnt_message), cmocka_unit_test(test_ns_differing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
