/*
 * The foreground of `run`: signals, the terminal, the container's status.
 *
 * owns:     the caller's terminal while the container has it
 * may use:  base, sys, host/notify
 * must not: know of plans and states
 */
#ifndef RUNDLET_HOST_WATCH_H
#define RUNDLET_HOST_WATCH_H

#include <signal.h>
#include <stdbool.h>
#include <termios.h>

#include "runtime/host/notify.h"

struct watch {
	sigset_t signals;            /* those that are forwarded */
	int master;                  /* the container's terminal, owned; -1: none */
	bool raw;                    /* stdin is in raw mode and saved is valid */
	struct termios saved;        /* how stdin was */
	const struct notify *notify; /* what the container says to it is passed on; NULL: none */
};

/* Blocks the signals that will be forwarded: from now on none is lost, and none kills us while the
 * terminal is raw. Before the clone: init clears its mask itself. */
void watch_begin(struct watch *ret);
/* Takes over master (now owned) and puts our own terminal, if stdin is one, into raw mode with the
 * same window size. Before START. */
int watch_attach(struct watch *w, int master, struct err *e) MUST_USE;
/*
 * Forwards signals and copies the terminal until init, our child, has ended; reaps it and whatever
 * else has become our child. *ret_status: its exit code, or 128 + signal.
 */
int watch_wait(struct watch *w, pid_t pid, int pidfd, int *ret_status, struct err *e) MUST_USE;
/* Gives the terminal back as it was. */
void watch_end(struct watch *w);

static inline void watch_end_cleanup(struct watch *w)
{
	watch_end(w);
}

#endif
