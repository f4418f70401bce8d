/*
 * Architectures as a filter sees them, and the numbers of their system calls.
 *
 * owns:     which calls are also reached through socketcall(2) and ipc(2)
 * may use:  base, libseccomp: names to numbers, and nothing else
 * must not: know what a profile is
 *
 * Private to seccomp/.
 */
#ifndef RUNDLET_SECCOMP_ABI_H
#define RUNDLET_SECCOMP_ABI_H

#include <stdbool.h>

#include "seccomp/library.h"

enum { X32_BIT = 0x40000000 }; /* in the number of every system call of x32 */

enum abi_muxer { MUXER_SOCKETCALL, MUXER_IPC, MUXER_COUNT };
enum { ABI_MULTIPLEXED = 32 }; /* calls that one of these can make */

struct abi {
	uint32_t token;              /* SCMP_ARCH_* */
	uint32_t audit;              /* AUDIT_ARCH_*, which the kernel tells a filter */
	bool wide;                   /* arguments have 64 bits */
	bool big_endian;             /* the upper half of an argument comes first */
	int muxers[MUXER_COUNT];     /* the numbers of socketcall(2) and ipc(2), negative: none */
	int direct[ABI_MULTIPLEXED]; /* the numbers of what they multiplex, once looked up */
	bool direct_known;
};

/* The ways in which one system call can be made. */
struct abi_call {
	int direct;   /* its number, negative: it has none */
	int muxer;    /* the number of the call that does it on behalf, negative: none */
	uint32_t sub; /* the first argument of that call */
};

/* The architecture with that token of libseccomp. */
struct abi abi_of(const struct library *lib, uint32_t token);

/* Both members of the result are negative: no such system call there. */
struct abi_call abi_resolve(struct abi *abi, const struct library *lib, const char *name);

#endif
