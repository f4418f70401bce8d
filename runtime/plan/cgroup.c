/*
 * owns:     the choice of the manager, the meaning of cgroupsPath
 * may use:  base, oci (types)
 * must not: look at the host: all that it needs to know is in struct cgroup_facts
 */
#include "runtime/plan/cgroup.h"

#include <errno.h>
#include <string.h>

#include "runtime/base/path.h"

#define POINTER "/linux/cgroupsPath"

const char *const cgroup_manager_names[CGROUP_MANAGER_COUNT] = {
	[CGROUP_AUTO] = "auto",
	[CGROUP_DISABLED] = "disabled",
	[CGROUP_CGROUPFS] = "cgroupfs",
	[CGROUP_SYSTEMD] = "systemd",
	[CGROUP_V1] = "v1",
};

bool cgroup_manager_parse(const char *name, enum cgroup_manager *ret)
{
	static const enum cgroup_manager asked[] = {CGROUP_DISABLED, CGROUP_CGROUPFS,
						    CGROUP_SYSTEMD};
	size_t i;

	for (i = 0; i < ARRAY_LEN(asked); i++)
		if (!strcmp(name, cgroup_manager_names[asked[i]])) {
			*ret = asked[i];
			return true;
		}
	return false;
}

static const char *annotation(const struct cgroup_ask *ask, const char *key)
{
	size_t i;

	for (i = 0; ask->annotations && i < ask->annotations->n; i++)
		if (!strcmp(ask->annotations->v[i].key, key))
			return ask->annotations->v[i].value;
	return NULL;
}

static bool is_unit_path(const char *path)
{
	const char *colon = path ? strchr(path, ':') : NULL;

	return colon && *path != '/' && strchr(colon + 1, ':');
}

/* slice:prefix:name; each may be empty. A name that ends in ".slice" is not a scope. */
static int choose_scope(struct cgroup_choice *c, struct arena *a, const struct cgroup_ask *ask,
			const struct cgroup_facts *f, struct err *e)
{
	const char *prefix, *name, *subgroup = annotation(ask, "run.oci.systemd.subgroup");

	c->subgroup = subgroup ? subgroup : "container";
	c->slice = f->root ? "system.slice" : "user.slice";
	if (path_climbs(c->subgroup) || *c->subgroup == '/')
		return err_at(e,
			      err_set(e, ERR_CONFIG_VALUE, "subgroup '%s' is not a relative path",
				      c->subgroup),
			      "/annotations/run.oci.systemd.subgroup");
	if (!ask->path || !*ask->path) {
		c->scope = arena_printf(a, "rundlet-%s.scope", ask->id);
		return 0;
	}
	if (!is_unit_path(ask->path))
		return err_hint(
			e,
			err_at(e,
			       err_set(e, ERR_CGROUP,
				       "'%s' is not of the form slice:prefix:name, as the systemd "
				       "manager needs it",
				       ask->path),
			       POINTER),
			"use --cgroup-manager cgroupfs for paths");
	prefix = strchr(ask->path, ':') + 1;
	name = strchr(prefix, ':') + 1;
	if (prefix - 1 > ask->path)
		c->slice = arena_strndup(a, ask->path, (size_t)(prefix - 1 - ask->path));
	if (strchr(prefix, '/') || !*name || strchr(c->slice, '/'))
		return err_at(
			e, err_set(e, ERR_CGROUP, "'%s' does not name a systemd scope", ask->path),
			POINTER);
	c->scope = name - 1 == prefix ? arena_printf(a, "%s.scope", name)
				      : arena_printf(a, "%.*s-%s.scope", (int)(name - 1 - prefix),
						     prefix, name);
	return 0;
}

/*
 * Absolute: from the mount. Relative or none: beside our own cgroup, below its parent, because our
 * own holds processes (us) and so can hand no controllers down; where the parent is not ours, below
 * our own.
 */
static void choose_path(struct cgroup_choice *c, struct arena *a, const struct cgroup_ask *ask,
			const struct cgroup_facts *f)
{
	const char *path = ask->path && *ask->path ? ask->path : NULL, *slash;
	const char *base = f->own ? f->own : "/";

	if (path && *path == '/') {
		c->path = path_normalize(a, path);
		return;
	}
	c->own_name = !path;
	if (!path)
		path = ask->id;
	slash = strrchr(base, '/');
	if (f->parent_writable && slash)
		base = arena_strndup(a, base, (size_t)(slash - base));
	c->path = path_normalize(a, arena_printf(a, "%s/%s", base, path));
}

