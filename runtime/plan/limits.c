/*
 * owns:     the table: property, how it is stored, and its form on cgroup v1 and on v2
 * may use:  base, oci (types)
 * must not: touch a cgroup
 */
#include "runtime/plan/limits.h"

#include <errno.h>
#include <string.h>

#include "runtime/plan/limits_build.h"

enum field { FIELD_I64, FIELD_U64, FIELD_U32, FIELD_BOOL, FIELD_TEXT };

struct row;

/* One side of a row. No emit: this version has nothing like the property. */
struct form {
	const char *controller, *file;
	int (*emit)(struct limits_build *b, const struct row *row, const struct form *form);
};

struct row {
	const char *pointer;
	enum field field;
	size_t offset;   /* in struct spec_resources, of an opt_… or a string */
	bool zero_unset; /* callers write 0 where they mean nothing, and the peers read it so */
	struct form form[LIMITS_VERSION_COUNT];
};

/* The property's value, as text and, where it is a number, as one. */
struct value {
	const char *text;
	int64_t n; /* INT64_MAX for what does not fit */
};

static bool row_value(const struct limits_build *b, const struct row *row, struct value *ret)
{
	const char *at = (const char *)b->r + row->offset;
	struct opt_i64 i = {0};
	struct opt_u64 u = {0};

	switch (row->field) {
	case FIELD_I64:
		i = *(const struct opt_i64 *)(const void *)at;
		break;
	case FIELD_U64:
		u = *(const struct opt_u64 *)(const void *)at;
		break;
	case FIELD_U32:
		u.set = ((const struct opt_u32 *)(const void *)at)->set;
		u.v = ((const struct opt_u32 *)(const void *)at)->v;
		break;
	case FIELD_BOOL:
		u.set = ((const struct opt_bool *)(const void *)at)->set;
		u.v = ((const struct opt_bool *)(const void *)at)->v;
		break;
	case FIELD_TEXT:
		ret->text = *(const char *const *)(const void *)at;
		return ret->text && *ret->text;
	}
	if (i.set) {
		ret->n = i.v;
		ret->text = arena_printf(b->a, "%lld", (long long)i.v);
		return i.v || !row->zero_unset;
	}
	if (!u.set)
		return false;
	ret->n = u.v > INT64_MAX ? INT64_MAX : (int64_t)u.v;
	ret->text = arena_printf(b->a, "%llu", (unsigned long long)u.v);
	return u.v || !row->zero_unset;
}

static struct limit *emit(struct limits_build *b, const struct row *row, const struct form *form,
			  const char *value)
{
	return limits_add(b, form->controller, form->file, value, row->pointer);
}

static int emit_plain(struct limits_build *b, const struct row *row, const struct form *form)
{
	struct value v;

	if (row_value(b, row, &v))
		emit(b, row, form, v.text);
	return 0;
}

/* A negative number is no limit. */
static int emit_max(struct limits_build *b, const struct row *row, const struct form *form)
{
	struct value v;

	if (row_value(b, row, &v))
		emit(b, row, form, v.n < 0 ? "max" : v.text);
	return 0;
}

/* Beside unlimited memory a limit of both together would have no sense, nor does v1 take it. */
static int emit_memory(struct limits_build *b, const struct row *row, const struct form *form)
{
	const bool v1 = b->version == LIMITS_V1;
	const struct opt_i64 *swap = &b->r->memory.swap;
	struct value v;

	if (!row_value(b, row, &v))
		return 0;
	emit(b, row, form, v1 || v.n >= 0 ? v.text : "max");
	if (v.n < 0 && (!swap->set || !swap->v))
		limits_add(b, "memory", v1 ? "memory.memsw.limit_in_bytes" : "memory.swap.max",
			   v1 ? v.text : "max", row->pointer)
			->optional = true;
	return 0;
}

/* A limit of 0 would not even let init start a program: callers mean the least there can be. */
static int emit_pids(struct limits_build *b, const struct row *row, const struct form *form)
{
	struct value v;

	if (row_value(b, row, &v))
		emit(b, row, form, v.n < 0 ? "max" : v.n ? v.text : "1");
	return 0;
}

static int emit_dropped(struct limits_build *b, const struct row *row, const struct form *form)
{
	struct value v;

	(void)form;
	if (row_value(b, row, &v))
		limits_note(b, "%s%s: this kernel limit is gone from Linux, not set", b->pointer,
			    row->pointer);
	return 0;
}

/* What only says what this version always does; the opposite cannot be had. */
static int emit_always_true(struct limits_build *b, const struct row *row, const struct form *form)
{
	struct value v;

	(void)form;
	if (row_value(b, row, &v) && !v.n)
		return limits_refuse(b, row->pointer, "false cannot be had on cgroup v2");
	return 0;
}

static int emit_always_false(struct limits_build *b, const struct row *row, const struct form *form)
{
	struct value v;

	(void)form;
	if (row_value(b, row, &v) && v.n)
		return limits_refuse(b, row->pointer, "true cannot be had on cgroup v2");
	return 0;
}

