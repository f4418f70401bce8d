/*
 * owns:     how the facts about cgroups are found out
 * may use:  base, sys
 * must not: decide; change anything
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "runtime/base/io.h"
#include "runtime/base/path.h"
#include "runtime/plan/cgroup.h"
#include "runtime/sys/cgfs.h"

enum { CGROUP_FILE_SIZE = 16384 /* /proc/self/cgroup: a line per hierarchy */, V1_MAX = 24 };

#define ROOT   "/sys/fs/cgroup"
#define HYBRID "/sys/fs/cgroup/unified"

/* The errors that say something about the host. */
static bool is_absent(int r)
{
	return r == -ENOENT || r == -ENOTDIR || r == -ENODEV || r == -EACCES;
}

/* A v1 hierarchy is mounted by its controllers' names, in either order, or by its own name. 1, or 0
 * when it is not mounted. */
static int find_v1_mount(const char **ret, struct arena *a, const char *controllers, struct err *e)
{
	const char *names[3] = {controllers, NULL, NULL}, *comma = strchr(controllers, ',');
	size_t i;

	if (!strncmp(controllers, "name=", 5))
		names[0] = controllers + 5;
	if (comma) {
		names[1] = arena_printf(a, "%s,%.*s", comma + 1, (int)(comma - controllers),
					controllers);
		names[2] = arena_strndup(a, controllers, (size_t)(comma - controllers));
	}
	for (i = 0; i < ARRAY_LEN(names) && names[i]; i++) {
		const char *mount = path_join(a, ROOT, names[i]);
		AUTO(close_fd) int fd = cgfs_mount(mount, CGFS_V1);

		if (fd >= 0) {
			*ret = mount;
			return 1;
		}
		if (!is_absent(fd))
			return err_sys(e, ERR_CGROUP, fd, "open '%s'", mount);
	}
	return 0;
}

/* One line "HIERARCHY:CONTROLLERS:PATH" of /proc/self/cgroup. */
static int probe_line(struct cgroup_facts *f, struct arena *a, char *line, struct err *e)
{
	char *controllers = strchr(line, ':'), *path;
	struct cgroup_v1 *v1;
	int r;

	path = controllers ? strchr(controllers + 1, ':') : NULL;
	if (!path)
		return 0;
	*path++ = '\0';
	controllers++;
	if (!*controllers) {
		f->own = arena_strdup(a, path);
		return 0;
	}
	if (f->unified || f->v1.n == V1_MAX)
		return 0;
	v1 = &f->v1.v[f->v1.n];
	v1->controllers = arena_strdup(a, controllers);
	v1->own = arena_strdup(a, path);
	r = find_v1_mount(&v1->mount, a, v1->controllers, e);
	f->v1.n += r > 0;
	return r < 0 ? r : 0;
}

static int probe_self(struct cgroup_facts *f, struct arena *a, struct err *e)
{
	AUTO(close_fd) int fd = open("/proc/self/cgroup", O_RDONLY | O_CLOEXEC);
	char *text = arena_alloc(a, CGROUP_FILE_SIZE), *line, *next;
	ssize_t n = fd < 0 ? -errno : io_read_full(fd, text, CGROUP_FILE_SIZE - 1);
	int r = 0;

	if (n < 0)
		return n == -ENOENT ? 0 : err_sys(e, ERR_CGROUP, (int)n, "read /proc/self/cgroup");
	f->v1.v = arena_array(a, V1_MAX, sizeof(*f->v1.v));
	for (line = text; n > 0 && *line && r == 0; line = next) {
		size_t len = strcspn(line, "\n");

		next = line + len + (line[len] == '\n');
		line[len] = '\0';
		r = probe_line(f, a, line, e);
	}
	return r;
}

/* May we make cgroups in it, and be moved below it? path is "/…". */
static bool writable(int mount, struct arena *a, const char *path)
{
	const char *dir = arena_printf(a, "./%s", path);

	return cgfs_writable(mount, dir) == 0 &&
	       cgfs_writable(mount, path_join(a, dir, "cgroup.procs")) == 0;
}

