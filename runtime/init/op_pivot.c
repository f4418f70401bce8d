/*
 * The container's root becomes "/", and the host's file system is gone.
 *
 * owns:     pivot
 * may use:  pivot_root(2), umount2(2), mountinfo of the host's view
 * must not: leave a way back
 *
 * Mount points here are paths of the host's view, taken from the kernel: text is right for once.
 */
#include <string.h>
#include <sys/vfs.h>

#include "runtime/base/fmt.h"
#include "runtime/base/io.h"
#include "runtime/init/init.h"
#include "runtime/sys/kernel.h"
#include "runtime/sys/mountinfo.h"
#include "runtime/sys/procfs.h"

enum { MOUNTINFO_MAX = 4 << 20 };

int init_mountinfo(struct init *s, char **ret, struct err *e)
{
	char *info = init_alloc(s, MOUNTINFO_MAX);
	int proc = init_procfs(s, ERR_ROOTFS, e), fd;
	ssize_t n;

	if (proc < 0)
		return proc;
	fd = init_open_own(s, proc, "mountinfo", O_RDONLY);
	n = fd < 0 ? fd : io_read_full(fd, info, MOUNTINFO_MAX);
	if (n <= 0 || n == MOUNTINFO_MAX)
		return err_sys(e, ERR_ROOTFS,
			       n < 0    ? (int)n
			       : n == 0 ? -EBADMSG
					: -EFBIG,
			       "read /proc/self/mountinfo");
	info[n] = '\0';
	*ret = info;
	return 0;
}

static bool is_kernels(const char *path)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 &&
	       (fs.f_type == PROC_SUPER_MAGIC || fs.f_type == SYSFS_MAGIC);
}

/*
 * Without pivot_root the host's root stays below the container's, for whoever may unmount that.
 * Called with the host's root as the working directory, after the move: takes everything off it. In
 * a user namespace that is denied; then at least no procfs or sysfs may stay uncovered that would
 * allow the container to mount one without its masks.
 */
static int drop_mounts(char *info, struct err *e)
{
	char *next;

	for (char *line = info; *line; line = next) {
		size_t len = strcspn(line, "\n");
		const char *point;
		int r;

		next = line + len + (line[len] == '\n');
		line[len] = '\0';
		point = mountinfo_point(line);
		if (!point || point[0] != '/')
			return err_set(e, ERR_ROOTFS, "/proc/self/mountinfo is not understood");
		if (!*++point)
			continue;
		/* the container's own are not there any more */
		r = kernel_umount(point, MNT_DETACH | UMOUNT_NOFOLLOW);
		if (r < 0 && is_kernels(point))
			r = kernel_mount("tmpfs", point, "tmpfs", MS_RDONLY, "size=4k");
		if (r < 0 && is_kernels(point))
			return err_sys(e, ERR_ROOTFS, r, "cover /%s of the host", point);
	}
	return 0;
}

static int move_root(struct init *s, struct err *e)
{
	int host = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), r;
	char *info = NULL;

	if (host < 0)
		return err_sys(e, ERR_ROOTFS, -errno, "open the host's root");
	fds_scratch(s, host);
	r = init_mountinfo(s, &info, e);
	if (r < 0)
		return r;
	r = kernel_mount(".", "/", NULL, MS_MOVE, NULL);
	if (r < 0)
		return err_sys(e, ERR_ROOTFS, r, "move the rootfs to /");
	if (fchdir(host) < 0)
		return err_sys(e, ERR_ROOTFS, -errno, "enter the host's root");
	r = drop_mounts(info, e);
	if (r < 0)
		return r;
	if (fchdir(s->root) < 0 || chroot(".") < 0 || chdir("/") < 0)
		return err_sys(e, ERR_ROOTFS, -errno, "change the root");
	return 0;
}

int run_pivot(struct init *s, const struct op *op, struct err *e)
{
	int r;

	/* the last moment at which the host's /dev/null can be had */
	if (plan_has(s->plan, OP_MASK)) {
		r = mask_prepare(s, e);
		if (r < 0)
			return r;
	}
	if (fchdir(s->root) < 0)
		return err_sys(e, ERR_ROOTFS, -errno, "enter the rootfs");
	s->cwd = -1;
	if (op->pivot.flags & PIVOT_MOVE) {
		r = move_root(s, e);
		if (r < 0)
			return r;
	} else {
		/* pivot_root(2), "pivot_root(".", ".")": the old root lands on top of the new one,
		 * where "." finds it */
		r = kernel_pivot_root(".", ".");
		if (r < 0) {
			err_sys(e, ERR_ROOTFS, r, "pivot_root");
			return err_hint(e, r,
					"if / is an initramfs, which cannot be left, use "
					"--no-pivot");
		}
		r = kernel_umount(".", MNT_DETACH);
		if (r < 0)
			return err_sys(e, ERR_ROOTFS, r, "detach the host's root");
	}
	s->at_root = true;
	fds_slots_done(s);
	return 0;
}
