/*
 * The mounts of a container against what its config.json asked for.
 *
 * owns:     the comparison
 * may use:  base, sys, oci (types), plan/mount_options
 * must not: read config.json or mounts
 */
#ifndef RUNDLET_HOST_MOUNTS_COMPARE_H
#define RUNDLET_HOST_MOUNTS_COMPARE_H

#include "oci/inspect.h"

/*
 * Tells of each mount in i where in the config it comes from, and collects what differs: what is
 * not mounted, mounted as another type or with other attributes, and what nobody has asked for.
 * root: descriptor of the container's root, where links of the image are resolved; -1: they are
 * not.
 */
void mounts_compare(struct inspection *i, struct arena *a, const struct spec *s, int root);

#endif
