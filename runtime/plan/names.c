/*
 * What explain and the messages call the operations and the phases.
 *
 * owns:     op_names, phase_names
 * may use:  the plan's header
 * must not: hold anything else: init links this file
 */
#include "runtime/plan/plan.h"

const char *const op_names[OP_KIND_COUNT] = {
	[OP_NAMESPACE] = "namespace",
	[OP_JOIN] = "join",
	[OP_MAP] = "map",
	[OP_SETGROUPS] = "setgroups",
	[OP_NET_DEVICE] = "net-device",
	[OP_CGROUP] = "cgroup",
	[OP_LIMIT] = "limit",
	[OP_RDT] = "rdt",
	[OP_RDT_SCHEMA] = "rdt-schema",
	[OP_HOOK_OUTPUT] = "hook-output",
	[OP_GRAB] = "grab",
	[OP_PROPAGATION] = "propagation",
	[OP_TIME_OFFSET] = "time-offset",
	[OP_ENTER] = "enter",
	[OP_ROOT] = "root",
	[OP_BECOME] = "become",
	[OP_MOUNT] = "mount",
	[OP_ATTACH] = "attach",
	[OP_REMOUNT] = "remount",
	[OP_MKNOD] = "mknod",
	[OP_SYMLINK] = "symlink",
	[OP_CONSOLE] = "console",
	[OP_HOOKS] = "hooks",
	[OP_HOOK] = "hook",
	[OP_PIVOT] = "pivot",
	[OP_LOOPBACK] = "loopback",
	[OP_HOSTNAME] = "hostname",
	[OP_DOMAINNAME] = "domainname",
	[OP_SYSCTL] = "sysctl",
	[OP_READONLY] = "readonly",
	[OP_MASK] = "mask",
	[OP_ROOT_FLAGS] = "root-flags",
	[OP_KEYRING] = "keyring",
	[OP_SESSION] = "session",
	[OP_OOM_SCORE] = "oom-score",
	[OP_RLIMIT] = "rlimit",
	[OP_UMASK] = "umask",
	[OP_AFFINITY] = "affinity",
	[OP_SCHEDULER] = "scheduler",
	[OP_IO_PRIORITY] = "io-priority",
	[OP_PERSONALITY] = "personality",
	[OP_MEMORY_POLICY] = "memory-policy",
	[OP_LABEL] = "label",
	[OP_BOUNDING] = "bounding",
	[OP_USER] = "user",
	[OP_CAPS] = "caps",
	[OP_NO_NEW_PRIVS] = "no-new-privs",
	[OP_CWD] = "cwd",
	[OP_HOME] = "home",
	[OP_PID] = "listen-pid",
	[OP_FIND] = "find",
	[OP_READY] = "ready",
	[OP_SECCOMP] = "seccomp",
	[OP_FDS] = "fds",
	[OP_EXEC] = "exec",
};

const char *const phase_names[PHASE_COUNT] = {
	[PHASE_LAUNCH] = "launch", [PHASE_ENTER] = "enter", [PHASE_SHARE] = "share",
	[PHASE_GRAB] = "grab",     [PHASE_ROOT] = "root",   [PHASE_FILL] = "fill",
	[PHASE_PIVOT] = "pivot",   [PHASE_LOCK] = "lock",   [PHASE_IDENT] = "ident",
	[PHASE_READY] = "ready",   [PHASE_ARM] = "arm",     [PHASE_EXEC] = "exec",
};
