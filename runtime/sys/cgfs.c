/*
 * owns:     how the files of a cgroup are opened, read, written and waited for
 * may use:  base
 * must not: know what a value means
 */
#include "runtime/sys/cgfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>

#include "runtime/base/fmt.h"
#include "runtime/base/io.h"

enum {
	FILE_SIZE = 4096, /* of the small files that are looked into */
	DEPTH_MAX = 64, /* of cgroups below one another, against a tree that grows while we walk */
	NAME_SIZE = 256,
};

int cgfs_mount(const char *path, enum cgfs_version version)
{
	AUTO(close_fd) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;

	if (fd < 0)
		return -errno;
	if (fstatfs(fd, &fs) < 0)
		return -errno;
	if ((uint64_t)fs.f_type != (version == CGFS_V2 ? CGROUP2_SUPER_MAGIC : CGROUP_SUPER_MAGIC))
		return -ENODEV;
	return take_fd(&fd);
}

static int open_below(int dir, const char *path, uint64_t flags)
{
	struct open_how how = {
		.flags = flags | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};
	int fd = (int)syscall(SYS_openat2, dir, *path ? path : ".", &how, sizeof(how));

	return fd < 0 ? -errno : fd;
}

int cgfs_open(int dir, const char *path)
{
	return open_below(dir, path, O_RDONLY | O_DIRECTORY);
}

/* The next component of *path into name; false at the end, -1 for one that cannot be. */
static int next_component(const char **path, char *name)
{
	const char *p = *path + strspn(*path, "/");
	size_t n = strcspn(p, "/");

	if (!n)
		return 0;
	if (n >= NAME_SIZE || (n == 2 && !memcmp(p, "..", 2)))
		return -EINVAL;
	memcpy(name, p, n);
	name[n] = '\0';
	*path = p + n;
	return 1;
}

static void remove_made(int dir, const char *path, uint32_t keep, uint32_t made)
{
	char prefix[FILE_SIZE], name[NAME_SIZE];
	size_t len = 0;
	uint32_t i;

	if (!made)
		return;
	/* The path of the deepest directory made, then up again. */
	for (i = 0; i < keep + made && next_component(&path, name) > 0; i++)
		len += fmt_buf(prefix + len, sizeof(prefix) - len, "%s%s", len ? "/" : "", name);
	while (made--) {
		char *slash;

		if (unlinkat(dir, prefix, AT_REMOVEDIR) < 0)
			return;
		slash = strrchr(prefix, '/');
		if (!slash)
			return;
		*slash = '\0';
	}
}

int cgfs_make(int dir, const char *path, uint32_t *ret_made)
{
	AUTO(close_fd) int at = cgfs_open(dir, "");
	const char *rest = path;
	char name[NAME_SIZE];
	uint32_t kept = 0, made = 0;
	int r;

	if (at < 0)
		return at;
	if (strlen(path) >= FILE_SIZE)
		return -ENAMETOOLONG;
	while ((r = next_component(&rest, name)) > 0) {
		int next;

		if (mkdirat(at, name, 0755) == 0)
			made++;
		else if (errno == EEXIST)
			kept++;
		else
			r = -errno;
		next = r < 0 ? r : cgfs_open(at, name);
		if (next < 0) {
			r = next;
			break;
		}
		close(at);
		at = next;
	}
	if (r < 0) {
		remove_made(dir, path, kept, made);
		return r;
	}
	*ret_made = made;
	return take_fd(&at);
}

static int remove_at(int dir, const char *path, int depth);

/* Calls fn for every cgroup right below dir, until it returns something else than 0. */
static int each_child(int dir, int (*fn)(int dir, const char *name, void *data), void *data)
{
	int fd = cgfs_open(dir, ""), r = 0;
	struct dirent *d;
	DIR *all;

	if (fd < 0)
		return fd;
	all = fdopendir(fd);
	if (!all) {
		r = -errno;
		close(fd);
		return r;
	}
	while (!r && (d = readdir(all)))
		if (d->d_type == DT_DIR && strcmp(d->d_name, ".") && strcmp(d->d_name, ".."))
			r = fn(dir, d->d_name, data);
	closedir(all);
	return r;
}

static int remove_child(int dir, const char *name, void *depth)
{
	return remove_at(dir, name, *(int *)depth);
}

