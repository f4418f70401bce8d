#include "tests/faults/trace.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ptrace.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef AT_EMPTY_PATH
#define AT_EMPTY_PATH 0x1000
#endif

enum {
	EXIT_SKIP = 77, /* not to be tried here */
	OPTIONS = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
		  PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL,
};

/* <sys/ptrace.h> does not go together with <linux/ptrace.h>, which knows more. */
static long trace_request(int request, pid_t pid, void *addr, void *data)
{
	return syscall(SYS_ptrace, request, pid, addr, data);
}

void die(const char *what, const char *name)
{
	fprintf(stderr, "faults: %s: %s\n", name, what);
	exit(2);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* --- registers ---------------------------------------------------------------------------------
 */

#if defined(__x86_64__)
static bool change(pid_t pid, long *nr, long *result)
{
	struct user_regs_struct regs;
	struct iovec v = {&regs, sizeof(regs)};

	if (trace_request(PTRACE_GETREGSET, pid, (void *)NT_PRSTATUS, &v) < 0)
		return false;
	if (nr)
		regs.orig_rax = (unsigned long)*nr;
	if (result)
		regs.rax = (unsigned long)*result;
	return trace_request(PTRACE_SETREGSET, pid, (void *)NT_PRSTATUS, &v) == 0;
}
#elif defined(__aarch64__)
static bool change(pid_t pid, long *nr, long *result)
{
	struct user_regs_struct regs;
	struct iovec v = {&regs, sizeof(regs)};

	if (nr) {
		int number = (int)*nr;
		struct iovec s = {&number, sizeof(number)};

		return trace_request(PTRACE_SETREGSET, pid, (void *)NT_ARM_SYSTEM_CALL, &s) == 0;
	}
	if (trace_request(PTRACE_GETREGSET, pid, (void *)NT_PRSTATUS, &v) < 0)
		return false;
	regs.regs[0] = (unsigned long)*result;
	return trace_request(PTRACE_SETREGSET, pid, (void *)NT_PRSTATUS, &v) == 0;
}
#else
static bool change(pid_t pid, long *nr, long *result)
{
	(void)pid, (void)nr, (void)result;
	die("system calls cannot be changed on this architecture", "ptrace");
}
#endif

/* --- tasks -------------------------------------------------------------------------------------
 */

static struct task *find(struct trace *t, pid_t pid)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->tasks[i].pid == pid)
			return &t->tasks[i];
	return NULL;
}

static struct task *add(struct trace *t, pid_t pid)
{
	struct task *task = find(t, pid);

	if (task)
		return task;
	if (t->n == TASKS_MAX)
		die("too many processes", "ptrace");
	task = &t->tasks[t->n++];
	*task = (struct task){.pid = pid, .index = t->counting ? t->started++ : -1};
	return task;
}

static void forget(struct trace *t, pid_t pid)
{
	struct task *task = find(t, pid);

	if (task)
		*task = t->tasks[--t->n];
}

/* --- stops -------------------------------------------------------------------------------------
 */

static bool looks_at(const struct trace *t, const struct task *task)
{
	return task->failing || (t->counting && !task->foreign && task->index >= 0 && !t->hit);
}

static void go_on(const struct trace *t, const struct task *task, int sig)
{
	/* It may have been killed meanwhile. */
	trace_request(looks_at(t, task) ? PTRACE_SYSCALL : PTRACE_CONT, task->pid, NULL,
		      (void *)(long)sig);
}

static void note_place(struct trace *t, struct place p)
{
	if (t->n_places == t->room) {
		t->room = t->room ? t->room * 2 : 1024;
		t->places = realloc(t->places, t->room * sizeof(*t->places));
		if (!t->places)
			die("out of memory", "places");
	}
	t->places[t->n_places++] = p;
}

/* Those end the life of what they name even when they fail: they are done, then they say so. */
static bool is_done_anyway(long nr)
{
	return nr == SYS_close || nr == SYS_munmap;
}

