/*
 * Mounts as they are against mounts as they were asked for.
 *
 * owns:     the comparison
 * may use:  base, sys, oci (types), plan/mount_options
 * must not: read config.json or mounts
 */
#include "runtime/host/mounts_compare.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "runtime/base/fmt.h"
#include "runtime/base/path.h"
#include "runtime/plan/build.h"
#include "runtime/plan/mount_options.h"
#include "runtime/sys/kernel.h"
#include "runtime/sys/rooted.h"

/* A mount of the config, read. */
struct asked {
	const struct spec_mount *spec;
	const char *pointer;
	const char *target;
	struct mount_options o;
	bool comparable; /* nothing changes it later */
	bool found;
};

struct comparison {
	struct inspection *i;
	struct arena *a;
	const struct spec *s;
	struct asked *v;
	size_t n;
	size_t room; /* for differences */
};

static void differs(struct comparison *c, const char *pointer, const char *target, const char *text)
{
	struct inspected_difference d = {.pointer = pointer, .target = target, .text = text};

	if (c->i->differences.n == c->room) {
		struct inspected_difference *wider =
			arena_array(c->a, c->room = c->room ? c->room * 2 : 64, sizeof(*wider));

		if (c->i->differences.n)
			memcpy(wider, c->i->differences.v, c->i->differences.n * sizeof(*wider));
		c->i->differences.v = wider;
	}
	c->i->differences.v[c->i->differences.n++] = d;
}

/* --- what was asked for ------------------------------------------------------------------------
 */

/* Where the path leads to inside, with the links of the image; NULL when that cannot be told. */
static const char *resolve(struct arena *a, int root, const char *path)
{
	AUTO(close_fd) int fd = root < 0 ? -1 : rooted_open(root, path, O_PATH, 0);
	char link[64], *to = arena_alloc(a, PATH_MAX);

	if (fd < 0)
		return NULL;
	fmt_buf(link, sizeof(link), "/proc/self/fd/%d", fd);
	return readlink(link, to, PATH_MAX - 1) < 0 ? NULL : to;
}

static bool is_mounted(const struct comparison *c, const char *target)
{
	for (size_t i = 0; i < c->i->mounts.n; i++)
		if (!strcmp(c->i->mounts.v[i].target, target))
			return true;
	return false;
}

/* A remount is no mount of its own: what it makes of an earlier one is not followed here. */
static void take_remount(struct comparison *c, struct asked *remount)
{
	remount->found = true;
	for (struct asked *m = c->v; m < remount; m++)
		if (!strcmp(m->target, remount->target))
			m->comparable = false;
}

static void read_asked(struct comparison *c, int root)
{
	c->n = c->s->mounts.n;
	c->v = arena_array(c->a, c->n, sizeof(*c->v));
	for (size_t i = 0; i < c->n; i++) {
		struct asked *m = &c->v[i];
		const char *resolved;

		m->spec = &c->s->mounts.v[i];
		m->pointer = arena_printf(c->a, "/mounts/%zu", i);
		m->target = path_normalize(c->a, m->spec->destination);
		mount_options_read(&m->o, c->a, &m->spec->options);
		m->comparable = true;
		resolved = is_mounted(c, m->target) ? NULL : resolve(c->a, root, m->target);
		if (resolved)
			m->target = resolved;
		if (m->o.extras & MOUNT_REMOUNT)
			take_remount(c, m);
	}
}

/* --- where a mount comes from ------------------------------------------------------------------
 */

static const char *in_paths(struct comparison *c, const struct strings *list, const char *name,
			    const char *target)
{
	for (size_t i = 0; i < list->n; i++)
		if (!strcmp(path_normalize(c->a, list->v[i]), target))
			return arena_printf(c->a, "/linux/%s/%zu", name, i);
	return NULL;
}

static const char *in_devices(struct comparison *c, const char *target)
{
	for (size_t i = 0; i < c->s->linux_.devices.n; i++)
		if (!strcmp(path_normalize(c->a, c->s->linux_.devices.v[i].path), target))
			return arena_printf(c->a, "/linux/devices/%zu", i);
	return NULL;
}

