/*
 * owns:     loading and attaching
 * may use:  base
 * must not: generate programs
 */
#include "runtime/sys/bpf.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>

enum { PROGRAMS_MAX = 64 /* that a cgroup may hold: BPF_CGROUP_MAX_PROGS */ };

static int bpf(enum bpf_cmd cmd, union bpf_attr *attr)
{
	long r = syscall(SYS_bpf, cmd, attr, sizeof(*attr));

	return r < 0 ? -errno : (int)r;
}

static uint64_t ptr(const void *p)
{
	return (uint64_t)(uintptr_t)p;
}

static int load(const char *name, const struct bpf_insn *insns, size_t n)
{
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
		.insns = ptr(insns),
		.insn_cnt = (uint32_t)n,
		.license = ptr("Apache"),
	};

	strncpy(attr.prog_name, name, sizeof(attr.prog_name) - 1);
	return bpf(BPF_PROG_LOAD, &attr);
}

static int attach(int cgroup, int program)
{
	union bpf_attr attr = {
		.target_fd = (uint32_t)cgroup,
		.attach_bpf_fd = (uint32_t)program,
		.attach_type = BPF_CGROUP_DEVICE,
		.attach_flags = BPF_F_ALLOW_MULTI,
	};

	return bpf(BPF_PROG_ATTACH, &attr);
}

static int detach(int cgroup, int program)
{
	union bpf_attr attr = {
		.target_fd = (uint32_t)cgroup,
		.attach_bpf_fd = (uint32_t)program,
		.attach_type = BPF_CGROUP_DEVICE,
	};

	return bpf(BPF_PROG_DETACH, &attr);
}

/* The programs attached here: their number, or a negative errno. */
static int query(int cgroup, uint32_t ids[PROGRAMS_MAX])
{
	union bpf_attr attr = {
		.query.target_fd = (uint32_t)cgroup,
		.query.attach_type = BPF_CGROUP_DEVICE,
		.query.prog_ids = ptr(ids),
		.query.prog_cnt = PROGRAMS_MAX,
	};
	int r = bpf(BPF_PROG_QUERY, &attr);

	return r < 0 ? r : (int)attr.query.prog_cnt;
}

/* A descriptor of the program with that id if it has the name, else -1. */
static int open_named(uint32_t id, const char *name)
{
	union bpf_attr by_id = {.prog_id = id};
	AUTO(close_fd) int fd = bpf(BPF_PROG_GET_FD_BY_ID, &by_id);
	struct bpf_prog_info info = {0};
	union bpf_attr by_fd = {.info.bpf_fd = (uint32_t)fd,
				.info.info_len = sizeof(info),
				.info.info = ptr(&info)};

	if (fd < 0 || bpf(BPF_OBJ_GET_INFO_BY_FD, &by_fd) < 0)
		return -1;
	return strncmp(info.name, name, sizeof(info.name)) ? -1 : take_fd(&fd);
}

int bpf_device_filter(int cgroup, const char *name, const struct bpf_insn *insns, size_t n)
{
	AUTO(close_fd) int program = -1;
	uint32_t ids[PROGRAMS_MAX] = {0};
	int before = query(cgroup, ids), i, r;

	if (before < 0)
		return before;
	program = load(name, insns, n);
	if (program < 0)
		return program;
	/* The new one first: there is no moment without a filter. */
	r = attach(cgroup, program);
	for (i = 0; r >= 0 && i < before; i++) {
		AUTO(close_fd) int old = open_named(ids[i], name);

		if (old >= 0)
			r = detach(cgroup, old);
	}
	return r < 0 ? r : 0;
}
