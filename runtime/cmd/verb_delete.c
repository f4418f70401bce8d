/*
 * rundlet delete
 *
 * owns:     its option table
 * may use:  cmd, host
 * must not: do anything itself
 */
#include "runtime/cmd/command.h"
#include "runtime/cmd/existing.h"
#include "runtime/host/lifecycle.h"

struct delete_options {
	bool force;
};

static const struct option table[] = {
	{"force", 'f', OPTION_FLAG, offsetof(struct delete_options, force), NULL,
	 "end the container first, if it is running; an unknown one is no error"},
};

static int run(struct invocation *i, struct err *e)
{
	const struct delete_options *o = i->options;
	int root = existing_root(i, e);

	if (root < 0)
		return o->force && e->code == ERR_NO_CONTAINER ? 0 : root;
	return container_delete(root, i->words[0], o->force ? DELETE_FORCE : DELETE_STOPPED, i->a,
				e);
}

const struct command command_delete = {
	.name = "delete",
	.words = "ID",
	.help = "remove a container that has stopped or was never started",
	.options = OPTIONS(table),
	.options_size = sizeof(struct delete_options),
	.min = 1,
	.max = 1,
	.run = run,
};
