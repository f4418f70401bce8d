/*
 * init: finds the plan, walks it, becomes the container's program.
 *
 * owns:     main, the table of runners, the walk
 * may use:  base, sys, wire, the plan's header
 * must not: parse JSON; use stdio, locale or malloc; print (errors go over the wire)
 *
 *     init SOCK START ENTER JOIN… [TREE…]
 *
 * SOCK: init's end of the handshake. START: the listening socket on which `start` is awaited;
 * ENTER: the pidfd of the container that exec joins; JOIN: the namespaces to join, one of each type
 * in the order of ns_table. "-1": none. TREE: what the host has grabbed, one for each such
 * operation of the plan.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "runtime/base/fmt.h"
#include "runtime/base/io.h"
#include "runtime/init/init.h"
#include "runtime/plan/rows.h"
#include "runtime/sys/procfs.h"

enum { ARGS = 4 + NS_COUNT };

/*
 * The plan is a segment of this program, behind all others (see Makefile): what is here makes the
 * linker leave room for it in the program header, and the host puts the plan in its place.
 */
static const uint64_t no_plan __attribute__((section("plan_segment"), used)) = 0;
extern const char __start_plan_segment[];

/* What the host does is not in here: the LAUNCH operations. */
static op_runner *const runners[OP_KIND_COUNT] = {
	[OP_TIME_OFFSET] = run_time_offset,
	[OP_ENTER] = run_enter,
	[OP_HOOK_OUTPUT] = run_hook_output,
	[OP_GRAB] = run_grab,
	[OP_PROPAGATION] = run_propagation,
	[OP_ROOT] = run_root,
	[OP_BECOME] = run_become,
	[OP_MOUNT] = run_mount,
	[OP_ATTACH] = run_attach,
	[OP_REMOUNT] = run_remount,
	[OP_MKNOD] = run_mknod,
	[OP_SYMLINK] = run_symlink,
	[OP_CONSOLE] = run_console,
	[OP_HOOKS] = run_hooks,
	[OP_HOOK] = run_hook,
	[OP_PIVOT] = run_pivot,
	[OP_LOOPBACK] = run_loopback,
	[OP_HOSTNAME] = run_hostname,
	[OP_DOMAINNAME] = run_domainname,
	[OP_SYSCTL] = run_sysctl,
	[OP_READONLY] = run_readonly,
	[OP_MASK] = run_mask,
	[OP_ROOT_FLAGS] = run_root_flags,
	[OP_KEYRING] = run_keyring,
	[OP_SESSION] = run_session,
	[OP_OOM_SCORE] = run_oom_score,
	[OP_RLIMIT] = run_rlimit,
	[OP_UMASK] = run_umask,
	[OP_AFFINITY] = run_affinity,
	[OP_SCHEDULER] = run_scheduler,
	[OP_IO_PRIORITY] = run_io_priority,
	[OP_PERSONALITY] = run_personality,
	[OP_MEMORY_POLICY] = run_memory_policy,
	[OP_LABEL] = run_label,
	[OP_BOUNDING] = run_bounding,
	[OP_USER] = run_user,
	[OP_CAPS] = run_caps,
	[OP_NO_NEW_PRIVS] = run_no_new_privs,
	[OP_CWD] = run_cwd,
	[OP_HOME] = run_home,
	[OP_PID] = run_pid,
	[OP_FIND] = run_find,
	[OP_READY] = run_ready,
	[OP_SECCOMP] = run_seccomp,
	[OP_FDS] = run_fds,
	[OP_EXEC] = run_exec,
};

bool plan_has(const struct plan *p, enum op_kind kind)
{
	const struct op *ops = plan_ops(p);

	for (uint32_t i = 0; i < p->op_count; i++)
		if (ops[i].kind == kind)
			return true;
	return false;
}

uint32_t init_umask(const struct init *s)
{
	/* what is made below the root has the mode that was asked for, as it has with 022 */
	return s->plan->umask & ~(uint32_t)022 ? 022 : s->plan->umask;
}

