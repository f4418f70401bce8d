/*
 * What the spec allows and this build does not do.
 *
 * owns:     the one list of such properties
 * may use:  base, oci (types)
 * must not: let any of them pass in silence
 */
#include <errno.h>

#include "runtime/plan/builder.h"

static bool has_listener(const struct spec *s)
{
	return s->linux_.seccomp.listener_path;
}

static bool has_intel_rdt(const struct spec *s)
{
	return s->linux_.intel_rdt.set;
}

static const struct {
	const char *pointer;
	bool (*given)(const struct spec *s);
} unsupported[] = {
	{"/linux/seccomp/listenerPath", has_listener},
	{"/linux/intelRdt", has_intel_rdt},
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
	return 0;
}
