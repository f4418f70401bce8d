/*
 * linux.resources -> what is written into which cgroup file, for cgroup v2 and v1.
 *
 * owns:     the one table of resources, every conversion between the two worlds
 * may use:  base, oci (types)
 * must not: touch a cgroup; decide where it is
 *
 * (config-linux.md "Control groups", Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/)
 */
#ifndef RUNDLET_PLAN_LIMITS_H
#define RUNDLET_PLAN_LIMITS_H

#include "oci/spec.h"
#include "runtime/base/arena.h"
#include "runtime/base/err.h"

/* One write. */
struct limit {
	const char *controller; /* that has to be enabled: "memory"; "" for the core's own files */
	const char *file;
	const char *value;
	/* The same for another scheduler: each takes what it knows, one has to; NULL: none. */
	const char *other_file, *other_value;
	const char *pointer; /* the property that asks for it */
	bool optional;       /* a cgroup without this file behaves as if it had been written */
};

struct limits {
	struct limit *v;
	size_t n;
	struct strings notes; /* properties that are dropped, and why; each "/pointer: reason" */
};

/* What is there already. For `update`: a value that is given alone is completed from here. */
struct limits_base {
	struct opt_i64 memory_limit;
	struct opt_i64 cpu_quota;
	struct opt_u64 cpu_period;
	bool hugetlb_v2; /* v1: this controller is on cgroup2 nevertheless */
};

enum limits_version { LIMITS_V1, LIMITS_V2, LIMITS_VERSION_COUNT };

/*
 * Converts everything but device rules. base may be NULL. pointer: where the resources stand in the
 * document ("/linux/resources", or "" for update's file). The result lives in a. ERR_UNSUPPORTED
 * for what the version cannot express, ERR_CONFIG_VALUE for contradictions, with the pointer.
 */
int limits_build(struct limits *ret, struct arena *a, const struct spec_resources *r,
		 enum limits_version version, const struct limits_base *base, const char *pointer,
		 struct err *e) MUST_USE;
/*
 * Device rules as writes to devices.allow and devices.deny of cgroup v1, the devices that every
 * container has after the caller's own. Nothing when there are no rules.
 */
void limits_add_devices_v1(struct limits *l, struct arena *a, const struct spec_resources *r,
			   const char *pointer);
/* Does anything but device rules ask for a cgroup? */
bool limits_wanted(const struct spec_resources *r);

/* The devices that every container may use (config-linux.md "Default Devices"): mknod of any kind,
 * and the default nodes. Appended to the caller's rules. */
extern const struct spec_device_rule limits_default_devices[];
extern const size_t limits_default_devices_len;

/* cpu.shares (2..262144) -> cpu.weight (1..10000), through 2, 1024 and 262144. */
uint64_t limits_cpu_weight(uint64_t shares);
/* blkio weight (10..1000) -> io.weight (1..10000), linearly. */
uint64_t limits_io_weight(uint64_t weight);

#endif
