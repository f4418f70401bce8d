/*
 * Rules of config.md that concern several properties, or the inside of a string.
 *
 * owns:     what can be judged by looking at config.json alone
 * may use:  base, oci/spec
 * must not: look at the host, or decide what is done with a value
 */
#include "oci/validate.h"

#include <string.h>

#include "oci/doc.h"
#include "oci/oci.h"
#include "oci/semver.h"

enum { ID_MAP_LINES_MAX = 340 }; /* user_namespaces(7) */

static bool overlap(uint32_t a, uint32_t an, uint32_t b, uint32_t bn)
{
	return (uint64_t)a < (uint64_t)b + bn && (uint64_t)b < (uint64_t)a + an;
}

int validate_idmaps(const struct spec_idmaps *m, struct err *e)
{
	if (m->n > ID_MAP_LINES_MAX)
		return err_set(e, ERR_CONFIG_VALUE, "%zu mappings, the kernel takes %d", m->n,
			       ID_MAP_LINES_MAX);
	for (size_t i = 0; i < m->n; i++) {
		const struct spec_idmap *x = &m->v[i];

		if ((uint64_t)x->container_id + x->size > UINT32_MAX ||
		    (uint64_t)x->host_id + x->size > UINT32_MAX)
			return err_at(e,
				      err_set(e, ERR_CONFIG_VALUE,
					      "the range ends beyond the last id, %u",
					      UINT32_MAX - 1),
				      "/%zu", i);
		for (size_t k = 0; k < i; k++) {
			const struct spec_idmap *y = &m->v[k];

			if (overlap(x->container_id, x->size, y->container_id, y->size) ||
			    overlap(x->host_id, x->size, y->host_id, y->size))
				return err_at(e,
					      err_set(e, ERR_CONFIG_VALUE,
						      "overlaps with mapping %zu", k),
					      "/%zu", i);
		}
	}
	return 0;
}

int validate_keys(const struct string_map *m, struct err *e)
{
	for (size_t i = 0; i < m->n; i++) {
		if (m->v[i].key[0] == '\0')
			return err_at(e, err_set(e, ERR_CONFIG_VALUE, "a key must not be empty"),
				      "/");
	}
	return 0;
}

/* --- process -----------------------------------------------------------------------------------
 */

static int check_args(const struct spec_process *p, struct err *e)
{
	if (p->args.v[0][0] == '\0')
		return err_at(e, err_set(e, ERR_CONFIG_VALUE, "must not be empty"), "/args/0");
	return 0;
}

static int check_env(const struct strings *env, struct err *e)
{
	for (size_t i = 0; i < env->n; i++) {
		const char *equals = strchr(env->v[i], '=');

		if (!equals || equals == env->v[i])
			return err_at(e, err_set(e, ERR_CONFIG_VALUE, "expected NAME=value"),
				      "/env/%zu", i);
	}
	return 0;
}

static int check_rlimits(const struct spec_process *p, struct err *e)
{
	uint64_t seen = 0; /* RLIMIT_* are small numbers */

	for (size_t i = 0; i < p->rlimits.n; i++) {
		const struct spec_rlimit *l = &p->rlimits.v[i];

		if (seen & (UINT64_C(1) << l->type))
			return err_at(e, err_set(e, ERR_CONFIG_VALUE, "duplicate limit"),
				      "/rlimits/%zu/type", i);
		seen |= UINT64_C(1) << l->type;
		if (l->soft > l->hard)
			return err_at(
				e,
				err_set(e, ERR_CONFIG_VALUE, "%llu is above the hard limit, %llu",
					(unsigned long long)l->soft, (unsigned long long)l->hard),
				"/rlimits/%zu/soft", i);
	}
	return 0;
}

static int check_cpu_list(const char *list, const char *name, struct err *e)
{
	if (list && list[strspn(list, "0123456789, -")])
		return err_at(e, err_set(e, ERR_CONFIG_VALUE, "expected a list of CPUs like 0-3,7"),
			      "/execCPUAffinity/%s", name);
	return 0;
}

