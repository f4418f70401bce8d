/*
 * openat2(2) with patience.
 *
 * owns:     nothing
 * may use:  base
 * must not: word errors
 */
#include "runtime/sys/kernel.h"

enum { OPENAT2_TRIES = 128 };

int kernel_openat2(int dir, const char *path, int flags, mode_t mode, uint64_t resolve)
{
	const bool creates = (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE;
	struct open_how how = {
		.flags = (uint64_t)(unsigned int)flags | O_CLOEXEC,
		.mode = creates ? mode : 0,
		.resolve = resolve,
	};
	int r = -EAGAIN;

	for (int i = 0; i < OPENAT2_TRIES && r == -EAGAIN; i++)
		r = kernel_result(syscall(SYS_openat2, dir, path, &how, sizeof(how)));
	return r;
}
