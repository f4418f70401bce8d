/*
 * Any bytes as config.json. Every value knows its line. What is accepted must come out of the
 * writer as something that is accepted again, with the same text.
 */
#include "oci/oci.h"
#include "oci/tables.h"

#include "fuzz.h"

static void check_lines(const struct doc *d, const struct node *n)
{
	uint32_t line, column;

	for (; n; n = n->next) {
		doc_position(d, n->offset, &line, &column);
		DEMAND(n->line == line);
		check_lines(d, n->first);
	}
}

static char *rewrite(struct arena *a, const char *text, size_t size)
{
	struct json_out o = json_begin(a, EMIT_COMPACT);
	struct err e = rubbish();
	struct spec s;
	struct doc d;

	if (refused(doc_parse(&d, a, text, size, &e), &e))
		return NULL;
	check_lines(&d, d.root);
	if (refused(oci_decode_spec(&s, a, &d, &e), &e))
		return NULL;
	schema_write(&o, &spec_table, &s);
	return json_end(&o);
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
