/*
 * From a plan to a running init.
 *
 * owns:     the handshake's socket, the clone, the maps
 * may use:  base, sys, wire, the plan, host/maps, host/child, host/gate, host/cgroup
 * must not: know of state directories and consoles
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

#include "runtime/base/io.h"
#include "runtime/host/affinity.h"
#include "runtime/host/child.h"
#include "runtime/host/gate.h"
#include "runtime/host/image.h"
#include "runtime/host/launch.h"
#include "runtime/host/netdev.h"
#include "runtime/plan/rows.h"
#include "runtime/sys/ns.h"
#include "runtime/sys/packet.h"
#include "runtime/sys/process.h"

enum { REAP_TRIES = 1000 /* milliseconds */ };

/* The error is about this operation, where config.json asks for it. */
static int at(const struct plan *p, const struct op *op, int r, struct err *e)
{
	e->line = op->line;
	return err_at(e, r, "%s", plan_str(p, op->pointer));
}

/*
 * *ret: -1 for the user namespace that we are in: it cannot be entered again. In the mount
 * namespace of the caller a container would be at home everywhere.
 */
static int accept_namespace(enum ns_type type, const char *path, int *ret, struct err *e)
{
	int r = type == NS_USER || type == NS_MNT ? ns_is_current(*ret, type) : 0;

	if (r < 0)
		return err_sys(e, ERR_NAMESPACE, r, "look at namespace '%s'", path);
	if (r > 0 && type == NS_MNT) {
		err_set(e, ERR_NAMESPACE, "'%s' is the mount namespace of the caller", path);
		return err_hint(e, -EINVAL, "leave out the path: rundlet changes no mount outside");
	}
	if (r > 0)
		close(take_fd(ret));
	return 0;
}

/* 0 with the descriptor, or -1 for none to enter, in *ret. */
static int open_namespace(const struct plan *p, const struct op *op, int *ret, struct err *e)
{
	enum ns_type type = (enum ns_type)op->ns.type, found;
	const char *path = plan_str(p, op->ns.path);
	int fd = ns_open(path, type, &found);

	if (fd >= 0) {
		*ret = fd;
		fd = accept_namespace(type, path, ret, e);
		return fd < 0 ? at(p, op, fd, e) : 0;
	}
	if (fd == -EINVAL && found < NS_COUNT)
		err_set(e, ERR_NAMESPACE, "'%s' is a %s namespace, not a %s namespace", path,
			ns_table[found].name, ns_table[type].name);
	else if (fd == -ENOTTY)
		err_set(e, ERR_NAMESPACE, "'%s' is not a namespace (a %s namespace is wanted)",
			path, ns_table[type].name);
	else
		err_sys(e, ERR_NAMESPACE, fd, "open %s namespace '%s'", ns_table[type].name, path);
	return at(p, op, fd, e);
}

/* Opened here and not in the child: the error is sharper and comes before anything exists. */
static int open_joins(const struct plan *p, int joins[NS_COUNT], struct err *e)
{
	const struct op *ops = plan_ops(p);

	for (uint32_t i = 0; i < p->op_count; i++) {
		int r = ops[i].kind == OP_JOIN
				? open_namespace(p, &ops[i], &joins[ops[i].ns.type], e)
				: 0;

		if (r < 0)
			return r;
	}
	return 0;
}

static int clone_init(const struct child *c, struct cgroup *cgroup, struct launched *l,
		      struct err *e)
{
	if (!cgroup || !cgroup_needs_gate(cgroup)) {
		l->pid = child_clone(c, 0, &l->pidfd, e);
		return l->pid < 0 ? l->pid : 0;
	}
	return gate_clone(c, cgroup, &l->pid, &l->pidfd, e);
}

/* Writes the maps, if they are ours to write, and moves the network devices; says so, for init
 * waits for them. */
static int set_up(struct launched *l, const struct child *c, struct maps *m, struct err *e)
{
	int r = 0;

	if (!wire_has(&l->wire, MSG_MAPPED))
		return 0;
	r = m->writer == MAP_PARENT || m->writer == MAP_HELPERS ? maps_write(m, l->pid, e) : 0;
	if (r == 0)
		r = netdev_move(c->plan, c->joins[NS_NET], l->pid, e);
	return r < 0 ? r : wire_send(&l->wire, MSG_MAPPED, -1, e);
}

/* The host's ends, which the child has its copies of. */
static void child_cleanup(struct child *c)
{
	for (size_t t = 0; t < NS_COUNT; t++)
		close_fd_cleanup(&c->joins[t]);
	close_fd_cleanup(&c->sock);
	/* the memory file ends with this process, which launches once in its life */
}

