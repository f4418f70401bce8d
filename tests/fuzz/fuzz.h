/*
 * What the fuzz targets share. A target takes any bytes; what is refused must be refused with one
 * complete error, what is accepted must hold what the target says about it.
 */
#ifndef RUNDLET_TESTS_FUZZ_H
#define RUNDLET_TESTS_FUZZ_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/arena.h"
#include "runtime/base/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define DEMAND(c)                                                                                  \
	do {                                                                                       \
		if (!(c)) {                                                                        \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #c);            \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

/* An error as on a caller's stack: full of rubbish. */
static inline struct err rubbish(void)
{
	struct err e;

	memset(&e, 0xff, sizeof(e));
	return e;
}

/* r and e are what a function returned: on failure one error, which renders to one line. Returns
 * whether it failed. */
static inline bool failed(int r, const struct err *e)
{
	char line[4096];

	if (r >= 0)
		return false;
	DEMAND(e->code > ERR_NONE && e->code < ERR_CODE_COUNT);
	DEMAND(memchr(e->text, '\0', sizeof(e->text)) && memchr(e->hint, '\0', sizeof(e->hint)));
	DEMAND(memchr(e->pointer, '\0', sizeof(e->pointer)));
	err_render(e, NULL, line, sizeof(line));
	DEMAND(*line && !strpbrk(line, "\n\r\033"));
	return true;
}

/* The same where input alone can be the cause. */
static inline bool refused(int r, const struct err *e)
{
	DEMAND(r >= 0 || e->code != ERR_INTERNAL);
	return failed(r, e);
}

/* The bytes as a terminated string of exactly that size, so that reading beyond it is seen. */
static inline char *text_of(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	DEMAND(text);
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

#endif
