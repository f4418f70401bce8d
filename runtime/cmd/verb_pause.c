/*
 * rundlet pause and rundlet resume
 *
 * owns:     their descriptions
 * may use:  cmd, host
 * must not: do anything itself
 */
#include "runtime/cmd/command.h"
#include "runtime/cmd/existing.h"
#include "runtime/host/control.h"

static int run_pause(struct invocation *i, struct err *e)
{
	int root = existing_root(i, e);

	return root < 0 ? root : container_pause(root, i->words[0], true, i->a, e);
}

static int run_resume(struct invocation *i, struct err *e)
{
	int root = existing_root(i, e);

	return root < 0 ? root : container_pause(root, i->words[0], false, i->a, e);
}

const struct command command_pause = {
	.name = "pause",
	.words = "ID",
	.help = "stop all processes of a container where they are",
	.min = 1,
	.max = 1,
	.run = run_pause,
};

const struct command command_resume = {
	.name = "resume",
	.words = "ID",
	.help = "let a paused container go on",
	.min = 1,
	.max = 1,
	.run = run_resume,
};
