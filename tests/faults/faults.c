/*
 * Makes every system call of the runtime fail once, in each of several ways, or kills the process
 * that makes it, and looks at what comes of it:
 *
 *	faults [-n SAMPLE] [-s SEED] [-o SCENE] [-p TASK:N:ERROR] RUNTIME DIR
 *
 * DIR holds the bundles "probe" (ends after it has printed what it sees) and "sleep". Whatever
 * happens, the command ends in time; a failure is one line on stderr, a success means what it
 *always means and is silent but for what did not work on the way; nothing is left behind when
 *create fails; and then `delete --force` works, and after it no process, file, mount or cgroup is
 *left.
 *
 * With -n only so many faults of each scene are tried, chosen by SEED. -p: only this one. The last
 * line is "N passed, N failed, N skipped" and counts scenes.
 */
#include <errno.h>
#include <limits.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/faults/look.h"
#include "tests/faults/trace.h"

enum {
	WORDS_MAX = 12,
	DEADLINE = 60, /* seconds */
	OUTPUT_MAX = 65536,
	SHOWN_MAX = 40,  /* complaints of a scene */
	LOADER_MAX = 60, /* system calls of the dynamic loader, at most */
};

enum meaning {
	MEANS_NOTHING,
	MEANS_OUTPUT,  /* it has printed what it always prints */
	MEANS_CREATED, /* the same does the container, once it is started */
	MEANS_STARTED, /* the same does the container that was created before */
	MEANS_STOPPED,
	MEANS_GONE,
};

struct scene {
	const char *name;
	const char *before[WORDS_MAX];
	const char *command[WORDS_MAX];
	enum meaning meaning;
	bool undoes; /* a failure leaves nothing */
};

static const struct scene scenes[] = {
	{"create",
	 {NULL},
	 {"create", "--bundle", "@probe", "--pid-file", "@pid", "@id"},
	 MEANS_CREATED,
	 true},
	{"run",
	 {NULL},
	 {"run", "--bundle", "@probe", "--pid-file", "@pid", "@id"},
	 MEANS_OUTPUT,
	 false},
	{"start", {"create", "--bundle", "@probe", "@id"}, {"start", "@id"}, MEANS_STARTED, false},
	{"exec",
	 {"run", "--detach", "--bundle", "@sleep", "@id"},
	 {"exec", "--pid-file", "@pid", "@id", "/bin/sh", "/probe"},
	 MEANS_OUTPUT,
	 false},
	{"kill",
	 {"run", "--detach", "--bundle", "@sleep", "@id"},
	 {"kill", "@id", "KILL"},
	 MEANS_STOPPED,
	 false},
	{"delete",
	 {"create", "--bundle", "@probe", "@id"},
	 {"delete", "--force", "@id"},
	 MEANS_GONE,
	 false},
	{"state", {"create", "--bundle", "@probe", "@id"}, {"state", "@id"}, MEANS_NOTHING, false},
	{"list",
	 {"create", "--bundle", "@probe", "@id"},
	 {"list", "--quiet"},
	 MEANS_NOTHING,
	 false},
};

static const int faults[] = {TRACE_KILL, ENOMEM, EMFILE, ENOSPC, EPERM, ENOSYS, EINTR};

enum { N_FAULTS = sizeof(faults) / sizeof(*faults) };

/* What cannot fail (brk(2) says so in another way), and what only starts the C library. */
static const long never[] = {
	SYS_exit,         SYS_exit_group, SYS_rt_sigreturn, SYS_restart_syscall,
	SYS_rt_sigaction, SYS_brk,        SYS_umask,        SYS_set_tid_address,
#ifdef SYS_arch_prctl
	SYS_arch_prctl,
#endif
};

struct world {
	char *runtime, *root, *probe, *sleep, *pid_file, *id;
	char *files, *out, *out_before, *out_after, *err;
	struct trace t;
	struct names usual; /* files that are there when nothing is left */
	char expected[OUTPUT_MAX];
	/* of the scene that is played */
	const struct scene *scene;
	unsigned long tried, hit, failed, left, complaints;
	bool complained;
	struct place shown; /* the last that was complained of */
};

static char *join(const char *a, const char *b)
{
	char *s;

	if (asprintf(&s, "%s/%s", a, b) < 0)
		die("out of memory", a);
	return s;
}

/* --- words -------------------------------------------------------------------------------------
 */

static char *word(const struct world *w, const char *s)
{
	const struct {
		const char *name;
		char *value;
	} named[] = {
		{"@id", w->id},
		{"@pid", w->pid_file},
		{"@probe", w->probe},
		{"@sleep", w->sleep},
	};

	for (size_t i = 0; i < sizeof(named) / sizeof(*named); i++)
		if (!strcmp(s, named[i].name))
			return named[i].value;
	return (char *)(uintptr_t)s;
}

