/*
 * The decoder: walks a table and a node side by side.
 *
 * owns:     the kinds of values, and how each is decoded
 * may use:  base, oci/doc, oci/utf8
 * must not: know any particular object
 */
#include "oci/schema.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "oci/utf8.h"

#define NUMBER(bytes, sign, min, max)                                                              \
	{                                                                                          \
		NODE_NUMBER, {.size = (bytes), .is_signed = (sign)},                               \
		{                                                                                  \
			(min), (max)                                                               \
		}                                                                                  \
	}
#define OPTIONAL(type, sign, min, max)                                                             \
	{                                                                                          \
		NODE_NUMBER,                                                                       \
			{.size = sizeof(((struct type *)0)->v),                                    \
			 .is_signed = (sign),                                                      \
			 .optional = true,                                                         \
			 .at = offsetof(struct type, v)},                                          \
		{                                                                                  \
			(min), (max)                                                               \
		}                                                                                  \
	}

const struct schema_kind_info schema_kinds[KIND_COUNT] = {
	[KIND_STRING] = {.type = NODE_STRING},
	[KIND_PATH] = {.type = NODE_STRING},
	[KIND_WORD] = {.type = NODE_STRING},
	[KIND_BOOL] = {NODE_BOOL, {.size = sizeof(bool)}, {0, 1}},
	[KIND_OPT_BOOL] = {NODE_BOOL,
			   {.size = sizeof(bool),
			    .optional = true,
			    .at = offsetof(struct opt_bool, v)},
			   {0, 1}},
	[KIND_U32] = NUMBER(4, false, 0, UINT32_MAX),
	[KIND_I32] = NUMBER(4, true, INT32_MIN, INT32_MAX),
	[KIND_U64] = NUMBER(8, false, 0, UINT64_MAX),
	[KIND_I64] = NUMBER(8, true, INT64_MIN, INT64_MAX),
	[KIND_OPT_U32] = OPTIONAL(opt_u32, false, 0, UINT32_MAX),
	[KIND_OPT_U64] = OPTIONAL(opt_u64, false, 0, UINT64_MAX),
	[KIND_OPT_I64] = OPTIONAL(opt_i64, true, INT64_MIN, INT64_MAX),
	[KIND_ENUM] = {NODE_STRING, {.size = 4}, {0, 0}},
	[KIND_CHAR] = {NODE_STRING, {.size = 1}, {0, 0}},
	[KIND_FLAGS32] = {NODE_ARRAY, {.size = 4}, {0, 0}},
	[KIND_FLAGS64] = {NODE_ARRAY, {.size = 8}, {0, 0}},
	[KIND_STRINGS] = {.type = NODE_ARRAY},
	[KIND_PATHS] = {.type = NODE_ARRAY},
	[KIND_WORDS] = {.type = NODE_ARRAY},
	[KIND_U32S] = {NODE_ARRAY, {0}, {0, UINT32_MAX}},
	[KIND_OBJECT] = {.type = NODE_OBJECT},
	[KIND_OBJECTS] = {.type = NODE_ARRAY},
	[KIND_STRING_MAP] = {.type = NODE_OBJECT},
	[KIND_KEYED_OBJECTS] = {.type = NODE_OBJECT},
};

struct decoder {
	struct arena *a;
	const struct doc *d;
	struct err *e;
};

/* --- errors ------------------------------------------------------------------------------------
 */

/* Puts the node's place into a fresh error. Returns r. */
static int at_node(const struct decoder *c, const struct node *n, int r)
{
	doc_position(c->d, n->offset, &c->e->line, &c->e->column);
	return r;
}

#define FAIL(c, n, code, ...) at_node(c, n, err_set((c)->e, code, __VA_ARGS__))

/* How many bytes of a string a message shows: whole characters, not too many. */
static int shown(const char *s)
{
	size_t n = strlen(s), i = 0;

	while (i < n && i < 60)
		i += utf8_length(s + i, n - i);
	return (int)i;
}

static int expect(const struct decoder *c, const struct node *n, enum node_type type)
{
	if (n->type == type)
		return 0;
	return FAIL(c, n, ERR_CONFIG_TYPE, "expected %s, found %s", node_type_name(type),
		    node_type_name(n->type));
}

