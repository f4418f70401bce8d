/*
 * The gate.
 *
 * owns:     the gate process
 * may use:  base, sys, wire, host/child, host/cgroup
 * must not: outlive the birth of init
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>

#include "runtime/host/gate.h"
#include "runtime/sys/packet.h"
#include "runtime/sys/process.h"

/* Tells the host which descriptor arrived, and the gate that it may go on. */
static const char born[] = "born", admitted[] = "admitted";

/* Waits until the host has found a cgroup for us; what comes with it is where init is to be born.
 */
static void wait_admitted(struct child *c, int sock)
{
	char said[sizeof(admitted)];
	int fd, r = (int)packet_recv(sock, said, sizeof(said), &fd);

	if (r <= 0) /* the host has failed and says so itself, or is gone */
		_exit(1);
	c->cgroup = fd;
}

static _Noreturn void gate_run(const struct child *given, int sock)
{
	struct child c = *given;
	struct wire w = {.sock = c.sock, .end = WIRE_INIT};
	struct err e;
	int pidfd = -1;
	int r;

	wait_admitted(&c, sock);
	r = child_clone(&c, CLONE_PARENT, &pidfd, &e);
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

/* Lets the gate in, then on; takes what it has borne. 1: its error is on the wire. */
static int lead(struct cgroup *cgroup, pid_t gate, int sock, int *ret_pidfd, struct err *e)
{
	char said[sizeof(born)];
	int r = cgroup_admit(cgroup, gate, e);

	if (r < 0)
		return r;
	r = packet_send(sock, admitted, sizeof(admitted), cgroup_born_in(cgroup));
	if (r == 0)
		r = (int)packet_recv(sock, said, sizeof(said), ret_pidfd);
	if (r < 0)
		return err_sys(e, ERR_SYSTEM, r, "talk to the gate");
	return *ret_pidfd < 0;
}

int gate_clone(const struct child *c, struct cgroup *cgroup, pid_t *ret_pid, int *ret_pidfd,
	       struct err *e)
{
	AUTO(close_fd) int ours = -1;
	AUTO(close_fd) int theirs = -1;
	AUTO(close_fd) int gate = -1;
	AUTO(close_fd) int pidfd = -1;
	int pair[2], status, r, waited;
	pid_t pid;

	r = packet_pair(pair);
	if (r < 0)
		return err_sys(e, ERR_SYSTEM, r, "make a socket pair");
	ours = pair[0];
	theirs = pair[1];
	pid = process_clone(0, -1, &gate);
	if (pid == 0) {
		close(take_fd(&ours)); /* so that the end of the host is the end of the socket */
		gate_run(c, theirs);
	}
	if (pid < 0)
		return err_sys(e, ERR_SYSTEM, pid, "create a process");
	close(take_fd(&theirs));
	r = lead(cgroup, pid, ours, &pidfd, e);
	close(take_fd(&ours));
	if (r < 0) /* it may be frozen where it is now */
		(void)!process_signal(gate, SIGKILL);
	waited = process_wait(gate, &status);
	if (r)
		return r;
	if (waited < 0)
		return err_sys(e, ERR_SYSTEM, waited, "wait for the gate");
	r = process_pid_of(pidfd, ret_pid);
	if (r == -ESRCH) { /* init has ended: why is on the wire */
		(void)!process_wait(pidfd, &status);
		return 1;
	}
	if (r < 0)
		return err_sys(e, ERR_SYSTEM, r, "find the pid of init");
	*ret_pidfd = take_fd(&pidfd);
	return 0;
}
