/*
 * rundlet exec
 *
 * owns:     its option table, where its errors point to
 * may use:  cmd, host
 * must not: do anything itself
 */
#include <sched.h>
#include <string.h>

#include "runtime/cmd/agent.h"
#include "runtime/cmd/bundle.h"
#include "runtime/cmd/existing.h"
#include "runtime/cmd/listen.h"
#include "runtime/cmd/process.h"
#include "runtime/host/attach.h"

enum { WORDS_MAX = 1 << 20 };

struct exec_verb_options {
	struct process_options process;
	const char *console_socket, *pidfd_socket, *pid_file;
	struct option_list cgroup;
	uint32_t preserve_fds;
	bool detach, ignore_paused;
};

#define FIELD(field) offsetof(struct exec_verb_options, field)

static const struct option table[] = {
	{"process", 'p', OPTION_TEXT, FIELD(process.file), "FILE",
	 "run the process object in this file"},
	{"console-socket", 0, OPTION_TEXT, FIELD(console_socket), "PATH",
	 "send the master of the terminal to this socket"},
	{"pidfd-socket", 0, OPTION_TEXT, FIELD(pidfd_socket), "PATH",
	 "send a pidfd of the process to this socket"},
	{"pid-file", 0, OPTION_TEXT, FIELD(pid_file), "FILE",
	 "write the pid, once the program was executed"},
	{"detach", 'd', OPTION_FLAG, FIELD(detach), NULL,
	 "return as soon as the program was executed"},
	{"tty", 't', OPTION_FLAG, FIELD(process.terminal), NULL, "give it a terminal"},
	{"cwd", 0, OPTION_TEXT, FIELD(process.cwd), "DIR", "its working directory"},
	{"env", 'e', OPTION_LIST, FIELD(process.env), "NAME=VALUE", "add to its environment"},
	{"user", 'u', OPTION_TEXT, FIELD(process.user), "UID[:GID]", "its user and group"},
	{"additional-gids", 'g', OPTION_LIST, FIELD(process.gids), "GID", "add to its groups"},
	{"cap", 'c', OPTION_LIST, FIELD(process.cap), "CAP",
	 "add a capability, in all sets but inheritable"},
	{"no-new-privs", 0, OPTION_FLAG, FIELD(process.no_new_privs), NULL,
	 "it cannot gain privileges"},
	{"process-label", 0, OPTION_TEXT, FIELD(process.label), "LABEL", "its SELinux label"},
	{"apparmor", 0, OPTION_TEXT, FIELD(process.apparmor), "PROFILE", "its AppArmor profile"},
	{"preserve-fds", 0, OPTION_NUMBER, FIELD(preserve_fds), "N",
	 "leave descriptors 3 to 2+N open in the container"},
	{"cgroup", 0, OPTION_LIST, FIELD(cgroup), "PATH",
	 "in this cgroup below the container's; on v1 CONTROLLER,...:PATH, repeated, too"},
	{"ignore-paused", 0, OPTION_FLAG, FIELD(ignore_paused), NULL,
	 "also in a paused container; it runs when that is resumed"},
};

/* Descriptors of socket activation begin at 3 too: a caller that gives both means the same ones. */
static uint32_t preserved(const struct exec_verb_options *o)
{
	const uint32_t listen = listen_count();

	return listen > o->preserve_fds ? listen : o->preserve_fds;
}

static int run_in(struct attach *t, const struct spec *s, struct invocation *i, struct err *e)
{
	const struct exec_verb_options *o = i->options;
	const struct exec_options plan_options = {
		.preserve_fds = preserved(o),
		.tell_pid = listen_count() > 0,
		.keyring = bundle_keyring(i->a, i->words[0]),
	};
	struct attach_options run = {
		.terminal = s->process.terminal,
		.detach = o->detach,
		.cgroup = {.v = o->cgroup.v, .n = o->cgroup.n},
		.pid_file = o->pid_file,
		.console_socket = o->console_socket,
		.pidfd_socket = o->pidfd_socket,
	};
	struct facts f = {0};
	int r = 0, status = 0;

	if (t->facts.differing & CLONE_NEWUSER)
		r = facts_probe_ids(&f, i->a, e);
	else
		r = facts_probe(&f, i->a, e);
	if (r == 0)
		r = plan_build_exec(&run.plan, i->a, s, &plan_options, &t->facts, &f, e);
	if (r == 0)
		r = attach_run(t, &run, &status, e);
	return r < 0 ? r : status;
}

/*
 * A pointer below /process is about the file, if there is one, and about nothing that the caller
 * could look at if there is none: what is wrong then may be an option.
 */
static int locate(const struct doc *file, struct err *e, int r)
{
	static const char process[] = "/process";
	const size_t n = sizeof(process) - 1;

	e->line = e->column = 0;
	if (strncmp(e->pointer, process, n) != 0)
		return r;
	if (!file->root) {
		e->pointer[0] = '\0';
		return r;
	}
	memmove(e->pointer, e->pointer + n, strlen(e->pointer + n) + 1);
	return doc_locate(file, e, r);
}

static int run(struct invocation *i, struct err *e)
{
	const struct exec_verb_options *o = i->options;
	AUTO(attach_close) struct attach t = ATTACH_NONE;
	struct doc file = {0};
	struct spec s;
	int root = existing_root(i, e), r = root < 0 ? root : 0;

	if (r == 0)
		r = bundle_check_preserved(preserved(o), e);
	if (r == 0)
		r = attach_open(&t, root, i->words[0], o->ignore_paused ? ATTACH_PAUSED : 0, i->a,
				e);
	if (r == 0)
		r = agent_tell(&t.spec.linux_.seccomp, e);
	if (r < 0)
		return r;
	s = t.spec;
	r = process_make(&s.process, &file, i, &o->process, &t.spec, i->words + 1, i->n - 1, e);
	if (r < 0)
		return file.root ? doc_locate(&file, e, r) : r;
	listen_tell(&s.process, i->a, listen_count());
	r = run_in(&t, &s, i, e);
	return r < 0 ? locate(&file, e, r) : r;
}

const struct command command_exec = {
	.name = "exec",
	.words = "ID PROGRAM [ARGUMENT...]",
	.help = "run another process in a container; exits with its status",
	.options = OPTIONS(table),
	.options_size = sizeof(struct exec_verb_options),
	.min = 1,
	.max = WORDS_MAX,
	.stop = OPTIONS_THEN_WORDS,
	.failure = 255,
	.run = run,
};
