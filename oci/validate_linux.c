/*
 * Rules of config-linux.md that concern several properties, or the inside of a string.
 *
 * owns:     what can be judged by looking at `linux` alone
 * may use:  base, oci/spec
 * must not: look at the host, or decide what is done with a value
 */
#include "oci/validate.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>

#include "oci/doc.h"

/* --- namespaces and what needs one -------------------------------------------------------------
 */

static int check_namespaces(const struct spec_linux *l, struct arena *a, struct err *e)
{
	uint32_t seen = 0;

	(void)a;
	for (size_t i = 0; i < l->namespaces.n; i++) {
		uint32_t type = l->namespaces.v[i].type;

		if (seen & (1u << type))
			return err_at(e,
				      err_set(e, ERR_CONFIG_VALUE, "duplicate namespace \"%s\"",
					      ns_table[type].name),
				      "/namespaces/%zu/type", i);
		seen |= 1u << type;
	}
	return 0;
}

static int need_namespace(const struct spec_linux *l, enum ns_type type, const char *property,
			  struct err *e)
{
	int r;

	for (size_t i = 0; i < l->namespaces.n; i++) {
		if (l->namespaces.v[i].type == type)
			return 0;
	}
	r = err_set(e, ERR_CONFIG_VALUE, "needs a %s namespace", ns_table[type].name);
	r = err_hint(e, r, "add {\"type\": \"%s\"} to /linux/namespaces", ns_table[type].name);
	return err_at(e, r, "/%s", property);
}

static int check_idmaps(const struct spec_linux *l, struct arena *a, struct err *e)
{
	int r = 0;

	(void)a;
	if (l->uid_mappings.n > 0)
		r = need_namespace(l, NS_USER, "uidMappings", e);
	if (r == 0 && l->gid_mappings.n > 0)
		r = need_namespace(l, NS_USER, "gidMappings", e);
	if (r < 0)
		return r;
	r = validate_idmaps(&l->uid_mappings, e);
	if (r < 0)
		return err_at(e, r, "/uidMappings");
	r = validate_idmaps(&l->gid_mappings, e);
	if (r < 0)
		return err_at(e, r, "/gidMappings");
	return 0;
}

static int check_time(const struct spec_linux *l, struct arena *a, struct err *e)
{
	(void)a;
	return l->time_offsets.n > 0 ? need_namespace(l, NS_TIME, "timeOffsets", e) : 0;
}

/* What the kernel takes for the name of an interface (net/core/dev.c, dev_valid_name()); %d asks it
 * for a free number. */
static bool is_interface(const char *s)
{
	size_t n = strlen(s);

	return n > 0 && n < 16 && strcmp(s, ".") != 0 && strcmp(s, "..") != 0 &&
	       !strpbrk(s, "/: \t\n\v\f\r");
}

/* A template ends in %d; elsewhere the kernel does not take a %. */
static bool is_new_interface(const char *s)
{
	const char *percent = strchr(s, '%');

	return is_interface(s) && (!percent || !strcmp(percent, "%d"));
}

/* Two that are to be called the same, unless the kernel finds each its number. */
static bool is_taken(const struct spec_linux *l, size_t i, const char *name)
{
	for (size_t k = 0; k < i && !strchr(name, '%'); k++) {
		const struct spec_net_device *d = &l->net_devices.v[k];

		if (!strcmp(d->name ? d->name : d->host_name, name))
			return true;
	}
	return false;
}

static int check_net_devices(const struct spec_linux *l, struct arena *a, struct err *e)
{
	int r = l->net_devices.n > 0 ? need_namespace(l, NS_NET, "netDevices", e) : 0;

	for (size_t i = 0; r == 0 && i < l->net_devices.n; i++) {
		const struct spec_net_device *d = &l->net_devices.v[i];

		const bool found = is_interface(d->host_name);

		if (!found || (d->name && !is_new_interface(d->name)))
			r = err_set(e, ERR_CONFIG_VALUE, "not the name of a network device");
		else if (is_taken(l, i, d->name ? d->name : d->host_name))
			r = err_set(e, ERR_CONFIG_VALUE, "another device gets this name too");
		if (r < 0)
			r = err_at(e, r, "/netDevices/%s%s", doc_escape(a, d->host_name),
				   found && d->name ? "/name" : "");
	}
	return r;
}

/* --- devices, sysctl, personality --------------------------------------------------------------
 */

static int check_devices(const struct spec_linux *l, struct arena *a, struct err *e)
{
	(void)a;
	for (size_t i = 0; i < l->devices.n; i++) {
		const struct spec_device *d = &l->devices.v[i];

		if (d->type == 'p' || (d->major.set && d->minor.set))
			continue;
		return err_at(e,
			      err_set(e, ERR_CONFIG_MISSING, "required property \"%s\" is missing",
				      d->major.set ? "minor" : "major"),
			      "/devices/%zu", i);
	}
	return 0;
}

