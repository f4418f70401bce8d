/*
 * Plans by hand and an init to execute them, for the tests of init.
 *
 * owns:     the plan under construction, a rootfs with busybox below /tmp
 * may use:  cmocka, the plan's header, wire, sys/process
 * must not: use the planner or the host's launch: a test of init shows faults of init
 */
#ifndef RUNDLET_TESTS_UNIT_INIT_BOX_H
#define RUNDLET_TESTS_UNIT_INIT_BOX_H

#include <ftw.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "runtime/base/io.h"
#include "runtime/host/image.h"
#include "runtime/plan/plan.h"
#include "runtime/sys/packet.h"
#include "runtime/wire/wire.h"
#include "tests/unit/child.h"

#define BUSYBOX "/bin/busybox"

enum {
	POOL = 1 << 17,
	OPS_MAX = 1040,   /* the smallest that holds a thousand operations */
	MOUNT_NOSUID = 2, /* MOUNT_ATTR_*: <linux/mount.h> collides with <sys/mount.h> */
	MOUNT_NOEXEC = 8,
};

/* A plan under construction: the head and OPS_MAX operations, then the pool. */
static struct {
	struct plan head;
	struct op ops[OPS_MAX];
	char pool[POOL];
} plan;
static uint32_t used;
static char base[64], rootfs[80];

static inline uint32_t pool_add(const void *data, size_t n)
{
	uint32_t at = (used + 7) & ~7U;

	assert_true(at + n <= POOL);
	memcpy(plan.pool + at, data, n);
	used = at + (uint32_t)n;
	return (uint32_t)(plan.pool - (char *)&plan) + at;
}

static inline struct pref str(const char *s)
{
	return (struct pref){pool_add(s, strlen(s) + 1), (uint32_t)strlen(s)};
}

static inline struct plist list(const char *const *v)
{
	struct pref r[32];
	uint32_t n = 0;

	for (; v[n]; n++)
		r[n] = str(v[n]);
	return (struct plist){pool_add(r, n * sizeof(*r)), n};
}
#define LIST(...) list((const char *const[]){__VA_ARGS__, NULL})

static inline struct op *add(enum op_kind kind, enum phase phase, const char *pointer)
{
	struct op *op = &plan.ops[plan.head.op_count++];

	assert_true(plan.head.op_count <= OPS_MAX);
	*op = (struct op){.kind = kind, .phase = phase, .line = 40 + plan.head.op_count};
	op->pointer = str(pointer);
	return op;
}

static inline void add_mount(const char *type, const char *target, uint64_t attr,
			     struct plist options)
{
	struct op *op = add(OP_MOUNT, PHASE_FILL, "/mounts/7");

	op->mount.type = op->mount.source = str(type);
	op->mount.target = str(target);
	op->mount.options = options;
	op->mount.attr = attr;
	op->mount.mode = 0755;
}

static inline uint32_t add_grab(const char *path)
{
	struct op *op = add(OP_GRAB, PHASE_GRAB, "/mounts/8");

	op->grab.path = str(path);
	op->grab.flags = GRAB_RECURSIVE;
	op->grab.slot = plan.head.slots++;
	return op->grab.slot;
}

static inline struct op *add_attach(uint32_t slot, const char *target)
{
	struct op *op = add(OP_ATTACH, PHASE_FILL, "/mounts/8");

	op->attach.slot = slot;
	op->attach.target = str(target);
	op->attach.mode = 0755;
	return op;
}

static inline void add_text(enum op_kind kind, const char *text, uint16_t flags)
{
	struct op *op = add(kind, PHASE_LOCK, "/linux/x");

	op->text.text = str(text);
	op->flags = flags;
}

static inline void begin(void)
{
	memset(&plan, 0, sizeof(plan));
	used = 8; /* offset 0 means none */
	plan.head = (struct plan){.magic = PLAN_MAGIC, .version = PLAN_VERSION, .new_userns = true};
	plan.head.size = sizeof(plan);
	add_grab(rootfs);
}

static inline void add_root(void)
{
	struct op *op = add(OP_PROPAGATION, PHASE_ROOT, "");

	op->propagation.flags = MS_REC | MS_SLAVE;
	op = add(OP_ROOT, PHASE_ROOT, "/root");
	op->root.path = str(rootfs);
}

static inline void add_pivot(uint32_t flags)
{
	add(OP_PIVOT, PHASE_PIVOT, "")->pivot.flags = flags;
}

static inline void add_program(struct plist argv)
{
	struct op *op = add(OP_CWD, PHASE_IDENT, "/process/cwd");

	op->cwd.path = str("/");
	op = add(OP_FIND, PHASE_READY, "/process/args");
	op->find.argv = argv;
	op->find.env = LIST("PATH=/sbin:/bin", "A=b c");
	add(OP_READY, PHASE_READY, "");
	add(OP_FDS, PHASE_ARM, "")->fds.keep = 3;
	add(OP_EXEC, PHASE_EXEC, "/process/args");
}

/* An init under way. */
struct running {
	struct wire wire;
	int pidfd;
	int out; /* what the program prints */
};

