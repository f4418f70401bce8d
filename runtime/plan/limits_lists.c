/*
 * owns:     the resources that are lists, each with its own loop
 * may use:  base, oci (types)
 * must not: touch a cgroup
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "runtime/base/fmt.h"
#include "runtime/plan/limits_build.h"

static void *grow(struct arena *a, const void *v, size_t n, size_t *room, size_t size)
{
	void *wider;

	if (n < *room)
		return (void *)(uintptr_t)v;
	*room = *room ? *room * 2 : 16;
	wider = arena_array(a, *room, size);
	if (n)
		memcpy(wider, v, n * size);
	return wider;
}

struct limit *limits_add(struct limits_build *b, const char *controller, const char *file,
			 const char *value, const char *pointer)
{
	struct limit *l;

	b->out.v = grow(b->a, b->out.v, b->out.n, &b->room, sizeof(*b->out.v));
	l = &b->out.v[b->out.n++];
	*l = (struct limit){
		.controller = controller,
		.file = file,
		.value = value,
		.pointer = arena_printf(b->a, "%s%s", b->pointer, pointer),
	};
	return l;
}

void limits_note(struct limits_build *b, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	fmt_vbuf(text, sizeof(text), fmt, ap);
	va_end(ap);
	b->out.notes.v =
		grow(b->a, b->out.notes.v, b->out.notes.n, &b->notes_room, sizeof(*b->out.notes.v));
	b->out.notes.v[b->out.notes.n++] = arena_strdup(b->a, text);
}

int limits_refuse(struct limits_build *b, const char *pointer, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	fmt_vbuf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return err_at(b->e, err_set(b->e, ERR_UNSUPPORTED, "%s", text), "%s%s", b->pointer,
		      pointer);
}

static const char *indexed(const struct limits_build *b, const char *list, size_t i)
{
	return arena_printf(b->a, "%s/%zu", list, i);
}

static int build_weight_devices(struct limits_build *b)
{
	size_t i;

	for (i = 0; i < b->r->block_io.weight_device.n; i++) {
		const struct spec_weight_device *d = &b->r->block_io.weight_device.v[i];
		const char *pointer = indexed(b, "/blockIO/weightDevice", i);
		const char *value = arena_printf(b->a, "%lld:%lld %u", (long long)d->major,
						 (long long)d->minor, d->weight.v);
		struct limit *l;

		if (d->leaf_weight.set && d->leaf_weight.v && b->version == LIMITS_V2)
			return limits_refuse(b, pointer, "cgroup v2 has no leafWeight");
		if (d->leaf_weight.set && d->leaf_weight.v)
			limits_add(b, "blkio", "blkio.leaf_weight_device",
				   arena_printf(b->a, "%lld:%lld %u", (long long)d->major,
						(long long)d->minor, d->leaf_weight.v),
				   pointer);
		if (!d->weight.set || !d->weight.v)
			continue;
		if (b->version == LIMITS_V1) {
			l = limits_add(b, "blkio", "blkio.weight_device", value, pointer);
			l->other_file = "blkio.bfq.weight_device";
			l->other_value = value;
			continue;
		}
		l = limits_add(b, "io", "io.bfq.weight", value, pointer);
		l->other_file = "io.weight";
		l->other_value = arena_printf(b->a, "%lld:%lld %llu", (long long)d->major,
					      (long long)d->minor,
					      (unsigned long long)limits_io_weight(d->weight.v));
	}
	return 0;
}

static void build_throttle(struct limits_build *b)
{
	const struct {
		const char *pointer, *v1, *v2;
		const struct spec_throttle_devices *list;
	} kinds[] = {
		{"/blockIO/throttleReadBpsDevice", "blkio.throttle.read_bps_device", "rbps",
		 &b->r->block_io.read_bps},
		{"/blockIO/throttleWriteBpsDevice", "blkio.throttle.write_bps_device", "wbps",
		 &b->r->block_io.write_bps},
		{"/blockIO/throttleReadIOPSDevice", "blkio.throttle.read_iops_device", "riops",
		 &b->r->block_io.read_iops},
		{"/blockIO/throttleWriteIOPSDevice", "blkio.throttle.write_iops_device", "wiops",
		 &b->r->block_io.write_iops},
	};
	size_t k, i;

	for (k = 0; k < ARRAY_LEN(kinds); k++)
		for (i = 0; i < kinds[k].list->n; i++) {
			const struct spec_throttle_device *d = &kinds[k].list->v[i];
			long long major = (long long)d->major, minor = (long long)d->minor;
			unsigned long long rate = d->rate;
			const char *pointer = indexed(b, kinds[k].pointer, i);

			if (b->version == LIMITS_V1)
				limits_add(b, "blkio", kinds[k].v1,
					   arena_printf(b->a, "%lld:%lld %llu", major, minor, rate),
					   pointer);
			else if (rate)
				limits_add(b, "io", "io.max",
					   arena_printf(b->a, "%lld:%lld %s=%llu", major, minor,
							kinds[k].v2, rate),
					   pointer);
			else /* v1's way to say no limit */
				limits_add(b, "io", "io.max",
					   arena_printf(b->a, "%lld:%lld %s=max", major, minor,
							kinds[k].v2),
					   pointer);
		}
}

