/*
 * Proves: every resource of config.json becomes the right write for cgroup v2 and v1, what cannot
 * be expressed is refused by its name, device rules become the right verdicts, and systemd is told
 * the same in its own words.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "oci/oci.h"
#include "runtime/base/fmt.h"
#include "runtime/plan/devfilter.h"
#include "runtime/plan/limits.h"
#include "runtime/plan/unit.h"

struct world {
	struct arena a;
	struct spec_resources r;
	struct limits l;
	struct err e;
};

static int setup(void **state)
{
	*state = calloc(1, sizeof(struct world));
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	arena_free(&w->a);
	free(w);
	return 0;
}

static void decode(struct world *w, const char *json)
{
	char *copy = arena_strdup(&w->a, json);
	struct doc d;

	w->r = (struct spec_resources){0};
	assert_int_equal(doc_parse(&d, &w->a, copy, strlen(copy), &w->e), 0);
	if (oci_decode_resources(&w->r, &w->a, &d, &w->e) < 0)
		fail_msg("%s: %s", json, w->e.text);
}

static int build(struct world *w, enum limits_version v, const char *json)
{
	decode(w, json);
	w->l = (struct limits){0};
	w->e = (struct err){0};
	return limits_build(&w->l, &w->a, &w->r, v, NULL, "/linux/resources", &w->e);
}

/* "file=value file=value …" of all writes; an alternative as "(file=value)". */
static const char *text(struct world *w)
{
	char *s = arena_strdup(&w->a, "");
	size_t i;

	for (i = 0; i < w->l.n; i++) {
		const struct limit *l = &w->l.v[i];

		s = arena_printf(&w->a, "%s%s%s=%s%s", s, i ? ", " : "", l->file, l->value,
				 l->optional ? "?" : "");
		if (l->other_file)
			s = arena_printf(&w->a, "%s (%s=%s)", s, l->other_file, l->other_value);
	}
	return s;
}

#define GB "1073741824"

