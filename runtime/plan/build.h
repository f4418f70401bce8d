/*
 * spec + options + facts about this host -> plan.
 *
 * owns:     every decision
 * may use:  base, oci (types), seccomp
 * must not: touch the host: all that it needs to know is in struct facts
 */
#ifndef RUNDLET_PLAN_BUILD_H
#define RUNDLET_PLAN_BUILD_H

#include "oci/oci.h"
#include "runtime/plan/facts.h"
#include "runtime/plan/plan.h"

struct plan_options {
	const char *bundle; /* absolute */
	bool no_pivot;
	bool wait_start; /* create, as opposed to run */
	uint32_t preserve_fds;
	bool strict; /* an adaptation is an error */
};

/*
 * Builds the plan in a. Errors carry the pointer of the property that cannot be honoured; a
 * property that this build does not act on is ERR_UNSUPPORTED and named.
 */
int plan_build(const struct plan **ret, struct arena *a, const struct doc *d, const struct spec *s,
	       const struct plan_options *o, const struct facts *f, struct err *e) MUST_USE;

/* The plan as text or JSON for `rundlet plan`; ends in a newline. */
char *plan_explain_text(struct arena *a, const struct plan *p);
char *plan_explain_json(struct arena *a, const struct plan *p);

/* The notes of all adapted operations, for the state file. */
struct strings plan_adaptations(struct arena *a, const struct plan *p);

#endif
