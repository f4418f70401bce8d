/*
 * The three documents that come in: config.json, a process, resources.
 *
 * owns:     the entry points of the decoder
 * may use:  base, the rest of oci
 * must not: touch anything but the document that it is given
 */
#include <string.h>

#include "oci/oci.h"
#include "oci/tables.h"
#include "oci/validate.h"

int oci_decode_spec(struct spec *ret, struct arena *a, const struct doc *d, struct err *e)
{
	struct spec *s = arena_alloc(a, sizeof(*s));
	int r = schema_decode(&spec_table, s, a, d, d->root, e);

	if (r == 0)
		r = validate_spec(s, a, e);
	if (r < 0)
		return doc_locate(d, e, r);
	*ret = *s;
	return 0;
}

const char *spec_annotation(const struct spec *s, const char *name)
{
	for (size_t i = 0; i < s->annotations.n; i++)
		if (!strcmp(s->annotations.v[i].key, name))
			return s->annotations.v[i].value;
	return NULL;
}

struct spec_seccomp spec_seccomp_of(const struct spec *s)
{
	const char *strict = spec_annotation(s, "run.oci.seccomp_fail_unknown_syscall");
	struct spec_seccomp seccomp = s->linux_.seccomp;

	seccomp.listener_at = "/linux/seccomp/listenerPath";
	if (seccomp.listener_path && !*seccomp.listener_path)
		seccomp.listener_path = NULL; /* as good as none: callers leave it empty */
	if (!seccomp.listener_path) {
		seccomp.listener_path = spec_annotation(s, "run.oci.seccomp.receiver");
		seccomp.listener_at = "/annotations/run.oci.seccomp.receiver";
	}
	if (!seccomp.listener_path) {
		seccomp.listener_path = seccomp.listener_env;
		seccomp.listener_at = NULL;
	}
	seccomp.fail_unknown = strict && strcmp(strict, "0") != 0;
	return seccomp;
}

int oci_decode_process(struct spec_process *ret, struct arena *a, const struct doc *d,
		       struct err *e)
{
	struct spec_process p = {0};
	int r = schema_decode(&process_table, &p, a, d, d->root, e);

	if (r == 0)
		r = validate_process(&p, e);
	if (r < 0)
		return doc_locate(d, e, r);
	*ret = p;
	return 0;
}

int oci_decode_resources(struct spec_resources *ret, struct arena *a, const struct doc *d,
			 struct err *e)
{
	struct spec_resources s = {0};
	int r = schema_decode(&resources_table, &s, a, d, d->root, e);

	if (r == 0)
		r = validate_resources(&s, a, e);
	if (r < 0)
		return doc_locate(d, e, r);
	*ret = s;
	return 0;
}