/* What brings more mounts with it than the one that it names. */
static bool is_tree(const struct asked *m)
{
	const char *type = m->spec->type ? m->spec->type : "";

	return m->o.recursive_bind || !strcmp(type, "sysfs") || !strcmp(type, "cgroup");
}

/* The first that was not found yet: what is mounted over another one comes later in both lists. */
static struct asked *find_asked(struct comparison *c, const char *target)
{
	for (size_t i = 0; i < c->n; i++)
		if (!c->v[i].found && !strcmp(c->v[i].target, target))
			return &c->v[i];
	return NULL;
}

static const char *tree_above(const struct comparison *c, const char *target)
{
	for (size_t i = c->n; i-- > 0;)
		if (is_tree(&c->v[i]) && path_below(target, c->v[i].target))
			return c->v[i].pointer;
	return NULL;
}

static const char *other_origin(struct comparison *c, const char *target)
{
	const struct spec_linux *l = &c->s->linux_;
	const char *from = in_paths(c, &l->masked_paths, "maskedPaths", target);

	if (!from)
		from = in_paths(c, &l->readonly_paths, "readonlyPaths", target);
	if (!from)
		from = in_devices(c, target);
	return from ? from : tree_above(c, target);
}

/* --- what differs ------------------------------------------------------------------------------
 */

static void compare_bits(struct comparison *c, const struct inspected_mount *m, uint64_t set,
			 uint64_t clear)
{
	for (size_t i = 0; i < mount_attribute_names.n; i++) {
		const struct name *n = &mount_attribute_names.v[i];
		bool is_set = m->attributes & n->value;

		if (n->value == MOUNT_ATTR_IDMAP)
			continue;
		if ((set & n->value) && !is_set)
			differs(c, m->from, m->target,
				arena_printf(c->a, "%s was asked for and is not set", n->name));
		else if (((clear & ~set) & n->value) && is_set)
			differs(c, m->from, m->target,
				arena_printf(c->a, "%s is set and was not asked for", n->name));
	}
}

static bool is_type(const struct asked *m, const char *type)
{
	const char *asked = m->spec->type;

	/* The cgroup of version 1 or 2, whatever this host has. */
	if (!asked || m->o.bind || !strcmp(asked, "bind") || !strcmp(asked, "cgroup"))
		return true;
	return !strcmp(asked, type);
}

static void compare_one(struct comparison *c, struct asked *asked, struct inspected_mount *m)
{
	const struct mount_change *tree = &asked->o.tree, *top = &asked->o.top;

	asked->found = true;
	m->from = asked->pointer;
	if (!asked->comparable)
		return;
	if (!is_type(asked, m->type))
		differs(c, m->from, m->target,
			arena_printf(c->a, "is a %s, not a %s", m->type, asked->spec->type));
	compare_bits(c, m, (tree->set & ~top->clear) | top->set,
		     (tree->clear & ~top->set) | top->clear);
}

static void look_at(struct comparison *c, struct inspected_mount *m)
{
	struct asked *asked = find_asked(c, m->target);

	if (!strcmp(m->target, "/") && !asked) {
		m->from = "/root/path";
		compare_bits(c, m, c->s->root.readonly ? MOUNT_ATTR_RDONLY : 0, 0);
		return;
	}
	if (asked) {
		compare_one(c, asked, m);
		return;
	}
	m->from = other_origin(c, m->target);
	if (!m->from && !plan_is_default_device(m->target))
		differs(c, NULL, m->target, "is mounted and not in config.json");
	else if (m->from && !strncmp(m->from, "/linux/readonlyPaths/", 21))
		compare_bits(c, m, MOUNT_ATTR_RDONLY, 0);
}

void mounts_compare(struct inspection *i, struct arena *a, const struct spec *s, int root)
{
	struct comparison c = {.i = i, .a = a, .s = s};

	read_asked(&c, root);
	for (size_t k = 0; k < i->mounts.n; k++)
		look_at(&c, &i->mounts.v[k]);
	for (size_t k = 0; k < c.n; k++)
		/* copy-symlink may have made a link instead */
		if (!c.v[k].found && !(c.v[k].o.extras & MOUNT_COPY_LINK))
			differs(&c, c.v[k].pointer, c.v[k].target,
				"was asked for and is not mounted");
}
