/*
 * The container is created; then it is started, and armed.
 *
 * owns:     ready, seccomp, descriptors
 * may use:  wire, accept4(2), seccomp(2), close_range(2)
 * must not: wait on anything but the wire and the start socket
 */
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

#include "runtime/init/init.h"
#include "runtime/sys/kernel.h"

static void end(int sig)
{
	_exit(128 + sig);
}

/*
 * A process 1 is told nothing that it has no handler for: these end a container that was never
 * started, as they would end a program. execve(2) takes the handlers away, and the mask is reset
 * before it.
 */
static void end_on_signals(void)
{
	static const int ends[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};
	const struct sigaction by = {.sa_handler = end};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		sigaction(ends[i], &by, NULL);
		sigaddset(&set, ends[i]);
	}
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/*
 * `create` is over: its end of the handshake goes away, and whoever connects to the start socket is
 * the other end from now on. It says START once more, or that was the end of the container.
 */
static int await_start(struct init *s, struct err *e)
{
	int fd;

	close(s->wire.sock);
	do
		fd = accept4(s->start, NULL, NULL, SOCK_CLOEXEC);
	while (fd < 0 && errno == EINTR);
	s->wire.sock = fd;
	if (fd < 0)
		return err_sys(e, ERR_PROTOCOL, -errno, "wait for start");
	/* a second start finds nobody */
	close(s->start);
	s->start = -1;
	wire_resume(&s->wire, MSG_READY);
	return wire_expect(&s->wire, MSG_START, NULL, e);
}

int run_ready(struct init *s, const struct op *op, struct err *e)
{
	int r;

	(void)op;
	/* The wait may take days: nothing is held open that init does not need. */
	if (s->plan->wait_start) {
		fds_close_all(s);
		end_on_signals();
	}
	r = wire_send(&s->wire, MSG_READY, -1, e);
	/* Only then is the container on record: were the host gone, nobody would know of us. */
	if (r == 0)
		r = wire_expect(&s->wire, MSG_START, NULL, e);
	return r == 0 && s->plan->wait_start ? await_start(s, e) : r;
}

int run_seccomp(struct init *s, const struct op *op, struct err *e)
{
	const struct op_seccomp *o = &op->seccomp;
	struct sock_fprog program = {
		.len = (unsigned short)(o->filter.n / sizeof(struct sock_filter)),
		.filter = (struct sock_filter *)plan_blob(s->plan, o->filter.off),
	};
	unsigned int flags = o->flags;
	int fd, r;

	if (o->listener)
		flags |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
	fd = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
	if (fd < 0) {
		r = err_sys(e, ERR_SECCOMP, -errno, "load the seccomp filter");
		if (r == -EACCES)
			err_hint(e, r, "it needs CAP_SYS_ADMIN or noNewPrivileges");
		if (r == -EINVAL && o->flags)
			err_hint(e, r, "the kernel may not know one of the flags 0x%x", o->flags);
		return r;
	}
	if (!o->listener)
		return 0;
	r = wire_send(&s->wire, MSG_LISTENER, fds_scratch(s, fd), e);
	if (r < 0)
		return r;
	return wire_expect(&s->wire, MSG_TAKEN, NULL, e);
}

int run_fds(struct init *s, const struct op *op, struct err *e)
{
	/* Marked, not closed: the wire must live until execve(2) happened, and it ends it. */
	int r = kernel_close_range(op->fds.keep, ~0U, CLOSE_RANGE_CLOEXEC);

	(void)s;
	if (r < 0)
		return err_sys(e, ERR_SYSTEM, r, "mark the descriptors close-on-exec");
	return 0;
}
