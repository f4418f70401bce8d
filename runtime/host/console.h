/*
 * Handing descriptors to the caller: --console-socket, --pidfd-socket.
 *
 * owns:     the connection and its one message
 * may use:  base, sys
 * must not: open a pty (init does, below the container's root)
 */
#ifndef RUNDLET_HOST_CONSOLE_H
#define RUNDLET_HOST_CONSOLE_H

#include "runtime/base/err.h"

/*
 * Connects to the stream socket at path; option names it in errors. Done before anything is
 * created, so that a wrong path leaves nothing behind. The descriptor (close-on-exec) is the
 * caller's. ERR_CONSOLE.
 */
int console_connect(const char *path, const char *option, struct err *e) MUST_USE;

/* Sends one message: the name and exactly one descriptor, which stays open here. */
int console_send(int sock, int fd, const char *name, struct err *e) MUST_USE;

/* The same with the name of the pty behind a master, "/dev/pts/0" as the container sees it. */
int console_send_master(int sock, int master, struct err *e) MUST_USE;

#endif
