/*
 * Private to the planner: one mount of the config on its way to operations.
 *
 * owns:     struct mount
 * may use:  base, oci (types), mount_options
 * must not: be included outside runtime/plan
 */
#ifndef RUNDLET_PLAN_MOUNTS_H
#define RUNDLET_PLAN_MOUNTS_H

#include "runtime/plan/builder.h"
#include "runtime/plan/mount_options.h"

/* One mount of the config, read. */
struct mount {
	const struct spec_mount *spec;
	const char *pointer;
	const char *target;
	const char *type; /* never NULL; "bind" for a bind mount */
	struct mount_options o;
};

/* --- mounts.c --------------------------------------------------------------------------------- */

/* A host path of the config: relative means from the bundle. */
const char *mount_host_path(struct builder *b, const char *path);
/* The attachment of source at the mount's target; adds its grab. */
struct op mount_bind_op(struct builder *b, const struct mount *m, const char *source,
			bool recursive);
/* Notes the options that a bind cannot honour: those of the superblock, which is the host's. */
void mount_note_flags(struct builder *b, struct op *op, const struct mount *m);

/* --- mount_idmap.c ---------------------------------------------------------------------------- */

/* Are the ids of m to be mapped, by its options or because it has mappings? */
bool mount_maps_ids(const struct mount *m);
/* May they be? ERR_IDMAP with the place and the reason. */
int mount_check_idmap(struct builder *b, const struct mount *m) MUST_USE;
/* Adds to the grab of a bind mount how its ids are mapped, if they are. */
int mount_idmap(struct builder *b, const struct mount *m, struct op *grab) MUST_USE;

/* --- mount_fs.c ------------------------------------------------------------------------------- */

/* The mount of a new instance of type; the options of its own are not in it yet. */
struct op mount_fs_op(struct builder *b, const struct mount *m, const char *type);
/* The words that are the file system's own, and where each of them is said; op gets the notes about
 * those that are dropped. */
void mount_add_data(struct builder *b, const struct mount *m, struct plist *ret_options,
		    struct plist *ret_pointers, struct op *op);
/* Each adds the operations of one mount, of a type that is special or of any other. */
int mount_add_fs(struct builder *b, const struct mount *m) MUST_USE;
int mount_add_proc(struct builder *b, const struct mount *m) MUST_USE;
int mount_add_sysfs(struct builder *b, const struct mount *m) MUST_USE;
int mount_add_mqueue(struct builder *b, const struct mount *m) MUST_USE;
int mount_add_cgroup(struct builder *b, const struct mount *m) MUST_USE;

#endif
