/*
 * A /proc that can be trusted.
 *
 * owns:     nothing
 * may use:  base, sys/kernel, sys/mnt
 * must not: word errors; follow links or cross mounts below the handle
 */
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "runtime/base/fmt.h"
#include "runtime/sys/kernel.h"
#include "runtime/sys/mnt.h"
#include "runtime/sys/procfs.h"

int procfs_open(void)
{
	AUTO(close_fd) int fd = -1;
	struct statfs fs;
	struct stat st;

	fd = open("/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstatfs(fd, &fs) < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (fs.f_type != PROC_SUPER_MAGIC || st.st_ino != KERNEL_PROC_ROOT_INO)
		return -ENODEV;
	return take_fd(&fd);
}

int procfs_process(const char *pid)
{
	AUTO(close_fd) int fd = -1;
	struct statfs fs;
	char path[32];

	fmt_buf(path, sizeof(path), "/proc/%s", pid);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstatfs(fd, &fs) < 0)
		return -errno;
	return fs.f_type == PROC_SUPER_MAGIC ? take_fd(&fd) : -ENODEV;
}

int procfs_private(bool pid_only)
{
	AUTO(close_fd) int fs = -1;
	int r;

	fs = mnt_fs_open("proc");
	if (fs < 0)
		return fs;
	r = pid_only ? mnt_fs_option(fs, "subset=pid") : 0;
	if (r < 0)
		return r;
	return mnt_fs_create(fs, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}

int procfs_open_at(int proc, const char *path, int flags)
{
	return kernel_openat2(proc, path, flags, 0,
			      RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS |
				      RESOLVE_NO_MAGICLINKS);
}

int procfs_write(int proc, const char *path, const char *text)
{
	const size_t size = strlen(text);
	AUTO(close_fd) int fd = -1;
	ssize_t n;

	fd = procfs_open_at(proc, path, O_WRONLY);
	if (fd < 0)
		return fd;
	/* One write(2): a map or a sysctl is taken as a whole or not at all. */
	do
		n = write(fd, text, size);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return (size_t)n == size ? 0 : -EIO;
}
