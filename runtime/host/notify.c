/*
 * sd_notify(3) out of a container.
 *
 * owns:     the directory ROOT/ID/notify with its socket, and what of a message is passed on
 * may use:  base, sys, host/store
 * must not: know of plans; block a container
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "runtime/base/fmt.h"
#include "runtime/base/log.h"
#include "runtime/host/notify.h"

enum { MESSAGE_MAX = 4096 }; /* as the service manager has it */

/* What a container may say. Not MAINPID, which it does not know, nor what hands over descriptors or
 * the service itself. */
static const char *const allowed[] = {
	"READY=",          "RELOADING=",     "STOPPING=",
	"STATUS=",         "ERRNO=",         "BUSERROR=",
	"WATCHDOG=",       "WATCHDOG_USEC=", "EXTEND_TIMEOUT_USEC=",
	"MONOTONIC_USEC=",
};

int notify_place(const char **ret, struct arena *a, int root, const char *id, struct err *e)
{
	char link[64], path[PATH_MAX];
	ssize_t n;

	fmt_buf(link, sizeof(link), "/proc/self/fd/%d", root);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < 0)
		return err_sys(e, ERR_STATE, -errno, "find the absolute name of the state root");
	path[n] = '\0';
	*ret = arena_printf(a, "%s/%s/" STORE_NOTIFY, path, id);
	return 0;
}

int notify_prepare(const struct store_entry *s, struct err *e)
{
	/* by the mode, whatever the umask: the program may be any user of the container */
	if (mkdirat(s->dir, STORE_NOTIFY, 0755) < 0 || fchmodat(s->dir, STORE_NOTIFY, 0755, 0) < 0)
		return err_sys(e, ERR_STATE, -errno, "make the notify directory of '%s'", s->id);
	return 0;
}

/* The service manager's socket; a negative errno. */
static int reach(const char *to)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	size_t n = strlen(to);
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
	AUTO(close_fd) int sock = -1;

	if ((to[0] != '/' && to[0] != '@') || n >= sizeof(sun.sun_path))
		return -EAFNOSUPPORT;
	memcpy(sun.sun_path, to, n);
	if (to[0] == '@')
		sun.sun_path[0] = '\0';
	sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (sock < 0 || connect(sock, (const struct sockaddr *)&sun, size) < 0)
		return -errno;
	return take_fd(&sock);
}

/* sun_path has 108 bytes and a state root may be longer: the directory is named by its descriptor.
 */
static int listen_in(int dir)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	AUTO(close_fd) int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	fmt_buf(sun.sun_path, sizeof(sun.sun_path), "/proc/self/fd/%d/" STORE_NOTIFY_SOCKET, dir);
	if (unlinkat(dir, STORE_NOTIFY_SOCKET, 0) < 0 && errno != ENOENT)
		return -errno;
	if (sock < 0 || bind(sock, (const struct sockaddr *)&sun, sizeof(sun)) < 0 ||
	    fchmodat(dir, STORE_NOTIFY_SOCKET, 0777, 0) < 0)
		return -errno;
	return take_fd(&sock);
}

int notify_open(struct notify *ret, const struct store_entry *s, const char *to, struct err *e)
{
	AUTO(notify_close) struct notify n = NOTIFY_NONE;

	*ret = n;
	if (!to || faccessat(s->dir, STORE_NOTIFY, F_OK, 0) < 0)
		return 0;
	n.out = reach(to);
	if (n.out < 0) {
		log_note("NOTIFY_SOCKET '%s': nobody to be told: %s", to, strerror(-n.out));
		return 0;
	}
	n.in = listen_in(s->dir);
	if (n.in < 0)
		return err_sys(e, ERR_STATE, n.in, "make the notify socket of '%s'", s->id);
	*ret = n;
	n = (struct notify)NOTIFY_NONE;
	return 0;
}

static bool is_allowed(const char *line, size_t n)
{
	for (size_t i = 0; i < ARRAY_LEN(allowed); i++)
		if (n >= strlen(allowed[i]) && !memcmp(line, allowed[i], strlen(allowed[i])))
			return true;
	return false;
}

bool notify_pass(const struct notify *n, pid_t pid)
{
	char got[MESSAGE_MAX], told[MESSAGE_MAX + 32];
	/* without room for descriptors: the kernel closes them, which ends a barrier */
	ssize_t size = recv(n->in, got, sizeof(got), MSG_DONTWAIT);
	size_t at = 0;
	bool ready = false;

	for (char *line = got, *end = got + (size > 0 ? size : 0); line < end;) {
		char *stop = memchr(line, '\n', (size_t)(end - line));
		size_t len = (size_t)((stop ? stop : end) - line);

		if (is_allowed(line, len)) {
			memcpy(told + at, line, len);
			told[at + len] = '\n';
			at += len + 1;
			ready = ready || (len == 7 && !memcmp(line, "READY=1", 7));
		}
		line += len + 1;
	}
	if (ready && pid)
		at += fmt_buf(told + at, sizeof(told) - at, "MAINPID=%d\n", pid);
	/* a service manager that is gone has nobody to be told for */
	if (at && send(n->out, told, at, MSG_NOSIGNAL) < 0)
		log_note("pass on a notification: %s", strerror(errno));
	return ready;
}

void notify_wait(const struct notify *n, pid_t pid, int pidfd)
{
	struct pollfd p[] = {{.fd = n->in, .events = POLLIN}, {.fd = pidfd, .events = POLLIN}};

	if (n->in < 0)
		return;
	for (;;) {
		if (poll(p, ARRAY_LEN(p), -1) < 0 && errno != EINTR)
			return;
		if (p[0].revents && notify_pass(n, pid))
			return;
		/* what it said last has been passed on */
		if (p[1].revents && !p[0].revents)
			return;
	}
}

void notify_close(struct notify *n)
{
	close_fd_cleanup(&n->in);
	close_fd_cleanup(&n->out);
}
