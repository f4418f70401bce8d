/*
 * Whole reads and writes, numbers without surprises.
 *
 * owns:     nothing
 * may use:  read, write
 * must not: open paths (rooted and the state store do), print
 */
#ifndef RUNDLET_BASE_IO_H
#define RUNDLET_BASE_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "runtime/base/cleanup.h"

/* Writes all of it, retrying EINTR and short writes. 0 or a negative errno. */
int io_write_all(int fd, const void *data, size_t size) MUST_USE;
/* The same for n pieces, which are used up. */
int io_writev_all(int fd, struct iovec *v, size_t n) MUST_USE;
/* Reads up to size bytes until end of file. Returns the count or a negative errno; a count equal to
 * size may mean that there was more. */
ssize_t io_read_full(int fd, void *buf, size_t size) MUST_USE;

/*
 * The same for a small file of procfs with one read(2) where that is enough: such a file is filled
 * in by the record, so that a read that leaves half a page free was the last one.
 */
ssize_t io_read_proc(int fd, void *buf, size_t size) MUST_USE;

/*
 * Strict unsigned decimal: digits only (no sign, no blank, no prefix), at least one, at most max.
 * Leading zeros are accepted. *ret is written on success only.
 */
bool io_parse_u64(const char *s, uint64_t max, uint64_t *ret) MUST_USE;
/* The same for a piece of a string: n bytes at s, of which all must be digits. */
bool io_parse_u64_n(const char *s, size_t n, uint64_t max, uint64_t *ret) MUST_USE;

/* Strict hexadecimal of lower case, as the kernel prints it, of 64 bits at most. */
bool io_parse_hex_n(const char *s, size_t n, uint64_t *ret) MUST_USE;

#endif
