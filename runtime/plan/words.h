/*
 * Private to explain: an operation on its way into words.
 *
 * owns:     struct words
 * may use:  base, the plan's header
 * must not: be included outside explain*.c
 */
#ifndef RUNDLET_PLAN_WORDS_H
#define RUNDLET_PLAN_WORDS_H

#include "runtime/base/arena.h"
#include "runtime/plan/plan.h"

/* Which operation is to be put into words, and where the words go. */
struct words {
	struct arena *a;
	const struct plan *p;
};

/* Arena text, never NULL. */
typedef const char *describe_fn(struct words *w, const struct op *op);

#define SAY(w, ...) arena_printf((w)->a, __VA_ARGS__)

/* --- explain_ns.c: namespaces and what is done to them -----------------------------------------
 */

describe_fn describe_namespace, describe_join, describe_enter, describe_become, describe_net_device,
	describe_rdt, describe_time_offset, describe_loopback, describe_sysctl;

/* --- explain_mounts.c: what is mounted, and what else is put into the root ----------------------
 */

describe_fn describe_grab, describe_propagation, describe_root, describe_mount, describe_attach,
	describe_remount, describe_mknod, describe_symlink, describe_console, describe_pivot,
	describe_root_flags;

#endif
