/*
 * Paths below a root fd.
 *
 * owns:     nothing
 * may use:  base, sys/kernel
 * must not: join a root and a path as text; follow magic links; word errors
 */
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "runtime/sys/kernel.h"
#include "runtime/sys/rooted.h"

enum { LINKS_MAX = 40 /* as the kernel: path_resolution(7) */ };

/* What a missing last component becomes. */
struct making {
	bool file;
	mode_t mode;
	mode_t parent_mode;
};

int rooted_open(int root, const char *path, int flags, mode_t mode)
{
	return kernel_openat2(root, path, flags, mode, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

int rooted_open_nolinks(int root, const char *path, int flags, mode_t mode)
{
	return kernel_openat2(root, path, flags, mode, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS);
}

static int open_dir(int root, const char *path)
{
	return rooted_open(root, *path ? path : "/", O_PATH | O_DIRECTORY, 0);
}

/* Opens one component that was just made, and nothing else that took its place. */
static int open_fresh(int dir, const char *name, bool file)
{
	return kernel_openat2(dir, name, O_PATH | O_NOFOLLOW | (file ? 0 : O_DIRECTORY), 0,
			      RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
}

/*
 * path up to *at leads to a link that leads nowhere: rewrites path so that the text of the link
 * stands in its place. The text means what it means inside the root, since the whole new path is
 * resolved from the root again.
 */
static int splice_link(char path[PATH_MAX], size_t start, size_t end, const char *link, size_t n)
{
	char rest[PATH_MAX];
	const size_t tail = strlen(path + end);

	if (link[0] == '/')
		start = 0;
	if (start + n + tail >= PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(rest, path + end, tail + 1);
	memcpy(path + start, link, n);
	memcpy(path + start + n, rest, tail + 1);
	return 0;
}

/*
 * Makes the component path[start, end) in dir and opens it. When a link that leads nowhere has that
 * name, rewrites path and returns -ESTALE: resolve again.
 */
static int make_one(int root, int dir, char path[PATH_MAX], size_t start, size_t end,
		    const struct making *m)
{
	const bool last = !path[end + strspn(path + end, "/")];
	const bool file = last && m->file;
	const char kept = path[end];
	char link[PATH_MAX];
	char *name = path + start;
	ssize_t n = -1;
	int r;

	path[end] = '\0';
	if (!strcmp(name, "..")) {
		r = open_dir(root, path);
		path[end] = kept;
		return r;
	}
	if (file)
		r = kernel_result(mknodat(dir, name, S_IFREG | m->mode, 0));
	else
		r = kernel_result(mkdirat(dir, name, last ? m->mode : m->parent_mode));
	if (r == -EEXIST)
		n = readlinkat(dir, name, link, sizeof(link));
	if (n < 0 && (!r || r == -EEXIST))
		r = open_fresh(dir, name, file);
	path[end] = kept;
	if (n < 0)
		return r;
	if (n == sizeof(link))
		return -ENAMETOOLONG;
	r = splice_link(path, start, end, link, (size_t)n);
	return r < 0 ? r : -ESTALE;
}

/*
 * Opens the longest part of path that is there, cutting components off its end. *ret_end is its
 * length. The descriptor or a negative errno.
 */
static int open_existing(int root, char path[PATH_MAX], size_t *ret_end)
{
	size_t end = strlen(path);

	while (end) {
		char kept;
		int fd;

		while (end && path[end - 1] == '/')
			end--;
		while (end && path[end - 1] != '/')
			end--;
		kept = path[end];
		path[end] = '\0';
		fd = open_dir(root, path);
		path[end] = kept;
		if (fd != -ENOENT) {
			*ret_end = end;
			return fd;
		}
	}
	return -ENOENT;
}

/* Makes what is missing of path, once. -ESTALE: path was rewritten, resolve again. */
static int make_missing(int root, char path[PATH_MAX], const struct making *m)
{
	AUTO(close_fd) int dir = -1;
	size_t at;

	dir = open_existing(root, path, &at);
	if (dir < 0)
		return dir;
	for (at += strspn(path + at, "/"); path[at]; at += strspn(path + at, "/")) {
		size_t end = at + strcspn(path + at, "/");
		int fd = make_one(root, dir, path, at, end, m);

		if (fd < 0)
			return fd;
		close(dir);
		dir = fd;
		at = end;
	}
	return take_fd(&dir);
}

static int open_or_make(int root, const char *path, const struct making *m)
{
	const int flags = O_PATH | (m->file ? 0 : O_DIRECTORY);
	char work[PATH_MAX];
	size_t n;
	int fd;

	fd = rooted_open(root, path, flags, 0);
	if (fd != -ENOENT)
		return fd;
	n = strlen(path);
	if (!n || n >= sizeof(work))
		return n ? -ENAMETOOLONG : -ENOENT;
	memcpy(work, path, n + 1);
	for (int links = 0; links <= LINKS_MAX; links++) {
		fd = make_missing(root, work, m);
		if (fd != -ESTALE)
			return fd;
		fd = rooted_open(root, work, flags, 0);
		if (fd != -ENOENT)
			return fd;
	}
	return -ELOOP;
}

int rooted_parent(int root, const char *path, mode_t mode, const char **ret_name)
{
	const struct making m = {.mode = mode, .parent_mode = mode};
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	char parent[PATH_MAX] = "/";
	int fd;

	if (!path[strspn(path, "/")])
		return *path ? -EBUSY : -ENOENT;
	if (!*name || !strcmp(name, ".") || !strcmp(name, ".."))
		return -EINVAL;
	if (name - path >= (ptrdiff_t)sizeof(parent))
		return -ENAMETOOLONG;
	if (name - path > 1) {
		memcpy(parent, path, (size_t)(name - path));
		parent[name - path] = '\0';
	}
	fd = open_or_make(root, parent, &m);
	if (fd >= 0)
		*ret_name = name;
	return fd;
}

int rooted_make(int root, const char *path, bool file, mode_t mode)
{
	const struct making m = {.file = file, .mode = mode, .parent_mode = 0755};

	return open_or_make(root, path, &m);
}