static int check_sysctl(const struct spec_linux *l, struct arena *a, struct err *e)
{
	int r = validate_keys(&l->sysctl, e);

	(void)a;
	return r < 0 ? err_at(e, r, "/sysctl") : 0;
}

static int check_personality(const struct spec_linux *l, struct arena *a, struct err *e)
{
	int r;

	(void)a;
	if (l->personality.flags.n == 0)
		return 0;
	r = err_set(e, ERR_CONFIG_VALUE, "the runtime-spec knows no flags yet");
	return err_at(e, r, "/personality/flags/0");
}

/* --- intelRdt, memoryPolicy --------------------------------------------------------------------
 */

static int check_intel_rdt(const struct spec_linux *l, struct arena *a, struct err *e)
{
	const struct spec_intel_rdt *rdt = &l->intel_rdt;
	const char *clos = rdt->clos_id, *bw = rdt->mem_bw_schema;
	int r;

	(void)a;
	if (clos && strcmp(clos, "/") != 0 &&
	    (strchr(clos, '/') || strcmp(clos, ".") == 0 || strcmp(clos, "..") == 0)) {
		r = err_set(e, ERR_CONFIG_VALUE, "expected the name of a directory, or \"/\"");
		return err_at(e, r, "/intelRdt/closID");
	}
	if (rdt->l3_cache_schema && strchr(rdt->l3_cache_schema, '\n'))
		return err_at(e, err_set(e, ERR_CONFIG_VALUE, "must be one line"),
			      "/intelRdt/l3CacheSchema");
	if (bw && (strncmp(bw, "MB:", 3) != 0 || strchr(bw, '\n'))) {
		r = err_set(e, ERR_CONFIG_VALUE, "expected one line that begins with MB:");
		return err_at(e, r, "/intelRdt/memBwSchema");
	}
	for (size_t i = 0; i < rdt->schemata.n; i++) {
		if (strchr(rdt->schemata.v[i], '\n'))
			return err_at(e, err_set(e, ERR_CONFIG_VALUE, "must be one line"),
				      "/intelRdt/schemata/%zu", i);
	}
	return 0;
}

/* --- seccomp -----------------------------------------------------------------------------------
 */

static int check_errno(const struct opt_u32 *value, uint32_t action, struct err *e)
{
	if (!value->set || action == SECCOMP_RET_ERRNO || action == SECCOMP_RET_TRACE)
		return 0;
	return err_set(e, ERR_CONFIG_VALUE, "only SCMP_ACT_ERRNO and SCMP_ACT_TRACE have an errno");
}

int validate_seccomp(const struct spec_seccomp *s, struct err *e)
{
	int r = check_errno(&s->default_errno_ret, s->default_action, e);

	if (r < 0)
		return err_at(e, r, "/defaultErrnoRet");
	if (s->listener_metadata && !s->listener_path)
		return err_at(e, err_set(e, ERR_CONFIG_VALUE, "needs listenerPath"),
			      "/listenerMetadata");
	for (size_t i = 0; i < s->syscalls.n; i++) {
		const struct spec_seccomp_rule *rule = &s->syscalls.v[i];

		r = check_errno(&rule->errno_ret, rule->action, e);
		if (r < 0)
			return err_at(e, r, "/syscalls/%zu/errnoRet", i);
	}
	return 0;
}

static int check_seccomp(const struct spec_linux *l, struct arena *a, struct err *e)
{
	int r = l->seccomp.set ? validate_seccomp(&l->seccomp, e) : 0;

	(void)a;
	return r < 0 ? err_at(e, r, "/seccomp") : 0;
}

/* --- resources ---------------------------------------------------------------------------------
 */

static int check_device_rules(const struct spec_resources *r, struct err *e)
{
	for (size_t i = 0; i < r->devices.n; i++) {
		const char *access = r->devices.v[i].access;

		if (access && access[strspn(access, "rwm")])
			return err_at(e, err_set(e, ERR_CONFIG_VALUE, "expected some of r, w, m"),
				      "/devices/%zu/access", i);
	}
	return 0;
}

/* As the kernel's bitmap_parselist() has them, words included: "0-3,7", "0-7:2/4", "all". */
static int check_list(const char *list, const char *name, struct err *e)
{
	if (!list || !list[strspn(list, "0123456789,-:/ Nal\n")])
		return 0;
	return err_at(e, err_set(e, ERR_CONFIG_VALUE, "expected a list like 0-3,7"), "/cpu/%s",
		      name);
}

