/*
 * Private to the planner: the plan under construction.
 *
 * owns:     struct builder, the block that grows, the view of the ids and namespaces
 * may use:  base, oci (types), the plan's headers
 * must not: be included outside runtime/plan
 *
 * Every file of the planner adds its operations in whatever order suits it: plan_build() sorts them
 * by phase at the end, and within a phase they keep the order in which they were added.
 */
#ifndef RUNDLET_PLAN_BUILDER_H
#define RUNDLET_PLAN_BUILDER_H

#include "runtime/plan/build.h"

/* The ids that exist in the container's user namespace. */
struct id_view {
	bool known;           /* false in a user namespace that is joined by path */
	struct spec_idmap *v; /* container_id and size count; host_id only for a new namespace */
	size_t n;             /* lines */
	const char *pointer;  /* where they are said: "/linux/uidMappings"; NULL: nowhere */
};

/* One kind of namespace, as the container gets it. */
struct ns_view {
	bool created;        /* new, for this container */
	const char *path;    /* joined, NULL: not */
	const char *pointer; /* "/linux/namespaces/3", NULL: not in the config */
};

/* A path that something is mounted on, or below. */
struct target {
	uint64_t hash;
	const char *path; /* n bytes; NULL: a free row */
	size_t n;
	uint32_t at, below; /* the last operation that mounts there, or there or below, from 1; 0:
			       none */
	bool fresh;         /* at: a file system that is empty */
};

struct targets {
	struct target *v;
	size_t n, room; /* a power of two, or 0 */
};

struct builder {
	struct arena *a;
	const struct doc *doc;
	const struct spec *spec;
	const struct plan_options *options;
	const struct facts *facts;
	struct err *e;

	char *block; /* head, room for op_room operations, pool */
	size_t size, capacity;
	uint32_t op_room;
	struct plan head;

	struct ns_view ns[NS_COUNT];
	struct id_view uids, gids;
	bool setgroups_denied;     /* inside the container's user namespace */
	const char *rootfs;        /* absolute, normalised: from plan_root() on */
	uint64_t root_propagation; /* MS_* with or without MS_REC, 0: not said */
	bool dev_is_ours;          /* /dev is filled by us: it is no bind mount of a directory */
	struct targets targets;
};

/* --- build.c: operations and the pool --------------------------------------------------------- */

/* Room for the operations of b->spec; before anything else. */
void builder_start(struct builder *b);
/* Sorts by phase and seals the block. */
int builder_finish(struct builder *b, const struct plan **ret) MUST_USE;
/* An operation that the property at pointer asks for; pointer NULL: implied. */
struct op op_new(struct builder *b, enum op_kind kind, enum phase phase, const char *pointer);
/* Adds it; a copy is kept. */
void op_add(struct builder *b, const struct op *op);
/* Says that op is done otherwise than asked, and why. */
void op_adapt(struct builder *b, struct op *op, const char *fmt, ...) PRINTF(3, 4);
/* The operation that was added as the ith, to be changed; valid until the pool grows. */
struct op *builder_op(struct builder *b, uint32_t i);
/* The operations so far; valid until the pool grows. */
const struct op *builder_ops(const struct builder *b);
/* Text of the pool; valid until the pool grows. */
const char *builder_str(const struct builder *b, struct pref r);

/* A terminated copy; {0, 0} for NULL. */
struct pref pool_str(struct builder *b, const char *s);
/* n bytes, aligned to 8. */
struct pref pool_blob(struct builder *b, const void *p, size_t n);
struct plist pool_list(struct builder *b, const char *const *v, size_t n);
/*
 * The texts of s without those that a later one replaces, in the order of s; the texts themselves
 * are not copied. Two are the same when they are equal up to the first `end` ('=': variables of an
 * environment; '\0': the whole text).
 */
