/*
 * The child's steps.
 *
 * owns:     the way from clone3 to the exec of init
 * may use:  base, sys, wire, host/maps, the plan
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
#include "runtime/sys/cred.h"
#include "runtime/sys/ns.h"
#include "runtime/sys/process.h"

static int map_ids(const struct child *c, struct wire *w, struct err *e)
{
	int r = c->maps->writer == MAP_CHILD ? maps_write_self(c->maps, e) : 0;

	return r < 0 || !c->await_mapped ? r : wire_expect(w, MSG_MAPPED, NULL, e);
}

int child_join(const struct child *c, struct err *e)
{
	for (enum ns_type t = 0; t < NS_COUNT; t++) {
		int r = c->joins[t] >= 0 ? ns_enter(c->joins[t], t) : 0;

		if (r < 0)
			return err_sys(e, ERR_NAMESPACE, r, "join the %s namespace",
				       ns_table[t].name);
	}
	return 0;
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

	/* Behind a gate nobody could know before who we are in a namespace that was joined. */
	if (c->plan->raise_ambient || (c->plan->gate && geteuid() != 0))
		r = cred_raise_all_ambient();
	return r < 0 ? err_sys(e, ERR_CAPABILITY, r, "keep the capabilities for init") : 0;
}

static int pass_fd(int fd, char buf[12])
{
	fmt_buf(buf, 12, "%d", fd);
	return fd >= 0 && fcntl(fd, F_SETFD, 0) < 0 ? -errno : 0;
}

static int exec_init(const struct child *c, struct err *e)
{
	char sock[12], plan[12], size[12], start[12], enter[12], name[] = "init";
	char *const argv[] = {name, sock, plan, size, start, enter, NULL};
	char *const envp[] = {NULL};
	int r = pass_fd(c->sock, sock);

	fmt_buf(size, sizeof(size), "%u", c->plan->size);
	if (r == 0)
		r = pass_fd(c->plan_fd, plan);
	if (r == 0)
		r = pass_fd(c->start, start);
	if (r == 0)
		r = pass_fd(c->enter, enter);
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
	r = map_ids(c, w, e);
	if (r < 0)
		return r;
	/* Behind a gate all joins are done. */
	r = c->plan->gate ? 0 : child_join(c, e);
	if (r < 0)
		return r;
	/* CLONE_NEWCGROUP: rooted where we are now, not where our parent is. */
	if (c->plan->late_flags && unshare((int)c->plan->late_flags) < 0)
		return err_sys(e, ERR_NAMESPACE, -errno, "make the cgroup namespace");
	r = take_ids(c, e);
	if (r == 0)
		r = keep_capabilities(c, e);
	return r < 0 ? r : exec_init(c, e);
}

/* What only the cgroup can be the reason for (clone3(2), cgroups(7)). */
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

static int clone_failed(const struct plan *p, bool cgroup, int r, struct err *e)
{
	if (cgroup && (r == -EACCES || r == -EBUSY || r == -EOPNOTSUPP || r == -ENODEV))
		return cgroup_failed(r, e);
	if (p->new_userns && (r == -EPERM || r == -EACCES)) {
		err_sys(e, ERR_USERNS, r, "create a user namespace");
		return err_hint(e, r,
				"this host forbids it: look at the sysctls "
				"kernel.unprivileged_userns_clone and "
				"kernel.apparmor_restrict_unprivileged_userns, and at the seccomp "
				"filter of an outer container");
	}
	err_sys(e, ERR_NAMESPACE, r, "create the container's process and namespaces");
	if (r == -ENOSPC || r == -EUSERS)
		return err_hint(e, r,
				"a limit is reached: sysctl user.max_user_namespaces and its "
				"siblings");
	if (r == -EAGAIN)
		return err_hint(e, r, "a limit is reached: RLIMIT_NPROC or pids.max");
	if (r == -EPERM)
		return err_hint(e, r,
				"without a user namespace this needs CAP_SYS_ADMIN: add "
				"{\"type\": \"user\"} to /linux/namespaces");
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
		return clone_failed(c->plan, c->cgroup >= 0, pid, e);
	if (run(c, &w, e) < 0)
		wire_fail(&w, e);
	_exit(1);
}
