/*
 * Plans of real and of made-up configs on hosts that never change, against
 * tests/golden/CONFIG@HOST.plan.
 *
 * RUNDLET_GOLDEN_UPDATE=1 writes the plans anew: read the difference before it is committed.
 *
 * podman-*.json were written by podman (root; an ordinary user; --userns=keep-id; --privileged with
 * the host's network and pids), buildah-*.json, docker-root.json and containerd-root.json by
 * buildah 1.28, docker 20.10 and ctr 1.6, runc-*.json and crun-*.json by `spec`; podman-5-*.json by
 * podman 5.7 (the first container of a read-only pod; --userns=keep-id), buildah-1.42-root.json,
 * docker-29-root.json by docker 29.1, containerd-2-*.json by the CRI of containerd 2.2 (a pod with
 * a network, a container in it). Only names of directories and ids of containers were made neutral,
 * the list of the host's devices was shortened, and seccomp profiles left out where another is like
 * it. docker-29-time.json is what docker has asked for since 29.5, a time namespace beside the
 * others.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "runtime/base/io.h"
#include "runtime/plan/build.h"
#include "tests/golden/hosts.h"

static const struct golden {
	const char *config;
	enum host host;
	struct plan_options options;
} goldens[] = {
	/* what the peers write */
	{"runc-rootless", HOST_USER, {.wait_start = true}},
	{"runc-root", HOST_ROOT, {.wait_start = true}},
	{"crun-rootless", HOST_USER, {.wait_start = true}},
	{"crun-rootless", HOST_USER_ALONE, {.wait_start = true}},
	{"podman-root", HOST_ROOT, {.wait_start = true}},
	{"podman-user", HOST_USERNS_ROOT, {.wait_start = true}},
	{"podman-keep-id", HOST_USERNS_ROOT, {.wait_start = true}},
	{"podman-privileged", HOST_USERNS_ROOT, {.wait_start = true, .preserve_fds = 2}},
	{"buildah-root", HOST_ROOT, {.wait_start = true}},
	{"buildah-user", HOST_USERNS_ROOT, {.wait_start = true}},
	{"docker-root", HOST_ROOT, {.wait_start = true}},
	{"containerd-root", HOST_ROOT, {.wait_start = true}},
	{"podman-5-pod", HOST_ROOT, {.wait_start = true}},
	{"podman-5-keep-id", HOST_USERNS_ROOT, {.wait_start = true}},
	{"buildah-1.42-root", HOST_ROOT, {.wait_start = true}},
	{"docker-29-root", HOST_ROOT, {.wait_start = true}},
	{"docker-29-time", HOST_ROOT, {.wait_start = true}},
	{"containerd-2-pod", HOST_ROOT, {.wait_start = true}},
	{"containerd-2-container", HOST_ROOT, {.wait_start = true}},
	/* one config, every host */
	{"minimal", HOST_ROOT, {.no_pivot = true}},
	{"minimal", HOST_USER, {0}},
	{"minimal", HOST_USER_ALONE, {0}},
	{"minimal", HOST_USERNS_ROOT, {0}},
	/* who writes the maps, as whom init works */
	{"ranges", HOST_USER, {0}},
	{"ranges", HOST_ROOT, {0}},
	{"own-id", HOST_USER_ALONE, {0}},
	{"own-id", HOST_ROOT, {0}},
	{"joined", HOST_USERNS_ROOT, {0}},
	{"joined", HOST_USER, {0}},
	/* what is mounted, what is done instead */
	{"mounts", HOST_ROOT, {0}},
	{"mounts", HOST_USER, {0}},
	{"mounts", HOST_USER_ALONE, {0}},
	{"extras", HOST_ROOT, {.id = "c1"}},
	{"extras", HOST_USER_ALONE, {.id = "c1"}},
	{"idmap", HOST_ROOT, {0}},
	{"idmap", HOST_USER, {0}},
	{"shared", HOST_ROOT, {0}},
	{"shared", HOST_USER, {0}},
	/* what is moved and shifted */
	{"time-and-net", HOST_ROOT, {0}},
	{"seccomp", HOST_USER, {0}},
	{"hooks", HOST_USER_ALONE, {.wait_start = true, .id = "c1"}},
};