static int remove_at(int dir, const char *path, int depth)
{
	AUTO(close_fd) int fd = -1;
	int r;

	if (unlinkat(dir, path, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	if (errno != EBUSY || !depth)
		return -errno;
	/* It has cgroups of its own, or a process. Only the former can be helped. */
	fd = cgfs_open(dir, path);
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	depth--;
	r = each_child(fd, remove_child, &depth);
	if (r < 0)
		return r;
	return unlinkat(dir, path, AT_REMOVEDIR) < 0 && errno != ENOENT ? -errno : 0;
}

int cgfs_remove_one(int dir, const char *path)
{
	return unlinkat(dir, path, AT_REMOVEDIR) < 0 && errno != ENOENT ? -errno : 0;
}

int cgfs_remove_below(int dir)
{
	int depth = DEPTH_MAX;

	return each_child(dir, remove_child, &depth);
}

int cgfs_writable(int dir, const char *file)
{
	return faccessat(dir, file, W_OK, AT_EACCESS) < 0 ? -errno : 0;
}

int cgfs_write(int dir, const char *file, const char *text)
{
	AUTO(close_fd) int fd = openat(dir, file, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return -errno;
	return write(fd, text, strlen(text)) < 0 ? -errno : 0;
}

ssize_t cgfs_read(int dir, const char *file, char *buf, size_t size)
{
	AUTO(close_fd) int fd = openat(dir, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = io_read_full(fd, buf, size - 1);
	if (n < 0)
		return n;
	if (n && buf[n - 1] == '\n')
		n--;
	buf[n] = '\0';
	return n;
}

int cgfs_read_u64(int dir, const char *file, uint64_t *ret)
{
	char buf[64];
	ssize_t n = cgfs_read(dir, file, buf, sizeof(buf));

	if (n < 0)
		return (int)n;
	if (!strcmp(buf, "max")) {
		*ret = UINT64_MAX;
		return 0;
	}
	return io_parse_u64(buf, UINT64_MAX, ret) ? 0 : -EBADMSG;
}

/* The number in the line "KEY N" of text. */
static int find_key(const char *text, const char *key, uint64_t *ret)
{
	size_t n = strlen(key);

	for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
		if (strncmp(text, key, n) || text[n] != ' ')
			continue;
		text += n + 1;
		return io_parse_u64_n(text, strcspn(text, "\n"), UINT64_MAX, ret) ? 0 : -EBADMSG;
	}
	return -ENODATA;
}

int cgfs_read_key(int dir, const char *file, const char *key, uint64_t *ret)
{
	char buf[FILE_SIZE];
	ssize_t n = cgfs_read(dir, file, buf, sizeof(buf));

	return n < 0 ? (int)n : find_key(buf, key, ret);
}

int cgfs_has_word(int dir, const char *file, const char *word)
{
	char buf[FILE_SIZE], *p = buf;
	ssize_t n = cgfs_read(dir, file, buf, sizeof(buf));
	size_t len = strlen(word);

	if (n < 0)
		return (int)n;
	for (; *p; p += strcspn(p, " \n"), p += strspn(p, " \n"))
		if (!strncmp(p, word, len) && (!p[len] || strchr(" \n", p[len])))
			return 1;
	return 0;
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int cgfs_wait_event(int dir, const char *key, uint64_t v, int timeout_ms)
{
	AUTO(close_fd) int fd = openat(dir, "cgroup.events", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	int64_t end = now_ms() + timeout_ms;
	struct pollfd p = {.fd = fd, .events = POLLPRI};

	if (fd < 0)
		return -errno;
	for (;;) {
		char buf[FILE_SIZE];
		/* Reading arms the notification (kernfs): what changes from here on wakes the poll.
		 */
		ssize_t n = pread(fd, buf, sizeof(buf) - 1, 0);
		int64_t left = end - now_ms();
		uint64_t is;
		int r;

		if (n < 0)
			return -errno;
		buf[n] = '\0';
		r = find_key(buf, key, &is);
		if (r < 0 || is == v)
			return r;
		if (left <= 0)
			return -ETIMEDOUT;
		if (poll(&p, 1, (int)left) < 0 && errno != EINTR)
			return -errno;
	}
}

struct pid_walk {
	int (*fn)(pid_t pid, void *data);
	void *data;
	int depth;
};

static int pids_of(int dir, struct pid_walk *w)
{
	AUTO(close_fd) int fd = openat(dir, "cgroup.procs", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char buf[FILE_SIZE];
	size_t have = 0;

	if (fd < 0)
		return -errno;
	for (;;) {
		ssize_t n = read(fd, buf + have, sizeof(buf) - have);
		char *line = buf, *end;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) /* a threaded cgroup: its processes are listed above it */
			return errno == EOPNOTSUPP ? 0 : -errno;
		have += (size_t)n;
		while ((end = memchr(line, '\n', have - (size_t)(line - buf)))) {
			uint64_t pid;
			int r;

			if (!io_parse_u64_n(line, (size_t)(end - line), INT32_MAX, &pid))
				return -EBADMSG;
			r = pid ? w->fn((pid_t)pid, w->data) : 0; /* 0: of an outer pid namespace */
			if (r)
				return r;
			line = end + 1;
		}
		have -= (size_t)(line - buf);
		memmove(buf, line, have);
		if (!n)
			return 0;
	}
}

static int pids_below(int dir, const char *name, void *walk)
{
	AUTO(close_fd) int fd = cgfs_open(dir, name);
	struct pid_walk *w = walk;
	int r;

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	r = pids_of(fd, w);
	if (r == 0 && w->depth) {
		w->depth--;
		r = each_child(fd, pids_below, w);
		w->depth++;
	}
	/* It was removed meanwhile: nobody is in it. */
	return r == -ENODEV || r == -ENOENT ? 0 : r;
}

int cgfs_each_pid(int dir, int (*fn)(pid_t pid, void *data), void *data)
{
	struct pid_walk w = {.fn = fn, .data = data, .depth = DEPTH_MAX};

	return pids_below(dir, "", &w);
}
