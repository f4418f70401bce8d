/*
 * Writing the id maps of a new user namespace (user_namespaces(7), newuidmap(1)).
 *
 * owns:     the text of the maps and the arguments of the helpers
 * may use:  base, sys, the plan
 * must not: decide who writes them: the plan does
 */
#ifndef RUNDLET_HOST_MAPS_H
#define RUNDLET_HOST_MAPS_H

#include "runtime/base/arena.h"
#include "runtime/plan/facts.h"
#include "runtime/plan/plan.h"

enum map_kind { MAP_UID, MAP_GID, MAP_KIND_COUNT };

/* All that is to be written, made before the clone. */
struct maps {
	enum map_writer writer;
	bool deny_setgroups;
	const char *text[MAP_KIND_COUNT]; /* "0 1000 1\n" */
	char **argv[MAP_KIND_COUNT];      /* of the helper; its argument 1 is pid */
	const char *helper[MAP_KIND_COUNT];
	char pid[12];
};

/* Everything lives in a. ERR_IDMAP when the lines do not fit into one write. */
int maps_prepare(struct maps *ret, struct arena *a, const struct plan *p, const struct facts *f,
		 struct err *e) MUST_USE;
/* MAP_CHILD: the calling process, just cloned into its user namespace, maps its own id. */
int maps_write_self(const struct maps *m, struct err *e) MUST_USE;
/*
 * A user namespace with nobody in it and these maps ("0 100000 65536\n"), for a caller that may map
 * any of the ids. A close-on-exec descriptor, the caller's. ERR_IDMAP, ERR_USERNS.
 */
int maps_user_namespace(const char *const text[MAP_KIND_COUNT], struct err *e) MUST_USE;
/* MAP_PARENT, MAP_HELPERS: writes those of our child pid, which has not been waited for. */
int maps_write(struct maps *m, pid_t pid, struct err *e) MUST_USE;

#endif
