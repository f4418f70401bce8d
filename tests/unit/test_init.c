/*
 * init: the program itself, as it is embedded, executes plans that are built here by hand. What the
 * container's program then sees is asked of busybox inside.
 */
#include <sys/ioctl.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

#include "tests/unit/init_box.h"

static void file_systems_are_mounted(void **state)
{
	char text[4096];
	uint32_t null;
	struct op *op;

	(void)state;
	begin();
	null = add_grab("/dev/null");
	add_root();
	add_mount("proc", "/proc", 0, LIST("hidepid=0"));
	add_mount("tmpfs", "/dev", MOUNT_NOSUID, LIST("mode=755", "size=64k"));
	add_mount("tmpfs", "/dev/shm", 0, LIST("mode=1777"));
	plan.ops[plan.head.op_count - 1].flags = OP_FRESH;
	add_mount("tmpfs", "/new/deep", 0, LIST("mode=711"));
	add_mount("tmpfs", "/link", 0, LIST("mode=700"));
	add_attach(null, "/dev/null")->flags = OP_FRESH;
	op = add(OP_SYMLINK, PHASE_FILL, "");
	op->symlink.target = str("/dev/fd");
	op->symlink.text = str("/proc/self/fd");
	add_pivot(PIVOT_NONE);
	add_program(LIST("sh", "-c",
			 "stat -c '%a %F' /dev /dev/shm /new/deep /hole /dev/null /dev/fd;"
			 "grep -c . /proc/self/mountinfo; ls /proc/self/fd | wc -l;"
			 "grep ' /dev ' /proc/self/mountinfo | grep -o 'nosuid.*size=64k'"));
	assert_int_equal(run_to_end(text, sizeof(text)), 0);
	assert_string_equal(text, "755 directory\n1777 directory\n711 directory\n700 directory\n"
				  "666 character special file\n777 symbolic link\n"
				  "7\n4\n"
				  "nosuid,relatime - tmpfs tmpfs rw,size=64k"
				  "\n");
}

static void what_is_locked_stays_locked(void **state)
{
	char text[4096];
	struct op *op;

	(void)state;
	begin();
	add_root();
	add_mount("proc", "/proc", 0, (struct plist){0});
	add_pivot(PIVOT_NONE);
	add(OP_LOOPBACK, PHASE_LOCK, "");
	add_text(OP_HOSTNAME, "box", 0);
	add_text(OP_DOMAINNAME, "yard", 0);
	op = add(OP_SYSCTL, PHASE_LOCK, "/linux/sysctl/net.ipv4.ip_forward");
	op->sysctl.key = str("net/ipv4/ip_forward");
	op->sysctl.value = str("1");
	add_text(OP_MASK, "/proc/keys", OP_OPTIONAL);
	add_text(OP_MASK, "/proc/timer_list", OP_OPTIONAL);
	add_text(OP_MASK, "/proc/fs", OP_OPTIONAL);
	add_text(OP_MASK, "/proc/irq", OP_OPTIONAL);
	add_text(OP_MASK, "/proc/is/not/there", OP_OPTIONAL);
	add_text(OP_READONLY, "/proc/sys", OP_OPTIONAL);
	add(OP_ROOT_FLAGS, PHASE_LOCK, "/root/readonly")->root_flags.readonly = true;
	add_program(LIST("sh", "-c",
			 "hostname; cat /proc/sys/kernel/domainname;"
			 "cat /proc/keys /proc/timer_list | wc -c; ls /proc/fs /proc/irq | wc -l;"
			 "cat /proc/sys/net/ipv4/ip_forward; exec 2>&-;"
			 "echo 0 >/proc/sys/net/ipv4/ip_forward || echo ro; (>/x) || echo ro;"
			 "ip addr show lo | grep -c 'UP'"));
	assert_int_equal(run_to_end(text, sizeof(text)), 0);
	assert_string_equal(text, "box\nyard\n0\n"
				  "3\n" /* two headings, an empty line, no entries */
				  "1\nro\nro\n1\n");
}

static void the_process_is_who_it_should_be(void **state)
{
	char text[4096];
	struct op *op;

	(void)state;
	begin();
	add_root();
	add_mount("proc", "/proc", 0, (struct plist){0});
	add_pivot(PIVOT_NONE);
	add(OP_SESSION, PHASE_IDENT, "");
	add(OP_OOM_SCORE, PHASE_IDENT, "/process/oomScoreAdj")->number.v = 1000;
	op = add(OP_RLIMIT, PHASE_IDENT, "/process/rlimits/0");
	op->rlimit.resource = RLIMIT_CORE;
	add(OP_UMASK, PHASE_IDENT, "")->number.v = 027;
	add(OP_BOUNDING, PHASE_IDENT, "")->number.v = 1 << 5 | 1 << 6;
	add(OP_USER, PHASE_IDENT, "/process/user");
	add(OP_CAPS, PHASE_IDENT, "")->caps = (struct op_caps){.effective = 1 << 5,
							       .permitted = 1 << 5 | 1 << 6,
							       .inheritable = 1 << 5,
							       .ambient = 1 << 5};
	add(OP_NO_NEW_PRIVS, PHASE_IDENT, "");
	add_program(LIST("sh", "-c",
			 "echo pid $$ $A; umask; cat /proc/self/oom_score_adj; ulimit -Hc;"
			 "grep -E 'Cap|NoNew' /proc/self/status; exit 7"));
	assert_int_equal(run_to_end(text, sizeof(text)), 7);
	/* execve(2) gives root the bounding set, as far as no_new_privs lets it */
	assert_string_equal(text, "pid 1 b c\n0027\n1000\n0\n"
				  "CapInh:\t0000000000000020\nCapPrm:\t0000000000000060\n"
				  "CapEff:\t0000000000000060\nCapBnd:\t0000000000000060\n"
				  "CapAmb:\t0000000000000020\nNoNewPrivs:\t1\n");
}

