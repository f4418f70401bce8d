/*
 * The service manager's socket (sd_notify(3)).
 *
 * owns:     NOTIFY_SOCKET: what it says to us, and what the container gets for it
 * may use:  base, oci (types), host/notify
 * must not: touch a descriptor
 */
#include <stdlib.h>
#include <string.h>

#include "runtime/cmd/notify.h"
#include "runtime/host/notify.h"

#define INSIDE "/run/notify"

static const char variable[] = "NOTIFY_SOCKET=";

const char *notify_socket(void)
{
	const char *to = getenv("NOTIFY_SOCKET");

	/* a path or an abstract name; what virtual machines have instead is not for us */
	return to && (to[0] == '/' || to[0] == '@') ? to : NULL;
}

static void add_mount(struct spec *s, struct arena *a, const char *dir)
{
	static const char *const options[] = {"bind", "ro", "nosuid", "nodev", "noexec"};
	struct spec_mount *v = arena_array(a, s->mounts.n + 1, sizeof(*v));
	const char **o = arena_array(a, ARRAY_LEN(options), sizeof(*o));

	memcpy(o, options, sizeof(options));
	if (s->mounts.n)
		memcpy(v, s->mounts.v, s->mounts.n * sizeof(*v));
	v[s->mounts.n++] = (struct spec_mount){.destination = INSIDE,
					       .type = "bind",
					       .source = dir,
					       .options = {o, ARRAY_LEN(options)}};
	s->mounts.v = v;
}

bool notify_tell(struct spec *s, struct arena *a, const char *dir)
{
	struct strings *env = &s->process.env;
	const char **v = arena_array(a, env->n + 1, sizeof(*v));

	for (size_t i = 0; i < env->n; i++) {
		if (!strncmp(env->v[i], variable, sizeof(variable) - 1))
			return false;
		v[i] = env->v[i];
	}
	v[env->n++] = arena_printf(a, "%s" INSIDE "/" NOTIFY_FILE, variable);
	env->v = v;
	add_mount(s, a, dir);
	return true;
}