static int fail_unknown(const struct decoder *c, const struct node *n, const char *value,
			struct names allowed)
{
	enum { LISTED = 10 };
	char *list = arena_strdup(c->a, "");

	for (size_t i = 0; i < allowed.n && i < LISTED; i++)
		list = arena_printf(c->a, "%s%s%s", list, i ? ", " : "", allowed.v[i].name);
	return FAIL(c, n, ERR_CONFIG_VALUE, "unknown value \"%.*s\", expected one of %s%s",
		    shown(value), value, list, allowed.n > LISTED ? ", ..." : "");
}

/* --- single values -----------------------------------------------------------------------------
 */

/* Strings of all kinds: no more than the row allows. */
static int check_string(const struct decoder *c, const struct schema_row *row, const struct node *n,
			uint64_t *ret_value)
{
	bool path = row->kind == KIND_PATH || row->kind == KIND_PATHS;
	int r = expect(c, n, NODE_STRING);

	if (r < 0)
		return r;
	if (path && n->text[0] != '/')
		return FAIL(c, n, ERR_CONFIG_VALUE, "expected an absolute path, found \"%.*s\"",
			    shown(n->text), n->text);
	if (row->names.n > 0 && !names_value(row->names, n->text, ret_value))
		return fail_unknown(c, n, n->text, row->names);
	return 0;
}

struct integer {
	uint64_t magnitude;
	bool negative;
	bool huge; /* beyond 64 bits */
};

/* The integer that a number's text says; false when it is a fraction or has an exponent. */
static bool parse_integer(const char *s, struct integer *ret)
{
	struct integer i = {.negative = *s == '-'};

	for (s += i.negative; *s; s++) {
		if (*s < '0' || *s > '9')
			return false;
		i.huge |= __builtin_mul_overflow(i.magnitude, UINT64_C(10), &i.magnitude);
		i.huge |= __builtin_add_overflow(i.magnitude, (uint64_t)(*s - '0'), &i.magnitude);
	}
	*ret = i;
	return true;
}

static bool in_range(const struct integer *i, const struct schema_range *range)
{
	if (i->huge)
		return false;
	if (i->negative && i->magnitude > 0)
		return range->min < 0 && i->magnitude <= -(uint64_t)range->min;
	return i->magnitude <= range->max &&
	       (range->min <= 0 || i->magnitude >= (uint64_t)range->min);
}

static int get_number(const struct decoder *c, const struct schema_row *row, const struct node *n,
		      uint64_t *ret)
{
	const struct schema_range *range = row->range ? row->range : &schema_kinds[row->kind].range;
	struct integer i;
	int r = expect(c, n, NODE_NUMBER);

	if (r < 0)
		return r;
	if (!parse_integer(n->text, &i))
		return FAIL(c, n, ERR_CONFIG_TYPE, "expected an integer, found %.*s",
			    shown(n->text), n->text);
	if (!in_range(&i, range))
		return FAIL(c, n, ERR_CONFIG_VALUE, "%.*s is out of range, expected %lld to %llu",
			    shown(n->text), n->text, (long long)range->min,
			    (unsigned long long)range->max);
	*ret = i.negative ? -i.magnitude : i.magnitude;
	return 0;
}

/* Writes a number as its kind lies in memory. */
static void store(const struct schema_row *row, char *field, uint64_t v)
{
	const struct schema_number *k = &schema_kinds[row->kind].number;
	char *at = field + k->at;

	if (k->optional)
		*(bool *)field = true;
	if (k->size == 8)
		*(uint64_t *)(void *)at = v;
	else if (k->size == 4)
		*(uint32_t *)(void *)at = (uint32_t)v;
	else
		*at = (char)v;
}

static int decode_string(const struct decoder *c, const struct schema_row *row,
			 const struct node *n, char *field)
{
	uint64_t value;
	int r = check_string(c, row, n, &value);

	if (r < 0)
		return r;
	*(const char **)(void *)field = n->text;
	return 0;
}

static int decode_name(const struct decoder *c, const struct schema_row *row, const struct node *n,
		       char *field)
{
	uint64_t value = 0;
	int r = check_string(c, row, n, &value);

	if (r < 0)
		return r;
	store(row, field, value);
	return 0;
}

