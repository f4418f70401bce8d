/*
 * Tables of config.json: the top, root, mounts, hooks (config.md).
 *
 * owns:     tables, nothing else
 * may use:  oci/schema
 * must not: hold a rule that concerns more than one property (oci/validate does)
 */
#include "oci/tables.h"

static const struct schema_row root_rows[] = {
	ROW_STRING("path", struct spec_root, path, .flags = REQUIRED),
	ROW_BOOL("readonly", struct spec_root, readonly),
};

static const struct schema_object root_table =
	SCHEMA(root_rows, struct spec_root, GIVEN(struct spec_root, set));

static const struct schema_row idmap_rows[] = {
	ROW_U32("containerID", struct spec_idmap, container_id, .flags = REQUIRED),
	ROW_U32("hostID", struct spec_idmap, host_id, .flags = REQUIRED),
	ROW_U32("size", struct spec_idmap, size, RANGE(1, UINT32_MAX), .flags = REQUIRED),
};

const struct schema_object idmap_table = SCHEMA(idmap_rows, struct spec_idmap);

static const struct schema_row mount_rows[] = {
	ROW_STRING("destination", struct spec_mount, destination, .flags = REQUIRED),
	ROW_STRING("type", struct spec_mount, type),
	ROW_STRING("source", struct spec_mount, source),
	ROW_STRINGS("options", struct spec_mount, options),
	ROW_OBJECTS("uidMappings", struct spec_mount, uid_mappings, struct spec_idmap, idmap_table),
	ROW_OBJECTS("gidMappings", struct spec_mount, gid_mappings, struct spec_idmap, idmap_table),
};

static const struct schema_object mount_table = SCHEMA(mount_rows, struct spec_mount);

static const struct schema_row hook_rows[] = {
	ROW_PATH("path", struct spec_hook, path, .flags = REQUIRED),
	ROW_STRINGS("args", struct spec_hook, args),
	ROW_STRINGS("env", struct spec_hook, env, GIVEN(struct spec_hook, env_set)),
	ROW_OPT_I64("timeout", struct spec_hook, timeout, RANGE(1, INT32_MAX)),
};

static const struct schema_object hook_table = SCHEMA(hook_rows, struct spec_hook);

/* One list of the hooks, for the names and for the rows. */
#define HOOKS(X)                                                                                   \
	X(HOOK_PRESTART, "prestart")                                                               \
	X(HOOK_CREATE_RUNTIME, "createRuntime")                                                    \
	X(HOOK_CREATE_CONTAINER, "createContainer")                                                \
	X(HOOK_START_CONTAINER, "startContainer")                                                  \
	X(HOOK_POSTSTART, "poststart")                                                             \
	X(HOOK_POSTSTOP, "poststop")

#define HOOK_NAME(kind, name) [kind] = (name),
#define HOOK_ROW(kind, name)                                                                       \
	ROW_OBJECTS(name, struct spec, hooks[kind], struct spec_hook, hook_table),

const char *const hook_names[HOOK_COUNT] = {HOOKS(HOOK_NAME)};

char *hook_title(struct arena *a, enum hook_kind kind, size_t i, const char *path)
{
	return arena_printf(a, "error running %s hook #%zu: hook '%s'", hook_names[kind], i, path);
}

static const struct schema_row hooks_rows[] = {HOOKS(HOOK_ROW)};

static const struct schema_object hooks_table = SCHEMA(hooks_rows, struct spec);

static const struct schema_row spec_rows[] = {
	ROW_STRING("ociVersion", struct spec, oci_version, .flags = REQUIRED),
	ROW_OBJECT("process", struct spec, process, process_table),
	ROW_OBJECT("root", struct spec, root, root_table, .flags = REQUIRED),
	ROW_STRING("hostname", struct spec, hostname),
	ROW_STRING("domainname", struct spec, domainname),
	ROW_OBJECTS("mounts", struct spec, mounts, struct spec_mount, mount_table),
	ROW_GROUP("hooks", hooks_table),
	ROW_STRING_MAP("annotations", struct spec, annotations),
	ROW_OBJECT("linux", struct spec, linux_, linux_table),
};

const struct schema_object spec_table = SCHEMA(spec_rows, struct spec);
