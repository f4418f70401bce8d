/*
 * owns:     which manager a cgroup has, and what is the same for all of them
 * may use:  base, sys, oci (types)
 * must not: know how a manager works
 */
#include "runtime/host/cgroup.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "runtime/base/fmt.h"
#include "runtime/base/io.h"
#include "runtime/host/cgroup_ops.h"
#include "runtime/host/sdbus.h"
#include "runtime/sys/cgfs.h"
#include "runtime/sys/process.h"

enum { NAMES_MAX = 1000 /* of containers with one id, below as many state roots */ };

static const struct cgroup_ops *const managers[CGROUP_MANAGER_COUNT] = {
	[CGROUP_CGROUPFS] = &cgroup_ops_cgroupfs,
	[CGROUP_SYSTEMD] = &cgroup_ops_systemd,
	[CGROUP_V1] = &cgroup_ops_v1,
};

static int prepare_at(struct cgroup *ret, const struct cgroup *proto, const char *path,
		      const struct cgroup_facts *f, struct err *e)
{
	AUTO(cgroup_close) struct cgroup c = *proto;
	int r = 0;

	c.path = path;
	if (c.ops && f->mount) {
		c.mount = cgfs_mount(f->mount, CGFS_V2);
		if (c.mount < 0)
			return err_sys(e, ERR_CGROUP, c.mount, "open '%s'", f->mount);
	}
	if (c.ops)
		r = c.ops->prepare(&c, f, e);
	if (r < 0) {
		struct err ignored;

		(void)!cgroup_destroy(&c, &ignored);
		return r;
	}
	*ret = c;
	c = (struct cgroup)CGROUP_NONE;
	return 0;
}

int cgroup_prepare(struct cgroup *ret, struct arena *a, const struct cgroup_plan *plan,
		   const struct cgroup_facts *f, int note, struct err *e)
{
	struct cgroup proto = CGROUP_NONE;
	const char *path = plan->choice.path;
	int i, r;

	proto.manager = plan->choice.manager;
	proto.ops = managers[proto.manager];
	proto.a = a;
	proto.plan = plan;
	proto.root = f->root;
	proto.note = note;
	proto.scope = plan->choice.scope;
	r = prepare_at(ret, &proto, path, f, e);
	/* Ids are unique below one state root only: elsewhere somebody may have the same. */
	for (i = 2; r == -EBUSY && plan->choice.own_name && i < NAMES_MAX; i++)
		r = prepare_at(ret, &proto, arena_printf(a, "%s.%d", path, i), f, e);
	return r;
}

bool cgroup_needs_gate(const struct cgroup *c)
{
	/* One that is made needs it always, one that is entered when we may not go there ourselves.
	 */
	return c->ops && c->ops->admit && (c->plan || c->apart);
}

int cgroup_admit(struct cgroup *c, pid_t gate, struct err *e)
{
	return cgroup_needs_gate(c) ? c->ops->admit(c, gate, e) : 0;
}

int cgroup_born_in(const struct cgroup *c)
{
	return c->dir;
}

int cgroup_move_in(const struct cgroup *c, struct err *e)
{
	return c->ops && c->ops->move_in ? c->ops->move_in(c, e) : 0;
}

int cgroup_settle(struct cgroup *c, struct err *e)
{
	return c->ops && c->ops->settle ? c->ops->settle(c, e) : 0;
}

void cgroup_to_state(const struct cgroup *c, struct state *st)
{
	st->cgroup_manager = cgroup_manager_names[c->ops ? c->manager : CGROUP_DISABLED];
	st->cgroup = c->ops ? c->path : NULL;
	st->systemd_scope = c->ops ? c->scope : NULL;
	st->cgroup_made = c->made;
}

static enum cgroup_manager manager_of(const char *name)
{
	size_t i;

	for (i = 0; name && i < CGROUP_MANAGER_COUNT; i++)
		if (!strcmp(name, cgroup_manager_names[i]))
			return (enum cgroup_manager)i;
	return CGROUP_DISABLED;
}

