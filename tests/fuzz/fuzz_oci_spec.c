/*
 * libFuzzer: any bytes as config.json. What is accepted must come out of the writer as something
 * that is accepted again, with the same text.
 *
 *	clang -g -fsanitize=fuzzer,address,undefined -std=gnu17 -D_GNU_SOURCE -I. -o fuzz \
 *		tests/fuzz/fuzz_oci_spec.c oci/[a-z]*.c runtime/base/[a-z]*.c -lyajl
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "oci/oci.h"
#include "oci/tables.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *rewrite(struct arena *a, const char *text, size_t size)
{
	struct json_out o = json_begin(a, EMIT_COMPACT);
	struct spec s;
	struct err e;
	struct doc d;

	if (doc_parse(&d, a, text, size, &e) < 0 || oci_decode_spec(&s, a, &d, &e) < 0)
		return NULL;
	schema_write(&o, &spec_table, &s);
	return json_end(&o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena) struct arena a = {0};
	char *first = rewrite(&a, (const char *)data, size), *second;

	if (!first)
		return 0;
	second = rewrite(&a, first, strlen(first));
	if (!second || strcmp(first, second) != 0)
		abort();
	return 0;
}
