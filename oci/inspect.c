/*
 * `inspect --json`.
 *
 * owns:     the shape of the document, one table per object (contrib/doc/inspect.md)
 * may use:  base, oci/schema
 * must not: look at anything
 */
#include "oci/inspect.h"

#include <linux/mount.h>

#include "oci/tables.h"

static const struct name attributes[] = {
	{"ro", MOUNT_ATTR_RDONLY},
	{"nosuid", MOUNT_ATTR_NOSUID},
	{"nodev", MOUNT_ATTR_NODEV},
	{"noexec", MOUNT_ATTR_NOEXEC},
	{"noatime", MOUNT_ATTR_NOATIME},
	{"strictatime", MOUNT_ATTR_STRICTATIME},
	{"nodiratime", MOUNT_ATTR_NODIRATIME},
	{"nosymfollow", MOUNT_ATTR_NOSYMFOLLOW},
	{"idmap", MOUNT_ATTR_IDMAP},
};
const struct names mount_attribute_names = {attributes, ARRAY_LEN(attributes)};

static const struct name propagations[] = {
	{"private", MS_PRIVATE},
	{"slave", MS_SLAVE},
	{"shared", MS_SHARED},
	{"unbindable", MS_UNBINDABLE},
};
const struct names mount_propagation_names = {propagations, ARRAY_LEN(propagations)};

#define N struct inspected_namespace
static const struct schema_row namespace_rows[] = {
	ROW_STRING("type", N, type, .flags = SHOWN),   ROW_U64("inode", N, inode, .flags = SHOWN),
	ROW_BOOL("shared", N, shared, .flags = SHOWN), ROW_OPT_U64("owner", N, owner),
	ROW_OPT_U32("ownerUid", N, owner_uid),         ROW_OPT_U64("parent", N, parent),
};
static const struct schema_object namespace_object = SCHEMA(namespace_rows, N);

#define M struct inspected_map
static const struct schema_row map_rows[] = {
	ROW_OBJECTS("here", M, here, struct spec_idmap, idmap_table),
	ROW_OBJECTS("inside", M, inside, struct spec_idmap, idmap_table),
};
static const struct schema_object map_object = SCHEMA(map_rows, M);

#define F struct inspected_fd
static const struct schema_row fd_rows[] = {
	ROW_U32("fd", F, fd, .flags = SHOWN),
	ROW_STRING("target", F, target),
	ROW_STRING("access", F, access),
	ROW_BOOL("closeOnExec", F, close_on_exec, .flags = SHOWN),
};
static const struct schema_object fd_object = SCHEMA(fd_rows, F);

#define P                   struct inspected_process
#define ROW_CAPS(name, set) ROW_STRINGS(name, P, caps[set], .flags = SHOWN)
static const struct schema_row caps_rows[] = {
	ROW_CAPS("bounding", CAP_SET_BOUNDING),       ROW_CAPS("effective", CAP_SET_EFFECTIVE),
	ROW_CAPS("inheritable", CAP_SET_INHERITABLE), ROW_CAPS("permitted", CAP_SET_PERMITTED),
	ROW_CAPS("ambient", CAP_SET_AMBIENT),
};
static const struct schema_object caps_object = SCHEMA(caps_rows, P);
static const struct schema_row seccomp_rows[] = {
	ROW_STRING("mode", P, seccomp),
	ROW_OPT_U32("filters", P, seccomp_filters),
};
static const struct schema_object seccomp_object = SCHEMA(seccomp_rows, P);
static const struct schema_row process_rows[] = {
	ROW_U32("pid", P, pid, .flags = SHOWN),
	ROW_U32("containerPid", P, inside, .flags = SHOWN),
	ROW_STRING("command", P, command, .flags = SHOWN),
	ROW_U32("uid", P, uid, .flags = SHOWN),
	ROW_U32("gid", P, gid, .flags = SHOWN),
	ROW_U32S("groups", P, groups, .flags = SHOWN),
	ROW_GROUP("capabilities", caps_object, .flags = SHOWN),
	ROW_BOOL("noNewPrivileges", P, no_new_privileges, .flags = SHOWN),
	ROW_GROUP("seccomp", seccomp_object, .flags = SHOWN),
	ROW_OBJECTS("descriptors", P, fds, F, fd_object, .flags = SHOWN),
};
static const struct schema_object process_object = SCHEMA(process_rows, P);

#define MNT struct inspected_mount
static const struct schema_row mount_rows[] = {
	ROW_STRING("target", MNT, target, .flags = SHOWN),
	ROW_STRING("type", MNT, type, .flags = SHOWN),
	ROW_STRING("source", MNT, source),
	ROW_STRING("root", MNT, root),
	ROW_FLAGS64("attributes", MNT, attributes, NAMES(attributes), .flags = SHOWN),
	ROW_FLAGS64("propagation", MNT, propagation, NAMES(propagations), .flags = SHOWN),
	ROW_STRING("options", MNT, options),
	ROW_STRING("from", MNT, from),
};
static const struct schema_object mount_object = SCHEMA(mount_rows, MNT);

#define D struct inspected_difference
static const struct schema_row difference_rows[] = {
	ROW_STRING("pointer", D, pointer),
	ROW_STRING("target", D, target, .flags = SHOWN),
	ROW_STRING("text", D, text, .flags = SHOWN),
};
static const struct schema_object difference_object = SCHEMA(difference_rows, D);

/* What the state says comes first. */
struct document {
	struct inspection i;
	const char *id, *status, *bundle;
	int64_t pid;
};

#define DOC struct document
static const struct schema_row maps_rows[] = {
	ROW_OBJECT("uid", DOC, i.uids, map_object),
	ROW_OBJECT("gid", DOC, i.gids, map_object),
	ROW_STRING("setgroups", DOC, i.setgroups),
};
static const struct schema_object maps_object = SCHEMA(maps_rows, DOC);
static const struct schema_row document_rows[] = {
	ROW_STRING("id", DOC, id, .flags = SHOWN),
	ROW_STRING("status", DOC, status, .flags = SHOWN),
	ROW_I64("pid", DOC, pid, .flags = SHOWN),
	ROW_STRING("bundle", DOC, bundle, .flags = SHOWN),
	ROW_OBJECTS("namespaces", DOC, i.namespaces, N, namespace_object, .flags = SHOWN),
	ROW_GROUP("idMappings", maps_object, .flags = SHOWN),
	ROW_OBJECTS("processes", DOC, i.processes, P, process_object, .flags = SHOWN),
	ROW_STRING("mountsBy", DOC, i.mounts_by),
	ROW_OBJECTS("mounts", DOC, i.mounts, MNT, mount_object, .flags = SHOWN),
	ROW_OBJECTS("differences", DOC, i.differences, D, difference_object, .flags = SHOWN),
};
static const struct schema_object document_object = SCHEMA(document_rows, DOC);

char *oci_emit_inspection(struct arena *a, const struct inspection *i)
{
	struct json_out o = json_begin(a, EMIT_PRETTY);
	const struct document d = {
		.i = *i,
		.id = i->state->id,
		.status = status_names[i->state->status],
		.bundle = i->state->bundle,
		.pid = i->state->pid,
	};

	schema_write(&o, &document_object, &d);
	return json_end(&o);
}
