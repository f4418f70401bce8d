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

enum { SUBID_FILE = 1 << 20 };
enum { USER_INIT_INO = 0xEFFFFFFD };

/* The text of a file of our own process. */
static char *read_self(struct arena *a, const char *file, struct err *e, int *ret_r)
{
	char *text = procinfo_read(a, PROCINFO_SELF, file, PROCINFO_SMALL, ret_r);

	if (!text) {
		err_sys(e, ERR_HOST, *ret_r, "read /proc/self/%s", file);
		err_hint(e, *ret_r, "/proc must be mounted");
	}
	return text;
}

static int read_map(struct id_ranges *ret, struct arena *a, const char *file, struct err *e)
{
	int r;
	const char *text = read_self(a, file, e, &r);

	if (text && !procinfo_parse_map(ret, a, text))
		return err_sys(e, ERR_HOST, -EBADMSG, "read /proc/self/%s", file);
	return r;
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
	uint32_t uid[2], gid[2]; /* real, effective */
	int r;
	const char *text = read_self(a, "status", e, &r);

	if (!text)
		return r;
	if (procinfo_numbers(text, "Uid", uid, 2) != 2 ||
	    procinfo_numbers(text, "Gid", gid, 2) != 2 ||
	    !procinfo_octal(text, "Umask", &f->umask) ||
	    !procinfo_bits(text, "CapEff", &f->cap_effective) ||
	    !procinfo_bits(text, "CapBnd", &f->cap_bounding) ||
	    !procinfo_bits(text, "SigIgn", &f->signals_ignored))
		return err_sys(e, ERR_HOST, -EBADMSG, "read /proc/self/status");
	f->euid = uid[1];
	f->egid = gid[1];
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
	const char *setgroups;
	int r = read_map(&f->uid_map, a, "uid_map", e);

	if (r == 0)
		r = read_map(&f->gid_map, a, "gid_map", e);
	if (r < 0)
		return r;
	setgroups = read_self(a, "setgroups", e, &r);
	f->setgroups_denied = setgroups && procinfo_denies(setgroups);
	return r;
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

/* The text of a file of the host, NULL when it cannot be read. */
static char *read_file(struct arena *a, const char *path)
{
	AUTO(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text = arena_alloc(a, SUBID_FILE);
	ssize_t n = fd < 0 ? -1 : io_read_full(fd, text, SUBID_FILE - 1);

	return n < 0 ? NULL : text;
}

/* The lines of /etc/subuid that name the user, by name or by number (subuid(5)). */
static void read_sub(struct sub_ranges *ret, struct arena *a, const char *path,
		     const struct facts *f)
{
	const char *number = arena_printf(a, "%u", f->euid);
	char *text = read_file(a, path), *line;
	size_t lines = 1;

	if (!text)
		return;
	for (const char *p = text; *p; p++)
		lines += *p == '\n';
	ret->v = arena_array(a, lines, sizeof(*ret->v));
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
