/*
 * oci_decode_spec: the top of config.json, mounts, hooks; real files, cut and mutated.
 */
#include "oci_case.h"
#include "oci_configs.h"

static const struct refused top_refused[] = {
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
	{WITH("\"annotations\":{\"\":\"x\"}"), "2:19: /annotations/: a key must not be empty"},
	{WITH("\"linux\":[]"), "2:9: /linux: expected object, found array"},
	{WITH("\"process\":\"sh\""), "2:11: /process: expected object, found string"},
};

static void test_top(void **state)
{

	(void)state;
	CHECK_REFUSED(top_refused);
}

static const struct refused version_refused[] = {
	{"{\"ociVersion\":\"0.5.0-dev\",\"root\":{\"path\":\"r\"}}",
	 "1:15: /ociVersion: version 0.5.0-dev of the runtime-spec is not supported "
	 "(rundlet implements 1.3.0 and accepts every 1.x)"},
	{"{\"ociVersion\":\"2.0.0\",\"root\":{\"path\":\"r\"}}",
	 "1:15: /ociVersion: version 2.0.0 of the runtime-spec is not supported (rundlet "
	 "implements 1.3.0 and accepts every 1.x)"},
	{"{\"ociVersion\":\"1.0\",\"root\":{\"path\":\"r\"}}",
	 "1:15: /ociVersion: expected a version like 1.3.0, found \"1.0\""},
};

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
	CHECK_REFUSED(version_refused);
}

static const struct refused mounts_refused[] = {
	{WITH("\"mounts\":{}"), "2:10: /mounts: expected array, found object"},
	{WITH("\"mounts\":[1]"), "2:11: /mounts/0: expected object, found number"},
	{WITH("\"mounts\":[{}]"), "2:11: /mounts/0: required property \"destination\" is missing"},
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

static void test_mounts(void **state)
{
	AUTO(arena) struct arena a = {0};
	struct spec s = accept(
		&a, WITH("\"mounts\":[{\"destination\":\"rel\",\"type\":null,\"source\":\"\","
			 "\"options\":null},{\"destination\":\"/b\",\"source\":\"s\",\"type\":"
			 "\"bind\",\"options\":[\"rbind\",\"\"],\"uidMappings\":[{\"containerID\":"
			 "1,\"hostID\":2,\"size\":3}],\"gidMappings\":[{\"containerID\":4,"
			 "\"hostID\":5,\"size\":6},{\"containerID\":40,\"hostID\":50,\"size\":6}]"
			 "}]"));

	(void)state;
	CHECK_REFUSED(mounts_refused);
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

static const struct refused hooks_refused[] = {
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

static void test_hooks(void **state)
{
	AUTO(arena) struct arena a = {0};
	struct spec s = accept(
		&a, WITH("\"hooks\":{\"prestart\":[{\"path\":\"/1\"}],\"createRuntime\":[{\"path\":"
			 "\"/2\",\"env\":[]}],\"createContainer\":[{\"path\":\"/3\",\"env\":null}],"
			 "\"startContainer\":[{\"path\":\"/4\",\"args\":[\"a\",\"b\"]}],"
			 "\"poststart\":[{\"path\":\"/5\",\"timeout\":7}],\"poststop\":[{\"path\":"
			 "\"/6\",\"env\":[\"A=b\"]}]}"));

	(void)state;
	CHECK_REFUSED(hooks_refused);
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
		cmocka_unit_test(test_top),        cmocka_unit_test(test_version),
		cmocka_unit_test(test_mounts),     cmocka_unit_test(test_hooks),
		cmocka_unit_test(test_long_names), cmocka_unit_test(test_real_configs),
		cmocka_unit_test(test_truncated),  cmocka_unit_test(test_mutated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
