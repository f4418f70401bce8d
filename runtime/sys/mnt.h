/*
 * Mounts by descriptor: fsopen, open_tree, mount_setattr, move_mount.
 *
 * owns:     nothing
 * may use:  base
 * must not: take a path below a container's root as text; word errors
 */
#ifndef RUNDLET_SYS_MNT_H
#define RUNDLET_SYS_MNT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "runtime/base/cleanup.h"

/* A detached clone of the tree at path (host view, AT_FDCWD) or at fd itself when path is NULL.
 * Close-on-exec. */
int mnt_clone(int fd, const char *path, bool recursive, bool nofollow) MUST_USE;
/* The same of path, of which root is the beginning: links below that lead no further than root. ""
 * for root: the host's links, all of them. */
int mnt_clone_within(const char *root, const char *path, bool recursive, bool nofollow) MUST_USE;
/* mnt_clone() of all that is below, itself if it is a link, and all of it read-only. */
int mnt_clone_readonly(int fd, const char *path) MUST_USE;
/* Attaches the detached tree to what is at path, in the host's view. */
int mnt_attach_path(int tree, const char *path) MUST_USE;
/* Attaches the detached tree to a target descriptor. */
int mnt_attach(int tree, int target) MUST_USE;
/* The same to one name in an open directory; a symbolic link there is not followed (-EINVAL or
 * -ELOOP). */
int mnt_attach_at(int tree, int dir, const char *name) MUST_USE;
/* mount_setattr(2) on a tree or mount: attributes to set and clear (MOUNT_ATTR_*), propagation
 * (MS_*) or 0. */
int mnt_change(int tree, uint64_t set, uint64_t clear, uint64_t propagation,
	       bool recursive) MUST_USE;

/* The same with MOUNT_ATTR_IDMAP: ids are mapped as in the user namespace behind userns. */
int mnt_idmap(int tree, int userns, bool recursive) MUST_USE;

/* fsopen(2). */
int mnt_fs_open(const char *type) MUST_USE;
/* fspick(2) of what is mounted at the descriptor target, to reconfigure it. */
int mnt_fs_pick(int target) MUST_USE;
/* FSCONFIG_CMD_RECONFIGURE. */
int mnt_fs_reconfigure(int fs) MUST_USE;
/* One option, "key" or "key=value", through fsconfig(2). */
int mnt_fs_option(int fs, const char *option) MUST_USE;
/* FSCONFIG_CMD_CREATE and fsmount(2) with attr; the detached mount. */
int mnt_fs_create(int fs, uint64_t attr) MUST_USE;
/* The last message that the kernel left in the fs context, without its "e " prefix; "" if none. */
void mnt_fs_message(int fs, char *buf, size_t size);

#endif
