/*
 * Writes the seccomp filter that rundlet makes of a config.json to standard output, for
 * tests/bench/floor: with the same filter on both sides, what differs is not the filter.
 *
 *	filter <config.json >FILTER
 */
#include <stdio.h>

#include "oci/oci.h"
#include "seccomp/seccomp.h"

static int fail(const struct err *e)
{
	char line[4096];

	err_render(e, NULL, line, sizeof(line));
	fprintf(stderr, "filter: %s\n", line);
	return 1;
}

int main(void)
{
	AUTO(arena) struct arena a = {0};
	size_t size = 1 << 20, n;
	char *text = arena_alloc(&a, size);
	struct seccomp_filter f;
	struct spec s;
	struct doc d;
	struct err e;

	n = fread(text, 1, size, stdin);
	if (doc_parse(&d, &a, text, n, &e) < 0 || oci_decode_spec(&s, &a, &d, &e) < 0)
		return fail(&e);
	if (!s.linux_.seccomp.set)
		return 0;
	if (seccomp_compile(&f, &a, &s.linux_.seccomp, &e) < 0)
		return fail(&e);
	return fwrite(f.insns, sizeof(*f.insns), f.n, stdout) != f.n;
}
