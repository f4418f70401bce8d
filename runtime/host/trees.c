/*
 * Trees that the host grabs for init.
 *
 * owns:     their descriptors on the way to init
 * may use:  base, sys, host/maps, the plan
 * must not: grab what init can
 */
#include <errno.h>
#include <string.h>

#include "runtime/host/maps.h"
#include "runtime/host/trees.h"
#include "runtime/sys/kernel.h"
#include "runtime/sys/mnt.h"
#include "runtime/sys/ns.h"

/* The user namespace of the mapping that was made last: many mounts have the same. */
struct mapping {
	const char *text[MAP_KIND_COUNT];
	const char *path;
	int fd; /* -1: none */
};

static void mapping_cleanup(struct mapping *m)
{
	close_fd_cleanup(&m->fd);
}

static int open_userns(struct mapping *m, struct err *e)
{
	enum ns_type found;

	if (!*m->path)
		return maps_user_namespace(m->text, e);
	m->fd = ns_open(m->path, NS_USER, &found);
	return m->fd < 0 ? err_sys(e, ERR_NAMESPACE, m->fd, "open user namespace '%s'", m->path)
			 : m->fd;
}

static int userns_of(struct mapping *m, const struct plan *p, const struct op_grab *g,
		     struct err *e)
{
	const char *path = plan_str(p, g->userns);
	const char *text[] = {plan_str(p, g->uid_map), plan_str(p, g->gid_map)};

	if (m->fd >= 0 && !strcmp(path, m->path) && !strcmp(text[MAP_UID], m->text[MAP_UID]) &&
	    !strcmp(text[MAP_GID], m->text[MAP_GID]))
		return m->fd;
	close_fd_cleanup(&m->fd);
	*m = (struct mapping){.text = {text[MAP_UID], text[MAP_GID]}, .path = path, .fd = -1};
	m->fd = open_userns(m, e);
	return m->fd;
}

static int map_ids(int tree, const char *path, const struct op_grab *g, int userns, struct err *e)
{
	int r = mnt_idmap(tree, userns, g->flags & GRAB_IDMAP_ALL);

	if (r >= 0)
		return 0;
	err_sys(e, ERR_IDMAP, r, "map the ids of %s", path);
	if (r == -EINVAL)
		return err_hint(e, r, "%s file system cannot map ids",
				g->flags & GRAB_IDMAP_ALL ? "its file system or one below, or that"
							  : "its");
	if (r == -EPERM)
		return err_hint(e, r,
				"its file system belongs to an outer user namespace, or its ids "
				"are mapped already");
	return r;
}

/* The propagation that every mount gets, which init gives to those it sees. */
static uint64_t propagation(const struct plan *p)
{
	for (uint32_t i = 0; i < p->op_count; i++)
		if (plan_ops(p)[i].kind == OP_PROPAGATION)
			return plan_ops(p)[i].propagation.flags;
	return MS_REC | MS_SLAVE;
}

static int grab(const struct plan *p, const struct op *op, struct mapping *m, int *ret,
		struct err *e)
{
	const uint64_t how = propagation(p);
	const char *path = plan_str(p, op->grab.path);
	const uint32_t flags = op->grab.flags;
	int userns, r;

	*ret = mnt_clone_within(plan_str(p, op->grab.root), path, flags & GRAB_RECURSIVE,
				flags & GRAB_NOFOLLOW);
	r = *ret;
	if (r >= 0 && !(flags & GRAB_SHARED))
		r = mnt_change(*ret, 0, 0, how & ~(uint64_t)MS_REC, how & MS_REC);
	if (r < 0)
		return err_sys(e, ERR_MOUNT, r, "bind %s", path);
	if (!(flags & GRAB_IDMAP))
		return 0;
	userns = userns_of(m, p, &op->grab, e);
	return userns < 0 ? userns : map_ids(*ret, path, &op->grab, userns, e);
}

int trees_grab(struct trees *ret, struct arena *a, const struct plan *p, struct err *e)
{
	AUTO(mapping) struct mapping m = {.fd = -1};
	const struct op *ops = plan_ops(p);
	size_t n = 0;

	for (uint32_t i = 0; i < p->op_count; i++)
		n += ops[i].kind == OP_GRAB && ops[i].grab.flags & GRAB_HOST;
	if (!n)
		return 0;
	ret->fds = arena_array(a, n, sizeof(*ret->fds));
	ret->argv = arena_array(a, TREES_FIRST + n + 1, sizeof(*ret->argv));
	for (uint32_t i = 0; i < p->op_count; i++) {
		int r;

		if (ops[i].kind != OP_GRAB || !(ops[i].grab.flags & GRAB_HOST))
			continue;
		r = grab(p, &ops[i], &m, &ret->fds[ret->n++], e);
		if (r < 0)
			return err_at(e, r, "%s", plan_str(p, ops[i].pointer));
		ret->argv[TREES_FIRST + ret->n - 1] = arena_printf(a, "%d", ret->fds[ret->n - 1]);
	}
	return 0;
}

void trees_close(struct trees *t)
{
	for (size_t i = 0; i < t->n; i++)
		close_fd_cleanup(&t->fds[i]);
	t->n = 0;
}
