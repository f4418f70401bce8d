/*
 * The start socket.
 *
 * owns:     the socket below the container's directory
 * may use:  base, sys, wire, host/store, host/listener
 * must not: decide whether a container may be started
 *
 * sun_path has 108 bytes and a state root may be longer: the directory is named by its descriptor.
 */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "runtime/base/fmt.h"
#include "runtime/host/start.h"

enum { END_TIMEOUT_MS = 30 * 1000 };

static struct sockaddr_un address(const struct store_entry *s, const char *name)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};

	fmt_buf(sun.sun_path, sizeof(sun.sun_path), "/proc/self/fd/%d/%s", s->dir, name);
	return sun;
}

int start_listen(const struct store_entry *s, struct err *e)
{
	const struct sockaddr_un sun = address(s, STORE_CREATING);
	AUTO(close_fd) int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (sock < 0 || bind(sock, (const struct sockaddr *)&sun, sizeof(sun)) < 0 ||
	    fchmodat(s->dir, STORE_CREATING, 0600, 0) < 0 || listen(sock, 1) < 0)
		return err_sys(e, ERR_STATE, -errno, "make the start socket of '%s'", s->id);
	return take_fd(&sock);
}

/* The descriptor, -ESRCH when nobody listens, or another negative errno with *e filled. */
static int reach_init(const struct store_entry *s, struct err *e)
{
	const struct sockaddr_un sun = address(s, STORE_START);
	AUTO(close_fd) int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (sock < 0)
		return err_sys(e, ERR_SYSTEM, -errno, "make a socket");
	if (connect(sock, (const struct sockaddr *)&sun, sizeof(sun)) == 0)
		return take_fd(&sock);
	if (errno == ECONNREFUSED || errno == ENOENT) {
		err_set(e, ERR_STATUS, "container \"%s\": container not running", s->id);
		return -ESRCH;
	}
	return err_sys(e, ERR_STATE, -errno, "reach the init of '%s'", s->id);
}

int start_go(const struct store_entry *s, const struct listener *l, struct err *e)
{
	AUTO(close_fd) int sock = reach_init(s, e);
	struct wire w = {.sock = sock, .end = WIRE_HOST, .rows = l ? ROW_LISTENER : 0};
	int r;

	if (sock < 0)
		return sock;
	wire_resume(&w, MSG_READY);
	r = wire_send(&w, MSG_START, -1, e);
	if (r == 0 && l)
		r = listener_pass(&w, l, e);
	return r < 0 ? r : wire_expect_eof(&w, e);
}

int start_never(const struct store_entry *s, struct err *e)
{
	AUTO(close_fd) int sock = reach_init(s, e);
	struct pollfd end = {.fd = sock, .events = POLLIN};
	struct wire w = {.sock = sock, .end = WIRE_HOST};
	struct err what_it_says;

	if (sock == -ESRCH)
		return 0;
	if (sock < 0)
		return sock;
	/* Instead of START it reads the end, says so, and ends: of a process 1 that is all. */
	shutdown(sock, SHUT_WR);
	if (poll(&end, 1, END_TIMEOUT_MS) == 0)
		return err_sys(e, ERR_STATE, -ETIMEDOUT, "end the init of '%s'", s->id);
	(void)!wire_expect_eof(&w, &what_it_says);
	return 0;
}