static void start(struct world *w, const char *const *words, char *out, bool traced)
{
	char *argv[WORDS_MAX + 4] = {w->runtime, (char *)(uintptr_t) "--root", w->root};

	for (size_t i = 0; words[i]; i++)
		argv[i + 3] = word(w, words[i]);
	trace_start(&w->t, argv, out, w->err, traced);
}

/* --- complaints --------------------------------------------------------------------------------
 */

static const char *error_name(int error)
{
	return error == TRACE_KILL ? "SIGKILL" : strerrorname_np(error);
}

static void complain(struct world *w, const char *what, const char *detail)
{
	const struct place *at = &w->t.at;
	char text[2048];

	w->complained = true;
	/* What one place does wrong in one way it does in others. */
	if (w->complaints++ >= SHOWN_MAX || (at->task == w->shown.task && at->n == w->shown.n))
		return;
	w->shown = *at;
	printf("# %s: %s at %s, -o %s -p %d:%u:%s: %s%s%s\n", w->scene->name,
	       error_name(w->t.fault),
	       seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, (int)at->nr), w->scene->name,
	       at->task, at->n, error_name(w->t.fault), what, detail ? ": " : "",
	       detail ? detail : "");
	if (look_text(w->err, text, sizeof(text)))
		printf("#     stderr: %s%s", text, text[strlen(text) - 1] == '\n' ? "" : "\n");
	fflush(stdout);
}

/* A command that nothing is done to. It succeeds and is silent. */
static bool plain(struct world *w, const char *const *words, char *out, bool must_succeed)
{
	char text[2];

	start(w, words, out, false);
	if (!trace_wait(&w->t, false, DEADLINE)) {
		complain(w, "hangs", words[0]);
		trace_show(&w->t);
		return false;
	}
	if (!must_succeed)
		return true;
	if (w->t.status != 0 || look_text(w->err, text, sizeof(text)))
		complain(w, "afterwards does not work", words[0]);
	return w->t.status == 0;
}

/* --- what came of it ---------------------------------------------------------------------------
 */

static void check_output(struct world *w, const char *file)
{
	char got[OUTPUT_MAX], *line, *at = w->expected;

	look_text(file, got, sizeof(got));
	if (!strcmp(got, w->expected))
		return;
	for (line = got; *line && *line == *at; line++, at++)
		;
	while (line > got && line[-1] != '\n')
		line--, at--;
	line[strcspn(line, "\n")] = '\0';
	complain(w, "succeeds, but the container is not what it is otherwise",
		 *line ? line : "(it says less)");
}

/* The container ends by itself. */
static void check_box_output(struct world *w, const char *file)
{
	if (trace_wait(&w->t, true, DEADLINE)) {
		check_output(w, file);
		return;
	}
	complain(w, "the container does not end", NULL);
	trace_show(&w->t);
}

static void check_created(struct world *w)
{
	static const char *const words[] = {"start", "@id", NULL};
	/* The faults of init come true when create is over already. */
	const bool must = w->t.at.task == 0;

	if (plain(w, words, w->out_after, must) && w->t.status == 0)
		check_box_output(w, w->out);
}

static void check_stopped(struct world *w)
{
	static const char *const words[] = {"state", "@id", NULL};
	char text[OUTPUT_MAX];

	for (int i = 0; i < DEADLINE * 10; i++) {
		if (!plain(w, words, w->out_after, true))
			return;
		look_text(w->out_after, text, sizeof(text));
		if (strstr(text, "stopped"))
			return;
		usleep(100000);
	}
	complain(w, "succeeds, but the container lives", NULL);
}

static void check_meaning(struct world *w)
{
	switch (w->scene->meaning) {
	case MEANS_NOTHING:
		break;
	case MEANS_OUTPUT:
		check_output(w, w->out);
		break;
	case MEANS_STARTED:
		check_box_output(w, w->out_before);
		break;
	case MEANS_CREATED:
		check_created(w);
		break;
	case MEANS_STOPPED:
		check_stopped(w);
		break;
	case MEANS_GONE:
		if (look_cgroup(w->id))
			complain(w, "succeeds, but there is a cgroup", look_cgroup(w->id));
		break;
	}
}

/* One clear line, unless the fault has hit the line itself. */
static void check_error(struct world *w)
{
	const struct place *at = &w->t.at;
	const bool mute = w->t.hit && at->nr == SYS_write && at->arg0 == 2;
	char text[OUTPUT_MAX];
	size_t n = look_text(w->err, text, sizeof(text));

	if (mute && n == 0)
		return;
	if (n == 0 || text[n - 1] != '\n' || strchr(text, '\n') != text + n - 1)
		complain(w, "fails, but not with one line", NULL);
}

