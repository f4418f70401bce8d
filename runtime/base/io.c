/*
 * Whole reads and writes, strict numbers.
 *
 * owns:     nothing
 * may use:  read, write
 * must not: open paths, print
 */
#include <errno.h>
#include <string.h>

#include "runtime/base/io.h"

int io_write_all(int fd, const void *data, size_t size)
{
	const char *p = data;

	while (size) {
		ssize_t n = write(fd, p, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		size -= (size_t)n;
	}
	return 0;
}

int io_writev_all(int fd, struct iovec *v, size_t n)
{
	while (n) {
		ssize_t done = writev(fd, v, (int)n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		for (; n && (size_t)done >= v->iov_len; v++, n--)
			done -= (ssize_t)v->iov_len;
		if (n) {
			v->iov_base = (char *)v->iov_base + done;
			v->iov_len -= (size_t)done;
		}
	}
	return 0;
}

ssize_t io_read_full(int fd, void *buf, size_t size)
{
	char *p = buf;
	size_t got = 0;

	while (got < size) {
		ssize_t n = read(fd, p + got, size - got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		got += (size_t)n;
	}
	return (ssize_t)got;
}

ssize_t io_read_proc(int fd, void *buf, size_t size)
{
	enum { HALF_PAGE = 2048 };
	ssize_t n, more = 0;

	do
		n = read(fd, buf, size);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if (n >= HALF_PAGE)
		more = io_read_full(fd, (char *)buf + n, size - (size_t)n);
	return more < 0 ? more : n + more;
}

bool io_parse_u64_n(const char *s, size_t n, uint64_t max, uint64_t *ret)
{
	uint64_t v = 0;

	if (!n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(s[i] - '0'), &v) || v > max)
			return false;
	}
	*ret = v;
	return true;
}

bool io_parse_u64(const char *s, uint64_t max, uint64_t *ret)
{
	return io_parse_u64_n(s, strlen(s), max, ret);
}

bool io_parse_hex_n(const char *s, size_t n, uint64_t *ret)
{
	static const char digits[] = "0123456789abcdef";
	uint64_t v = 0;

	if (!n || n > 16)
		return false;
	for (size_t i = 0; i < n; i++) {
		const char *digit = memchr(digits, s[i], 16);

		if (!digit)
			return false;
		v = v << 4 | (uint64_t)(digit - digits);
	}
	*ret = v;
	return true;
}
