/*
 * New instances of file systems.
 *
 * owns:     mount
 * may use:  sys/mnt, sys/rooted, target.c
 * must not: follow a link to the place of a proc, sysfs or cgroup file system
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "runtime/base/fmt.h"
#include "runtime/base/io.h"
#include "runtime/init/init.h"
#include "runtime/sys/kernel.h"
#include "runtime/sys/mnt.h"
#include "runtime/sys/rooted.h"

/*
 * File systems through which the kernel is configured: a link in the image must not decide where
 * they go, since what is written there later is trusted (CVE-2023-27561). Why they are refused,
 * when they are, has one usual cause each.
 */
static const struct special {
	const char *type;
	const char *eperm;
} specials[] = {
	{"proc", "parts of the caller's own /proc are covered, and the kernel shows no more of it "
		 "than the caller sees; a pid namespace of the container's own is needed too"},
	{"sysfs", "sysfs needs a network namespace of the container's own, and a caller's /sys "
		  "without covered parts"},
	{"cgroup", "cgroup v1 cannot be mounted in a user namespace"},
	{"cgroup2", "cgroup2 needs a cgroup namespace of the container's own"},
};

static const struct special *find_special(const char *type)
{
	for (size_t i = 0; i < ARRAY_LEN(specials); i++)
		if (!strcmp(specials[i].type, type))
			return &specials[i];
	return NULL;
}

enum { COVERED_MAX = 160 };

/* The mount points below /proc, as many as fit: "/proc/kcore /proc/keys …". */
static void covered(char *info, char text[COVERED_MAX])
{
	size_t n = 0;

	text[0] = '\0';
	for (char *line = info; line; line = strchr(line, '\n')) {
		const char *point = line += *line == '\n';
		size_t len;

		for (int word = 0; word < 4 && point; word++) {
			point = strchr(point, ' ');
			point += point ? 1 : 0;
		}
		if (!point || strncmp(point, "/proc/", strlen("/proc/")) != 0)
			continue;
		len = strcspn(point, " ");
		if (n + len + sizeof(" ...") > COVERED_MAX) {
			fmt_buf(text + n, COVERED_MAX - n, " ...");
			return;
		}
		n += fmt_buf(text + n, COVERED_MAX - n, "%s%.*s", n ? " " : "", (int)len, point);
	}
}

/* Which parts of the caller's proc are covered, when that is why another one is refused. */
static bool hint_covered(struct init *s, const struct fs_naming *n, struct err *e)
{
	char text[COVERED_MAX], *info;
	struct err unread;

	if (strcmp(n->type, "proc") != 0 || init_mountinfo(s, &info, &unread) < 0)
		return false;
	covered(info, text);
	if (!text[0])
		return false;
	err_hint(e, -EPERM,
		 "these parts of the caller's own proc are covered, and the kernel shows no more "
		 "than the caller sees: %s; uncover them outside (--security-opt "
		 "systempaths=unconfined) or set the annotation io.github.rundlet.proc to bind",
		 text);
	return true;
}

static int configure(struct init *s, const struct op *op, int fs, const struct fs_naming *n,
		     struct err *e)
{
	const char *source = plan_str(s->plan, op->mount.source);
	char option[PATH_MAX];
	int r;

	if (*source) {
		if (fmt_buf(option, sizeof(option), "source=%s", source) >= sizeof(option))
			return fs_fail(n, -ENAMETOOLONG, e);
		r = fs_set_option(fs, n, option, e);
		if (r < 0)
			return r;
	}
	r = fs_set_flags(fs, n, op->mount.sb_flags, 0, e);
	return r < 0 ? r : fs_set_options(s, fs, n, op->mount.options, op->mount.pointers, e);
}

enum { MODE_SIZE = sizeof("mode=7777") };

/* A tmpfs whose options say no mode has that of the directory that it covers, as the peers'. "": it
 * covers none, or it is not asked. */
