/*
 * Tables that say how a JSON object becomes a C structure, and back.
 *
 * owns:     the shape of the tables and the macros that write their rows
 * may use:  base, oci/doc
 * must not: know any particular object (oci/spec_*.c, state.c and features.c do)
 *
 * One table per object, one row per property: the key, what kind of value it is, where it goes, and
 * what is allowed. The macros check at compile time that the field has the type of the kind. An
 * object's table is all there is to say about it; oci/validate.c adds what concerns several
 * properties.
 *
 * null, and an empty string for a property that is not required, count as "not given": that is what
 * the callers' JSON libraries mean by them.
 */
#ifndef RUNDLET_OCI_SCHEMA_H
#define RUNDLET_OCI_SCHEMA_H

#include "oci/doc.h"
#include "oci/json_out.h"
#include "oci/spec.h"

enum schema_kind {
	KIND_STRING,
	KIND_PATH, /* a string that begins with "/" */
	KIND_WORD, /* a string out of row->names, kept as a string */
	KIND_BOOL,
	KIND_OPT_BOOL,
	KIND_U32,
	KIND_I32,
	KIND_U64,
	KIND_I64,
	KIND_OPT_U32,
	KIND_OPT_U64,
	KIND_OPT_I64,
	KIND_ENUM,    /* a string out of row->names, its value as uint32_t */
	KIND_CHAR,    /* the same as char */
	KIND_FLAGS32, /* strings out of row->names, their values ORed into a uint32_t */
	KIND_FLAGS64,
	KIND_STRINGS, /* struct strings */
	KIND_PATHS,   /* struct strings that begin with "/" */
	KIND_WORDS,   /* struct strings out of row->names */
	KIND_U32S,    /* struct u32s */
	KIND_OBJECT,
	KIND_OBJECTS,       /* an array of objects: {T *v; size_t n;} */
	KIND_STRING_MAP,    /* struct string_map */
	KIND_KEYED_OBJECTS, /* an object of objects: {T *v; size_t n;}, the key in a field of each
			     */
	KIND_COUNT
};

enum schema_flags {
	/* Decoding: must be given, and a string or an array must not be empty. */
	REQUIRED = 1,
	/* Writing: shown even when it is empty, 0 or false. REQUIRED implies it. */
	SHOWN = 2,
};

/* Inclusive. */
struct schema_range {
	int64_t min;
	uint64_t max;
};

struct schema_row {
	const char *key;
	uint8_t kind; /* enum schema_kind */
	uint8_t flags;
	uint16_t offset;
	uint16_t given; /* 1 + offset of a bool that says whether the property was there; 0: none */
	const struct schema_object *object; /* KIND_OBJECT, …: its table */
	struct names names;
	const struct schema_range *range; /* NULL: all that the type can hold */
	const char *what;                 /* NULL, or what begins the errors of this property */
};

struct schema_object {
	const struct schema_row *rows;
	size_t count;
	size_t size;       /* of the structure, where there can be several */
	uint16_t given;    /* 1 + offset of its `bool set`; 0: it has none */
	uint16_t key;      /* KIND_KEYED_OBJECTS: where the key goes */
	struct names keys; /* KIND_KEYED_OBJECTS: the keys that are allowed; n = 0: any */
};

/* What all arrays of objects look like. */
struct schema_array {
	void *v;
	size_t n;
};

/* How the kinds that are one number lie in memory. */
struct schema_number {
	uint8_t size; /* in bytes; 0: the kind is no number */
	bool is_signed;
	bool optional; /* behind a `bool set` */
	uint8_t at;    /* offset of the value in the field */
};

struct schema_kind_info {
	enum node_type type;
	struct schema_number number;
	struct schema_range range;
};

extern const struct schema_kind_info schema_kinds[KIND_COUNT];

/* --- rows --------------------------------------------------------------------------------------
 */

#define SCHEMA_CHECK(ok)         (0 * sizeof(char[(ok) ? 1 : -1]))
#define SCHEMA_IS(T, m, type)    __builtin_types_compatible_p(__typeof__(((T *)0)->m), type)
#define SCHEMA_FIELD(T, m, type) (offsetof(T, m) + SCHEMA_CHECK(SCHEMA_IS(T, m, type)))
#define SCHEMA_ARRAY(T, m, E)                                                                      \
	(offsetof(T, m) + SCHEMA_CHECK(SCHEMA_IS(T, m.v, E *) && SCHEMA_IS(T, m.n, size_t)))

#define SCHEMA_ROW(key_, kind_, offset_, ...)                                                      \
	{                                                                                          \
		.key = (key_), .kind = (kind_), .offset = (offset_), __VA_ARGS__                   \
	}

#define ROW_STRING(key, T, m, ...)                                                                 \
	SCHEMA_ROW(key, KIND_STRING, SCHEMA_FIELD(T, m, const char *), __VA_ARGS__)
#define ROW_PATH(key, T, m, ...)                                                                   \
	SCHEMA_ROW(key, KIND_PATH, SCHEMA_FIELD(T, m, const char *), __VA_ARGS__)
#define ROW_WORD(key, T, m, names_, ...)                                                           \
	SCHEMA_ROW(key, KIND_WORD, SCHEMA_FIELD(T, m, const char *), .names = names_, __VA_ARGS__)
#define ROW_BOOL(key, T, m, ...) SCHEMA_ROW(key, KIND_BOOL, SCHEMA_FIELD(T, m, bool), __VA_ARGS__)
#define ROW_OPT_BOOL(key, T, m, ...)                                                               \
	SCHEMA_ROW(key, KIND_OPT_BOOL, SCHEMA_FIELD(T, m, struct opt_bool), __VA_ARGS__)
