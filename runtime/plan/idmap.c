/*
 * Ids: the maps of a new user namespace, who writes them, and what exists inside.
 *
 * owns:     b->uids, b->gids, the map operations
 * may use:  base, oci (types)
 * must not: read files: the ranges are in the facts
 */
#include <errno.h>
#include <linux/capability.h>
#include <string.h>

#include "runtime/plan/builder.h"

/* One of the two maps: everything that differs between uids and gids. */
struct side {
	const char *what;    /* "uid" */
	const char *file;    /* "/etc/subuid" */
	const char *helper;  /* "newuidmap" */
	const char *pointer; /* "/linux/uidMappings" */
	uint32_t own;
	const struct id_ranges *outer;
	const struct sub_ranges *sub;
	const char *helper_path;
	struct spec_idmaps maps;
};

static void sides(const struct builder *b, struct side s[2])
{
	const struct facts *f = b->facts;

	s[0] = (struct side){
		"uid",       "/etc/subuid", "newuidmap",  "/linux/uidMappings",        f->euid,
		&f->uid_map, &f->subuid,    f->newuidmap, b->spec->linux_.uid_mappings};
	s[1] = (struct side){
		"gid",       "/etc/subgid", "newgidmap",  "/linux/gidMappings",        f->egid,
		&f->gid_map, &f->subgid,    f->newgidmap, b->spec->linux_.gid_mappings};
}

static bool is_own_only(const struct side *s)
{
	return s->maps.n == 1 && s->maps.v[0].size == 1 && s->maps.v[0].host_id == s->own;
}

bool plan_needs_ranges(const struct spec *s, const struct facts *f)
{
	const struct spec_idmaps *u = &s->linux_.uid_mappings, *g = &s->linux_.gid_mappings;

	if (f->privileged)
		return false;
	if (plan_implies_userns(s, f))
		return true;
	return !(u->n == 1 && u->v[0].size == 1 && u->v[0].host_id == f->euid && g->n == 1 &&
		 g->v[0].size == 1 && g->v[0].host_id == f->egid);
}

/* --- what exists inside ----------------------------------------------------------------------- */

bool id_mapped(const struct id_view *v, uint32_t id)
{
	if (!v->known)
		return true;
	for (size_t i = 0; i < v->n; i++)
		if (id >= v->v[i].container_id && id - v->v[i].container_id < v->v[i].size)
			return true;
	return false;
}

const char *id_ranges_text(struct builder *b, const struct id_view *v)
{
	const char *text = "";

	for (size_t i = 0; i < v->n; i++) {
		const struct spec_idmap *m = &v->v[i];
		const char *comma = i ? ", " : "";

		if (m->size == 1)
			text = arena_printf(b->a, "%s%s%u", text, comma, m->container_id);
		else
			text = arena_printf(b->a, "%s%s%u-%u", text, comma, m->container_id,
					    m->container_id + (m->size - 1));
	}
	return text;
}

int id_require(struct builder *b, const struct id_view *v, const char *what, uint32_t id,
	       const char *pointer)
{
	if (id_mapped(v, id))
		return 0;
	err_set(b->e, ERR_IDMAP, "%s %u is not mapped in the user namespace (mapped: %s)", what, id,
		id_ranges_text(b, v));
	err_hint(b->e, -EINVAL, "add it to %s", v->pointer ? v->pointer : "/linux/uidMappings");
	return err_at(b->e, -EINVAL, "%s", pointer);
}

/* Without a new user namespace the container has the ids that the caller has. */
static void view_own(struct builder *b, struct id_view *v, const struct id_ranges *outer)
{
	v->known = true;
	v->v = arena_array(b->a, outer->n, sizeof(*v->v));
	v->n = outer->n;
	for (size_t i = 0; i < outer->n; i++)
		v->v[i] = (struct spec_idmap){.container_id = outer->v[i].inside,
					      .size = outer->v[i].count};
}

enum { MAP_LINES_MAX = 340 }; /* user_namespaces(7) */

