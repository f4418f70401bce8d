/*
 * The processes of a container that has a namespace of its own.
 *
 * owns:     finding them in /proc
 * may use:  base, sys, oci (struct state)
 * must not: derive a status
 *
 * A process is signalled through a pidfd that was opened before its namespace was looked at: a
 * number that is reused in between names a process that is in another namespace, or gone.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>

#include "runtime/base/fmt.h"
#include "runtime/base/io.h"
#include "runtime/base/log.h"
#include "runtime/host/members.h"
#include "runtime/sys/ns.h"
#include "runtime/sys/process.h"

/* Who is forking while being killed is faster than one look, not faster than many. */
enum { PASSES_MAX = 100 };

/* The namespace that makes a process a member. */
struct mark {
	const char *name; /* below /proc/PID/ns */
	uint64_t id;      /* of a mount namespace, never used again; 0: the inode counts */
	ino_t inode;
	int pin; /* owned; as long as it is open the inode is not given to another */
};

static void mark_cleanup(struct mark *m)
{
	close_fd_cleanup(&m->pin);
}

bool members_known(const struct state *st)
{
	return (st->pid > 0 && (st->own_pidns || st->own_mountns)) || st->mountns;
}

/* -ESRCH when init is gone. */
static int find_mark(struct mark *ret, const struct state *st)
{
	struct mark m = {.name = st->own_pidns ? "pid" : "mnt",
			 .id = st->own_pidns ? 0 : st->mountns,
			 .pin = -1};
	struct stat ns;
	char path[64];

	if (!m.id) {
		fmt_buf(path, sizeof(path), "/proc/%d/ns/%s", (int)st->pid, m.name);
		m.pin = open(path, O_RDONLY | O_CLOEXEC);
		if (m.pin < 0)
			return errno == ENOENT ? -ESRCH : -errno;
		if (fstat(m.pin, &ns) < 0)
			return -errno;
		m.inode = ns.st_ino;
	}
	*ret = m;
	return 0;
}

/* Processes of others, which we may not look into, are not the container's; zombies are nobody's.
 */
static bool is_member(pid_t pid, const struct mark *m)
{
	struct stat its;
	char path[64];
	uint64_t id;

	if (m->id)
		return ns_mount_id(pid, &id) == 0 && id == m->id;
	fmt_buf(path, sizeof(path), "/proc/%d/ns/%s", pid, m->name);
	return stat(path, &its) == 0 && its.st_ino == m->inode;
}

struct visit {
	int (*fn)(pid_t pid, int pidfd, void *data);
	void *data;
};

/* All are called; how many, or the first failure. */
static int each_member(const struct mark *m, const struct visit *v)
{
	DIR *proc = opendir("/proc");
	int r = 0, n = 0;

	if (!proc)
		return -errno;
	for (;;) {
		AUTO(close_fd) int pidfd = -1;
		struct dirent *d;
		uint64_t pid;
		int r2;

		errno = 0; /* the end is not an error, and looks the same */
		d = readdir(proc);
		if (!d) {
			r = r < 0 ? r : -errno;
			break;
		}
		if (!io_parse_u64(d->d_name, INT_MAX, &pid))
			continue;
		pidfd = process_pidfd_open((pid_t)pid);
		if (pidfd < 0 || !is_member((pid_t)pid, m))
			continue;
		n++;
		r2 = v->fn((pid_t)pid, pidfd, v->data);
		if (r == 0)
			r = r2;
	}
	closedir(proc);
	return r < 0 ? r : n;
}

static int signal_one(pid_t pid, int pidfd, void *sig)
{
	int r = process_signal(pidfd, *(int *)sig);

	(void)pid;
	return r == -ESRCH ? 0 : r;
}

int members_signal(const struct state *st, int sig)
{
	const struct visit v = {.fn = signal_one, .data = &sig};
	AUTO(mark) struct mark m = {.pin = -1};
	int r = find_mark(&m, st), n = 0, again;

	if (r < 0)
		return r;
	n = again = each_member(&m, &v);
	/* what was born during the look; the dead are still there for a moment */
	for (int i = 0; sig == SIGKILL && again > 0 && i < PASSES_MAX; i++) {
		usleep(1000);
		again = each_member(&m, &v);
	}
	return again < 0 ? again : n;
}

struct plain_visit {
	int (*fn)(pid_t pid, void *data);
	void *data;
};

static int visit_one(pid_t pid, int pidfd, void *visit)
{
	const struct plain_visit *v = visit;

	(void)pidfd;
	return v->fn(pid, v->data);
}

int members_each(const struct state *st, int (*fn)(pid_t pid, void *data), void *data)
{
	struct plain_visit plain = {.fn = fn, .data = data};
	const struct visit v = {.fn = visit_one, .data = &plain};
	AUTO(mark) struct mark m = {.pin = -1};
	int r = find_mark(&m, st);

	return r < 0 ? r : each_member(&m, &v);
}

int members_end(const struct state *st)
{
	int r;

	if (st->own_pidns || st->cgroup)
		return 0;
	if (!members_known(st)) {
		log_note("container \"%s\" has neither a cgroup nor a pid namespace: what may be "
			 "left of it cannot be found",
			 st->id);
		return 0;
	}
	r = members_signal(st, SIGKILL);
	return r < 0 && r != -ESRCH ? r : 0;
}
