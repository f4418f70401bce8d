/*
 * How the process is scheduled, where its memory is, and what security modules call it.
 *
 * owns:     scheduler, io-priority, personality, memory-policy, label
 * may use:  sys/procfs, system calls
 * must not: settle for less than was asked for
 */
#include <errno.h>
#include <string.h>
#include <sys/personality.h>

#include <linux/ioprio.h>
#include <linux/sched/types.h>

#include "runtime/base/fmt.h"
#include "runtime/init/init.h"
#include "runtime/sys/kernel.h"
#include "runtime/sys/procfs.h"

/* What CAP_SYS_NICE in the initial user namespace is needed for, and perhaps more. */
static int nice_failed(int r, const char *what, const char *more, struct err *e)
{
	err_sys(e, ERR_PROCESS, r, "%s", what);
	if (r == -EPERM)
		err_hint(e, r, "this needs CAP_SYS_NICE on the host%s", more);
	return r;
}

int run_scheduler(struct init *s, const struct op *op, struct err *e)
{
	const struct op_scheduler *o = &op->scheduler;
	const struct sched_attr attr = {
		.size = sizeof(attr),
		.sched_policy = o->policy,
		.sched_flags = o->flags,
		.sched_nice = o->nice,
		.sched_priority = o->priority,
		.sched_runtime = o->runtime,
		.sched_deadline = o->deadline,
		.sched_period = o->period,
	};
	/* sched(7): it wants the affinity of a process that may run everywhere */
	const char *more = o->policy == SCHED_DEADLINE
				   ? ", and every CPU: this process scheduler can't be used "
				     "together with AllowedCPUs (resources.cpu.cpus)"
				   : "";
	int r = kernel_result(syscall(SYS_sched_setattr, 0, &attr, 0));

	(void)s;
	return r < 0 ? nice_failed(r, "set the scheduler", more, e) : 0;
}

int run_io_priority(struct init *s, const struct op *op, struct err *e)
{
	int r = kernel_result(syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, (int)op->number.v));

	(void)s;
	return r < 0 ? nice_failed(r, "set ioPriority", "", e) : 0;
}

int run_personality(struct init *s, const struct op *op, struct err *e)
{
	(void)s;
	if (personality((unsigned long)op->number.v) < 0)
		return err_sys(e, ERR_PROCESS, -errno, "set the personality");
	return 0;
}

int run_memory_policy(struct init *s, const struct op *op, struct err *e)
{
	const struct pref nodes = op->memory_policy.nodes;
	/* the kernel does not look at the last of that many bits (set_mempolicy(2), BUGS) */
	const unsigned long bits = nodes.n ? 8UL * nodes.n + 1 : 0;
	int r = kernel_result(syscall(SYS_set_mempolicy, (int)op->memory_policy.mode,
				      nodes.n ? plan_blob(s->plan, nodes.off) : NULL, bits));

	if (r >= 0)
		return 0;
	err_sys(e, ERR_PROCESS, r, "set the memory policy");
	if (r == -EINVAL)
		err_hint(e, r,
			 "the kernel does not know the mode, or the nodes are not there or not "
			 "among those of the cgroup");
	return r;
}

/* Is there a line "nodev\tselinuxfs" in /proc/filesystems? */
static bool has_selinux(int proc)
{
	char text[4096];
	AUTO(close_fd) int fd = procfs_open_at(proc, "filesystems", O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (n < 0)
		return false;
	text[n] = '\0';
	return strstr(text, "\tselinuxfs\n");
}

/* The words "/proc/…/attr/…exec" are what callers tell this failure by (podman). */
static const struct {
	const char *module, *file, *prefix;
} modules[] = {
	[LABEL_APPARMOR] = {"AppArmor", "attr/apparmor/exec", "exec "},
	[LABEL_SELINUX] = {"SELinux", "attr/exec", ""},
};

int run_label(struct init *s, const struct op *op, struct err *e)
{
	const uint32_t kind = op->label.kind == LABEL_SELINUX ? LABEL_SELINUX : LABEL_APPARMOR;
	const char *file = modules[kind].file, *label = plan_str(s->plan, op->label.label);
	int proc = init_procfs(s, ERR_PROCESS, e), fd, r;
	char path[64], text[PATH_MAX];
	size_t n;

	if (proc < 0)
		return proc;
	fmt_buf(path, sizeof(path), "%d/%s", getpid(), file);
	fd = procfs_open_at(proc, path, O_WRONLY);
	/* without SELinux attr/exec is there too, and another module's */
	if (fd == -ENOENT || (kind == LABEL_SELINUX && !has_selinux(proc)))
		return err_set(e, ERR_PROCESS,
			       "write /proc/self/%s: %s is not enabled on this host", file,
			       modules[kind].module);
	if (fd < 0)
		return err_sys(e, ERR_PROCESS, fd, "open /proc/self/%s", file);
	fds_scratch(s, fd);
	n = fmt_buf(text, sizeof(text), "%s%s", modules[kind].prefix, label);
	r = n >= sizeof(text) ? -ENAMETOOLONG : write(fd, text, n) < 0 ? -errno : 0;
	if (r >= 0)
		return 0;
	err_sys(e, ERR_PROCESS, r, "write '%s' to /proc/self/%s", text, file);
	if (r == -ENOENT)
		err_hint(e, r, "no profile of that name is loaded");
	/* what the file says where another module is in charge */
	if (r == -EINVAL && kind == LABEL_APPARMOR)
		err_hint(e, r, "AppArmor is perhaps not enabled on this host");
	return r;
}
