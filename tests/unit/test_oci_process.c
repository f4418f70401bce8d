/*
 * The `process` object, in config.json and alone: what is refused with its exact line, and what is
 * read.
 */
#include "oci_case.h"

static const struct refused process_refused[] = {
	{WITH("\"process\":{}"), "2:11: /process: required property \"args\" is missing"},
	{WITH("\"process\":{\"args\":[\"sh\"]}"),
	 "2:11: /process: required property \"cwd\" is missing"},
	{WITH("\"process\":{\"cwd\":\"/\",\"args\":[]}"), "2:29: /process/args: must not be empty"},
	{WITH("\"process\":{\"cwd\":\"/\",\"args\":[\"\"]}"),
	 "2:30: /process/args/0: must not be empty"},
	{WITH("\"process\":{\"cwd\":\"a\",\"args\":[\"sh\"]}"),
	 "2:18: /process/cwd: expected an absolute path, found \"a\""},
	{WITH("\"process\":{\"cwd\":\"\",\"args\":[\"sh\"]}"),
	 "2:18: /process/cwd: must not be empty"},
	{PROCESS("\"terminal\":1"), "3:12: /process/terminal: expected boolean, found number"},
	{PROCESS("\"consoleSize\":{\"height\":1}"),
	 "3:15: /process/consoleSize: required property \"width\" is missing"},
	{PROCESS("\"consoleSize\":{\"height\":1,\"width\":65536}"),
	 "3:35: /process/consoleSize/width: 65536 is out of range, expected 0 to 65535"},
	{PROCESS("\"env\":[\"A=b\",\"PATH\"]"), "3:14: /process/env/1: expected NAME=value"},
	{PROCESS("\"env\":[\"=b\"]"), "3:8: /process/env/0: expected NAME=value"},
	{PROCESS("\"capabilities\":[]"),
	 "3:16: /process/capabilities: expected object, found array"},
	{PROCESS("\"capabilities\":{\"ambient\":[\"CAP_KILL\",5]}"),
	 "3:39: /process/capabilities/ambient/1: expected string, found number"},
	{PROCESS("\"rlimits\":[{\"type\":\"RLIMIT_FOO\",\"soft\":1,\"hard\":1}]"),
	 "3:20: /process/rlimits/0/type: unknown value \"RLIMIT_FOO\", expected one of "
	 "RLIMIT_AS, RLIMIT_CORE, RLIMIT_CPU, RLIMIT_DATA, RLIMIT_FSIZE, RLIMIT_LOCKS, "
	 "RLIMIT_MEMLOCK, RLIMIT_MSGQUEUE, RLIMIT_NICE, RLIMIT_NOFILE, ..."},
	{PROCESS("\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"soft\":1}]"),
	 "3:12: /process/rlimits/0: required property \"hard\" is missing"},
	{PROCESS("\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"soft\":2,\"hard\":1}]"),
	 "3:40: /process/rlimits/0/soft: 2 is above the hard limit, 1"},
	{PROCESS("\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"soft\":1,\"hard\":1},{\"type\":"
		 "\"RLIMIT_CPU\",\"soft\":1,\"hard\":1}]"),
	 "3:60: /process/rlimits/1/type: duplicate limit"},
	{PROCESS("\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"soft\":-1,\"hard\":1}]"),
	 "3:40: /process/rlimits/0/soft: -1 is out of range, expected 0 to "
	 "18446744073709551615"},
	{PROCESS("\"oomScoreAdj\":-1001"),
	 "3:15: /process/oomScoreAdj: -1001 is out of range, expected -1000 to 1000"},
	{PROCESS("\"oomScoreAdj\":1001"),
	 "3:15: /process/oomScoreAdj: 1001 is out of range, expected -1000 to 1000"},
	{PROCESS("\"oomScoreAdj\":1.5"),
	 "3:15: /process/oomScoreAdj: expected an integer, found 1.5"},
	{PROCESS("\"scheduler\":{}"),
	 "3:13: /process/scheduler: required property \"policy\" is missing"},
	{PROCESS("\"scheduler\":{\"policy\":\"SCHED_WHAT\"}"),
	 "3:23: /process/scheduler/policy: unknown value \"SCHED_WHAT\", expected one of "
	 "SCHED_OTHER, SCHED_FIFO, SCHED_RR, SCHED_BATCH, SCHED_ISO, SCHED_IDLE, "
	 "SCHED_DEADLINE"},
	{PROCESS("\"scheduler\":{\"policy\":\"SCHED_RR\",\"nice\":20}"),
	 "3:41: /process/scheduler/nice: 20 is out of range, expected -20 to 19"},
	{PROCESS("\"scheduler\":{\"policy\":\"SCHED_RR\",\"flags\":[\"X\"]}"),
	 "3:43: /process/scheduler/flags/0: unknown value \"X\", expected one of "
	 "SCHED_FLAG_RESET_ON_FORK, SCHED_FLAG_RECLAIM, SCHED_FLAG_DL_OVERRUN, "
	 "SCHED_FLAG_KEEP_POLICY, SCHED_FLAG_KEEP_PARAMS, SCHED_FLAG_UTIL_CLAMP_MIN, "
	 "SCHED_FLAG_UTIL_CLAMP_MAX"},
	{PROCESS("\"ioPriority\":{\"priority\":1}"),
	 "3:14: /process/ioPriority: required property \"class\" is missing"},
	{PROCESS("\"ioPriority\":{\"class\":\"IOPRIO_CLASS_RT\",\"priority\":8}"),
	 "3:52: /process/ioPriority/priority: 8 is out of range, expected 0 to 7"},
	{PROCESS("\"ioPriority\":{\"class\":\"IOPRIO_CLASS_XX\",\"priority\":1}"),
	 "3:23: /process/ioPriority/class: unknown value \"IOPRIO_CLASS_XX\", expected one "
	 "of IOPRIO_CLASS_RT, IOPRIO_CLASS_BE, IOPRIO_CLASS_IDLE"},
	{PROCESS("\"execCPUAffinity\":{\"initial\":\"0-3,7\",\"final\":\"x\"}"),
	 "3:46: /process/execCPUAffinity/final: expected a list of CPUs like 0-3,7"},
};

