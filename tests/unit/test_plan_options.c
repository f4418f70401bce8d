/*
 * Mount options: the whole list of config.md, what each of them does, and what is refused.
 */
#include "tests/golden/hosts.h"
#include "tests/unit/oci_case.h"

#include "runtime/plan/mount_options.h"
#include "runtime/plan/build.h"
#include "runtime/sys/kernel.h"

/* config.md "Linux mount options", runtime-spec 1.3.0, in its order. */
static const char *const spec_options[] = {
	"async",         "atime",        "bind",        "defaults",    "dev",
	"diratime",      "dirsync",      "exec",        "iversion",    "lazytime",
	"loud",          "mand",         "noatime",     "nodev",       "nodiratime",
	"noexec",        "noiversion",   "nolazytime",  "nomand",      "norelatime",
	"nostrictatime", "nosuid",       "nosymfollow", "private",     "ratime",
	"rbind",         "rdev",         "rdiratime",   "relatime",    "rexec",
	"rnoatime",      "rnodiratime",  "rnoexec",     "rnorelatime", "rnostrictatime",
	"rnosuid",       "rnosymfollow", "ro",          "rprivate",    "rrelatime",
	"rro",           "rrw",          "rshared",     "rslave",      "rstrictatime",
	"rsuid",         "rsymfollow",   "runbindable", "rw",          "shared",
	"silent",        "slave",        "strictatime", "suid",        "symfollow",
	"sync",          "unbindable",
};

static void read_one(struct mount_options *ret, struct arena *a, const char *name)
{
	struct strings options = {&name, 1};

	mount_options_read(ret, a, &options);
}

/* No option of the specification is handed to a file system as data. */
static void every_option_is_known(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(spec_options); i++) {
		AUTO(arena) struct arena a = {0};
		struct mount_options o;

		read_one(&o, &a, spec_options[i]);
		assert_int_equal(o.data.n, 0);
	}
}

/* `features` claims what is acted on, and nothing that is refused. */
static void features_are_honest(void **state)
{
	AUTO(arena) struct arena a = {0};
	struct strings known = plan_mount_options(&a);

	(void)state;
	for (size_t i = 0; i < known.n; i++) {
		struct mount_options o;

		read_one(&o, &a, known.v[i]);
		assert_int_equal(o.data.n, 0);
		assert_true(i == 0 || strcmp(known.v[i - 1], known.v[i]) < 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(spec_options); i++) {
		size_t k = 0;

		while (k < known.n && strcmp(known.v[k], spec_options[i]))
			k++;
		assert_true(k < known.n);
	}
}

#define RO  MOUNT_ATTR_RDONLY
#define NS  MOUNT_ATTR_NOSUID
#define NA  MOUNT_ATTR_NOATIME
#define SA  MOUNT_ATTR_STRICTATIME
#define AT  MOUNT_ATTR__ATIME
#define NSF MOUNT_ATTR_NOSYMFOLLOW

static const struct {
	const char *options[5];
	uint64_t top_set, top_clear, tree_set, tree_clear, sb, propagation, propagation_all;
	bool bind, rbind;
} meanings[] = {
	{{"defaults"}, 0, 0, 0, 0, 0, 0, 0, false, false},
	{{"bind", "ro"}, RO, 0, 0, 0, 0, 0, 0, true, false},
	{{"rbind", "rw"}, 0, RO, 0, 0, 0, 0, 0, true, true},
	{{"nosuid", "suid"}, 0, NS, 0, 0, 0, 0, 0, false, false},
	{{"suid", "nosuid"}, NS, 0, 0, 0, 0, 0, 0, false, false},
	{{"noatime"}, NA, AT, 0, 0, 0, 0, 0, false, false},
	{{"noatime", "strictatime"}, SA, AT, 0, 0, 0, 0, 0, false, false},
	{{"strictatime", "nostrictatime"}, 0, 0, 0, 0, 0, 0, 0, false, false},
	{{"atime", "diratime"}, 0, 0, 0, 0, 0, 0, 0, false, false},
	{{"nosymfollow", "rnosymfollow"}, NSF, 0, NSF, 0, 0, 0, 0, false, false},
	{{"rnosymfollow"}, 0, 0, NSF, 0, 0, 0, 0, false, false},
	/* later wins also across the two kinds: the top is changed after the tree */
	{{"rw", "rro"}, 0, 0, RO, 0, 0, 0, 0, false, false},
	{{"rro", "rw"}, 0, RO, RO, 0, 0, 0, 0, false, false},
	{{"ro", "rrw"}, 0, 0, 0, RO, 0, 0, 0, false, false},
	{{"sync", "dirsync", "lazytime"},
	 0,
	 0,
	 0,
	 0,
	 MS_SYNCHRONOUS | MS_DIRSYNC | MS_LAZYTIME,
	 0,
	 0,
	 false,
	 false},
	{{"sync", "async"}, 0, 0, 0, 0, 0, 0, 0, false, false},
	{{"rbind", "rprivate"}, 0, 0, 0, 0, 0, 0, MS_PRIVATE, true, true},
	{{"bind", "shared"}, 0, 0, 0, 0, 0, MS_SHARED, 0, true, false},
};

static void options_mean_what_mount_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(meanings); i++) {
		AUTO(arena) struct arena a = {0};
		struct strings options = {.v = (const char **)(uintptr_t)meanings[i].options};
		struct mount_options o;

		while (options.v[options.n])
			options.n++;
		mount_options_read(&o, &a, &options);
		assert_int_equal(o.top.set, meanings[i].top_set);
		assert_int_equal(o.top.clear, meanings[i].top_clear);
		assert_int_equal(o.tree.set, meanings[i].tree_set);
		assert_int_equal(o.tree.clear, meanings[i].tree_clear);
		assert_int_equal(o.sb_flags, meanings[i].sb);
		assert_int_equal(o.propagation, meanings[i].propagation);
		assert_int_equal(o.propagation_all, meanings[i].propagation_all);
		assert_int_equal(o.bind, meanings[i].bind);
		assert_int_equal(o.recursive_bind, meanings[i].rbind);
	}
}

