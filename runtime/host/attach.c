/*
 * exec.
 *
 * owns:     the order of the steps and the cleanup when one of them fails
 * may use:  host, and all below
 * must not: parse command lines, print, change anything of the container
 *
 * The container's init is held by its pidfd from the first look on: what is read below /proc/PID
 * afterwards is either about it, or setns(2) will say that it is gone.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>

#include "runtime/base/fmt.h"
#include "runtime/base/io.h"
#include "runtime/base/log.h"
#include "runtime/host/attach.h"
#include "runtime/host/console.h"
#include "runtime/host/listener.h"
#include "runtime/host/launch.h"
#include "runtime/host/rdt.h"
#include "runtime/host/record.h"
#include "runtime/host/status.h"
#include "runtime/host/watch.h"
#include "runtime/sys/ns.h"
#include "runtime/sys/process.h"

/* --- looking the container up ------------------------------------------------------------------
 */

static int check_status(const struct attach *t, uint32_t flags, struct err *e)
{
	switch (t->st.status) {
	case STATUS_CREATED:
	case STATUS_RUNNING:
		return 0;
	case STATUS_PAUSED:
		if (flags & ATTACH_PAUSED)
			return 0;
		/* Callers look for these words. */
		err_set(e, ERR_STATUS, "container \"%s\": cannot exec in a paused container",
			t->st.id);
		return err_hint(e, -EINVAL, "resume it first, or use --ignore-paused");
	case STATUS_CREATING:
	case STATUS_STOPPED:
	case STATUS_UNKNOWN:
	case STATUS_COUNT:
		break;
	}
	/* And for these. */
	return err_set(e, ERR_STATUS, "cannot exec in container \"%s\": container not running",
		       t->st.id);
}

static int decode_config(struct attach *t, struct arena *a, struct err *e)
{
	struct doc d;
	int r;

	if (!t->st.config)
		return err_set(e, ERR_STATE, "container \"%s\" has no configuration on record",
			       t->st.id);
	r = doc_parse(&d, a, t->st.config, t->st.config_size, e);
	return r < 0 ? r : oci_decode_spec(&t->spec, a, &d, e);
}

/* /proc/PID/FILE, terminated, in a. */
static int read_of_init(const struct attach *t, const char *file, struct arena *a, const char **ret,
			struct err *e)
{
	int r;

	*ret = procinfo_read(a, (pid_t)t->st.pid, file, PROCINFO_SMALL, &r);
	return *ret ? 0 : err_sys(e, ERR_SYSTEM, r, "read /proc/%d/%s", (int)t->st.pid, file);
}

static int read_map(const struct attach *t, const char *file, struct arena *a,
		    struct id_ranges *ret, struct err *e)
{
	const char *text = NULL;
	int r = read_of_init(t, file, a, &text, e);

	if (r == 0 && !procinfo_parse_map(ret, a, text))
		r = err_set(e, ERR_SYSTEM, "%s of process %d is no map", file, (int)t->st.pid);
	return r;
}

/*
 * What was made for this container is not the caller's, unless the caller sits in the container,
 * where to join it once more does no harm. Only the user namespace can not be joined twice
 * (setns(2)), and what was shared or joined at create may be anybody's: these are looked at.
 */
static uint64_t made_for_it(const struct spec *s)
{
	uint64_t made = 0;

	for (size_t i = 0; i < s->linux_.namespaces.n; i++) {
		const struct spec_namespace *ns = &s->linux_.namespaces.v[i];

		if (!ns->path && ns->type != NS_USER)
			made |= ns_table[ns->type].flag;
	}
	return made;
}

static int look_at_init(struct attach *t, struct arena *a, struct err *e)
{
	const uint64_t made = made_for_it(&t->spec);
	const char *setgroups = NULL;
	int r = ns_differing((pid_t)t->st.pid, ~made, &t->facts.differing);

	t->facts.differing |= made;
	if (r < 0) {
		err_sys(e, ERR_NAMESPACE, r, "look at the namespaces of container \"%s\"",
			t->st.id);
		return r == -EACCES || r == -EPERM
			       ? err_hint(e, r, "it belongs to another user than the one who asks")
			       : r;
	}
	if (!(t->facts.differing & CLONE_NEWUSER))
		return 0;
	r = read_map(t, "uid_map", a, &t->facts.uid_map, e);
	if (r == 0)
		r = read_map(t, "gid_map", a, &t->facts.gid_map, e);
	if (r == 0)
		r = read_of_init(t, "setgroups", a, &setgroups, e);
	if (r == 0)
		t->facts.setgroups_denied = procinfo_denies(setgroups);
	return r;
}

int attach_open(struct attach *ret, int root, const char *id, uint32_t flags, struct arena *a,
		struct err *e)
{
	AUTO(attach_close) struct attach t = ATTACH_NONE;
	int r = store_open(&t.entry, root, id, false, e);

	if (r == 0)
		r = status_open(&t.entry, a, &t.st, &t.pidfd, &t.cgroup, e);
	if (r == 0)
		r = check_status(&t, flags, e);
	if (r == 0)
		r = decode_config(&t, a, e);
	if (r == 0)
		r = look_at_init(&t, a, e);
	if (r < 0)
		return status_explain(&t.entry, e, r);
	*ret = t;
	t = (struct attach)ATTACH_NONE;
	return 0;
}

void attach_close(struct attach *t)
{
	cgroup_close(&t->cgroup);
	close_fd_cleanup(&t->pidfd);
	store_close(&t->entry);
}

