/*
 * Any bytes as a cgroupsPath (first line), a container's id (second line) and /proc/self/cgroup
 * (the rest), on every kind of host: no cgroup is chosen outside the mount, and files with lines of
 * "KEY VALUE" are read without surprises.
 */
#include "runtime/plan/cgroup_probe.c"
#include "runtime/sys/cgfs.c"

#include "runtime/host/store.h"

#include "fuzz.h"

static bool climbs(const char *path)
{
	const char *p = path;

	while ((p = strstr(p, "..")) != NULL) {
		if ((p == path || p[-1] == '/') && (p[2] == '\0' || p[2] == '/'))
			return true;
		p += 2;
	}
	return false;
}

static void choose(struct arena *a, const struct cgroup_facts *f, const char *path, const char *id)
{
	const struct string_map none = {0};

	for (enum cgroup_manager m = CGROUP_AUTO; m < CGROUP_MANAGER_COUNT; m++) {
		const struct cgroup_ask ask = {.manager = m,
					       .path = *path ? path : NULL,
					       .id = id,
					       .limits = f->root ? "/linux/resources" : NULL,
					       .annotations = &none};
		struct err e = rubbish();
		struct cgroup_choice c;

		if (refused(cgroup_choose(&c, a, &ask, f, &e), &e))
			continue;
		DEMAND(c.manager != CGROUP_AUTO && c.manager < CGROUP_MANAGER_COUNT);
		DEMAND(!c.path || (c.path[0] == '/' && !climbs(c.path) && !strstr(c.path, "//")));
		DEMAND(!c.scope || (*c.scope && !strchr(c.scope, '/')));
		DEMAND(!c.subgroup || !climbs(c.subgroup));
	}
}

static char *cut_line(char **text)
{
	char *line = *text, *end = line + strcspn(line, "\n");

	*text = *end ? end + 1 : end;
	*end = '\0';
	return line;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena) struct arena a = {0};
	AUTO(free_ptr) char *text = text_of(data, size);
	char *rest = text, *path = cut_line(&rest), *id = cut_line(&rest);
	struct cgroup_facts f = {.mount = "/sys/fs/cgroup"};
	struct err e = rubbish();
	uint64_t number;

	if (*id && store_check_id(id, &e) < 0)
		return 0;
	(void)!find_key(rest, *id ? id : "populated", &number);
	f.v1.v = arena_array(&a, V1_MAX, sizeof(*f.v1.v));
	f.root = size & 1;
	while (*rest)
		(void)!refused(probe_line(&f, &a, cut_line(&rest), &e), &e);
	if (!f.own)
		f.own = "/";
	for (int kind = 0; kind < 16; kind++) {
		f.unified = kind & 1;
		f.own_writable = f.parent_writable = f.root_writable = kind & 2;
		f.systemd = kind & 4;
		f.user_bus = kind & 8;
		choose(&a, &f, path, *id ? id : "id");
	}
	return 0;
}
