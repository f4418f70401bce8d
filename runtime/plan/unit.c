/*
 * owns:     the table of v2 files that systemd has a property for
 * may use:  base
 * must not: speak D-Bus
 */
#include "runtime/plan/unit.h"

#include <errno.h>
#include <string.h>

#include "runtime/base/io.h"

enum { CPUS_MAX = 8192, USEC_PER_SEC = 1000000, CPU_QUOTA_STEP = 10000 };

struct unit_property *unit_add(struct unit_properties *u, struct arena *a, const char *name,
			       enum unit_type type)
{
	struct unit_property *p;

	if (u->n == u->room) {
		struct unit_property *wider =
			arena_array(a, u->room = u->room ? u->room * 2 : 16, sizeof(*wider));

		if (u->n)
			memcpy(wider, u->v, u->n * sizeof(*wider));
		u->v = wider;
	}
	p = &u->v[u->n++];
	*p = (struct unit_property){.name = name, .type = type};
	return p;
}

struct conversion {
	struct unit_properties *u;
	struct arena *a;
	const struct limit *l;
};

struct property {
	const char *file, *name;
	bool (*convert)(struct conversion *c, const char *name);
};

/* n bytes of digits, or "max", which systemd calls infinity. */
static bool parse_max(const char *s, size_t n, uint64_t *ret)
{
	if (n == 3 && !memcmp(s, "max", 3)) {
		*ret = UINT64_MAX;
		return true;
	}
	return io_parse_u64_n(s, n, UINT64_MAX, ret);
}

static bool convert_u64(struct conversion *c, const char *name)
{
	uint64_t v;

	if (!parse_max(c->l->value, strlen(c->l->value), &v))
		return false;
	unit_add(c->u, c->a, name, UNIT_UINT64)->number = v;
	return true;
}

/* 0 is no valid TasksMax; the file itself is written as well and has the last word. */
static bool convert_tasks(struct conversion *c, const char *name)
{
	if (!convert_u64(c, name))
		return false;
	if (!c->u->v[c->u->n - 1].number)
		c->u->v[c->u->n - 1].number = 1;
	return true;
}

/* A CPUWeight of 0 is systemd's word for cpu.idle. */
static bool convert_idle(struct conversion *c, const char *name)
{
	if (!strcmp(c->l->value, "1"))
		unit_add(c->u, c->a, name, UNIT_UINT64)->number = 0;
	return true;
}

/* "QUOTA [PERIOD]" -> microseconds per second, which systemd keeps in steps of 10 ms. */
static bool convert_cpu_max(struct conversion *c, const char *name)
{
	const char *s = c->l->value;
	size_t n = strcspn(s, " ");
	uint64_t quota, period = 100000;

	if (!parse_max(s, n, &quota))
		return false;
	if (s[n] && (!io_parse_u64(s + n + 1, USEC_PER_SEC, &period) || !period))
		return false;
	if (quota != UINT64_MAX) {
		if (quota > UINT64_MAX / USEC_PER_SEC)
			return false;
		quota = quota * USEC_PER_SEC / period;
		quota = (quota + CPU_QUOTA_STEP - 1) / CPU_QUOTA_STEP * CPU_QUOTA_STEP;
	}
	unit_add(c->u, c->a, name, UNIT_UINT64)->number = quota;
	if (s[n])
		unit_add(c->u, c->a, "CPUQuotaPeriodUSec", UNIT_UINT64)->number = period;
	return true;
}

/* "0-3,8" -> a bit mask, the lowest number in the lowest bit of the first byte. */
static bool convert_set(struct conversion *c, const char *name)
{
	uint8_t *mask = arena_alloc(c->a, CPUS_MAX / 8);
	const char *s = c->l->value;
	struct unit_property *p;
	size_t bytes = 0;

	while (*s) {
		size_t n = strcspn(s, ","), dash = strcspn(s, "-,");
		uint64_t from, to;

		if (!io_parse_u64_n(s, dash, CPUS_MAX - 1, &from))
			return false;
		to = from;
		if (dash < n && !io_parse_u64_n(s + dash + 1, n - dash - 1, CPUS_MAX - 1, &to))
			return false;
		for (; from <= to; from++)
			mask[from / 8] |= (uint8_t)(1 << from % 8);
		if (to / 8 + 1 > bytes)
			bytes = to / 8 + 1;
		s += n + (s[n] == ',');
	}
	p = unit_add(c->u, c->a, name, UNIT_BYTES);
	p->bytes.v = mask;
	p->bytes.n = bytes;
	return true;
}

