/*
 * sd_notify(3) out of a container.
 *
 * owns:     the directory ROOT/ID/notify with its socket, and what of a message is passed on
 * may use:  base, sys, host/store
 * must not: know of plans; block a container
 *
 * The container sees the directory, read-only, and finds the socket through NOTIFY_SOCKET. `create`
 * makes the directory, whoever starts the program makes the socket, and listens: `run` in the
 * foreground as long as the container lives, `run --detach` and `start` until it says READY.
 */
#ifndef RUNDLET_HOST_NOTIFY_H
#define RUNDLET_HOST_NOTIFY_H

#include "runtime/host/store.h"

struct notify {
	int in;  /* the container's socket, owned; -1: none */
	int out; /* connected to that of the service manager, owned */
};

#define NOTIFY_NONE                                                                                \
	{                                                                                          \
		.in = -1, .out = -1                                                                \
	}

/* Where the directory will be, below the state root: absolute, in a. */
int notify_place(const char **ret, struct arena *a, int root, const char *id,
		 struct err *e) MUST_USE;
/* Makes it, mode 0755. */
int notify_prepare(const struct store_entry *s, struct err *e) MUST_USE;
/*
 * Listens in the directory for what is meant for the socket named to (a path, or abstract with @).
 * *ret is NOTIFY_NONE when to is NULL, when the container has no such directory, and when nobody
 * listens there: a stale variable is no error.
 */
int notify_open(struct notify *ret, const struct store_entry *s, const char *to,
		struct err *e) MUST_USE;
/*
 * Passes one message on: of its lines those that a container may say. pid: of its main process,
 * told along with READY, 0: not told. True when that was READY.
 */
bool notify_pass(const struct notify *n, pid_t pid);
/* Passes messages on until READY or the end of the process behind pidfd. */
void notify_wait(const struct notify *n, pid_t pid, int pidfd);
void notify_close(struct notify *n);

static inline void notify_close_cleanup(struct notify *n)
{
	notify_close(n);
}

#endif
