/*
 * The status of a container.
 *
 * owns:     the derivation
 * may use:  base, sys, oci, host/store, host/cgroup
 * must not: change anything
 */
#include <errno.h>

#include "runtime/host/status.h"
#include "runtime/sys/process.h"

static const enum status status_of_mark[] = {
	[STORE_MARK_CREATING] = STATUS_CREATING,
	[STORE_MARK_CREATED] = STATUS_CREATED,
	[STORE_MARK_STARTED] = STATUS_RUNNING,
};

/* 1 when the process of the state is there and has not ended, else 0. */
static int is_alive(const struct state *st)
{
	uint64_t start;
	char letter;
	int r = process_stat((pid_t)st->pid, &start, &letter);

	if (r == -ESRCH)
		return 0;
	if (r < 0)
		return r;
	/* Z and X: a zombie that nobody has reaped yet. */
	return start == st->pid_start && letter != 'Z' && letter != 'X';
}

/* All but whether it is paused. */
static int read_state(const struct store_entry *s, struct arena *a, struct state *ret,
		      int *ret_pidfd, struct err *e)
{
	AUTO(close_fd) int pidfd = -1;
	struct state st;
	int r = store_read(s, a, &st, e);

	if (r < 0)
		return r;
	/* The pidfd first: whoever it is, the start time that is read afterwards is not older. */
	if (ret_pidfd && st.pid > 0) {
		pidfd = process_pidfd_open((pid_t)st.pid);
		if (pidfd < 0 && pidfd != -ESRCH && pidfd != -EINVAL)
			return err_sys(e, ERR_SYSTEM, pidfd, "open process %d", (int)st.pid);
	}
	r = st.pid > 0 && (!ret_pidfd || pidfd >= 0) ? is_alive(&st) : 0;
	if (r < 0)
		return err_sys(e, ERR_SYSTEM, r, "look at process %d", (int)st.pid);
	st.status = r ? status_of_mark[store_marked(s)] : STATUS_STOPPED;
	if (!r)
		st.pid = 0;
	if (ret_pidfd)
		*ret_pidfd = r ? take_fd(&pidfd) : -1;
	*ret = st;
	return 0;
}

/* Only a cgroup can pause. */
static void look_whether_paused(struct state *st, const struct cgroup *c)
{
	if (st->status != STATUS_STOPPED && cgroup_frozen(c))
		st->status = STATUS_PAUSED;
}

int status_read(const struct store_entry *s, struct arena *a, struct state *ret, int *ret_pidfd,
		struct err *e)
{
	AUTO(cgroup_close) struct cgroup c = CGROUP_NONE;
	struct err ignored;
	int r = read_state(s, a, ret, ret_pidfd, e);

	/* What cannot be looked at is not paused. */
	if (r == 0 && ret->status != STATUS_STOPPED && ret->cgroup &&
	    cgroup_open(&c, a, ret, &ignored) == 0)
		look_whether_paused(ret, &c);
	return r;
}

int status_open(const struct store_entry *s, struct arena *a, struct state *ret, int *ret_pidfd,
		struct cgroup *ret_cgroup, struct err *e)
{
	int r = read_state(s, a, ret, ret_pidfd, e);

	if (r == 0)
		r = cgroup_open(ret_cgroup, a, ret, e);
	if (r == 0)
		look_whether_paused(ret, ret_cgroup);
	return r;
}

/* What was asked for is wrong whether the container is there or not, and init, having said so, is
 * not; others know why it is not. */
static bool is_about_container(const struct err *e)
{
	static const enum err_code others[] = {ERR_EXEC,   ERR_HOOK,        ERR_SECCOMP,
					       ERR_RLIMIT, ERR_SYSCTL,      ERR_CAPABILITY,
					       ERR_STATUS, ERR_NO_CONTAINER};

	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (e->code == others[i])
			return false;
	return e->code > ERR_CONFIG_MISSING;
}

/* A pid namespace kills its processes before its init has ended, and init, when it is about to
 * end, is nobody's any more and tells nobody of its namespaces. */
static bool may_precede_end(const struct err *e)
{
	return e->code == ERR_PROTOCOL || e->code == ERR_NAMESPACE;
}

int status_explain(const struct store_entry *s, struct err *e, int r)
{
	AUTO(arena) struct arena a = {0};
	AUTO(close_fd) int pidfd = -1;
	struct state st;
	struct err why;

	if (r >= 0 || s->dir < 0 || !is_about_container(e))
		return r;
	if (status_read(s, &a, &st, &pidfd, &why) < 0) {
		if (why.code != ERR_NO_CONTAINER)
			return r;
		*e = why;
		return -ENOENT;
	}
	if (st.status != STATUS_STOPPED &&
	    !(may_precede_end(e) && process_ends(pidfd, STATUS_ENDING_MS)))
		return r;
	/* How a process ended may be worth to be known. */
	if (e->code != ERR_PROTOCOL)
		return err_set(e, ERR_STATUS, "container \"%s\": container not running", s->id);
	e->code = ERR_STATUS;
	e->num = 0;
	return err_prefix(e, r, "container \"%s\": container not running", s->id);
}
