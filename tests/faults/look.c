#include "tests/faults/look.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/faults/trace.h"

static void add(struct names *names, const char *dir, const char *name)
{
	char *path;

	if (names->n == names->room) {
		names->room = names->room ? names->room * 2 : 256;
		names->v = realloc(names->v, names->room * sizeof(*names->v));
		if (!names->v)
			die("out of memory", dir);
	}
	if (asprintf(&path, "%s/%s", dir, name) < 0)
		die("out of memory", dir);
	names->v[names->n++] = path;
}

/* What vanishes while it is looked at is not there. */
static void collect(struct names *names, const char *path)
{
	DIR *d = opendir(path);

	if (!d)
		return;
	for (struct dirent *entry = readdir(d); entry; entry = readdir(d)) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		add(names, path, entry->d_name);
		if (entry->d_type == DT_DIR)
			collect(names, names->v[names->n - 1]);
	}
	closedir(d);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void look_below(struct names *ret, const char *dir)
{
	*ret = (struct names){0};
	collect(ret, dir);
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), compare);
}

void look_free(struct names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->v[i]);
	free(names->v);
	*names = (struct names){0};
}

const char *look_new(const struct names *a, const struct names *b)
{
	for (size_t i = 0; i < a->n; i++)
		if (!b->n || !bsearch(&a->v[i], b->v, b->n, sizeof(*b->v), compare))
			return a->v[i];
	return NULL;
}

static const char *find_cgroup(const char *path, const char *word, char *ret, size_t size)
{
	DIR *d = opendir(path);
	const char *found = NULL;

	if (!d)
		return NULL;
	for (struct dirent *entry = readdir(d); entry && !found; entry = readdir(d)) {
		char below[4096];

		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		snprintf(below, sizeof(below), "%s/%s", path, entry->d_name);
		if (strstr(entry->d_name, word)) {
			snprintf(ret, size, "%s", below);
			found = ret;
		} else {
			found = find_cgroup(below, word, ret, size);
		}
	}
	closedir(d);
	return found;
}

const char *look_cgroup(const char *word)
{
	static char found[4096];

	return find_cgroup("/sys/fs/cgroup", word, found, sizeof(found));
}

size_t look_text(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t n = 0;
	ssize_t r = 1;

	while (fd >= 0 && n < size - 1 && r > 0) {
		r = read(fd, buf + n, size - 1 - n);
		n += r > 0 ? (size_t)r : 0;
	}
	if (fd >= 0)
		close(fd);
	buf[n] = '\0';
	return n;
}

bool look_mounted(const char *word)
{
	static char text[1 << 20];

	look_text("/proc/self/mountinfo", text, sizeof(text));
	return strstr(text, word) != NULL;
}
