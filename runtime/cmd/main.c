/*
 * rundlet: the host's program.
 *
 * owns:     the global options, the list of commands, the one place where errors are reported
 * may use:  everything
 * must not: do a command's work
 *
 * Exit status: the container's for a foreground run, 0 for success, 1 (exec: 255) for a failure of
 * rundlet itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/auxv.h>

#include "oci/oci.h"
#include "runtime/base/log.h"
#include "runtime/cmd/command.h"
#include "seccomp/seccomp.h"

static const struct option global_table[] = {
	{"root", 'r', OPTION_TEXT, offsetof(struct globals, root), "DIR",
	 "the state root (default: $XDG_RUNTIME_DIR/rundlet or /run/rundlet)"},
	{"log", 'l', OPTION_TEXT, offsetof(struct globals, log), "FILE",
	 "append errors to this file too; or journald:NAME, syslog:NAME"},
	{"log-format", 0, OPTION_TEXT, offsetof(struct globals, log_format), "FORMAT",
	 "text (the default) or json, for --log"},
	{"log-level", 0, OPTION_TEXT, offsetof(struct globals, log_level), "LEVEL",
	 "error, warning (the default), info, or debug: as --debug"},
	{"debug", 0, OPTION_FLAG, offsetof(struct globals, debug), NULL, "say more in the log"},
	{"systemd-cgroup", 's', OPTION_FLAG, offsetof(struct globals, systemd_cgroup), NULL,
	 "let systemd make cgroups"},
	{"cgroup-manager", 0, OPTION_TEXT, offsetof(struct globals, cgroup_manager), "NAME",
	 "cgroupfs, systemd or disabled"},
	{"rootless", 0, OPTION_TEXT, offsetof(struct globals, rootless), "BOOL",
	 "true, auto (the default), or false: refuse to be anything but the host's root"},
	{"version", 'v', OPTION_FLAG, offsetof(struct globals, version), NULL, "print the version"},
	{"version", 'V', OPTION_FLAG, offsetof(struct globals, version), NULL, NULL},
};

static const struct options globals_options = OPTIONS(global_table);

static const struct command *const commands[] = {
	&command_run,      &command_create,  &command_start,  &command_state,  &command_kill,
	&command_delete,   &command_list,    &command_pause,  &command_resume, &command_update,
	&command_exec,     &command_ps,      &command_events, &command_spec,   &command_plan,
	&command_features, &command_inspect,
};

/* Descriptors 0-2 that the caller has closed would become files of ours, and stdio of the
 * container. */
static int open_stdio(struct err *e)
{
	struct pollfd fds[3] = {{.fd = 0}, {.fd = 1}, {.fd = 2}};

	if (poll(fds, 3, 0) < 0)
		return err_sys(e, ERR_SYSTEM, -errno, "look at standard input and output");
	for (int i = 0; i < 3; i++)
		if ((fds[i].revents & POLLNVAL) && open("/dev/null", O_RDWR) != i)
			return err_sys(e, ERR_SYSTEM, -errno, "open /dev/null");
	return 0;
}

/* One of the words of list, which ends with NULL. */
static int check_word(const char *option, const char *value, const char *const list[],
		      struct err *e)
{
	for (size_t i = 0; value && list[i]; i++)
		if (strcmp(value, list[i]) == 0)
			return 0;
	return value ? err_set(e, ERR_USAGE, "--%s: '%s' is not known", option, value) : 0;
}

static int check_globals(const struct globals *g, struct err *e)
{
	static const char *const formats[] = {"text", "json", NULL};
	static const char *const levels[] = {"error", "warn", "warning", "info", "debug", NULL};
	static const char *const managers[] = {"cgroupfs", "systemd", "disabled", NULL};
	static const char *const rootless[] = {"true", "false", "auto", NULL};
	int r = check_word("log-format", g->log_format, formats, e);

	if (r == 0)
		r = check_word("log-level", g->log_level, levels, e);
	if (r == 0)
		r = check_word("cgroup-manager", g->cgroup_manager, managers, e);
	return r < 0 ? r : check_word("rootless", g->rootless, rootless, e);
}

static int print_version(struct arena *a, struct err *e)
{
	struct seccomp_known s;
	const char *text;

	seccomp_known(&s, a);
	text = arena_printf(a, "rundlet version %s\ncommit: %s\nspec: %s\n", RUNDLET_VERSION,
			    RUNDLET_COMMIT, OCI_VERSION);
	if (s.version)
		text = arena_printf(a, "%slibseccomp: %s\n", text, s.version);
	return command_print(text, e);
}

