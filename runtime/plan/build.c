/*
 * The block that a plan is, while it grows; and plan_build().
 *
 * owns:     the order of the decisions, the layout of the block
 * may use:  base, oci (types), the planner's other files
 * must not: decide anything itself
 */
#include <errno.h>
#include <string.h>

#include "runtime/base/fmt.h"
#include "runtime/base/path.h"
#include "runtime/plan/builder.h"

enum { POOL_ALIGN = 8 };

/* --- the block -------------------------------------------------------------------------------- */

static void block_reserve(struct builder *b, size_t size)
{
	size_t capacity = b->capacity ? b->capacity : 4096;
	char *bigger;

	if (size <= b->capacity)
		return;
	while (capacity < size)
		capacity *= 2;
	bigger = arena_alloc(b->a, capacity);
	if (b->capacity)
		memcpy(bigger, b->block, b->capacity);
	b->block = bigger;
	b->capacity = capacity;
}

/* An upper bound for the operations, so that offsets into the pool are final from the start. */
static uint32_t op_bound(const struct builder *b)
{
	const struct spec *s = b->spec;
	size_t n = 96;

	n += s->linux_.uid_mappings.n + s->linux_.gid_mappings.n + s->linux_.namespaces.n;
	n += b->facts->subuid.n + b->facts->subgid.n;
	n += 2 * s->mounts.n + 2 * s->linux_.devices.n;
	n += s->linux_.masked_paths.n + s->linux_.readonly_paths.n + s->linux_.sysctl.n;
	n += s->linux_.time_offsets.n + s->linux_.net_devices.n;
	n += s->process.rlimits.n + s->linux_.intel_rdt.schemata.n;
	n += s->hooks[HOOK_CREATE_CONTAINER].n + s->hooks[HOOK_START_CONTAINER].n;
	if (b->options->cgroup)
		n += b->options->cgroup->limits.n;
	if (b->options->cgroup_facts)
		n += 2 + 8 * b->options->cgroup_facts->v1.n; /* their mounts */
	return (uint32_t)n;
}

static struct op *block_ops(const struct builder *b)
{
	return (struct op *)(void *)(b->block + sizeof(struct plan));
}

void builder_start(struct builder *b)
{
	b->op_room = op_bound(b);
	b->size = sizeof(struct plan) + b->op_room * sizeof(struct op);
	block_reserve(b, b->size + 4096);
}

const struct op *builder_ops(const struct builder *b)
{
	return block_ops(b);
}

struct op *builder_op(struct builder *b, uint32_t i)
{
	return &block_ops(b)[i];
}

const char *builder_str(const struct builder *b, struct pref r)
{
	return r.off ? b->block + r.off : "";
}

struct pref pool_blob(struct builder *b, const void *p, size_t n)
{
	struct pref r = {0};

	b->size = (b->size + POOL_ALIGN - 1) & ~(size_t)(POOL_ALIGN - 1);
	block_reserve(b, b->size + n + 1);
	r.off = (uint32_t)b->size;
	r.n = (uint32_t)n;
	if (n)
		memcpy(b->block + b->size, p, n);
	b->size += n;
	return r;
}

struct pref pool_str(struct builder *b, const char *s)
{
	struct pref r = {0};
	size_t n;

	if (!s)
		return r;
	n = strlen(s);
	block_reserve(b, b->size + n + 1);
	r.off = (uint32_t)b->size;
	r.n = (uint32_t)n;
	memcpy(b->block + b->size, s, n + 1);
	b->size += n + 1;
	return r;
}

struct plist pool_list(struct builder *b, const char *const *v, size_t n)
{
	struct pref *refs = arena_array(b->a, n, sizeof(*refs));
	struct plist l = {.n = (uint32_t)n};

	for (size_t i = 0; i < n; i++)
		refs[i] = pool_str(b, v[i]);
	if (n)
		l.off = pool_blob(b, refs, n * sizeof(*refs)).off;
	return l;
}

/* --- operations ------------------------------------------------------------------------------- */

struct op op_new(struct builder *b, enum op_kind kind, enum phase phase, const char *pointer)
{
	struct op op;

	/* padding too: the block is compared and written as bytes */
	memset(&op, 0, sizeof(op));
	op.kind = (uint8_t)kind;
	op.phase = (uint8_t)phase;
	if (!pointer) {
		op.flags = OP_IMPLIED;
		return op;
	}
	op.pointer = pool_str(b, pointer);
	op.line = b->doc ? doc_line(b->doc, pointer) : 0;
	return op;
}

static bool is_fresh_type(const char *type)
{
	return !strcmp(type, "tmpfs") || !strcmp(type, "ramfs");
}

void op_add(struct builder *b, const struct op *op)
{
	if (op->kind == OP_MOUNT)
		targets_add(b, builder_str(b, op->mount.target),
			    is_fresh_type(builder_str(b, op->mount.type)));
	if (op->kind == OP_ATTACH)
		targets_add(b, builder_str(b, op->attach.target), false);
	/* counted also beyond the room, which builder_finish() reports */
	if (b->head.op_count < b->op_room)
		block_ops(b)[b->head.op_count] = *op;
	b->head.op_count++;
}

void op_adapt(struct builder *b, struct op *op, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	fmt_vbuf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (op->note.off)
		op->note =
			pool_str(b, arena_printf(b->a, "%s; %s", builder_str(b, op->note), text));
	else
		op->note = pool_str(b, text);
	op->flags |= OP_ADAPTED;
}

