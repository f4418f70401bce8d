/*
 * The floor: what the kernel alone costs for the container of tests/bench/config.jq. One clone3
 *with every namespace, a one-id map, the same mounts, devices, links, masks, limits, ids,
 *capabilities and filter, execve, wait. No config, no state, no cgroup, no checks: not a runtime,
 *and not to be used for anything but as a unit of time.
 *
 *	floor [-u] [-c] [-b N] [-s FILTER] ROOTFS PROGRAM
 *
 *	-u          in a new user namespace, with the caller's own ids as root's; devices are bound
 *	-c          mounts cgroup2
 *	-b N        binds /mnt/0 … /mnt/N-1 to ROOTFS/../source
 *	-s FILTER   a file of struct sock_filter
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

struct ask {
	bool user, cgroup;
	int binds;
	const char *filter, *rootfs, *program;
	uid_t uid;
	gid_t gid;
};

static const struct {
	const char *type, *to, *data;
	unsigned long flags;
} mounts[] = {
	{"proc", "proc", NULL, 0},
	{"tmpfs", "dev", "mode=755,size=65536k", MS_NOSUID | MS_STRICTATIME},
	{"devpts", "dev/pts", "newinstance,ptmxmode=0666,mode=0620", MS_NOSUID | MS_NOEXEC},
	{"tmpfs", "dev/shm", "mode=1777,size=65536k", MS_NOSUID | MS_NOEXEC | MS_NODEV},
	{"mqueue", "dev/mqueue", NULL, MS_NOSUID | MS_NOEXEC | MS_NODEV},
	{"sysfs", "sys", NULL, MS_NOSUID | MS_NOEXEC | MS_NODEV | MS_RDONLY},
};

static const struct {
	const char *path;
	unsigned int minor, major;
} devices[] = {
	{"dev/null", 3, 1},   {"dev/zero", 5, 1},    {"dev/full", 7, 1},
	{"dev/random", 8, 1}, {"dev/urandom", 9, 1}, {"dev/tty", 0, 5},
};

static const struct {
	const char *to, *path;
} links[] = {
	{"/proc/self/fd", "dev/fd"},       {"/proc/self/fd/0", "dev/stdin"},
	{"/proc/self/fd/1", "dev/stdout"}, {"/proc/self/fd/2", "dev/stderr"},
	{"pts/ptmx", "dev/ptmx"},
};

static const char *const masked[] = {
	"/proc/acpi",          "/proc/asound",     "/proc/kcore",       "/proc/keys",
	"/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug",
	"/proc/scsi",          "/sys/firmware",
};

static const char *const read_only[] = {
	"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
};

static const int granted[] = {
	CAP_CHOWN,   CAP_DAC_OVERRIDE,     CAP_FOWNER,     CAP_FSETID,
	CAP_KILL,    CAP_NET_BIND_SERVICE, CAP_SETFCAP,    CAP_SETGID,
	CAP_SETPCAP, CAP_SETUID,           CAP_SYS_CHROOT,
};

static void must(bool done, const char *what)
{
	if (done)
		return;
	perror(what);
	exit(1);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	must(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text), path);
	close(fd);
}

static void map_own_id(const struct ask *ask)
{
	char text[64];

	snprintf(text, sizeof(text), "0 %u 1", ask->uid);
	write_file("/proc/self/uid_map", text);
	write_file("/proc/self/setgroups", "deny");
	snprintf(text, sizeof(text), "0 %u 1", ask->gid);
	write_file("/proc/self/gid_map", text);
}

static void bind_to(const char *from, const char *to, unsigned long more)
{
	must(mount(from, to, NULL, MS_BIND | more, NULL) == 0, to);
}

static void make_devices(const struct ask *ask)
{
	for (size_t i = 0; i < ARRAY_LEN(devices); i++) {
		const char *path = devices[i].path;
		char host[32];

		if (!ask->user) {
			must(mknod(path, S_IFCHR | 0666,
				   makedev(devices[i].major, devices[i].minor)) == 0 &&
				     chmod(path, 0666) == 0,
			     path);
			continue;
		}
		close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0666));
		snprintf(host, sizeof(host), "/%s", path);
		bind_to(host, path, 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(links); i++)
		must(symlink(links[i].to, links[i].path) == 0, links[i].path);
}

static void fill(const struct ask *ask)
{
	for (size_t i = 0; i < ARRAY_LEN(mounts); i++) {
		if (strncmp(mounts[i].to, "dev/", 4) == 0)
			mkdir(mounts[i].to, 0755);
		must(mount(mounts[i].type, mounts[i].to, mounts[i].type, mounts[i].flags,
			   mounts[i].data) == 0,
		     mounts[i].to);
	}
	if (ask->cgroup)
		must(mount("cgroup", "sys/fs/cgroup", "cgroup2",
			   MS_NOSUID | MS_NOEXEC | MS_NODEV | MS_RELATIME | MS_RDONLY, NULL) == 0,
		     "cgroup2");
	for (int i = 0; i < ask->binds; i++) {
		char to[32];

		snprintf(to, sizeof(to), "mnt/%d", i);
		bind_to("../source", to, 0);
	}
	make_devices(ask);
}

static void enter_root(const struct ask *ask)
{
	must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0, "private");
	bind_to(ask->rootfs, ask->rootfs, MS_REC);
	must(chdir(ask->rootfs) == 0, ask->rootfs);
	fill(ask);
	must(syscall(SYS_pivot_root, ".", ".") == 0 && umount2(".", MNT_DETACH) == 0 &&
		     chdir("/") == 0,
	     "pivot_root");
}

static void lock(void)
{
	for (size_t i = 0; i < ARRAY_LEN(masked); i++) {
		if (mount("/dev/null", masked[i], NULL, MS_BIND, NULL) == 0 || errno == ENOENT)
			continue;
		must(mount("tmpfs", masked[i], "tmpfs", MS_RDONLY, NULL) == 0, masked[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(read_only); i++) {
		if (mount(read_only[i], read_only[i], NULL, MS_BIND | MS_REC, NULL) < 0 &&
		    errno == ENOENT)
			continue;
		bind_to("none", read_only[i],
			MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC);
	}
	bind_to("none", "/", MS_REMOUNT | MS_RDONLY);
}

static void take_identity(const struct ask *ask)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {0};
	const struct rlimit files = {1024, 1024};
	uint64_t set = 0;

	for (size_t i = 0; i < ARRAY_LEN(granted); i++)
		set |= UINT64_C(1) << granted[i];
	must(sethostname("bench", 5) == 0 && setrlimit(RLIMIT_NOFILE, &files) == 0 && setsid() > 0,
	     "names and limits");
	must(setresgid(0, 0, 0) == 0 && setresuid(0, 0, 0) == 0, "ids");
	must(ask->user || syscall(SYS_setgroups, 0, NULL) == 0, "groups");
	for (int cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++)
		if (!(set >> cap & 1))
			must(prctl(PR_CAPBSET_DROP, cap) == 0, "bounding set");
	data[0].effective = data[0].permitted = (uint32_t)set;
	data[1].effective = data[1].permitted = (uint32_t)(set >> 32);
	must(syscall(SYS_capset, &head, data) == 0, "capset");
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs");
}

static size_t read_filter(const struct ask *ask, struct sock_filter *insns, size_t size)
{
	int fd = open(ask->filter, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, insns, size);

	must(n > 0, ask->filter);
	close(fd);
	return (size_t)n / sizeof(*insns);
}

static void contain(const struct ask *ask)
{
	static struct sock_filter insns[BPF_MAXINSNS];
	struct sock_fprog prog = {.filter = insns};
	const char *const argv[] = {ask->program, NULL};
	const char *const env[] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm",
		NULL};

	if (ask->user)
		map_own_id(ask);
	if (ask->filter)
		prog.len = (unsigned short)read_filter(ask, insns, sizeof(insns));
	enter_root(ask);
	lock();
	take_identity(ask);
	if (ask->filter)
		must(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW,
			     &prog) == 0,
		     "seccomp");
	syscall(SYS_close_range, 3, ~0U, 0);
	execve(ask->program, (char *const *)argv, (char *const *)env);
	must(false, ask->program);
}

int main(int argc, char **argv)
{
	struct ask ask = {.uid = geteuid(), .gid = getegid()};
	struct clone_args args = {.exit_signal = SIGCHLD,
				  .flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET |
					   CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP};
	int opt, status;
	pid_t pid;

	while ((opt = getopt(argc, argv, "ucb:s:")) != -1) {
		if (opt == 'u')
			ask.user = true;
		else if (opt == 'c')
			ask.cgroup = true;
		else if (opt == 'b')
			ask.binds = atoi(optarg);
		else if (opt == 's')
			ask.filter = optarg;
		else
			return 2;
	}
	if (argc - optind != 2)
		return 2;
	ask.rootfs = argv[optind];
	ask.program = argv[optind + 1];
	args.flags |= ask.user ? CLONE_NEWUSER : 0;
	pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	must(pid >= 0, "clone3");
	if (pid == 0)
		contain(&ask);
	must(waitpid(pid, &status, 0) == pid, "wait");
	return status != 0;
}
