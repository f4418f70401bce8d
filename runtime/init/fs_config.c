/*
 * What a superblock is told: fsconfig(2).
 *
 * owns:     the words for flags of a superblock, and for what the kernel says about an option
 * may use:  sys/mnt
 * must not: mount anything
 */
#include <string.h>

#include "runtime/base/fmt.h"
#include "runtime/init/init.h"
#include "runtime/sys/kernel.h"
#include "runtime/sys/mnt.h"

enum { VALUE_MAX = 255 /* of one string of fsconfig(2) */ };

/* MS_* flags that are the superblock's, as fsconfig(2) calls them and their opposites. */
static const struct {
	uint64_t flag;
	const char *set, *clear;
	bool optional; /* file systems do without being told */
} flags[] = {
	{MS_RDONLY, "ro", "rw", false},
	{MS_SYNCHRONOUS, "sync", "async", false},
	{MS_DIRSYNC, "dirsync", NULL, false},
	{MS_MANDLOCK, "mand", "nomand", false},
	{MS_LAZYTIME, "lazytime", "nolazytime", false},
	{MS_I_VERSION, "iversion", NULL, true},
	{MS_SILENT, NULL, NULL, true},
};

int fs_fail(const struct fs_naming *n, int r, struct err *e)
{
	return err_sys(e, ERR_MOUNT, r, "%s %s on %s", n->verb, n->type, n->target);
}

int fs_set_option(int fs, const struct fs_naming *n, const char *option, struct err *e)
{
	const char *equals = strchr(option, '=');
	char message[256];
	int r = mnt_fs_option(fs, option);

	if (r >= 0)
		return r;
	mnt_fs_message(fs, message, sizeof(message));
	err_sys(e, ERR_MOUNT, r, "%s %s on %s: option '%s'%s%s", n->verb, n->type, n->target,
		option, message[0] ? ": " : "", message);
	if (equals && strlen(equals + 1) > VALUE_MAX)
		err_hint(e, r,
			 "all options together do not fit into the page that mount(2) takes, and "
			 "this one not into the %d bytes of fsconfig(2)",
			 VALUE_MAX);
	return r;
}

int fs_set_flags(int fs, const struct fs_naming *n, uint64_t set, uint64_t clear, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
		const char *word = set & flags[i].flag     ? flags[i].set
				   : clear & flags[i].flag ? flags[i].clear
							   : NULL;
		int r = 0;

		if (word && flags[i].optional)
			(void)!mnt_fs_option(fs, word);
		else if (word)
			r = fs_set_option(fs, n, word, e);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The next of the layers at *list into layer, without the backslashes; true unless it is too long.
 */
static bool next_layer(const char **list, char *layer, size_t size)
{
	size_t n = 0;

	for (; **list && **list != ':'; (*list)++) {
		if (**list == '\\' && (*list)[1])
			(*list)++;
		if (n + 1 >= size)
			return false;
		layer[n++] = **list;
	}
	layer[n] = '\0';
	return true;
}

/* One after the other, as Linux 6.7 and later take them. A layer behind "::" holds data only. */
static int set_layers(int fs, const struct fs_naming *n, const char *list, struct err *e)
{
	const char *key = "lowerdir+";

	for (;;) {
		char layer[VALUE_MAX + 1], option[VALUE_MAX + sizeof("lowerdir+=")];
		int r;

		if (!next_layer(&list, layer, sizeof(layer)))
			return err_sys(e, ERR_MOUNT, -ENAMETOOLONG,
				       "%s %s on %s: a lower directory of more than %d bytes",
				       n->verb, n->type, n->target, VALUE_MAX);
		fmt_buf(option, sizeof(option), "%s=%s", key, layer);
		r = fs_set_option(fs, n, option, e);
		if (r == -EINVAL && strstr(e->text, "nknown"))
			err_hint(e, r, "more than %d bytes of them need Linux 6.7", VALUE_MAX);
		if (r < 0 || !*list)
			return r;
		key = list[1] == ':' ? "datadir+" : "lowerdir+";
		list += list[1] == ':' ? 2 : 1;
	}
}

static int set_one(int fs, const struct fs_naming *n, const char *option, struct err *e)
{
	static const char layers[] = "lowerdir=";
	const size_t len = sizeof(layers) - 1;
	int r;

	if (!strcmp(n->type, "overlay") && !strncmp(option, layers, len) &&
	    strlen(option + len) > VALUE_MAX)
		return set_layers(fs, n, option + len, e);
	r = fs_set_option(fs, n, option, e);
	if (r == -EINVAL && strstr(option, "context="))
		err_hint(e, r, "labels of mounts need a kernel on which SELinux is enabled");
	return r;
}

int fs_set_options(struct init *s, int fs, const struct fs_naming *n, struct plist options,
		   struct plist pointers, struct err *e)
{
	for (uint32_t i = 0; i < options.n; i++) {
		int r = set_one(fs, n, plan_list(s->plan, options, i), e);

		if (r >= 0)
			continue;
		if (i < pointers.n)
			fmt_buf(e->pointer, sizeof(e->pointer), "%s",
				plan_list(s->plan, pointers, i));
		return r;
	}
	return 0;
}
