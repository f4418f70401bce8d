/*
 * Follows a command and all that it starts with ptrace(2), and makes one system call of one of them
 * fail, or kills it there.
 *
 * A place is the Nth system call of the Mth process of the command. Only the runtime's own
 * processes have places: what is executed by execve(2) is somebody else's program, and what is
 * executed from a memory file is init.
 */
#ifndef RUNDLET_TESTS_FAULTS_TRACE_H
#define RUNDLET_TESTS_FAULTS_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	TRACE_KILL = -1, /* as a fault's error: SIGKILL instead */
	TASKS_MAX = 256,
};

struct place {
	int task;
	unsigned int n; /* from 1 on */
	long nr;
	uint64_t arg0;
};

struct task {
	pid_t pid;
	int index;
	unsigned int calls;
	bool foreign, will_be_init, failing;
	bool unannounced; /* stopped: its parent's stop, which says whose child it is, is to come */
};

struct trace {
	struct task tasks[TASKS_MAX];
	size_t n;
	int started; /* tasks with an index so far */
	bool counting;

	/* where and what; the place is filled in when it is reached */
	struct place at;
	int fault; /* 0: none; an errno; TRACE_KILL */
	bool hit;

	/* with no fault: all places, in the order in which they were reached */
	struct place *places;
	size_t n_places, room;

	pid_t main;
	int status; /* of main, as waitpid(2) gives it */
	bool ended;
};

/* Starts argv, its stdout and stderr in the files out and err. With traced: below ptrace, its
 * processes numbered from 0. Other processes of earlier commands are kept an eye on. */
void trace_start(struct trace *t, char *const argv[], const char *out, const char *err,
		 bool traced);

/* Handles what happens until the started command has ended (or, with all, until no process is left
 * at all). False: the time (seconds) was over before. */
bool trace_wait(struct trace *t, bool all, int seconds);

/* Ends everything that there is. */
void trace_kill_all(struct trace *t);

/* Says on stderr which processes there are, and where they wait. */
void trace_show(const struct trace *t);

/* A line and an end. */
_Noreturn void die(const char *what, const char *name);

#endif
