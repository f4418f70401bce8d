/*
 * What oci/ writes: the tables both ways, states, the state file and back, the template, features,
 * and strings with everything in them.
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
#include "oci/tables.h"

#include "oci_configs.h"

static void decode(struct spec *ret, struct arena *a, const char *text)
{
	char line[2048];
	struct err e;
	struct doc d;
	int r = doc_parse(&d, a, text, strlen(text), &e);

	if (r == 0)
		r = oci_decode_spec(ret, a, &d, &e);
	if (r == 0)
		return;
	err_render(&e, NULL, line, sizeof(line));
	fail_msg("%s", line);
}

static char *write_spec(struct arena *a, const struct spec *s)
{
	struct json_out o = json_begin(a, EMIT_COMPACT);

	schema_write(&o, &spec_table, s);
	return json_end(&o);
}

/* Every row of every table reads and writes the same field in the same way: what is read is written
 * again to the last byte. */
static void test_tables_both_ways(void **state)
{
	AUTO(arena) struct arena a = {0};
	struct spec s;

	(void)state;
	decode(&s, &a, full_config);
	assert_string_equal(write_spec(&a, &s), full_config);
}

/* Does each row of the table stand in at least one of the n objects that begin at list? */
static void check_rows(const struct schema_object *object, const struct node *list, size_t n,
		       const char *at)
{
	for (size_t i = 0; i < object->count; i++) {
		const struct schema_row *row = &object->rows[i];
		const struct node *v = NULL, *o = list;

		for (size_t k = 0; k < n && !v; k++, o = o->next)
			v = node_get(o, row->key);
		if (!v && strcmp(at, "personality") == 0 && strcmp(row->key, "flags") == 0)
			continue; /* the spec knows none yet */
		if (!v)
			fail_msg("the full config lacks %s of %s", row->key, at);
		if (row->kind == KIND_OBJECT)
			check_rows(row->object, v, 1, row->key);
		else if (row->kind == KIND_OBJECTS || row->kind == KIND_KEYED_OBJECTS)
			check_rows(row->object, v->first, v->children, row->key);
	}
}

/* The full config does hold every row, or else the test before proves less than it says. */
static void test_full_is_full(void **state)
{
	AUTO(arena) struct arena a = {0};
	struct err e;
	struct doc d;

	(void)state;
	assert_int_equal(doc_parse(&d, &a, full_config, strlen(full_config), &e), 0);
	check_rows(&spec_table, d.root, 1, "the top");
}

static void test_real_configs_both_ways(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(real_configs); i++) {
		AUTO(arena) struct arena a = {0};
		struct spec s, again;
		char *text;

		decode(&s, &a, real_configs[i]);
		text = write_spec(&a, &s);
		decode(&again, &a, text);
		assert_string_equal(write_spec(&a, &again), text);
	}
}

static void test_strings(void **state)
{
	AUTO(arena) struct arena a = {0};
	struct json_out o = json_begin(&a, EMIT_COMPACT);
	struct err e;
	struct doc d;
	char *text;

	(void)state;
	json_open(&o, '[');
	json_string(&o, "a/b \"\\ \b\f\n\r\t \x01\x1f\x7f");
	json_string(&o, "\xc3\xbc \xe2\x82\xac \xf0\x9f\x98\x80");
	json_string(&o, "\xff \xc3 \xed\xa0\x80 \xc0\x80");
	json_string(&o, "");
	json_u64(&o, UINT64_MAX);
	json_i64(&o, INT64_MIN);
	json_bool(&o, true);
	json_bool(&o, false);
	json_open(&o, '{');
	json_close(&o, '}');
	json_close(&o, ']');
	text = json_end(&o);
	assert_string_equal(text,
			    "[\"a/b \\\"\\\\ \\b\\f\\n\\r\\t \\u0001\\u001f\x7f\","
			    "\"\xc3\xbc \xe2\x82\xac \xf0\x9f\x98\x80\","
			    "\"\xef\xbf\xbd \xef\xbf\xbd \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd "
			    "\xef\xbf\xbd\xef\xbf\xbd\",\"\",18446744073709551615,"
			    "-9223372036854775808,true,false,{}]");
	assert_int_equal(doc_parse(&d, &a, text, strlen(text), &e), 0);
	assert_string_equal(doc_at(&d, "/0")->text, "a/b \"\\ \b\f\n\r\t \x01\x1f\x7f");
}

