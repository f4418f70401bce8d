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

static int refuse(struct builder *b, const char *pointer)
{
	err_set(b->e, ERR_UNSUPPORTED, "this property is not supported by this build");
	return err_at(b->e, -EINVAL, "%s", pointer);
}

/*
 * What follows "run.oci." in those of crun's annotations that ask for another container than the
 * rest of the config does, and are not acted on. Any other that nobody here knows is ignored, as
 * config.md "Annotations" demands.
 */
static const char *const refused[] = {"handler", "seccomp.plugins", "seccomp_bpf_data",
				      "systemd.force_cgroup_v1"};

static int check_annotation(struct builder *b, const char *key)
{
	static const char prefix[] = "run.oci.";

	if (strncmp(key, prefix, strlen(prefix)) != 0)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(refused); i++)
		if (!strcmp(key + strlen(prefix), refused[i]))
			return refuse(b, PTR(b, "/annotations/%s", doc_escape(b->a, key)));
	return 0;
}

int plan_unsupported(struct builder *b)
{
	for (size_t i = 0; i < b->spec->annotations.n; i++) {
		int r = check_annotation(b, b->spec->annotations.v[i].key);

		if (r < 0)
			return r;
	}
	return 0;
}
