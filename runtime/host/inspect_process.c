/*
 * One process of a container.
 *
 * owns:     reading it
 * may use:  base, sys, oci (types), plan
 * must not: change anything
 */
#include "runtime/host/inspect_process.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "runtime/base/fmt.h"
#include "runtime/base/io.h"
#include "runtime/plan/caps.h"
#include "runtime/plan/procinfo.h"

/* Pid namespaces nest to this depth (MAX_PID_NS_LEVEL and the initial one). */
enum { PID_LEVELS = 33, CAPS = 64 };

static struct strings cap_list(struct arena *a, const char *status, const char *line)
{
	struct strings list = {.v = arena_array(a, CAPS, sizeof(*list.v))};
	uint64_t bits = 0;

	if (!procinfo_bits(status, line, &bits))
		return list;
	for (uint32_t cap = 0; cap < CAPS; cap++) {
		const char *name = cap_name(cap);

		if (bits >> cap & 1)
			list.v[list.n++] = name ? name : arena_printf(a, "CAP_%u", cap);
	}
	return list;
}

static void read_caps(struct inspected_process *p, struct arena *a, const char *status)
{
	static const char *const lines[CAP_SET_COUNT] = {
		[CAP_SET_BOUNDING] = "CapBnd",    [CAP_SET_EFFECTIVE] = "CapEff",
		[CAP_SET_INHERITABLE] = "CapInh", [CAP_SET_PERMITTED] = "CapPrm",
		[CAP_SET_AMBIENT] = "CapAmb",
	};

	for (size_t i = 0; i < CAP_SET_COUNT; i++)
		p->caps[i] = cap_list(a, status, lines[i]);
}

static void read_seccomp(struct inspected_process *p, const char *status)
{
	static const char *const modes[] = {"disabled", "strict", "filter"};
	uint32_t mode;

	if (procinfo_numbers(status, "Seccomp", &mode, 1) == 1 && mode < ARRAY_LEN(modes))
		p->seccomp = modes[mode];
	p->seccomp_filters.set =
		procinfo_numbers(status, "Seccomp_filters", &p->seccomp_filters.v, 1) == 1;
}

/* As the process chose it; what /proc/PID/status says has escapes. An end of line is the kernel's.
 */
static char *read_name(struct arena *a, pid_t pid)
{
	int r;
	char *name = procinfo_read(a, pid, "comm", 64, &r);
	size_t n = name ? strlen(name) : 0;

	if (n)
		name[n - 1] = '\0';
	return name;
}

/* How deep the pid namespace of init lies below the one of our /proc: which number of NSpid is the
 * container's. */
static size_t pid_level(struct arena *a, pid_t init)
{
	uint32_t numbers[PID_LEVELS];
	int r;
	const char *status = procinfo_read(a, init, "status", PROCINFO_SMALL, &r);

	return status ? procinfo_numbers(status, "NSpid", numbers, PID_LEVELS) : 0;
}

static void read_ids(struct inspected_process *p, struct arena *a, const char *status, size_t level)
{
	uint32_t ids[2] = {0}, numbers[PID_LEVELS];
	const char *groups = procinfo_value(status, "Groups");
	/* a number and a blank each */
	size_t room = groups ? strcspn(groups, "\n") / 2 + 1 : 0;

	if (procinfo_numbers(status, "Uid", ids, 2) == 2)
		p->uid = ids[1];
	if (procinfo_numbers(status, "Gid", ids, 2) == 2)
		p->gid = ids[1];
	p->groups.v = arena_array(a, room, sizeof(*p->groups.v));
	p->groups.n = procinfo_numbers(status, "Groups", p->groups.v, room);
	if (level && procinfo_numbers(status, "NSpid", numbers, PID_LEVELS) >= level)
		p->inside = numbers[level - 1];
}

/* The flags of a descriptor are those of open(2), in octal. */
static void read_flags(struct inspected_fd *fd, struct arena *a, pid_t pid)
{
	static const char *const access[] = {"r", "w", "rw"};
	int r;
	const char *text =
		procinfo_read(a, pid, arena_printf(a, "fdinfo/%u", fd->fd), PROCINFO_SMALL, &r);
	uint32_t flags;

	if (!text || !procinfo_octal(text, "flags", &flags))
		return;
	fd->close_on_exec = flags & O_CLOEXEC;
	if (flags & O_PATH)
		fd->access = "path";
	else if ((flags & O_ACCMODE) < ARRAY_LEN(access))
		fd->access = access[flags & O_ACCMODE];
}

static void read_fds(struct inspected_process *p, struct arena *a)
{
	char path[64], target[PATH_MAX];
	size_t room = 0;
	DIR *dir;

	fmt_buf(path, sizeof(path), "/proc/%u/fd", p->pid);
	dir = opendir(path);
	for (struct dirent *d = dir ? readdir(dir) : NULL; d; d = readdir(dir)) {
		struct inspected_fd fd = {0};
		uint64_t number;
		ssize_t n;

		if (!io_parse_u64(d->d_name, INT_MAX, &number))
			continue;
		n = readlinkat(dirfd(dir), d->d_name, target, sizeof(target));
		if (n < 0)
			continue;
		if (p->fds.n == room) {
			struct inspected_fd *wider =
				arena_array(a, room = room ? room * 2 : 16, sizeof(*wider));

			if (p->fds.n)
				memcpy(wider, p->fds.v, p->fds.n * sizeof(*wider));
			p->fds.v = wider;
		}
		fd.fd = (uint32_t)number;
		fd.target = arena_strndup(a, target, (size_t)n);
		read_flags(&fd, a, (pid_t)p->pid);
		p->fds.v[p->fds.n++] = fd;
	}
	if (dir)
		closedir(dir);
}

bool inspect_process(struct inspected_process *ret, struct arena *a, pid_t pid, pid_t init)
{
	struct inspected_process p = {.pid = (uint32_t)pid};
	uint32_t no_new_privileges = 0;
	int r;
	const char *status = procinfo_read(a, pid, "status", PROCINFO_SMALL, &r);

	p.command = read_name(a, pid);
	if (!status || !p.command)
		return false;
	read_ids(&p, a, status, pid_level(a, init));
	read_caps(&p, a, status);
	read_seccomp(&p, status);
	if (procinfo_numbers(status, "NoNewPrivs", &no_new_privileges, 1) == 1)
		p.no_new_privileges = no_new_privileges;
	read_fds(&p, a);
	*ret = p;
	return true;
}
