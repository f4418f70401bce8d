/*
 * sys/rooted: nothing is opened or made outside the root, whatever the image holds and whoever
 * swaps it meanwhile; what is missing is made where the image's links say.
 */
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "runtime/sys/rooted.h"
#include "tests/unit/child.h"

enum { RACE_ROUNDS = 3000, FRESH_ROUNDS = 10000 /* its moment is short */ };

/* BASE/root is the root, BASE/outside the host's: nothing may ever appear there. */
static char base[64];
static int top, root, outside;

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int setup(void **state)
{
	int fd;

	(void)state;
	umask(022);
	strcpy(base, "/dev/shm/rootedXXXXXX");
	if (!mkdtemp(base)) {
		strcpy(base, "/tmp/rootedXXXXXX");
		if (!mkdtemp(base))
			return -1;
	}
	top = open(base, O_PATH | O_DIRECTORY | O_CLOEXEC);
	mkdirat(top, "root", 0755);
	mkdirat(top, "outside", 0755);
	root = openat(top, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	outside = openat(top, "outside", O_PATH | O_DIRECTORY | O_CLOEXEC);
	mkdirat(root, "dir", 0755);
	mkdirat(root, "dir/sub", 0755);
	fd = openat(root, "dir/file", O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
	close(fd);
	fd = openat(outside, "canary", O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
	return close(fd);
}

static int teardown(void **state)
{
	(void)state;
	close(top);
	close(root);
	close(outside);
	return nftw(base, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static const char *path_of(int fd)
{
	static char path[PATH_MAX];
	char link[64];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	assert_true(n > 0);
	path[n] = '\0';
	return path;
}

/* Asserts that fd is BASE/root + where, closes it. */
static void assert_at(int fd, const char *where)
{
	char want[PATH_MAX];

	if (fd < 0)
		fail_msg("%s: %s", where, strerror(-fd));
	snprintf(want, sizeof(want), "%s/root%s", base, where);
	assert_string_equal(path_of(fd), want);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
}

static void assert_outside_untouched(void)
{
	struct stat st;

	assert_int_equal(fstatat(outside, "canary", &st, 0), 0);
	assert_int_equal(st.st_size, 0);
	assert_int_equal(unlinkat(outside, "canary", 0), 0);
	assert_int_equal(unlinkat(top, "outside", AT_REMOVEDIR), 0); /* else not empty */
}

static void link_to(const char *text, const char *name)
{
	assert_int_equal(symlinkat(text, root, name), 0);
}

static void test_open(void **state)
{
	(void)state;
	assert_at(rooted_open(root, "/dir/file", O_RDONLY, 0), "/dir/file");
	assert_at(rooted_open(root, "dir/file", O_PATH, 0), "/dir/file");
	assert_at(rooted_open(root, "/", O_PATH | O_DIRECTORY, 0), "");
	assert_at(rooted_open(root, "/../..", O_PATH | O_DIRECTORY, 0), "");
	assert_at(rooted_open(root, "/new", O_CREAT | O_WRONLY, 0640), "/new");
	assert_int_equal(rooted_open(root, "/missing", O_PATH, 0), -ENOENT);
	assert_int_equal(rooted_open(root, "/dir/file", O_PATH | O_DIRECTORY, 0), -ENOTDIR);
}

static void test_links_stay_inside(void **state)
{
	char text[128];

	(void)state;
	snprintf(text, sizeof(text), "%s/outside/canary", base);
	link_to(text, "absolute");
	link_to("../outside/canary", "relative");
	link_to("../../../../../../../../etc/passwd", "deep");
	link_to("/../outside", "dotdot");
	link_to("/dir", "fine");
	assert_int_equal(rooted_open(root, "/absolute", O_RDONLY, 0), -ENOENT);
	assert_int_equal(rooted_open(root, "/relative", O_RDONLY, 0), -ENOENT);
	assert_int_equal(rooted_open(root, "/deep", O_RDONLY, 0), -ENOENT);
	assert_int_equal(rooted_open(root, "/dotdot/canary", O_RDONLY, 0), -ENOENT);
	assert_at(rooted_open(root, "/fine/file", O_RDONLY, 0), "/dir/file");
}

static void test_nolinks(void **state)
{
	(void)state;
	link_to("/dir", "fine");
	link_to("file", "dir/last");
	assert_int_equal(rooted_open_nolinks(root, "/fine/file", O_PATH, 0), -ELOOP);
	assert_int_equal(rooted_open_nolinks(root, "/dir/last", O_RDONLY, 0), -ELOOP);
	assert_at(rooted_open_nolinks(root, "/dir/file", O_RDONLY, 0), "/dir/file");
}

static void test_magic_links(void **state)
{
	AUTO(close_fd) int host = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char path[64];

	(void)state;
	/* The root of the test is "/" itself, so that procfs is below it. */
	assert_int_equal(rooted_open(host, "/proc/self/root", O_PATH, 0), -ELOOP);
	assert_int_equal(rooted_open(host, "/proc/self/root/etc", O_PATH, 0), -ELOOP);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", outside);
	assert_int_equal(rooted_make(host, path, false, 0755), -ELOOP);
	snprintf(path, sizeof(path), "/proc/self/fd/%d/new", outside);
	assert_int_equal(rooted_make(host, path, false, 0755), -ELOOP);
	assert_outside_untouched();
}

static void test_make(void **state)
{
	struct stat st;

	(void)state;
	assert_at(rooted_make(root, "/dir/sub", false, 0700), "/dir/sub");
	assert_at(rooted_make(root, "/dir/file", true, 0600), "/dir/file");
	assert_at(rooted_make(root, "/dir/new", false, 0711), "/dir/new");
	assert_at(rooted_make(root, "/a/b/c/d", false, 01755), "/a/b/c/d");
	assert_at(rooted_make(root, "e//f/./g/", false, 0700), "/e/f/g");
	assert_at(rooted_make(root, "/x/y/file", true, 0640), "/x/y/file");
	assert_int_equal(fstatat(root, "dir/new", &st, 0), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0711);
	assert_int_equal(fstatat(root, "a/b", &st, 0), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0755);
	assert_int_equal(fstatat(root, "a/b/c/d", &st, 0), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 01755);
	assert_int_equal(fstatat(root, "x/y/file", &st, 0), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0640);
	assert_int_equal(fstatat(root, "e/f/g", &st, 0), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0700);
}

static void test_make_refuses(void **state)
{
	char path[PATH_MAX + 16];

	(void)state;
	link_to("round", "trip");
	link_to("trip", "round");
	assert_int_equal(rooted_make(root, "/dir/file/sub", false, 0755), -ENOTDIR);
	assert_int_equal(rooted_make(root, "/dir/file", false, 0755), -ENOTDIR);
	assert_int_equal(rooted_make(root, "/round/x", false, 0755), -ELOOP);
	assert_int_equal(rooted_make(root, "", false, 0755), -ENOENT);
	memset(path, 'x', sizeof(path));
	path[300] = '\0';
	assert_int_equal(rooted_make(root, path, false, 0755), -ENAMETOOLONG);
	for (size_t i = 0; i + 1 < sizeof(path); i += 2)
		memcpy(path + i, "y/", 2);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(rooted_make(root, path, false, 0755), -ENAMETOOLONG);
}

static void test_make_through_links(void **state)
{
	char text[128];

	(void)state;
	mkdirat(root, "var", 0755);
	link_to("/run", "var/run");           /* absolute, dangling */
	link_to("../../made/here", "var/up"); /* relative, beyond the root, two levels missing */
	link_to("second", "first");           /* a chain */
	link_to("/dir/third", "second");
	link_to("../fourth/../fifth", "dir/third");
	snprintf(text, sizeof(text), "%s/outside/evil", base);
	link_to(text, "host"); /* the path of the host, made inside */
	link_to("../../../outside/evil", "climb");
	assert_at(rooted_make(root, "/var/run/lock/x", false, 0755), "/run/lock/x");
	assert_at(rooted_make(root, "/var/run", false, 0755), "/run");
	assert_at(rooted_make(root, "/var/up/y", false, 0755), "/made/here/y");
	assert_at(rooted_make(root, "/first/f", true, 0644), "/fifth/f");
	snprintf(text, sizeof(text), "%s/outside/evil/z", base);
	assert_at(rooted_make(root, "/host/z", false, 0755), text);
	assert_at(rooted_make(root, "/climb", true, 0644), "/outside/evil");
	assert_outside_untouched();
}

static void test_parent(void **state)
{
	const char *path = "/dir/sub/name", *name = NULL;
	struct stat st;

	(void)state;
	assert_at(rooted_parent(root, path, 0755, &name), "/dir/sub");
	assert_ptr_equal(name, path + 9);
	assert_at(rooted_parent(root, "/name", 0755, &name), "");
	assert_string_equal(name, "name");
	assert_at(rooted_parent(root, "name", 0755, &name), "");
	assert_at(rooted_parent(root, "/p/q/r", 0750, &name), "/p/q");
	assert_string_equal(name, "r");
	assert_int_equal(fstatat(root, "p", &st, 0), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0750);
	link_to("/made", "link");
	assert_at(rooted_parent(root, "/link/x", 0755, &name), "/made");
	name = "untouched";
	assert_int_equal(rooted_parent(root, "/", 0755, &name), -EBUSY);
	assert_int_equal(rooted_parent(root, "//", 0755, &name), -EBUSY);
	assert_int_equal(rooted_parent(root, "", 0755, &name), -ENOENT);
	assert_int_equal(rooted_parent(root, "/dir/..", 0755, &name), -EINVAL);
	assert_int_equal(rooted_parent(root, "/dir/", 0755, &name), -EINVAL);
	assert_int_equal(rooted_parent(root, "/dir/file/x", 0755, &name), -ENOTDIR);
	assert_string_equal(name, "untouched");
}

/* Directories that may be passed but not listed. */
static void test_search_only(void **state)
{
	const char *name;

	(void)state;
	assert_int_equal(mkdirat(root, "closed", 0755), 0);
	assert_int_equal(mkdirat(root, "closed/in", 0755), 0);
	assert_int_equal(fchmodat(root, "closed", 0111, 0), 0);
	assert_at(rooted_make(root, "/closed/in", false, 0755), "/closed/in");
	assert_at(rooted_parent(root, "/closed/in/x", 0755, &name), "/closed/in");
	assert_at(rooted_make(root, "/closed/in/new/er", false, 0755), "/closed/in/new/er");
	assert_int_equal(fchmodat(root, "closed", 0755, 0), 0);
}

/* Swaps race/a and race/b for ever: a directory, and a link that leads out of the root. */
static _Noreturn void swap_for_ever(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		renameat2(root, "race/a", root, "race/b", RENAME_EXCHANGE);
}

static void race(const char *link, bool make)
{
	unsigned int inside = 0, escaped = 0;
	char prefix[80];
	int status;
	pid_t pid;

	mkdirat(root, "race", 0755);
	mkdirat(root, "race/a", 0755);
	link_to(link, "race/b");
	snprintf(prefix, sizeof(prefix), "%s/root/", base);
	pid = fork();
	if (!pid)
		swap_for_ever();
	assert_true(pid > 0);
	for (int i = 0; i < RACE_ROUNDS; i++) {
		char path[64];
		int fd;

		snprintf(path, sizeof(path), "/race/a/d%d/e", i);
		fd = make ? rooted_make(root, path, i % 2, 0755)
			  : rooted_open(root, "/race/a/canary", O_RDONLY, 0);
		if (fd < 0)
			continue;
		inside++;
		escaped += strncmp(path_of(fd), prefix, strlen(prefix)) != 0;
		close(fd);
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	assert_int_equal(escaped, 0);
	/* The race was one: most rounds found something to work on. */
	assert_true(make ? inside > RACE_ROUNDS / 10 : inside == 0);
	assert_outside_untouched();
}

static void test_race_absolute(void **state)
{
	char link[80];

	(void)state;
	snprintf(link, sizeof(link), "%s/outside", base);
	race(link, true);
}

static void test_race_relative(void **state)
{
	(void)state;
	race("../../outside", true);
}

static void test_race_open(void **state)
{
	(void)state;
	race("../../outside", false);
}

/* What was just made is swapped before it is opened: the links wait for that moment. */
static void test_race_fresh(void **state)
{
	unsigned int made = 0, swapped = 0, escaped = 0;
	char link[80];
	int status;
	pid_t pid;

	(void)state;
	snprintf(link, sizeof(link), "%s/outside", base);
	mkdirat(root, "race", 0755);
	pid = fork();
	if (!pid)
		swap_for_ever();
	assert_true(pid > 0);
	for (int i = 0; i < FRESH_ROUNDS; i++) {
		int fd;

		for (const char *const *dead = (const char *const[]){"race/a/e", "race/b/e",
								     "race/a", "race/b", NULL};
		     *dead; dead++)
			if (unlinkat(root, *dead, 0) < 0)
				unlinkat(root, *dead, AT_REMOVEDIR);
		(void)!symlinkat(link, root, "race/b");
		fd = rooted_make(root, "/race/a/e", false, 0755);
		made += fd >= 0;
		swapped += fd == -ELOOP || fd == -ENOTDIR;
		/* At once: the clearing up may follow the link too. */
		escaped += faccessat(outside, "e", F_OK, 0) == 0;
		if (fd >= 0)
			close(fd);
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	assert_int_equal(escaped, 0);
	assert_true(made + swapped > 0);
	assert_outside_untouched();
}

int main(void)
{
#define ROOTED(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		ROOTED(test_open),          ROOTED(test_links_stay_inside),
		ROOTED(test_nolinks),       ROOTED(test_magic_links),
		ROOTED(test_make),          ROOTED(test_make_refuses),
		ROOTED(test_parent),        ROOTED(test_make_through_links),
		ROOTED(test_search_only),   ROOTED(test_race_absolute),
		ROOTED(test_race_relative), ROOTED(test_race_open),
		ROOTED(test_race_fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
