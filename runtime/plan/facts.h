/*
 * What the planner has to know about the host and the caller, probed once.
 *
 * owns:     struct facts and the probe
 * may use:  base, sys
 * must not: decide anything, change anything, need any privilege
 */
#ifndef RUNDLET_PLAN_FACTS_H
#define RUNDLET_PLAN_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/base/arena.h"
#include "runtime/base/err.h"
#include "runtime/plan/procinfo.h"

struct sub_range { /* a line of /etc/subuid or /etc/subgid that is the caller's */
	uint32_t start;
	uint32_t count;
};

struct sub_ranges {
	struct sub_range *v;
	size_t n;
};

struct facts {
	uint32_t euid, egid;
	const char *user; /* name of euid in /etc/passwd, NULL: none; looked up only when ranges are
			     needed */
	bool initial_userns;               /* by the namespace itself, never by euid */
	bool privileged;                   /* CAP_SYS_ADMIN effective in our user namespace */
	struct id_ranges uid_map, gid_map; /* of our own user namespace */
	bool setgroups_denied;             /* /proc/self/setgroups of our own user namespace */
	struct sub_ranges subuid, subgid;
	const char *newuidmap, *newgidmap; /* absolute paths of the helpers, NULL: not found */
	uint32_t cap_last;                 /* the last capability of this kernel */
	uint64_t cap_effective;            /* our own effective set */
	uint64_t cap_bounding;
	uint32_t umask;
	uint64_t signals_ignored; /* bit N-1: signal N; the container starts with none */
	const char *home;         /* $HOME of the caller, not used inside */
	const char *barred; /* the caller gets there, the container's root does not; NULL: there
			       is no such directory (reach_probe()) */
};

/*
 * Probes. want_ranges: read the subordinate ids and look for the helpers too (only a plain user
 * with a mapping beyond its own id needs them). Everything lives in a. Errors: ERR_HOST with a hint
 * when /proc is not there or the kernel is too old.
 */
int facts_probe(struct facts *ret, struct arena *a, struct err *e) MUST_USE;
/* For exec in another user namespace, where the caller's own maps do not matter: all but them. */
int facts_probe_ids(struct facts *ret, struct arena *a, struct err *e) MUST_USE;
int facts_probe_ranges(struct facts *f, struct arena *a, struct err *e) MUST_USE;

#endif
