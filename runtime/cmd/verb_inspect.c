/*
 * rundlet inspect
 *
 * owns:     its option table, the tables it prints for people
 * may use:  cmd, host
 * must not: change anything
 */
#include <string.h>

#include "runtime/cmd/command.h"
#include "runtime/cmd/existing.h"
#include "runtime/cmd/table.h"
#include "runtime/host/inspect.h"

struct inspect_options {
	bool json;
};

static const struct option table[] = {
	{"json", 0, OPTION_FLAG, offsetof(struct inspect_options, json), NULL, "print JSON"},
};

/* What is being printed: text grows by sections. */
struct page {
	struct arena *a;
	const struct inspection *i;
	char *text;
};

#define SAY(p, ...) arena_printf((p)->a, __VA_ARGS__)

static const char *number(struct page *p, uint64_t v)
{
	return SAY(p, "%llu", (unsigned long long)v);
}

static const char *maybe(struct page *p, const struct opt_u64 *v)
{
	return v->set ? number(p, v->v) : "-";
}

static void section(struct page *p, const struct table *t)
{
	/* more than the heading */
	if (t->n > t->columns)
		p->text = SAY(p, "%s\n%s", p->text, table_end(t));
}

#define TABLE(p, ...)                                                                              \
	table_begin((p)->a, (const char *const[]){__VA_ARGS__},                                    \
		    ARRAY_LEN(((const char *const[]){__VA_ARGS__})))
#define ROW(t, ...) table_row(t, (const char *const[]){__VA_ARGS__})

static const char *list(struct page *p, const struct strings *s)
{
	const char *text = "";

	for (size_t i = 0; i < s->n; i++)
		text = SAY(p, "%s%s%s", text, *text ? "," : "", s->v[i]);
	return *text ? text : "none";
}

static const char *bits(struct page *p, struct names names, uint64_t v)
{
	const char *text = "";

	for (size_t i = 0; i < names.n; i++)
		if (v & names.v[i].value)
			text = SAY(p, "%s%s%s", text, *text ? "," : "", names.v[i].name);
	return *text ? text : "-";
}

static void namespaces(struct page *p)
{
	struct table t =
		TABLE(p, "NAMESPACE", "INODE", "OURS", "OWNED BY", "MADE BY UID", "PARENT");

	for (size_t k = 0; k < p->i->namespaces.n; k++) {
		const struct inspected_namespace *n = &p->i->namespaces.v[k];

		ROW(&t, n->type, number(p, n->inode), n->shared ? "yes" : "no", maybe(p, &n->owner),
		    n->owner_uid.set ? number(p, n->owner_uid.v) : "-", maybe(p, &n->parent));
	}
	section(p, &t);
}

static void map_rows(struct page *p, struct table *t, const char *name,
		     const struct inspected_map *m)
{
	for (size_t k = 0; k < m->here.n; k++) {
		const struct spec_idmap *here = &m->here.v[k];

		ROW(t, name, number(p, here->container_id), number(p, here->host_id),
		    k < m->inside.n ? number(p, m->inside.v[k].host_id) : "-",
		    number(p, here->size));
	}
}

static void maps(struct page *p)
{
	struct table t =
		TABLE(p, "ID MAP", "IN CONTAINER", "SEEN FROM HERE", "SEEN FROM INSIDE", "COUNT");

	map_rows(p, &t, "uid", &p->i->uids);
	map_rows(p, &t, "gid", &p->i->gids);
	section(p, &t);
	if (p->i->setgroups)
		p->text = SAY(p, "%ssetgroups: %s\n", p->text, p->i->setgroups);
}

static const char *seccomp(struct page *p, const struct inspected_process *q)
{
	if (q->seccomp && q->seccomp_filters.set && q->seccomp_filters.v)
		return SAY(p, "%s, %u", q->seccomp, q->seccomp_filters.v);
	return q->seccomp ? q->seccomp : "-";
}

static void processes(struct page *p)
{
	struct table t = TABLE(p, "PROCESS", "INSIDE", "UID", "GID", "NO NEW PRIVILEGES", "SECCOMP",
			       "COMMAND");

	for (size_t k = 0; k < p->i->processes.n; k++) {
		const struct inspected_process *q = &p->i->processes.v[k];

		ROW(&t, number(p, q->pid), q->inside ? number(p, q->inside) : "-",
		    number(p, q->uid), number(p, q->gid), q->no_new_privileges ? "yes" : "no",
		    seccomp(p, q), q->command);
	}
	section(p, &t);
}

