/*
 * Private to runtime/host/cgroup*.c: what a manager is, and what the managers share.
 *
 * owns:     struct cgroup_ops
 * may use:  host/cgroup
 * must not: be included by anything else
 */
#ifndef RUNDLET_HOST_CGROUP_OPS_H
#define RUNDLET_HOST_CGROUP_OPS_H

#include "runtime/host/cgroup.h"

/* A manager. NULL where it has nothing to do; see cgroup.h for what each is about. */
struct cgroup_ops {
	int (*prepare)(struct cgroup *c, const struct cgroup_facts *f, struct err *e);
	int (*admit)(struct cgroup *c, pid_t gate, struct err *e);
	/* path below the container's own becomes what is entered, of these controllers; NULL: of
	 * all. NULL: there is one hierarchy. */
	int (*descend)(struct cgroup *c, const char *controllers, const char *path, struct err *e);
	int (*move_in)(const struct cgroup *c, struct err *e);
	int (*settle)(struct cgroup *c, struct err *e);
	int (*open)(struct cgroup *c, struct err *e);
	int (*update)(struct cgroup *c, struct err *e);
	int (*freeze)(struct cgroup *c, bool frozen, struct err *e);
	bool (*frozen)(const struct cgroup *c);
	int (*each_pid)(const struct cgroup *c, int (*fn)(pid_t pid, void *data), void *data);
	int (*kill)(struct cgroup *c, struct err *e);   /* SIGKILL to all, and wait */
	int (*remove)(struct cgroup *c, struct err *e); /* when it is empty; NULL: systemd does */
	int (*destroy)(struct cgroup *c, struct err *e);
	/* The directory that has the controller's files, borrowed; -1: none. */
	int (*dir)(const struct cgroup *c, const char *controller);
};

extern const struct cgroup_ops cgroup_ops_cgroupfs, cgroup_ops_systemd, cgroup_ops_v1;

enum { CGROUP_WAIT_MS = 10000 /* for the kernel to kill or freeze all that is inside */ };

/* Notes c->path and what of it is about to be made, in c->made's terms. */
int cgroup_note(const struct cgroup *c, uint32_t made, struct err *e) MUST_USE;

/* Writes the plan's limits into the directories that dir() names, and puts the device filter on. */
int cgroup_apply(struct cgroup *c, struct err *e) MUST_USE;
/* memory.checkBeforeUpdate: refuses a limit below what is in use, for which the kernel would kill.
 */
int cgroup_check_memory(const struct cgroup *c, struct err *e) MUST_USE;
/*
 * Hands down, along the path from the mount, the controllers that the limits need, and as far as
 * possible those that statistics come from. ERR_CGROUP naming a missing one and what grants it.
 */
int cgroup_enable(const struct cgroup *c, struct err *e) MUST_USE;
/* Gives the cgroup to the plan's owner: the directory and what /sys/kernel/cgroup/delegate lists.
 */
void cgroup_hand_over(const struct cgroup *c);

/* The cgroup2 path of a process, "/…", from /proc/PID/cgroup; pid 0: our own. In a; NULL: none. */
const char *cgroup_path_of(struct arena *a, pid_t pid);

/* v1: is the controller to be had, but the container not in a cgroup of it? */
bool cgroup_v1_left_out(const struct cgroup *c, const char *controller);

/* What every cgroup on cgroup2 can do, whoever made it. */
int cgroup_v2_open(struct cgroup *c, struct err *e);
int cgroup_v2_freeze(struct cgroup *c, bool frozen, struct err *e);
bool cgroup_v2_frozen(const struct cgroup *c);
int cgroup_v2_each_pid(const struct cgroup *c, int (*fn)(pid_t pid, void *data), void *data);
int cgroup_v2_kill(struct cgroup *c, struct err *e);
int cgroup_v2_dir(const struct cgroup *c, const char *controller);
/* Makes c->path and opens it; refuses one that holds processes or is frozen. */
int cgroup_v2_make(struct cgroup *c, struct err *e) MUST_USE;
/* Removes what was made below dir, which is c->path below mount, then the last made components of
 * that. 0 or a negative errno. */
int cgroup_remove_at(const struct cgroup *c, int mount, int dir, uint32_t made) MUST_USE;
/* Removes the last c->made components of c->path, and whatever the container made below. */
int cgroup_v2_remove(struct cgroup *c, struct err *e) MUST_USE;

#endif
