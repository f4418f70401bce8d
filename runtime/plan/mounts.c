/*
 * The root and what the config mounts below it.
 *
 * owns:     the operations of GRAB and ROOT, the binds of FILL; which file makes the others
 * may use:  base, oci (types), mount_options
 * must not: look at the host: whether a source is there, init finds out
 */
#include <errno.h>
#include <string.h>

#include "runtime/base/path.h"
#include "runtime/plan/mounts.h"
#include "runtime/sys/kernel.h"

/* --- the root --------------------------------------------------------------------------------- */

static const struct name propagations[] = {
	{"private", MS_PRIVATE},       {"rprivate", MS_PRIVATE | MS_REC},
	{"slave", MS_SLAVE},           {"rslave", MS_SLAVE | MS_REC},
	{"shared", MS_SHARED},         {"rshared", MS_SHARED | MS_REC},
	{"unbindable", MS_UNBINDABLE}, {"runbindable", MS_UNBINDABLE | MS_REC},
};

/* A host path of the config: relative means from the bundle. */
const char *mount_host_path(struct builder *b, const char *path)
{
	return path[0] == '/' ? path : path_join(b->a, b->options->bundle, path);
}

int plan_root(struct builder *b)
{
	const char *word = b->spec->linux_.rootfs_propagation;
	const char *path = mount_host_path(b, b->spec->root.path);
	struct op op;

	if (word && !names_value(NAMES(propagations), word, &b->root_propagation))
		return err_set(b->e, ERR_CONFIG_VALUE, "unknown propagation \"%s\"", word);
	op = op_new(b, OP_PROPAGATION, PHASE_GRAB, word ? "/linux/rootfsPropagation" : NULL);
	op.propagation.flags = MS_REC | (b->root_propagation & MS_PRIVATE ? MS_PRIVATE : MS_SLAVE);
	op_add(b, &op);

	op = op_new(b, OP_ROOT, PHASE_ROOT, "/root/path");
	b->rootfs = path_normalize(b->a, path);
	op.root.path = pool_str(b, path);
	op.root.slot = grab_add(b, path, GRAB_RECURSIVE, "/root/path");
	/* "rootfs/." is not below the root */
	builder_op(b, b->head.op_count - 1)->phase = PHASE_GRAB;
	op_add(b, &op);

	op = op_new(b, OP_PIVOT, PHASE_PIVOT, NULL);
	op.pivot.flags = b->options->no_pivot ? PIVOT_MOVE : PIVOT_NONE;
	op_add(b, &op);
	return 0;
}

/* --- targets ---------------------------------------------------------------------------------- */

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

/* Only procfs as a whole: what lies below it leads anywhere, as /proc/self/root does. */
static bool is_host_proc(struct builder *b, const struct mount *m)
{
	return m->o.bind && m->spec->source &&
	       !strcmp(path_normalize(b->a, mount_host_path(b, m->spec->source)), "/proc");
}

