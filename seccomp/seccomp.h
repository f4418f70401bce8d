/*
 * seccomp profiles: from linux.seccomp to a filter.
 *
 * owns:     libseccomp, loaded on first use
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
	uint32_t flags; /* SECCOMP_FILTER_FLAG_* for seccomp(2) */
	bool listener;  /* some action is SECCOMP_RET_USER_NOTIF */
};

/*
 * Compiles the profile (config-linux.md "Seccomp"). Unknown syscall names are ignored, as the peers
 * do; syscalls newer than all that the profile names get ENOSYS as runc answers them. Pointers in
 * errors are relative to linux.seccomp
 * ("/syscalls/3/args/0").
 */
int seccomp_compile(struct seccomp_filter *ret, struct arena *a, const struct spec_seccomp *s,
		    struct err *e) MUST_USE;

/* What this build knows, for `features`: terminated lists in a. version: of libseccomp, NULL if it
 * cannot be loaded. */
struct seccomp_known {
	struct strings actions, operators, archs, known_flags, supported_flags;
	const char *version;
};
void seccomp_known(struct seccomp_known *ret, struct arena *a);

#endif
