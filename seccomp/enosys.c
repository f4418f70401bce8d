/*
 * ENOSYS for system calls that are newer than the profile.
 *
 * owns:     the instructions put before a filter
 * may use:  libseccomp's header (architecture tokens)
 * must not: call libseccomp
 *
 *      load  arch
 *      arch is ours?            no  -> next block
 *      load  number
 *      x32 bit as it should be? no  -> next block    (x86_64 and x32 share one arch)
 *      number is setup(2)?      yes -> ENOSYS        (s390: stands for every large number)
 *      number > last?           no  -> next block
 *      return ENOSYS
 */
#include "seccomp/enosys.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdbool.h>

#define X32_BIT 0x40000000U

#define LOAD(member)                                                                               \
	((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,                                    \
				      offsetof(struct seccomp_data, member)))
#define JUMP(op, k, jt, jf) ((struct sock_filter)BPF_JUMP(BPF_JMP | (op) | BPF_K, (k), (jt), (jf)))

size_t enosys_block(struct sock_filter *out, uint32_t token, uint32_t last)
{
	bool x32 = token == SCMP_ARCH_X32;
	bool x86_64 = token == SCMP_ARCH_X86_64;
	bool s390 = token == SCMP_ARCH_S390 || token == SCMP_ARCH_S390X;
	size_t n = 4 + (x32 || x86_64) + s390 + 1; /* known first: jumps lead to the end */
	size_t i = 0;

	out[i++] = LOAD(arch);
	/* the token is the kernel's AUDIT_ARCH_* but for x32, which the kernel calls x86_64 */
	out[i++] = JUMP(BPF_JEQ, x32 ? SCMP_ARCH_X86_64 : token, 0, n - 2);
	out[i++] = LOAD(nr);
	if (x86_64)
		out[i++] = JUMP(BPF_JSET, X32_BIT, n - 4, 0);
	if (x32)
		out[i++] = JUMP(BPF_JSET, X32_BIT, 0, n - 4);
	if (s390)
		out[i++] = JUMP(BPF_JEQ, 0, 1, 0);
	out[i++] = JUMP(BPF_JGT, last, 0, 1);
	out[i++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS);
	return i;
}
