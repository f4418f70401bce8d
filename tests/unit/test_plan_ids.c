/*
 * The ids of a container: which maps are refused, with which words; who may write the others; as
 * whom init works.
 */
#include "tests/golden/hosts.h"
#include "tests/unit/oci_case.h"

#include "runtime/plan/build.h"

#define USER_NS          "\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"user\"}]"
#define LINE(in, out, n) "{\"containerID\":" #in ",\"hostID\":" #out ",\"size\":" #n "}"
#define PROCESS_AS(user) ",\"process\":{\"cwd\":\"/\",\"args\":[\"sh\"],\"user\":{" user "}}"
#define ROOT_USER        PROCESS_AS("\"uid\":0,\"gid\":0")

struct id_case {
	enum host host;
	const char *linux_;
	const char *process; /* NULL: root */
	const char *line;    /* what it is refused with; NULL: a plan */
};

/* Plans the config; NULL with the rendered line. */
static const struct plan *plan_case(struct arena *a, const struct id_case *c, char *line,
				    size_t size)
{
	const char *text = arena_printf(a, "%s%s,\n\"linux\":{%s}}", BASE,
					c->process ? c->process : ROOT_USER, c->linux_);
	const struct plan_options o = {.bundle = "/bundle"};
	const struct facts f = host_facts(c->host);
	const struct plan *p;
	struct err e = {0};
	struct spec s;
	struct doc d;

	*line = '\0';
	if (doc_parse(&d, a, text, strlen(text), &e) == 0 && oci_decode_spec(&s, a, &d, &e) == 0 &&
	    plan_build(&p, a, &d, &s, &o, &f, &e) == 0)
		return p;
	err_render(&e, NULL, line, size);
	return NULL;
}

#define UIDS(lines)         USER_NS ",\n\"uidMappings\":[" lines "],\n\"gidMappings\":[" OWN "]"
#define GIDS(lines)         USER_NS ",\n\"uidMappings\":[" OWN "],\n\"gidMappings\":[" lines "]"
#define BOTH(lines)         USER_NS ",\n\"uidMappings\":[" lines "],\n\"gidMappings\":[" lines "]"
#define OWN                 LINE(0, 1000, 1)
#define JOINED(type, extra) "\"namespaces\":[{\"type\":\"mount\"},\n" type "]" extra

