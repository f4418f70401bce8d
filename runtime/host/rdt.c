/*
 * The container's group in resctrl.
 *
 * owns:     the order of the steps, what counts as the same schemata
 * may use:  base, sys, oci (types), the plan, host/mounts_seen
 * must not: remove what it has not made
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/base/fmt.h"
#include "runtime/host/mounts_seen.h"
#include "runtime/host/rdt.h"
#include "runtime/sys/cgfs.h"

enum { SCHEMATA_SIZE = 16 * 1024, STATUS_SIZE = 256, GROUPS_MAX = 2 };

/* The next operation of this kind, from *i on; NULL: no more. */
static const struct op *next_op(const struct plan *p, enum op_kind kind, uint32_t *i)
{
	while (*i < p->op_count) {
		const struct op *op = &plan_ops(p)[(*i)++];

		if (op->kind == kind)
			return op;
	}
	return NULL;
}

/* The error is about this operation, where config.json asks for it. */
static int at(const struct plan *p, const struct op *op, int r, struct err *e)
{
	e->line = op->line;
	return err_at(e, r, "%s", plan_str(p, op->pointer));
}

static int find_root(const char **ret, struct arena *a, struct err *e)
{
	struct mounts_seen seen;
	int r = mounts_by_mountinfo(&seen, a, getpid());

	if (r < 0)
		return err_sys(e, ERR_SYSTEM, r, "look for resctrl in /proc/self/mountinfo");
	for (size_t i = 0; i < seen.n; i++) {
		if (strcmp(seen.v[i].type, "resctrl") != 0 || strcmp(seen.v[i].root, "/") != 0)
			continue;
		*ret = seen.v[i].target;
		return 0;
	}
	r = err_set(e, ERR_UNSUPPORTED, "no resctrl is mounted here");
	return err_hint(e, r,
			"root mounts it where the CPU has it (mount -t resctrl resctrl "
			"/sys/fs/resctrl); else leave out intelRdt");
}

/* Adds who may, or what the kernel has to say beyond the errno. */
static int explain(const char *root, struct arena *a, int r, struct err *e)
{
	char said[STATUS_SIZE];
	struct stat st;

	if ((r == -EACCES || r == -EPERM || r == -EROFS) && stat(root, &st) == 0)
		return err_hint(e, r,
				"resctrl at '%s' belongs to uid %u: run rundlet as that user, or "
				"name a group in closID that was made and given to yours",
				root, st.st_uid);
	if (cgfs_read(AT_FDCWD, arena_printf(a, "%s/info/last_cmd_status", root), said,
		      sizeof(said)) > 0 &&
	    strcmp(said, "ok") != 0)
		return err_hint(e, r, "resctrl says: %s", said);
	return r;
}

/* --- schemata: "L3:0=7ff;1=7ff", with blanks and zeros in front as everybody likes -------------
 */

static bool same_number(const char *x, const char *y)
{
	static const char end[] = " \t;=\n";
	size_t n;

	x += strspn(x, " \t0");
	y += strspn(y, " \t0");
	n = strcspn(x, end);
	return n == strcspn(y, end) && strncasecmp(x, y, n) == 0;
}

static const char *equals_of(const char *domain)
{
	return domain + strcspn(domain, "=;");
}

/* What a line gives to a domain; NULL: it does not name it. */
static const char *value_of(const char *line, const char *domain)
{
	for (const char *p = strchr(line, ':'); p; p = strchr(p, ';')) {
		const char *equals = equals_of(++p);

		if (*equals == '=' && same_number(p, domain))
			return equals + 1;
	}
	return NULL;
}

/* Has the line all that is wanted? The domains that are not named may have anything. */
static bool line_has(const char *line, const char *want)
{
	const size_t n = strcspn(want, ":");

	line += strspn(line, " ");
	if (!want[n] || strncmp(line, want, n + 1) != 0)
		return false;
	for (const char *p = want + n; p && p[1]; p = strchr(p, ';')) {
		const char *equals = equals_of(++p), *value = value_of(line, p);

		if (*equals != '=' || !value || !same_number(value, equals + 1))
			return false;
	}
	return true;
}

static bool text_has(char *text, const char *want)
{
	bool found = false;

	for (char *line; (line = strsep(&text, "\n")) != NULL;)
		found |= line_has(line, want);
	return found;
}

/* config-linux.md: what is there already must say what is asked for. */
static int check_schemata(const struct rdt *t, struct arena *a, struct err *e)
{
	const char *group = t->groups.v[0], *path = arena_printf(a, "%s/schemata", group);
	char *text = arena_array(a, SCHEMATA_SIZE, 1);
	const struct op *op;

	for (uint32_t i = 0; (op = next_op(t->plan, OP_RDT_SCHEMA, &i)) != NULL;) {
		ssize_t n = cgfs_read(AT_FDCWD, path, text, SCHEMATA_SIZE);

		if (n < 0)
			return at(t->plan, op, err_sys(e, ERR_SYSTEM, (int)n, "read '%s'", path),
				  e);
		if (text_has(text, plan_str(t->plan, op->text.text)))
			continue;
		err_set(e, ERR_CONFIG_VALUE, "the group '%s' is there, and has other schemata",
			group);
		err_hint(e, -EINVAL, "see '%s', or name another group in closID", path);
		return at(t->plan, op, -EINVAL, e);
	}
	return 0;
}