/* "64KB", "2MB", "1GB": a part of a file name. */
static bool page_size_good(const char *s)
{
	size_t n = strspn(s, "0123456789");

	return n && *s != '0' && s[n] && strchr("KMG", s[n]) && !strcmp(s + n + 1, "B");
}

static int build_hugepages(struct limits_build *b)
{
	const bool v2 = b->version == LIMITS_V2 || b->base.hugetlb_v2;
	const char *suffix = v2 ? "max" : "limit_in_bytes";
	size_t i;

	for (i = 0; i < b->r->hugepage_limits.n; i++) {
		const char *size = b->r->hugepage_limits.v[i].page_size;
		const char *pointer = indexed(b, "/hugepageLimits", i);
		const char *value = arena_printf(
			b->a, "%llu", (unsigned long long)b->r->hugepage_limits.v[i].limit);

		if (!size || !page_size_good(size))
			return limits_refuse(b, pointer,
					     "pageSize '%s' is not of the form 2MB or 1GB",
					     size ? size : "");
		limits_add(b, "hugetlb", arena_printf(b->a, "hugetlb.%s.%s", size, suffix), value,
			   pointer);
		/* Reservations fail at mmap(2), where the other limit kills with SIGBUS later. */
		limits_add(b, "hugetlb", arena_printf(b->a, "hugetlb.%s.rsvd.%s", size, suffix),
			   value, pointer)
			->optional = true;
	}
	return 0;
}

static int build_network(struct limits_build *b)
{
	size_t i;

	for (i = 0; i < b->r->network.priorities.n; i++) {
		const struct spec_net_priority *p = &b->r->network.priorities.v[i];
		const char *pointer = indexed(b, "/network/priorities", i);

		if (b->version == LIMITS_V2)
			return limits_refuse(b, pointer, "cgroup v2 has nothing like it");
		limits_add(b, "net_prio", "net_prio.ifpriomap",
			   arena_printf(b->a, "%s %u", p->name, p->priority), pointer);
	}
	return 0;
}

static void build_rdma(struct limits_build *b)
{
	size_t i;

	for (i = 0; i < b->r->rdma.n; i++) {
		const struct spec_rdma *d = &b->r->rdma.v[i];
		char handles[32] = "", objects[32] = "";

		if (d->hca_handles.set)
			fmt_buf(handles, sizeof(handles), " hca_handle=%u", d->hca_handles.v);
		if (d->hca_objects.set)
			fmt_buf(objects, sizeof(objects), " hca_object=%u", d->hca_objects.v);
		if (*handles || *objects)
			limits_add(b, "rdma", "rdma.max",
				   arena_printf(b->a, "%s%s%s", d->device, handles, objects),
				   arena_printf(b->a, "/rdma/%s", d->device));
	}
}

/* Files of a cgroup through which a caller would do something else than set a resource. */
static bool unified_forbidden(const char *key)
{
	static const char *const keys[] = {"cgroup.procs", "cgroup.threads", "cgroup.kill",
					   "cgroup.subtree_control", "cgroup.freeze"};
	size_t i;

	for (i = 0; i < ARRAY_LEN(keys); i++)
		if (!strcmp(key, keys[i]))
			return true;
	return false;
}

