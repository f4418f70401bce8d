/*
 * The child's few steps in the host's image: from clone3 to the exec of init.
 *
 * owns:     struct child
 * may use:  base, sys, wire, host/maps, host/cgroup, the plan
 * must not: touch a file system; allocate; log (errors go over the wire)
 */
#ifndef RUNDLET_HOST_CHILD_H
#define RUNDLET_HOST_CHILD_H

#include "runtime/base/names.h"
#include "runtime/host/cgroup.h"
#include "runtime/host/maps.h"
#include "runtime/host/trees.h"
#include "runtime/plan/plan.h"
#include "runtime/wire/wire.h"

/* All that the child is given; everything is borrowed from the launcher. */
struct child {
	const struct plan *plan;
	const struct maps *maps;
	bool reborn;         /* init joins first: what is new is made when it is born again */
	bool await_mapped;   /* MSG_MAPPED comes: the host writes the maps */
	int joins[NS_COUNT]; /* namespaces to enter, verified; -1: none */
	int cgroup;          /* to be born in, -1: the caller's */
	const struct cgroup *move_in; /* to go to once born; NULL: none */
	int sock;                     /* init's end of the handshake */
	int host_sock;                /* the host's end */
	int init;                     /* from image_make() */
	int start;                    /* listening start socket, -1: none */
	int enter;                    /* exec: pidfd of the container's init, -1: none */
	const struct trees *trees;    /* grabbed for init; NULL: none */
};

/*
 * Clones the child with the plan's namespaces and extra flags (CLONE_PARENT), which then runs its
 * steps and becomes init. Returns its pid, as the caller sees it, and its pidfd. ERR_NAMESPACE or
 * ERR_USERNS with what the host may lack.
 */
pid_t child_clone(const struct child *c, uint64_t extra, int *ret_pidfd, struct err *e) MUST_USE;

#endif
