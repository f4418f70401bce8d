/*
 * The arena: chunks that are handed out from the front and freed together.
 *
 * owns:     the chunks
 * may use:  mmap(2), base/fmt, base/log for the last words
 * must not: be linked into init
 */
#include <errno.h>
#include <stdalign.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "runtime/base/arena.h"
#include "runtime/base/fmt.h"
#include "runtime/base/log.h"

/* Mapped in one call and touched as it is used: a command needs one or two of them. */
enum { CHUNK_SIZE = 256 * 1024 };

struct arena_chunk {
	struct arena_chunk *next;
	size_t used, size; /* of data, in bytes */
	alignas(max_align_t) char data[];
};

static _Noreturn void out_of_memory(void)
{
	struct err e;

	(void)err_sys(&e, ERR_SYSTEM, -ENOMEM, "out of memory");
	log_error(&e, NULL);
	exit(1);
}

void arena_free(struct arena *a)
{
	while (a->chunk) {
		struct arena_chunk *next = a->chunk->next;

		munmap(a->chunk, sizeof(*a->chunk) + a->chunk->size);
		a->chunk = next;
	}
}

/* One system call, where the first malloc(3) of a process makes four; and it is zero already. */
static struct arena_chunk *new_chunk(size_t size)
{
	struct arena_chunk *c = mmap(NULL, sizeof(*c) + size, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (c == MAP_FAILED)
		out_of_memory();
	c->size = size;
	return c;
}

void *arena_alloc(struct arena *a, size_t size)
{
	const size_t align = alignof(max_align_t);
	struct arena_chunk *c = a->chunk;
	void *p;

	if (size > SIZE_MAX - sizeof(*c) - align)
		out_of_memory();
	size = (size + align - 1) / align * align;
	if (c && c->size - c->used >= size) {
		p = c->data + c->used;
		c->used += size;
		return p;
	}
	c = new_chunk(size > CHUNK_SIZE ? size : CHUNK_SIZE);
	c->used = size;
	if (a->chunk && size > CHUNK_SIZE / 2) {
		/* A big piece goes behind the newest chunk, whose rest stays in use. */
		c->next = a->chunk->next;
		a->chunk->next = c;
	} else {
		c->next = a->chunk;
		a->chunk = c;
	}
	return c->data;
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total))
		out_of_memory();
	return arena_alloc(a, total);
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *copy;

	n = strnlen(s, n);
	copy = arena_alloc(a, n + 1);
	memcpy(copy, s, n);
	return copy;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	size_t n;
	char *s;

	va_start(ap, fmt);
	n = fmt_vbuf(NULL, 0, fmt, ap);
	va_end(ap);
	s = arena_alloc(a, n + 1);
	va_start(ap, fmt);
	fmt_vbuf(s, n + 1, fmt, ap);
	va_end(ap);
	return s;
}
