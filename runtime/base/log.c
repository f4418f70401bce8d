/*
 * The log sink.
 *
 * owns:     sink, the one writable global of the program
 * may use:  base/err, base/fmt, base/io, write(2)
 * must not: be linked into init
 *
 * Every line goes out with one write(2) to a descriptor opened with O_APPEND, so that lines of
 * commands that share a log file never mix.
 */
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "runtime/base/fmt.h"
#include "runtime/base/io.h"
#include "runtime/base/log.h"

enum {
	TIME_SIZE = sizeof("2024-01-02T03:04:05.123456789Z") + 8,
	LINE_SIZE = 8192,      /* a path and all fields of struct err */
	ENTRY_SIZE = 4 * 8192, /* a line whose every byte is escaped, and the small fields */
};

static struct log_options sink = {.fd = -1};

/* What goes to the file as one line. */
struct entry {
	size_t n;
	char buf[ENTRY_SIZE];
};

void log_setup(const struct log_options *o)
{
	if (sink.fd >= 0 && sink.fd != o->fd)
		close(sink.fd);
	sink = *o;
}

bool log_debugging(void)
{
	return sink.debug;
}

static void now(char buf[TIME_SIZE])
{
	struct timespec ts = {0};
	struct tm tm = {0};

	clock_gettime(CLOCK_REALTIME, &ts);
	gmtime_r(&ts.tv_sec, &tm);
	fmt_buf(buf, TIME_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d.%09ldZ", tm.tm_year + 1900,
		tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (long)ts.tv_nsec);
}

static void add(struct entry *t, const char *s, size_t n)
{
	if (t->n + n >= sizeof(t->buf))
		return;
	memcpy(t->buf + t->n, s, n);
	t->n += n;
}

static void add_str(struct entry *t, const char *s)
{
	add(t, s, strlen(s));
}

