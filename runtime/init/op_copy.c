/*
 * tmpcopyup: a tmpfs begins with what it is going to cover.
 *
 * owns:     copying a tree
 * may use:  sys/rooted
 * must not: follow a link below the directory that is copied
 *
 * Modes, owners, times, links, fifos and, where mknod(2) may, devices. An owner that is not mapped
 * becomes us. No malloc: each level has its own buffer, the depth is bounded.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include "runtime/init/init.h"
#include "runtime/sys/kernel.h"
#include "runtime/sys/rooted.h"

enum { DEPTH_MAX = 128, CHUNK = 1 << 20 };

/* One copy under way: which entry it is that fails. */
struct copying {
	char name[NAME_MAX + 1];
};

static int copy_dir(struct copying *c, int from, int to, int depth);

/* An id that is not mapped cannot be given to anything. */
static int own(int dir, const char *name, const struct stat *st)
{
	int r = kernel_result(
		fchownat(dir, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH));

	return r == -EINVAL || r == -EPERM ? 0 : r;
}

static int copy_times(int dir, const char *name, const struct stat *st)
{
	const struct timespec times[] = {st->st_atim, st->st_mtim};

	return kernel_result(utimensat(dir, name, times, AT_SYMLINK_NOFOLLOW));
}

static int copy_file(int from, int to, const char *name)
{
	AUTO(close_fd) int in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	AUTO(close_fd)
	int out = in < 0 ? -1
			 : openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (mode_t)0600);
	ssize_t n;

	if (in < 0 || out < 0)
		return -errno;
	do
		n = sendfile(out, in, NULL, CHUNK);
	while (n > 0);
	return n < 0 ? -errno : 0;
}

static int copy_link(int from, int to, const char *name)
{
	char text[PATH_MAX];
	ssize_t n = readlinkat(from, name, text, sizeof(text));

	if (n < 0 || n == sizeof(text))
		return n < 0 ? -errno : -ENAMETOOLONG;
	text[n] = '\0';
	return kernel_result(symlinkat(text, to, name));
}

static int copy_below(struct copying *c, int from, int to, const char *name, int depth)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	AUTO(close_fd) int in = -1;
	AUTO(close_fd) int out = -1;

	if (mkdirat(to, name, 0700) < 0)
		return -errno;
	in = openat(from, name, flags);
	out = in < 0 ? -1 : openat(to, name, flags);
	return in < 0 || out < 0 ? -errno : copy_dir(c, in, out, depth + 1);
}

static int copy_one(struct copying *c, int from, int to, const char *name, int depth)
{
	struct stat st;
	int r = kernel_result(fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW));

	if (r < 0)
		return r;
	if (S_ISDIR(st.st_mode))
		r = copy_below(c, from, to, name, depth);
	else if (S_ISREG(st.st_mode))
		r = copy_file(from, to, name);
	else if (S_ISLNK(st.st_mode))
		r = copy_link(from, to, name);
	else
		r = kernel_result(mknodat(to, name, st.st_mode, st.st_rdev));
	if (r == 0)
		r = own(to, name, &st);
	/* behind the owner: a change of that clears set-user-ID */
	if (r == 0 && !S_ISLNK(st.st_mode))
		r = kernel_result(fchmodat(to, name, st.st_mode & 07777, 0));
	return r < 0 ? r : copy_times(to, name, &st);
}

static int copy_dir(struct copying *c, int from, int to, int depth)
{
	char buf[2048] __attribute__((aligned(8)));
	long n;

	if (depth > DEPTH_MAX)
		return -ELOOP;
	while ((n = syscall(SYS_getdents64, from, buf, sizeof(buf))) > 0) {
		for (long at = 0; at < n;) {
			const struct dirent *d = (const void *)(buf + at);
			int r;

			at += d->d_reclen;
			if (!strcmp(d->d_name, ".") || !strcmp(d->d_name, ".."))
				continue;
			r = copy_one(c, from, to, d->d_name, depth);
			if (r < 0 && !c->name[0])
				memcpy(c->name, d->d_name, strlen(d->d_name) + 1);
			if (r < 0)
				return r;
		}
	}
	return n < 0 ? -errno : 0;
}

/* The mode of the directory itself is the config's to say. */
bool copy_says_mode(const struct init *s, struct plist options)
{
	for (uint32_t i = 0; i < options.n; i++)
		if (!strncmp(plan_list(s->plan, options, i), "mode=", strlen("mode=")))
			return true;
	return false;
}

int copy_up(struct init *s, const struct op *op, int mount, struct err *e)
{
	const char *target = plan_str(s->plan, op->mount.target);
	struct copying c = {.name = ""};
	AUTO(close_fd) int from = rooted_open(s->root, target, O_RDONLY | O_DIRECTORY, 0);
	struct stat st;
	int r;

	if (from == -ENOENT)
		return 0;
	r = from < 0 ? from : kernel_result(fstat(from, &st));
	if (r == 0)
		r = copy_dir(&c, from, mount, 0);
	if (r < 0)
		return err_sys(e, ERR_MOUNT, r, "copy %s into its tmpfs%s%s", target,
			       c.name[0] ? ": " : "", c.name);
	r = own(mount, "", &st);
	if (r == 0 && !copy_says_mode(s, op->mount.options))
		r = kernel_result(fchmodat(mount, ".", st.st_mode & 07777, 0));
	return r < 0 ? err_sys(e, ERR_MOUNT, r, "make %s like what it covers", target) : 0;
}
