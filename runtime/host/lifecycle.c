/*
 * start, kill and delete.
 *
 * owns:     which status allows what
 * may use:  host, and all below
 * must not: parse command lines, print
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "runtime/base/log.h"
#include "runtime/host/cgroup.h"
#include "runtime/host/hooks.h"
#include "runtime/host/lifecycle.h"
#include "runtime/host/members.h"
#include "runtime/host/notify.h"
#include "runtime/host/rdt.h"
#include "runtime/host/start.h"
#include "runtime/host/status.h"
#include "runtime/sys/process.h"

/* Between SIGKILL and the end of init lies the end of its pid namespace, not more. */
enum {
	END_TIMEOUT_MS = 30 * 1000,
	HELD_MS = 1000 /* after which one looks for what keeps it from ending */
};

static int wrong_status(const char *what, const char *id, enum status is, struct err *e)
{
	return err_set(e, ERR_STATUS, "cannot %s container \"%s\": it is %s", what, id,
		       status_names[is]);
}

/* Callers look for these words: to them the container has ended. */
static int not_running(const char *id, struct err *e)
{
	return err_set(e, ERR_STATUS, "container \"%s\": container not running", id);
}

static int count(pid_t pid, void *n)
{
	(void)pid;
	++*(size_t *)n;
	return 0;
}

/*
 * Signals all that is in the container's cgroup, which may have outlived init where the pid
 * namespace is not the container's own. 1, or 0 when there is no cgroup, or nobody in it.
 */
static int kill_in_cgroup(const struct state *st, int sig, struct arena *a, struct err *e)
{
	AUTO(cgroup_close) struct cgroup c = CGROUP_NONE;
	size_t n = 0;
	int r = cgroup_open(&c, a, st, e);

	if (r == 0)
		r = cgroup_each_pid(&c, count, &n) < 0 || !n ? 0 : 1;
	if (r == 1) {
		r = cgroup_kill(&c, sig, e);
		r = r < 0 ? r : 1;
	}
	return r;
}

/* A process that cgroup v1 froze dies only when it is thawed. */
static void thaw_killed(const struct state *st, struct arena *a)
{
	AUTO(cgroup_close) struct cgroup c = CGROUP_NONE;
	struct err ignored;

	if (st->status != STATUS_PAUSED || cgroup_open(&c, a, st, &ignored) < 0)
		return;
	if (c.manager == CGROUP_V1)
		(void)!cgroup_freeze(&c, false, &ignored);
}

static int kill_open(const struct store_entry *s, int sig, enum kill_scope scope, struct arena *a,
		     struct err *e)
{
	AUTO(close_fd) int pidfd = -1;
	struct state st;
	int r = status_read(s, a, &st, &pidfd, e);

	if (r < 0)
		return r;
	/* who kills an init means its container; with a pid namespace of its own that follows */
	if (scope == KILL_ALL || (sig == SIGKILL && !st.own_pidns)) {
		r = kill_in_cgroup(&st, sig, a, e);
		if (r != 0)
			return r < 0 ? r : 0;
	}
	/* with its init a pid namespace ends */
	if (scope == KILL_ALL && members_known(&st) && !(st.own_pidns && sig == SIGKILL)) {
		r = members_signal(&st, sig);
	} else if (st.status == STATUS_STOPPED) { /* all that are left were told */
		return scope == KILL_ALL ? 0 : not_running(s->id, e);
	} else {
		r = process_signal(pidfd, sig);
	}
	if (r == -ESRCH)
		return not_running(s->id, e);
	if (r < 0)
		return err_sys(e, ERR_SYSTEM, r, "send signal %d to container \"%s\"", sig, s->id);
	if (sig == SIGKILL)
		thaw_killed(&st, a);
	return 0;
}

int container_kill(int root, const char *id, int sig, enum kill_scope scope, struct arena *a,
		   struct err *e)
{
	AUTO(store_close) struct store_entry s = {.dir = -1};
	int r = store_open(&s, root, id, false, e);

	if (r == 0)
		r = kill_open(&s, sig, scope, a, e);
	return status_explain(&s, e, r);
}

