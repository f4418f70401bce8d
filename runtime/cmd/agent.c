/*
 * The agent for system calls that the caller names.
 *
 * owns:     RUN_OCI_SECCOMP_RECEIVER
 * may use:  base, oci (types)
 * must not: connect
 */
#include <stdlib.h>

#include "runtime/cmd/agent.h"

#define VARIABLE "RUN_OCI_SECCOMP_RECEIVER"

int agent_tell(struct spec_seccomp *s, struct err *e)
{
	const char *path = getenv(VARIABLE);

	if (!path || !*path)
		return 0;
	if (*path != '/')
		return err_set(e, ERR_USAGE, VARIABLE " is '%s', not an absolute path", path);
	s->listener_env = path;
	return 0;
}
