/*
 * The foreground of `run`.
 *
 * owns:     the caller's terminal while the container has it
 * may use:  base, sys, host/notify
 * must not: know of plans and states
 *
 * Signals are blocked and read from a signalfd, so that every way out but SIGKILL passes through
 * watch_end(). The terminal is copied by two pumps, each with one buffer: a side that does not read
 * stops its own direction only.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/ttydefaults.h>
#include <sys/wait.h>

#include "runtime/base/io.h"
#include "runtime/host/watch.h"
#include "runtime/sys/process.h"

enum {
	PUMP_SIZE = 4096,
	DRAIN_MAX = 64, /* buffers, after init has ended */
	ENDS = 10,      /* how often the end of the input is typed at most */
};

/* Not blocked: faults of our own, and job control, which is about us and not about the container.
 */
static const int not_ours[] = {SIGSEGV, SIGBUS, SIGFPE,  SIGILL,  SIGTRAP,
			       SIGABRT, SIGSYS, SIGTSTP, SIGTTIN, SIGTTOU};

void watch_begin(struct watch *ret)
{
	sigfillset(&ret->signals);
	for (size_t i = 0; i < ARRAY_LEN(not_ours); i++)
		sigdelset(&ret->signals, not_ours[i]);
	ret->master = -1;
	ret->raw = false;
	ret->notify = NULL;
	sigprocmask(SIG_BLOCK, &ret->signals, NULL);
}

/* The container's window is as large as ours; a caller without a terminal has no size to give. */
static void copy_size(const struct watch *w)
{
	struct winsize size;

	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0)
		ioctl(w->master, TIOCSWINSZ, &size);
}

/*
 * A terminal wants "\r\n", a pipe or a file what the program wrote. Whoever reads from a raw
 * terminal of ours sees the former.
 */
static void plain_newlines(int master)
{
	struct termios t;

	if (isatty(STDOUT_FILENO) || tcgetattr(master, &t) < 0)
		return;
	t.c_oflag &= ~(tcflag_t)ONLCR;
	tcsetattr(master, TCSANOW, &t);
}

int watch_attach(struct watch *w, int master, struct err *e)
{
	struct termios raw;

	w->master = master;
	if (fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK) < 0)
		return err_sys(e, ERR_CONSOLE, -errno, "set up the container's terminal");
	plain_newlines(master);
	if (tcgetattr(STDIN_FILENO, &w->saved) < 0)
		return 0; /* not a terminal: bytes are copied as they come */
	copy_size(w);
	raw = w->saved;
	cfmakeraw(&raw);
	if (tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) < 0)
		return err_sys(e, ERR_CONSOLE, -errno, "put the terminal into raw mode");
	w->raw = true;
	return 0;
}

void watch_end(struct watch *w)
{
	sigset_t ttou, old;

	if (w->raw) {
		/* In the background this would stop us, raw for ever. */
		sigemptyset(&ttou);
		sigaddset(&ttou, SIGTTOU);
		sigprocmask(SIG_BLOCK, &ttou, &old);
		tcsetattr(STDIN_FILENO, TCSADRAIN, &w->saved);
		sigprocmask(SIG_SETMASK, &old, NULL);
		w->raw = false;
	}
	close_fd_cleanup(&w->master);
}

/* One direction of the copying. */
struct pump {
	int from, to; /* -1: at its end */
	size_t at, n; /* what is still to be written: buf[at … n) */
	int ends;     /* how often its end may still be typed: a terminal has to be told */
	char last;
	char buf[PUMP_SIZE];
};

static bool pump_full(const struct pump *p)
{
	return p->at < p->n;
}

static bool again(int number)
{
	return number == EAGAIN || number == EINTR;
}

/* What a terminal takes for the end of file: twice behind a line that has none. */
static void type_end(struct pump *p)
{
	memset(p->buf, CEOF, 2);
	p->at = 0;
	p->n = p->last == '\n' ? 1 : 2;
	p->last = '\n';
	p->ends--;
}

/* A program that was not reading yet, and a shell that has changed the terminal's mode since, have
 * missed the end: those who write something, a prompt, are told again. */
static void remind_of_end(struct pump *p)
{
	if (p->from < 0 && p->to >= 0 && p->ends > 0 && !pump_full(p))
		type_end(p);
}

/* Reads once into the empty buffer. False at end of file; a master says EIO when the last slave is
 * closed. */
static bool pump_fill(struct pump *p)
{
	ssize_t n = read(p->from, p->buf, sizeof(p->buf));

	if (n < 0 && again(errno))
		return true;
	p->at = 0;
	p->n = n > 0 ? (size_t)n : 0;
	if (n > 0)
		p->last = p->buf[n - 1];
	else if (p->ends > 0)
		type_end(p);
	return n > 0;
}

