/*
 * Descriptors of socket activation (sd_listen_fds(3)).
 *
 * owns:     LISTEN_FDS and LISTEN_PID: what they say to us, and what we say to the program
 * may use:  base, oci (types)
 * must not: touch a descriptor
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/base/io.h"
#include "runtime/cmd/listen.h"

/* A number in the environment, 0 when there is none. */
static uint64_t number(const char *name)
{
	const char *text = getenv(name);
	uint64_t value;

	return text && io_parse_u64(text, INT_MAX - 3, &value) ? value : 0;
}

uint32_t listen_count(void)
{
	const uint64_t pid = number("LISTEN_PID");

	return pid && pid == (uint64_t)getpid() ? (uint32_t)number("LISTEN_FDS") : 0;
}

void listen_tell(struct spec_process *p, struct arena *a, uint32_t n)
{
	struct strings env = {.v = arena_array(a, p->env.n + 1, sizeof(*env.v))};

	if (!n)
		return;
	for (size_t i = 0; i < p->env.n; i++)
		if (strncmp(p->env.v[i], "LISTEN_FDS=", 11) != 0 &&
		    strncmp(p->env.v[i], "LISTEN_PID=", 11) != 0)
			env.v[env.n++] = p->env.v[i];
	env.v[env.n++] = arena_printf(a, "LISTEN_FDS=%u", n);
	p->env = env;
}
