/*
 * host/record, host/start, host/maps, host/console: what a container is put on record with, how it
 * is told to start, what its maps say, and what a console socket receives.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/base/fmt.h"
#include "runtime/host/console.h"
#include "runtime/host/maps.h"
#include "runtime/host/record.h"
#include "runtime/host/start.h"
#include "runtime/sys/packet.h"
#include "runtime/sys/process.h"

static char dir[64];
static int root;
static struct arena a;
static struct err e;

static int setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/test_host_record.%d", getpid());
	root = store_open_root(dir, true, &a, &e);
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

static void times(void **state)
{
	char ours[RECORD_TIME_SIZE], theirs[64];

	(void)state;
	/* every day for a century, across leap years and centuries, against the C library */
	for (time_t t = 0; t < 200LL * 365 * 86400; t += 86399) {
		struct timespec ts = {.tv_sec = t, .tv_nsec = (long)(t % 1000000007)};
		struct tm tm;
		size_t n;

		gmtime_r(&t, &tm);
		n = strftime(theirs, sizeof(theirs), "%Y-%m-%dT%H:%M:%S", &tm);
		snprintf(theirs + n, sizeof(theirs) - n, ".%09ldZ", ts.tv_nsec);
		record_time(&ts, ours);
		assert_string_equal(ours, theirs);
	}
}

static void pid_files(void **state)
{
	char path[128], text[32] = "";
	struct stat st;
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "%s/pid", dir);
	assert_int_equal(record_pid_file(path, 4711, &e), 0);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(read(fd, text, sizeof(text) - 1), 4); /* no newline */
	assert_string_equal(text, "4711");
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_nlink, 1);
	close(fd);
	unlink(path);
	assert_true(record_pid_file("/nowhere/at/all", 1, &e) < 0);
	/* a directory cannot be replaced; the temporary file does not stay */
	assert_true(record_pid_file(dir, 1, &e) < 0);
	snprintf(path, sizeof(path), "%s.%d.new", dir, getpid());
	assert_int_equal(access(path, F_OK), -1);
}

/* init's side of the start socket, in a child: accepts, is told, then answers. */
static void answer(int sock, const struct err *failure)
{
	int fd = accept4(sock, NULL, NULL, SOCK_CLOEXEC);
	struct wire w = {.sock = fd, .end = WIRE_INIT};
	struct err ignored;

	wire_resume(&w, MSG_READY);
	if (wire_expect(&w, MSG_START, NULL, &ignored) < 0)
		_exit(7);
	if (failure)
		wire_fail(&w, failure);
	_exit(0);
}

static int go_with(const struct err *failure, struct store_entry *s)
{
	int sock = start_listen(s, &e), pidfd, status, r;

	assert_true(sock >= 0);
	assert_int_equal(store_mark(s, STORE_MARK_CREATED, &e), 0);
	if (process_clone(0, -1, &pidfd) == 0)
		answer(sock, failure);
	close(sock);
	r = start_go(s, NULL, &e);
	assert_int_equal(process_wait(pidfd, &status), 0);
	close(pidfd);
	return r;
}

/* An init that is told nothing ends, and is waited for. */
static void never_starting(void **state)
{
	struct store_entry s;
	int sock, pidfd, status;

	(void)state;
	assert_int_equal(store_create(&s, root, "c2", &e), 0);
	assert_int_equal(start_never(&s, &e), 0);
	sock = start_listen(&s, &e);
	assert_int_equal(store_mark(&s, STORE_MARK_CREATED, &e), 0);
	if (process_clone(0, -1, &pidfd) == 0)
		answer(sock, NULL);
	close(sock);
	assert_int_equal(start_never(&s, &e), 0);
	assert_int_equal(process_wait(pidfd, &status), 0);
	assert_int_equal(status, 7);
	close(pidfd);
	assert_int_equal(start_never(&s, &e), 0);
	assert_int_equal(store_remove(&s, &e), 0);
	store_close(&s);
}

