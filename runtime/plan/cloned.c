/*
 * owns:     clone_failed()
 * may use:  base
 * must not: need anything that init does not link
 */
#include <errno.h>
#include <linux/sched.h>
#include <stdbool.h>

#include "runtime/plan/cloned.h"

/* What a limit on namespaces says is the same for a sysctl of ours or of any namespace further out
 * (namespaces(7)). */
static int limit_reached(bool userns, int r, struct err *e)
{
	return err_hint(e, r,
			"a limit is reached: sysctl user.max_user_namespaces or one of its "
			"siblings, here or in a namespace further out%s",
			userns ? "; or user namespaces are nested 32 deep" : "");
}

int clone_failed(uint64_t flags, int r, struct err *e)
{
	const bool userns = flags & CLONE_NEWUSER;

	if (userns)
		err_sys(e, ERR_USERNS, r, "create a user namespace");
	else
		err_sys(e, ERR_NAMESPACE, r, "create the container's process and namespaces");
	if (r == -ENOSPC || r == -EUSERS)
		return limit_reached(userns, r, e);
	if (r == -EAGAIN)
		return err_hint(e, r, "a limit is reached: RLIMIT_NPROC or pids.max");
	if (userns && (r == -EPERM || r == -EACCES))
		return err_hint(e, r,
				"this host forbids it: look at the sysctls "
				"kernel.unprivileged_userns_clone and "
				"kernel.apparmor_restrict_unprivileged_userns, and at the seccomp "
				"filter of an outer container");
	if (r == -EPERM)
		return err_hint(e, r,
				"without a user namespace this needs CAP_SYS_ADMIN: add "
				"{\"type\": \"user\"} to /linux/namespaces");
	return r;
}