/* The length of the well-formed UTF-8 character at s (RFC 3629), 0 if there is none. */
static size_t utf8_length(const unsigned char *s)
{
	size_t n = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;

	if (s[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

/* A JSON string (RFC 8259): paths may hold any byte, what is no UTF-8 becomes U+FFFD. */
static void add_quoted(struct entry *t, const char *s)
{
	add_str(t, "\"");
	while (*s) {
		unsigned char c = (unsigned char)*s;
		size_t n = utf8_length((const unsigned char *)s);
		char escaped[8];

		if (!n) {
			add_str(t, "\xef\xbf\xbd");
		} else if (c == '"' || c == '\\') {
			fmt_buf(escaped, sizeof(escaped), "\\%c", c);
			add_str(t, escaped);
		} else if (c < 0x20) {
			fmt_buf(escaped, sizeof(escaped), "\\u%04x", c);
			add_str(t, escaped);
		} else {
			add(t, s, n);
		}
		s += n ? n : 1;
	}
	add_str(t, "\"");
}

static void add_field(struct entry *t, const char *name, const char *value)
{
	add_str(t, ",\"");
	add_str(t, name);
	add_str(t, "\":");
	add_quoted(t, value);
}

static void add_json(struct entry *t, const char *level, const char *line, const struct err *e)
{
	char text[TIME_SIZE];

	add_str(t, "{\"msg\":");
	add_quoted(t, line);
	add_field(t, "level", level);
	now(text);
	add_field(t, "time", text);
	if (e) {
		add_field(t, "code", err_code_name((enum err_code)e->code));
		if (e->pointer[0])
			add_field(t, "pointer", e->pointer);
		if (e->line) {
			fmt_buf(text, sizeof(text), ",\"line\":%u", e->line);
			add_str(t, text);
		}
		if (e->hint[0])
			add_field(t, "hint", e->hint);
	}
	add_str(t, "}\n");
}

static void add_text(struct entry *t, const char *level, const char *line)
{
	char time_text[TIME_SIZE];

	now(time_text);
	add_str(t, "time=");
	add_quoted(t, time_text);
	add_str(t, " level=");
	add_str(t, level);
	add_str(t, " msg=");
	add_quoted(t, line);
	add_str(t, "\n");
}

/* syslog(3)'s numbers. */
static int priority(const char *level)
{
	return !strcmp(level, "error") ? 3 : !strcmp(level, "warning") ? 4 : 7;
}

/* Fields as lines, systemd's JOURNAL_NATIVE_PROTOCOL: a value has no line break. */
static void add_journald(struct entry *t, const char *level, const char *line, const struct err *e)
{
	char text[64];

	add_str(t, "MESSAGE=");
	for (; *line; line++)
		add(t, *line == '\n' ? " " : line, 1);
	fmt_buf(text, sizeof(text), "\nPRIORITY=%d\nSYSLOG_IDENTIFIER=", priority(level));
	add_str(t, text);
	add_str(t, sink.name);
	if (e) {
		add_str(t, "\nRUNDLET_CODE=");
		add_str(t, err_code_name((enum err_code)e->code));
	}
	add_str(t, "\n");
}

/* "<PRI>TIMESTAMP TAG: CONTENT", RFC 3164; the facility is user. */
static void add_syslog(struct entry *t, const char *level, const char *line)
{
	const time_t seconds = time(NULL);
	struct tm tm = {0};
	char text[64];

	localtime_r(&seconds, &tm);
	fmt_buf(text, sizeof(text), "<%d>", 8 + priority(level));
	add_str(t, text);
	if (strftime(text, sizeof(text), "%b %e %H:%M:%S ", &tm))
		add_str(t, text);
	add_str(t, sink.name);
	add_str(t, ": ");
	add_str(t, line);
}

static void to_file(const char *level, const char *line, const struct err *e)
{
	struct entry t;

	if (sink.fd < 0)
		return;
	t.n = 0;
	switch (sink.format) {
	case LOG_JSON:
		add_json(&t, level, line, e);
		break;
	case LOG_JOURNALD:
		add_journald(&t, level, line, e);
		break;
	case LOG_SYSLOG:
		add_syslog(&t, level, line);
		break;
	case LOG_TEXT:
		add_text(&t, level, line);
		break;
	}
	/* There is nowhere left to report that the log itself cannot be written. */
	if (io_write_all(sink.fd, t.buf, t.n) < 0)
		return;
}

static void to_stderr(const char *line)
{
	char buf[LINE_SIZE + 16];
	size_t n = fmt_buf(buf, sizeof(buf), "rundlet: %s\n", line);

	if (io_write_all(STDERR_FILENO, buf, n < sizeof(buf) ? n : sizeof(buf) - 1) < 0)
		return;
}

/* As in a log of text: what users of runc look for. */
static void debug_to_stderr(const char *line)
{
	struct entry t;

	t.n = 0;
	add_text(&t, "debug", line);
	if (io_write_all(STDERR_FILENO, t.buf, t.n) < 0)
		return;
}

void log_error(const struct err *e, const char *file)
{
	char line[LINE_SIZE];

	err_render(e, file, line, sizeof(line));
	to_file("error", line, e);
	to_stderr(line);
}

static __attribute__((format(printf, 1, 0))) void warn(const char *fmt, va_list ap, bool tell)
{
	char line[LINE_SIZE];

	fmt_vbuf(line, sizeof(line), fmt, ap);
	/* Podman decodes a JSON log as one object: a warning would hide the error after it. */
	if (!sink.quiet && (sink.format != LOG_JSON || sink.debug))
		to_file("warning", line, NULL);
	if (sink.debug || tell)
		to_stderr(line);
}

void log_warning(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	warn(fmt, ap, sink.fd < 0 && !sink.quiet);
	va_end(ap);
}

void log_note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	warn(fmt, ap, false);
	va_end(ap);
}

void log_debug(const char *fmt, ...)
{
	char line[LINE_SIZE];
	va_list ap;

	if (!sink.debug)
		return;
	va_start(ap, fmt);
	fmt_vbuf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (sink.fd >= 0)
		to_file("debug", line, NULL);
	else
		debug_to_stderr(line);
}
