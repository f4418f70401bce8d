/*
 * The agent for system calls that the caller names.
 *
 * owns:     RUN_OCI_SECCOMP_RECEIVER: what it says to us (crun's, for callers that cannot annotate)
 * may use:  base, oci (types)
 * must not: connect
 */
#ifndef RUNDLET_CMD_AGENT_H
#define RUNDLET_CMD_AGENT_H

#include "oci/spec.h"
#include "runtime/base/err.h"

/*
 * Lets the environment name the agent of a container whose config.json names none. The value
 * points into the environment. ERR_USAGE: it is no absolute path.
 */
int agent_tell(struct spec_seccomp *s, struct err *e) MUST_USE;

#endif