static void covered_mode(struct init *s, const struct op *op, const struct fs_naming *n,
			 char ret[MODE_SIZE])
{
	AUTO(close_fd) int dir = -1;
	struct stat st;

	ret[0] = '\0';
	if (strcmp(n->type, "tmpfs") != 0 || op->flags & OP_FRESH || op->mount.copy_up ||
	    copy_says_mode(s, op->mount.options))
		return;
	dir = rooted_open(s->root, n->target, O_PATH | O_DIRECTORY, 0);
	if (dir >= 0 && fstat(dir, &st) == 0)
		fmt_buf(ret, MODE_SIZE, "mode=%o", st.st_mode & 07777);
}

/* The configured, detached mount. */
static int make(struct init *s, const struct op *op, const struct fs_naming *n, const char *mode,
		struct err *e)
{
	const struct special *special = find_special(n->type);
	const uint64_t late = op->mount.copy_up ? MOUNT_ATTR_RDONLY : 0;
	char message[256];
	int fs, fd, r;

	fs = mnt_fs_open(n->type);
	if (fs < 0) {
		r = fs_fail(n, fs, e);
		if (fs == -ENODEV)
			err_hint(e, r, "the kernel does not know this type of file system");
		if (fs == -EPERM)
			err_hint(e, r, "this type cannot be mounted in a user namespace");
		return r;
	}
	r = configure(s, op, fds_scratch(s, fs), n, e);
	if (r == 0 && *mode)
		r = fs_set_option(fs, n, mode, e);
	if (r < 0)
		return r;
	fd = mnt_fs_create(fs, op->mount.attr & ~late);
	if (fd < 0) {
		mnt_fs_message(fs, message, sizeof(message));
		err_sys(e, ERR_MOUNT, fd, "mount %s on %s%s%s", n->type, n->target,
			message[0] ? ": " : "", message);
		if (special && (fd == -EPERM || fd == -EACCES) && !hint_covered(s, n, e))
			err_hint(e, fd, "%s", special->eperm);
		return fd;
	}
	fds_scratch(s, fd);
	r = op->mount.copy_up ? copy_up(s, op, fd, e) : 0;
	if (r < 0)
		return r;
	if (op->mount.propagation || op->mount.attr & late) {
		r = mnt_change(fd, op->mount.attr & late, 0, op->mount.propagation, false);
		if (r < 0)
			return fs_fail(n, r, e);
	}
	return fd;
}

/* The name is there, but a directory it is not: says what it is, or follows it where links may be
 * followed. */
static int attach_odd(struct init *s, int fd, int dir, const char *name, const struct fs_naming *n,
		      struct err *e)
{
	struct stat st;
	int target, r;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return fs_fail(n, -errno, e);
	if (S_ISDIR(st.st_mode))
		return fs_fail(n, -EINVAL, e);
	if (!S_ISLNK(st.st_mode))
		return fs_fail(n, -ENOTDIR, e);
	if (find_special(n->type))
		return err_set(e, ERR_MOUNT,
			       "mount %s on %s: the destination is a symbolic link in the image, "
			       "it must be mounted on ordinary directory",
			       n->type, n->target);
	target = rooted_make(s->root, n->target, false, 0755);
	if (target < 0)
		return fs_fail(n, target, e);
	r = mnt_attach(fd, fds_scratch(s, target));
	return r < 0 ? fs_fail(n, r, e) : 0;
}

static int attach(struct init *s, const struct op *op, int fd, const struct fs_naming *n,
		  struct err *e)
{
	const char *name;
	int dir = target_make_parent(s, n->target, &name), r;

	if (dir < 0)
		return fs_fail(n, dir, e);
	r = mnt_attach_at(fd, dir, name);
	if (r == -ENOENT) {
		if (mkdirat(dir, name, op->mount.mode) < 0)
			return err_sys(e, ERR_MOUNT, -errno, "make %s", n->target);
		r = mnt_attach_at(fd, dir, name);
	}
	if (r == -EINVAL || r == -ENOTDIR || r == -ELOOP) {
		r = attach_odd(s, fd, dir, name, n, e);
		target_mounted(s, NULL);
		return r;
	}
	if (r < 0)
		return fs_fail(n, r, e);
	target_mounted(s, n->target);
	return 0;
}

