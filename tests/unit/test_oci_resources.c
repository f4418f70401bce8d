/*
 * `linux.resources` (alone too) and `linux.seccomp`: what is refused with its exact line, and what
 * is read.
 */
#include "oci_case.h"

static const struct refused resources_refused[] = {
	{RESOURCES("\"devices\":[{\"access\":\"r\"}]"),
	 "2:34: /linux/resources/devices/0: required property \"allow\" is missing"},
	{RESOURCES("\"devices\":[{\"allow\":true,\"type\":\"x\"}]"),
	 "2:55: /linux/resources/devices/0/type: unknown value \"x\", expected one of a, "
	 "c, b"},
	{RESOURCES("\"devices\":[{\"allow\":true,\"access\":\"rx\"}]"),
	 "2:57: /linux/resources/devices/0/access: expected some of r, w, m"},
	{RESOURCES("\"devices\":[{\"allow\":true,\"major\":-2}]"),
	 "2:56: /linux/resources/devices/0/major: -2 is out of range, expected -1 to "
	 "9223372036854775807"},
	{RESOURCES("\"memory\":{\"limit\":9223372036854775808}"),
	 "2:41: /linux/resources/memory/limit: 9223372036854775808 is out of range, "
	 "expected -1 to 9223372036854775807"},
	{RESOURCES("\"memory\":{\"limit\":-2}"),
	 "2:41: /linux/resources/memory/limit: -2 is out of range, expected -1 to "
	 "9223372036854775807"},
	{RESOURCES("\"memory\":{\"swappiness\":101}"),
	 "2:46: /linux/resources/memory/swappiness: 101 is out of range, expected 0 to "
	 "100"},
	{RESOURCES("\"memory\":{\"useHierarchy\":0}"),
	 "2:48: /linux/resources/memory/useHierarchy: expected boolean, found number"},
	{RESOURCES("\"cpu\":{\"shares\":-1}"),
	 "2:39: /linux/resources/cpu/shares: -1 is out of range, expected 0 to "
	 "18446744073709551615"},
	{RESOURCES("\"cpu\":{\"period\":18446744073709551616}"),
	 "2:39: /linux/resources/cpu/period: 18446744073709551616 is out of range, "
	 "expected 0 to 18446744073709551615"},
	{RESOURCES("\"cpu\":{\"quota\":-9223372036854775809}"),
	 "2:38: /linux/resources/cpu/quota: -9223372036854775809 is out of range, expected "
	 "-9223372036854775808 to 9223372036854775807"},
	{RESOURCES("\"cpu\":{\"cpus\":3}"),
	 "2:37: /linux/resources/cpu/cpus: expected string, found number"},
	{RESOURCES("\"cpu\":{\"quota\":10,\"burst\":11}"),
	 "2:49: /linux/resources/cpu/burst: must not be larger than quota"},
	{RESOURCES("\"pids\":{\"limit\":\"5\"}"),
	 "2:39: /linux/resources/pids/limit: expected number, found string"},
	{RESOURCES("\"blockIO\":{\"weight\":65536}"),
	 "2:43: /linux/resources/blockIO/weight: 65536 is out of range, expected 0 to "
	 "65535"},
	{RESOURCES("\"blockIO\":{\"weightDevice\":[{\"major\":1,\"minor\":2}]}"),
	 "2:50: /linux/resources/blockIO/weightDevice/0: expected weight or leafWeight"},
	{RESOURCES("\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":1,\"minor\":2}]}"),
	 "2:59: /linux/resources/blockIO/throttleReadBpsDevice/0: required property "
	 "\"rate\" is missing"},
	{RESOURCES("\"hugepageLimits\":[{\"pageSize\":\"2MB\"}]"),
	 "2:41: /linux/resources/hugepageLimits/0: required property \"limit\" is missing"},
	{RESOURCES("\"hugepageLimits\":[{\"pageSize\":\"02MB\",\"limit\":1}]"),
	 "2:53: /linux/resources/hugepageLimits/0/pageSize: expected a size like 2MB"},
	{RESOURCES("\"network\":{\"priorities\":[{\"name\":\"eth0\"}]}"),
	 "2:48: /linux/resources/network/priorities/0: required property \"priority\" is "
	 "missing"},
	{RESOURCES("\"rdma\":{\"mlx5_1\":{}}"),
	 "2:40: /linux/resources/rdma/mlx5_1: expected hcaHandles or hcaObjects"},
	{RESOURCES("\"rdma\":{\"a/b\":{\"hcaHandles\":4294967296}}"),
	 "2:51: /linux/resources/rdma/a~1b/hcaHandles: 4294967296 is out of range, "
	 "expected 0 to 4294967295"},
	{RESOURCES("\"unified\":{\"memory.high\":1}"),
	 "2:48: /linux/resources/unified/memory.high: expected string, found number"},
	{RESOURCES("\"unified\":{\"../memory.high\":\"1\"}"),
	 "2:51: /linux/resources/unified/..~1memory.high: expected the name of a file"},
};