static struct string_pair pairs[] = {{"k/1", "v\n"}, {"k2", ""}};
static const char *notes[] = {"one", "two"};

static struct state sample(void)
{
	static const char config[] = "{\n \"a\": [1, \"}\"]\n}";

	return (struct state){
		.oci_version = "1.3.0",
		.id = "web",
		.status = STATUS_RUNNING,
		.pid = 4242,
		.bundle = "/b/\"x\"",
		.annotations = {pairs, 2},
		.rootfs = "/b/rootfs",
		.created = "2024-01-02T03:04:05.000000006Z",
		.owner = "alice",
		.pid_start = UINT64_MAX,
		.cgroup = "/c",
		.cgroup_manager = "cgroupfs",
		.cgroup_made = 0x80000001,
		.systemd_scope = "s.scope",
		.own_pidns = true,
		.own_mountns = true,
		.mountns = 4026532000,
		.adaptations = {notes, 2},
		.rdt_groups = {notes, 2},
		.rdt_owned = {notes, 1},
		.config = config,
		.config_size = sizeof(config) - 1,
	};
}

static void test_state(void **state)
{
	AUTO(arena) struct arena a = {0};
	struct state s = sample();

	(void)state;
	assert_string_equal(oci_emit_state(&a, &s, EMIT_PRETTY),
			    "{\n"
			    "    \"ociVersion\": \"1.3.0\",\n"
			    "    \"id\": \"web\",\n"
			    "    \"pid\": 4242,\n"
			    "    \"status\": \"running\",\n"
			    "    \"bundle\": \"/b/\\\"x\\\"\",\n"
			    "    \"rootfs\": \"/b/rootfs\",\n"
			    "    \"created\": \"2024-01-02T03:04:05.000000006Z\",\n"
			    "    \"annotations\": {\n"
			    "        \"k/1\": \"v\\n\",\n"
			    "        \"k2\": \"\"\n"
			    "    },\n"
			    "    \"owner\": \"alice\"\n"
			    "}\n");
	s.status = STATUS_STOPPED;
	s.annotations.n = 0;
	s.owner = NULL;
	assert_string_equal(oci_emit_state(&a, &s, EMIT_COMPACT),
			    "{\"ociVersion\":\"1.3.0\",\"id\":\"web\",\"pid\":0,\"status\":"
			    "\"stopped\",\"bundle\":\"/b/\\\"x\\\"\",\"rootfs\":\"/b/rootfs\","
			    "\"created\":\"2024-01-02T03:04:05.000000006Z\",\"owner\":\"\"}");
	assert_string_equal(status_names[STATUS_PAUSED], "paused");
}

static void test_hook_state(void **state)
{
	AUTO(arena) struct arena a = {0};
	struct state s = sample();

	(void)state;
	s.status = STATUS_CREATING;
	assert_string_equal(oci_emit_hook_state(&a, &s),
			    "{\"ociVersion\":\"1.3.0\",\"id\":\"web\",\"status\":\"creating\","
			    "\"pid\":4242,\"bundle\":\"/b/\\\"x\\\"\",\"annotations\":{\"k/1\":"
			    "\"v\\n\",\"k2\":\"\"}}");
}

static void test_state_list(void **state)
{
	AUTO(arena) struct arena a = {0};
	struct state s = sample(), t = sample();
	const struct state *const v[] = {&s, &t};
	struct err e;
	struct doc d;
	char *text;

	(void)state;
	t.status = STATUS_STOPPED;
	text = oci_emit_state_list(&a, v, 2);
	assert_int_equal(doc_parse(&d, &a, text, strlen(text), &e), 0);
	assert_int_equal(d.root->children, 2);
	assert_string_equal(doc_at(&d, "/0/pid")->text, "4242");
	assert_string_equal(doc_at(&d, "/1/pid")->text, "0");
	assert_string_equal(oci_emit_state_list(&a, NULL, 0), "[]");
}