static const struct good {
	const char *json, *v2, *v1;
} good[] = {
	{"{}", "", ""},
	{"{\"memory\":{\"limit\":" GB "}}", "memory.max=" GB, "memory.limit_in_bytes=" GB},
	{"{\"memory\":{\"limit\":-1}}", "memory.max=max, memory.swap.max=max?",
	 "memory.limit_in_bytes=-1, memory.memsw.limit_in_bytes=-1?"},
	{"{\"memory\":{\"limit\":0}}", "", ""},
	{"{\"memory\":{\"reservation\":4096}}", "memory.low=4096",
	 "memory.soft_limit_in_bytes=4096"},
	{"{\"memory\":{\"limit\":4096,\"swap\":8192}}", "memory.max=4096, memory.swap.max=4096",
	 "memory.limit_in_bytes=4096, memory.memsw.limit_in_bytes=8192"},
	{"{\"memory\":{\"limit\":4096,\"swap\":4096}}", "memory.max=4096, memory.swap.max=0?",
	 "memory.limit_in_bytes=4096, memory.memsw.limit_in_bytes=4096"},
	{"{\"memory\":{\"limit\":4096,\"swap\":-1}}", "memory.max=4096, memory.swap.max=max?",
	 "memory.limit_in_bytes=4096, memory.memsw.limit_in_bytes=-1"},
	{"{\"memory\":{\"kernel\":4096}}", "", ""},
	{"{\"memory\":{\"disableOOMKiller\":false,\"useHierarchy\":true}}", "",
	 "memory.oom_control=0, memory.use_hierarchy=1"},
	{"{\"cpu\":{\"shares\":1024}}", "cpu.weight=100", "cpu.shares=1024"},
	{"{\"cpu\":{\"shares\":2}}", "cpu.weight=1", "cpu.shares=2"},
	{"{\"cpu\":{\"shares\":262144}}", "cpu.weight=10000", "cpu.shares=262144"},
	{"{\"cpu\":{\"shares\":512}}", "cpu.weight=59", "cpu.shares=512"},
	{"{\"cpu\":{\"quota\":50000,\"period\":100000}}", "cpu.max=50000 100000",
	 "cpu.cfs_quota_us=50000, cpu.cfs_period_us=100000"},
	{"{\"cpu\":{\"quota\":50000}}", "cpu.max=50000", "cpu.cfs_quota_us=50000"},
	{"{\"cpu\":{\"period\":20000}}", "cpu.max=max 20000", "cpu.cfs_period_us=20000"},
	{"{\"cpu\":{\"quota\":-1,\"period\":20000}}", "cpu.max=max 20000",
	 "cpu.cfs_quota_us=-1, cpu.cfs_period_us=20000"},
	{"{\"cpu\":{\"burst\":1000,\"idle\":1}}", "cpu.idle=1, cpu.max.burst=1000",
	 "cpu.idle=1, cpu.cfs_burst_us=1000"},
	{"{\"cpu\":{\"cpus\":\"0-1\",\"mems\":\"0\"}}", "cpuset.cpus=0-1, cpuset.mems=0",
	 "cpuset.cpus=0-1, cpuset.mems=0"},
	{"{\"pids\":{\"limit\":10}}", "pids.max=10", "pids.max=10"},
	{"{\"pids\":{\"limit\":0}}", "pids.max=1", "pids.max=1"},
	{"{\"pids\":{\"limit\":-1}}", "pids.max=max", "pids.max=max"},
	{"{\"blockIO\":{\"weight\":500}}", "io.bfq.weight=500 (io.weight=4950)",
	 "blkio.weight=500 (blkio.bfq.weight=500)"},
	{"{\"blockIO\":{\"weightDevice\":[{\"major\":8,\"minor\":0,\"weight\":10}]}}",
	 "io.bfq.weight=8:0 10 (io.weight=8:0 1)",
	 "blkio.weight_device=8:0 10 (blkio.bfq.weight_device=8:0 10)"},
	{"{\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":9}],"
	 "\"throttleWriteIOPSDevice\":[{\"major\":8,\"minor\":16,\"rate\":7}]}}",
	 "io.max=8:0 rbps=9, io.max=8:16 wiops=7",
	 "blkio.throttle.read_bps_device=8:0 9, blkio.throttle.write_iops_device=8:16 7"},
	{"{\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":4194304}]}",
	 "hugetlb.2MB.max=4194304, hugetlb.2MB.rsvd.max=4194304?",
	 "hugetlb.2MB.limit_in_bytes=4194304, hugetlb.2MB.rsvd.limit_in_bytes=4194304?"},
	{"{\"rdma\":{\"mlx5_0\":{\"hcaHandles\":3,\"hcaObjects\":9}}}",
	 "rdma.max=mlx5_0 hca_handle=3 hca_object=9", "rdma.max=mlx5_0 hca_handle=3 hca_object=9"},
};

/* A hybrid host: v1, but for the one controller that is on cgroup2. */
static void huge_pages_of_a_hybrid_host_are_on_v2(void **state)
{
	const struct limits_base base = {.hugetlb_v2 = true};
	struct world *w = *state;

	decode(w, "{\"pids\":{\"limit\":3},\"cpu\":{\"shares\":2},"
		  "\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":4194304}]}");
	assert_int_equal(limits_build(&w->l, &w->a, &w->r, LIMITS_V1, &base, "", &w->e), 0);
	assert_string_equal(text(w), "cpu.shares=2, pids.max=3, hugetlb.2MB.max=4194304, "
				     "hugetlb.2MB.rsvd.max=4194304?");
}

static void resources_become_writes(void **state)
{
	struct world *w = *state;
	size_t i;

	for (i = 0; i < ARRAY_LEN(good); i++) {
		if (build(w, LIMITS_V2, good[i].json) < 0)
			fail_msg("%s: %s", good[i].json, w->e.text);
		assert_string_equal(text(w), good[i].v2);
		if (build(w, LIMITS_V1, good[i].json) < 0)
			fail_msg("%s: %s", good[i].json, w->e.text);
		assert_string_equal(text(w), good[i].v1);
	}
}

