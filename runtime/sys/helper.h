/*
 * A helper program from its start to its end: text on stdin, the end of its stderr, a time limit.
 *
 * owns:     nothing
 * may use:  base, sys
 * must not: word errors
 */
#ifndef RUNDLET_SYS_HELPER_H
#define RUNDLET_SYS_HELPER_H

#include "runtime/base/ended.h"

enum { HELPER_INPUTS = 3 };

struct helper_run {
	const char *path; /* absolute */
	char *const *argv;
	char *const *envp; /* NULL: our own */
	const char *dir;   /* to run in; "/" if that cannot be; NULL: our own */
	const char *
		input[HELPER_INPUTS]; /* what it reads on stdin, one behind the other; NULL: none */
	int out;                      /* borrowed, -1: /dev/null */
	int err;                      /* borrowed, -1: kept for ended.said */
	int64_t timeout;              /* seconds; 0: for ever */
};

/*
 * Runs it and waits for it; past its time it is killed with SIGKILL. What it has started and left
 * behind is not waited for. 0 with *ret, or the negative errno of a program that could not be
 * executed. The program's own failure is in *ret (ended_check()).
 *
 * stdin and stderr are memory files and not pipes: nobody has to read and write in turns, and a
 * daemon that keeps stderr open holds up nobody. When the helper has ended the file stops growing.
 */
int helper_run(const struct helper_run *h, struct ended *ret) MUST_USE;

#endif