static const struct id_case refused_ids[] = {
	{HOST_ROOT, USER_NS, NULL,
	 "config.json:2:41: /linux/namespaces/1: a new user namespace needs uidMappings: without "
	 "them nobody exists in it (add {\"containerID\": 0, \"hostID\": 0, \"size\": 1})"},
	{HOST_USER,
	 JOINED("{\"type\":\"user\",\"path\":\"/proc/1/ns/user\"}",
		",\n\"uidMappings\":[" OWN "],\"gidMappings\":[" OWN "]"),
	 NULL,
	 "config.json:4:15: /linux/uidMappings: a user namespace that is joined has its maps "
	 "(leave out the mappings, or the path of the namespace)"},

	/* what is not the caller's */
	{HOST_USER, BOTH(OWN "," LINE(1, 100000, 65537)), NULL,
	 "config.json:3:57: /linux/uidMappings/1: uids 100000-165536 are not the caller's to map: "
	 "/etc/subuid gives it other or fewer ids (65536 ids from 100000 on are the caller's, or "
	 "add "
	 "the line \"alice:100000:65537\" to /etc/subuid)"},
	{HOST_USER, UIDS(LINE(0, 1000, 65536)), NULL,
	 "config.json:3:16: /linux/uidMappings/0: uids 1000-66535 are not the caller's to map: "
	 "/etc/subuid gives it other or fewer ids (65536 ids from 100000 on are the caller's, and "
	 "its own id alone)"},
	{HOST_USER_ALONE, UIDS(LINE(0, 100000, 65536)), NULL,
	 "config.json:3:16: /linux/uidMappings/0: uids 100000-165535 are not the caller's to map: "
	 "/etc/subuid has no line for it (add the line \"bob:100000:65536\" to /etc/subuid)"},
	{HOST_USER, GIDS(OWN "," LINE(1, 5, 1)), NULL,
	 "config.json:4:57: /linux/gidMappings/1: gid 5 is not the caller's to map: /etc/subgid "
	 "gives it other or fewer ids (65536 ids from 100000 on are the caller's, or add the line "
	 "\"alice:5:1\" to /etc/subgid)"},
	{HOST_USERNS_ROOT, BOTH(LINE(0, 131073, 1)), NULL,
	 "config.json:3:16: /linux/uidMappings/0: uid 131073 is not in the caller's own user "
	 "namespace (look at /proc/self/uid_map)"},

	/* what does not exist inside */
	{HOST_USER, BOTH(OWN), PROCESS_AS("\"uid\":33,\"gid\":0"),
	 "config.json:1:92: /process/user/uid: uid 33 is not mapped in the user namespace (mapped: "
	 "0) (add it to /linux/uidMappings)"},
	{HOST_USER, BOTH(OWN "," LINE(1, 100000, 10)), PROCESS_AS("\"uid\":10,\"gid\":11"),
	 "config.json:1:101: /process/user/gid: gid 11 is not mapped in the user namespace "
	 "(mapped: 0, 1-10) (add it to /linux/gidMappings)"},
	{HOST_USER, BOTH(OWN), PROCESS_AS("\"uid\":0,\"gid\":0,\"additionalGids\":[0]"),
	 "config.json:1:119: /process/user/additionalGids: setgroups is denied in this user "
	 "namespace, so no additional groups can be had (map a range of groups: it takes the "
	 "package uidmap and a line in /etc/subgid)"},
	{HOST_USER,
	 USER_NS ",\n\"uidMappings\":[" OWN "," LINE(1, 100000, 9) "],\n\"gidMappings\":[" OWN "]",
	 PROCESS_AS("\"uid\":0,\"gid\":0,\"additionalGids\":[0]"),
	 "config.json:1:119: /process/user/additionalGids: setgroups is denied in this user "
	 "namespace, so no additional groups can be had (map a range of groups: it takes the "
	 "package uidmap and a line in /etc/subgid)"},

	/* what can be joined */
	{HOST_USER, JOINED("{\"type\":\"network\",\"path\":\"/run/netns/x\"}", ""), NULL,
	 "config.json:3:26: /linux/namespaces/1/path: without privilege a network namespace cannot "
	 "be joined (join the user namespace that owns it too, by its path)"},
	{HOST_ROOT, "\"namespaces\":[]", NULL,
	 "config.json:2:23: /linux/namespaces: the container has no mount namespace of its own "
	 "(add {\"type\": \"mount\"}: rundlet changes no mount outside)"},
};

static void ids_are_refused_with_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refused_ids); i++) {
		AUTO(arena) struct arena a = {0};
		char line[2048];

		assert_null(plan_case(&a, &refused_ids[i], line, sizeof(line)));
		if (getenv("X"))
			puts(line);
		else
			assert_string_equal(line, refused_ids[i].line);
	}
}

static const struct {
	struct id_case c;
	enum map_writer writer;
	bool deny, take, ambient;
	uint32_t uid, gid;
} good[] = {
	{{HOST_USER, BOTH(OWN), NULL, NULL}, MAP_CHILD, true, false, false, 0, 0},
	{{HOST_USER, BOTH(LINE(7, 1000, 1)), PROCESS_AS("\"uid\":7,\"gid\":7"), NULL},
	 MAP_CHILD,
	 true,
	 false,
	 true,
	 7,
	 7},
	{{HOST_USER, BOTH(OWN "," LINE(1, 100000, 65536)), NULL, NULL},
	 MAP_HELPERS,
	 false,
	 false,
	 false,
	 0,
	 0},
	/* own id is somebody, root is a subordinate id */
	{{HOST_USER, BOTH(LINE(1000, 1000, 1) "," LINE(0, 100000, 1000)), NULL, NULL},
	 MAP_HELPERS,
	 false,
	 true,
	 false,
	 0,
	 0},
	/* nobody is mapped to the caller */
	{{HOST_ROOT, BOTH(LINE(0, 100000, 65536)), NULL, NULL},
	 MAP_PARENT,
	 false,
	 true,
	 false,
	 0,
	 0},
	{{HOST_ROOT, BOTH(LINE(5, 100000, 9)), PROCESS_AS("\"uid\":6,\"gid\":8"), NULL},
	 MAP_PARENT,
	 false,
	 true,
	 true,
	 6,
	 8},
	{{HOST_ROOT, "\"namespaces\":[{\"type\":\"mount\"}]", NULL, NULL},
	 MAP_NONE,
	 false,
	 false,
	 false,
	 0,
	 0},
};

