/*
 * Processes by pidfd.
 *
 * owns:     nothing
 * may use:  base, sys/kernel
 * must not: word errors; use a bare pid where a pidfd is at hand
 */
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "runtime/base/fmt.h"
#include "runtime/base/io.h"
#include "runtime/sys/kernel.h"
#include "runtime/sys/process.h"

pid_t process_clone(uint64_t flags, int cgroup_fd, int *ret_pidfd)
{
	int pidfd = -1;
	struct clone_args args = {
		.flags = flags | CLONE_PIDFD | (cgroup_fd >= 0 ? CLONE_INTO_CGROUP : 0),
		.pidfd = (uint64_t)(uintptr_t)&pidfd,
		/* A sibling ends with its parent's signal: clone3(2) refuses another. */
		.exit_signal = flags & CLONE_PARENT ? 0 : SIGCHLD,
		.cgroup = cgroup_fd >= 0 ? (uint64_t)cgroup_fd : 0,
	};
	int pid = kernel_result(syscall(SYS_clone3, &args, sizeof(args)));

	if (pid > 0)
		*ret_pidfd = pidfd;
	return pid;
}

void process_keep_children(void)
{
	/* it fails for numbers that are no signal's */
	(void)!signal(SIGCHLD, SIG_DFL);
}

int process_pidfd_open(pid_t pid)
{
	return kernel_result(syscall(SYS_pidfd_open, pid, 0));
}

int process_pid_of(int pidfd, pid_t *ret)
{
	AUTO(close_fd) int fd = -1;
	char buf[1024];
	const char *line;
	uint64_t pid;
	ssize_t n;

	fmt_buf(buf, sizeof(buf), "/proc/self/fdinfo/%d", pidfd);
	fd = open(buf, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* the kernel writes it in one piece */
	n = read(fd, buf, sizeof(buf) - 1);
	if (n < 0)
		return -errno;
	buf[n] = '\0';
	line = strstr(buf, "\nPid:\t");
	if (!line)
		return -EBADMSG;
	line += strlen("\nPid:\t");
	/* "-1" when it has ended already. */
	if (!io_parse_u64_n(line, strcspn(line, "\n"), INT_MAX, &pid) || pid == 0)
		return -ESRCH;
	*ret = (pid_t)pid;
	return 0;
}

int process_signal(int pidfd, int sig)
{
	return kernel_result(syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, 0));
}

bool process_ends(int pidfd, int milliseconds)
{
	struct pollfd end = {.fd = pidfd, .events = POLLIN};

	return poll(&end, 1, milliseconds) == 1;
}

int process_set_affinity(const void *mask, size_t size)
{
	return kernel_result(syscall(SYS_sched_setaffinity, 0, size, mask));
}

int process_wait(int pidfd, int *ret_status)
{
	siginfo_t info = {0};
	int r;

	do
		r = kernel_result(waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED));
	while (r == -EINTR);
	if (r < 0)
		return r;
	*ret_status = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
	return 0;
}

bool process_has_program(pid_t pid)
{
	char path[64], exe[8];

	fmt_buf(path, sizeof(path), "/proc/%d/exe", pid);
	return readlink(path, exe, sizeof(exe)) >= 0 || errno != ENOENT;
}

/* The field after n blanks, or NULL. */
static const char *skip_fields(const char *s, unsigned int n)
{
	while (s && n--) {
		s = strchr(s, ' ');
		if (s)
			s++;
	}
	return s;
}

/* text: /proc/PID/stat. */
static int parse_stat(const char *text, uint64_t *ret_start, char *ret_state)
{
	const char *state, *start;

	/* Field 2, the name, may hold blanks and parentheses: it ends at the last one. */
	state = strrchr(text, ')');
	if (!state || state[1] != ' ' || !state[2])
		return -EBADMSG;
	state += 2;
	start = skip_fields(state, 22 - 3);
	if (!start || !io_parse_u64_n(start, strcspn(start, " "), UINT64_MAX, ret_start))
		return -EBADMSG;
	*ret_state = *state;
	return 0;
}

int process_stat(pid_t pid, uint64_t *ret_start, char *ret_state)
{
	AUTO(close_fd) int fd = -1;
	char buf[1024];
	ssize_t n;

	fmt_buf(buf, sizeof(buf), "/proc/%d/stat", pid);
	fd = open(buf, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	n = io_read_proc(fd, buf, sizeof(buf) - 1);
	if (n < 0)
		return (int)n;
	buf[n] = '\0';
	return parse_stat(buf, ret_start, ret_state);
}