/* SIGKILL, then wait: not as its parent, so the zombie that somebody else has to reap counts as
 * ended. */
static int end_init(const struct state *st, int pidfd, struct arena *a, struct err *e)
{
	struct pollfd end = {.fd = pidfd, .events = POLLIN};
	const char *held = NULL;
	int r = process_signal(pidfd, SIGKILL);

	if (r < 0 && r != -ESRCH)
		return err_sys(e, ERR_SYSTEM, r, "kill container \"%s\"", st->id);
	for (int ms = 0; ms <= END_TIMEOUT_MS && !held; ms += HELD_MS) {
		do
			r = poll(&end, 1, HELD_MS);
		while (r < 0 && errno == EINTR);
		if (r != 0)
			break;
		held = cgroup_frozen_by(a, (pid_t)st->pid);
	}
	if (r > 0)
		return 0;
	r = err_sys(e, ERR_SYSTEM, r < 0 ? -errno : -ETIMEDOUT, "wait for container \"%s\"",
		    st->id);
	return held ? err_hint(e, r, "its process is frozen: write THAWED to %s/freezer.state",
			       held)
		    : r;
}

/* Nor may processes outlive the container where there is no cgroup to find them in. */
static int end_rest(const struct state *st, struct err *e)
{
	int r = st ? members_end(st) : 0;

	return r < 0 ? err_sys(e, ERR_SYSTEM, r, "end the processes of container \"%s\"", st->id)
		     : 0;
}

/* Is there no state, or a damaged one? That it cannot be read at the moment (memory, descriptors)
 * says nothing of the kind: what lives would be forgotten. */
static bool has_no_state(const struct err *e)
{
	return e->code == ERR_NO_CONTAINER || (e->code == ERR_STATE && !e->num);
}

/* Ends the container if its status and the mode allow that. */
static int end_container(const struct store_entry *s, enum delete_mode mode, struct arena *a,
			 struct err *e)
{
	AUTO(close_fd) int pidfd = -1;
	struct state st;
	int r = status_read(s, a, &st, &pidfd, e);

	/* There is no process to be found by it. */
	if (r < 0 && mode == DELETE_FORCE && has_no_state(e))
		return 0;
	if (r < 0)
		return r;
	if (st.status == STATUS_STOPPED)
		return 0;
	if (mode != DELETE_FORCE && (st.status == STATUS_RUNNING || st.status == STATUS_PAUSED)) {
		r = wrong_status("delete", s->id, st.status, e);
		return err_hint(e, r, "stop it first, or use --force");
	}
	if (st.status == STATUS_PAUSED && process_signal(pidfd, SIGKILL) == 0)
		thaw_killed(&st, a);
	r = end_rest(&st, e);
	return r < 0 ? r : end_init(&st, pidfd, a, e);
}

/*
 * With everything that is still in it. st: NULL when there is no state to be read; then an init
 * that waits is found by its socket.
 */
static int remove_cgroup(const struct store_entry *s, const struct state *st, struct arena *a,
			 struct err *e)
{
	AUTO(cgroup_close) struct cgroup c = CGROUP_NONE;
	int r;

	if (!st) { /* then only a note may say that there is one */
		cgroup_recover(s->dir, a);
		return start_never(s, e);
	}
	r = cgroup_open(&c, a, st, e);
	return r < 0 ? r : cgroup_destroy(&c, e);
}

