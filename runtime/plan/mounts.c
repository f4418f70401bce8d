/*
 * The root and what the config mounts below it.
 *
 * owns:     the operations of GRAB, ROOT and most of FILL
 * may use:  base, oci (types), mount_options
 * must not: look at the host: whether a source is there, init finds out
 */
#include <errno.h>
#include <string.h>

#include "runtime/base/io.h"
#include "runtime/base/path.h"
#include "runtime/plan/builder.h"
#include "runtime/plan/mount_options.h"
#include "runtime/sys/kernel.h"

/* --- the root --------------------------------------------------------------------------------- */

static const struct name propagations[] = {
	{"private", MS_PRIVATE},       {"rprivate", MS_PRIVATE | MS_REC},
	{"slave", MS_SLAVE},           {"rslave", MS_SLAVE | MS_REC},
	{"shared", MS_SHARED},         {"rshared", MS_SHARED | MS_REC},
	{"unbindable", MS_UNBINDABLE}, {"runbindable", MS_UNBINDABLE | MS_REC},
};

/* A host path of the config: relative means from the bundle. */
static const char *host_path(struct builder *b, const char *path)
{
	return path[0] == '/' ? path : path_join(b->a, b->options->bundle, path);
}

int plan_root(struct builder *b)
{
	const char *word = b->spec->linux_.rootfs_propagation;
	uint64_t flags = 0;
	struct op op;

	if (word && !names_value(NAMES(propagations), word, &flags))
		return err_set(b->e, ERR_CONFIG_VALUE, "unknown propagation \"%s\"", word);
	op = op_new(b, OP_PROPAGATION, PHASE_GRAB, word ? "/linux/rootfsPropagation" : NULL);
	op.propagation.flags = MS_REC | ((flags & MS_PRIVATE) ? MS_PRIVATE : MS_SLAVE);
	op_add(b, &op);

	op = op_new(b, OP_ROOT, PHASE_ROOT, "/root/path");
	op.root.path = pool_str(b, host_path(b, b->spec->root.path));
	op.root.slot = grab_add(b, host_path(b, b->spec->root.path), GRAB_RECURSIVE, "/root/path");
	op_add(b, &op);

	op = op_new(b, OP_PIVOT, PHASE_PIVOT, NULL);
	op.pivot.flags = b->options->no_pivot ? PIVOT_MOVE : PIVOT_NONE;
	op_add(b, &op);
	return 0;
}

/* --- targets ---------------------------------------------------------------------------------- */

static bool is_fresh_type(const char *type)
{
	return !strcmp(type, "tmpfs") || !strcmp(type, "ramfs");
}

uint16_t target_flags(const struct builder *b, const char *target)
{
	size_t dir = strlen(target) - strlen(path_base(target));
	bool fresh = false;

	for (uint32_t i = 0; i < b->head.op_count; i++) {
		const struct op *op = &builder_ops(b)[i];
		const char *there = op->kind == OP_MOUNT    ? builder_str(b, op->mount.target)
				    : op->kind == OP_ATTACH ? builder_str(b, op->attach.target)
							    : NULL;

		if (!there)
			continue;
		if (dir > 1 && strlen(there) == dir - 1 && !memcmp(there, target, dir - 1))
			fresh = op->kind == OP_MOUNT &&
				is_fresh_type(builder_str(b, op->mount.type));
		else if (fresh && path_below(there, target))
			fresh = false;
	}
	return fresh ? OP_FRESH : 0;
}

/* What may be mounted below /proc: files that a container manager fakes (CVE-2019-16884). */
static const char *const proc_allowed[] = {
	"/proc/cpuinfo",
	"/proc/diskstats",
	"/proc/meminfo",
	"/proc/stat",
	"/proc/swaps",
	"/proc/uptime",
	"/proc/loadavg",
	"/proc/slabinfo",
	"/proc/net/dev",
	"/proc/sys/kernel/ns_last_pid",
	"/proc/sys/crypto/fips_enabled",
};

