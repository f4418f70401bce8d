/*
 * The plan as people and programs read it.
 *
 * owns:     the words for every operation
 * may use:  base, oci/json_out
 * must not: know anything that is not in the plan
 *
 * One line an operation, in the order in which they run:
 *
 *     fill    mount      proc on /proc (nosuid,nodev,noexec)    config.json:55 /mounts/0
 *             note: …
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/ioprio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "oci/inspect.h"
#include "oci/json_out.h"
#include "oci/spec.h"
#include "runtime/base/fmt.h"
#include "runtime/plan/build.h"
#include "runtime/plan/caps.h"
#include "runtime/plan/cgroup.h"
#include "runtime/plan/words.h"
#include "runtime/sys/kernel.h"

static const char *str(struct words *w, struct pref r)
{
	return plan_str(w->p, r);
}

/* --- launch ------------------------------------------------------------------------------------
 */

static const char *describe_map(struct words *w, const struct op *op)
{
	static const char *const writers[] = {
		[MAP_NONE] = "nobody",
		[MAP_CHILD] = "the child itself",
		[MAP_PARENT] = "the parent",
		[MAP_HELPERS] = "newuidmap and newgidmap",
	};

	return SAY(w, "%s %u is %u outside, %u of them, written by %s", op->map.gid ? "gid" : "uid",
		   op->map.inside, op->map.outside, op->map.count, writers[w->p->map_writer]);
}

static const char *describe_setgroups(struct words *w, const struct op *op)
{
	(void)op;
	return SAY(w, "deny setgroups, as an unprivileged gid map requires");
}

static const char *describe_cgroup(struct words *w, const struct op *op)
{
	const char *manager = op->cgroup.manager < CGROUP_MANAGER_COUNT
				      ? cgroup_manager_names[op->cgroup.manager]
				      : NULL;

	return SAY(w, "%s%s%s", op->cgroup.manager && manager ? manager : "",
		   op->cgroup.manager && op->cgroup.path.off ? " " : "", str(w, op->cgroup.path));
}

static const char *describe_limit(struct words *w, const struct op *op)
{
	return SAY(w, "%s = %s", str(w, op->limit.file), str(w, op->limit.value));
}

static const char *describe_hooks(struct words *w, const struct op *op)
{
	return SAY(w, "%u %s, %u %s, by the host", op->hooks.prestart, hook_names[HOOK_PRESTART],
		   op->hooks.create_runtime, hook_names[HOOK_CREATE_RUNTIME]);
}

static const char *describe_hook(struct words *w, const struct op *op)
{
	const char *limit =
		op->hook.timeout ? SAY(w, ", at most %lld s", (long long)op->hook.timeout) : "";

	return SAY(w, "%s %s%s", hook_names[op->hook.kind], str(w, op->hook.path), limit);
}

static const char *describe_hook_output(struct words *w, const struct op *op)
{
	const struct op_hook_output *o = &op->hook_output;

	return SAY(w, "stdout to %s, stderr to %s", o->out.off ? str(w, o->out) : "/dev/null",
		   o->err.off ? str(w, o->err) : "the message of a failure");
}

/* --- lock ----------------------------------------------------------------------------------------
 */

static const char *describe_text(struct words *w, const struct op *op)
{
	return str(w, op->text.text);
}

/* --- identity ------------------------------------------------------------------------------------
 */

static const char *describe_session(struct words *w, const struct op *op)
{
	return SAY(w, op->session.terminal ? "a new session, the terminal is its own"
					   : "a new session");
}

static const char *describe_number(struct words *w, const struct op *op)
{
	return op->kind == OP_UMASK ? SAY(w, "%04llo", (unsigned long long)op->number.v)
				    : SAY(w, "%lld", (long long)op->number.v);
}

