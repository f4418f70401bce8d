/*
 * The start socket.
 *
 * owns:     the socket below the container's directory
 * may use:  base, sys, wire, host/store
 * must not: decide whether a container may be started
 *
 * sun_path has 108 bytes and a state root may be longer: the directory is named by its descriptor.
 */
#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "runtime/base/fmt.h"
#include "runtime/host/start.h"

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

int start_go(const struct store_entry *s, struct err *e)
{
	const struct sockaddr_un sun = address(s, STORE_START);
	AUTO(close_fd) int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct wire w = {.sock = sock, .end = WIRE_HOST};

	if (sock < 0)
		return err_sys(e, ERR_SYSTEM, -errno, "make a socket");
	if (connect(sock, (const struct sockaddr *)&sun, sizeof(sun)) < 0) {
		if (errno == ECONNREFUSED || errno == ENOENT)
			return err_set(e, ERR_STATUS, "container \"%s\": container not running",
				       s->id);
		return err_sys(e, ERR_STATE, -errno, "reach the init of '%s'", s->id);
	}
	wire_resume(&w, MSG_START);
	return wire_expect_eof(&w, e);
}