static void binds_follow_links_inside_only(void **state)
{
	char text[256], path[128];
	uint32_t file, dir, null;

	(void)state;
	snprintf(path, sizeof(path), "%s/noexec/file", base);
	close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0640));
	begin();
	file = add_grab(path);
	snprintf(path, sizeof(path), "%s/noexec", base);
	dir = add_grab(path);
	null = add_grab("/dev/null");
	add_root();
	add_attach(file, "/etc/deep/er/file");
	add_attach(dir, "/link");
	add_attach(null, "/dev/null");
	add_pivot(PIVOT_NONE);
	add_program(LIST("sh", "-c", "stat -c '%a %F' /etc/deep/er/file /dev/null; ls /hole"));
	assert_int_equal(run_to_end(text, sizeof(text)), 0);
	assert_string_equal(text, "640 regular empty file\n666 character special file\nfile\n");

	begin();
	null = add_grab("/dev/null");
	add_root();
	add_attach(null, "/link");
	expect_failure("config.json:45: /mounts/8: bind /dev/null on /link: the destination is a "
		       "symbolic link in the image");
}

static void a_thousand_binds_fit(void **state)
{
	enum { BINDS = OPS_MAX / 2 - 20 };
	struct rlimit before, low = {.rlim_cur = 200};
	char text[256], name[32];

	(void)state;
	getrlimit(RLIMIT_NOFILE, &before);
	low.rlim_max = before.rlim_max;
	assert_true(before.rlim_max > BINDS + 300);
	begin();
	for (uint32_t i = 0; i < BINDS; i++)
		add_grab("/dev/null");
	add_root();
	add_mount("proc", "/proc", 0, (struct plist){0});
	for (uint32_t i = 0; i < BINDS; i++) {
		snprintf(name, sizeof(name), "/hole/%u", i);
		add_attach(i + 1, name);
	}
	add_pivot(PIVOT_NONE);
	add_program(LIST("sh", "-c", "ls /hole | wc -l; ulimit -n"));
	setrlimit(RLIMIT_NOFILE, &low);
	assert_int_equal(run_to_end(text, sizeof(text)), 0);
	setrlimit(RLIMIT_NOFILE, &before);
	assert_string_equal(text, "500\n200\n");
}

static void without_pivot_the_host_is_covered(void **state)
{
	char text[1024];

	(void)state;
	begin();
	add_root();
	add_mount("proc", "/proc", 0, (struct plist){0});
	add_pivot(PIVOT_MOVE);
	add_program(LIST("sh", "-c",
			 "ls -d /bin /etc; cat /proc/self/mountinfo | "
			 "grep -c -E ' - (proc|sysfs) '"));
	assert_int_equal(run_to_end(text, sizeof(text)), 0);
	assert_string_equal(text, "/bin\n/etc\n1\n");
}

static void the_console_is_the_containers_own(void **state)
{
	struct running r;
	struct err e = {0};
	char text[256], out[16];
	struct op *op;
	int master = -1;
	ssize_t n = 0, got;

	(void)state;
	begin();
	add_root();
	add_mount("proc", "/proc", 0, (struct plist){0});
	add_mount("tmpfs", "/dev", 0, (struct plist){0});
	add_mount("devpts", "/dev/pts", 0, LIST("newinstance", "ptmxmode=0666", "mode=0620"));
	op = add(OP_CONSOLE, PHASE_FILL, "/process/terminal");
	op->console.target = str("/dev/console");
	op->console.rows = 33;
	op->console.columns = 77;
	add_pivot(PIVOT_NONE);
	add(OP_SESSION, PHASE_IDENT, "/process/terminal")->session.terminal = true;
	add_program(LIST("sh", "-c", "tty; stty size; [ -c /dev/console ] && echo yes"));
	r = launch(-1, ROW_CONSOLE);
	assert_int_equal(wire_expect(&r.wire, MSG_CONSOLE, &master, &e), 0);
	assert_int_equal(wire_expect(&r.wire, MSG_READY, NULL, &e), 0);
	assert_int_equal(wire_send(&r.wire, MSG_START, -1, &e), 0);
	while ((got = read(master, text + n, sizeof(text) - 1 - (size_t)n)) > 0)
		n += got;
	text[n] = '\0';
	close(master);
	assert_int_equal(finish(&r, out, sizeof(out)), 0);
	assert_string_equal(text, "/dev/pts/0\r\n33 77\r\nyes\r\n");
}

