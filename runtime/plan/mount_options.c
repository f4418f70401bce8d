/*
 * The table of mount options.
 *
 * owns:     the words of config.md "Linux mount options"
 * may use:  base
 * must not: parse them anywhere else
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/plan/build.h"
#include "runtime/plan/mount_options.h"
#include "runtime/sys/kernel.h"

enum kind {
	KIND_NONE, /* the default, or nothing that the kernel still heeds */
	KIND_BIND,
	KIND_RBIND,
	KIND_ATTR,      /* MOUNT_ATTR_* of the mount */
	KIND_ATTR_UNDO, /* not what an earlier option says of these */
	KIND_ATTR_ALL,  /* the same for everything below too */
	KIND_SUPER,     /* set MS_* of the superblock */
	KIND_SUPER_CLEAR,
	KIND_PROPAGATION,
	KIND_PROPAGATION_ALL,
	KIND_EXTRA, /* set enum mount_extra */
};

#define ATIME MOUNT_ATTR__ATIME

/* Sorted as config.md lists them. set and clear are in the terms of the kind. */
static const struct row {
	const char *name;
	enum kind kind;
	uint64_t set, clear;
} table[] = {
	{"async", KIND_SUPER_CLEAR, MS_SYNCHRONOUS, 0},
	{"atime", KIND_ATTR_UNDO, 0, ATIME},
	{"bind", KIND_BIND, 0, 0},
	{"defaults", KIND_NONE, 0, 0},
	{"dev", KIND_ATTR, 0, MOUNT_ATTR_NODEV},
	{"diratime", KIND_ATTR_UNDO, 0, MOUNT_ATTR_NODIRATIME},
	{"dirsync", KIND_SUPER, MS_DIRSYNC, 0},
	{"exec", KIND_ATTR, 0, MOUNT_ATTR_NOEXEC},
	{"iversion", KIND_SUPER, MS_I_VERSION, 0},
	{"lazytime", KIND_SUPER, MS_LAZYTIME, 0},
	{"loud", KIND_SUPER_CLEAR, MS_SILENT, 0},
	{"mand", KIND_NONE, 0, 0},
	{"noatime", KIND_ATTR, MOUNT_ATTR_NOATIME, ATIME},
	{"nodev", KIND_ATTR, MOUNT_ATTR_NODEV, 0},
	{"nodiratime", KIND_ATTR, MOUNT_ATTR_NODIRATIME, 0},
	{"noexec", KIND_ATTR, MOUNT_ATTR_NOEXEC, 0},
	{"noiversion", KIND_SUPER_CLEAR, MS_I_VERSION, 0},
	{"nolazytime", KIND_SUPER_CLEAR, MS_LAZYTIME, 0},
	{"nomand", KIND_NONE, 0, 0},
	{"norelatime", KIND_ATTR_UNDO, 0, ATIME},
	{"nostrictatime", KIND_ATTR_UNDO, 0, ATIME},
	{"nosuid", KIND_ATTR, MOUNT_ATTR_NOSUID, 0},
	{"nosymfollow", KIND_ATTR, MOUNT_ATTR_NOSYMFOLLOW, 0},
	{"private", KIND_PROPAGATION, MS_PRIVATE, 0},
	{"rbind", KIND_RBIND, 0, 0},
	{"relatime", KIND_ATTR, MOUNT_ATTR_RELATIME, ATIME},
	{"remount", KIND_EXTRA, MOUNT_REMOUNT, 0},
	{"ro", KIND_ATTR, MOUNT_ATTR_RDONLY, 0},
	{"rprivate", KIND_PROPAGATION_ALL, MS_PRIVATE, 0},
	{"rshared", KIND_PROPAGATION_ALL, MS_SHARED, 0},
	{"rslave", KIND_PROPAGATION_ALL, MS_SLAVE, 0},
	{"runbindable", KIND_PROPAGATION_ALL, MS_UNBINDABLE, 0},
	{"rw", KIND_ATTR, 0, MOUNT_ATTR_RDONLY},
	{"shared", KIND_PROPAGATION, MS_SHARED, 0},
	{"silent", KIND_SUPER, MS_SILENT, 0},
	{"slave", KIND_PROPAGATION, MS_SLAVE, 0},
	{"strictatime", KIND_ATTR, MOUNT_ATTR_STRICTATIME, ATIME},
	{"suid", KIND_ATTR, 0, MOUNT_ATTR_NOSUID},
	{"symfollow", KIND_ATTR, 0, MOUNT_ATTR_NOSYMFOLLOW},
	{"sync", KIND_SUPER, MS_SYNCHRONOUS, 0},
	{"unbindable", KIND_PROPAGATION, MS_UNBINDABLE, 0},
	{"ratime", KIND_ATTR_ALL, 0, ATIME},
	{"rasync", KIND_SUPER_CLEAR, MS_SYNCHRONOUS, 0},
	{"rdev", KIND_ATTR_ALL, 0, MOUNT_ATTR_NODEV},
	{"rdiratime", KIND_ATTR_ALL, 0, MOUNT_ATTR_NODIRATIME},
	{"rdirsync", KIND_SUPER, MS_DIRSYNC, 0},
	{"rexec", KIND_ATTR_ALL, 0, MOUNT_ATTR_NOEXEC},
	{"rmand", KIND_NONE, 0, 0},
	{"rnoatime", KIND_ATTR_ALL, MOUNT_ATTR_NOATIME, ATIME},
	{"rnodev", KIND_ATTR_ALL, MOUNT_ATTR_NODEV, 0},
	{"rnodiratime", KIND_ATTR_ALL, MOUNT_ATTR_NODIRATIME, 0},
	{"rnoexec", KIND_ATTR_ALL, MOUNT_ATTR_NOEXEC, 0},
	{"rnomand", KIND_NONE, 0, 0},
	{"rnorelatime", KIND_ATTR_ALL, 0, ATIME},
	{"rnostrictatime", KIND_ATTR_ALL, 0, ATIME},
	{"rnosuid", KIND_ATTR_ALL, MOUNT_ATTR_NOSUID, 0},
	{"rnosymfollow", KIND_ATTR_ALL, MOUNT_ATTR_NOSYMFOLLOW, 0},
	{"rrelatime", KIND_ATTR_ALL, MOUNT_ATTR_RELATIME, ATIME},
	{"rro", KIND_ATTR_ALL, MOUNT_ATTR_RDONLY, 0},
	{"rrw", KIND_ATTR_ALL, 0, MOUNT_ATTR_RDONLY},
	{"rstrictatime", KIND_ATTR_ALL, MOUNT_ATTR_STRICTATIME, ATIME},
	{"rsuid", KIND_ATTR_ALL, 0, MOUNT_ATTR_NOSUID},
	{"rsync", KIND_SUPER, MS_SYNCHRONOUS, 0},
	{"rsymfollow", KIND_ATTR_ALL, 0, MOUNT_ATTR_NOSYMFOLLOW},
	{"idmap", KIND_EXTRA, MOUNT_IDMAP, 0},
	{"ridmap", KIND_EXTRA, MOUNT_IDMAP_ALL, 0},
	{"tmpcopyup", KIND_EXTRA, MOUNT_COPY_UP, 0},
	{"copy-symlink", KIND_EXTRA, MOUNT_COPY_LINK, 0},
	{"src-nofollow", KIND_EXTRA, MOUNT_SOURCE_NOFOLLOW, 0},
	{"dest-nofollow", KIND_EXTRA, MOUNT_TARGET_NOFOLLOW, 0},
};