/* --- running the process -----------------------------------------------------------------------
 */

/* A process on its way into the container; whatever is still set at the end is undone. */
struct joining {
	struct attach *to;
	const struct attach_options *o;
	struct launched init; /* .pidfd -1: not launched */
	int console;          /* connected --console-socket, -1: none */
	int pidfd_socket;     /* connected --pidfd-socket, -1: none */
	struct watch *watch;  /* in the foreground, borrowed; NULL: detached */
};

static void joining_cleanup(struct joining *j)
{
	launched_end(&j->init);
	close_fd_cleanup(&j->console);
	close_fd_cleanup(&j->pidfd_socket);
}

static struct joining begin(struct attach *t, const struct attach_options *o, struct watch *w)
{
	return (struct joining){.to = t,
				.o = o,
				.init = {.pidfd = -1, .wire = {.sock = -1}},
				.console = -1,
				.pidfd_socket = -1,
				.watch = w};
}

/* Everything that can fail without having made anything. */
static int prepare(struct joining *j, struct err *e)
{
	const struct attach_options *o = j->o;

	if (o->console_socket && !o->terminal)
		return err_set(e, ERR_CONSOLE,
			       "--console-socket is given, but the process has no terminal");
	if (o->terminal && !o->console_socket && o->detach) {
		err_set(e, ERR_CONSOLE, "there is nobody to take the terminal of the process");
		return err_hint(e, -EINVAL, "give --console-socket, or do not --detach");
	}
	if (o->console_socket) {
		j->console = console_connect(o->console_socket, "--console-socket", e);
		if (j->console < 0)
			return j->console;
	}
	if (o->pidfd_socket) {
		j->pidfd_socket = console_connect(o->pidfd_socket, "--pidfd-socket", e);
		if (j->pidfd_socket < 0)
			return j->pidfd_socket;
	}
	return cgroup_enter(&j->to->cgroup, &j->to->st, &o->cgroup, e);
}

static int take_console(struct joining *j, struct err *e)
{
	AUTO(close_fd) int master = -1;
	int r;

	if (!wire_has(&j->init.wire, MSG_CONSOLE))
		return 0;
	r = wire_expect(&j->init.wire, MSG_CONSOLE, &master, e);
	if (r < 0)
		return r;
	if (j->console >= 0)
		return console_send_master(j->console, master, e);
	return watch_attach(j->watch, take_fd(&master), e);
}

static int pass_listener(struct joining *j, struct err *e)
{
	AUTO(arena) struct arena a = {0};
	const struct state *st = &j->to->st;
	const struct hooks of = {.a = &a, .spec = &j->to->spec, .id = st->id, .bundle = st->bundle};
	const struct listener listener = {&of, (pid_t)st->pid, j->init.pid, STATUS_RUNNING};

	return listener_pass(&j->init.wire, &listener, e);
}

/* From the launch to the execve of the program. */
static int converse(struct joining *j, struct err *e)
{
	int r = launched_reborn(&j->init, &j->to->cgroup, e);

	log_debug("container \"%s\": child process in init(): process %d", j->to->st.id,
		  j->init.pid);
	if (r == 0)
		r = take_console(j, e);
	if (r == 0)
		r = wire_expect(&j->init.wire, MSG_READY, NULL, e);
	if (r == 0 && j->pidfd_socket >= 0)
		r = console_send(j->pidfd_socket, j->init.pidfd, "pidfd", e);
	if (r == 0)
		r = rdt_join(&j->to->st.rdt_groups, j->init.pid, e);
	if (r == 0) {
		log_debug("setns_init: about to exec");
		r = wire_send(&j->init.wire, MSG_START, -1, e);
	}
	if (r == 0)
		r = pass_listener(j, e);
	return r < 0 ? r : wire_expect_eof(&j->init.wire, e);
}

static int go(struct joining *j, struct err *e)
{
	struct maps none = {.writer = MAP_NONE};
	const struct launch l = {.plan = j->o->plan,
				 .maps = &none,
				 .cgroup = &j->to->cgroup,
				 .start = -1,
				 .enter = j->to->pidfd};
	int r = prepare(j, e);

	if (r == 0)
		r = launch(&j->init, &l, e);
	if (r == 0)
		r = converse(j, e);
	if (r < 0)
		return status_explain(&j->to->entry, e, launched_explain(&j->init, r, e));
	/* Only now: to callers the file says that the program was executed. */
	return j->o->pid_file ? record_pid_file(j->o->pid_file, j->init.pid, e) : 0;
}

static int run_foreground(struct attach *t, const struct attach_options *o, int *ret_status,
			  struct err *e)
{
	AUTO(watch_end) struct watch w;
	AUTO(joining) struct joining j = begin(t, o, &w);
	int r;

	watch_begin(&w);
	r = go(&j, e);
	if (r == 0)
		r = watch_wait(&w, j.init.pid, j.init.pidfd, ret_status, e);
	if (r == 0)
		launched_release(&j.init);
	return r;
}

int attach_run(struct attach *t, const struct attach_options *o, int *ret_status, struct err *e)
{
	AUTO(joining) struct joining j = begin(t, o, NULL);
	int r;

	if (!o->detach)
		return run_foreground(t, o, ret_status, e);
	r = go(&j, e);
	if (r < 0)
		return r;
	launched_release(&j.init);
	*ret_status = 0;
	return 0;
}
