/*
 * config.json of the OCI runtime-spec 1.3.0 as C structures (config.md, config-linux.md).
 *
 * owns:     the types; filled by oci/schema through the tables in oci/spec_*.c
 * may use:  base
 * must not: know how JSON is parsed, or what is done with a value
 *
 * Everything lives in the arena that the document was decoded into. A string that is not given, or
 * is empty where it may be left out, is NULL (so mean it the callers' JSON libraries); an array
 * that is not given has n = 0, a number or boolean whose absence matters is an opt_*. Names with a
 * fixed set of values are decoded into enums by tables. Positions are not kept here: a place in the
 * file is named by its JSON pointer and looked up in the document (doc_locate).
 */
#ifndef RUNDLET_OCI_SPEC_H
#define RUNDLET_OCI_SPEC_H

#include "runtime/base/arena.h"
#include "runtime/base/names.h"
#include "runtime/base/opt.h"

struct strings {
	const char **v;
	size_t n;
};

struct u32s {
	uint32_t *v;
	size_t n;
};

/* An object whose keys are free, in the order of the file; duplicate keys are refused by doc. */
struct string_map {
	struct string_pair {
		const char *key;
		const char *value;
	} * v;
	size_t n;
};

struct spec_idmap {
	uint32_t container_id;
	uint32_t host_id;
	uint32_t size;
};

struct spec_idmaps {
	struct spec_idmap *v;
	size_t n;
};

struct spec_root {
	bool set;
	const char *path;
	bool readonly;
};

struct spec_mount {
	const char *destination;
	const char *type;
	const char *source;
	struct strings options;
	struct spec_idmaps uid_mappings;
	struct spec_idmaps gid_mappings;
};

struct spec_hook {
	const char *path;
	struct strings args;
	bool env_set; /* "env": [] empties the environment, no "env" inherits it */
	struct strings env;
	struct opt_i64 timeout; /* seconds */
};

struct spec_hooks_of {
	struct spec_hook *v;
	size_t n;
};

enum hook_kind {
	HOOK_PRESTART,
	HOOK_CREATE_RUNTIME,
	HOOK_CREATE_CONTAINER,
	HOOK_START_CONTAINER,
	HOOK_POSTSTART,
	HOOK_POSTSTOP,
	HOOK_COUNT
};

extern const char *const hook_names[HOOK_COUNT]; /* "createRuntime" */
/* What an error of the ith hook of a kind begins with, in the words that callers know. */
char *hook_title(struct arena *a, enum hook_kind kind, size_t i, const char *path);

struct spec_user {
	uint32_t uid;
	uint32_t gid;
	struct opt_u32 umask;
	struct u32s additional_gids;
};

enum cap_set {
	CAP_SET_BOUNDING,
	CAP_SET_EFFECTIVE,
	CAP_SET_INHERITABLE,
	CAP_SET_PERMITTED,
	CAP_SET_AMBIENT,
	CAP_SET_COUNT
};

extern const char *const cap_set_names[CAP_SET_COUNT]; /* "bounding" */

struct spec_capabilities {
	bool set;
	struct strings of[CAP_SET_COUNT]; /* "CAP_…" names as written */
};

struct spec_rlimit {
	uint32_t type; /* RLIMIT_* */
	uint64_t soft;
	uint64_t hard;
};

struct spec_scheduler {
	bool set;
	uint32_t policy; /* SCHED_* */
	int32_t nice;
	int32_t priority;
	uint64_t flags; /* SCHED_FLAG_* */
	struct opt_u64 runtime;
	uint64_t deadline; /* 0 is as good as none, sched(7) */
	uint64_t period;
};

struct spec_io_priority {
	bool set;
	uint32_t class; /* IOPRIO_CLASS_*, 1 RT, 2 BE, 3 IDLE */
	int32_t priority;
};

struct spec_console_size {
	bool set;
	uint32_t height;
	uint32_t width;
};

struct spec_process {
	bool set;
	bool terminal;
	struct spec_console_size console_size;
	struct spec_user user;
	struct strings args;
	struct strings env;
	const char *cwd;
	struct spec_capabilities capabilities;
	struct {
		struct spec_rlimit *v;
		size_t n;
	} rlimits;
	bool no_new_privileges;
	const char *apparmor_profile;
	const char *selinux_label;
	struct opt_i64 oom_score_adj;
	struct spec_scheduler scheduler;
	struct spec_io_priority io_priority;
	struct {
		const char *initial;
		const char *final;
	} exec_cpu_affinity;
};

struct spec_namespace {
	uint32_t type; /* enum ns_type */
	const char *path;
};

struct spec_time_offset {
	const char *clock; /* "boottime", "monotonic" */
	int64_t secs;
	uint32_t nanosecs;
};

struct spec_device {
	const char *path;
	char type; /* c b u p */
	struct opt_i64 major;
	struct opt_i64 minor;
	struct opt_u32 file_mode; /* podman leaves the type bits of st_mode in: mask with 07777 */
	struct opt_u32 uid;
	struct opt_u32 gid;
};

struct spec_net_device {
	const char *host_name; /* the key */
	const char *name;      /* inside; NULL: the same */
};

