/*
 * Children for unit tests: what needs namespaces, ids or a lost descriptor runs in a process of its
 * own and answers with its exit status.
 *
 * owns:     nothing
 * may use:  cmocka, sys/process
 * must not: use cmocka's assertions in the child (they would return into the parent's test)
 */
#ifndef RUNDLET_TESTS_UNIT_CHILD_H
#define RUNDLET_TESTS_UNIT_CHILD_H

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/base/io.h"
#include "runtime/sys/process.h"

/* In the child: says what did not hold, and ends. */
#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			dprintf(STDERR_FILENO, "%s:%d: %s (errno %d)\n", __FILE__, __LINE__,       \
				#condition, errno);                                                \
			_exit(1);                                                                  \
		}                                                                                  \
	} while (0)

/* run-unit prints the line. */
#define SKIP(reason)                                                                               \
	do {                                                                                       \
		print_message("skip: %s: %s\n", __func__, reason);                                 \
		skip();                                                                            \
	} while (0)

static inline void child_write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	CHECK(fd >= 0);
	CHECK(io_write_all(fd, text, strlen(text)) == 0);
	close(fd);
}

/* Runs body in a clone3 child with these flags; its status, or a negative errno. With CLONE_NEWUSER
 * the child's own id is mapped to id 0. */
static inline int child_run(uint64_t flags, void (*body)(void))
{
	unsigned int uid = geteuid(), gid = getegid();
	int pidfd = -1, status = -1;
	char map[64];
	pid_t pid;

	fflush(NULL);
	pid = process_clone(flags, -1, &pidfd);
	if (pid < 0)
		return pid;
	if (pid == 0) {
		if (flags & 0x10000000 /* CLONE_NEWUSER */) {
			child_write_file("/proc/self/setgroups", "deny");
			snprintf(map, sizeof(map), "0 %u 1", uid);
			child_write_file("/proc/self/uid_map", map);
			snprintf(map, sizeof(map), "0 %u 1", gid);
			child_write_file("/proc/self/gid_map", map);
		}
		body();
		_exit(0);
	}
	assert_int_equal(process_wait(pidfd, &status), 0);
	close(pidfd);
	return status;
}

#endif
