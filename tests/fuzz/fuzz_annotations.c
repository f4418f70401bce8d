/*
 * Any bytes as the value of an annotation org.systemd.property.NAME: texts in the form of GVariant.
 * The first line is the name.
 */
#include "runtime/plan/unit.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena) struct arena a = {0};
	AUTO(free_ptr) char *text = text_of(data, size);
	struct unit_properties u = {0};
	struct err e = rubbish();
	struct string_map map;
	struct string_pair pair;
	char *value = strchr(text, '\n');

	if (!value)
		return 0;
	*value++ = '\0';
	pair = (struct string_pair){arena_printf(&a, "org.systemd.property.%s", text), value};
	map = (struct string_map){&pair, 1};
	if (refused(unit_from_annotations(&u, &a, &map, &e), &e))
		return 0;
	DEMAND(u.n == 1 && u.v[0].type < UNIT_TYPE_COUNT && u.v[0].name);
	DEMAND(u.v[0].type != UNIT_STRING || u.v[0].text);
	for (size_t i = 0; u.v[0].type == UNIT_STRINGS && i < u.v[0].list.n; i++)
		DEMAND(u.v[0].list.v[i]);
	return 0;
}