static const struct refused refused_mounts[] = {
	{"{\"destination\":\"/x\",\"source\":\"/y\",\"options\":[\"rbind\",\"foo=/etc\"]}",
	 "config.json:2:64: /mounts/0/options/1: unknown option \"foo=/etc\" on a bind mount"},
	{"{\"destination\":\"/x\",\"options\":[\"bind\"]}",
	 "config.json:2:11: /mounts/0: a bind mount needs a source"},
	{"{\"destination\":\"/x\",\"source\":\"/y\"}",
	 "config.json:2:11: /mounts/0: a mount needs a type, or the option bind"},
	{"{\"destination\":\"/x/..\",\"type\":\"tmpfs\"}",
	 "config.json:2:26: /mounts/0/destination: nothing can be mounted on the root itself"},
	{"{\"destination\":\"/proc\",\"type\":\"tmpfs\"}",
	 "config.json:2:26: /mounts/0/destination: /proc: what the runtime writes through /proc "
	 "must reach the kernel (only proc itself and a few files that managers fake may be "
	 "mounted there)"},
	{"{\"destination\":\"/proc\",\"source\":\"/proc/../etc\",\"options\":[\"bind\"]}",
	 "config.json:2:26: /mounts/0/destination: /proc: what the runtime writes through /proc "
	 "must reach the kernel (only proc itself and a few files that managers fake may be "
	 "mounted there)"},
	{"{\"destination\":\"/proc\",\"source\":\"/proc/self/root\",\"options\":[\"bind\"]}",
	 "config.json:2:26: /mounts/0/destination: /proc: what the runtime writes through /proc "
	 "must reach the kernel (only proc itself and a few files that managers fake may be "
	 "mounted there)"},
	{"{\"destination\":\"/proc/self/attr\",\"source\":\"/y\",\"options\":[\"bind\"]}",
	 "config.json:2:26: /mounts/0/destination: /proc/self/attr: what the runtime writes "
	 "through "
	 "/proc must reach the kernel (only proc itself and a few files that managers fake may be "
	 "mounted there)"},
	{"{\"destination\":\"/proc/../proc/sys\",\"source\":\"/y\",\"options\":[\"bind\"]}",
	 "config.json:2:26: /mounts/0/destination: /proc/sys: what the runtime writes through "
	 "/proc "
	 "must reach the kernel (only proc itself and a few files that managers fake may be "
	 "mounted there)"},
};