static const struct bad {
	enum limits_version version;
	const char *json, *pointer;
} bad[] = {
	{LIMITS_V2, "{\"memory\":{\"swappiness\":10}}", "/memory/swappiness"},
	{LIMITS_V2, "{\"memory\":{\"disableOOMKiller\":true}}", "/memory/disableOOMKiller"},
	{LIMITS_V2, "{\"memory\":{\"swap\":10}}", "/memory/swap"},
	{LIMITS_V2, "{\"memory\":{\"limit\":20,\"swap\":10}}", "/memory/swap"},
	{LIMITS_V2, "{\"cpu\":{\"realtimeRuntime\":10}}", "/cpu/realtimeRuntime"},
	{LIMITS_V2, "{\"cpu\":{\"realtimePeriod\":10}}", "/cpu/realtimePeriod"},
	{LIMITS_V2, "{\"blockIO\":{\"leafWeight\":10}}", "/blockIO/leafWeight"},
	{LIMITS_V2, "{\"network\":{\"classID\":10}}", "/network/classID"},
	{LIMITS_V2, "{\"network\":{\"priorities\":[{\"name\":\"lo\",\"priority\":1}]}}",
	 "/network/priorities/0"},
	{LIMITS_V2, "{\"unified\":{\"nodots\":\"1\"}}", "/unified/nodots"},
	{LIMITS_V2, "{\"unified\":{\"cgroup.procs\":\"1\"}}", "/unified/cgroup.procs"},
	{LIMITS_V1, "{\"unified\":{\"memory.high\":\"1\"}}", "/unified/memory.high"},
};

static void what_cannot_be_expressed_is_refused(void **state)
{
	struct world *w = *state;
	char pointer[200];
	size_t i;

	for (i = 0; i < ARRAY_LEN(bad); i++) {
		if (build(w, bad[i].version, bad[i].json) >= 0)
			fail_msg("%s was taken", bad[i].json);
		fmt_buf(pointer, sizeof(pointer), "/linux/resources%s", bad[i].pointer);
		assert_string_equal(w->e.pointer, pointer);
		assert_int_equal(w->e.code, ERR_UNSUPPORTED);
	}
}

static void unified_comes_last_and_line_by_line(void **state)
{
	struct world *w = *state;

	assert_int_equal(build(w, LIMITS_V2,
			       "{\"unified\":{\"io.max\":\"8:0 rbps=1\\n8:16 wbps=2\","
			       "\"memory.max\":\"max\"},\"memory\":{\"limit\":4096}}"),
			 0);
	assert_string_equal(text(w), "memory.max=4096, io.max=8:0 rbps=1, io.max=8:16 wbps=2, "
				     "memory.max=max");
	assert_string_equal(w->l.v[1].controller, "io");
}

static void dropped_limits_are_noted(void **state)
{
	struct world *w = *state;

	assert_int_equal(build(w, LIMITS_V2, "{\"memory\":{\"kernel\":4096}}"), 0);
	assert_int_equal(w->l.notes.n, 1);
	assert_non_null(strstr(w->l.notes.v[0], "/linux/resources/memory/kernel"));
}

static void an_update_completes_halves(void **state)
{
	struct world *w = *state;
	const struct limits_base base = {
		.memory_limit = {.set = true, .v = 1000},
		.cpu_quota = {.set = true, .v = 5000},
		.cpu_period = {.set = true, .v = 10000},
	};

	decode(w, "{\"cpu\":{\"period\":20000},\"memory\":{\"swap\":1500}}");
	assert_int_equal(limits_build(&w->l, &w->a, &w->r, LIMITS_V2, &base, "", &w->e), 0);
	assert_string_equal(text(w), "memory.swap.max=500, cpu.max=5000 20000");
	assert_string_equal(w->l.v[0].pointer, "/memory/swap");
}

