/*
 * owns:     finding where a process that joins a container has to go, and how it gets there
 * may use:  base, sys
 * must not: make a cgroup
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "runtime/base/fmt.h"
#include "runtime/base/io.h"
#include "runtime/base/path.h"
#include "runtime/host/cgroup_ops.h"
#include "runtime/sys/cgfs.h"

enum { FILE_SIZE = 16384 };

/* The path in the hierarchy whose line has that in front of it. */
static const char *path_after(struct arena *a, pid_t pid, const char *mark)
{
	AUTO(close_fd) int fd = -1;
	char name[64] = "/proc/self/cgroup", *buf = arena_alloc(a, FILE_SIZE), *line;
	ssize_t n;

	if (pid)
		fmt_buf(name, sizeof(name), "/proc/%d/cgroup", pid);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : io_read_full(fd, buf, FILE_SIZE - 1);
	if (n <= 0)
		return NULL;
	buf[n] = '\0';
	line = !strncmp(buf, mark + 1, strlen(mark + 1)) ? buf : strstr(buf, mark);
	line = line ? strchr(line, '/') : NULL;
	return line ? arena_strndup(a, line, strcspn(line, "\n")) : NULL;
}

const char *cgroup_path_of(struct arena *a, pid_t pid)
{
	return path_after(a, pid, "\n0::");
}

const char *cgroup_frozen_by(struct arena *a, pid_t pid)
{
	const char *path = path_after(a, pid, ":freezer:");
	AUTO(close_fd) int dir = -1;
	char is[32];

	if (!path)
		return NULL;
	path = arena_printf(a, "/sys/fs/cgroup/freezer%s", path);
	dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return dir >= 0 && cgfs_read(dir, "freezer.state", is, sizeof(is)) > 0 &&
			       strcmp(is, "THAWED") != 0
		       ? path
		       : NULL;
}

/*
 * A process may be born into another cgroup by who may write cgroup.procs there and in the closest
 * cgroup above both (cgroups(7) "Delegation Containment").
 */
static bool may_leave_for(const struct cgroup *c, const char *path)
{
	const char *own = cgroup_path_of(c->a, 0);
	char *above = arena_strdup(c->a, path), *slash;
	AUTO(close_fd) int dir = -1;

	while (own && !path_below(own, *above ? above : "/") && (slash = strrchr(above, '/')))
		*slash = '\0';
	dir = cgfs_open(c->mount, *above ? above + 1 : "");
	return own && dir >= 0 && cgfs_writable(dir, "cgroup.procs") == 0;
}

/* A cgroup that hands controllers down holds no processes: what the container has made of it knows
 * where init is. */
static const char *place_of_init(const struct cgroup *c, const struct state *st)
{
	char handed[256];
	const char *path;

	if (cgfs_read(c->dir, "cgroup.subtree_control", handed, sizeof(handed)) <= 0)
		return c->path;
	path = cgroup_path_of(c->a, (pid_t)st->pid);
	return path && path_below(path, c->path) ? path : c->path;
}

/* One --cgroup on v1: PATH, or CONTROLLER,...:PATH. */
static int descend(struct cgroup *c, const char *below, struct err *e)
{
	const char *colon = strchr(below, ':'), *path = colon ? colon + 1 : below;

	if (path_climbs(path))
		return err_set(e, ERR_USAGE, "--cgroup '%s': bad sub cgroup path", below);
	path = path_normalize(c->a, path);
	return c->ops->descend(c,
			       colon ? arena_strndup(c->a, below, (size_t)(colon - below)) : NULL,
			       arena_printf(c->a, "%s%s", c->path, path[1] ? path : ""), e);
}

static int enter_v2(struct cgroup *c, const struct state *st, const char *below, struct err *e)
{
	const char *path;
	int fd;

	if (below && path_climbs(below))
		return err_set(e, ERR_USAGE, "--cgroup '%s': bad sub cgroup path", below);
	below = below ? path_normalize(c->a, below) : NULL;
	path = below ? arena_printf(c->a, "%s%s", c->path, below[1] ? below : "")
		     : place_of_init(c, st);
	fd = cgfs_open(c->mount, path + 1);
	if (fd < 0)
		return err_sys(e, ERR_CGROUP, fd, "open cgroup '%s'", path);
	close_fd_cleanup(&c->dir);
	c->dir = fd;
	c->apart = c->ops->admit && !may_leave_for(c, path);
	c->below = c->scope ? strstr(path, c->scope) : NULL;
	c->below = c->below ? c->below + strlen(c->scope) : "";
	return 0;
}

int cgroup_enter(struct cgroup *c, const struct state *st, const struct strings *below,
		 struct err *e)
{
	int r = 0;

	if (below->n && (!c->ops || (c->dir < 0 && !c->ops->descend)))
		return err_set(e, ERR_CGROUP, "--cgroup '%s': the container has no cgroup",
			       below->v[0]);
	if (below->n && c->ops->descend) {
		for (size_t i = 0; r == 0 && i < below->n; i++)
			r = descend(c, below->v[i], e);
		return r;
	}
	if (below->n > 1)
		return err_set(e, ERR_USAGE, "--cgroup '%s': there is one hierarchy (cgroup v2)",
			       below->v[1]);
	return !c->ops || c->dir < 0 ? 0 : enter_v2(c, st, below->n ? below->v[0] : NULL, e);
}
