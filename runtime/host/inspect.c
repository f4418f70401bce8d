/*
 * A look at a container as the kernel sees it.
 *
 * owns:     finding out
 * may use:  host, and all below
 * must not: change anything, print
 */
#include "runtime/host/inspect.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "runtime/base/fmt.h"
#include "runtime/base/io.h"
#include "runtime/host/control.h"
#include "runtime/host/inspect_process.h"
#include "runtime/host/mounts_compare.h"
#include "runtime/host/mounts_seen.h"
#include "runtime/host/status.h"
#include "runtime/plan/procinfo.h"
#include "runtime/sys/ns.h"
#include "runtime/sys/process.h"

static int open_of(pid_t pid, const char *file, int flags)
{
	char path[64];
	int fd;

	fmt_buf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* --- namespaces --------------------------------------------------------------------------------
 */

static bool look_at_namespace(struct inspected_namespace *ret, struct arena *a, pid_t pid,
			      enum ns_type type)
{
	AUTO(close_fd) int fd = -1;
	int own;

	*ret = (struct inspected_namespace){.type = ns_table[type].name};
	fd = open_of(pid, arena_printf(a, "ns/%s", ns_table[type].proc), O_RDONLY);
	if (fd < 0 || ns_inode(fd, &ret->inode) < 0)
		return false;
	own = ns_is_current(fd, type);
	ret->shared = own > 0;
	ret->owner.set = ns_relative(fd, NS_OWNER, &ret->owner.v) == 0;
	ret->parent.set = ns_relative(fd, NS_PARENT, &ret->parent.v) == 0;
	ret->owner_uid.set = type == NS_USER && ns_owner_uid(fd, &ret->owner_uid.v) == 0;
	return true;
}

static void look_at_namespaces(struct inspection *i, struct arena *a, pid_t pid)
{
	i->namespaces.v = arena_array(a, NS_COUNT, sizeof(*i->namespaces.v));
	for (enum ns_type t = 0; t < NS_COUNT; t++)
		i->namespaces.n += look_at_namespace(&i->namespaces.v[i->namespaces.n], a, pid, t);
}

/* --- id maps -----------------------------------------------------------------------------------
 */

static void read_map(struct spec_idmaps *ret, struct arena *a, const char *text)
{
	struct id_ranges m;

	if (!text || !procinfo_parse_map(&m, a, text))
		return;
	ret->v = arena_array(a, m.n, sizeof(*ret->v));
	for (ret->n = 0; ret->n < m.n; ret->n++)
		ret->v[ret->n] = (struct spec_idmap){m.v[ret->n].inside, m.v[ret->n].outside,
						     m.v[ret->n].count};
}

/* The child: what a map says depends on the user namespace of who opens it (user_namespaces(7)). */
static void tell_from_inside(struct arena *a, int to, int userns, pid_t pid, const char *file)
{
	const char *text = NULL;
	int r = ns_enter(userns, NS_USER);

	if (r == 0)
		text = procinfo_read(a, pid, file, PROCINFO_SMALL, &r);
	if (r == 0)
		r = io_write_all(to, text, strlen(text));
	_exit(r < 0);
}

/* NULL when we may not enter it. */
static const char *read_inside(struct arena *a, int userns, pid_t pid, const char *file)
{
	AUTO(close_fd) int in = -1;
	AUTO(close_fd) int out = -1;
	AUTO(close_fd) int pidfd = -1;
	char *text = arena_alloc(a, PROCINFO_SMALL);
	int ends[2], status = 1;
	pid_t child;
	ssize_t n;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return NULL;
	in = ends[0];
	out = ends[1];
	child = process_clone(0, -1, &pidfd);
	if (child == 0)
		tell_from_inside(a, out, userns, pid, file);
	close_fd_cleanup(&out);
	if (child < 0)
		return NULL;
	n = io_read_full(in, text, PROCINFO_SMALL - 1);
	return process_wait(pidfd, &status) < 0 || status || n <= 0 ? NULL : text;
}

static void look_at_maps(struct inspection *i, struct arena *a, pid_t pid)
{
	AUTO(close_fd) int userns = open_of(pid, "ns/user", O_RDONLY);
	const struct {
		const char *file;
		struct inspected_map *to;
	} maps[] = {{"uid_map", &i->uids}, {"gid_map", &i->gids}};
	bool shared = userns >= 0 && ns_is_current(userns, NS_USER) > 0;
	const char *setgroups;
	int r;

	for (size_t k = 0; k < ARRAY_LEN(maps); k++) {
		const char *here = procinfo_read(a, pid, maps[k].file, PROCINFO_SMALL, &r);

		read_map(&maps[k].to->here, a, here);
		/* setns(2) into the own user namespace is not possible, and not needed. */
		read_map(&maps[k].to->inside, a,
			 shared ? here : read_inside(a, userns, pid, maps[k].file));
	}
	setgroups = procinfo_read(a, pid, "setgroups", 32, &r);
	if (setgroups)
		i->setgroups = procinfo_denies(setgroups) ? "deny" : "allow";
}

/* --- the whole ---------------------------------------------------------------------------------
 */

/* Those of a mount namespace that was joined are somebody else's. */
static bool has_own_mounts(const struct spec *s)
{
	for (size_t i = 0; i < s->linux_.namespaces.n; i++)
		if (s->linux_.namespaces.v[i].type == NS_MNT)
			return !s->linux_.namespaces.v[i].path;
	return false;
}

static int look_at_mounts(struct inspection *i, struct arena *a, pid_t pid, struct err *e)
{
	AUTO(close_fd) int root = open_of(pid, "root", O_PATH | O_DIRECTORY);
	const struct state *st = i->state;
	struct mounts_seen seen = {0};
	struct spec spec;
	struct doc d;
	int r = mounts_by_statmount(&seen, a, pid);

	i->mounts_by = "statmount";
	if (r < 0) {
		i->mounts_by = "mountinfo";
		r = mounts_by_mountinfo(&seen, a, pid);
	}
	if (r < 0) {
		i->mounts_by = NULL;
		return 0;
	}
	i->mounts.v = seen.v;
	i->mounts.n = seen.n;
	if (!st->config)
		return 0;
	r = doc_parse(&d, a, st->config, st->config_size, e);
	if (r == 0)
		r = oci_decode_spec(&spec, a, &d, e);
	if (r == 0 && has_own_mounts(&spec))
		mounts_compare(i, a, &spec, root);
	return r;
}

static void look_at_processes(struct inspection *i, struct arena *a, const struct pids *pids)
{
	i->processes.v = arena_array(a, pids->n, sizeof(*i->processes.v));
	for (size_t k = 0; k < pids->n; k++)
		i->processes.n += inspect_process(&i->processes.v[i->processes.n], a, pids->v[k],
						  (pid_t)i->state->pid);
}

/* Of a container that is somebody else's only init is known. */
static int find_processes(struct pids *ret, int root, const struct state *st, struct arena *a,
			  struct err *e)
{
	int r = container_pids(root, st->id, ret, a, e);

	if (r != -EACCES && r != -EPERM)
		return r;
	ret->v = arena_alloc(a, sizeof(*ret->v));
	ret->v[0] = (pid_t)st->pid;
	ret->n = 1;
	return 0;
}

int inspect_container(struct inspection *ret, int root, const char *id, struct arena *a,
		      struct err *e)
{
	AUTO(store_close) struct store_entry entry = {.dir = -1};
	AUTO(close_fd) int pidfd = -1;
	struct state *st = arena_alloc(a, sizeof(*st));
	struct inspection i = {.state = st};
	struct pids pids = {0};
	int r = store_open(&entry, root, id, false, e);

	if (r == 0)
		r = status_read(&entry, a, st, &pidfd, e);
	if (r == 0 && st->pid)
		r = find_processes(&pids, root, st, a, e);
	if (r < 0)
		return r;
	if (st->pid) {
		look_at_namespaces(&i, a, (pid_t)st->pid);
		look_at_maps(&i, a, (pid_t)st->pid);
		look_at_processes(&i, a, &pids);
		r = look_at_mounts(&i, a, (pid_t)st->pid, e);
		/* Only while init is there is its number its own; about to end it has no mounts. */
		if (process_ends(pidfd, i.mounts_by ? 0 : STATUS_ENDING_MS)) {
			st->status = STATUS_STOPPED;
			st->pid = 0;
			i = (struct inspection){.state = st};
		}
	}
	*ret = i;
	return status_explain(&entry, e, r);
}
