/*
 * The command line.
 *
 * owns:     the syntax of options, the text of --help
 * may use:  base
 * must not: know any option
 */
#include <stdint.h>
#include <string.h>

#include "runtime/base/io.h"
#include "runtime/cmd/options.h"

static const struct option *find_long(struct options t, const char *name, size_t n)
{
	for (size_t i = 0; i < t.n; i++)
		if (strlen(t.v[i].name) == n && memcmp(t.v[i].name, name, n) == 0)
			return &t.v[i];
	return NULL;
}

static const struct option *find_letter(struct options t, char letter)
{
	for (size_t i = 0; i < t.n; i++)
		if (t.v[i].letter && t.v[i].letter == letter)
			return &t.v[i];
	return NULL;
}

static int store_flag(const struct option *o, const char *value, bool *target, struct err *e)
{
	if (!value || strcmp(value, "true") == 0 || strcmp(value, "1") == 0)
		*target = true;
	else if (strcmp(value, "false") == 0 || strcmp(value, "0") == 0)
		*target = false;
	else
		return err_set(e, ERR_USAGE, "--%s is true or false, not '%s'", o->name, value);
	return 0;
}

/* An argv being walked. */
struct walk {
	struct options table;
	struct words *words;
	size_t at; /* the word in hand */
	void *target;
};

static void append(const struct walk *w, struct option_list *list, const char *value)
{
	if (!list->v) /* no more values than words */
		list->v = arena_array(w->words->a, w->words->n, sizeof(*list->v));
	list->v[list->n++] = value;
}

static int store_value(const struct walk *w, const struct option *o, const char *value,
		       struct err *e)
{
	char *place = (char *)w->target + o->offset;
	uint64_t number;

	switch (o->type) {
	case OPTION_FLAG:
		return store_flag(o, value, (bool *)place, e);
	case OPTION_TEXT:
		*(const char **)(void *)place = value;
		return 0;
	case OPTION_NUMBER:
		if (!io_parse_u64(value, INT32_MAX, &number))
			return err_set(e, ERR_USAGE, "--%s is a number, not '%s'", o->name, value);
		*(uint32_t *)(void *)place = (uint32_t)number;
		return 0;
	case OPTION_LIST:
		append(w, (struct option_list *)(void *)place, value);
		return 0;
	case OPTION_IGNORED:
		return 0;
	}
	return err_set(e, ERR_INTERNAL, "option --%s has no type", o->name);
}

/* value: what stood in the same word, NULL: nothing. */
static int take(struct walk *w, const struct option *o, const char *value, struct err *e)
{
	if (o->value && !value) {
		if (w->at + 1 >= w->words->n)
			return err_set(e, ERR_USAGE, "flag needs an argument: --%s", o->name);
		value = w->words->v[++w->at];
	}
	return store_value(w, o, value, e);
}

static int unknown(const char *word, struct err *e)
{
	return err_set(e, ERR_USAGE, "unknown option: %s", word);
}

/* -b V, -bV, -aq */
static int parse_letters(struct walk *w, const char *word, struct err *e)
{
	for (const char *s = word + 1; *s; s++) {
		const struct option *o = find_letter(w->table, *s);
		int r;

		if (!o)
			return unknown(word, e);
		if (o->value)
			return take(w, o, s[1] ? s + 1 + (s[1] == '=') : NULL, e);
		r = take(w, o, NULL, e);
		if (r < 0)
			return r;
	}
	return 0;
}

static int parse_option(struct walk *w, const char *word, struct err *e)
{
	const char *name = word + 1 + (word[1] == '-');
	size_t n = strcspn(name, "=");
	/* "-v" is a letter even where some option is called "v". */
	const struct option *o = word[1] == '-' || n > 1 ? find_long(w->table, name, n) : NULL;

	if (strcmp(name, "help") == 0 || strcmp(word, "-h") == 0)
		return 1;
	if (o)
		return take(w, o, name[n] ? name + n + 1 : NULL, e);
	return word[1] == '-' ? unknown(word, e) : parse_letters(w, word, e);
}

int options_parse(struct options table, enum option_stop stop, struct words *words, void *target,
		  struct err *e)
{
	struct walk w = {.table = table, .words = words, .target = target};
	bool ended = false; /* by "--" */
	size_t n = 0;

	for (; w.at < words->n; w.at++) {
		const char *word = words->v[w.at];
		int r;

		if (ended || word[0] != '-' || !word[1]) {
			words->v[n++] = word;
			/* What follows belongs to somebody else, dashes and all. */
			ended = ended || stop == OPTIONS_THEN_WORDS;
			continue;
		}
		if (strcmp(word, "--") == 0) {
			ended = true;
			continue;
		}
		r = parse_option(&w, word, e);
		if (r != 0)
			return r;
	}
	words->n = n;
	return 0;
}

char *options_help(struct arena *a, struct options table)
{
	char *text = arena_strdup(a, "");

	for (size_t i = 0; i < table.n; i++) {
		const struct option *o = &table.v[i];
		if (!o->help)
			continue;
		char letter[] = {'-', o->letter, ',', ' ', '\0'};
		const char *name =
			arena_printf(a, "%s--%s%s%s", o->letter ? letter : "    ", o->name,
				     o->value ? " " : "", o->value ? o->value : "");
		size_t width = strlen(name);

		text = arena_printf(a, "%s  %s%.*s%s\n", text, name,
				    (int)(width < 30 ? 30 - width : 1),
				    "                              ", o->help);
	}
	return text;
}
