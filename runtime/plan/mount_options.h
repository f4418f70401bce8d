/*
 * Mount options: what each word of the spec's table means to the kernel.
 *
 * owns:     the one table of option names, and reading a list of them
 * may use:  base
 * must not: know of targets and sources
 */
#ifndef RUNDLET_PLAN_MOUNT_OPTIONS_H
#define RUNDLET_PLAN_MOUNT_OPTIONS_H

#include "oci/spec.h"
#include "runtime/base/arena.h"
#include "runtime/plan/plan.h"

/* Words that ask for something to be done, beside or instead of the mount. */
enum mount_extra {
	MOUNT_REMOUNT = 1,
	MOUNT_COPY_UP = 2,   /* tmpfs: begin with what it covers */
	MOUNT_COPY_LINK = 4, /* bind: a source that is a link is made anew, not followed */
	MOUNT_SOURCE_NOFOLLOW = 8,
	MOUNT_TARGET_NOFOLLOW = 16,
	MOUNT_IDMAP = 32,     /* bind: ids are mapped */
	MOUNT_IDMAP_ALL = 64, /* of the mounts below as well */
};

/* What a mount's options come to. */
struct mount_options {
	bool bind;
	bool recursive_bind;
	bool undone;     /* something like "atime": as mount(8), leave what the source has */
	uint32_t extras; /* enum mount_extra */
	struct mount_change top;  /* of the mount itself: attributes */
	struct mount_change tree; /* of it and all below: the r… options */
	uint64_t propagation;     /* MS_* of the mount itself, 0: leave alone */
	uint64_t propagation_all; /* with MS_REC */
	uint64_t sb_flags;        /* MS_* of the superblock */
	uint64_t sb_clear;        /* those that are to be off: of importance to a remount */
	struct strings data;      /* what the table does not know, in order */
	size_t *data_index;       /* its place in the config's options */
};

/* Reads the options of a mount (config.md "Mounts"). */
void mount_options_read(struct mount_options *ret, struct arena *a, const struct strings *options);
/* The first of the words for extra in options; an index, options->n when there is none. */
size_t mount_options_find(const struct strings *options, uint32_t extra);

#endif
