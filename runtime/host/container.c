/*
 * create and run.
 *
 * owns:     the order of the steps and the cleanup when one of them fails
 * may use:  host, and all below
 * must not: parse command lines, print
 *
 * When we are killed between two steps init sees the end of the handshake and exits; what is left
 * is a state directory whose container is stopped, or that has no state at all and is taken over by
 * the next create. Only with START does init stop caring for us, and then all is on record.
 */
#include <errno.h>
#include <sched.h>
#include <sys/prctl.h>

#include "oci/doc.h"
#include "runtime/base/log.h"
#include "runtime/host/cgroup.h"
#include "runtime/host/console.h"
#include "runtime/host/listener.h"
#include "runtime/host/container.h"
#include "runtime/host/hooks.h"
#include "runtime/host/launch.h"
#include "runtime/host/maps.h"
#include "runtime/host/members.h"
#include "runtime/host/notify.h"
#include "runtime/host/rdt.h"
#include "runtime/host/start.h"
#include "runtime/host/trees.h"
#include "runtime/host/watch.h"
#include "runtime/sys/process.h"

/* A container in the making; whatever is still set at the end is undone. */
struct making {
	const struct container_options *o;
	struct arena *a;
	struct store_entry entry; /* .dir -1: not made */
	struct launched init;     /* .pidfd -1: not launched */
	struct cgroup cgroup;     /* .ops NULL: none */
	struct rdt rdt;
	int console;          /* connected --console-socket, -1: none */
	int pidfd_socket;     /* connected --pidfd-socket, -1: none */
	int start;            /* listening start socket, -1: none */
	bool pid_file;        /* written */
	bool launched;        /* init was there: the poststop hooks are due in the end */
	struct notify notify; /* of run: listening; NOTIFY_NONE: nobody is told */
	struct watch *watch;  /* of a foreground run, borrowed; NULL: none */
};

static struct hooks hooks_of(const struct making *m)
{
	const struct record_source *from = m->o->from;

	return (struct hooks){.a = m->a,
			      .doc = from->doc,
			      .spec = from->spec,
			      .id = m->o->id,
			      .bundle = from->bundle};
}

static void making_cleanup(struct making *m)
{
	const struct hooks hooks = hooks_of(m);
	const bool poststop = m->entry.dir >= 0 && m->launched;
	struct err ignored;

	launched_end(&m->init);
	if (m->entry.dir >= 0)
		(void)!cgroup_destroy(&m->cgroup, &ignored);
	if (m->entry.dir >= 0)
		(void)!rdt_remove(&m->rdt.made, &ignored);
	cgroup_close(&m->cgroup);
	close_fd_cleanup(&m->console);
	close_fd_cleanup(&m->pidfd_socket);
	close_fd_cleanup(&m->start);
	notify_close(&m->notify);
	if (m->pid_file)
		unlink(m->o->pid_file);
	/* The error that brought us here is the one to report. */
	if (m->entry.dir >= 0)
		(void)!store_remove(&m->entry, &ignored);
	store_close(&m->entry);
	if (poststop)
		hooks_poststop(&hooks);
}

static struct making begin(const struct container_options *o, struct arena *a, struct watch *w)
{
	return (struct making){.o = o,
			       .a = a,
			       .entry = {.dir = -1},
			       .init = {.pidfd = -1, .wire = {.sock = -1}},
			       .cgroup = CGROUP_NONE,
			       .console = -1,
			       .pidfd_socket = -1,
			       .start = -1,
			       .notify = NOTIFY_NONE,
			       .watch = w};
}

/* A terminal needs somebody at its other end; --console-socket needs a terminal. */
static int check_console(const struct container_options *o, bool foreground, struct err *e)
{
	bool terminal = o->from->spec->process.terminal;

	if (o->console_socket && !terminal)
		return err_set(e, ERR_CONSOLE,
			       "--console-socket is given, but /process/terminal is not true");
	if (terminal && !o->console_socket && !foreground) {
		err_set(e, ERR_CONSOLE,
			"/process/terminal is true, but there is nobody to take it");
		return err_hint(e, -EINVAL, "give --console-socket, or use run without --detach");
	}
	return 0;
}

