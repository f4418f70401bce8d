/*
 * start, kill and delete of a container that exists.
 *
 * owns:     which status allows what (runtime.md "Operations")
 * may use:  host, and all below
 * must not: parse command lines, print
 */
#ifndef RUNDLET_HOST_LIFECYCLE_H
#define RUNDLET_HOST_LIFECYCLE_H

#include "runtime/host/store.h"

/* root is the state root in all of them, borrowed. Errors: ERR_NO_CONTAINER, ERR_STATUS, … */

/*
 * Lets a created container execute its program; returns when that has happened, or its error.
 * notify: the service manager's socket, which is told when the program is ready, and that is waited
 * for; NULL: none.
 */
int container_start(int root, const char *id, const char *notify, struct arena *a,
		    struct err *e) MUST_USE;

enum kill_scope { KILL_INIT, KILL_ALL };
/* Sends a signal (0: none, only looks) to init, or to every process of the container. */
int container_kill(int root, const char *id, int sig, enum kill_scope scope, struct arena *a,
		   struct err *e) MUST_USE;

enum delete_mode { DELETE_STOPPED, DELETE_FORCE };
/*
 * Removes what create has made. A created container is ended first, a running one only with
 * DELETE_FORCE; then also a container that is unknown is no error.
 */
int container_delete(int root, const char *id, enum delete_mode mode, struct arena *a,
		     struct err *e) MUST_USE;

#endif
