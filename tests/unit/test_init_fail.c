/*
 * init: what goes wrong comes back over the wire in the field's words and with the place in
 * config.json; what goes wrong after `start` comes over the second connection.
 */
#include <poll.h>
#include <sys/un.h>

#include "tests/unit/init_box.h"

static void a_bind_keeps_what_is_locked(void **state)
{
	char source[128], line[512];
	struct op *op;
	uint32_t slot;

	(void)state;
	snprintf(source, sizeof(source), "%s/noexec", base);
	begin();
	slot = add_grab(source);
	add_root();
	op = add_attach(slot, "/mnt");
	op->attach.changes = 1;
	op->attach.change[0].clear = MOUNT_NOEXEC;
	snprintf(line, sizeof(line),
		 "config.json:45: /mounts/8: bind %s on /mnt: set its attributes: Operation not "
		 "permitted (%s is mounted noexec outside, and a user namespace cannot clear that: "
		 "leave the option out, or change the mount outside)",
		 source, source);
	expect_failure(line);
}

static void errors_name_their_place(void **state)
{
	struct op *op;

	(void)state;
	begin();
	add_root();
	add_mount("tmpfs", "/dev", 0, LIST("mode=755", "colour=red"));
	plan.ops[plan.head.op_count - 1].mount.pointers =
		LIST("/mounts/7/options/2", "/mounts/7/options/5");
	expect_failure("/mounts/7/options/5: mount tmpfs on /dev: option "
		       "'colour=red': tmpfs: Unknown parameter 'colour': Invalid argument");

	begin();
	add_root();
	add_mount("nosuchfs", "/dev", 0, (struct plist){0});
	expect_failure("config.json:44: /mounts/7: mount nosuchfs on /dev: No such device "
		       "(the kernel does not know this type of file system)");

	begin();
	add_root();
	add_mount("proc", "/link", 0, (struct plist){0});
	expect_failure("config.json:44: /mounts/7: mount proc on /link: the destination is a "
		       "symbolic link in the image, it must be mounted on ordinary directory");

	begin();
	add_root();
	add_mount("tmpfs", "/bin/busybox", 0, (struct plist){0});
	expect_failure("config.json:44: /mounts/7: mount tmpfs on /bin/busybox: Not a directory");

	begin();
	add_grab("/no/such/source");
	expect_failure("config.json:42: /mounts/8: bind /no/such/source: "
		       "No such file or directory");

	begin();
	add_root();
	add_pivot(PIVOT_NONE);
	op = add(OP_USER, PHASE_IDENT, "/process/user");
	op->user.uid = 4000;
	expect_failure("config.json:45: /process/user: become uid 4000, gid 0: Invalid argument "
		       "(the id is not mapped in the user namespace)");
}

static void programs_that_cannot_be_executed(void **state)
{
	static const struct {
		const char *program, *line;
	} cases[] = {
		{"foo", "exec: \"foo\": executable file not found in $PATH: "
			"No such file or directory"},
		{"", "exec: \"\": executable file not found in $PATH: No such file or directory"},
		{"/foo", "exec: \"/foo\": No such file or directory"},
		{"/bin/plain", "exec: \"/bin/plain\": permission denied"},
		{"plain", "exec: \"plain\": permission denied"},
		{"/etc", "exec: \"/etc\": is a directory: permission denied"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char line[256];

		begin();
		add_root();
		add_pivot(PIVOT_NONE);
		add_program(LIST(cases[i].program));
		snprintf(line, sizeof(line), "config.json:46: /process/args: %s", cases[i].line);
		expect_failure(line);
	}
}

/* CVE-2024-21626: the descriptors of init lead to trees of the host. */
static void the_cwd_is_never_outside(void **state)
{
	int held = 0;

	(void)state;
	for (int fd = 3; fd < 40; fd++) {
		char path[32], text[128] = "";
		struct err e = {0};
		struct running r;

		begin();
		add_grab(base);
		add_root();
		add_mount("proc", "/proc", 0, (struct plist){0});
		add_pivot(PIVOT_NONE);
		add_program(LIST("sh", "-c", "pwd -P"));
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		plan.ops[6].cwd.path = str(path);
		r = launch(-1, 0);
		assert_true(wire_expect(&r.wire, MSG_READY, NULL, &e) < 0);
		finish(&r, text, sizeof(text));
		assert_string_equal(text, "");
		/* such a link is not followed: refused where init holds something, absent elsewhere
		 */
		assert_true(e.num == ELOOP || e.num == ENOENT);
		held += e.num == ELOOP;
	}
	assert_true(held > 0);
}

static void the_cwd_is_made_when_asked(void **state)
{
	char text[64];
	struct op *op;

	(void)state;
	begin();
	add_root();
	add_mount("proc", "/proc", 0, (struct plist){0});
	add_pivot(PIVOT_NONE);
	add_program(LIST("sh", "-c", "pwd -P"));
	plan.ops[5].cwd.path = str("/made/here");
	expect_failure("config.json:46: /process/cwd: chdir to cwd '/made/here': "
		       "No such file or directory");
	begin();
	add_root();
	add_mount("proc", "/proc", 0, (struct plist){0});
	add_pivot(PIVOT_NONE);
	op = add(OP_CWD, PHASE_LOCK, "/process/cwd");
	op->cwd.path = str("/made/here");
	op->cwd.make = true;
	add_program(LIST("sh", "-c", "pwd -P"));
	plan.ops[6].cwd.path = str("/made/here");
	assert_int_equal(run_to_end(text, sizeof(text)), 0);
	assert_string_equal(text, "/made/here\n");
}

static int listener(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	strncpy(a.sun_path, path, sizeof(a.sun_path) - 1);
	unlink(path);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, 8), 0);
	return fd;
}

