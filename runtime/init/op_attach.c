/*
 * Grabbed trees at their places: bind mounts, and devices that are bind mounts.
 *
 * owns:     attach
 * may use:  sys/mnt, sys/rooted, target.c
 * must not: attach a tree before its attributes are right; follow a link to the place of a device
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "runtime/base/fmt.h"
#include "runtime/init/init.h"
#include "runtime/sys/kernel.h"
#include "runtime/sys/mnt.h"
#include "runtime/sys/rooted.h"

/* What a user namespace locks: mount_namespaces(7). */
static const struct {
	uint64_t attr;
	unsigned long flag; /* statvfs(3) */
	const char *name;
} locks[] = {
	{MOUNT_ATTR_RDONLY, ST_RDONLY, "ro"},
	{MOUNT_ATTR_NOSUID, ST_NOSUID, "nosuid"},
	{MOUNT_ATTR_NODEV, ST_NODEV, "nodev"},
	{MOUNT_ATTR_NOEXEC, ST_NOEXEC, "noexec"},
};

/* One bind mount under way. */
struct bind {
	int tree;
	bool dir;
	bool nofollow;               /* a link at the target is what is mounted on */
	const char *source, *target; /* as config.json says */
};

static int fail(const struct bind *b, int r, struct err *e)
{
	return err_sys(e, ERR_MOUNT, r, "bind %s on %s", b->source, b->target);
}

int mount_hint_locked(int fd, const char *name, const struct mount_change *c, int r, struct err *e)
{
	const char *cure = "leave the option out, or change the mount outside";
	struct statvfs st;

	if (r != -EPERM || fstatvfs(fd, &st) < 0)
		return r;
	for (size_t i = 0; i < ARRAY_LEN(locks); i++)
		if (c->clear & locks[i].attr && st.f_flag & locks[i].flag)
			return err_hint(e, r,
					"%s is mounted %s outside, and a user namespace cannot "
					"clear that: %s",
					name, locks[i].name, cure);
	if (c->clear & MOUNT_ATTR__ATIME)
		return err_hint(e, r, "the access time options of %s are locked outside: %s", name,
				cure);
	return c->recursive ? err_hint(e, r,
				       "a mount below %s has a flag that a user namespace cannot "
				       "clear: %s",
				       name, cure)
			    : r;
}

/* What a user namespace has locked is kept, unless an option asks for its opposite. */
static int change_one(const struct bind *b, const struct mount_change *c)
{
	uint64_t kept = 0;
	int r = mnt_change(b->tree, c->set, c->clear | c->implied, c->propagation, c->recursive);

	if (r != -EPERM || !c->implied)
		return r;
	for (size_t i = 0; i < ARRAY_LEN(locks); i++)
		kept |= locks[i].attr;
	return mnt_change(b->tree, c->set, c->clear | (c->implied & ~kept), c->propagation,
			  c->recursive);
}

static int change(const struct op *op, const struct bind *b, struct err *e)
{
	for (uint32_t i = 0; i < op->attach.changes && i < MOUNT_CHANGES_MAX; i++) {
		const struct mount_change *c = &op->attach.change[i];
		int r = change_one(b, c);

		if (r < 0) {
			err_sys(e, ERR_MOUNT, r, "bind %s on %s: set its attributes", b->source,
				b->target);
			return mount_hint_locked(b->tree, b->source, c, r, e);
		}
	}
	return 0;
}

/* Makes what the tree is mounted on. There may be one already, but no link. */
static int make_node(int dir, const char *name, const struct bind *b, mode_t mode, struct err *e)
{
	struct stat st;
	int r;

	r = b->dir ? mkdirat(dir, name, mode) : mknodat(dir, name, S_IFREG | mode, 0);
	if (r == 0)
		return 0;
	if (errno != EEXIST)
		return err_sys(e, ERR_MOUNT, -errno, "make %s", b->target);
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return fail(b, -errno, e);
	if (S_ISLNK(st.st_mode) && !b->nofollow)
		return err_set(e, ERR_MOUNT,
			       "bind %s on %s: the destination is a symbolic link in the image",
			       b->source, b->target);
	if (S_ISDIR(st.st_mode) != b->dir)
		return fail(b, b->dir ? -ENOTDIR : -EISDIR, e);
	return 0;
}

