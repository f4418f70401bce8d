/*
 * A JSON text as a tree of nodes that know where they stand in the text.
 *
 * owns:     the nodes, in the caller's arena
 * may use:  base, yajl
 * must not: know any schema; be handed files above DOC_SIZE_MAX or nest deeper than DOC_DEPTH_MAX
 */
#ifndef RUNDLET_OCI_DOC_H
#define RUNDLET_OCI_DOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/arena.h"
#include "runtime/base/err.h"

enum {
	DOC_SIZE_MAX = 16 << 20, /* bytes */
	DOC_DEPTH_MAX = 64,
	DOC_NODES_MAX = 1 << 20, /* bounds the memory that a hostile text of DOC_SIZE_MAX costs */
};

enum node_type {
	NODE_NULL,
	NODE_BOOL,
	NODE_NUMBER,
	NODE_STRING,
	NODE_ARRAY,
	NODE_OBJECT,
	NODE_TYPE_COUNT
};

struct node {
	enum node_type type;
	uint32_t offset;     /* of its first byte in the document */
	uint32_t length;     /* NODE_STRING, NODE_NUMBER: bytes in text; NODE_ARRAY, NODE_OBJECT:
				bytes in the document, brackets included */
	uint32_t key_offset; /* of the first byte of key in the document */
	const char *key;     /* its name, when its parent is an object */
	const char *text;    /* NODE_STRING: decoded, without NUL bytes inside;
				NODE_NUMBER: as written; both terminated */
	uint32_t line;       /* of offset, 1-based */
	bool boolean;
	struct node *first; /* children of arrays and objects, in order */
	struct node *next;  /* sibling */
	size_t children;
	struct node **index; /* NODE_ARRAY: the children, where these are many; else NULL */
};

struct doc {
	const char *text; /* the whole file; must outlive the doc */
	size_t size;
	struct node *root;
};

/*
 * Parses size bytes at text. Refuses: more than DOC_SIZE_MAX, deeper than DOC_DEPTH_MAX, anything
 * after the value, duplicate keys in an object, strings with NUL bytes or invalid UTF-8. Errors:
 * ERR_CONFIG_SYNTAX with line and column, -EINVAL or -EFBIG.
 */
int doc_parse(struct doc *ret, struct arena *a, const char *text, size_t size,
	      struct err *e) MUST_USE;

/* What doc_parse_within() refuses instead: rundlet's own files embed a whole config.json. */
struct doc_limits {
	size_t size;    /* bytes, below 4 GiB: offsets have 32 bits */
	uint32_t depth; /* at most DOC_STACK_MAX */
};

enum { DOC_STACK_MAX = DOC_DEPTH_MAX + 8 };

/* doc_parse() with other limits. */
int doc_parse_within(struct doc *ret, struct arena *a, const char *text, size_t size,
		     const struct doc_limits *limits, struct err *e) MUST_USE;

/* Child of an object by name, or NULL. */
const struct node *node_get(const struct node *object, const char *key);
/* The node at a JSON pointer (RFC 6901, with ~0 and ~1), or NULL. "" is the root. */
const struct node *doc_at(const struct doc *d, const char *pointer);
/* 1-based line and column (bytes) of an offset. */
void doc_position(const struct doc *d, size_t offset, uint32_t *ret_line, uint32_t *ret_column);
/* The line of the node at pointer, or of its nearest existing parent; 0 when there is no document.
 */
uint32_t doc_line(const struct doc *d, const char *pointer);
/* Fills e->line and e->column from e->pointer (nearest existing parent), if they are not set.
 * Returns r. */
int doc_locate(const struct doc *d, struct err *e, int r);

/* The key as a segment of a JSON pointer: "~" becomes "~0" and "/" becomes "~1". Lives in a, or is
 * key itself when there is nothing to escape. */
const char *doc_escape(struct arena *a, const char *key);

/* "string", "number", …: for messages. */
const char *node_type_name(enum node_type t);

#endif