/* Everything that has to be there before the clone. */
static int prepare(struct child *c, struct launched *made, struct err *e)
{
	int pair[2], r;

	r = open_joins(c->plan, c->joins, e);
	if (r == 0)
		r = netdev_check(c->plan, e);
	if (r < 0)
		return r;
	c->init = image_make(c->plan, e);
	if (c->init < 0)
		return c->init;
	r = packet_pair(pair);
	if (r < 0)
		return err_sys(e, ERR_SYSTEM, r, "make a socket pair");
	c->host_sock = pair[0];
	c->sock = pair[1];
	made->wire = (struct wire){.sock = pair[0], .end = WIRE_HOST, .rows = plan_rows(c->plan)};
	c->reborn = made->wire.rows & ROW_BORN;
	c->await_mapped = !c->reborn && made->wire.rows & ROW_MAPPED;
	return 0;
}

static int take_reborn(struct launched *l, struct err *e)
{
	AUTO(close_fd) int pidfd = -1;
	int status, r;

	r = wire_expect(&l->wire, MSG_BORN, &pidfd, e);
	if (r < 0)
		return r;
	r = process_wait(l->pidfd, &status);
	if (r < 0)
		return err_sys(e, ERR_SYSTEM, r, "wait for the process that joined the container");
	close(l->pidfd);
	l->pidfd = take_fd(&pidfd);
	r = process_pid_of(l->pidfd, &l->pid);
	return r < 0 ? err_sys(e, ERR_SYSTEM, r, "find the pid of init") : 0;
}

int launched_reborn(struct launched *l, struct cgroup *cgroup, struct err *e)
{
	int r = wire_has(&l->wire, MSG_BORN) ? take_reborn(l, e) : 0;

	return r < 0 || !cgroup ? r : cgroup_settle(cgroup, e);
}

int launch(struct launched *ret, const struct launch *l, struct err *e)
{
	AUTO(launched_end) struct launched made = {.pidfd = -1, .wire = {.sock = -1}};
	AUTO(child)
	struct child c = {
		.plan = l->plan,
		.maps = l->maps,
		.trees = l->trees,
		.cgroup = l->cgroup ? cgroup_born_in(l->cgroup) : -1,
		.move_in = l->cgroup,
		.start = l->start,
		.enter = l->enter,
		.joins = {-1, -1, -1, -1, -1, -1, -1, -1},
		.sock = -1,
		.init = -1,
	};
	int r = prepare(&c, &made, e);

	if (r == 0)
		r = affinity_begin(l->plan, e);
	if (r < 0)
		return r;
	if (l->plan->signals_ignored >> (SIGCHLD - 1) & 1)
		process_keep_children();
	r = clone_init(&c, l->cgroup, &made, e);
	close(take_fd(&c.sock));
	if (r > 0) { /* the gate has said why on the wire */
		r = wire_expect_eof(&made.wire, e);
		if (r == 0)
			r = err_sys(e, ERR_PROTOCOL, -EPIPE, "the gate ended without a word");
	}
	if (r == 0 && l->enter < 0)
		r = launched_reborn(&made, l->cgroup, e);
	if (r == 0)
		r = set_up(&made, &c, l->maps, e);
	if (r < 0)
		return r;
	*ret = made;
	made = (struct launched){.pidfd = -1, .wire = {.sock = -1}};
	return 0;
}

/*
 * Init, born again inside and killed before it said so, is known to nobody, but is our child: its
 * pid namespace, and so the container, ends only when it is reaped.
 */
static void reap_unborn(const struct launched *l)
{
	int tries = wire_has(&l->wire, MSG_BORN) ? REAP_TRIES : 0;

	/* The caller may have left us children of its own: not for ever. */
	while (tries-- > 0 && waitpid(-1, NULL, WNOHANG) == 0)
		usleep(1000);
}

int launched_explain(struct launched *l, int r, struct err *e)
{
	struct pollfd end = {.fd = l->pidfd, .events = POLLIN};
	int status;

	if (r != -EPIPE || e->code != ERR_PROTOCOL || l->pidfd < 0 || poll(&end, 1, 1000) != 1 ||
	    process_wait(l->pidfd, &status) < 0)
		return r;
	close_fd_cleanup(&l->pidfd);
	reap_unborn(l);
	if (status > 128)
		return err_prefix(e, r, "init was killed by signal %d", status - 128);
	return err_prefix(e, r, "init ended with status %d", status);
}

void launched_end(struct launched *l)
{
	int status;

	if (l->pidfd >= 0) {
		/* Either fails only when there is nothing left to end. */
		(void)!process_signal(l->pidfd, SIGKILL);
		(void)!process_wait(l->pidfd, &status);
	}
	launched_release(l);
}

void launched_release(struct launched *l)
{
	close_fd_cleanup(&l->pidfd);
	close_fd_cleanup(&l->wire.sock);
}
