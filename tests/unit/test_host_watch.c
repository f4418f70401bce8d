/*
 * host/watch: the foreground of `run`. Bytes go both ways between two terminals, the window size
 * follows, signals arrive at init, its status comes back, orphans are reaped, and the caller's
 * terminal is as it was on every way out.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/base/io.h"
#include "runtime/host/watch.h"
#include "runtime/sys/process.h"
#include "tests/unit/child.h"

struct pty {
	int master, slave;
};

static struct pty open_pty(void)
{
	struct pty p = {.master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)};

	assert_true(p.master >= 0);
	assert_int_equal(grantpt(p.master), 0);
	assert_int_equal(unlockpt(p.master), 0);
	p.slave = open(ptsname(p.master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(p.slave >= 0);
	return p;
}

/* What stands in for rundlet: watches init, which is its child, with outer as its terminal. */
struct watched {
	int pidfd;      /* of the watcher */
	struct pty tty; /* the caller's terminal */
	struct termios before;
};

static _Noreturn void watcher(const struct pty *tty, const struct pty *inner, void (*init)(void))
{
	struct watch w;
	struct err e = {0};
	int pidfd, status = -1;
	pid_t pid;

	CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0);
	CHECK(dup2(tty->slave, 0) == 0 && dup2(tty->slave, 1) == 1);
	watch_begin(&w);
	if (inner) /* before START, as in a run */
		CHECK(watch_attach(&w, dup(inner->master), &e) == 0);
	pid = process_clone(0, -1, &pidfd);
	CHECK(pid >= 0);
	if (pid == 0) {
		sigset_t none;

		if (inner) {
			CHECK(dup2(inner->slave, 0) == 0 && dup2(inner->slave, 1) == 1);
			close(w.master);
		}
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		close(tty->slave);
		init();
		_exit(0);
	}
	if (inner) {
		close(inner->master);
		close(inner->slave);
	}
	CHECK(watch_wait(&w, pid, pidfd, &status, &e) == 0);
	CHECK(waitpid(-1, NULL, WNOHANG) < 0); /* nobody is left unreaped */
	watch_end(&w);
	_exit(status);
}

static struct watched watch(bool terminal, void (*init)(void))
{
	struct watched r = {.tty = open_pty()};
	struct winsize size = {.ws_row = 33, .ws_col = 77};
	struct pty inner = {-1, -1};

	if (terminal)
		inner = open_pty();
	assert_int_equal(ioctl(r.tty.master, TIOCSWINSZ, &size), 0);
	assert_int_equal(tcgetattr(r.tty.slave, &r.before), 0);
	fflush(NULL);
	if (process_clone(0, -1, &r.pidfd) == 0)
		watcher(&r.tty, terminal ? &inner : NULL, init);
	if (terminal) {
		close(inner.master);
		close(inner.slave);
	}
	return r;
}

/* The status of the watcher, whose terminal must be as it was. */
static int finish(struct watched *r)
{
	struct termios after;
	int status = -1;

	assert_int_equal(process_wait(r->pidfd, &status), 0);
	assert_int_equal(tcgetattr(r->tty.slave, &after), 0);
	/* behind c_cc come bytes that nobody sets, and speeds that c_cflag has too */
	assert_memory_equal(&after, &r->before,
			    offsetof(struct termios, c_cc) + sizeof(after.c_cc));
	close(r->pidfd);
	close(r->tty.master);
	close(r->tty.slave);
	return status;
}

/* Reads from the caller's terminal until text was seen. */
static void expect(struct watched *r, const char *text)
{
	char got[8192] = "";
	size_t n = 0;

	while (!strstr(got, text)) {
		struct pollfd p = {.fd = r->tty.master, .events = POLLIN};
		ssize_t more;

		assert_int_equal(poll(&p, 1, 60000), 1);
		more = read(r->tty.master, got + n, sizeof(got) - 1 - n);
		assert_true(more > 0);
		n += (size_t)more;
		got[n] = '\0';
	}
}

static void say(const char *text)
{
	CHECK(io_write_all(1, text, strlen(text)) == 0);
}

static void init_status(void)
{
	_exit(42);
}

static void init_killed(void)
{
	raise(SIGTERM);
}

static void statuses(void **state)
{
	struct watched r;

	(void)state;
	for (int terminal = 0; terminal < 2; terminal++) {
		r = watch(terminal, init_status);
		assert_int_equal(finish(&r), 42);
		r = watch(terminal, init_killed);
		assert_int_equal(finish(&r), 128 + SIGTERM);
	}
}

static void init_echo(void)
{
	char line[64];
	struct winsize size = {0};
	ssize_t n;

	CHECK(ioctl(0, TIOCGWINSZ, &size) == 0);
	CHECK(size.ws_row == 33 && size.ws_col == 77);
	say("ready\n");
	n = read(0, line, sizeof(line) - 1);
	CHECK(n > 0);
	line[n] = '\0';
	CHECK(strcmp(line, "hello\n") == 0);
	for (int i = 0; i < 3000; i++)
		say("x");
	say("end-of-output");
	_exit(5);
}

