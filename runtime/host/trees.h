/*
 * Trees that the host grabs for init.
 *
 * owns:     their descriptors on the way to init
 * may use:  base, sys, host/maps, the plan
 * must not: grab what init can
 *
 * init inherits them: "init … FD…", one argument for each GRAB_HOST of the plan, in its order.
 */
#ifndef RUNDLET_HOST_TREES_H
#define RUNDLET_HOST_TREES_H

#include "runtime/base/arena.h"
#include "runtime/base/err.h"
#include "runtime/base/names.h"
#include "runtime/plan/plan.h"

enum { TREES_FIRST = 4 + NS_COUNT /* of init's arguments */ };

struct trees {
	int *fds;    /* in the arena; owned */
	char **argv; /* of init: room for TREES_FIRST of its own, their numbers, NULL */
	size_t n;
};

/* Grabs them: in the caller's mount namespace, with its rights, none a peer of what is mounted
 * there. ERR_MOUNT, ERR_IDMAP with the place. */
int trees_grab(struct trees *ret, struct arena *a, const struct plan *p, struct err *e) MUST_USE;
/* init has them. */
void trees_close(struct trees *t);

static inline void trees_close_cleanup(struct trees *t)
{
	trees_close(t);
}

#endif
