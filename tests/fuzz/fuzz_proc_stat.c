/*
 * Any bytes as /proc/PID/stat: the program's name in it is the container's choice.
 */
#include "runtime/sys/process.c"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(free_ptr) char *text = text_of(data, size);
	uint64_t start = 0;
	char state = '\0', *renamed;

	if (parse_stat(text, &start, &state) < 0) {
		DEMAND(start == 0 && state == '\0');
		return 0;
	}
	DEMAND(state != '\0');
	/* a name that looks like the rest of the line changes nothing */
	renamed = malloc(strlen(text) + 32);
	DEMAND(renamed);
	sprintf(renamed, "1 (x) R 1 2 3) %s", text);
	start = 0;
	DEMAND(parse_stat(renamed, &start, &state) == 0);
	free(renamed);
	return 0;
}