/* By name below the parent, following nothing. */
static int attach_at(struct init *s, const struct bind *b, mode_t mode, struct err *e)
{
	const char *name;
	int dir = target_make_parent(s, b->target, &name), r;

	if (dir < 0)
		return fail(b, dir, e);
	r = make_node(dir, name, b, mode, e);
	if (r < 0)
		return r;
	r = mnt_attach_at(b->tree, dir, name);
	if (r < 0)
		return fail(b, r, e);
	target_mounted(s, b->target);
	return 0;
}

/* Where the image's links lead to inside the root. */
static int attach_resolved(struct init *s, const struct bind *b, mode_t mode, struct err *e)
{
	struct stat st;
	int target = rooted_make(s->root, b->target, !b->dir, mode), r;

	if (target < 0)
		return fail(b, target, e);
	r = mnt_attach(b->tree, fds_scratch(s, target));
	if (r == -EINVAL && fstat(target, &st) == 0 && S_ISDIR(st.st_mode) != b->dir)
		r = b->dir ? -ENOTDIR : -EISDIR;
	if (r < 0)
		return fail(b, r, e);
	target_mounted(s, NULL);
	return 0;
}

/* The source was a link and is one again. */
static int make_link(struct init *s, const struct slot *slot, const char *target, struct err *e)
{
	char there[PATH_MAX];
	const char *name;
	int dir = target_make_parent(s, target, &name), r;
	ssize_t n;

	if (dir < 0)
		return err_sys(e, ERR_MOUNT, dir, "make the link %s", target);
	r = kernel_result(symlinkat(slot->link, dir, name));
	if (r == 0)
		return 0;
	n = r == -EEXIST ? readlinkat(dir, name, there, sizeof(there)) : -1;
	if (n >= 0 && (size_t)n == strlen(slot->link) && !memcmp(there, slot->link, (size_t)n))
		return 0;
	err_sys(e, ERR_MOUNT, r, "make %s a link to %s", target, slot->link);
	return r == -EEXIST ? err_hint(e, r,
				       "copy-symlink replaces nothing: remove what the image has "
				       "there")
			    : r;
}

/*
 * A device of the host on a node of ours. Its directory is entered, so that mount(2) follows no
 * path of the container: one call where a clone that is attached takes two.
 */
static int bind_device(struct init *s, const struct op *op, struct err *e)
{
	const char *source = plan_str(s->plan, op->attach.source), *name;
	struct bind b = {.source = source, .target = plan_str(s->plan, op->attach.target)};
	int dir = target_parent(s, b.target, &name), r;

	if (dir < 0)
		return fail(&b, dir, e);
	if (mknodat(dir, name, op->attach.mode, 0) < 0)
		return err_sys(e, ERR_MOUNT, -errno, "make %s", b.target);
	r = target_enter(s, dir);
	if (r < 0)
		return fail(&b, r, e);
	r = kernel_mount(source, name, NULL, MS_BIND, NULL);
	if (r < 0)
		return err_sys(e, ERR_MOUNT, r, "bind %s", source);
	target_mounted(s, b.target);
	return 0;
}

int run_attach(struct init *s, const struct op *op, struct err *e)
{
	struct bind b = {.target = plan_str(s->plan, op->attach.target),
			 .nofollow = op->flags & OP_NOFOLLOW};
	const mode_t mode = op->attach.mode & 07777;
	const struct slot *slot;
	struct stat st;
	int r;

	if (op->attach.source.off)
		return bind_device(s, op, e);
	slot = op->attach.slot < s->plan->slots ? &s->slots[op->attach.slot] : NULL;
	if (slot && slot->link)
		return make_link(s, slot, b.target, e);
	if (!slot || slot->fd < 0)
		return err_set(e, ERR_INTERNAL, "slot %u is empty", op->attach.slot);
	b.tree = slot->fd;
	b.source = plan_str(s->plan, slot->grab->grab.path);
	st.st_mode = op->attach.mode;
	/* the planner knows some sources as files: the default devices */
	if (!S_ISREG(st.st_mode) && fstat(b.tree, &st) < 0)
		return fail(&b, -errno, e);
	b.dir = S_ISDIR(st.st_mode);
	r = change(op, &b, e);
	if (r < 0)
		return r;
	/* A link at the place of a device is never meant (CVE-2025-31133); in a directory that this
	 * plan filled there is none, and fewer calls do. */
	if (op->flags & (OP_FRESH | OP_NOFOLLOW) || S_ISREG(op->attach.mode) ||
	    S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))
		r = attach_at(s, &b, mode, e);
	else
		r = attach_resolved(s, &b, mode, e);
	return r;
}