static bool was_killed(const struct world *w)
{
	return w->t.fault == TRACE_KILL && w->t.hit && w->t.at.task == 0;
}

static void check_status(struct world *w)
{
	const int status = w->t.status;
	/* What ends while it runs is not the runtime's failure. */
	const bool as_killed = w->t.fault == TRACE_KILL && WIFEXITED(status) &&
			       WEXITSTATUS(status) == 128 + SIGKILL;
	char text[16];

	if (was_killed(w))
		return;
	if (!WIFEXITED(status)) {
		complain(w, "crashes", NULL);
	} else if (WEXITSTATUS(status) == 0) {
		/* what went wrong and did not stop it may be told */
		if (look_text(w->err, text, sizeof(text)) && strncmp(text, "rundlet: ", 9) != 0)
			complain(w, "succeeds, but is not silent", NULL);
		check_meaning(w);
	} else if (!as_killed) {
		w->failed++;
		check_error(w);
	}
}

/* Everything that is left is what was there before. */
static void check_left(struct world *w, const char *when)
{
	struct names names;
	const char *name;

	look_below(&names, w->files);
	name = look_new(&names, &w->usual);
	if (name)
		complain(w, when, name);
	if (look_cgroup(w->id))
		complain(w, when, look_cgroup(w->id));
	look_free(&names);
}

static void sweep(struct world *w)
{
	char command[PATH_MAX + 64];

	trace_kill_all(&w->t);
	for (const char *cgroup = look_cgroup(w->id); cgroup && rmdir(cgroup) == 0;)
		cgroup = look_cgroup(w->id);
	snprintf(command, sizeof(command), "rm -rf '%s'/* '%s'*", w->root, w->pid_file);
	if (system(command) != 0)
		die("cannot be removed", w->root);
}

static void check_end(struct world *w)
{
	static const char *const words[] = {"delete", "--force", "@id", NULL};
	const bool failed = !was_killed(w) && w->t.status != 0;

	unlink(w->pid_file);
	if (failed && w->scene->undoes)
		check_left(w, "fails and leaves");
	w->left += access(join(w->root, w->id), F_OK) == 0;
	if (!w->complained)
		plain(w, words, w->out_after, true);
	if (!w->complained && !trace_wait(&w->t, true, DEADLINE)) {
		complain(w, "delete --force leaves a process", NULL);
		trace_show(&w->t);
	}
	if (!w->complained)
		check_left(w, "delete --force leaves");
	if (w->complained)
		sweep(w);
}

/* --- scenes ------------------------------------------------------------------------------------
 */

/* Plays the scene with the fault that is set, or without one. */
static void play(struct world *w)
{
	w->complained = false;
	if (w->scene->before[0] && !plain(w, w->scene->before, w->out_before, true))
		die("cannot be prepared", w->scene->name);
	start(w, w->scene->command, w->out, true);
	if (!trace_wait(&w->t, false, DEADLINE)) {
		complain(w, "hangs", NULL);
		trace_show(&w->t);
		sweep(w);
		return;
	}
	w->t.counting = false;
	w->hit += w->t.hit;
	check_status(w);
	check_end(w);
}

static const char *expected_file(const struct world *w)
{
	return w->scene->meaning == MEANS_STARTED ? w->out_before : w->out;
}

/* Without a fault: what is usual, and where the places are. */
static void rehearse(struct world *w)
{
	const enum meaning meaning = w->scene->meaning;

	w->t.fault = 0;
	w->t.n_places = 0;
	w->complained = false;
	if (w->scene->before[0])
		plain(w, w->scene->before, w->out_before, true);
	start(w, w->scene->command, w->out, true);
	if (!trace_wait(&w->t, false, DEADLINE) || w->t.status != 0)
		die("fails without a fault", w->scene->name);
	w->t.counting = false;
	if (meaning == MEANS_CREATED) {
		static const char *const words[] = {"start", "@id", NULL};

		plain(w, words, w->out_after, true);
	}
	if (meaning == MEANS_CREATED || meaning == MEANS_STARTED)
		trace_wait(&w->t, true, DEADLINE);
	if (meaning == MEANS_CREATED || meaning == MEANS_STARTED || meaning == MEANS_OUTPUT)
		look_text(expected_file(w), w->expected, sizeof(w->expected));
}

/* The dynamic loader ends its work by unmapping its cache. It may crash when it lacks memory. */
static unsigned int first_own_place(const struct world *w)
{
	for (size_t i = 0; i < w->t.n_places; i++)
		if (w->t.places[i].nr == SYS_munmap)
			return w->t.places[i].n < LOADER_MAX ? w->t.places[i].n : 0;
	return 0;
}

