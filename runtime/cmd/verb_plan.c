/*
 * rundlet plan
 *
 * owns:     its option table
 * may use:  cmd, the plan
 * must not: create anything, need any privilege
 */
#include "runtime/cmd/bundle.h"
#include "runtime/plan/build.h"

struct plan_verb_options {
	const char *bundle, *config;
	bool json, no_pivot, strict;
};

static const struct option table[] = {
	{"bundle", 'b', OPTION_TEXT, offsetof(struct plan_verb_options, bundle), "DIR",
	 "the bundle (default: the working directory)"},
	{"config", 'f', OPTION_TEXT, offsetof(struct plan_verb_options, config), "FILE",
	 "read this instead of config.json in the bundle"},
	{"json", 0, OPTION_FLAG, offsetof(struct plan_verb_options, json), NULL, "print JSON"},
	{"no-pivot", 0, OPTION_FLAG, offsetof(struct plan_verb_options, no_pivot), NULL,
	 "as for create and run"},
	{"strict", 0, OPTION_FLAG, offsetof(struct plan_verb_options, strict), NULL,
	 "fail where something would be done otherwise than asked"},
};

static int run(struct invocation *i, struct err *e)
{
	const struct plan_verb_options *o = i->options;
	const struct bundle_options b = {.bundle = o->bundle,
					 .config = o->config,
					 .no_pivot = o->no_pivot,
					 .strict = o->strict};
	const struct record_source *from;
	int r = bundle_load(&from, i, &b, e);

	if (r < 0)
		return r;
	return command_print(o->json ? plan_explain_json(i->a, from->plan)
				     : plan_explain_text(i->a, from->plan),
			     e);
}

const struct command command_plan = {
	.name = "plan",
	.words = "",
	.help = "print what run would do here, step by step, and do nothing",
	.options = OPTIONS(table),
	.options_size = sizeof(struct plan_verb_options),
	.run = run,
};
