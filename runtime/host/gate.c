/*
 * The gate.
 *
 * owns:     the gate process
 * may use:  base, sys, wire, host/child
 * must not: outlive the birth of init
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <string.h>

#include "runtime/base/fmt.h"
#include "runtime/base/io.h"
#include "runtime/host/gate.h"
#include "runtime/sys/packet.h"
#include "runtime/sys/process.h"

/* Tells the host which descriptor arrived. */
static const char born[] = "born";

static _Noreturn void gate_run(const struct child *c, int sock)
{
	struct wire w = {.sock = c->sock, .end = WIRE_INIT};
	struct err e;
	int pidfd = -1;
	int r = child_join(c, &e);

	if (r == 0)
		r = child_clone(c, CLONE_PARENT, &pidfd, &e);
	if (r > 0) {
		r = packet_send(sock, born, sizeof(born), pidfd);
		/* Nobody else knows of it. */
		if (r < 0)
			(void)!process_signal(pidfd, SIGKILL);
	} else {
		wire_fail(&w, &e);
	}
	_exit(r < 0);
}

/* The pid behind a pidfd, in our own pid namespace (pidfd_open(2)). */
static int pid_of(int pidfd, pid_t *ret)
{
	AUTO(close_fd) int fd = -1;
	char buf[1024];
	const char *line;
	uint64_t pid;
	ssize_t n;

	fmt_buf(buf, sizeof(buf), "/proc/self/fdinfo/%d", pidfd);
	fd = open(buf, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = io_read_full(fd, buf, sizeof(buf) - 1);
	if (n < 0)
		return (int)n;
	buf[n] = '\0';
	line = strstr(buf, "\nPid:\t");
	if (!line)
		return -EBADMSG;
	line += strlen("\nPid:\t");
	/* "-1" when it has ended already. */
	if (!io_parse_u64_n(line, strcspn(line, "\n"), INT_MAX, &pid) || pid == 0)
		return -ESRCH;
	*ret = (pid_t)pid;
	return 0;
}

int gate_clone(const struct child *c, pid_t *ret_pid, int *ret_pidfd, struct err *e)
{
	AUTO(close_fd) int ours = -1;
	AUTO(close_fd) int theirs = -1;
	AUTO(close_fd) int gate = -1;
	AUTO(close_fd) int pidfd = -1;
	int pair[2], status, r;
	char said[sizeof(born)];
	pid_t pid;

	r = packet_pair(pair);
	if (r < 0)
		return err_sys(e, ERR_SYSTEM, r, "make a socket pair");
	ours = pair[0];
	theirs = pair[1];
	pid = process_clone(0, -1, &gate);
	if (pid == 0)
		gate_run(c, theirs);
	if (pid < 0)
		return err_sys(e, ERR_SYSTEM, pid, "create a process");
	close(take_fd(&theirs));
	r = (int)packet_recv(ours, said, sizeof(said), &pidfd);
	if (r >= 0)
		r = process_wait(gate, &status);
	if (r < 0)
		return err_sys(e, ERR_SYSTEM, r, "wait for the gate");
	if (pidfd < 0)
		return 1;
	r = pid_of(pidfd, ret_pid);
	if (r == -ESRCH) { /* init has ended: why is on the wire */
		(void)!process_wait(pidfd, &status);
		return 1;
	}
	if (r < 0)
		return err_sys(e, ERR_SYSTEM, r, "find the pid of init");
	*ret_pidfd = take_fd(&pidfd);
	return 0;
}
