/*
 * Tables of config.json: linux.seccomp (config-linux.md "Seccomp").
 *
 * owns:     tables, nothing else
 * may use:  oci/schema
 * must not: know libseccomp (seccomp/ does): actions are the kernel's own numbers
 */
#include "oci/tables.h"

#include <linux/seccomp.h>

static const struct name action_names[] = {
	{"SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD},
	{"SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS},
	{"SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD},
	{"SCMP_ACT_TRAP", SECCOMP_RET_TRAP},
	{"SCMP_ACT_ERRNO", SECCOMP_RET_ERRNO},
	{"SCMP_ACT_TRACE", SECCOMP_RET_TRACE},
	{"SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW},
	{"SCMP_ACT_LOG", SECCOMP_RET_LOG},
	{"SCMP_ACT_NOTIFY", SECCOMP_RET_USER_NOTIF},
};

static const struct name operator_names[] = {
	{"SCMP_CMP_NE", SECCOMP_NE},
	{"SCMP_CMP_LT", SECCOMP_LT},
	{"SCMP_CMP_LE", SECCOMP_LE},
	{"SCMP_CMP_EQ", SECCOMP_EQ},
	{"SCMP_CMP_GE", SECCOMP_GE},
	{"SCMP_CMP_GT", SECCOMP_GT},
	{"SCMP_CMP_MASKED_EQ", SECCOMP_MASKED_EQ},
};

/* Kept as words: what they mean is libseccomp's business. */
static const struct name arch_names[] = {
	{"SCMP_ARCH_X86", 0},         {"SCMP_ARCH_X86_64", 0},  {"SCMP_ARCH_X32", 0},
	{"SCMP_ARCH_ARM", 0},         {"SCMP_ARCH_AARCH64", 0}, {"SCMP_ARCH_LOONGARCH64", 0},
	{"SCMP_ARCH_M68K", 0},        {"SCMP_ARCH_MIPS", 0},    {"SCMP_ARCH_MIPS64", 0},
	{"SCMP_ARCH_MIPS64N32", 0},   {"SCMP_ARCH_MIPSEL", 0},  {"SCMP_ARCH_MIPSEL64", 0},
	{"SCMP_ARCH_MIPSEL64N32", 0}, {"SCMP_ARCH_PPC", 0},     {"SCMP_ARCH_PPC64", 0},
	{"SCMP_ARCH_PPC64LE", 0},     {"SCMP_ARCH_S390", 0},    {"SCMP_ARCH_S390X", 0},
	{"SCMP_ARCH_SH", 0},          {"SCMP_ARCH_SHEB", 0},    {"SCMP_ARCH_PARISC", 0},
	{"SCMP_ARCH_PARISC64", 0},    {"SCMP_ARCH_RISCV64", 0},
};

static const struct name flag_names[] = {
	{"SECCOMP_FILTER_FLAG_TSYNC", 0},
	{"SECCOMP_FILTER_FLAG_LOG", 0},
	{"SECCOMP_FILTER_FLAG_SPEC_ALLOW", 0},
	{"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", 0},
};

static const struct schema_row arg_rows[] = {
	ROW_U32("index", struct spec_seccomp_arg, index, RANGE(0, 5), .flags = REQUIRED),
	ROW_U64("value", struct spec_seccomp_arg, value, .flags = REQUIRED),
	ROW_U64("valueTwo", struct spec_seccomp_arg, value_two),
	ROW_ENUM("op", struct spec_seccomp_arg, op, NAMES(operator_names), .flags = REQUIRED),
};

static const struct schema_object arg_table = SCHEMA(arg_rows, struct spec_seccomp_arg);

/* The kernel keeps 16 bits of data beside an action. */
#define ERRNO_RANGE RANGE(0, SECCOMP_RET_DATA)

static const struct schema_row rule_rows[] = {
	ROW_STRINGS("names", struct spec_seccomp_rule, names, .flags = REQUIRED),
	ROW_ENUM("action", struct spec_seccomp_rule, action, NAMES(action_names),
		 .flags = REQUIRED),
	ROW_OPT_U32("errnoRet", struct spec_seccomp_rule, errno_ret, ERRNO_RANGE),
	ROW_OBJECTS("args", struct spec_seccomp_rule, args, struct spec_seccomp_arg, arg_table),
};

static const struct schema_object rule_table = SCHEMA(rule_rows, struct spec_seccomp_rule);

static const struct schema_row seccomp_rows[] = {
	ROW_ENUM("defaultAction", struct spec_seccomp, default_action, NAMES(action_names),
		 .flags = REQUIRED),
	ROW_OPT_U32("defaultErrnoRet", struct spec_seccomp, default_errno_ret, ERRNO_RANGE),
	ROW_WORDS("architectures", struct spec_seccomp, architectures, NAMES(arch_names)),
	ROW_WORDS("flags", struct spec_seccomp, flags, NAMES(flag_names)),
	ROW_STRING("listenerPath", struct spec_seccomp, listener_path),
	ROW_STRING("listenerMetadata", struct spec_seccomp, listener_metadata),
	ROW_OBJECTS("syscalls", struct spec_seccomp, syscalls, struct spec_seccomp_rule,
		    rule_table),
};

const struct schema_object seccomp_table =
	SCHEMA(seccomp_rows, struct spec_seccomp, GIVEN(struct spec_seccomp, set));
