/*
 * Lists of texts in which a later entry replaces an earlier one.
 *
 * owns:     strings_last
 * may use:  base, oci (types)
 * must not: grow with the square of a list that a config makes as long as it likes
 */
#include <stdlib.h>
#include <string.h>

#include "runtime/plan/builder.h"

struct entry {
	const char *text;
	size_t key; /* bytes of it that are compared */
	size_t at;
};

static int by_key(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int r = x->key == y->key ? memcmp(x->text, y->text, x->key) : x->key < y->key ? -1 : 1;

	return r ? r : x->at < y->at ? -1 : 1;
}

static bool same_key(const struct entry *x, const struct entry *y)
{
	return x->key == y->key && memcmp(x->text, y->text, x->key) == 0;
}

struct strings strings_last(struct arena *a, const struct strings *s, char end)
{
	struct entry *sorted = arena_array(a, s->n, sizeof(*sorted));
	struct strings last = {.v = arena_array(a, s->n, sizeof(*last.v))};

	for (size_t i = 0; i < s->n; i++) {
		const char *text = s->v[i];
		const char *stop = strchr(text, end);

		sorted[i] = (struct entry){
			.text = text, .key = stop ? (size_t)(stop - text) : strlen(text), .at = i};
	}
	if (s->n)
		qsort(sorted, s->n, sizeof(*sorted), by_key);
	for (size_t i = 0; i < s->n; i++)
		last.v[sorted[i].at] = i + 1 < s->n && same_key(&sorted[i], &sorted[i + 1])
					       ? NULL
					       : sorted[i].text;
	for (size_t i = 0; i < s->n; i++)
		if (last.v[i])
			last.v[last.n++] = last.v[i];
	return last;
}
