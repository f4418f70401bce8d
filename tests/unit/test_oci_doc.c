/*
 * oci/doc and oci/pointer: what is JSON and what is not, where each node stands, limits, lookups.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "oci/doc.h"

static const char *parse_line(const char *text, size_t size, int *ret_r)
{
	static char line[2048];
	AUTO(arena) struct arena a = {0};
	struct err e = {0};
	struct doc d = {0};

	*ret_r = doc_parse(&d, &a, text, size, &e);
	line[0] = '\0';
	if (*ret_r < 0)
		err_render(&e, NULL, line, sizeof(line));
	return line;
}

/* What is refused, and the exact line. */
static const struct {
	const char *text, *line;
} refused[] = {
	{"", "1:1: not valid JSON: premature EOF"},
	{" \n ", "2:2: not valid JSON: premature EOF"},
	{"{", "1:2: not valid JSON: premature EOF"},
	{"[12", "1:4: not valid JSON: premature EOF"},
	{"{\"a\":1", "1:7: not valid JSON: premature EOF"},
	{"[\"abc", "1:6: not valid JSON: premature EOF"},
	{"{\"a\"}", "1:5: not valid JSON: object key and value must be separated by a colon "
		    "(':')"},
	{"{\"a\":1,}", "1:8: not valid JSON: invalid object key (must be a string)"},
	{"{\n \"a\" 1}", "2:6: not valid JSON: object key and value must be separated by a "
			 "colon (':')"},
	{"[1,,2]", "1:4: not valid JSON: unallowed token at this point in JSON text"},
	{"[1 2]", "1:4: not valid JSON: after array element, I expect ',' or ']'"},
	{"[}", "1:2: not valid JSON: unallowed token at this point in JSON text"},
	{"{1:2}", "1:2: not valid JSON: invalid object key (must be a string)"},
	{"[truX]", "1:5: not valid JSON: invalid string in json text"},
	{"[1.]", "1:4: not valid JSON: malformed number, a digit is required after the "
		 "decimal point"},
	{"[-]", "1:3: not valid JSON: malformed number, a digit is required after the minus "
		"sign"},
	{"[+1]", "1:2: not valid JSON: invalid char in json text"},
	{"{'a':1}", "1:2: not valid JSON: invalid char in json text"},
	{"[\"a\nb\"]", "1:4: not valid JSON: invalid character inside string"},
	{"[\"\\x\"]", "1:4: not valid JSON: inside a string, '\\' occurs before a character "
		      "which it may not"},
	{"[\"\\u12g4\"]", "1:7: not valid JSON: invalid (non-hex) character occurs after "
			  "'\\u' inside string"},
	{"// x\n{}", "1:1: not valid JSON: probable comment found in input text, comments "
		     "are not enabled"},
	{"{} x", "1:4: not valid JSON: trailing garbage"},
	{"{}{}", "1:3: not valid JSON: trailing garbage"},
	{"\xef\xbb\xbf{}", "1:1: not valid JSON: invalid char in json text"},
	/* strings */
	{"[\"a\xff\"]", "1:4: invalid UTF-8 in a string"},
	{"[\"\xc0\x80\"]", "1:3: invalid UTF-8 in a string"},
	{"[\"\xed\xa0\x80\"]", "1:3: invalid UTF-8 in a string"},
	{"[\"\xf4\x90\x80\x80\"]", "1:3: invalid UTF-8 in a string"},
	{"[\"\xc3", "1:3: invalid UTF-8 in a string"},
	{"[\"\\u0000\"]", "1:3: NUL byte in a string"},
	{"{\"a\\u0000\":1}", "1:4: NUL byte in a string"},
	{"[\"\\ud800\"]", "1:3: half a surrogate pair in a string"},
	{"[\"\\ud800", "1:3: half a surrogate pair in a string"},
	{"[\"\\ud83d\\\"]", "1:3: half a surrogate pair in a string"},
	{"[\"\\ud83d\\ud83d\"]", "1:3: half a surrogate pair in a string"},
	{"[\"\\udc00\"]", "1:3: half a surrogate pair in a string"},
	/* duplicate keys */
	{"{\"a\":1,\n \"b\":{\"c\":2,\n  \"c\":3}}", "3:3: duplicate key \"c\""},
	{"{\"a\":1,\"\\u0061\":2}", "1:8: duplicate key \"a\""},
	{"{\"\":1,\"\":2}", "1:7: duplicate key \"\""},
};

static void test_refused(void **state)
{
	char want[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		int r;
		const char *line = parse_line(refused[i].text, strlen(refused[i].text), &r);

		snprintf(want, sizeof(want), "config.json:%s", refused[i].line);
		assert_string_equal(line, want);
		assert_int_equal(r, -EINVAL);
	}
}

