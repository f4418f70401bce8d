/*
 * What a command is.
 *
 * owns:     the types and the list of commands
 * may use:  base, cmd/options
 * must not: know what a command does
 */
#ifndef RUNDLET_CMD_COMMAND_H
#define RUNDLET_CMD_COMMAND_H

#include "runtime/cmd/options.h"

/* The options that stand before the command. */
struct globals {
	const char *root;
	const char *log;
	const char *log_format;
	const char *log_level;      /* "error", "warning", "info", "debug"; NULL: not said */
	const char *cgroup_manager; /* "cgroupfs", "systemd", "disabled"; NULL: not said */
	const char *rootless;       /* "true", "false", "auto"; NULL: not said */
	bool systemd_cgroup;
	bool debug;
	bool version;
};

/* One run of a command. */
struct invocation {
	const struct globals *globals;
	const struct command *command;
	const void *options; /* the command's own structure, filled */
	const char **words;  /* positionals */
	size_t n;
	struct arena *a;
	const char *config; /* what errors call the config file; NULL: "config.json" */
};

struct command {
	const char *name;
	const char *words; /* its positionals, for the help: "ID [SIGNAL]" */
	const char *help;  /* one line */
	struct options options;
	size_t options_size; /* of the structure that the table fills */
	size_t min, max;     /* how many positionals */
	enum option_stop stop;
	int failure; /* the exit status when it fails; 0: 1 */
	/* Returns the exit status, or a negative errno with *e filled (exit status: failure). */
	int (*run)(struct invocation *i, struct err *e);
};

extern const struct command command_create, command_delete, command_events, command_exec,
	command_features, command_inspect, command_kill, command_list, command_pause, command_plan,
	command_ps, command_resume, command_run, command_spec, command_start, command_state,
	command_update;

/*
 * Sets the log sink up. --log is [file:]PATH, journald:NAME or syslog:NAME, as crun has it. A file
 * that cannot be written is an error; a daemon that nobody runs is none: lines go to stderr anyway.
 */
int logging_open(const struct globals *g, struct err *e) MUST_USE;

/* Writes text to stdout: 0 or a negative errno with *e filled. */
int command_print(const char *text, struct err *e) MUST_USE;

#endif
