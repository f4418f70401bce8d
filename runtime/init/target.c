/*
 * Where a mount, a device or a link goes: the directory that holds it.
 *
 * owns:     the parent that was used last
 * may use:  sys/rooted
 * must not: touch a path of the container but through the root fd
 *
 * Plans put many things into few directories (/dev, /sys/fs), so one cached parent saves most of
 * the opens. It is forgotten as soon as a mount may have covered it.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "runtime/init/init.h"
#include "runtime/sys/rooted.h"

/* The length of the directory part of an absolute path: 0 for things in the root itself. */
static size_t parent_len(const char *target)
{
	const char *slash = strrchr(target, '/');

	return slash ? (size_t)(slash - target) : 0;
}

static bool is_cached(const struct init *s, const char *target, size_t len)
{
	return s->parent.fd >= 0 && s->parent.len == len && !memcmp(s->parent.path, target, len);
}

int target_parent(struct init *s, const char *target, const char **ret_name)
{
	size_t len = parent_len(target);
	const char *name = target + len + (target[len] == '/');
	char dir[PATH_MAX];
	int fd;

	if (!*name)
		return -EBUSY;
	*ret_name = name;
	if (!len)
		return s->root;
	if (is_cached(s, target, len))
		return s->parent.fd;
	if (len >= sizeof(dir))
		return -ENAMETOOLONG;
	memcpy(dir, target, len);
	dir[len] = '\0';
	fd = rooted_open(s->root, dir, O_PATH | O_DIRECTORY, 0);
	if (fd < 0)
		return fd;
	s->parent.fd = fds_scratch(s, fd);
	s->parent.path = target;
	s->parent.len = len;
	return fd;
}

int target_make_parent(struct init *s, const char *target, const char **ret_name)
{
	int fd = target_parent(s, target, ret_name);

	if (fd != -ENOENT)
		return fd;
	fd = rooted_parent(s->root, target, 0755, ret_name);
	if (fd < 0)
		return fd;
	s->parent.fd = fds_scratch(s, fd);
	s->parent.path = target;
	s->parent.len = parent_len(target);
	return fd;
}

void target_mounted(struct init *s, const char *target)
{
	/* a mount on something in the directory does not cover the directory */
	if (!is_cached(s, target, parent_len(target)))
		s->parent.fd = -1;
}