static void bytes_and_size(void **state)
{
	struct watched r = watch(true, init_echo);
	struct termios now;

	(void)state;
	expect(&r, "ready\r\n");
	assert_int_equal(tcgetattr(r.tty.slave, &now), 0);
	assert_false(now.c_lflag & (ICANON | ECHO | ISIG));
	assert_int_equal(write(r.tty.master, "hello\n", 6), 6);
	expect(&r, "end-of-output");
	assert_int_equal(finish(&r), 5);
}

static volatile sig_atomic_t caught;

static void on_signal(int sig)
{
	caught = sig;
}

static void init_signals(void)
{
	struct sigaction sa = {.sa_handler = on_signal};
	sigset_t block, none;
	struct winsize size;

	sigemptyset(&none);
	sigfillset(&block);
	sigprocmask(SIG_SETMASK, &block, NULL);
	sigaction(SIGUSR1, &sa, NULL);
	sigaction(SIGWINCH, &sa, NULL);
	say("ready\n");
	sigsuspend(&none);
	CHECK(caught == SIGUSR1);
	say("usr1\n");
	/* with a terminal SIGWINCH is about the size; without one it is forwarded as it is */
	if (ioctl(0, TIOCGWINSZ, &size) == 0 && size.ws_col == 77) {
		while (size.ws_col == 77)
			CHECK(ioctl(0, TIOCGWINSZ, &size) == 0);
		CHECK(size.ws_col == 99);
	} else {
		sigsuspend(&none);
		CHECK(caught == SIGWINCH);
	}
	say("winch\n");
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (;;)
		pause();
}

static void signals(void **state)
{
	struct winsize size = {.ws_row = 33, .ws_col = 99};

	(void)state;
	for (int terminal = 0; terminal < 2; terminal++) {
		struct watched r = {0};
		struct winsize none = {0};

		r = watch(terminal, init_signals);
		if (!terminal) /* init's stdin is the caller's terminal itself */
			assert_int_equal(ioctl(r.tty.master, TIOCSWINSZ, &none), 0);
		expect(&r, "ready");
		assert_int_equal(process_signal(r.pidfd, SIGUSR1), 0);
		expect(&r, "usr1");
		if (terminal)
			assert_int_equal(ioctl(r.tty.master, TIOCSWINSZ, &size), 0);
		assert_int_equal(process_signal(r.pidfd, SIGWINCH), 0);
		expect(&r, "winch");
		assert_int_equal(process_signal(r.pidfd, SIGTERM), 0);
		assert_int_equal(finish(&r), 128 + SIGTERM);
	}
}

/* An orphan that ends before init does, and is reaped by the watcher meanwhile. */
static void init_orphan(void)
{
	int pidfd;

	if (process_clone(0, -1, &pidfd) == 0) {
		if (process_clone(0, -1, &pidfd) == 0)
			_exit(0);
		_exit(0);
	}
	CHECK(waitpid(-1, NULL, 0) > 0);
	usleep(100 * 1000);
	_exit(6);
}

static void orphans(void **state)
{
	struct watched r = watch(false, init_orphan);

	(void)state;
	assert_int_equal(finish(&r), 6);
}

static void init_flood(void)
{
	for (;;)
		if (write(1, "flood\n", 6) < 0)
			_exit(8);
}

/* The reader goes away: the container's terminal is hung up, nothing hangs. */
static void reader_gone(void **state)
{
	int pair[2], out[2], pidfd, status = -1;
	char buf[16];

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
	fflush(NULL);
	if (process_clone(0, -1, &pidfd) == 0) {
		struct pty inner = open_pty();
		/* stdin: a pipe that stays open; stdout: one whose reader leaves */
		struct pty tty = {.slave = pair[0]};

		close(out[0]);
		CHECK(dup2(out[1], 1) == 1);
		close(out[1]);
		struct watch w;
		struct err e = {0};
		int init;
		pid_t pid;

		CHECK(dup2(tty.slave, 0) == 0);
		watch_begin(&w);
		pid = process_clone(0, -1, &init);
		if (pid == 0) {
			CHECK(dup2(inner.slave, 1) == 1);
			close(inner.master);
			init_flood();
		}
		CHECK(watch_attach(&w, inner.master, &e) == 0);
		close(inner.slave);
		CHECK(watch_wait(&w, pid, init, &status, &e) == 0);
		watch_end(&w);
		_exit(status);
	}
	close(out[1]);
	assert_true(read(out[0], buf, sizeof(buf)) > 0);
	close(out[0]);
	assert_int_equal(process_wait(pidfd, &status), 0);
	assert_int_equal(status, 8);
	close(pidfd);
	close(pair[0]);
	close(pair[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statuses),    cmocka_unit_test(bytes_and_size),
		cmocka_unit_test(signals),     cmocka_unit_test(orphans),
		cmocka_unit_test(reader_gone),
	};

	alarm(60); /* a test that hangs fails */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
