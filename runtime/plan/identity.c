/*
 * Who the program is and how it starts: session, limits, ids, capabilities, seccomp, execve.
 *
 * owns:     the operations of IDENT, READY, ARM and EXEC, and their order
 * may use:  base, oci (types), seccomp
 * must not: touch mounts
 */
#include <errno.h>
#include <limits.h>
#include <linux/capability.h>
#include <string.h>

#include "runtime/plan/builder.h"
#include "runtime/plan/caps.h"
#include "seccomp/seccomp.h"

/* --- capabilities ----------------------------------------------------------------------------- */

static uint64_t all_caps(const struct builder *b)
{
	return b->facts->cap_last >= 63 ? UINT64_MAX : (UINT64_C(2) << b->facts->cap_last) - 1;
}

/* What can be granted: everything in a new user namespace, else what the caller has. */
static uint64_t grantable(const struct builder *b)
{
	return ns_is_other(b, NS_USER) ? all_caps(b) : b->facts->cap_effective;
}

/* The set as bits; what cannot be granted is left out and noted (config.md: warn, do not fail). */
static uint64_t read_set(struct builder *b, struct op *op, enum cap_set set)
{
	const struct strings *names = &b->spec->process.capabilities.of[set];
	uint64_t bits = 0;

	for (size_t i = 0; i < names->n; i++) {
		uint32_t cap;

		if (!cap_parse(names->v[i], &cap) || !(all_caps(b) >> cap & 1))
			op_adapt(b, op, "%s in %s is left out: this kernel does not know it",
				 names->v[i], cap_set_names[set]);
		else if (!(grantable(b) >> cap & 1))
			op_adapt(b, op, "%s in %s is left out: the caller does not have it",
				 names->v[i], cap_set_names[set]);
		else
			bits |= UINT64_C(1) << cap;
	}
	return bits;
}

static int refuse_caps(struct builder *b, const char *text, const char *set)
{
	err_set(b->e, ERR_CAPABILITY, "%s", text);
	return err_at(b->e, -EINVAL, "/process/capabilities/%s", set);
}

/* capabilities(7): what the kernel would refuse with a bare EPERM. */
static int check_caps(struct builder *b, const struct op_caps *c)
{
	if (c->effective & ~c->permitted)
		return refuse_caps(b, "a capability is effective but not permitted", "effective");
	return 0;
}

/* What runc's template asks for: ambient without inheritable, which no kernel grants. */
static void drop_ambient(struct builder *b, struct op *op)
{
	uint64_t lost = op->caps.ambient & ~(op->caps.permitted & op->caps.inheritable);

	if (!lost)
		return;
	op->caps.ambient &= ~lost;
	op_adapt(b, op, "capabilities that are not permitted and inheritable cannot be ambient");
}

static const char *caps_pointer(const struct builder *b)
{
	return b->spec->process.capabilities.set ? "/process/capabilities" : NULL;
}

static void add_bounding(struct builder *b)
{
	struct op op = op_new(b, OP_BOUNDING, PHASE_IDENT, caps_pointer(b));

	/* the bits beyond the last one cannot be dropped */
	op.number.v = (int64_t)(read_set(b, &op, CAP_SET_BOUNDING) | ~all_caps(b));
	op_add(b, &op);
}

static int caps_op(struct builder *b, struct op *ret)
{
	struct op op = op_new(b, OP_CAPS, PHASE_IDENT, caps_pointer(b));

	op.caps.effective = read_set(b, &op, CAP_SET_EFFECTIVE);
	op.caps.permitted = read_set(b, &op, CAP_SET_PERMITTED);
	op.caps.inheritable = read_set(b, &op, CAP_SET_INHERITABLE);
	op.caps.ambient = read_set(b, &op, CAP_SET_AMBIENT);
	drop_ambient(b, &op);
	*ret = op;
	return check_caps(b, &op.caps);
}

/* --- user ------------------------------------------------------------------------------------- */

