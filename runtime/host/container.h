/*
 * create and run: a bundle that was planned becomes a container.
 *
 * owns:     the order of the steps and the cleanup when one of them fails
 * may use:  host, and all below
 * must not: parse command lines, print
 */
#ifndef RUNDLET_HOST_CONTAINER_H
#define RUNDLET_HOST_CONTAINER_H

#include "runtime/host/record.h"

struct container_options {
	const char *id;
	int root;                         /* the state root, borrowed */
	const struct record_source *from; /* plan->wait_start tells create from run */
	const char *pid_file;             /* NULL: none */
	const char *console_socket;       /* NULL: none */
	const char *pidfd_socket;         /* NULL: none */
	const char *notify;               /* the service manager's socket; NULL: none */
	/* run only */
	bool detach;
	bool keep;         /* leave the state when the container has ended */
	bool no_subreaper; /* do not adopt what the container leaves behind */
};

/*
 * Creates the container: its init waits for `start`. On failure nothing of it is left. Errors:
 * those of every step, each with the place in config.json that asked for it.
 */
int container_create(const struct container_options *o, struct arena *a, struct err *e) MUST_USE;

/*
 * Creates and starts it. Detached: 0 as soon as the program was executed. Else stays in the
 * foreground until init has ended, and removes the state; *ret_status is the container's: its exit
 * code, or 128 + signal.
 */
int container_run(const struct container_options *o, struct arena *a, int *ret_status,
		  struct err *e) MUST_USE;

#endif
