/*
 * rundlet list
 *
 * owns:     its option table
 * may use:  cmd, host
 * must not: change anything
 */
#include <errno.h>
#include <string.h>

#include "runtime/base/log.h"
#include "runtime/cmd/command.h"
#include "runtime/cmd/table.h"
#include "runtime/host/status.h"

struct list_options {
	const char *format;
	bool quiet;
};

static const struct option table[] = {
	{"format", 'f', OPTION_TEXT, offsetof(struct list_options, format), "FORMAT",
	 "table (the default) or json"},
	{"quiet", 'q', OPTION_FLAG, offsetof(struct list_options, quiet), NULL,
	 "print the ids only"},
};

static char *as_table(struct arena *a, const struct state *const *v, size_t n)
{
	static const char *const heading[] = {"ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"};
	struct table t = table_begin(a, heading, ARRAY_LEN(heading));

	for (size_t i = 0; i < n; i++)
		table_row(&t, (const char *const[]){v[i]->id,
						    arena_printf(a, "%lld", (long long)v[i]->pid),
						    status_names[v[i]->status], v[i]->bundle,
						    v[i]->created, v[i]->owner});
	return table_end(&t);
}

static char *as_ids(struct arena *a, const struct state *const *v, size_t n)
{
	size_t size = 1;
	char *text, *at;

	for (size_t i = 0; i < n; i++)
		size += strlen(v[i]->id) + 1;
	text = at = arena_alloc(a, size);
	for (size_t i = 0; i < n; i++) {
		at = stpcpy(at, v[i]->id);
		*at++ = '\n';
	}
	return text;
}

static const char *copy(struct arena *a, const char *s)
{
	return s ? arena_strdup(a, s) : NULL;
}

/* What a list shows of a state; most of what was read is the config, which it does not. */
static const struct state *kept(struct arena *a, const struct state *s)
{
	struct state *k = arena_alloc(a, sizeof(*k));
	const size_t n = s->annotations.n;

	k->oci_version = copy(a, s->oci_version);
	k->id = copy(a, s->id);
	k->status = s->status;
	k->pid = s->pid;
	k->bundle = copy(a, s->bundle);
	k->rootfs = copy(a, s->rootfs);
	k->created = copy(a, s->created);
	k->owner = copy(a, s->owner);
	k->annotations.v = arena_array(a, n, sizeof(*k->annotations.v));
	for (k->annotations.n = 0; k->annotations.n < n; k->annotations.n++) {
		const struct string_pair *p = &s->annotations.v[k->annotations.n];

		k->annotations.v[k->annotations.n] =
			(struct string_pair){copy(a, p->key), copy(a, p->value)};
	}
	return k;
}

/* It is there, and somebody should know; what else there is to say the log has. */
static const struct state *unreadable(struct arena *a, const char *id)
{
	struct state *k = arena_alloc(a, sizeof(*k));

	k->oci_version = OCI_VERSION;
	k->id = id;
	k->status = STATUS_UNKNOWN;
	k->bundle = k->rootfs = k->owner = "";
	k->created = "0001-01-01T00:00:00Z"; /* Go's zero, for callers that decode a time */
	return k;
}

/* One container of the list; NULL when it is gone. One that cannot be read must neither hide the
 * others nor be hidden. */
static const struct state *read_one(int root, const char *id, struct arena *a)
{
	AUTO(store_close) struct store_entry s = {.dir = -1};
	AUTO(arena) struct arena scratch = {0};
	struct state st = {0};
	struct err e;
	int r = store_open(&s, root, id, false, &e);

	if (r == 0)
		r = status_read(&s, &scratch, &st, NULL, &e);
	if (r < 0 && e.code == ERR_NO_CONTAINER)
		return NULL;
	if (r < 0)
		log_warning("container \"%s\" cannot be read: %s", id, e.text);
	return r < 0 ? unreadable(a, id) : kept(a, &st);
}

static int run(struct invocation *i, struct err *e)
{
	const struct list_options *o = i->options;
	bool json = o->format && strcmp(o->format, "json") == 0;
	const struct state **v;
	struct strings ids = {0};
	size_t n = 0;
	int root, r;

	if (o->format && !json && strcmp(o->format, "table") != 0)
		return err_set(e, ERR_USAGE, "--format is table or json, not '%s'", o->format);
	root = store_open_root(i->globals->root, false, i->a, e);
	/* none by default: nobody has made a container yet; none where one was named: a typing
	 * error */
	if (root < 0 && (root != -ENOENT || i->globals->root))
		return root;
	r = root < 0 ? 0 : store_list(root, i->a, &ids, e);
	if (r < 0)
		return r;
	v = arena_array(i->a, ids.n + 1, sizeof(*v));
	for (size_t k = 0; k < ids.n; k++) {
		v[n] = read_one(root, ids.v[k], i->a);
		n += v[n] != NULL;
	}
	if (o->quiet)
		return command_print(as_ids(i->a, v, n), e);
	if (json)
		return command_print(arena_printf(i->a, "%s\n", oci_emit_state_list(i->a, v, n)),
				     e);
	return command_print(as_table(i->a, v, n), e);
}

const struct command command_list = {
	.name = "list",
	.words = "",
	.help = "list the containers of this state root",
	.options = OPTIONS(table),
	.options_size = sizeof(struct list_options),
	.run = run,
};