static const char *describe_rlimit(struct words *w, const struct op *op)
{
	return SAY(w, "%u: soft %llu, hard %llu", op->rlimit.resource,
		   (unsigned long long)op->rlimit.soft, (unsigned long long)op->rlimit.hard);
}

static const char *describe_scheduler(struct words *w, const struct op *op)
{
	const struct op_scheduler *s = &op->scheduler;
	const char *text = SAY(w, "%u, nice %d, priority %u", s->policy, s->nice, s->priority);

	if (s->flags)
		text = SAY(w, "%s, flags 0x%llx", text, (unsigned long long)s->flags);
	if (!s->runtime && !s->deadline && !s->period)
		return text;
	return SAY(w, "%s, %llu of %llu ns in every %llu ns", text, (unsigned long long)s->runtime,
		   (unsigned long long)s->deadline, (unsigned long long)s->period);
}

static const char *describe_io_priority(struct words *w, const struct op *op)
{
	const unsigned int v = (unsigned int)op->number.v;

	return SAY(w, "class %u, priority %u", v >> IOPRIO_CLASS_SHIFT,
		   v & ((1U << IOPRIO_CLASS_SHIFT) - 1));
}

static const char *describe_personality(struct words *w, const struct op *op)
{
	return SAY(w, op->number.v == PER_LINUX32 ? "LINUX32" : "LINUX");
}

static const char *describe_memory_policy(struct words *w, const struct op *op)
{
	const uint64_t *nodes = plan_blob(w->p, op->memory_policy.nodes.off);
	const char *text = SAY(w, "mode 0x%x", op->memory_policy.mode);

	for (uint32_t i = 0; i < 8 * op->memory_policy.nodes.n; i++)
		if (nodes[i / 64] >> i % 64 & 1)
			text = SAY(w, "%s, node %u", text, i);
	return text;
}

static const char *describe_label(struct words *w, const struct op *op)
{
	return SAY(w, "%s %s",
		   op->label.kind == LABEL_APPARMOR ? "AppArmor profile" : "SELinux label",
		   str(w, op->label.label));
}

static const char *describe_home(struct words *w, const struct op *op)
{
	return SAY(w, "HOME is that of uid %u in /etc/passwd", op->home.uid);
}

static const char *cap_names(struct words *w, uint64_t bits)
{
	const char *text = "";

	for (uint32_t cap = 0; cap < 64; cap++) {
		const char *name = bits >> cap & 1 ? cap_name(cap) : NULL;

		if (name)
			text = SAY(w, "%s%s%s", text, *text ? "," : "", name + strlen("CAP_"));
	}
	return *text ? text : "none";
}

static const char *describe_bounding(struct words *w, const struct op *op)
{
	return SAY(w, "keep %s", cap_names(w, (uint64_t)op->number.v));
}

static const char *describe_user(struct words *w, const struct op *op)
{
	const uint32_t *groups = plan_blob(w->p, op->user.groups.off);
	const char *text = SAY(w, "uid %u, gid %u", op->user.uid, op->user.gid);

	if (!op->user.set_groups)
		return SAY(w, "%s, groups as they are", text);
	for (uint32_t i = 0; i < op->user.groups.n / sizeof(*groups); i++)
		text = SAY(w, "%s%s%u", text, i ? "," : ", groups ", groups[i]);
	return text;
}

static const char *describe_caps(struct words *w, const struct op *op)
{
	const struct op_caps *c = &op->caps;
	const char *text = SAY(w, "permitted %s", cap_names(w, c->permitted));

	if (c->effective != c->permitted)
		text = SAY(w, "%s; effective %s", text, cap_names(w, c->effective));
	if (c->inheritable)
		text = SAY(w, "%s; inheritable %s", text, cap_names(w, c->inheritable));
	if (c->ambient)
		text = SAY(w, "%s; ambient %s", text, cap_names(w, c->ambient));
	return text;
}

static const char *describe_nnp(struct words *w, const struct op *op)
{
	(void)op;
	return SAY(w, "no new privileges by execve");
}

