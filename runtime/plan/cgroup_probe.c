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

/* A v1 hierarchy is mounted by its controllers' names, in either order, or by its own name. */
static const char *find_v1_mount(struct arena *a, const char *controllers)
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

		if (fd >= 0)
			return mount;
	}
	return NULL;
}

/* One line "HIERARCHY:CONTROLLERS:PATH" of /proc/self/cgroup. */
static void probe_line(struct cgroup_facts *f, struct arena *a, char *line)
{
	char *controllers = strchr(line, ':'), *path;
	struct cgroup_v1 *v1;

	path = controllers ? strchr(controllers + 1, ':') : NULL;
	if (!path)
		return;
	*path++ = '\0';
	controllers++;
	if (!*controllers) {
		f->own = arena_strdup(a, path);
		return;
	}
	if (!f->root || f->unified || f->v1.n == V1_MAX)
		return; /* v1 is for root alone */
	v1 = &f->v1.v[f->v1.n];
	v1->controllers = arena_strdup(a, controllers);
	v1->mount = find_v1_mount(a, v1->controllers);
	v1->own = arena_strdup(a, path);
	f->v1.n += v1->mount != NULL;
}

static void probe_self(struct cgroup_facts *f, struct arena *a)
{
	AUTO(close_fd) int fd = open("/proc/self/cgroup", O_RDONLY | O_CLOEXEC);
	char *text = arena_alloc(a, CGROUP_FILE_SIZE), *line, *next;
	ssize_t n;

	if (fd < 0)
		return;
	n = io_read_full(fd, text, CGROUP_FILE_SIZE - 1);
	f->v1.v = arena_array(a, V1_MAX, sizeof(*f->v1.v));
	for (line = text; n > 0 && *line; line = next) {
		size_t len = strcspn(line, "\n");

		next = line + len + (line[len] == '\n');
		line[len] = '\0';
		probe_line(f, a, line);
	}
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

void cgroup_probe(struct cgroup_facts *ret, struct arena *a, bool root)
{
	const char *run = getenv("XDG_RUNTIME_DIR"), *bus = getenv("DBUS_SESSION_BUS_ADDRESS");
	struct cgroup_facts f = {.root = root, .mount = ROOT};
	AUTO(close_fd) int mount = -1;
	struct statfs fs;
	const char *slash;

	f.unified = statfs(ROOT, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
	if (!f.unified && !f.root) {
		/* v1 is for root alone, and beside it cgroup2 has no controllers: nothing to find
		 */
		f.mount = NULL;
		*ret = f;
		return;
	}
	if (!f.unified)
		f.mount = HYBRID;
	mount = cgfs_mount(f.mount, CGFS_V2);
	if (mount < 0)
		f.mount = NULL;
	f.systemd = access("/run/systemd/system", F_OK) == 0;
	f.user_bus =
		(bus && *bus) || socket_at(a, run, "bus") || socket_at(a, run, "systemd/private");
	probe_self(&f, a);
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
}
