/*
 * host: create, run, start, kill and delete with the real init on plans by hand: every status,
 * every exit code, nothing left behind after a failure, existing namespaces joined behind the gate.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/base/io.h"
#include "runtime/host/container.h"
#include "runtime/host/lifecycle.h"
#include "runtime/host/status.h"
#include "runtime/sys/process.h"
#include "tests/unit/child.h"

enum { POOL = 4096 };

static struct {
	struct plan head;
	struct op ops[24];
	char pool[POOL];
} block;
static uint32_t used;

static char dir[64], path[160];
static int root;
static struct arena a;
static struct err e;
static struct spec spec;
static struct facts facts;
static struct record_source source;

static int setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/test_host_container.%d", getpid());
	root = store_open_root(dir, true, &a, &e);
	facts.euid = geteuid();
	source = (struct record_source){.bundle = "/",
					.text = "{}",
					.size = 2,
					.spec = &spec,
					.facts = &facts,
					.plan = &block.head};
	return root < 0;
}

static int teardown(void **state)
{
	char cmd[128];

	(void)state;
	close(root);
	arena_free(&a);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	return system(cmd);
}

static uint32_t pool_add(const void *data, size_t n)
{
	uint32_t at = (used + 7) & ~7U;

	assert_true(at + n <= POOL);
	memcpy(block.pool + at, data, n);
	used = at + (uint32_t)n;
	return (uint32_t)(block.pool - (char *)&block) + at;
}

static struct pref str(const char *s)
{
	return (struct pref){pool_add(s, strlen(s) + 1), (uint32_t)strlen(s)};
}

static struct op *add(enum op_kind kind, enum phase phase)
{
	struct op *op = &block.ops[block.head.op_count++];

	*op = (struct op){.kind = kind, .phase = phase};
	return op;
}

static void add_namespace(enum op_kind kind, enum ns_type type, const char *ns_path)
{
	struct op *op = add(kind, PHASE_LAUNCH);

	op->ns.type = type;
	if (kind == OP_NAMESPACE)
		block.head.clone_flags |= ns_table[type].flag;
	else
		op->ns.path = str(ns_path);
	op->pointer = str("/linux/namespaces/0");
}

static void begin(bool wait_start)
{
	memset(&block, 0, sizeof(block));
	used = 8;
	block.head = (struct plan){.magic = PLAN_MAGIC,
				   .version = PLAN_VERSION,
				   .size = sizeof(block),
				   .wait_start = wait_start};
}

/* A user namespace with our own id as 0, written by the child itself, and a pid namespace. */
static void add_usual_namespaces(void)
{
	const uint32_t own[] = {geteuid(), getegid()};

	add_namespace(OP_NAMESPACE, NS_USER, NULL);
	add_namespace(OP_NAMESPACE, NS_PID, NULL);
	add_namespace(OP_NAMESPACE, NS_MNT, NULL);
	block.head.new_userns = true;
	block.head.map_writer = MAP_CHILD;
	add(OP_SETGROUPS, PHASE_LAUNCH);
	for (int i = 0; i < 2; i++)
		add(OP_MAP, PHASE_LAUNCH)->map =
			(struct op_map){.gid = i == 1, .inside = 0, .outside = own[i], .count = 1};
}

static void add_program(const char *program, const char *script)
{
	const char *const argv[] = {program, "-c", script};
	struct pref refs[3];
	struct op *op = add(OP_FIND, PHASE_READY);

	for (size_t i = 0; i < 3; i++)
		refs[i] = str(argv[i]);
	op->find.argv = (struct plist){pool_add(refs, sizeof(refs)), 3};
	refs[0] = str("PATH=/bin:/usr/bin");
	op->find.env = (struct plist){pool_add(refs, sizeof(refs[0])), 1};
	add(OP_READY, PHASE_READY);
	add(OP_FDS, PHASE_ARM)->fds.keep = 3;
	add(OP_EXEC, PHASE_EXEC);
}

static void usual(bool wait_start, const char *script)
{
	begin(wait_start);
	add_usual_namespaces();
	add_program("sh", script);
}

static struct container_options options(const char *id)
{
	return (struct container_options){.id = id, .root = root, .from = &source};
}

