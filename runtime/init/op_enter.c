/*
 * Into namespaces that are there: those of a container (exec), or by path.
 *
 * owns:     enter
 * may use:  sys/ns, sys/process, sys/cred, wire
 * must not: let exec bring anything of the host inside but the wire and what is to be preserved;
 *           be dumpable
 *
 * Processes of the container may look for us as soon as we are in its pid namespace, and some of
 * them are root there. They find a process that is not dumpable, whose program is a sealed memory
 * file and not the runtime's, and that holds nothing of the host's file system (CVE-2016-9962,
 * CVE-2019-5736). A new container still has the host's root until it has pivoted: it is safe
 * because init was executed before it joined, so that its memory belongs to the caller's user
 * namespace, where they have no rights (ptrace(2), "Ptrace access mode checking").
 */
#include <errno.h>
#include <sched.h>
#include <sys/prctl.h>

#include "runtime/init/init.h"
#include "runtime/plan/cloned.h"
#include "runtime/sys/cred.h"
#include "runtime/sys/kernel.h"
#include "runtime/sys/ns.h"
#include "runtime/sys/process.h"

/* --- exec ---------------------------------------------------------------------------------------
 */

static int join_container(struct init *s, const struct op_enter *o, struct err *e)
{
	int r = o->flags ? ns_enter_all(s->enter, o->flags) : 0;

	if (r == 0) {
		close(s->enter);
		s->enter = -1;
		return 0;
	}
	err_sys(e, ERR_NAMESPACE, r, "join the container's namespaces");
	if (r == -ESRCH)
		return err_hint(e, r, "container not running");
	if (r == -EPERM)
		return err_hint(e, r, "they belong to another user than the one who asks");
	return r;
}

/* --- by path ------------------------------------------------------------------------------------
 */

static int join_failed(const struct init *s, enum ns_type type, int r, struct err *e)
{
	const struct op *ops = plan_ops(s->plan);

	err_sys(e, ERR_NAMESPACE, r, "join the %s namespace", ns_table[type].name);
	if (r == -EPERM)
		err_hint(e, r, "it belongs to a user namespace in which the caller has no rights");
	for (uint32_t i = 0; i < s->plan->op_count; i++) {
		if (ops[i].kind != OP_JOIN || ops[i].ns.type != type)
			continue;
		e->line = ops[i].line;
		err_at(e, r, "%s", plan_str(s->plan, ops[i].pointer));
	}
	return r;
}

/* tolerant: what is not ours to join is left for later. */
static int join_rest(struct init *s, bool tolerant, struct err *e)
{
	for (enum ns_type t = 0; t < NS_COUNT; t++) {
		int r;

		if (t == NS_USER || s->joins[t] < 0)
			continue;
		r = ns_enter(s->joins[t], t);
		if (r == -EPERM && tolerant)
			continue;
		if (r < 0)
			return join_failed(s, t, r, e);
		close(s->joins[t]);
		s->joins[t] = -1;
	}
	return 0;
}

/* First what the caller has the rights for, then what only the user namespace that is joined gives
 * them over: so it does not matter which of the two owns a namespace. */
static int join_paths(struct init *s, const struct op_enter *o, struct err *e)
{
	const int user = s->joins[NS_USER];
	int r = join_rest(s, user >= 0, e);

	if (r == 0 && user >= 0) {
		r = ns_enter(user, NS_USER);
		if (r < 0)
			return join_failed(s, NS_USER, r, e);
		r = join_rest(s, false, e);
	}
	if (r == 0)
		r = time_make_deferred(s, e);
	if (r == 0 && !o->reborn && o->create && unshare((int)o->create) < 0)
		r = clone_failed(o->create, -errno, e);
	return r;
}

/* --- both ---------------------------------------------------------------------------------------
 */

/* Other credentials make it what sysctl fs.suid_dumpable says. */
static int forbid_dumps(struct err *e)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return err_sys(e, ERR_PROCESS, -errno, "make init not dumpable");
	return 0;
}

static int become(uint32_t uid, uint32_t gid, struct err *e)
{
	int r = cred_set_ids(uid, gid);

	return r < 0 ? err_sys(e, ERR_PROCESS, r, "become uid %u, gid %u of the user namespace",
			       uid, gid)
		     : 0;
}

/* The caller's ids may mean nobody in the user namespace that we are in now. */
static int take_ids(struct init *s, const struct op_enter *o, struct err *e)
{
	int r = o->take_ids ? become(o->uid, o->gid, e) : 0;

	if (r < 0)
		return r;
	if ((o->flags | o->create) & CLONE_NEWUSER)
		s->entered = o;
	return s->entered ? forbid_dumps(e) : 0;
}

int run_become(struct init *s, const struct op *op, struct err *e)
{
	int r = become(op->become.uid, op->become.gid, e);

	s->become = &op->become;
	return r < 0 ? r : forbid_dumps(e);
}

/* "/" of the mount namespace that was joined; not held for nothing */
static int open_root(struct init *s, struct err *e)
{
	if (!plan_has(s->plan, OP_CONSOLE))
		return 0;
	s->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return s->root < 0 ? err_sys(e, ERR_NAMESPACE, -errno, "open the container's root") : 0;
}

/*
 * The one that has joined goes, its sibling stays and tells the host who it is. Not the other way
 * round: then the host could hear of READY before it hears whose.
 */
static int be_born(struct init *s, const struct op_enter *o, struct err *e)
{
	int pidfd = -1, r = process_clone(CLONE_PARENT | o->create, -1, &pidfd);

	if (r < 0 && o->by_path)
		return clone_failed(o->create, r, e);
	if (r < 0) {
		err_sys(e, ERR_NAMESPACE, r, "create a process in the container");
		if (r == -ENOMEM)
			err_hint(e, r, "container not running");
		if (r == -EAGAIN)
			err_hint(e, r, "a limit is reached: RLIMIT_NPROC or pids.max");
		return r;
	}
	if (r > 0)
		_exit(0);
	pidfd = process_pidfd_open(getpid());
	if (pidfd < 0)
		return err_sys(e, ERR_SYSTEM, pidfd, "open a pidfd");
	r = wire_send(&s->wire, MSG_BORN, fds_scratch(s, pidfd), e);
	if (r == 0 && wire_has(&s->wire, MSG_MAPPED))
		r = wire_expect(&s->wire, MSG_MAPPED, NULL, e);
	if (r == 0 && s->plan->late_flags && unshare((int)s->plan->late_flags) < 0)
		r = err_sys(e, ERR_NAMESPACE, -errno, "make the cgroup namespace");
	return r;
}

int run_enter(struct init *s, const struct op *op, struct err *e)
{
	const struct op_enter *o = &op->enter;
	int r;

	if (!o->by_path)
		fds_close_all(s);
	r = o->by_path ? join_paths(s, o, e) : join_container(s, o, e);
	if (r == 0 && !o->by_path)
		r = open_root(s, e);
	if (r == 0 && o->by_path)
		fds_close_all(s);
	/* who joins is the one who has the rights; who is born only there can be somebody else */
	if (r == 0 && o->reborn)
		r = be_born(s, o, e);
	return r < 0 ? r : take_ids(s, o, e);
}