static bool overlap(uint32_t a, uint32_t a_count, uint32_t b, uint32_t b_count)
{
	return a <= b ? b - a < a_count : a - b < b_count;
}

/* Mappings that nobody would write. */
static int check_joined(struct builder *b, const struct side s[2])
{
	for (int i = 0; i < 2; i++) {
		if (!s[i].maps.n)
			continue;
		err_set(b->e, ERR_IDMAP, "a user namespace that is joined has its maps");
		err_hint(b->e, -EINVAL, "leave out the mappings, or the path of the namespace");
		return err_at(b->e, -EINVAL, "%s", s[i].pointer);
	}
	return 0;
}

/* "uid 5 is" or "uids 5-9 are". */
static const char *span_text(struct builder *b, const char *what, const struct spec_idmap *m)
{
	if (m->size == 1)
		return PTR(b, "%s %u is", what, m->host_id);
	return PTR(b, "%ss %u-%u are", what, m->host_id, m->host_id + (m->size - 1));
}

/* --- who may write which line ------------------------------------------------------------------
 */

static int refuse(struct builder *b, const char *pointer, size_t line, const char *text,
		  const char *hint)
{
	err_set(b->e, ERR_IDMAP, "%s", text);
	err_hint(b->e, -EINVAL, "%s", hint);
	return err_at(b->e, -EINVAL, "%s/%zu", pointer, line);
}

int id_check_outer(struct builder *b, const char *what, const struct id_ranges *outer,
		   const struct spec_idmaps *maps, const char *pointer)
{
	for (size_t i = 0; i < maps->n; i++) {
		const struct spec_idmap *m = &maps->v[i];
		bool inside = false;

		for (size_t k = 0; k < outer->n; k++) {
			const struct id_range *o = &outer->v[k];
			uint64_t end = (uint64_t)o->inside + o->count;

			inside |= m->host_id >= o->inside && (uint64_t)m->host_id + m->size <= end;
		}
		if (!inside)
			return refuse(b, pointer, i,
				      PTR(b, "%s not in the caller's own user namespace",
					  span_text(b, what, m)),
				      PTR(b, "look at /proc/self/%s_map", what));
	}
	return 0;
}

static bool sub_holds(const struct sub_ranges *r, uint32_t first, uint32_t count)
{
	for (size_t i = 0; i < r->n; i++)
		if (first >= r->v[i].start &&
		    (uint64_t)first + count <= (uint64_t)r->v[i].start + r->v[i].count)
			return true;
	return false;
}

/* What subuid(5) calls the caller. */
static const char *user_name(const struct builder *b)
{
	return b->facts->user ? b->facts->user : PTR(b, "%u", b->facts->euid);
}

/* Nobody is told to take ids for himself that are other users': the own one alone is free. */
static const char *range_cure(struct builder *b, const struct side *s, const struct spec_idmap *m)
{
	const char *line = PTR(b, "add the line \"%s:%u:%u\" to %s", user_name(b), m->host_id,
			       m->size, s->file);

	if (!s->sub->n)
		return m->host_id == s->own ? "map the caller's own id alone: \"size\": 1" : line;
	return PTR(b, "%u ids from %u on are the caller's%s%s", s->sub->v[0].count,
		   s->sub->v[0].start, m->host_id == s->own ? ", and its own id alone" : ", or ",
		   m->host_id == s->own ? "" : line);
}

static int check_helper(struct builder *b, const struct side *s)
{
	for (size_t i = 0; i < s->maps.n; i++) {
		const struct spec_idmap *m = &s->maps.v[i];

		if (m->size == 1 && m->host_id == s->own)
			continue;
		if (!sub_holds(s->sub, m->host_id, m->size))
			return refuse(b, s->pointer, i,
				      PTR(b, "%s not the caller's to map: %s %s",
					  span_text(b, s->what, m), s->file,
					  s->sub->n ? "gives it other or fewer ids"
						    : "has no line for it"),
				      range_cure(b, s, m));
		if (!s->helper_path)
			return refuse(b, s->pointer, i, PTR(b, "%s is not installed", s->helper),
				      "install the package uidmap (shadow-utils), or map only the "
				      "caller's own id");
	}
	return 0;
}

