/*
 * owns:     which status allows pause, resume, update, ps and events
 * may use:  host, and all below
 * must not: parse command lines, print
 */
#include "runtime/host/control.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "oci/json_out.h"
#include "runtime/host/cgroup.h"
#include "runtime/host/cgroup_stats.h"
#include "runtime/host/members.h"
#include "runtime/host/rdt.h"
#include "runtime/host/status.h"
#include "runtime/host/store.h"
#include "runtime/plan/facts.h"

/* A container that was looked up: its state, its init and its cgroup. */
struct subject {
	struct store_entry entry;
	struct state st;
	int pidfd;
	struct cgroup cgroup;
};

static void subject_cleanup(struct subject *s)
{
	cgroup_close(&s->cgroup);
	close_fd_cleanup(&s->pidfd);
	store_close(&s->entry);
}

#define SUBJECT                                                                                    \
	{                                                                                          \
		.entry = {.dir = -1}, .pidfd = -1, .cgroup = CGROUP_NONE                           \
	}

static int look_up(struct subject *s, int root, const char *id, bool lock, struct arena *a,
		   struct err *e)
{
	int r = store_open(&s->entry, root, id, lock, e);

	if (r == 0)
		r = status_open(&s->entry, a, &s->st, &s->pidfd, &s->cgroup, e);
	return r;
}

static int wrong_status(const char *what, const struct subject *s, struct err *e)
{
	if (s->st.status == STATUS_STOPPED)
		return err_set(e, ERR_STATUS, "container \"%s\": container not running", s->st.id);
	return err_set(e, ERR_STATUS, "cannot %s container \"%s\": it is %s", what, s->st.id,
		       status_names[s->st.status]);
}

int container_pause(int root, const char *id, bool paused, struct arena *a, struct err *e)
{
	AUTO(subject) struct subject s = SUBJECT;
	int r = look_up(&s, root, id, true, a, e);
	bool live = s.st.status == STATUS_RUNNING || s.st.status == STATUS_CREATED;

	if (r == 0 && (paused ? !live : s.st.status != STATUS_PAUSED))
		r = wrong_status(paused ? "pause" : "resume", &s, e);
	if (r == 0)
		r = cgroup_freeze(&s.cgroup, paused, e);
	return status_explain(&s.entry, e, r);
}

int container_update(int root, const char *id, const struct update *u, struct arena *a,
		     struct err *e)
{
	AUTO(subject) struct subject s = SUBJECT;
	const struct spec_resources *r = &u->resources;
	struct limits_base base;
	struct cgroup_plan plan;
	struct facts f;
	int res = look_up(&s, root, id, true, a, e);

	if (res == 0 && s.st.status == STATUS_STOPPED)
		res = wrong_status("update", &s, e);
	if (res == 0)
		res = rdt_update(&s.st.rdt_groups, a, &u->schemata, e);
	/* callers send all that they might set: nothing of it is nothing to do, cgroup or not */
	if (res == 0 && !s.cgroup.ops && !limits_wanted(r) && !r->devices.n)
		return 0;
	if (res == 0)
		res = facts_probe(&f, a, e);
	if (res < 0)
		return status_explain(&s.entry, e, res);
	cgroup_limits_base(&s.cgroup, &base);
	res = cgroup_plan_update(&plan, a, r, s.cgroup.ops ? s.cgroup.manager : CGROUP_DISABLED,
				 f.euid == 0 && f.initial_userns, &base, e);
	if (res == 0)
		res = cgroup_update(&s.cgroup, &plan, e);
	return status_explain(&s.entry, e, res);
}

struct collection {
	struct arena *a;
	struct pids *pids;
	size_t room;
};

static int collect(pid_t pid, void *data)
{
	struct collection *c = data;

	if (c->pids->n == c->room) {
		pid_t *wider =
			arena_array(c->a, c->room = c->room ? c->room * 2 : 64, sizeof(*wider));

		if (c->pids->n)
			memcpy(wider, c->pids->v, c->pids->n * sizeof(*wider));
		c->pids->v = wider;
	}
	c->pids->v[c->pids->n++] = pid;
	return 0;
}