static int print_help(struct arena *a, struct err *e)
{
	char *text = arena_printf(a, "Usage: rundlet [OPTIONS] COMMAND …\n"
				     "An OCI container runtime.\n\nCommands:\n");

	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		text = arena_printf(a, "%s  %s%.*s%s\n", text, commands[i]->name,
				    (int)(12 - strlen(commands[i]->name)), "            ",
				    commands[i]->help);
	text = arena_printf(a, "%s\nOptions:\n%s\nrundlet COMMAND --help says more.\n", text,
			    options_help(a, globals_options));
	return command_print(text, e);
}

static int print_command_help(const struct command *c, struct arena *a, struct err *e)
{
	const char *text = arena_printf(a, "Usage: rundlet %s%s%s%s\n%s\n", c->name,
					c->options.n ? " [OPTIONS]" : "", *c->words ? " " : "",
					c->words, c->help);

	if (c->options.n)
		text = arena_printf(a, "%s\nOptions:\n%s", text, options_help(a, c->options));
	return command_print(text, e);
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

static int run_command(struct invocation *i, struct words *w, struct err *e)
{
	const struct command *c = i->command;
	void *options = arena_alloc(i->a, c->options_size + 1);
	int r = options_parse(c->options, c->stop, w, options, e);

	if (r == 1)
		return print_command_help(c, i->a, e);
	if (r < 0)
		return err_prefix(e, r, "%s", c->name);
	if (w->n < c->min || w->n > c->max) {
		err_set(e, ERR_USAGE, "%s: %s", c->name,
			w->n < c->min ? "too few arguments" : "too many arguments");
		return err_hint(e, -EINVAL, "rundlet %s %s", c->name, c->words);
	}
	i->options = options;
	i->words = w->v;
	i->n = w->n;
	return c->run(i, e);
}

static int run(struct invocation *i, struct words *w, struct globals *g, struct err *e)
{
	struct err second;
	int r = options_parse(globals_options, OPTIONS_THEN_WORDS, w, g, e);
	/* The log first: a caller that asked for it looks for every error there. */
	int logged = logging_open(g, r < 0 ? &second : e);

	if (r == 1)
		return print_help(i->a, e);
	if (r < 0 || logged < 0)
		return r < 0 ? r : logged;
	r = check_globals(g, e);
	if (r < 0)
		return r;
	if (g->version)
		return print_version(i->a, e);
	if (w->n == 0) {
		err_set(e, ERR_USAGE, "no command is given");
		return err_hint(e, -EINVAL, "rundlet --help lists them");
	}
	if (strcmp(w->v[0], "version") == 0)
		return print_version(i->a, e);
	if (strcmp(w->v[0], "help") == 0) {
		i->command = w->n > 1 ? find_command(w->v[1]) : NULL;
		return i->command ? print_command_help(i->command, i->a, e) : print_help(i->a, e);
	}
	i->command = find_command(w->v[0]);
	if (!i->command && w->n > 1 && (!strcmp(w->v[1], "-h") || !strcmp(w->v[1], "--help")))
		return err_set(e, ERR_USAGE, "No help topic for '%s'", w->v[0]);
	if (!i->command)
		return err_set(e, ERR_USAGE, "unknown command: %s", w->v[0]);
	w->v++;
	w->n--;
	return run_command(i, w, e);
}

int main(int argc, char **argv)
{
	struct arena a = {0}; /* ends with the process */
	struct words w = {.v = (const char **)(void *)(argv + 1),
			  .n = argc > 0 ? (size_t)argc - 1 : 0,
			  .a = &a};
	struct globals g = {0};
	struct invocation i = {.globals = &g, .a = &a};
	struct err e = {0};
	int r;

	r = open_stdio(&e);
	/* Never privileged beyond the caller: not made for it (CVE-2026-41163). */
	if (r == 0 && getauxval(AT_SECURE))
		r = err_set(&e, ERR_USAGE, "rundlet refuses to be setuid or setgid");
	if (r == 0)
		r = run(&i, &w, &g, &e);
	if (r >= 0)
		return r;
	log_error(&e, i.config);
	return i.command && i.command->failure ? i.command->failure : 1;
}
