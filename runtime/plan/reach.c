/*
 * The directories above what is mounted, and who may search them.
 *
 * owns:     reach_probe()
 * may use:  base, oci (types), facts, stat(2)
 * must not: decide anything, change anything
 *
 * Capabilities over a user namespace are good for files whose owner and group are both mapped in
 * it, and for no others (capabilities(7)): the rest is up to the mode.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "runtime/base/path.h"
#include "runtime/plan/reach.h"

enum { OVERFLOW_ID = 65534 }; /* that of a file whose id our own user namespace does not know */

/* Who walks, as the caller sees it; UINT32_MAX: somebody of whom nothing is known. */
struct walker {
	uint32_t uid, gid;
	const struct spec_idmaps *uids, *gids; /* over which it has capabilities */
	bool nested;                           /* the caller is in a user namespace */
};

static bool is_mapped(const struct walker *w, const struct spec_idmaps *maps, uint32_t outside)
{
	if (w->nested && outside == OVERFLOW_ID)
		return false;
	for (size_t i = 0; i < maps->n; i++)
		if (outside >= maps->v[i].host_id && outside - maps->v[i].host_id < maps->v[i].size)
			return true;
	return false;
}

/* Who is root inside. */
static uint32_t outside_root(const struct spec_idmaps *maps)
{
	for (size_t i = 0; i < maps->n; i++)
		if (!maps->v[i].container_id && maps->v[i].size)
			return maps->v[i].host_id;
	return UINT32_MAX;
}

static bool may_search(const struct walker *w, const struct stat *st)
{
	const mode_t bit = st->st_uid == w->uid   ? S_IXUSR
			   : st->st_gid == w->gid ? S_IXGRP
						  : S_IXOTH;

	return st->st_mode & bit ||
	       (is_mapped(w, w->uids, st->st_uid) && is_mapped(w, w->gids, st->st_gid));
}

/* Both on the way to path, which is real: false when the caller does not get there. Fills *barred
 * when it is root who does not. */
static bool walk(char *path, const struct walker *caller, const struct walker *root,
		 struct arena *a, const char **barred)
{
	for (char *slash = path; slash; slash = strchr(slash + 1, '/')) {
		const char kept = slash[1];
		struct stat st;
		int r;

		/* "/" itself, then all but the last */
		if (slash != path)
			*slash = '\0';
		else
			slash[1] = '\0';
		r = stat(path, &st);
		if (r == 0 && !*barred && !may_search(root, &st))
			*barred = arena_strdup(a, path);
		*slash = '/';
		slash[1] = kept;
		if (r < 0 || !may_search(caller, &st))
			return false;
	}
	return true;
}

static bool is_bind(const struct spec_mount *m)
{
	bool bind = m->type && !strcmp(m->type, "bind");

	for (size_t i = 0; i < m->options.n; i++)
		bind |= !strcmp(m->options.v[i], "bind") || !strcmp(m->options.v[i], "rbind");
	return bind && m->source;
}

static bool has_userns(const struct spec *s)
{
	for (size_t i = 0; i < s->linux_.namespaces.n; i++)
		if (s->linux_.namespaces.v[i].type == NS_USER)
			return true;
	return false;
}

void reach_probe(struct facts *f, struct arena *a, const struct spec *s, const char *bundle)
{
	const struct spec_idmaps *uids = &s->linux_.uid_mappings, *gids = &s->linux_.gid_mappings;
	const bool nested = !f->initial_userns;
	const struct walker caller = {f->euid, f->egid, uids, gids, nested};
	const struct walker root = {outside_root(uids), outside_root(gids), uids, gids, nested};
	const char *barred = NULL;

	if (!f->privileged || !has_userns(s))
		return;
	for (size_t i = 0; i <= s->mounts.n; i++) {
		const char *path = i < s->mounts.n ? s->mounts.v[i].source : s->root.path;
		char real[PATH_MAX];

		if (i < s->mounts.n && !is_bind(&s->mounts.v[i]))
			continue;
		if (path[0] != '/')
			path = path_join(a, bundle, path);
		/* one that an earlier mount will bring is below the root */
		if (!realpath(path, real)) {
			if (errno == ENOENT)
				continue;
			return;
		}
		if (!walk(real, &caller, &root, a, &barred))
			return;
	}
	f->barred = barred;
}