/* One mount of the config, read. */
struct mount {
	const struct spec_mount *spec;
	const char *pointer;
	const char *target;
	const char *type; /* never NULL; "bind" for a bind mount */
	struct mount_options o;
};

/* Only procfs as a whole: what lies below it leads anywhere, as /proc/self/root does. */
static bool is_host_proc(struct builder *b, const struct mount *m)
{
	return m->o.bind && m->spec->source &&
	       !strcmp(path_normalize(b->a, host_path(b, m->spec->source)), "/proc");
}

static int check_target(struct builder *b, const struct mount *m)
{
	if (!strcmp(m->target, "/")) {
		err_set(b->e, ERR_CONFIG_VALUE, "nothing can be mounted on the root itself");
		return err_at(b->e, -EINVAL, "%s/destination", m->pointer);
	}
	if (!path_below(m->target, "/proc"))
		return 0;
	if (!strcmp(m->target, "/proc")) {
		if (!strcmp(m->type, "proc") || is_host_proc(b, m))
			return 0;
	} else {
		for (size_t i = 0; i < ARRAY_LEN(proc_allowed); i++)
			if (!strcmp(m->target, proc_allowed[i]))
				return 0;
	}
	err_set(b->e, ERR_CONFIG_VALUE,
		"%s: what the runtime writes through /proc must reach the kernel", m->target);
	err_hint(b->e, -EINVAL,
		 "only proc itself and a few files that managers fake may be "
		 "mounted there");
	return err_at(b->e, -EINVAL, "%s/destination", m->pointer);
}

/* --- binds ------------------------------------------------------------------------------------ */

static struct mount_change merged(struct mount_change c, uint64_t propagation, bool recursive)
{
	c.propagation = propagation;
	c.recursive = recursive;
	return c;
}

static bool is_change(const struct mount_change *c)
{
	return c->set || c->clear || c->propagation;
}

static void add_change(struct op_attach *at, struct mount_change c)
{
	if (is_change(&c))
		at->change[at->changes++] = c;
}

/* Adds the grab of source and its attachment at the mount's target. */
static struct op bind_op(struct builder *b, const struct mount *m, const char *source,
			 bool recursive)
{
	struct op op = op_new(b, OP_ATTACH, PHASE_FILL, m->pointer);

	op.flags |= target_flags(b, m->target);
	op.attach.target = pool_str(b, m->target);
	op.attach.mode = 0755;
	op.attach.slot = grab_add(b, source, recursive ? GRAB_RECURSIVE : 0, m->pointer);
	add_change(&op.attach, merged(m->o.tree, m->o.propagation_all, true));
	add_change(&op.attach, merged(m->o.top, m->o.propagation, false));
	return op;
}

/* What belongs to a superblock does not change with a bind: it is the host's. */
static const struct {
	uint64_t flag;
	const char *name;
} sb_names[] = {
	{MS_SYNCHRONOUS, "sync"},
	{MS_DIRSYNC, "dirsync"},
	{MS_LAZYTIME, "lazytime"},
};

static void note_sb_flags(struct builder *b, struct op *op, const struct mount *m)
{
	for (size_t i = 0; i < ARRAY_LEN(sb_names); i++)
		if (m->o.sb_flags & sb_names[i].flag)
			op_adapt(b, op, "option \"%s\" has no effect on a bind mount",
				 sb_names[i].name);
}

static int add_bind(struct builder *b, const struct mount *m)
{
	struct op op;

	if (!m->spec->source) {
		err_set(b->e, ERR_CONFIG_MISSING, "a bind mount needs a source");
		return err_at(b->e, -EINVAL, "%s", m->pointer);
	}
	if (m->o.data.n) {
		err_set(b->e, ERR_CONFIG_VALUE, "unknown option \"%s\" on a bind mount",
			m->o.data.v[0]);
		return err_at(b->e, -EINVAL, "%s/options/%zu", m->pointer, m->o.data_index[0]);
	}
	op = bind_op(b, m, host_path(b, m->spec->source), m->o.recursive_bind);
	note_sb_flags(b, &op, m);
	op_add(b, &op);
	return 0;
}

