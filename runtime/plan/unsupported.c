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

static int refuse(struct builder *b, const char *pointer)
{
	err_set(b->e, ERR_UNSUPPORTED, "this property is not supported by this build");
	return err_at(b->e, -EINVAL, "%s", pointer);
}

/* crun's annotations that are acted on. Others have authors of their own, and are none of ours. */
static const char *const annotations[] = {
	"run.oci.delegate-cgroup",    "run.oci.hooks.stderr",
	"run.oci.hooks.stdout",       "run.oci.keep_original_groups",
	"run.oci.mount_context_type", "run.oci.pidfd_receiver",
	"run.oci.seccomp.receiver",   "run.oci.seccomp_fail_unknown_syscall",
	"run.oci.systemd.subgroup",
};

static int check_annotation(struct builder *b, const char *key)
{
	if (strncmp(key, "run.oci.", strlen("run.oci.")) != 0)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(annotations); i++)
		if (!strcmp(key, annotations[i]))
			return 0;
	err_set(b->e, ERR_UNSUPPORTED, "this property is not supported by this build");
	return err_at(b->e, -EINVAL, "/annotations/%s", doc_escape(b->a, key));
}

int plan_unsupported(struct builder *b)
{
	for (size_t i = 0; i < b->spec->annotations.n; i++) {
		int r = check_annotation(b, b->spec->annotations.v[i].key);

		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < ARRAY_LEN(unsupported); i++)
		if (unsupported[i].given(b->spec))
			return refuse(b, unsupported[i].pointer);
	return 0;
}
