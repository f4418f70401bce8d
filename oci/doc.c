/*
 * JSON text -> nodes, by way of yajl's events.
 *
 * owns:     the parser and its limits
 * may use:  base, yajl
 * must not: know any schema
 *
 * yajl 2.1 is told nothing that it could trip over: the size is bounded first, and strings are
 * checked by check_strings(), because its decoder runs past the end of one that ends in half a
 * surrogate pair (CVE-2017-16516). All that it allocates is in the arena, so nothing leaks.
 */
#include "oci/doc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include "oci/utf8.h"

enum { INDEX_MIN = 64 /* elements of an array */ };

struct parse {
	struct arena *a;
	const char *text;
	size_t size;
	const struct doc_limits *limits;
	yajl_handle yajl;
	size_t end;    /* of the last token that made an event */
	size_t seen;   /* up to here … */
	uint32_t line; /* … this many line breaks */
	uint32_t depth;
	struct node *open[DOC_STACK_MAX]; /* the arrays and objects around this place … */
	struct node *last[DOC_STACK_MAX]; /* … and the newest child of each */
	const char *key;                  /* of the value to come */
	uint32_t key_offset;
	struct node *root;
	size_t nodes;
	struct err *e;
	bool refused; /* by us: *e is filled already */
};

/* --- errors ------------------------------------------------------------------------------------
 */

static void position(const char *text, size_t offset, uint32_t *ret_line, uint32_t *ret_column)
{
	uint32_t line = 1, column = 1;

	for (size_t i = 0; i < offset; i++) {
		column++;
		if (text[i] == '\n') {
			line++;
			column = 1;
		}
	}
	*ret_line = line;
	*ret_column = column;
}

/* Puts the place of an offset into a fresh error. Returns r. */
static int at_offset(struct parse *p, size_t offset, int r)
{
	p->refused = true;
	position(p->text, offset, &p->e->line, &p->e->column);
	return r;
}

/* --- yajl's memory -----------------------------------------------------------------------------
 */

struct block {
	_Alignas(max_align_t) size_t size; /* realloc has to know */
	char data[];
};

static void *mem_alloc(void *ctx, size_t size)
{
	struct block *b = arena_alloc(ctx, sizeof(*b) + size);

	b->size = size;
	return b->data;
}

static void *mem_realloc(void *ctx, void *old, size_t size)
{
	void *fresh = mem_alloc(ctx, size);
	const struct block *b;

	if (!old)
		return fresh;
	b = (const struct block *)(const void *)((const char *)old - offsetof(struct block, data));
	memcpy(fresh, old, b->size < size ? b->size : size);
	return fresh;
}

static void mem_free(void *ctx, void *p)
{
	(void)ctx;
	(void)p;
}

/* --- events ------------------------------------------------------------------------------------
 */

static bool is_filler(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ',' || c == ':';
}

/* Where the token that follows the last event begins. */
static size_t next_token(const struct parse *p)
{
	size_t i = p->end;

	while (i < p->size && is_filler(p->text[i]))
		i++;
	return i;
}

/* The start of the token that made this event; takes note of its end. */
static size_t token_start(struct parse *p)
{
	size_t start = next_token(p);

	p->end = yajl_get_bytes_consumed(p->yajl);
	return start;
}

/* The line of an offset that is not before the last one asked for: the text is gone through once.
 */
static uint32_t line_of(struct parse *p, size_t offset)
{
	const char *from = p->text + p->seen, *to = p->text + offset;

	for (; (from = memchr(from, '\n', (size_t)(to - from))); from++)
		p->line++;
	p->seen = offset;
	return p->line + 1;
}

/* A new node, linked to its parent. NULL when there are too many. */
static struct node *add_node(struct parse *p, enum node_type type)
{
	size_t start = token_start(p);
	struct node *n;

	if (++p->nodes > DOC_NODES_MAX) {
		at_offset(p, start,
			  err_set(p->e, ERR_CONFIG_SYNTAX, "more than %d values", DOC_NODES_MAX));
		return NULL;
	}
	n = arena_alloc(p->a, sizeof(*n));
	n->type = type;
	n->offset = (uint32_t)start;
	n->line = line_of(p, start);
	n->key = p->key;
	n->key_offset = p->key_offset;
	p->key = NULL;
	p->key_offset = 0;
	if (p->depth == 0) {
		p->root = n;
		return n;
	}
	if (p->last[p->depth - 1])
		p->last[p->depth - 1]->next = n;
	else
		p->open[p->depth - 1]->first = n;
	p->last[p->depth - 1] = n;
	p->open[p->depth - 1]->children++;
	return n;
}