static int check_target(struct builder *b, const struct mount *m)
{
	if (!strcmp(m->target, "/")) {
		err_set(b->e, ERR_CONFIG_VALUE, "nothing can be mounted on the root itself");
		return err_at(b->e, -EINVAL, "%s/destination", m->pointer);
	}
	if (!path_below(m->target, "/proc") || m->o.extras & MOUNT_REMOUNT)
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

static void add_change(struct mount_change *to, uint32_t *n, const struct mount_change *c,
		       uint64_t propagation, bool recursive)
{
	if (!c->set && !c->clear && !c->implied && !propagation)
		return;
	/* one by one: the padding stays zero */
	to[*n].set = c->set;
	to[*n].clear = c->clear;
	to[*n].implied = c->implied;
	to[*n].propagation = propagation;
	to[(*n)++].recursive = recursive;
}

/*
 * As with the peers (mount(2) with MS_REMOUNT | MS_BIND): a bind mount without options has the
 * flags of its source; one with options has those that they name, and no others.
 */
static void imply(struct mount_options *o)
{
	const uint64_t flags = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
			       MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOSYMFOLLOW;
	const uint64_t times = MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME;
	struct mount_change *c = &o->top;

	if (!o->bind || o->extras & MOUNT_REMOUNT || !(c->set || c->clear || o->undone))
		return;
	c->implied = flags;
	if ((c->set | c->clear) & times)
		c->implied |= times;
	c->implied &= ~(c->set & ~(uint64_t)MOUNT_ATTR__ATIME) & ~c->clear;
	c->implied &= ~(o->tree.set | o->tree.clear);
}

/* What the options change: first everything, then the top. How many changes these are. */
static uint32_t changes(const struct mount_options *o, struct mount_change ret[MOUNT_CHANGES_MAX])
{
	uint32_t n = 0;

	add_change(ret, &n, &o->tree, o->propagation_all, true);
	add_change(ret, &n, &o->top, o->propagation, false);
	return n;
}

/* The propagation that the top of a bind mount ends with; 0: what the source has. */
static uint64_t bind_propagation(const struct mount *m)
{
	return m->o.propagation ? m->o.propagation : m->o.propagation_all;
}

/*
 * Is what is mounted below it to be seen by the host, and what the host mounts there by the
 * container? Only if both the root and this mount are to be shared, as every caller writes it who
 * means that.
 */
static bool is_shared(const struct builder *b, const struct mount *m)
{
	return b->root_propagation & MS_SHARED && bind_propagation(m) == MS_SHARED;
}

/* Adds the grab of source and its attachment at the mount's target. */
struct op mount_bind_op(struct builder *b, const struct mount *m, const char *source,
			bool recursive)
{
	struct op op = op_new(b, OP_ATTACH, PHASE_FILL, m->pointer);
	uint32_t grab = recursive ? GRAB_RECURSIVE : 0;

	op.flags |= target_flags(b, m->target);
	op.attach.target = pool_str(b, m->target);
	op.attach.mode = 0755;
	if (m->o.extras & MOUNT_TARGET_NOFOLLOW)
		op.flags |= OP_NOFOLLOW;
	if (m->o.extras & MOUNT_SOURCE_NOFOLLOW)
		grab |= GRAB_NOFOLLOW;
	if (m->o.extras & MOUNT_COPY_LINK)
		grab |= GRAB_COPY_LINK;
	/* podman's "bind,rprivate", which crun takes for "rbind" */
	if (m->o.propagation_all)
		grab |= GRAB_OR_ALL;
	if (is_shared(b, m)) {
		/* the kernel makes what comes from an outer user namespace a slave: kept so */
		if (b->ns[NS_USER].created || b->ns[NS_USER].path)
			op_adapt(b, &op,
				 "what is mounted below %s does not get out of the user namespace",
				 m->target);
		else
			grab |= GRAB_SHARED;
	}
	op.attach.slot = grab_add(b, source, grab, m->pointer);
	op.attach.changes = changes(&m->o, op.attach.change);
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
	{MS_I_VERSION, "iversion"},
};

void mount_note_flags(struct builder *b, struct op *op, const struct mount *m)
{
	for (size_t i = 0; i < ARRAY_LEN(sb_names); i++)
		if (m->o.sb_flags & sb_names[i].flag)
			op_adapt(b, op, "option \"%s\" has no effect on a bind mount",
				 sb_names[i].name);
}

/* What the command lines of podman and buildah ask of these themselves, a label or an owner for the
 * source. Buildah has done it, and hands the option on. */
static bool done_by_caller(const char *option)
{
	return !strcmp(option, "z") || !strcmp(option, "Z") || !strcmp(option, "U");
}

static int check_no_data(struct builder *b, const struct mount *m)
{
	size_t i = 0;

	while (i < m->o.data.n && done_by_caller(m->o.data.v[i]))
		i++;
	if (i == m->o.data.n)
		return 0;
	err_set(b->e, ERR_CONFIG_VALUE, "unknown option \"%s\" on a bind mount", m->o.data.v[i]);
	return err_at(b->e, -EINVAL, "%s/options/%zu", m->pointer, m->o.data_index[i]);
}

/* To the grab that was added last. */
static int add_idmap(struct builder *b, const struct mount *m)
{
	const uint32_t last = b->head.op_count - 1;
	struct op grab = builder_ops(b)[last];
	int r = mount_idmap(b, m, &grab);

	*builder_op(b, last) = grab;
	return r;
}

static int add_bind(struct builder *b, const struct mount *m)
{
	struct op op;
	int r;

	if (!m->spec->source) {
		err_set(b->e, ERR_CONFIG_MISSING, "a bind mount needs a source");
		return err_at(b->e, -EINVAL, "%s", m->pointer);
	}
	r = check_no_data(b, m);
	if (r < 0)
		return r;
	op = mount_bind_op(b, m, mount_host_path(b, m->spec->source), m->o.recursive_bind);
	mount_note_flags(b, &op, m);
	r = add_idmap(b, m);
	if (r == 0)
		op_add(b, &op);
	return r;
}

/* As mount(8) has it: "remount" changes superblock and mount, "remount,bind" the mount alone. */
static int add_remount(struct builder *b, const struct mount *m)
{
	struct op op = op_new(b, OP_REMOUNT, PHASE_FILL, m->pointer);
	int r = m->o.bind ? check_no_data(b, m) : 0;

	if (r < 0)
		return r;
	op.remount.type = pool_str(b, m->spec->type ? m->spec->type : "none");
	op.remount.target = pool_str(b, m->target);
	op.remount.superblock = !m->o.bind;
	op.remount.changes = changes(&m->o, op.remount.change);
	if (m->o.bind) {
		mount_note_flags(b, &op, m);
	} else {
		op.remount.sb_set = m->o.sb_flags;
		op.remount.sb_clear = m->o.sb_clear;
		if (m->o.top.set & MOUNT_ATTR_RDONLY)
			op.remount.sb_set |= MS_RDONLY;
		if (m->o.top.clear & MOUNT_ATTR_RDONLY)
			op.remount.sb_clear |= MS_RDONLY;
		mount_add_data(b, m, &op.remount.options, &op.remount.pointers, &op);
	}
	op_add(b, &op);
	return 0;
}

/* --- all of them ------------------------------------------------------------------------------ */

/* Which words fit which mounts; the others are refused. */
static const struct {
	uint32_t extras;
	const char *type; /* "bind"; NULL: any */
} fits[] = {
	{MOUNT_COPY_UP, "tmpfs"},
	{MOUNT_COPY_LINK | MOUNT_SOURCE_NOFOLLOW | MOUNT_TARGET_NOFOLLOW, "bind"},
};

static int check_extras(struct builder *b, const struct mount *m)
{
	const struct strings *options = &m->spec->options;

	for (size_t i = 0; i < ARRAY_LEN(fits); i++) {
		size_t at = mount_options_find(options, fits[i].extras);

		if (at == options->n ||
		    (!strcmp(m->type, fits[i].type) && !(m->o.extras & MOUNT_REMOUNT)))
			continue;
		err_set(b->e, ERR_CONFIG_VALUE, "option \"%s\" is for a new %s mount only",
			options->v[at], fits[i].type);
		return err_at(b->e, -EINVAL, "%s/options/%zu", m->pointer, at);
	}
	return 0;
}

static const struct {
	const char *type;
	int (*add)(struct builder *b, const struct mount *m);
} adders[] = {
	{"bind", add_bind},           {"proc", mount_add_proc},     {"sysfs", mount_add_sysfs},
	{"mqueue", mount_add_mqueue}, {"cgroup", mount_add_cgroup}, {"cgroup2", mount_add_cgroup},
};

/* As the peers have it, a destination may be said as the host's path of it. */
static const char *target_of(struct builder *b, const char *destination)
{
	const char *target = path_normalize(b->a, destination);
	const char *root = b->rootfs;

	return root[1] && path_below(target, root) && strcmp(target, root) ? target + strlen(root)
									   : target;
}

static int read_mount(struct builder *b, size_t i, struct mount *m)
{
	int r;

	m->spec = &b->spec->mounts.v[i];
	m->pointer = PTR(b, "/mounts/%zu", i);
	m->target = target_of(b, m->spec->destination);
	mount_options_read(&m->o, b->a, &m->spec->options);
	if (m->spec->type && !strcmp(m->spec->type, "bind"))
		m->o.bind = true;
	imply(&m->o);
	m->type = m->o.bind ? "bind" : m->o.extras & MOUNT_REMOUNT ? "remount" : m->spec->type;
	if (!m->type || !strcmp(m->type, "none")) {
		err_set(b->e, ERR_CONFIG_MISSING, "a mount needs a type, or the option bind");
		return err_at(b->e, -EINVAL, "%s", m->pointer);
	}
	r = check_extras(b, m);
	if (r == 0)
		r = mount_check_idmap(b, m);
	return r < 0 ? r : check_target(b, m);
}

static int add_mount(struct builder *b, const struct mount *m)
{
	if (m->o.extras & MOUNT_REMOUNT)
		return add_remount(b, m);
	if (!strcmp(m->target, "/dev"))
		b->dev_is_ours = !m->o.bind;
	for (size_t k = 0; k < ARRAY_LEN(adders); k++)
		if (!strcmp(adders[k].type, m->type))
			return adders[k].add(b, m);
	return mount_add_fs(b, m);
}

int plan_mounts(struct builder *b)
{
	b->dev_is_ours = true;
	for (size_t i = 0; i < b->spec->mounts.n; i++) {
		struct mount m;
		int r = read_mount(b, i, &m);

		if (r == 0)
			r = add_mount(b, &m);
		if (r < 0)
			return r;
	}
	return 0;
}
