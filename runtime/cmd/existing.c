/*
 * For commands on a container that should exist.
 *
 * owns:     checking the id, opening the state root
 * may use:  cmd, host
 * must not: make anything
 */
#include <errno.h>

#include "runtime/cmd/existing.h"
#include "runtime/host/store.h"

int existing_root(struct invocation *i, struct err *e)
{
	int r = store_check_id(i->words[0], e);

	if (r < 0)
		return r;
	r = store_open_root(i->globals->root, false, i->a, e);
	if (r == -ENOENT) {
		err_set(e, ERR_NO_CONTAINER, "container \"%s\": container does not exist",
			i->words[0]);
		return -ENOENT;
	}
	return r;
}