static void devices_on_v1_are_writes(void **state)
{
	struct world *w = *state;

	assert_int_equal(build(w, LIMITS_V1,
			       "{\"devices\":[{\"allow\":false,\"access\":\"rwm\"},"
			       "{\"allow\":true,\"type\":\"c\",\"major\":10,\"access\":\"r\"}]}"),
			 0);
	limits_add_devices_v1(&w->l, &w->a, &w->r, "/linux/resources");
	assert_int_equal(w->l.n, 2 + limits_default_devices_len);
	assert_string_equal(w->l.v[0].file, "devices.deny");
	assert_string_equal(w->l.v[0].value, "a");
	assert_string_equal(w->l.v[1].file, "devices.allow");
	assert_string_equal(w->l.v[1].value, "c 10:* r");
	assert_string_equal(w->l.v[2].value, "c *:* m");
}

/* --- the device filter: run by a tiny interpreter of the instructions that it uses --------------
 */

static int run_filter(const struct devfilter *f, uint32_t type, uint32_t access, uint32_t major,
		      uint32_t minor)
{
	const uint32_t ctx[3] = {access << 16 | type, major, minor};
	uint64_t reg[11] = {0};
	size_t pc;

	for (pc = 0; pc < f->n; pc++) {
		const struct bpf_insn *i = &f->insns[pc];
		uint64_t *dst = &reg[i->dst_reg];

		switch (i->code) {
		case BPF_LDX | BPF_MEM | BPF_W:
			*dst = ctx[i->off / 4];
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			*dst &= (uint32_t)i->imm;
			break;
		case BPF_ALU | BPF_RSH | BPF_K:
			*dst >>= i->imm;
			break;
		case BPF_ALU64 | BPF_MOV | BPF_K:
			*dst = (uint64_t)(int64_t)i->imm;
			break;
		case BPF_ALU64 | BPF_MOV | BPF_X:
			*dst = reg[i->src_reg];
			break;
		case BPF_JMP | BPF_JNE | BPF_K:
			pc += *dst != (uint64_t)(int64_t)i->imm ? (size_t)i->off : 0;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			pc += *dst == (uint64_t)(int64_t)i->imm ? (size_t)i->off : 0;
			break;
		case BPF_JMP | BPF_EXIT:
			return (int)reg[0];
		default:
			fail_msg("instruction %#x", i->code);
		}
	}
	fail_msg("ran off the end");
	return -1;
}

enum { M = BPF_DEVCG_ACC_MKNOD, R = BPF_DEVCG_ACC_READ, W = BPF_DEVCG_ACC_WRITE };
enum { B = BPF_DEVCG_DEV_BLOCK, C = BPF_DEVCG_DEV_CHAR };

#define DENY_ALL "{\"allow\":false,\"access\":\"rwm\"}"