int validate_process(const struct spec_process *p, struct err *e)
{
	int r = check_args(p, e);

	if (r == 0)
		r = check_env(&p->env, e);
	if (r == 0)
		r = check_rlimits(p, e);
	if (r == 0)
		r = check_cpu_list(p->exec_cpu_affinity.initial, "initial", e);
	if (r == 0)
		r = check_cpu_list(p->exec_cpu_affinity.final, "final", e);
	return r;
}

/* --- the rest ----------------------------------------------------------------------------------
 */

static int check_version(const struct spec *s, struct arena *a, struct err *e)
{
	uint64_t major = 0;
	int r;

	(void)a;
	if (!semver_major(s->oci_version, &major)) {
		r = err_set(e, ERR_CONFIG_VALUE, "expected a version like %s, found \"%.40s\"",
			    OCI_VERSION, s->oci_version);
		return err_at(e, r, "/ociVersion");
	}
	if (major == 1)
		return 0;
	r = err_set(e, ERR_CONFIG_VALUE, "version %.40s of the runtime-spec is not supported",
		    s->oci_version);
	r = err_hint(e, r, "rundlet implements %s and accepts every 1.x", OCI_VERSION);
	return err_at(e, r, "/ociVersion");
}

static int check_process(const struct spec *s, struct arena *a, struct err *e)
{
	int r = s->process.set ? validate_process(&s->process, e) : 0;

	(void)a;
	return r < 0 ? err_at(e, r, "/process") : 0;
}

static int check_mount(const struct spec_mount *m, struct err *e)
{
	int r;

	if ((m->uid_mappings.n > 0) != (m->gid_mappings.n > 0)) {
		r = err_set(e, ERR_CONFIG_MISSING, "uidMappings and gidMappings go together");
		return err_at(e, r, m->uid_mappings.n > 0 ? "/uidMappings" : "/gidMappings");
	}
	r = validate_idmaps(&m->uid_mappings, e);
	if (r < 0)
		return err_at(e, r, "/uidMappings");
	r = validate_idmaps(&m->gid_mappings, e);
	if (r < 0)
		return err_at(e, r, "/gidMappings");
	return 0;
}

static int check_mounts(const struct spec *s, struct arena *a, struct err *e)
{
	int r;

	(void)a;
	for (size_t i = 0; i < s->mounts.n; i++) {
		r = check_mount(&s->mounts.v[i], e);
		if (r < 0)
			return err_at(e, r, "/mounts/%zu", i);
	}
	return 0;
}

/* Setting a name without an own uts namespace would rename the host. */
static int check_names(const struct spec *s, struct arena *a, struct err *e)
{
	bool uts = false;
	int r;

	(void)a;
	for (size_t i = 0; i < s->linux_.namespaces.n; i++)
		uts |= s->linux_.namespaces.v[i].type == NS_UTS;
	if (uts || (!s->hostname && !s->domainname))
		return 0;
	r = err_set(e, ERR_CONFIG_VALUE, "needs a uts namespace");
	r = err_hint(e, r, "add {\"type\": \"uts\"} to /linux/namespaces");
	return err_at(e, r, s->hostname ? "/hostname" : "/domainname");
}

static int check_hooks(const struct spec *s, struct arena *a, struct err *e)
{
	(void)a;
	for (size_t kind = 0; kind < HOOK_COUNT; kind++) {
		for (size_t i = 0; i < s->hooks[kind].n; i++) {
			int r = check_env(&s->hooks[kind].v[i].env, e);

			if (r < 0)
				return err_at(e, r, "/hooks/%s/%zu", hook_names[kind], i);
		}
	}
	return 0;
}

static int check_annotations(const struct spec *s, struct arena *a, struct err *e)
{
	int r = validate_keys(&s->annotations, e);

	(void)a;
	return r < 0 ? err_at(e, r, "/annotations") : 0;
}

static int check_linux(const struct spec *s, struct arena *a, struct err *e)
{
	int r = validate_linux(&s->linux_, a, e);

	return r < 0 ? err_at(e, r, "/linux") : 0;
}

int validate_spec(const struct spec *s, struct arena *a, struct err *e)
{
	static int (*const checks[])(const struct spec *s, struct arena *a, struct err *e) = {
		check_version, check_process,     check_mounts, check_names,
		check_hooks,   check_annotations, check_linux,
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(checks); i++)
		r = checks[i](s, a, e);
	return r;
}
