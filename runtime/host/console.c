/*
 * Handing descriptors to the caller.
 *
 * owns:     the connection and its one message
 * may use:  base, sys
 * must not: open a pty (init does, below the container's root)
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "runtime/base/fmt.h"
#include "runtime/host/console.h"
#include "runtime/sys/packet.h"

int console_connect(const char *path, const char *option, struct err *e)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	AUTO(close_fd) int place = -1;
	AUTO(close_fd) int sock = -1;

	/* sun_path has 108 bytes: a longer path is named by a descriptor. */
	if (strlen(path) < sizeof(sun.sun_path)) {
		fmt_buf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	} else {
		place = open(path, O_PATH | O_CLOEXEC);
		if (place < 0)
			return err_sys(e, ERR_CONSOLE, -errno, "%s '%s'", option, path);
		fmt_buf(sun.sun_path, sizeof(sun.sun_path), "/proc/self/fd/%d", place);
	}
	sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (sock < 0 || connect(sock, (const struct sockaddr *)&sun, sizeof(sun)) < 0)
		return err_sys(e, ERR_CONSOLE, -errno, "connect to %s '%s'", option, path);
	return take_fd(&sock);
}

int console_send(int sock, int fd, const char *name, struct err *e)
{
	int r = packet_send(sock, name, strlen(name), fd);

	return r < 0 ? err_sys(e, ERR_CONSOLE, r, "send the descriptor of '%s'", name) : 0;
}

int console_send_master(int sock, int master, struct err *e)
{
	char name[32];
	int number;

	if (ioctl(master, TIOCGPTN, &number) < 0)
		return err_sys(e, ERR_CONSOLE, -errno, "find the name of the terminal");
	fmt_buf(name, sizeof(name), "/dev/pts/%d", number);
	return console_send(sock, master, name, e);
}
