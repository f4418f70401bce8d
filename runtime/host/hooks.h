/*
 * The hooks that run in the runtime's namespaces: prestart, createRuntime, poststart, poststop.
 *
 * owns:     how they are run
 * may use:  base, sys, oci
 * must not: decide what a failure means for the container
 */
#ifndef RUNDLET_HOST_HOOKS_H
#define RUNDLET_HOST_HOOKS_H

#include "oci/oci.h"

/* A config and what its hooks are told; all borrowed. */
struct hooks {
	struct arena *a;
	const struct doc *doc;
	const struct spec *spec;
	const char *id;
	const char *bundle;
};

/* Bit N: the config has hooks of kind N. What struct state keeps. */
uint32_t hooks_kinds(const struct spec *s);
static inline bool hooks_has(uint32_t kinds, enum hook_kind kind)
{
	return kinds >> kind & 1;
}

/* From the state of a container that was made before: decodes the config that it keeps. id and
 * bundle stay borrowed from st. ERR_STATE. */
int hooks_load(struct hooks *ret, struct arena *a, const struct state *st, struct err *e) MUST_USE;

/*
 * Runs the hooks of this kind in their order, in the bundle's directory, until one fails: ERR_HOOK
 * with its pointer and line, and the end of its stderr. pid: the container's init, 0 when stopped.
 */
int hooks_run(const struct hooks *h, enum hook_kind kind, enum status status, pid_t pid,
	      struct err *e) MUST_USE;

/* Runs all poststop hooks; a failure is a warning in the log (runtime.md "Lifecycle" 13). */
void hooks_poststop(const struct hooks *h);

#endif
