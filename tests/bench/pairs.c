/*
 * Times programs against each other, fairly on a machine that is not quiet: they take turns, round
 * by round, and what is compared is the ratio within a round.
 *
 *	pairs [-n ROUNDS] [-w WARMUP] [-c COUNT [-j JOBS]] -- NAME COMMAND... [-- NAME
 *COMMAND...]...
 *
 * The first contestant is the subject. A contestant is one command or several, separated by the
 * word ",": they run one after the other and are timed together. The command "wait" waits for all
 * that earlier commands left running (this process is a subreaper). With -c a contestant runs COUNT
 * times per round, at most JOBS at the same time, and its times are divided by COUNT. "%n" in a
 * word becomes the number of the turn, unique per contestant. Standard input and output are
 * /dev/null.
 *
 * Prints, separated by tabs, times in microseconds, memory in KiB (rusage: the kernel counts in
 * batches, so that values below some 256 KiB are not exact; what COMMAND left running and what ran
 * before execve, that is this program, count too: link it statically):
 *
 *	time   NAME  WALL  CPU  MINOR_FAULTS  PEAK_RSS       medians, and the largest peak
 *	ratio  NAME  WALL_Q1 WALL_MEDIAN WALL_Q3  CPU_Q1 CPU_MEDIAN CPU_Q3    subject / NAME
 *
 * Exit status 1, with a word on stderr, when a command fails.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { CONTESTANTS_MAX = 8, COMMANDS_MAX = 8, JOBS_MAX = 64 };

struct contestant {
	const char *name;
	char **commands[COMMANDS_MAX]; /* each terminated by NULL */
	int n;
	long turn;
	double *wall, *cpu, *faults;
	long peak;
};

struct race {
	int rounds, warmup, count, jobs;
	struct contestant v[CONTESTANTS_MAX];
	int n;
	posix_spawn_file_actions_t quiet;
};

struct usage {
	double wall, cpu, faults;
};

static void die(const char *what, const char *name)
{
	fprintf(stderr, "pairs: %s: %s\n", name, what);
	exit(1);
}

static struct usage usage_now(void)
{
	struct timespec t;
	struct rusage r;

