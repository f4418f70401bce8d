/*
 * A SOCK_SEQPACKET pair whose packets may carry one descriptor.
 *
 * owns:     nothing
 * may use:  base
 * must not: word errors
 */
#ifndef RUNDLET_SYS_PACKET_H
#define RUNDLET_SYS_PACKET_H

#include <stddef.h>
#include <sys/types.h>

#include "runtime/base/cleanup.h"

/* unix(7). Both ends close-on-exec. 0 or a negative errno. */
int packet_pair(int ret[2]) MUST_USE;
/* One packet, with fd unless it is -1 (fd stays open here); never SIGPIPE. 0 or a negative errno.
 */
int packet_send(int sock, const void *data, size_t size, int fd) MUST_USE;
/*
 * One packet of at most size bytes: its length, 0 at end of file, or a negative errno (-EMSGSIZE
 * when it was longer or carried more than one descriptor). *ret_fd is the descriptor it carried
 * (close-on-exec, the caller's), else -1; with ret_fd NULL a carried descriptor is closed.
 */
ssize_t packet_recv(int sock, void *data, size_t size, int *ret_fd) MUST_USE;

#endif
