/*
 * What the spec allows and this build does not do.
 *
 * owns:     the one list of such properties
 * may use:  base, oci (types)
 * must not: let any of them pass in silence
 */
#include <errno.h>
#include <string.h>

#include "runtime/plan/builder.h"

static bool has_intel_rdt(const struct spec *s)
{
	return s->linux_.intel_rdt.set;
}

static const struct {
	const char *pointer;
	bool (*given)(const struct spec *s);
} unsupported[] = {
	{"/linux/intelRdt", has_intel_rdt},
};

/* crun's, beside or instead of linux.seccomp: a filter as it is, and programs to load. */
static const char *const unsupported_annotations[] = {
	"/annotations/run.oci.seccomp_bpf_data",
	"/annotations/run.oci.seccomp.plugins",
};

static int refuse(struct builder *b, const char *pointer)
{
	err_set(b->e, ERR_UNSUPPORTED, "this property is not supported by this build");
	return err_at(b->e, -EINVAL, "%s", pointer);
}

int plan_unsupported(struct builder *b)
{
	for (size_t i = 0; i < ARRAY_LEN(unsupported); i++)
		if (unsupported[i].given(b->spec))
			return refuse(b, unsupported[i].pointer);
	for (size_t i = 0; i < ARRAY_LEN(unsupported_annotations); i++)
		if (spec_annotation(b->spec, strrchr(unsupported_annotations[i], '/') + 1))
			return refuse(b, unsupported_annotations[i]);
	return 0;
}