enum seccomp_op {
	SECCOMP_NE,
	SECCOMP_LT,
	SECCOMP_LE,
	SECCOMP_EQ,
	SECCOMP_GE,
	SECCOMP_GT,
	SECCOMP_MASKED_EQ
};

struct spec_seccomp_arg {
	uint32_t index; /* 0..5 */
	uint64_t value;
	uint64_t value_two;
	uint32_t op; /* enum seccomp_op */
};

struct spec_seccomp_rule {
	struct strings names;
	uint32_t action; /* SECCOMP_RET_* without data */
	struct opt_u32 errno_ret;
	struct {
		struct spec_seccomp_arg *v;
		size_t n;
	} args;
};

struct spec_seccomp {
	bool set;
	uint32_t default_action; /* SECCOMP_RET_* without data */
	struct opt_u32 default_errno_ret;
	struct strings architectures; /* "SCMP_ARCH_…", checked against the schema's list */
	struct strings flags;         /* "SECCOMP_FILTER_FLAG_…", likewise */
	const char *listener_path;
	const char *listener_metadata;
	const char *listener_env; /* the agent that the caller's environment names */
	const char *listener_at;  /* pointer to what named the agent; NULL: the environment did */
	bool fail_unknown; /* an unknown system call is an error: the annotation asks for it */
	struct {
		struct spec_seccomp_rule *v;
		size_t n;
	} syscalls;
};

struct spec_device_rule {
	bool allow;
	const char *type; /* "a", "c", "b" or NULL */
	struct opt_i64 major;
	struct opt_i64 minor;
	const char *access; /* of "rwm", or NULL */
};

struct spec_weight_device {
	int64_t major;
	int64_t minor;
	struct opt_u32 weight;
	struct opt_u32 leaf_weight;
};

struct spec_throttle_device {
	int64_t major;
	int64_t minor;
	uint64_t rate;
};

struct spec_throttle_devices {
	struct spec_throttle_device *v;
	size_t n;
};

struct spec_resources {
	bool set;
	struct {
		struct spec_device_rule *v;
		size_t n;
	} devices;
	struct {
		bool set;
		struct opt_i64 limit, reservation, swap, kernel, kernel_tcp;
		struct opt_u64 swappiness;
		struct opt_bool disable_oom_killer, use_hierarchy, check_before_update;
	} memory;
	struct {
		bool set;
		struct opt_u64 shares;
		struct opt_i64 quota;
		struct opt_u64 burst, period;
		struct opt_i64 realtime_runtime;
		struct opt_u64 realtime_period;
		const char *cpus;
		const char *mems;
		struct opt_i64 idle;
	} cpu;
	struct {
		bool set;
		struct opt_i64 limit;
	} pids;
	struct {
		bool set;
		struct opt_u32 weight, leaf_weight;
		struct {
			struct spec_weight_device *v;
			size_t n;
		} weight_device;
		struct spec_throttle_devices read_bps, write_bps, read_iops, write_iops;
	} block_io;
	struct {
		struct spec_hugepage_limit {
			const char *page_size;
			uint64_t limit;
		} * v;
		size_t n;
	} hugepage_limits;
	struct {
		bool set;
		struct opt_u32 class_id;
		struct {
			struct spec_net_priority {
				const char *name;
				uint32_t priority;
			} * v;
			size_t n;
		} priorities;
	} network;
	struct {
		struct spec_rdma {
			const char *device; /* the key */
			struct opt_u32 hca_handles, hca_objects;
		} * v;
		size_t n;
	} rdma;
	struct string_map unified;
};

struct spec_intel_rdt {
	bool set;
	const char *clos_id;
	struct strings schemata;
	const char *l3_cache_schema;
	const char *mem_bw_schema;
	bool enable_monitoring;
};

struct spec_memory_policy {
	bool set;
	uint32_t mode; /* MPOL_* */
	const char *nodes;
	uint32_t flags; /* MPOL_F_* */
};

struct spec_personality {
	bool set;
	uint32_t domain; /* PER_LINUX, PER_LINUX32 */
	struct strings flags;
};

struct spec_linux {
	bool set;
	struct spec_idmaps uid_mappings;
	struct spec_idmaps gid_mappings;
	struct string_map sysctl;
	struct spec_resources resources;
	const char *cgroups_path;
	struct {
		struct spec_namespace *v;
		size_t n;
	} namespaces;
	struct {
		struct spec_device *v;
		size_t n;
	} devices;
	struct {
		struct spec_net_device *v;
		size_t n;
	} net_devices;
	struct spec_seccomp seccomp;
	const char *rootfs_propagation; /* one of the spec's words */
	struct strings masked_paths;
	struct strings readonly_paths;
	const char *mount_label;
	struct spec_intel_rdt intel_rdt;
	struct spec_memory_policy memory_policy;
	struct spec_personality personality;
	struct {
		struct spec_time_offset *v;
		size_t n;
	} time_offsets;
};

struct spec {
	const char *oci_version;
	struct spec_root root;
	struct spec_process process;
	const char *hostname;
	const char *domainname;
	struct {
		struct spec_mount *v;
		size_t n;
	} mounts;
	struct spec_hooks_of hooks[HOOK_COUNT];
	struct string_map annotations;
	struct spec_linux linux_;
};

#endif
