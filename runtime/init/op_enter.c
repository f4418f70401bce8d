/*
 * exec: into a container that is there.
 *
 * owns:     enter
 * may use:  sys/ns, sys/process, sys/cred, wire
 * must not: bring anything of the host inside but the wire and what is to be preserved
 *
 * Processes of the container may look for us as soon as we are in its pid namespace, and some of
 * them are root there. They find a process that is not dumpable, whose program is a sealed memory
 * file and not the runtime's, and that holds nothing of the host's file system (CVE-2016-9962,
 * CVE-2019-5736).
 */
#include <sched.h>

#include "runtime/init/init.h"
#include "runtime/sys/cred.h"
#include "runtime/sys/kernel.h"
#include "runtime/sys/ns.h"
#include "runtime/sys/process.h"

static int join(struct init *s, const struct op_enter *o, struct err *e)
{
	int r = o->flags ? ns_enter_all(s->enter, o->flags) : 0;

	if (r < 0) {
		err_sys(e, ERR_NAMESPACE, r, "join the container's namespaces");
		if (r == -ESRCH)
			err_hint(e, r, "container not running");
		if (r == -EPERM)
			err_hint(e, r, "they belong to another user than the one who asks");
		return r;
	}
	close(s->enter);
	s->enter = -1;
	s->entered = o->flags & CLONE_NEWUSER ? o : NULL;
	/* The caller's ids may mean nobody in the container's user namespace. */
	r = o->take_ids ? cred_set_ids(o->uid, o->gid) : 0;
	if (r < 0)
		return err_sys(e, ERR_PROCESS, r, "become uid %u, gid %u of the user namespace",
			       o->uid, o->gid);
	/* "/" of the mount namespace that was joined; not held for nothing */
	if (plan_has(s->plan, OP_CONSOLE)) {
		s->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (s->root < 0)
			return err_sys(e, ERR_NAMESPACE, -errno, "open the container's root");
	}
	return 0;
}

/*
 * The one that has joined goes, its sibling stays and tells the host who it is. Not the other way
 * round: then the host could hear of READY before it hears whose.
 */
static int be_born(struct init *s, struct err *e)
{
	int pidfd = -1, r = process_clone(CLONE_PARENT, -1, &pidfd);

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
	return wire_send(&s->wire, MSG_BORN, fds_scratch(s, pidfd), e);
}

int run_enter(struct init *s, const struct op *op, struct err *e)
{
	int r;

	fds_close_all(s);
	r = join(s, &op->enter, e);
	if (r < 0)
		return r;
	return op->enter.flags & CLONE_NEWPID ? be_born(s, e) : 0;
}
