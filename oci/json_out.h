/*
 * Writing JSON into an arena.
 *
 * owns:     commas, indentation, escapes
 * may use:  base
 * must not: know any schema
 *
 *	struct json_out o = json_begin(a, EMIT_PRETTY);
 *	json_open(&o, '{');
 *	json_key(&o, "pid");
 *	json_i64(&o, 42);
 *	json_close(&o, '}');
 *	return json_end(&o);
 *
 * "/" is never escaped. Bytes that are not UTF-8 (a path may hold them) become U+FFFD, so that the
 * result is always JSON.
 */
#ifndef RUNDLET_OCI_JSON_OUT_H
#define RUNDLET_OCI_JSON_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/arena.h"

enum emit_style { EMIT_COMPACT, EMIT_PRETTY };

struct json_out {
	struct arena *a;
	enum emit_style style;
	char *buf;
	size_t size, capacity;
	uint32_t depth;
	bool empty;     /* nothing in the innermost array or object yet */
	bool after_key; /* the next value belongs to a key */
};

/* A writer with nothing in it; what it writes lives in a. */
struct json_out json_begin(struct arena *a, enum emit_style style);
/* The text, terminated; pretty text ends in a newline. */
char *json_end(struct json_out *o);

/* bracket: '{' or '[', then '}' or ']'. */
void json_open(struct json_out *o, char bracket);
void json_close(struct json_out *o, char bracket);
/* The next value is that of key. */
void json_key(struct json_out *o, const char *key);
/* Values: of a key, or the next of an array. */
void json_string(struct json_out *o, const char *s);
void json_u64(struct json_out *o, uint64_t v);
void json_i64(struct json_out *o, int64_t v);
void json_bool(struct json_out *o, bool v);
/* n bytes that are JSON already. */
void json_raw(struct json_out *o, const char *text, size_t n);

#endif
