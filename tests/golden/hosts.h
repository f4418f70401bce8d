/*
 * Hosts and callers that never change, for plans that are compared.
 */
#ifndef RUNDLET_TESTS_GOLDEN_HOSTS_H
#define RUNDLET_TESTS_GOLDEN_HOSTS_H

#include "runtime/plan/facts.h"

enum host {
	HOST_ROOT,        /* root, all capabilities */
	HOST_USER,        /* alice, 1000, with subordinate ids and the helpers */
	HOST_USER_ALONE,  /* bob, 1000, without either */
	HOST_USERNS_ROOT, /* uid 0 of a user namespace that podman made for alice */
	HOST_COUNT
};

static const char *const host_names[HOST_COUNT] = {
	[HOST_ROOT] = "root",
	[HOST_USER] = "user",
	[HOST_USER_ALONE] = "user-alone",
	[HOST_USERNS_ROOT] = "userns-root",
};

static inline struct facts host_facts(enum host host)
{
	static struct id_range everything[] = {{0, 0, UINT32_MAX}};
	static struct id_range podman[] = {
		{0, 1000, 1}, {1, 100000, 65536}, {65537, 300000, 65536}};
	static struct sub_range subordinate[] = {{100000, 65536}};
	const uint64_t all_caps = (UINT64_C(1) << 41) - 1;
	struct facts f = {
		.initial_userns = true,
		.uid_map = {everything, 1},
		.gid_map = {everything, 1},
		.cap_last = 40,
		.cap_bounding = all_caps,
	};

	switch (host) {
	case HOST_USERNS_ROOT:
		f.initial_userns = false;
		f.uid_map = f.gid_map = (struct id_ranges){podman, 3};
		f.privileged = true;
		f.cap_effective = all_caps;
		break;
	case HOST_USER:
		f.user = "alice";
		f.subuid = f.subgid = (struct sub_ranges){subordinate, 1};
		f.newuidmap = "/usr/bin/newuidmap";
		f.newgidmap = "/usr/bin/newgidmap";
		f.euid = f.egid = 1000;
		break;
	case HOST_USER_ALONE:
		f.user = "bob";
		f.euid = f.egid = 1000;
		break;
	case HOST_ROOT:
	case HOST_COUNT:
		f.user = "root";
		f.privileged = true;
		f.cap_effective = all_caps;
		break;
	}
	return f;
}

#endif
