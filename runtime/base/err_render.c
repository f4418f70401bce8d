/*
 * The error value as one line for people.
 *
 * owns:     the form of the line
 * may use:  base/fmt, strerror(3)
 * must not: be linked into init: it returns errors as values, and strerror's table is large
 */
#include <string.h>

#include "runtime/base/err.h"
#include "runtime/base/fmt.h"

struct line {
	char *buf;
	size_t size;
	size_t n;
};

/* A piece goes in whole or not at all, so that no escape is ever cut in half. */
static void add_piece(struct line *l, const char *s, size_t n)
{
	if (l->n + n >= l->size)
		return;
	memcpy(l->buf + l->n, s, n);
	l->n += n;
}

static void add(struct line *l, const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;
		char escaped[8];

		if (c >= 0x20 && c != 0x7f) {
			add_piece(l, s, 1);
			continue;
		}
		if (c == '\n')
			fmt_buf(escaped, sizeof(escaped), "\\n");
		else if (c == '\t')
			fmt_buf(escaped, sizeof(escaped), "\\t");
		else
			fmt_buf(escaped, sizeof(escaped), "\\x%02x", c);
		add_piece(l, escaped, strlen(escaped));
	}
}

static void add_place(struct line *l, const struct err *e, const char *file)
{
	char number[32];

	if (!e->line)
		return;
	add(l, file);
	fmt_buf(number, sizeof(number), ":%u", e->line);
	add(l, number);
	if (e->column) {
		fmt_buf(number, sizeof(number), ":%u", e->column);
		add(l, number);
	}
	add(l, ": ");
}

void err_render(const struct err *e, const char *file, char *buf, size_t size)
{
	struct line l = {.buf = buf, .size = size};

	if (!size)
		return;
	add_place(&l, e, file ? file : "config.json");
	if (e->pointer[0]) {
		add(&l, e->pointer);
		add(&l, ": ");
	}
	add(&l, e->text);
	if (e->num > 0) {
		add(&l, ": ");
		add(&l, strerror(e->num));
	}
	if (e->hint[0]) {
		add(&l, " (");
		add(&l, e->hint);
		add(&l, ")");
	}
	buf[l.n] = '\0';
}