static bool same_caps(const struct inspected_process *x, const struct inspected_process *y)
{
	for (size_t set = 0; set < CAP_SET_COUNT; set++) {
		if (x->caps[set].n != y->caps[set].n)
			return false;
		for (size_t k = 0; k < x->caps[set].n; k++)
			if (strcmp(x->caps[set].v[k], y->caps[set].v[k]) != 0)
				return false;
	}
	return true;
}

static void capabilities(struct page *p)
{
	struct table t = TABLE(p, "PROCESS", "SET", "CAPABILITIES");

	for (size_t k = 0; k < p->i->processes.n; k++) {
		const struct inspected_process *q = &p->i->processes.v[k];

		if (k && same_caps(q, &p->i->processes.v[0])) {
			ROW(&t, number(p, q->pid), "all",
			    SAY(p, "as %u", p->i->processes.v[0].pid));
			continue;
		}
		for (size_t set = 0; set < CAP_SET_COUNT; set++)
			ROW(&t, set ? "" : number(p, q->pid), cap_set_names[set],
			    list(p, &q->caps[set]));
	}
	section(p, &t);
}

static void descriptors(struct page *p)
{
	struct table t = TABLE(p, "PROCESS", "FD", "ACCESS", "ON EXEC", "LEADS TO");

	for (size_t k = 0; k < p->i->processes.n; k++) {
		const struct inspected_process *q = &p->i->processes.v[k];

		for (size_t n = 0; n < q->fds.n; n++) {
			const struct inspected_fd *fd = &q->fds.v[n];

			ROW(&t, number(p, q->pid), number(p, fd->fd), fd->access ? fd->access : "-",
			    fd->close_on_exec ? "closed" : "kept", fd->target);
		}
	}
	section(p, &t);
}

static void mounts(struct page *p)
{
	struct table t =
		TABLE(p, "MOUNT", "TYPE", "SOURCE", "ROOT", "ATTRIBUTES", "PROPAGATION", "FROM");

	for (size_t k = 0; k < p->i->mounts.n; k++) {
		const struct inspected_mount *m = &p->i->mounts.v[k];

		ROW(&t, m->target, m->type, m->source, m->root,
		    bits(p, mount_attribute_names, m->attributes),
		    bits(p, mount_propagation_names, m->propagation), m->from ? m->from : "-");
	}
	section(p, &t);
}

static void differences(struct page *p)
{
	struct table t = TABLE(p, "DIFFERENT", "CONFIG.JSON", "HOW");

	for (size_t k = 0; k < p->i->differences.n; k++) {
		const struct inspected_difference *d = &p->i->differences.v[k];

		ROW(&t, d->target, d->pointer ? d->pointer : "-", d->text);
	}
	section(p, &t);
}

static char *as_text(struct arena *a, const struct inspection *i)
{
	struct page p = {.a = a, .i = i};
	const struct state *st = i->state;

	p.text = SAY(&p, "%s is %s%s, bundle %s\n", st->id, status_names[st->status],
		     st->pid ? SAY(&p, ", pid %lld", (long long)st->pid) : "", st->bundle);
	namespaces(&p);
	maps(&p);
	processes(&p);
	capabilities(&p);
	descriptors(&p);
	mounts(&p);
	differences(&p);
	return p.text;
}

static int run(struct invocation *i, struct err *e)
{
	const struct inspect_options *o = i->options;
	struct inspection found;
	int root = existing_root(i, e);
	int r = root < 0 ? root : inspect_container(&found, root, i->words[0], i->a, e);

	if (r < 0)
		return r;
	return command_print(o->json ? oci_emit_inspection(i->a, &found) : as_text(i->a, &found),
			     e);
}

const struct command command_inspect = {
	.name = "inspect",
	.words = "ID",
	.help = "print what the kernel says of a container: namespaces, ids, privileges, mounts",
	.options = OPTIONS(table),
	.options_size = sizeof(struct inspect_options),
	.min = 1,
	.max = 1,
	.run = run,
};
