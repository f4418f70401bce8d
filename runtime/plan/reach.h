/*
 * Whether root of a user namespace gets to the sources of its mounts: the probe.
 *
 * owns:     the look at the directories above them
 * may use:  base, oci (types), facts
 * must not: decide anything, change anything
 */
#ifndef RUNDLET_PLAN_REACH_H
#define RUNDLET_PLAN_REACH_H

#include "oci/spec.h"
#include "runtime/plan/facts.h"

/*
 * Fills f->barred: a directory above the root or the source of a bind mount that the container's
 * root, who is somebody else outside, may not search, where the caller gets to all of them as
 * nothing but its user and group. NULL otherwise: when they get there or neither does, when the
 * container has no user namespace of its own, for callers without privilege, for those in a user
 * namespace. Looks at modes alone, as stat(2) tells them. bundle: absolute. The text lives in a.
 */
void reach_probe(struct facts *f, struct arena *a, const struct spec *s, const char *bundle);

#endif
