/*
 * The words for what is mounted, and for what else is put into the root.
 *
 * owns:     describe_… of GRAB, ROOT, FILL and PIVOT
 * may use:  base
 * must not: know anything that is not in the plan
 */
#include <string.h>
#include <sys/stat.h>

#include "oci/inspect.h"
#include "runtime/base/names.h"
#include "runtime/plan/words.h"
#include "runtime/sys/kernel.h"

static const char *words_str(struct words *w, struct pref r)
{
	return plan_str(w->p, r);
}

/* The names of the bits that are set, comma separated. */
static const char *bit_names(struct words *w, struct names t, uint64_t bits)
{
	const char *text = "";

	for (size_t i = 0; i < t.n; i++)
		if (t.v[i].value && (bits & t.v[i].value) == t.v[i].value)
			text = SAY(w, "%s%s%s", text, *text ? "," : "", t.v[i].name);
	return text;
}

static const struct name cleared_attrs[] = {
	{"rw", MOUNT_ATTR_RDONLY},           {"suid", MOUNT_ATTR_NOSUID},
	{"dev", MOUNT_ATTR_NODEV},           {"exec", MOUNT_ATTR_NOEXEC},
	{"diratime", MOUNT_ATTR_NODIRATIME}, {"symfollow", MOUNT_ATTR_NOSYMFOLLOW},
};

static const struct name super_flags[] = {
	{"sync", MS_SYNCHRONOUS},   {"dirsync", MS_DIRSYNC}, {"lazytime", MS_LAZYTIME},
	{"iversion", MS_I_VERSION}, {"silent", MS_SILENT},   {"ro", MS_RDONLY},
};

static const struct name cleared_supers[] = {
	{"async", MS_SYNCHRONOUS},
	{"nolazytime", MS_LAZYTIME},
	{"noiversion", MS_I_VERSION},
	{"rw", MS_RDONLY},
};

static const char *propagation(struct words *w, uint64_t flags, bool recursive)
{
	const char *name = names_name(mount_propagation_names, flags & ~(uint64_t)MS_REC);

	return SAY(w, "%s%s", recursive || (flags & MS_REC) ? "r" : "", name ? name : "unchanged");
}

/* " (a,b)" or nothing. */
static const char *in_parentheses(struct words *w, const char *list)
{
	return *list ? SAY(w, " (%s)", list) : "";
}

static const char *joined(struct words *w, const char *a, const char *b)
{
	return *a && *b ? SAY(w, "%s,%s", a, b) : *a ? a : b;
}

/* "0 100000 65536\n1 …\n" on one line. */
static const char *one_line(struct words *w, struct pref map)
{
	char *text = SAY(w, "%s", words_str(w, map));

	for (char *p = text; *p; p++)
		if (*p == '\n')
			*p = p[1] ? ',' : '\0';
	return text;
}

static const char *ids_text(struct words *w, const struct op_grab *g)
{
	const char *below = g->flags & GRAB_IDMAP_ALL ? " on all below" : "";

	if (!(g->flags & GRAB_IDMAP))
		return "";
	if (g->userns.off)
		return SAY(w, ", ids mapped as in %s%s", words_str(w, g->userns), below);
	return SAY(w, ", uids mapped %s, gids mapped %s%s", one_line(w, g->uid_map),
		   one_line(w, g->gid_map), below);
}

const char *describe_grab(struct words *w, const struct op *op)
{
	return SAY(w, "%s%s%s%s into slot %u%s%s%s", words_str(w, op->grab.path),
		   op->grab.flags & GRAB_RECURSIVE ? " and below"
		   : op->grab.flags & GRAB_OR_ALL  ? " (and below, where that is locked)"
						   : "",
		   op->grab.root.off ? ", its links kept in the rootfs," : "",
		   op->grab.flags & GRAB_NOFOLLOW    ? ", itself if it is a link,"
		   : op->grab.flags & GRAB_COPY_LINK ? ", its text if it is a link,"
						     : "",
		   op->grab.slot, op->grab.flags & GRAB_HOST ? " by the host" : "",
		   op->grab.flags & GRAB_SHARED ? ", mounts shared with the host" : "",
		   ids_text(w, &op->grab));
}

const char *describe_propagation(struct words *w, const struct op *op)
{
	return SAY(w, "every mount becomes %s", propagation(w, op->propagation.flags, false));
}

