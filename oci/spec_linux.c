/*
 * Tables of config.json: linux (config-linux.md), but for resources and seccomp.
 *
 * owns:     tables, nothing else
 * may use:  oci/schema
 * must not: hold a rule that concerns more than one property (oci/validate does)
 */
#include "oci/tables.h"

#include <sys/personality.h>

static const struct name namespace_names[] = {
	{"user", NS_USER},   {"cgroup", NS_CGROUP}, {"ipc", NS_IPC},   {"uts", NS_UTS},
	{"network", NS_NET}, {"pid", NS_PID},       {"mount", NS_MNT}, {"time", NS_TIME},
};

static const struct schema_row namespace_rows[] = {
	ROW_ENUM("type", struct spec_namespace, type, NAMES(namespace_names), .flags = REQUIRED),
	ROW_PATH("path", struct spec_namespace, path),
};

static const struct schema_object namespace_table = SCHEMA(namespace_rows, struct spec_namespace);

static const struct name device_type_names[] = {{"c", 'c'}, {"b", 'b'}, {"u", 'u'}, {"p", 'p'}};

/* The schema ends fileMode at 0777, but callers hand over st_mode as it is, type bits and all. */
static const struct schema_row device_rows[] = {
	ROW_CHAR("type", struct spec_device, type, NAMES(device_type_names), .flags = REQUIRED),
	ROW_PATH("path", struct spec_device, path, .flags = REQUIRED),
	ROW_OPT_I64("major", struct spec_device, major, RANGE(0, UINT32_MAX)),
	ROW_OPT_I64("minor", struct spec_device, minor, RANGE(0, UINT32_MAX)),
	ROW_OPT_U32("fileMode", struct spec_device, file_mode, RANGE(0, 0177777)),
	ROW_OPT_U32("uid", struct spec_device, uid, RANGE(0, UINT32_MAX - 1)),
	ROW_OPT_U32("gid", struct spec_device, gid, RANGE(0, UINT32_MAX - 1)),
};

static const struct schema_object device_table = SCHEMA(device_rows, struct spec_device);

static const struct schema_row net_device_rows[] = {
	ROW_STRING("name", struct spec_net_device, name),
};

static const struct schema_object net_device_table =
	SCHEMA(net_device_rows, struct spec_net_device, KEY(struct spec_net_device, host_name));

static const struct name clock_names[] = {{"boottime", 0}, {"monotonic", 0}};

static const struct schema_row time_offset_rows[] = {
	ROW_I64("secs", struct spec_time_offset, secs),
	ROW_U32("nanosecs", struct spec_time_offset, nanosecs, RANGE(0, 999999999)),
};

static const struct schema_object time_offset_table =
	SCHEMA(time_offset_rows, struct spec_time_offset, KEY(struct spec_time_offset, clock),
	       .keys = NAMES(clock_names));

/* The four of the spec, and the recursive forms that docker and podman write. */
static const struct name propagation_names[] = {
	{"private", 0}, {"rprivate", 0}, {"shared", 0},     {"rshared", 0},
	{"slave", 0},   {"rslave", 0},   {"unbindable", 0}, {"runbindable", 0},
};

static const struct schema_row intel_rdt_rows[] = {
	ROW_STRING("closID", struct spec_intel_rdt, clos_id),
	ROW_STRINGS("schemata", struct spec_intel_rdt, schemata),
	ROW_STRING("l3CacheSchema", struct spec_intel_rdt, l3_cache_schema),
	ROW_STRING("memBwSchema", struct spec_intel_rdt, mem_bw_schema),
	ROW_BOOL("enableMonitoring", struct spec_intel_rdt, enable_monitoring),
};

static const struct schema_object intel_rdt_table =
	SCHEMA(intel_rdt_rows, struct spec_intel_rdt, GIVEN(struct spec_intel_rdt, set));

/* The kernel's numbers, by set_mempolicy(2): its header grows later than the spec's list. */
static const struct name policy_mode_names[] = {
	{"MPOL_DEFAULT", 0},    {"MPOL_BIND", 2},
	{"MPOL_INTERLEAVE", 3}, {"MPOL_WEIGHTED_INTERLEAVE", 6},
	{"MPOL_PREFERRED", 1},  {"MPOL_PREFERRED_MANY", 5},
	{"MPOL_LOCAL", 4},
};

static const struct name policy_flag_names[] = {
	{"MPOL_F_NUMA_BALANCING", 1 << 13},
	{"MPOL_F_RELATIVE_NODES", 1 << 14},
	{"MPOL_F_STATIC_NODES", 1 << 15},
};

const struct names memory_policy_modes = NAMES(policy_mode_names);
const struct names memory_policy_flags = NAMES(policy_flag_names);

static const struct schema_row memory_policy_rows[] = {
	ROW_ENUM("mode", struct spec_memory_policy, mode, NAMES(policy_mode_names),
		 .flags = REQUIRED, .what = "invalid memory policy mode"),
	ROW_STRING("nodes", struct spec_memory_policy, nodes),
	ROW_FLAGS32("flags", struct spec_memory_policy, flags, NAMES(policy_flag_names),
		    .what = "invalid memory policy flag"),
};

static const struct schema_object memory_policy_table = SCHEMA(
	memory_policy_rows, struct spec_memory_policy, GIVEN(struct spec_memory_policy, set));

static const struct name domain_names[] = {{"LINUX", PER_LINUX}, {"LINUX32", PER_LINUX32}};

static const struct schema_row personality_rows[] = {
	ROW_ENUM("domain", struct spec_personality, domain, NAMES(domain_names), .flags = REQUIRED),
	ROW_STRINGS("flags", struct spec_personality, flags),
};

static const struct schema_object personality_table =
	SCHEMA(personality_rows, struct spec_personality, GIVEN(struct spec_personality, set));

#define L struct spec_linux

static const struct schema_row linux_rows[] = {
	ROW_OBJECTS("uidMappings", L, uid_mappings, struct spec_idmap, idmap_table),
	ROW_OBJECTS("gidMappings", L, gid_mappings, struct spec_idmap, idmap_table),
	ROW_STRING_MAP("sysctl", L, sysctl),
	ROW_OBJECT("resources", L, resources, resources_table),
	ROW_STRING("cgroupsPath", L, cgroups_path),
	ROW_OBJECTS("namespaces", L, namespaces, struct spec_namespace, namespace_table),
	ROW_OBJECTS("devices", L, devices, struct spec_device, device_table),
	ROW_KEYED_OBJECTS("netDevices", L, net_devices, struct spec_net_device, net_device_table),
	ROW_OBJECT("seccomp", L, seccomp, seccomp_table),
	ROW_WORD("rootfsPropagation", L, rootfs_propagation, NAMES(propagation_names)),
	ROW_PATHS("maskedPaths", L, masked_paths),
	ROW_PATHS("readonlyPaths", L, readonly_paths),
	ROW_STRING("mountLabel", L, mount_label),
	ROW_OBJECT("intelRdt", L, intel_rdt, intel_rdt_table),
	ROW_OBJECT("memoryPolicy", L, memory_policy, memory_policy_table),
	ROW_OBJECT("personality", L, personality, personality_table),
	ROW_KEYED_OBJECTS("timeOffsets", L, time_offsets, struct spec_time_offset,
			  time_offset_table),
};

const struct schema_object linux_table = SCHEMA(linux_rows, L, GIVEN(L, set));
