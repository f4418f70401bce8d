/*
 * Tables of config.json: process (config.md "Process", "Linux Process", "User").
 *
 * owns:     tables, nothing else
 * may use:  oci/schema
 * must not: hold a rule that concerns more than one property (oci/validate does)
 */
#include "oci/tables.h"

#include <linux/ioprio.h>
#include <linux/sched.h>
#include <sys/resource.h>

/* (uid_t)-1 means "leave alone" to the kernel: it is nobody's id. */
#define ID_RANGE RANGE(0, UINT32_MAX - 1)

static const struct schema_row console_size_rows[] = {
	ROW_U32("height", struct spec_console_size, height, RANGE(0, UINT16_MAX),
		.flags = REQUIRED),
	ROW_U32("width", struct spec_console_size, width, RANGE(0, UINT16_MAX), .flags = REQUIRED),
};

static const struct schema_object console_size_table =
	SCHEMA(console_size_rows, struct spec_console_size, GIVEN(struct spec_console_size, set));

static const struct schema_row user_rows[] = {
	ROW_U32("uid", struct spec_user, uid, ID_RANGE, .flags = REQUIRED),
	ROW_U32("gid", struct spec_user, gid, ID_RANGE, .flags = SHOWN), /* the peers': 0 */
	ROW_OPT_U32("umask", struct spec_user, umask, RANGE(0, 0777)),
	ROW_U32S("additionalGids", struct spec_user, additional_gids, ID_RANGE),
};

static const struct schema_object user_table = SCHEMA(user_rows, struct spec_user);

/* One list of the sets, for the names and for the rows. */
#define CAP_SETS(X)                                                                                \
	X(CAP_SET_BOUNDING, "bounding")                                                            \
	X(CAP_SET_EFFECTIVE, "effective")                                                          \
	X(CAP_SET_INHERITABLE, "inheritable")                                                      \
	X(CAP_SET_PERMITTED, "permitted")                                                          \
	X(CAP_SET_AMBIENT, "ambient")

#define CAP_SET_NAME(set, name) [set] = (name),
#define CAP_SET_ROW(set, name)  ROW_STRINGS(name, struct spec_capabilities, of[set]),

const char *const cap_set_names[CAP_SET_COUNT] = {CAP_SETS(CAP_SET_NAME)};

static const struct schema_row capabilities_rows[] = {CAP_SETS(CAP_SET_ROW)};

static const struct schema_object capabilities_table =
	SCHEMA(capabilities_rows, struct spec_capabilities, GIVEN(struct spec_capabilities, set));

static const struct schema_row rlimit_rows[] = {
	ROW_ENUM("type", struct spec_rlimit, type, NAMES(rlimit_names), .flags = REQUIRED),
	ROW_U64("soft", struct spec_rlimit, soft, .flags = REQUIRED),
	ROW_U64("hard", struct spec_rlimit, hard, .flags = REQUIRED),
};

static const struct schema_object rlimit_table = SCHEMA(rlimit_rows, struct spec_rlimit);

static const struct name policy_names[] = {
	{"SCHED_OTHER", SCHED_NORMAL},
	{"SCHED_FIFO", SCHED_FIFO},
	{"SCHED_RR", SCHED_RR},
	{"SCHED_BATCH", SCHED_BATCH},
	{"SCHED_ISO", 4}, /* a number that the kernel reserves and its header does not name */
	{"SCHED_IDLE", SCHED_IDLE},
	{"SCHED_DEADLINE", SCHED_DEADLINE},
};

static const struct name sched_flag_names[] = {
	{"SCHED_FLAG_RESET_ON_FORK", SCHED_FLAG_RESET_ON_FORK},
	{"SCHED_FLAG_RECLAIM", SCHED_FLAG_RECLAIM},
	{"SCHED_FLAG_DL_OVERRUN", SCHED_FLAG_DL_OVERRUN},
	{"SCHED_FLAG_KEEP_POLICY", SCHED_FLAG_KEEP_POLICY},
	{"SCHED_FLAG_KEEP_PARAMS", SCHED_FLAG_KEEP_PARAMS},
	{"SCHED_FLAG_UTIL_CLAMP_MIN", SCHED_FLAG_UTIL_CLAMP_MIN},
	{"SCHED_FLAG_UTIL_CLAMP_MAX", SCHED_FLAG_UTIL_CLAMP_MAX},
};

static const struct schema_row scheduler_rows[] = {
	ROW_ENUM("policy", struct spec_scheduler, policy, NAMES(policy_names), .flags = REQUIRED),
	ROW_I32("nice", struct spec_scheduler, nice, RANGE(-20, 19)),
	ROW_I32("priority", struct spec_scheduler, priority, RANGE(0, 99)),
	ROW_FLAGS64("flags", struct spec_scheduler, flags, NAMES(sched_flag_names)),
	ROW_OPT_U64("runtime", struct spec_scheduler, runtime),
	ROW_U64("deadline", struct spec_scheduler, deadline),
	ROW_U64("period", struct spec_scheduler, period),
};

static const struct schema_object scheduler_table =
	SCHEMA(scheduler_rows, struct spec_scheduler, GIVEN(struct spec_scheduler, set));

static const struct name io_class_names[] = {
	{"IOPRIO_CLASS_RT", IOPRIO_CLASS_RT},
	{"IOPRIO_CLASS_BE", IOPRIO_CLASS_BE},
	{"IOPRIO_CLASS_IDLE", IOPRIO_CLASS_IDLE},
};

static const struct schema_row io_priority_rows[] = {
	ROW_ENUM("class", struct spec_io_priority, class, NAMES(io_class_names), .flags = REQUIRED),
	ROW_I32("priority", struct spec_io_priority, priority, RANGE(0, 7), .flags = SHOWN),
};

static const struct schema_object io_priority_table =
	SCHEMA(io_priority_rows, struct spec_io_priority, GIVEN(struct spec_io_priority, set));

static const struct schema_row affinity_rows[] = {
	ROW_STRING("initial", struct spec_process, exec_cpu_affinity.initial),
	ROW_STRING("final", struct spec_process, exec_cpu_affinity.final),
};

static const struct schema_object affinity_table = SCHEMA(affinity_rows, struct spec_process);

static const struct schema_row process_rows[] = {
	ROW_BOOL("terminal", struct spec_process, terminal),
	ROW_OBJECT("consoleSize", struct spec_process, console_size, console_size_table),
	ROW_OBJECT("user", struct spec_process, user, user_table),
	ROW_STRINGS("args", struct spec_process, args, .flags = REQUIRED),
	ROW_STRINGS("env", struct spec_process, env),
	ROW_PATH("cwd", struct spec_process, cwd, .flags = REQUIRED),
	ROW_OBJECT("capabilities", struct spec_process, capabilities, capabilities_table),
	ROW_OBJECTS("rlimits", struct spec_process, rlimits, struct spec_rlimit, rlimit_table),
	ROW_BOOL("noNewPrivileges", struct spec_process, no_new_privileges),
	ROW_STRING("apparmorProfile", struct spec_process, apparmor_profile),
	ROW_STRING("selinuxLabel", struct spec_process, selinux_label),
	ROW_OPT_I64("oomScoreAdj", struct spec_process, oom_score_adj, RANGE(-1000, 1000)),
	ROW_OBJECT("scheduler", struct spec_process, scheduler, scheduler_table),
	ROW_OBJECT("ioPriority", struct spec_process, io_priority, io_priority_table),
	ROW_GROUP("execCPUAffinity", affinity_table),
};

const struct schema_object process_table =
	SCHEMA(process_rows, struct spec_process, GIVEN(struct spec_process, set));