/* --- file systems ------------------------------------------------------------------------------
 */

/* "gid=5" where 5 is not mapped would be EINVAL. */
static bool is_unmapped(struct builder *b, const char *option)
{
	const char *number = strchr(option, '=');
	uint64_t id;

	if (!number || !io_parse_u64(number + 1, UINT32_MAX, &id))
		return false;
	if (!strncmp(option, "gid=", 4))
		return !id_mapped(&b->gids, (uint32_t)id);
	if (!strncmp(option, "uid=", 4))
		return !id_mapped(&b->uids, (uint32_t)id);
	return false;
}

/* The options that a file system is given, and where each of them is said. */
struct data {
	const char **v;
	const char **pointers;
	size_t n;
};

static void add_option(struct builder *b, struct op *op, const struct mount *m, const char *option,
		       const char *pointer, struct data *d)
{
	if (!strcmp(m->type, "devpts") && is_unmapped(b, option)) {
		op_adapt(b, op, "option \"%s\" is dropped: the id is not mapped", option);
		return;
	}
	/* every instance of devpts has been a new one since Linux 4.7 */
	if (!strcmp(m->type, "devpts") && !strcmp(option, "newinstance"))
		return;
	d->v[d->n] = option;
	d->pointers[d->n++] = pointer;
}

/* mount(8) takes "size=1k,mode=700" for two options. Those of overlay may hold commas in paths. */
static void add_options(struct builder *b, struct op *op, const struct mount *m, size_t i,
			struct data *d)
{
	const char *rest = m->o.data.v[i];
	const char *pointer = PTR(b, "%s/options/%zu", m->pointer, m->o.data_index[i]);

	if (!strcmp(m->type, "overlay")) {
		add_option(b, op, m, rest, pointer, d);
		return;
	}
	while (*rest) {
		size_t n = strcspn(rest, ",");

		if (n)
			add_option(b, op, m, arena_printf(b->a, "%.*s", (int)n, rest), pointer, d);
		rest += n + (rest[n] == ',');
	}
}

static void add_data(struct builder *b, struct op *op, const struct mount *m)
{
	struct data d = {0};
	size_t room = 0;

	for (size_t i = 0; i < m->o.data.n; i++)
		room += strlen(m->o.data.v[i]) + 1;
	d.v = arena_array(b->a, room, sizeof(*d.v));
	d.pointers = arena_array(b->a, room, sizeof(*d.pointers));
	for (size_t i = 0; i < m->o.data.n; i++)
		add_options(b, op, m, i, &d);
	op->mount.options = pool_list(b, d.v, d.n);
	op->mount.pointers = pool_list(b, d.pointers, d.n);
}

static struct op fs_op(struct builder *b, const struct mount *m, const char *type)
{
	struct op op = op_new(b, OP_MOUNT, PHASE_FILL, m->pointer);

	op.flags |= target_flags(b, m->target);
	op.mount.type = pool_str(b, type);
	op.mount.source = pool_str(b, m->spec->source ? m->spec->source : type);
	op.mount.target = pool_str(b, m->target);
	op.mount.sb_flags = m->o.sb_flags;
	op.mount.attr = m->o.top.set | m->o.tree.set;
	op.mount.propagation = m->o.propagation | m->o.propagation_all;
	op.mount.mode = 0755;
	return op;
}

static int add_fs(struct builder *b, const struct mount *m)
{
	struct op op = fs_op(b, m, m->type);

	add_data(b, &op, m);
	op_add(b, &op);
	return 0;
}

/* A file system that belongs to a namespace which is not the container's: the host's is bound. */
static int add_bound(struct builder *b, const struct mount *m, const char *source,
		     enum ns_type type)
{
	struct mount bound = *m;
	struct op op;