static int emit_shares(struct limits_build *b, const struct row *row, const struct form *form)
{
	struct value v;

	if (row_value(b, row, &v))
		emit(b, row, form,
		     arena_printf(b->a, "%llu",
				  (unsigned long long)limits_cpu_weight((uint64_t)v.n)));
	return 0;
}

/* cpu.max holds quota and period in one: "max 100000". A half that is not given is left as it is.
 */
static int emit_cpu_max(struct limits_build *b, const struct row *row, const struct form *form)
{
	struct opt_i64 quota = b->r->cpu.quota;
	struct opt_u64 period = b->r->cpu.period;
	bool is_period = row->field == FIELD_U64;

	quota.set = quota.set && quota.v;
	period.set = period.set && period.v;
	if (is_period ? !period.set || quota.set : !quota.set)
		return 0;
	if (!quota.set)
		quota = b->base.cpu_quota;
	if (!period.set)
		period = b->base.cpu_period;
	if (!quota.set || quota.v < 0)
		emit(b, row, form,
		     period.set ? arena_printf(b->a, "max %llu", (unsigned long long)period.v)
				: "max");
	else if (period.set)
		emit(b, row, form,
		     arena_printf(b->a, "%lld %llu", (long long)quota.v,
				  (unsigned long long)period.v));
	else
		emit(b, row, form, arena_printf(b->a, "%lld", (long long)quota.v));
	return 0;
}

/* The property is memory and swap together, the file swap alone. */
static int emit_swap(struct limits_build *b, const struct row *row, const struct form *form)
{
	struct opt_i64 memory = b->r->memory.limit;
	struct value v;
	struct limit *l;

	if (!row_value(b, row, &v))
		return 0;
	if (!memory.set || !memory.v)
		memory = b->base.memory_limit;
	if (v.n < 0 || (memory.set && memory.v < 0)) {
		emit(b, row, form, v.n < 0 ? "max" : v.text)->optional = true;
		return 0;
	}
	if (!memory.set)
		return limits_refuse(b, row->pointer,
				     "the limit of memory and swap needs memory.limit beside it");
	if (v.n < memory.v)
		return limits_refuse(
			b, row->pointer,
			"%lld, memory and swap together, is less than memory.limit %lld",
			(long long)v.n, (long long)memory.v);
	l = emit(b, row, form, arena_printf(b->a, "%lld", (long long)(v.n - memory.v)));
	l->optional = v.n == memory.v;
	return 0;
}

static int emit_io_weight(struct limits_build *b, const struct row *row, const struct form *form)
{
	struct value v;
	struct limit *l;

	if (!row_value(b, row, &v))
		return 0;
	l = emit(b, row, form, v.text);
	l->other_file = "io.weight";
	l->other_value =
		arena_printf(b->a, "%llu", (unsigned long long)limits_io_weight((uint64_t)v.n));
	return 0;
}

/* blkio.weight is the file of a scheduler that is gone; bfq has its own name for it. */
static int emit_blkio_weight(struct limits_build *b, const struct row *row, const struct form *form)
{
	struct value v;
	struct limit *l;

	if (!row_value(b, row, &v))
		return 0;
	l = emit(b, row, form, v.text);
	l->other_file = "blkio.bfq.weight";
	l->other_value = v.text;
	return 0;
}

#define OF(member) offsetof(struct spec_resources, member)
#define NONE                                                                                       \
	{                                                                                          \
		NULL, NULL, NULL                                                                   \
	}

