/*
 * Where lines go besides stderr.
 *
 * owns:     what --log, --log-format and --log-level mean
 * may use:  base
 * must not: write a line
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "runtime/base/fmt.h"
#include "runtime/base/log.h"
#include "runtime/cmd/command.h"

static const struct daemon {
	const char *prefix, *socket;
	enum log_format format;
} daemons[] = {
	{"journald:", "/run/systemd/journal/socket", LOG_JOURNALD},
	{"syslog:", "/dev/log", LOG_SYSLOG},
};

/* -1 when nobody is there. */
static int reach(const char *path)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	AUTO(close_fd) int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	fmt_buf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	if (sock < 0 || connect(sock, (const struct sockaddr *)&sun, sizeof(sun)) < 0)
		return -1;
	return take_fd(&sock);
}

static const struct daemon *find_daemon(const char *log)
{
	for (size_t i = 0; i < ARRAY_LEN(daemons); i++)
		if (!strncmp(log, daemons[i].prefix, strlen(daemons[i].prefix)))
			return &daemons[i];
	return NULL;
}

/* What is none of them, main refuses. */
static bool level_is(const struct globals *g, const char *level)
{
	return g->log_level && !strcmp(g->log_level, level);
}

int logging_open(const struct globals *g, struct err *e)
{
	const char *path = g->log;
	const struct daemon *daemon = path ? find_daemon(path) : NULL;
	struct log_options o = {
		.fd = -1,
		.format = g->log_format && strcmp(g->log_format, "json") == 0 ? LOG_JSON : LOG_TEXT,
		.debug = g->debug || level_is(g, "debug"),
		.quiet = level_is(g, "error") && !g->debug,
	};

	if (daemon) {
		o.fd = reach(daemon->socket);
		o.format = daemon->format;
		o.name = path + strlen(daemon->prefix);
	} else if (path && *path) {
		path += strncmp(path, "file:", 5) ? 0 : 5;
		o.fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY | O_CLOEXEC, 0600);
		if (o.fd < 0)
			return err_sys(e, ERR_USAGE, -errno, "open log '%s'", path);
	}
	if (daemon && (!*o.name || o.name[strcspn(o.name, "\n")]))
		return err_set(e, ERR_USAGE, "--log '%s': a name is missing, or has a line break",
			       path);
	log_setup(&o);
	return 0;
}
