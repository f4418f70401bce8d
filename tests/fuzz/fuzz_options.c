/*
 * Any words, one per line, as the command line of every command. What is left over is part of what
 * was given, and numbers are numbers.
 */
#include "runtime/cmd/command.h"

#include "fuzz.h"

enum { WORDS_MAX = 64 };

static const struct command *const commands[] = {
	&command_create, &command_delete, &command_features, &command_kill,  &command_list,
	&command_plan,   &command_run,    &command_spec,     &command_start, &command_state,
};

static void parse(const struct command *c, struct words words)
{
	AUTO(arena) struct arena a = {0};
	AUTO(free_ptr) void *target = calloc(1, c->options_size + 1);
	size_t given = words.n;
	struct err e = rubbish();

	words.a = &a;
	if (refused(options_parse(c->options, c->stop, &words, target, &e), &e))
		return;
	DEMAND(words.n <= given);
	for (size_t i = 0; i < words.n; i++)
		DEMAND(words.v[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(free_ptr) char *text = text_of(data, size);
	const char *given[WORDS_MAX + 1] = {0};
	size_t n = 0;

	for (char *p = text; n < WORDS_MAX; p++) {
		given[n++] = p;
		p += strcspn(p, "\n");
		if (!*p)
			break;
		*p = '\0';
	}
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		const char *copy[WORDS_MAX + 1];

		memcpy(copy, given, sizeof(copy));
		parse(commands[i], (struct words){.v = copy, .n = n});
	}
	return 0;
}
