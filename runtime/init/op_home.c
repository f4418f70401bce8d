/*
 * HOME, for an environment that has none.
 *
 * owns:     home
 * may use:  sys/kernel
 * must not: use the C library's name service; trust what the image has in place of /etc/passwd
 */
#include <errno.h>
#include <string.h>

#include "runtime/base/io.h"
#include "runtime/init/init.h"
#include "runtime/sys/kernel.h"

enum {
	LINE_MAX_SIZE = 4096, /* longer lines are none of passwd(5) */
	READS_MAX = 256,      /* it may be a link to a device that never ends */
};

/* The nth field of a line, separated by colons; NULL: it has fewer. */
static const char *field(const char *line, size_t len, unsigned int nth, size_t *ret_len)
{
	const char *end = line + len, *colon;

	for (;; nth--) {
		colon = memchr(line, ':', (size_t)(end - line));
		if (nth == 0)
			break;
		if (!colon)
			return NULL;
		line = colon + 1;
	}
	*ret_len = (size_t)((colon ? colon : end) - line);
	return line;
}

/* name:password:UID:gid:gecos:HOME:shell */
static bool take_line(struct init *s, const char *line, size_t len, uint32_t uid)
{
	size_t n;
	const char *text = field(line, len, 2, &n);
	uint64_t id;

	if (!text || !io_parse_u64_n(text, n, UINT32_MAX, &id) || id != uid)
		return false;
	text = field(line, len, 5, &n);
	if (!text || !n)
		return false;
	s->home = init_alloc(s, sizeof("HOME=") + n);
	memcpy(s->home, "HOME=", 5);
	memcpy(s->home + 5, text, n);
	return true;
}

/* Reads from fd until the line of uid is found. */
static bool look_up(struct init *s, int fd, uint32_t uid)
{
	char buf[LINE_MAX_SIZE];
	size_t have = 0;
	bool skip = false; /* the rest of a line that is too long */

	for (int i = 0; i < READS_MAX; i++) {
		ssize_t got = read(fd, buf + have, sizeof(buf) - have);
		char *line = buf, *end;

		if (got <= 0) /* the last line may lack its end */
			return have && !skip && take_line(s, buf, have, uid);
		have += (size_t)got;
		while ((end = memchr(line, '\n', have - (size_t)(line - buf)))) {
			if (!skip && take_line(s, line, (size_t)(end - line), uid))
				return true;
			skip = false;
			line = end + 1;
		}
		have -= (size_t)(line - buf);
		memmove(buf, line, have);
		if (have == sizeof(buf)) {
			skip = true;
			have = 0;
		}
	}
	return false;
}

/* "/" is the container's root by now. A fifo must not block, a terminal not become ours. */
int run_home(struct init *s, const struct op *op, struct err *e)
{
	static const char none[] = "HOME=/";
	int fd = kernel_openat2(AT_FDCWD, "/etc/passwd",
				O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0,
				RESOLVE_NO_MAGICLINKS);

	(void)e;
	if (fd >= 0 && look_up(s, fds_scratch(s, fd), op->home.uid))
		return 0;
	s->home = init_alloc(s, sizeof(none));
	memcpy(s->home, none, sizeof(none));
	return 0;
}
