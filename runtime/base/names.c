/*
 * name <-> value lookup, and the namespaces.
 *
 * owns:     ns_table
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