	clock_gettime(CLOCK_MONOTONIC, &t);
	getrusage(RUSAGE_CHILDREN, &r);
	return (struct usage){
		.wall = (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3,
		.cpu = (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1e6 +
		       (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec),
		.faults = (double)r.ru_minflt,
	};
}

/* word with each "%n" replaced; in buf if there is one. */
static char *numbered(char *word, long number, char *buf, size_t size)
{
	char *at = strstr(word, "%n");

	if (!at)
		return word;
	if ((size_t)snprintf(buf, size, "%.*s%ld%s", (int)(at - word), word, number, at + 2) >=
	    size)
		die("the word is too long", word);
	return buf;
}

static pid_t start(const struct race *race, struct contestant *c, char **command)
{
	char *argv[64], words[64][256];
	pid_t pid;
	int i, r;

	for (i = 0; command[i]; i++) {
		if (i == 63)
			die("too many words", c->name);
		argv[i] = numbered(command[i], c->turn, words[i], sizeof(words[i]));
	}
	argv[i] = NULL;
	r = posix_spawnp(&pid, argv[0], &race->quiet, NULL, argv, environ);
	if (r)
		die(strerror(r), argv[0]);
	return pid;
}

static void ended(struct contestant *c, int status, const struct rusage *r)
{
	if (status != 0) {
		fprintf(stderr, "pairs: %s: ended with wait status %#x\n", c->name,
			(unsigned int)status);
		exit(1);
	}
	if (r->ru_maxrss > c->peak)
		c->peak = r->ru_maxrss;
}

/* Everything that is left: the programs of containers that outlive their commands. */
static void reap_all(void)
{
	while (wait(NULL) > 0 || errno == EINTR)
		;
}

static void run_once(const struct race *race, struct contestant *c)
{
	struct rusage r;
	int status;

	for (int i = 0; i < c->n; i++) {
		pid_t pid;

		if (strcmp(c->commands[i][0], "wait") == 0) {
			reap_all();
			continue;
		}
		pid = start(race, c, c->commands[i]);
		while (wait4(pid, &status, 0, &r) < 0 && errno == EINTR)
			;
		ended(c, status, &r);
	}
}

/* count times the first command, jobs at the same time. */
static void run_many(const struct race *race, struct contestant *c)
{
	pid_t running[JOBS_MAX] = {0};
	int started = 0, busy = 0;

	while (started < race->count || busy > 0) {
		struct rusage r;
		int status;
		pid_t pid;

		for (int i = 0; i < race->jobs && started < race->count; i++) {
			if (running[i])
				continue;
			running[i] = start(race, c, c->commands[0]);
			c->turn++;
			started++;
			busy++;
		}
		pid = wait4(-1, &status, 0, &r);
		for (int i = 0; i < race->jobs && pid > 0; i++) {
			if (running[i] != pid)
				continue;
			running[i] = 0;
			busy--;
			ended(c, status, &r);
		}
	}
}

static struct usage take_turn(const struct race *race, struct contestant *c)
{
	struct usage before = usage_now(), after;
	double wall;

	c->turn++;
	if (race->count > 1)
		run_many(race, c);
	else
		run_once(race, c);
	wall = usage_now().wall;
	reap_all();
	after = usage_now();
	return (struct usage){
		.wall = (wall - before.wall) / race->count,
		.cpu = (after.cpu - before.cpu) / race->count,
		.faults = (after.faults - before.faults) / race->count,
	};
}

/* Everybody once; who comes first changes. */
static void round_of(struct race *race, int round)
{
	for (int i = 0; i < race->n; i++) {
		struct contestant *c = &race->v[(i + round + race->warmup) % race->n];
		struct usage u = take_turn(race, c);

		if (round < 0)
			continue;
		c->wall[round] = u.wall;
		c->cpu[round] = u.cpu;
		c->faults[round] = u.faults;
	}
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The value below which q/4 of the n values are; sorts them. */
static double quartile(double *v, int n, int q)
{
	double at = (double)(n - 1) * q / 4;
	int i = (int)at;

	qsort(v, (size_t)n, sizeof(*v), compare);
	return i + 1 < n ? v[i] + (v[i + 1] - v[i]) * (at - i) : v[i];
}

static void print_ratios(const double *subject, const double *other, int n)
{
	double *v = calloc((size_t)n, sizeof(*v));

	for (int i = 0; v && i < n; i++)
		v[i] = other[i] > 0 ? subject[i] / other[i] : 0;
	for (int q = 1; v && q <= 3; q++)
		printf("\t%.3f", quartile(v, n, q));
	free(v);
}

static void report(struct race *race)
{
	for (int i = 1; i < race->n; i++) {
		printf("ratio\t%s", race->v[i].name);
		print_ratios(race->v[0].wall, race->v[i].wall, race->rounds);
		print_ratios(race->v[0].cpu, race->v[i].cpu, race->rounds);
		printf("\n");
	}
	/* sorts what the ratios need as pairs, so it comes last */
	for (int i = 0; i < race->n; i++) {
		struct contestant *c = &race->v[i];

		printf("time\t%s\t%.0f\t%.0f\t%.0f\t%ld\n", c->name,
		       quartile(c->wall, race->rounds, 2), quartile(c->cpu, race->rounds, 2),
		       quartile(c->faults, race->rounds, 2), c->peak);
	}
}

/* From argv[i], a NAME, on; returns the index behind the contestant. */
static int read_contestant(struct race *race, char **argv, int i)
{
	struct contestant *c = &race->v[race->n];

	if (race->n == CONTESTANTS_MAX)
		die("too many contestants", argv[i]);
	race->n++;
	c->name = argv[i++];
	while (argv[i] && strcmp(argv[i], "--") != 0) {
		if (c->n == COMMANDS_MAX)
			die("too many commands", c->name);
		c->commands[c->n++] = argv + i;
		while (argv[i] && strcmp(argv[i], "--") != 0 && strcmp(argv[i], ",") != 0)
			i++;
		if (argv[i] && strcmp(argv[i], ",") == 0)
			argv[i++] = NULL;
	}
	if (argv[i])
		argv[i++] = NULL;
	if (c->n == 0)
		die("no command", c->name);
	c->wall = calloc((size_t)race->rounds, sizeof(*c->wall));
	c->cpu = calloc((size_t)race->rounds, sizeof(*c->cpu));
	c->faults = calloc((size_t)race->rounds, sizeof(*c->faults));
	if (!c->wall || !c->cpu || !c->faults)
		die("no memory", c->name);
	return i;
}

static int read_options(struct race *race, int argc, char **argv)
{
	int opt;

	while ((opt = getopt(argc, argv, "+n:w:c:j:")) != -1) {
		if (opt == 'n')
			race->rounds = atoi(optarg);
		else if (opt == 'w')
			race->warmup = atoi(optarg);
		else if (opt == 'c')
			race->count = atoi(optarg);
		else if (opt == 'j')
			race->jobs = atoi(optarg);
		else
			exit(2);
	}
	if (race->rounds < 1 || race->count < 1 || race->jobs < 1 || race->jobs > JOBS_MAX ||
	    race->warmup < 0)
		die("bad number", argv[0]);
	return optind;
}

int main(int argc, char **argv)
{
	struct race race = {.rounds = 20, .warmup = 2, .count = 1, .jobs = 1};
	int i = read_options(&race, argc, argv);

	while (i < argc)
		i = read_contestant(&race, argv, i);
	if (race.n == 0)
		die("no contestants", argv[0]);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0 || posix_spawn_file_actions_init(&race.quiet) ||
	    posix_spawn_file_actions_addopen(&race.quiet, 0, "/dev/null", O_RDONLY, 0) ||
	    posix_spawn_file_actions_addopen(&race.quiet, 1, "/dev/null", O_WRONLY, 0))
		die(strerror(errno), argv[0]);
	for (int round = -race.warmup; round < race.rounds; round++)
		round_of(&race, round);
	report(&race);
	return 0;
}