static int decode_bool(const struct decoder *c, const struct schema_row *row, const struct node *n,
		       char *field)
{
	(void)c;
	store(row, field, n->boolean);
	return 0;
}

static int decode_number(const struct decoder *c, const struct schema_row *row,
			 const struct node *n, char *field)
{
	uint64_t v = 0;
	int r = get_number(c, row, n, &v);

	if (r < 0)
		return r;
	store(row, field, v);
	return 0;
}

/* --- lists of single values --------------------------------------------------------------------
 */

static int decode_flags(const struct decoder *c, const struct schema_row *row, const struct node *n,
			char *field)
{
	uint64_t all = 0, one = 0;
	size_t i = 0;
	int r;

	for (const struct node *child = n->first; child; child = child->next, i++) {
		r = check_string(c, row, child, &one);
		if (r < 0)
			return err_at(c->e, r, "/%zu", i);
		all |= one;
	}
	store(row, field, all);
	return 0;
}

static int decode_strings(const struct decoder *c, const struct schema_row *row,
			  const struct node *n, char *field)
{
	struct strings list = {arena_array(c->a, n->children, sizeof(char *)), 0};
	uint64_t value;
	int r;

	for (const struct node *child = n->first; child; child = child->next) {
		r = check_string(c, row, child, &value);
		if (r < 0)
			return err_at(c->e, r, "/%zu", list.n);
		list.v[list.n++] = child->text;
	}
	*(struct strings *)(void *)field = list;
	return 0;
}

static int decode_u32s(const struct decoder *c, const struct schema_row *row, const struct node *n,
		       char *field)
{
	struct u32s list = {arena_array(c->a, n->children, sizeof(uint32_t)), 0};
	uint64_t v = 0;
	int r;

	for (const struct node *child = n->first; child; child = child->next) {
		r = get_number(c, row, child, &v);
		if (r < 0)
			return err_at(c->e, r, "/%zu", list.n);
		list.v[list.n++] = (uint32_t)v;
	}
	*(struct u32s *)(void *)field = list;
	return 0;
}

static int decode_string_map(const struct decoder *c, const struct schema_row *row,
			     const struct node *n, char *field)
{
	struct string_map map = {arena_array(c->a, n->children, sizeof(struct string_pair)), 0};
	int r;

	(void)row;
	for (const struct node *child = n->first; child; child = child->next) {
		r = expect(c, child, NODE_STRING);
		if (r < 0)
			return err_at(c->e, r, "/%s", doc_escape(c->a, child->key));
		map.v[map.n++] = (struct string_pair){child->key, child->text};
	}
	*(struct string_map *)(void *)field = map;
	return 0;
}

/* --- objects -----------------------------------------------------------------------------------
 */

static int decode_rows(const struct decoder *c, const struct schema_object *object,
		       const struct node *n, char *base);

static int decode_object(const struct decoder *c, const struct schema_row *row,
			 const struct node *n, char *field)
{
	return decode_rows(c, row->object, n, field);
}

static int decode_objects(const struct decoder *c, const struct schema_row *row,
			  const struct node *n, char *field)
{
	size_t size = row->object->size;
	struct schema_array list = {arena_array(c->a, n->children, size), 0};
	int r;

	for (const struct node *child = n->first; child; child = child->next) {
		r = expect(c, child, NODE_OBJECT);
		if (r == 0)
			r = decode_rows(c, row->object, child, (char *)list.v + list.n * size);
		if (r < 0)
			return err_at(c->e, r, "/%zu", list.n);
		list.n++;
	}
	*(struct schema_array *)(void *)field = list;
	return 0;
}

/* One entry of an object whose keys are free. */
static int decode_keyed(const struct decoder *c, const struct schema_object *object,
			const struct node *n, char *base)
{
	uint64_t value;
	int r = expect(c, n, NODE_OBJECT);

	if (r < 0)
		return r;
	if (object->keys.n > 0 && !names_value(object->keys, n->key, &value))
		return fail_unknown(c, n, n->key, object->keys);
	*(const char **)(void *)(base + object->key) = n->key;
	return decode_rows(c, object, n, base);
}