static const struct verdict {
	const char *rules;
	uint32_t type, access, major, minor;
	int allowed;
} verdicts[] = {
	{DENY_ALL, C, R | W, 1, 3, 1},  /* null is for everybody */
	{DENY_ALL, C, R | W, 10, 1, 0}, /* another is not */
	{DENY_ALL, B, M, 8, 0, 1},      /* making nodes is harmless */
	{DENY_ALL, B, M | R, 8, 0, 0},
	{DENY_ALL ",{\"allow\":true,\"type\":\"c\",\"major\":10,\"minor\":1,\"access\":\"r\"}", C,
	 R, 10, 1, 1},
	{DENY_ALL ",{\"allow\":true,\"type\":\"c\",\"major\":10,\"minor\":1,\"access\":\"r\"}", C,
	 R | W, 10, 1, 0},
	{DENY_ALL ",{\"allow\":true,\"type\":\"c\",\"major\":10,\"minor\":1,\"access\":\"r\"}", C,
	 R, 10, 2, 0},
	/* two rules that each allow a part */
	{DENY_ALL ",{\"allow\":true,\"type\":\"b\",\"access\":\"r\"},"
		  "{\"allow\":true,\"type\":\"b\",\"access\":\"w\"}",
	 B, R | W, 8, 0, 1},
	/* a later denial wins, for the part that it speaks of */
	{"{\"allow\":true,\"access\":\"rwm\"},"
	 "{\"allow\":false,\"type\":\"b\",\"major\":8,\"access\":\"w\"}",
	 B, R | W, 8, 0, 0},
	{"{\"allow\":true,\"access\":\"rwm\"},"
	 "{\"allow\":false,\"type\":\"b\",\"major\":8,\"access\":\"w\"}",
	 B, R, 8, 0, 1},
	{"{\"allow\":true,\"access\":\"rwm\"}", B, R | W | M, 253, 7, 1},
	/* what comes before an all-embracing rule does not matter */
	{"{\"allow\":true,\"type\":\"b\",\"access\":\"rwm\"}," DENY_ALL, B, R, 8, 0, 0},
};

static void device_rules_become_verdicts(void **state)
{
	struct world *w = *state;
	size_t i;

	for (i = 0; i < ARRAY_LEN(verdicts); i++) {
		const struct verdict *v = &verdicts[i];
		struct devfilter f;

		decode(w, arena_printf(&w->a, "{\"devices\":[%s]}", v->rules));
		assert_int_equal(devfilter_build(&f, &w->a, &w->r, "", &w->e), 0);
		if (run_filter(&f, v->type, v->access, v->major, v->minor) != v->allowed)
			fail_msg("row %zu: %s", i, v->rules);
	}
}

/* --- systemd ------------------------------------------------------------------------------------
 */

static const char *property_text(struct world *w, const struct unit_properties *u)
{
	char *s = arena_strdup(&w->a, "");
	size_t i, k;

	for (i = 0; i < u->n; i++) {
		const struct unit_property *p = &u->v[i];

		s = arena_printf(&w->a, "%s%s%s=", s, i ? ", " : "", p->name);
		if (p->type == UNIT_DEVICE)
			s = arena_printf(&w->a, "%s%s %llu", s, p->text,
					 (unsigned long long)p->number);
		else if (p->type == UNIT_STRING)
			s = arena_printf(&w->a, "%s'%s'", s, p->text);
		else if (p->type == UNIT_STRINGS)
			for (k = 0; k < p->list.n; k++)
				s = arena_printf(&w->a, "%s%s+", s, p->list.v[k]);
		else if (p->type == UNIT_BYTES)
			for (k = 0; k < p->bytes.n; k++)
				s = arena_printf(&w->a, "%s%02x", s, p->bytes.v[k]);
		else if (p->type == UNIT_INT32 || p->type == UNIT_INT64)
			s = arena_printf(&w->a, "%s%lld", s, (long long)p->number);
		else if (p->number == UINT64_MAX)
			s = arena_printf(&w->a, "%sinfinity", s);
		else
			s = arena_printf(&w->a, "%s%llu", s, (unsigned long long)p->number);
	}
	return s;
}

static const struct property_row {
	const char *json, *properties;
} property_rows[] = {
	{"{\"memory\":{\"limit\":4096,\"swap\":-1,\"reservation\":1}}",
	 "MemoryMax=4096, MemoryLow=1, MemorySwapMax=infinity"},
	{"{\"cpu\":{\"quota\":50000,\"period\":100000,\"shares\":1024}}",
	 "CPUWeight=100, CPUQuotaPerSecUSec=500000, CPUQuotaPeriodUSec=100000"},
	{"{\"cpu\":{\"quota\":1234,\"period\":100000}}",
	 "CPUQuotaPerSecUSec=20000, CPUQuotaPeriodUSec=100000"},
	{"{\"cpu\":{\"quota\":-1,\"period\":100000}}",
	 "CPUQuotaPerSecUSec=infinity, CPUQuotaPeriodUSec=100000"},
	{"{\"cpu\":{\"idle\":1,\"cpus\":\"0-2,9\",\"mems\":\"0\"}}",
	 "CPUWeight=0, AllowedCPUs=0702, AllowedMemoryNodes=01"},
	{"{\"pids\":{\"limit\":-1}}", "TasksMax=infinity"},
	{"{\"pids\":{\"limit\":0}}", "TasksMax=1"},
	{"{\"blockIO\":{\"weight\":1000,\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0,"
	 "\"rate\":5}]}}",
	 "IOWeight=10000, IOReadBandwidthMax=/dev/block/8:0 5"},
	{"{\"unified\":{\"memory.high\":\"max\",\"memory.oom.group\":\"1\"}}",
	 "MemoryHigh=infinity"},
};

