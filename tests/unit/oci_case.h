/*
 * What the tests of oci_decode_* share: a config.json around the piece that is tested, and the two
 * things that can come out.
 */
#ifndef RUNDLET_TESTS_OCI_CASE_H
#define RUNDLET_TESTS_OCI_CASE_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "oci/oci.h"

/* A config.json that lacks nothing, then rest, on a line of its own. */
#define BASE        "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"}"
#define WITH(rest)  BASE ",\n" rest "}"
#define LINUX(rest) WITH("\"linux\":{" rest "}")
#define PROCESS(rest)                                                                              \
	WITH("\"process\":{\"cwd\":\"/\",\"args\":[\"sh\"],\"user\":{\"uid\":0,\"gid\":0},\n" rest \
	     "}")
#define RESOURCES(rest) LINUX("\"resources\":{" rest "}")
#define SECCOMP(rest)   LINUX("\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\n" rest "}")
#define USERNS          "\"namespaces\":[{\"type\":\"user\"}],\n"

struct refused {
	const char *text, *line;
};

static inline int decode(struct spec *s, struct arena *a, const char *text, size_t size,
			 struct err *e)
{
	struct doc d;
	int r = doc_parse(&d, a, text, size, e);

	return r < 0 ? r : oci_decode_spec(s, a, &d, e);
}

/* Lines are without the "config.json:" that all begin with. The error is handed over full of
 * rubbish, as on a caller's stack. */
static inline void check_refused(const struct refused *cases, size_t n)
{
	char line[2048], want[2048];

	for (size_t i = 0; i < n; i++) {
		AUTO(arena) struct arena a = {0};
		struct err e;
		struct spec s;

		snprintf(want, sizeof(want), "config.json:%s", cases[i].line);
		memset(&e, 0xff, sizeof(e));
		assert_int_equal(decode(&s, &a, cases[i].text, strlen(cases[i].text), &e), -EINVAL);
		err_render(&e, NULL, line, sizeof(line));
		assert_string_equal(line, want);
	}
}

#define CHECK_REFUSED(cases) check_refused(cases, ARRAY_LEN(cases))

/* Decodes what must be accepted. */
static inline struct spec accept(struct arena *a, const char *text)
{
	char line[2048];
	struct err e;
	struct spec s;

	if (decode(&s, a, text, strlen(text), &e) < 0) {
		err_render(&e, NULL, line, sizeof(line));
		fail_msg("%s\n%s", text, line);
	}
	return s;
}

#endif
