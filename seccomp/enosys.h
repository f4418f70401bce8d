/*
 * ENOSYS for system calls that are newer than the profile.
 *
 * owns:     the instructions put before a filter
 * may use:  libseccomp's header (architecture tokens)
 * must not: call libseccomp
 *
 * A profile that denies by default answers EPERM to a system call that it was written too early to
 * know. A libc that probes for a new system call falls back on ENOSYS alone and takes EPERM for
 * the truth, so programs break. runc therefore answers ENOSYS to every number above the largest
 * one that the profile names, and so do we. Private to seccomp/.
 */
#ifndef RUNDLET_SECCOMP_ENOSYS_H
#define RUNDLET_SECCOMP_ENOSYS_H

#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>

/* The most instructions that one architecture takes. */
enum { ENOSYS_BLOCK_MAX = 6 };

/*
 * Writes the block for one architecture to out, which has room for ENOSYS_BLOCK_MAX instructions.
 * token: SCMP_ARCH_*; last: the largest number that the profile names there. Blocks follow one
 * another and the filter follows the last one; a system call that is none of a block's business
 * falls through to what comes after. Returns the number of instructions.
 */
size_t enosys_block(struct sock_filter *out, uint32_t token, uint32_t last);

#endif