static void links_and_fifos_replace_nothing_else(void **state)
{
	char text[256];
	struct op *op;

	(void)state;
	begin();
	add_root();
	add_mount("tmpfs", "/dev", 0, (struct plist){0});
	op = add(OP_SYMLINK, PHASE_FILL, "");
	op->symlink.target = str("/dev/ptmx");
	op->symlink.text = str("wrong");
	for (int i = 0; i < 2; i++) { /* the second time it is there already */
		op = add(OP_SYMLINK, PHASE_FILL, "");
		op->symlink.target = str("/dev/ptmx");
		op->symlink.text = str("pts/ptmx");
		op = add(OP_MKNOD, PHASE_FILL, "/linux/devices/0");
		op->mknod.target = str("/dev/pipe");
		op->mknod.mode = S_IFIFO | 0622;
	}
	add_mount("proc", "/proc", 0, (struct plist){0});
	add_pivot(PIVOT_NONE);
	add_program(LIST("sh", "-c", "readlink /dev/ptmx; stat -c '%a %F' /dev/pipe"));
	assert_int_equal(run_to_end(text, sizeof(text)), 0);
	assert_string_equal(text, "pts/ptmx\n622 fifo\n");

	begin();
	add_root();
	op = add(OP_MKNOD, PHASE_FILL, "/linux/devices/0");
	op->mknod.target = str("/bin/plain");
	op->mknod.mode = S_IFIFO | 0622;
	expect_failure("config.json:44: /linux/devices/0: make device /bin/plain: something else "
		       "is there in the image");
}

/* mkdir(2) fails with ENOTNAM, which nothing else does; or it is asked of the host. */
static void add_filter(uint32_t action, bool listener)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
#ifdef SYS_mkdir
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mkdir, 1, 0),
#endif
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mkdirat, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct op *op;

	add(OP_NO_NEW_PRIVS, PHASE_ARM, "");
	op = add(OP_SECCOMP, PHASE_ARM, "/linux/seccomp");
	op->seccomp.filter = (struct pref){pool_add(filter, sizeof(filter)), sizeof(filter)};
	op->seccomp.listener = listener;
}

static void begin_seccomp(uint32_t action, bool listener)
{
	struct op exec;

	begin();
	add_root();
	add_pivot(PIVOT_NONE);
	add_program(LIST("busybox", "mkdir", "/never"));
	exec = plan.ops[--plan.head.op_count];
	add_filter(action, listener);
	plan.ops[plan.head.op_count++] = exec;
}

static void the_filter_holds(void **state)
{
	char text[256];

	(void)state;
	begin_seccomp(SECCOMP_RET_ERRNO | ENOTNAM, false);
	assert_int_equal(run_to_end(text, sizeof(text)), 1);
	assert_string_equal(text, "mkdir: can't create directory '/never': "
				  "Not a XENIX named type file\n");
}

static void the_listener_reaches_the_host(void **state)
{
	struct seccomp_notif asked = {0};
	struct seccomp_notif_resp answer = {0};
	struct running r;
	struct err e = {0};
	char text[256];
	int fd = -1;

	(void)state;
	begin_seccomp(SECCOMP_RET_USER_NOTIF, true);
	r = launch(-1, ROW_LISTENER);
	assert_int_equal(wire_expect(&r.wire, MSG_READY, NULL, &e), 0);
	assert_int_equal(wire_send(&r.wire, MSG_START, -1, &e), 0);
	assert_int_equal(wire_expect(&r.wire, MSG_LISTENER, &fd, &e), 0);
	assert_int_equal(wire_send(&r.wire, MSG_TAKEN, -1, &e), 0);
	assert_int_equal(ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &asked), 0);
	answer.id = asked.id;
	answer.error = -EXFULL;
	assert_int_equal(ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &answer), 0);
	close(fd);
	assert_int_equal(finish(&r, text, sizeof(text)), 1);
	assert_string_equal(text, "mkdir: can't create directory '/never': Exchange full\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(file_systems_are_mounted),
		cmocka_unit_test(what_is_locked_stays_locked),
		cmocka_unit_test(the_process_is_who_it_should_be),
		cmocka_unit_test(binds_follow_links_inside_only),
		cmocka_unit_test(a_thousand_binds_fit),
		cmocka_unit_test(without_pivot_the_host_is_covered),
		cmocka_unit_test(the_console_is_the_containers_own),
		cmocka_unit_test(links_and_fifos_replace_nothing_else),
		cmocka_unit_test(the_filter_holds),
		cmocka_unit_test(the_listener_reaches_the_host),
	};

	return cmocka_run_group_tests(tests, box_setup, box_teardown);
}
