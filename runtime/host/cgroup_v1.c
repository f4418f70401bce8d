/*
 * owns:     the manager v1: directories in each of the old hierarchies, beside one on cgroup2 where
 *           that is mounted too (hybrid)
 * may use:  base, sys, plan/cgroup (the probe)
 * must not: ask who the caller is: what it may write is known to the probe
 *
 * Nothing can be born into a v1 cgroup: the child goes there itself, first of all. Where cgroup2 is
 * there as well and the caller is root, init is born into that one, and killing, freezing and
 * listing work there.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/base/fmt.h"
#include "runtime/host/cgroup_ops.h"
#include "runtime/sys/cgfs.h"
#include "runtime/sys/process.h"

enum {
	HIERARCHIES_MAX = 24,
	MADE_ON_V2 = 1U << 31, /* in cgroup.made, beside a bit per v1 hierarchy, and */
	DEPTH_SHIFT =
		HIERARCHIES_MAX, /* how many components of the path are new everywhere, less 1 */
	DEPTH_MASK = 127,
	SPINS = 1000, /* tries at once; to freeze, then one each millisecond */
};

struct cgroup_v1_dirs {
	size_t n;
	struct v1_dir {
		const char *controllers;
		int mount;
		int dir; /* -1: not used */
	} v[HIERARCHIES_MAX];
};

void cgroup_v1_close(struct cgroup *c);

void cgroup_v1_close(struct cgroup *c)
{
	size_t i;

	for (i = 0; i < c->v1->n; i++) {
		close_fd_cleanup(&c->v1->v[i].mount);
		close_fd_cleanup(&c->v1->v[i].dir);
	}
	c->v1 = NULL;
}

static bool has_controller(const char *controllers, const char *controller)
{
	size_t n = strlen(controller);

	for (; *controllers;
	     controllers += strcspn(controllers, ","), controllers += *controllers == ',')
		if (!strncmp(controllers, controller, n) &&
		    (!controllers[n] || controllers[n] == ','))
			return true;
	return false;
}

static int v1_dir(const struct cgroup *c, const char *controller)
{
	size_t i;

	for (i = 0; c->v1 && i < c->v1->n; i++)
		if (has_controller(c->v1->v[i].controllers, controller))
			return c->v1->v[i].dir;
	/* hybrid: the one that may be on cgroup2 */
	return strcmp(controller, "hugetlb") ? -1 : c->dir;
}

bool cgroup_v1_left_out(const struct cgroup *c, const char *controller)
{
	for (size_t i = 0; c->v1 && i < c->v1->n; i++)
		if (has_controller(c->v1->v[i].controllers, controller))
			return c->v1->v[i].mount >= 0 && c->v1->v[i].dir < 0;
	return false;
}

/*
 * Joining a hierarchy costs a wait for every processor: without a limit, and without a caller that
 * names the cgroup (and so will look at it), only those are joined that do something.
 */
static bool wanted(const struct cgroup *c, const char *controllers)
{
	const struct limits *l = &c->plan->limits;
	size_t i;

	if (c->plan->choice.everywhere || (c->mount < 0 && has_controller(controllers, "freezer")))
		return true;
	for (i = 0; i < l->n; i++)
		if (has_controller(controllers, l->v[i].controller))
			return true;
	return false;
}

static bool freezer_active(int dir)
{
	char is[32];

	return dir >= 0 && cgfs_read(dir, "freezer.state", is, sizeof(is)) > 0 &&
	       strcmp(is, "THAWED") != 0;
}

/* A new cpuset holds no processor and no memory, and takes no process: as its parent has it. */
static int fill_cpuset(const struct cgroup *c, const struct v1_dir *d)
{
	static const char *const files[] = {"cpuset.cpus", "cpuset.mems"};
	const char *slash = c->path;
	char above[2][4096] = {"", ""};
	size_t i;

	for (;; slash += 1 + strcspn(slash + 1, "/")) {
		AUTO(close_fd)
		int dir = cgfs_open(d->mount,
				    arena_strndup(c->a, c->path, (size_t)(slash - c->path)) +
					    (slash > c->path));

		if (dir < 0)
			return dir;
		for (i = 0; i < ARRAY_LEN(files); i++) {
			char here[4096];
			ssize_t n = cgfs_read(dir, files[i], here, sizeof(here));
			int r = n > 0 || !*above[i] ? 0 : cgfs_write(dir, files[i], above[i]);

			if (n < 0 || r < 0)
				return n < 0 ? (int)n : r;
			if (n > 0)
				memcpy(above[i], here, (size_t)n + 1);
		}
		if (!*slash)
			return 0;
	}
}

