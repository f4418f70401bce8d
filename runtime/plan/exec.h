/*
 * A process that joins a container -> plan.
 *
 * owns:     the decisions about joining; the process itself is planned as that of a new container
 * may use:  base, oci (types), seccomp, the planner
 * must not: touch the host: what it has to know of the container is in struct exec_facts
 */
#ifndef RUNDLET_PLAN_EXEC_H
#define RUNDLET_PLAN_EXEC_H

#include "runtime/plan/build.h"

/* What is to be known of the container that is joined. */
struct exec_facts {
	uint64_t differing;       /* CLONE_NEW*: its init's namespaces that are not the caller's */
	struct id_ranges uid_map; /* of its user namespace, as the caller reads it; not filled */
	struct id_ranges gid_map; /* where that is the caller's own */
	bool setgroups_denied;    /* in its user namespace */
};

struct exec_options {
	const char *keyring; /* the name of its session keyring; NULL: the caller's is kept */
	uint32_t preserve_fds;
	bool tell_pid; /* it finds its pid in LISTEN_PID */
};

/*
 * Builds the plan in a. s is what the container was created with, but for its process, which is the
 * one to be run. f: facts about the caller. Pointers in errors and operations are those of a
 * config.json ("/process/user/uid"); no position is filled in. Errors: as plan_build().
 */
int plan_build_exec(const struct plan **ret, struct arena *a, const struct spec *s,
		    const struct exec_options *o, const struct exec_facts *x, const struct facts *f,
		    struct err *e) MUST_USE;

#endif
