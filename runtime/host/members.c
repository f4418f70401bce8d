/*
 * The processes of a container.
 *
 * owns:     finding them in /proc
 * may use:  base, sys
 * must not: know of states
 *
 * A process is signalled through a pidfd that was opened before its namespace was looked at: a
 * number that is reused in between names a process that is in another namespace, or gone.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

#include "runtime/base/fmt.h"
#include "runtime/base/io.h"
#include "runtime/host/members.h"
#include "runtime/sys/process.h"

static int pid_namespace(pid_t pid, struct stat *ret)
{
	char path[64];

	fmt_buf(path, sizeof(path), "/proc/%d/ns/pid", pid);
	return stat(path, ret) < 0 ? -errno : 0;
}

static int signal_one(pid_t pid, const struct stat *ns, int sig)
{
	AUTO(close_fd) int pidfd = process_pidfd_open(pid);
	struct stat its;
	int r;

	/* Processes of others, which we may not look into, are not the container's. */
	if (pidfd < 0 || pid_namespace(pid, &its) < 0 || its.st_dev != ns->st_dev ||
	    its.st_ino != ns->st_ino)
		return 0;
	r = process_signal(pidfd, sig);
	return r == -ESRCH ? 0 : r;
}

int members_signal(pid_t init, int sig)
{
	struct stat ns;
	int r = pid_namespace(init, &ns);
	DIR *proc;

	if (r < 0)
		return r == -ENOENT ? -ESRCH : r;
	proc = opendir("/proc");
	if (!proc)
		return -errno;
	for (struct dirent *d = readdir(proc); d; d = readdir(proc)) {
		uint64_t pid;
		int r2;

		if (!io_parse_u64(d->d_name, INT_MAX, &pid))
			continue;
		r2 = signal_one((pid_t)pid, &ns, sig);
		if (r == 0)
			r = r2;
	}
	closedir(proc);
	return r;
}