/* newgidmap(1) denies setgroups when no line needed subgid(5). */
static bool helper_denies(const struct side *s)
{
	for (size_t i = 0; i < s->maps.n; i++)
		if (sub_holds(s->sub, s->maps.v[i].host_id, s->maps.v[i].size))
			return false;
	return true;
}

/* --- a map that the config does not give --------------------------------------------------------
 */

/* Own id to 0, then every subordinate range from 1 on. */
static struct spec_idmaps own_and_ranges(struct builder *b, const struct side *s, bool ranges)
{
	struct spec_idmaps m = {.v = arena_array(b->a, s->sub->n + 1, sizeof(*m.v)), .n = 1};
	uint64_t next = 1;

	m.v[0] = (struct spec_idmap){.container_id = 0, .host_id = s->own, .size = 1};
	for (size_t i = 0; ranges && i < s->sub->n && m.n < MAP_LINES_MAX; i++) {
		const struct sub_range *r = &s->sub->v[i];
		bool taken = next + r->count > UINT32_MAX;

		for (size_t k = 0; k < m.n; k++)
			taken |= overlap(r->start, r->count, m.v[k].host_id, m.v[k].size);
		if (taken)
			continue;
		m.v[m.n++] = (struct spec_idmap){
			.container_id = (uint32_t)next, .host_id = r->start, .size = r->count};
		next += r->count;
	}
	return m;
}

/* Why a plain user can have its own id only, or NULL. */
static const char *ranges_lack(struct builder *b, const struct side s[2])
{
	for (int i = 0; i < 2; i++) {
		if (!s[i].helper_path)
			return PTR(b, "%s is not installed", s[i].helper);
		if (!s[i].sub->n)
			return PTR(b, "%s has no line for %s", s[i].file, user_name(b));
	}
	return NULL;
}

/* Are there no mappings to go by? `crun spec --rootless` writes its user namespace like that. */
static bool is_silent(const struct builder *b)
{
	const struct spec_linux *l = &b->spec->linux_;

	return !b->facts->privileged && !l->uid_mappings.n && !l->gid_mappings.n;
}

static int config_maps(struct builder *b, struct side s[2])
{
	for (int i = 0; i < 2; i++) {
		int r;

		if (s[i].maps.n)
			continue;
		err_set(b->e, ERR_CONFIG_MISSING,
			"a new user namespace needs %sMappings: without them nobody exists in it",
			s[i].what);
		r = err_hint(b->e, -EINVAL, "add {\"containerID\": 0, \"hostID\": %u, \"size\": 1}",
			     s[i].own);
		return err_at(b->e, r, "%s",
			      b->ns[NS_USER].pointer ? b->ns[NS_USER].pointer : "/linux");
	}
	return 0;
}

static int choose_writer(struct builder *b, struct side s[2])
{
	int r;

	if (is_own_only(&s[0]) && is_own_only(&s[1]) && !b->facts->privileged) {
		b->head.map_writer = MAP_CHILD;
		b->setgroups_denied = true;
		return 0;
	}
	b->head.map_writer = b->facts->privileged ? MAP_PARENT : MAP_HELPERS;
	b->setgroups_denied = b->facts->setgroups_denied;
	for (int i = 0; i < 2; i++) {
		r = b->facts->privileged
			    ? id_check_outer(b, s[i].what, s[i].outer, &s[i].maps, s[i].pointer)
			    : check_helper(b, &s[i]);
		if (r < 0)
			return r;
	}
	if (b->head.map_writer == MAP_HELPERS)
		b->setgroups_denied |= helper_denies(&s[1]);
	return 0;
}

/* --- as whom init works --------------------------------------------------------------------------
 */

/*
 * Root if there is one, else what the child is already, else the user of the process: with an id
 * that is not mapped nothing can be made in a file system. Returns whether it has to be taken.
 */
