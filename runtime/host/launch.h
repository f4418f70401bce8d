/*
 * From a plan to a running init.
 *
 * owns:     the handshake's socket, the clone, the maps
 * may use:  base, sys, wire, the plan, host/maps, host/child, host/gate, host/cgroup
 * must not: know of state directories and consoles
 */
#ifndef RUNDLET_HOST_LAUNCH_H
#define RUNDLET_HOST_LAUNCH_H

#include "runtime/host/cgroup.h"
#include "runtime/host/maps.h"
#include "runtime/host/trees.h"
#include "runtime/plan/plan.h"
#include "runtime/wire/wire.h"

struct launch {
	const struct plan *plan;
	struct maps *maps;         /* from maps_prepare() */
	struct cgroup *cgroup;     /* from cgroup_prepare(), NULL: the caller's */
	const struct trees *trees; /* from trees_grab(), NULL: none */
	int start;                 /* listening start socket, -1: run */
	/* exec: pidfd of the container's init; then cgroup is from cgroup_enter(), and settling in
	 * it is left to launched_reborn(). -1: a new container */
	int enter;
};

/* A process under way to be a container; launched_end() gets rid of it. */
struct launched {
	pid_t pid;        /* as the caller sees it */
	int pidfd;        /* -1: none */
	struct wire wire; /* .sock is owned, -1: none */
};

/*
 * Launches init and writes its maps; the handshake's next row is the first one of init. On failure
 * nothing of it is left.
 */
int launch(struct launched *ret, const struct launch *l, struct err *e) MUST_USE;

/*
 * exec: takes up init as it has been born again in the container's namespaces, and reaps the one
 * that has joined them (not every plan has two). Settles what stays in the cgroup. Before anything
 * else is heard of init. For a new container launch() does it; cgroup may be NULL.
 */
int launched_reborn(struct launched *l, struct cgroup *cgroup, struct err *e) MUST_USE;

/*
 * r and *e are what the handshake ended with. When it only ended, init has not failed but was
 * killed: reaps it and says how. Returns r.
 */
int launched_explain(struct launched *l, int r, struct err *e);

/* Kills and reaps what is there, closes the descriptors. */
void launched_end(struct launched *l);
/* Closes the descriptors only: the process goes on. */
void launched_release(struct launched *l);

static inline void launched_end_cleanup(struct launched *l)
{
	launched_end(l);
}

#endif
