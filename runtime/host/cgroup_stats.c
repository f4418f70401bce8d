/*
 * owns:     the table: where each figure stands on cgroup v2 and on v1
 * may use:  base, sys, oci (JSON)
 * must not: change anything
 */
#include "runtime/host/cgroup_stats.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "runtime/base/fmt.h"
#include "runtime/base/io.h"
#include "runtime/host/cgroup_ops.h"
#include "runtime/sys/cgfs.h"

enum { TEXT_SIZE = 16384, NAME_SIZE = 128 };

/* A number in a file: the whole file, or the one after "KEY ". */
struct source {
	const char *controller, *file, *key;
	uint64_t scale;
};

struct figure {
	const char *name;
	struct source v2, v1;
};

/* clang-format off: a table reads by its columns */
static const struct figure cpu_usage[] = {
	{"total", {"cpu", "cpu.stat", "usage_usec", 1000}, {"cpuacct", "cpuacct.usage", NULL, 1}},
	{"kernel",
	 {"cpu", "cpu.stat", "system_usec", 1000},
	 {"cpuacct", "cpuacct.usage_sys", NULL, 1}},
	{"user",
	 {"cpu", "cpu.stat", "user_usec", 1000},
	 {"cpuacct", "cpuacct.usage_user", NULL, 1}},
};
static const struct figure cpu_throttling[] = {
	{"periods", {"cpu", "cpu.stat", "nr_periods", 1}, {"cpu", "cpu.stat", "nr_periods", 1}},
	{"throttledPeriods",
	 {"cpu", "cpu.stat", "nr_throttled", 1},
	 {"cpu", "cpu.stat", "nr_throttled", 1}},
	{"throttledTime",
	 {"cpu", "cpu.stat", "throttled_usec", 1000},
	 {"cpu", "cpu.stat", "throttled_time", 1}},
};
static const struct figure memory_usage[] = {
	{"limit", {"memory", "memory.max", NULL, 1}, {"memory", "memory.limit_in_bytes", NULL, 1}},
	{"usage",
	 {"memory", "memory.current", NULL, 1},
	 {"memory", "memory.usage_in_bytes", NULL, 1}},
	{"max",
	 {"memory", "memory.peak", NULL, 1},
	 {"memory", "memory.max_usage_in_bytes", NULL, 1}},
	{"failcnt", {"memory", "memory.events", "max", 1}, {"memory", "memory.failcnt", NULL, 1}},
};
static const struct figure memory_swap[] = {
	{"limit",
	 {"memory", "memory.swap.max", NULL, 1},
	 {"memory", "memory.memsw.limit_in_bytes", NULL, 1}},
	{"usage",
	 {"memory", "memory.swap.current", NULL, 1},
	 {"memory", "memory.memsw.usage_in_bytes", NULL, 1}},
	{"failcnt",
	 {"memory", "memory.swap.events", "fail", 1},
	 {"memory", "memory.memsw.failcnt", NULL, 1}},
};
static const struct figure memory_kernel[] = {
	{"usage",
	 {"memory", "memory.stat", "kernel", 1},
	 {"memory", "memory.kmem.usage_in_bytes", NULL, 1}},
};
static const struct figure memory_cache[] = {
	{"cache", {"memory", "memory.stat", "file", 1}, {"memory", "memory.stat", "cache", 1}},
};
static const struct figure pids[] = {
	{"current", {"pids", "pids.current", NULL, 1}, {"pids", "pids.current", NULL, 1}},
	{"limit", {"pids", "pids.max", NULL, 1}, {"pids", "pids.max", NULL, 1}},
};
/* clang-format on */

struct stats {
	const struct cgroup *c;
	struct json_out *o;
};

static void put_number(struct stats *s, const char *name, uint64_t v)
{
	json_key(s->o, name);
	json_u64(s->o, v);
}

static bool read_source(const struct stats *s, const struct source *at, uint64_t *ret)
{
	int dir = s->c->ops->dir(s->c, at->controller);
	int r;

	if (dir < 0)
		return false;
	r = at->key ? cgfs_read_key(dir, at->file, at->key, ret)
		    : cgfs_read_u64(dir, at->file, ret);
	if (r == 0 && *ret != UINT64_MAX)
		*ret *= at->scale;
	return r == 0;
}

static void put_figures(struct stats *s, const struct figure *v, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		uint64_t x;

		if (read_source(s, s->c->manager == CGROUP_V1 ? &v[i].v1 : &v[i].v2, &x))
			put_number(s, v[i].name, x);
	}
}

#define PUT(s, table) put_figures(s, table, ARRAY_LEN(table))
#define PUT_OBJECT(s, key, table)                                                                  \
	do {                                                                                       \
		json_key((s)->o, key);                                                             \
		json_open((s)->o, '{');                                                            \
		PUT(s, table);                                                                     \
		json_close((s)->o, '}');                                                           \
	} while (0)

