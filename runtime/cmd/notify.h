/*
 * The service manager's socket (sd_notify(3)).
 *
 * owns:     NOTIFY_SOCKET: what it says to us, and what the container gets for it
 * may use:  base, oci (types), host/notify
 * must not: touch a descriptor
 */
#ifndef RUNDLET_CMD_NOTIFY_H
#define RUNDLET_CMD_NOTIFY_H

#include "oci/spec.h"
#include "runtime/base/arena.h"

/* The socket that this process was told of, NULL: none that we can speak to. */
const char *notify_socket(void);
/*
 * Adds to the container a mount of dir, which is where its own socket will be, and the variable
 * that names it there. A program that the configuration tells of another socket keeps to that:
 * false. The new lists are in a.
 */
bool notify_tell(struct spec *s, struct arena *a, const char *dir);

#endif
