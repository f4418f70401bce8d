/*
 * Writing the id maps.
 *
 * owns:     the text of the maps and the arguments of the helpers
 * may use:  base, sys, the plan
 * must not: decide who writes them: the plan does; write through a /proc that is not verified
 *
 * A map is taken by the kernel in one write(2) of less than a page. /proc/PID is named by number:
 * the process is our child and has not been waited for, so that the number stays its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#include "runtime/base/fmt.h"
#include "runtime/base/io.h"
#include "runtime/host/maps.h"
#include "runtime/sys/process.h"
#include "runtime/sys/procfs.h"

enum { MAP_TEXT_MAX = 4095, HELPER_OUTPUT_MAX = 512 };

static const char *const map_files[MAP_KIND_COUNT] = {[MAP_UID] = "uid_map", [MAP_GID] = "gid_map"};
static const char *const helper_names[MAP_KIND_COUNT] = {
	[MAP_UID] = "newuidmap", [MAP_GID] = "newgidmap"};

static int make_text(struct maps *m, struct arena *a, const struct plan *p, enum map_kind kind,
		     struct err *e)
{
	const struct op *ops = plan_ops(p);
	char *buf = arena_alloc(a, MAP_TEXT_MAX + 1);
	size_t n = 0;

	for (uint32_t i = 0; i < p->op_count; i++) {
		if (ops[i].kind != OP_MAP || ops[i].map.gid != (kind == MAP_GID))
			continue;
		n += fmt_buf(buf + n, MAP_TEXT_MAX + 1 - n, "%u %u %u\n", ops[i].map.inside,
			     ops[i].map.outside, ops[i].map.count);
		if (n > MAP_TEXT_MAX)
			return err_set(e, ERR_IDMAP,
				       "%s: more mappings than the kernel takes (%d bytes)",
				       map_files[kind], MAP_TEXT_MAX);
	}
	m->text[kind] = buf;
	return 0;
}

/* newuidmap PID INSIDE OUTSIDE COUNT … */
static void make_arguments(struct maps *m, struct arena *a, const struct plan *p,
			   enum map_kind kind)
{
	const struct op *ops = plan_ops(p);
	char **argv = arena_array(a, 3 * (size_t)p->op_count + 3, sizeof(*argv));
	size_t n = 0;

	argv[n++] = arena_strdup(a, helper_names[kind]);
	argv[n++] = m->pid;
	for (uint32_t i = 0; i < p->op_count; i++) {
		if (ops[i].kind != OP_MAP || ops[i].map.gid != (kind == MAP_GID))
			continue;
		argv[n++] = arena_printf(a, "%u", ops[i].map.inside);
		argv[n++] = arena_printf(a, "%u", ops[i].map.outside);
		argv[n++] = arena_printf(a, "%u", ops[i].map.count);
	}
	m->argv[kind] = argv;
}

int maps_prepare(struct maps *ret, struct arena *a, const struct plan *p, const struct facts *f,
		 struct err *e)
{
	const struct op *ops = plan_ops(p);

	*ret = (struct maps){.writer = (enum map_writer)p->map_writer,
			     .helper = {f->newuidmap, f->newgidmap}};
	if (ret->writer == MAP_NONE)
		return 0;
	for (uint32_t i = 0; i < p->op_count; i++)
		if (ops[i].kind == OP_SETGROUPS)
			ret->deny_setgroups = true;
	for (enum map_kind k = 0; k < MAP_KIND_COUNT; k++) {
		int r;

		if (ret->writer == MAP_HELPERS) {
			make_arguments(ret, a, p, k);
			continue;
		}
		r = make_text(ret, a, p, k, e);
		if (r < 0)
			return r;
	}
	return 0;
}

static int refused(int r, const char *pid, const char *file, struct err *e)
{
	err_sys(e, ERR_IDMAP, r, "write /proc/%s/%s", pid, file);
	if (r != -EPERM && r != -EACCES)
		return r;
	return err_hint(
		e, r,
		"to map a uid 0 further down needs CAP_SETFCAP in the caller's user namespace; "
		"where AppArmor restricts user namespaces (sysctl "
		"kernel.apparmor_restrict_unprivileged_userns), rundlet needs a profile with "
		"'userns,'");
}

/* proc: /proc/PID, verified. Maps that go astray would leave a container with ids that nobody
 * planned. */
static int write_one(int proc, const char *pid, const char *file, const char *text, struct err *e)
{
	int fd = procfs_open_at(proc, file, O_WRONLY);
	ssize_t n = fd < 0 ? fd : write(fd, text, strlen(text));

	/* Not closed: the child is about to execute init, and a host does this once in its life. */
	return n < 0 ? refused(fd < 0 ? fd : -errno, pid, file, e) : 0;
}

