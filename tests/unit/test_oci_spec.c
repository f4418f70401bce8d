/*
 * oci_decode_*: for every object of config.json what is refused, with its exact line, and what is
 * read, to the last bit.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "oci/oci.h"

#include "oci_configs.h"

/* A config.json that lacks nothing, then rest, on a line of its own. */
#define BASE        "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"}"
#define WITH(rest)  BASE ",\n" rest "}"
#define LINUX(rest) WITH("\"linux\":{" rest "}")
#define PROCESS(rest)                                                                              \
	WITH("\"process\":{\"cwd\":\"/\",\"args\":[\"sh\"],\"user\":{\"uid\":0,\"gid\":0},\n" rest \
	     "}")
#define RESOURCES(rest) LINUX("\"resources\":{" rest "}")
#define SECCOMP(rest)   LINUX("\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\n" rest "}")
#define USERNS          "\"namespaces\":[{\"type\":\"user\"}],\n"

struct refused {
	const char *text, *line;
};

static int decode(struct spec *s, struct arena *a, const char *text, size_t size, struct err *e)
{
	struct doc d;
	int r = doc_parse(&d, a, text, size, e);

	return r < 0 ? r : oci_decode_spec(s, a, &d, e);
}

/* Lines are without the "config.json:" that all begin with. The error is handed over full of
 * rubbish, as on a caller's stack. */
static void check_refused(const struct refused *cases, size_t n)
{
	char line[2048], want[2048];

	for (size_t i = 0; i < n; i++) {
		AUTO(arena) struct arena a = {0};
		struct err e;
		struct spec s;

		snprintf(want, sizeof(want), "config.json:%s", cases[i].line);
		memset(&e, 0xff, sizeof(e));
		assert_int_equal(decode(&s, &a, cases[i].text, strlen(cases[i].text), &e), -EINVAL);
		err_render(&e, NULL, line, sizeof(line));
		assert_string_equal(line, want);
	}
}

#define CHECK_REFUSED(cases) check_refused(cases, ARRAY_LEN(cases))

/* Decodes what must be accepted. */
static struct spec accept(struct arena *a, const char *text)
{
	char line[2048];
	struct err e;
	struct spec s;

	if (decode(&s, a, text, strlen(text), &e) < 0) {
		err_render(&e, NULL, line, sizeof(line));
		fail_msg("%s\n%s", text, line);
	}
	return s;
}

static void test_top(void **state)
{
	static const struct refused cases[] = {
		{"[]", "1:1: expected object, found array"},
		{"{}", "1:1: required property \"ociVersion\" is missing"},
		{"{\"ociVersion\":null}", "1:1: required property \"ociVersion\" is missing"},
		{"{\"ociVersion\":1}", "1:15: /ociVersion: expected string, found number"},
		{"{\"ociVersion\":\"\"}", "1:15: /ociVersion: must not be empty"},
		{"{\"ociVersion\":\"1.3.0\"}", "1:1: required property \"root\" is missing"},
		{"{\"ociVersion\":\"1.3.0\",\"root\":\"/x\"}",
		 "1:30: /root: expected object, found string"},
		{"{\"ociVersion\":\"1.3.0\",\"root\":{}}",
		 "1:30: /root: required property \"path\" is missing"},
		{"{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"\"}}",
		 "1:38: /root/path: must not be empty"},
		{"{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\",\"readonly\":\"true\"}}",
		 "1:53: /root/readonly: expected boolean, found string"},
		{WITH("\"hostname\":\"x\""), "2:12: /hostname: needs a uts namespace (add "
					     "{\"type\": \"uts\"} to /linux/namespaces)"},
		{WITH("\"domainname\":\"x\""), "2:14: /domainname: needs a uts namespace (add "
					       "{\"type\": \"uts\"} to /linux/namespaces)"},
		{WITH("\"hostname\":[]"), "2:12: /hostname: expected string, found array"},
		{WITH("\"annotations\":[]"), "2:15: /annotations: expected object, found array"},
		{WITH("\"annotations\":{\"a/b~c\":1}"),
		 "2:24: /annotations/a~1b~0c: expected string, found number"},
		{WITH("\"annotations\":{\"\":\"x\"}"),
		 "2:19: /annotations/: a key must not be empty"},
		{WITH("\"linux\":[]"), "2:9: /linux: expected object, found array"},
		{WITH("\"process\":\"sh\""), "2:11: /process: expected object, found string"},
	};

	(void)state;
	CHECK_REFUSED(cases);
}

