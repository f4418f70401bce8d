/*
 * A formatter without stdio and locale, small enough for init.
 *
 * owns:     fmt_buf()
 * may use:  libc string functions
 * must not: allocate, print
 *
 * Understands %s %.*s %c %d %i %u %x %o with l, ll, z and h prefixes, zero padding and a width, and
 * %%.
 */
#ifndef RUNDLET_BASE_FMT_H
#define RUNDLET_BASE_FMT_H

#include <stdarg.h>
#include <stddef.h>

#include "runtime/base/cleanup.h"

/* Formats into buf (size bytes, always terminated if size > 0). Returns the length it wanted, as
 * snprintf(3) does, so `r >= size` means cut. */
size_t fmt_buf(char *buf, size_t size, const char *fmt, ...) PRINTF(3, 4);
size_t fmt_vbuf(char *buf, size_t size, const char *fmt, va_list ap);

#endif