static int add_text(struct parse *p, enum node_type type, const char *s, size_t n)
{
	struct node *node = add_node(p, type);

	if (!node)
		return 0;
	node->text = arena_strndup(p->a, s, n);
	node->length = (uint32_t)n;
	return 1;
}

static int on_null(void *ctx)
{
	return add_node(ctx, NODE_NULL) != NULL;
}

static int on_boolean(void *ctx, int value)
{
	struct node *n = add_node(ctx, NODE_BOOL);

	if (!n)
		return 0;
	n->boolean = value;
	return 1;
}

static int on_number(void *ctx, const char *s, size_t n)
{
	return add_text(ctx, NODE_NUMBER, s, n);
}

static int on_string(void *ctx, const unsigned char *s, size_t n)
{
	return add_text(ctx, NODE_STRING, (const char *)s, n);
}

static int on_key(void *ctx, const unsigned char *s, size_t n)
{
	struct parse *p = ctx;

	p->key_offset = (uint32_t)token_start(p);
	p->key = arena_strndup(p->a, (const char *)s, n);
	return 1;
}

static int on_open(struct parse *p, enum node_type type)
{
	size_t start = next_token(p);
	struct node *n;

	if (p->depth == p->limits->depth) {
		at_offset(p, start,
			  err_set(p->e, ERR_CONFIG_SYNTAX, "nested deeper than %u levels",
				  p->limits->depth));
		return 0;
	}
	n = add_node(p, type);
	if (!n)
		return 0;
	p->open[p->depth] = n;
	p->last[p->depth] = NULL;
	p->depth++;
	return 1;
}

static int on_close(void *ctx)
{
	struct parse *p = ctx;
	struct node *n = p->open[--p->depth];

	token_start(p);
	n->length = (uint32_t)(p->end - n->offset);
	return 1;
}

static int on_open_array(void *ctx)
{
	return on_open(ctx, NODE_ARRAY);
}

/* Whoever looks up each of a hundred thousand elements does not want to count to each. */
static int on_close_array(void *ctx)
{
	struct parse *p = ctx;
	struct node *array = p->open[p->depth - 1], *c = array->first;

	if (array->children >= INDEX_MIN) {
		array->index = arena_array(p->a, array->children, sizeof(*array->index));
		for (size_t i = 0; c; c = c->next)
			array->index[i++] = c;
	}
	return on_close(p);
}

static int on_open_object(void *ctx)
{
	return on_open(ctx, NODE_OBJECT);
}

static int by_key(const void *a, const void *b)
{
	const struct node *const *x = a, *const *y = b;
	int r = strcmp((*x)->key, (*y)->key);

	return r ? r
		 : ((*x)->key_offset > (*y)->key_offset) - ((*x)->key_offset < (*y)->key_offset);
}

/* Refuses duplicate keys: by sorting, because comparing each with each takes hours on a large
 * hostile file. */
static int on_close_object(void *ctx)
{
	struct parse *p = ctx;
	struct node *object = p->open[p->depth - 1];
	const struct node **v = arena_array(p->a, object->children, sizeof(struct node *));
	size_t n = 0;

	for (const struct node *c = object->first; c; c = c->next)
		v[n++] = c;
	if (n > 1)
		qsort(v, n, sizeof(*v), by_key);
	for (size_t i = 1; i < n; i++) {
		if (strcmp(v[i - 1]->key, v[i]->key) != 0)
			continue;
		at_offset(p, v[i]->key_offset,
			  err_set(p->e, ERR_CONFIG_SYNTAX, "duplicate key \"%s\"", v[i]->key));
		return 0;
	}
	return on_close(p);
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_boolean,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_open_object,
	.yajl_map_key = on_key,
	.yajl_end_map = on_close_object,
	.yajl_start_array = on_open_array,
	.yajl_end_array = on_close_array,
};

/* --- before yajl -------------------------------------------------------------------------------
 */