static int add_groups(struct builder *b, struct op *op)
{
	const struct u32s *groups = &b->spec->process.user.additional_gids;

	if (spec_annotated(b->spec, "run.oci.keep_original_groups", "1"))
		return 0;
	for (size_t i = 0; i < groups->n; i++) {
		int r = id_require(b, &b->gids, "gid", groups->v[i],
				   PTR(b, "/process/user/additionalGids/%zu", i));

		if (r < 0)
			return r;
	}
	if (b->setgroups_denied && groups->n) {
		err_set(b->e, ERR_IDMAP,
			"setgroups is denied in this user namespace, so no "
			"additional groups can be had");
		err_hint(b->e, -EINVAL,
			 "map a range of groups: it takes the package uidmap and a line in "
			 "/etc/subgid");
		return err_at(b->e, -EINVAL, "/process/user/additionalGids");
	}
	op->user.set_groups = !b->setgroups_denied;
	/* whether a joined user namespace denies setgroups is known only once it is entered */
	if (!groups->n && b->ns[NS_USER].path)
		op->flags |= OP_OPTIONAL;
	op->user.groups = pool_blob(b, groups->v, groups->n * sizeof(*groups->v));
	return 0;
}

static int add_user(struct builder *b)
{
	const struct spec_user *u = &b->spec->process.user;
	struct op op = op_new(b, OP_USER, PHASE_IDENT, "/process/user");
	int r = id_require(b, &b->uids, "uid", u->uid, "/process/user/uid");

	if (r == 0)
		r = id_require(b, &b->gids, "gid", u->gid, "/process/user/gid");
	if (r == 0)
		r = add_groups(b, &op);
	if (r < 0)
		return r;
	op.user.uid = u->uid;
	op.user.gid = u->gid;
	op_add(b, &op);
	return 0;
}

static void add_number(struct builder *b, enum op_kind kind, int64_t v, const char *pointer)
{
	struct op op = op_new(b, kind, PHASE_IDENT, pointer);

	op.number.v = v;
	op_add(b, &op);
}

static void add_rlimits(struct builder *b)
{
	for (size_t i = 0; i < b->spec->process.rlimits.n; i++) {
		const struct spec_rlimit *l = &b->spec->process.rlimits.v[i];
		struct op op = op_new(b, OP_RLIMIT, PHASE_IDENT, PTR(b, "/process/rlimits/%zu", i));

		op.rlimit = (struct op_rlimit){l->type, l->soft, l->hard};
		op_add(b, &op);
	}
}

/* --- seccomp ---------------------------------------------------------------------------------- */

static int add_seccomp(struct builder *b)
{
	const struct spec_seccomp profile = spec_seccomp_of(b->spec);
	struct seccomp_filter filter;
	struct op op;
	int r;

	if (!profile.set)
		return 0;
	r = seccomp_compile(&filter, b->a, &profile, b->e);
	if (r < 0)
		return err_at(b->e, r, "/linux/seccomp");
	op = op_new(b, OP_SECCOMP, PHASE_ARM, "/linux/seccomp");
	op.seccomp.filter = pool_blob(b, filter.insns, filter.n * sizeof(*filter.insns));
	op.seccomp.flags = filter.flags;
	op.seccomp.listener = filter.listener;
	op_add(b, &op);
	return 0;
}

/* --- the order -------------------------------------------------------------------------------- */

/*
 * Without no_new_privs a filter can be loaded with CAP_SYS_ADMIN alone (seccomp(2)). It is then
 * kept, past the change of ids and until the filter is there, and goes with the final sets.
 */
static bool needs_admin_to_arm(const struct builder *b)
{
	return b->spec->linux_.seccomp.set && !b->spec->process.no_new_privileges;
}

static int add_caps(struct builder *b)
{
	struct op op, early;
	int r = caps_op(b, &op);

	if (r < 0)
		return r;
	if (!needs_admin_to_arm(b)) {
		op_add(b, &op);
		return 0;
	}
	early = op_new(b, OP_CAPS, PHASE_IDENT, caps_pointer(b));
	early.caps = op.caps;
	early.caps.effective |= UINT64_C(1) << CAP_SYS_ADMIN;
	early.caps.permitted |= UINT64_C(1) << CAP_SYS_ADMIN;
	early.caps.ambient = 0;
	op_add(b, &early);
	op.phase = PHASE_ARM; /* after the filter, which is added before */
	op_add(b, &op);
	return 0;
}