static const char *describe_cwd(struct words *w, const struct op *op)
{
	return op->cwd.make ? SAY(w, "make %s where it is missing", str(w, op->cwd.path))
			    : str(w, op->cwd.path);
}

static const char *describe_find(struct words *w, const struct op *op)
{
	const uint32_t n = op->find.argv.n;
	size_t size = 1;
	char *text, *at;

	/* they may be a hundred thousand */
	for (uint32_t i = 0; i < n; i++)
		size += strlen(plan_list(w->p, op->find.argv, i)) + 1;
	text = at = arena_alloc(w->a, size);
	for (uint32_t i = 0; i < n; i++) {
		at = stpcpy(at, plan_list(w->p, op->find.argv, i));
		if (i + 1 < n)
			*at++ = ' ';
	}
	return text;
}

static const char *describe_ready(struct words *w, const struct op *op)
{
	(void)op;
	return SAY(w, w->p->wait_start ? "created; wait for start" : "created; go on");
}

static const char *describe_seccomp(struct words *w, const struct op *op)
{
	return SAY(w, "a filter of %u instructions%s",
		   op->seccomp.filter.n / (uint32_t)sizeof(struct sock_filter),
		   op->seccomp.listener ? ", with a listener" : "");
}

static const char *describe_fds(struct words *w, const struct op *op)
{
	return SAY(w, "close everything from %u on", op->fds.keep);
}

static const char *describe_exec(struct words *w, const struct op *op)
{
	(void)op;
	return SAY(w, "the program");
}

static describe_fn *const describers[OP_KIND_COUNT] = {
	[OP_NAMESPACE] = describe_namespace,
	[OP_JOIN] = describe_join,
	[OP_MAP] = describe_map,
	[OP_SETGROUPS] = describe_setgroups,
	[OP_NET_DEVICE] = describe_net_device,
	[OP_CGROUP] = describe_cgroup,
	[OP_LIMIT] = describe_limit,
	[OP_RDT] = describe_rdt,
	[OP_RDT_SCHEMA] = describe_text,
	[OP_HOOKS] = describe_hooks,
	[OP_HOOK] = describe_hook,
	[OP_HOOK_OUTPUT] = describe_hook_output,
	[OP_GRAB] = describe_grab,
	[OP_PROPAGATION] = describe_propagation,
	[OP_ENTER] = describe_enter,
	[OP_TIME_OFFSET] = describe_time_offset,
	[OP_ROOT] = describe_root,
	[OP_BECOME] = describe_become,
	[OP_MOUNT] = describe_mount,
	[OP_ATTACH] = describe_attach,
	[OP_REMOUNT] = describe_remount,
	[OP_MKNOD] = describe_mknod,
	[OP_SYMLINK] = describe_symlink,
	[OP_CONSOLE] = describe_console,
	[OP_PIVOT] = describe_pivot,
	[OP_LOOPBACK] = describe_loopback,
	[OP_HOSTNAME] = describe_text,
	[OP_DOMAINNAME] = describe_text,
	[OP_SYSCTL] = describe_sysctl,
	[OP_READONLY] = describe_text,
	[OP_MASK] = describe_text,
	[OP_ROOT_FLAGS] = describe_root_flags,
	[OP_KEYRING] = describe_text,
	[OP_SESSION] = describe_session,
	[OP_OOM_SCORE] = describe_number,
	[OP_RLIMIT] = describe_rlimit,
	[OP_UMASK] = describe_number,
	[OP_SCHEDULER] = describe_scheduler,
	[OP_IO_PRIORITY] = describe_io_priority,
	[OP_PERSONALITY] = describe_personality,
	[OP_MEMORY_POLICY] = describe_memory_policy,
	[OP_LABEL] = describe_label,
	[OP_BOUNDING] = describe_bounding,
	[OP_USER] = describe_user,
	[OP_CAPS] = describe_caps,
	[OP_NO_NEW_PRIVS] = describe_nnp,
	[OP_CWD] = describe_cwd,
	[OP_HOME] = describe_home,
	[OP_FIND] = describe_find,
	[OP_READY] = describe_ready,
	[OP_SECCOMP] = describe_seccomp,
	[OP_FDS] = describe_fds,
	[OP_EXEC] = describe_exec,
};

