/*
 * The names and knobs of the container's namespaces.
 *
 * owns:     loopback, hostname, domainname, sysctl
 * may use:  sys/procfs
 * must not: write through a path that the image could have made
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/init/init.h"
#include "runtime/sys/procfs.h"

int run_loopback(struct init *s, const struct op *op, struct err *e)
{
	/* netdevice(7). The other flags of lo are the kernel's own and stay as they are. */
	struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)op;
	if (fd < 0)
		return err_sys(e, ERR_NAMESPACE, -errno, "open a socket");
	if (ioctl(fds_scratch(s, fd), SIOCSIFFLAGS, &lo) < 0)
		return err_sys(e, ERR_NAMESPACE, -errno, "bring the loopback device up");
	return 0;
}

int run_hostname(struct init *s, const struct op *op, struct err *e)
{
	if (sethostname(plan_str(s->plan, op->text.text), op->text.text.n) < 0)
		return err_sys(e, ERR_NAMESPACE, -errno, "set hostname '%s'",
			       plan_str(s->plan, op->text.text));
	return 0;
}

int run_domainname(struct init *s, const struct op *op, struct err *e)
{
	if (setdomainname(plan_str(s->plan, op->text.text), op->text.text.n) < 0)
		return err_sys(e, ERR_NAMESPACE, -errno, "set domainname '%s'",
			       plan_str(s->plan, op->text.text));
	return 0;
}

int run_sysctl(struct init *s, const struct op *op, struct err *e)
{
	const char *key = plan_str(s->plan, op->sysctl.key);
	const char *value = plan_str(s->plan, op->sysctl.value);
	int proc = init_procfs(s, ERR_SYSCTL, e), sys, r;

	if (proc < 0)
		return proc;
	sys = procfs_open_at(proc, "sys", O_PATH | O_DIRECTORY);
	if (sys < 0)
		return err_sys(e, ERR_SYSCTL, sys, "open /proc/sys");
	r = procfs_write(fds_scratch(s, sys), key, value);
	if (r == 0)
		return 0;
	err_sys(e, ERR_SYSCTL, r, "set sysctl %s to '%s'", key, value);
	if (r == -ENOENT)
		err_hint(e, r, "the kernel has no such sysctl in this namespace");
	if (r == -EACCES || r == -EPERM || r == -EROFS)
		err_hint(e, r, "it does not belong to a namespace of the container's own");
	if (r == -EINVAL)
		err_hint(e, r, "the kernel refuses the value; ids in it must be mapped");
	return r;
}
