/*
 * The writer: the decoder's tables, the other way round.
 *
 * owns:     how each kind of value is written, and when it counts as not given
 * may use:  base, oci/json_out
 * must not: know any particular object
 */
#include "oci/schema.h"

/* --- what is there -----------------------------------------------------------------------------
 */

/* A number as its kind lies in memory; signed ones extended to 64 bits. */
static uint64_t load(const struct schema_row *row, const char *field)
{
	const struct schema_number *k = &schema_kinds[row->kind].number;
	const char *at = field + k->at;

	if (k->size == 8)
		return *(const uint64_t *)(const void *)at;
	if (k->size == 4 && k->is_signed)
		return (uint64_t)(int64_t)(*(const int32_t *)(const void *)at);
	if (k->size == 4)
		return *(const uint32_t *)(const void *)at;
	return (unsigned char)*at;
}

static bool row_given(const struct schema_row *row, const char *base);

/* An object that has no `set` is there when one of its properties is. */
static bool object_given(const struct schema_object *object, const char *base)
{
	if (object->given)
		return *(const bool *)(base + object->given - 1);
	for (size_t i = 0; i < object->count; i++) {
		if (row_given(&object->rows[i], base))
			return true;
	}
	return false;
}

static bool row_given(const struct schema_row *row, const char *base)
{
	const struct schema_kind_info *kind = &schema_kinds[row->kind];
	const char *field = base + row->offset;

	if (row->flags & (REQUIRED | SHOWN))
		return true;
	if (row->given)
		return *(const bool *)(base + row->given - 1);
	if (row->kind == KIND_OBJECT)
		return object_given(row->object, field);
	if (kind->number.optional)
		return *(const bool *)field;
	if (kind->number.size)
		return load(row, field) != 0;
	if (kind->type == NODE_STRING)
		return *(const char *const *)(const void *)field != NULL;
	/* All lists are a pointer and a count. */
	return ((const struct schema_array *)(const void *)field)->n > 0;
}

/* --- one function per kind ---------------------------------------------------------------------
 */

static void write_string(struct json_out *o, const struct schema_row *row, const char *field)
{
	const char *s = *(const char *const *)(const void *)field;

	(void)row;
	json_string(o, s ? s : "");
}

static void write_name(struct json_out *o, const struct schema_row *row, const char *field)
{
	const char *s = names_name(row->names, load(row, field));

	json_string(o, s ? s : "");
}

static void write_bool(struct json_out *o, const struct schema_row *row, const char *field)
{
	json_bool(o, load(row, field) != 0);
}

static void write_number(struct json_out *o, const struct schema_row *row, const char *field)
{
	if (schema_kinds[row->kind].number.is_signed)
		json_i64(o, (int64_t)load(row, field));
	else
		json_u64(o, load(row, field));
}

static void write_flags(struct json_out *o, const struct schema_row *row, const char *field)
{
	uint64_t v = load(row, field);

	json_open(o, '[');
	for (size_t i = 0; i < row->names.n; i++) {
		if (v & row->names.v[i].value)
			json_string(o, row->names.v[i].name);
	}
	json_close(o, ']');
}

static void write_strings(struct json_out *o, const struct schema_row *row, const char *field)
{
	const struct strings *list = (const void *)field;

	(void)row;
	json_open(o, '[');
	for (size_t i = 0; i < list->n; i++)
		json_string(o, list->v[i]);
	json_close(o, ']');
}

static void write_u32s(struct json_out *o, const struct schema_row *row, const char *field)
{
	const struct u32s *list = (const void *)field;

	(void)row;
	json_open(o, '[');
	for (size_t i = 0; i < list->n; i++)
		json_u64(o, list->v[i]);
	json_close(o, ']');
}

static void write_string_map(struct json_out *o, const struct schema_row *row, const char *field)
{
	const struct string_map *map = (const void *)field;

	(void)row;
	json_open(o, '{');
	for (size_t i = 0; i < map->n; i++) {
		json_key(o, map->v[i].key);
		json_string(o, map->v[i].value);
	}
	json_close(o, '}');
}

static void write_object(struct json_out *o, const struct schema_row *row, const char *field)
{
	schema_write(o, row->object, field);
}

static void write_objects(struct json_out *o, const struct schema_row *row, const char *field)
{
	const struct schema_array *list = (const void *)field;

	json_open(o, '[');
	for (size_t i = 0; i < list->n; i++)
		schema_write(o, row->object, (const char *)list->v + i * row->object->size);
	json_close(o, ']');
}

static void write_keyed_objects(struct json_out *o, const struct schema_row *row, const char *field)
{
	const struct schema_array *list = (const void *)field;

	json_open(o, '{');
	for (size_t i = 0; i < list->n; i++) {
		const char *base = (const char *)list->v + i * row->object->size;

		json_key(o, *(const char *const *)(const void *)(base + row->object->key));
		schema_write(o, row->object, base);
	}
	json_close(o, '}');
}

static void (*const writers[KIND_COUNT])(struct json_out *o, const struct schema_row *row,
					 const char *field) = {
	[KIND_STRING] = write_string,
	[KIND_PATH] = write_string,
	[KIND_WORD] = write_string,
	[KIND_BOOL] = write_bool,
	[KIND_OPT_BOOL] = write_bool,
	[KIND_U32] = write_number,
	[KIND_I32] = write_number,
	[KIND_U64] = write_number,
	[KIND_I64] = write_number,
	[KIND_OPT_U32] = write_number,
	[KIND_OPT_U64] = write_number,
	[KIND_OPT_I64] = write_number,
	[KIND_ENUM] = write_name,
	[KIND_CHAR] = write_name,
	[KIND_FLAGS32] = write_flags,
	[KIND_FLAGS64] = write_flags,
	[KIND_STRINGS] = write_strings,
	[KIND_PATHS] = write_strings,
	[KIND_WORDS] = write_strings,
	[KIND_U32S] = write_u32s,
	[KIND_OBJECT] = write_object,
	[KIND_OBJECTS] = write_objects,
	[KIND_STRING_MAP] = write_string_map,
	[KIND_KEYED_OBJECTS] = write_keyed_objects,
};

void schema_write_rows(struct json_out *o, const struct schema_object *object, const void *base)
{
	for (size_t i = 0; i < object->count; i++) {
		const struct schema_row *row = &object->rows[i];

		if (!row_given(row, base))
			continue;
		json_key(o, row->key);
		writers[row->kind](o, row, (const char *)base + row->offset);
	}
}

void schema_write(struct json_out *o, const struct schema_object *object, const void *base)
{
	json_open(o, '{');
	schema_write_rows(o, object, base);
	json_close(o, '}');
}