static void test_process(void **state)
{

	(void)state;
	CHECK_REFUSED(process_refused);
}

#define USER(rest) WITH("\"process\":{\"cwd\":\"/\",\"args\":[\"sh\"],\"user\":{" rest "}}")

static const struct refused user_refused[] = {
	{USER("\"gid\":0"), "2:43: /process/user: required property \"uid\" is missing"},
	{USER("\"uid\":\"0\",\"gid\":0"), "2:50: /process/user/uid: expected number, found string"},
	{USER("\"uid\":-1,\"gid\":0"),
	 "2:50: /process/user/uid: -1 is out of range, expected 0 to 4294967294"},
	{USER("\"uid\":4294967295,\"gid\":0"),
	 "2:50: /process/user/uid: 4294967295 is out of range, expected 0 to 4294967294"},
	{USER("\"uid\":4294967296,\"gid\":0"),
	 "2:50: /process/user/uid: 4294967296 is out of range, expected 0 to 4294967294"},
	{USER("\"uid\":99999999999999999999999,\"gid\":0"),
	 "2:50: /process/user/uid: 99999999999999999999999 is out of range, expected 0 to "
	 "4294967294"},
	{USER("\"uid\":1e3,\"gid\":0"), "2:50: /process/user/uid: expected an integer, found 1e3"},
	{USER("\"uid\":1.0,\"gid\":0"), "2:50: /process/user/uid: expected an integer, found 1.0"},
	{USER("\"uid\":0,\"gid\":0,\"umask\":512"),
	 "2:68: /process/user/umask: 512 is out of range, expected 0 to 511"},
	{USER("\"uid\":0,\"gid\":0,\"additionalGids\":[1,-1]"),
	 "2:80: /process/user/additionalGids/1: -1 is out of range, expected 0 to "
	 "4294967294"},
	{USER("\"uid\":0,\"gid\":0,\"additionalGids\":5"),
	 "2:77: /process/user/additionalGids: expected array, found number"},
};

static void test_user(void **state)
{
	AUTO(arena) struct arena a = {0};
	struct spec s = accept(&a, USER("\"uid\":4294967294,\"gid\":-0,\"umask\":0,"
					"\"additionalGids\":[5,4294967294,5]"));

	(void)state;
	CHECK_REFUSED(user_refused);
	assert_int_equal(s.process.user.uid, 4294967294u);
	assert_int_equal(s.process.user.gid, 0);
	assert_true(s.process.user.umask.set);
	assert_int_equal(s.process.user.umask.v, 0);
	assert_int_equal(s.process.user.additional_gids.n, 3);
	assert_int_equal(s.process.user.additional_gids.v[1], 4294967294u);
	s = accept(&a, USER("\"uid\":1,\"gid\":1,\"umask\":null"));
	assert_false(s.process.user.umask.set);
}