static char *read_whole(struct arena *a, const char *path, size_t *ret_size)
{
	AUTO(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *text;

	if (fd < 0 || fstat(fd, &st) < 0)
		return NULL;
	text = arena_alloc(a, (size_t)st.st_size + 1);
	assert_int_equal(io_read_full(fd, text, (size_t)st.st_size), st.st_size);
	*ret_size = (size_t)st.st_size;
	return text;
}

static void write_whole(const char *path, const char *text)
{
	AUTO(close_fd) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(io_write_all(fd, text, strlen(text)), 0);
}

/* The length of a filter depends on the machine and on the version of libseccomp. */
static void hide_filter_length(char *text)
{
	char *p = strstr(text, " instructions"), *number;

	if (!p)
		return;
	for (number = p; number[-1] >= '0' && number[-1] <= '9'; number--)
		;
	assert_true(number < p);
	*number = 'N';
	memmove(number + 1, p, strlen(p) + 1);
}

static const struct plan *plan_golden(const struct golden *g, struct arena *a, struct err *e)
{
	const char *path = arena_printf(a, "tests/golden/%s.json", g->config);
	struct plan_options o = g->options;
	const struct facts f = host_facts(g->host);
	const struct plan *p;
	struct spec *s = arena_alloc(a, sizeof(*s));
	struct doc *d = arena_alloc(a, sizeof(*d));
	size_t size;
	char *text = read_whole(a, path, &size);

	if (!text)
		fail_msg("%s cannot be read: run this from the top of the tree", path);
	o.bundle = "/bundle";
	if (doc_parse(d, a, text, size, e) < 0 || oci_decode_spec(s, a, d, e) < 0)
		return NULL;
	return plan_build(&p, a, d, s, &o, &f, e) < 0 ? NULL : p;
}

/* What the head decides and no operation shows. */
static char *head_text(struct arena *a, const struct plan *p)
{
	static const char *const writers[] = {
		[MAP_NONE] = "nobody",
		[MAP_CHILD] = "child",
		[MAP_PARENT] = "parent",
		[MAP_HELPERS] = "helpers",
	};
	char *flags = arena_strdup(a, ""), *ids = arena_strdup(a, "as born");

	for (int t = 0; t < NS_COUNT; t++)
		if (p->clone_flags & ns_table[t].flag)
			flags = arena_printf(a, "%s %s", flags, ns_table[t].proc);
		else if (p->late_flags & ns_table[t].flag)
			flags = arena_printf(a, "%s %s-late", flags, ns_table[t].proc);
	if (p->take_ids)
		ids = arena_printf(a, "%u:%u", p->uid, p->gid);
	return arena_printf(a, "head: clone%s; maps by %s; init is %s%s%s; %u slots; then %s\n\n",
			    flags, writers[p->map_writer], ids, p->raise_ambient ? ", ambient" : "",
			    p->new_userns ? ", userns" : "", p->slots,
			    p->wait_start ? "waits" : "starts");
}

static void check_golden(const struct golden *g)
{
	AUTO(arena) struct arena a = {0};
	const char *path =
		arena_printf(&a, "tests/golden/%s@%s.plan", g->config, host_names[g->host]);
	struct err e = {0};
	const struct plan *p = plan_golden(g, &a, &e);
	char line[2048], *text, *want;
	size_t size;

	if (!p) {
		err_render(&e, arena_printf(&a, "%s.json", g->config), line, sizeof(line));
		text = arena_printf(&a, "%s\n", line);
	} else {
		text = arena_printf(&a, "%s%s", head_text(&a, p), plan_explain_text(&a, p));
		hide_filter_length(text);
	}
	if (getenv("RUNDLET_GOLDEN_UPDATE")) {
		write_whole(path, text);
		return;
	}
	want = read_whole(&a, path, &size);
	if (!want)
		fail_msg("%s is missing: RUNDLET_GOLDEN_UPDATE=1 writes it", path);
	if (strcmp(text, want))
		fail_msg("%s is no longer what is planned:\n%s", path, text);
}

static void plans_are_golden(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(goldens); i++)
		check_golden(&goldens[i]);
}

/* A plan depends on its inputs alone: not one byte of it on what was in memory before. */
static void plans_are_the_same_each_time(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(goldens); i++) {
		AUTO(arena) struct arena a = {0}, b = {0};
		struct err e = {0};
		const struct plan *p = plan_golden(&goldens[i], &a, &e), *q;

		if (!p)
			continue;
		memset(arena_alloc(&b, 100000), 0xa5, 100000);
		q = plan_golden(&goldens[i], &b, &e);
		assert_non_null(q);
		assert_int_equal(p->size, q->size);
		assert_memory_equal(p, q, p->size);
	}
}

/* With --strict the first adaptation is the error, with its note and place. */
static void strict_refuses_what_is_adapted(void **state)
{
	size_t refused = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(goldens); i++) {
		AUTO(arena) struct arena a = {0};
		struct golden strict = goldens[i];
		const struct plan *p;
		struct strings notes;
		struct err e = {0};

		p = plan_golden(&strict, &a, &e);
		if (!p)
			continue;
		notes = plan_adaptations(&a, p);
		strict.options.strict = true;
		p = plan_golden(&strict, &a, &e);
		assert_int_equal(p != NULL, notes.n == 0);
		if (p)
			continue;
		refused++;
		assert_int_equal(e.code, ERR_UNSUPPORTED);
		assert_non_null(strstr(notes.v[0], e.text));
		assert_non_null(strstr(notes.v[0], e.pointer));
	}
	assert_true(refused > 5);
}

/* Every operation is an object of its own, and the text has a line for each. */
static void json_has_every_operation(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(goldens); i++) {
		AUTO(arena) struct arena a = {0};
		struct err e = {0};
		const struct plan *p = plan_golden(&goldens[i], &a, &e);
		const struct node *n;
		struct doc d;
		char *text;
		uint32_t k = 0;

		if (!p)
			continue;
		text = plan_explain_json(&a, p);
		assert_int_equal(doc_parse(&d, &a, text, strlen(text), &e), 0);
		assert_int_equal(d.root->type, NODE_ARRAY);
		for (n = d.root->first; n; n = n->next, k++) {
			const struct op *op = &plan_ops(p)[k];

			assert_string_equal(node_get(n, "op")->text, op_names[op->kind]);
			assert_string_equal(node_get(n, "phase")->text, phase_names[op->phase]);
			assert_int_equal(node_get(n, "note") != NULL, op->note.off != 0);
		}
		assert_int_equal(k, p->op_count);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plans_are_golden),
		cmocka_unit_test(plans_are_the_same_each_time),
		cmocka_unit_test(strict_refuses_what_is_adapted),
		cmocka_unit_test(json_has_every_operation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
