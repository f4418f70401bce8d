/*
 * `features` (features.md, features-linux.md).
 *
 * owns:     the shape of the document
 * may use:  base, oci/schema
 * must not: claim what the caller's struct does not say
 */
#include "oci/oci.h"

#include <stdlib.h>
#include <string.h>

#include "oci/tables.h"

/* The oldest version whose config.json is understood: 1.0.0 and 1.3.0 are compatible. */
#define OCI_VERSION_MIN "1.0.0"

struct document {
	struct oci_features f;
	const char *version_min, *version_max;
	struct strings hooks, namespaces, policy_modes, policy_flags;
	bool seccomp;
	struct string_map annotations;
};

#define D                      struct document
#define ROW_FEATURE(key, name) ROW_BOOL(key, D, name, .flags = SHOWN)

static const struct schema_row cgroup_rows[] = {
	ROW_FEATURE("v1", f.cgroup_v1),           ROW_FEATURE("v2", f.cgroup_v2),
	ROW_FEATURE("systemd", f.cgroup_systemd), ROW_FEATURE("systemdUser", f.cgroup_systemd_user),
	ROW_FEATURE("rdma", f.cgroup_rdma),
};
static const struct schema_row seccomp_rows[] = {
	ROW_FEATURE("enabled", seccomp),
	ROW_STRINGS("actions", D, f.seccomp_actions),
	ROW_STRINGS("operators", D, f.seccomp_operators),
	ROW_STRINGS("archs", D, f.seccomp_archs),
	ROW_STRINGS("knownFlags", D, f.seccomp_known_flags),
	ROW_STRINGS("supportedFlags", D, f.seccomp_supported_flags),
};
static const struct schema_row apparmor_rows[] = {ROW_FEATURE("enabled", f.apparmor)};
static const struct schema_row selinux_rows[] = {ROW_FEATURE("enabled", f.selinux)};
static const struct schema_row memory_policy_rows[] = {
	ROW_STRINGS("modes", D, policy_modes),
	ROW_STRINGS("flags", D, policy_flags),
};
static const struct schema_row intel_rdt_rows[] = {
	ROW_FEATURE("enabled", f.intel_rdt),
	ROW_FEATURE("schemata", f.intel_rdt_schemata),
	ROW_FEATURE("monitoring", f.intel_rdt_monitoring),
};
static const struct schema_row idmap_rows[] = {ROW_FEATURE("enabled", f.idmap)};
static const struct schema_row net_devices_rows[] = {ROW_FEATURE("enabled", f.net_devices)};

static const struct schema_object cgroup_object = SCHEMA(cgroup_rows, D);
static const struct schema_object seccomp_object = SCHEMA(seccomp_rows, D);
static const struct schema_object apparmor_object = SCHEMA(apparmor_rows, D);
static const struct schema_object selinux_object = SCHEMA(selinux_rows, D);
static const struct schema_object memory_policy_object = SCHEMA(memory_policy_rows, D);
static const struct schema_object intel_rdt_object = SCHEMA(intel_rdt_rows, D);
static const struct schema_object idmap_object = SCHEMA(idmap_rows, D);
static const struct schema_object net_devices_object = SCHEMA(net_devices_rows, D);

static const struct schema_row mount_extensions_rows[] = {ROW_GROUP("idmap", idmap_object)};
static const struct schema_object mount_extensions_object = SCHEMA(mount_extensions_rows, D);

static const struct schema_row linux_rows[] = {
	ROW_STRINGS("namespaces", D, namespaces),
	ROW_STRINGS("capabilities", D, f.capabilities),
	ROW_GROUP("cgroup", cgroup_object),
	ROW_GROUP("seccomp", seccomp_object),
	ROW_GROUP("apparmor", apparmor_object),
	ROW_GROUP("selinux", selinux_object),
	ROW_GROUP("memoryPolicy", memory_policy_object),
	ROW_GROUP("intelRdt", intel_rdt_object),
	ROW_GROUP("mountExtensions", mount_extensions_object),
	ROW_GROUP("netDevices", net_devices_object),
};
static const struct schema_object linux_object = SCHEMA(linux_rows, D);

static const struct schema_row features_rows[] = {
	ROW_STRING("ociVersionMin", D, version_min, .flags = SHOWN),
	ROW_STRING("ociVersionMax", D, version_max, .flags = SHOWN),
	ROW_STRINGS("hooks", D, hooks),
	ROW_STRINGS("mountOptions", D, f.mount_options),
	ROW_GROUP("linux", linux_object),
	ROW_STRING_MAP("annotations", D, annotations),
	ROW_STRINGS("potentiallyUnsafeConfigAnnotations", D, f.unsafe_annotations),
};
static const struct schema_object features_object = SCHEMA(features_rows, D);

static struct strings names_list(struct arena *a, struct names names)
{
	struct strings list = {arena_array(a, names.n, sizeof(char *)), names.n};

	for (size_t i = 0; i < names.n; i++)
		list.v[i] = names.v[i].name;
	return list;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static struct strings namespace_list(struct arena *a)
{
	struct strings list = {arena_array(a, NS_COUNT, sizeof(char *)), NS_COUNT};

	for (size_t i = 0; i < NS_COUNT; i++)
		list.v[i] = ns_table[i].name;
	qsort(list.v, list.n, sizeof(*list.v), by_name);
	return list;
}

static struct strings hook_list(struct arena *a)
{
	struct strings list = {arena_array(a, HOOK_COUNT, sizeof(char *)), HOOK_COUNT};

	for (size_t i = 0; i < HOOK_COUNT; i++)
		list.v[i] = hook_names[i];
	return list;
}

static struct string_map annotations(struct arena *a, const struct oci_features *f)
{
	const struct string_pair all[] = {
		{"io.github.rundlet.commit", f->commit},
		{"io.github.rundlet.version", f->version},
		{"io.github.seccomp.libseccomp.version", f->libseccomp_version},
		{"org.opencontainers.runc.checkpoint.enabled", "false"},
	};
	struct string_map map = {arena_array(a, ARRAY_LEN(all), sizeof(all[0])), 0};

	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		if (all[i].value)
			map.v[map.n++] = all[i];
	}
	return map;
}

char *oci_emit_features(struct arena *a, const struct oci_features *f)
{
	struct json_out o = json_begin(a, EMIT_PRETTY);
	struct document d = {
		.f = *f,
		.version_min = OCI_VERSION_MIN,
		.version_max = OCI_VERSION,
		.hooks = hook_list(a),
		.namespaces = namespace_list(a),
		.seccomp = f->seccomp_actions.n > 0,
		.annotations = annotations(a, f),
	};

	if (f->memory_policy) {
		d.policy_modes = names_list(a, memory_policy_modes);
		d.policy_flags = names_list(a, memory_policy_flags);
	}
	schema_write(&o, &features_object, &d);
	return json_end(&o);
}