static void assert_same_state(const struct state *x, const struct state *y)
{
	assert_string_equal(x->oci_version, y->oci_version);
	assert_string_equal(x->id, y->id);
	assert_int_equal(x->pid, y->pid);
	assert_string_equal(x->bundle, y->bundle);
	assert_int_equal(x->annotations.n, y->annotations.n);
	for (size_t i = 0; i < x->annotations.n; i++) {
		assert_string_equal(x->annotations.v[i].key, y->annotations.v[i].key);
		assert_string_equal(x->annotations.v[i].value, y->annotations.v[i].value);
	}
	assert_string_equal(x->rootfs, y->rootfs);
	assert_string_equal(x->created, y->created);
	assert_string_equal(x->owner, y->owner);
	assert_true(x->pid_start == y->pid_start);
	assert_string_equal(x->cgroup, y->cgroup);
	assert_string_equal(x->cgroup_manager, y->cgroup_manager);
	assert_true(x->cgroup_made == y->cgroup_made);
	assert_string_equal(x->systemd_scope, y->systemd_scope);
	assert_int_equal(x->own_pidns, y->own_pidns);
	assert_int_equal(x->own_mountns, y->own_mountns);
	assert_int_equal(x->mountns, y->mountns);
	assert_int_equal(x->adaptations.n, y->adaptations.n);
	for (size_t i = 0; i < x->adaptations.n; i++)
		assert_string_equal(x->adaptations.v[i], y->adaptations.v[i]);
	assert_int_equal(x->rdt_groups.n, y->rdt_groups.n);
	assert_int_equal(x->rdt_owned.n, y->rdt_owned.n);
	assert_string_equal(x->rdt_owned.v[0], y->rdt_owned.v[0]);
	assert_int_equal(x->config_size, y->config_size);
	assert_memory_equal(x->config, y->config, y->config_size);
}

static void test_state_file(void **state)
{
	AUTO(arena) struct arena a = {0};
	struct state s = sample(), back;
	struct err e;
	char *text;

	(void)state;
	text = oci_emit_state_file(&a, &s);
	/* The config is the last thing in the file, byte for byte. */
	assert_string_equal(strstr(text, ",\"config\":"), ",\"config\":{\n \"a\": [1, \"}\"]\n}}");
	assert_int_equal(oci_decode_state_file(&back, &a, text, strlen(text), &e), 0);
	assert_same_state(&back, &s);
	assert_true(back.config > text && back.config < text + strlen(text));

	s = (struct state){.oci_version = "1.0.0", .id = "x", .bundle = "/"};
	text = oci_emit_state_file(&a, &s);
	assert_int_equal(oci_decode_state_file(&back, &a, text, strlen(text), &e), 0);
	assert_null(back.cgroup);
	assert_null(back.config);
	assert_false(back.own_pidns);
}

/* The largest and deepest config.json that is accepted can be embedded and read back. */
static void test_state_file_limits(void **state)
{
	AUTO(arena) struct arena a = {0};
	struct state s = sample(), back;
	char *config = malloc(DOC_SIZE_MAX);
	struct err e;
	struct doc d;
	char *text;

	(void)state;
	assert_non_null(config);
	memset(config, 'x', DOC_SIZE_MAX);
	memcpy(config, "{\"a\":", 5);
	memset(config + 5, '[', DOC_DEPTH_MAX - 1);
	config[5 + DOC_DEPTH_MAX - 1] = '"';
	config[DOC_SIZE_MAX - 1 - DOC_DEPTH_MAX] = '"';
	memset(config + DOC_SIZE_MAX - DOC_DEPTH_MAX, ']', DOC_DEPTH_MAX - 1);
	config[DOC_SIZE_MAX - 1] = '}';
	assert_int_equal(doc_parse(&d, &a, config, DOC_SIZE_MAX, &e), 0);
	s.config = config;
	s.config_size = DOC_SIZE_MAX;
	text = oci_emit_state_file(&a, &s);
	free(config);
	assert_int_equal(oci_decode_state_file(&back, &a, text, strlen(text), &e), 0);
	assert_int_equal(back.config_size, DOC_SIZE_MAX);
}

