/*
 * rundlet kill
 *
 * owns:     its option table
 * may use:  cmd, host
 * must not: do anything itself
 */
#include <signal.h>

#include "runtime/cmd/command.h"
#include "runtime/cmd/existing.h"
#include "runtime/cmd/signals.h"
#include "runtime/host/lifecycle.h"

struct kill_options {
	bool all;
};

static const struct option table[] = {
	{"all", 'a', OPTION_FLAG, offsetof(struct kill_options, all), NULL,
	 "every process of the container, not only its init"},
};

static int run(struct invocation *i, struct err *e)
{
	const struct kill_options *o = i->options;
	int sig = SIGTERM;
	int r = i->n > 1 ? signal_parse(i->words[1], &sig, e) : 0;
	int root = r < 0 ? r : existing_root(i, e);

	if (root < 0)
		return root;
	return container_kill(root, i->words[0], sig, o->all ? KILL_ALL : KILL_INIT, i->a, e);
}

const struct command command_kill = {
	.name = "kill",
	.words = "ID [SIGNAL]",
	.help = "send a signal, by name or number, to a container (default: TERM)",
	.options = OPTIONS(table),
	.options_size = sizeof(struct kill_options),
	.min = 1,
	.max = 2,
	.run = run,
};