/* A group by name, without schemata: somebody has made it. */
static int check_missing(const struct rdt *t, const struct op *op, struct err *e)
{
	uint32_t i = 0;

	if (!op->rdt.named || next_op(t->plan, OP_RDT_SCHEMA, &i))
		return 0;
	err_set(e, ERR_CONFIG_VALUE, "there is no group '%s' in resctrl", t->groups.v[0]);
	err_hint(e, -EINVAL, "make it, or say in schemata what it shall have");
	return at(t->plan, op, -EINVAL, e);
}

int rdt_prepare(struct rdt *ret, struct arena *a, const struct plan *p, const char *root,
		struct err *e)
{
	struct rdt t = {.plan = p, .root = root};
	const char *name, **v = arena_array(a, 3 * GROUPS_MAX, sizeof(*v));
	const struct op *op;
	uint32_t i = 0;
	int r = 0;

	op = next_op(p, OP_RDT, &i);
	if (!op)
		return 0;
	if (!root)
		r = find_root(&t.root, a, e);
	if (r < 0)
		return at(p, op, r, e);
	t.groups.v = v;
	t.owned.v = v + GROUPS_MAX;
	t.made.v = v + 2 * GROUPS_MAX;
	name = plan_str(p, op->rdt.group);
	v[t.groups.n++] = strcmp(name, "/") ? arena_printf(a, "%s/%s", t.root, name) : t.root;
	t.make = access(v[0], F_OK) < 0;
	if (t.make && errno != ENOENT)
		return at(p, op, err_sys(e, ERR_SYSTEM, -errno, "look at '%s'", v[0]), e);
	if (op->rdt.monitor.off) {
		v[t.groups.n++] =
			arena_printf(a, "%s/mon_groups/%s", v[0], plan_str(p, op->rdt.monitor));
		t.owned.v[t.owned.n++] = v[1];
	}
	if (t.make && !op->rdt.named)
		t.owned.v[t.owned.n++] = v[0];
	r = t.make ? check_missing(&t, op, e) : check_schemata(&t, a, e);
	if (r == 0)
		*ret = t;
	return r;
}

/* --- making ------------------------------------------------------------------------------------
 */

static int make_group(struct rdt *t, const char *path, struct err *e)
{
	if (mkdir(path, 0755) < 0)
		return err_sys(e, ERR_SYSTEM, -errno, "make the group '%s'", path);
	if (t->made.n) /* a monitoring group, below the other one */
		t->made.v[1] = t->made.v[0];
	t->made.v[0] = path;
	t->made.n++;
	return 0;
}

static int write_schema(const char *group, struct arena *a, const char *line, struct err *e)
{
	const char *path = arena_printf(a, "%s/schemata", group);
	int r = cgfs_write(AT_FDCWD, path, arena_printf(a, "%s\n", line));

	return r < 0 ? err_sys(e, ERR_SYSTEM, r, "write \"%s\" to '%s'", line, path) : 0;
}

static int write_schemata(const struct rdt *t, struct arena *a, struct err *e)
{
	const struct op *op;
	int r = 0;

	for (uint32_t i = 0; r == 0 && (op = next_op(t->plan, OP_RDT_SCHEMA, &i)) != NULL;) {
		r = write_schema(t->groups.v[0], a, plan_str(t->plan, op->text.text), e);
		if (r < 0)
			at(t->plan, op, r, e);
	}
	return r;
}

int rdt_update(const struct strings *groups, struct arena *a, const struct strings *lines,
	       struct err *e)
{
	const char *group = groups->n ? groups->v[0] : NULL;
	int r = 0;

	if (lines->n && !group) {
		r = err_set(e, ERR_UNSUPPORTED, "the container has no group in resctrl");
		return err_hint(e, r, "create it with linux.intelRdt in config.json");
	}
	for (size_t i = 0; r == 0 && i < lines->n; i++)
		r = write_schema(group, a, lines->v[i], e);
	if (r == 0)
		return 0;
	/* groups lie in the root, or are it */
	if (access(arena_printf(a, "%s/info", group), F_OK) < 0)
		group = arena_printf(a, "%s/..", group);
	return explain(group, a, r, e);
}

int rdt_apply(struct rdt *t, struct arena *a, pid_t pid, struct err *e)
{
	uint32_t i = 0;
	int r = 0;

	if (!t->root)
		return 0;
	if (t->make)
		r = make_group(t, t->groups.v[0], e);
	if (r == 0 && t->make)
		r = write_schemata(t, a, e);
	if (r == 0 && t->groups.n > 1)
		r = make_group(t, t->groups.v[1], e);
	if (r == 0)
		r = rdt_join(&t->groups, pid, e);
	if (r == 0)
		return 0;
	explain(t->root, a, r, e);
	return e->pointer[0] ? r : at(t->plan, next_op(t->plan, OP_RDT, &i), r, e);
}

int rdt_join(const struct strings *groups, pid_t pid, struct err *e)
{
	char path[PATH_MAX], text[16];
	int r = 0;

	fmt_buf(text, sizeof(text), "%d\n", pid);
	for (size_t i = 0; r == 0 && i < groups->n; i++) {
		if (fmt_buf(path, sizeof(path), "%s/tasks", groups->v[i]) >= sizeof(path))
			r = -ENAMETOOLONG;
		if (r == 0)
			r = cgfs_write(AT_FDCWD, path, text);
		if (r < 0)
			err_sys(e, ERR_SYSTEM, r, "write process %d to '%s/tasks'", pid,
				groups->v[i]);
	}
	return r;
}

int rdt_remove(const struct strings *groups, struct err *e)
{
	for (size_t i = 0; i < groups->n; i++)
		if (rmdir(groups->v[i]) < 0 && errno != ENOENT)
			return err_sys(e, ERR_SYSTEM, -errno, "remove the group '%s'",
				       groups->v[i]);
	return 0;
}
