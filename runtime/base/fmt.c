/*
 * The formatter.
 *
 * owns:     nothing
 * may use:  libc string functions
 * must not: allocate, print
 *
 * musl's vsnprintf would bring stdio and floating point into init: this is a tenth of the size.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

#include "runtime/base/fmt.h"

struct out {
	char *buf;
	size_t size;
	size_t n; /* wanted so far, may be beyond size */
};

enum length { LEN_CHAR, LEN_SHORT, LEN_INT, LEN_LONG, LEN_LLONG, LEN_SIZE };

/* One conversion between % and its letter. */
struct conv {
	bool zero;
	size_t width;
	bool has_precision;
	size_t precision;
	enum length length;
};

/* va_list may be an array type: inside a struct it can be passed by pointer everywhere. */
struct args {
	va_list ap;
};

static void put(struct out *o, char c)
{
	if (o->n + 1 < o->size)
		o->buf[o->n] = c;
	o->n++;
}

static void put_padded(struct out *o, const struct conv *c, const char *s, size_t n)
{
	for (size_t i = n; i < c->width; i++)
		put(o, ' ');
	for (size_t i = 0; i < n; i++)
		put(o, s[i]);
}

static void put_number(struct out *o, const struct conv *c, uint64_t v, bool negative,
		       unsigned int base)
{
	char digits[24]; /* 2^64 has 22 octal digits */
	size_t n = 0, want;

	do {
		digits[n++] = "0123456789abcdef"[v % base];
		v /= base;
	} while (v);
	want = n + (negative ? 1 : 0);
	for (size_t i = want; !c->zero && i < c->width; i++)
		put(o, ' ');
	if (negative)
		put(o, '-');
	for (size_t i = want; c->zero && i < c->width; i++)
		put(o, '0');
	while (n)
		put(o, digits[--n]);
}

static int64_t take_signed(struct args *a, enum length length)
{
	switch (length) {
	case LEN_CHAR:
		return (signed char)va_arg(a->ap, int);
	case LEN_SHORT:
		return (short)va_arg(a->ap, int);
	case LEN_LONG:
		return va_arg(a->ap, long);
	case LEN_LLONG:
		return va_arg(a->ap, long long);
	case LEN_SIZE:
		return va_arg(a->ap, ssize_t);
	case LEN_INT:
		break;
	}
	return va_arg(a->ap, int);
}

static uint64_t take_unsigned(struct args *a, enum length length)
{
	switch (length) {
	case LEN_CHAR:
		return (unsigned char)va_arg(a->ap, unsigned int);
	case LEN_SHORT:
		return (unsigned short)va_arg(a->ap, unsigned int);
	case LEN_LONG:
		return va_arg(a->ap, unsigned long);
	case LEN_LLONG:
		return va_arg(a->ap, unsigned long long);
	case LEN_SIZE:
		return va_arg(a->ap, size_t);
	case LEN_INT:
		break;
	}
	return va_arg(a->ap, unsigned int);
}

static size_t take_count(const char **p, struct args *a)
{
	size_t n = 0;

	if (**p == '*') {
		int v = va_arg(a->ap, int);

		(*p)++;
		return v > 0 ? (size_t)v : 0;
	}
	while (**p >= '0' && **p <= '9')
		n = n * 10 + (size_t)(*(*p)++ - '0');
	return n;
}

/* Reads what stands between % and the letter; *p ends on the letter. */
static struct conv take_conv(const char **p, struct args *a)
{
	struct conv c = {.length = LEN_INT};

	if (**p == '0') {
		c.zero = true;
		(*p)++;
	}
	c.width = take_count(p, a);
	if (**p == '.') {
		(*p)++;
		c.has_precision = true;
		c.precision = take_count(p, a);
	}
	for (; **p == 'h'; (*p)++)
		c.length = c.length == LEN_SHORT ? LEN_CHAR : LEN_SHORT;
	for (; **p == 'l'; (*p)++)
		c.length = c.length == LEN_LONG ? LEN_LLONG : LEN_LONG;
	for (; **p == 'z'; (*p)++)
		c.length = LEN_SIZE;
	return c;
}

static void put_string(struct out *o, const struct conv *c, const char *s)
{
	if (!s)
		s = "(null)";
	put_padded(o, c, s, c->has_precision ? strnlen(s, c->precision) : strlen(s));
}

static void put_conv(struct out *o, char letter, const struct conv *c, struct args *a)
{
	int64_t v;
	char one;

	switch (letter) {
	case 's':
		put_string(o, c, va_arg(a->ap, const char *));
		return;
	case 'c':
		one = (char)va_arg(a->ap, int);
		put_padded(o, c, &one, 1);
		return;
	case 'd':
	case 'i':
		v = take_signed(a, c->length);
		put_number(o, c, v < 0 ? -(uint64_t)v : (uint64_t)v, v < 0, 10);
		return;
	case 'u':
		put_number(o, c, take_unsigned(a, c->length), false, 10);
		return;
	case 'x':
		put_number(o, c, take_unsigned(a, c->length), false, 16);
		return;
	case 'o':
		put_number(o, c, take_unsigned(a, c->length), false, 8);
		return;
	default: /* "%%", and whatever is not understood shows itself */
		if (letter != '%')
			put(o, '%');
		put(o, letter);
	}
}

size_t fmt_vbuf(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct out o = {.buf = buf, .size = size};
	struct args a;

	va_copy(a.ap, ap);
	for (const char *p = fmt; *p; p++) {
		struct conv c;

		if (*p != '%') {
			put(&o, *p);
			continue;
		}
		p++;
		c = take_conv(&p, &a);
		if (!*p)
			break;
		put_conv(&o, *p, &c, &a);
	}
	va_end(a.ap);
	if (size)
		buf[o.n < size ? o.n : size - 1] = '\0';
	return o.n;
}

size_t fmt_buf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	n = fmt_vbuf(buf, size, fmt, ap);
	va_end(ap);
	return n;
}
