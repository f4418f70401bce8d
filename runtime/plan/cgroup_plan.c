/*
 * owns:     the combination
 * may use:  base, oci (types)
 * must not: touch a cgroup
 */
#include "runtime/plan/cgroup_plan.h"

#include <errno.h>
#include <string.h>

#define RESOURCES "/linux/resources"

/* The first property that needs a cgroup, for the message that there is none. */
static const char *first_limit(struct arena *a, const struct spec_resources *r)
{
	struct limits l = {0};
	struct err ignored;

	if (!limits_wanted(r))
		return NULL;
	if (limits_build(&l, a, r, LIMITS_V2, NULL, RESOURCES, &ignored) < 0 || !l.n)
		return RESOURCES;
	return l.v[0].pointer;
}

static void note(struct cgroup_plan *p, struct arena *a, const char *text)
{
	const char **wider = arena_array(a, p->limits.notes.n + 1, sizeof(*wider));

	if (p->limits.notes.n)
		memcpy(wider, p->limits.notes.v, p->limits.notes.n * sizeof(*wider));
	wider[p->limits.notes.n++] = text;
	p->limits.notes.v = wider;
}

static int plan_devices(struct cgroup_plan *p, struct arena *a, const struct spec_resources *r,
			enum cgroup_manager manager, bool root, const char *pointer, struct err *e)
{
	if (!r->devices.n)
		return 0;
	if (root && manager == CGROUP_V1) {
		limits_add_devices_v1(&p->limits, a, r, pointer);
		return 0;
	}
	if (root && manager != CGROUP_DISABLED)
		return devfilter_build(&p->devices, a, r, pointer, e);
	note(p, a,
	     arena_printf(a,
			  root ? "%s/devices: no cgroup, so the device rules are not enforced"
			       : "%s/devices: only real root may filter devices; what holds is "
				 "that a user namespace cannot make device nodes",
			  pointer));
	return 0;
}

static int plan_resources(struct cgroup_plan *p, struct arena *a, const struct spec_resources *r,
			  enum cgroup_manager manager, bool root, const struct limits_base *base,
			  const char *pointer, struct err *e)
{
	int res = 0;

	p->check_memory = r->memory.check_before_update.set && r->memory.check_before_update.v;
	if (manager != CGROUP_DISABLED)
		res = limits_build(&p->limits, a, r, manager == CGROUP_V1 ? LIMITS_V1 : LIMITS_V2,
				   base, pointer, e);
	if (res == 0)
		res = plan_devices(p, a, r, manager, root, pointer, e);
	if (res == 0 && manager == CGROUP_SYSTEMD)
		res = unit_from_limits(&p->properties, a, &p->limits, e);
	return res;
}

/* Is there a mount of cgroup2 that the container may write to, in a cgroup namespace of its own? */
static bool manages_itself(const struct spec *s)
{
	bool own = false;
	size_t i, k;

	for (i = 0; i < s->linux_.namespaces.n; i++)
		own |= s->linux_.namespaces.v[i].type == NS_CGROUP &&
		       !s->linux_.namespaces.v[i].path;
	for (i = 0; own && i < s->mounts.n; i++) {
		const struct spec_mount *m = &s->mounts.v[i];
		bool ro = false;

		if (!m->type || (strcmp(m->type, "cgroup") && strcmp(m->type, "cgroup2")))
			continue;
		for (k = 0; k < m->options.n; k++)
			ro |= !strcmp(m->options.v[k], "ro");
		if (!ro)
			return true;
	}
	return false;
}

/* The host's id of the container's user: the one whom the spec has own the cgroup. */
static struct opt_u32 owner_of(const struct spec *s)
{
	const struct spec_idmaps *maps = &s->linux_.uid_mappings;
	uint32_t uid = s->process.user.uid;
	size_t i;

	if (!maps->n)
		return (struct opt_u32){.set = uid != 0, .v = uid};
	for (i = 0; i < maps->n; i++)
		if (uid >= maps->v[i].container_id &&
		    uid - maps->v[i].container_id < maps->v[i].size)
			return (struct opt_u32){
				.set = true,
				.v = maps->v[i].host_id + (uid - maps->v[i].container_id),
			};
	return (struct opt_u32){0};
}

static void add_flag(struct cgroup_plan *p, struct arena *a, const char *name, bool v)
{
	unit_add(&p->properties, a, name, UNIT_BOOL)->number = v;
}

static void add_text(struct cgroup_plan *p, struct arena *a, const char *name, const char *v)
{
	unit_add(&p->properties, a, name, UNIT_STRING)->text = v;
}

/* What every scope has. The caller's annotations come later and so may say otherwise. */
static void scope_properties(struct cgroup_plan *p, struct arena *a, const char *id)
{
	static const char *const on[] = {"Delegate", "CPUAccounting", "MemoryAccounting",
					 "IOAccounting", "TasksAccounting"};
	size_t i;

	add_text(p, a, "Description", arena_printf(a, "container %s", id));
	add_text(p, a, "Slice", p->choice.slice);
	/* A failed scope must not stay and hold its name. */
	add_text(p, a, "CollectMode", "inactive-or-failed");
	add_flag(p, a, "DefaultDependencies", false);
	for (i = 0; i < ARRAY_LEN(on); i++)
		add_flag(p, a, on[i], true);
}

/* On hybrid hosts a controller may be on either side; this one moves first, as systemd does not
 * know it. Where it is on neither, setting the limit says so. */
static bool hugetlb_is_on_v2(const struct cgroup_facts *f)
{
	size_t i;

	for (i = 0; i < f->v1.n; i++)
		if (!strcmp(f->v1.v[i].controllers, "hugetlb"))
			return false;
	return f->mount != NULL;
}

int cgroup_plan(struct cgroup_plan *ret, struct arena *a, const struct spec *s, const char *id,
		enum cgroup_manager asked, const struct cgroup_facts *f, struct err *e)
{
	const struct spec_resources *r = &s->linux_.resources;
	const struct limits_base base = {.hugetlb_v2 = hugetlb_is_on_v2(f)};
	struct cgroup_plan p = {0};
	const struct cgroup_ask ask = {
		.manager = asked,
		.path = s->linux_.cgroups_path,
		.id = id,
		.limits = first_limit(a, r),
		.annotations = &s->annotations,
	};
	int res = cgroup_choose(&p.choice, a, &ask, f, e);

	if (res < 0)
		return res;
	if (p.choice.manager == CGROUP_SYSTEMD)
		scope_properties(&p, a, id);
	res = plan_resources(&p, a, r, p.choice.manager, f->root, &base, RESOURCES, e);
	if (res == 0 && p.choice.manager == CGROUP_SYSTEMD)
		res = unit_from_annotations(&p.properties, a, &s->annotations, e);
	if (res < 0)
		return res;
	if (p.choice.delegate || manages_itself(s))
		p.owner = owner_of(s);
	*ret = p;
	return 0;
}

int cgroup_plan_update(struct cgroup_plan *ret, struct arena *a, const struct spec_resources *r,
		       enum cgroup_manager manager, bool root, const struct limits_base *base,
		       struct err *e)
{
	struct cgroup_plan p = {.choice = {.manager = manager}};
	int res;

	if (manager == CGROUP_DISABLED)
		return err_hint(
			e, err_set(e, ERR_CGROUP, "the container has no cgroup to set limits on"),
			"create it where a cgroup can be had, e.g. with --systemd-cgroup");
	res = plan_resources(&p, a, r, manager, root, base, "", e);
	if (res < 0)
		return res;
	*ret = p;
	return 0;
}
