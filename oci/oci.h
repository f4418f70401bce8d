/*
 * What the rest of rundlet calls in oci/: decode, validate, and write the documents of the
 * runtime-spec.
 *
 * owns:     the entry points; the tables behind them are private to oci/
 * may use:  base, yajl
 * must not: touch anything but the text that it is given
 */
#ifndef RUNDLET_OCI_OCI_H
#define RUNDLET_OCI_OCI_H

#include "oci/doc.h"
#include "oci/json_out.h"
#include "oci/spec.h"

#define OCI_VERSION "1.3.0"

/*
 * Decodes config.json and checks all that can be checked by looking at it alone: types, required
 * properties, enums, ranges, ociVersion 1.x, absolute paths, duplicate namespaces and rlimits,
 * names of capabilities are left to the planner. Unknown properties are ignored (config.md
 * "Extensibility"). Errors carry pointer, line and column. The spec lives in a and points into d.
 */
int oci_decode_spec(struct spec *ret, struct arena *a, const struct doc *d, struct err *e) MUST_USE;
/* The same for the `process` object alone (exec --process). */
int oci_decode_process(struct spec_process *ret, struct arena *a, const struct doc *d,
		       struct err *e) MUST_USE;
/* The same for `linux.resources` alone (update --resources). */
int oci_decode_resources(struct spec_resources *ret, struct arena *a, const struct doc *d,
			 struct err *e) MUST_USE;

/* The value of the annotation name, NULL when it is not given. */
const char *spec_annotation(const struct spec *s, const char *name);
/*
 * linux.seccomp with what crun's annotations say about it: run.oci.seccomp.receiver names the
 * listener where listenerPath does not, and listener_env where neither does;
 * run.oci.seccomp_fail_unknown_syscall.
 */
struct spec_seccomp spec_seccomp_of(const struct spec *s);

enum status {
	STATUS_CREATING,
	STATUS_CREATED,
	STATUS_RUNNING,
	STATUS_PAUSED,
	STATUS_STOPPED,
	STATUS_UNKNOWN, /* in a list: its state cannot be read */
	STATUS_COUNT
};

extern const char *const status_names[STATUS_COUNT];

/* The state of a container, runtime.md "State", and what rundlet keeps beside it in its state
 * directory. */
struct state {
	const char *oci_version;
	const char *id;
	enum status status; /* derived when read back, not stored */
	int64_t pid;        /* of init, in the caller's pid namespace; 0 when stopped */
	const char *bundle; /* absolute */
	struct string_map annotations;
	/* what list and state show beyond the spec */
	const char *rootfs;
	const char *created; /* RFC 3339 with nanoseconds, UTC */
	const char *owner;   /* user name or number */
	/* ours */
	uint64_t pid_start;         /* field 22 of /proc/PID/stat: pins the pid */
	const char *cgroup;         /* path below the cgroup2 mount that we made, NULL: none */
	const char *cgroup_manager; /* "systemd", "cgroupfs", "v1", "disabled" or NULL */
	uint32_t cgroup_made;       /* what of it create made, in its manager's terms */
	const char *systemd_scope;  /* NULL: none */
	bool own_pidns;             /* init is pid 1 of its own pid namespace */
	bool own_mountns;           /* nobody else's processes are in its mount namespace … */
	uint64_t mountns;           /* … which has this number; 0: unknown, or not needed */
	struct strings adaptations; /* what the plan did otherwise than asked */
	uint32_t hooks;             /* bit N: config has hooks of kind N (enum hook_kind) */
	struct strings rdt_groups;  /* in resctrl, absolute: those that its processes are in … */
	struct strings rdt_owned;   /* … and those that are removed with it, in this order */
	bool listener;              /* `start` hands over the descriptor of the seccomp filter */
	const char *config;         /* the text of config.json as it was at create */
	size_t config_size;
};

/*
 * Writers. Each returns a terminated string in the arena, ending in a newline unless compact.
 * Output is pure JSON and "/" is never escaped.
 */

/* `state ID`: the spec's properties plus rootfs, created, owner. */
char *oci_emit_state(struct arena *a, const struct state *s, enum emit_style style);
/* What a hook reads on stdin: ociVersion, id, status, pid, bundle, annotations; compact. */
char *oci_emit_hook_state(struct arena *a, const struct state *s);
/* What a seccomp agent reads (config-linux.md "The Container Process State"): s and pid are the
 * container's, pid and metadata (may be NULL) those of the filtered process; compact. */
char *oci_emit_process_state(struct arena *a, const struct state *s, int64_t pid,
			     const char *metadata);
/* `list --format json`: an array. */
char *oci_emit_state_list(struct arena *a, const struct state *const *v, size_t n);
/* The file in the state directory and back. Reading: ERR_STATE when it is damaged. */
char *oci_emit_state_file(struct arena *a, const struct state *s);
int oci_decode_state_file(struct state *ret, struct arena *a, const char *text, size_t size,
			  struct err *e) MUST_USE;

/* `spec [--rootless]`: a config.json to start from; uid and gid are the caller's, mapped to 0.
 * cgroup_v1: the host has the old hierarchies. */
struct oci_template {
	bool rootless;
	bool cgroup_v1;
	uint32_t uid;
	uint32_t gid;
};
char *oci_emit_template(struct arena *a, const struct oci_template *t);

/* `features`: what this build does, generated from the tables of the decoder and the planner.
 * The facts that other layers own are handed in. */
struct oci_features {
	struct strings mount_options;
	struct strings capabilities;
	struct strings seccomp_actions, seccomp_operators, seccomp_archs, seccomp_known_flags,
		seccomp_supported_flags;
	struct strings unsafe_annotations;
	const char *version, *commit, *libseccomp_version;
	bool cgroup_v1, cgroup_v2, cgroup_systemd, cgroup_systemd_user, cgroup_rdma;
	bool apparmor, selinux, intel_rdt, intel_rdt_schemata, intel_rdt_monitoring, idmap,
		net_devices, memory_policy;
};
char *oci_emit_features(struct arena *a, const struct oci_features *f);

#endif