static int decode_keyed_objects(const struct decoder *c, const struct schema_row *row,
				const struct node *n, char *field)
{
	size_t size = row->object->size;
	struct schema_array list = {arena_array(c->a, n->children, size), 0};
	int r;

	for (const struct node *child = n->first; child; child = child->next) {
		r = decode_keyed(c, row->object, child, (char *)list.v + list.n * size);
		if (r < 0)
			return err_at(c->e, r, "/%s", doc_escape(c->a, child->key));
		list.n++;
	}
	*(struct schema_array *)(void *)field = list;
	return 0;
}

static int (*const decoders[KIND_COUNT])(const struct decoder *c, const struct schema_row *row,
					 const struct node *n, char *field) = {
	[KIND_STRING] = decode_string,
	[KIND_PATH] = decode_string,
	[KIND_WORD] = decode_string,
	[KIND_BOOL] = decode_bool,
	[KIND_OPT_BOOL] = decode_bool,
	[KIND_U32] = decode_number,
	[KIND_I32] = decode_number,
	[KIND_U64] = decode_number,
	[KIND_I64] = decode_number,
	[KIND_OPT_U32] = decode_number,
	[KIND_OPT_U64] = decode_number,
	[KIND_OPT_I64] = decode_number,
	[KIND_ENUM] = decode_name,
	[KIND_CHAR] = decode_name,
	[KIND_FLAGS32] = decode_flags,
	[KIND_FLAGS64] = decode_flags,
	[KIND_STRINGS] = decode_strings,
	[KIND_PATHS] = decode_strings,
	[KIND_WORDS] = decode_strings,
	[KIND_U32S] = decode_u32s,
	[KIND_OBJECT] = decode_object,
	[KIND_OBJECTS] = decode_objects,
	[KIND_STRING_MAP] = decode_string_map,
	[KIND_KEYED_OBJECTS] = decode_keyed_objects,
};

static bool is_empty(const struct node *n)
{
	return (n->type == NODE_STRING && n->length == 0) ||
	       (n->type == NODE_ARRAY && n->children == 0);
}

/* Decodes one property that is there. */
static int decode_value(const struct decoder *c, const struct schema_row *row, const struct node *n,
			char *base)
{
	int r = expect(c, n, schema_kinds[row->kind].type);

	if (r < 0)
		return r;
	if (is_empty(n) && (row->flags & REQUIRED))
		return FAIL(c, n, ERR_CONFIG_VALUE, "must not be empty");
	if (is_empty(n) && n->type == NODE_STRING)
		return 0;
	if (row->given)
		*(bool *)(base + row->given - 1) = true;
	return decoders[row->kind](c, row, n, base + row->offset);
}

/* What is required and not there may be there in other letters: to the JSON library of Go, by which
 * the peers read what was written for them, "pagesize" is pageSize. */
static const struct node *find_loosely(const struct node *n, const char *key)
{
	const struct node *child = n->first;

	while (child && strcasecmp(child->key, key))
		child = child->next;
	return child;
}

/* Callers know the errors of some properties by their first words. */
static int named(const struct decoder *c, const struct schema_row *row, int r)
{
	return row->what ? err_prefix(c->e, r, "%s", row->what) : r;
}

static int decode_rows(const struct decoder *c, const struct schema_object *object,
		       const struct node *n, char *base)
{
	int r;

	if (object->given)
		*(bool *)(base + object->given - 1) = true;
	for (size_t i = 0; i < object->count; i++) {
		const struct schema_row *row = &object->rows[i];
		const struct node *value = node_get(n, row->key);

		if (!value && row->flags & REQUIRED)
			value = find_loosely(n, row->key);

		if (value && value->type != NODE_NULL) {
			r = decode_value(c, row, value, base);
			if (r < 0)
				return err_at(c->e, named(c, row, r), "/%s", row->key);
			continue;
		}
		if (row->flags & REQUIRED) {
			r = FAIL(c, n, ERR_CONFIG_MISSING, "required property \"%s\" is missing",
				 row->key);
			return named(c, row, r);
		}
	}
	return 0;
}

int schema_decode(const struct schema_object *object, void *base, struct arena *a,
		  const struct doc *d, const struct node *n, struct err *e)
{
	const struct decoder c = {a, d, e};
	int r = expect(&c, n, NODE_OBJECT);

	return r < 0 ? r : decode_rows(&c, object, n, base);
}