static void test_process_values(void **state)
{
	AUTO(arena) struct arena a = {0};
	struct spec s = accept(
		&a, PROCESS("\"terminal\":true,\"consoleSize\":{\"height\":65535,\"width\":0},"
			    "\"env\":[\"A=\",\"B=c=d\"],\"capabilities\":{\"bounding\":[\"1\"],"
			    "\"effective\":[\"2\"],\"inheritable\":[],\"permitted\":[\"3\"],"
			    "\"ambient\":[\"4\",\"5\"]},\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\","
			    "\"soft\":0,\"hard\":18446744073709551615}],\"noNewPrivileges\":true,"
			    "\"apparmorProfile\":\"p\",\"selinuxLabel\":\"l\",\"oomScoreAdj\":-1000"
			    ",\"scheduler\":{\"policy\":\"SCHED_DEADLINE\",\"nice\":-20,"
			    "\"priority\":99,\"flags\":[\"SCHED_FLAG_RECLAIM\","
			    "\"SCHED_FLAG_UTIL_CLAMP_MAX\"],\"runtime\":1,\"deadline\":2,\"period\""
			    ":18446744073709551615},\"ioPriority\":{\"class\":\"IOPRIO_CLASS_IDLE\""
			    ",\"priority\":7},\"execCPUAffinity\":{\"initial\":\"0-3,7\",\"final\":"
			    "\"\"}"));
	const struct spec_process *p = &s.process;

	(void)state;
	assert_true(p->set && p->terminal && p->no_new_privileges);
	assert_true(p->console_size.set);
	assert_int_equal(p->console_size.height, 65535);
	assert_string_equal(p->env.v[1], "B=c=d");
	assert_string_equal(p->capabilities.of[CAP_SET_BOUNDING].v[0], "1");
	assert_string_equal(p->capabilities.of[CAP_SET_EFFECTIVE].v[0], "2");
	assert_int_equal(p->capabilities.of[CAP_SET_INHERITABLE].n, 0);
	assert_string_equal(p->capabilities.of[CAP_SET_PERMITTED].v[0], "3");
	assert_string_equal(p->capabilities.of[CAP_SET_AMBIENT].v[1], "5");
	assert_string_equal(cap_set_names[CAP_SET_PERMITTED], "permitted");
	assert_int_equal(p->rlimits.v[0].type, 7); /* RLIMIT_NOFILE */
	assert_true(p->rlimits.v[0].hard == UINT64_MAX);
	assert_string_equal(p->apparmor_profile, "p");
	assert_string_equal(p->selinux_label, "l");
	assert_true(p->oom_score_adj.set && p->oom_score_adj.v == -1000);
	assert_int_equal(p->scheduler.policy, 6);
	assert_int_equal(p->scheduler.nice, -20);
	assert_int_equal(p->scheduler.flags, 0x02 | 0x40);
	assert_true(p->scheduler.period == UINT64_MAX);
	assert_int_equal(p->io_priority.class, 3);
	assert_string_equal(p->exec_cpu_affinity.initial, "0-3,7");
	assert_null(p->exec_cpu_affinity.final);
}

static void test_process_alone(void **state)
{
	static const char good[] = "{\"cwd\":\"/\",\"args\":[\"a\",\"\"]}";
	static const struct refused cases[] = {
		{"7", "config.json:1:1: expected object, found number"},
		{"{\"cwd\":\"/\"}", "config.json:1:1: required property \"args\" is missing"},
		{"{\"cwd\":\"/\",\n\"args\":[\"a\"],\"env\":[\"A\"]}",
		 "config.json:2:21: /env/0: expected NAME=value"},
	};
	AUTO(arena) struct arena a = {0};
	struct spec_process p;
	char line[512];
	struct err e;
	struct doc d;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(doc_parse(&d, &a, cases[i].text, strlen(cases[i].text), &e), 0);
		assert_int_equal(oci_decode_process(&p, &a, &d, &e), -EINVAL);
		err_render(&e, NULL, line, sizeof(line));
		assert_string_equal(line, cases[i].line);
	}
	assert_int_equal(doc_parse(&d, &a, good, strlen(good), &e), 0);
	assert_int_equal(oci_decode_process(&p, &a, &d, &e), 0);
	assert_true(p.set);
	assert_int_equal(p.args.n, 2);
	assert_int_equal(p.user.uid, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_process),
		cmocka_unit_test(test_user),
		cmocka_unit_test(test_process_values),
		cmocka_unit_test(test_process_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
