/*
 * Device nodes, fifos and symbolic links.
 *
 * owns:     mknod, symlink
 * may use:  target.c
 * must not: follow a link in the last component; change the owner or mode of what it did not make
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "runtime/init/init.h"

/* config-linux.md "Devices": what is there must be what was asked for. */
static int check_node(int dir, const char *name, const struct op *op, const char *target,
		      struct err *e)
{
	const dev_t dev = makedev(op->mknod.major, op->mknod.minor);
	const mode_t type = op->mknod.mode & S_IFMT;
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(e, ERR_DEVICE, -errno, "look at %s", target);
	if ((st.st_mode & S_IFMT) == type && (type == S_IFIFO || st.st_rdev == dev))
		return 0;
	return err_set(e, ERR_DEVICE, "make device %s: something else is there in the image",
		       target);
}

int run_mknod(struct init *s, const struct op *op, struct err *e)
{
	const char *target = plan_str(s->plan, op->mknod.target), *name;
	int dir = target_make_parent(s, target, &name);

	if (dir < 0)
		return err_sys(e, ERR_DEVICE, dir, "make device %s", target);
	if (mknodat(dir, name, op->mknod.mode, makedev(op->mknod.major, op->mknod.minor)) < 0) {
		if (errno == EEXIST)
			return check_node(dir, name, op, target, e);
		err_sys(e, ERR_DEVICE, -errno, "make device %s", target);
		return err_hint(e, -e->num, "device nodes need CAP_MKNOD on the host");
	}
	/*
	 * The umask may have taken bits away. The node is ours and nobody else is here yet, so by
	 * name is safe; AT_SYMLINK_NOFOLLOW of fchmodat needs a newer kernel.
	 */
	if (fchmodat(dir, name, op->mknod.mode & 07777, 0) < 0 ||
	    fchownat(dir, name, op->mknod.uid, op->mknod.gid, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(e, ERR_DEVICE, -errno, "set owner and mode of %s", target);
	return 0;
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
