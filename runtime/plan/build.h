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
#include "runtime/plan/cgroup_plan.h"
#include "runtime/plan/facts.h"
#include "runtime/plan/plan.h"

struct plan_options {
	const char *bundle;   /* absolute */
	const char *id;       /* what hooks are told */
	char *const *environ; /* of hooks that have none of their own; NULL: empty */
	const char *keyring;  /* the name of its session keyring; NULL: the caller's is kept */
	bool no_pivot;
	bool wait_start; /* create, as opposed to run */
	uint32_t preserve_fds;
	bool tell_pid;                           /* the program finds its pid in LISTEN_PID */
	bool strict;                             /* an adaptation is an error */
	const struct cgroup_plan *cgroup;        /* decided before (cgroup_plan()); NULL: none */
	const struct cgroup_facts *cgroup_facts; /* what that was decided from; NULL with cgroup */
};

/*
 * Builds the plan in a. Errors carry the pointer of the property that cannot be honoured; a
 * property that this build does not act on is ERR_UNSUPPORTED and named.
 */
int plan_build(const struct plan **ret, struct arena *a, const struct doc *d, const struct spec *s,
	       const struct plan_options *o, const struct facts *f, struct err *e) MUST_USE;

/* Does the plan of this spec depend on facts_probe_ranges()? A plain user's does when it has to map
 * more than its own id. */
bool plan_needs_ranges(const struct spec *s, const struct facts *f);
/* Will a user namespace be made although the config has none? */
bool plan_implies_userns(const struct spec *s, const struct facts *f);

/* The plan as text or JSON for `rundlet plan`; ends in a newline. */
char *plan_explain_text(struct arena *a, const struct plan *p);
char *plan_explain_json(struct arena *a, const struct plan *p);

/* Is it one of the devices that every container has (config-linux.md "Default Devices")? */
bool plan_is_default_device(const char *path);

/* The notes of all adapted operations, for the state file. */
struct strings plan_adaptations(struct arena *a, const struct plan *p);

/* For `features`: the mount options that this build acts on, sorted, and the names of the
 * capabilities 0 … last. */
struct strings plan_mount_options(struct arena *a);
struct strings plan_capabilities(struct arena *a, uint32_t last);

#endif
