/*
 * Files below /proc/PID.
 *
 * owns:     reading them and taking them apart
 * may use:  base
 * must not: word errors, decide anything
 */
#include "runtime/plan/procinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "runtime/base/fmt.h"
#include "runtime/base/io.h"

char *procinfo_read(struct arena *a, pid_t pid, const char *file, size_t size, int *ret_r)
{
	AUTO(close_fd) int fd = -1;
	char path[64], *text;
	ssize_t n;

	if (pid == PROCINFO_SELF)
		fmt_buf(path, sizeof(path), "/proc/self/%s", file);
	else
		fmt_buf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	*ret_r = errno == ENOENT && pid != PROCINFO_SELF ? -ESRCH : -errno;
	if (fd < 0)
		return NULL;
	text = arena_alloc(a, size);
	/* Only records that are shorter than half a page end as io_read_proc() expects. */
	n = size > PROCINFO_SMALL ? io_read_full(fd, text, size - 1)
				  : io_read_proc(fd, text, size - 1);
	*ret_r = n < 0 ? (int)n : 0;
	if (n < 0)
		return NULL;
	text[n] = '\0';
	return text;
}

/* Cuts the next number off *p. */
static bool next_number(const char **p, uint32_t *ret)
{
	uint64_t v;
	size_t n;

	*p += strspn(*p, " \t");
	n = strcspn(*p, " \t\n");
	if (!io_parse_u64_n(*p, n, UINT32_MAX, &v))
		return false;
	*p += n;
	*ret = (uint32_t)v;
	return true;
}

bool procinfo_parse_map(struct id_ranges *ret, struct arena *a, const char *text)
{
	struct id_ranges m = {0};
	size_t lines = 1;

	for (const char *p = text; *p; p++)
		lines += *p == '\n';
	m.v = arena_array(a, lines, sizeof(*m.v));
	while (*text) {
		struct id_range *range = &m.v[m.n++];

		if (!next_number(&text, &range->inside) || !next_number(&text, &range->outside) ||
		    !next_number(&text, &range->count))
			return false;
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	*ret = m;
	return true;
}

const char *procinfo_value(const char *status, const char *name)
{
	const size_t n = strlen(name);

	for (const char *p = status; p; p = strchr(p, '\n')) {
		p += *p == '\n';
		if (!strncmp(p, name, n) && p[n] == ':')
			return p + n + 1;
	}
	return NULL;
}

/* The same behind the blanks. */
static const char *trimmed_value(const char *status, const char *name)
{
	const char *p = procinfo_value(status, name);

	return p ? p + strspn(p, " \t") : NULL;
}

bool procinfo_bits(const char *status, const char *name, uint64_t *ret)
{
	const char *p = trimmed_value(status, name);

	return p && io_parse_hex_n(p, strcspn(p, "\n"), ret);
}

bool procinfo_octal(const char *status, const char *name, uint32_t *ret)
{
	const char *p = trimmed_value(status, name);
	uint32_t v = 0;

	for (; p && *p >= '0' && *p <= '7'; p++)
		v = v << 3 | (uint32_t)(*p - '0');
	*ret = v;
	return p && *p == '\n';
}

size_t procinfo_numbers(const char *status, const char *name, uint32_t *ret, size_t max)
{
	const char *p = procinfo_value(status, name);
	size_t n = 0;

	while (p && n < max && next_number(&p, &ret[n]))
		n++;
	return n;
}

bool procinfo_denies(const char *setgroups)
{
	return !strncmp(setgroups, "deny", 4);
}
