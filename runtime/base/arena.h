/*
 * Memory that lives as long as one piece of work.
 *
 * owns:     the chunks
 * may use:  mmap(2)
 * must not: be used in init, or after something was created that an exit would leave behind
 *
 * A command makes one arena and everything that it decodes and plans lives there. Allocation never
 * returns NULL: when memory is out the process says so in one line and exits with status 1, which
 * is safe because arenas are used only before the first clone.
 */
#ifndef RUNDLET_BASE_ARENA_H
#define RUNDLET_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "runtime/base/cleanup.h"

struct arena {
	struct arena_chunk *chunk; /* the newest one, NULL at first: struct arena a = {0}; */
};

/* Frees everything at once; the arena can be used again. */
/* Frees everything that was allocated from a; a is empty and usable afterwards. */
void arena_free(struct arena *a);

/* size bytes, zeroed, aligned for any type. */
void *arena_alloc(struct arena *a, size_t size);
/* n elements of size bytes each, zeroed; exits on overflow like on want of memory. */
void *arena_array(struct arena *a, size_t n, size_t size);
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_printf(struct arena *a, const char *fmt, ...) PRINTF(2, 3);

/* For AUTO(arena) struct arena a = {0}; */
static inline void arena_cleanup(struct arena *a)
{
	arena_free(a);
}

#endif
