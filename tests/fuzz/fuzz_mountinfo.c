/*
 * Any bytes as /proc/PID/mountinfo, of which a container chooses much: both readers find the same
 * mount points. And as the files of numbers beside it: maps of ids and status.
 */
/* fuzz.h has one, too */
#define text_of mount_text_of
#include "runtime/host/mounts_seen.c"
#undef text_of

#include "fuzz.h"

/* A mount point as the one reader finds it, in memory of its own; the other's must be the same. */
static void read_line(struct arena *a, const char *line)
{
	struct inspected_mount m = {0};
	char *point = mountinfo_point(arena_strdup(a, line));

	DEMAND(!point || strlen(point) <= strlen(line));
	if (!parse_line(&m, arena_strdup(a, line)))
		return;
	DEMAND(m.root && m.type && m.target && point && !strcmp(m.target, point));
	DEMAND(m.propagation);
}

static void read_numbers(struct arena *a, const char *text)
{
	struct id_ranges map = {0};
	uint32_t number[4] = {0};
	uint64_t bits = 0;
	const char *value = procinfo_value(text, "Gid");

	if (procinfo_parse_map(&map, a, text))
		DEMAND(map.n <= strlen(text));
	DEMAND(procinfo_numbers(text, "Gid", number, ARRAY_LEN(number)) <= ARRAY_LEN(number));
	DEMAND(!value || (value > text && value <= text + strlen(text)));
	(void)!procinfo_octal(text, "Umask", number);
	(void)!procinfo_bits(text, "CapInh", &bits);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena) struct arena a = {0};
	AUTO(free_ptr) char *text = text_of(data, size);
	char *rest = text, *line;

	read_numbers(&a, text);
	while ((line = strsep(&rest, "\n")))
		read_line(&a, line);
	return 0;
}