struct strings strings_last(struct arena *a, const struct strings *s, char end);
/* arena_printf for pointers: "/mounts/%zu". */
#define PTR(b, ...) arena_printf((b)->a, __VA_ARGS__)

/* Is name one of the spec's annotations with this value? */
bool spec_annotated(const struct spec *s, const char *name, const char *value);

/* --- the decisions, in the order in which plan_build() asks for them ---------------------------
 */

int plan_unsupported(struct builder *b) MUST_USE; /* unsupported.c */
int plan_namespaces(struct builder *b) MUST_USE;  /* namespaces.c; fills b->ns */
int plan_idmap(struct builder *b) MUST_USE;       /* idmap.c; fills uids, gids */
int plan_cgroup(struct builder *b) MUST_USE;      /* namespaces.c */
int plan_rdt(struct builder *b) MUST_USE;         /* rdt.c */
int plan_root(struct builder *b) MUST_USE;        /* mounts.c */
int plan_mounts(struct builder *b) MUST_USE;      /* mounts.c; fills dev_is_ours */
int plan_devices(struct builder *b) MUST_USE;     /* devices.c */
int plan_lock(struct builder *b) MUST_USE;        /* confine.c */
int plan_identity(struct builder *b) MUST_USE;    /* identity.c */
int plan_program(struct builder *b) MUST_USE;     /* identity.c */
int plan_hooks(struct builder *b) MUST_USE;       /* hooks.c; behind all others of FILL and READY */

int plan_enter(struct builder *b) MUST_USE; /* namespaces.c; the last of all */

/* process.c: how it is scheduled, where its memory is, what it is labelled; part of IDENT, while
 * init has its privileges. */
int plan_scheduling(struct builder *b) MUST_USE;

/* affinity.c: the numbers of a list like "0-3,7" as a bit mask in the pool; what: "CPUs".
 * ERR_CONFIG_VALUE at pointer. */
int mask_read(struct builder *b, const char *list, const char *what, const char *pointer,
	      struct pref *ret) MUST_USE;
/* affinity.c: exec only. Adds nothing for NULL. ERR_CONFIG_VALUE. */
int affinity_add(struct builder *b, enum phase phase, const char *list,
		 const char *pointer) MUST_USE;

/* --- shared questions ------------------------------------------------------------------------- */

/* Is id one of the view's, or is that unknown? */
bool id_mapped(const struct id_view *v, uint32_t id);
/* "0-999, 1000" for messages. */
const char *id_ranges_text(struct builder *b, const struct id_view *v);
/* ERR_IDMAP at pointer when id is not mapped: names the id, the map and the cure. what: "uid". */
int id_require(struct builder *b, const struct id_view *v, const char *what, uint32_t id,
	       const char *pointer) MUST_USE;
/* Are the outer ids of these mappings the caller's own user namespace's? what: "uid"; ERR_IDMAP at
 * pointer/N. */
int id_check_outer(struct builder *b, const char *what, const struct id_ranges *outer,
		   const struct spec_idmaps *maps, const char *pointer) MUST_USE;
/* Own or joined: is it another namespace than the caller's? */
bool ns_is_other(const struct builder *b, enum ns_type type);
/*
 * May the container's root mount a file system that belongs to a namespace of this kind? True
 * unless the kernel is sure to refuse: it belongs to a user namespace further out.
 */
bool ns_is_ours(const struct builder *b, enum ns_type type);
/* targets.c: the operation that is added now mounts there; fresh: a file system that is empty. */
void targets_add(struct builder *b, const char *target, bool fresh);
/* Flags for a target: OP_FRESH when its directory is a file system that the plan mounts and that
 * holds nothing of that name yet. */
uint16_t target_flags(const struct builder *b, const char *target);
/* The next free slot. */
uint32_t slot_new(struct builder *b);
/* Adds the grab of a host path and returns the slot. */
uint32_t grab_add(struct builder *b, const char *path, uint32_t flags, const char *pointer);

#endif