static void test_state_file_damaged(void **state)
{
	static const char *const bad[] = {
		"",
		"{}",
		"[]",
		"{\"ociVersion\":\"1.3.0\",\"id\":\"x\",\"pid\":-1,\"bundle\":\"/"
		"\",\"pidStart\":1}",
		"{\"ociVersion\":\"1.3.0\",\"id\":\"x\",\"pid\":2,\"bundle\":\"/"
		"\",\"pidStart\":1.5}",
		"{\"ociVersion\":\"1.3.0\",\"id\":\"x\",\"pid\":2,\"bundle\":\"/\",\"pidStart\":1,"
		"\"config\":7}",
	};
	static const char newer[] = "{\"ociVersion\":\"1.3.0\",\"id\":\"x\",\"pid\":2,\"bundle\":"
				    "\"/\",\"pidStart\":1,\"later\":{\"a\":1}}";
	AUTO(arena) struct arena a = {0};
	struct state s = sample(), back;
	char *text = oci_emit_state_file(&a, &s);
	struct err e;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_true(oci_decode_state_file(&back, &a, bad[i], strlen(bad[i]), &e) < 0);
		assert_int_equal(e.code, ERR_STATE);
		assert_int_equal(strncmp(e.text, "the state file is damaged: ", 27), 0);
	}
	for (size_t cut = 0; cut < strlen(text); cut++)
		assert_true(oci_decode_state_file(&back, &a, text, cut, &e) < 0);
	assert_int_equal(oci_decode_state_file(&back, &a, newer, strlen(newer), &e), 0);
}

static const struct spec_mount *mount_at(const struct spec *s, const char *destination)
{
	for (size_t i = 0; i < s->mounts.n; i++) {
		if (strcmp(s->mounts.v[i].destination, destination) == 0)
			return &s->mounts.v[i];
	}
	fail_msg("no mount at %s", destination);
	return NULL;
}

static bool has(const struct strings *list, const char *s)
{
	for (size_t i = 0; i < list->n; i++) {
		if (strcmp(list->v[i], s) == 0)
			return true;
	}
	return false;
}

static void test_template(void **state)
{
	AUTO(arena) struct arena a = {0};
	const struct oci_template as_root = {0}, on_v1 = {.cgroup_v1 = true};
	const struct oci_template rootless = {.rootless = true, .cgroup_v1 = true, 1000, 1001};
	struct spec s, t;

	(void)state;
	decode(&s, &a, oci_emit_template(&a, &as_root));
	assert_string_equal(s.oci_version, OCI_VERSION);
	assert_int_equal(s.linux_.namespaces.n, 6);
	assert_int_equal(s.linux_.uid_mappings.n, 0);
	assert_true(has(&mount_at(&s, "/dev/pts")->options, "gid=5"));
	assert_string_equal(mount_at(&s, "/sys")->type, "sysfs");
	assert_true(s.root.readonly && s.process.no_new_privileges && s.process.terminal);
	assert_string_equal(s.process.args.v[0], "sh");
	assert_int_equal(s.process.capabilities.of[CAP_SET_BOUNDING].n, 14);
	assert_int_equal(s.process.capabilities.of[CAP_SET_INHERITABLE].n, 0);
	assert_int_equal(s.process.capabilities.of[CAP_SET_AMBIENT].n, 0);
	assert_int_equal(s.process.rlimits.n, 0); /* the caller's own limits hold */
	assert_int_equal(s.linux_.namespaces.v[5].type, NS_CGROUP);
	assert_int_equal(s.linux_.resources.devices.n, 1);
	assert_false(s.linux_.resources.devices.v[0].allow);
	assert_string_equal(s.linux_.resources.devices.v[0].access, "rwm");
	assert_null(s.linux_.resources.devices.v[0].type);

	decode(&t, &a, oci_emit_template(&a, &on_v1));
	assert_int_equal(t.linux_.namespaces.n, 5);
	assert_int_equal(t.linux_.namespaces.v[4].type, NS_MNT);

	decode(&t, &a, oci_emit_template(&a, &rootless));
	assert_int_equal(t.linux_.namespaces.n, 7);
	assert_false(t.linux_.resources.set); /* no cgroup is asked for */
	assert_int_equal(t.linux_.namespaces.v[6].type, NS_USER);
	assert_int_equal(t.linux_.uid_mappings.v[0].host_id, 1000);
	assert_int_equal(t.linux_.gid_mappings.v[0].host_id, 1001);
	assert_int_equal(t.linux_.gid_mappings.v[0].size, 1);
	assert_false(has(&mount_at(&t, "/dev/pts")->options, "gid=5"));
	assert_true(has(&mount_at(&t, "/dev/pts")->options, "mode=0620"));
	assert_string_equal(mount_at(&t, "/sys")->type, "sysfs");
}

