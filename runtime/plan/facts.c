/*
 * The probe.
 *
 * owns:     reading /proc/self and /etc/sub[ug]id
 * may use:  base, sys
 * must not: decide anything, change anything
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/base/io.h"
#include "runtime/plan/facts.h"

enum { SMALL_FILE = 16384, SUBID_FILE = 1 << 20 };
enum { USER_INIT_INO = 0xEFFFFFFD };

/* The text of a file in a; NULL with *ret_r set when it cannot be read. */
static char *read_file(struct arena *a, const char *path, size_t size, int *ret_r)
{
	AUTO(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text;
	ssize_t n;

	*ret_r = -errno;
	if (fd < 0)
		return NULL;
	text = arena_alloc(a, size);
	n = io_read_proc(fd, text, size - 1);
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

static size_t count_lines(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n + 1;
}

/* user_namespaces(7), "inside outside count" a line. */
static int read_map(struct id_ranges *ret, struct arena *a, const char *path, struct err *e)
{
	const char *p;
	int r;

	p = read_file(a, path, SMALL_FILE, &r);
	if (!p) {
		err_sys(e, ERR_HOST, r, "read %s", path);
		return err_hint(e, r, "/proc must be mounted");
	}
	ret->v = arena_array(a, count_lines(p), sizeof(*ret->v));
	ret->n = 0;
	while (*p) {
		struct id_range *m = &ret->v[ret->n];

		if (!next_number(&p, &m->inside) || !next_number(&p, &m->outside) ||
		    !next_number(&p, &m->count))
			break;
		ret->n++;
		p += strcspn(p, "\n");
		p += *p == '\n';
	}
	return 0;
}

/* The value of a line "NAME:\tVALUE" of /proc/PID/status, NULL when there is none. */
static const char *status_value(const char *text, const char *name)
{
	const size_t n = strlen(name);

	for (const char *p = text; p; p = strchr(p, '\n')) {
		p += *p == '\n';
		if (!strncmp(p, name, n) && p[n] == ':')
			return p + n + 1;
	}
	return NULL;
}

static bool status_bits(const char *text, const char *name, uint64_t *ret)
{
	const char *p = status_value(text, name);

	if (p)
		*ret = strtoull(p, NULL, 16);
	return p != NULL;
}

/* The second of "real effective saved filesystem". */
static bool status_id(const char *text, const char *name, uint32_t *ret)
{
	const char *p = status_value(text, name);

	return p && next_number(&p, ret) && next_number(&p, ret);
}

/* A kernel that is older than our headers takes what it does not know for nothing. */
static uint32_t last_cap(uint64_t bounding)
{
	/* as a rule nobody has dropped the last one, and it tells its number */
	uint32_t last = bounding ? 63 - (uint32_t)__builtin_clzll(bounding) : 0;

	last = last < CAP_LAST_CAP ? CAP_LAST_CAP : last;
	while (last < 63 && prctl(PR_CAPBSET_READ, (unsigned long)last + 1, 0, 0, 0) >= 0)
		last++;
	return last;
}

/* One file instead of six system calls. */
static int probe_status(struct facts *f, struct arena *a, struct err *e)
{
	int r;
	const char *text = read_file(a, "/proc/self/status", SMALL_FILE, &r);

	if (!text || !status_id(text, "Uid", &f->euid) || !status_id(text, "Gid", &f->egid) ||
	    !status_bits(text, "CapEff", &f->cap_effective) ||
	    !status_bits(text, "CapBnd", &f->cap_bounding) ||
	    !status_bits(text, "SigIgn", &f->signals_ignored)) {
		r = err_sys(e, ERR_HOST, text ? -EBADMSG : r, "read /proc/self/status");
		return err_hint(e, r, "/proc must be mounted");
	}
	f->privileged = f->cap_effective >> CAP_SYS_ADMIN & 1;
	f->cap_last = last_cap(f->cap_bounding);
	return 0;
}

/* The initial user namespace has had this inode number for ever (PROC_USER_INIT_INO). */
static bool in_initial_userns(void)
{
	struct stat st;

	return stat("/proc/self/ns/user", &st) == 0 && st.st_ino == USER_INIT_INO;
}

/* The maps of a user namespace that is not the initial one. */
static int probe_maps(struct facts *f, struct arena *a, struct err *e)
{
	const char *text;
	int r = read_map(&f->uid_map, a, "/proc/self/uid_map", e);

	if (r == 0)
		r = read_map(&f->gid_map, a, "/proc/self/gid_map", e);
	if (r < 0)
		return r;
	text = read_file(a, "/proc/self/setgroups", 32, &r);
	f->setgroups_denied = text && !strncmp(text, "deny", 4);
	return 0;
}

int facts_probe(struct facts *ret, struct arena *a, struct err *e)
{
	struct facts f = {.initial_userns = in_initial_userns()};
	int r = probe_status(&f, a, e);

	if (r == 0 && f.initial_userns) {
		f.uid_map.v = arena_alloc(a, sizeof(*f.uid_map.v));
		f.uid_map.v[0] = (struct id_range){.count = UINT32_MAX};
		f.uid_map.n = 1;
		f.gid_map = f.uid_map;
	} else if (r == 0) {
		r = probe_maps(&f, a, e);
	}
	if (r < 0)
		return r;
	*ret = f;
	return 0;
}

int facts_probe_ids(struct facts *ret, struct arena *a, struct err *e)
{
	struct facts f = {0};
	int r = probe_status(&f, a, e);

	if (r == 0)
		*ret = f;
	return r;
}

/* The lines of /etc/subuid that name the user, by name or by number (subuid(5)). */
static void read_sub(struct sub_ranges *ret, struct arena *a, const char *path,
		     const struct facts *f)
{
	int r;
	char *text = read_file(a, path, SUBID_FILE, &r), *line;
	const char *number = arena_printf(a, "%u", f->euid);

	if (!text)
		return;
	ret->v = arena_array(a, count_lines(text), sizeof(*ret->v));
	while ((line = strsep(&text, "\n"))) {
		const char *owner = strsep(&line, ":");
		const char *start = strsep(&line, ":");
		uint64_t first, count;

		if (!start || !line ||
		    (strcmp(owner, number) != 0 && (!f->user || strcmp(owner, f->user) != 0)))
			continue;
		if (!io_parse_u64(start, UINT32_MAX, &first) ||
		    !io_parse_u64(line, UINT32_MAX, &count) || !count)
			continue;
		ret->v[ret->n++] =
			(struct sub_range){.start = (uint32_t)first, .count = (uint32_t)count};
	}
}

static const char *find_helper(struct arena *a, const char *name)
{
	static const char *const dirs[] = {"/usr/bin", "/bin", "/usr/local/bin", "/usr/sbin"};

	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		const char *path = arena_printf(a, "%s/%s", dirs[i], name);

		if (access(path, X_OK) == 0)
			return path;
	}
	return NULL;
}

int facts_probe_ranges(struct facts *f, struct arena *a, struct err *e)
{
	const struct passwd *pw = getpwuid(f->euid);

	(void)e;
	if (pw)
		f->user = arena_strdup(a, pw->pw_name);
	read_sub(&f->subuid, a, "/etc/subuid", f);
	read_sub(&f->subgid, a, "/etc/subgid", f);
	f->newuidmap = find_helper(a, "newuidmap");
	f->newgidmap = find_helper(a, "newgidmap");
	return 0;
}
