/*
 * Any bytes as a path, and as a version: normalising is done once and for all, and never climbs.
 */
#include "oci/semver.h"
#include "runtime/base/path.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena) struct arena a = {0};
	AUTO(free_ptr) char *text = text_of(data, size);
	char *path = path_normalize(&a, text), *again = path_normalize(&a, path);
	uint64_t major;

	DEMAND(path[0] == '/' && strcmp(path, again) == 0);
	DEMAND(!strstr(path, "//") && !strstr(path, "/../") && !strstr(path, "/./"));
	DEMAND(path_below(path, "/") && path_below(path, path));
	DEMAND(strchr(path_base(path), '/') == NULL);
	if (semver_major(text, &major))
		DEMAND(text[0] >= '0' && text[0] <= '9' && strlen(text) >= 5);
	return 0;
}
