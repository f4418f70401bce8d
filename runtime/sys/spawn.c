/*
 * Starting helpers: newuidmap, hooks.
 *
 * owns:     nothing
 * may use:  base, sys/kernel, sys/process
 * must not: word errors
 *
 * vfork(2): the child borrows our memory until its execve, which costs a fraction of a fork and
 * brings the error of the execve home in a variable. It therefore calls system calls only.
 */
#include <limits.h>
#include <signal.h>

#include "runtime/sys/kernel.h"
#include "runtime/sys/process.h"

enum { SIGNAL_STANDARD_MAX = 31 /* nothing here handles or ignores a real-time signal */ };

extern char **environ;

/*
 * No handler may run in the borrowed memory and nothing may stay ignored: both before the mask is
 * lifted.
 */
static void reset_signals(void)
{
	struct sigaction dfl = {.sa_handler = SIG_DFL};
	sigset_t none;

	for (int sig = 1; sig <= SIGNAL_STANDARD_MAX; sig++)
		sigaction(sig, &dfl, NULL); /* EINVAL for SIGKILL and SIGSTOP */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* A source for descriptor `to` that no dup2 onto 0-2 can overwrite: itself, or one beyond 2. */
static int safe_source(int fd, int to)
{
	if (fd < 0)
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (fd >= 0 && fd < 3 && fd != to)
		fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	return fd < 0 ? -errno : fd;
}

static int place_stdio(const struct process_spawn *s)
{
	const int wanted[3] = {s->in, s->out, s->err};
	int from[3];

	for (int to = 0; to < 3; to++) {
		from[to] = safe_source(wanted[to], to);
		if (from[to] < 0)
			return from[to];
	}
	for (int to = 0; to < 3; to++)
		if (from[to] == to ? fcntl(to, F_SETFD, 0) < 0 : dup2(from[to], to) < 0)
			return -errno;
	return 0;
}

/* The child's side; returns only the negative errno of what failed. */
static int become(const struct process_spawn *s)
{
	int r = place_stdio(s);

	if (r < 0)
		return r;
	r = kernel_close_range(3, UINT_MAX, CLOSE_RANGE_CLOEXEC);
	if (r < 0)
		return r;
	reset_signals();
	if (s->dir && chdir(s->dir) < 0 && chdir("/") < 0)
		return -errno;
	execve(s->path, s->argv, s->envp ? s->envp : environ);
	return -errno;
}

/* On its own, so that no variable of the caller lives across the vfork. */
static __attribute__((noinline)) pid_t spawn(const struct process_spawn *s, volatile int *ret_error)
{
	pid_t pid = vfork();

	if (pid)
		return pid < 0 ? -errno : pid;
	*ret_error = become(s);
	_exit(127);
}

int process_spawn(const struct process_spawn *s, int *ret_pidfd)
{
	volatile int error = 0;
	sigset_t all, old;
	int pidfd, status;
	pid_t pid;

	process_keep_children();
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	pid = spawn(s, &error);
	sigprocmask(SIG_SETMASK, &old, NULL);
	if (pid < 0)
		return pid;
	/* Our own child, not yet waited for: the number is still its. */
	pidfd = process_pidfd_open(pid);
	if (pidfd >= 0 && !error) {
		*ret_pidfd = pidfd;
		return 0;
	}
	if (pidfd < 0)
		return pidfd;
	(void)!process_wait(pidfd, &status);
	close(pidfd);
	return error;
}