/* The text of a file of the cgroup, "" when it has none. */
static char *read_text(const struct stats *s, const char *controller, const char *file)
{
	char *buf = arena_alloc(s->c->a, TEXT_SIZE);
	int dir = s->c->ops->dir(s->c, controller);

	if (dir < 0 || cgfs_read(dir, file, buf, TEXT_SIZE) < 0)
		*buf = '\0';
	return buf;
}

/* The next word of *s, terminated; NULL at the end of the line. */
static char *next_word(char **s)
{
	char *word = *s + strspn(*s, " ");
	size_t n = strcspn(word, " ");

	*s = word + n;
	if (!n)
		return NULL;
	if (**s)
		*(*s)++ = '\0';
	return word;
}

static char *next_line(char **s)
{
	char *line = *s;
	size_t n = strcspn(line, "\n");

	if (!*line)
		return NULL;
	*s = line + n + (line[n] == '\n');
	line[n] = '\0';
	return line;
}

/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=0": JSON numbers as the kernel wrote them. */
static void put_pressure(struct stats *s, const char *controller, const char *file)
{
	char *text = read_text(s, controller, file), *line, *word;

	if (!*text)
		return;
	json_key(s->o, "psi");
	json_open(s->o, '{');
	while ((line = next_line(&text))) {
		word = next_word(&line);
		if (!word)
			continue;
		json_key(s->o, word);
		json_open(s->o, '{');
		while ((word = next_word(&line))) {
			char *value = strchr(word, '=');

			if (!value)
				continue;
			*value++ = '\0';
			json_key(s->o, word);
			json_raw(s->o, value, strlen(value));
		}
		json_close(s->o, '}');
	}
	json_close(s->o, '}');
}

static void put_raw(struct stats *s)
{
	char *text = read_text(s, "memory", "memory.stat"), *line;

	json_key(s->o, "raw");
	json_open(s->o, '{');
	while ((line = next_line(&text))) {
		char *key = next_word(&line);
		uint64_t v;

		if (key && io_parse_u64(line, UINT64_MAX, &v))
			put_number(s, key, v);
	}
	json_close(s->o, '}');
}

static void put_io_entry(struct stats *s, const char *device, const char *op, uint64_t v)
{
	const char *colon = strchr(device, ':');
	uint64_t major, minor;

	if (!colon || !io_parse_u64_n(device, (size_t)(colon - device), UINT32_MAX, &major) ||
	    !io_parse_u64(colon + 1, UINT32_MAX, &minor))
		return;
	json_open(s->o, '{');
	put_number(s, "major", major);
	put_number(s, "minor", minor);
	json_key(s->o, "op");
	json_string(s->o, op);
	put_number(s, "value", v);
	json_close(s->o, '}');
}

/* io.stat: "8:0 rbytes=1 wbytes=2 rios=3 wios=4 …". */
static void put_io_v2(struct stats *s, const char *read, const char *write)
{
	char *text = read_text(s, "io", "io.stat"), *line, *word;

	while ((line = next_line(&text))) {
		const char *device = next_word(&line);

		while (device && (word = next_word(&line))) {
			char *value = strchr(word, '=');
			uint64_t v;

			if (!value || !io_parse_u64(value + 1, UINT64_MAX, &v))
				continue;
			*value = '\0';
			if (!strcmp(word, read))
				put_io_entry(s, device, "Read", v);
			else if (!strcmp(word, write))
				put_io_entry(s, device, "Write", v);
		}
	}
}

/* blkio.throttle.io_…_recursive: "8:0 Read 1". */
static void put_io_v1(struct stats *s, const char *file)
{
	char *text = read_text(s, "blkio", file), *line;

	while ((line = next_line(&text))) {
		const char *device = next_word(&line), *op = device ? next_word(&line) : NULL;
		uint64_t v;

		if (op && io_parse_u64(line, UINT64_MAX, &v))
			put_io_entry(s, device, op, v);
	}
}

static void put_blkio(struct stats *s)
{
	static const struct {
		const char *name, *read, *write, *v1;
	} lists[] = {
		{"ioServiceBytesRecursive", "rbytes", "wbytes",
		 "blkio.throttle.io_service_bytes_recursive"},
		{"ioServicedRecursive", "rios", "wios", "blkio.throttle.io_serviced_recursive"},
	};
	size_t i;

	json_key(s->o, "blkio");
	json_open(s->o, '{');
	for (i = 0; i < ARRAY_LEN(lists); i++) {
		json_key(s->o, lists[i].name);
		json_open(s->o, '[');
		if (s->c->manager == CGROUP_V1)
			put_io_v1(s, lists[i].v1);
		else
			put_io_v2(s, lists[i].read, lists[i].write);
		json_close(s->o, ']');
	}
	put_pressure(s, "io", "io.pressure");
	json_close(s->o, '}');
}

