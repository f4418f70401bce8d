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

#include "runtime/base/io.h"
#include "runtime/init/init.h"
#include "runtime/sys/kernel.h"

enum { MOUNTINFO_MAX = 4 << 20 };

/* Undoes the octal escapes of mountinfo (proc(5)), in place. */
static void unescape(char *text)
{
	char *out = text;

	for (char *in = text; *in; in++) {
		if (in[0] == '\\' && in[1] && in[2] && in[3]) {
			*out++ = (char)((in[1] - '0') << 6 | (in[2] - '0') << 3 | (in[3] - '0'));
			in += 3;
		} else {
			*out++ = *in;
		}
	}
	*out = '\0';
}

/* The mount point in a line of mountinfo (its fifth word) if it is a procfs or sysfs, else NULL. */
static char *proc_or_sys(char *line)
{
	const char *type = strstr(line, " - ");
	char *point = line;

	if (!type || (strncmp(type, " - proc ", 8) != 0 && strncmp(type, " - sysfs ", 9) != 0))
		return NULL;
	for (int word = 0; word < 4; word++) {
		point = strchr(point, ' ');
		if (!point)
			return NULL;
		point++;
	}
	point[strcspn(point, " ")] = '\0';
	unescape(point);
	return point;
}

static bool is_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return !strncmp(path, dir, n) && (!path[n] || path[n] == '/');
}

/*
 * Without pivot_root the old mounts stay reachable for whoever gets out of the chroot, and a procfs
 * or sysfs that is not the container's own would hand the host to it. Unmounts them; what is locked
 * by the user namespace is covered.
 */
static int drop_kernel_mounts(struct init *s, const char *own, struct err *e)
{
	char *info = init_alloc(s, MOUNTINFO_MAX), *line, *next;
	int fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC), r;
	ssize_t n;

	if (fd < 0)
		return err_sys(e, ERR_ROOTFS, -errno, "open /proc/self/mountinfo");
	n = io_read_full(fds_scratch(s, fd), info, MOUNTINFO_MAX);
	if (n < 0 || n == MOUNTINFO_MAX)
		return err_sys(e, ERR_ROOTFS, n < 0 ? (int)n : -EFBIG, "read /proc/self/mountinfo");
	info[n] = '\0';
	for (line = info; *line; line = next) {
		size_t len = strcspn(line, "\n");
		char *point;

		next = line + len + (line[len] == '\n');
		line[len] = '\0';
		point = proc_or_sys(line);
		if (!point || is_below(point, own))
			continue;
		r = kernel_umount(point, MNT_DETACH | UMOUNT_NOFOLLOW);
		if (r == 0 || r == -ENOENT)
			continue;
		r = kernel_mount("tmpfs", point, "tmpfs", MS_RDONLY, "size=4k");
		if (r < 0 && r != -ENOENT)
			return err_sys(e, ERR_ROOTFS, r, "cover %s of the host", point);
	}
	return 0;
}

static int move_root(struct init *s, struct err *e)
{
	char own[PATH_MAX];
	int r;

	/* the system call: the library's function may make up a path */
	if (syscall(SYS_getcwd, own, sizeof(own)) < 0 || own[0] != '/')
		return err_set(e, ERR_ROOTFS, "the rootfs is not reachable from /");
	r = drop_kernel_mounts(s, own, e);
	if (r < 0)
		return r;
	r = kernel_mount(".", "/", NULL, MS_MOVE, NULL);
	if (r < 0)
		return err_sys(e, ERR_ROOTFS, r, "move the rootfs to /");
	if (chroot(".") < 0)
		return err_sys(e, ERR_ROOTFS, -errno, "change the root");
	if (chdir("/") < 0)
		return err_sys(e, ERR_ROOTFS, -errno, "enter the root");
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