/* Everything that can fail without having made anything comes first. */
static int prepare(struct making *m, struct maps *ret_maps, struct err *e)
{
	const struct container_options *o = m->o;
	int r = check_console(o, m->watch != NULL, e);

	if (r < 0)
		return r;
	if (o->console_socket) {
		m->console = console_connect(o->console_socket, "--console-socket", e);
		if (m->console < 0)
			return m->console;
	}
	if (o->pidfd_socket) {
		m->pidfd_socket = console_connect(o->pidfd_socket, "--pidfd-socket", e);
		if (m->pidfd_socket < 0)
			return m->pidfd_socket;
	}
	r = rdt_prepare(&m->rdt, m->a, o->from->plan, NULL, e);
	if (r == 0)
		r = maps_prepare(ret_maps, m->a, o->from->plan, o->from->facts, e);
	if (r < 0)
		return r;
	r = store_create(&m->entry, o->root, o->id, e);
	if (r == 0 && o->notify)
		r = notify_prepare(&m->entry, e);
	if (r == 0 && o->notify && !o->from->plan->wait_start)
		r = notify_open(&m->notify, &m->entry, o->notify, e);
	if (r < 0)
		return r;
	if (o->from->plan->wait_start) {
		m->start = start_listen(&m->entry, e);
		if (m->start < 0)
			return m->start;
	}
	if (!o->from->cgroup)
		return 0;
	if (o->from->cgroup->choice.manager != CGROUP_DISABLED)
		cgroup_recover(m->entry.dir, m->a);
	return cgroup_prepare(&m->cgroup, m->a, o->from->cgroup, o->from->cgroup_facts,
			      m->entry.dir, e);
}

static int explain(struct making *m, int r, struct err *e)
{
	if (r >= 0)
		return r;
	r = cgroup_explain(&m->cgroup, e, launched_explain(&m->init, r, e));
	r = store_explain(&m->entry, e, r);
	return doc_locate(m->o->from->doc, e, r);
}

/* prestart and createRuntime, which init waits for. */
static int run_hooks(struct making *m, struct err *e)
{
	const struct hooks hooks = hooks_of(m);
	int r;

	if (!wire_has(&m->init.wire, MSG_HOOKS))
		return 0;
	r = wire_expect(&m->init.wire, MSG_HOOKS, NULL, e);
	if (r == 0)
		r = hooks_run(&hooks, HOOK_PRESTART, STATUS_CREATING, m->init.pid, e);
	if (r == 0)
		r = hooks_run(&hooks, HOOK_CREATE_RUNTIME, STATUS_CREATING, m->init.pid, e);
	return r < 0 ? r : wire_send(&m->init.wire, MSG_HOOKED, -1, e);
}

static int take_console(struct making *m, struct err *e)
{
	AUTO(close_fd) int master = -1;
	int r;

	if (!wire_has(&m->init.wire, MSG_CONSOLE))
		return 0;
	r = wire_expect(&m->init.wire, MSG_CONSOLE, &master, e);
	if (r < 0)
		return r;
	if (m->console >= 0)
		return console_send_master(m->console, master, e);
	return watch_attach(m->watch, take_fd(&master), e);
}

/* Puts the container on record; then what that names is made in resctrl. */
static int record(struct making *m, struct err *e)
{
	int r = record_state(&m->entry, m->a, m->o->from, m->init.pid, &m->cgroup, &m->rdt, e);

	if (r == 0)
		r = cgroup_hold_note(&m->cgroup, e);
	if (r == 0)
		r = rdt_apply(&m->rdt, m->a, m->init.pid, e);
	log_debug("container \"%s\": child process in init(): process %d", m->o->id, m->init.pid);
	if (r == 0 && m->o->from->plan->wait_start)
		r = store_mark(&m->entry, STORE_MARK_CREATED, e);
	if (r == 0 && m->pidfd_socket >= 0)
		r = console_send(m->pidfd_socket, m->init.pidfd, "pidfd", e);
	if (r == 0 && m->o->pid_file) {
		r = record_pid_file(m->o->pid_file, m->init.pid, e);
		m->pid_file = r == 0;
	}
	return r;
}

/* From nothing to an init that is on record and goes on. */
static int make(struct making *m, struct err *e)
{
	AUTO(trees_close) struct trees trees = {0};
	struct maps maps;
	int r = prepare(m, &maps, e);

	if (r == 0)
		r = trees_grab(&trees, m->a, m->o->from->plan, e);
	if (r == 0)
		r = launch(&m->init,
			   &(struct launch){.plan = m->o->from->plan,
					    .maps = &maps,
					    .trees = &trees,
					    .cgroup = &m->cgroup,
					    .start = m->start,
					    .enter = -1},
			   e);
	m->launched = r == 0;
	trees_close(&trees);
	if (r == 0)
		r = run_hooks(m, e);
	if (r == 0)
		r = take_console(m, e);
	if (r == 0)
		r = wire_expect(&m->init.wire, MSG_READY, NULL, e);
	if (r == 0)
		r = record(m, e);
	if (r == 0) {
		log_debug("init: closing the pipe to signal completion");
		r = wire_send(&m->init.wire, MSG_START, -1, e);
	}
	return explain(m, r, e);
}

