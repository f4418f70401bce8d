/*
 * How a program that we ran ended, in words.
 *
 * owns:     struct ended
 * may use:  base/err
 * must not: run anything (sys/helper does)
 */
#ifndef RUNDLET_BASE_ENDED_H
#define RUNDLET_BASE_ENDED_H

#include "runtime/base/err.h"

enum { ENDED_SAID_SIZE = 320 };

struct ended {
	int status;                 /* exit code, or 128 + signal */
	int64_t timeout;            /* it was killed after so many seconds; 0: it was not */
	char said[ENDED_SAID_SIZE]; /* the end of what it wrote to stderr, "" if nothing */
};

/*
 * Puts the n bytes of a stderr into x->said: the end of them where they do not fit, without the
 * blanks around, line breaks as blanks.
 */
void ended_said(struct ended *x, const char *text, size_t n);

/* 0 when it ended with status 0 and in time; else *e says of what how it ended, and -EINVAL. */
int ended_check(const struct ended *x, struct err *e, enum err_code code,
		const char *what) MUST_USE;

#endif
