/*
 * rundlet state
 *
 * owns:     its option table
 * may use:  cmd, host
 * must not: change anything
 */
#include "runtime/cmd/command.h"
#include "runtime/cmd/existing.h"
#include "runtime/host/status.h"

static int run(struct invocation *i, struct err *e)
{
	AUTO(store_close) struct store_entry s = {.dir = -1};
	struct state st;
	int root = existing_root(i, e);
	int r = root < 0 ? root : store_open(&s, root, i->words[0], false, e);

	if (r == 0)
		r = status_read(&s, i->a, &st, NULL, e);
	return r < 0 ? r : command_print(oci_emit_state(i->a, &st, EMIT_PRETTY), e);
}

const struct command command_state = {
	.name = "state",
	.words = "ID",
	.help = "print the state of a container as JSON",
	.min = 1,
	.max = 1,
	.run = run,
};
