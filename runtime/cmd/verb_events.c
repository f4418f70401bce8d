/*
 * rundlet events
 *
 * owns:     its option table
 * may use:  cmd, host
 * must not: do anything itself
 */
#include <string.h>

#include "runtime/base/io.h"
#include "runtime/cmd/command.h"
#include "runtime/cmd/existing.h"
#include "runtime/host/control.h"

enum { DEFAULT_MS = 5000, LONGEST_MS = 24 * 3600 * 1000 };

struct events_options {
	const char *interval;
	bool stats;
};

static const struct option table[] = {
	{"interval", 0, OPTION_TEXT, offsetof(struct events_options, interval), "TIME",
	 "between two statistics, e.g. 500ms, 5s (the default), 1m"},
	{"stats", 0, OPTION_FLAG, offsetof(struct events_options, stats), NULL,
	 "print the statistics once, and end"},
};

/* A number with a unit, as Go writes durations. */
static bool parse_interval(const char *s, uint32_t *ret)
{
	static const struct {
		const char *unit;
		uint64_t ms;
	} units[] = {{"ms", 1}, {"s", 1000}, {"m", 60 * 1000}, {"h", 3600 * 1000}};
	size_t n = strspn(s, "0123456789");
	uint64_t v;

	if (!io_parse_u64_n(s, n, LONGEST_MS, &v) || !v)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		if (!strcmp(s + n, units[i].unit) && v <= LONGEST_MS / units[i].ms) {
			*ret = (uint32_t)(v * units[i].ms);
			return true;
		}
	return false;
}

static int put(void *a, const char *line, struct err *e)
{
	return command_print(arena_printf(a, "%s\n", line), e);
}

static int run(struct invocation *i, struct err *e)
{
	const struct events_options *o = i->options;
	const struct event_sink sink = {.put = put, .data = i->a};
	uint32_t interval = DEFAULT_MS;
	int root = existing_root(i, e);

	if (root < 0)
		return root;
	if (o->interval && !parse_interval(o->interval, &interval))
		return err_set(e, ERR_USAGE, "--interval: '%s' is not a time like 500ms or 5s",
			       o->interval);
	return o->stats ? container_stats(root, i->words[0], &sink, i->a, e)
			: container_events(root, i->words[0], interval, &sink, i->a, e);
}

const struct command command_events = {
	.name = "events",
	.words = "ID",
	.help = "print statistics, and what the kernel killed for want of memory",
	.options = OPTIONS(table),
	.options_size = sizeof(struct events_options),
	.min = 1,
	.max = 1,
	.run = run,
};
