/*
 * Architectures as a filter sees them, and the numbers of their system calls.
 *
 * owns:     which calls are also reached through socketcall(2) and ipc(2)
 * may use:  base, libseccomp: names to numbers, and nothing else
 * must not: know what a profile is
 */
#include "seccomp/abi.h"

#include <linux/audit.h>
#include <linux/ipc.h>
#include <linux/net.h>
#include <stdlib.h>
#include <string.h>

/* The first argument of socketcall(2) and ipc(2). */
static const struct {
	const char *name;
	enum abi_muxer muxer;
	uint32_t sub;
} multiplexed[] = {
	{"socket", MUXER_SOCKETCALL, SYS_SOCKET},
	{"bind", MUXER_SOCKETCALL, SYS_BIND},
	{"connect", MUXER_SOCKETCALL, SYS_CONNECT},
	{"listen", MUXER_SOCKETCALL, SYS_LISTEN},
	{"accept", MUXER_SOCKETCALL, SYS_ACCEPT},
	{"getsockname", MUXER_SOCKETCALL, SYS_GETSOCKNAME},
	{"getpeername", MUXER_SOCKETCALL, SYS_GETPEERNAME},
	{"socketpair", MUXER_SOCKETCALL, SYS_SOCKETPAIR},
	{"send", MUXER_SOCKETCALL, SYS_SEND},
	{"recv", MUXER_SOCKETCALL, SYS_RECV},
	{"sendto", MUXER_SOCKETCALL, SYS_SENDTO},
	{"recvfrom", MUXER_SOCKETCALL, SYS_RECVFROM},
	{"shutdown", MUXER_SOCKETCALL, SYS_SHUTDOWN},
	{"setsockopt", MUXER_SOCKETCALL, SYS_SETSOCKOPT},
	{"getsockopt", MUXER_SOCKETCALL, SYS_GETSOCKOPT},
	{"sendmsg", MUXER_SOCKETCALL, SYS_SENDMSG},
	{"recvmsg", MUXER_SOCKETCALL, SYS_RECVMSG},
	{"accept4", MUXER_SOCKETCALL, SYS_ACCEPT4},
	{"recvmmsg", MUXER_SOCKETCALL, SYS_RECVMMSG},
	{"sendmmsg", MUXER_SOCKETCALL, SYS_SENDMMSG},
	{"semop", MUXER_IPC, SEMOP},
	{"semget", MUXER_IPC, SEMGET},
	{"semctl", MUXER_IPC, SEMCTL},
	{"semtimedop", MUXER_IPC, SEMTIMEDOP},
	{"msgsnd", MUXER_IPC, MSGSND},
	{"msgrcv", MUXER_IPC, MSGRCV},
	{"msgget", MUXER_IPC, MSGGET},
	{"msgctl", MUXER_IPC, MSGCTL},
	{"shmat", MUXER_IPC, SHMAT},
	{"shmdt", MUXER_IPC, SHMDT},
	{"shmget", MUXER_IPC, SHMGET},
	{"shmctl", MUXER_IPC, SHMCTL},
};

_Static_assert(ARRAY_LEN(multiplexed) == ABI_MULTIPLEXED, "struct abi has room for each");

struct abi abi_of(const struct library *lib, uint32_t token)
{
	const char *const names[MUXER_COUNT] = {"socketcall", "ipc"};
	struct abi abi = {
		.token = token,
		/* a token is the kernel's AUDIT_ARCH_* but for x32, which the kernel calls x86_64
		 */
		.audit = token == SCMP_ARCH_X32 ? SCMP_ARCH_X86_64 : token,
		.wide = token & __AUDIT_ARCH_64BIT && token != SCMP_ARCH_MIPS64N32 &&
			token != SCMP_ARCH_MIPSEL64N32,
		.big_endian = !(token & __AUDIT_ARCH_LE),
	};

	for (size_t i = 0; i < MUXER_COUNT; i++)
		abi.muxers[i] = lib->syscall_resolve_name_arch(token, names[i]);
	return abi;
}

/*
 * libseccomp hides the number of a call that it knows how to reach through another one, but tells
 * the name of a number. These calls got theirs late, long after the others, but for MIPS, where
 * they always had one. There socketcall(2) is 4102, not 102.
 */
static void find_direct(struct abi *abi, const struct library *lib)
{
	const int base = abi->muxers[MUXER_SOCKETCALL] - 102;
	const int from = base ? 150 : 300, to = 450;

	for (size_t i = 0; i < ABI_MULTIPLEXED; i++)
		abi->direct[i] = -1;
	for (int nr = base + from; nr < base + to; nr++) {
		char *name = lib->syscall_resolve_num_arch(abi->token, nr);

		for (size_t i = 0; name && i < ABI_MULTIPLEXED; i++)
			if (strcmp(multiplexed[i].name, name) == 0)
				abi->direct[i] = nr;
		free(name);
	}
	abi->direct_known = true;
}

struct abi_call abi_resolve(struct abi *abi, const struct library *lib, const char *name)
{
	struct abi_call call = {
		.direct = lib->syscall_resolve_name_arch(abi->token, name),
		.muxer = -1,
	};

	if (call.direct >= 0)
		return call;
	for (size_t i = 0; i < ABI_MULTIPLEXED; i++) {
		int muxer = abi->muxers[multiplexed[i].muxer];

		if (muxer < 0 || strcmp(multiplexed[i].name, name) != 0)
			continue;
		if (!abi->direct_known)
			find_direct(abi, lib);
		return (struct abi_call){abi->direct[i], muxer, multiplexed[i].sub};
	}
	return call;
}
