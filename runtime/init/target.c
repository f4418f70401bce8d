/*
 * Where a mount, a device or a link goes: the directory that holds it.
 *
 * owns:     the parents that were used last
 * may use:  sys/rooted
 * must not: touch a path of the container but through the root fd
 *
 * Plans put many things into few directories (/dev, /proc), so keeping these open saves most of the
 * lookups. Only what was reached without following a link is kept: then paths can be compared as
 * text to see what a mount covers.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/vfs.h>

#include <linux/magic.h>

#include "runtime/init/init.h"
#include "runtime/sys/rooted.h"

/* The length of the directory part of an absolute path: 0 for things in the root itself. */
static size_t parent_len(const char *target)
{
	const char *slash = strrchr(target, '/');

	return slash ? (size_t)(slash - target) : 0;
}

static struct parent *find(struct init *s, const char *target, size_t len)
{
	for (size_t i = 0; i < PARENTS; i++) {
		struct parent *p = &s->parents[i];

		if (p->fd >= 0 && p->len == len && !memcmp(p->path, target, len))
			return p;
	}
	return NULL;
}

int target_parent(struct init *s, const char *target, const char **ret_name)
{
	size_t len = parent_len(target);
	const char *name = target + len + (target[len] == '/');
	const struct parent *known = find(s, target, len);
	char dir[PATH_MAX];
	int fd;

	if (!*name)
		return -EBUSY;
	*ret_name = name;
	if (!len)
		return s->root;
	if (known)
		return known->fd;
	if (len >= sizeof(dir))
		return -ENAMETOOLONG;
	memcpy(dir, target, len);
	dir[len] = '\0';
	fd = rooted_open_nolinks(s->root, dir, O_PATH | O_DIRECTORY, 0);
	if (fd == -ELOOP) {
		fd = rooted_open(s->root, dir, O_PATH | O_DIRECTORY, 0);
		return fd < 0 ? fd : fds_scratch(s, fd);
	}
	if (fd < 0)
		return fd;
	s->parents[s->parent_next++ % PARENTS] =
		(struct parent){.fd = fds_scratch(s, fd), .path = target, .len = len};
	return fd;
}

int target_make_parent(struct init *s, const char *target, const char **ret_name)
{
	int fd = target_parent(s, target, ret_name);

	if (fd != -ENOENT)
		return fd;
	fd = rooted_parent(s->root, target, 0755, ret_name);
	return fd < 0 ? fd : fds_scratch(s, fd);
}

bool target_is_procfs(struct init *s, int dir)
{
	struct parent *p = s->parents;
	struct statfs fs;

	while (p < s->parents + PARENTS && p->fd != dir)
		p++;
	if (p == s->parents + PARENTS)
		return false;
	if (p->fs == FS_UNKNOWN) {
		p->fs = FS_OTHER;
		if (fstatfs(dir, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC)
			p->fs = FS_PROC;
	}
	return p->fs == FS_PROC;
}

void target_covered(struct init *s, const char *target)
{
	const size_t len = strlen(target);

	for (struct parent *p = s->parents; p < s->parents + PARENTS; p++)
		if (p->len >= len && !memcmp(p->path, target, len) &&
		    (p->len == len || p->path[len] == '/'))
			p->fd = -1;
}

void target_mounted(struct init *s, const char *target)
{
	if (target && (!parent_len(target) || find(s, target, parent_len(target)))) {
		target_covered(s, target);
		return;
	}
	for (size_t i = 0; i < PARENTS; i++)
		s->parents[i].fd = -1;
}

int target_enter(struct init *s, int dir)
{
	if (dir == s->cwd)
		return 0;
	if (fchdir(dir) < 0)
		return -errno;
	s->cwd = dir;
	return 0;
}
