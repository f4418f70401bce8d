/*
 * owns:     the connection, the calls, the wait for a job
 * may use:  base, plan/unit
 * must not: know about cgroups
 */
#include "runtime/host/sdbus.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "runtime/base/fmt.h"
#include "runtime/host/sdbus_lib.h"

#define DESTINATION "org.freedesktop.systemd1"
#define OBJECT      "/org/freedesktop/systemd1"
#define MANAGER     "org.freedesktop.systemd1.Manager"
#define NO_UNIT     "org.freedesktop.systemd1.NoSuchUnit"
#define UNIT_EXISTS "org.freedesktop.systemd1.UnitExists"

enum {
	CONNECT_SECONDS = 10, /* per address: a bus answers at once */
	CALL_SECONDS = 25,
	JOB_SECONDS = 60, /* a busy manager takes seconds; a minute is a manager that hangs */
	PATH_SIZE = 256,
	NAME_SIZE = 64,
};

/* What JobRemoved said, or has not said yet. */
struct job {
	char path[PATH_SIZE]; /* the one that is waited for */
	char result[32];
	bool done;
};

struct sdbus {
	struct sdbus_lib lib;
	struct sd_bus *bus;
	int watching; /* JobRemoved: 0 not yet, 1 yes, a negative errno */
	struct job job;
	char refused[NAME_SIZE]; /* the D-Bus error of the last call, or "" */
};

static void set(char *buf, size_t size, const char *s)
{
	fmt_buf(buf, size, "%s", s);
}

static int on_job_removed(struct sd_bus_message *m, void *data, struct sd_bus_error *e)
{
	struct sdbus *b = data;
	const char *path, *unit, *result;
	uint32_t id;

	(void)e;
	if (b->lib.message_read(m, "uoss", &id, &path, &unit, &result) < 0)
		return 0;
	if (!strcmp(path, b->job.path)) {
		set(b->job.result, sizeof(b->job.result), result);
		b->job.done = true;
	}
	return 0;
}

static int on_watching(struct sd_bus_message *m, void *data, struct sd_bus_error *e)
{
	struct sdbus *b = data;

	(void)e;
	b->watching = b->lib.message_is_method_error(m, NULL) > 0 ? -EACCES : 1;
	return 1;
}

