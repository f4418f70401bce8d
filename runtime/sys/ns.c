/*
 * Namespaces by descriptor.
 *
 * owns:     nothing
 * may use:  base, sys/kernel
 * must not: word errors
 */
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "runtime/base/fmt.h"
#include "runtime/sys/kernel.h"
#include "runtime/sys/ns.h"

#ifndef NS_GET_MNTNS_ID
#define NS_GET_MNTNS_ID _IOR(0xb7, 0x5, uint64_t)
#endif

static enum ns_type type_of_flag(int flag)
{
	for (unsigned int i = 0; i < NS_COUNT; i++)
		if (ns_table[i].flag == (uint64_t)(unsigned int)flag)
			return (enum ns_type)i;
	return NS_COUNT;
}

int ns_open(const char *path, enum ns_type type, enum ns_type *ret_type)
{
	AUTO(close_fd) int fd = -1;
	struct statfs fs;
	int flag;

	*ret_type = NS_COUNT;
	/* The path is the configuration's: a fifo must not block, a terminal not become ours. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -errno;
	/* Only then is the ioctl what it says: a device might know the number for something else.
	 */
	if (fstatfs(fd, &fs) < 0)
		return -errno;
	if (fs.f_type != NSFS_MAGIC)
		return -ENOTTY;
	flag = ioctl(fd, NS_GET_NSTYPE);
	if (flag < 0)
		return -errno;
	*ret_type = type_of_flag(flag);
	return *ret_type == type ? take_fd(&fd) : -EINVAL;
}

int ns_enter(int fd, enum ns_type type)
{
	return kernel_result(syscall(SYS_setns, fd, (int)ns_table[type].flag));
}

int ns_enter_all(int pidfd, uint64_t flags)
{
	return kernel_result(syscall(SYS_setns, pidfd, (int)flags));
}

int ns_differing(pid_t pid, uint64_t look, uint64_t *ret)
{
	uint64_t flags = 0;

	for (enum ns_type t = 0; t < NS_COUNT; t++) {
		struct stat theirs, ours;
		char path[64];

		if (!(look & ns_table[t].flag))
			continue;
		fmt_buf(path, sizeof(path), "/proc/self/ns/%s", ns_table[t].proc);
		if (stat(path, &ours) < 0) {
			if (errno == ENOENT)
				continue;
			return -errno;
		}
		fmt_buf(path, sizeof(path), "/proc/%d/ns/%s", pid, ns_table[t].proc);
		if (stat(path, &theirs) < 0)
			return errno == ENOENT ? -ESRCH : -errno;
		if (theirs.st_dev != ours.st_dev || theirs.st_ino != ours.st_ino)
			flags |= ns_table[t].flag;
	}
	*ret = flags;
	return 0;
}

int ns_mount_id(pid_t pid, uint64_t *ret)
{
	AUTO(close_fd) int fd = -1;
	char path[64];

	fmt_buf(path, sizeof(path), "/proc/%d/ns/mnt", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	return kernel_result(ioctl(fd, NS_GET_MNTNS_ID, ret));
}

int ns_is_current(int fd, enum ns_type type)
{
	struct stat theirs, ours;
	char path[64];

	fmt_buf(path, sizeof(path), "/proc/self/ns/%s", ns_table[type].proc);
	if (fstat(fd, &theirs) < 0 || stat(path, &ours) < 0)
		return -errno;
	return theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino;
}

int ns_inode(int fd, uint64_t *ret)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	*ret = st.st_ino;
	return 0;
}

int ns_relative(int fd, enum ns_relation relation, uint64_t *ret_inode)
{
	AUTO(close_fd) int other = ioctl(fd, relation == NS_OWNER ? NS_GET_USERNS : NS_GET_PARENT);

	return other < 0 ? -errno : ns_inode(other, ret_inode);
}

int ns_owner_uid(int fd, uint32_t *ret)
{
	uid_t uid;

	if (ioctl(fd, NS_GET_OWNER_UID, &uid) < 0)
		return -errno;
	*ret = uid;
	return 0;
}
