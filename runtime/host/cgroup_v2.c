/*
 * owns:     the manager cgroupfs, and what every cgroup on cgroup2 can do
 * may use:  base, sys
 * must not: know of systemd
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "runtime/host/cgroup_ops.h"
#include "runtime/sys/cgfs.h"

/* One that is there already must be as good as new; what is in it is not ours to touch. */
static int check_unused(struct cgroup *c, struct err *e)
{
	uint64_t populated = 0, frozen = 0;
	const char *why = NULL;
	int r = 0;

	/* Somebody else is about to use a name that we both made up. */
	if (c->plan->choice.own_name && flock(c->dir, LOCK_EX | LOCK_NB) < 0)
		r = -errno;
	if (r < 0 && r != -EWOULDBLOCK) {
		if (!c->made)
			close_fd_cleanup(&c->dir);
		return err_sys(e, ERR_CGROUP, r, "lock cgroup '%s'", c->path);
	}
	if (r < 0)
		why = "is in use";
	else if (cgfs_read_key(c->dir, "cgroup.events", "populated", &populated) == 0 && populated)
		why = "is not empty";
	else if (cgfs_read_key(c->dir, "cgroup.events", "frozen", &frozen) == 0 && frozen)
		why = "unexpectedly frozen";
	if (!why)
		return 0;
	close_fd_cleanup(&c->dir);
	c->made = 0;
	/* Callers look for these words. */
	err_set(e, ERR_CGROUP, "container's cgroup %s: '%s'", why, c->path);
	return err_at(e, -EBUSY, "/linux/cgroupsPath");
}

int cgroup_v2_make(struct cgroup *c, struct err *e)
{
	int r;

	c->dir = cgfs_make(c->mount, c->path + 1, &c->made);
	if (c->dir < 0) {
		err_sys(e, ERR_CGROUP, c->dir, "make cgroup '%s'", c->path);
		return c->root ? c->dir
			       : err_hint(e, c->dir,
					  "only a delegated cgroup is yours: systemd-run --user "
					  "--scope -p Delegate=yes, or --systemd-cgroup");
	}
	if (c->made && !c->plan->choice.own_name)
		return 0;
	r = check_unused(c, e);
	/* One of our own name was left by a create that was killed half-way. */
	if (r == 0 && !c->made)
		c->made = c->plan->choice.own_name;
	return r;
}

/* How many components of the path are not there: they will have been made by us. */
static uint32_t to_be_made(const struct cgroup *c)
{
	char *path = arena_strdup(c->a, c->path + 1), *slash;
	uint32_t n = 0;

	if (c->plan->choice.own_name)
		return 1;
	while (*path && faccessat(c->mount, path, F_OK, 0) < 0) {
		n++;
		slash = strrchr(path, '/');
		*(slash ? slash : path) = '\0';
	}
	return n;
}

static int prepare(struct cgroup *c, const struct cgroup_facts *f, struct err *e)
{
	int r = cgroup_note(c, to_be_made(c), e);

	(void)f;
	if (r == 0)
		r = cgroup_v2_make(c, e);
	if (r < 0)
		return r;
	r = cgroup_enable(c, e);
	if (r < 0)
		return r;
	r = cgroup_apply(c, e);
	if (r == 0)
		cgroup_hand_over(c);
	return r;
}

int cgroup_v2_open(struct cgroup *c, struct err *e)
{
	static const char *const mounts[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"};
	size_t i;

	for (i = 0; c->mount < 0 && i < ARRAY_LEN(mounts); i++)
		c->mount = cgfs_mount(mounts[i], CGFS_V2);
	if (c->mount < 0)
		return err_sys(e, ERR_CGROUP, c->mount, "open '/sys/fs/cgroup'");
	c->dir = cgfs_open(c->mount, c->path + 1);
	if (c->dir < 0 && c->dir != -ENOENT)
		return err_sys(e, ERR_CGROUP, c->dir, "open cgroup '%s'", c->path);
	if (c->dir < 0)
		c->dir = -1; /* gone: there is nothing to act on, which is no error to delete */
	return 0;
}

static int update(struct cgroup *c, struct err *e)
{
	int r = cgroup_enable(c, e);

	return r < 0 ? r : cgroup_apply(c, e);
}

int cgroup_v2_freeze(struct cgroup *c, bool frozen, struct err *e)
{
	int r = cgfs_write(c->dir, "cgroup.freeze", frozen ? "1" : "0");

	if (r == 0)
		r = cgfs_wait_event(c->dir, "frozen", frozen, CGROUP_WAIT_MS);
	if (r < 0) {
		err_sys(e, ERR_CGROUP, r, "%s cgroup '%s'", frozen ? "freeze" : "thaw", c->path);
		/* Half frozen is worse than not. */
		if (frozen)
			(void)!cgfs_write(c->dir, "cgroup.freeze", "0");
	}
	return r;
}

bool cgroup_v2_frozen(const struct cgroup *c)
{
	uint64_t asked;

	return c->dir >= 0 && cgfs_read_u64(c->dir, "cgroup.freeze", &asked) == 0 && asked;
}

int cgroup_v2_each_pid(const struct cgroup *c, int (*fn)(pid_t pid, void *data), void *data)
{
	return c->dir < 0 ? 0 : cgfs_each_pid(c->dir, fn, data);
}

int cgroup_v2_kill(struct cgroup *c, struct err *e)
{
	int r;

	if (c->dir < 0)
		return 0;
	r = cgfs_write(c->dir, "cgroup.kill", "1");
	if (r == 0)
		r = cgfs_wait_event(c->dir, "populated", 0, CGROUP_WAIT_MS);
	if (r == -ENODEV || r == -ENOENT) /* it went away meanwhile: so did all that was in it */
		return 0;
	return r < 0 ? err_sys(e, ERR_CGROUP, r, "kill what is in cgroup '%s'", c->path) : 0;
}

int cgroup_v2_dir(const struct cgroup *c, const char *controller)
{
	(void)controller;
	return c->dir;
}

int cgroup_remove_at(const struct cgroup *c, int mount, int dir, uint32_t made)
{
	char *path = arena_strdup(c->a, c->path + 1);
	int r = cgfs_remove_below(dir);
	uint32_t i;

	for (i = 0; r == 0 && i < made; i++) {
		char *slash = strrchr(path, '/');

		/* The container's own, then those above it that create had to make; the latter may
		 * be in use by another container now. */
		r = cgfs_remove_one(mount, path);
		if (i && (r == -EBUSY || r == -ENOTEMPTY))
			return 0;
		if (!slash)
			break;
		*slash = '\0';
	}
	return r;
}

int cgroup_v2_remove(struct cgroup *c, struct err *e)
{
	int r = c->dir < 0 ? 0 : cgroup_remove_at(c, c->mount, c->dir, c->made);

	return r < 0 ? err_sys(e, ERR_CGROUP, r, "remove cgroup '%s'", c->path) : 0;
}

static int destroy(struct cgroup *c, struct err *e)
{
	int r = cgroup_v2_kill(c, e);

	return r < 0 ? r : cgroup_v2_remove(c, e);
}

const struct cgroup_ops cgroup_ops_cgroupfs = {
	.prepare = prepare,
	.open = cgroup_v2_open,
	.update = update,
	.freeze = cgroup_v2_freeze,
	.frozen = cgroup_v2_frozen,
	.each_pid = cgroup_v2_each_pid,
	.kill = cgroup_v2_kill,
	.remove = cgroup_v2_remove,
	.destroy = destroy,
	.dir = cgroup_v2_dir,
};