static void add_device(struct conversion *c, const char *name, const char *device, size_t n,
		       uint64_t v)
{
	struct unit_property *p = unit_add(c->u, c->a, name, UNIT_DEVICE);

	p->text = arena_printf(c->a, "/dev/block/%.*s", (int)n, device);
	p->number = v;
}

/* "WEIGHT", "default WEIGHT" or "MAJOR:MINOR WEIGHT". */
static bool convert_io_weight(struct conversion *c, const char *name)
{
	const char *s = c->l->other_value ? c->l->other_value : c->l->value;
	size_t n = strcspn(s, " ");
	uint64_t v;

	if (!io_parse_u64(s[n] ? s + n + 1 : s, UINT64_MAX, &v))
		return false;
	if (!s[n] || !strncmp(s, "default ", 8))
		unit_add(c->u, c->a, name, UNIT_UINT64)->number = v;
	else
		add_device(c, "IODeviceWeight", s, n, v);
	return true;
}

/* "MAJOR:MINOR KEY=VALUE ...". */
static bool convert_io_max(struct conversion *c, const char *name)
{
	static const char *const keys[][2] = {
		{"rbps=", "IOReadBandwidthMax"},
		{"wbps=", "IOWriteBandwidthMax"},
		{"riops=", "IOReadIOPSMax"},
		{"wiops=", "IOWriteIOPSMax"},
	};
	const char *s = c->l->value;
	size_t device = strcspn(s, " "), i;

	(void)name;
	for (s += device; *(s += strspn(s, " ")); s += strcspn(s, " ")) {
		size_t len = strcspn(s, " ");
		uint64_t v;

		for (i = 0; i < ARRAY_LEN(keys) && strncmp(s, keys[i][0], strlen(keys[i][0])); i++)
			;
		if (i == ARRAY_LEN(keys))
			return false;
		if (!parse_max(s + strlen(keys[i][0]), len - strlen(keys[i][0]), &v))
			return false;
		add_device(c, keys[i][1], c->l->value, device, v);
	}
	return true;
}

static const struct property properties[] = {
	{"memory.max", "MemoryMax", convert_u64},
	{"memory.low", "MemoryLow", convert_u64},
	{"memory.min", "MemoryMin", convert_u64},
	{"memory.high", "MemoryHigh", convert_u64},
	{"memory.swap.max", "MemorySwapMax", convert_u64},
	{"pids.max", "TasksMax", convert_tasks},
	{"cpu.weight", "CPUWeight", convert_u64},
	{"cpu.idle", "CPUWeight", convert_idle},
	{"cpu.max", "CPUQuotaPerSecUSec", convert_cpu_max},
	{"cpuset.cpus", "AllowedCPUs", convert_set},
	{"cpuset.mems", "AllowedMemoryNodes", convert_set},
	{"io.bfq.weight", "IOWeight", convert_io_weight},
	{"io.weight", "IOWeight", convert_io_weight},
	{"io.max", "IOReadBandwidthMax", convert_io_max},
};

int unit_from_limits(struct unit_properties *u, struct arena *a, const struct limits *l,
		     struct err *e)
{
	size_t i, k;

	for (i = 0; i < l->n; i++) {
		struct conversion c = {.u = u, .a = a, .l = &l->v[i]};

		for (k = 0; k < ARRAY_LEN(properties); k++)
			if (!strcmp(l->v[i].file, properties[k].file))
				break;
		if (k == ARRAY_LEN(properties) || properties[k].convert(&c, properties[k].name))
			continue;
		return err_at(e,
			      err_set(e, ERR_CONFIG_VALUE,
				      "'%s' is not a value that systemd takes for %s",
				      l->v[i].value, properties[k].name),
			      "%s", l->v[i].pointer);
	}
	return 0;
}