static const char *text_at(const struct doc *d, const char *pointer)
{
	const struct node *n = doc_at(d, pointer);

	if (!n)
		fail_msg("no %s", pointer);
	return n->type == NODE_BOOL ? n->boolean ? "true" : "false" : n->text;
}

static void test_features(void **state)
{
	const char *options[] = {"bind", "ro"}, *actions[] = {"SCMP_ACT_ALLOW"};
	struct oci_features f = {
		.mount_options = {options, 2},
		.seccomp_actions = {actions, 1},
		.version = "0.1.0",
		.commit = "abc",
		.libseccomp_version = "2.5.4",
		.cgroup_v2 = true,
		.idmap = true,
		.memory_policy = true,
	};
	AUTO(arena) struct arena a = {0};
	struct err e;
	struct doc d;
	char *text = oci_emit_features(&a, &f);

	(void)state;
	assert_int_equal(doc_parse(&d, &a, text, strlen(text), &e), 0);
	assert_string_equal(text_at(&d, "/ociVersionMin"), "1.0.0");
	assert_string_equal(text_at(&d, "/ociVersionMax"), "1.3.0");
	assert_int_equal(doc_at(&d, "/hooks")->children, HOOK_COUNT);
	assert_string_equal(text_at(&d, "/mountOptions/1"), "ro");
	assert_int_equal(doc_at(&d, "/linux/namespaces")->children, 8);
	assert_string_equal(text_at(&d, "/linux/namespaces/0"), "cgroup");
	assert_string_equal(text_at(&d, "/linux/namespaces/7"), "uts");
	assert_string_equal(text_at(&d, "/linux/cgroup/v1"), "false");
	assert_string_equal(text_at(&d, "/linux/cgroup/v2"), "true");
	assert_string_equal(text_at(&d, "/linux/seccomp/enabled"), "true");
	assert_string_equal(text_at(&d, "/linux/mountExtensions/idmap/enabled"), "true");
	assert_string_equal(text_at(&d, "/linux/intelRdt/schemata"), "false");
	assert_string_equal(text_at(&d, "/linux/netDevices/enabled"), "false");
	assert_int_equal(doc_at(&d, "/linux/memoryPolicy/modes")->children, 7);
	assert_int_equal(doc_at(&d, "/linux/memoryPolicy/flags")->children, 3);
	assert_string_equal(text_at(&d, "/annotations/io.github.rundlet.version"), "0.1.0");
	assert_string_equal(text_at(&d, "/annotations/org.opencontainers.runc.checkpoint.enabled"),
			    "false");
	f = (struct oci_features){.version = "0", .commit = "0"};
	text = oci_emit_features(&a, &f);
	assert_int_equal(doc_parse(&d, &a, text, strlen(text), &e), 0);
	assert_null(doc_at(&d, "/linux/memoryPolicy"));
	assert_null(doc_at(&d, "/annotations/io.github.seccomp.libseccomp.version"));
	assert_string_equal(text_at(&d, "/linux/seccomp/enabled"), "false");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables_both_ways),
		cmocka_unit_test(test_full_is_full),
		cmocka_unit_test(test_real_configs_both_ways),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_state),
		cmocka_unit_test(test_hook_state),
		cmocka_unit_test(test_state_list),
		cmocka_unit_test(test_state_file),
		cmocka_unit_test(test_state_file_limits),
		cmocka_unit_test(test_state_file_damaged),
		cmocka_unit_test(test_template),
		cmocka_unit_test(test_features),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
