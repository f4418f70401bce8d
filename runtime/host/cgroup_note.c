/*
 * A link in the state directory that names the cgroup: "MANAGER SCOPE MADE HELD PATH". It is there
 * from before the cgroup is, so that no kill and no damaged state.json leaves a cgroup that nobody
 * knows of. A link is made whole or not at all.
 *
 * HELD says "-" while the cgroup is about to be made: what is inside might be somebody else's. It
 * says "held" once the container is on record: then all that is inside is the container.
 *
 * owns:     the link
 * may use:  base, sys
 * must not: kill in a cgroup that is not held
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "runtime/base/io.h"
#include "runtime/host/cgroup_ops.h"
#include "runtime/host/store.h"
#include "runtime/sys/cgfs.h"

static int write_note(const struct cgroup *c, uint32_t made, const char *held)
{
	const char *text = arena_printf(c->a, "%s %s %u %s %s", cgroup_manager_names[c->manager],
					c->scope ? c->scope : "-", made, held, c->path);

	if (symlinkat(text, c->note, STORE_CGROUP) == 0)
		return 0;
	if (errno != EEXIST || unlinkat(c->note, STORE_CGROUP, 0) < 0)
		return -errno;
	return symlinkat(text, c->note, STORE_CGROUP) < 0 ? -errno : 0;
}

int cgroup_note(const struct cgroup *c, uint32_t made, struct err *e)
{
	int r = c->note < 0 ? 0 : write_note(c, made, "-");

	return r < 0 ? err_sys(e, ERR_STATE, r, "note the cgroup in the state directory") : 0;
}

int cgroup_hold_note(const struct cgroup *c, struct err *e)
{
	int r = c->note < 0 || !c->ops ? 0 : write_note(c, c->made, "held");

	return r < 0 ? err_sys(e, ERR_STATE, r, "note the cgroup in the state directory") : 0;
}

/* Cuts the next word off *text; NULL at the end. */
static char *take_word(char **text)
{
	char *word = *text, *blank = word ? strchr(word, ' ') : NULL;

	if (!blank)
		return NULL;
	*blank = '\0';
	*text = blank + 1;
	return word;
}

static bool parse_note(struct state *st, bool *ret_held, char *text)
{
	char *manager = take_word(&text), *scope = manager ? take_word(&text) : NULL;
	char *made = scope ? take_word(&text) : NULL, *held = made ? take_word(&text) : NULL;
	uint64_t n;

	if (!held || *text != '/' || !io_parse_u64(made, UINT32_MAX, &n))
		return false;
	*st = (struct state){
		.cgroup_manager = manager,
		.cgroup = text,
		.cgroup_made = (uint32_t)n,
		.systemd_scope = strcmp(scope, "-") ? scope : NULL,
	};
	*ret_held = !strcmp(held, "held");
	return true;
}

void cgroup_recover(int note, struct arena *a)
{
	AUTO(cgroup_close) struct cgroup c = CGROUP_NONE;
	char text[PATH_MAX];
	struct err ignored;
	struct state st;
	bool held;
	ssize_t n = readlinkat(note, STORE_CGROUP, text, sizeof(text) - 1);

	if (n < 0)
		return;
	text[n] = '\0';
	if (parse_note(&st, &held, text) && cgroup_open(&c, a, &st, &ignored) == 0 && c.ops) {
		if (held)
			(void)!cgroup_destroy(&c, &ignored);
		else if (c.ops->remove) {
			/* Init ends when its host does, but needs a moment. */
			if (c.dir >= 0)
				(void)!cgfs_wait_event(c.dir, "populated", 0, CGROUP_WAIT_MS);
			(void)!c.ops->remove(&c, &ignored);
		}
	}
	unlinkat(note, STORE_CGROUP, 0);
}
