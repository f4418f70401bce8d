/*
 * The words of linux.seccomp and what they are in a filter.
 *
 * owns:     the tables of actions, operators, architectures and flags
 * may use:  base, oci (types)
 * must not: call libseccomp
 *
 * Private to seccomp/.
 */
#ifndef RUNDLET_SECCOMP_NAMES_H
#define RUNDLET_SECCOMP_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct action_info {
	const char *name;
	uint32_t ret;      /* SECCOMP_RET_* without data, as in struct spec_seccomp */
	uint32_t data_max; /* of errnoRet; 0: the action takes none */
	bool permissive;   /* the system call goes ahead, or a tracer decides */
};

/* How an argument is compared with a value, both masked. */
struct operator_info {
	const char *name;
	uint16_t jump; /* BPF_JEQ, BPF_JGT or BPF_JGE */
	bool negated;  /* the condition holds if that does not */
	int rank;      /* the higher, the fewer values of an argument it usually fits */
};

struct flag_info {
	const char *name;
	uint32_t flag;       /* SECCOMP_FILTER_FLAG_*; 0: nothing to tell the kernel */
	uint32_t only_along; /* the kernel takes it only together with this flag */
};

extern const struct action_info action_table[];
extern const size_t action_table_len;

extern const struct operator_info operator_table[]; /* by enum seccomp_op */
extern const size_t operator_table_len;

/* "SCMP_ARCH_X86_64": libseccomp's own name is the rest in lower case. */
extern const char *const arch_table[];
extern const size_t arch_table_len;

extern const struct flag_info flag_table[];
extern const size_t flag_table_len;

enum { ARCH_NAME_SIZE = 32 };

/* The action with that SECCOMP_RET_* value, or NULL. */
const struct action_info *action_find(uint32_t ret);
/* The flag with that name, or NULL. */
const struct flag_info *flag_find(const char *name);
/* Writes what seccomp_arch_resolve_name(3) calls "SCMP_ARCH_…". False: no such architecture. */
bool arch_name(const char *oci_name, char ret[ARCH_NAME_SIZE]);

#endif