	if (bound.o.top.set & MOUNT_ATTR_RDONLY)
		bound.o.tree.set |= MOUNT_ATTR_RDONLY;
	op = bind_op(b, &bound, source, true);
	op_adapt(b, &op, "%s belongs to a %s namespace that is not the container's; %s is bound%s",
		 m->type, ns_table[type].name, source,
		 bound.o.tree.set & MOUNT_ATTR_RDONLY ? " read-only" : "");
	note_sb_flags(b, &op, m);
	for (size_t i = 0; i < m->o.data.n; i++)
		op_adapt(b, &op, "option \"%s\" has no effect on what is bound", m->o.data.v[i]);
	op_add(b, &op);
	return 0;
}

/* Whatever else is said. */
static void make_readonly(struct mount_options *o)
{
	o->top.set |= MOUNT_ATTR_RDONLY;
	o->top.clear &= ~(uint64_t)MOUNT_ATTR_RDONLY;
	o->tree.clear &= ~(uint64_t)MOUNT_ATTR_RDONLY;
}

/* The host's cgroups are below its /sys: the same holds for them as for add_cgroup(). */
static int add_sysfs(struct builder *b, const struct mount *m)
{
	struct mount guarded = *m;

	if (ns_is_ours(b, NS_NET))
		return add_fs(b, m);
	if (!ns_is_other(b, NS_CGROUP))
		make_readonly(&guarded.o);
	return add_bound(b, &guarded, "/sys", NS_NET);
}

static int add_mqueue(struct builder *b, const struct mount *m)
{
	return ns_is_ours(b, NS_IPC) ? add_fs(b, m) : add_bound(b, m, "/dev/mqueue", NS_IPC);
}

/* The container has a cgroup in every v1 hierarchy, and looks for them there. */
static bool has_v1(const struct builder *b)
{
	const struct cgroup_plan *c = b->options->cgroup;

	return c && c->choice.manager == CGROUP_V1 && c->choice.everywhere &&
	       b->options->cgroup_facts;
}

/* "cpu,cpuacct": every controller is found by its own name, too. */
static struct strings add_v1_names(struct builder *b, const char *target, const char *controllers)
{
	struct strings names = {arena_array(b->a, strlen(controllers) + 1, sizeof(*names.v)), 0};
	const char *base = path_base(target);
	const int dir = (int)(base - target);

	for (const char *p = controllers; *p; p += *p == ',') {
		const char *name = arena_strndup(b->a, p, strcspn(p, ","));
		struct op op = op_new(b, OP_SYMLINK, PHASE_FILL, NULL);

		p += strlen(name);
		names.v[names.n++] = name;
		if (!strchr(controllers, ',') || !strcmp(name, base))
			continue;
		op.symlink.target = pool_str(b, PTR(b, "%.*s%s", dir, target, name));
		op.symlink.text = pool_str(b, base);
		op_add(b, &op);
	}
	return names;
}

/* One hierarchy: as its cgroup namespace shows it, or the container's part of the host's. */
static void add_v1(struct builder *b, const struct mount *m, const struct cgroup_v1 *h)
{
	struct strings names = add_v1_names(b, m->target, h->controllers);
	const char **pointers = arena_array(b->a, names.n, sizeof(*pointers));
	struct op op;

	if (ns_is_other(b, NS_CGROUP)) {
		op = fs_op(b, m, "cgroup");
		op.mount.source = pool_str(b, "cgroup");
		for (size_t i = 0; i < names.n; i++)
			pointers[i] = m->pointer;
		op.mount.options = pool_list(b, names.v, names.n);
		op.mount.pointers = pool_list(b, pointers, names.n);
	} else {
		op = bind_op(b, m, path_join(b->a, h->mount, b->options->cgroup->choice.path + 1),
			     false);
	}
	op_add(b, &op);
}