int container_create(const struct container_options *o, struct arena *a, struct err *e)
{
	AUTO(making) struct making m = begin(o, a, NULL);
	int r = make(&m, e);

	if (r < 0)
		return r;
	launched_release(&m.init);
	store_close(&m.entry);
	m.pid_file = false;
	return 0;
}

/* run: waits until the program is executed, and tells the poststart hooks. */
static int go(struct making *m, struct err *e)
{
	const struct hooks hooks = hooks_of(m);
	const struct listener listener = {&hooks, m->init.pid, m->init.pid, STATUS_CREATING};
	int r = listener_pass(&m->init.wire, &listener, e);

	if (r == 0)
		r = wire_expect_eof(&m->init.wire, e);
	r = explain(m, r, e);
	if (r == 0 && m->cgroup.ops && !process_has_program(m->init.pid))
		r = cgroup_check_started(&m->cgroup, e);
	return r < 0 ? r : hooks_run(&hooks, HOOK_POSTSTART, STATUS_RUNNING, m->init.pid, e);
}

/* Of a container without cgroup and pid namespace more than init may have to be ended. */
static int end_rest(struct making *m, struct err *e)
{
	const bool own = m->o->from->plan->clone_flags & CLONE_NEWPID;
	struct state st;
	int r = own || m->cgroup.ops ? 1 : store_read(&m->entry, m->a, &st, e);

	if (r != 0)
		return r < 0 ? r : 0;
	st.pid = 0;
	r = members_end(&st);
	return r < 0 ? err_sys(e, ERR_SYSTEM, r, "end the processes of the container") : 0;
}

/* The container has ended: nothing of it is kept, unless it was asked for or somebody else has
 * deleted it. */
static int end(struct making *m, struct err *e)
{
	const struct hooks hooks = hooks_of(m);
	int r = store_relock(&m->entry, e);
	bool remove = r > 0 && !m->o->keep;

	m->pid_file = false;
	if (remove)
		r = end_rest(m, e);
	if (remove && r == 0)
		r = cgroup_destroy(&m->cgroup, e);
	if (remove && r == 0)
		r = rdt_remove(&m->rdt.owned, e);
	if (remove && r == 0)
		r = store_remove(&m->entry, e);
	/* nobody can wait for the lock of a removed directory: it ends with this process */
	if (remove && r >= 0)
		m->entry.dir = -1;
	store_close(&m->entry);
	if (remove && r >= 0)
		hooks_poststop(&hooks);
	return r < 0 ? r : 0;
}

static int run_foreground(const struct container_options *o, struct arena *a, int *ret_status,
			  struct err *e)
{
	AUTO(watch_end) struct watch w;
	AUTO(making) struct making m = begin(o, a, &w);
	int status, r;

	watch_begin(&w);
	w.notify = &m.notify;
	/* orphans of a pid namespace of its own are its init's, never ours */
	if (!o->no_subreaper && !(o->from->plan->clone_flags & CLONE_NEWPID) &&
	    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		return err_sys(e, ERR_SYSTEM, -errno, "become a subreaper");
	r = make(&m, e);
	if (r == 0)
		r = go(&m, e);
	if (r == 0)
		r = store_unlock(&m.entry, e);
	if (r == 0)
		r = watch_wait(&w, m.init.pid, m.init.pidfd, &status, e);
	if (r < 0)
		return r;
	/* reaped: nothing to end any more, and its descriptors end with this process */
	m.init.pidfd = m.init.wire.sock = -1;
	r = end(&m, e);
	if (r == 0)
		*ret_status = status;
	return r;
}

int container_run(const struct container_options *o, struct arena *a, int *ret_status,
		  struct err *e)
{
	AUTO(making) struct making m = begin(o, a, NULL);
	int r;

	if (!o->detach)
		return run_foreground(o, a, ret_status, e);
	r = make(&m, e);
	if (r == 0)
		r = go(&m, e);
	if (r < 0)
		return r;
	/* others may have to do with the container meanwhile */
	store_close(&m.entry);
	m.pid_file = false;
	notify_wait(&m.notify, m.init.pid, m.init.pidfd);
	launched_release(&m.init);
	*ret_status = 0;
	return 0;
}