static void test_resources(void **state)
{
	AUTO(arena) struct arena a = {0};
	struct spec s = accept(
		&a,
		RESOURCES(
			"\"devices\":[{\"allow\":false,\"access\":\"rwm\"},{\"allow\":true,\"type\""
			":\"c\",\"major\":-1,\"minor\":5,\"access\":\"\"}],\"memory\":{\"limit\":"
			"9223372036854775807,\"swap\":-1,\"reservation\":null,\"swappiness\":0,"
			"\"disableOOMKiller\":false},\"cpu\":{\"shares\":18446744073709551615,"
			"\"quota\":-9223372036854775808,\"burst\":11,\"cpus\":\"0-1\",\"idle\":1},"
			"\"pids\":{\"limit\":0},\"blockIO\":{\"weight\":10,\"weightDevice\":[{"
			"\"major\":8,\"minor\":16,\"leafWeight\":1}],\"throttleWriteIOPSDevice\":[{"
			"\"major\":8,\"minor\":0,\"rate\":600}]},\"hugepageLimits\":[{\"pagesize\":"
			"\"64KB\",\"limit\":0}],\"network\":{\"classID\":4294967295,\"priorities\":"
			"[{\"name\":\"lo\",\"priority\":1}]},\"rdma\":{\"x\":{\"hcaObjects\":0}},"
			"\"unified\":{\"memory.high\":\"1\"},\"oomScoreAdj\":100"));
	const struct spec_resources *r = &s.linux_.resources;

	(void)state;
	CHECK_REFUSED(resources_refused);
	assert_true(r->set && r->memory.set && r->cpu.set && r->pids.set && r->block_io.set);
	assert_false(r->devices.v[0].allow);
	assert_null(r->devices.v[0].type);
	assert_true(r->devices.v[1].allow && r->devices.v[1].major.v == -1);
	assert_null(r->devices.v[1].access);
	assert_true(r->memory.limit.v == INT64_MAX && r->memory.swap.v == -1);
	assert_false(r->memory.reservation.set);
	assert_true(r->memory.swappiness.set && r->memory.disable_oom_killer.set);
	assert_false(r->memory.disable_oom_killer.v);
	assert_true(r->cpu.shares.v == UINT64_MAX && r->cpu.quota.v == INT64_MIN);
	assert_true(r->pids.limit.set && r->pids.limit.v == 0);
	assert_false(r->block_io.weight_device.v[0].weight.set);
	assert_int_equal(r->block_io.write_iops.v[0].rate, 600);
	assert_int_equal(r->block_io.read_bps.n, 0);
	assert_string_equal(r->hugepage_limits.v[0].page_size, "64KB");
	assert_int_equal(r->network.class_id.v, UINT32_MAX);
	assert_string_equal(r->rdma.v[0].device, "x");
	assert_string_equal(r->unified.v[0].value, "1");
}

