/*
 * The `linux` object, but for resources and seccomp: what is refused with its exact line, and what
 * is read.
 */
#include "oci_case.h"

static const struct refused linux_refused[] = {
	{LINUX("\"namespaces\":[{}]"),
	 "2:24: /linux/namespaces/0: required property \"type\" is missing"},
	{LINUX("\"namespaces\":[{\"type\":\"net\"}]"),
	 "2:32: /linux/namespaces/0/type: unknown value \"net\", expected one of user, "
	 "cgroup, ipc, uts, network, pid, mount, time"},
	{LINUX("\"namespaces\":[{\"type\":\"pid\",\"path\":\"x\"}]"),
	 "2:45: /linux/namespaces/0/path: expected an absolute path, found \"x\""},
	{LINUX("\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"pid\"}]"),
	 "2:47: /linux/namespaces/1/type: duplicate namespace \"pid\""},
	{LINUX("\"uidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":1}]"),
	 "2:24: /linux/uidMappings: needs a user namespace (add {\"type\": \"user\"} to "
	 "/linux/namespaces)"},
	{LINUX("\"gidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":1}]"),
	 "2:24: /linux/gidMappings: needs a user namespace (add {\"type\": \"user\"} to "
	 "/linux/namespaces)"},
	{LINUX(USERNS "\"uidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":0}]"),
	 "3:51: /linux/uidMappings/0/size: 0 is out of range, expected 1 to 4294967295"},
	{LINUX(USERNS "\"uidMappings\":[{\"containerID\":1,\"hostID\":0,\"size\":4294967295"
		      "}]"),
	 "3:16: /linux/uidMappings/0: the range ends beyond the last id, 4294967294"},
	{LINUX(USERNS "\"gidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":5},"
		      "{\"containerID\":4,\"hostID\":100,\"size\":1}]"),
	 "3:54: /linux/gidMappings/1: overlaps with mapping 0"},
	{LINUX("\"devices\":[{\"type\":\"x\",\"path\":\"/dev/x\"}]"),
	 "2:29: /linux/devices/0/type: unknown value \"x\", expected one of c, b, u, p"},
	{LINUX("\"devices\":[{\"type\":\"c\",\"path\":\"dev/x\"}]"),
	 "2:40: /linux/devices/0/path: expected an absolute path, found \"dev/x\""},
	{LINUX("\"devices\":[{\"type\":\"c\",\"path\":\"/dev/x\"}]"),
	 "2:21: /linux/devices/0: required property \"major\" is missing"},
	{LINUX("\"devices\":[{\"type\":\"b\",\"path\":\"/dev/x\",\"major\":1}]"),
	 "2:21: /linux/devices/0: required property \"minor\" is missing"},
	{LINUX("\"devices\":[{\"type\":\"u\",\"path\":\"/dev/x\",\"major\":1,\"minor\":-1"
	       "}]"),
	 "2:67: /linux/devices/0/minor: -1 is out of range, expected 0 to 4294967295"},
	{LINUX("\"devices\":[{\"type\":\"p\",\"path\":\"/x\",\"fileMode\":65536}]"),
	 "2:56: /linux/devices/0/fileMode: 65536 is out of range, expected 0 to 65535"},
	{LINUX("\"netDevices\":{\"eth0\":{}}"),
	 "2:23: /linux/netDevices: needs a network namespace (add {\"type\": \"network\"} "
	 "to /linux/namespaces)"},
	{LINUX("\"namespaces\":[{\"type\":\"network\"}],\n\"netDevices\":{\"a/b\":{}}"),
	 "3:21: /linux/netDevices/a~1b: not the name of a network device"},
	{LINUX("\"namespaces\":[{\"type\":\"network\"}],\n\"netDevices\":{\"eth0\":{"
	       "\"name\":\"a b\"}}"),
	 "3:30: /linux/netDevices/eth0/name: not the name of a network device"},
	{LINUX("\"namespaces\":[{\"type\":\"network\"}],\n\"netDevices\":{\"eth0\":{"
	       "\"name\":\"a%db\"}}"),
	 "3:30: /linux/netDevices/eth0/name: not the name of a network device"},
	{LINUX("\"namespaces\":[{\"type\":\"network\"}],\n\"netDevices\":{\"a\":{},\"b\":{"
	       "\"name\":\"a\"}}"),
	 "3:34: /linux/netDevices/b/name: another device gets this name too"},
	{LINUX("\"sysctl\":{\"a/b\":1}"),
	 "2:26: /linux/sysctl/a~1b: expected string, found number"},
	{LINUX("\"sysctl\":{\"\":\"1\"}"), "2:23: /linux/sysctl/: a key must not be empty"},
	{LINUX("\"rootfsPropagation\":\"sometimes\""),
	 "2:30: /linux/rootfsPropagation: unknown value \"sometimes\", expected one of "
	 "private, rprivate, shared, rshared, slave, rslave, unbindable, runbindable"},
	{LINUX("\"maskedPaths\":[\"/a\",\"b\"]"),
	 "2:30: /linux/maskedPaths/1: expected an absolute path, found \"b\""},
	{LINUX("\"readonlyPaths\":[\"\"]"),
	 "2:27: /linux/readonlyPaths/0: expected an absolute path, found \"\""},
	{LINUX("\"timeOffsets\":{\"boottime\":{\"secs\":1}}"),
	 "2:24: /linux/timeOffsets: needs a time namespace (add {\"type\": \"time\"} to "
	 "/linux/namespaces)"},
	{LINUX("\"timeOffsets\":{\"realtime\":{\"secs\":1}}"),
	 "2:36: /linux/timeOffsets/realtime: unknown value \"realtime\", expected one of "
	 "boottime, monotonic"},
	{LINUX("\"timeOffsets\":{\"boottime\":{\"nanosecs\":1000000000}}"),
	 "2:48: /linux/timeOffsets/boottime/nanosecs: 1000000000 is out of range, expected "
	 "0 to 999999999"},
	{LINUX("\"intelRdt\":{\"closID\":\"a/b\"}"),
	 "2:31: /linux/intelRdt/closID: expected the name of a directory, or \"/\""},
	{LINUX("\"intelRdt\":{\"memBwSchema\":\"L3:\"}"),
	 "2:36: /linux/intelRdt/memBwSchema: expected one line that begins with MB:"},
	{LINUX("\"intelRdt\":{\"schemata\":[\"a\",\"b\\nc\"]}"),
	 "2:38: /linux/intelRdt/schemata/1: must be one line"},
	{LINUX("\"memoryPolicy\":{}"), "2:25: /linux/memoryPolicy: invalid memory policy mode: "
				       "required property \"mode\" is missing"},
	{LINUX("\"memoryPolicy\":{\"mode\":\"MPOL_X\"}"),
	 "2:33: /linux/memoryPolicy/mode: invalid memory policy mode: unknown value \"MPOL_X\", "
	 "expected one of "
	 "MPOL_DEFAULT, MPOL_BIND, MPOL_INTERLEAVE, MPOL_WEIGHTED_INTERLEAVE, "
	 "MPOL_PREFERRED, MPOL_PREFERRED_MANY, MPOL_LOCAL"},
	{LINUX("\"memoryPolicy\":{\"mode\":\"MPOL_BIND\",\"flags\":[\"MPOL_F_X\"]}"),
	 "2:54: /linux/memoryPolicy/flags/0: invalid memory policy flag: unknown value "
	 "\"MPOL_F_X\", expected one of "
	 "MPOL_F_NUMA_BALANCING, MPOL_F_RELATIVE_NODES, MPOL_F_STATIC_NODES"},
	{LINUX("\"personality\":{}"),
	 "2:24: /linux/personality: required property \"domain\" is missing"},
	{LINUX("\"personality\":{\"domain\":\"BSD\"}"),
	 "2:34: /linux/personality/domain: unknown value \"BSD\", expected one of LINUX, "
	 "LINUX32"},
	{LINUX("\"personality\":{\"domain\":\"LINUX\",\"flags\":[\"X\"]}"),
	 "2:51: /linux/personality/flags/0: the runtime-spec knows no flags yet"},
};