static bool working_id(const struct id_view *v, uint32_t own, uint32_t process_id, uint32_t *ret)
{
	for (size_t i = 0; i < v->n; i++) {
		const struct spec_idmap *m = &v->v[i];

		if (own < m->host_id || own - m->host_id >= m->size)
			continue;
		own = m->container_id + (own - m->host_id);
		*ret = id_mapped(v, 0) ? 0 : own;
		return *ret != own;
	}
	*ret = id_mapped(v, 0) ? 0 : process_id;
	return true;
}

static void choose_ids(struct builder *b)
{
	const struct spec_user *u = &b->spec->process.user;
	bool uid = working_id(&b->uids, b->facts->euid, u->uid, &b->head.uid);
	bool gid = working_id(&b->gids, b->facts->egid, u->gid, &b->head.gid);

	b->head.take_ids = uid || gid;
	b->head.raise_ambient = b->head.uid != 0;
}

/*
 * Where only the caller gets to what is mounted, init stays the caller until it has it all; not of
 * the capabilities, which are those over the user namespace in either case.
 */
static void put_off_ids(struct builder *b)
{
	struct op op;

	if (!b->facts->barred || !b->head.take_ids)
		return;
	op = op_new(b, OP_BECOME, PHASE_FILL, NULL);
	op.become = (struct op_become){.uid = b->head.uid, .gid = b->head.gid};
	op.note = pool_str(b, PTR(b,
				  "not earlier: %s may be searched by the caller, but not by root "
				  "of the container",
				  b->facts->barred));
	op_add(b, &op);
	b->head.take_ids = false;
	b->head.raise_ambient = true;
}

static void add_maps(struct builder *b, const struct side *s, bool gid, const char *note)
{
	for (size_t i = 0; i < s->maps.n; i++) {
		const char *pointer =
			is_silent(b) ? b->ns[NS_USER].pointer : PTR(b, "%s/%zu", s->pointer, i);
		struct op op = op_new(b, OP_MAP, PHASE_LAUNCH, pointer);

		op.map = (struct op_map){.gid = gid,
					 .inside = s->maps.v[i].container_id,
					 .outside = s->maps.v[i].host_id,
					 .count = s->maps.v[i].size};
		if (note && !i)
			op_adapt(b, &op, "only the caller's own %s is mapped: %s", s->what, note);
		op_add(b, &op);
	}
}

static void take_view(struct builder *b, struct id_view *v, const struct side *s)
{
	v->known = true;
	v->v = s->maps.v;
	v->n = s->maps.n;
	v->pointer = is_silent(b) ? NULL : s->pointer;
}

/* The maps of a new user namespace. */
static int plan_maps(struct builder *b, struct side s[2])
{
	const char *lack = is_silent(b) ? ranges_lack(b, s) : NULL;
	int r = is_silent(b) ? 0 : config_maps(b, s);

	for (int i = 0; i < 2 && is_silent(b); i++)
		s[i].maps = own_and_ranges(b, &s[i], !lack);
	if (r == 0)
		r = choose_writer(b, s);
	if (r < 0)
		return r;
	for (int i = 0; i < 2; i++)
		add_maps(b, &s[i], i == 1, lack);
	take_view(b, &b->uids, &s[0]);
	take_view(b, &b->gids, &s[1]);
	choose_ids(b);
	if (b->head.map_writer == MAP_CHILD && !b->facts->setgroups_denied) {
		struct op op = op_new(b, OP_SETGROUPS, PHASE_LAUNCH, NULL);

		op_add(b, &op);
	}
	return 0;
}

int plan_idmap(struct builder *b)
{
	struct side s[2];

	sides(b, s);
	if (b->ns[NS_USER].created) {
		int r = plan_maps(b, s);

		put_off_ids(b);
		return r;
	}
	if (b->ns[NS_USER].path) {
		/* Its maps are known only once it is joined. Root made it for a root of its own,
		 * a plain user made it with its own id as one. */
		b->head.take_ids = b->facts->privileged;
		put_off_ids(b);
		return check_joined(b, s);
	}
	view_own(b, &b->uids, s[0].outer);
	view_own(b, &b->gids, s[1].outer);
	b->setgroups_denied = b->facts->setgroups_denied;
	return 0;
}
