/*
 * Any bytes as linux.seccomp. A filter that comes out is one that the kernel could be given: it is
 * not empty, not too long, jumps forward and not beyond its end, and ends in a verdict.
 */
#include "oci/oci.h"
#include "seccomp/seccomp.h"

#include "fuzz.h"

static void check_filter(const struct seccomp_filter *f)
{
	DEMAND(f->n > 0 && f->n <= BPF_MAXINSNS);
	for (size_t i = 0; i < f->n; i++) {
		const struct sock_filter *in = &f->insns[i];
		size_t left = f->n - i - 1;

		if (BPF_CLASS(in->code) != BPF_JMP)
			continue;
		if (BPF_OP(in->code) == BPF_JA)
			DEMAND(in->k < left);
		else
			DEMAND(in->jt < left && in->jf < left);
	}
	DEMAND(BPF_CLASS(f->insns[f->n - 1].code) == BPF_RET);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char before[] = "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},"
				     "\"linux\":{\"seccomp\":";
	AUTO(arena) struct arena a = {0};
	struct err e = rubbish();
	struct seccomp_filter f;
	struct spec s;
	struct doc d;
	char *text;

	text = arena_printf(&a, "%s%.*s}}", before, (int)size, (const char *)data);
	if (refused(doc_parse(&d, &a, text, strlen(text), &e), &e) ||
	    refused(oci_decode_spec(&s, &a, &d, &e), &e) || !s.linux_.seccomp.set)
		return 0;
	if (refused(seccomp_compile(&f, &a, &s.linux_.seccomp, &e), &e))
		return 0;
	check_filter(&f);
	return 0;
}