/* The old hierarchies, each in a directory of a tmpfs, where programs expect them. */
static int add_cgroup_v1(struct builder *b, const struct mount *m)
{
	static const char *const mode[] = {"mode=755"};
	const bool readonly = (m->o.top.set | m->o.tree.set) & MOUNT_ATTR_RDONLY;
	struct mount writable = *m, one;
	struct op op;

	writable.o.top.set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
	writable.o.tree.set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
	op = fs_op(b, &writable, "tmpfs");
	op.mount.source = pool_str(b, "cgroup");
	op.mount.options = pool_list(b, mode, 1);
	op.mount.pointers = pool_list(b, &m->pointer, 1);
	op_add(b, &op);
	one = writable;
	for (size_t i = 0; i < b->options->cgroup_facts->v1.n; i++) {
		const struct cgroup_v1 *h = &b->options->cgroup_facts->v1.v[i];

		one.target = path_join(b->a, m->target, path_base(h->mount));
		add_v1(b, &one, h);
	}
	if (!readonly)
		return 0;
	/* only now: the directories had to be made */
	op = op_new(b, OP_READONLY, PHASE_LOCK, m->pointer);
	op.text.text = pool_str(b, m->target);
	op_add(b, &op);
	return 0;
}

/* Without a cgroup namespace of its own the container would see, and as root write, the cgroups of
 * the host (CVE-2023-25809). */
static int add_cgroup(struct builder *b, const struct mount *m)
{
	struct mount guarded = *m;
	struct op op;

	if (!ns_is_other(b, NS_CGROUP))
		make_readonly(&guarded.o);
	if (has_v1(b))
		return add_cgroup_v1(b, &guarded);
	if (!ns_is_ours(b, NS_CGROUP))
		return add_bound(b, &guarded, "/sys/fs/cgroup", NS_CGROUP);
	op = fs_op(b, &guarded, "cgroup2");
	op.mount.source = pool_str(b, "cgroup2");
	if (guarded.o.top.set != m->o.top.set)
		op_adapt(b, &op, "read-only: the container has no cgroup namespace of its own");
	op_add(b, &op);
	return 0;
}

static const struct {
	const char *type;
	int (*add)(struct builder *b, const struct mount *m);
} adders[] = {
	{"bind", add_bind},     {"sysfs", add_sysfs},    {"mqueue", add_mqueue},
	{"cgroup", add_cgroup}, {"cgroup2", add_cgroup},
};

static int read_mount(struct builder *b, size_t i, struct mount *m)
{
	int r;

	m->spec = &b->spec->mounts.v[i];
	m->pointer = PTR(b, "/mounts/%zu", i);
	m->target = path_normalize(b->a, m->spec->destination);
	r = mount_options_read(&m->o, b->a, &m->spec->options, m->pointer, b->e);
	if (r < 0)
		return r;
	if (m->spec->type && !strcmp(m->spec->type, "bind"))
		m->o.bind = true;
	m->type = m->o.bind ? "bind" : m->spec->type;
	if (!m->type || !strcmp(m->type, "none")) {
		err_set(b->e, ERR_CONFIG_MISSING, "a mount needs a type, or the option bind");
		return err_at(b->e, -EINVAL, "%s", m->pointer);
	}
	return check_target(b, m);
}

int plan_mounts(struct builder *b)
{
	b->dev_is_ours = true;
	for (size_t i = 0; i < b->spec->mounts.n; i++) {
		int (*add)(struct builder *, const struct mount *) = add_fs;
		struct mount m;
		int r = read_mount(b, i, &m);

		if (r < 0)
			return r;
		for (size_t k = 0; k < ARRAY_LEN(adders); k++)
			if (!strcmp(adders[k].type, m.type))
				add = adders[k].add;
		r = add(b, &m);
		if (r < 0)
			return r;
		if (!strcmp(m.target, "/dev"))
			b->dev_is_ours = !m.o.bind;
	}
	return 0;
}