/* The kernel takes one line per write; a value may have several (io.max). */
static void add_lines(struct limits_build *b, const char *controller, const char *file,
		      const char *value, const char *pointer)
{
	do {
		size_t n = strcspn(value, "\n");

		limits_add(b, controller, file, arena_strndup(b->a, value, n), pointer);
		value += n + (value[n] == '\n');
	} while (*value);
}

static int build_unified(struct limits_build *b)
{
	size_t i;

	for (i = 0; i < b->r->unified.n; i++) {
		const char *key = b->r->unified.v[i].key, *dot = strchr(key, '.');
		const char *pointer = arena_printf(b->a, "/unified/%s", key);

		if (b->version == LIMITS_V1)
			return limits_refuse(b, pointer,
					     "invalid configuration: unified needs cgroup v2");
		if (strchr(key, '/') || !dot || dot == key)
			return limits_refuse(b, pointer, "'%s' is not of the form CONTROLLER.FILE",
					     key);
		if (unified_forbidden(key))
			return limits_refuse(b, pointer, "'%s' is not a resource", key);
		add_lines(b,
			  strncmp(key, "cgroup.", 7) ? arena_strndup(b->a, key, (size_t)(dot - key))
						     : "",
			  key, b->r->unified.v[i].value, pointer);
	}
	return 0;
}

int limits_build_lists(struct limits_build *b)
{
	int r = build_weight_devices(b);

	if (r < 0)
		return r;
	build_throttle(b);
	r = build_hugepages(b);
	if (r < 0)
		return r;
	r = build_network(b);
	if (r < 0)
		return r;
	build_rdma(b);
	/* Last: what is asked for by the file's own name has the last word. */
	return build_unified(b);
}

#define ANY                                                                                        \
	{                                                                                          \
		.set = false                                                                       \
	}
#define NUMBER(x)                                                                                  \
	{                                                                                          \
		.set = true, .v = (x)                                                              \
	}
#define CHAR(ma, m)                                                                                \
	{                                                                                          \
		.allow = true, .type = "c", .major = ma, .minor = m, .access = "rwm"               \
	}

const struct spec_device_rule limits_default_devices[] = {
	{.allow = true, .type = "c", .access = "m"},
	{.allow = true, .type = "b", .access = "m"},
	CHAR(NUMBER(1), NUMBER(3)),   /* null */
	CHAR(NUMBER(1), NUMBER(5)),   /* zero */
	CHAR(NUMBER(1), NUMBER(7)),   /* full */
	CHAR(NUMBER(1), NUMBER(8)),   /* random */
	CHAR(NUMBER(1), NUMBER(9)),   /* urandom */
	CHAR(NUMBER(5), NUMBER(0)),   /* tty */
	CHAR(NUMBER(5), NUMBER(1)),   /* console */
	CHAR(NUMBER(5), NUMBER(2)),   /* ptmx */
	CHAR(NUMBER(136), ANY),       /* pts */
	CHAR(NUMBER(10), NUMBER(200)) /* net/tun, as the peers have it */
};
const size_t limits_default_devices_len = ARRAY_LEN(limits_default_devices);

static void add_device_v1(struct limits_build *b, const struct spec_device_rule *d,
			  const char *pointer)
{
	const char *file = d->allow ? "devices.allow" : "devices.deny";
	char major[24] = "*", minor[24] = "*";

	if (d->major.set && d->major.v >= 0)
		fmt_buf(major, sizeof(major), "%lld", (long long)d->major.v);
	if (d->minor.set && d->minor.v >= 0)
		fmt_buf(minor, sizeof(minor), "%lld", (long long)d->minor.v);
	limits_add(b, "devices", file,
		   !d->type || *d->type == 'a' ? "a"
					       : arena_printf(b->a, "%s %s:%s %s", d->type, major,
							      minor, d->access ? d->access : "rwm"),
		   pointer);
}

void limits_add_devices_v1(struct limits *l, struct arena *a, const struct spec_resources *r,
			   const char *pointer)
{
	struct limits_build b = {.a = a, .r = r, .pointer = pointer, .out = *l, .room = l->n};
	size_t i;

	for (i = 0; i < r->devices.n; i++)
		add_device_v1(&b, &r->devices.v[i], indexed(&b, "/devices", i));
	for (i = 0; r->devices.n && i < limits_default_devices_len; i++)
		add_device_v1(&b, &limits_default_devices[i], "/devices");
	*l = b.out;
}
