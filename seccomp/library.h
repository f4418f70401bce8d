/*
 * libseccomp as a structure of functions, loaded on first use.
 *
 * owns:     how libseccomp is found
 * may use:  base, dlopen(3)
 * must not: be linked against (but in the static build): a container without a profile never pays
 *
 * Private to seccomp/.
 */
#ifndef RUNDLET_SECCOMP_LIBRARY_H
#define RUNDLET_SECCOMP_LIBRARY_H

#include <seccomp.h>

#include "runtime/base/err.h"

/* Every function that is called, as X(name) for seccomp_name. All are in libseccomp 2.5.0. */
#define LIBRARY_FUNCTIONS(X)                                                                       \
	X(version)                                                                                 \
	X(arch_native)                                                                             \
	X(arch_resolve_name)                                                                       \
	X(syscall_resolve_name_arch)                                                               \
	X(syscall_resolve_num_arch)

#define LIBRARY_MEMBER(name) __typeof__(seccomp_##name) *name;

struct library {
	LIBRARY_FUNCTIONS(LIBRARY_MEMBER)
};

/*
 * Fills *ret. The library stays loaded until the process ends, which is soon. ERR_HOST with a hint
 * when it is not there, or is older than 2.5.
 */
int library_open(struct library *ret, struct err *e) MUST_USE;

#endif