static int run(const char *id)
{
	struct container_options o = options(id);
	int status = -1;
	int r = container_run(&o, &a, &status, &e);

	return r < 0 ? r : status;
}

static int create(const char *id)
{
	struct container_options o = options(id);

	return container_create(&o, &a, &e);
}

static enum status status_of(const char *id)
{
	AUTO(store_close) struct store_entry s = {.dir = -1};
	struct state st;

	assert_int_equal(store_open(&s, root, id, false, &e), 0);
	assert_int_equal(status_read(&s, &a, &st, NULL, &e), 0);
	assert_int_equal(st.pid > 0, st.status != STATUS_STOPPED);
	return st.status;
}

static void assert_nothing_left(void)
{
	struct strings ids;
	siginfo_t info = {0};

	assert_int_equal(store_list(root, &a, &ids, &e), 0);
	assert_int_equal(ids.n, 0);
	assert_int_equal(waitid(P_ALL, 0, &info, WEXITED | WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

/* Detached containers are our children here: nobody else reaps them. */
static void reap(void)
{
	siginfo_t info;

	assert_int_equal(waitid(P_ALL, 0, &info, WEXITED), 0);
}

static void exit_codes(void **state)
{
	(void)state;
	usual(false, "exit 7");
	assert_int_equal(run("c"), 7);
	assert_nothing_left();
	usual(false, "[ $$ = 1 ] && [ $(id -u) = 0 ]");
	assert_int_equal(run("c"), 0);
	usual(false, "sh -c 'kill -9 $$'; exit $?");
	assert_int_equal(run("c"), 137);
	assert_nothing_left();
}

static void kept(void **state)
{
	struct container_options o = options("c");
	int status;

	(void)state;
	usual(false, "exit 0");
	o.keep = true;
	assert_int_equal(container_run(&o, &a, &status, &e), 0);
	assert_int_equal(status_of("c"), STATUS_STOPPED);
	assert_int_equal(create("c"), -EEXIST);
	assert_int_equal(e.code, ERR_ID_EXISTS);
	assert_true(container_start(root, "c", NULL, &a, &e) < 0);
	assert_int_equal(container_delete(root, "c", DELETE_STOPPED, &a, &e), 0);
	assert_nothing_left();
}

static void statuses(void **state)
{
	struct container_options o = options("c");
	char text[32] = "";
	int fd;

	(void)state;
	usual(true, "trap 'exit 3' TERM; while :; do sleep 1; done");
	snprintf(path, sizeof(path), "%s/../test_host_container.pid.%d", dir, getpid());
	o.pid_file = path;
	assert_int_equal(container_create(&o, &a, &e), 0);
	assert_int_equal(status_of("c"), STATUS_CREATED);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(read(fd, text, sizeof(text) - 1) > 0);
	assert_int_equal(kill(atoi(text), 0), 0);
	close(fd);
	unlink(path);
	assert_int_equal(container_start(root, "c", NULL, &a, &e), 0);
	assert_int_equal(status_of("c"), STATUS_RUNNING);
	assert_true(container_start(root, "c", NULL, &a, &e) < 0);
	assert_int_equal(e.code, ERR_STATUS);
	assert_true(container_delete(root, "c", DELETE_STOPPED, &a, &e) < 0);
	assert_non_null(strstr(e.text, "running"));
	assert_int_equal(container_kill(root, "c", 0, KILL_INIT, &a, &e), 0);
	assert_int_equal(container_kill(root, "c", SIGKILL, KILL_ALL, &a, &e), 0);
	reap();
	assert_int_equal(status_of("c"), STATUS_STOPPED);
	assert_true(container_kill(root, "c", SIGTERM, KILL_INIT, &a, &e) < 0);
	assert_non_null(strstr(e.text, "container not running"));
	assert_int_equal(container_delete(root, "c", DELETE_STOPPED, &a, &e), 0);
	assert_nothing_left();
}

static void signal_to_all(void **state)
{
	struct container_options o = options("c");
	int status;

	(void)state;
	usual(false, "trap : USR1; sleep 1000 & wait; wait; exit 0");
	o.detach = true;
	assert_int_equal(container_run(&o, &a, &status, &e), 0);
	/* the shell survives its own SIGUSR1, sleep does not: only then does the second wait end */
	for (int i = 0; i < 100 && status_of("c") == STATUS_RUNNING; i++) {
		usleep(20 * 1000);
		(void)!container_kill(root, "c", SIGUSR1, KILL_ALL, &a, &e);
	}
	assert_int_equal(status_of("c"), STATUS_STOPPED);
	reap();
	assert_int_equal(container_delete(root, "c", DELETE_STOPPED, &a, &e), 0);
	assert_nothing_left();
}

static void delete_created_and_running(void **state)
{
	(void)state;
	usual(true, "sleep 1000");
	assert_int_equal(create("c"), 0);
	assert_int_equal(create("c"), -EEXIST);
	assert_int_equal(status_of("c"), STATUS_CREATED);
	assert_int_equal(container_delete(root, "c", DELETE_STOPPED, &a, &e), 0);
	reap();
	assert_int_equal(create("c"), 0);
	assert_int_equal(container_start(root, "c", NULL, &a, &e), 0);
	assert_int_equal(container_delete(root, "c", DELETE_FORCE, &a, &e), 0);
	reap();
	assert_int_equal(container_delete(root, "c", DELETE_STOPPED, &a, &e), -ENOENT);
	assert_int_equal(container_delete(root, "c", DELETE_FORCE, &a, &e), 0);
	assert_nothing_left();
}

static void missing_program(void **state)
{
	(void)state;
	for (int wait_start = 0; wait_start < 2; wait_start++) {
		begin(wait_start);
		add_usual_namespaces();
		add_program("nonesuch", "");
		assert_int_equal(wait_start ? create("c") : run("c"), -ENOENT);
		assert_string_equal(e.text,
				    "exec: \"nonesuch\": executable file not found in $PATH");
		assert_nothing_left();
	}
}

/* The error of execve itself is start's. */
static void not_executable(void **state)
{
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "%s/../test_host_container.%d.prog", dir, getpid());
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	assert_int_equal(write(fd, "\177garbage", 8), 8);
	close(fd);
	begin(true);
	add_usual_namespaces();
	add_program(path, "");
	assert_int_equal(create("c"), 0);
	assert_true(container_start(root, "c", NULL, &a, &e) < 0);
	assert_int_equal(e.code, ERR_EXEC);
	reap();
	assert_int_equal(status_of("c"), STATUS_STOPPED);
	assert_int_equal(container_delete(root, "c", DELETE_STOPPED, &a, &e), 0);
	block.head.wait_start = false;
	assert_true(run("c") < 0);
	assert_int_equal(e.code, ERR_EXEC);
	unlink(path);
	assert_nothing_left();
}

static void bad_pid_file(void **state)
{
	struct container_options o = options("c");

	(void)state;
	usual(true, "sleep 1000");
	o.pid_file = "/nowhere/pid";
	assert_int_equal(container_create(&o, &a, &e), -ENOENT);
	assert_non_null(strstr(e.text, "/nowhere/pid"));
	assert_nothing_left();
	o.pid_file = NULL;
	o.pidfd_socket = "/nowhere/socket";
	assert_int_equal(container_create(&o, &a, &e), -ENOENT);
	assert_int_equal(e.code, ERR_CONSOLE);
	assert_nothing_left();
}

static void killed_init(void **state)
{
	(void)state;
	usual(true, "sleep 1000");
	assert_int_equal(create("c"), 0);
	assert_int_equal(container_kill(root, "c", SIGKILL, KILL_INIT, &a, &e), 0);
	reap();
	assert_true(container_start(root, "c", NULL, &a, &e) < 0);
	assert_int_equal(e.code, ERR_STATUS);
	assert_int_equal(container_delete(root, "c", DELETE_STOPPED, &a, &e), 0);
	assert_nothing_left();
}

static void wrong_namespace_type(void **state)
{
	(void)state;
	begin(false);
	add_usual_namespaces();
	add_namespace(OP_JOIN, NS_NET, "/proc/self/ns/uts");
	add_program("sh", "exit 0");
	assert_true(run("c") < 0);
	assert_int_equal(e.code, ERR_NAMESPACE);
	assert_non_null(strstr(e.text, "/proc/self/ns/uts"));
	assert_non_null(strstr(e.text, "uts namespace"));
	assert_non_null(strstr(e.text, "network namespace"));
	assert_string_equal(e.pointer, "/linux/namespaces/0");
	assert_nothing_left();
}

/* A process that holds namespaces for others; told to end by its pipe. */
static pid_t holder(uint64_t flags, int *ret_pidfd)
{
	int ready[2];
	char c;
	unsigned int uid = geteuid(), gid = getegid();
	pid_t pid;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid = process_clone(flags, -1, ret_pidfd);
	if (pid == 0) {
		char map[64];

		child_write_file("/proc/self/setgroups", "deny");
		snprintf(map, sizeof(map), "0 %u 1", uid);
		child_write_file("/proc/self/uid_map", map);
		snprintf(map, sizeof(map), "0 %u 1", gid);
		child_write_file("/proc/self/gid_map", map);
		CHECK(write(ready[1], "x", 1) == 1);
		pause();
		_exit(0);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 1);
	close(ready[0]);
	return pid;
}

/* Behind the namespaces: what is new is made where init is born again. */
static void add_enter(uint64_t flags)
{
	struct op *op = add(OP_ENTER, PHASE_ENTER);

	op->enter = (struct op_enter){
		.flags = flags, .create = block.head.clone_flags, .by_path = true, .reborn = true};
	block.head.clone_flags = 0;
}

static void joins_and_is_born_again(void **state)
{
	static const enum ns_type types[] = {NS_USER, NS_NET, NS_PID};
	char ns[3][64], script[512];
	int pidfd, status;
	pid_t pid = holder(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWPID, &pidfd);
	struct stat st[2];

	(void)state;
	begin(false);
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		snprintf(ns[i], sizeof(ns[i]), "/proc/%d/ns/%s", pid, ns_table[types[i]].proc);
		add_namespace(OP_JOIN, types[i], ns[i]);
	}
	add_namespace(OP_NAMESPACE, NS_MNT, NULL);
	add_enter(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWPID);
	block.head.map_writer = MAP_NONE;
	assert_int_equal(stat(ns[0], &st[0]), 0);
	assert_int_equal(stat(ns[1], &st[1]), 0);
	snprintf(script, sizeof(script),
		 "[ $$ != 1 ] && [ $$ -lt 20 ] && [ $(id -u) = 0 ] && exit 9");
	add_program("sh", script);
	assert_int_equal(run("c"), 9);
	assert_int_equal(process_signal(pidfd, SIGKILL), 0);
	assert_int_equal(process_wait(pidfd, &status), 0);
	close(pidfd);
	assert_nothing_left();
}

/* What fails before that arrives too. */
static void join_that_fails(void **state)
{
	int pidfd, status;
	pid_t pid = holder(CLONE_NEWUSER | CLONE_NEWNET, &pidfd);

	(void)state;
	begin(false);
	snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
	add_namespace(OP_JOIN, NS_USER, path);
	block.head.clone_flags = CLONE_NEWNS | CLONE_FS; /* which go together nowhere */
	add_enter(CLONE_NEWUSER);
	add_program("sh", "exit 0");
	assert_int_equal(run("c"), -EINVAL);
	assert_int_equal(e.code, ERR_NAMESPACE);
	assert_int_equal(process_signal(pidfd, SIGKILL), 0);
	assert_int_equal(process_wait(pidfd, &status), 0);
	close(pidfd);
	assert_nothing_left();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exit_codes),
		cmocka_unit_test(kept),
		cmocka_unit_test(statuses),
		cmocka_unit_test(signal_to_all),
		cmocka_unit_test(delete_created_and_running),
		cmocka_unit_test(missing_program),
		cmocka_unit_test(not_executable),
		cmocka_unit_test(bad_pid_file),
		cmocka_unit_test(killed_init),
		cmocka_unit_test(wrong_namespace_type),
		cmocka_unit_test(joins_and_is_born_again),
		cmocka_unit_test(join_that_fails),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