static void test_version(void **state)
{
	static const char *const good[] = {"1.0.0",       "1.0.2-dev",   "1.3.0",
					   "1.99.0",      "1.3.0+build", "1.2.0-rc.1+dev.5",
					   "1.0.0-0a.x-y"};
	static const char *const bad[] = {
		"1",      "1.0",      "1.0.0.0",    "v1.0.0",
		"1.0.0-", "1.0.0+",   "01.0.0",     "1.00.0",
		"1.0.x",  "1.0.0-01", "1.0.0-a..b", "1.0.0 ",
		"-1.0.0", "1..0",     "1.0.0-a_b",  "18446744073709551616.0.0",
		""};
	static const struct refused cases[] = {
		{"{\"ociVersion\":\"0.5.0-dev\",\"root\":{\"path\":\"r\"}}",
		 "1:15: /ociVersion: version 0.5.0-dev of the runtime-spec is not supported "
		 "(rundlet implements 1.3.0 and accepts every 1.x)"},
		{"{\"ociVersion\":\"2.0.0\",\"root\":{\"path\":\"r\"}}",
		 "1:15: /ociVersion: version 2.0.0 of the runtime-spec is not supported (rundlet "
		 "implements 1.3.0 and accepts every 1.x)"},
		{"{\"ociVersion\":\"1.0\",\"root\":{\"path\":\"r\"}}",
		 "1:15: /ociVersion: expected a version like 1.3.0, found \"1.0\""},
	};
	char text[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		AUTO(arena) struct arena a = {0};

		snprintf(text, sizeof(text), "{\"ociVersion\":\"%s\",\"root\":{\"path\":\"r\"}}",
			 good[i]);
		assert_string_equal(accept(&a, text).oci_version, good[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		AUTO(arena) struct arena a = {0};
		struct spec s;
		struct err e;

		snprintf(text, sizeof(text), "{\"ociVersion\":\"%s\",\"root\":{\"path\":\"r\"}}",
			 bad[i]);
		assert_int_equal(decode(&s, &a, text, strlen(text), &e), -EINVAL);
		assert_string_equal(e.pointer, "/ociVersion");
	}
	CHECK_REFUSED(cases);
}

static void test_mounts(void **state)
{
	static const struct refused cases[] = {
		{WITH("\"mounts\":{}"), "2:10: /mounts: expected array, found object"},
		{WITH("\"mounts\":[1]"), "2:11: /mounts/0: expected object, found number"},
		{WITH("\"mounts\":[{}]"),
		 "2:11: /mounts/0: required property \"destination\" is missing"},
		{WITH("\"mounts\":[null]"), "2:11: /mounts/0: expected object, found null"},
		{WITH("\"mounts\":[{\"destination\":\"\"}]"),
		 "2:26: /mounts/0/destination: must not be empty"},
		{WITH("\"mounts\":[{\"destination\":\"/\"},\n{\"destination\":\"/a\",\"options\":["
		      "\"ro\",\"rw\",\n\t3]}]"),
		 "4:2: /mounts/1/options/2: expected string, found number"},
		{WITH("\"mounts\":[{\"destination\":\"/\",\"options\":\"ro\"}]"),
		 "2:40: /mounts/0/options: expected array, found string"},
		{WITH("\"mounts\":[{\"destination\":\"/\",\"options\":[null]}]"),
		 "2:41: /mounts/0/options/0: expected string, found null"},
		{WITH("\"mounts\":[{\"destination\":\"/\",\"uidMappings\":[{\"containerID\":0,"
		      "\"hostID\":0,\"size\":1}]}]"),
		 "2:44: /mounts/0/uidMappings: uidMappings and gidMappings go together"},
		{WITH("\"mounts\":[{\"destination\":\"/\",\"gidMappings\":[{\"containerID\":0,"
		      "\"hostID\":0,\"size\":1}]}]"),
		 "2:44: /mounts/0/gidMappings: uidMappings and gidMappings go together"},
		{WITH("\"mounts\":[{\"destination\":\"/\",\"uidMappings\":[{\"containerID\":0}]}]"),
		 "2:45: /mounts/0/uidMappings/0: required property \"hostID\" is missing"},
	};
	AUTO(arena) struct arena a = {0};
	struct spec s = accept(
		&a, WITH("\"mounts\":[{\"destination\":\"rel\",\"type\":null,\"source\":\"\","
			 "\"options\":null},{\"destination\":\"/b\",\"source\":\"s\",\"type\":"
			 "\"bind\",\"options\":[\"rbind\",\"\"],\"uidMappings\":[{\"containerID\":"
			 "1,\"hostID\":2,\"size\":3}],\"gidMappings\":[{\"containerID\":4,"
			 "\"hostID\":5,\"size\":6},{\"containerID\":40,\"hostID\":50,\"size\":6}]"
			 "}]"));

	(void)state;
	CHECK_REFUSED(cases);
	assert_int_equal(s.mounts.n, 2);
	assert_string_equal(s.mounts.v[0].destination, "rel");
	assert_null(s.mounts.v[0].type);
	assert_null(s.mounts.v[0].source);
	assert_int_equal(s.mounts.v[0].options.n, 0);
	assert_string_equal(s.mounts.v[1].source, "s");
	assert_int_equal(s.mounts.v[1].options.n, 2);
	assert_string_equal(s.mounts.v[1].options.v[0], "rbind");
	assert_int_equal(s.mounts.v[1].uid_mappings.v[0].host_id, 2);
	assert_int_equal(s.mounts.v[1].gid_mappings.n, 2);
	assert_int_equal(s.mounts.v[1].gid_mappings.v[1].container_id, 40);
}

static void test_hooks(void **state)
{
	static const struct refused cases[] = {
		{WITH("\"hooks\":[]"), "2:9: /hooks: expected object, found array"},
		{WITH("\"hooks\":{\"prestart\":{}}"),
		 "2:21: /hooks/prestart: expected array, found object"},
		{WITH("\"hooks\":{\"prestart\":[{}]}"),
		 "2:22: /hooks/prestart/0: required property \"path\" is missing"},
		{WITH("\"hooks\":{\"poststop\":[{\"path\":\"/a\"},{\"path\":\"a\"}]}"),
		 "2:44: /hooks/poststop/1/path: expected an absolute path, found \"a\""},
		{WITH("\"hooks\":{\"createRuntime\":[{\"path\":\"/a\",\"timeout\":0}]}"),
		 "2:50: /hooks/createRuntime/0/timeout: 0 is out of range, expected 1 to "
		 "2147483647"},
		{WITH("\"hooks\":{\"createRuntime\":[{\"path\":\"/a\",\"timeout\":-3}]}"),
		 "2:50: /hooks/createRuntime/0/timeout: -3 is out of range, expected 1 to "
		 "2147483647"},
		{WITH("\"hooks\":{\"createRuntime\":[{\"path\":\"/a\",\"args\":\"x\"}]}"),
		 "2:47: /hooks/createRuntime/0/args: expected array, found string"},
		{WITH("\"hooks\":{\"startContainer\":[{\"path\":\"/a\",\"env\":[1]}]}"),
		 "2:48: /hooks/startContainer/0/env/0: expected string, found number"},
	};
	AUTO(arena) struct arena a = {0};
	struct spec s = accept(
		&a, WITH("\"hooks\":{\"prestart\":[{\"path\":\"/1\"}],\"createRuntime\":[{\"path\":"
			 "\"/2\",\"env\":[]}],\"createContainer\":[{\"path\":\"/3\",\"env\":null}],"
			 "\"startContainer\":[{\"path\":\"/4\",\"args\":[\"a\",\"b\"]}],"
			 "\"poststart\":[{\"path\":\"/5\",\"timeout\":7}],\"poststop\":[{\"path\":"
			 "\"/6\",\"env\":[\"A=b\"]}]}"));

	(void)state;
	CHECK_REFUSED(cases);
	for (int i = 0; i < HOOK_COUNT; i++) {
		assert_int_equal(s.hooks[i].n, 1);
		assert_int_equal(s.hooks[i].v[0].path[1], '1' + i);
	}
	assert_false(s.hooks[HOOK_PRESTART].v[0].env_set);
	assert_true(s.hooks[HOOK_CREATE_RUNTIME].v[0].env_set);
	assert_int_equal(s.hooks[HOOK_CREATE_RUNTIME].v[0].env.n, 0);
	assert_false(s.hooks[HOOK_CREATE_CONTAINER].v[0].env_set);
	assert_int_equal(s.hooks[HOOK_START_CONTAINER].v[0].args.n, 2);
	assert_true(s.hooks[HOOK_POSTSTART].v[0].timeout.set);
	assert_int_equal(s.hooks[HOOK_POSTSTART].v[0].timeout.v, 7);
	assert_string_equal(s.hooks[HOOK_POSTSTOP].v[0].env.v[0], "A=b");
	assert_string_equal(hook_names[HOOK_POSTSTOP], "poststop");
}

static void test_process(void **state)
{
	static const struct refused cases[] = {
		{WITH("\"process\":{}"), "2:11: /process: required property \"args\" is missing"},
		{WITH("\"process\":{\"args\":[\"sh\"]}"),
		 "2:11: /process: required property \"cwd\" is missing"},
		{WITH("\"process\":{\"cwd\":\"/\",\"args\":[]}"),
		 "2:29: /process/args: must not be empty"},
		{WITH("\"process\":{\"cwd\":\"/\",\"args\":[\"\"]}"),
		 "2:30: /process/args/0: must not be empty"},
		{WITH("\"process\":{\"cwd\":\"a\",\"args\":[\"sh\"]}"),
		 "2:18: /process/cwd: expected an absolute path, found \"a\""},
		{WITH("\"process\":{\"cwd\":\"\",\"args\":[\"sh\"]}"),
		 "2:18: /process/cwd: must not be empty"},
		{PROCESS("\"terminal\":1"),
		 "3:12: /process/terminal: expected boolean, found number"},
		{PROCESS("\"consoleSize\":{\"height\":1}"),
		 "3:15: /process/consoleSize: required property \"width\" is missing"},
		{PROCESS("\"consoleSize\":{\"height\":1,\"width\":65536}"),
		 "3:35: /process/consoleSize/width: 65536 is out of range, expected 0 to 65535"},
		{PROCESS("\"env\":[\"A=b\",\"PATH\"]"),
		 "3:14: /process/env/1: expected NAME=value"},
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
		{PROCESS("\"ioPriority\":{\"class\":\"IOPRIO_CLASS_RT\"}"),
		 "3:14: /process/ioPriority: required property \"priority\" is missing"},
		{PROCESS("\"ioPriority\":{\"class\":\"IOPRIO_CLASS_RT\",\"priority\":8}"),
		 "3:52: /process/ioPriority/priority: 8 is out of range, expected 0 to 7"},
		{PROCESS("\"ioPriority\":{\"class\":\"IOPRIO_CLASS_XX\",\"priority\":1}"),
		 "3:23: /process/ioPriority/class: unknown value \"IOPRIO_CLASS_XX\", expected one "
		 "of IOPRIO_CLASS_RT, IOPRIO_CLASS_BE, IOPRIO_CLASS_IDLE"},
		{PROCESS("\"execCPUAffinity\":{\"initial\":\"0-3,7\",\"final\":\"x\"}"),
		 "3:46: /process/execCPUAffinity/final: expected a list of CPUs like 0-3,7"},
	};

	(void)state;
	CHECK_REFUSED(cases);
}

static void test_user(void **state)
{
#define USER(rest) WITH("\"process\":{\"cwd\":\"/\",\"args\":[\"sh\"],\"user\":{" rest "}}")
	static const struct refused cases[] = {
		{USER("\"uid\":0"), "2:43: /process/user: required property \"gid\" is missing"},
		{USER("\"uid\":\"0\",\"gid\":0"),
		 "2:50: /process/user/uid: expected number, found string"},
		{USER("\"uid\":-1,\"gid\":0"),
		 "2:50: /process/user/uid: -1 is out of range, expected 0 to 4294967294"},
		{USER("\"uid\":4294967295,\"gid\":0"),
		 "2:50: /process/user/uid: 4294967295 is out of range, expected 0 to 4294967294"},
		{USER("\"uid\":4294967296,\"gid\":0"),
		 "2:50: /process/user/uid: 4294967296 is out of range, expected 0 to 4294967294"},
		{USER("\"uid\":99999999999999999999999,\"gid\":0"),
		 "2:50: /process/user/uid: 99999999999999999999999 is out of range, expected 0 to "
		 "4294967294"},
		{USER("\"uid\":1e3,\"gid\":0"),
		 "2:50: /process/user/uid: expected an integer, found 1e3"},
		{USER("\"uid\":1.0,\"gid\":0"),
		 "2:50: /process/user/uid: expected an integer, found 1.0"},
		{USER("\"uid\":0,\"gid\":0,\"umask\":512"),
		 "2:68: /process/user/umask: 512 is out of range, expected 0 to 511"},
		{USER("\"uid\":0,\"gid\":0,\"additionalGids\":[1,-1]"),
		 "2:80: /process/user/additionalGids/1: -1 is out of range, expected 0 to "
		 "4294967294"},
		{USER("\"uid\":0,\"gid\":0,\"additionalGids\":5"),
		 "2:77: /process/user/additionalGids: expected array, found number"},
	};
	AUTO(arena) struct arena a = {0};
	struct spec s = accept(&a, USER("\"uid\":4294967294,\"gid\":-0,\"umask\":0,"
					"\"additionalGids\":[5,4294967294,5]"));

	(void)state;
	CHECK_REFUSED(cases);
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

static void test_linux(void **state)
{
	static const struct refused cases[] = {
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
		{LINUX("\"memoryPolicy\":{}"),
		 "2:25: /linux/memoryPolicy: required property \"mode\" is missing"},
		{LINUX("\"memoryPolicy\":{\"mode\":\"MPOL_X\"}"),
		 "2:33: /linux/memoryPolicy/mode: unknown value \"MPOL_X\", expected one of "
		 "MPOL_DEFAULT, MPOL_BIND, MPOL_INTERLEAVE, MPOL_WEIGHTED_INTERLEAVE, "
		 "MPOL_PREFERRED, MPOL_PREFERRED_MANY, MPOL_LOCAL"},
		{LINUX("\"memoryPolicy\":{\"mode\":\"MPOL_BIND\",\"flags\":[\"MPOL_F_X\"]}"),
		 "2:54: /linux/memoryPolicy/flags/0: unknown value \"MPOL_F_X\", expected one of "
		 "MPOL_F_NUMA_BALANCING, MPOL_F_RELATIVE_NODES, MPOL_F_STATIC_NODES"},
		{LINUX("\"personality\":{}"),
		 "2:24: /linux/personality: required property \"domain\" is missing"},
		{LINUX("\"personality\":{\"domain\":\"BSD\"}"),
		 "2:34: /linux/personality/domain: unknown value \"BSD\", expected one of LINUX, "
		 "LINUX32"},
		{LINUX("\"personality\":{\"domain\":\"LINUX\",\"flags\":[\"X\"]}"),
		 "2:51: /linux/personality/flags/0: the runtime-spec knows no flags yet"},
	};

	(void)state;
	CHECK_REFUSED(cases);
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

static void test_resources(void **state)
{
	static const struct refused cases[] = {
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
			"\"major\":8,\"minor\":0,\"rate\":600}]},\"hugepageLimits\":[{\"pageSize\":"
			"\"64KB\",\"limit\":0}],\"network\":{\"classID\":4294967295,\"priorities\":"
			"[{\"name\":\"lo\",\"priority\":1}]},\"rdma\":{\"x\":{\"hcaObjects\":0}},"
			"\"unified\":{\"memory.high\":\"1\"},\"oomScoreAdj\":100"));
	const struct spec_resources *r = &s.linux_.resources;

	(void)state;
	CHECK_REFUSED(cases);
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

static void test_seccomp(void **state)
{
	static const struct refused cases[] = {
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
	CHECK_REFUSED(cases);
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

/* What a pointer and a line cannot hold is cut, and the place is right all the same. */
static void test_long_names(void **state)
{
	AUTO(arena) struct arena a = {0};
	char *text = arena_alloc(&a, 4096), *key = arena_alloc(&a, 2001);
	struct err e;
	struct spec s;

	(void)state;
	memset(key, 'k', 2000);
	snprintf(text, 4096, WITH("\"annotations\":{\"%s\":\n7}"), key);
	assert_int_equal(decode(&s, &a, text, strlen(text), &e), -EINVAL);
	assert_int_equal(e.line, 3);
	assert_int_equal(e.column, 1);
	snprintf(text, 4096, LINUX("\"rootfsPropagation\":\"%s\""), key);
	assert_int_equal(decode(&s, &a, text, strlen(text), &e), -EINVAL);
	assert_non_null(strstr(e.text, "kkk\", expected one of private, rprivate, "));
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

static void test_real_configs(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(real_configs); i++) {
		AUTO(arena) struct arena a = {0};
		struct spec s = accept(&a, real_configs[i]);

		assert_true(s.process.set && s.root.set && s.linux_.set);
		assert_string_equal(s.root.path, "rootfs");
		assert_true(s.mounts.n > 0 && s.linux_.namespaces.n > 0);
	}
}

/* A copy of exactly n bytes, so that the sanitizer sees a read beyond them. */
static int decode_cut(const char *text, size_t n)
{
	AUTO(arena) struct arena a = {0};
	AUTO(free_ptr) char *copy = malloc(n ? n : 1);
	struct spec s;
	struct err e;

	memcpy(copy, text, n);
	return decode(&s, &a, copy, n, &e);
}

static void test_truncated(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(real_configs); i++) {
		size_t n = strlen(real_configs[i]);

		while (n > 0 && real_configs[i][n - 1] != '}')
			n--;
		assert_int_equal(decode_cut(real_configs[i], n), 0);
		for (size_t cut = 0; cut < n; cut++)
			assert_int_equal(decode_cut(real_configs[i], cut), -EINVAL);
	}
}

/* Each byte replaced by each of some: no crash, whatever comes out. */
static void test_mutated(void **state)
{
	static const char bytes[] = "\"\\{}[],:0-u\0\xff\xc3";
	size_t n = strlen(real_configs[0]);
	AUTO(free_ptr) char *text = strdup(real_configs[0]);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < sizeof(bytes) - 1; k++) {
			text[i] = bytes[k];
			(void)decode_cut(text, n);
		}
		text[i] = real_configs[0][i];
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_top),
		cmocka_unit_test(test_version),
		cmocka_unit_test(test_mounts),
		cmocka_unit_test(test_hooks),
		cmocka_unit_test(test_process),
		cmocka_unit_test(test_user),
		cmocka_unit_test(test_process_values),
		cmocka_unit_test(test_linux),
		cmocka_unit_test(test_linux_values),
		cmocka_unit_test(test_resources),
		cmocka_unit_test(test_seccomp),
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_process_alone),
		cmocka_unit_test(test_resources_alone),
		cmocka_unit_test(test_real_configs),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_mutated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
