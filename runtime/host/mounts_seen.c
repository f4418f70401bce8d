/*
 * The mounts of a process.
 *
 * owns:     reading them
 * may use:  base, sys, oci (types), plan/procinfo
 * must not: know what was asked for
 */
#include "runtime/host/mounts_seen.h"

#include <string.h>
#include <sys/stat.h>

#include "runtime/base/fmt.h"
#include "runtime/plan/procinfo.h"
#include "runtime/sys/kernel.h"
#include "runtime/sys/mountinfo.h"
#include "runtime/sys/ns.h"
#include "runtime/sys/statmount.h"

enum { MOUNTS_MAX = 65536, REPLY_SIZE = 32768, MOUNTINFO_SIZE = 16 << 20 };

/* --- statmount ---------------------------------------------------------------------------------
 */

static const char *text_of(struct arena *a, const struct statmount_reply *r, uint64_t what,
			   uint32_t offset)
{
	return r->mask & what ? arena_strdup(a, r->str + offset) : NULL;
}

static struct inspected_mount from_reply(struct arena *a, const struct statmount_reply *r)
{
	return (struct inspected_mount){
		.target = text_of(a, r, STATMOUNT_WANT_POINT, r->point),
		.type = text_of(a, r, STATMOUNT_WANT_TYPE, r->type),
		.source = text_of(a, r, STATMOUNT_WANT_SOURCE, r->source),
		.root = text_of(a, r, STATMOUNT_WANT_ROOT, r->root),
		.options = text_of(a, r, STATMOUNT_WANT_OPTIONS, r->options),
		.attributes = r->attr,
		.propagation = r->propagation,
	};
}

/* The old id of the mount that is the root of the process: paths of statmount(2) begin at the root
 * of the namespace, which is another one after chroot(2). */
static int root_mount(pid_t pid, uint64_t *ret)
{
	struct statx st;
	char path[64];

	fmt_buf(path, sizeof(path), "/proc/%d/root", (int)pid);
	if (statx(AT_FDCWD, path, 0, STATX_MNT_ID, &st) < 0)
		return -errno;
	*ret = st.stx_mnt_id;
	return st.stx_mask & STATX_MNT_ID ? 0 : -ENOSYS;
}

static int mount_namespace(pid_t pid, uint64_t *ret)
{
	AUTO(close_fd) int fd = -1;
	enum ns_type found;
	char path[64];

	fmt_buf(path, sizeof(path), "/proc/%d/ns/mnt", (int)pid);
	fd = ns_open(path, NS_MNT, &found);
	return fd < 0 ? fd : statmount_namespace(fd, ret);
}

int mounts_by_statmount(struct mounts_seen *ret, struct arena *a, pid_t pid)
{
	const uint64_t want = STATMOUNT_WANT_SB | STATMOUNT_WANT_MNT | STATMOUNT_WANT_ROOT |
			      STATMOUNT_WANT_POINT | STATMOUNT_WANT_TYPE | STATMOUNT_WANT_OPTIONS |
			      STATMOUNT_WANT_SOURCE;
	struct statmount_reply *reply = arena_alloc(a, REPLY_SIZE);
	uint64_t *ids = arena_array(a, MOUNTS_MAX, sizeof(*ids));
	struct mounts_seen seen = {0};
	uint64_t ns, root;
	bool root_seen = false;
	size_t roots = 0;
	int r = mount_namespace(pid, &ns), n;

	if (r == 0)
		r = root_mount(pid, &root);
	n = r == 0 ? statmount_list(ns, ids, MOUNTS_MAX) : r;
	if (n < 0)
		return n;
	seen.v = arena_array(a, (size_t)n, sizeof(*seen.v));
	for (int i = 0; i < n; i++) {
		r = statmount_get(ns, ids[i], want, reply, REPLY_SIZE);
		if (r == -ENOENT) /* unmounted meanwhile */
			continue;
		if (r < 0)
			return r;
		/* Before Linux 6.13 it tells less. */
		if (!(reply->mask & STATMOUNT_WANT_SOURCE))
			return -ENOSYS;
		seen.v[seen.n] = from_reply(a, reply);
		if (!seen.v[seen.n].target || !seen.v[seen.n].type)
			continue;
		if (!strcmp(seen.v[seen.n].target, "/")) {
			root_seen |= reply->id_old == root;
			roots++;
		}
		seen.n++;
	}
	*ret = seen;
	/* Of two, one over the other, the paths do not say below which they are. */
	return root_seen && roots == 1 ? 0 : -ENOTSUP;
}

/* --- mountinfo ---------------------------------------------------------------------------------
 */

static uint64_t attributes_of(char *words)
{
	uint64_t bits = MOUNT_ATTR_STRICTATIME, bit;
	const char *word;

	while ((word = strsep(&words, ","))) {
		if (!strcmp(word, "relatime") || !strcmp(word, "noatime"))
			bits &= ~(uint64_t)MOUNT_ATTR_STRICTATIME;
		if (!strcmp(word, "idmapped"))
			bits |= MOUNT_ATTR_IDMAP;
		if (names_value(mount_attribute_names, word, &bit))
			bits |= bit;
	}
	return bits;
}

/* One of the optional fields, "shared:7"; what has none is private. */
static uint64_t propagation_of(const char *field)
{
	static const struct name prefixes[] = {
		{"shared:", MS_SHARED}, {"master:", MS_SLAVE}, {"unbindable", MS_UNBINDABLE}};

	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++)
		if (!strncmp(field, prefixes[i].name, strlen(prefixes[i].name)))
			return prefixes[i].value;
	return 0;
}

/* "rw,size=64k" without the first word, which statmount(2) does not tell; NULL: nothing else. */
static const char *options_of(char *text)
{
	const char *rest = text ? strchr(text, ',') : NULL;

	return rest ? rest + 1 : NULL;
}

/* ID PARENT DEV ROOT TARGET WORDS [OPTIONAL…] - TYPE SOURCE OPTIONS */
static bool parse_line(struct inspected_mount *ret, char *line)
{
	struct inspected_mount m = {0};
	char *field[6], *word;

	for (size_t i = 0; i < ARRAY_LEN(field); i++)
		field[i] = strsep(&line, " ");
	while ((word = strsep(&line, " ")) && strcmp(word, "-") != 0)
		m.propagation |= propagation_of(word);
	if (!line)
		return false;
	if (!m.propagation)
		m.propagation = MS_PRIVATE;
	m.root = mountinfo_unescape(field[3]);
	m.target = mountinfo_unescape(field[4]);
	m.attributes = attributes_of(field[5]);
	m.type = strsep(&line, " ");
	word = strsep(&line, " ");
	m.source = word ? mountinfo_unescape(word) : NULL;
	m.options = options_of(line);
	*ret = m;
	return true;
}

int mounts_by_mountinfo(struct mounts_seen *ret, struct arena *a, pid_t pid)
{
	struct mounts_seen seen = {0};
	size_t lines = 0;
	char *text, *line;
	int r;

	text = procinfo_read(a, pid, "mountinfo", MOUNTINFO_SIZE, &r);
	if (!text)
		return r;
	for (const char *p = text; *p; p++)
		lines += *p == '\n';
	seen.v = arena_array(a, lines + 1, sizeof(*seen.v));
	while ((line = strsep(&text, "\n")))
		seen.n += parse_line(&seen.v[seen.n], line);
	*ret = seen;
	return 0;
}