int cgroup_open(struct cgroup *ret, struct arena *a, const struct state *st, struct err *e)
{
	AUTO(cgroup_close) struct cgroup c = CGROUP_NONE;
	int r;

	c.manager = manager_of(st->cgroup_manager);
	c.ops = managers[c.manager];
	c.a = a;
	c.path = st->cgroup;
	c.made = st->cgroup_made;
	c.scope = st->systemd_scope;
	if (!c.path)
		c.ops = NULL;
	r = c.ops ? c.ops->open(&c, e) : 0;
	if (r < 0)
		return r;
	*ret = c;
	c = (struct cgroup)CGROUP_NONE;
	return 0;
}

void cgroup_v1_close(struct cgroup *c);

void cgroup_close(struct cgroup *c)
{
	if (c->scope_dir == c->dir)
		c->scope_dir = -1;
	close_fd_cleanup(&c->dir);
	close_fd_cleanup(&c->scope_dir);
	close_fd_cleanup(&c->mount);
	sdbus_close(c->bus);
	c->bus = NULL;
	if (c->v1)
		cgroup_v1_close(c);
	c->ops = NULL;
}

int cgroup_required(const struct cgroup *c, const char *what, struct err *e)
{
	if (c->ops)
		return 0;
	return err_hint(
		e,
		err_set(e, ERR_CGROUP, "cannot %s: the container has no cgroup of its own", what),
		"create it where a cgroup can be had, e.g. with --systemd-cgroup");
}

/* "QUOTA PERIOD" of cpu.max. */
static void read_cpu_max(int dir, struct limits_base *ret)
{
	char buf[64], *period;

	if (cgfs_read(dir, "cpu.max", buf, sizeof(buf)) <= 0)
		return;
	period = strchr(buf, ' ');
	if (!period)
		return;
	*period++ = '\0';
	ret->cpu_period.set = io_parse_u64(period, UINT32_MAX, &ret->cpu_period.v);
	if (strcmp(buf, "max")) {
		uint64_t quota;

		ret->cpu_quota.set = io_parse_u64(buf, INT64_MAX, &quota);
		ret->cpu_quota.v = ret->cpu_quota.set ? (int64_t)quota : 0;
	}
}

void cgroup_limits_base(const struct cgroup *c, struct limits_base *ret)
{
	uint64_t memory;

	*ret = (struct limits_base){0};
	if (c->dir < 0)
		return;
	ret->hugetlb_v2 = c->ops && c->ops->dir(c, "hugetlb") == c->dir;
	read_cpu_max(c->dir, ret);
	if (cgfs_read_u64(c->dir, "memory.max", &memory) == 0) {
		ret->memory_limit.set = true;
		ret->memory_limit.v = memory > INT64_MAX ? -1 : (int64_t)memory;
	}
}

int cgroup_update(struct cgroup *c, const struct cgroup_plan *plan, struct err *e)
{
	int r = cgroup_required(c, "set limits", e);

	if (r < 0)
		return r;
	c->plan = plan;
	/* Before systemd is told anything: it would set the limit at once. */
	r = cgroup_check_memory(c, e);
	if (r == 0)
		r = c->ops->update(c, e);
	c->plan = NULL;
	return r;
}

int cgroup_freeze(struct cgroup *c, bool frozen, struct err *e)
{
	int r = cgroup_required(c, frozen ? "pause" : "resume", e);

	return r < 0 ? r : c->ops->freeze(c, frozen, e);
}

bool cgroup_frozen(const struct cgroup *c)
{
	return c->ops && c->ops->frozen(c);
}

int cgroup_each_pid(const struct cgroup *c, int (*fn)(pid_t pid, void *data), void *data)
{
	return c->ops ? c->ops->each_pid(c, fn, data) : 0;
}

/* A pid read from a cgroup may be another process's by now: it is signalled through a pidfd, and
 * only after it was seen to be there still. */
