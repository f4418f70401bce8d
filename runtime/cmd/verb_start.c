/*
 * rundlet start
 *
 * owns:     its option table
 * may use:  cmd, host
 * must not: do anything itself
 */
#include "runtime/cmd/command.h"
#include "runtime/cmd/existing.h"
#include "runtime/cmd/notify.h"
#include "runtime/host/lifecycle.h"

static int run(struct invocation *i, struct err *e)
{
	int root = existing_root(i, e);

	return root < 0 ? root : container_start(root, i->words[0], notify_socket(), i->a, e);
}

const struct command command_start = {
	.name = "start",
	.words = "ID",
	.help = "let a created container execute its program",
	.min = 1,
	.max = 1,
	.run = run,
};