static void at_entry(struct trace *t, struct task *task, const struct ptrace_syscall_info *i)
{
	const struct place p = {.task = task->index,
				.n = ++task->calls,
				.nr = (long)i->entry.nr,
				.arg0 = i->entry.args[0]};

	task->will_be_init = p.nr == SYS_execveat && i->entry.args[4] & AT_EMPTY_PATH;
	if (!t->fault) {
		note_place(t, p);
		return;
	}
	if (t->hit || p.task != t->at.task || p.n != t->at.n)
		return;
	t->hit = true;
	t->at = p;
	if (t->fault == TRACE_KILL) {
		kill(task->pid, SIGKILL);
		return;
	}
	task->failing = true;
	if (!is_done_anyway(p.nr) && !change(task->pid, &(long){-1}, NULL))
		die("cannot change a system call", "ptrace");
}

static void at_exit_of(struct trace *t, struct task *task)
{
	if (!task->failing)
		return;
	task->failing = false;
	change(task->pid, NULL, &(long){-(long)t->fault});
}

static void at_syscall(struct trace *t, struct task *task)
{
	struct ptrace_syscall_info i = {0};

	if (trace_request(PTRACE_GET_SYSCALL_INFO, task->pid, (void *)sizeof(i), &i) <= 0)
		return;
	if (i.op == PTRACE_SYSCALL_INFO_EXIT)
		at_exit_of(t, task);
	else if (i.op == PTRACE_SYSCALL_INFO_ENTRY && looks_at(t, task))
		at_entry(t, task, &i);
}

static void announce(struct trace *t, pid_t pid, bool foreign)
{
	struct task *child = add(t, pid);

	child->foreign |= foreign;
	if (!child->unannounced)
		return;
	child->unannounced = false;
	go_on(t, child, 0);
}

/* One whose parent was killed before it could say anything. */
static void announce_all(struct trace *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->tasks[i].unannounced)
			announce(t, t->tasks[i].pid, true);
}

static void at_event(struct trace *t, struct task *task, int event)
{
	unsigned long pid = 0;

	if (event == PTRACE_EVENT_EXEC) {
		/* The first one of all is the command itself. */
		task->foreign |= task->calls > 0 && !task->will_be_init;
		task->will_be_init = false;
		return;
	}
	if (trace_request(PTRACE_GETEVENTMSG, task->pid, NULL, &pid) < 0 || !pid)
		return;
	announce(t, (pid_t)pid, task->foreign || task->index < 0);
}

static void stopped(struct trace *t, pid_t pid, int status)
{
	const int sig = WSTOPSIG(status), event = status >> 16;
	struct task *task = find(t, pid);

	if (!task && event == PTRACE_EVENT_STOP) {
		add(t, pid)->unannounced = true;
		return;
	}
	task = task ? task : add(t, pid);
	if (sig == (SIGTRAP | 0x80)) {
		at_syscall(t, task);
		go_on(t, task, 0);
	} else if (event == PTRACE_EVENT_STOP) {
		const bool group =
			sig == SIGSTOP || sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU;

		if (group)
			trace_request(PTRACE_LISTEN, pid, NULL, NULL);
		else
			go_on(t, task, 0);
	} else if (event) {
		at_event(t, task, event);
		go_on(t, find(t, pid), 0);
	} else {
		go_on(t, task, sig);
	}
}

/* --- the outside -------------------------------------------------------------------------------
 */

static void redirect(const char *path, int to)
{
	int fd = open(path, to ? O_WRONLY | O_CREAT | O_TRUNC | O_APPEND : O_RDONLY, 0600);

	if (fd < 0 || dup2(fd, to) < 0)
		_exit(126);
	if (fd != to)
		close(fd);
}

