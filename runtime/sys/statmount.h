/*
 * statmount(2) and listmount(2): the mounts of a mount namespace, one by one.
 *
 * owns:     their structures, which are newer than the headers that rundlet is built with
 * may use:  base
 * must not: word errors
 *
 * Linux 6.8 has them, 6.11 for other namespaces than the caller's, 6.13 with all that
 * is asked for here: -ENOSYS or -EINVAL before.
 */
#ifndef RUNDLET_SYS_STATMOUNT_H
#define RUNDLET_SYS_STATMOUNT_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/base/cleanup.h"

/* What was asked for and is there (mask). */
enum {
	STATMOUNT_WANT_SB = 0x1,
	STATMOUNT_WANT_MNT = 0x2,
	STATMOUNT_WANT_ROOT = 0x8,
	STATMOUNT_WANT_POINT = 0x10,
	STATMOUNT_WANT_TYPE = 0x20,
	STATMOUNT_WANT_OPTIONS = 0x80,
	STATMOUNT_WANT_SOURCE = 0x200,
};

/* struct statmount of the kernel's <linux/mount.h>; strings are offsets into str. */
struct statmount_reply {
	uint32_t size, options;
	uint64_t mask;
	uint32_t sb_dev_major, sb_dev_minor;
	uint64_t sb_magic;
	uint32_t sb_flags;
	uint32_t type;
	uint64_t id, parent_id;
	uint32_t id_old, parent_id_old;
	uint64_t attr, propagation, peer_group, master, propagate_from;
	uint32_t root, point;
	uint64_t ns_id;
	uint32_t subtype, source;
	uint64_t spare[48];
	char str[];
};

/* The number by which the two calls know the mount namespace behind fd. */
int statmount_namespace(int fd, uint64_t *ret) MUST_USE;
/* The ids of all its mounts, the root first, at most max. The count, or a negative errno. */
int statmount_list(uint64_t ns, uint64_t *ids, size_t max) MUST_USE;
/* Of one mount, into size bytes at ret. 0 or a negative errno: -EOVERFLOW when that is too small.
 */
int statmount_get(uint64_t ns, uint64_t id, uint64_t want, struct statmount_reply *ret,
		  size_t size) MUST_USE;

#endif
