/*
 * pause, resume, update, ps and events of a container that exists.
 *
 * owns:     which status allows what of them
 * may use:  host, and all below
 * must not: parse command lines, print
 */
#ifndef RUNDLET_HOST_CONTROL_H
#define RUNDLET_HOST_CONTROL_H

#include "oci/oci.h"

/* root is the state root in all of them, borrowed. Errors: ERR_NO_CONTAINER, ERR_STATUS,
 * ERR_CGROUP. */

/* Freezes (only a running or created container) or thaws (only a paused one) all its processes. */
int container_pause(int root, const char *id, bool paused, struct arena *a, struct err *e) MUST_USE;

/* What a container is to have from now on. */
struct update {
	struct spec_resources resources; /* the limits that are given; others stay as they are */
	struct strings schemata;         /* lines for the container's group in resctrl */
};

/* Pointers in errors are relative to u->resources. */
int container_update(int root, const char *id, const struct update *u, struct arena *a,
		     struct err *e) MUST_USE;

struct pids {
	pid_t *v;
	size_t n;
};

/* Every process of the container, by its cgroup, else by its pid namespace, in ascending order; in
 * a. */
int container_pids(int root, const char *id, struct pids *ret, struct arena *a,
		   struct err *e) MUST_USE;

/* How events are told: each is a line of JSON without a line break. Negative: stop, with *e filled.
 */
struct event_sink {
	int (*put)(void *data, const char *line, struct err *e);
	void *data;
};

/* One `stats` event. */
int container_stats(int root, const char *id, const struct event_sink *sink, struct arena *a,
		    struct err *e) MUST_USE;
/*
 * A `stats` event now and every interval_ms, an `oom` event whenever the kernel killed for want of
 * memory; returns 0 when the container has ended.
 */
int container_events(int root, const char *id, uint32_t interval_ms, const struct event_sink *sink,
		     struct arena *a, struct err *e) MUST_USE;

#endif