static void starting(void **state)
{
	struct store_entry s;
	struct err failure;
	struct stat st;

	(void)state;
	assert_int_equal(store_create(&s, root, "c1", &e), 0);
	assert_int_equal(go_with(NULL, &s), 0);
	/* nobody listens any more */
	assert_true(start_go(&s, NULL, &e) < 0);
	assert_non_null(strstr(e.text, "container not running"));
	assert_int_equal(fstatat(s.dir, STORE_START, &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(store_mark(&s, STORE_MARK_STARTED, &e), 0);
	assert_true(start_go(&s, NULL, &e) < 0);

	(void)err_sys(&failure, ERR_EXEC, -ENOEXEC, "exec \"/x\"");
	assert_int_equal(go_with(&failure, &s), -ENOEXEC);
	assert_int_equal(e.code, ERR_EXEC);
	assert_string_equal(e.text, "exec \"/x\"");
	assert_int_equal(store_remove(&s, &e), 0);
	store_close(&s);
}

struct block {
	struct plan head;
	struct op ops[8];
};

static void add_map(struct block *b, bool gid, uint32_t inside, uint32_t outside, uint32_t count)
{
	b->ops[b->head.op_count++] = (struct op){
		.kind = OP_MAP,
		.map = {.gid = gid, .inside = inside, .outside = outside, .count = count}};
}

static void map_texts(void **state)
{
	struct block b = {.head = {.map_writer = MAP_PARENT}};
	const struct facts f = {.newuidmap = "/bin/echo", .newgidmap = "/bin/echo"};
	struct maps m;

	(void)state;
	add_map(&b, false, 0, 1000, 1);
	add_map(&b, true, 0, 100, 1);
	add_map(&b, false, 1, 100000, 65536);
	assert_int_equal(maps_prepare(&m, &a, &b.head, &f, &e), 0);
	assert_string_equal(m.text[MAP_UID], "0 1000 1\n1 100000 65536\n");
	assert_string_equal(m.text[MAP_GID], "0 100 1\n");
	assert_false(m.deny_setgroups);
	b.ops[b.head.op_count++].kind = OP_SETGROUPS;
	b.head.map_writer = MAP_HELPERS;
	assert_int_equal(maps_prepare(&m, &a, &b.head, &f, &e), 0);
	assert_true(m.deny_setgroups);
	assert_string_equal(m.argv[MAP_UID][0], "newuidmap");
	assert_string_equal(m.argv[MAP_UID][7], "65536");
	assert_null(m.argv[MAP_UID][8]);
	assert_null(m.argv[MAP_GID][5]);
	assert_int_equal(maps_write(&m, 4711, &e), 0);
	assert_string_equal(m.argv[MAP_GID][1], "4711");
}

static void helpers_that_fail(void **state)
{
	struct block b = {.head = {.map_writer = MAP_HELPERS}};
	struct facts f = {.newuidmap = "/bin/true", .newgidmap = "/bin/false"};
	struct maps m;
	char script[128];
	int fd;

	(void)state;
	assert_int_equal(maps_prepare(&m, &a, &b.head, &f, &e), 0);
	assert_true(maps_write(&m, 1, &e) < 0);
	assert_int_equal(e.code, ERR_IDMAP);
	assert_non_null(strstr(e.text, "/bin/false failed (status 1)"));
	snprintf(script, sizeof(script), "%s/helper", dir);
	fd = open(script, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
	assert_true(dprintf(fd, "#!/bin/sh\necho \"$0: no range for $1\" >&2\nexit 3\n") > 0);
	close(fd);
	f.newuidmap = script;
	assert_int_equal(maps_prepare(&m, &a, &b.head, &f, &e), 0);
	assert_true(maps_write(&m, 4711, &e) < 0);
	assert_non_null(strstr(e.text, "no range for 4711"));
	f.newgidmap = "/nowhere/newgidmap";
	assert_int_equal(maps_prepare(&m, &a, &b.head, &f, &e), 0);
	assert_int_equal(maps_write(&m, 1, &e), -ENOENT);
	assert_non_null(strstr(e.text, "/nowhere/newgidmap"));
	unlink(script);
}

static void too_many_maps(void **state)
{
	enum { MANY = 400 };
	const struct facts f = {0};
	struct maps m;
	struct plan *p = calloc(1, sizeof(*p) + MANY * sizeof(struct op));
	struct op *ops = (struct op *)(void *)(p + 1);

	(void)state;
	p->map_writer = MAP_PARENT;
	p->op_count = MANY;
	for (uint32_t i = 0; i < MANY; i++)
		ops[i] = (struct op){.kind = OP_MAP,
				     .map = {.inside = i, .outside = 4000000000U, .count = 1}};
	assert_true(maps_prepare(&m, &a, p, &f, &e) < 0);
	assert_int_equal(e.code, ERR_IDMAP);
	free(p);
}

static void console_sockets(void **state)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int sock, conn, got = -1;
	char path[128], name[64] = "";
	int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);

	(void)state;
	snprintf(path, sizeof(path), "%s/console", dir);
	fmt_buf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	assert_int_equal(bind(listening, (struct sockaddr *)&sun, sizeof(sun)), 0);
	assert_int_equal(listen(listening, 1), 0);
	sock = console_connect(path, "--console-socket", &e);
	assert_true(sock >= 0);
	conn = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
	assert_int_equal(console_send_master(sock, master, &e), 0);
	close(sock);
	assert_true(packet_recv(conn, name, sizeof(name) - 1, &got) > 0);
	assert_memory_equal(name, "/dev/pts/", 9);
	assert_true(got >= 0 && isatty(got));
	assert_int_equal(read(conn, name, 1), 0); /* one message, then the end */
	close(got);
	close(conn);
	close(listening);
	close(master);
	/* nobody listens, no socket, nothing there */
	assert_true(console_connect(path, "--console-socket", &e) < 0);
	assert_int_equal(e.code, ERR_CONSOLE);
	unlink(path);
	assert_int_equal(console_connect(path, "--console-socket", &e), -ENOENT);
	assert_true(console_connect("/etc/passwd", "--console-socket", &e) < 0);
	assert_non_null(strstr(e.text, "--console-socket"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times),         cmocka_unit_test(pid_files),
		cmocka_unit_test(starting),      cmocka_unit_test(never_starting),
		cmocka_unit_test(map_texts),     cmocka_unit_test(helpers_that_fail),
		cmocka_unit_test(too_many_maps), cmocka_unit_test(console_sockets),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