static int no_cgroup(struct cgroup_choice *c, const struct cgroup_ask *ask, struct err *e,
		     const char *why, const char *cure)
{
	if (!ask->limits) {
		c->manager = CGROUP_DISABLED;
		c->note = why;
		return 0;
	}
	return err_hint(
		e,
		err_at(e, err_set(e, ERR_CGROUP, "cannot be honoured: %s", why), "%s", ask->limits),
		"%s", cure);
}

#define DELEGATED                                                                                  \
	"run it in a delegated unit (systemd-run --user --scope -p Delegate=yes …) or through "  \
	"the "                                                                                     \
	"user manager (--systemd-cgroup)"

/* What to do when nobody said: the cheapest manager that can do what is asked. */
static int choose_auto(struct cgroup_choice *c, const struct cgroup_ask *ask,
		       const struct cgroup_facts *f, struct err *e)
{
	bool absolute = ask->path && *ask->path == '/';

	if (is_unit_path(ask->path) && (f->root ? f->systemd : f->user_bus)) {
		c->manager = CGROUP_SYSTEMD;
		return 0;
	}
	if (!f->unified && f->v1.n) {
		c->manager = CGROUP_V1;
		return 0;
	}
	if (f->mount && (absolute ? f->root_writable || f->own_writable || f->parent_writable
				  : f->parent_writable || f->own_writable)) {
		c->manager = CGROUP_CGROUPFS;
		return 0;
	}
	if (ask->limits && f->unified && f->user_bus) {
		c->manager = CGROUP_SYSTEMD;
		return 0;
	}
	if (!f->mount || !f->unified)
		return no_cgroup(
			c, ask, e,
			"this host has no cgroup v2 with controllers, and the caller may write no "
			"cgroup of v1",
			"boot with systemd.unified_cgroup_hierarchy=1, or remove the limits");
	return no_cgroup(
		c, ask, e,
		f->user_bus ? "no cgroup is delegated to the caller, and no limit needs one from "
			      "systemd"
			    : "no cgroup is delegated to the caller and no user manager is there",
		"log in through logind (loginctl enable-linger keeps the user manager), or "
		"run it in a delegated unit");
}

static int check_asked(const struct cgroup_choice *c, const struct cgroup_facts *f, struct err *e)
{
	if (c->manager == CGROUP_SYSTEMD && !(f->root ? f->systemd : f->systemd || f->user_bus))
		return err_hint(e,
				err_set(e, ERR_CGROUP,
					"--systemd-cgroup: systemd does not run this system"),
				"use --cgroup-manager cgroupfs");
	if (c->manager == CGROUP_CGROUPFS && !f->mount)
		return err_hint(
			e, err_set(e, ERR_CGROUP, "no cgroup file system is mounted"),
			"mount cgroup2 on /sys/fs/cgroup, or use --cgroup-manager disabled");
	return 0;
}

int cgroup_choose(struct cgroup_choice *ret, struct arena *a, const struct cgroup_ask *ask,
		  const struct cgroup_facts *f, struct err *e)
{
	struct cgroup_choice c = {.manager = ask->manager, .subgroup = ""};
	const char *delegate = annotation(ask, "run.oci.delegate-cgroup");
	int r = 0;

	if (ask->path && path_climbs(ask->path))
		return err_at(e,
			      err_set(e, ERR_CONFIG_VALUE, "'%s' must not contain '..'", ask->path),
			      POINTER);
	c.everywhere = (ask->path && *ask->path) || ask->limits;
	c.delegate = delegate && strcmp(delegate, "0") && strcmp(delegate, "false");
	if (c.manager == CGROUP_AUTO)
		r = choose_auto(&c, ask, f, e);
	else if (c.manager == CGROUP_DISABLED)
		r = no_cgroup(&c, ask, e, "cgroups are disabled (--cgroup-manager disabled)",
			      "remove the limit or the option");
	else if (c.manager == CGROUP_CGROUPFS && !f->unified && f->v1.n)
		c.manager = CGROUP_V1;
	else if (c.manager == CGROUP_CGROUPFS && (f->mount || !f->root) && !f->root_writable &&
		 !f->own_writable && !f->parent_writable)
		r = no_cgroup(&c, ask, e, "no cgroup is delegated to the caller", DELEGATED);
	if (r < 0)
		return r;
	r = check_asked(&c, f, e);
	if (r < 0)
		return r;
	if (c.manager == CGROUP_SYSTEMD)
		r = choose_scope(&c, a, ask, f, e);
	else if (c.manager != CGROUP_DISABLED)
		choose_path(&c, a, ask, f);
	if (r < 0)
		return r;
	*ret = c;
	return 0;
}
