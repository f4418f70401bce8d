/*
 * The command line: one parser over tables of options.
 *
 * owns:     the syntax of options, the text of --help
 * may use:  base
 * must not: know any option
 *
 * Accepted for an option of name "bundle" and letter 'b': --bundle V, --bundle=V, -bundle V (as
 * Go's flag package has it), -b V, -bV; flags without a value may be bundled (-aq) and take =true
 * or =false. "--" ends the options. A repeated option counts as often as it says, the last one
 * wins, unless it is a list.
 */
#ifndef RUNDLET_CMD_OPTIONS_H
#define RUNDLET_CMD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "runtime/base/arena.h"
#include "runtime/base/err.h"

enum option_type {
	OPTION_FLAG,   /* bool */
	OPTION_TEXT,   /* const char *, NULL when not given */
	OPTION_NUMBER, /* uint32_t */
	OPTION_LIST,   /* struct option_list: every value that was given */
	OPTION_IGNORED /* accepted for the sake of callers; without a target */
};

struct option {
	const char *name;
	char letter; /* '\0': none */
	enum option_type type;
	size_t offset;     /* of the target in the structure that is filled */
	const char *value; /* what its value is called in the help; NULL: it has none */
	const char *help;  /* NULL: not in the help, another letter for the row above */
};

/* The values of an OPTION_LIST, in the order of the command line. */
struct option_list {
	const char **v;
	size_t n;
};

struct options {
	const struct option *v;
	size_t n;
};

#define OPTIONS(table)                                                                             \
	{                                                                                          \
		(table), ARRAY_LEN(table)                                                          \
	}

/* An argv, or what is left of one. */
struct words {
	const char **v;
	size_t n;
	struct arena *a; /* for lists; NULL where the table has none */
};

enum option_stop {
	OPTIONS_ANYWHERE,   /* options and positionals mix */
	OPTIONS_THEN_WORDS, /* the first positional ends the options */
};

/*
 * Parses words, filling target through the table; positionals are moved to the front of words->v
 * and words->n becomes their number (with OPTIONS_THEN_WORDS: all from the first positional on).
 * Returns 0, or 1 when --help or -h was met (which every table has without saying so). ERR_USAGE:
 * an unknown option is named, a missing value says "flag needs an argument: --X".
 */
int options_parse(struct options table, enum option_stop stop, struct words *words, void *target,
		  struct err *e) MUST_USE;

/* The lines of the help about these options, two blanks before each. */
char *options_help(struct arena *a, struct options table);

#endif
