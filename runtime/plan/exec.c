/*
 * A process that joins a container.
 *
 * owns:     what is joined, and what of a new container's plan is done otherwise
 * may use:  base, oci (types), the planner's other files
 * must not: look at /proc: what is to be known of the container is in the facts
 */
#include <sched.h>

#include "runtime/plan/builder.h"
#include "runtime/plan/exec.h"

/* What is joined is to the planner's other files a namespace with a path. */
static void view_namespaces(struct builder *b, const struct exec_facts *x)
{
	for (enum ns_type t = 0; t < NS_COUNT; t++)
		if (x->differing & ns_table[t].flag)
			b->ns[t].path = ns_table[t].proc;
}

static void view_ids(struct builder *b, struct id_view *v, const struct id_ranges *map)
{
	v->known = true;
	v->v = arena_array(b->a, map->n, sizeof(*v->v));
	v->n = map->n;
	for (size_t i = 0; i < map->n; i++)
		v->v[i] = (struct spec_idmap){.container_id = map->v[i].inside,
					      .host_id = map->v[i].outside,
					      .size = map->v[i].count};
}

/* Is the caller's own id this one inside? */
static bool is_inside(const struct id_view *v, uint32_t own, uint32_t id)
{
	for (size_t i = 0; i < v->n; i++) {
		const struct spec_idmap *m = &v->v[i];

		if (own >= m->host_id && own - m->host_id < m->size)
			return m->container_id + (own - m->host_id) == id;
	}
	return false;
}

/* Root, if it exists. */
static uint32_t first_id(const struct id_view *v)
{
	return id_mapped(v, 0) || !v->n ? 0 : v->v[0].container_id;
}

/*
 * Until it takes the program's ids init is the root of the user namespace, if there is one: what it
 * makes there belongs to somebody who exists.
 */
static void take_ids(struct builder *b, struct op_enter *o)
{
	o->uid = first_id(&b->uids);
	o->gid = first_id(&b->gids);
	o->take_ids = !is_inside(&b->uids, b->facts->euid, o->uid) ||
		      !is_inside(&b->gids, b->facts->egid, o->gid);
}

static void add_enter(struct builder *b, const struct exec_facts *x)
{
	const bool userns = x->differing & CLONE_NEWUSER;
	struct op op = op_new(b, OP_ENTER, PHASE_ROOT, NULL);

	view_namespaces(b, x);
	view_ids(b, &b->uids, userns ? &x->uid_map : &b->facts->uid_map);
	view_ids(b, &b->gids, userns ? &x->gid_map : &b->facts->gid_map);
	b->setgroups_denied = userns ? x->setgroups_denied : b->facts->setgroups_denied;
	op.enter.flags = x->differing;
	op.enter.reborn = x->differing & CLONE_NEWPID;
	if (userns)
		take_ids(b, &op.enter);
	else /* init needs what capabilities we have to get anywhere */
		b->head.raise_ambient = b->facts->euid != 0;
	op_add(b, &op);
}

/* A pty of the container's devpts; /dev/console stays that of the container's own process. */
static void add_console(struct builder *b)
{
	const struct spec_process *p = &b->spec->process;
	struct op op;

	if (!p->terminal)
		return;
	op = op_new(b, OP_CONSOLE, PHASE_FILL, "/process/terminal");
	op.console.rows = (uint16_t)p->console_size.height;
	op.console.columns = (uint16_t)p->console_size.width;
	op.console.uid = p->user.uid;
	op_add(b, &op);
}

static int add_affinity(struct builder *b)
{
	const struct spec_process *p = &b->spec->process;
	int r = affinity_add(b, PHASE_LAUNCH, p->exec_cpu_affinity.initial,
			     "/process/execCPUAffinity/initial");

	return r < 0 ? r
		     : affinity_add(b, PHASE_IDENT, p->exec_cpu_affinity.final,
				    "/process/execCPUAffinity/final");
}

/*
 * The same process as in a new container, but: its OOM score is set from outside, where init's own
 * files are within reach without making it dumpable.
 */
static void adjust(struct builder *b)
{
	for (uint32_t i = 0; i < b->head.op_count; i++) {
		struct op *op = builder_op(b, i);

		if (op->kind == OP_OOM_SCORE)
			op->phase = PHASE_GRAB;
	}
}

int plan_build_exec(const struct plan **ret, struct arena *a, const struct spec *s,
		    const struct exec_options *o, const struct exec_facts *x, const struct facts *f,
		    struct err *e)
{
	const struct plan_options options = {
		.preserve_fds = o->preserve_fds, .tell_pid = o->tell_pid, .keyring = o->keyring};
	struct builder b = {.a = a, .spec = s, .options = &options, .facts = f, .e = e};
	int r;

	builder_start(&b);
	r = plan_unsupported(&b);
	if (r < 0)
		return r;
	add_enter(&b, x);
	add_console(&b);
	r = add_affinity(&b);
	if (r == 0)
		r = plan_identity(&b);
	if (r == 0)
		r = plan_program(&b);
	if (r < 0)
		return r;
	adjust(&b);
	return builder_finish(&b, ret);
}
