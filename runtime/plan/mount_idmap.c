/*
 * Bind mounts whose ids are mapped: idmap and ridmap.
 *
 * owns:     which maps a mount gets, and who may have any
 * may use:  base, oci (types)
 * must not: look at the source: whether its file system can map ids, the kernel says
 *
 * The kernel wants CAP_SYS_ADMIN over the file system and not just over the mount, so that it is
 * the host who maps, and hands the tree to init (mount_setattr(2)).
 */
#include <errno.h>
#include <string.h>

#include "runtime/plan/mounts.h"

static const uint32_t words = MOUNT_IDMAP | MOUNT_IDMAP_ALL;

/* Where the mapping of m is asked for. */
static const char *place(struct builder *b, const struct mount *m)
{
	size_t at = mount_options_find(&m->spec->options, words);

	return at < m->spec->options.n ? PTR(b, "%s/options/%zu", m->pointer, at)
				       : PTR(b, "%s/uidMappings", m->pointer);
}

static int refuse(struct builder *b, const struct mount *m, const char *text, const char *hint)
{
	int r = err_set(b->e, ERR_IDMAP, "%s", text);

	if (hint)
		r = err_hint(b->e, r, "%s", hint);
	return err_at(b->e, r, "%s", place(b, m));
}

bool mount_maps_ids(const struct mount *m)
{
	return m->o.extras & words || m->spec->uid_mappings.n;
}

int mount_check_idmap(struct builder *b, const struct mount *m)
{
	if (!mount_maps_ids(m))
		return 0;
	if (!m->o.bind || m->o.extras & MOUNT_REMOUNT)
		return refuse(b, m, "ids are mapped on new bind mounts only", NULL);
	if (!b->facts->privileged)
		return refuse(b, m,
			      "the ids of a mount can be mapped by the root of the user namespace "
			      "that its file system was mounted in, and nobody else",
			      "start rundlet as that root");
	if (m->spec->uid_mappings.n || ns_is_other(b, NS_USER))
		return 0;
	return refuse(b, m, "there are no mappings: the container has no user namespace",
		      "give the mount uidMappings and gidMappings");
}

/* "0 100000 65536\n" a line. */
static struct pref map_text(struct builder *b, const struct spec_idmap *v, size_t n)
{
	const char *text = "";

	for (size_t i = 0; i < n; i++)
		text = arena_printf(b->a, "%s%u %u %u\n", text, v[i].container_id, v[i].host_id,
				    v[i].size);
	return pool_str(b, text);
}

static int own_maps(struct builder *b, const struct mount *m, struct op *grab)
{
	const struct spec_idmaps *u = &m->spec->uid_mappings, *g = &m->spec->gid_mappings;
	int r = id_check_outer(b, "uid", &b->facts->uid_map, u,
			       PTR(b, "%s/uidMappings", m->pointer));

	if (r == 0)
		r = id_check_outer(b, "gid", &b->facts->gid_map, g,
				   PTR(b, "%s/gidMappings", m->pointer));
	grab->grab.uid_map = map_text(b, u->v, u->n);
	grab->grab.gid_map = map_text(b, g->v, g->n);
	return r;
}

int mount_idmap(struct builder *b, const struct mount *m, struct op *grab)
{
	if (!mount_maps_ids(m))
		return 0;
	grab->grab.flags |= GRAB_HOST | GRAB_IDMAP;
	if (m->o.extras & MOUNT_IDMAP_ALL)
		grab->grab.flags |= GRAB_IDMAP_ALL;
	if (m->spec->uid_mappings.n)
		return own_maps(b, m, grab);
	if (b->ns[NS_USER].path) {
		grab->grab.userns = pool_str(b, b->ns[NS_USER].path);
		return 0;
	}
	grab->grab.uid_map = map_text(b, b->uids.v, b->uids.n);
	grab->grab.gid_map = map_text(b, b->gids.v, b->gids.n);
	return 0;
}
