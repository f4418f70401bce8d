/*
 * Device nodes, fifos and symbolic links.
 *
 * owns:     mknod, symlink
 * may use:  target.c, sys/procfs
 * must not: follow a link in the last component; name what it changes; change the owner or mode of
 * what it did not make
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "runtime/base/fmt.h"
#include "runtime/init/init.h"
#include "runtime/sys/procfs.h"

/*
 * Opens the node (O_PATH) and nothing that a link at its place leads to: it must be the device that
 * was asked for (config-linux.md "Devices"), whoever made it. On a shared volume it may have been
 * swapped since.
 */
static int open_node(struct init *s, int dir, const char *name, const struct op *op,
		     struct stat *ret, struct err *e)
{
	const char *target = plan_str(s->plan, op->mknod.target);
	const dev_t dev = makedev(op->mknod.major, op->mknod.minor);
	const mode_t type = op->mknod.mode & S_IFMT;
	int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 || fstat(fds_scratch(s, fd), ret) < 0)
		return err_sys(e, ERR_DEVICE, -errno, "look at %s", target);
	if ((ret->st_mode & S_IFMT) == type && (type == S_IFIFO || ret->st_rdev == dev))
		return fd;
	return err_set(e, ERR_DEVICE, "make device %s: something else is there in the image",
		       target);
}

/* chmod(2) of an O_PATH descriptor has no call of its own before Linux 6.6. */
static int change_mode(struct init *s, int fd, mode_t mode, const char *target, struct err *e)
{
	int proc = init_procfs(s, ERR_DEVICE, e), dir;
	char path[32];

	if (proc < 0)
		return proc;
	dir = init_open_own(s, proc, "fd", O_PATH | O_DIRECTORY);
	if (dir < 0)
		return err_sys(e, ERR_DEVICE, dir, "open /proc/self/fd");
	fmt_buf(path, sizeof(path), "%d", fd);
	if (fchmodat(dir, path, mode, 0) < 0)
		return err_sys(e, ERR_DEVICE, -errno, "set the mode of %s", target);
	return 0;
}

int run_mknod(struct init *s, const struct op *op, struct err *e)
{
	const char *target = plan_str(s->plan, op->mknod.target), *name;
	const mode_t mode = op->mknod.mode & 07777;
	int dir = target_make_parent(s, target, &name), fd, r;
	struct stat st;

	if (dir < 0)
		return err_sys(e, ERR_DEVICE, dir, "make device %s", target);
	r = mknodat(dir, name, op->mknod.mode, makedev(op->mknod.major, op->mknod.minor));
	if (r < 0 && errno != EEXIST) {
		err_sys(e, ERR_DEVICE, -errno, "make device %s", target);
		return err_hint(e, -e->num, "device nodes need CAP_MKNOD on the host");
	}
	fd = open_node(s, dir, name, op, &st, e);
	/* what was there keeps its owner and mode */
	if (fd < 0 || r < 0)
		return fd < 0 ? fd : 0;
	if (fchownat(fd, "", op->mknod.uid, op->mknod.gid, AT_EMPTY_PATH) < 0)
		return err_sys(e, ERR_DEVICE, -errno, "set the owner of %s", target);
	/* an access control list of the directory may have taken bits away */
	return (st.st_mode & 07777) == mode ? 0 : change_mode(s, fd, mode, target, e);
}

int run_symlink(struct init *s, const struct op *op, struct err *e)
{
	const char *target = plan_str(s->plan, op->symlink.target), *name;
	const char *text = plan_str(s->plan, op->symlink.text);
	int dir = target_make_parent(s, target, &name);
	char old[PATH_MAX];
	ssize_t n;

	if (dir < 0)
		return err_sys(e, ERR_DEVICE, dir, "make link %s", target);
	if (symlinkat(text, dir, name) == 0)
		return 0;
	if (errno != EEXIST)
		return err_sys(e, ERR_DEVICE, -errno, "make link %s", target);
	n = readlinkat(dir, name, old, sizeof(old));
	if (n >= 0 && (size_t)n == strlen(text) && !memcmp(old, text, (size_t)n))
		return 0;
	/* the image has something else there: replaced, whatever it leads to */
	if (unlinkat(dir, name, 0) < 0)
		return err_sys(e, ERR_DEVICE, -errno, "replace %s", target);
	if (symlinkat(text, dir, name) < 0)
		return err_sys(e, ERR_DEVICE, -errno, "make link %s", target);
	return 0;
}
