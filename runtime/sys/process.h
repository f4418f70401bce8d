/*
 * Processes by pidfd: clone3, signal, wait, helpers.
 *
 * owns:     nothing
 * may use:  base
 * must not: word errors; use a bare pid where a pidfd is at hand
 */
#ifndef RUNDLET_SYS_PROCESS_H
#define RUNDLET_SYS_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "runtime/base/cleanup.h"

/*
 * clone3(2) with fork semantics, CLONE_PIDFD always. flags: CLONE_NEW*, CLONE_PARENT, …; cgroup_fd:
 * -1, or the cgroup to be born in (CLONE_INTO_CGROUP). Returns 0 in the child, the pid in the
 * parent with *ret_pidfd (close-on-exec), or a negative errno.
 */
pid_t process_clone(uint64_t flags, int cgroup_fd, int *ret_pidfd) MUST_USE;

/* Children become zombies when they end, to be waited for: a caller may have us ignore SIGCHLD
 * (sigaction(2)). Before the first child. */
void process_keep_children(void);

/* pidfd_open(2): a pidfd (close-on-exec, the caller's) or a negative errno. */
int process_pidfd_open(pid_t pid) MUST_USE;
/*
 * The pid of the process behind pidfd, in the pid namespace of /proc (/proc/self/fdinfo,
 * pidfd_open(2)): -ESRCH when it has ended or has none there.
 */
int process_pid_of(int pidfd, pid_t *ret) MUST_USE;
/* pidfd_send_signal(2); sig 0 only asks whether the process is there. 0 or a negative errno. */
int process_signal(int pidfd, int sig) MUST_USE;

/* poll(2): has the process behind pidfd ended, or does it within this time? A zombie has. */
bool process_ends(int pidfd, int milliseconds);

/* sched_setaffinity(2) of the calling process: a mask of size bytes, whole uint64_t words. 0 or a
 * negative errno. */
int process_set_affinity(const void *mask, size_t size) MUST_USE;

/*
 * Waits for the child behind pidfd and reaps it. *ret_status is what a shell would say: the exit
 * code, or 128 + signal. 0 or a negative errno.
 */
int process_wait(int pidfd, int *ret_status) MUST_USE;

/*
 * Start time in clock ticks since boot (field 22 of /proc/PID/stat) and state letter (field 3);
 * pins a pid together with its pidfd. -ESRCH when there is no such process.
 */
int process_stat(pid_t pid, uint64_t *ret_start, char *ret_state) MUST_USE;

/* False: the process has ended, or is about to and has let go of its memory. */
bool process_has_program(pid_t pid);

/*
 * Starts a program by absolute path (vfork(2)): signal mask empty, handlers default, all
 * descriptors beyond 0-2 closed. in, out, err: what becomes its stdio (borrowed), -1: /dev/null.
 * envp NULL: inherited. Returns 0 once the execve has happened, with its pidfd (close-on-exec, the
 * caller's; process_wait reaps), or the negative errno of the execve.
 */
struct process_spawn {
	const char *path;
	char *const *argv;
	char *const *envp;
	const char *dir; /* to run in; "/" if that cannot be; NULL: the caller's */
	int in, out, err;
};
int process_spawn(const struct process_spawn *s, int *ret_pidfd) MUST_USE;

#endif
