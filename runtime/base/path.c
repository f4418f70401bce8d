/*
 * Paths as text.
 *
 * owns:     nothing
 * may use:  libc string functions, base/arena
 * must not: call the kernel
 */
#include <string.h>

#include "runtime/base/path.h"

char *path_normalize(struct arena *a, const char *path)
{
	char *out = arena_alloc(a, strlen(path) + 2);
	size_t n = 0;

	while (*path) {
		size_t len = strcspn(path, "/");

		if (len == 2 && path[0] == '.' && path[1] == '.') {
			while (n && out[--n] != '/')
				continue;
		} else if (len && !(len == 1 && path[0] == '.')) {
			out[n++] = '/';
			memcpy(out + n, path, len);
			n += len;
		}
		path += len;
		path += strspn(path, "/");
	}
	if (!n)
		out[n++] = '/';
	out[n] = '\0';
	return out;
}

char *path_join(struct arena *a, const char *dir, const char *name)
{
	size_t n = strlen(dir);

	return arena_printf(a, "%s%s%s", dir, n && dir[n - 1] == '/' ? "" : "/", name);
}

bool path_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	if (n == 1 && dir[0] == '/')
		return path[0] == '/';
	return !strncmp(path, dir, n) && (path[n] == '\0' || path[n] == '/');
}

const char *path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool path_climbs(const char *path)
{
	for (; *path; path += strcspn(path, "/"), path += strspn(path, "/"))
		if (strcspn(path, "/") == 2 && !strncmp(path, "..", 2))
			return true;
	return false;
}
