/*
 * What the libc headers may lack: system calls, their structures and constants.
 *
 * owns:     the choice of headers: <linux/mount.h>, never <sys/mount.h>, whose versions differ
 *           between the C libraries and collide with it
 * may use:  base, kernel headers
 * must not: hold a number that a header should know, word errors
 *
 * Each wrapper is the system call of its name, with -errno instead of errno. All of them exist on
 * the kernel floor, 5.14: what a header lacks is an error of the build, not of the run.
 */
#ifndef RUNDLET_SYS_KERNEL_H
#define RUNDLET_SYS_KERNEL_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/close_range.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/nsfs.h>
#include <linux/openat2.h>
#include <linux/sched.h>

#include "runtime/base/cleanup.h"

#if !defined(SYS_clone3) || !defined(SYS_openat2) || !defined(SYS_mount_setattr) ||                \
	!defined(SYS_close_range) || !defined(SYS_pidfd_open) || !defined(SYS_pidfd_send_signal)
#error "the C library's <sys/syscall.h> is older than Linux 5.14: install newer headers"
#endif
#if !defined(SYS_open_tree) || !defined(SYS_move_mount) || !defined(SYS_fsopen) ||                 \
	!defined(SYS_fsconfig) || !defined(SYS_fsmount)
#error "the C library's <sys/syscall.h> is older than Linux 5.14: install newer headers"
#endif
#if !defined(MOUNT_ATTR_NOSYMFOLLOW) || !defined(CLONE_INTO_CGROUP) ||                             \
	!defined(CLOSE_RANGE_CLOEXEC) || !defined(RESOLVE_IN_ROOT)
#error "the kernel's headers are older than Linux 5.14: install a newer linux-libc-dev"
#endif

/* <sys/mount.h> has these two, <linux/mount.h> has not (include/linux/fs.h of the kernel). */
#ifndef MNT_DETACH
#define MNT_DETACH 2
#endif
#ifndef UMOUNT_NOFOLLOW
#define UMOUNT_NOFOLLOW 8
#endif

/* The inode of the root of every procfs (PROC_ROOT_INO, include/linux/proc_ns.h). */
enum { KERNEL_PROC_ROOT_INO = 1 };

/* What syscall(2) returned as a result or a negative errno. */
static inline int kernel_result(long r)
{
	return r < 0 ? -errno : (int)r;
}

/* mount(2). */
static inline int kernel_mount(const char *source, const char *target, const char *type,
			       unsigned long flags, const void *data)
{
	return kernel_result(syscall(SYS_mount, source, target, type, flags, data));
}

/* umount2(2). */
static inline int kernel_umount(const char *target, int flags)
{
	return kernel_result(syscall(SYS_umount2, target, flags));
}

/* pivot_root(2). */
static inline int kernel_pivot_root(const char *new_root, const char *put_old)
{
	return kernel_result(syscall(SYS_pivot_root, new_root, put_old));
}

/* close_range(2): flags 0 closes, CLOSE_RANGE_CLOEXEC marks. */
static inline int kernel_close_range(unsigned int first, unsigned int last, unsigned int flags)
{
	return kernel_result(syscall(SYS_close_range, first, last, flags));
}

/*
 * openat2(2), always close-on-exec; mode is looked at only when flags create a file. A rename
 * anywhere on the system makes a scoped lookup of ".." fail with EAGAIN: tried again a bounded
 * number of times. The descriptor or a negative errno.
 */
int kernel_openat2(int dir, const char *path, int flags, mode_t mode, uint64_t resolve) MUST_USE;

#endif