static int write_all(const struct maps *m, const char *pid, struct err *e)
{
	int proc = procfs_process(pid), r;

	if (proc < 0) {
		err_sys(e, ERR_IDMAP, proc, "open /proc/%s", pid);
		return err_hint(e, proc, "the proc file system must be mounted there");
	}
	r = m->deny_setgroups ? write_one(proc, pid, "setgroups", "deny", e) : 0;
	for (enum map_kind k = 0; k < MAP_KIND_COUNT && r == 0; k++)
		r = write_one(proc, pid, map_files[k], m->text[k], e);
	return r;
}

int maps_write_self(const struct maps *m, struct err *e)
{
	/* "self" is right even in a new pid namespace: /proc is still the host's. */
	return write_all(m, "self", e);
}

/* A helper under way: its pidfd, and what it says on stderr. */
struct helper {
	int pidfd;
	int output;
};

static void helper_cleanup(struct helper *h)
{
	close_fd_cleanup(&h->pidfd);
	close_fd_cleanup(&h->output);
}

static int start_helper(const struct maps *m, enum map_kind kind, struct helper *ret, struct err *e)
{
	AUTO(close_fd) int in = -1;
	int pipes[2], r;

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return err_sys(e, ERR_SYSTEM, -errno, "make a pipe");
	ret->output = pipes[0];
	in = pipes[1];
	r = process_spawn(&(struct process_spawn){.path = m->helper[kind],
						  .argv = m->argv[kind],
						  .in = -1,
						  .out = -1,
						  .err = in},
			  &ret->pidfd);
	return r < 0 ? err_sys(e, ERR_IDMAP, r, "run %s", m->helper[kind]) : 0;
}

static int finish_helper(const struct maps *m, enum map_kind kind, struct helper *h, struct err *e)
{
	char said[HELPER_OUTPUT_MAX + 1];
	ssize_t n = io_read_full(h->output, said, HELPER_OUTPUT_MAX);
	int status;
	int r = process_wait(h->pidfd, &status);

	if (r < 0)
		return err_sys(e, ERR_SYSTEM, r, "wait for %s", m->helper[kind]);
	if (status == 0)
		return 0;
	said[n > 0 ? n : 0] = '\0';
	said[strcspn(said, "\n")] = '\0';
	err_set(e, ERR_IDMAP, "%s", said[0] ? said : "it gave no reason");
	return err_prefix(e, -EINVAL, "%s failed (status %d)", m->helper[kind], status);
}

/* Both at once: each of them costs about a millisecond. */
static int run_helpers(const struct maps *m, struct err *e)
{
	AUTO(helper) struct helper uid = {-1, -1};
	AUTO(helper) struct helper gid = {-1, -1};
	struct err second;
	int r = start_helper(m, MAP_UID, &uid, e);
	int r2;

	if (r < 0)
		return r;
	r = start_helper(m, MAP_GID, &gid, e);
	r2 = finish_helper(m, MAP_UID, &uid, r < 0 ? &second : e);
	if (r < 0 || r2 < 0) {
		if (gid.pidfd >= 0)
			(void)!finish_helper(m, MAP_GID, &gid, &second);
		return r < 0 ? r : r2;
	}
	return finish_helper(m, MAP_GID, &gid, e);
}

int maps_write(struct maps *m, pid_t pid, struct err *e)
{
	fmt_buf(m->pid, sizeof(m->pid), "%d", pid);
	return m->writer == MAP_HELPERS ? run_helpers(m, e) : write_all(m, m->pid, e);
}

static int open_mapped(const char *pid, const char *const text[MAP_KIND_COUNT], struct err *e)
{
	AUTO(close_fd) int proc = procfs_process(pid);
	int r = proc < 0 ? proc : 0, fd;

	for (enum map_kind k = 0; k < MAP_KIND_COUNT && r == 0; k++)
		r = procfs_write(proc, map_files[k], text[k]);
	if (r < 0)
		return refused(r, pid, "uid_map or gid_map", e);
	fd = openat(proc, "ns/user", O_RDONLY | O_CLOEXEC);
	return fd < 0 ? err_sys(e, ERR_USERNS, -errno, "open /proc/%s/ns/user", pid) : fd;
}

int maps_user_namespace(const char *const text[MAP_KIND_COUNT], struct err *e)
{
	AUTO(close_fd) int pidfd = -1;
	char name[12];
	pid_t pid = process_clone(CLONE_NEWUSER, -1, &pidfd);
	int fd, status;

	if (pid == 0) {
		/* until it is killed, or whoever wanted it is gone */
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		for (;;)
			pause();
	}
	if (pid < 0)
		return err_sys(e, ERR_USERNS, pid, "create a user namespace for a mount");
	fmt_buf(name, sizeof(name), "%d", pid);
	fd = open_mapped(name, text, e);
	/* Either fails only when there is nothing left to end. */
	(void)!process_signal(pidfd, SIGKILL);
	(void)!process_wait(pidfd, &status);
	return fd;
}
