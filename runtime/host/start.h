/*
 * The start socket: `create` leaves init waiting on it, `start` connects to it.
 *
 * owns:     the socket below the container's directory
 * may use:  base, sys, wire, host/store, host/listener
 * must not: decide whether a container may be started
 */
#ifndef RUNDLET_HOST_START_H
#define RUNDLET_HOST_START_H

#include "runtime/host/listener.h"
#include "runtime/host/store.h"
#include "runtime/wire/wire.h"

/* The listening socket that init inherits, as STORE_CREATING in the container's directory, 0600 and
 * close-on-exec; the caller's. */
int start_listen(const struct store_entry *s, struct err *e) MUST_USE;

/*
 * Tells init to go on and waits until it has executed the program: 0. A program that cannot be
 * executed is the error that init sends; an init that is gone is ERR_STATUS "container not
 * running". l: whom its seccomp listener is for, NULL when it has none.
 */
int start_go(const struct store_entry *s, const struct listener *l, struct err *e) MUST_USE;

/*
 * Ends an init that waits to be started, and that nothing else is known of. 0, also when nobody
 * waits.
 */
int start_never(const struct store_entry *s, struct err *e) MUST_USE;

#endif