/* Nothing else than state.json names the processes of a started container that has no cgroup. */
static void warn_of_lost(const struct store_entry *s)
{
	if (store_marked(s) == STORE_MARK_STARTED &&
	    faccessat(s->dir, STORE_CGROUP, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		log_warning("container \"%s\": its state is damaged and it has no cgroup: what may "
			    "be left of it cannot be found",
			    s->id);
}

static void run_poststop(const struct state *st, struct arena *a)
{
	struct hooks hooks;
	struct err e = {0};

	if (!st || !hooks_has(st->hooks, HOOK_POSTSTOP))
		return;
	if (hooks_load(&hooks, a, st, &e) < 0)
		log_warning("the poststop hooks were not run: %s", e.text);
	else
		hooks_poststop(&hooks);
}

/* Nothing of an ended container is left. */
static int destroy(struct store_entry *s, struct arena *a, struct err *e)
{
	struct state read;
	int r = store_read(s, a, &read, e);
	const struct state *st = r < 0 ? NULL : &read;

	if (r < 0 && !has_no_state(e))
		return r;
	if (r < 0 && e->code == ERR_STATE)
		warn_of_lost(s);
	read.pid = 0; /* has ended: by now it may be somebody else's */
	r = end_rest(st, e);
	if (r == 0)
		r = remove_cgroup(s, st, a, e);
	if (r == 0 && st)
		r = rdt_remove(&st->rdt_owned, e);
	if (r == 0)
		r = store_remove(s, e);
	if (r == 0)
		run_poststop(st, a);
	return r;
}

int container_delete(int root, const char *id, enum delete_mode mode, struct arena *a,
		     struct err *e)
{
	AUTO(store_close) struct store_entry s = {.dir = -1};
	int r = store_open(&s, root, id, true, e);

	if (r < 0)
		return mode == DELETE_FORCE && e->code == ERR_NO_CONTAINER ? 0 : r;
	r = end_container(&s, mode, a, e);
	return r < 0 ? r : destroy(&s, a, e);
}

static int run_poststart(const struct state *st, struct arena *a, struct err *e)
{
	struct hooks hooks;
	int r;

	if (!hooks_has(st->hooks, HOOK_POSTSTART))
		return 0;
	r = hooks_load(&hooks, a, st, e);
	return r < 0 ? r : hooks_run(&hooks, HOOK_POSTSTART, STATUS_RUNNING, (pid_t)st->pid, e);
}

/*
 * runtime.md "Lifecycle": a startContainer or poststart hook that fails is the end of the container
 * and of all that create has made. The hook's error is the one to report.
 */
static void end_failed(struct store_entry *s, struct arena *a)
{
	struct err ignored = {0};

	if (end_container(s, DELETE_FORCE, a, &ignored) == 0)
		(void)!destroy(s, a, &ignored);
}

/* The kernel says no more than that init has let go of its descriptors. */
static int check_started(const struct state *st, struct arena *a, struct err *e)
{
	AUTO(cgroup_close) struct cgroup c = CGROUP_NONE;
	struct err ignored;

	if (!st->cgroup || process_has_program((pid_t)st->pid) ||
	    cgroup_open(&c, a, st, &ignored) < 0)
		return 0;
	return cgroup_check_started(&c, e);
}

/* Lets init go on; from there on it may want to be answered by a seccomp agent. */
static int let_go(const struct store_entry *s, const struct state *st, struct arena *a,
		  struct err *e)
{
	struct hooks of;
	struct listener l = {&of, (pid_t)st->pid, (pid_t)st->pid, STATUS_CREATING};
	int r = st->listener ? hooks_load(&of, a, st, e) : 0;

	return r < 0 ? r : start_go(s, st->listener ? &l : NULL, e);
}

int container_start(int root, const char *id, const char *notify, struct arena *a, struct err *e)
{
	AUTO(store_close) struct store_entry s = {.dir = -1};
	AUTO(notify_close) struct notify n = NOTIFY_NONE;
	AUTO(close_fd) int pidfd = -1;
	struct state st;
	int r = store_open(&s, root, id, true, e);

	if (r == 0)
		r = status_read(&s, a, &st, notify ? &pidfd : NULL, e);
	if (r < 0)
		return r;
	if (st.status != STATUS_CREATED)
		return wrong_status("start", id, st.status, e);
	r = notify_open(&n, &s, notify, e);
	if (r == 0)
		r = let_go(&s, &st, a, e);
	if (r == 0)
		r = store_mark(&s, STORE_MARK_STARTED, e);
	if (r == 0)
		r = check_started(&st, a, e);
	if (r == 0)
		r = run_poststart(&st, a, e);
	r = status_explain(&s, e, r);
	if (r < 0 && e->code == ERR_HOOK && st.hooks)
		end_failed(&s, a);
	store_close(&s); /* others may have to do with the container meanwhile */
	if (r == 0)
		notify_wait(&n, (pid_t)st.pid, pidfd);
	return r;
}
