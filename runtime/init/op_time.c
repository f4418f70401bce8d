/*
 * The clocks of a time namespace.
 *
 * owns:     time_offset
 * may use:  sys/ns, sys/procfs
 * must not: come after anything that has a vdso in the new namespace: nothing has, we enter last
 *
 * time_namespaces(7): offsets can be set until the first process is inside. unshare(2) makes a
 * namespace for children only, so there is nobody in it until we enter it ourselves.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>

#include "runtime/base/fmt.h"
#include "runtime/init/init.h"
#include "runtime/sys/ns.h"
#include "runtime/sys/procfs.h"

static int make(struct err *e)
{
	int r = unshare(CLONE_NEWTIME) < 0 ? -errno : 0;

	if (r == 0)
		return 0;
	err_sys(e, ERR_NAMESPACE, r, "make the time namespace");
	if (r == -EINVAL)
		return err_hint(e, r, "this kernel is built without them (CONFIG_TIME_NS)");
	if (r == -ENOSPC)
		return err_hint(e, r, "a limit is reached: sysctl user.max_time_namespaces");
	return r;
}

static int enter(struct init *s, int proc, struct err *e)
{
	char path[40];
	int dir, fd, r;

	fmt_buf(path, sizeof(path), "%d/ns", getpid());
	dir = procfs_open_at(proc, path, O_PATH | O_DIRECTORY);
	if (dir < 0)
		return err_sys(e, ERR_NAMESPACE, dir, "open /proc/self/ns");
	fd = openat(fds_scratch(s, dir), "time_for_children", O_RDONLY | O_CLOEXEC);
	r = fd < 0 ? -errno : ns_enter(fds_scratch(s, fd), NS_TIME);
	return r < 0 ? err_sys(e, ERR_NAMESPACE, r, "enter the new time namespace") : 0;
}

int run_time_offset(struct init *s, const struct op *op, struct err *e)
{
	const struct op_time_offset *t = &op->time_offset;
	const char *clock = plan_str(s->plan, t->clock);
	int proc = init_procfs(s, ERR_NAMESPACE, e), r;
	char text[64];

	if (proc < 0)
		return proc;
	r = t->first ? make(e) : 0;
	if (r < 0)
		return r;
	fmt_buf(text, sizeof(text), "%s %lld %u", clock, (long long)t->secs, t->nanosecs);
	r = init_write_own(proc, "timens_offsets", text);
	if (r < 0) {
		err_sys(e, ERR_NAMESPACE, r, "set the offset of the %s clock to %lld s and %u ns",
			clock, (long long)t->secs, t->nanosecs);
		if (r == -ERANGE)
			err_hint(e, r, "the clock would be before 0 or beyond 146 years");
		if (r == -EPERM)
			err_hint(e, r, "this needs CAP_SYS_TIME in the container's user namespace");
		return r;
	}
	return t->last ? enter(s, proc, e) : 0;
}