static int by_number(const void *x, const void *y)
{
	pid_t p = *(const pid_t *)x, q = *(const pid_t *)y;

	return (p > q) - (p < q);
}

int container_pids(int root, const char *id, struct pids *ret, struct arena *a, struct err *e)
{
	AUTO(subject) struct subject s = SUBJECT;
	struct collection c = {.a = a, .pids = ret};
	int r = look_up(&s, root, id, false, a, e);

	*ret = (struct pids){0};
	if (r < 0)
		return status_explain(&s.entry, e, r);
	if (s.cgroup.ops)
		r = cgroup_each_pid(&s.cgroup, collect, &c);
	else if (members_known(&s.st))
		r = members_each(&s.st, collect, &c);
	else if (s.st.status != STATUS_STOPPED)
		r = collect((pid_t)s.st.pid, &c);
	if (r < 0 && r != -ESRCH) {
		err_sys(e, ERR_SYSTEM, r, "list the processes of container \"%s\"", id);
		return status_explain(&s.entry, e, r);
	}
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), by_number);
	return 0;
}

static int put_event(const struct subject *s, const char *type, const struct event_sink *sink,
		     struct arena *a, struct err *e)
{
	struct json_out o = json_begin(a, EMIT_COMPACT);

	json_open(&o, '{');
	json_key(&o, "type");
	json_string(&o, type);
	json_key(&o, "id");
	json_string(&o, s->st.id);
	if (!strcmp(type, "stats")) {
		json_key(&o, "data");
		cgroup_stats(&s->cgroup, &o);
	}
	json_close(&o, '}');
	return sink->put(sink->data, json_end(&o), e);
}

static int look_up_live(struct subject *s, int root, const char *id, struct arena *a, struct err *e)
{
	int r = look_up(s, root, id, false, a, e);

	if (r == 0 && s->st.status == STATUS_STOPPED)
		r = wrong_status("watch", s, e);
	if (r == 0)
		r = cgroup_required(&s->cgroup, "give statistics", e);
	return status_explain(&s->entry, e, r);
}

int container_stats(int root, const char *id, const struct event_sink *sink, struct arena *a,
		    struct err *e)
{
	AUTO(subject) struct subject s = SUBJECT;
	int r = look_up_live(&s, root, id, a, e);

	return r < 0 ? r : put_event(&s, "stats", sink, a, e);
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* One turn of the loop: what it prints is gone after it, as the loop may go on for months. */
static int put_news(struct subject *s, struct oom_watch *w, bool stats,
		    const struct event_sink *sink, struct err *e)
{
	AUTO(arena) struct arena turn = {0};
	struct arena *kept = s->cgroup.a;
	uint64_t news;
	int r = 0;

	s->cgroup.a = &turn;
	for (news = cgroup_oom_news(&s->cgroup, w); r >= 0 && news; news--)
		r = put_event(s, "oom", sink, &turn, e);
	if (r >= 0 && stats)
		r = put_event(s, "stats", sink, &turn, e);
	s->cgroup.a = kept;
	return r;
}

int container_events(int root, const char *id, uint32_t interval_ms, const struct event_sink *sink,
		     struct arena *a, struct err *e)
{
	AUTO(subject) struct subject s = SUBJECT;
	struct oom_watch w;
	int64_t due = now_ms();
	bool ended = false;
	int r = look_up_live(&s, root, id, a, e);

	if (r < 0)
		return r;
	cgroup_oom_watch(&s.cgroup, &w); /* its descriptor ends with this process */
	for (;;) {
		struct pollfd p[] = {{.fd = s.pidfd, .events = POLLIN}, w.poll};
		bool stats = !ended && now_ms() >= due;
		int64_t left;

		/* The last look is after the end: the kill may have been the end. */
		r = put_news(&s, &w, stats, sink, e);
		if (r < 0 || ended)
			return r < 0 ? r : 0;
		due = stats ? now_ms() + interval_ms : due;
		left = due - now_ms();
		r = poll(p, ARRAY_LEN(p), left > 0 ? (int)left : 0);
		if (r < 0 && errno != EINTR)
			return err_sys(e, ERR_SYSTEM, -errno, "wait for events");
		ended = r > 0 && p[0].revents;
	}
}
