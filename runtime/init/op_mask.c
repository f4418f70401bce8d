/*
 * What the container must not see or not change.
 *
 * owns:     mask, readonly, root flags
 * may use:  sys/mnt, sys/rooted
 * must not: cover anything with a /dev/null that was not verified (CVE-2025-31133)
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <linux/mount.h>

#include "runtime/init/init.h"
#include "runtime/sys/mnt.h"
#include "runtime/sys/rooted.h"

int mask_prepare(struct init *s, struct err *e)
{
	struct stat st;
	int fd;

	if (s->null.tree >= 0)
		return 0;
	fd = mnt_clone(AT_FDCWD, "/dev/null", false, true);
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(e, ERR_MOUNT, fd < 0 ? fd : -errno, "open /dev/null");
	fds_scratch(s, fd);
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
		return err_set(e, ERR_MOUNT, "/dev/null is not the null device");
	s->null.tree = fd;
	return 0;
}

/* The empty directory: a file system without anything in it, read-only. */
static int make_empty(struct init *s, struct err *e)
{
	int fs, fd;

	if (s->empty.tree >= 0)
		return 0;
	fs = mnt_fs_open("tmpfs");
	if (fs < 0)
		return err_sys(e, ERR_MOUNT, fs, "make an empty directory");
	fd = mnt_fs_create(fds_scratch(s, fs), MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
						       MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	if (fd < 0)
		return err_sys(e, ERR_MOUNT, fd, "make an empty directory");
	s->empty.tree = fds_scratch(s, fd);
	return 0;
}

/* Attaches the cover, or a clone of it, to target. */
static int cover(struct init *s, struct cover *c, int target)
{
	int r;

	if (!c->attached) {
		r = mnt_attach(c->tree, target);
		c->attached = r == 0;
		return r;
	}
	if (c->spare < 0) {
		c->spare = mnt_clone(c->tree, NULL, false, false);
		if (c->spare < 0)
			return c->spare;
		fds_scratch(s, c->spare);
	}
	r = mnt_attach(c->spare, target);
	if (r == 0)
		c->spare = -1;
	return r;
}

/* The kernel says EINVAL when a file shall cover a directory, so the common case needs no stat. */
int run_mask(struct init *s, const struct op *op, struct err *e)
{
	const char *path = plan_str(s->plan, op->text.text);
	int target = rooted_open(s->root, path, O_PATH, 0), r;

	if (target == -ENOENT && op->flags & OP_OPTIONAL)
		return 0;
	if (target < 0)
		return err_sys(e, ERR_MOUNT, target, "mask %s", path);
	fds_scratch(s, target);
	r = mask_prepare(s, e);
	if (r < 0)
		return r;
	r = cover(s, &s->null, target);
	if (r == -EINVAL || r == -ENOTDIR) {
		r = make_empty(s, e);
		if (r < 0)
			return r;
		r = cover(s, &s->empty, target);
	}
	if (r < 0)
		return err_sys(e, ERR_MOUNT, r, "mask %s", path);
	target_mounted(s, path);
	return 0;
}

int run_readonly(struct init *s, const struct op *op, struct err *e)
{
	const char *path = plan_str(s->plan, op->text.text);
	int target = rooted_open(s->root, path, O_PATH, 0), tree, r;

	if (target == -ENOENT && op->flags & OP_OPTIONAL)
		return 0;
	if (target < 0)
		return err_sys(e, ERR_MOUNT, target, "make %s read-only", path);
	tree = mnt_clone(fds_scratch(s, target), NULL, true, false);
	if (tree < 0)
		return err_sys(e, ERR_MOUNT, tree, "make %s read-only", path);
	r = mnt_change(fds_scratch(s, tree), MOUNT_ATTR_RDONLY, 0, 0, true);
	if (r == 0)
		r = mnt_attach(tree, target);
	if (r < 0)
		return err_sys(e, ERR_MOUNT, r, "make %s read-only", path);
	target_mounted(s, path);
	return 0;
}

int run_root_flags(struct init *s, const struct op *op, struct err *e)
{
	const uint64_t propagation = op->root_flags.propagation;
	const bool recursive = propagation & MS_REC;
	int r;

	if (op->root_flags.readonly) {
		r = mnt_change(s->root, MOUNT_ATTR_RDONLY, 0, 0, false);
		if (r < 0)
			return err_sys(e, ERR_ROOTFS, r, "make the rootfs read-only");
	}
	if (propagation) {
		r = mnt_change(s->root, 0, 0, propagation & ~(uint64_t)MS_REC, recursive);
		if (r < 0)
			return err_sys(e, ERR_ROOTFS, r, "set the propagation of the rootfs");
	}
	return 0;
}