static inline void map_ids(unsigned int uid, unsigned int gid)
{
	char map[64];

	child_write_file("/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "0 %u 1", uid);
	child_write_file("/proc/self/uid_map", map);
	snprintf(map, sizeof(map), "0 %u 1", gid);
	child_write_file("/proc/self/gid_map", map);
}

/* Starts init on the plan; start: the listening socket or -1. */
static inline struct running launch(int start, uint32_t rows)
{
	const uint64_t flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET |
			       CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWCGROUP;
	unsigned int uid = geteuid(), gid = getegid();
	struct running r = {.wire = {.end = WIRE_HOST, .rows = rows}};
	int pair[2], out[2], init;
	struct err e;
	pid_t pid;

	plan.head.wait_start = start >= 0;
	init = image_make(&plan.head, &e);
	assert_true(init >= 0);
	assert_int_equal(packet_pair(pair), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	fflush(NULL);
	pid = process_clone(flags, -1, &r.pidfd);
	assert_true(pid >= 0);
	if (!pid) {
		char name[] = "init", none[] = "-1", a[2][12];
		char *argv[] = {name, a[0], a[1], none, none, none, none,
				none, none, none, none, none, NULL},
		     *envp[] = {NULL};

		map_ids(uid, gid);
		snprintf(a[0], sizeof(a[0]), "%d", dup(pair[1]));
		snprintf(a[1], sizeof(a[1]), "%d", start >= 0 ? dup(start) : -1);
		dup2(out[1], 1);
		dup2(out[1], 2);
		syscall(SYS_execveat, init, "", argv, envp, AT_EMPTY_PATH);
		_exit(99);
	}
	close(pair[1]);
	close(out[1]);
	close(init);
	r.wire.sock = pair[0];
	r.out = out[0];
	return r;
}

/* Its exit status and all it printed. */
static inline int finish(struct running *r, char *text, size_t size)
{
	ssize_t n = io_read_full(r->out, text, size - 1);
	int status = -1;

	assert_true(n >= 0);
	text[n] = '\0';
	assert_int_equal(process_wait(r->pidfd, &status), 0);
	close(r->out);
	close(r->pidfd);
	close(r->wire.sock);
	return status;
}

static inline int run_to_end(char *text, size_t size)
{
	struct running r = launch(-1, 0);
	struct err e = {0};

	if (wire_expect(&r.wire, MSG_READY, NULL, &e) < 0 ||
	    wire_send(&r.wire, MSG_START, -1, &e) < 0 || wire_expect_eof(&r.wire, &e) < 0) {
		char line[2048];

		err_render(&e, NULL, line, sizeof(line));
		fail_msg("%s", line);
	}
	return finish(&r, text, size);
}

/* The plan must fail; the rendered error. */
static inline void expect_failure(const char *line)
{
	struct running r = launch(-1, 0);
	char got[2048], text[256];
	struct err e = {0};
	int status;

	assert_true(wire_expect(&r.wire, MSG_READY, NULL, &e) < 0);
	err_render(&e, NULL, got, sizeof(got));
	status = finish(&r, text, sizeof(text));
	assert_string_equal(got, line);
	assert_string_equal(text, "");
	assert_int_equal(status, 1);
}

static inline int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void copy_busybox(const char *to)
{
	static char data[4 << 20];
	int from = open(BUSYBOX, O_RDONLY | O_CLOEXEC), fd;
	ssize_t n = io_read_full(from, data, sizeof(data));

	close(from);
	fd = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	assert_true(n > 0 && fd >= 0);
	assert_int_equal(io_write_all(fd, data, (size_t)n), 0);
	close(fd);
}

static inline int box_setup(void **state)
{
	static const char *const dirs[] = {"bin", "proc", "dev", "etc", "sys", "hole"};
	unsigned int uid, gid;
	char path[128];

	(void)state;
	umask(022);
	/* a mount namespace of our own to play the host's: the same for root and for a user */
	uid = geteuid();
	gid = getegid();
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return -1;
	map_ids(uid, gid);
	strcpy(base, "/tmp/initXXXXXX");
	if (!mkdtemp(base))
		return -1;
	chmod(base, 0755);
	snprintf(path, sizeof(path), "%s/noexec", base);
	mkdir(path, 0755);
	if (mount("tmpfs", path, "tmpfs", MS_NOEXEC, NULL) < 0)
		return -1;
	snprintf(rootfs, sizeof(rootfs), "%s/rootfs", base);
	mkdir(rootfs, 0755);
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		snprintf(path, sizeof(path), "%s/%s", rootfs, dirs[i]);
		mkdir(path, 0755);
	}
	snprintf(path, sizeof(path), "%s/bin/busybox", rootfs);
	copy_busybox(path);
	snprintf(path, sizeof(path), "%s/bin/sh", rootfs);
	if (symlink("busybox", path) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s/link", rootfs);
	if (symlink("/hole", path) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s/out", rootfs);
	if (symlink("/proc/self/fd/0/..", path) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s/bin/script", rootfs);
	close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755));
	snprintf(path, sizeof(path), "%s/bin/plain", rootfs);
	return close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
}

static inline int box_teardown(void **state)
{
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/noexec", base);
	umount(path);
	return nftw(base, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

#endif
