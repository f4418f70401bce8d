/*
 * Which namespaces the container has: new ones, joined ones, shared ones.
 *
 * owns:     the view of the namespaces, clone flags, gate or not
 * may use:  base, oci (types)
 * must not: decide about ids (idmap.c)
 */
#include <errno.h>
#include <linux/capability.h>
#include <sched.h>

#include "runtime/plan/builder.h"
#include "runtime/plan/cgroup_plan.h"

bool plan_implies_userns(const struct spec *s, const struct facts *f)
{
	for (size_t i = 0; i < s->linux_.namespaces.n; i++)
		if (s->linux_.namespaces.v[i].type == NS_USER)
			return false;
	return !f->privileged;
}

bool ns_is_other(const struct builder *b, enum ns_type type)
{
	return b->ns[type].created || b->ns[type].path;
}

bool ns_is_ours(const struct builder *b, enum ns_type type)
{
	if (b->ns[type].created)
		return true;
	/* in the caller's own user namespace, what the caller may mount the container may too */
	if (b->ns[type].path)
		return !b->ns[NS_USER].created;
	return b->facts->privileged && !ns_is_other(b, NS_USER) && b->facts->initial_userns;
}

/* Will the container have a cgroup of its own? */
static bool gets_cgroup(const struct builder *b)
{
	return b->options->cgroup && b->options->cgroup->choice.manager != CGROUP_DISABLED;
}

static void add_namespace(struct builder *b, enum ns_type type)
{
	const struct ns_view *ns = &b->ns[type];
	struct op op;

	if (!ns_is_other(b, type))
		return;
	op = op_new(b, ns->path ? OP_JOIN : OP_NAMESPACE, PHASE_LAUNCH, ns->pointer);
	op.ns.type = type;
	op.ns.path = pool_str(b, ns->path);
	if (type == NS_USER && !ns->pointer)
		op_adapt(b, &op,
			 "the config asks for no user namespace, but the caller is not privileged");
	op_add(b, &op);
	if (ns->path)
		return;
	/* its offsets can be set as long as nobody is in it: init makes it */
	if (type == NS_TIME && b->spec->linux_.time_offsets.n)
		return;
	/* with CLONE_INTO_CGROUP its root would be the parent's cgroup */
	if (type == NS_CGROUP && gets_cgroup(b))
		b->head.late_flags |= ns_table[type].flag;
	else
		b->head.clone_flags |= ns_table[type].flag;
}

/* What the kernel takes at most, with either sign: KTIME_SEC_MAX (kernel/time/namespace.c). */
static const int64_t time_secs_max = INT64_MAX / 1000000000;

static int add_time_offset(struct builder *b, size_t i)
{
	const struct spec_linux *l = &b->spec->linux_;
	const struct spec_time_offset *t = &l->time_offsets.v[i];
	const char *pointer = PTR(b, "/linux/timeOffsets/%s", t->clock);
	struct op op;

	if (t->secs > time_secs_max || t->secs < -time_secs_max) {
		err_set(b->e, ERR_CONFIG_VALUE, "out of range: the kernel takes -%lld to %lld",
			(long long)time_secs_max, (long long)time_secs_max);
		return err_at(b->e, -ERANGE, "%s/secs", pointer);
	}
	op = op_new(b, OP_TIME_OFFSET, PHASE_GRAB, pointer);
	op.time_offset = (struct op_time_offset){.clock = pool_str(b, t->clock),
						 .secs = t->secs,
						 .nanosecs = t->nanosecs,
						 .first = i == 0,
						 .last = i + 1 == l->time_offsets.n};
	op_add(b, &op);
	return 0;
}

static int add_time_offsets(struct builder *b)
{
	const struct spec_linux *l = &b->spec->linux_;
	int r = 0;

	if (l->time_offsets.n && b->ns[NS_TIME].path) {
		err_set(b->e, ERR_CONFIG_VALUE,
			"the clocks of a time namespace that is joined are set already");
		r = err_hint(b->e, -EINVAL, "leave them out, or the path of the time namespace");
		return err_at(b->e, r, "/linux/timeOffsets");
	}
	for (size_t i = 0; r == 0 && i < l->time_offsets.n; i++)
		r = add_time_offset(b, i);
	return r;
}

static int add_net_devices(struct builder *b)
{
	const struct spec_linux *l = &b->spec->linux_;

	for (size_t i = 0; i < l->net_devices.n; i++) {
		const struct spec_net_device *d = &l->net_devices.v[i];
		const char *pointer =
			PTR(b, "/linux/netDevices/%s", doc_escape(b->a, d->host_name));
		struct op op;

		if (!(b->facts->cap_effective & UINT64_C(1) << CAP_NET_ADMIN)) {
			err_set(b->e, ERR_NAMESPACE,
				"moving a network device needs CAP_NET_ADMIN where it is");
			err_hint(b->e, -EPERM,
				 "run rundlet in a user and network namespace that has the device "
				 "(unshare -rn, podman unshare)");
			return err_at(b->e, -EPERM, "%s", pointer);
		}
		op = op_new(b, OP_NET_DEVICE, PHASE_LAUNCH, pointer);
		op.net_device.from = pool_str(b, d->host_name);
		op.net_device.to = pool_str(b, d->name ? d->name : d->host_name);
		op_add(b, &op);
	}
	return 0;
}

