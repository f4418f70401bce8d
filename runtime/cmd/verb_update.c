/*
 * rundlet update
 *
 * owns:     its option table, and how options become resources
 * may use:  cmd, oci, host
 * must not: know what a limit does
 *
 * Resources come from a document (--resources, the linux.resources object), then from options,
 * which have the last word.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "runtime/base/io.h"
#include "runtime/cmd/command.h"
#include "runtime/cmd/existing.h"
#include "runtime/host/control.h"

struct update_options {
	const char *resources;
	const char *blkio_weight, *cpu_burst, *cpu_idle, *cpu_period, *cpu_quota, *cpu_rt_period,
		*cpu_rt_runtime, *cpu_share, *cpuset_cpus, *cpuset_mems, *kernel_memory,
		*kernel_memory_tcp, *memory, *memory_reservation, *memory_swap, *pids_limit;
	const char *l3_cache_schema, *mem_bw_schema;
};

#define NUMBER(name, field, help)                                                                  \
	{                                                                                          \
		name, 0, OPTION_TEXT, offsetof(struct update_options, field), "N", help            \
	}
#define SIZE(name, field, help)                                                                    \
	{                                                                                          \
		name, 0, OPTION_TEXT, offsetof(struct update_options, field), "BYTES", help        \
	}
#define TEXT(name, field, value, help)                                                             \
	{                                                                                          \
		name, 0, OPTION_TEXT, offsetof(struct update_options, field), value, help          \
	}

static const struct option table[] = {
	{"resources", 'r', OPTION_TEXT, offsetof(struct update_options, resources), "FILE",
	 "read linux.resources from FILE, or from standard input if it is -"},
	NUMBER("blkio-weight", blkio_weight, "weight for block devices, 10 to 1000"),
	NUMBER("cpu-burst", cpu_burst, "microseconds that may be saved up beyond the quota"),
	NUMBER("cpu-idle", cpu_idle, "1: run only when nothing else wants to"),
	NUMBER("cpu-period", cpu_period, "microseconds that the quota is for"),
	NUMBER("cpu-quota", cpu_quota, "microseconds per period, -1: no limit"),
	NUMBER("cpu-rt-period", cpu_rt_period, "the same for real-time processes (cgroup v1)"),
	NUMBER("cpu-rt-runtime", cpu_rt_runtime, "the same for real-time processes (cgroup v1)"),
	NUMBER("cpu-share", cpu_share, "relative weight, 2 to 262144"),
	TEXT("cpuset-cpus", cpuset_cpus, "LIST", "processors to run on, e.g. 0-2,4"),
	TEXT("cpuset-mems", cpuset_mems, "LIST", "memory nodes to use"),
	SIZE("memory", memory, "limit of memory, with k, m or g; -1: no limit"),
	SIZE("memory-reservation", memory_reservation, "what is kept from reclaim"),
	SIZE("memory-swap", memory_swap, "limit of memory and swap together; -1: no limit"),
	SIZE("kernel-memory", kernel_memory, "accepted; Linux has no such limit any more"),
	SIZE("kernel-memory-tcp", kernel_memory_tcp, "buffers of TCP (cgroup v1)"),
	NUMBER("pids-limit", pids_limit, "number of processes, -1: no limit"),
	TEXT("l3-cache-schema", l3_cache_schema, "LINE",
	     "share of the cache, e.g. L3:0=7f (resctrl)"),
	TEXT("mem-bw-schema", mem_bw_schema, "LINE", "share of bandwidth, e.g. MB:0=20 (resctrl)"),
};

enum target { TO_I64, TO_U64, TO_U32, TO_TEXT };

/* Which resource an option sets. */
static const struct setting {
	const char *option;
	size_t from;
	enum target type;
	bool size; /* takes k, m, g */
	size_t to; /* in struct spec_resources */
} settings[] = {
#define SET(option, field, type, size, member)                                                     \
	{                                                                                          \
		option, offsetof(struct update_options, field), type, size,                        \
			offsetof(struct spec_resources, member)                                    \
	}
	SET("blkio-weight", blkio_weight, TO_U32, false, block_io.weight),
	SET("cpu-burst", cpu_burst, TO_U64, false, cpu.burst),
	SET("cpu-idle", cpu_idle, TO_I64, false, cpu.idle),
	SET("cpu-period", cpu_period, TO_U64, false, cpu.period),
	SET("cpu-quota", cpu_quota, TO_I64, false, cpu.quota),
	SET("cpu-rt-period", cpu_rt_period, TO_U64, false, cpu.realtime_period),
	SET("cpu-rt-runtime", cpu_rt_runtime, TO_I64, false, cpu.realtime_runtime),
	SET("cpu-share", cpu_share, TO_U64, false, cpu.shares),
	SET("cpuset-cpus", cpuset_cpus, TO_TEXT, false, cpu.cpus),
	SET("cpuset-mems", cpuset_mems, TO_TEXT, false, cpu.mems),
	SET("memory", memory, TO_I64, true, memory.limit),
	SET("memory-reservation", memory_reservation, TO_I64, true, memory.reservation),
	SET("memory-swap", memory_swap, TO_I64, true, memory.swap),
	SET("kernel-memory", kernel_memory, TO_I64, true, memory.kernel),
	SET("kernel-memory-tcp", kernel_memory_tcp, TO_I64, true, memory.kernel_tcp),
	SET("pids-limit", pids_limit, TO_I64, false, pids.limit),
};

