/*
 * New instances of file systems, and what is bound where the kernel gives the container none.
 *
 * owns:     the mount operations of every type but bind
 * may use:  base, oci (types), mount_options
 * must not: look at the host
 */
#include <errno.h>
#include <string.h>

#include "runtime/base/io.h"
#include "runtime/base/path.h"
#include "runtime/plan/mounts.h"
#include "runtime/sys/kernel.h"

/* --- file systems --------------------------------------------------------------------------- */

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

/* mountLabel is for what has no labels of its own on the disk and none that the kernel gives it. */
static const char *label_option(struct builder *b, const struct mount *m)
{
	static const char *const unlabelled[] = {"proc", "sysfs", "mqueue"};
	static const char *const kinds[] = {"context", "fscontext", "defcontext", "rootcontext"};
	const char *given = spec_annotation(b->spec, "run.oci.mount_context_type");
	const char *label = b->spec->linux_.mount_label, *kind = kinds[0];

	if (!label || m->o.extras & MOUNT_REMOUNT)
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(unlabelled); i++)
		if (!strcmp(m->type, unlabelled[i]))
			return NULL;
	for (size_t i = 0; given && i < ARRAY_LEN(kinds); i++)
		if (!strcmp(given, kinds[i]))
			kind = kinds[i];
	return arena_printf(b->a, "%s=%s", kind, label);
}

void mount_add_data(struct builder *b, const struct mount *m, struct plist *ret_options,
		    struct plist *ret_pointers, struct op *op)
{
	const char *label = label_option(b, m);
	struct data d = {0};
	size_t room = 1;

	for (size_t i = 0; i < m->o.data.n; i++)
		room += strlen(m->o.data.v[i]) + 1;
	d.v = arena_array(b->a, room, sizeof(*d.v));
	d.pointers = arena_array(b->a, room, sizeof(*d.pointers));
	for (size_t i = 0; i < m->o.data.n; i++)
		add_options(b, op, m, i, &d);
	if (label) {
		d.v[d.n] = label;
		d.pointers[d.n++] = "/linux/mountLabel";
	}
	*ret_options = pool_list(b, d.v, d.n);
	*ret_pointers = pool_list(b, d.pointers, d.n);
}

struct op mount_fs_op(struct builder *b, const struct mount *m, const char *type)
{
	struct op op = op_new(b, OP_MOUNT, PHASE_FILL, m->pointer);

	op.flags |= target_flags(b, m->target);
	op.mount.type = pool_str(b, type);
	op.mount.source = pool_str(b, m->spec->source ? m->spec->source : type);
	op.mount.target = pool_str(b, m->target);
	op.mount.sb_flags = m->o.sb_flags;
	op.mount.attr = (m->o.tree.set & ~m->o.top.clear) | m->o.top.set;
	op.mount.copy_up = m->o.extras & MOUNT_COPY_UP;
	op.mount.propagation = m->o.propagation | m->o.propagation_all;
	op.mount.mode = 0755;
	return op;
}

int mount_add_fs(struct builder *b, const struct mount *m)
{
	struct op op = mount_fs_op(b, m, m->type);

	mount_add_data(b, m, &op.mount.options, &op.mount.pointers, &op);
	op_add(b, &op);
	return 0;
}

static void note_no_effect(struct builder *b, struct op *op, const struct mount *m)
{
	mount_note_flags(b, op, m);
	for (size_t i = 0; i < m->o.data.n; i++)
		op_adapt(b, op, "option \"%s\" has no effect on what is bound", m->o.data.v[i]);
}

/* A file system that belongs to a namespace which is not the container's: the host's is bound. */
static int add_bound(struct builder *b, const struct mount *m, const char *source, uint32_t flags,
		     enum ns_type type)
{
	struct mount bound = *m;
	struct op op;

	if (bound.o.top.set & MOUNT_ATTR_RDONLY)
		bound.o.tree.set |= MOUNT_ATTR_RDONLY;
	op = mount_bind_op(b, &bound, source, true);
	builder_op(b, b->head.op_count - 1)->grab.flags |= flags;
	op_adapt(b, &op, "%s belongs to a %s namespace that is not the container's; %s is bound%s",
		 m->type, ns_table[type].name, source,
		 bound.o.tree.set & MOUNT_ATTR_RDONLY ? " read-only" : "");
	note_no_effect(b, &op, m);
	op_add(b, &op);
	return 0;
}

static const char annotation_proc[] = "io.github.rundlet.proc";

/* Podman hands on the annotations of an image: they must not show it the processes of the host
 * where nothing is in the way of a proc of its own. */
