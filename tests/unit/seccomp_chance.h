/*
 * Random seccomp profiles.
 *
 * owns:     chance, from a seed; what a profile may consist of
 * may use:  oci (types), libseccomp (tokens)
 * must not: compile anything
 */
#ifndef RUNDLET_UNIT_SECCOMP_CHANCE_H
#define RUNDLET_UNIT_SECCOMP_CHANCE_H

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdint.h>

#include "oci/spec.h"
#include "runtime/base/cleanup.h"

enum { RULES_MAX = 24, NAMES_MAX = 6, ARGS_MAX = 3, ARCHS_MAX = 4, CALLS = 60 };

/* --- chance ------------------------------------------------------------------------------------
 */

static uint64_t seed;

static uint64_t chance(uint64_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (seed >> 11) % below;
}

#define PICK(table) ((table)[chance(ARRAY_LEN(table))])

static const char *const names[] = {
	"read",       "write",       "open",         "close",          "stat",         "lseek",
	"mmap",       "ioctl",       "socket",       "connect",        "accept",       "accept4",
	"sendmsg",    "recvmmsg",    "bind",         "semop",          "semget",       "shmat",
	"msgctl",     "semtimedop",  "clone",        "clone3",         "execve",       "kill",
	"uname",      "personality", "prctl",        "arch_prctl",     "tgkill",       "openat",
	"openat2",    "statx",       "faccessat2",   "setup",          "socketcall",   "ipc",
	"fstat64",    "_llseek",     "getuid32",     "mmap2",          "rt_sigreturn", "exit",
	"exit_group", "futex",       "futex_time64", "io_uring_setup", "no_such_call", "epoll_wait",
};

static const struct {
	const char *name;
	uint32_t token;
} archs[] = {
	{"SCMP_ARCH_X86_64", SCMP_ARCH_X86_64},   {"SCMP_ARCH_X86", SCMP_ARCH_X86},
	{"SCMP_ARCH_X32", SCMP_ARCH_X32},         {"SCMP_ARCH_AARCH64", SCMP_ARCH_AARCH64},
	{"SCMP_ARCH_ARM", SCMP_ARCH_ARM},         {"SCMP_ARCH_PPC64LE", SCMP_ARCH_PPC64LE},
	{"SCMP_ARCH_MIPSEL", SCMP_ARCH_MIPSEL},   {"SCMP_ARCH_MIPSEL64", SCMP_ARCH_MIPSEL64},
	{"SCMP_ARCH_RISCV64", SCMP_ARCH_RISCV64}, {"SCMP_ARCH_MIPSEL64N32", SCMP_ARCH_MIPSEL64N32},
	{"SCMP_ARCH_S390X", SCMP_ARCH_S390X},     {"SCMP_ARCH_S390", SCMP_ARCH_S390},
	{"SCMP_ARCH_PPC", SCMP_ARCH_PPC},         {"SCMP_ARCH_MIPS", SCMP_ARCH_MIPS},
};

static const uint64_t values[] = {
	0,           1,
	2,           5,
	6,           9,
	16,          0xffffffff,
	0x100000000, 0x100000005,
	0x200000005, UINT64_C(1) << 63,
	UINT64_MAX,  UINT64_MAX - 1,
	0x7e020000,
};

static const uint64_t masks[] = {
	0, 1, 0xf, 0xff00, 0xffffffff, UINT64_C(0xffffffff) << 32, UINT64_MAX, 0x100000001,
};

static const uint32_t actions[] = {
	SECCOMP_RET_ALLOW, SECCOMP_RET_ALLOW,        SECCOMP_RET_ERRNO,
	SECCOMP_RET_ERRNO, SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD,
	SECCOMP_RET_LOG,   SECCOMP_RET_TRAP,         SECCOMP_RET_TRACE,
};

static bool same_byte_order(uint32_t token)
{
	return !((token ^ seccomp_arch_native()) & __AUDIT_ARCH_LE);
}

/* --- a profile ---------------------------------------------------------------------------------
 */

