/*
 * How a program that we ran ended, in words.
 *
 * owns:     the wording
 * may use:  base/err, base/fmt
 * must not: run anything
 */
#include <signal.h>
#include <stdbool.h>
#include <string.h>

#include "runtime/base/ended.h"
#include "runtime/base/fmt.h"

static const char cut_mark[] = "...";

static bool is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\0';
}

void ended_said(struct ended *x, const char *text, size_t n)
{
	const size_t room = sizeof(x->said) - sizeof(cut_mark);
	const char *mark = "";

	while (n && is_blank(text[n - 1]))
		n--;
	if (n > room) {
		text += n - room;
		n = room;
		mark = cut_mark;
		/* not in the middle of a character of UTF-8 */
		while (n && ((unsigned char)*text & 0xc0) == 0x80)
			text++, n--;
	}
	while (n && is_blank(*text))
		text++, n--;
	fmt_buf(x->said, sizeof(x->said), "%s%.*s", mark, (int)n, text);
	for (char *c = x->said; *c; c++)
		if (is_blank(*c))
			*c = ' ';
}

int ended_check(const struct ended *x, struct err *e, enum err_code code, const char *what)
{
	const char *colon = x->said[0] ? ": " : "";

	if (x->timeout)
		return err_set(e, code, "%s did not end within %lld s and was killed%s%s", what,
			       (long long)x->timeout, colon, x->said);
	if (x->status > 128)
		return err_set(e, code, "%s was killed by signal %d%s%s%s", what, x->status - 128,
			       x->status - 128 == SIGSYS ? " (bad system call)" : "", colon,
			       x->said);
	if (x->status)
		return err_set(e, code, "%s ended with status %d%s%s", what, x->status, colon,
			       x->said);
	return 0;
}
