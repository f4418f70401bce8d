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

/* Is the process behind the pidfd, which was opened by this pid, in the namespace? Processes of
 * others, which we may not look into, are not the container's. */
static bool is_member(pid_t pid, int pidfd, const struct stat *ns)
{
	struct stat its;

	return pidfd >= 0 && pid_namespace(pid, &its) == 0 && its.st_dev == ns->st_dev &&
	       its.st_ino == ns->st_ino;
}

/* Calls fn for each member with its pidfd; all are called, the first failure is returned. */
static int each_member(pid_t init, int (*fn)(pid_t pid, int pidfd, void *data), void *data)
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
		AUTO(close_fd) int pidfd = -1;
		uint64_t pid;
		int r2;

		if (!io_parse_u64(d->d_name, INT_MAX, &pid))
			continue;
		pidfd = process_pidfd_open((pid_t)pid);
		r2 = is_member((pid_t)pid, pidfd, &ns) ? fn((pid_t)pid, pidfd, data) : 0;
		if (r == 0)
			r = r2;
	}
	closedir(proc);
	return r;
}

static int signal_one(pid_t pid, int pidfd, void *sig)
{
	int r = process_signal(pidfd, *(int *)sig);

	(void)pid;
	return r == -ESRCH ? 0 : r;
}

int members_signal(pid_t init, int sig)
{
	return each_member(init, signal_one, &sig);
}

struct visit {
	int (*fn)(pid_t pid, void *data);
	void *data;
};

static int visit_one(pid_t pid, int pidfd, void *visit)
{
	const struct visit *v = visit;

	(void)pidfd;
	return v->fn(pid, v->data);
}

int members_each(pid_t init, int (*fn)(pid_t pid, void *data), void *data)
{
	struct visit v = {.fn = fn, .data = data};

	return each_member(init, visit_one, &v);
}
