/*
 * The process that exec runs: from a file or the container's own, and options.
 *
 * owns:     what the options of exec mean
 * may use:  cmd, oci
 * must not: run anything
 */
#ifndef RUNDLET_CMD_PROCESS_H
#define RUNDLET_CMD_PROCESS_H

#include "oci/oci.h"
#include "runtime/cmd/command.h"

/* As given; NULL, false or empty: not given. */
struct process_options {
	const char *file; /* of a process object; NULL: begin with that of the container */
	const char *cwd, *user, *apparmor, *label;
	struct option_list env, cap, gids;
	bool terminal, no_new_privs;
};

/*
 * The process of p's options, in the invocation's arena. config: what the container was created
 * with. words: the program and its arguments, n of them; none with a file. *ret_doc: the file, for
 * positions of errors; its root is NULL when there is no file. Errors: ERR_USAGE, ERR_CONFIG_….
 */
int process_make(struct spec_process *ret, struct doc *ret_doc, struct invocation *i,
		 const struct process_options *p, const struct spec *config, const char **words,
		 size_t n, struct err *e) MUST_USE;

#endif
