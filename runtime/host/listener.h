/*
 * Handing the seccomp listener to the agent.
 *
 * owns:     the connection and its one message
 * may use:  base, oci, wire, host/console, host/hooks (what is told of a container)
 * must not: answer notifications
 */
#ifndef RUNDLET_HOST_LISTENER_H
#define RUNDLET_HOST_LISTENER_H

#include "runtime/host/hooks.h"
#include "runtime/wire/wire.h"

struct listener {
	const struct hooks *of; /* the container */
	pid_t init;             /* its process 1 */
	pid_t pid;              /* the process that has loaded the filter: init, or that of exec */
	enum status status;
};

/*
 * Takes the listener from init and sends it to linux.seccomp.listenerPath, with the container
 * process state (config-linux.md); nothing where the handshake has no such row. Init goes on only
 * then. Errors: ERR_SECCOMP with its pointer; those of the handshake.
 */
int listener_pass(struct wire *w, const struct listener *l, struct err *e) MUST_USE;

#endif
