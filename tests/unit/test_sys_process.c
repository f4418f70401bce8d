/*
 * sys/process and sys/spawn: status as a shell says it, start time, and what a helper inherits.
 */
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "tests/unit/child.h"

/* execve(2) wants them writable and does not write to them. */
#define ARG(s) ((char *)(uintptr_t)(s))

static void body_exit7(void)
{
	_exit(7);
}

static void body_abort(void)
{
	signal(SIGTERM, SIG_DFL);
	kill(getpid(), SIGTERM);
}

static void test_status(void **state)
{
	(void)state;
	assert_int_equal(child_run(0, body_exit7), 7);
	assert_int_equal(child_run(0, body_abort), 128 + SIGTERM);
}

static void test_clone_and_signal(void **state)
{
	int pidfd = -1, status = 0, second;
	uint64_t start = 0, mine = 0;
	char letter = 0;
	pid_t pid;

	(void)state;
	pid = process_clone(0, -1, &pidfd);
	if (pid == 0)
		for (;;)
			pause();
	assert_true(pid > 0);
	assert_true(fcntl(pidfd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(process_stat(pid, &start, &letter), 0);
	assert_non_null(strchr("RSD", letter));
	assert_int_equal(process_stat(getpid(), &mine, &letter), 0);
	assert_true(start >= mine && mine > 0);
	second = process_pidfd_open(pid);
	assert_true(second >= 0 && (fcntl(second, F_GETFD) & FD_CLOEXEC));
	assert_int_equal(process_signal(second, 0), 0);
	assert_int_equal(process_signal(second, SIGKILL), 0);
	assert_int_equal(poll(&(struct pollfd){.fd = pidfd, .events = POLLIN}, 1, 10000), 1);
	assert_int_equal(process_stat(pid, &start, &letter), 0);
	assert_int_equal(letter, 'Z');
	assert_int_equal(process_wait(pidfd, &status), 0);
	assert_int_equal(status, 128 + SIGKILL);
	assert_int_equal(process_wait(pidfd, &status), -ECHILD);
	assert_int_equal(process_stat(pid, &start, &letter), -ESRCH);
	assert_int_equal(process_signal(second, 0), -ESRCH);
	close(second);
	close(pidfd);
}

static void test_clone_errors(void **state)
{
	int pidfd = 77;

	(void)state;
	assert_int_equal(process_clone(0x80000000000ULL, -1, &pidfd), -EINVAL);
	assert_int_equal(process_clone(0, STDIN_FILENO, &pidfd), -EBADF);
	assert_int_equal(pidfd, 77);
}

/* Field 22 must be found behind any name. */
static void body_odd_name(void)
{
	uint64_t before, after;
	char letter;

	CHECK(process_stat(getpid(), &before, &letter) == 0);
	child_write_file("/proc/self/comm", "a) S 1 (b");
	CHECK(process_stat(getpid(), &after, &letter) == 0);
	CHECK(before == after && letter == 'R');
}

static void test_odd_name(void **state)
{
	(void)state;
	assert_int_equal(child_run(0, body_odd_name), 0);
}

/* Runs sh -c script with its stdout in a memfd; the status. */
static int shell(const char *script, int in, char *buf, size_t size)
{
	char *const argv[] = {ARG("sh"), ARG("-c"), ARG(script), NULL};
	AUTO(close_fd) int out = memfd_create("out", MFD_CLOEXEC);
	struct process_spawn s = {.path = "/bin/sh", .argv = argv, .in = in, .out = out, .err = -1};
	int pidfd = -1, status = -1;
	ssize_t n;

	assert_int_equal(process_spawn(&s, &pidfd), 0);
	assert_true(fcntl(pidfd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(process_wait(pidfd, &status), 0);
	close(pidfd);
	n = pread(out, buf, size - 1, 0);
	buf[n > 0 ? n : 0] = '\0';
	return status;
}

static void test_spawn(void **state)
{
	int free_before = dup(2);
	char buf[256];

	(void)state;
	close(free_before);
	assert_int_equal(shell("echo hello; exit 3", -1, buf, sizeof(buf)), 3);
	assert_string_equal(buf, "hello\n");
	setenv("RUNDLET_TEST", "inherited", 1);
	assert_int_equal(shell("echo $RUNDLET_TEST; kill -9 $$", -1, buf, sizeof(buf)), 137);
	assert_string_equal(buf, "inherited\n");
	assert_int_equal(shell("cat; readlink /proc/self/fd/2", -1, buf, sizeof(buf)), 0);
	assert_string_equal(buf, "/dev/null\n");
	assert_int_equal(dup(2), free_before);
	close(free_before);
}

static void test_spawn_env(void **state)
{
	char *const argv[] = {ARG("sh"), ARG("-c"),
			      ARG("test \"$ONLY\" = this && test -z \"$HOME\""), NULL};
	char *const envp[] = {ARG("ONLY=this"), NULL};
	struct process_spawn s = {
		.path = "/bin/sh", .argv = argv, .envp = envp, .in = -1, .out = -1, .err = -1};
	int pidfd = -1, status = -1;

	(void)state;
	setenv("HOME", "/nowhere", 1);
	assert_int_equal(process_spawn(&s, &pidfd), 0);
	assert_int_equal(process_wait(pidfd, &status), 0);
	assert_int_equal(status, 0);
	close(pidfd);
}

static void test_spawn_errors(void **state)
{
	char *const argv[] = {ARG("x"), NULL};
	struct process_spawn s = {
		.path = "/nonexistent/x", .argv = argv, .in = -1, .out = -1, .err = -1};
	int pidfd = 77;

	(void)state;
	assert_int_equal(process_spawn(&s, &pidfd), -ENOENT);
	s.path = "/proc/self/status";
	assert_int_equal(process_spawn(&s, &pidfd), -EACCES);
	s.path = "/bin/sh";
	s.out = 1000;
	assert_int_equal(process_spawn(&s, &pidfd), -EBADF);
	assert_int_equal(pidfd, 77);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* nothing is left to reap */
}

static void on_signal(int sig)
{
	(void)sig;
}

static void test_spawn_clean(void **state)
{
	int leak = fcntl(2, F_DUPFD, 50); /* not close-on-exec */
	unsigned long blocked, ignored, caught;
	sigset_t some, now;
	char buf[256];

	(void)state;
	assert_int_equal(leak, 50);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGUSR2, on_signal);
	sigemptyset(&some);
	sigaddset(&some, SIGUSR1);
	sigaddset(&some, SIGCHLD);
	sigprocmask(SIG_BLOCK, &some, NULL);
	/* sed is asked: the shell has its own ideas about signals, grep catches SIGSEGV. */
	assert_int_equal(
		shell("exec sed -n '/^Sig[BIC]/p' /proc/self/status", -1, buf, sizeof(buf)), 0);
	assert_int_equal(
		sscanf(buf, "SigBlk: %lx SigIgn: %lx SigCgt: %lx", &blocked, &ignored, &caught), 3);
	assert_int_equal(blocked, 0);
	/* 32 and 33 are the C library's own: whoever started us may have them ignored */
	assert_int_equal(ignored & ~(3UL << 31), 0);
	assert_int_equal(caught, 0);
	sigprocmask(SIG_BLOCK, NULL, &now);
	assert_true(sigismember(&now, SIGUSR1) && !sigismember(&now, SIGTERM));
	sigprocmask(SIG_UNBLOCK, &some, NULL);
	assert_ptr_equal(signal(SIGPIPE, SIG_DFL), SIG_IGN);
	assert_ptr_equal(signal(SIGUSR2, SIG_DFL), on_signal);
	assert_int_equal(shell("echo /proc/self/fd/*", -1, buf, sizeof(buf)), 0);
	assert_non_null(strstr(buf, "/fd/1"));
	assert_null(strstr(buf, "/fd/50"));
	close(leak);
}

/* The shell's own descriptors are 0-2 even when ours are crossed. */
static void body_crossed(void)
{
	char *const argv[] = {ARG("sh"), ARG("-c"), ARG("cat >&2"), NULL};
	struct process_spawn s = {.path = "/bin/sh", .argv = argv, .in = 2, .out = -1, .err = 0};
	int pidfd = -1, status = -1, p[2], out = memfd_create("out", 0);
	char buf[8];

	CHECK(pipe(p) == 0 && write(p[1], "data", 4) == 4);
	CHECK(dup2(p[0], 2) == 2 && dup2(out, 0) == 0);
	close(p[1]);
	close(1);
	CHECK(process_spawn(&s, &pidfd) == 0);
	CHECK(process_wait(pidfd, &status) == 0 && status == 0);
	CHECK(pread(out, buf, sizeof(buf), 0) == 4 && !memcmp(buf, "data", 4));
}

static void test_spawn_crossed(void **state)
{
	(void)state;
	assert_int_equal(child_run(0, body_crossed), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status),        cmocka_unit_test(test_clone_and_signal),
		cmocka_unit_test(test_clone_errors),  cmocka_unit_test(test_odd_name),
		cmocka_unit_test(test_spawn),         cmocka_unit_test(test_spawn_env),
		cmocka_unit_test(test_spawn_errors),  cmocka_unit_test(test_spawn_clean),
		cmocka_unit_test(test_spawn_crossed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
