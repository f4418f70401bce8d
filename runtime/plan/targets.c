/*
 * Where the plan mounts something: what target_flags() asks, for thousands of mounts.
 *
 * owns:     the table of targets
 * may use:  base, the plan's headers
 * must not: decide anything else
 */
#include <string.h>

#include "runtime/base/path.h"
#include "runtime/plan/builder.h"

enum { ROOM_MIN = 64 };

static const uint64_t hash_start = 14695981039346656037ULL, hash_prime = 1099511628211ULL;

static uint64_t hash_more(uint64_t hash, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		hash = (hash ^ (unsigned char)s[i]) * hash_prime;
	return hash;
}

/* The row of the n bytes at path, or the free one where it belongs. */
static struct target *find(const struct targets *t, uint64_t hash, const char *path, size_t n)
{
	size_t i = hash & (t->room - 1);

	while (t->v[i].path &&
	       (t->v[i].hash != hash || t->v[i].n != n || memcmp(t->v[i].path, path, n) != 0))
		i = (i + 1) & (t->room - 1);
	return &t->v[i];
}

static void grow(struct targets *t, struct arena *a)
{
	struct targets wider = {.n = t->n, .room = t->room ? t->room * 2 : ROOM_MIN};

	wider.v = arena_array(a, wider.room, sizeof(*wider.v));
	for (size_t i = 0; i < t->room; i++)
		if (t->v[i].path)
			*find(&wider, t->v[i].hash, t->v[i].path, t->v[i].n) = t->v[i];
	*t = wider;
}

static struct target *get(struct targets *t, struct arena *a, uint64_t hash, const char *path,
			  size_t n)
{
	struct target *row;

	if (t->n * 2 >= t->room)
		grow(t, a);
	row = find(t, hash, path, n);
	if (!row->path) {
		*row = (struct target){.hash = hash, .path = path, .n = n};
		t->n++;
	}
	return row;
}

void targets_add(struct builder *b, const char *target, bool fresh)
{
	const char *path = arena_strdup(b->a, target);
	uint64_t hash = hash_start;
	struct target *row = NULL;
	size_t done = 0, n;

	/* each directory above it, and at last itself */
	do {
		n = done + 1 + strcspn(path + done + 1, "/");
		hash = hash_more(hash, path + done, n - done);
		row = get(&b->targets, b->a, hash, path, n);
		row->below = b->head.op_count + 1;
		done = n;
	} while (path[n]);
	row->at = b->head.op_count + 1;
	row->fresh = fresh;
}

uint16_t target_flags(const struct builder *b, const char *target)
{
	const size_t n = strlen(target), base = strlen(path_base(target));
	const size_t dir = n > base ? n - base - 1 : 0;
	const struct target *of_dir, *own;
	uint64_t hash;

	if (!dir || !b->targets.room)
		return 0;
	hash = hash_more(hash_start, target, dir);
	of_dir = find(&b->targets, hash, target, dir);
	if (!of_dir->path || !of_dir->fresh)
		return 0;
	own = find(&b->targets, hash_more(hash, target + dir, n - dir), target, n);
	return own->path && own->below > of_dir->at ? 0 : OP_FRESH;
}
