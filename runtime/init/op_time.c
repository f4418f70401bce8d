/*
 * The clocks of a time namespace.
 *
 * owns:     time_offset
 * may use:  sys/ns, sys/procfs
 * must not: let anybody into the namespace before its clocks are set
 *
 * time_namespaces(7): offsets can be set until the first process is inside. unshare(2) makes a
 * namespace for children only, so there is nobody in it until we enter it ourselves, or, where we
 * are born again anyway, until then.
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

static int set_clock(struct init *s, const struct op_time_offset *t, struct err *e)
{
	const char *clock = plan_str(s->plan, t->clock);
	char text[64];
	size_t n =
		fmt_buf(text, sizeof(text), "%s %lld %u", clock, (long long)t->secs, t->nanosecs);
	int r = 0;

	/* every write has to begin at 0, and pwrite(2) is not for this file */
	if (lseek(s->time, 0, SEEK_SET) < 0 || write(s->time, text, n) < 0)
		r = -errno;
	if (r == 0)
		return 0;
	err_sys(e, ERR_NAMESPACE, r, "set the offset of the %s clock to %lld s and %u ns", clock,
		(long long)t->secs, t->nanosecs);
	if (r == -ERANGE)
		return err_hint(e, r, "the clock would be before 0 or beyond 146 years");
	if (r == -EPERM)
		return err_hint(e, r, "this needs CAP_SYS_TIME in the container's user namespace");
	return r;
}

static int enter(struct init *s, struct err *e)
{
	int proc = init_procfs(s, ERR_NAMESPACE, e), dir, fd, r;

	if (proc < 0)
		return proc;
	dir = init_open_own(s, proc, "ns", O_PATH | O_DIRECTORY);
	if (dir < 0)
		return err_sys(e, ERR_NAMESPACE, dir, "open /proc/self/ns");
	fd = openat(dir, "time_for_children", O_RDONLY | O_CLOEXEC);
	r = fd < 0 ? -errno : ns_enter(fds_scratch(s, fd), NS_TIME);
	return r < 0 ? err_sys(e, ERR_NAMESPACE, r, "enter the new time namespace") : 0;
}

/* Whoever opens it must have the rights over the namespace, whenever it is written. */
static int open_offsets(struct init *s, struct err *e)
{
	int proc = init_procfs(s, ERR_NAMESPACE, e);

	if (proc < 0)
		return proc;
	s->time = init_open_own(s, proc, "timens_offsets", O_WRONLY);
	return s->time < 0 ? err_sys(e, ERR_NAMESPACE, s->time, "open /proc/self/timens_offsets")
			   : 0;
}

int time_make_deferred(struct init *s, struct err *e)
{
	const struct op *ops = plan_ops(s->plan);
	int r = s->time >= 0 ? make(e) : 0;

	for (uint32_t i = 0; r == 0 && s->time >= 0 && i < s->plan->op_count; i++)
		if (ops[i].kind == OP_TIME_OFFSET)
			r = set_clock(s, &ops[i].time_offset, e);
	s->time = -1; /* scratch from now on */
	return r;
}

int run_time_offset(struct init *s, const struct op *op, struct err *e)
{
	const struct op_time_offset *t = &op->time_offset;
	int r = t->first ? open_offsets(s, e) : 0;

	if (r < 0 || t->deferred)
		return r;
	r = t->first ? make(e) : 0;
	if (r == 0)
		r = set_clock(s, t, e);
	if (r < 0 || !t->last)
		return r;
	s->time = -1;
	return enter(s, e);
}
