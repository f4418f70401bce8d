/*
 * Paths of the container: resolved below a root fd, or not at all.
 *
 * owns:     nothing
 * may use:  base
 * must not: join a root and a path as text; follow magic links; word errors
 *
 * Every path here is "/"-separated and is resolved as if root were "/": openat2(2) with
 * RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS. Symbolic links of the image are followed, but never out
 * of the root. (rules R1, R2 of the threat model, contrib/doc/security.md)
 */
#ifndef RUNDLET_SYS_ROOTED_H
#define RUNDLET_SYS_ROOTED_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "runtime/base/cleanup.h"

/* Opens path with O_CLOEXEC | flags (mode for O_CREAT). The descriptor or a negative errno. */
int rooted_open(int root, const char *path, int flags, mode_t mode) MUST_USE;
/* The same without following a symbolic link in the last component or above it: -ELOOP if there is
 * one. */
int rooted_open_nolinks(int root, const char *path, int flags, mode_t mode) MUST_USE;

/*
 * Opens (O_PATH) the directory that holds the last component of path, making missing directories
 * with mode, and points *ret_name to that component within path. "/" is -EBUSY. Makes directories
 * one at a time with mkdirat and reopens each without following links, so that a swapped component
 * cannot lead outside.
 */
int rooted_parent(int root, const char *path, mode_t mode, const char **ret_name) MUST_USE;

/*
 * Opens (O_PATH) the directory, or the file when file is true, at path; makes it (and missing
 * parents, mode 0755) with mode if there is none. Links of the image are followed inside the root,
 * and one that leads nowhere gets its target made there. What is there already is not checked to be
 * a file when file is true. The umask applies: init has a usual one.
 */
int rooted_make(int root, const char *path, bool file, mode_t mode) MUST_USE;

#endif