/* Everything in steps: needed for what mount(2) cannot say, and to find out which step fails. */
static int mount_in_steps(struct init *s, const struct op *op, const struct fs_naming *n,
			  const char *mode, struct err *e)
{
	int fd = make(s, op, n, mode, e);

	return fd < 0 ? fd : attach(s, op, fd, n, e);
}

/* --- the same in one call ----------------------------------------------------------------------
 */

/* The flags of a mount as mount(2) has them, beside those of the superblock. */
static const struct {
	uint64_t attr;
	unsigned long flag;
} mount_flags[] = {
	{MOUNT_ATTR_RDONLY, MS_RDONLY},         {MOUNT_ATTR_NOSUID, MS_NOSUID},
	{MOUNT_ATTR_NODEV, MS_NODEV},           {MOUNT_ATTR_NOEXEC, MS_NOEXEC},
	{MOUNT_ATTR_NOATIME, MS_NOATIME},       {MOUNT_ATTR_STRICTATIME, MS_STRICTATIME},
	{MOUNT_ATTR_NODIRATIME, MS_NODIRATIME}, {MOUNT_ATTR_NOSYMFOLLOW, MS_NOSYMFOLLOW},
};

enum { DATA_MAX = 4096 /* mount(2): a page at most */ };

static bool join_options(const struct init *s, struct plist options, const char *mode,
			 char data[DATA_MAX])
{
	size_t at = 0;

	data[0] = '\0';
	for (uint32_t i = 0; i < options.n; i++) {
		const char *option = plan_list(s->plan, options, i);

		/* mount(2) would see two options */
		if (strchr(option, ','))
			return false;
		at += fmt_buf(data + at, DATA_MAX - at, "%s%s", i ? "," : "", option);
		if (at >= DATA_MAX)
			return false;
	}
	at += fmt_buf(data + at, DATA_MAX - at, "%s%s", at && *mode ? "," : "", mode);
	return at < DATA_MAX;
}

/* Enters the target, or the directory in which it was just made: that is where "mount" happens. The
 * name relative to there, NULL: not this way. */
static const char *enter_target(struct init *s, const struct op *op, const char *target)
{
	const char *name = ".";
	int dir;

	if (op->flags & OP_FRESH) {
		dir = target_parent(s, target, &name);
		if (dir < 0 || mkdirat(dir, name, op->mount.mode) < 0)
			return NULL;
	} else {
		dir = rooted_open_nolinks(s->root, target, O_PATH | O_DIRECTORY, 0);
		if (dir < 0)
			return NULL;
		fds_scratch(s, dir);
	}
	return target_enter(s, dir) < 0 ? NULL : name;
}

/*
 * mount(2) on a descriptor: the target becomes the working directory, so that no path is followed.
 * One call instead of five or more. False when it did not happen; nothing was changed then.
 */
static bool mount_at_once(struct init *s, const struct op *op, const struct fs_naming *n,
			  const char *mode)
{
	uint64_t attr = op->mount.attr;
	unsigned long flags = op->mount.sb_flags;
	char data[DATA_MAX];
	const char *name;

	if (op->mount.propagation || op->mount.copy_up ||
	    !join_options(s, op->mount.options, mode, data))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(mount_flags); i++) {
		if ((attr & mount_flags[i].attr) != mount_flags[i].attr)
			continue;
		attr &= ~mount_flags[i].attr;
		flags |= mount_flags[i].flag;
	}
	if (attr)
		return false;
	name = enter_target(s, op, n->target);
	if (!name || kernel_mount(plan_str(s->plan, op->mount.source), name, n->type, flags, data))
		return false;
	target_covered(s, n->target);
	return true;
}

int run_mount(struct init *s, const struct op *op, struct err *e)
{
	const struct fs_naming n = {
		.verb = "mount",
		.type = plan_str(s->plan, op->mount.type),
		.target = plan_str(s->plan, op->mount.target),
	};

	char mode[MODE_SIZE];

	covered_mode(s, op, &n, mode);
	return mount_at_once(s, op, &n, mode) ? 0 : mount_in_steps(s, op, &n, mode, e);
}