struct profile {
	struct spec_seccomp spec;
	struct spec_seccomp_rule rules[RULES_MAX];
	struct spec_seccomp_arg args[RULES_MAX][ARGS_MAX];
	const char *names[RULES_MAX][NAMES_MAX];
	const char *archs[ARCHS_MAX];
	uint32_t tokens[ARCHS_MAX + 1]; /* the native one among them */
	size_t n_tokens;
};

static struct opt_u32 chance_errno(uint32_t action)
{
	bool takes = action == SECCOMP_RET_ERRNO || action == SECCOMP_RET_TRACE;

	return (struct opt_u32){.set = takes && chance(2), .v = chance(2) ? 38 : chance(200)};
}

static void chance_args(struct profile *p, size_t i)
{
	struct spec_seccomp_rule *rule = &p->rules[i];

	rule->args.v = p->args[i];
	rule->args.n = chance(3) ? 0 : 1 + chance(ARGS_MAX);
	for (size_t k = 0; k < rule->args.n; k++) {
		struct spec_seccomp_arg *arg = &p->args[i][k];
		bool masked;

		arg->index = chance(3) ? k : chance(6);
		arg->op = chance(SECCOMP_MASKED_EQ + 1);
		masked = arg->op == SECCOMP_MASKED_EQ;
		arg->value = masked ? PICK(masks) : PICK(values);
		arg->value_two = PICK(values);
	}
}

static void chance_archs(struct profile *p)
{
	size_t wanted = chance(ARCHS_MAX + 1);

	p->tokens[p->n_tokens++] = seccomp_arch_native();
	for (size_t i = 0; i < wanted; i++) {
		size_t k = chance(2) ? chance(3) : chance(ARRAY_LEN(archs));
		bool seen = !same_byte_order(archs[k].token);

		for (size_t t = 0; t < p->n_tokens; t++)
			seen |= p->tokens[t] == archs[k].token;
		if (seen)
			continue;
		p->tokens[p->n_tokens++] = archs[k].token;
		p->archs[p->spec.architectures.n++] = archs[k].name;
	}
	p->spec.architectures.v = p->archs;
}

/* agree: all rules have the same action, so that it does not matter which of them fits. */
static void chance_profile(struct profile *p, bool agree)
{
	uint32_t action = PICK(actions);

	*p = (struct profile){.spec = {.set = true, .default_action = PICK(actions)}};
	p->spec.default_errno_ret = chance_errno(p->spec.default_action);
	chance_archs(p);
	p->spec.syscalls.v = p->rules;
	p->spec.syscalls.n = chance(RULES_MAX + 1);
	for (size_t i = 0; i < p->spec.syscalls.n; i++) {
		struct spec_seccomp_rule *rule = &p->rules[i];

		rule->names.v = p->names[i];
		rule->names.n = 1 + chance(NAMES_MAX);
		for (size_t k = 0; k < rule->names.n; k++)
			p->names[i][k] = PICK(names);
		rule->action = agree ? action : PICK(actions);
		if (!agree)
			rule->errno_ret = chance_errno(rule->action);
		chance_args(p, i);
	}
}

static uint32_t with_data(uint32_t action, struct opt_u32 data)
{
	bool takes = action == SECCOMP_RET_ERRNO || action == SECCOMP_RET_TRACE;

	return action | (data.set ? data.v : takes ? EPERM : 0);
}

static uint32_t default_of(const struct profile *p)
{
	return with_data(p->spec.default_action, p->spec.default_errno_ret);
}

static uint32_t action_of(const struct spec_seccomp_rule *rule)
{
	return with_data(rule->action, rule->errno_ret);
}

/* Two conditions on one argument: every condition counts for itself. */
static bool is_split(const struct spec_seccomp_rule *rule)
{
	uint32_t seen = 0;

	for (size_t i = 0; i < rule->args.n; i++) {
		if (seen >> rule->args.v[i].index & 1)
			return true;
		seen |= 1U << rule->args.v[i].index;
	}
	return false;
}

#endif