static int check_cpu(const struct spec_resources *r, struct err *e)
{
	if (check_list(r->cpu.cpus, "cpus", e) < 0 || check_list(r->cpu.mems, "mems", e) < 0)
		return -EINVAL;
	if (!r->cpu.burst.set || !r->cpu.quota.set || r->cpu.quota.v <= 0 ||
	    r->cpu.burst.v <= (uint64_t)r->cpu.quota.v)
		return 0;
	return err_at(e, err_set(e, ERR_CONFIG_VALUE, "must not be larger than quota"),
		      "/cpu/burst");
}

static int check_network(const struct spec_resources *r, struct err *e)
{
	for (size_t i = 0; i < r->network.priorities.n; i++) {
		if (!is_interface(r->network.priorities.v[i].name))
			return err_at(
				e, err_set(e, ERR_CONFIG_VALUE, "not the name of a network device"),
				"/network/priorities/%zu/name", i);
	}
	return 0;
}

static int check_block_io(const struct spec_resources *r, struct err *e)
{
	for (size_t i = 0; i < r->block_io.weight_device.n; i++) {
		const struct spec_weight_device *d = &r->block_io.weight_device.v[i];

		if (!d->weight.set && !d->leaf_weight.set)
			return err_at(
				e, err_set(e, ERR_CONFIG_MISSING, "expected weight or leafWeight"),
				"/blockIO/weightDevice/%zu", i);
	}
	return 0;
}

/* "2MB": digits that do not begin with 0, a unit, B. */
static bool is_page_size(const char *s)
{
	size_t digits = strspn(s, "0123456789");

	return digits > 0 && s[0] != '0' && s[digits] && strchr("KMG", s[digits]) &&
	       strcmp(s + digits + 1, "B") == 0;
}

static int check_hugepages(const struct spec_resources *r, struct err *e)
{
	for (size_t i = 0; i < r->hugepage_limits.n; i++) {
		if (!is_page_size(r->hugepage_limits.v[i].page_size))
			return err_at(e, err_set(e, ERR_CONFIG_VALUE, "expected a size like 2MB"),
				      "/hugepageLimits/%zu/pageSize", i);
	}
	return 0;
}

static int check_rdma(const struct spec_resources *r, struct arena *a, struct err *e)
{
	for (size_t i = 0; i < r->rdma.n; i++) {
		const struct spec_rdma *d = &r->rdma.v[i];

		if (!d->hca_handles.set && !d->hca_objects.set)
			return err_at(
				e,
				err_set(e, ERR_CONFIG_MISSING, "expected hcaHandles or hcaObjects"),
				"/rdma/%s", doc_escape(a, d->device));
	}
	return 0;
}

/* A key is a file of the container's own cgroup, never a path out of it. */
static int check_unified(const struct spec_resources *r, struct arena *a, struct err *e)
{
	int bad = validate_keys(&r->unified, e);

	for (size_t i = 0; bad == 0 && i < r->unified.n; i++) {
		const char *key = r->unified.v[i].key;

		if (!strchr(key, '/') && strcmp(key, ".") != 0 && strcmp(key, "..") != 0)
			continue;
		bad = err_set(e, ERR_CONFIG_VALUE, "expected the name of a file");
		bad = err_at(e, bad, "/%s", doc_escape(a, key));
	}
	return bad < 0 ? err_at(e, bad, "/unified") : 0;
}

int validate_resources(const struct spec_resources *r, struct arena *a, struct err *e)
{
	int bad = check_device_rules(r, e);

	if (bad == 0)
		bad = check_cpu(r, e);
	if (bad == 0)
		bad = check_block_io(r, e);
	if (bad == 0)
		bad = check_network(r, e);
	if (bad == 0)
		bad = check_hugepages(r, e);
	if (bad == 0)
		bad = check_rdma(r, a, e);
	if (bad == 0)
		bad = check_unified(r, a, e);
	return bad;
}

static int check_resources(const struct spec_linux *l, struct arena *a, struct err *e)
{
	int r = validate_resources(&l->resources, a, e);

	return r < 0 ? err_at(e, r, "/resources") : 0;
}

int validate_linux(const struct spec_linux *l, struct arena *a, struct err *e)
{
	static int (*const checks[])(const struct spec_linux *l, struct arena *a, struct err *e) = {
		check_namespaces, check_idmaps,      check_time,      check_net_devices,
		check_devices,    check_sysctl,      check_resources, check_seccomp,
		check_intel_rdt,  check_personality,
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(checks); i++)
		r = checks[i](l, a, e);
	return r;
}