static const char *describe(struct words *w, const struct op *op)
{
	return describers[op->kind] ? describers[op->kind](w, op) : "";
}

/* --- the two forms -------------------------------------------------------------------------------
 */

/* text with blanks behind it, so that the next column starts at width. */
static const char *padded(struct words *w, const char *text, size_t width)
{
	static const char blanks[] = "                        ";
	size_t n = strlen(text);

	return SAY(w, "%s%.*s", text, n < width ? (int)(width - n) : 0, blanks);
}

static const char *origin(struct words *w, const struct op *op)
{
	if (!op->pointer.off)
		return "";
	if (!op->line)
		return SAY(w, "  # %s", str(w, op->pointer));
	return SAY(w, "  # config.json:%u %s", op->line, str(w, op->pointer));
}

/* Texts of the config may hold anything: control characters are escaped, as in errors, so that an
 * operation stays one line and a terminal takes no orders. */
static const char *visible(struct words *w, const char *text)
{
	char *out, *to;

	out = to = arena_alloc(w->a, 4 * strlen(text) + 1);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c >= 0x20 && c != 0x7f)
			*to++ = *text;
		else
			to += fmt_buf(to, sizeof("\\x00"), "\\x%02x", c);
	}
	return out;
}

char *plan_explain_text(struct arena *a, const struct plan *p)
{
	struct words w = {.a = a, .p = p};
	size_t n = 1, used = 0;
	char **lines = arena_array(a, p->op_count, sizeof(*lines));
	char *text;

	for (uint32_t i = 0; i < p->op_count; i++) {
		const struct op *op = &plan_ops(p)[i];

		lines[i] = SAY(&w, "%s%s%s%s\n", padded(&w, phase_names[op->phase], 8),
			       padded(&w, op_names[op->kind], 14), visible(&w, describe(&w, op)),
			       visible(&w, origin(&w, op)));
		if (op->note.off)
			lines[i] = SAY(&w, "%s%snote: %s\n", lines[i], padded(&w, "", 22),
				       visible(&w, str(&w, op->note)));
		n += strlen(lines[i]);
	}
	text = arena_alloc(a, n);
	for (uint32_t i = 0; i < p->op_count; i++) {
		memcpy(text + used, lines[i], strlen(lines[i]));
		used += strlen(lines[i]);
	}
	return text;
}

char *plan_explain_json(struct arena *a, const struct plan *p)
{
	struct words w = {.a = a, .p = p};
	struct json_out o = json_begin(a, EMIT_PRETTY);

	json_open(&o, '[');
	for (uint32_t i = 0; i < p->op_count; i++) {
		const struct op *op = &plan_ops(p)[i];

		json_open(&o, '{');
		json_key(&o, "phase");
		json_string(&o, phase_names[op->phase]);
		json_key(&o, "op");
		json_string(&o, op_names[op->kind]);
		json_key(&o, "what");
		json_string(&o, describe(&w, op));
		if (op->pointer.off) {
			json_key(&o, "pointer");
			json_string(&o, str(&w, op->pointer));
		}
		if (op->line) {
			json_key(&o, "line");
			json_u64(&o, op->line);
		}
		json_key(&o, "adapted");
		json_bool(&o, op->flags & OP_ADAPTED);
		if (op->note.off) {
			json_key(&o, "note");
			json_string(&o, str(&w, op->note));
		}
		json_close(&o, '}');
	}
	json_close(&o, ']');
	return json_end(&o);
}