static bool socket_at(struct arena *a, const char *dir, const char *name)
{
	struct stat st;

	return dir && *dir == '/' && stat(path_join(a, dir, name), &st) == 0 &&
	       S_ISSOCK(st.st_mode);
}

int cgroup_probe(struct cgroup_facts *ret, struct arena *a, bool root, struct err *e)
{
	const char *run = getenv("XDG_RUNTIME_DIR"), *bus = getenv("DBUS_SESSION_BUS_ADDRESS");
	struct cgroup_facts f = {.root = root, .mount = ROOT};
	AUTO(close_fd) int mount = -1;
	struct statfs fs;
	const char *slash;
	int r = statfs(ROOT, &fs) < 0 ? -errno : 0;

	if (r < 0 && !is_absent(r))
		return err_sys(e, ERR_CGROUP, r, "look at '%s'", ROOT);
	f.unified = r == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
	if (!f.unified && !f.root) {
		/* beside v1 cgroup2 has no controllers; v1 itself is looked at when it is needed */
		f.mount = NULL;
		*ret = f;
		return 0;
	}
	if (!f.unified)
		f.mount = HYBRID;
	mount = cgfs_mount(f.mount, CGFS_V2);
	if (mount < 0 && !is_absent(mount))
		return err_sys(e, ERR_CGROUP, mount, "open '%s'", f.mount);
	if (mount < 0)
		f.mount = NULL;
	f.systemd = access("/run/systemd/system", F_OK) == 0;
	f.user_bus =
		(bus && *bus) || socket_at(a, run, "bus") || socket_at(a, run, "systemd/private");
	r = probe_self(&f, a, e);
	if (r < 0)
		return r;
	slash = f.own ? strrchr(f.own, '/') : NULL;
	if (mount >= 0 && slash) {
		f.root_writable = writable(mount, a, "");
		f.own_writable = f.own[1] ? writable(mount, a, f.own) : f.root_writable;
		f.parent_writable =
			f.own[1] &&
			(slash > f.own ? writable(mount, a,
						  arena_strndup(a, f.own, (size_t)(slash - f.own)))
				       : f.root_writable);
	}
	*ret = f;
	return 0;
}

/* May the caller make the cgroup of that path, or use the one that is there? */
static bool may_make(const struct cgroup_v1 *v1, struct arena *a, const char *path)
{
	AUTO(close_fd) int mount = cgfs_mount(v1->mount, CGFS_V1);
	char *above = arena_strdup(a, path), *slash;

	if (mount < 0)
		return false;
	if (faccessat(mount, above + 1, F_OK, 0) == 0)
		return writable(mount, a, above);
	while ((slash = strrchr(above, '/')) && slash > above) {
		*slash = '\0';
		if (faccessat(mount, above + 1, F_OK, 0) == 0)
			return cgfs_writable(mount, above + 1) == 0;
	}
	return cgfs_writable(mount, "") == 0;
}

int cgroup_probe_v1(struct cgroup_facts *f, struct arena *a, const char *path, struct err *e)
{
	const bool absolute = path && *path == '/';
	bool any = false;
	int r = probe_self(f, a, e);

	if (r < 0)
		return r;
	f->own = NULL;
	for (size_t i = 0; i < f->v1.n; i++) {
		struct cgroup_v1 *v1 = &f->v1.v[i];
		const char *made = absolute ? path_normalize(a, path) : path_join(a, v1->own, "x");

		/* one path for all of them: a relative one begins where the first is */
		if ((absolute || !any || !strcmp(v1->own, f->own)) && may_make(v1, a, made)) {
			any = true;
			f->own = f->own ? f->own : v1->own;
		} else {
			v1->mount = NULL;
		}
	}
	if (!any)
		f->v1.n = 0;
	return 0;
}
