/*
 * owns:     the few forms of GVariant text that occur in annotations
 * may use:  base
 * must not: speak D-Bus
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "runtime/base/io.h"
#include "runtime/plan/unit.h"

#define PREFIX "org.systemd.property."

static const struct number_type {
	const char *word;
	enum unit_type type;
	uint64_t max; /* of the magnitude */
	bool sign;
} number_types[] = {
	{"uint64 ", UNIT_UINT64, UINT64_MAX, false}, {"int64 ", UNIT_INT64, INT64_MAX, true},
	{"uint32 ", UNIT_UINT32, UINT32_MAX, false}, {"int32 ", UNIT_INT32, INT32_MAX, true},
	{"", UNIT_INT32, INT32_MAX, true}, /* a bare number is an int32 */
};

/* 'text' or "text" at *s, moved behind it; NULL: no such thing. No escapes: paths and names need
 * none. */
static const char *take_quoted(struct arena *a, const char **s)
{
	const char *end = **s == '\'' || **s == '"' ? strchr(*s + 1, **s) : NULL, *text;

	if (!end)
		return NULL;
	text = arena_strndup(a, *s + 1, (size_t)(end - *s - 1));
	*s = end + 1;
	return text;
}

static bool parse_list(struct unit_property *p, struct arena *a, const char *s)
{
	size_t room = strlen(s), n = 0;

	p->type = UNIT_STRINGS;
	p->list.v = arena_array(a, room, sizeof(*p->list.v));
	for (s++; *(s += strspn(s, " ")) != ']'; n++) {
		p->list.v[n] = take_quoted(a, &s);
		if (!p->list.v[n])
			return false;
		s += strspn(s, " ");
		if (*s == ',')
			s++;
		else if (*s != ']')
			return false;
	}
	p->list.n = n;
	return !s[1];
}

static bool parse_number(struct unit_property *p, const char *s, uint64_t factor)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(number_types); i++) {
		const struct number_type *t = &number_types[i];
		size_t n = strlen(t->word);
		uint64_t v;
		bool minus;

		if (strncmp(s, t->word, n))
			continue;
		minus = t->sign && s[n] == '-';
		if (!io_parse_u64(s + n + minus, t->max / factor, &v))
			return false;
		p->type = factor > 1 ? UNIT_UINT64 : t->type;
		v *= factor;
		p->number = minus ? -v : v;
		return factor == 1 || !minus;
	}
	return false;
}

static bool parse_value(struct unit_property *p, struct arena *a, const char *s, uint64_t factor)
{
	if (!strcmp(s, "true") || !strcmp(s, "false")) {
		p->type = UNIT_BOOL;
		p->number = *s == 't';
		return true;
	}
	if (*s == '\'' || *s == '"') {
		p->type = UNIT_STRING;
		p->text = take_quoted(a, &s);
		return p->text && !*s;
	}
	if (*s == '[')
		return parse_list(p, a, s);
	return parse_number(p, s, factor);
}

static bool name_good(const char *s)
{
	size_t n;

	for (n = 0; s[n]; n++)
		if (!isalpha((unsigned char)s[n]))
			return false;
	return n >= 3;
}

int unit_from_annotations(struct unit_properties *u, struct arena *a,
			  const struct string_map *annotations, struct err *e)
{
	size_t i;

	for (i = 0; i < annotations->n; i++) {
		const char *key = annotations->v[i].key, *name = key + sizeof(PREFIX) - 1;
		const char *value = annotations->v[i].value;
		size_t len;
		bool seconds;

		if (strncmp(key, PREFIX, sizeof(PREFIX) - 1))
			continue;
		len = strlen(name);
		seconds = len > 4 && !strcmp(name + len - 3, "Sec") && name[len - 4] != 'U';
		if (seconds)
			name = arena_printf(a, "%.*sUSec", (int)(len - 3), name);
		if (!name_good(name))
			return err_at(e,
				      err_set(e, ERR_CONFIG_VALUE,
					      "'%s' is not the name of a unit property", name),
				      "/annotations/%s", key);
		if (!parse_value(unit_add(u, a, name, UNIT_BOOL), a, value, seconds ? 1000000 : 1))
			return err_at(e,
				      err_set(e, ERR_CONFIG_VALUE,
					      "'%s' is not a GVariant text that is understood here",
					      value),
				      "/annotations/%s", key);
	}
	return 0;
}