#define ROW_U32(key, T, m, ...) SCHEMA_ROW(key, KIND_U32, SCHEMA_FIELD(T, m, uint32_t), __VA_ARGS__)
#define ROW_I32(key, T, m, ...) SCHEMA_ROW(key, KIND_I32, SCHEMA_FIELD(T, m, int32_t), __VA_ARGS__)
#define ROW_U64(key, T, m, ...) SCHEMA_ROW(key, KIND_U64, SCHEMA_FIELD(T, m, uint64_t), __VA_ARGS__)
#define ROW_I64(key, T, m, ...) SCHEMA_ROW(key, KIND_I64, SCHEMA_FIELD(T, m, int64_t), __VA_ARGS__)
#define ROW_OPT_U32(key, T, m, ...)                                                                \
	SCHEMA_ROW(key, KIND_OPT_U32, SCHEMA_FIELD(T, m, struct opt_u32), __VA_ARGS__)
#define ROW_OPT_U64(key, T, m, ...)                                                                \
	SCHEMA_ROW(key, KIND_OPT_U64, SCHEMA_FIELD(T, m, struct opt_u64), __VA_ARGS__)
#define ROW_OPT_I64(key, T, m, ...)                                                                \
	SCHEMA_ROW(key, KIND_OPT_I64, SCHEMA_FIELD(T, m, struct opt_i64), __VA_ARGS__)
#define ROW_ENUM(key, T, m, names_, ...)                                                           \
	SCHEMA_ROW(key, KIND_ENUM, SCHEMA_FIELD(T, m, uint32_t), .names = names_, __VA_ARGS__)
#define ROW_CHAR(key, T, m, names_, ...)                                                           \
	SCHEMA_ROW(key, KIND_CHAR, SCHEMA_FIELD(T, m, char), .names = names_, __VA_ARGS__)
#define ROW_FLAGS32(key, T, m, names_, ...)                                                        \
	SCHEMA_ROW(key, KIND_FLAGS32, SCHEMA_FIELD(T, m, uint32_t), .names = names_, __VA_ARGS__)
#define ROW_FLAGS64(key, T, m, names_, ...)                                                        \
	SCHEMA_ROW(key, KIND_FLAGS64, SCHEMA_FIELD(T, m, uint64_t), .names = names_, __VA_ARGS__)
#define ROW_STRINGS(key, T, m, ...)                                                                \
	SCHEMA_ROW(key, KIND_STRINGS, SCHEMA_FIELD(T, m, struct strings), __VA_ARGS__)
#define ROW_PATHS(key, T, m, ...)                                                                  \
	SCHEMA_ROW(key, KIND_PATHS, SCHEMA_FIELD(T, m, struct strings), __VA_ARGS__)
#define ROW_WORDS(key, T, m, names_, ...)                                                          \
	SCHEMA_ROW(key, KIND_WORDS, SCHEMA_FIELD(T, m, struct strings), .names = names_,           \
		   __VA_ARGS__)
#define ROW_U32S(key, T, m, ...)                                                                   \
	SCHEMA_ROW(key, KIND_U32S, SCHEMA_FIELD(T, m, struct u32s), __VA_ARGS__)
/* table: for the structure that is the field m. */
#define ROW_OBJECT(key, T, m, table, ...)                                                          \
	SCHEMA_ROW(key, KIND_OBJECT, offsetof(T, m), .object = &(table), __VA_ARGS__)
/* table: for the same structure as this row's: an object that exists in the JSON only. */
#define ROW_GROUP(key, table, ...) SCHEMA_ROW(key, KIND_OBJECT, 0, .object = &(table), __VA_ARGS__)
/* E: the type of the elements. */
#define ROW_OBJECTS(key, T, m, E, table, ...)                                                      \
	SCHEMA_ROW(key, KIND_OBJECTS, SCHEMA_ARRAY(T, m, E), .object = &(table), __VA_ARGS__)
#define ROW_KEYED_OBJECTS(key, T, m, E, table, ...)                                                \
	SCHEMA_ROW(key, KIND_KEYED_OBJECTS, SCHEMA_ARRAY(T, m, E), .object = &(table), __VA_ARGS__)
#define ROW_STRING_MAP(key, T, m, ...)                                                             \
	SCHEMA_ROW(key, KIND_STRING_MAP, SCHEMA_FIELD(T, m, struct string_map), __VA_ARGS__)

/* Extras for a row. */
#define RANGE(min, max)                                                                            \
	.range = &(const struct schema_range)                                                      \
	{                                                                                          \
		min, max                                                                           \
	}
#define GIVEN(T, m) .given = 1 + SCHEMA_FIELD(T, m, bool)

/* The table of a structure; extras: GIVEN(), KEY(). */
#define SCHEMA(rows_, T, ...)                                                                      \
	{                                                                                          \
		.rows = (rows_), .count = ARRAY_LEN(rows_), .size = sizeof(T), __VA_ARGS__         \
	}
#define KEY(T, m) .key = SCHEMA_FIELD(T, m, const char *)

/* --- the engine --------------------------------------------------------------------------------
 */

/*
 * Decodes a node into the structure at base, which is zeroed. What is made lives in a. Errors:
 * ERR_CONFIG_TYPE, ERR_CONFIG_VALUE or ERR_CONFIG_MISSING with the pointer from n on, line and
 * column.
 */
int schema_decode(const struct schema_object *object, void *base, struct arena *a,
		  const struct doc *d, const struct node *n, struct err *e) MUST_USE;

/* Writes the structure at base as an object. */
void schema_write(struct json_out *o, const struct schema_object *object, const void *base);
/* Only its properties, between the caller's json_open() and json_close(). */
void schema_write_rows(struct json_out *o, const struct schema_object *object, const void *base);

#endif
