/*
 * The words of linux.seccomp (config-linux.md "Seccomp", runtime-spec 1.3.0).
 *
 * owns:     the tables of actions, operators, architectures and flags
 * may use:  base, oci (types)
 * must not: call libseccomp
 */
#include "seccomp/names.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>

#include "oci/spec.h"
#include "runtime/base/cleanup.h"

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

enum {
	ERRNO_MAX = 4095,       /* the kernel cuts larger ones down to this */
	TRACE_DATA_MAX = 65535, /* SECCOMP_RET_DATA */
};

const struct action_info action_table[] = {
	{"SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW, 0, true},
	{"SCMP_ACT_ERRNO", SECCOMP_RET_ERRNO, ERRNO_MAX, false},
	{"SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD, 0, false},
	{"SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS, 0, false},
	{"SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD, 0, false},
	{"SCMP_ACT_LOG", SECCOMP_RET_LOG, 0, true},
	{"SCMP_ACT_NOTIFY", SECCOMP_RET_USER_NOTIF, 0, false},
	{"SCMP_ACT_TRACE", SECCOMP_RET_TRACE, TRACE_DATA_MAX, true},
	{"SCMP_ACT_TRAP", SECCOMP_RET_TRAP, 0, false},
};
const size_t action_table_len = ARRAY_LEN(action_table);

const struct operator_info operator_table[] = {
	[SECCOMP_NE] = {"SCMP_CMP_NE", BPF_JEQ, true, 3},
	[SECCOMP_LT] = {"SCMP_CMP_LT", BPF_JGE, true, 2},
	[SECCOMP_LE] = {"SCMP_CMP_LE", BPF_JGT, true, 2},
	[SECCOMP_EQ] = {"SCMP_CMP_EQ", BPF_JEQ, false, 3},
	[SECCOMP_GE] = {"SCMP_CMP_GE", BPF_JGE, false, 1},
	[SECCOMP_GT] = {"SCMP_CMP_GT", BPF_JGT, false, 1},
	[SECCOMP_MASKED_EQ] = {"SCMP_CMP_MASKED_EQ", BPF_JEQ, false, 3},
};
const size_t operator_table_len = ARRAY_LEN(operator_table);

const char *const arch_table[] = {
	"SCMP_ARCH_AARCH64",     "SCMP_ARCH_ARM",    "SCMP_ARCH_LOONGARCH64",
	"SCMP_ARCH_M68K",        "SCMP_ARCH_MIPS",   "SCMP_ARCH_MIPS64",
	"SCMP_ARCH_MIPS64N32",   "SCMP_ARCH_MIPSEL", "SCMP_ARCH_MIPSEL64",
	"SCMP_ARCH_MIPSEL64N32", "SCMP_ARCH_PARISC", "SCMP_ARCH_PARISC64",
	"SCMP_ARCH_PPC",         "SCMP_ARCH_PPC64",  "SCMP_ARCH_PPC64LE",
	"SCMP_ARCH_RISCV64",     "SCMP_ARCH_S390",   "SCMP_ARCH_S390X",
	"SCMP_ARCH_SH",          "SCMP_ARCH_SHEB",   "SCMP_ARCH_X32",
	"SCMP_ARCH_X86",         "SCMP_ARCH_X86_64",
};
const size_t arch_table_len = ARRAY_LEN(arch_table);

const struct flag_info flag_table[] = {
	{"SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG, 0},
	{"SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW, 0},
	/* init has one thread, and the kernel refuses TSYNC beside a listener */
	{"SECCOMP_FILTER_FLAG_TSYNC", 0, 0},
	{"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
	 SECCOMP_FILTER_FLAG_NEW_LISTENER},
};
const size_t flag_table_len = ARRAY_LEN(flag_table);

const struct action_info *action_find(uint32_t ret)
{
	for (size_t i = 0; i < action_table_len; i++)
		if (action_table[i].ret == ret)
			return &action_table[i];
	return NULL;
}

const struct flag_info *flag_find(const char *name)
{
	for (size_t i = 0; i < flag_table_len; i++)
		if (strcmp(flag_table[i].name, name) == 0)
			return &flag_table[i];
	return NULL;
}

static bool arch_known(const char *oci_name)
{
	for (size_t i = 0; i < arch_table_len; i++)
		if (strcmp(arch_table[i], oci_name) == 0)
			return true;
	return false;
}

bool arch_name(const char *oci_name, char ret[ARCH_NAME_SIZE])
{
	const char *from;
	size_t i;

	if (!arch_known(oci_name))
		return false;
	from = oci_name + strlen("SCMP_ARCH_");
	for (i = 0; from[i]; i++)
		ret[i] = from[i] >= 'A' && from[i] <= 'Z' ? from[i] - 'A' + 'a' : from[i];
	ret[i] = '\0';
	return true;
}