/* The hierarchies may differ in what was there: above the container's own cgroup only what was new
 * in all of them is ours to remove. */
static void record_made(struct cgroup *c, uint32_t bit, uint32_t components)
{
	uint32_t depth = components > 1 ? components - 1 : 0;
	uint32_t was = c->made >> DEPTH_SHIFT & DEPTH_MASK;

	if (depth > DEPTH_MASK)
		depth = DEPTH_MASK;
	if (c->made && was < depth)
		depth = was;
	c->made = (c->made & ~((uint32_t)DEPTH_MASK << DEPTH_SHIFT)) | bit | depth << DEPTH_SHIFT;
}

static int make_v1(struct cgroup *c, size_t i, struct err *e)
{
	struct v1_dir *d = &c->v1->v[i];
	uint32_t made = 0;
	const char *why = NULL;
	char pids[2];
	int r;

	d->dir = cgfs_make(d->mount, c->path + 1, &made);
	if (d->dir < 0)
		return err_sys(e, ERR_CGROUP, d->dir, "make cgroup '%s' of %s", c->path,
			       d->controllers);
	if (made || c->plan->choice.own_name)
		record_made(c, 1U << i, made);
	if (!made && cgfs_read(d->dir, "cgroup.procs", pids, sizeof(pids)) > 0)
		why = "is not empty";
	/* Also a new one is frozen below one that is. */
	else if (has_controller(d->controllers, "freezer") && freezer_active(d->dir))
		why = "unexpectedly frozen";
	if (why) {
		if (!made) { /* what is in it is not ours to touch */
			close_fd_cleanup(&d->dir);
			c->made &= ~(1U << i);
		}
		/* Callers look for these words. */
		err_set(e, ERR_CGROUP, "container's cgroup %s: '%s' of %s", why, c->path,
			d->controllers);
		return err_at(e, -EBUSY, "/linux/cgroupsPath");
	}
	r = has_controller(d->controllers, "cpuset") ? fill_cpuset(c, d) : 0;
	return r < 0 ? err_sys(e, ERR_CGROUP, r, "fill the cpuset of cgroup '%s'", c->path) : 0;
}

static int add_hierarchies(struct cgroup *c, const struct cgroup_facts *f, struct err *e)
{
	size_t i;

	c->v1 = arena_alloc(c->a, sizeof(*c->v1));
	for (i = 0; i < f->v1.n && i < HIERARCHIES_MAX; i++) {
		struct v1_dir *d = &c->v1->v[c->v1->n++];

		d->controllers = f->v1.v[i].controllers;
		d->mount = d->dir = -1;
		if (!f->v1.v[i].mount)
			continue;
		d->mount = cgfs_mount(f->v1.v[i].mount, CGFS_V1);
		if (d->mount < 0)
			return err_sys(e, ERR_CGROUP, d->mount, "open '%s'", f->v1.v[i].mount);
	}
	return 0;
}

/* Where the path is not there yet: a bit per hierarchy. */
static uint32_t to_be_made(const struct cgroup *c)
{
	uint32_t bits = 0;
	size_t i;

	if (c->plan->choice.own_name)
		return ~((uint32_t)DEPTH_MASK << DEPTH_SHIFT);
	for (i = 0; i < c->v1->n; i++)
		if (c->v1->v[i].mount >= 0 &&
		    faccessat(c->v1->v[i].mount, c->path + 1, F_OK, 0) < 0)
			bits |= 1U << i;
	if (c->mount >= 0 && faccessat(c->mount, c->path + 1, F_OK, 0) < 0)
		bits |= MADE_ON_V2;
	return bits;
}

static int put_limits(struct cgroup *c, struct err *e)
{
	const struct limits *l = &c->plan->limits;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && c->dir >= 0 && i < l->n; i++)
		if (v1_dir(c, l->v[i].controller) == c->dir) {
			r = cgroup_enable(c, e);
			break;
		}
	return r < 0 ? r : cgroup_apply(c, e);
}

static int prepare(struct cgroup *c, const struct cgroup_facts *f, struct err *e)
{
	uint32_t made;
	size_t i;
	int r = add_hierarchies(c, f, e);

	if (r == 0)
		r = cgroup_note(c, to_be_made(c), e);
	if (r == 0 && c->mount >= 0) {
		r = cgroup_v2_make(c, e);
		made = c->made;
		c->made = 0;
		if (made)
			record_made(c, MADE_ON_V2, made);
	}
	for (i = 0; r == 0 && i < c->v1->n; i++)
		if (c->v1->v[i].mount >= 0 && wanted(c, c->v1->v[i].controllers))
			r = make_v1(c, i, e);
	return r < 0 ? r : put_limits(c, e);
}

