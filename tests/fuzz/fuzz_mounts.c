/*
 * Any words as a mount: destination, type, source and options, one per line.
 */
#include "plans.h"

static void add_text(struct json_out *o, const char *key, const char *value)
{
	json_key(o, key);
	json_string(o, value);
}

/* The lines from text on, as an array. */
static void add_lines(struct json_out *o, const char *key, char *text)
{
	json_key(o, key);
	json_open(o, '[');
	while (text) {
		char *next = strchr(text, '\n');

		if (next)
			*next++ = '\0';
		json_string(o, text);
		text = next;
	}
	json_close(o, ']');
}

/* A config.json with this mount, and a tmpfs before it in which it may stand. */
static char *config_with(struct arena *a, char *line[4])
{
	static const char before[] =
		"{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"rootfs\"},\"process\":{\"cwd\":\"/"
		"\","
		"\"args\":[\"sh\"],\"user\":{\"uid\":0,\"gid\":0}},\"linux\":{\"namespaces\":["
		"{\"type\":\"mount\"},{\"type\":\"network\"},{\"type\":\"ipc\"}]},\"mounts\":["
		"{\"destination\":\"/dev\",\"type\":\"tmpfs\"},";
	struct json_out o = json_begin(a, EMIT_COMPACT);

	json_open(&o, '{');
	add_text(&o, "destination", line[0]);
	add_text(&o, "type", line[1]);
	add_text(&o, "source", line[2]);
	add_lines(&o, "options", line[3]);
	json_close(&o, '}');
	return arena_printf(a, "%s%s]}", before, json_end(&o));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena) struct arena a = {0};
	AUTO(free_ptr) char *text = text_of(data, size);
	char *line[4] = {text}, *config;

	for (int i = 1; i < 4; i++) {
		line[i] = strchr(line[i - 1], '\n');
		if (!line[i])
			return 0;
		*line[i]++ = '\0';
	}
	config = config_with(&a, line);
	plan_for_all(config, strlen(config));
	return 0;
}
