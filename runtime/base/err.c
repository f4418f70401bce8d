/*
 * Filling the error value.
 *
 * owns:     the names of the codes
 * may use:  base/fmt
 * must not: allocate, print, word an errno (base/err_render does, for the host alone)
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "runtime/base/err.h"
#include "runtime/base/fmt.h"

static const char *const code_names[ERR_CODE_COUNT] = {
	[ERR_NONE] = "none",
	[ERR_INTERNAL] = "internal",
	[ERR_USAGE] = "usage",
	[ERR_CONFIG_SYNTAX] = "config.syntax",
	[ERR_CONFIG_TYPE] = "config.type",
	[ERR_CONFIG_VALUE] = "config.value",
	[ERR_CONFIG_MISSING] = "config.missing",
	[ERR_UNSUPPORTED] = "unsupported",
	[ERR_BUNDLE] = "bundle",
	[ERR_ROOTFS] = "rootfs",
	[ERR_ID_INVALID] = "id.invalid",
	[ERR_ID_EXISTS] = "id.exists",
	[ERR_NO_CONTAINER] = "id.unknown",
	[ERR_STATUS] = "status",
	[ERR_STATE] = "state",
	[ERR_USERNS] = "userns",
	[ERR_IDMAP] = "idmap",
	[ERR_NAMESPACE] = "namespace",
	[ERR_MOUNT] = "mount",
	[ERR_DEVICE] = "device",
	[ERR_HOOK] = "hook",
	[ERR_CAPABILITY] = "capability",
	[ERR_SECCOMP] = "seccomp",
	[ERR_RLIMIT] = "rlimit",
	[ERR_SYSCTL] = "sysctl",
	[ERR_PROCESS] = "process",
	[ERR_EXEC] = "exec",
	[ERR_CONSOLE] = "console",
	[ERR_CGROUP] = "cgroup",
	[ERR_HOST] = "host",
	[ERR_PROTOCOL] = "protocol",
	[ERR_SYSTEM] = "system",
};

/* Shows that text was cut, on the border of a UTF-8 character. size > 4. */
static void mark_cut(char *buf, size_t size)
{
	size_t at = size - 4;

	while (at && ((unsigned char)buf[at] & 0xc0) == 0x80)
		at--;
	memcpy(buf + at, "...", 4);
}

static void format(char *buf, size_t size, const char *fmt, va_list ap)
{
	if (fmt_vbuf(buf, size, fmt, ap) >= size)
		mark_cut(buf, size);
}

/* Puts what fmt makes, then sep, before the text in buf. */
static void prepend(char *buf, size_t size, const char *sep, const char *fmt, va_list ap)
{
	char old[ERR_TEXT_SIZE];
	size_t n;

	memcpy(old, buf, size);
	format(buf, size, fmt, ap);
	n = strlen(buf);
	if (fmt_buf(buf + n, size - n, "%s%s", sep, old) >= size - n)
		mark_cut(buf, size);
}

static void start(struct err *e, enum err_code code, int num, const char *fmt, va_list ap)
{
	/* Only what a reader looks at: zeroing all of it would touch pages for nothing. */
	e->code = code;
	e->num = num;
	e->line = 0;
	e->column = 0;
	e->pointer[0] = '\0';
	e->hint[0] = '\0';
	format(e->text, sizeof(e->text), fmt, ap);
}

int err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	start(e, code, 0, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

int err_sys(struct err *e, enum err_code code, int r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	start(e, code, -r, fmt, ap);
	va_end(ap);
	return r;
}

int err_prefix(struct err *e, int r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	prepend(e->text, sizeof(e->text), ": ", fmt, ap);
	va_end(ap);
	return r;
}

int err_at(struct err *e, int r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	prepend(e->pointer, sizeof(e->pointer), "", fmt, ap);
	va_end(ap);
	return r;
}

int err_hint(struct err *e, int r, const char *fmt, ...)
{
	va_list ap;

	if (e->hint[0])
		return r;
	va_start(ap, fmt);
	format(e->hint, sizeof(e->hint), fmt, ap);
	va_end(ap);
	return r;
}

const char *err_code_name(enum err_code code)
{
	return (unsigned int)code < ERR_CODE_COUNT ? code_names[code] : "internal";
}
