/*
 * For commands on a container that should exist.
 *
 * owns:     checking the id, opening the state root
 * may use:  cmd, host
 * must not: make anything
 */
#ifndef RUNDLET_CMD_EXISTING_H
#define RUNDLET_CMD_EXISTING_H

#include "runtime/cmd/command.h"

/*
 * The state root for the container named by the first word (close-on-exec; the process is about to
 * end, nobody closes it). Where there is no state root there is no container: ERR_NO_CONTAINER.
 */
int existing_root(struct invocation *i, struct err *e) MUST_USE;

#endif