/* One page size, of whose files this is one: hugetlb.2MB.current or .usage_in_bytes. */
static void put_page_size(struct stats *s, int dir, const char *size, bool v1)
{
	const char *const usage = v1 ? "usage_in_bytes" : "current";
	const char *const failures = v1 ? "failcnt" : "events";
	char file[NAME_SIZE];
	uint64_t v;

	json_key(s->o, size);
	json_open(s->o, '{');
	fmt_buf(file, sizeof(file), "hugetlb.%s.%s", size, usage);
	if (cgfs_read_u64(dir, file, &v) == 0)
		put_number(s, "usage", v);
	fmt_buf(file, sizeof(file), "hugetlb.%s.%s", size, failures);
	if ((v1 ? cgfs_read_u64(dir, file, &v) : cgfs_read_key(dir, file, "max", &v)) == 0)
		put_number(s, "failcnt", v);
	json_close(s->o, '}');
}

static void put_hugetlb(struct stats *s)
{
	int dir = s->c->ops->dir(s->c, "hugetlb");
	bool v1 = dir != s->c->dir;
	int list = dir < 0 ? -1 : cgfs_open(dir, "");
	DIR *all = list < 0 ? NULL : fdopendir(list);
	struct dirent *d;

	json_key(s->o, "hugetlb");
	json_open(s->o, '{');
	while (all && (d = readdir(all))) {
		const char *size = d->d_name + strlen("hugetlb."), *dot;

		if (strncmp(d->d_name, "hugetlb.", strlen("hugetlb.")))
			continue;
		dot = strchr(size, '.');
		if (dot && !strcmp(dot, v1 ? ".usage_in_bytes" : ".current"))
			put_page_size(s, dir, arena_strndup(s->c->a, size, (size_t)(dot - size)),
				      v1);
	}
	if (all)
		closedir(all);
	json_close(s->o, '}');
}

static void put_cpu(struct stats *s)
{
	json_key(s->o, "cpu");
	json_open(s->o, '{');
	PUT_OBJECT(s, "usage", cpu_usage);
	PUT_OBJECT(s, "throttling", cpu_throttling);
	put_pressure(s, "cpu", "cpu.pressure");
	json_close(s->o, '}');
}

static void put_memory(struct stats *s)
{
	json_key(s->o, "memory");
	json_open(s->o, '{');
	PUT(s, memory_cache);
	PUT_OBJECT(s, "usage", memory_usage);
	PUT_OBJECT(s, "swap", memory_swap);
	PUT_OBJECT(s, "kernel", memory_kernel);
	put_raw(s);
	put_pressure(s, "memory", "memory.pressure");
	json_close(s->o, '}');
}

void cgroup_stats(const struct cgroup *c, struct json_out *o)
{
	struct stats s = {.c = c, .o = o};

	json_open(o, '{');
	put_cpu(&s);
	put_memory(&s);
	PUT_OBJECT(&s, "pids", pids);
	put_blkio(&s);
	put_hugetlb(&s);
	json_close(o, '}');
}

uint64_t cgroup_oom_kills(const struct cgroup *c)
{
	static const struct source v2 = {"memory", "memory.events", "oom_kill", 1};
	static const struct source v1 = {"memory", "memory.oom_control", "oom_kill", 1};
	const struct stats s = {.c = c};
	uint64_t n;

	return read_source(&s, c->manager == CGROUP_V1 ? &v1 : &v2, &n) ? n : 0;
}

/* v1 tells through an eventfd that is registered for memory.oom_control. */
static int watch_v1(int dir)
{
	AUTO(close_fd) int control = openat(dir, "memory.oom_control", O_RDONLY | O_CLOEXEC);
	AUTO(close_fd) int fd = control < 0 ? -1 : eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	char text[32];

	fmt_buf(text, sizeof(text), "%d %d", fd, control);
	if (fd < 0 || cgfs_write(dir, "cgroup.event_control", text) < 0)
		return -1;
	return take_fd(&fd);
}

void cgroup_oom_watch(const struct cgroup *c, struct oom_watch *ret)
{
	int dir = c->ops->dir(c, "memory");
	bool v1 = c->manager == CGROUP_V1;

	*ret = (struct oom_watch){.poll = {.fd = -1, .events = v1 ? POLLIN : POLLPRI}};
	if (dir >= 0)
		ret->poll.fd = v1 ? watch_v1(dir)
				  : openat(dir, "memory.events", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ret->seen = v1 ? 0 : cgroup_oom_kills(c);
}

/* Counted by the eventfd: it speaks before the kill, and once more when the cgroup is removed. */
static uint64_t news_v1(const struct cgroup *c, struct oom_watch *w)
{
	uint64_t n, kills;
	int dir = c->ops->dir(c, "memory");

	if (w->poll.fd < 0 || read(w->poll.fd, &n, sizeof(n)) != sizeof(n))
		return 0;
	return cgfs_read_key(dir, "memory.oom_control", "oom_kill", &kills) == 0 ? n : 0;
}

uint64_t cgroup_oom_news(const struct cgroup *c, struct oom_watch *w)
{
	char buf[TEXT_SIZE];
	uint64_t now, news;

	if (c->manager == CGROUP_V1)
		return news_v1(c, w);
	/* kernfs wakes a poll only after a read from the start. */
	if (w->poll.fd >= 0)
		(void)!pread(w->poll.fd, buf, sizeof(buf), 0);
	now = cgroup_oom_kills(c);
	news = now > w->seen ? now - w->seen : 0;
	w->seen += news;
	return news;
}