/* clang-format off: a table reads by its columns */
static const struct row rows[] = {
	/* property                  stored as   where                           0 unset  v1, v2 */
	{"/memory/limit",
	 FIELD_I64,
	 OF(memory.limit),
	 true,
	 {{"memory", "memory.limit_in_bytes", emit_memory}, {"memory", "memory.max", emit_memory}}},
	{"/memory/reservation",
	 FIELD_I64,
	 OF(memory.reservation),
	 true,
	 {{"memory", "memory.soft_limit_in_bytes", emit_plain},
	  {"memory", "memory.low", emit_max}}},
	{"/memory/swap",
	 FIELD_I64,
	 OF(memory.swap),
	 true,
	 {{"memory", "memory.memsw.limit_in_bytes", emit_plain},
	  {"memory", "memory.swap.max", emit_swap}}},
	{"/memory/kernel",
	 FIELD_I64,
	 OF(memory.kernel),
	 true,
	 {{"memory", NULL, emit_dropped}, {"memory", NULL, emit_dropped}}},
	{"/memory/kernelTCP",
	 FIELD_I64,
	 OF(memory.kernel_tcp),
	 true,
	 {{"memory", "memory.kmem.tcp.limit_in_bytes", emit_plain},
	  {"memory", NULL, emit_dropped}}},
	{"/memory/swappiness",
	 FIELD_U64,
	 OF(memory.swappiness),
	 false,
	 {{"memory", "memory.swappiness", emit_plain}, NONE}},
	{"/memory/disableOOMKiller",
	 FIELD_BOOL,
	 OF(memory.disable_oom_killer),
	 false,
	 {{"memory", "memory.oom_control", emit_plain}, {NULL, NULL, emit_always_false}}},
	{"/memory/useHierarchy",
	 FIELD_BOOL,
	 OF(memory.use_hierarchy),
	 false,
	 {{"memory", "memory.use_hierarchy", emit_plain}, {NULL, NULL, emit_always_true}}},
	{"/cpu/shares",
	 FIELD_U64,
	 OF(cpu.shares),
	 true,
	 {{"cpu", "cpu.shares", emit_plain}, {"cpu", "cpu.weight", emit_shares}}},
	{"/cpu/idle",
	 FIELD_I64,
	 OF(cpu.idle),
	 false,
	 {{"cpu", "cpu.idle", emit_plain}, {"cpu", "cpu.idle", emit_plain}}},
	{"/cpu/quota",
	 FIELD_I64,
	 OF(cpu.quota),
	 true,
	 {{"cpu", "cpu.cfs_quota_us", emit_plain}, {"cpu", "cpu.max", emit_cpu_max}}},
	{"/cpu/period",
	 FIELD_U64,
	 OF(cpu.period),
	 true,
	 {{"cpu", "cpu.cfs_period_us", emit_plain}, {"cpu", "cpu.max", emit_cpu_max}}},
	{"/cpu/burst",
	 FIELD_U64,
	 OF(cpu.burst),
	 false,
	 {{"cpu", "cpu.cfs_burst_us", emit_plain}, {"cpu", "cpu.max.burst", emit_plain}}},
	{"/cpu/realtimePeriod",
	 FIELD_U64,
	 OF(cpu.realtime_period),
	 true,
	 {{"cpu", "cpu.rt_period_us", emit_plain}, NONE}},
	{"/cpu/realtimeRuntime",
	 FIELD_I64,
	 OF(cpu.realtime_runtime),
	 true,
	 {{"cpu", "cpu.rt_runtime_us", emit_plain}, NONE}},
	{"/cpu/cpus",
	 FIELD_TEXT,
	 OF(cpu.cpus),
	 false,
	 {{"cpuset", "cpuset.cpus", emit_plain}, {"cpuset", "cpuset.cpus", emit_plain}}},
	{"/cpu/mems",
	 FIELD_TEXT,
	 OF(cpu.mems),
	 false,
	 {{"cpuset", "cpuset.mems", emit_plain}, {"cpuset", "cpuset.mems", emit_plain}}},
	{"/pids/limit",
	 FIELD_I64,
	 OF(pids.limit),
	 false,
	 {{"pids", "pids.max", emit_pids}, {"pids", "pids.max", emit_pids}}},
	{"/blockIO/weight",
	 FIELD_U32,
	 OF(block_io.weight),
	 true,
	 {{"blkio", "blkio.weight", emit_blkio_weight}, {"io", "io.bfq.weight", emit_io_weight}}},
	{"/blockIO/leafWeight",
	 FIELD_U32,
	 OF(block_io.leaf_weight),
	 true,
	 {{"blkio", "blkio.leaf_weight", emit_plain}, NONE}},
	{"/network/classID",
	 FIELD_U32,
	 OF(network.class_id),
	 true,
	 {{"net_cls", "net_cls.classid", emit_plain}, NONE}},
};
/* clang-format on */

static int build_row(struct limits_build *b, const struct row *row)
{
	const struct form *form = &row->form[b->version];
	struct value v;

	if (form->emit)
		return form->emit(b, row, form);
	if (row_value(b, row, &v))
		return limits_refuse(b, row->pointer, "cgroup v2 has nothing like it");
	return 0;
}

int limits_build(struct limits *ret, struct arena *a, const struct spec_resources *r,
		 enum limits_version version, const struct limits_base *base, const char *pointer,
		 struct err *e)
{
	struct limits_build b = {.a = a, .r = r, .version = version, .pointer = pointer, .e = e};
	size_t i;
	int res;

	if (base)
		b.base = *base;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		res = build_row(&b, &rows[i]);
		if (res < 0)
			return res;
	}
	res = limits_build_lists(&b);
	if (res < 0)
		return res;
	*ret = b.out;
	return 0;
}

bool limits_wanted(const struct spec_resources *r)
{
	struct limits_build b = {.r = r};
	AUTO(arena) struct arena a = {0};
	struct value v;
	size_t i;

	b.a = &a;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		if (row_value(&b, &rows[i], &v) && rows[i].field != FIELD_BOOL)
			return true;
	return r->block_io.weight_device.n || r->block_io.read_bps.n || r->block_io.write_bps.n ||
	       r->block_io.read_iops.n || r->block_io.write_iops.n || r->hugepage_limits.n ||
	       r->network.priorities.n || r->rdma.n || r->unified.n;
}