static int signal_one(pid_t pid, void *data)
{
	AUTO(close_fd) int fd = process_pidfd_open(pid);
	int r = fd < 0 ? fd : process_signal(fd, *(int *)data);

	return r == -ESRCH ? 0 : r;
}

int cgroup_kill(struct cgroup *c, int sig, struct err *e)
{
	int r;

	if (!c->ops)
		return 0;
	if (sig == SIGKILL)
		return c->ops->kill(c, e);
	r = c->ops->each_pid(c, signal_one, &sig);
	return r < 0 ? err_sys(e, ERR_CGROUP, r, "signal the processes in cgroup '%s'", c->path)
		     : 0;
}

int cgroup_destroy(struct cgroup *c, struct err *e)
{
	return c->ops ? c->ops->destroy(c, e) : 0;
}

/* The number that the plan writes into one of these files, if it is one. */
static bool planned(const struct cgroup *c, const char *v1, const char *v2, uint64_t *ret)
{
	const struct limits *l = &c->plan->limits;
	const char *file = c->manager == CGROUP_V1 ? v1 : v2;
	bool found = false;
	size_t i;

	for (i = 0; i < l->n; i++)
		if (!strcmp(l->v[i].file, file))
			found = io_parse_u64(l->v[i].value, UINT64_MAX, ret);
	return found;
}

/* Has the limit been hit? A cgroup that is gone already cannot say no: systemd removes a scope as
 * soon as all in it are dead. */
static bool memory_was_short(const struct cgroup *c)
{
	const int dirs[] = {c->ops->dir(c, "memory"), c->scope_dir};
	const char *file = c->manager == CGROUP_V1 ? "memory.oom_control" : "memory.events";
	bool asked = false;
	uint64_t n;
	size_t i;

	for (i = 0; i < ARRAY_LEN(dirs); i++) {
		if (dirs[i] < 0 || cgfs_read_key(dirs[i], file, "oom_kill", &n) < 0)
			continue;
		asked = true;
		if (n || (cgfs_read_key(dirs[i], file, "max", &n) == 0 && n))
			return true;
	}
	return !asked;
}

static int explain_memory(const struct cgroup *c, struct err *e, uint64_t limit)
{
	int dir = c->ops->dir(c, "memory");
	char used[64] = "";
	uint64_t peak = 0;

	if (dir >= 0 && cgfs_read_u64(dir, "memory.peak", &peak) == 0 && peak)
		fmt_buf(used, sizeof(used), " (%llu bytes were in use at most)",
			(unsigned long long)peak);
	return err_at(e,
		      err_set(e, ERR_CGROUP,
			      "the memory limit of %llu bytes is too low to start the container%s",
			      (unsigned long long)limit, used),
		      "/linux/resources/memory/limit");
}

int cgroup_check_started(const struct cgroup *c, struct err *e)
{
	bool v1 = c->manager == CGROUP_V1;
	int dir = c->ops ? c->ops->dir(c, "memory") : -1;
	uint64_t kills, limit;

	if (dir < 0 ||
	    cgfs_read_key(dir, v1 ? "memory.oom_control" : "memory.events", "oom_kill", &kills) ||
	    !kills || cgfs_read_u64(dir, v1 ? "memory.limit_in_bytes" : "memory.max", &limit))
		return 0;
	return explain_memory(c, e, limit);
}

int cgroup_explain(const struct cgroup *c, struct err *e, int r)
{
	uint64_t limit;

	if (!c->ops || !c->plan)
		return r;
	if ((r == -ENOMEM || r == -EPIPE) &&
	    planned(c, "memory.limit_in_bytes", "memory.max", &limit) && memory_was_short(c))
		return explain_memory(c, e, limit);
	if (r == -EAGAIN && planned(c, "pids.max", "pids.max", &limit))
		return err_at(
			e,
			err_set(e, ERR_CGROUP,
				"the limit of %llu processes is too low to start the container",
				(unsigned long long)limit),
			"/linux/resources/pids/limit");
	return r;
}
