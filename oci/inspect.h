/*
 * What `inspect` found of a container, as one document.
 *
 * owns:     the types
 * may use:  base, oci/spec
 * must not: look at anything
 *
 * What could not be learned (a namespace beyond the caller's, a process of somebody else) is left
 * out: strings are NULL, opt_* not set, lists empty.
 */
#ifndef RUNDLET_OCI_INSPECT_H
#define RUNDLET_OCI_INSPECT_H

#include "oci/oci.h"

struct inspected_namespace {
	const char *type; /* as config.json calls it */
	uint64_t inode;
	bool shared;              /* it is the caller's own */
	struct opt_u64 owner;     /* inode of the user namespace that owns it */
	struct opt_u32 owner_uid; /* user namespaces: who made it, as the caller sees that uid */
	struct opt_u64 parent;    /* pid and user namespaces: inode of the one above */
};

/* A map twice: host ids as the caller's user namespace sees them, and as the container's own. */
struct inspected_map {
	struct spec_idmaps here, inside;
};

struct inspected_fd {
	uint32_t fd;
	const char *target; /* what readlink(2) says: "/dev/null", "pipe:[4711]" */
	const char *access; /* "r", "w", "rw", "path" */
	bool close_on_exec;
};

struct inspected_process {
	uint32_t pid;
	uint32_t inside; /* its pid in the container's own pid namespace */
	const char *command;
	uint32_t uid, gid; /* effective, as the caller sees them */
	struct u32s groups;
	struct strings caps[CAP_SET_COUNT];
	bool no_new_privileges;
	const char *seccomp; /* "disabled", "strict", "filter" */
	struct opt_u32 seccomp_filters;
	struct {
		struct inspected_fd *v;
		size_t n;
	} fds;
};

struct inspected_mount {
	const char *target;
	const char *type;
	const char *source;
	const char *root;     /* of the file system: what part of it is mounted */
	uint64_t attributes;  /* MOUNT_ATTR_* */
	uint64_t propagation; /* MS_*; MS_SHARED | MS_SLAVE is both */
	const char *options;  /* of the file system, comma separated */
	const char *from;     /* the place in config.json that asked for it, NULL: none */
};

struct inspected_difference {
	const char *pointer; /* into config.json, NULL: it says nothing about this */
	const char *target;
	const char *text;
};

struct inspection {
	const struct state *state;
	struct {
		struct inspected_namespace *v;
		size_t n;
	} namespaces;
	struct inspected_map uids, gids;
	const char *setgroups; /* "allow", "deny" */
	struct {
		struct inspected_process *v;
		size_t n;
	} processes;
	const char *mounts_by; /* "statmount" or "mountinfo" */
	struct {
		struct inspected_mount *v;
		size_t n;
	} mounts;
	struct {
		struct inspected_difference *v;
		size_t n;
	} differences;
};

/* MOUNT_ATTR_* as options of mounts are called; what has no bit (rw, relatime) has no name here. */
extern const struct names mount_attribute_names;
extern const struct names mount_propagation_names; /* MS_PRIVATE, … */

/* `inspect --json`: pretty, in a. */
char *oci_emit_inspection(struct arena *a, const struct inspection *i);

#endif
