/*
 * Device rules -> an eBPF program for a cgroup.
 *
 * owns:     the meaning of a list of device rules on cgroup v2
 * may use:  base, oci (types)
 * must not: load anything
 */
#ifndef RUNDLET_PLAN_DEVFILTER_H
#define RUNDLET_PLAN_DEVFILTER_H

#include <linux/bpf.h>

#include "oci/spec.h"
#include "runtime/base/arena.h"
#include "runtime/base/err.h"

struct devfilter {
	const struct bpf_insn *insns;
	size_t n;
};

/*
 * The program (BPF_PROG_TYPE_CGROUP_DEVICE) for the rules and, after them, the devices that every
 * container has. An access is allowed when each of its parts (read, write, mknod) is allowed by the
 * last rule that speaks of it; what no rule speaks of is denied, as on cgroup v1 below a parent
 * that denies all. ERR_CONFIG_VALUE with the pointer "/devices/N" after the given one.
 */
int devfilter_build(struct devfilter *ret, struct arena *a, const struct spec_resources *r,
		    const char *pointer, struct err *e) MUST_USE;

#endif