static void add_keyring(struct builder *b)
{
	struct op op = op_new(b, OP_KEYRING, PHASE_IDENT, NULL);

	if (!b->options->keyring)
		return;
	op.text.text = pool_str(b, b->options->keyring);
	op_add(b, &op);
}

static void add_session(struct builder *b)
{
	bool terminal = b->spec->process.terminal;
	struct op op = op_new(b, OP_SESSION, PHASE_IDENT, terminal ? "/process/terminal" : NULL);

	op.session.terminal = terminal;
	op_add(b, &op);
}

/* Ahead of the filter in ARM: profiles older than close_range(2) refuse it. */
static void add_fds(struct builder *b)
{
	struct op op = op_new(b, OP_FDS, PHASE_ARM, NULL);

	op.fds.keep = 3 + b->options->preserve_fds;
	op_add(b, &op);
}

int plan_identity(struct builder *b)
{
	const struct spec_process *p = &b->spec->process;
	struct op op;
	int r;

	if (!p->set) {
		err_set(b->e, ERR_CONFIG_MISSING, "there is no process to run");
		return err_at(b->e, -EINVAL, "/process");
	}
	add_keyring(b);
	add_session(b);
	if (p->oom_score_adj.set)
		add_number(b, OP_OOM_SCORE, p->oom_score_adj.v, "/process/oomScoreAdj");
	add_rlimits(b);
	add_number(b, OP_UMASK, p->user.umask.set ? p->user.umask.v : 0022,
		   p->user.umask.set ? "/process/user/umask" : NULL);
	r = plan_scheduling(b);
	if (r < 0)
		return r;
	add_bounding(b);
	add_fds(b);
	r = add_user(b);
	if (r == 0)
		r = add_seccomp(b);
	if (r == 0)
		r = add_caps(b);
	if (r < 0)
		return r;
	if (p->no_new_privileges) {
		op = op_new(b, OP_NO_NEW_PRIVS, PHASE_IDENT, "/process/noNewPrivileges");
		op_add(b, &op);
	}
	op = op_new(b, OP_CWD, PHASE_IDENT, "/process/cwd");
	op.cwd.path = pool_str(b, p->cwd);
	op_add(b, &op);
	return 0;
}

/*
 * config.md leaves HOME to the caller; programs, and the callers' users, rely on it. An empty one
 * is as good as none.
 */
static void add_home(struct builder *b, struct strings *env)
{
	struct op op;

	for (size_t i = 0; i < env->n; i++) {
		if (strncmp(env->v[i], "HOME=", 5) != 0)
			continue;
		if (env->v[i][5])
			return;
		env->n--;
		memmove(&env->v[i], &env->v[i + 1], (env->n - i) * sizeof(*env->v));
		break;
	}
	op = op_new(b, OP_HOME, PHASE_READY, NULL);
	op.home.uid = b->spec->process.user.uid;
	op_add(b, &op);
}

int plan_program(struct builder *b)
{
	const struct spec_process *p = &b->spec->process;
	struct strings env = strings_last(b->a, &p->env, '=');
	struct op op;

	add_home(b, &env);
	if (b->options->tell_pid) {
		op = op_new(b, OP_PID, PHASE_READY, NULL);
		op_add(b, &op);
	}
	op = op_new(b, OP_FIND, PHASE_READY, "/process/args");
	op.find.argv = pool_list(b, p->args.v, p->args.n);
	op.find.env = pool_list(b, env.v, env.n);
	op_add(b, &op);
	op = op_new(b, OP_READY, PHASE_READY, NULL);
	op_add(b, &op);
	op = op_new(b, OP_EXEC, PHASE_EXEC, NULL);
	op_add(b, &op);
	return 0;
}