void trace_start(struct trace *t, char *const argv[], const char *out, const char *err, bool traced)
{
	int gate[2];
	char go = 0;

	if (pipe2(gate, O_CLOEXEC) < 0)
		die(strerror(errno), "pipe");
	t->counting = false;
	t->ended = false;
	t->main = fork();
	if (t->main < 0)
		die(strerror(errno), "fork");
	if (t->main == 0) {
		if (read(gate[0], &go, 1) != 1)
			_exit(126);
		redirect("/dev/null", 0);
		redirect(out, 1);
		redirect(err, 2);
		execv(argv[0], argv);
		_exit(127);
	}
	/* A parent may have told of a child whose end had been seen before. */
	for (size_t i = t->n; i-- > 0;)
		if (kill(t->tasks[i].pid, 0) < 0 && errno == ESRCH)
			forget(t, t->tasks[i].pid);
	if (traced) {
		if (trace_request(PTRACE_SEIZE, t->main, NULL, (void *)(long)OPTIONS) < 0) {
			fprintf(stderr, "faults: PTRACE_SEIZE: %s\n", strerror(errno));
			kill(t->main, SIGKILL); /* it waits for the gate, and holds our stdout */
			exit(EXIT_SKIP);
		}
		t->counting = true;
		t->started = 0;
		t->hit = false;
		add(t, t->main);
	}
	if (write(gate[1], &go, 1) != 1)
		die(strerror(errno), "pipe");
	close(gate[0]);
	close(gate[1]);
}

static void tick(int sig)
{
	(void)sig;
}

/* So that waitpid(2) returns now and then. */
static void set_ticks(bool on)
{
	const struct itimerval v = {{0, on ? 200000 : 0}, {0, on ? 200000 : 0}};
	const struct sigaction a = {.sa_handler = tick};

	sigaction(SIGALRM, &a, NULL);
	setitimer(ITIMER_REAL, &v, NULL);
}

bool trace_wait(struct trace *t, bool all, int seconds)
{
	const double end = now() + seconds;
	bool done = !all && t->ended;

	set_ticks(true);
	while (!done && now() < end) {
		int status;
		pid_t pid = waitpid(-1, &status, __WALL);

		if (pid < 0 && errno == ECHILD)
			break;
		if (pid < 0)
			continue;
		if (WIFSTOPPED(status)) {
			stopped(t, pid, status);
			continue;
		}
		forget(t, pid);
		announce_all(t);
		if (pid == t->main) {
			t->status = status;
			t->ended = true;
			done = !all;
		}
	}
	set_ticks(false);
	return all ? waitpid(-1, NULL, __WALL | WNOHANG) < 0 && errno == ECHILD : t->ended;
}

/* Calls fn with each child of this process, which is a subreaper, and of its children. */
static void each_descendant(pid_t of, void (*fn)(pid_t pid))
{
	char path[64], buf[4096], *next = buf;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", of, of);
	f = fopen(path, "re");
	if (!f)
		return;
	buf[fread(buf, 1, sizeof(buf) - 1, f)] = '\0';
	fclose(f);
	for (long pid = strtol(next, &next, 10); pid; pid = strtol(next, &next, 10)) {
		each_descendant((pid_t)pid, fn);
		fn((pid_t)pid);
	}
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
}

void trace_kill_all(struct trace *t)
{
	t->counting = false;
	for (int i = 0; i < 20; i++) {
		each_descendant(getpid(), end);
		if (trace_wait(t, true, 1))
			return;
	}
	die("there is a process that cannot be ended", "SIGKILL");
}

static void show(pid_t pid)
{
	static const char *const files[] = {"cmdline", "syscall", "wchan"};

	fprintf(stderr, "    process %d:", pid);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		char path[64], buf[200];
		size_t n;
		FILE *f;

		snprintf(path, sizeof(path), "/proc/%d/%s", pid, files[i]);
		f = fopen(path, "re");
		n = f ? fread(buf, 1, sizeof(buf) - 1, f) : 0;
		for (size_t k = 0; k < n; k++)
			if (buf[k] < ' ')
				buf[k] = ' ';
		buf[n] = '\0';
		fprintf(stderr, " %s=[%s]", files[i], buf);
		if (f)
			fclose(f);
	}
	fprintf(stderr, "\n");
}

void trace_show(const struct trace *t)
{
	(void)t;
	each_descendant(getpid(), show);
}