static const struct row *find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (!strcmp(table[i].name, name))
			return &table[i];
	return NULL;
}

/* A later option wins over an earlier one. */
static void change(struct mount_change *c, const struct row *row, bool recursive)
{
	c->set &= ~row->clear;
	c->clear &= ~row->set;
	c->set |= row->set;
	c->clear |= row->clear;
	c->recursive = recursive;
}

static void apply(struct mount_options *o, const struct row *row)
{
	switch (row->kind) {
	case KIND_BIND:
		o->bind = true;
		break;
	case KIND_RBIND:
		o->bind = true;
		o->recursive_bind = true;
		break;
	case KIND_ATTR:
		change(&o->top, row, false);
		break;
	case KIND_ATTR_UNDO:
		o->top.set &= ~row->clear;
		o->top.clear &= ~row->clear;
		o->undone = true;
		break;
	case KIND_ATTR_ALL:
		change(&o->tree, row, true);
		/* the top is changed after the tree: nothing earlier may undo it there */
		o->top.set &= ~row->clear;
		o->top.clear &= ~row->set;
		break;
	case KIND_SUPER:
		o->sb_flags |= row->set;
		o->sb_clear &= ~row->set;
		break;
	case KIND_SUPER_CLEAR:
		o->sb_flags &= ~row->set;
		o->sb_clear |= row->set;
		break;
	case KIND_EXTRA:
		o->extras |= (uint32_t)row->set;
		break;
	case KIND_PROPAGATION:
		o->propagation = row->set;
		break;
	case KIND_PROPAGATION_ALL:
		o->propagation_all = row->set;
		break;
	case KIND_NONE:
		break;
	}
}

void mount_options_read(struct mount_options *ret, struct arena *a, const struct strings *options)
{
	struct mount_options o = {.data = {.v = arena_array(a, options->n, sizeof(*o.data.v))},
				  .data_index = arena_array(a, options->n, sizeof(size_t))};

	for (size_t i = 0; i < options->n; i++) {
		const struct row *row = find(options->v[i]);

		if (!*options->v[i])
			continue; /* buildah leaves them where it had an option of its own */
		if (!row) {
			o.data_index[o.data.n] = i;
			o.data.v[o.data.n++] = options->v[i];
			continue;
		}
		apply(&o, row);
	}
	*ret = o;
}

size_t mount_options_find(const struct strings *options, uint32_t extra)
{
	for (size_t i = 0; i < options->n; i++) {
		const struct row *row = find(options->v[i]);

		if (row && row->kind == KIND_EXTRA && row->set & extra)
			return i;
	}
	return options->n;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct strings plan_mount_options(struct arena *a)
{
	struct strings s = {.v = arena_array(a, ARRAY_LEN(table), sizeof(*s.v))};

	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		s.v[s.n++] = table[i].name;
	qsort(s.v, s.n, sizeof(*s.v), by_name);
	return s;
}
