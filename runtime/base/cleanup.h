/*
 * Ownership by scope.
 *
 * owns:     nothing
 * may use:  libc
 * must not: allocate, print
 *
 * AUTO(close_fd) int fd = -1; closes fd when the scope ends, on every path.
 * take_fd(&fd) hands the descriptor over and leaves -1 behind.
 */
#ifndef RUNDLET_BASE_CLEANUP_H
#define RUNDLET_BASE_CLEANUP_H

#include <stdlib.h>
#include <unistd.h>

#define AUTO(fn)          __attribute__((cleanup(fn##_cleanup)))
#define PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define MUST_USE          __attribute__((warn_unused_result))
#define ARRAY_LEN(a)      (sizeof(a) / sizeof((a)[0]))

static inline void close_fd_cleanup(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* The descriptor, which is the caller's from now on; -1 stays behind. */
/* Returns the descriptor, now the caller's, and leaves -1 behind. */
static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

static inline void free_ptr_cleanup(void *p)
{
	free(*(void **)p);
	*(void **)p = NULL;
}

#define take_ptr(p)                                                                                \
	({                                                                                         \
		__typeof__(*(p)) _t = *(p);                                                        \
		*(p) = NULL;                                                                       \
		_t;                                                                                \
	})

#endif
