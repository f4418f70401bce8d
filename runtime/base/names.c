/*
 * name <-> value lookup, the namespaces and the resource limits.
 *
 * owns:     ns_table, rlimit_names
 * may use:  libc string functions
 * must not: allocate
 */
#include <linux/sched.h>
#include <string.h>

#include "runtime/base/names.h"

const struct ns_info ns_table[NS_COUNT] = {
	[NS_USER] = {"user", "user", CLONE_NEWUSER},
	[NS_CGROUP] = {"cgroup", "cgroup", CLONE_NEWCGROUP},
	[NS_IPC] = {"ipc", "ipc", CLONE_NEWIPC},
	[NS_UTS] = {"uts", "uts", CLONE_NEWUTS},
	[NS_NET] = {"network", "net", CLONE_NEWNET},
	[NS_PID] = {"pid", "pid", CLONE_NEWPID},
	[NS_MNT] = {"mount", "mnt", CLONE_NEWNS},
	[NS_TIME] = {"time", "time", CLONE_NEWTIME},
};

const struct name rlimit_names[RLIM_NLIMITS] = {
	{"RLIMIT_AS", RLIMIT_AS},
	{"RLIMIT_CORE", RLIMIT_CORE},
	{"RLIMIT_CPU", RLIMIT_CPU},
	{"RLIMIT_DATA", RLIMIT_DATA},
	{"RLIMIT_FSIZE", RLIMIT_FSIZE},
	{"RLIMIT_LOCKS", RLIMIT_LOCKS},
	{"RLIMIT_MEMLOCK", RLIMIT_MEMLOCK},
	{"RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE},
	{"RLIMIT_NICE", RLIMIT_NICE},
	{"RLIMIT_NOFILE", RLIMIT_NOFILE},
	{"RLIMIT_NPROC", RLIMIT_NPROC},
	{"RLIMIT_RSS", RLIMIT_RSS},
	{"RLIMIT_RTPRIO", RLIMIT_RTPRIO},
	{"RLIMIT_RTTIME", RLIMIT_RTTIME},
	{"RLIMIT_SIGPENDING", RLIMIT_SIGPENDING},
	{"RLIMIT_STACK", RLIMIT_STACK},
};

bool names_value(struct names t, const char *name, uint64_t *ret_value)
{
	for (size_t i = 0; i < t.n; i++)
		if (!strcmp(t.v[i].name, name)) {
			*ret_value = t.v[i].value;
			return true;
		}
	return false;
}

const char *names_name(struct names t, uint64_t value)
{
	for (size_t i = 0; i < t.n; i++)
		if (t.v[i].value == value)
			return t.v[i].name;
	return NULL;
}
