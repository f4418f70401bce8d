/*
 * The hooks that run in the runtime's namespaces.
 *
 * owns:     how they are run
 * may use:  base, sys, oci
 * must not: decide what a failure means for the container
 *
 * config.md "POSIX-platform Hooks". stdout goes to /dev/null, stderr into the message of a failure,
 * unless crun's annotations run.oci.hooks.stdout and run.oci.hooks.stderr name files.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "runtime/base/log.h"
#include "runtime/host/hooks.h"
#include "runtime/sys/helper.h"

uint32_t hooks_kinds(const struct spec *s)
{
	uint32_t kinds = 0;

	for (size_t kind = 0; kind < HOOK_COUNT; kind++)
		if (s->hooks[kind].n)
			kinds |= 1U << kind;
	return kinds;
}

int hooks_load(struct hooks *ret, struct arena *a, const struct state *st, struct err *e)
{
	struct spec *spec = arena_alloc(a, sizeof(*spec));
	struct doc *doc = arena_alloc(a, sizeof(*doc));
	int r;

	if (!st->config)
		return err_set(e, ERR_STATE, "the state file holds no config");
	r = doc_parse(doc, a, st->config, st->config_size, e);
	if (r == 0)
		r = oci_decode_spec(spec, a, doc, e);
	if (r < 0)
		return err_prefix(e, r, "the config in the state file");
	*ret = (struct hooks){.a = a, .doc = doc, .spec = spec, .id = st->id, .bundle = st->bundle};
	return 0;
}

/* As execve(2) wants it. */
static char **vector(struct arena *a, const struct strings *s)
{
	char **v = arena_array(a, s->n + 1, sizeof(*v));

	for (size_t i = 0; i < s->n; i++)
		v[i] = arena_strdup(a, s->v[i]);
	return v;
}

/* The file that an annotation names; -1 when there is none. */
static int open_output(const struct hooks *h, const char *annotation, int *ret, struct err *e)
{
	const char *path = spec_annotation(h->spec, annotation);
	int fd = -1;

	if (path)
		fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY | O_CLOEXEC, 0600);
	*ret = fd;
	return path && fd < 0
		       ? err_sys(e, ERR_HOOK, -errno, "open '%s' for the output of hooks", path)
		       : 0;
}

static int run(const struct hooks *h, const struct spec_hook *hook, const char *what,
	       const char *state, struct err *e)
{
	const struct strings path = {.v = (const char **)&hook->path, .n = 1};
	AUTO(close_fd) int out = -1;
	AUTO(close_fd) int err = -1;
	struct ended ended;
	int r = open_output(h, "run.oci.hooks.stdout", &out, e);

	if (r == 0)
		r = open_output(h, "run.oci.hooks.stderr", &err, e);
	if (r < 0)
		return r;
	r = helper_run(
		&(struct helper_run){.path = hook->path,
				     .argv = vector(h->a, hook->args.n ? &hook->args : &path),
				     .envp = hook->env_set ? vector(h->a, &hook->env) : NULL,
				     .dir = h->bundle,
				     .input = {state},
				     .out = out,
				     .err = err,
				     .timeout = hook->timeout.set ? hook->timeout.v : 0},
		&ended);
	if (r < 0)
		return err_sys(e, ERR_HOOK, r, "%s cannot be executed", what);
	return ended_check(&ended, e, ERR_HOOK, what);
}

static int run_nth(const struct hooks *h, enum hook_kind kind, size_t i, const char *state,
		   struct err *e)
{
	const struct spec_hook *hook = &h->spec->hooks[kind].v[i];
	int r;

	log_debug("%s hook '%s'", hook_names[kind], hook->path);
	r = run(h, hook, hook_title(h->a, kind, i, hook->path), state, e);
	if (r == 0)
		return 0;
	err_at(e, r, "/hooks/%s/%zu", hook_names[kind], i);
	e->line = doc_line(h->doc, e->pointer);
	return r;
}

static const char *state_of(const struct hooks *h, enum status status, pid_t pid)
{
	const struct state s = {
		.oci_version = OCI_VERSION,
		.id = h->id,
		.status = status,
		.pid = pid,
		.bundle = h->bundle,
		.annotations = h->spec->annotations,
	};

	return oci_emit_hook_state(h->a, &s);
}

int hooks_run(const struct hooks *h, enum hook_kind kind, enum status status, pid_t pid,
	      struct err *e)
{
	const size_t n = h->spec->hooks[kind].n;
	const char *state = n ? state_of(h, status, pid) : NULL;
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++)
		r = run_nth(h, kind, i, state, e);
	return r;
}

void hooks_poststop(const struct hooks *h)
{
	const size_t n = h->spec->hooks[HOOK_POSTSTOP].n;
	const char *state = n ? state_of(h, STATUS_STOPPED, 0) : NULL;
	char line[ERR_TEXT_SIZE + ERR_POINTER_SIZE + ERR_HINT_SIZE];
	struct err e;

	for (size_t i = 0; i < n; i++) {
		e = (struct err){0};
		if (run_nth(h, HOOK_POSTSTOP, i, state, &e) == 0)
			continue;
		err_render(&e, NULL, line, sizeof(line));
		log_warning("%s", line);
	}
}
