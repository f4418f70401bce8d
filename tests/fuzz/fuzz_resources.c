/*
 * Any bytes as linux.resources: limits for both versions of cgroups, device rules for both, and
 * properties for systemd. No write names a file elsewhere or holds a line break.
 */
#include "oci/oci.h"
#include "runtime/plan/cgroup_plan.h"

#include "fuzz.h"

static void check_limits(const struct limits *l)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct limit *w = &l->v[i];

		DEMAND(w->controller && w->file && w->value && w->pointer);
		DEMAND(*w->file && !strchr(w->file, '/') && strcmp(w->file, "..") != 0);
		DEMAND(!w->other_file || (w->other_value && !strchr(w->other_file, '/')));
	}
}

static void convert(struct arena *a, const struct spec_resources *r, enum limits_version version)
{
	const struct limits_base base = {.memory_limit = {true, 1 << 20},
					 .cpu_quota = {true, 5000}};
	struct unit_properties properties = {0};
	struct err e = rubbish();
	struct limits l = {0};

	if (!refused(limits_build(&l, a, r, version, &base, "", &e), &e))
		check_limits(&l);
	e = rubbish();
	if (refused(limits_build(&l, a, r, version, NULL, "/linux/resources", &e), &e))
		return;
	check_limits(&l);
	if (version == LIMITS_V1)
		limits_add_devices_v1(&l, a, r, "/linux/resources");
	else
		refused(unit_from_limits(&properties, a, &l, &e), &e);
	check_limits(&l);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena) struct arena a = {0};
	AUTO(free_ptr) char *text = text_of(data, size);
	struct err e = rubbish();
	struct spec_resources r;
	struct devfilter f;
	struct doc d;

	if (refused(doc_parse(&d, &a, text, size, &e), &e) ||
	    refused(oci_decode_resources(&r, &a, &d, &e), &e))
		return 0;
	for (enum limits_version v = LIMITS_V1; v < LIMITS_VERSION_COUNT; v++)
		convert(&a, &r, v);
	e = rubbish();
	if (!refused(devfilter_build(&f, &a, &r, "/linux/resources", &e), &e) && f.n > 0)
		DEMAND(f.insns[f.n - 1].code == (BPF_JMP | BPF_EXIT));
	return 0;
}