static bool pump_drain(struct pump *p)
{
	ssize_t n = write(p->to, p->buf + p->at, p->n - p->at);

	if (n < 0)
		return again(errno);
	p->at += (size_t)n;
	return true;
}

/* What poll(2) should wait for, into one entry. */
static void pump_ask(const struct pump *p, struct pollfd *from, struct pollfd *to)
{
	*from = (struct pollfd){.fd = p->from >= 0 && !pump_full(p) ? p->from : -1,
				.events = POLLIN};
	*to = (struct pollfd){.fd = pump_full(p) ? p->to : -1, .events = POLLOUT};
}

static void pump_move(struct pump *p, const struct pollfd *from, const struct pollfd *to)
{
	if (from->revents && !pump_fill(p))
		p->from = -1;
	if (to->revents && !pump_drain(p))
		p->from = p->to = -1;
}

/* Children that became ours because we are the subreaper. init itself is left to its pidfd. */
static void reap_others(pid_t init)
{
	for (;;) {
		siginfo_t info = {0};

		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0 ||
		    info.si_pid == init)
			return;
		waitid(P_PID, (id_t)info.si_pid, &info, WEXITED | WNOHANG);
	}
}

static void take_signal(const struct watch *w, int signals, pid_t pid, int pidfd)
{
	struct signalfd_siginfo info;

	if (read(signals, &info, sizeof(info)) != sizeof(info))
		return;
	switch (info.ssi_signo) {
	case SIGCHLD:
		reap_others(pid);
		return;
	case SIGPIPE: /* ours, from a reader that is gone */
		return;
	case SIGWINCH:
		if (w->master >= 0) {
			copy_size(w);
			return;
		}
		break;
	default:
		break;
	}
	/* Fails only when init has just ended, which poll(2) says next. */
	(void)!process_signal(pidfd, (int)info.ssi_signo);
}

/* What the container wrote last is still in the terminal's buffer. */
static void finish_output(struct pump *p)
{
	for (int i = 0; i < DRAIN_MAX && p->from >= 0; i++) {
		if (pump_full(p) && io_write_all(p->to, p->buf + p->at, p->n - p->at) < 0)
			return;
		p->at = p->n = 0;
		if (!pump_fill(p) || p->n == 0)
			return;
	}
}

int watch_wait(struct watch *w, pid_t pid, int pidfd, int *ret_status, struct err *e)
{
	enum { SIGNALS, INIT, IN_FROM, IN_TO, OUT_FROM, OUT_TO, NOTIFY, POLL_COUNT };
	struct pump in, out;
	struct pollfd fds[POLL_COUNT];
	int signals, r; /* the descriptor ends with the process, soon after this */

	in.from = w->master >= 0 ? STDIN_FILENO : -1;
	in.to = out.from = w->master;
	out.to = STDOUT_FILENO;
	in.at = in.n = out.at = out.n = 0;
	in.ends = ENDS;
	out.ends = 0;
	in.last = '\n';

	signals = signalfd(-1, &w->signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals < 0)
		return err_sys(e, ERR_SYSTEM, -errno, "receive signals");
	for (;;) {
		fds[SIGNALS] = (struct pollfd){.fd = signals, .events = POLLIN};
		fds[INIT] = (struct pollfd){.fd = pidfd, .events = POLLIN};
		pump_ask(&in, &fds[IN_FROM], &fds[IN_TO]);
		pump_ask(&out, &fds[OUT_FROM], &fds[OUT_TO]);
		fds[NOTIFY] =
			(struct pollfd){.fd = w->notify ? w->notify->in : -1, .events = POLLIN};
		if (poll(fds, POLL_COUNT, -1) < 0 && errno != EINTR)
			return err_sys(e, ERR_SYSTEM, -errno, "wait for the container");
		/* once init has ended, a signal finds nobody: its own SIGCHLD is the usual one */
		if (fds[SIGNALS].revents && !fds[INIT].revents)
			take_signal(w, signals, pid, pidfd);
		pump_move(&in, &fds[IN_FROM], &fds[IN_TO]);
		pump_move(&out, &fds[OUT_FROM], &fds[OUT_TO]);
		if (fds[OUT_FROM].revents)
			remind_of_end(&in);
		if (fds[NOTIFY].revents)
			(void)notify_pass(w->notify, 0);
		if (out.to < 0) { /* nobody reads: hang up, as a terminal would */
			in.from = in.to = -1;
			close_fd_cleanup(&w->master);
		}
		if (fds[INIT].revents && !fds[NOTIFY].revents)
			break;
	}
	finish_output(&out);
	r = process_wait(pidfd, ret_status);
	return r < 0 ? err_sys(e, ERR_SYSTEM, r, "wait for the container") : 0;
}
