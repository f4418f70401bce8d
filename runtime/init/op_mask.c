/*
 * What the container must not see or not change.
 *
 * owns:     mask, readonly, root flags
 * may use:  sys/mnt, sys/rooted
 * must not: cover anything with a /dev/null that was not verified (CVE-2025-31133)
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
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
static int make_empty(struct init *s)
{
	int fs, fd;

	if (s->empty.tree >= 0)
		return 0;
	fs = mnt_fs_open("tmpfs");
	if (fs < 0)
		return fs;
	fd = mnt_fs_create(fds_scratch(s, fs), MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
						       MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	if (fd < 0)
		return fd;
	s->empty.tree = fds_scratch(s, fd);
	return 0;
}

/* Where a path of the container is. */
struct place {
	int fd; /* what is there; -1: the name in dir says it */
	int dir;
	const char *name;
	bool linked; /* links led there */
};

/*
 * Finds path. Directly below procfs a name is enough: no link of the image is there, and an open
 * for each of many paths is saved; whether it exists shows when it is used. Anywhere else links are
 * followed inside the root.
 */
static int find(struct init *s, const char *path, struct place *ret)
{
	int fd;

	*ret = (struct place){.fd = -1, .dir = -1};
	if (!strncmp(path, "/proc/", strlen("/proc/"))) {
		ret->dir = target_parent(s, path, &ret->name);
		if (ret->dir < 0)
			return ret->dir;
		if (target_is_procfs(s, ret->dir))
			return 0;
	}
	fd = rooted_open_nolinks(s->root, path, O_PATH, 0);
	ret->linked = fd == -ELOOP;
	if (ret->linked)
		fd = rooted_open(s->root, path, O_PATH, 0);
	if (fd < 0)
		return fd;
	ret->fd = fds_scratch(s, fd);
	return 0;
}

/* Something was attached there. */
static void covered(struct init *s, const char *path, const struct place *p)
{
	if (p->linked)
		target_mounted(s, NULL);
	else
		target_covered(s, path);
}

static int attach(int tree, const struct place *p)
{
	return p->fd >= 0 ? mnt_attach(tree, p->fd) : mnt_attach_at(tree, p->dir, p->name);
}

/* Attaches the cover, or a clone of it. */
static int cover(struct init *s, struct cover *c, const struct place *p)
{
	int r;

	if (!c->attached) {
		r = attach(c->tree, p);
		c->attached = r == 0;
		return r;
	}
	if (c->spare < 0) {
		c->spare = mnt_clone(c->tree, NULL, false, false);
		if (c->spare < 0)
			return c->spare;
		fds_scratch(s, c->spare);
	}
	r = attach(c->spare, p);
	if (r == 0)
		c->spare = -1;
	return r;
}

static int cover_as(struct init *s, bool dir, const struct place *p)
{
	int r = dir ? make_empty(s) : 0;

	return r < 0 ? r : cover(s, dir ? &s->empty : &s->null, p);
}

int run_mask(struct init *s, const struct op *op, struct err *e)
{
	const char *path = plan_str(s->plan, op->text.text);
	const bool dir = op->flags & OP_DIRECTORY;
	struct place p;
	int r = mask_prepare(s, e);

	if (r < 0)
		return r;
	r = find(s, path, &p);
	if (r == 0)
		r = cover_as(s, dir, &p);
	/* the kernel's word for the wrong one: cheaper than to look before */
	if (r == -EINVAL || r == -ENOTDIR)
		r = cover_as(s, !dir, &p);
	if (r == -ENOENT && op->flags & OP_OPTIONAL)
		return 0;
	if (r < 0)
		return err_sys(e, ERR_MOUNT, r, "mask %s", path);
	covered(s, path, &p);
	return 0;
}

int run_readonly(struct init *s, const struct op *op, struct err *e)
{
	const char *path = plan_str(s->plan, op->text.text);
	struct place p;
	int r = find(s, path, &p), tree;

	if (r == 0) {
		tree = p.fd >= 0 ? mnt_clone_readonly(p.fd, NULL)
				 : mnt_clone_readonly(p.dir, p.name);
		r = tree < 0 ? tree : attach(fds_scratch(s, tree), &p);
	}
	if (r == -ENOENT && op->flags & OP_OPTIONAL)
		return 0;
	if (r < 0)
		return err_sys(e, ERR_MOUNT, r, "make %s read-only", path);
	covered(s, path, &p);
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
