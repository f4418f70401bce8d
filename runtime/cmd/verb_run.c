/*
 * rundlet run
 *
 * owns:     its option table
 * may use:  cmd, host
 * must not: do anything itself
 */
#include "runtime/cmd/create.h"

struct run_options {
	struct create_options create; /* first: CREATE_OPTIONS counts on it */
	bool detach, keep, no_subreaper;
};

static const struct option table[] = {
	CREATE_OPTIONS,
	{"detach", 'd', OPTION_FLAG, offsetof(struct run_options, detach), NULL,
	 "return as soon as the program was executed"},
	{"keep", 0, OPTION_FLAG, offsetof(struct run_options, keep), NULL,
	 "keep the state when the container has ended"},
	{"no-subreaper", 0, OPTION_FLAG, offsetof(struct run_options, no_subreaper), NULL,
	 "do not adopt processes that the container leaves behind"},
};

static int run(struct invocation *i, struct err *e)
{
	const struct run_options *options = i->options;
	struct container_options o;
	int status;
	int r = create_prepare(&o, i, &options->create, false, e);

	if (r < 0)
		return r;
	o.detach = options->detach;
	o.keep = options->keep;
	o.no_subreaper = options->no_subreaper;
	r = container_run(&o, i->a, &status, e);
	return r < 0 ? r : status;
}

const struct command command_run = {
	.name = "run",
	.words = "ID",
	.help = "create and start a container; exits with its status",
	.options = OPTIONS(table),
	.options_size = sizeof(struct run_options),
	.min = 1,
	.max = 1,
	.run = run,
};
