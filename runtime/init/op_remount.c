/*
 * What is mounted already is changed: superblock, mount, or both.
 *
 * owns:     remount
 * may use:  sys/mnt, sys/rooted, fs_config.c
 * must not: change anything but what is mounted exactly there
 */
#include <errno.h>
#include <fcntl.h>

#include "runtime/init/init.h"
#include "runtime/sys/mnt.h"
#include "runtime/sys/rooted.h"

/* What is mounted nowhere is what the kernel calls invalid. */
static int fail(const struct fs_naming *n, int r, struct err *e)
{
	if (r != -EINVAL)
		return fs_fail(n, r, e);
	return err_set(e, ERR_MOUNT, "remount %s: nothing is mounted there", n->target);
}

static int change_superblock(struct init *s, const struct op *op, int target,
			     const struct fs_naming *n, struct err *e)
{
	const struct op_remount *m = &op->remount;
	int fs = mnt_fs_pick(target), r;

	if (fs < 0)
		return fail(n, fs, e);
	r = fs_set_flags(fds_scratch(s, fs), n, m->sb_set, m->sb_clear, e);
	if (r == 0)
		r = fs_set_options(s, fs, n, m->options, m->pointers, e);
	if (r < 0)
		return r;
	r = mnt_fs_reconfigure(fs);
	if (r >= 0)
		return 0;
	fs_fail(n, r, e);
	if (r == -EPERM)
		return err_hint(e, r,
				"the file system belongs to an outer user namespace: with "
				"\"bind\" only the mount is changed");
	return r;
}

int run_remount(struct init *s, const struct op *op, struct err *e)
{
	const struct op_remount *m = &op->remount;
	const struct fs_naming n = {
		.verb = "remount",
		.type = plan_str(s->plan, m->type),
		.target = plan_str(s->plan, m->target),
	};
	int target = rooted_open(s->root, n.target, O_PATH, 0), r = 0;

	if (target < 0)
		return fs_fail(&n, target, e);
	fds_scratch(s, target);
	if (m->superblock)
		r = change_superblock(s, op, target, &n, e);
	for (uint32_t i = 0; r == 0 && i < m->changes && i < MOUNT_CHANGES_MAX; i++) {
		const struct mount_change *c = &m->change[i];

		r = mnt_change(target, c->set, c->clear, c->propagation, c->recursive);
		if (r < 0) {
			fail(&n, r, e);
			return mount_hint_locked(target, n.target, c, r, e);
		}
	}
	return r;
}