/* The four hexadecimal digits of a \u escape at offset i, or -1. */
static int hex4(const struct parse *p, size_t i)
{
	int v = 0;

	if (p->size - i < 4)
		return -1;
	for (size_t end = i + 4; i < end; i++) {
		char c = p->text[i];

		if (c >= '0' && c <= '9')
			v = v * 16 + (c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			v = v * 16 + ((c | 0x20) - 'a' + 10);
		else
			return -1;
	}
	return v;
}

/* Judges the \u escape whose backslash is at i. Sets *ret_length to its bytes, pair included. What
 * is not hexadecimal is left to yajl. */
static int check_unicode_escape(struct parse *p, size_t i, size_t *ret_length)
{
	int v = hex4(p, i + 2), low;

	*ret_length = 2;
	if (v < 0)
		return 0;
	if (v == 0)
		return at_offset(p, i, err_set(p->e, ERR_CONFIG_SYNTAX, "NUL byte in a string"));
	*ret_length = 6;
	if (v < 0xd800 || v > 0xdfff)
		return 0;
	low = -1;
	if (v < 0xdc00 && p->size - i >= 12 && p->text[i + 6] == '\\' && p->text[i + 7] == 'u')
		low = hex4(p, i + 8);
	if (low < 0xdc00 || low > 0xdfff)
		return at_offset(
			p, i,
			err_set(p->e, ERR_CONFIG_SYNTAX, "half a surrogate pair in a string"));
	*ret_length = 12;
	return 0;
}

/* Judges what stands at i, inside a string. Sets *ret_length to its bytes. */
static int check_string_at(struct parse *p, size_t i, size_t *ret_length)
{
	*ret_length = 2;
	if (p->text[i] == '\\' && i + 1 < p->size)
		return p->text[i + 1] == 'u' ? check_unicode_escape(p, i, ret_length) : 0;
	*ret_length = utf8_length(p->text + i, p->size - i);
	if (*ret_length == 0)
		return at_offset(p, i,
				 err_set(p->e, ERR_CONFIG_SYNTAX, "invalid UTF-8 in a string"));
	return 0;
}

static int check_strings(struct parse *p)
{
	bool in_string = false;
	size_t length;
	int r;

	for (size_t i = 0; i < p->size; i += length) {
		length = 1;
		if (p->text[i] == '"') {
			in_string = !in_string;
		} else if (in_string) {
			r = check_string_at(p, i, &length);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

/* --- parse -------------------------------------------------------------------------------------
 */

/* Where the text that yajl refused begins. After a parse error yajl has consumed the offending
 * token; a lexical error stands on the offending byte, but for a byte that can begin no token. */
static size_t refused_offset(const struct parse *p, const char *reason)
{
	size_t at = yajl_get_bytes_consumed(p->yajl);

	if (at > p->size)
		at = p->size;
	if (strstr(reason, "invalid char in json text"))
		return at > 0 ? at - 1 : 0;
	if (strncmp(reason, "lexical", strlen("lexical")) == 0)
		return at;
	if (at > 0 && memchr(",:[]{}", p->text[at - 1], 6))
		return at - 1;
	return next_token(p);
}

static int syntax_error(struct parse *p, bool at_end)
{
	const char *reason = (const char *)yajl_get_error(p->yajl, 0, NULL, 0);
	size_t offset = at_end ? p->size : refused_offset(p, reason);
	const char *colon = strstr(reason, ": ");
	const char *words = colon ? colon + 2 : reason;

	return at_offset(p, offset,
			 err_set(p->e, ERR_CONFIG_SYNTAX, "not valid JSON: %.*s",
				 (int)strcspn(words, ".\n"), words));
}

static int run(struct parse *p)
{
	yajl_alloc_funcs memory = {mem_alloc, mem_realloc, mem_free, p->a};
	yajl_status status;

	p->yajl = yajl_alloc(&callbacks, &memory, p);
	status = yajl_parse(p->yajl, (const unsigned char *)p->text, p->size);
	if (p->refused)
		return -EINVAL;
	if (status != yajl_status_ok)
		return syntax_error(p, false);
	status = yajl_complete_parse(p->yajl);
	if (p->refused)
		return -EINVAL;
	if (status != yajl_status_ok || !p->root)
		return syntax_error(p, true);
	return 0;
}

int doc_parse_within(struct doc *ret, struct arena *a, const char *text, size_t size,
		     const struct doc_limits *limits, struct err *e)
{
	struct parse p = {.a = a, .text = text, .size = size, .limits = limits, .e = e};
	int r;

	if (size > limits->size) {
		err_set(e, ERR_CONFIG_SYNTAX, "too large: %zu bytes, the limit is %zu", size,
			limits->size);
		return -EFBIG;
	}
	r = check_strings(&p);
	if (r < 0)
		return r;
	r = run(&p);
	if (r < 0)
		return r;
	*ret = (struct doc){.text = text, .size = size, .root = p.root};
	return 0;
}

int doc_parse(struct doc *ret, struct arena *a, const char *text, size_t size, struct err *e)
{
	static const struct doc_limits limits = {DOC_SIZE_MAX, DOC_DEPTH_MAX};

	return doc_parse_within(ret, a, text, size, &limits, e);
}

void doc_position(const struct doc *d, size_t offset, uint32_t *ret_line, uint32_t *ret_column)
{
	position(d->text, offset < d->size ? offset : d->size, ret_line, ret_column);
}