static bool is_fault(const struct world *w, const struct place *p, int error)
{
	if (p->task == 0 && p->n <= first_own_place(w))
		return false;
	if (error == TRACE_KILL)
		return true;
	for (size_t i = 0; i < sizeof(never) / sizeof(*never); i++)
		if (p->nr == never[i])
			return false;
	return true;
}

static void try(struct world *w, size_t i)
{
	const struct place *p = &w->t.places[i / N_FAULTS];
	const int error = faults[i % N_FAULTS];

	if (!is_fault(w, p, error))
		return;
	w->tried++;
	w->t.at = *p;
	w->t.fault = error;
	play(w);
}

struct choice {
	const char *scene;
	unsigned long sample, seed;
	const char *place; /* TASK:N:ERROR */
};

static void try_place(struct world *w, const char *place)
{
	char name[32];
	int task;
	unsigned int n;

	if (sscanf(place, "%d:%u:%31s", &task, &n, name) != 3)
		die("is not TASK:N:ERROR", place);
	for (size_t i = 0; i < w->t.n_places * N_FAULTS; i++) {
		const struct place *p = &w->t.places[i / N_FAULTS];

		if (p->task == task && p->n == n && !strcmp(name, error_name(faults[i % N_FAULTS])))
			try(w, i);
	}
}

/* Spread over all, and not the same ones of each place. */
static void try_some(struct world *w, const struct choice *c)
{
	const size_t all = w->t.n_places * N_FAULTS;
	const size_t n = c->sample && c->sample < all ? c->sample : all;
	uint64_t x = c->seed * 2 + 1;

	for (size_t i = 0; i < n; i++) {
		const size_t from = i * all / n, to = (i + 1) * all / n;

		x = x * 6364136223846793005ULL + 1442695040888963407ULL;
		try(w, from + (size_t)(x >> 33) % (to - from));
	}
}

static bool perform(struct world *w, const struct scene *scene, const struct choice *c)
{
	w->scene = scene;
	w->shown = (struct place){.task = -1};
	w->tried = w->hit = w->failed = w->left = w->complaints = 0;
	rehearse(w);
	check_end(w);
	w->left = 0;
	/* What a run makes in the bundle (mount points) stays there; it is made by now. */
	if (c->place)
		try_place(w, c->place);
	else
		try_some(w, c);
	printf("%s %s # %zu places; faults: %lu tried, %lu hit, %lu failed, %lu left to delete, "
	       "%lu complaints\n",
	       w->complaints ? "not ok" : "ok", scene->name, w->t.n_places, w->tried, w->hit,
	       w->failed, w->left, w->complaints);
	fflush(stdout);
	return w->complaints == 0;
}

static void set_up(struct world *w, char *const argv[])
{
	struct world new = {
		.runtime = argv[0],
		.root = join(argv[1], "files/state"),
		.files = join(argv[1], "files"),
		.probe = join(argv[1], "files/probe"),
		.sleep = join(argv[1], "files/sleep"),
		.pid_file = join(argv[1], "files/pid"),
		.out = join(argv[1], "out"),
		.out_before = join(argv[1], "out.before"),
		.out_after = join(argv[1], "out.after"),
		.err = join(argv[1], "err"),
	};

	if (asprintf(&new.id, "fault-%d", getpid()) < 0)
		die("out of memory", "id");
	*w = new;
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		die(strerror(errno), "PR_SET_CHILD_SUBREAPER");
	/* the state root and all mount points are made by the first run */
	w->scene = &scenes[1];
	rehearse(w);
	trace_wait(&w->t, true, DEADLINE);
	unlink(w->pid_file);
	look_below(&w->usual, w->files);
}

int main(int argc, char *argv[])
{
	static struct world w;

	struct choice c = {.seed = 1};
	int passed = 0, failed = 0, option;

	while ((option = getopt(argc, argv, "n:s:o:p:")) != -1) {
		if (option == 'n')
			c.sample = strtoul(optarg, NULL, 10);
		else if (option == 's')
			c.seed = strtoul(optarg, NULL, 10);
		else if (option == 'o')
			c.scene = optarg;
		else if (option == 'p')
			c.place = optarg;
		else
			return 2;
	}
	if (argc - optind != 2)
		die("usage: faults [-n SAMPLE] [-s SEED] [-o SCENE] [-p PLACE] RUNTIME DIR",
		    "arguments");
	set_up(&w, argv + optind);
	for (size_t i = 0; i < sizeof(scenes) / sizeof(*scenes); i++) {
		if (c.scene && strcmp(c.scene, scenes[i].name))
			continue;
		if (perform(&w, &scenes[i], &c))
			passed++;
		else
			failed++;
	}
	printf("%d passed, %d failed, 0 skipped\n", passed, failed);
	return failed > 0;
}
