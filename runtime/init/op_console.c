/*
 * The terminal of the container: a pty of its own devpts, and the session that it controls.
 *
 * owns:     console, session
 * may use:  sys/mnt, sys/rooted, target.c
 * must not: name the slave by a path: it may be another file by the time it is opened
 *           (CVE-2025-52565)
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>

#include "runtime/init/init.h"
#include "runtime/sys/mnt.h"
#include "runtime/sys/rooted.h"

/* The multiplexer of the container's devpts, and nothing that only looks like it. */
static int open_ptmx(struct init *s, struct err *e)
{
	int fd = rooted_open(s->root, "/dev/pts/ptmx", O_RDWR | O_NOCTTY, 0);
	struct statfs fs;
	struct stat st;

	if (fd < 0) {
		err_sys(e, ERR_CONSOLE, fd, "open /dev/pts/ptmx in the container");
		return err_hint(e, fd, "a terminal needs a devpts mount on /dev/pts");
	}
	fds_scratch(s, fd);
	if (fstatfs(fd, &fs) < 0 || fstat(fd, &st) < 0)
		return err_sys(e, ERR_CONSOLE, -errno, "look at /dev/pts/ptmx");
	if (fs.f_type != DEVPTS_SUPER_MAGIC || !S_ISCHR(st.st_mode) || st.st_rdev != makedev(5, 2))
		return err_set(e, ERR_CONSOLE, "/dev/pts/ptmx is not the pty multiplexer");
	return fd;
}

/* Both ends; the slave through the master (ioctl_tty(2) TIOCGPTPEER). */
static int open_pty(struct init *s, const struct op_console *c, int *ret_slave, struct err *e)
{
	const struct winsize size = {.ws_row = c->rows, .ws_col = c->columns};
	int master = open_ptmx(s, e), unlock = 0, slave;

	if (master < 0)
		return master;
	if (ioctl(master, TIOCSPTLCK, &unlock) < 0)
		return err_sys(e, ERR_CONSOLE, -errno, "unlock the pty");
	slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		return err_sys(e, ERR_CONSOLE, -errno, "open the pty's slave");
	fds_scratch(s, slave);
	if ((c->rows || c->columns) && ioctl(slave, TIOCSWINSZ, &size) < 0)
		return err_sys(e, ERR_CONSOLE, -errno, "set the size of the console");
	if (fchown(slave, c->uid, (gid_t)-1) < 0)
		return err_sys(e, ERR_CONSOLE, -errno, "give the console to uid %u", c->uid);
	*ret_slave = slave;
	return master;
}

/* A file to mount the slave on. What is there may be a file or a device, never a link
 * (CVE-2026-88264). */
static int make_place(int dir, const char *name, const char *target, struct err *e)
{
	struct stat st;

	if (mknodat(dir, name, S_IFREG | 0600, 0) == 0)
		return 0;
	if (errno != EEXIST)
		return err_sys(e, ERR_CONSOLE, -errno, "make %s", target);
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(e, ERR_CONSOLE, -errno, "look at %s", target);
	if (!S_ISREG(st.st_mode) && !S_ISCHR(st.st_mode))
		return err_set(e, ERR_CONSOLE, "%s in the image is neither a file nor a device",
			       target);
	return 0;
}

static int mount_slave(struct init *s, int slave, const char *target, struct err *e)
{
	const char *name;
	int dir = target_make_parent(s, target, &name), tree, r;

	if (dir < 0)
		return err_sys(e, ERR_CONSOLE, dir, "make %s", target);
	r = make_place(dir, name, target, e);
	if (r < 0)
		return r;
	tree = mnt_clone(slave, NULL, false, false);
	if (tree < 0)
		return err_sys(e, ERR_CONSOLE, tree, "clone the pty's slave");
	r = mnt_attach_at(fds_scratch(s, tree), dir, name);
	if (r < 0)
		return err_sys(e, ERR_CONSOLE, r, "mount the pty on %s", target);
	target_mounted(s, target);
	return 0;
}

int run_console(struct init *s, const struct op *op, struct err *e)
{
	int slave = -1, r, master = open_pty(s, &op->console, &slave, e);

	if (master < 0)
		return master;
	s->console = slave;
	r = op->console.target.off ? mount_slave(s, slave, plan_str(s->plan, op->console.target), e)
				   : 0;
	if (r < 0)
		return r;
	r = wire_send(&s->wire, MSG_CONSOLE, master, e);
	if (r < 0)
		return r;
	/* only the host holds it from now on: when it is gone the terminal hangs up */
	close(master);
	return 0;
}

int run_session(struct init *s, const struct op *op, struct err *e)
{
	/* EPERM: the host made it the leader of a session already */
	if (setsid() < 0 && errno != EPERM)
		return err_sys(e, ERR_PROCESS, -errno, "start a session");
	if (!op->session.terminal)
		return 0;
	if (ioctl(s->console, TIOCSCTTY, 0) < 0)
		return err_sys(e, ERR_CONSOLE, -errno, "make the console the controlling terminal");
	for (int fd = 0; fd < 3; fd++)
		if (dup2(s->console, fd) < 0)
			return err_sys(e, ERR_CONSOLE, -errno, "make the console descriptor %d",
				       fd);
	return 0;
}