static uint64_t now_usec(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* One step of what goes on in the connection; -ETIMEDOUT when nothing happens until end. */
static int turn(struct sdbus *b, uint64_t end)
{
	uint64_t now;
	int r = b->lib.bus_process(b->bus, NULL);

	if (r)
		return r < 0 ? r : 0;
	now = now_usec();
	if (now >= end)
		return -ETIMEDOUT;
	r = b->lib.bus_wait(b->bus, end - now);
	return r < 0 && r != -EINTR ? r : 0;
}

struct address {
	char text[PATH_SIZE];
	bool broker; /* a message bus, where one says Hello; else the manager itself */
};

/* The addresses to try, in order: their number. */
static size_t addresses(struct address v[3], bool system)
{
	const char *run = getenv("XDG_RUNTIME_DIR"), *given;
	size_t n = 0;

	given = getenv(system ? "DBUS_SYSTEM_BUS_ADDRESS" : "DBUS_SESSION_BUS_ADDRESS");
	if (given && *given && strlen(given) < PATH_SIZE) {
		set(v[n].text, PATH_SIZE, given);
		v[n++].broker = true;
	}
	if (system) {
		set(v[n].text, PATH_SIZE, "unix:path=/run/dbus/system_bus_socket");
		v[n++].broker = true;
		set(v[n].text, PATH_SIZE, "unix:path=/run/systemd/private");
		v[n++].broker = false;
		return n;
	}
	if (!run || *run != '/' || strlen(run) > PATH_SIZE - 64)
		return n;
	fmt_buf(v[n].text, PATH_SIZE, "unix:path=%s/bus", run);
	v[n++].broker = true;
	fmt_buf(v[n].text, PATH_SIZE, "unix:path=%s/systemd/private", run);
	v[n++].broker = false;
	return n;
}

/* Connects to one address, far enough that somebody there has answered. */
static int try_address(struct sdbus *b, const struct address *at)
{
	uint64_t end = now_usec() + CONNECT_SECONDS * 1000000ULL;
	char match[PATH_SIZE];
	int r = b->lib.bus_new(&b->bus);

	b->watching = 0;
	if (r < 0)
		return r;
	r = b->lib.bus_set_address(b->bus, at->text);
	if (r >= 0 && at->broker)
		r = b->lib.bus_set_bus_client(b->bus, 1);
	if (r >= 0)
		r = b->lib.bus_start(b->bus);
	fmt_buf(match, sizeof(match),
		"type='signal',%spath='%s',interface='%s',member='JobRemoved'",
		at->broker ? "sender='" DESTINATION "'," : "", OBJECT, MANAGER);
	if (r >= 0)
		r = b->lib.bus_add_match_async(b->bus, NULL, match, on_job_removed, on_watching, b);
	/* Until a bus knows of it: nothing can be missed from then on. A manager tells all it has.
	 */
	while (r >= 0 && !b->watching) {
		r = turn(b, end);
		if (r >= 0 && !at->broker)
			b->watching = b->lib.bus_is_ready(b->bus);
	}
	if (r >= 0 && b->watching < 0)
		r = b->watching;
	if (r < 0)
		b->bus = b->lib.bus_close_unref(b->bus);
	return r;
}

static int no_connection(bool system, const char *at, int r, struct err *e)
{
	const char *who = system ? "systemd" : "the user's systemd";

	if (r == -ETIMEDOUT)
		return err_hint(e,
				err_set(e, ERR_CGROUP,
					"connect to %s: nobody answered at %s within %d seconds",
					who, at, CONNECT_SECONDS),
				"see whether it still runs: systemctl %sstatus",
				system ? "" : "--user ");
	err_sys(e, ERR_CGROUP, r, "connect to %s%s%s", who, at ? " at " : "", at ? at : "");
	return err_hint(e, r, "%s",
			system ? "use --cgroup-manager cgroupfs where systemd does not run"
			       : "log in through logind, or as root: loginctl enable-linger USER, "
				 "and set XDG_RUNTIME_DIR=/run/user/UID");
}

int sdbus_open(struct sdbus **ret, bool system, struct err *e)
{
	struct sdbus *b = calloc(1, sizeof(*b));
	struct address at[3];
	size_t n = addresses(at, system), i;
	int r;

	if (!b)
		return err_sys(e, ERR_CGROUP, -ENOMEM, "connect to systemd");
	r = sdbus_lib_load(&b->lib, e);
	if (r < 0) {
		free(b);
		return r;
	}
	r = -ENOENT;
	for (i = 0; i < n; i++) {
		r = try_address(b, &at[i]);
		if (r >= 0) {
			*ret = b;
			return 0;
		}
	}
	free(b);
	return no_connection(system, n ? at[n - 1].text : NULL, r, e);
}

void sdbus_close(struct sdbus *b)
{
	if (!b)
		return;
	if (b->bus)
		b->lib.bus_flush_close_unref(b->bus);
	free(b);
}

static int new_call(struct sdbus *b, struct sd_bus_message **ret, const char *method)
{
	return b->lib.message_new_method_call(b->bus, ret, DESTINATION, OBJECT, MANAGER, method);
}

/*
 * Sends m and keeps the answer in *reply (may be NULL). Consumes m. What systemd says goes into the
 * error as it is.
 */
static int call(struct sdbus *b, struct sd_bus_message *m, const char *what,
		struct sd_bus_message **reply, struct err *e)
{
	struct sd_bus_error be = {0};
	int r = b->lib.bus_call(b->bus, m, CALL_SECONDS * 1000000ULL, &be, reply);

	b->lib.message_unref(m);
	set(b->refused, sizeof(b->refused), r < 0 && be.name ? be.name : "");
	if (r == -ETIMEDOUT)
		err_hint(e,
			 err_set(e, ERR_CGROUP, "systemd did not answer to '%s' within %d seconds",
				 what, CALL_SECONDS),
			 "see whether it still runs: systemctl status");
	else if (r < 0 && be.message)
		err_set(e, ERR_CGROUP, "systemd: %s: %s", what, be.message);
	else if (r < 0)
		err_sys(e, ERR_CGROUP, r, "systemd: %s", what);
	b->lib.bus_error_free(&be);
	return r < 0 ? r : 0;
}

static int wait_job(struct sdbus *b, struct sd_bus_message *reply, const char *what, struct err *e)
{
	uint64_t end = now_usec() + JOB_SECONDS * 1000000ULL;
	const char *path;
	int r = b->lib.message_read(reply, "o", &path);

	if (r < 0)
		return err_sys(e, ERR_CGROUP, r, "systemd: answer to %s", what);
	/* Signals are queued during the call: none was looked at before the path is known. */
	set(b->job.path, sizeof(b->job.path), path);
	while (r >= 0 && !b->job.done)
		r = turn(b, end);
	if (r == -ETIMEDOUT) {
		err_set(e, ERR_CGROUP, "systemd did not finish to %s within %d seconds", what,
			JOB_SECONDS);
		return err_hint(e, r, "see what it is doing with systemctl list-jobs");
	}
	if (r < 0)
		return err_sys(e, ERR_CGROUP, r, "systemd: wait for %s", what);
	if (strcmp(b->job.result, "done"))
		return err_set(e, ERR_CGROUP, "systemd could not %s: the job ended as '%s'", what,
			       b->job.result);
	return 0;
}

/* Calls a method that answers with a job, and waits for its end. */
static int call_job(struct sdbus *b, struct sd_bus_message *m, const char *what, struct err *e)
{
	struct sd_bus_message *reply = NULL;
	int r;

	b->job = (struct job){0};
	r = call(b, m, what, &reply, e);
	if (r < 0)
		return r;
	r = wait_job(b, reply, what, e);
	b->lib.message_unref(reply);
	return r;
}

/* The value of a property as a variant. */
static int append_value(struct sdbus *b, struct sd_bus_message *m, const struct unit_property *p)
{
	const struct sdbus_lib *l = &b->lib;
	int r;

	switch (p->type) {
	case UNIT_BOOL:
		return l->message_append(m, "v", "b", (int)p->number);
	case UNIT_INT32:
		return l->message_append(m, "v", "i", (int32_t)p->number);
	case UNIT_UINT32:
		return l->message_append(m, "v", "u", (uint32_t)p->number);
	case UNIT_INT64:
		return l->message_append(m, "v", "x", (int64_t)p->number);
	case UNIT_UINT64:
		return l->message_append(m, "v", "t", p->number);
	case UNIT_STRING:
		return l->message_append(m, "v", "s", p->text);
	case UNIT_DEVICE:
		return l->message_append(m, "v", "a(st)", 1, p->text, p->number);
	case UNIT_BYTES:
		r = l->message_open_container(m, 'v', "ay");
		if (r >= 0)
			r = l->message_append_array(m, 'y', p->bytes.v, p->bytes.n);
		return r < 0 ? r : l->message_close_container(m);
	case UNIT_STRINGS: {
		size_t i;

		r = l->message_open_container(m, 'v', "as");
		if (r >= 0)
			r = l->message_open_container(m, 'a', "s");
		for (i = 0; r >= 0 && i < p->list.n; i++)
			r = l->message_append(m, "s", p->list.v[i]);
		if (r >= 0)
			r = l->message_close_container(m);
		return r < 0 ? r : l->message_close_container(m);
	}
	case UNIT_TYPE_COUNT:
		break;
	}
	return -EINVAL;
}

static int append_properties(struct sdbus *b, struct sd_bus_message *m,
			     const struct unit_properties *u)
{
	const struct sdbus_lib *l = &b->lib;
	size_t i;
	int r = 0;

	for (i = 0; r >= 0 && i < u->n; i++) {
		r = l->message_open_container(m, 'r', "sv");
		if (r >= 0)
			r = l->message_append(m, "s", u->v[i].name);
		if (r >= 0)
			r = append_value(b, m, &u->v[i]);
		if (r >= 0)
			r = l->message_close_container(m);
	}
	return r;
}

/* A call of a method with plain arguments. *ret NULL on failure. */
static int simple_message(struct sdbus *b, struct sd_bus_message **ret, const char *method,
			  const char *first, const char *second)
{
	int r = new_call(b, ret, method);

	if (r < 0)
		return r;
	r = b->lib.message_append(*ret, second ? "ss" : "s", first, second);
	if (r < 0)
		*ret = b->lib.message_unref(*ret);
	return r;
}

/* An earlier container of that name may have left a failed unit, which holds the name. */
static void reset_failed(struct sdbus *b, const char *unit)
{
	struct sd_bus_message *m = NULL;
	struct err ignored = {0};

	if (simple_message(b, &m, "ResetFailedUnit", unit, NULL) >= 0 &&
	    call(b, m, "reset", NULL, &ignored) < 0)
		return; /* there is none, mostly */
}

static int append_scope(struct sdbus *b, struct sd_bus_message *m, pid_t pid,
			const struct unit_properties *u)
{
	const struct sdbus_lib *l = &b->lib;
	int r = l->message_open_container(m, 'a', "(sv)");

	if (r >= 0)
		r = l->message_append(m, "(sv)", "PIDs", "au", 1, (uint32_t)pid);
	if (r >= 0)
		r = append_properties(b, m, u);
	if (r >= 0)
		r = l->message_close_container(m);
	if (r >= 0)
		r = l->message_append(m, "a(sa(sv))", 0);
	return r;
}

static int start_once(struct sdbus *b, const char *scope, pid_t pid,
		      const struct unit_properties *u, struct err *e)
{
	struct sd_bus_message *m = NULL;
	char what[PATH_SIZE];
	int r = simple_message(b, &m, "StartTransientUnit", scope, "fail");

	if (r < 0)
		return err_sys(e, ERR_CGROUP, r, "systemd: build a message");
	r = append_scope(b, m, pid, u);
	if (r < 0) {
		b->lib.message_unref(m);
		return err_sys(e, ERR_CGROUP, r, "systemd: build a message");
	}
	fmt_buf(what, sizeof(what), "start %s", scope);
	return call_job(b, m, what, e);
}

/* A job that we no longer wait for would still start the scope some day. */
static int give_up(struct sdbus *b, const char *scope, int r)
{
	struct sd_bus_message *m = NULL;
	struct err ignored = {0};

	if (*b->job.path && simple_message(b, &m, "StopUnit", scope, "replace") >= 0)
		(void)!call(b, m, "give up", NULL, &ignored);
	return r;
}

int sdbus_start_scope(struct sdbus *b, const char *scope, pid_t pid,
		      const struct unit_properties *u, struct err *e)
{
	int r = start_once(b, scope, pid, u, e);

	if (r == -ETIMEDOUT)
		return give_up(b, scope, r);
	if (r >= 0)
		return r;
	reset_failed(b, scope);
	r = start_once(b, scope, pid, u, e);
	if (r >= 0 || strcmp(b->refused, UNIT_EXISTS))
		return r;
	/* Callers look for these words. */
	err_set(e, ERR_CGROUP, "container's cgroup is not empty: there is a unit %s already",
		scope);
	err_at(e, r, "/linux/cgroupsPath");
	return err_hint(e, r, "another container has that name: end it, or give another");
}

int sdbus_stop_unit(struct sdbus *b, const char *unit, struct err *e)
{
	struct sd_bus_message *m = NULL;
	char what[PATH_SIZE];
	int r = simple_message(b, &m, "StopUnit", unit, "replace");

	if (r < 0)
		return err_sys(e, ERR_CGROUP, r, "systemd: build a message");
	fmt_buf(what, sizeof(what), "stop %s", unit);
	r = call_job(b, m, what, e);
	if (!strcmp(b->refused, NO_UNIT))
		r = 0;
	reset_failed(b, unit);
	return r;
}

int sdbus_set_properties(struct sdbus *b, const char *unit, const struct unit_properties *u,
			 struct err *e)
{
	const struct sdbus_lib *l = &b->lib;
	struct sd_bus_message *m = NULL;
	char what[PATH_SIZE];
	int r = new_call(b, &m, "SetUnitProperties");

	if (r >= 0)
		r = l->message_append(m, "sb", unit, 1);
	if (r >= 0)
		r = l->message_open_container(m, 'a', "(sv)");
	if (r >= 0)
		r = append_properties(b, m, u);
	if (r >= 0)
		r = l->message_close_container(m);
	if (r < 0) {
		if (m)
			l->message_unref(m);
		return err_sys(e, ERR_CGROUP, r, "systemd: build a message");
	}
	fmt_buf(what, sizeof(what), "change %s", unit);
	return call(b, m, what, NULL, e);
}

int sdbus_attach(struct sdbus *b, const char *unit, const char *subgroup, pid_t pid, struct err *e)
{
	struct sd_bus_message *m = NULL;
	char what[PATH_SIZE];
	int r = new_call(b, &m, "AttachProcessesToUnit");

	if (r >= 0)
		r = b->lib.message_append(m, "ssau", unit, subgroup, 1, (uint32_t)pid);
	if (r < 0) {
		if (m)
			b->lib.message_unref(m);
		return err_sys(e, ERR_CGROUP, r, "systemd: build a message");
	}
	fmt_buf(what, sizeof(what), "enter %s", unit);
	return call(b, m, what, NULL, e);
}
