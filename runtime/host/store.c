/*
 * The state store.
 *
 * owns:     the layout ROOT/ID/{state.json,creating,start,notify,cgroup}, the locks, the cleanup
 * may use:  base, sys, oci
 * must not: start or signal processes; follow a symbolic link below the root
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "runtime/base/fmt.h"
#include "runtime/base/io.h"
#include "runtime/base/path.h"
#include "runtime/host/store.h"

enum {
	STATE_SIZE_MAX = 4 * DOC_SIZE_MAX, /* the config, escaped */
	ROOT_MODE = 01700,                 /* sticky: cleaners of /run/user leave it alone */
	CLAIMS_MAX = 1000,
};

static const char state_file[] = "state.json";
static const char state_temp[] = "state.json.new";

/* Everything that may be in a container's directory; state.json goes first, because a directory
 * without it counts as left over. */
static const char *const files[] = {state_file,          state_temp,   STORE_CREATING, STORE_START,
				    STORE_NOTIFY_SOCKET, STORE_NOTIFY, STORE_CGROUP};

int store_check_id(const char *id, struct err *e)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789_+-.";
	size_t n = strlen(id);

	if (n == 0)
		return err_set(e, ERR_ID_INVALID, "container id is empty");
	if (n > STORE_ID_MAX)
		return err_set(e, ERR_ID_INVALID, "container id is longer than %d bytes",
			       STORE_ID_MAX);
	if (id[0] == '.' || strspn(id, allowed) != n) {
		err_set(e, ERR_ID_INVALID, "invalid container id \"%s\"", id);
		return err_hint(e, -EINVAL,
				"an id is made of letters, digits, '_', '+', '-' and '.', and does "
				"not start with '.'");
	}
	return 0;
}

/* The kernel has told us at execve: no need to ask again. */
static uid_t own_uid(void)
{
	return (uid_t)getauxval(AT_EUID);
}

/* A root that came here by su(1) has the variables of another user, who could put something else in
 * the place of what is in there. In a user namespace the caller's directory is root's. */
static bool is_ours(const char *dir, uid_t uid)
{
	struct stat st;

	return uid != 0 || (stat(dir, &st) == 0 && st.st_uid == uid);
}

/* Where the state root is; *ret_private when other users can write to its parent. */
static const char *root_path(const char *option, struct arena *a, bool *ret_private)
{
	const char *xdg = getenv("XDG_RUNTIME_DIR");
	uid_t uid = own_uid();
	char *run;

	*ret_private = false;
	if (option)
		return option;
	if (xdg && xdg[0] == '/' && is_ours(xdg, uid))
		return path_join(a, xdg, "rundlet");
	if (uid == 0)
		return "/run/rundlet";
	run = arena_printf(a, "/run/user/%u", uid);
	if (access(run, W_OK) == 0)
		return path_join(a, run, "rundlet");
	*ret_private = true;
	return arena_printf(a, "/tmp/rundlet-%u", uid);
}

/* mkdir -p, every new directory 0700. 0 or a negative errno. */
static int make_path(struct arena *a, const char *path)
{
	char *p = arena_strdup(a, path);

	for (char *s = strchr(p + 1, '/'); s; s = strchr(s + 1, '/')) {
		*s = '\0';
		if (mkdir(p, 0700) < 0 && errno != EEXIST)
			return -errno;
		*s = '/';
	}
	if (mkdir(p, 0700) < 0)
		return errno == EEXIST ? 0 : -errno;
	/* mkdir(2) leaves the sticky bit to chmod(2). */
	return chmod(p, ROOT_MODE) < 0 ? -errno : 0;
}

/* Nobody but us may be able to put a state there (CVE class: forged state). */
static int check_root(int fd, const char *path, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_sys(e, ERR_STATE, -errno, "state root '%s'", path);
	if (st.st_uid != own_uid())
		return err_set(e, ERR_STATE, "state root '%s' belongs to uid %u, not to uid %u",
			       path, st.st_uid, own_uid());
	if (st.st_mode & 022)
		return err_set(e, ERR_STATE, "state root '%s' can be written by others (mode %o)",
			       path, st.st_mode & 07777);
	return 0;
}

int store_open_root(const char *root_option, bool create, struct arena *a, struct err *e)
{
	bool private;
	const char *path = root_path(root_option, a, &private);
	int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | (private ? O_NOFOLLOW : 0);
	AUTO(close_fd) int fd = open(path, flags);
	int r;

	if (fd < 0 && errno == ENOENT && create) {
		r = make_path(a, path);
		if (r < 0) {
			err_sys(e, ERR_STATE, r, "make state root '%s'", path);
			return err_hint(e, r,
					"name a writable directory with --root or "
					"XDG_RUNTIME_DIR");
		}
		fd = open(path, flags);
	}
	if (fd < 0)
		return err_sys(e, ERR_STATE, -errno, "open state root '%s'", path);
	r = check_root(fd, path, e);
	return r < 0 ? r : take_fd(&fd);
}

