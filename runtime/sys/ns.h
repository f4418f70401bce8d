/*
 * Namespaces: open by path with the type verified, enter.
 *
 * owns:     nothing (the table of types is ns_table in base/names)
 * may use:  base
 * must not: word errors
 */
#ifndef RUNDLET_SYS_NS_H
#define RUNDLET_SYS_NS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "runtime/base/cleanup.h"
#include "runtime/base/names.h"

/*
 * Opens a namespace file (close-on-exec) and checks with ioctl_ns(2) NS_GET_NSTYPE that it is one
 * of this type. Returns the descriptor; -EINVAL when it is a namespace of another type (*ret_type
 * says which one), -ENOTTY when it is no namespace at all (*ret_type is NS_COUNT), or what open(2)
 * said.
 */
int ns_open(const char *path, enum ns_type type, enum ns_type *ret_type) MUST_USE;
/* setns(2). */
int ns_enter(int fd, enum ns_type type) MUST_USE;
/* setns(2) of all the flags at once, into the namespaces of the process behind pidfd. */
int ns_enter_all(int pidfd, uint64_t flags) MUST_USE;
/*
 * Which namespaces of process pid, of those in look (CLONE_NEW*), are not the caller's, by the
 * inodes below /proc/PID/ns: *ret has their bits. 0, -ESRCH when there is no such process, or a
 * negative errno. A kind that the kernel does not have is the same everywhere.
 */
int ns_differing(pid_t pid, uint64_t look, uint64_t *ret) MUST_USE;
/* How a namespace is related to others, ioctl_ns(2). */
enum ns_relation {
	NS_OWNER, /* the user namespace that owns it; of a user namespace the one above */
	NS_PARENT /* pid and user namespaces only */
};
/* The inode of a namespace, or of its relative: 0, -EPERM when that is beyond the caller's own, or
 * -EINVAL when it has none. */
int ns_inode(int fd, uint64_t *ret) MUST_USE;
int ns_relative(int fd, enum ns_relation relation, uint64_t *ret_inode) MUST_USE;
/* The uid that made a user namespace, as the caller sees it. */
int ns_owner_uid(int fd, uint32_t *ret) MUST_USE;
/*
 * The number of the mount namespace of process pid, which no other ever has. 0, -ESRCH when there
 * is no such process, -ENOTTY before Linux 6.11.
 */
int ns_mount_id(pid_t pid, uint64_t *ret) MUST_USE;
/* Is the calling process already in the namespace behind fd? 1, 0 or a negative errno. */
int ns_is_current(int fd, enum ns_type type) MUST_USE;

#endif
