/*
 * Any bytes as state.json. What is accepted is written and accepted again, and can be shown.
 */
#include "oci/oci.h"

#include "fuzz.h"

static char *rewrite(struct arena *a, const char *text, size_t size)
{
	struct err e = rubbish();
	const struct state *list[1];
	struct state s;
	struct doc d;
	char *shown;

	if (refused(oci_decode_state_file(&s, a, text, size, &e), &e))
		return NULL;
	DEMAND(s.id && s.bundle && s.status < STATUS_COUNT);
	list[0] = &s;
	shown = oci_emit_state_list(a, list, 1);
	DEMAND(doc_parse(&d, a, shown, strlen(shown), &e) == 0);
	shown = oci_emit_hook_state(a, &s);
	DEMAND(doc_parse(&d, a, shown, strlen(shown), &e) == 0);
	return oci_emit_state_file(a, &s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena) struct arena a = {0};
	AUTO(free_ptr) char *text = text_of(data, size);
	char *first = rewrite(&a, text, size), *second;

	if (!first)
		return 0;
	second = rewrite(&a, first, strlen(first));
	DEMAND(second && strcmp(first, second) == 0);
	return 0;
}