uint32_t slot_new(struct builder *b)
{
	return b->head.slots++;
}

/*
 * How much of a source names the rootfs, when the rest of it is the image's: a link there must lead
 * no further than it would inside (CVE-2024-1753). 0: it is the host's, or goes up right away.
 */
static size_t source_root_len(struct builder *b, const char *source)
{
	const char *root = b->rootfs;

	for (const char *p = source; (p = strchr(p, '/')); p += strspn(p, "/")) {
		const char *rest = p + strspn(p, "/");
		const char *head = arena_strndup(b->a, source, (size_t)(p - source));

		if (*rest && !(rest[0] == '.' && rest[1] == '.' && (!rest[2] || rest[2] == '/')) &&
		    root[1] && !strcmp(path_normalize(b->a, head), root))
			return (size_t)(p - source);
	}
	return 0;
}

uint32_t grab_add(struct builder *b, const char *path, uint32_t flags, const char *pointer)
{
	const size_t root = source_root_len(b, path);
	/* what is the image's is looked up when the mounts before it are there */
	const enum phase phase = flags & GRAB_SHARED                 ? PHASE_SHARE
				 : root && !(flags & GRAB_COPY_LINK) ? PHASE_FILL
								     : PHASE_GRAB;
	struct op op = op_new(b, OP_GRAB, phase, pointer);

	op.grab.path = pool_str(b, path);
	if (root)
		op.grab.root = pool_str(b, arena_strndup(b->a, path, root));
	op.grab.slot = slot_new(b);
	op.grab.flags = flags;
	op_add(b, &op);
	return op.grab.slot;
}

bool spec_annotated(const struct spec *s, const char *name, const char *value)
{
	const char *given = spec_annotation(s, name);

	return given && !strcmp(given, value);
}

/* --- plan_build ------------------------------------------------------------------------------- */

/* Stable: within a phase the order in which they were added stays. */
static void sort_by_phase(struct builder *b)
{
	const uint32_t n = b->head.op_count;
	struct op *sorted = arena_array(b->a, n, sizeof(*sorted));
	uint32_t k = 0;

	for (int phase = 0; phase < PHASE_COUNT; phase++)
		for (uint32_t i = 0; i < n; i++)
			if (block_ops(b)[i].phase == phase)
				sorted[k++] = block_ops(b)[i];
	memcpy(block_ops(b), sorted, n * sizeof(*sorted));
}

static int refuse_adaptations(struct builder *b)
{
	for (uint32_t i = 0; i < b->head.op_count; i++) {
		const struct op *op = &block_ops(b)[i];

		if (!(op->flags & OP_ADAPTED))
			continue;
		err_set(b->e, ERR_UNSUPPORTED, "%s", builder_str(b, op->note));
		err_at(b->e, -EINVAL, "%s", builder_str(b, op->pointer));
		return err_hint(b->e, -EINVAL, "without --strict this is only noted");
	}
	return 0;
}

int builder_finish(struct builder *b, const struct plan **ret)
{
	struct plan *p = (struct plan *)(void *)b->block;

	if (b->head.op_count > b->op_room)
		return err_set(b->e, ERR_INTERNAL, "the plan has %u operations, room was for %u",
			       b->head.op_count, b->op_room);
	if (b->size > UINT32_MAX)
		return err_set(b->e, ERR_UNSUPPORTED, "the plan exceeds 4 GiB");
	sort_by_phase(b);
	if (b->options->strict || spec_annotated(b->spec, "io.github.rundlet.strict", "true")) {
		int r = refuse_adaptations(b);

		if (r < 0)
			return r;
	}
	b->head.magic = PLAN_MAGIC;
	b->head.version = PLAN_VERSION;
	b->head.size = (uint32_t)b->size;
	b->head.wait_start = b->options->wait_start;
	b->head.umask = b->facts->umask;
	b->head.signals_ignored = b->facts->signals_ignored;
	*p = b->head;
	*ret = p;
	return 0;
}

int plan_build(const struct plan **ret, struct arena *a, const struct doc *d, const struct spec *s,
	       const struct plan_options *o, const struct facts *f, struct err *e)
{
	static int (*const steps[])(struct builder *) = {
		plan_unsupported, plan_namespaces, plan_idmap,   plan_cgroup, plan_rdt,
		plan_root,        plan_mounts,     plan_devices, plan_lock,   plan_identity,
		plan_program,     plan_hooks,      plan_enter,
	};
	struct builder b = {.a = a, .doc = d, .spec = s, .options = o, .facts = f, .e = e};
	int r = 0;

	builder_start(&b);
	for (size_t i = 0; i < ARRAY_LEN(steps) && r >= 0; i++)
		r = steps[i](&b);
	if (r >= 0)
		r = builder_finish(&b, ret);
	if (r < 0 && d)
		return doc_locate(d, e, r);
	return r;
}

struct strings plan_adaptations(struct arena *a, const struct plan *p)
{
	struct strings s = {.v = arena_array(a, p->op_count, sizeof(*s.v))};

	for (uint32_t i = 0; i < p->op_count; i++) {
		const struct op *op = &plan_ops(p)[i];

		if (!(op->flags & OP_ADAPTED))
			continue;
		if (op->pointer.off)
			s.v[s.n++] = arena_printf(a, "%s: %s", plan_str(p, op->pointer),
						  plan_str(p, op->note));
		else
			s.v[s.n++] = arena_strdup(a, plan_str(p, op->note));
	}
	return s;
}
