/*
 * start, kill and delete.
 *
 * owns:     which status allows what
 * may use:  host, and all below
 * must not: parse command lines, print
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>

#include "runtime/host/lifecycle.h"
#include "runtime/host/members.h"
#include "runtime/host/start.h"
#include "runtime/host/status.h"
#include "runtime/sys/process.h"

/* Between SIGKILL and the end of init lies the end of its pid namespace, not more. */
enum { END_TIMEOUT_MS = 30 * 1000 };

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

int container_start(int root, const char *id, struct arena *a, struct err *e)
{
	AUTO(store_close) struct store_entry s = {.dir = -1};
	struct state st;
	int r = store_open(&s, root, id, true, e);

	if (r == 0)
		r = status_read(&s, a, &st, NULL, e);
	if (r < 0)
		return r;
	if (st.status != STATUS_CREATED)
		return wrong_status("start", id, st.status, e);
	r = start_go(&s, e);
	return r < 0 ? r : store_mark(&s, STORE_MARK_STARTED, e);
}

int container_kill(int root, const char *id, int sig, enum kill_scope scope, struct arena *a,
		   struct err *e)
{
	AUTO(store_close) struct store_entry s = {.dir = -1};
	AUTO(close_fd) int pidfd = -1;
	struct state st;
	int r = store_open(&s, root, id, false, e);

	if (r == 0)
		r = status_read(&s, a, &st, &pidfd, e);
	if (r < 0)
		return r;
	if (st.status == STATUS_STOPPED)
		return not_running(id, e);
	if (scope == KILL_ALL && st.own_pidns && sig != SIGKILL)
		r = members_signal((pid_t)st.pid, sig);
	else /* with its init a pid namespace ends */
		r = process_signal(pidfd, sig);
	if (r == -ESRCH)
		return not_running(id, e);
	return r < 0 ? err_sys(e, ERR_SYSTEM, r, "send signal %d to container \"%s\"", sig, id) : 0;
}

/* SIGKILL, then wait: not as its parent, so the zombie that somebody else has to reap counts as
 * ended. */
static int end_init(const char *id, int pidfd, struct err *e)
{
	struct pollfd end = {.fd = pidfd, .events = POLLIN};
	int r = process_signal(pidfd, SIGKILL);

	if (r < 0 && r != -ESRCH)
		return err_sys(e, ERR_SYSTEM, r, "kill container \"%s\"", id);
	do
		r = poll(&end, 1, END_TIMEOUT_MS);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return err_sys(e, ERR_SYSTEM, -errno, "wait for container \"%s\"", id);
	return r == 0 ? err_sys(e, ERR_SYSTEM, -ETIMEDOUT, "wait for container \"%s\"", id) : 0;
}

/* Ends the container if its status and the mode allow that. */
static int end_container(const struct store_entry *s, enum delete_mode mode, struct arena *a,
			 struct err *e)
{
	AUTO(close_fd) int pidfd = -1;
	struct state st;
	int r = status_read(s, a, &st, &pidfd, e);

	/* Left over, or damaged: there is no process to be found by it. */
	if (r < 0 && mode == DELETE_FORCE && (e->code == ERR_NO_CONTAINER || e->code == ERR_STATE))
		return 0;
	if (r < 0)
		return r;
	if (st.status == STATUS_STOPPED)
		return 0;
	if (mode != DELETE_FORCE && (st.status == STATUS_RUNNING || st.status == STATUS_PAUSED)) {
		r = wrong_status("delete", s->id, st.status, e);
		return err_hint(e, r, "stop it first, or use --force");
	}
	return end_init(s->id, pidfd, e);
}

int container_delete(int root, const char *id, enum delete_mode mode, struct arena *a,
		     struct err *e)
{
	AUTO(store_close) struct store_entry s = {.dir = -1};
	int r = store_open(&s, root, id, true, e);

	if (r < 0)
		return mode == DELETE_FORCE && e->code == ERR_NO_CONTAINER ? 0 : r;
	r = end_container(&s, mode, a, e);
	return r < 0 ? r : store_remove(&s, e);
}
