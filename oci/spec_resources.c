/*
 * Tables of config.json: linux.resources (config-linux.md "Control groups" and on).
 *
 * owns:     tables, nothing else
 * may use:  oci/schema
 * must not: hold a rule that concerns more than one property (oci/validate does)
 */
#include "oci/tables.h"

#define R struct spec_resources

/* -1 is "all" in the rules of the device controller, and "unlimited" for memory. */
#define FROM_MINUS_ONE RANGE(-1, INT64_MAX)
#define DEVICE_RANGE   RANGE(0, UINT32_MAX)
#define WEIGHT_RANGE   RANGE(0, UINT16_MAX)

static const struct name rule_type_names[] = {{"a", 'a'}, {"c", 'c'}, {"b", 'b'}};

static const struct schema_row device_rule_rows[] = {
	ROW_BOOL("allow", struct spec_device_rule, allow, .flags = REQUIRED),
	ROW_WORD("type", struct spec_device_rule, type, NAMES(rule_type_names)),
	ROW_OPT_I64("major", struct spec_device_rule, major, FROM_MINUS_ONE),
	ROW_OPT_I64("minor", struct spec_device_rule, minor, FROM_MINUS_ONE),
	ROW_STRING("access", struct spec_device_rule, access),
};

static const struct schema_object device_rule_table =
	SCHEMA(device_rule_rows, struct spec_device_rule);

static const struct schema_row memory_rows[] = {
	ROW_OPT_I64("limit", R, memory.limit, FROM_MINUS_ONE),
	ROW_OPT_I64("reservation", R, memory.reservation, FROM_MINUS_ONE),
	ROW_OPT_I64("swap", R, memory.swap, FROM_MINUS_ONE),
	ROW_OPT_I64("kernel", R, memory.kernel, FROM_MINUS_ONE),
	ROW_OPT_I64("kernelTCP", R, memory.kernel_tcp, FROM_MINUS_ONE),
	ROW_OPT_U64("swappiness", R, memory.swappiness, RANGE(0, 100)),
	ROW_OPT_BOOL("disableOOMKiller", R, memory.disable_oom_killer),
	ROW_OPT_BOOL("useHierarchy", R, memory.use_hierarchy),
	ROW_OPT_BOOL("checkBeforeUpdate", R, memory.check_before_update),
};

static const struct schema_object memory_table = SCHEMA(memory_rows, R, GIVEN(R, memory.set));

static const struct schema_row cpu_rows[] = {
	ROW_OPT_U64("shares", R, cpu.shares),
	ROW_OPT_I64("quota", R, cpu.quota),
	ROW_OPT_U64("burst", R, cpu.burst),
	ROW_OPT_U64("period", R, cpu.period),
	ROW_OPT_I64("realtimeRuntime", R, cpu.realtime_runtime),
	ROW_OPT_U64("realtimePeriod", R, cpu.realtime_period),
	ROW_STRING("cpus", R, cpu.cpus),
	ROW_STRING("mems", R, cpu.mems),
	ROW_OPT_I64("idle", R, cpu.idle),
};

static const struct schema_object cpu_table = SCHEMA(cpu_rows, R, GIVEN(R, cpu.set));

static const struct schema_row pids_rows[] = {
	ROW_OPT_I64("limit", R, pids.limit),
};

static const struct schema_object pids_table = SCHEMA(pids_rows, R, GIVEN(R, pids.set));

static const struct schema_row weight_device_rows[] = {
	ROW_I64("major", struct spec_weight_device, major, DEVICE_RANGE, .flags = REQUIRED),
	ROW_I64("minor", struct spec_weight_device, minor, DEVICE_RANGE, .flags = REQUIRED),
	ROW_OPT_U32("weight", struct spec_weight_device, weight, WEIGHT_RANGE),
	ROW_OPT_U32("leafWeight", struct spec_weight_device, leaf_weight, WEIGHT_RANGE),
};

static const struct schema_object weight_device_table =
	SCHEMA(weight_device_rows, struct spec_weight_device);

static const struct schema_row throttle_device_rows[] = {
	ROW_I64("major", struct spec_throttle_device, major, DEVICE_RANGE, .flags = REQUIRED),
	ROW_I64("minor", struct spec_throttle_device, minor, DEVICE_RANGE, .flags = REQUIRED),
	ROW_U64("rate", struct spec_throttle_device, rate, .flags = REQUIRED),
};

static const struct schema_object throttle_device_table =
	SCHEMA(throttle_device_rows, struct spec_throttle_device);

#define ROW_THROTTLE(key, m)                                                                       \
	ROW_OBJECTS(key, R, block_io.m, struct spec_throttle_device, throttle_device_table)

static const struct schema_row block_io_rows[] = {
	ROW_OPT_U32("weight", R, block_io.weight, WEIGHT_RANGE),
	ROW_OPT_U32("leafWeight", R, block_io.leaf_weight, WEIGHT_RANGE),
	ROW_OBJECTS("weightDevice", R, block_io.weight_device, struct spec_weight_device,
		    weight_device_table),
	ROW_THROTTLE("throttleReadBpsDevice", read_bps),
	ROW_THROTTLE("throttleWriteBpsDevice", write_bps),
	ROW_THROTTLE("throttleReadIOPSDevice", read_iops),
	ROW_THROTTLE("throttleWriteIOPSDevice", write_iops),
};

static const struct schema_object block_io_table = SCHEMA(block_io_rows, R, GIVEN(R, block_io.set));

static const struct schema_row hugepage_rows[] = {
	ROW_STRING("pageSize", struct spec_hugepage_limit, page_size, .flags = REQUIRED),
	ROW_U64("limit", struct spec_hugepage_limit, limit, .flags = REQUIRED),
};

static const struct schema_object hugepage_table =
	SCHEMA(hugepage_rows, struct spec_hugepage_limit);

static const struct schema_row priority_rows[] = {
	ROW_STRING("name", struct spec_net_priority, name, .flags = REQUIRED),
	ROW_U32("priority", struct spec_net_priority, priority, .flags = REQUIRED),
};

static const struct schema_object priority_table = SCHEMA(priority_rows, struct spec_net_priority);

static const struct schema_row network_rows[] = {
	ROW_OPT_U32("classID", R, network.class_id),
	ROW_OBJECTS("priorities", R, network.priorities, struct spec_net_priority, priority_table),
};

static const struct schema_object network_table = SCHEMA(network_rows, R, GIVEN(R, network.set));

static const struct schema_row rdma_rows[] = {
	ROW_OPT_U32("hcaHandles", struct spec_rdma, hca_handles),
	ROW_OPT_U32("hcaObjects", struct spec_rdma, hca_objects),
};

static const struct schema_object rdma_table =
	SCHEMA(rdma_rows, struct spec_rdma, KEY(struct spec_rdma, device));

static const struct schema_row resources_rows[] = {
	ROW_OBJECTS("devices", R, devices, struct spec_device_rule, device_rule_table),
	ROW_GROUP("memory", memory_table),
	ROW_GROUP("cpu", cpu_table),
	ROW_GROUP("pids", pids_table),
	ROW_GROUP("blockIO", block_io_table),
	ROW_OBJECTS("hugepageLimits", R, hugepage_limits, struct spec_hugepage_limit,
		    hugepage_table),
	ROW_GROUP("network", network_table),
	ROW_KEYED_OBJECTS("rdma", R, rdma, struct spec_rdma, rdma_table),
	ROW_STRING_MAP("unified", R, unified),
};

const struct schema_object resources_table = SCHEMA(resources_rows, R, GIVEN(R, set));
