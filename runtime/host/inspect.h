/*
 * A look at a container as the kernel sees it.
 *
 * owns:     finding out
 * may use:  host, and all below
 * must not: change anything, print
 */
#ifndef RUNDLET_HOST_INSPECT_H
#define RUNDLET_HOST_INSPECT_H

#include "oci/inspect.h"

/*
 * root: the state root, borrowed. All that is found lives in a; of a container without a process
 * there is only the state. What the caller may not see is left out. Errors: ERR_NO_CONTAINER,
 * ERR_STATE, ERR_SYSTEM.
 */
int inspect_container(struct inspection *ret, int root, const char *id, struct arena *a,
		      struct err *e) MUST_USE;

#endif