static void writes_become_properties(void **state)
{
	struct world *w = *state;
	size_t i;

	for (i = 0; i < ARRAY_LEN(property_rows); i++) {
		struct unit_properties u = {0};

		assert_int_equal(build(w, LIMITS_V2, property_rows[i].json), 0);
		assert_int_equal(unit_from_limits(&u, &w->a, &w->l, &w->e), 0);
		assert_string_equal(property_text(w, &u), property_rows[i].properties);
	}
	assert_int_equal(build(w, LIMITS_V2, "{\"unified\":{\"memory.high\":\"much\"}}"), 0);
	assert_true(unit_from_limits(&(struct unit_properties){0}, &w->a, &w->l, &w->e) < 0);
	assert_string_equal(w->e.pointer, "/linux/resources/unified/memory.high");
}

static const struct annotation_row {
	const char *key, *value, *property; /* NULL: refused */
} annotation_rows[] = {
	{"TimeoutStopUSec", "uint64 10000000", "TimeoutStopUSec=10000000"},
	{"TimeoutStopSec", "uint64 10", "TimeoutStopUSec=10000000"},
	{"KillSignal", "15", "KillSignal=15"},
	{"KillSignal", "int32 -1", "KillSignal=-1"},
	{"CollectMode", "'inactive-or-failed'", "CollectMode='inactive-or-failed'"},
	{"After", "['a.service', \"b.service\"]", "After=a.service+b.service+"},
	{"SendSIGHUP", "true", "SendSIGHUP=1"},
	{"KillSignal", "fifteen", NULL},
	{"KillSignal", "15x", NULL},
	{"KillSignal", "uint32 4294967296", NULL},
	{"CollectMode", "'open", NULL},
	{"After", "['a'", NULL},
	{"a", "1", NULL},
	{"Kill-Signal", "1", NULL},
};

static void annotations_become_properties(void **state)
{
	struct world *w = *state;
	size_t i;

	for (i = 0; i < ARRAY_LEN(annotation_rows); i++) {
		const struct annotation_row *row = &annotation_rows[i];
		struct string_pair pairs[] = {
			{"other.thing", "x"},
			{arena_printf(&w->a, "org.systemd.property.%s", row->key), row->value},
		};
		struct string_map map = {.v = pairs, .n = 2};
		struct unit_properties u = {0};
		int r = unit_from_annotations(&u, &w->a, &map, &w->e);

		if ((r < 0) != !row->property)
			fail_msg("%s=%s: %d", row->key, row->value, r);
		if (row->property)
			assert_string_equal(property_text(w, &u), row->property);
		else
			assert_non_null(strstr(w->e.pointer, row->key));
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(resources_become_writes),
		TEST(what_cannot_be_expressed_is_refused),
		TEST(unified_comes_last_and_line_by_line),
		TEST(dropped_limits_are_noted),
		TEST(an_update_completes_halves),
		TEST(huge_pages_of_a_hybrid_host_are_on_v2),
		TEST(devices_on_v1_are_writes),
		TEST(device_rules_become_verdicts),
		TEST(writes_become_properties),
		TEST(annotations_become_properties),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
