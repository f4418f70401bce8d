/*
 * Finding nodes: by name, by JSON pointer (RFC 6901).
 *
 * owns:     nothing
 * may use:  base, oci/doc
 * must not: change a document
 */
#include "oci/doc.h"

#include <string.h>

#include "runtime/base/io.h"

static const char *const type_names[NODE_TYPE_COUNT] = {
	[NODE_NULL] = "null",     [NODE_BOOL] = "boolean", [NODE_NUMBER] = "number",
	[NODE_STRING] = "string", [NODE_ARRAY] = "array",  [NODE_OBJECT] = "object",
};

const char *node_type_name(enum node_type t)
{
	return type_names[t];
}

const struct node *node_get(const struct node *object, const char *key)
{
	if (object->type != NODE_OBJECT)
		return NULL;
	for (const struct node *n = object->first; n; n = n->next) {
		if (strcmp(n->key, key) == 0)
			return n;
	}
	return NULL;
}

/* Does key, escaped, equal the n bytes at segment? */
static bool key_is(const char *key, const char *segment, size_t n)
{
	const char *end = segment + n;

	for (; segment < end; segment++, key++) {
		char c = *segment;

		if (c == '~' && segment + 1 < end) {
			segment++;
			c = *segment == '0' ? '~' : '/';
		}
		if (*key != c)
			return false;
	}
	return *key == '\0';
}

/* The child that one segment of a pointer names, or NULL. */
static const struct node *child(const struct node *parent, const char *segment, size_t n)
{
	uint64_t index = 0;
	const struct node *c;

	if (parent->type == NODE_OBJECT) {
		for (c = parent->first; c; c = c->next) {
			if (key_is(c->key, segment, n))
				return c;
		}
		return NULL;
	}
	if (parent->type != NODE_ARRAY || !io_parse_u64_n(segment, n, UINT32_MAX, &index))
		return NULL;
	if (parent->index)
		return index < parent->children ? parent->index[index] : NULL;
	c = parent->first;
	while (c && index-- > 0)
		c = c->next;
	return c;
}

/* Walks as far as the pointer goes. Returns the last node that exists; *ret_rest is what is left of
 * the pointer, "" when all of it was found. */
static const struct node *walk(const struct doc *d, const char *pointer, const char **ret_rest)
{
	const struct node *n = d->root, *next;

	while (*pointer == '/') {
		size_t length = strcspn(pointer + 1, "/");

		next = child(n, pointer + 1, length);
		if (!next)
			break;
		n = next;
		pointer += 1 + length;
	}
	*ret_rest = pointer;
	return n;
}

const struct node *doc_at(const struct doc *d, const char *pointer)
{
	const char *rest;
	const struct node *n = walk(d, pointer, &rest);

	return *rest ? NULL : n;
}

uint32_t doc_line(const struct doc *d, const char *pointer)
{
	const char *rest;

	if (!d || !d->root)
		return 0;
	return walk(d, pointer, &rest)->line;
}

int doc_locate(const struct doc *d, struct err *e, int r)
{
	const char *rest;

	if (!d || !d->root || e->line != 0 || e->pointer[0] == '\0')
		return r;
	doc_position(d, walk(d, e->pointer, &rest)->offset, &e->line, &e->column);
	return r;
}

const char *doc_escape(struct arena *a, const char *key)
{
	size_t n = strlen(key);
	char *out, *w;

	if (!strpbrk(key, "~/"))
		return key;
	out = arena_alloc(a, 2 * n + 1);
	w = out;
	for (; *key; key++) {
		if (*key != '~' && *key != '/') {
			*w++ = *key;
			continue;
		}
		*w++ = '~';
		*w++ = *key == '~' ? '0' : '1';
	}
	*w = '\0';
	return out;
}
