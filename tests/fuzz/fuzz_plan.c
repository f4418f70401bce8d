/*
 * Any bytes as config.json, planned for root and for a plain user.
 */
#include "plans.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(free_ptr) char *text = text_of(data, size);

	plan_for_all(text, size);
	return 0;
}