static int connect_to(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	strncpy(a.sun_path, path, sizeof(a.sun_path) - 1);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

/* create, then start: the answer of execve comes over the second connection. */
static void start_tells_what_exec_said(void **state)
{
	static const struct {
		const char *program, *line;
		bool started;
	} cases[] = {
		{"/bin/sh", NULL, true},
		{"/bin/script",
		 "config.json:49: /process/args: exec: \"/bin/script\": exec format error", true},
		{"/bin/sh", "config.json:47: handshake: rundlet ended before START", false},
	};
	char path[100];

	(void)state;
	snprintf(path, sizeof(path), "%s/start", base);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = {0};
		struct pollfd waits = {.events = POLLIN};
		char text[256], line[512];
		struct running r;
		struct wire second = {.end = WIRE_HOST};
		int start = listener(path), got;

		begin();
		add_root();
		add_pivot(PIVOT_NONE);
		add_program(LIST(cases[i].program, "-c", "echo ran"));
		r = launch(start, ROW_ALWAYS);
		close(start);
		assert_int_equal(wire_expect(&r.wire, MSG_READY, NULL, &e), 0);
		assert_int_equal(wire_send(&r.wire, MSG_START, -1, &e), 0);
		assert_int_equal(wire_expect_eof(&r.wire, &e), 0);
		waits.fd = r.out;
		assert_int_equal(poll(&waits, 1, 50), 0); /* created, not running */
		second.sock = connect_to(path);
		wire_resume(&second, MSG_READY);
		if (cases[i].started)
			assert_int_equal(wire_send(&second, MSG_START, -1, &e), 0);
		else
			shutdown(second.sock, SHUT_WR);
		got = wire_expect_eof(&second, &e);
		close(second.sock);
		err_render(&e, NULL, line, sizeof(line));
		assert_int_equal(finish(&r, text, sizeof(text)), cases[i].line ? 1 : 0);
		assert_string_equal(text, cases[i].line ? "" : "ran\n");
		assert_int_equal(got < 0, cases[i].line != NULL);
		if (cases[i].line)
			assert_string_equal(line, cases[i].line);
	}
}

static void a_dead_host_ends_it(void **state)
{
	char text[64];
	struct err e = {0};
	struct running r;

	(void)state;
	begin();
	add_root();
	add_pivot(PIVOT_NONE);
	add_program(LIST("sh", "-c", "echo ran"));
	r = launch(-1, 0);
	assert_int_equal(wire_expect(&r.wire, MSG_READY, NULL, &e), 0);
	close(r.wire.sock);
	r.wire.sock = -1;
	assert_int_equal(finish(&r, text, sizeof(text)), 1);
	assert_string_equal(text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bind_keeps_what_is_locked),
		cmocka_unit_test(errors_name_their_place),
		cmocka_unit_test(programs_that_cannot_be_executed),
		cmocka_unit_test(the_cwd_is_never_outside),
		cmocka_unit_test(the_cwd_is_made_when_asked),
		cmocka_unit_test(start_tells_what_exec_said),
		cmocka_unit_test(a_dead_host_ends_it),
	};

	return cmocka_run_group_tests(tests, box_setup, box_teardown);
}
