/*
 * The program: found when the container is created, executed when it is started.
 *
 * owns:     pid, find, exec
 * may use:  nothing but system calls
 * must not: run a program that it did not find for the credentials it runs with
 *
 * The messages are those that callers match (podman, docker): an exit status of 126 or 127 hangs on
 * their words.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/base/fmt.h"
#include "runtime/init/init.h"

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static int fail(const char *program, int r, struct err *e)
{
	switch (r) {
	case -EACCES:
		return err_set(e, ERR_EXEC, "exec: \"%s\": permission denied", program);
	case -EISDIR: /* podman knows 126 by the one, Docker by the other */
		return err_set(e, ERR_EXEC, "exec: \"%s\": is a directory: permission denied",
			       program);
	case -ENOEXEC:
		return err_set(e, ERR_EXEC, "exec: \"%s\": exec format error", program);
	default:
		return err_sys(e, ERR_EXEC, r, "exec: \"%s\"", program);
	}
}

/*
 * Can these credentials execute it? -ENOENT when there is no such file, or none that can be
 * reached. The system call: C libraries emulate AT_EACCESS with the wrong answer or a child.
 */
static int check(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode))
		return -EACCES;
	return syscall(SYS_faccessat2, AT_FDCWD, path, X_OK, AT_EACCESS) < 0 ? -errno : 0;
}

static const char *search_path(const struct plan *p, struct plist env)
{
	for (uint32_t i = 0; i < env.n; i++) {
		const char *var = plan_list(p, env, i);

		if (!strncmp(var, "PATH=", 5))
			return var + 5;
	}
	return DEFAULT_PATH;
}

/* Puts dir/name into s->path; false when it does not fit. An empty dir is the current one. */
static bool join(struct init *s, const char *dir, size_t n, const char *name)
{
	size_t len = strlen(name);

	if (n + len + 2 > sizeof(s->path))
		return false;
	memcpy(s->path, dir, n);
	if (n)
		s->path[n++] = '/';
	memcpy(s->path + n, name, len + 1);
	return true;
}

/* As execvp(3): a file that may not be executed does not end the search, but is remembered. */
static int search(struct init *s, const char *name, const char *dirs)
{
	int seen = -ENOENT;

	for (;;) {
		size_t n = strcspn(dirs, ":");

		if (join(s, dirs, n, name)) {
			int r = check(s->path);

			if (r == 0) {
				s->program = s->path;
				return 0;
			}
			if (r == -EACCES && access(s->path, F_OK) == 0)
				seen = -EACCES;
		}
		if (!dirs[n])
			return seen;
		dirs += n + 1;
	}
}

int run_pid(struct init *s, const struct op *op, struct err *e)
{
	enum { SIZE = sizeof("LISTEN_PID=") + 10 };

	(void)op;
	(void)e;
	s->pid = init_alloc(s, SIZE);
	fmt_buf(s->pid, SIZE, "LISTEN_PID=%d", (int)getpid());
	return 0;
}

int run_find(struct init *s, const struct op *op, struct err *e)
{
	const char *name = plan_list(s->plan, op->find.argv, 0);
	int r;

	s->find = &op->find;
	if (strchr(name, '/')) {
		s->program = name;
		r = check(name);
		return r < 0 ? fail(name, r, e) : 0;
	}
	r = *name ? search(s, name, search_path(s->plan, op->find.env)) : -ENOENT;
	if (r == -ENOENT)
		return err_sys(e, ERR_EXEC, r, "exec: \"%s\": executable file not found in $PATH",
			       name);
	return r < 0 ? fail(name, r, e) : 0;
}

char **init_vector(struct init *s, struct plist list)
{
	const char **v = init_alloc(s, (list.n + 1 + INIT_ADDED) * sizeof(*v));

	for (uint32_t i = 0; i < list.n; i++)
		v[i] = plan_list(s->plan, list, i);
	v[list.n] = NULL; /* fresh memory, and so is what follows */
	return (char **)(void *)v;
}

/* Handlers end with execve(2), what the caller ignores would be ignored by the program too. */
static void reset_ignored(uint64_t ignored)
{
	struct sigaction dfl = {.sa_handler = SIG_DFL};

	for (int sig = 1; sig <= 64; sig++)
		if (ignored >> (sig - 1) & 1)
			sigaction(sig, &dfl, NULL); /* the C library keeps two for itself */
}

/* That of the plan, and what could only be found in here. */
char **init_environment(struct init *s)
{
	char **v = init_vector(s, s->find->env), **end = v + s->find->env.n;

	if (s->home)
		*end++ = s->home;
	if (s->pid)
		*end++ = s->pid;
	return v;
}

int run_exec(struct init *s, const struct op *op, struct err *e)
{
	sigset_t none;
	int r;

	(void)op;
	if (!s->program)
		return err_set(e, ERR_INTERNAL, "the plan executes before it finds");
	/* the host may have blocked signals, and a mask survives execve(2) */
	sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) < 0)
		return err_sys(e, ERR_SYSTEM, -errno, "reset the signal mask");
	reset_ignored(s->plan->signals_ignored);
	execve(s->program, init_vector(s, s->find->argv), init_environment(s));
	r = -errno;
	if (r != -ENOENT || access(s->program, F_OK) < 0)
		return fail(s->program, r, e);
	/* words that callers know */
	err_set(e, ERR_EXEC, "exec %s: no such file or directory", s->program);
	return err_hint(e, r,
			"the file is there, but its interpreter (the #! line or the dynamic "
			"loader) is not in the container");
}
