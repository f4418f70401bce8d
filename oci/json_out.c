/*
 * Writing JSON into an arena.
 *
 * owns:     commas, indentation, escapes
 * may use:  base
 * must not: know any schema
 */
#include "oci/json_out.h"

#include <string.h>

#include "oci/utf8.h"
#include "runtime/base/fmt.h"

static void add(struct json_out *o, const char *s, size_t n)
{
	if (o->capacity - o->size < n) {
		char *grown;

		o->capacity = 2 * (o->capacity + n);
		grown = arena_alloc(o->a, o->capacity);
		if (o->size)
			memcpy(grown, o->buf, o->size);
		o->buf = grown;
	}
	memcpy(o->buf + o->size, s, n);
	o->size += n;
}

static void add_char(struct json_out *o, char c)
{
	add(o, &c, 1);
}

static void new_line(struct json_out *o)
{
	if (o->style != EMIT_PRETTY)
		return;
	add_char(o, '\n');
	for (uint32_t i = 0; i < o->depth; i++)
		add(o, "    ", 4);
}

/* What has to stand before a key, or before a value that has none. */
static void separate(struct json_out *o)
{
	if (o->after_key) {
		o->after_key = false;
		return;
	}
	if (!o->empty)
		add_char(o, ',');
	if (o->depth > 0)
		new_line(o);
	o->empty = false;
}

struct json_out json_begin(struct arena *a, enum emit_style style)
{
	return (struct json_out){.a = a, .style = style, .empty = true};
}

char *json_end(struct json_out *o)
{
	if (o->style == EMIT_PRETTY)
		add_char(o, '\n');
	add_char(o, '\0');
	return o->buf;
}

void json_open(struct json_out *o, char bracket)
{
	separate(o);
	add_char(o, bracket);
	o->depth++;
	o->empty = true;
}

void json_close(struct json_out *o, char bracket)
{
	o->depth--;
	if (!o->empty)
		new_line(o);
	add_char(o, bracket);
	o->empty = false;
}

static void add_escaped(struct json_out *o, unsigned char c)
{
	static const char plain[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
	const char *found = memchr(plain, c, sizeof(plain) - 1);
	char buf[8];

	add_char(o, '\\');
	if (found) {
		add_char(o, letters[found - plain]);
		return;
	}
	fmt_buf(buf, sizeof(buf), "u%04x", c);
	add(o, buf, 5);
}

static void add_string(struct json_out *o, const char *s)
{
	const char *end = s + strlen(s);

	add_char(o, '"');
	while (s < end) {
		unsigned char c = (unsigned char)*s;
		size_t n = utf8_length(s, (size_t)(end - s));

		if (n == 0)
			add(o, "\xef\xbf\xbd", 3);
		else if (c < 0x20 || c == '"' || c == '\\')
			add_escaped(o, c);
		else
			add(o, s, n);
		s += n ? n : 1;
	}
	add_char(o, '"');
}

void json_key(struct json_out *o, const char *key)
{
	separate(o);
	add_string(o, key);
	add_char(o, ':');
	if (o->style == EMIT_PRETTY)
		add_char(o, ' ');
	o->after_key = true;
}

void json_string(struct json_out *o, const char *s)
{
	separate(o);
	add_string(o, s);
}

void json_raw(struct json_out *o, const char *text, size_t n)
{
	separate(o);
	add(o, text, n);
}

void json_u64(struct json_out *o, uint64_t v)
{
	char buf[24];
	const size_t n = fmt_buf(buf, sizeof(buf), "%llu", (unsigned long long)v);

	json_raw(o, buf, n);
}

void json_i64(struct json_out *o, int64_t v)
{
	char buf[24];
	const size_t n = fmt_buf(buf, sizeof(buf), "%lld", (long long)v);

	json_raw(o, buf, n);
}

void json_bool(struct json_out *o, bool v)
{
	json_raw(o, v ? "true" : "false", v ? 4 : 5);
}
