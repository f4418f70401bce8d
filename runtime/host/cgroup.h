/*
 * The container's cgroup while it lives.
 *
 * owns:     the managers, behind one small table of functions
 * may use:  base, sys, oci (types), the plan's decisions
 * must not: write cgroup.procs where clone3(CLONE_INTO_CGROUP) does it; remove what create did not
 *           make; sleep
 *
 * Making one takes up to four steps around the one clone:
 *
 *     cgroup_prepare   before it: directories, limits                  (cgroupfs, v1)
 *     cgroup_admit     between: the gate has been cloned and waits; systemd makes the scope around
 *                      it, and the gate bears init in there            (systemd)
 *     cgroup_move_in   by the child itself: where nothing can be born          (v1)
 *     cgroup_settle    after it, before init is told to go on: what could not be done with a
 *                      process in the way                                      (systemd)
 *
 * The gate is needed for systemd because a scope is born with a process in it, and because a caller
 * outside the user manager's subtree (an ssh session) may not clone into it: only a process that
 * systemd moved there may.
 */
#ifndef RUNDLET_HOST_CGROUP_H
#define RUNDLET_HOST_CGROUP_H

#include <stdbool.h>
#include <sys/types.h>

#include "oci/oci.h"
#include "runtime/plan/cgroup_plan.h"

struct cgroup_ops;
struct cgroup_v1_dirs;
struct sdbus;

struct cgroup {
	const struct cgroup_ops *ops;
	enum cgroup_manager manager;
	struct arena *a;
	const struct cgroup_plan *plan; /* while it is made or updated; else NULL */
	bool root;                      /* the system's systemd, not the user's */
	int mount;                      /* cgroup2, -1: none */
	int dir;                        /* the container's own on cgroup2, -1: none (yet) */
	const char *path;               /* of dir, below the mount, "/…"; v1: below every mount */
	uint32_t made; /* v2: how many components of path create made; v1: a bit per hierarchy */
	const char *scope; /* systemd: the unit */
	bool scope_ours;   /* and we may stop it */
	int scope_dir;     /* its cgroup, -1: not open; equal to dir when there is no subgroup */
	const char *below; /* cgroup_enter(): what is entered, below the scope's cgroup, "/…" */
	bool apart;        /* cgroup_enter(): the caller may not leave its own cgroup for it */
	struct sdbus *bus; /* NULL: not connected */
	int note;          /* cgroup_prepare()'s, borrowed */
	struct cgroup_v1_dirs *v1;
};

/* Nothing: what cgroup_close() leaves, and what a container without one has. */
#define CGROUP_NONE                                                                                \
	{                                                                                          \
		.mount = -1, .dir = -1, .scope_dir = -1, .note = -1                                \
	}

/* --- making one --- */

/*
 * The plan and a must outlive c. On failure nothing is left. note: the container's state directory,
 * where the cgroup is noted before it is made, so that it can be removed without a state;
 * -1: nowhere.
 */
int cgroup_prepare(struct cgroup *ret, struct arena *a, const struct cgroup_plan *plan,
		   const struct cgroup_facts *f, int note, struct err *e) MUST_USE;
/* The container is on record: all that is in the cgroup is the container's. */
int cgroup_hold_note(const struct cgroup *c, struct err *e) MUST_USE;
/* For a state directory whose state.json is missing or damaged: removes the cgroup that is noted
 * there, and the note. Kills what is inside only if the container had been on record. */
void cgroup_recover(int note, struct arena *a);
/* Must init be born by a gate that cgroup_admit() has been called for? */
bool cgroup_needs_gate(const struct cgroup *c);
int cgroup_admit(struct cgroup *c, pid_t gate, struct err *e) MUST_USE;
/* The cgroup to be born in (CLONE_INTO_CGROUP), borrowed; -1: the parent's. */
int cgroup_born_in(const struct cgroup *c);
/* The child, once it is born: goes where nothing can be born. Allocates nothing. */
int cgroup_move_in(const struct cgroup *c, struct err *e) MUST_USE;
int cgroup_settle(struct cgroup *c, struct err *e) MUST_USE;
/* Fills what the state file keeps. */
void cgroup_to_state(const struct cgroup *c, struct state *st);

/* --- one that is there --- */

/* Opens the cgroup of a container; one that has none, or whose cgroup is gone, gives CGROUP_NONE
 * with the manager's name. */
int cgroup_open(struct cgroup *ret, struct arena *a, const struct state *st,
		struct err *e) MUST_USE;
/* Closes descriptors and the connection; the cgroup stays. */
void cgroup_close(struct cgroup *c);
static inline void cgroup_close_cleanup(struct cgroup *c)
{
	cgroup_close(c);
}
/*
 * Makes an opened cgroup one to be entered by another process of the container (exec): afterwards
 * it goes to launch() as a prepared one does, gate, admission and settling included. below: a
 * cgroup inside it, which ".." does not leave, on v1 also "CONTROLLER,...:PATH" for some of the
 * hierarchies, as often as wanted; none: its own, or where init is now if that hands controllers
 * down and so can hold no process. A container without a cgroup stays so. Errors: ERR_CGROUP,
 * ERR_USAGE.
 */
int cgroup_enter(struct cgroup *c, const struct state *st, const struct strings *below,
		 struct err *e) MUST_USE;

/* Is there a cgroup to act on? ERR_CGROUP with what to do when not. */
int cgroup_required(const struct cgroup *c, const char *what, struct err *e) MUST_USE;

/* What is in force, for cgroup_plan_update(). */
void cgroup_limits_base(const struct cgroup *c, struct limits_base *ret);
int cgroup_update(struct cgroup *c, const struct cgroup_plan *plan, struct err *e) MUST_USE;
/* Freezes or thaws and waits until it is so. */
int cgroup_freeze(struct cgroup *c, bool frozen, struct err *e) MUST_USE;
bool cgroup_frozen(const struct cgroup *c);
/* The directory of the old freezer that holds this process, whoever put it there; NULL: none. */
const char *cgroup_frozen_by(struct arena *a, pid_t pid);
/* Calls fn for every process inside, as the caller's pid namespace numbers them. */
int cgroup_each_pid(const struct cgroup *c, int (*fn)(pid_t pid, void *data), void *data);
/* Sends sig to everything inside; SIGKILL waits until it is empty. */
int cgroup_kill(struct cgroup *c, int sig, struct err *e) MUST_USE;
/* Kills what is left inside and removes what create made. A cgroup that is gone already is fine. */
int cgroup_destroy(struct cgroup *c, struct err *e) MUST_USE;

/*
 * When the program is said to be executed, and has ended already (process_has_program()): was it
 * the memory limit? ERR_CGROUP with the figure then.
 */
int cgroup_check_started(const struct cgroup *c, struct err *e) MUST_USE;
/*
 * When a launch failed with r: -EPIPE, init or the gate died; -ENOMEM, -EAGAIN, it could not be
 * made. If a limit of this cgroup was the reason, replaces *e with an error that says so and with
 * which figures. Returns r, or the new error's.
 */
int cgroup_explain(const struct cgroup *c, struct err *e, int r);

#endif
