/*
 * Who the process is.
 *
 * owns:     session keyring, bounding set, ids (and whose the pipes of stdio are), capabilities,
 *           no_new_privs, working directory
 * may use:  sys/cred, sys/rooted
 * must not: look up names; keep an id or capability that was not asked for
 */
#include <errno.h>
#include <linux/magic.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "runtime/init/init.h"
#include "runtime/sys/cred.h"
#include "runtime/sys/kernel.h"
#include "runtime/sys/rooted.h"

/* It holds what the caller's session may use, and stays with a process when its ids change. */
int run_keyring(struct init *s, const struct op *op, struct err *e)
{
	int r = cred_join_keyring(plan_str(s->plan, op->text.text));

	/* ENOSYS: a kernel without keys. EDQUOT: the user's quota of keys is used up, by other
	 * containers more often than not; that is no reason not to run this one. */
	if (r < 0 && r != -ENOSYS && r != -EDQUOT)
		return err_sys(e, ERR_PROCESS, r, "join a session keyring");
	return 0;
}

int run_bounding(struct init *s, const struct op *op, struct err *e)
{
	int r = cred_drop_bounding((uint64_t)op->number.v, 63);

	(void)s;
	/* EINVAL: past the last capability of this kernel */
	if (r < 0 && r != -EINVAL)
		return err_sys(e, ERR_CAPABILITY, r, "limit the bounding set");
	return 0;
}

/*
 * Are these our ids already, all of them? The kernel said for free with which init was executed;
 * what they are in a user namespace that it has joined since the plan knows.
 */
static bool is_already(const struct init *s, const struct op_user *u)
{
	const unsigned long uid = getauxval(AT_UID), gid = getauxval(AT_GID);

	if (getauxval(AT_EUID) != uid || getauxval(AT_EGID) != gid)
		return false;
	if (s->become)
		return s->become->uid == u->uid && s->become->gid == u->gid;
	if (s->entered && s->entered->by_path)
		return getuid() == u->uid && getgid() == u->gid;
	if (s->entered)
		return s->entered->uid == u->uid && s->entered->gid == u->gid;
	return uid == u->uid && gid == u->gid;
}

/*
 * The pipes that the caller gave as stdio become the user's: to open /dev/stdout takes rights over
 * the pipe itself. Pipes only, and only those without a name: a file or a fifo of the host keeps
 * its owner (CVE-2026-88265 was a chown too many). One that is not ours to give stays as it is.
 */
static void give_pipes(const struct op_user *u)
{
	struct statfs fs;

	for (int fd = 0; fd <= 2; fd++)
		if (fstatfs(fd, &fs) == 0 && fs.f_type == PIPEFS_MAGIC)
			(void)!fchown(fd, u->uid, u->gid);
}

int run_user(struct init *s, const struct op *op, struct err *e)
{
	const struct op_user *u = &op->user;
	int r;

	if (u->set_groups) {
		r = cred_set_groups(plan_blob(s->plan, u->groups.off),
				    u->groups.n / sizeof(uint32_t));
		if (r < 0 && !(r == -EPERM && (op->flags & OP_OPTIONAL))) {
			err_sys(e, ERR_PROCESS, r, "set the supplementary groups");
			if (r == -EINVAL)
				err_hint(e, r, "one of them is not mapped in the user namespace");
			if (r == -EPERM)
				err_hint(e, r, "setgroups is denied in this user namespace");
			return r;
		}
	}
	if (is_already(s, u))
		return 0;
	give_pipes(u);
	r = cred_set_ids(u->uid, u->gid);
	if (r < 0) {
		err_sys(e, ERR_PROCESS, r, "become uid %u, gid %u", u->uid, u->gid);
		if (r == -EINVAL)
			err_hint(e, r, "the id is not mapped in the user namespace");
		return r;
	}
	return 0;
}

int run_caps(struct init *s, const struct op *op, struct err *e)
{
	const struct cred_caps caps = {
		.effective = op->caps.effective,
		.permitted = op->caps.permitted,
		.inheritable = op->caps.inheritable,
	};
	int r = cred_set_caps(&caps);

	(void)s;
	if (r < 0)
		return err_sys(e, ERR_CAPABILITY, r, "set the capabilities");
	/* an ambient capability goes when it is not permitted and inheritable: capabilities(7) */
	if (!(caps.permitted & caps.inheritable))
		return op->caps.ambient ? err_set(e, ERR_INTERNAL, "ambient without inheritable")
					: 0;
	r = cred_set_ambient(op->caps.ambient);
	if (r < 0)
		return err_sys(e, ERR_CAPABILITY, r, "set the ambient capabilities");
	return 0;
}

int run_no_new_privs(struct init *s, const struct op *op, struct err *e)
{
	(void)s;
	(void)op;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_sys(e, ERR_PROCESS, -errno, "set no_new_privs");
	return 0;
}

/* Where the root of the container may not look, the process may be able to: it will tell. */
static int make(struct init *s, const char *path)
{
	int fd = rooted_make(s->root, path, false, 0755);

	if (fd >= 0)
		(void)fds_scratch(s, fd);
	return fd == -EACCES ? 0 : fd;
}

/*
 * Without magic links: a link of the image, or the path itself, may lead through /proc/self/fd to
 * something that init holds (CVE-2024-21626).
 */
static int enter(struct init *s, const char *path)
{
	int fd = kernel_openat2(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC, 0,
				RESOLVE_NO_MAGICLINKS);

	if (fd < 0)
		return fd;
	return fchdir(fds_scratch(s, fd)) < 0 ? -errno : 0;
}

int run_cwd(struct init *s, const struct op *op, struct err *e)
{
	const char *path = plan_str(s->plan, op->cwd.path);
	char real[PATH_MAX];
	const bool is_root = path[0] == '/' && !path[1];
	int r;

	if (is_root && s->at_root)
		return 0;
	if (op->cwd.make) {
		r = make(s, path);
		return r < 0 ? err_sys(e, ERR_PROCESS, r, "make cwd '%s'", path) : 0;
	}
	r = !is_root ? enter(s, path) : chdir("/") < 0 ? -errno : 0;
	if (r < 0)
		return err_sys(e, ERR_PROCESS, r, "chdir to cwd '%s'", path);
	s->at_root = is_root;
	if (is_root)
		return 0;
	/* Twice is safer: the kernel says "(unreachable)", the library's getcwd would hide that. */
	if (syscall(SYS_getcwd, real, sizeof(real)) < 0)
		return err_sys(e, ERR_PROCESS, -errno, "find out where cwd '%s' is", path);
	if (real[0] != '/')
		return err_set(e, ERR_PROCESS, "cwd '%s' is outside of the container's root", path);
	return 0;
}