static void test_resources_alone(void **state)
{
	static const char good[] = "{\"pids\":{\"limit\":5}}", bad[] = "{\"unified\":{\"\":\"x\"}}";
	AUTO(arena) struct arena a = {0};
	struct spec_resources r;
	struct err e;
	struct doc d;

	(void)state;
	assert_int_equal(doc_parse(&d, &a, good, strlen(good), &e), 0);
	assert_int_equal(oci_decode_resources(&r, &a, &d, &e), 0);
	assert_true(r.set && r.pids.limit.v == 5);
	assert_int_equal(doc_parse(&d, &a, bad, strlen(bad), &e), 0);
	assert_int_equal(oci_decode_resources(&r, &a, &d, &e), -EINVAL);
	assert_string_equal(e.pointer, "/unified/");
	assert_int_equal(e.line, 1);
	assert_int_equal(e.column, 16);
}

static const struct refused seccomp_refused[] = {
	{LINUX("\"seccomp\":{}"),
	 "2:20: /linux/seccomp: required property \"defaultAction\" is missing"},
	{LINUX("\"seccomp\":{\"defaultAction\":\"SCMP_ACT_WHAT\"}"),
	 "2:37: /linux/seccomp/defaultAction: unknown value \"SCMP_ACT_WHAT\", expected "
	 "one of SCMP_ACT_KILL, SCMP_ACT_KILL_PROCESS, SCMP_ACT_KILL_THREAD, "
	 "SCMP_ACT_TRAP, SCMP_ACT_ERRNO, SCMP_ACT_TRACE, SCMP_ACT_ALLOW, SCMP_ACT_LOG, "
	 "SCMP_ACT_NOTIFY"},
	{SECCOMP("\"defaultErrnoRet\":1"),
	 "3:19: /linux/seccomp/defaultErrnoRet: only SCMP_ACT_ERRNO and SCMP_ACT_TRACE "
	 "have an errno"},
	{SECCOMP("\"architectures\":[\"SCMP_ARCH_X86_64\",\"x86\"]"),
	 "3:37: /linux/seccomp/architectures/1: unknown value \"x86\", expected one of "
	 "SCMP_ARCH_X86, SCMP_ARCH_X86_64, SCMP_ARCH_X32, SCMP_ARCH_ARM, "
	 "SCMP_ARCH_AARCH64, SCMP_ARCH_LOONGARCH64, SCMP_ARCH_M68K, SCMP_ARCH_MIPS, "
	 "SCMP_ARCH_MIPS64, SCMP_ARCH_MIPS64N32, ..."},
	{SECCOMP("\"flags\":[\"SECCOMP_FILTER_FLAG_NEW_LISTENER\"]"),
	 "3:10: /linux/seccomp/flags/0: unknown value "
	 "\"SECCOMP_FILTER_FLAG_NEW_LISTENER\", expected one of SECCOMP_FILTER_FLAG_TSYNC, "
	 "SECCOMP_FILTER_FLAG_LOG, SECCOMP_FILTER_FLAG_SPEC_ALLOW, "
	 "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"},
	{SECCOMP("\"listenerMetadata\":\"x\""),
	 "3:20: /linux/seccomp/listenerMetadata: needs listenerPath"},
	{SECCOMP("\"syscalls\":[{\"action\":\"SCMP_ACT_LOG\"}]"),
	 "3:13: /linux/seccomp/syscalls/0: required property \"names\" is missing"},
	{SECCOMP("\"syscalls\":[{\"names\":[],\"action\":\"SCMP_ACT_LOG\"}]"),
	 "3:22: /linux/seccomp/syscalls/0/names: must not be empty"},
	{SECCOMP("\"syscalls\":[{\"names\":[\"read\"]}]"),
	 "3:13: /linux/seccomp/syscalls/0: required property \"action\" is missing"},
	{SECCOMP("\"syscalls\":[{\"names\":[\"read\"],\"action\":\"SCMP_ACT_KILL\","
		 "\"errnoRet\":1}]"),
	 "3:67: /linux/seccomp/syscalls/0/errnoRet: only SCMP_ACT_ERRNO and SCMP_ACT_TRACE "
	 "have an errno"},
	{SECCOMP("\"syscalls\":[{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ERRNO\","
		 "\"errnoRet\":65536}]"),
	 "3:68: /linux/seccomp/syscalls/0/errnoRet: 65536 is out of range, expected 0 to "
	 "65535"},
	{SECCOMP("\"syscalls\":[{\"names\":[\"read\"],\"action\":\"SCMP_ACT_LOG\",\"args\":"
		 "[{\"index\":6,\"value\":0,\"op\":\"SCMP_CMP_EQ\"}]}]"),
	 "3:72: /linux/seccomp/syscalls/0/args/0/index: 6 is out of range, expected 0 to "
	 "5"},
	{SECCOMP("\"syscalls\":[{\"names\":[\"read\"],\"action\":\"SCMP_ACT_LOG\",\"args\":"
		 "[{\"index\":0,\"value\":0,\"op\":\"==\"}]}]"),
	 "3:89: /linux/seccomp/syscalls/0/args/0/op: unknown value \"==\", expected one of "
	 "SCMP_CMP_NE, SCMP_CMP_LT, SCMP_CMP_LE, SCMP_CMP_EQ, SCMP_CMP_GE, SCMP_CMP_GT, "
	 "SCMP_CMP_MASKED_EQ"},
};

