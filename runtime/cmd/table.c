/*
 * Tables for people.
 *
 * owns:     the layout
 * may use:  base
 * must not: know what is in them, let out what is no text
 */
#include "runtime/cmd/table.h"

#include <string.h>

#include "runtime/base/fmt.h"

/* Bytes of the control character at s (C0, DEL, or C1 in UTF-8), 0 when it is another. */
static size_t control(const char *s)
{
	unsigned char c = (unsigned char)*s;

	if (c == 0xc2 && ((unsigned char)s[1] & 0xe0) == 0x80)
		return 2;
	return c < 0x20 || c == 0x7f;
}

/* Names are chosen by containers: none moves the cursor of who looks at them, or ends a line. */
static const char *printable(struct arena *a, const char *s)
{
	char *text, *at;
	size_t n = 0;

	while (s[n] && !control(s + n))
		n++;
	if (!s[n])
		return s;
	text = at = arena_alloc(a, 4 * strlen(s) + 1);
	for (n = 0; *s; s++) {
		n = n > 1 ? n - 1 : control(s);
		if (n)
			at += fmt_buf(at, 5, "\\x%02x", (unsigned char)*s);
		else
			*at++ = *s;
	}
	return text;
}

struct table table_begin(struct arena *a, const char *const *heading, size_t columns)
{
	struct table t = {.a = a, .columns = columns};

	table_row(&t, heading);
	return t;
}

void table_row(struct table *t, const char *const *cells)
{
	if (t->n + t->columns > t->room) {
		size_t room = t->room ? t->room * 2 : t->columns * 32;
		const char **wider = arena_array(t->a, room, sizeof(*wider));

		if (t->n)
			memcpy(wider, t->cells, t->n * sizeof(*wider));
		t->cells = wider;
		t->room = room;
	}
	for (size_t c = 0; c < t->columns; c++)
		t->cells[t->n++] = cells[c] ? printable(t->a, cells[c]) : "";
}

/* Appends a row, returns the end. */
static char *add_row(char *text, const char *const *cells, const size_t *width, size_t columns)
{
	for (size_t c = 0; c < columns; c++) {
		size_t n = strlen(cells[c]);

		memcpy(text, cells[c], n);
		text += n;
		if (c == columns - 1)
			break;
		memset(text, ' ', width[c] - n + 2);
		text += width[c] - n + 2;
	}
	*text++ = '\n';
	return text;
}

char *table_end(const struct table *t)
{
	size_t *width = arena_array(t->a, t->columns, sizeof(*width));
	size_t line = 1;
	char *text, *at;

	for (size_t i = 0; i < t->n; i++) {
		size_t n = strlen(t->cells[i]), *w = &width[i % t->columns];

		*w = n > *w ? n : *w;
	}
	for (size_t c = 0; c < t->columns; c++)
		line += width[c] + 2;
	text = at = arena_alloc(t->a, line * (t->n / t->columns) + 1);
	for (size_t i = 0; i < t->n; i += t->columns)
		at = add_row(at, &t->cells[i], width, t->columns);
	return text;
}