/* Only root may move somebody who has other ids than its own: so everybody goes before it has. */
static int move_in(const struct cgroup *c, struct err *e)
{
	for (size_t i = 0; i < c->v1->n; i++) {
		const struct v1_dir *d = &c->v1->v[i];
		int r = d->dir < 0 ? 0 : cgfs_write(d->dir, "cgroup.procs", "0");

		if (r < 0)
			return err_sys(e, ERR_CGROUP, r, "enter cgroup '%s' of %s", c->path,
				       d->controllers);
	}
	return 0;
}

/* An ordinary user's container is not on cgroup2, whatever has its path there. */
static int open_v2(struct cgroup *c, struct err *e)
{
	int r = cgroup_v2_open(c, e);

	if (r < 0 || c->dir < 0)
		return r;
	r = cgfs_writable(c->dir, "cgroup.procs");
	if (r == -EACCES)
		close_fd_cleanup(&c->dir);
	return r < 0 && r != -EACCES ? err_sys(e, ERR_CGROUP, r, "look at cgroup '%s'", c->path)
				     : 0;
}

static int enter_instead(int mount, int *dir, const char *path, const char *controllers,
			 struct err *e)
{
	int fd = cgfs_open(mount, path + 1);

	if (fd < 0)
		return err_sys(e, ERR_CGROUP, fd, "open cgroup '%s' of %s", path, controllers);
	close_fd_cleanup(dir);
	*dir = fd;
	return 0;
}

/* Hierarchies may be mounted together: one of their controllers is enough. */
static int descend_to(struct cgroup *c, const char *controller, const char *path, struct err *e)
{
	bool found = false;
	int r = 0;

	for (size_t i = 0; r == 0 && c->v1 && i < c->v1->n; i++) {
		struct v1_dir *d = &c->v1->v[i];

		if (d->dir < 0 || (controller && !has_controller(d->controllers, controller)))
			continue;
		found = true;
		r = enter_instead(d->mount, &d->dir, path, d->controllers, e);
	}
	if (r == 0 && c->dir >= 0 && (!controller || (!found && v1_dir(c, controller) == c->dir))) {
		found = true;
		r = enter_instead(c->mount, &c->dir, path, "cgroup2", e);
	}
	if (r == 0 && !found)
		r = err_set(e, ERR_CGROUP,
			    "--cgroup: unknown controller '%s': the container has no cgroup of it",
			    controller ? controller : path);
	return r;
}

static int descend(struct cgroup *c, const char *controllers, const char *path, struct err *e)
{
	char *rest = NULL, *one = controllers ? arena_strdup(c->a, controllers) : NULL;
	int r = 0;

	if (!one)
		return descend_to(c, NULL, path, e);
	one = strtok_r(one, ",", &rest);
	if (!one)
		return descend_to(c, "", path, e);
	for (; r == 0 && one; one = strtok_r(NULL, ",", &rest))
		r = descend_to(c, one, path, e);
	return r;
}

static int open_again(struct cgroup *c, struct err *e)
{
	struct cgroup_facts f;
	size_t i;
	int r = cgroup_probe(&f, c->a, true, e);

	if (r == 0)
		r = add_hierarchies(c, &f, e);
	for (i = 0; r == 0 && i < c->v1->n; i++) {
		struct v1_dir *d = &c->v1->v[i];
		int fd = cgfs_open(d->mount, c->path + 1);

		d->dir = fd < 0 ? -1 : fd;
		/* What cannot be opened is not gone: whoever took it for that would leave it. */
		if (fd < 0 && fd != -ENOENT)
			r = err_sys(e, ERR_CGROUP, fd, "open cgroup '%s' of %s", c->path,
				    d->controllers);
	}
	/* It may be pure v1. */
	return r < 0 || !f.mount ? r : open_v2(c, e);
}

/* FREEZING takes as long as the processes take to notice; writing again is how they are told. */
static int freeze(struct cgroup *c, bool frozen, struct err *e)
{
	int dir = v1_dir(c, "freezer"), i, r = 0;
	const char *want = frozen ? "FROZEN" : "THAWED";
	/* what is frozen from above is not thawed by waiting */
	const int tries = frozen ? SPINS + CGROUP_WAIT_MS : SPINS;
	char is[32];

	if (c->dir >= 0) {
		r = cgroup_v2_freeze(c, frozen, e);
		/* The old freezer is somebody else's to use, but a container thaws as a whole. */
		if (r < 0 || frozen || !freezer_active(dir))
			return r;
	}
	for (i = 0; dir >= 0 && i < tries; i++) {
		r = cgfs_write(dir, "freezer.state", want);
		if (r < 0 || cgfs_read(dir, "freezer.state", is, sizeof(is)) < 0 ||
		    !strcmp(is, want))
			break;
		if (i >= SPINS)
			usleep(1000);
	}
	if (dir < 0)
		return err_set(e, ERR_CGROUP, "cgroup '%s' has no freezer", c->path);
	if (i == tries) {
		r = -ETIMEDOUT;
		/* Half frozen is worse than not. */
		if (frozen)
			(void)!cgfs_write(dir, "freezer.state", "THAWED");
	}
	return r < 0 ? err_sys(e, ERR_CGROUP, r, "write %s for cgroup '%s'", want, c->path) : 0;
}