const char *describe_root(struct words *w, const struct op *op)
{
	return SAY(w, "slot %u, %s, is the root", op->root.slot, words_str(w, op->root.path));
}

const char *describe_mount(struct words *w, const struct op *op)
{
	const char *list = joined(w, bit_names(w, mount_attribute_names, op->mount.attr),
				  bit_names(w, NAMES(super_flags), op->mount.sb_flags));

	for (uint32_t i = 0; i < op->mount.options.n; i++)
		list = joined(w, list, plan_list(w->p, op->mount.options, i));
	if (op->mount.copy_up)
		list = joined(w, list, "tmpcopyup");
	if (op->mount.propagation)
		list = joined(w, list, propagation(w, op->mount.propagation, false));
	return SAY(w, "%s on %s%s", words_str(w, op->mount.type), words_str(w, op->mount.target),
		   in_parentheses(w, list));
}

static const char *change_text(struct words *w, const struct mount_change *c)
{
	const char *list =
		joined(w, bit_names(w, mount_attribute_names, c->set),
		       bit_names(w, NAMES(cleared_attrs), c->clear & ~MOUNT_ATTR__ATIME));

	if (*list && c->recursive)
		list = SAY(w, "%s on all below", list);
	if (c->propagation)
		list = joined(w, list, propagation(w, c->propagation, c->recursive));
	return list;
}

static const char *changes_text(struct words *w, const struct mount_change *c, uint32_t n)
{
	const char *list = "";

	for (uint32_t i = 0; i < n; i++)
		list = joined(w, list, change_text(w, &c[i]));
	return list;
}

const char *describe_attach(struct words *w, const struct op *op)
{
	const char *list = changes_text(w, op->attach.change, op->attach.changes);

	if (op->flags & OP_NOFOLLOW)
		list = joined(w, list, "dest-nofollow");
	if (op->attach.source.off)
		return SAY(w, "%s on %s", words_str(w, op->attach.source),
			   words_str(w, op->attach.target));
	return SAY(w, "slot %u on %s%s", op->attach.slot, words_str(w, op->attach.target),
		   in_parentheses(w, list));
}

const char *describe_remount(struct words *w, const struct op *op)
{
	const struct op_remount *m = &op->remount;
	const char *list = joined(w, bit_names(w, NAMES(super_flags), m->sb_set),
				  bit_names(w, NAMES(cleared_supers), m->sb_clear));

	for (uint32_t i = 0; i < m->options.n; i++)
		list = joined(w, list, plan_list(w->p, m->options, i));
	list = joined(w, list, changes_text(w, m->change, m->changes));
	return SAY(w, "%s%s%s", words_str(w, m->target),
		   m->superblock ? " with its superblock" : "", in_parentheses(w, list));
}

const char *describe_mknod(struct words *w, const struct op *op)
{
	if (S_ISFIFO(op->mknod.mode))
		return SAY(w, "fifo %s, mode %04o", words_str(w, op->mknod.target),
			   op->mknod.mode & 07777);
	return SAY(w, "%s, %s %u:%u, mode %04o, owner %u:%u", words_str(w, op->mknod.target),
		   S_ISBLK(op->mknod.mode) ? "block" : "character", op->mknod.major,
		   op->mknod.minor, op->mknod.mode & 07777, op->mknod.uid, op->mknod.gid);
}

const char *describe_symlink(struct words *w, const struct op *op)
{
	return SAY(w, "%s -> %s", words_str(w, op->symlink.target), words_str(w, op->symlink.text));
}

const char *describe_console(struct words *w, const struct op *op)
{
	if (!op->console.rows)
		return SAY(w, "a new terminal%s%s", op->console.target.off ? " on " : "",
			   words_str(w, op->console.target));
	return SAY(w, "a new terminal on %s, %u rows, %u columns", words_str(w, op->console.target),
		   op->console.rows, op->console.columns);
}

const char *describe_pivot(struct words *w, const struct op *op)
{
	return SAY(w, op->pivot.flags & PIVOT_MOVE
			      ? "move the root to / and chroot into it, without pivot_root"
			      : "pivot_root, and detach the host's tree");
}

const char *describe_root_flags(struct words *w, const struct op *op)
{
	const char *list = op->root_flags.readonly ? "ro" : "";

	if (op->root_flags.propagation)
		list = joined(w, list, propagation(w, op->root_flags.propagation, false));
	return SAY(w, "/ becomes %s", list);
}
