/*
 * exec: another process in a container that is there.
 *
 * owns:     the order of the steps and the cleanup when one of them fails
 * may use:  host, and all below
 * must not: parse command lines, print, change anything of the container
 */
#ifndef RUNDLET_HOST_ATTACH_H
#define RUNDLET_HOST_ATTACH_H

#include "runtime/host/cgroup.h"
#include "runtime/host/store.h"
#include "runtime/plan/exec.h"

/* A container to be joined. */
struct attach {
	struct store_entry entry;
	struct state st;
	int pidfd;            /* of its init */
	struct cgroup cgroup; /* to be entered */
	struct spec spec;     /* what it was created with */
	struct exec_facts facts;
};

#define ATTACH_NONE                                                                                \
	{                                                                                          \
		.entry = {.dir = -1}, .pidfd = -1, .cgroup = CGROUP_NONE                           \
	}

enum attach_flags { ATTACH_PAUSED = 1 /* also a container that is paused */ };

/*
 * Looks the container up: it must be created or running. root is the state root, borrowed;
 * everything else lives in a. Errors: ERR_NO_CONTAINER, ERR_STATUS ("container not running"),
 * ERR_STATE, ERR_CGROUP.
 */
int attach_open(struct attach *ret, int root, const char *id, uint32_t flags, struct arena *a,
		struct err *e) MUST_USE;
void attach_close(struct attach *t);
static inline void attach_close_cleanup(struct attach *t)
{
	attach_close(t);
}

struct attach_options {
	const struct plan *plan;    /* from plan_build_exec() */
	bool terminal;              /* the plan has one */
	bool detach;                /* return once the program was executed */
	struct strings cgroup;      /* below the container's own, see cgroup_enter() */
	const char *pid_file;       /* NULL: none; written once the program was executed */
	const char *console_socket; /* NULL: none */
	const char *pidfd_socket;   /* NULL: none */
};

/*
 * Runs the process. Detached: 0 as soon as the program was executed. Else stays in the foreground
 * until it has ended; *ret_status is its exit code, or 128 + signal. On failure nothing of it is
 * left.
 */
int attach_run(struct attach *t, const struct attach_options *o, int *ret_status,
	       struct err *e) MUST_USE;

#endif