static void test_linux(void **state)
{

	(void)state;
	CHECK_REFUSED(linux_refused);
}

static void test_linux_values(void **state)
{
	AUTO(arena) struct arena a = {0};
	struct spec s = accept(
		&a,
		LINUX("\"namespaces\":[{\"type\":\"user\"},{\"type\":\"time\",\"path\":null},"
		      "{\"type\":\"network\",\"path\":\"/n\"}],\"uidMappings\":[{\"containerID\":0,"
		      "\"hostID\":1,\"size\":4294967294}],\"gidMappings\":[],\"sysctl\":{\"b\":"
		      "\"2\",\"a\":\"1\"},\"cgroupsPath\":\"c\",\"devices\":[{\"type\":\"p\","
		      "\"path\":\"/p\"},{\"type\":\"c\",\"path\":\"/c\",\"major\":0,\"minor\":"
		      "1048575,\"fileMode\":8630,\"uid\":1,\"gid\":2}],\"netDevices\":{\"eth0\":{},"
		      "\"eth1\":{\"name\":\"in%d\"}},\"rootfsPropagation\":\"rslave\","
		      "\"maskedPaths\":[\"/m\"],\"readonlyPaths\":null,\"mountLabel\":\"l\","
		      "\"intelRdt\":{\"closID\":\"/\",\"l3CacheSchema\":\"L3:0=f\",\"memBwSchema\":"
		      "\"MB:0=1\",\"schemata\":[\"x\"],\"enableMonitoring\":true},\"memoryPolicy\":"
		      "{\"mode\":\"MPOL_WEIGHTED_INTERLEAVE\",\"nodes\":\"0-1\",\"flags\":["
		      "\"MPOL_F_STATIC_NODES\"]},\"personality\":{\"domain\":\"LINUX32\"},"
		      "\"timeOffsets\":{\"monotonic\":{\"secs\":-9223372036854775808,\"nanosecs\":"
		      "999999999}}"));
	const struct spec_linux *l = &s.linux_;

	(void)state;
	assert_int_equal(l->namespaces.n, 3);
	assert_int_equal(l->namespaces.v[1].type, NS_TIME);
	assert_null(l->namespaces.v[1].path);
	assert_int_equal(l->namespaces.v[2].type, NS_NET);
	assert_string_equal(l->namespaces.v[2].path, "/n");
	assert_int_equal(l->uid_mappings.v[0].size, 4294967294u);
	assert_string_equal(l->sysctl.v[0].key, "b");
	assert_string_equal(l->sysctl.v[1].value, "1");
	assert_string_equal(l->cgroups_path, "c");
	assert_int_equal(l->devices.v[0].type, 'p');
	assert_false(l->devices.v[0].major.set);
	assert_int_equal(l->devices.v[1].minor.v, 1048575);
	assert_int_equal(l->devices.v[1].file_mode.v, 8630);
	assert_string_equal(l->net_devices.v[0].host_name, "eth0");
	assert_null(l->net_devices.v[0].name);
	assert_string_equal(l->net_devices.v[1].name, "in%d");
	assert_string_equal(l->rootfs_propagation, "rslave");
	assert_int_equal(l->masked_paths.n, 1);
	assert_string_equal(l->mount_label, "l");
	assert_true(l->intel_rdt.set && l->intel_rdt.enable_monitoring);
	assert_int_equal(l->memory_policy.mode, 6);
	assert_int_equal(l->memory_policy.flags, 1 << 15);
	assert_true(l->personality.set);
	assert_int_equal(l->personality.domain, 8);
	assert_string_equal(l->time_offsets.v[0].clock, "monotonic");
	assert_true(l->time_offsets.v[0].secs == INT64_MIN);
	assert_int_equal(l->time_offsets.v[0].nanosecs, 999999999);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_linux),
		cmocka_unit_test(test_linux_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
