/*
 * Hooks (config.md "POSIX-platform Hooks"): which of them run where on the way to the program.
 *
 * owns:     the place of the hooks among the operations, the state that those of init read
 * may use:  base, oci, the planner's other files
 * must not: plan poststart and poststop: nothing of init is left by then (host/hooks runs them)
 *
 * prestart and createRuntime are the host's, while init waits for it with every mount done and the
 * host's view still there. createContainer follows in init itself, startContainer after the start,
 * as the container's user and under the filter for system calls.
 */
#include <string.h>

#include "runtime/plan/builder.h"
#include "runtime/plan/mounts.h"

/* The annotations by which crun's users send the output of hooks to a file. */
static const char annotation_stdout[] = "run.oci.hooks.stdout";
static const char annotation_stderr[] = "run.oci.hooks.stderr";

/* Both pieces around the pid, which only init knows. */
struct state_text {
	struct pref head, tail;
};

/*
 * The pid is an unset 0 here. It comes before anything that others can name, and what looks like it
 * inside of a string would have its quotes escaped.
 */
static struct state_text state_text(struct builder *b, enum status status)
{
	static const char pid[] = "\"pid\":";
	const struct state s = {
		.oci_version = OCI_VERSION,
		.id = b->options->id,
		.status = status,
		.bundle = b->options->bundle,
		.annotations = b->spec->annotations,
	};
	char *text = oci_emit_hook_state(b->a, &s);
	char *cut = strstr(text, pid) + sizeof(pid) - 1;
	struct state_text t = {.tail = pool_str(b, cut + 1)};

	*cut = '\0';
	t.head = pool_str(b, text);
	return t;
}

static struct plist environment(struct builder *b, enum hook_kind kind, const struct spec_hook *h)
{
	size_t n = 0;

	if (h->env_set)
		return pool_list(b, h->env.v, h->env.n);
	if (kind == HOOK_START_CONTAINER)
		return (struct plist){0};
	while (b->options->environ && b->options->environ[n])
		n++;
	return pool_list(b, (const char *const *)b->options->environ, n);
}

static void add_hook(struct builder *b, enum hook_kind kind, size_t i, const struct state_text *t)
{
	const struct spec_hook *h = &b->spec->hooks[kind].v[i];
	/* with what holds for the container itself, its filter and its capabilities */
	const enum phase phase = kind == HOOK_START_CONTAINER ? PHASE_ARM : PHASE_FILL;
	struct op op = op_new(b, OP_HOOK, phase, PTR(b, "/hooks/%s/%zu", hook_names[kind], i));

	op.hook.kind = kind;
	op.hook.path = pool_str(b, h->path);
	op.hook.title = pool_str(b, hook_title(b->a, kind, i, h->path));
	op.hook.process_env = kind == HOOK_START_CONTAINER && !h->env_set;
	op.hook.argv = h->args.n ? pool_list(b, h->args.v, h->args.n) : pool_list(b, &h->path, 1);
	op.hook.env = environment(b, kind, h);
	op.hook.state_head = t->head;
	op.hook.state_tail = t->tail;
	op.hook.timeout = h->timeout.set ? h->timeout.v : 0;
	if (kind == HOOK_CREATE_CONTAINER)
		op.hook.dir = pool_str(b, mount_host_path(b, b->spec->root.path));
	op_add(b, &op);
}

static void add_hooks(struct builder *b, enum hook_kind kind, enum status status)
{
	struct state_text t;

	if (!b->spec->hooks[kind].n)
		return;
	t = state_text(b, status);
	for (size_t i = 0; i < b->spec->hooks[kind].n; i++)
		add_hook(b, kind, i, &t);
}

/* Opened while the host's files can be reached by their names. */
static void add_output(struct builder *b)
{
	const char *out = spec_annotation(b->spec, annotation_stdout);
	const char *err = spec_annotation(b->spec, annotation_stderr);
	struct op op;

	if (!out && !err)
		return;
	op = op_new(b, OP_HOOK_OUTPUT, PHASE_GRAB, "/annotations");
	op.hook_output.out = pool_str(b, out);
	op.hook_output.err = pool_str(b, err);
	op_add(b, &op);
}

int plan_hooks(struct builder *b)
{
	const struct spec_hooks_of *hooks = b->spec->hooks;
	struct op op;

	if (hooks[HOOK_PRESTART].n || hooks[HOOK_CREATE_RUNTIME].n) {
		op = op_new(b, OP_HOOKS, PHASE_FILL, "/hooks");
		op.hooks.prestart = (uint32_t)hooks[HOOK_PRESTART].n;
		op.hooks.create_runtime = (uint32_t)hooks[HOOK_CREATE_RUNTIME].n;
		op_add(b, &op);
	}
	if (hooks[HOOK_CREATE_CONTAINER].n || hooks[HOOK_START_CONTAINER].n)
		add_output(b);
	add_hooks(b, HOOK_CREATE_CONTAINER, STATUS_CREATING);
	add_hooks(b, HOOK_START_CONTAINER, STATUS_CREATED);
	return 0;
}