static bool is_frozen(const struct cgroup *c)
{
	return cgroup_v2_frozen(c) || freezer_active(v1_dir(c, "freezer"));
}

static int each_pid(const struct cgroup *c, int (*fn)(pid_t pid, void *data), void *data)
{
	int dir = v1_dir(c, "freezer");

	if (c->dir >= 0)
		return cgroup_v2_each_pid(c, fn, data);
	/* a user who was given no freezer: one that is there because of this container */
	for (size_t i = 0; dir < 0 && c->v1 && i < c->v1->n; i++)
		if (c->made & (1U << i))
			dir = c->v1->v[i].dir;
	return dir < 0 ? 0 : cgfs_each_pid(dir, fn, data);
}

struct kill_pass {
	int killed;
	int last; /* a pidfd of one that was killed, to wait for */
};

static int kill_one(pid_t pid, void *data)
{
	AUTO(close_fd) int fd = process_pidfd_open(pid);
	struct kill_pass *k = data;

	if (fd < 0 || process_signal(fd, SIGKILL) < 0)
		return 0;
	k->killed++;
	close_fd_cleanup(&k->last);
	k->last = take_fd(&fd);
	return 0;
}

static int wait_end(int pidfd)
{
	struct pollfd p = {.fd = pidfd, .events = POLLIN};
	int r = poll(&p, 1, CGROUP_WAIT_MS);

	if (r < 0)
		return errno == EINTR ? 0 : -errno;
	return r ? 0 : -ETIMEDOUT;
}

/* What the old freezer holds dies only when it is let go: with the signal waiting for it. */
static void thaw_to_kill(struct cgroup *c)
{
	struct kill_pass k = {.last = -1};
	struct err ignored;

	if (!freezer_active(v1_dir(c, "freezer")))
		return;
	(void)!each_pid(c, kill_one, &k);
	close_fd_cleanup(&k.last);
	(void)!freeze(c, false, &ignored);
}

/* Without cgroup.kill: again and again until a pass finds nobody, waiting for one of each pass. */
static int kill_all(struct cgroup *c, struct err *e)
{
	int r;

	thaw_to_kill(c);
	if (c->dir >= 0)
		return cgroup_v2_kill(c, e);
	for (;;) {
		struct kill_pass k = {.last = -1};

		r = each_pid(c, kill_one, &k);
		if (r == 0 && k.last >= 0)
			r = wait_end(k.last);
		close_fd_cleanup(&k.last);
		if (r < 0)
			return err_sys(e, ERR_CGROUP, r, "kill what is in cgroup '%s'", c->path);
		if (!k.killed)
			return 0;
	}
}

static int remove_all(struct cgroup *c, struct err *e)
{
	uint32_t made = c->made, depth = 1 + (made >> DEPTH_SHIFT & DEPTH_MASK);
	size_t i;
	int r = 0;

	for (i = 0; c->v1 && i < c->v1->n; i++) {
		const struct v1_dir *d = &c->v1->v[i];

		if (d->dir >= 0)
			r = cgroup_remove_at(c, d->mount, d->dir, made & (1U << i) ? depth : 0);
		if (r < 0)
			return err_sys(e, ERR_CGROUP, r, "remove cgroup '%s' of %s", c->path,
				       d->controllers);
	}
	c->made = made & MADE_ON_V2 ? depth : 0;
	r = cgroup_v2_remove(c, e);
	c->made = made;
	return r;
}

static int destroy(struct cgroup *c, struct err *e)
{
	int r = c->v1 ? kill_all(c, e) : 0;

	return r < 0 ? r : remove_all(c, e);
}

const struct cgroup_ops cgroup_ops_v1 = {
	.prepare = prepare,
	.descend = descend,
	.move_in = move_in,
	.open = open_again,
	.update = put_limits,
	.freeze = freeze,
	.frozen = is_frozen,
	.each_pid = each_pid,
	.kill = kill_all,
	.remove = remove_all,
	.destroy = destroy,
	.dir = v1_dir,
};
