/*
 * Loading a bundle: from a directory to a plan.
 *
 * owns:     the one way in which config.json is read
 * may use:  base, oci, the plan
 * must not: create anything
 */
#ifndef RUNDLET_CMD_BUNDLE_H
#define RUNDLET_CMD_BUNDLE_H

#include "runtime/cmd/command.h"
#include "runtime/host/record.h"

struct bundle_options {
	const char *id;     /* NULL: no container is meant (plan) */
	const char *bundle; /* NULL: the working directory */
	const char *config; /* NULL: config.json in the bundle */
	bool no_pivot, no_new_keyring, strict;
	bool wait_start;
	uint32_t preserve_fds;
	uint32_t listen_fds; /* the first of those come from socket activation: the program is told
			      */
	const char *notify;  /* the directory of the container's notify socket, NULL: none */
};

/*
 * Reads, decodes and checks the configuration, probes the host and builds the plan; everything
 * lives in the invocation's arena. Errors: ERR_BUNDLE, ERR_CONFIG_…, the planner's.
 */
int bundle_load(const struct record_source **ret, struct invocation *i,
		const struct bundle_options *o, struct err *e) MUST_USE;

/*
 * --preserve-fds N: what the caller wants preserved must be there, else descriptors of our own
 * would take those numbers and end up in the container. To be asked first of all. ERR_USAGE.
 */
int bundle_check_preserved(uint32_t n, struct err *e) MUST_USE;

/* What the session keyring of a container's processes is called: the name that runc gives it. */
const char *bundle_keyring(struct arena *a, const char *id);

#endif
