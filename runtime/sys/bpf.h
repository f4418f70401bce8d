/*
 * bpf(2), as much as a device filter needs.
 *
 * owns:     nothing
 * may use:  base
 * must not: word errors; generate programs
 */
#ifndef RUNDLET_SYS_BPF_H
#define RUNDLET_SYS_BPF_H

#include <linux/bpf.h>
#include <stddef.h>

#include "runtime/base/cleanup.h"

/*
 * Puts a device filter on the cgroup behind the descriptor, beside filters that others put there
 * (every one of them has to allow an access), and takes away the one that an earlier call put
 * there. name: at most 15 letters, by which an earlier one is known. Needs CAP_BPF and
 * CAP_NET_ADMIN in the initial user namespace: -EPERM. 0 or a negative errno.
 */
int bpf_device_filter(int cgroup, const char *name, const struct bpf_insn *insns,
		      size_t n) MUST_USE;

#endif