/*
 * Init is born again where what it is born into must be entered first: a pid or user namespace
 * takes effect for children only, and from a new user namespace nothing of an outer one can be
 * joined.
 */
static bool needs_rebirth(const struct builder *b)
{
	return b->ns[NS_USER].path || b->ns[NS_PID].path || b->ns[NS_USER].created;
}

/* Whose rights init has before it joins must not be asked for in the namespaces that it joins: what
 * its own files in /proc are needed for comes before. */
static void before_entering(struct builder *b)
{
	for (uint32_t i = 0; i < b->head.op_count; i++) {
		struct op *op = builder_op(b, i);

		if (op->kind != OP_OOM_SCORE && op->kind != OP_TIME_OFFSET)
			continue;
		op->phase = PHASE_ENTER;
		if (op->kind == OP_TIME_OFFSET)
			op->time_offset.deferred = true;
	}
}

/* The root of a mount namespace is that of everybody in it: what gets a new one is a copy. */
static void copy_mount_ns(struct builder *b, struct op *op)
{
	op->enter.create |= CLONE_NEWNS;
	op_adapt(b, op, "%s: a copy of it is entered, because a new root would be everybody's",
		 b->ns[NS_MNT].pointer);
}

int plan_enter(struct builder *b)
{
	struct op op = op_new(b, OP_ENTER, PHASE_ENTER, NULL);

	for (enum ns_type t = 0; t < NS_COUNT; t++)
		op.enter.flags |= b->ns[t].path ? ns_table[t].flag : 0;
	if (!op.enter.flags)
		return 0;
	op.enter.by_path = true;
	op.enter.reborn = needs_rebirth(b);
	if (op.enter.reborn) {
		op.enter.create = b->head.clone_flags;
		b->head.clone_flags = 0;
		op.enter.take_ids = b->head.take_ids;
		op.enter.uid = b->head.uid;
		op.enter.gid = b->head.gid;
		b->head.take_ids = false;
	}
	if (b->ns[NS_MNT].path)
		copy_mount_ns(b, &op);
	if (b->ns[NS_USER].path)
		before_entering(b);
	/* init needs what capabilities we have to get anywhere */
	b->head.raise_ambient = b->facts->euid != 0;
	op_add(b, &op);
	return 0;
}

/* Without a mount namespace of its own whatever is mounted would be mounted on the host. */
static int check_mount_ns(struct builder *b)
{
	int r;

	if (b->ns[NS_MNT].created || b->ns[NS_MNT].path)
		return 0;
	err_set(b->e, ERR_CONFIG_VALUE, "the container has no mount namespace of its own");
	r = err_hint(b->e, -EINVAL, "add {\"type\": \"mount\"}: rundlet changes no mount outside");
	return err_at(b->e, r, "/linux/namespaces");
}

/* setns(2) needs CAP_SYS_ADMIN where the caller is and where it goes: without either, only the user
 * namespace that owns the others opens them. */
static int check_joins(struct builder *b)
{
	for (enum ns_type t = 0; t < NS_COUNT; t++) {
		int r;

		if (b->facts->privileged || b->ns[NS_USER].path || !b->ns[t].path)
			continue;
		err_set(b->e, ERR_NAMESPACE, "without privilege a %s namespace cannot be joined",
			ns_table[t].name);
		r = err_hint(b->e, -EINVAL,
			     "join the user namespace that owns it too, by its path");
		return err_at(b->e, r, "%s/path", b->ns[t].pointer);
	}
	return 0;
}

int plan_namespaces(struct builder *b)
{
	const struct spec_linux *l = &b->spec->linux_;
	int r;

	for (size_t i = 0; i < l->namespaces.n; i++) {
		struct ns_view *ns = &b->ns[l->namespaces.v[i].type];

		ns->path = l->namespaces.v[i].path;
		ns->created = !ns->path;
		ns->pointer = PTR(b, "/linux/namespaces/%zu", i);
	}
	if (plan_implies_userns(b->spec, b->facts))
		b->ns[NS_USER].created = true;
	for (enum ns_type t = 0; t < NS_COUNT; t++)
		add_namespace(b, t);
	b->head.new_userns = b->ns[NS_USER].created;
	r = check_joins(b);
	if (r == 0)
		r = check_mount_ns(b);
	if (r == 0)
		r = add_time_offsets(b);
	return r < 0 ? r : add_net_devices(b);
}