static void test_raw_nul(void **state)
{
	static const char in_string[] = "[\"a\0b\"]", outside[] = "[1]\0";
	int r;

	(void)state;
	assert_string_equal(parse_line(in_string, sizeof(in_string) - 1, &r),
			    "config.json:1:4: not valid JSON: invalid character inside string");
	assert_string_equal(parse_line(outside, sizeof(outside) - 1, &r),
			    "config.json:1:4: not valid JSON: trailing garbage");
}

/* Every node knows its first byte; containers know their extent too. */
static void test_offsets(void **state)
{
	static const char text[] = " {\"a\" : [ 10, \"x\\n\\u00fc\" ,null],\n\t\"b/c~\":{ } , "
				   "\"d\":\ttrue, \"e\": -1.5e3}";
	static const struct {
		const char *pointer;
		enum node_type type;
		const char *begins, *text;
		uint32_t length;
	} cases[] = {
		{"", NODE_OBJECT, "{\"a\"", NULL, sizeof(text) - 2},
		{"/a", NODE_ARRAY, "[ 10", NULL, 24},
		{"/a/0", NODE_NUMBER, "10,", "10", 2},
		{"/a/1", NODE_STRING, "\"x\\n", "x\n\xc3\xbc", 4},
		{"/a/2", NODE_NULL, "null", NULL, 0},
		{"/b~1c~0", NODE_OBJECT, "{ } ", NULL, 3},
		{"/d", NODE_BOOL, "true", NULL, 0},
		{"/e", NODE_NUMBER, "-1.5", "-1.5e3", 6},
	};
	AUTO(arena) struct arena a = {0};
	struct err e;
	struct doc d;

	(void)state;
	assert_int_equal(doc_parse(&d, &a, text, sizeof(text) - 1, &e), 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct node *n = doc_at(&d, cases[i].pointer);

		assert_non_null(n);
		assert_int_equal(n->type, cases[i].type);
		assert_memory_equal(text + n->offset, cases[i].begins, strlen(cases[i].begins));
		assert_int_equal(n->length, cases[i].length);
		if (cases[i].text)
			assert_string_equal(n->text, cases[i].text);
	}
	assert_memory_equal(text + doc_at(&d, "/b~1c~0")->key_offset, "\"b/c~", 5);
	assert_true(doc_at(&d, "/d")->boolean);
	assert_int_equal(d.root->children, 4);
	assert_ptr_equal(node_get(d.root, "d"), doc_at(&d, "/d"));
	assert_null(node_get(d.root, "x"));
	assert_null(node_get(doc_at(&d, "/a"), "0"));
}

static void test_scalars_as_root(void **state)
{
	static const char *const texts[] = {"1", "-0", "\"x\"", "true", "null", " 12 "};
	AUTO(arena) struct arena a = {0};
	struct err e;
	struct doc d;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		assert_int_equal(doc_parse(&d, &a, texts[i], strlen(texts[i]), &e), 0);
	assert_string_equal(d.root->text, "12");
	assert_int_equal(d.root->offset, 1);
}

/* Many elements are found without counting to each. */
static void test_long_array(void **state)
{
	enum { N = 200000 };
	AUTO(arena) struct arena a = {0};
	struct err e = {0};
	struct doc d;
	char *text = malloc(3 * N + 8), pointer[32];
	size_t n = 0;

	(void)state;
	text[n++] = '[';
	for (int i = 0; i < N; i++) {
		n += (size_t)sprintf(text + n, "%s%d", i ? "," : "", i % 10);
		if (i % 1000 == 999)
			text[n++] = '\n';
	}
	text[n++] = ']';
	assert_int_equal(doc_parse(&d, &a, text, n, &e), 0);
	for (int i = 0; i < N; i++) {
		sprintf(pointer, "/%d", i);
		assert_int_equal(doc_at(&d, pointer)->text[0], '0' + i % 10);
		assert_int_equal(doc_line(&d, pointer), 1 + i / 1000);
	}
	assert_null(doc_at(&d, "/200000"));
	assert_null(doc_at(&d, "/-1"));
	free(text);
}

