/*
 * The cgroup file systems, by descriptor.
 *
 * owns:     nothing
 * may use:  base
 * must not: word errors; resolve a path anywhere but below a verified mount; write cgroup.procs of
 * a cgroup2 hierarchy, where clone3(CLONE_INTO_CGROUP) does it without waiting
 *
 * Everything returns 0, a descriptor or a count, or a negative errno. Paths are relative to the
 * mount or cgroup that they are resolved below, without a leading slash; "" is that directory
 * itself. (cgroups(7), Documentation/admin-guide/cgroup-v2.rst)
 */
#ifndef RUNDLET_SYS_CGFS_H
#define RUNDLET_SYS_CGFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "runtime/base/cleanup.h"

enum cgfs_version { CGFS_V1 = 1, CGFS_V2 = 2 };

/* Opens a mount point and checks that a cgroup file system of that version is there: -ENODEV else.
 */
int cgfs_mount(const char *path, enum cgfs_version version) MUST_USE;
/* Opens a cgroup below a directory: no links, no "..", no other file system. */
int cgfs_open(int dir, const char *path) MUST_USE;
/*
 * Makes every missing directory of path below dir and opens the last one. *ret_made: how many
 * components, counted from the end, were made here. What was made is removed again on failure.
 */
int cgfs_make(int dir, const char *path, uint32_t *ret_made) MUST_USE;
/* Removes one cgroup, which may be gone already. -EBUSY while a process or a cgroup is in it. */
int cgfs_remove_one(int dir, const char *path) MUST_USE;
/* Removes every cgroup below dir, depth first. -EBUSY while a process is in one. */
int cgfs_remove_below(int dir) MUST_USE;

/* May the caller (by effective ids) write this file? access(2) semantics; 0 or a negative errno. */
int cgfs_writable(int dir, const char *file) MUST_USE;
/* Writes text with one write(2). */
int cgfs_write(int dir, const char *file, const char *text) MUST_USE;
/* Reads at most size - 1 bytes, terminates them and cuts the last line break. The length. */
ssize_t cgfs_read(int dir, const char *file, char *buf, size_t size) MUST_USE;
/* A file that holds one number; "max" is UINT64_MAX. */
int cgfs_read_u64(int dir, const char *file, uint64_t *ret) MUST_USE;
/* The number after "KEY " in a file of such lines (memory.events, cpu.stat): -ENODATA if there is
 * no such line. */
int cgfs_read_key(int dir, const char *file, const char *key, uint64_t *ret) MUST_USE;
/* Is word one of the blank-separated words of the file? 1 or 0. */
int cgfs_has_word(int dir, const char *file, const char *word) MUST_USE;

/*
 * Waits until cgroup.events says "KEY V" (populated, frozen), woken by the kernel and not by a
 * clock. timeout_ms bounds the whole wait: -ETIMEDOUT. A cgroup that is gone is -ENODEV.
 */
int cgfs_wait_event(int dir, const char *key, uint64_t v, int timeout_ms) MUST_USE;

/*
 * Calls fn for each pid in the cgroup and in those below it. A non-zero result of fn ends the walk
 * and is returned. Threaded cgroups are answered by the domain above them.
 */
int cgfs_each_pid(int dir, int (*fn)(pid_t pid, void *data), void *data) MUST_USE;

#endif
