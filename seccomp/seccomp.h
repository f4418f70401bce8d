/*
 * seccomp profiles: from linux.seccomp to a filter.
 *
 * owns:     filters; libseccomp, loaded on first use, which knows the numbers of system calls
 * may use:  base, oci (types)
 * must not: load anything into the calling process: init does, with the filter in the plan
 */
#ifndef RUNDLET_SECCOMP_SECCOMP_H
#define RUNDLET_SECCOMP_SECCOMP_H

#include <linux/filter.h>

#include "oci/spec.h"
#include "runtime/base/arena.h"
#include "runtime/base/err.h"

struct seccomp_filter {
	const struct sock_filter *insns;
	size_t n;       /* at most BPF_MAXINSNS */
	uint32_t flags; /* SECCOMP_FILTER_FLAG_* for seccomp(2), NEW_LISTENER among them */
	bool listener;  /* some action is SECCOMP_RET_USER_NOTIF */
};

/*
 * Compiles the profile (config-linux.md "Seccomp"). insns live in a. The native architecture is
 * always part of the filter. Unknown system call names are ignored, as the peers do; numbers beyond
 * all that the profile names get ENOSYS, as runc answers them. Two conditions on one argument mean
 * "or" (runc), all others "and"; which rule counts where several fit is in seccomp/rules.h. System
 * calls of architectures that are not in the profile end the thread, as libseccomp has it. No
 * flags: SPEC_ALLOW, as the peers have it.
 * SCMP_ACT_NOTIFY needs a listenerPath, and is refused as the default action and for what hands
 * over the listener. Pointers in errors are relative to linux.seccomp ("/syscalls/3/args/0/index").
 * Errors: ERR_CONFIG_VALUE, ERR_CONFIG_MISSING, ERR_HOST (no libseccomp), ERR_UNSUPPORTED,
 * ERR_SECCOMP.
 */
int seccomp_compile(struct seccomp_filter *ret, struct arena *a, const struct spec_seccomp *s,
		    struct err *e) MUST_USE;

/*
 * What this build knows, for `features`: NULL-terminated lists in a. supported_flags: what the
 * running kernel takes. version: of libseccomp, NULL if it cannot be loaded; then archs has all
 * names of the specification, and no flag is supported.
 */
struct seccomp_known {
	struct strings actions, operators, archs, known_flags, supported_flags;
	const char *version;
};
void seccomp_known(struct seccomp_known *ret, struct arena *a);

#endif
