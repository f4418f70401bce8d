/*
 * The log sink: the one writable global of the program, and the one place that prints errors.
 *
 * owns:     where --log, --log-format and --debug send lines
 * may use:  base/err, write(2)
 * must not: be used by init (init returns errors over the handshake)
 *
 * Formats (features.md A1 "What callers parse"):
 * text: an error goes to stderr as "rundlet: LINE"; with --log FILE also to the file, as
 *       time="RFC3339" level=error msg="LINE"
 * json: one object per line in the file,
 * {"msg":…,"level":"error","time":"RFC3339Nano","code":…,"pointer":…, "line":…,"hint":…}, and the
 * plain line on stderr.
 * journald, syslog: the line with its level, as systemd's native protocol and RFC 3164 want it,
 * each a datagram. Successful commands write nothing, unless --debug.
 */
#ifndef RUNDLET_BASE_LOG_H
#define RUNDLET_BASE_LOG_H

#include <stdbool.h>

#include "runtime/base/err.h"

enum log_format { LOG_TEXT, LOG_JSON, LOG_JOURNALD, LOG_SYSLOG };

struct log_options {
	int fd; /* the log file, or a socket; owned by the sink from now on; -1: none */
	enum log_format format;
	bool debug;
	bool quiet;       /* errors only */
	const char *name; /* whose lines they are, for the journal and syslog; borrowed */
};

/* Sets the sink; a log file set before is closed. */
void log_setup(const struct log_options *o);
/* Was --debug given? */
bool log_debugging(void);
/* Reports an error once: to the log file and to stderr. file: see err_render(). */
void log_error(const struct err *e, const char *file);
/* Something that went wrong and did not stop the command: to the log file, where there is none to
 * stderr, with --debug to both. Not in a JSON file unless --debug: podman decodes that as one
 * object, the error. */
void log_warning(const char *fmt, ...) PRINTF(1, 2);
/* The same of what a caller need not care about: never to stderr without --debug. */
void log_note(const char *fmt, ...) PRINTF(1, 2);
/* Only with --debug: log file if there is one, else stderr. */
void log_debug(const char *fmt, ...) PRINTF(1, 2);

#endif