/* doc_line and doc_locate fall back to the nearest parent that exists. */
static void test_lookup(void **state)
{
	static const char text[] = "{\n\"a\": [\n1,\n{\"b\": 2}\n]\n}";
	static const struct {
		const char *pointer;
		uint32_t line;
		bool exists;
	} cases[] = {
		{"", 1, true},       {"/a", 2, true},      {"/a/0", 3, true},
		{"/a/1", 4, true},   {"/a/1/b", 4, true},  {"/a/1/c/d", 4, false},
		{"/a/2", 2, false},  {"/a/-1", 2, false},  {"/a/0x1", 2, false},
		{"/x", 1, false},    {"/a/", 2, false},    {"a", 1, false},
		{"/a/1/", 4, false}, {"/a/0/0", 3, false},
	};
	AUTO(arena) struct arena a = {0};
	struct err e = {0};
	struct doc d;

	(void)state;
	assert_int_equal(doc_parse(&d, &a, text, sizeof(text) - 1, &e), 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(doc_line(&d, cases[i].pointer), cases[i].line);
		assert_int_equal(doc_at(&d, cases[i].pointer) != NULL, cases[i].exists);
	}
	assert_int_equal(doc_line(NULL, "/a"), 0);

	err_at(&e, err_set(&e, ERR_CONFIG_VALUE, "x"), "/a/1/b");
	assert_int_equal(doc_locate(&d, &e, -EPERM), -EPERM);
	assert_int_equal(e.line, 4);
	assert_int_equal(e.column, 7);
	err_at(&e, -1, "/a"); /* a place that is set stays */
	doc_locate(&d, &e, -1);
	assert_int_equal(e.line, 4);
	err_set(&e, ERR_CONFIG_VALUE, "no pointer");
	doc_locate(&d, &e, -1);
	assert_int_equal(e.line, 0);
	assert_int_equal(doc_locate(NULL, &e, -2), -2);
}

static void test_escape(void **state)
{
	AUTO(arena) struct arena a = {0};

	(void)state;
	assert_string_equal(doc_escape(&a, "a/b~c"), "a~1b~0c");
	assert_string_equal(doc_escape(&a, "~1"), "~01");
	assert_string_equal(doc_escape(&a, ""), "");
}

static char *nested(size_t depth)
{
	char *text = malloc(2 * depth + 1);

	assert_non_null(text);
	memset(text, '[', depth);
	memset(text + depth, ']', depth);
	text[2 * depth] = '\0';
	return text;
}

static void test_depth(void **state)
{
	AUTO(free_ptr)
	char *fits = nested(DOC_DEPTH_MAX), *one_more = nested(DOC_DEPTH_MAX + 1),
	     *million = nested(1000000);
	int r;

	(void)state;
	parse_line(fits, strlen(fits), &r);
	assert_int_equal(r, 0);
	assert_string_equal(parse_line(one_more, strlen(one_more), &r),
			    "config.json:1:65: nested deeper than 64 levels");
	assert_string_equal(parse_line(million, strlen(million), &r),
			    "config.json:1:65: nested deeper than 64 levels");
}

static void test_size(void **state)
{
	size_t size = 20 << 20;
	AUTO(free_ptr) char *text = malloc(size);
	int r;

	(void)state;
	assert_non_null(text);
	memset(text, ' ', size);
	memcpy(text, "{}", 2);
	assert_string_equal(parse_line(text, size, &r),
			    "too large: 20971520 bytes, the limit is 16777216");
	assert_int_equal(r, -EFBIG);
	parse_line(text, DOC_SIZE_MAX + 1, &r);
	assert_int_equal(r, -EFBIG);
	parse_line(text, DOC_SIZE_MAX, &r);
	assert_int_equal(r, 0);
	/* One string of the largest size, with an escape, so that yajl's buffer grows all the way.
	 */
	memset(text, 'a', DOC_SIZE_MAX);
	memcpy(text, "\"\\n", 3);
	text[DOC_SIZE_MAX - 1] = '"';
	parse_line(text, DOC_SIZE_MAX, &r);
	assert_int_equal(r, 0);
}

/* A hostile file of the largest size ends soon: nodes are counted, duplicates are found by
 * sorting. */
static void test_many(void **state)
{
	size_t keys = 1000000, used = 0;
	AUTO(free_ptr) char *text = malloc(16 * keys);
	int r;

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i <= DOC_NODES_MAX; i++) {
		text[2 * i] = i ? ',' : '[';
		text[2 * i + 1] = '1';
	}
	assert_string_equal(parse_line(text, 2 * (DOC_NODES_MAX + 1), &r),
			    "config.json:1:2097152: more than 1048576 values");
	for (size_t i = 0; i < keys; i++)
		used += (size_t)sprintf(text + used, "%c\"%zu\":1", i ? ',' : '{',
					i + 1 < keys ? i : 500000);
	text[used++] = '}';
	assert_non_null(strstr(parse_line(text, used, &r), "duplicate key \"500000\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused), cmocka_unit_test(test_raw_nul),
		cmocka_unit_test(test_offsets), cmocka_unit_test(test_scalars_as_root),
		cmocka_unit_test(test_lookup),  cmocka_unit_test(test_escape),
		cmocka_unit_test(test_depth),   cmocka_unit_test(test_size),
		cmocka_unit_test(test_many),    cmocka_unit_test(test_long_array),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
