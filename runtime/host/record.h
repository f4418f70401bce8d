/*
 * What a new container is put on record with: state.json and the pid file.
 *
 * owns:     how a state is made from a plan and a pid
 * may use:  base, sys, oci, the plan, host/store
 * must not: start or signal processes
 */
#ifndef RUNDLET_HOST_RECORD_H
#define RUNDLET_HOST_RECORD_H

#include "runtime/host/cgroup.h"
#include "runtime/host/rdt.h"
#include "runtime/host/store.h"
#include "runtime/plan/facts.h"
#include "runtime/plan/plan.h"

/* A bundle that was read, decoded and planned. */
struct record_source {
	const char *bundle; /* absolute */
	const char *text;   /* config.json as it was read */
	size_t size;
	const struct doc *doc; /* the same, parsed */
	const struct spec *spec;
	const struct facts *facts;
	const struct plan *plan;
	struct strings adaptations;       /* of the plan */
	const struct cgroup_plan *cgroup; /* NULL: none is made */
	const struct cgroup_facts *cgroup_facts;
	bool notify; /* the plan mounts the directory that notify_prepare() makes */
};

/* Writes state.json for init's pid, a child of ours that has not been waited for, its cgroup
 * and its groups in resctrl. */
int record_state(struct store_entry *s, struct arena *a, const struct record_source *from,
		 pid_t pid, const struct cgroup *cgroup, const struct rdt *rdt,
		 struct err *e) MUST_USE;

/*
 * Writes the pid in decimal without a newline (go-runc is strict), into a temporary file that is
 * renamed. A relative path is relative to the caller's directory. ERR_SYSTEM.
 */
int record_pid_file(const char *path, pid_t pid, struct err *e) MUST_USE;

enum { RECORD_TIME_SIZE = sizeof("2026-01-02T03:04:05.123456789Z") + 8 };
/* A time since the epoch as RFC 3339 in UTC with nanoseconds. */
void record_time(const struct timespec *t, char buf[RECORD_TIME_SIZE]);

#endif