static void test_seccomp(void **state)
{
	AUTO(arena) struct arena a = {0};
	struct spec s = accept(
		&a,
		LINUX("\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":38,"
		      "\"architectures\":[\"SCMP_ARCH_LOONGARCH64\"],\"flags\":["
		      "\"SECCOMP_FILTER_FLAG_LOG\"],\"listenerPath\":\"/s\",\"listenerMetadata\":"
		      "\"m\",\"syscalls\":[{\"names\":[\"a\",\"b\"],\"action\":\"SCMP_ACT_KILL\","
		      "\"errnoRet\":null},{\"names\":[\"c\"],\"action\":\"SCMP_ACT_TRACE\","
		      "\"errnoRet\":65535,\"args\":[{\"index\":5,\"value\":18446744073709551615,"
		      "\"valueTwo\":1,\"op\":\"SCMP_CMP_MASKED_EQ\"}]},{\"names\":[\"d\"],"
		      "\"action\":\"SCMP_ACT_NOTIFY\"}]}"));
	const struct spec_seccomp *c = &s.linux_.seccomp;

	(void)state;
	CHECK_REFUSED(seccomp_refused);
	assert_true(c->set);
	assert_int_equal(c->default_action, 0x00050000);
	assert_int_equal(c->default_errno_ret.v, 38);
	assert_string_equal(c->architectures.v[0], "SCMP_ARCH_LOONGARCH64");
	assert_string_equal(c->flags.v[0], "SECCOMP_FILTER_FLAG_LOG");
	assert_string_equal(c->listener_path, "/s");
	assert_string_equal(c->listener_metadata, "m");
	assert_int_equal(c->syscalls.v[0].action, 0);
	assert_false(c->syscalls.v[0].errno_ret.set);
	assert_int_equal(c->syscalls.v[1].action, 0x7ff00000);
	assert_int_equal(c->syscalls.v[1].args.v[0].op, SECCOMP_MASKED_EQ);
	assert_true(c->syscalls.v[1].args.v[0].value == UINT64_MAX);
	assert_int_equal(c->syscalls.v[2].action, 0x7fc00000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_resources),
		cmocka_unit_test(test_resources_alone),
		cmocka_unit_test(test_seccomp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