/* Digits, a minus where allowed, and for sizes one of k, m, g (times 1024), with or without a b. */
static bool parse_number(const char *s, bool sign, bool size, int64_t *ret)
{
	bool minus = sign && *s == '-';
	size_t n = strspn(s + minus, "0123456789");
	const char *unit = s + minus + n;
	unsigned int shift = 0;
	uint64_t v;

	if (size && *unit) {
		const char *at = strchr("kKmMgG", *unit);

		if (*unit != 'b' && *unit != 'B') {
			if (!at)
				return false;
			shift = 10 * (unsigned int)((at - "kKmMgG") / 2 + 1);
			unit++;
		}
		unit += *unit == 'b' || *unit == 'B';
	}
	if (*unit || !io_parse_u64_n(s + minus, n, (uint64_t)INT64_MAX >> shift, &v))
		return false;
	*ret = minus ? -(int64_t)v : (int64_t)(v << shift);
	return true;
}

static int apply(struct spec_resources *r, const struct setting *s, const char *text, struct err *e)
{
	char *to = (char *)r + s->to;
	int64_t v;

	if (s->type == TO_TEXT) {
		*(const char **)(void *)to = text;
		return 0;
	}
	if (!parse_number(text, s->type == TO_I64, s->size, &v) ||
	    (s->type == TO_U32 && v > UINT32_MAX))
		return err_set(e, ERR_USAGE, "--%s: '%s' is not a number that it can be", s->option,
			       text);
	if (s->type == TO_I64)
		*(struct opt_i64 *)(void *)to = (struct opt_i64){.set = true, .v = v};
	else if (s->type == TO_U64)
		*(struct opt_u64 *)(void *)to = (struct opt_u64){.set = true, .v = (uint64_t)v};
	else
		*(struct opt_u32 *)(void *)to = (struct opt_u32){.set = true, .v = (uint32_t)v};
	return 0;
}

static int read_resources(struct spec_resources *r, struct doc *d, struct invocation *i,
			  const char *path, struct err *e)
{
	bool in = !strcmp(path, "-");
	AUTO(close_fd)
	int fd = in ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(path, O_RDONLY | O_CLOEXEC);
	char *text = arena_alloc(i->a, DOC_SIZE_MAX + 1);
	ssize_t n;
	int res;

	i->config = in ? "standard input" : path;
	if (fd < 0)
		return err_sys(e, ERR_USAGE, -errno, "open '%s'", path);
	n = io_read_full(fd, text, DOC_SIZE_MAX + 1);
	if (n < 0)
		return err_sys(e, ERR_USAGE, (int)n, "read '%s'", path);
	res = doc_parse(d, i->a, text, (size_t)n, e);
	return res < 0 ? res : oci_decode_resources(r, i->a, d, e);
}

/* The rules are those of intelRdt in config.json. */
static int add_schema(struct update *u, const char *option, const char *begins, const char *line,
		      struct err *e)
{
	if (!line)
		return 0;
	if (strncmp(line, begins, strlen(begins)) != 0 || strchr(line, '\n'))
		return err_set(e, ERR_USAGE, "--%s: '%s' is not one line that begins with %s",
			       option, line, begins);
	u->schemata.v[u->schemata.n++] = line;
	return 0;
}

static int add_schemata(struct update *u, struct arena *a, const struct update_options *o,
			struct err *e)
{
	int r;

	u->schemata.v = arena_array(a, 2, sizeof(*u->schemata.v));
	/* config-linux.md wants this order */
	r = add_schema(u, "l3-cache-schema", "L3", o->l3_cache_schema, e);
	return r < 0 ? r : add_schema(u, "mem-bw-schema", "MB:", o->mem_bw_schema, e);
}

static int run(struct invocation *i, struct err *e)
{
	const struct update_options *o = i->options;
	struct update u = {0};
	struct doc d = {0};
	int root = existing_root(i, e), res = root < 0 ? root : 0;

	if (res == 0)
		res = add_schemata(&u, i->a, o, e);
	if (res == 0 && o->resources)
		res = read_resources(&u.resources, &d, i, o->resources, e);
	for (size_t k = 0; res == 0 && k < ARRAY_LEN(settings); k++) {
		const char *text =
			*(const char *const *)(const void *)((const char *)o + settings[k].from);

		if (text)
			res = apply(&u.resources, &settings[k], text, e);
	}
	if (res == 0)
		res = container_update(root, i->words[0], &u, i->a, e);
	return res < 0 && d.root ? doc_locate(&d, e, res) : res;
}

const struct command command_update = {
	.name = "update",
	.words = "ID",
	.help = "change the limits of a container",
	.options = OPTIONS(table),
	.options_size = sizeof(struct update_options),
	.min = 1,
	.max = 1,
	.run = run,
};