void *init_alloc(struct init *s, size_t size)
{
	char *p;

	size = (size + 15) & ~(size_t)15;
	if (size > s->pool_left) {
		size_t chunk = size > 65536 ? size : 65536;

		/* without malloc there is nothing to say it with either: out of memory is rare
		 * enough for a bare status */
		p = mmap(NULL, chunk, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (p == MAP_FAILED)
			_exit(1);
		s->pool = p;
		s->pool_left = chunk;
	}
	p = s->pool;
	s->pool += size;
	s->pool_left -= size;
	return p;
}

int init_procfs(struct init *s, enum err_code code, struct err *e)
{
	int fd;

	if (s->proc >= 0)
		return s->proc;
	fd = procfs_private(false);
	if (fd < 0)
		fd = procfs_open();
	if (fd < 0)
		return err_sys(e, code, fd, "open procfs");
	s->proc = fds_scratch(s, fd);
	return fd;
}

int init_open_own(struct init *s, int proc, const char *file, int flags)
{
	char self[16], path[40];
	ssize_t n = readlinkat(proc, "self", self, sizeof(self) - 1);
	int fd;

	/*
	 * "self" is a link, and links are not followed there. What it says is our pid as this
	 * procfs counts, which may be that of a pid namespace further up.
	 */
	if (n < 0)
		return -errno;
	self[n] = '\0';
	fmt_buf(path, sizeof(path), "%s/%s", self, file);
	fd = procfs_open_at(proc, path, flags);
	if (fd == -EACCES) {
		if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0)
			return -errno;
		fd = procfs_open_at(proc, path, flags);
		if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
			return -errno;
	}
	return fd < 0 ? fd : fds_scratch(s, fd);
}

/* A descriptor number from the command line; -1 for "-1". */
static bool parse_fd(const char *text, int *ret)
{
	uint64_t v;

	*ret = -1;
	if (text[0] == '-' && text[1] == '1' && !text[2])
		return true;
	if (!io_parse_u64(text, INT_MAX, &v))
		return false;
	*ret = (int)v;
	return true;
}

static int find_plan(const struct plan **ret, struct err *e)
{
	const struct plan *p = (const void *)__start_plan_segment;

	if (p->magic != PLAN_MAGIC || p->version != PLAN_VERSION)
		return err_set(e, ERR_INTERNAL, "this is not a plan of version %d", PLAN_VERSION);
	if (p->op_count > (p->size - sizeof(*p)) / sizeof(struct op))
		return err_set(e, ERR_INTERNAL, "the plan is cut off");
	*ret = p;
	return 0;
}

/* Runs the operations in their order. */
static int walk(struct init *s, struct err *e)
{
	const struct op *ops = plan_ops(s->plan);

	for (uint32_t i = 0; i < s->plan->op_count; i++) {
		const struct op *op = &ops[i];
		int r;

		if (op->phase == PHASE_LAUNCH)
			continue;
		if (op->kind >= OP_KIND_COUNT || !runners[op->kind])
			return err_set(e, ERR_INTERNAL, "operation %d has no runner in init",
				       op->kind);
		fds_tidy(s);
		r = runners[op->kind](s, op, e);
		if (r >= 0)
			continue;
		/* the host knows the line of a closer place */
		if (e->pointer[0])
			return r;
		e->line = op->line;
		fmt_buf(e->pointer, sizeof(e->pointer), "%s", plan_str(s->plan, op->pointer));
		return r;
	}
	return err_set(e, ERR_INTERNAL, "the plan ends without a program");
}

static int run(struct init *s, struct err *e)
{
	uint64_t fd;
	int r;

	s->wire.rows = plan_rows(s->plan);
	if (!(s->wire.rows & ROW_BORN)) /* mapped before we were executed */
		s->wire.rows &= ~(uint32_t)ROW_MAPPED;
	if (init_umask(s) != s->plan->umask)
		umask((mode_t)init_umask(s));
	fds_setup(s);
	for (char **tree = s->trees; *tree; tree++)
		if (io_parse_u64(*tree, INT_MAX, &fd) && (int)fd > s->trees_top)
			s->trees_top = (int)fd;
	r = fds_make_room(s, e);
	if (r < 0)
		return r;
	s->slots = init_alloc(s, s->plan->slots * sizeof(*s->slots));
	for (uint32_t i = 0; i < s->plan->slots; i++)
		s->slots[i].fd = -1;
	return walk(s, e);
}

int main(int argc, char **argv)
{
	struct init s = {
		.wire = {.end = WIRE_INIT},
		.start = -1,
		.enter = -1,
		.time = -1,
		.root = -1,
		.proc = -1,
		.console = -1,
		.hook_out = -1,
		.hook_err = -1,
		.null = {.tree = -1, .spare = -1},
		.empty = {.tree = -1, .spare = -1},
		.cwd = -1,
	};
	struct err e = {0};
	int r;

	/* nobody in the container may look into this process or take its descriptors */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return 1;
	if (argc < ARGS || !parse_fd(argv[1], &s.wire.sock) || !parse_fd(argv[2], &s.start) ||
	    !parse_fd(argv[3], &s.enter) || s.wire.sock < 0)
		return 1;
	for (int t = 0; t < NS_COUNT; t++)
		if (!parse_fd(argv[ARGS - NS_COUNT + t], &s.joins[t]))
			return 1;
	target_mounted(&s, NULL);
	s.trees = argv + ARGS;
	s.pool = s.pool_first;
	s.pool_left = sizeof(s.pool_first);

	r = find_plan(&s.plan, &e);
	if (r == 0)
		run(&s, &e);
	wire_fail(&s.wire, &e);
	_exit(1);
}
