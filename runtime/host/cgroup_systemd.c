/*
 * owns:     the manager systemd: a transient scope
 * may use:  base, sys, host/sdbus, host/cgroup_v2
 * must not: move processes: systemd does, and clone3
 */
#include <errno.h>
#include <string.h>

#include "runtime/base/log.h"
#include "runtime/host/cgroup_ops.h"
#include "runtime/host/sdbus.h"
#include "runtime/sys/cgfs.h"

enum {
	/* The gate is inside when init is born: a scope that is told of fewer could never start. */
	TASKS_AT_BIRTH = 2,
};

/* Connecting comes first: nothing exists yet that would have to be taken back. */
static int prepare(struct cgroup *c, const struct cgroup_facts *f, struct err *e)
{
	(void)f;
	if (c->mount < 0)
		return err_hint(e,
				err_set(e, ERR_CGROUP,
					"the systemd manager needs cgroup v2 on /sys/fs/cgroup"),
				"boot with systemd.unified_cgroup_hierarchy=1");
	return sdbus_open(&c->bus, c->root, e);
}

static struct unit_properties with_room_for_gate(const struct cgroup *c)
{
	struct unit_properties u = c->plan->properties;
	size_t i;

	u.v = arena_array(c->a, u.n + 1, sizeof(*u.v));
	memcpy(u.v, c->plan->properties.v, u.n * sizeof(*u.v));
	for (i = 0; i < u.n; i++)
		if (!strcmp(u.v[i].name, "TasksMax") && u.v[i].number < TASKS_AT_BIRTH)
			u.v[i].number = TASKS_AT_BIRTH;
	return u;
}

static int connect_again(struct cgroup *c, struct err *e)
{
	/* The user manager's cgroups are below its own, user@UID.service. */
	bool user = strstr(c->path, "/user@") != NULL;

	return c->bus ? 0 : sdbus_open(&c->bus, !user, e);
}

/* exec: the scope is there, and systemd takes the gate to where we may not. */
static int admit_to_existing(struct cgroup *c, pid_t gate, struct err *e)
{
	int r = connect_again(c, e);

	return r < 0 ? r : sdbus_attach(c->bus, c->scope, c->below, gate, e);
}

/* What is moved there stands still, the gate first. */
static int check_thawed(const struct cgroup *c, struct err *e)
{
	uint64_t frozen;

	if (cgfs_read_u64(c->scope_dir, "cgroup.freeze", &frozen) < 0 || !frozen)
		return 0;
	/* Callers look for these words. */
	err_set(e, ERR_CGROUP, "container's cgroup unexpectedly frozen: '%s'", c->path);
	return err_at(e, -EBUSY, "/linux/cgroupsPath");
}

/* Then the scope is of no use, and where it is nobody knows. */
static int elsewhere(const struct cgroup *c, const char *path, struct err *e)
{
	struct err ignored = {0};

	(void)!sdbus_stop_unit(c->bus, c->scope, &ignored);
	return err_set(e, ERR_CGROUP, "systemd started %s but the process is in cgroup '%s'",
		       c->scope, path ? path : "?");
}

static int admit_to_new(struct cgroup *c, pid_t gate, struct err *e)
{
	const struct unit_properties u = with_room_for_gate(c);
	const char *path, *subgroup = c->plan->choice.subgroup;
	int r = sdbus_start_scope(c->bus, c->scope, gate, &u, e);

	if (r < 0)
		return r;
	path = cgroup_path_of(c->a, gate);
	if (!path || strlen(path) < strlen(c->scope) ||
	    strcmp(path + strlen(path) - strlen(c->scope), c->scope))
		return elsewhere(c, path, e);
	c->scope_ours = true;
	c->path = path;
	c->scope_dir = cgfs_open(c->mount, path + 1);
	if (c->scope_dir < 0)
		return err_sys(e, ERR_CGROUP, c->scope_dir, "open cgroup '%s'", path);
	r = check_thawed(c, e);
	if (r < 0)
		return r;
	if (!*subgroup) {
		c->dir = c->scope_dir;
		return 0;
	}
	c->path = arena_printf(c->a, "%s/%s", path, subgroup);
	return cgroup_v2_make(c, e);
}

static int admit(struct cgroup *c, pid_t gate, struct err *e)
{
	return c->plan ? admit_to_new(c, gate, e) : admit_to_existing(c, gate, e);
}

/* The gate is gone: now the scope can hand its controllers down. Until here the limits that systemd
 * has put on the scope hold. */
static int settle(struct cgroup *c, struct err *e)
{
	int r;

	if (!c->plan) /* entered, not made */
		return 0;
	r = cgroup_enable(c, e);
	if (r == 0)
		r = cgroup_apply(c, e);
	if (r == 0)
		cgroup_hand_over(c);
	return r;
}

static int open_again(struct cgroup *c, struct err *e)
{
	c->scope_ours = true;
	return cgroup_v2_open(c, e);
}

static int update(struct cgroup *c, struct err *e)
{
	int r = connect_again(c, e);

	if (r == 0 && c->plan->properties.n)
		r = sdbus_set_properties(c->bus, c->scope, &c->plan->properties, e);
	if (r == 0)
		r = cgroup_enable(c, e);
	return r == 0 ? cgroup_apply(c, e) : r;
}

/* The scope ends as soon as it is empty: systemd may have come to what the container made while we
 * removed that, and given up. */
static void remove_rest(const struct cgroup *c)
{
	char *path = arena_strdup(c->a, c->path + 1), *slash;

	if (c->dir >= 0)
		(void)!cgfs_remove_below(c->dir);
	while (strstr(path, c->scope) && cgfs_remove_one(c->mount, path) == 0 &&
	       (slash = strrchr(path, '/')))
		*slash = '\0';
}

static int destroy(struct cgroup *c, struct err *e)
{
	struct err bus_error = {0};
	int r = cgroup_v2_kill(c, e);

	if (r < 0)
		return r;
	if (!c->scope_ours) /* it never came to a scope, or the name is somebody else's */
		return 0;
	if (c->dir >= 0 && cgfs_remove_below(c->dir) < 0)
		log_debug("cgroup '%s' has cgroups that cannot be removed", c->path);
	/* An empty scope ends by itself, but only some time later; its name is free when the job
	 * has ended. Without a manager to ask, "some time later" has to do. */
	if (connect_again(c, &bus_error) < 0) {
		log_note("%s is left to systemd: %s", c->scope, bus_error.text);
		return 0;
	}
	r = sdbus_stop_unit(c->bus, c->scope, e);
	if (r == 0)
		remove_rest(c);
	return r;
}

const struct cgroup_ops cgroup_ops_systemd = {
	.prepare = prepare,
	.admit = admit,
	.settle = settle,
	.open = open_again,
	.update = update,
	.freeze = cgroup_v2_freeze,
	.frozen = cgroup_v2_frozen,
	.each_pid = cgroup_v2_each_pid,
	.kill = cgroup_v2_kill,
	.destroy = destroy,
	.dir = cgroup_v2_dir,
};
