/*
 * A /proc that can be trusted: verified before anything is written through it.
 *
 * owns:     nothing
 * may use:  base
 * must not: word errors; follow links or cross mounts below the handle
 *
 * (rule R3, contrib/doc/security.md)
 */
#ifndef RUNDLET_SYS_PROCFS_H
#define RUNDLET_SYS_PROCFS_H

#include <stdbool.h>
#include <sys/types.h>

#include "runtime/base/cleanup.h"

/*
 * A handle on procfs for the calling process's pid namespace, close-on-exec: /proc, checked to be
 * the root of a proc file system (PROC_SUPER_MAGIC, inode PROC_ROOT_INO), else -ENODEV. Init
 * prefers a private one: procfs_private().
 */
int procfs_open(void) MUST_USE;
/*
 * The directory of a process, by number or "self", below /proc, close-on-exec: it is checked to be
 * of a proc file system. For procfs_open_at(), which then crosses nothing that is mounted in it.
 */
int procfs_process(const char *pid) MUST_USE;
/* fsopen("proc") detached, with subset=pid when pid_only. -EPERM where the kernel does not allow
 * it. */
int procfs_private(bool pid_only) MUST_USE;
/* Opens path below the handle: RESOLVE_BENEATH | NO_XDEV | NO_SYMLINKS | NO_MAGICLINKS. "self" is a
 * link and is refused: name the pid. */
int procfs_open_at(int proc, const char *path, int flags) MUST_USE;
/* Writes the text with one write(2). */
int procfs_write(int proc, const char *path, const char *text) MUST_USE;

#endif
