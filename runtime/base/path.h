/*
 * Paths as text: nothing here touches a file system.
 *
 * owns:     nothing
 * may use:  libc string functions, base/arena
 * must not: call the kernel
 */
#ifndef RUNDLET_BASE_PATH_H
#define RUNDLET_BASE_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "runtime/base/arena.h"

/*
 * Normalises lexically: makes it absolute (relative means from "/"), drops "." and empty
 * components, resolves ".." without leaving "/". Symlinks are not looked at: the result is for
 * comparing and for handing to rooted_*, which resolves below a root fd. The result lives in a.
 */
char *path_normalize(struct arena *a, const char *path);
/* dir/name, without doubling the slash. name must not be absolute. */
char *path_join(struct arena *a, const char *dir, const char *name);
/* Is path equal to dir or below it? Both normalised. */
bool path_below(const char *path, const char *dir);
/* The last component, a pointer into path ("" for "/"). */
const char *path_base(const char *path);

/* Is one of its components ".."? What a caller names below a place of ours must not leave it. */
bool path_climbs(const char *path);

#endif
