/*
 * The trees of the host that the container gets, and its root.
 *
 * owns:     grab, propagation, root
 * may use:  sys/mnt, sys/rooted, mount(2) for what has no other call
 * must not: resolve a path below the container's root but by sys/rooted
 */
#include <fcntl.h>
#include <string.h>
#include <sys/vfs.h>

#include "runtime/base/fmt.h"
#include "runtime/base/io.h"
#include "runtime/init/init.h"
#include "runtime/sys/kernel.h"
#include "runtime/sys/mnt.h"
#include "runtime/sys/rooted.h"

/* The text of path if it is a symbolic link, else NULL. */
static const char *link_text(struct init *s, const char *path)
{
	char text[PATH_MAX], *copy;
	ssize_t n = readlinkat(AT_FDCWD, path, text, sizeof(text));

	if (n < 0 || n == sizeof(text))
		return NULL;
	copy = init_alloc(s, (size_t)n + 1);
	memcpy(copy, text, (size_t)n);
	return copy;
}

/* The host has done it. */
static int take_grabbed(struct init *s, const struct op *op, struct err *e)
{
	uint64_t fd;

	if (!*s->trees || !io_parse_u64(*s->trees++, INT_MAX, &fd))
		return err_set(e, ERR_INTERNAL, "the host has not handed over %s",
			       plan_str(s->plan, op->grab.path));
	if (fcntl((int)fd, F_SETFD, FD_CLOEXEC) < 0)
		return err_sys(e, ERR_INTERNAL, -errno, "take over %s",
			       plan_str(s->plan, op->grab.path));
	s->slots[op->grab.slot] = (struct slot){.fd = fds_scratch(s, (int)fd), .grab = op};
	if (s->fds_base <= (int)fd)
		s->fds_base = (int)fd + 1;
	return 0;
}

enum { MQUEUE_MAGIC = 0x19800202 /* ipc/mqueue.c of the kernel */ };

/* Is the host's mqueue what was found? fd: the tree, or why there is none. */
static int check_mqueue(int fd, struct err *e)
{
	struct statfs fs;

	if (fd >= 0 && fstatfs(fd, &fs) == 0 && (uint32_t)fs.f_type == MQUEUE_MAGIC)
		return 0;
	err_set(e, ERR_MOUNT, "bind /dev/mqueue: the host has no mqueue file system there");
	return err_hint(e, -EINVAL,
			"the container has the ipc namespace of the host: mount mqueue on the "
			"host, or leave this mount out, mq_open(3) works without");
}

/* In PHASE_FILL the root is there, and the source below it. */
static int clone(struct init *s, const struct op *op, bool recursive)
{
	const bool nofollow = op->grab.flags & GRAB_NOFOLLOW;
	const char *path = plan_str(s->plan, op->grab.path);
	int fd;

	if (op->phase != PHASE_FILL)
		return mnt_clone_within(plan_str(s->plan, op->grab.root), path, recursive,
					nofollow);
	fd = rooted_open(s->root, path + op->grab.root.n, O_PATH | (nofollow ? O_NOFOLLOW : 0), 0);
	return fd < 0 ? fd : mnt_clone(fds_scratch(s, fd), NULL, recursive, false);
}

static int clone_source(struct init *s, const struct op *op)
{
	int fd = clone(s, op, op->grab.flags & GRAB_RECURSIVE);

	return fd == -EINVAL && op->grab.flags & GRAB_OR_ALL ? clone(s, op, true) : fd;
}

int run_grab(struct init *s, const struct op *op, struct err *e)
{
	const char *path = plan_str(s->plan, op->grab.path);
	int fd;

	if (op->grab.slot >= s->plan->slots)
		return err_set(e, ERR_INTERNAL, "the plan has no slot %u", op->grab.slot);
	if (op->grab.flags & GRAB_COPY_LINK) {
		s->slots[op->grab.slot].link = link_text(s, path);
		s->slots[op->grab.slot].grab = op;
		if (s->slots[op->grab.slot].link)
			return 0;
	}
	if (op->grab.flags & GRAB_HOST)
		return take_grabbed(s, op, e);
	fd = clone_source(s, op);
	if (op->grab.flags & GRAB_MQUEUE && check_mqueue(fd, e) < 0)
		return -EINVAL;
	if (fd < 0) {
		err_sys(e, ERR_MOUNT, fd, "bind %s", path);
		if (fd == -EINVAL && !(op->grab.flags & GRAB_RECURSIVE))
			err_hint(e, fd,
				 "mounts below it are locked together in a user namespace: use "
				 "rbind");
		if (fd == -EACCES && s->plan->new_userns)
			err_hint(
				e, fd,
				"root of the container, who is somebody else outside, must be able "
				"to search the directories above it");
		return fd;
	}
	s->slots[op->grab.slot] = (struct slot){.fd = fds_scratch(s, fd), .grab = op};
	s->fds_base = s->fds_top + 1;
	return 0;
}

int run_propagation(struct init *s, const struct op *op, struct err *e)
{
	int r;

	/* with a new user namespace every mount is born as a slave (mount_namespaces(7)) */
	if (s->plan->new_userns && op->propagation.flags & MS_SLAVE)
		return 0;
	/* the trees of PHASE_SHARE are not below "/" and stay what they are */
	r = kernel_mount(NULL, "/", NULL, op->propagation.flags, NULL);
	return r < 0 ? err_sys(e, ERR_MOUNT, r, "change the propagation of /") : 0;
}

int run_root(struct init *s, const struct op *op, struct err *e)
{
	const char *path = plan_str(s->plan, op->root.path);
	char dir[PATH_MAX]; /* it has to be one */
	int r;

	if (op->root.slot >= s->plan->slots || s->slots[op->root.slot].fd < 0)
		return err_set(e, ERR_INTERNAL, "slot %u is empty", op->root.slot);
	if (fmt_buf(dir, sizeof(dir), "%s/", path) >= sizeof(dir))
		return err_sys(e, ERR_ROOTFS, -ENAMETOOLONG, "mount rootfs '%s'", path);
	r = mnt_attach_path(s->slots[op->root.slot].fd, dir);
	if (r < 0)
		return err_sys(e, ERR_ROOTFS, r, "mount rootfs '%s'", path);
	s->root = s->slots[op->root.slot].fd;
	return 0;
}