static int check_bound_proc(struct builder *b)
{
	if (ns_is_other(b, NS_USER) || !b->facts->initial_userns)
		return 0;
	err_set(b->e, ERR_CONFIG_VALUE,
		"the host's proc is bound in user namespaces only, and the container has none");
	err_hint(b->e, -EINVAL, "leave the annotation out: it can have a proc of its own");
	return err_at(b->e, -EINVAL, "/annotations/%s", annotation_proc);
}

/*
 * The kernel shows no more of proc in a user namespace than the caller sees: where parts of the
 * caller's are covered, a whole one is refused. What to have instead is up to the user.
 */
int mount_add_proc(struct builder *b, const struct mount *m)
{
	const char *instead = spec_annotation(b->spec, annotation_proc);
	struct op op;

	if (!instead)
		return mount_add_fs(b, m);
	if (!strcmp(instead, "subset=pid")) {
		struct mount processes = *m;
		const size_t n = m->o.data.n;

		processes.o.data.v = arena_array(b->a, n + 1, sizeof(*processes.o.data.v));
		processes.o.data_index = arena_array(b->a, n + 1, sizeof(size_t));
		for (size_t i = 0; i < n; i++) {
			processes.o.data.v[i] = m->o.data.v[i];
			processes.o.data_index[i] = m->o.data_index[i];
		}
		processes.o.data_index[n] = m->spec->options.n;
		processes.o.data.v[processes.o.data.n++] = instead;
		op = mount_fs_op(b, m, m->type);
		mount_add_data(b, &processes, &op.mount.options, &op.mount.pointers, &op);
		op_adapt(b, &op, "proc shows processes only, as annotation %s wants it",
			 annotation_proc);
	} else if (!strcmp(instead, "bind")) {
		int r = check_bound_proc(b);

		if (r < 0)
			return r;
		op = mount_bind_op(b, m, "/proc", true);
		op_adapt(b, &op,
			 "the caller's /proc is bound, with all the processes it shows, as "
			 "annotation %s wants it",
			 annotation_proc);
		note_no_effect(b, &op, m);
	} else {
		err_set(b->e, ERR_CONFIG_VALUE, "expected \"bind\" or \"subset=pid\", found \"%s\"",
			instead);
		return err_at(b->e, -EINVAL, "/annotations/%s", annotation_proc);
	}
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

/* The host's cgroups are below its /sys: the same holds for them as for mount_add_cgroup(). */
int mount_add_sysfs(struct builder *b, const struct mount *m)
{
	struct mount guarded = *m;

	if (ns_is_ours(b, NS_NET))
		return mount_add_fs(b, m);
	if (!ns_is_other(b, NS_CGROUP))
		make_readonly(&guarded.o);
	return add_bound(b, &guarded, "/sys", 0, NS_NET);
}

int mount_add_mqueue(struct builder *b, const struct mount *m)
{
	return ns_is_ours(b, NS_IPC) ? mount_add_fs(b, m)
				     : add_bound(b, m, "/dev/mqueue", GRAB_MQUEUE, NS_IPC);
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
		op = mount_fs_op(b, m, "cgroup");
		op.mount.source = pool_str(b, "cgroup");
		for (size_t i = 0; i < names.n; i++)
			pointers[i] = m->pointer;
		op.mount.options = pool_list(b, names.v, names.n);
		op.mount.pointers = pool_list(b, pointers, names.n);
	} else {
		op = mount_bind_op(b, m,
				   path_join(b->a, h->mount, b->options->cgroup->choice.path + 1),
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
	op = mount_fs_op(b, &writable, "tmpfs");
	op.mount.source = pool_str(b, "cgroup");
	op.mount.options = pool_list(b, mode, 1);
	op.mount.pointers = pool_list(b, &m->pointer, 1);
	op_add(b, &op);
	one = writable;
	for (size_t i = 0; i < b->options->cgroup_facts->v1.n; i++) {
		const struct cgroup_v1 *h = &b->options->cgroup_facts->v1.v[i];

		if (!h->mount)
			continue;
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
int mount_add_cgroup(struct builder *b, const struct mount *m)
{
	struct mount guarded = *m;
	struct op op;

	if (!ns_is_other(b, NS_CGROUP))
		make_readonly(&guarded.o);
	if (has_v1(b))
		return add_cgroup_v1(b, &guarded);
	if (!ns_is_ours(b, NS_CGROUP))
		return add_bound(b, &guarded, "/sys/fs/cgroup", 0, NS_CGROUP);
	op = mount_fs_op(b, &guarded, "cgroup2");
	op.mount.source = pool_str(b, "cgroup2");
	if (guarded.o.top.set != m->o.top.set)
		op_adapt(b, &op, "read-only: the container has no cgroup namespace of its own");
	op_add(b, &op);
	return 0;
}