static int remove_file(int dir, const char *name)
{
	int r = unlinkat(dir, name, 0);

	if (r < 0 && errno == EISDIR)
		r = unlinkat(dir, name, AT_REMOVEDIR);
	return r < 0 && errno != ENOENT ? -errno : 0;
}

/* The container's directory, or a negative errno. */
static int open_dir(int root, const char *id)
{
	int fd = openat(root, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* flock(2) waits in an interruptible sleep. */
static int lock(int dir, int operation)
{
	while (flock(dir, operation) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

/* 1: the directory is still there, 0: another command has removed it while we waited for the lock.
 */
static int is_linked(int dir)
{
	struct stat st;

	if (fstat(dir, &st) < 0)
		return -errno;
	return st.st_nlink > 0;
}

/* What a create that was killed has left behind may be taken over: it is not locked and has no
 * state. */
static int take_over(int dir)
{
	int r = 0;

	if (faccessat(dir, state_file, F_OK, 0) == 0)
		return -EEXIST;
	/* But the last: what it names is still to be removed (cgroup_recover()). */
	for (size_t i = 0; i + 1 < ARRAY_LEN(files) && r == 0; i++)
		r = remove_file(dir, files[i]);
	return r;
}

/* Makes ROOT/ID, or takes it over, and locks it. -ENOENT: somebody has removed it in between. */
static int claim(int root, const char *id, int *ret_dir)
{
	bool made = mkdirat(root, id, 0700) == 0;
	AUTO(close_fd) int dir = made || errno == EEXIST ? open_dir(root, id) : -errno;
	int r = dir < 0 ? dir : lock(dir, LOCK_EX | LOCK_NB);

	/* Were one that we made removed before we had the lock, nothing could be put into it: see
	 * store_explain(). */
	if (r == 0 && !made)
		r = is_linked(dir);
	if (!made && r >= 0)
		r = r ? take_over(dir) : -ENOENT;
	if (made && r == -EWOULDBLOCK) /* taken for left over: it is theirs, or theirs to remove */
		r = -ENOENT;
	else if (r < 0 && made)
		unlinkat(root, id, AT_REMOVEDIR);
	*ret_dir = take_fd(&dir);
	return r;
}

int store_create(struct store_entry *ret, int root, const char *id, struct err *e)
{
	AUTO(close_fd) int dir = -1;
	int r = claim(root, id, &dir);

	/* Others may be deleting it. */
	for (int i = 0; r == -ENOENT && i < CLAIMS_MAX; i++) {
		close_fd_cleanup(&dir);
		r = claim(root, id, &dir);
	}
	if (r == -EWOULDBLOCK || r == -EEXIST) {
		err_set(e, ERR_ID_EXISTS, "container \"%s\" already exists", id);
		return -EEXIST;
	}
	if (r < 0)
		return err_sys(e, ERR_STATE, r, "make the state directory of '%s'", id);
	*ret = (struct store_entry){.root = root, .dir = take_fd(&dir), .id = id};
	return 0;
}

int store_explain(const struct store_entry *s, struct err *e, int r)
{
	if (r >= 0 || s->dir < 0 || is_linked(s->dir) != 0)
		return r;
	err_set(e, ERR_STATE, "container \"%s\" was deleted while it was made", s->id);
	return err_hint(e, -ENOENT, "another command has done it: try again");
}

static int no_container(const char *id, struct err *e)
{
	err_set(e, ERR_NO_CONTAINER, "container \"%s\": container does not exist", id);
	return -ENOENT;
}

int store_open(struct store_entry *ret, int root, const char *id, bool exclusive, struct err *e)
{
	AUTO(close_fd) int dir = open_dir(root, id);
	int r = 1;

	if (dir == -ENOENT || dir == -ENOTDIR)
		return no_container(id, e);
	if (dir < 0)
		return err_sys(e, ERR_STATE, dir, "open the state directory of '%s'", id);
	if (exclusive) {
		r = lock(dir, LOCK_EX);
		if (r == 0)
			r = is_linked(dir);
	}
	if (r == 0)
		return no_container(id, e);
	if (r < 0)
		return err_sys(e, ERR_STATE, r, "lock the state directory of '%s'", id);
	*ret = (struct store_entry){.root = root, .dir = take_fd(&dir), .id = id};
	return 0;
}

static int write_file(int dir, const char *text)
{
	AUTO(close_fd)
	int fd = openat(dir, state_temp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
			0600);
	int r;

	if (fd < 0)
		return -errno;
	r = io_write_all(fd, text, strlen(text));
	if (r == 0 && renameat(dir, state_temp, dir, state_file) < 0)
		r = -errno;
	return r;
}

int store_write(struct store_entry *s, struct arena *a, const struct state *st, struct err *e)
{
	int r = write_file(s->dir, oci_emit_state_file(a, st));

	if (r < 0) {
		/* On a full disk the half of a file would be in the way of the cleanup's rmdir. */
		unlinkat(s->dir, state_temp, 0);
		return err_sys(e, ERR_STATE, r, "write %s of '%s'", state_file, s->id);
	}
	return 0;
}

int store_read(const struct store_entry *s, struct arena *a, struct state *ret, struct err *e)
{
	/* Whatever it has become: a fifo must not block. */
	const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	AUTO(close_fd) int fd = openat(s->dir, state_file, flags);
	struct stat st;
	ssize_t n;
	char *text;

	if (fd < 0 && errno == ENOENT)
		return no_container(s->id, e);
	if (fd < 0 ? errno != ELOOP : fstat(fd, &st) < 0)
		return err_sys(e, ERR_STATE, -errno, "open %s of '%s'", state_file, s->id);
	if (fd < 0 || !S_ISREG(st.st_mode) || st.st_size > STATE_SIZE_MAX)
		return err_set(e, ERR_STATE, "%s of '%s' is not a state file", state_file, s->id);
	if (st.st_uid != own_uid())
		return err_set(e, ERR_STATE, "%s of '%s' belongs to uid %u, not to uid %u",
			       state_file, s->id, st.st_uid, own_uid());
	text = arena_alloc(a, (size_t)st.st_size + 1);
	n = io_read_full(fd, text, (size_t)st.st_size);
	if (n < 0)
		return err_sys(e, ERR_STATE, (int)n, "read %s of '%s'", state_file, s->id);
	return oci_decode_state_file(ret, a, text, (size_t)n, e);
}

int store_mark(const struct store_entry *s, enum store_mark mark, struct err *e)
{
	int r = 0;

	if (mark == STORE_MARK_CREATED && renameat(s->dir, STORE_CREATING, s->dir, STORE_START) < 0)
		r = -errno;
	if (mark == STORE_MARK_STARTED)
		r = remove_file(s->dir, STORE_START);
	return r < 0 ? err_sys(e, ERR_STATE, r, "record the status of '%s'", s->id) : 0;
}

enum store_mark store_marked(const struct store_entry *s)
{
	if (faccessat(s->dir, STORE_START, F_OK, 0) == 0)
		return STORE_MARK_CREATED;
	if (faccessat(s->dir, STORE_CREATING, F_OK, 0) == 0)
		return STORE_MARK_CREATING;
	return STORE_MARK_STARTED;
}

int store_remove(struct store_entry *s, struct err *e)
{
	int r = remove_file(s->dir, files[0]);

	/* A container that has been started has no other file. */
	if (r == 0 && unlinkat(s->root, s->id, AT_REMOVEDIR) == 0)
		return 0;
	for (size_t i = 1; i < ARRAY_LEN(files) && r == 0; i++)
		r = remove_file(s->dir, files[i]);
	if (r == 0 && unlinkat(s->root, s->id, AT_REMOVEDIR) < 0 && errno != ENOENT)
		r = -errno;
	return r < 0 ? err_sys(e, ERR_STATE, r, "remove the state directory of '%s'", s->id) : 0;
}

int store_unlock(struct store_entry *s, struct err *e)
{
	int r = lock(s->dir, LOCK_UN);

	return r < 0 ? err_sys(e, ERR_STATE, r, "unlock the state directory of '%s'", s->id) : 0;
}

int store_relock(struct store_entry *s, struct err *e)
{
	int r = lock(s->dir, LOCK_EX);

	if (r == 0)
		r = is_linked(s->dir);
	return r < 0 ? err_sys(e, ERR_STATE, r, "lock the state directory of '%s'", s->id) : r;
}

void store_close(struct store_entry *s)
{
	if (s->dir >= 0)
		close(s->dir);
	s->dir = -1;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void closedir_cleanup(DIR **d)
{
	if (*d)
		closedir(*d);
}

int store_list(int root, struct arena *a, struct strings *ret, struct err *e)
{
	AUTO(close_fd) int fd = openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	AUTO(closedir) DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct strings ids = {0};
	size_t room = 0;
	struct err ignored;

	if (!d)
		return err_sys(e, ERR_STATE, -errno, "list the state root");
	take_fd(&fd); /* the stream's */
	errno = 0;
	for (struct dirent *entry; (entry = readdir(d)); errno = 0) {
		if (store_check_id(entry->d_name, &ignored) < 0)
			continue;
		if (ids.n == room) {
			const char **bigger = arena_array(a, room ? room * 2 : 64, sizeof(*bigger));

			if (ids.n)
				memcpy(bigger, ids.v, ids.n * sizeof(*bigger));
			ids.v = bigger;
			room = room ? room * 2 : 64;
		}
		ids.v[ids.n++] = arena_strdup(a, entry->d_name);
	}
	if (errno)
		return err_sys(e, ERR_STATE, -errno, "list the state root");
	if (ids.n)
		qsort(ids.v, ids.n, sizeof(*ids.v), compare);
	*ret = ids;
	return 0;
}
