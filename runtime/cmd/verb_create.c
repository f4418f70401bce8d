/*
 * rundlet create
 *
 * owns:     its option table
 * may use:  cmd, host
 * must not: do anything itself
 */
#include "runtime/cmd/create.h"

static const struct option table[] = {
	CREATE_OPTIONS,
	/* crun's; without a meaning here, as there */
	{"no-subreaper", 0, OPTION_IGNORED, 0, NULL, "accepted"},
};

static int run(struct invocation *i, struct err *e)
{
	struct container_options o;
	int r = create_prepare(&o, i, i->options, true, e);

	return r < 0 ? r : container_create(&o, i->a, e);
}

const struct command command_create = {
	.name = "create",
	.words = "ID",
	.help = "create a container, which then waits for 'start'",
	.options = OPTIONS(table),
	.options_size = sizeof(struct create_options),
	.min = 1,
	.max = 1,
	.run = run,
};
