/*
 * Descriptors of socket activation (sd_listen_fds(3)).
 *
 * owns:     LISTEN_FDS and LISTEN_PID: what they say to us, and what we say to the program
 * may use:  base, oci (types)
 * must not: touch a descriptor
 */
#ifndef RUNDLET_CMD_LISTEN_H
#define RUNDLET_CMD_LISTEN_H

#include "oci/spec.h"
#include "runtime/base/arena.h"

/* How many descriptors, from 3 on, this process was given: 0 unless LISTEN_PID is its own pid. */
uint32_t listen_count(void);
/*
 * Tells the program of n descriptors, 0: nothing. LISTEN_PID is left to init, who knows it. The new
 * list is in a.
 */
void listen_tell(struct spec_process *p, struct arena *a, uint32_t n);

#endif