static int plan_one(const struct plan **ret, struct arena *a, const char *mount, const char *types,
		    enum host host, struct err *e)
{
	static const struct plan_options po = {.bundle = "/bundle"};
	const struct facts f = host_facts(host);
	const char *text = arena_printf(
		a, "%s,\n\"mounts\":[%s],\n\"linux\":{\"namespaces\":[{\"type\":\"mount\"}%s]}}",
		BASE ",\"process\":{\"cwd\":\"/\",\"args\":[\"sh\"],\"user\":{\"uid\":0,"
		     "\"gid\":0}}",
		mount, types);
	struct spec s;
	struct doc d;

	assert_int_equal(doc_parse(&d, a, text, strlen(text), e), 0);
	assert_int_equal(oci_decode_spec(&s, a, &d, e), 0);
	return plan_build(ret, a, &d, &s, &po, &f, e);
}

/* What is said of the only mount: its line, its note. */
static const struct {
	const char *mount, *types, *line;
	enum host host;
} planned[] = {
	{"{\"destination\":\"/x\",\"type\":\"tmpfs\",\"options\":[\"size=1k,mode=700,\"]}", "",
	 "tmpfs on /x (size=1k,mode=700)", HOST_ROOT},
	{"{\"destination\":\"/x\",\"type\":\"overlay\",\"options\":[\"lowerdir=/a,b\"]}", "",
	 "overlay on /x (lowerdir=/a,b)", HOST_ROOT},
	{"{\"destination\":\"/x\",\"source\":\"/y\",\"options\":[\"bind\",\"sync\",\"lazytime\"]}",
	 "",
	 "note: option \"sync\" has no effect on a bind mount; option \"lazytime\" has no effect "
	 "on a "
	 "bind mount",
	 HOST_ROOT},
	{"{\"destination\":\"/proc\",\"source\":\"/proc/../proc/\",\"options\":[\"rbind\"]}", "",
	 "on /proc", HOST_ROOT},
	{"{\"destination\":\"/sys\",\"type\":\"sysfs\",\"options\":[\"rw\",\"a=b\"]}", "",
	 "on /sys (ro on all below", HOST_USER},
	{"{\"destination\":\"/sys\",\"type\":\"sysfs\",\"options\":[\"rrw\",\"a=b\"]}", "",
	 "/sys is bound read-only; option \"a=b\" has no effect on what is bound", HOST_USER},
	{"{\"destination\":\"/sys\",\"type\":\"sysfs\"}", ",{\"type\":\"cgroup\"}",
	 "note: sysfs belongs to a network namespace that is not the container's; /sys is bound\n",
	 HOST_USER},
};

static void mounts_are_planned_with_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(planned); i++) {
		AUTO(arena) struct arena a = {0};
		const struct plan *p;
		struct err e = {0};
		const char *text;

		assert_int_equal(
			plan_one(&p, &a, planned[i].mount, planned[i].types, planned[i].host, &e),
			0);
		text = plan_explain_text(&a, p);
		if (!strstr(text, planned[i].line))
			fail_msg("'%s' is not in:\n%s", planned[i].line, text);
	}
}

static void mounts_are_refused_with_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refused_mounts); i++) {
		AUTO(arena) struct arena a = {0};
		const struct plan *p;
		struct err e = {0};
		char line[1024];

		assert_int_equal(plan_one(&p, &a, refused_mounts[i].text, "", HOST_ROOT, &e),
				 -EINVAL);
		err_render(&e, NULL, line, sizeof(line));
		assert_string_equal(line, refused_mounts[i].line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_option_is_known),
		cmocka_unit_test(features_are_honest),
		cmocka_unit_test(options_mean_what_mount_says),
		cmocka_unit_test(mounts_are_planned_with_words),
		cmocka_unit_test(mounts_are_refused_with_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
