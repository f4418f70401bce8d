/*
 * What a new container is put on record with.
 *
 * owns:     how a state is made from a plan and a pid
 * may use:  base, sys, oci, the plan, host/store
 * must not: start or signal processes
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "runtime/base/fmt.h"
#include "runtime/base/io.h"
#include "runtime/base/path.h"
#include "runtime/host/hooks.h"
#include "runtime/host/record.h"
#include "runtime/plan/rows.h"
#include "runtime/sys/ns.h"
#include "runtime/sys/process.h"

/*
 * Not gmtime_r(3): it reads /etc/localtime for a zone that UTC does not have. The calendar repeats
 * every 400 years of 146097 days; years are counted from March, so that the leap day comes last.
 */
void record_time(const struct timespec *t, char buf[RECORD_TIME_SIZE])
{
	enum { DAY = 86400, ERA = 146097, MARCH_FIRST_OF_YEAR_0 = 719468 };
	const long long days = t->tv_sec / DAY + MARCH_FIRST_OF_YEAR_0;
	const long long second = t->tv_sec % DAY;
	const long long day_of_era = days % ERA;
	const long long year_of_era =
		(day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	const long long day_of_year =
		day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	const long long month = (5 * day_of_year + 2) / 153; /* 0: March */
	const int day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
	const int month_of_year = (int)(month < 10 ? month + 3 : month - 9);
	const int year = (int)(days / ERA * 400 + year_of_era + (month_of_year <= 2));

	fmt_buf(buf, RECORD_TIME_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d.%09ldZ", year, month_of_year,
		day, (int)(second / 3600), (int)(second / 60 % 60), (int)(second % 60), t->tv_nsec);
}

static bool has_own(const struct plan *p, enum ns_type type)
{
	const struct op *ops = plan_ops(p);

	for (uint32_t i = 0; i < p->op_count; i++)
		if (ops[i].kind == OP_NAMESPACE && ops[i].ns.type == type)
			return true;
	return false;
}

static const char *rootfs_of(struct arena *a, const struct record_source *from)
{
	const char *path = from->spec->root.path;

	if (!path || path[0] == '/')
		return path;
	return arena_printf(a, "%s/%s", from->bundle, path);
}

int record_state(struct store_entry *s, struct arena *a, const struct record_source *from,
		 pid_t pid, const struct cgroup *cgroup, const struct rdt *rdt, struct err *e)
{
	char created[RECORD_TIME_SIZE];
	struct timespec now;
	struct state st = {
		.oci_version = OCI_VERSION,
		.id = s->id,
		.pid = pid,
		.bundle = from->bundle,
		.annotations = from->spec->annotations,
		.rootfs = rootfs_of(a, from),
		.created = created,
		.owner = from->facts->user ? from->facts->user
					   : arena_printf(a, "%u", from->facts->euid),
		.own_pidns = has_own(from->plan, NS_PID),
		.adaptations = from->adaptations,
		.hooks = hooks_kinds(from->spec),
		.listener = plan_rows(from->plan) & ROW_LISTENER,
		.rdt_groups = rdt->groups,
		.rdt_owned = rdt->owned,
		.config = from->text,
		.config_size = from->size,
	};
	char letter;
	int r = process_stat(pid, &st.pid_start, &letter);

	if (r < 0)
		return err_sys(e, ERR_SYSTEM, r, "look at init, process %d", pid);
	cgroup_to_state(cgroup, &st);
	if (!st.own_pidns && !st.cgroup) {
		/* then this is what is left to tell its processes by */
		st.own_mountns = has_own(from->plan, NS_MNT);
		if (st.own_mountns && ns_mount_id(pid, &st.mountns) < 0)
			st.mountns = 0; /* before Linux 6.11 */
	}
	clock_gettime(CLOCK_REALTIME, &now);
	record_time(&now, created);
	return store_write(s, a, &st, e);
}

/* To a file without one; what has it already goes first, as rename(2) would have it. */
static int give_name(int fd, const char *path)
{
	char own[32];

	fmt_buf(own, sizeof(own), "/proc/self/fd/%d", fd);
	if (linkat(AT_FDCWD, own, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0)
		return 0;
	if (errno != EEXIST || unlink(path) < 0)
		return -errno;
	return linkat(AT_FDCWD, own, AT_FDCWD, path, AT_SYMLINK_FOLLOW) < 0 ? -errno : 0;
}

/*
 * A file that has no name before it is complete: when we are killed nobody finds half of one, nor
 * one with another name. Not every file system has such files (open(2), O_TMPFILE).
 */
static int name_late(const char *path, const char *text)
{
	const size_t dir = strlen(path) - strlen(path_base(path));
	AUTO(close_fd) int fd = -1;
	char name[PATH_MAX];
	int r;

	if (fmt_buf(name, sizeof(name), "%.*s", dir ? (int)dir : 1, dir ? path : ".") >=
	    sizeof(name))
		return -ENAMETOOLONG;
	fd = open(name, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0644);
	r = fd < 0 ? -errno : io_write_all(fd, text, strlen(text));
	return r < 0 ? r : give_name(fd, path);
}

int record_pid_file(const char *path, pid_t pid, struct err *e)
{
	AUTO(close_fd) int fd = -1;
	char temp[PATH_MAX], text[12];
	int r;

	fmt_buf(text, sizeof(text), "%d", pid);
	if (name_late(path, text) == 0)
		return 0;
	if (fmt_buf(temp, sizeof(temp), "%s.%d.new", path, getpid()) >= sizeof(temp))
		return err_sys(e, ERR_SYSTEM, -ENAMETOOLONG, "pid file");
	fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return err_sys(e, ERR_SYSTEM, -errno, "create pid file '%s'", temp);
	r = io_write_all(fd, text, strlen(text));
	if (r == 0 && rename(temp, path) < 0)
		r = -errno;
	if (r == 0)
		return 0;
	unlink(temp);
	return err_sys(e, ERR_SYSTEM, r, "write pid file '%s'", path);
}