static bool has_op(const struct plan *p, enum op_kind kind)
{
	for (uint32_t i = 0; i < p->op_count; i++)
		if (plan_ops(p)[i].kind == kind)
			return true;
	return false;
}

static void maps_have_a_writer_and_init_has_ids(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		AUTO(arena) struct arena a = {0};
		char line[2048];
		const struct plan *p = plan_case(&a, &good[i].c, line, sizeof(line));

		assert_string_equal(line, "");
		assert_int_equal(p->map_writer, good[i].writer);
		assert_int_equal(has_op(p, OP_SETGROUPS), good[i].deny);
		assert_int_equal(p->take_ids, good[i].take);
		assert_int_equal(p->raise_ambient, good[i].ambient);
		assert_int_equal(p->uid, good[i].uid);
		assert_int_equal(p->gid, good[i].gid);
	}
}

/* Where only the caller gets to a source, init stays the caller until the root is attached. */
static void ids_are_put_off_where_only_the_caller_gets(void **state)
{
	static const struct {
		enum host host;
		const char *linux_;
		bool put_off;
	} cases[] = {
		{HOST_ROOT, BOTH(LINE(0, 100000, 65536)), true},
		{HOST_ROOT, JOINED("{\"type\":\"user\",\"path\":\"/proc/1/ns/user\"}", ""), true},
		{HOST_ROOT, BOTH(LINE(0, 0, 65536)), false}, /* the same on both sides */
		{HOST_ROOT, "\"namespaces\":[{\"type\":\"mount\"}]", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(arena) struct arena a = {0};
		const char *text =
			arena_printf(&a, "%s,\n\"linux\":{%s}}", BASE ROOT_USER, cases[i].linux_);
		const struct plan_options o = {.bundle = "/bundle"};
		struct facts f = host_facts(cases[i].host);
		const struct plan *p;
		const struct op *op;
		struct spec s;
		struct doc d;
		struct err e = {0};

		f.barred = "/private";
		assert_int_equal(doc_parse(&d, &a, text, strlen(text), &e), 0);
		assert_int_equal(oci_decode_spec(&s, &a, &d, &e), 0);
		assert_int_equal(plan_build(&p, &a, &d, &s, &o, &f, &e), 0);
		assert_int_equal(has_op(p, OP_BECOME), cases[i].put_off);
		if (!cases[i].put_off)
			continue;
		assert_false(p->take_ids);
		for (op = plan_ops(p); op->kind != OP_ROOT; op++)
			if (op->kind == OP_ENTER)
				assert_false(op->enter.take_ids);
		assert_int_equal(op[1].kind, OP_BECOME);
		assert_int_equal(op[1].flags & OP_ADAPTED, 0);
		assert_non_null(strstr(plan_str(p, op[1].note), "/private"));
	}
}

/* Only who maps more than the own id needs /etc/subuid to be read. */
static void ranges_are_read_only_when_needed(void **state)
{
	static const struct {
		enum host host;
		const char *linux_;
		bool needed;
	} cases[] = {
		{HOST_USER, BOTH(OWN), false},
		{HOST_USER, BOTH(LINE(1000, 1000, 1)), false},
		{HOST_USER, BOTH(LINE(0, 1000, 2)), true},
		{HOST_USER, UIDS(LINE(0, 1001, 1)), true},
		{HOST_USER, "\"namespaces\":[{\"type\":\"mount\"}]", true},
		{HOST_USER, USER_NS, true},
		{HOST_ROOT, BOTH(LINE(0, 100000, 65536)), false},
		{HOST_USERNS_ROOT, "\"namespaces\":[{\"type\":\"mount\"}]", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(arena) struct arena a = {0};
		const char *text =
			arena_printf(&a, "%s,\n\"linux\":{%s}}", BASE ROOT_USER, cases[i].linux_);
		const struct facts f = host_facts(cases[i].host);
		struct spec s;
		struct err e = {0};

		assert_int_equal(decode(&s, &a, text, strlen(text), &e), 0);
		assert_int_equal(plan_needs_ranges(&s, &f), cases[i].needed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_are_refused_with_words),
		cmocka_unit_test(maps_have_a_writer_and_init_has_ids),
		cmocka_unit_test(ids_are_put_off_where_only_the_caller_gets),
		cmocka_unit_test(ranges_are_read_only_when_needed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
