/*
 * The child's steps.
 *
 * owns:     the way from clone3 to the exec of init
 * may use:  base, sys, wire, host/maps, host/cgroup, the plan
 * must not: touch a file system; allocate; log (errors go over the wire)
 *
 * Every descriptor of the host is close-on-exec, so that nothing needs closing but the host's end
 * of the handshake: as long as we hold it ourselves we would never see that the host is gone.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>

#include "runtime/base/fmt.h"
#include "runtime/host/child.h"
#include "runtime/plan/cloned.h"
#include "runtime/sys/cred.h"
#include "runtime/sys/process.h"

static int map_ids(const struct child *c, struct wire *w, struct err *e)
{
	int r = c->maps->writer == MAP_CHILD ? maps_write_self(c->maps, e) : 0;

	return r < 0 || !c->await_mapped ? r : wire_expect(w, MSG_MAPPED, NULL, e);
}

static int take_ids(const struct child *c, struct err *e)
{
	const struct plan *p = c->plan;
	int r = p->take_ids ? cred_set_ids(p->uid, p->gid) : 0;

	return r < 0 ? err_sys(e, ERR_PROCESS, r, "become uid %u, gid %u of the user namespace",
			       p->uid, p->gid)
		     : 0;
}

/* Only the capabilities of uid 0 survive an execve by themselves (capabilities(7)). */
static int keep_capabilities(const struct child *c, struct err *e)
{
	int r = 0;

	if (c->plan->raise_ambient)
		r = cred_raise_all_ambient();
	return r < 0 ? err_sys(e, ERR_CAPABILITY, r, "keep the capabilities for init") : 0;
}

/* The arguments of init, see there: numbers of descriptors. */
enum { ARGS_MAX = TREES_FIRST };

static int pass_trees(const struct child *c)
{
	int r = 0;

	for (size_t i = 0; c->trees && i < c->trees->n && r == 0; i++)
		r = fcntl(c->trees->fds[i], F_SETFD, 0) < 0 ? -errno : 0;
	return r;
}

static int exec_init(const struct child *c, struct err *e)
{
	const int fds[ARGS_MAX - 1] = {
		c->sock,     c->start,    c->enter,    c->joins[0], c->joins[1], c->joins[2],
		c->joins[3], c->joins[4], c->joins[5], c->joins[6], c->joins[7],
	};
	char text[ARGS_MAX][12], name[] = "init";
	char *own[ARGS_MAX + 1] = {name};
	char **argv = c->trees && c->trees->n ? c->trees->argv : own;
	char *const envp[] = {NULL};
	int r = 0;

	argv[0] = name;
	for (int i = 1; i < ARGS_MAX; i++) {
		argv[i] = text[i];
		fmt_buf(text[i], sizeof(text[i]), "%d", fds[i - 1]);
		if (fds[i - 1] >= 0 && fcntl(fds[i - 1], F_SETFD, 0) < 0)
			r = -errno;
	}
	if (r == 0)
		r = pass_trees(c);
	if (r == 0) {
		execveat(c->init, "", argv, envp, AT_EMPTY_PATH);
		r = -errno;
	}
	return err_sys(e, ERR_HOST, r, "execute init");
}

static int run(const struct child *c, struct wire *w, struct err *e)
{
	int r;

	/* Who waits for the host must see it end; exec closes what is left. */
	if (c->await_mapped)
		close(c->host_sock);
	r = c->move_in ? cgroup_move_in(c->move_in, e) : 0;
	if (r == 0)
		r = map_ids(c, w, e);
	if (r < 0)
		return r;
	/* CLONE_NEWCGROUP: rooted where we are now, not where our parent is. */
	if (!c->reborn && c->plan->late_flags && unshare((int)c->plan->late_flags) < 0)
		return err_sys(e, ERR_NAMESPACE, -errno, "make the cgroup namespace");
	r = take_ids(c, e);
	if (r == 0)
		r = keep_capabilities(c, e);
	return r < 0 ? r : exec_init(c, e);
}

/* What only the cgroup can be the reason for (clone3(2), cgroups(7)). */
static bool is_cgroups(int r)
{
	return r == -EACCES || r == -EBUSY || r == -EOPNOTSUPP || r == -ENODEV;
}

static int cgroup_failed(int r, struct err *e)
{
	err_sys(e, ERR_CGROUP, r, "be born in the container's cgroup");
	if (r == -EACCES)
		return err_hint(
			e, r,
			"entering it needs the right to leave the caller's own: run in a "
			"delegated unit (systemd-run --user --scope -p Delegate=yes) or use "
			"--systemd-cgroup");
	if (r == -EBUSY)
		return err_hint(e, r, "it hands controllers down, so it can hold no processes");
	return r;
}

pid_t child_clone(const struct child *c, uint64_t extra, int *ret_pidfd, struct err *e)
{
	pid_t pid = process_clone(c->plan->clone_flags | extra, c->cgroup, ret_pidfd);
	struct wire w = {.sock = c->sock,
			 .end = WIRE_INIT,
			 .rows = c->await_mapped ? ROW_MAPPED : ROW_ALWAYS};

	if (pid > 0)
		return pid;
	if (pid < 0)
		return c->cgroup >= 0 && is_cgroups(pid)
			       ? cgroup_failed(pid, e)
			       : clone_failed(c->plan->clone_flags, pid, e);
	if (run(c, &w, e) < 0)
		wire_fail(&w, e);
	_exit(1);
}
