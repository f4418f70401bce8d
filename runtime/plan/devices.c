/*
 * Devices: the defaults, those of the config, the links of /dev, the console.
 *
 * owns:     the operations that fill /dev
 * may use:  base, oci (types)
 * must not: assume that mknod works: in a user namespace it never does
 */
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/stat.h>

#include "runtime/base/path.h"
#include "runtime/plan/builder.h"

/* config-linux.md "Default Devices". */
static const char *const default_devices[] = {
	"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty",
};

bool plan_is_default_device(const char *path)
{
	for (size_t i = 0; i < ARRAY_LEN(default_devices); i++)
		if (!strcmp(default_devices[i], path))
			return true;
	return !strcmp(path, "/dev/console");
}

/* runtime-linux.md "Dev symbolic links", and the multiplexer of the container's own devpts. */
static const struct {
	const char *target;
	const char *text;
} links[] = {
	{"/dev/fd", "/proc/self/fd"},       {"/dev/stdin", "/proc/self/fd/0"},
	{"/dev/stdout", "/proc/self/fd/1"}, {"/dev/stderr", "/proc/self/fd/2"},
	{"/dev/ptmx", "pts/ptmx"},
};

/* mknod(2) of a device needs CAP_MKNOD in the initial user namespace. */
static bool can_mknod(const struct builder *b)
{
	return b->facts->initial_userns && !ns_is_other(b, NS_USER) &&
	       (b->facts->cap_effective >> CAP_MKNOD & 1);
}

static bool is_mounted(const struct builder *b, const char *target)
{
	for (uint32_t i = 0; i < b->head.op_count; i++) {
		const struct op *op = &builder_ops(b)[i];

		if ((op->kind == OP_ATTACH && !strcmp(builder_str(b, op->attach.target), target)) ||
		    (op->kind == OP_MKNOD && !strcmp(builder_str(b, op->mknod.target), target)))
			return true;
	}
	return false;
}

/* Binds the host's node of the same name. */
static struct op bind_node(struct builder *b, const char *path, const char *pointer)
{
	struct op op = op_new(b, OP_ATTACH, PHASE_FILL, pointer);

	op.flags |= target_flags(b, path);
	op.attach.target = pool_str(b, path);
	op.attach.mode = S_IFREG | 0666;
	/* nobody has put a link into a directory that is ours: it can be mounted there by name */
	if (op.flags & OP_FRESH)
		op.attach.source = pool_str(b, path);
	else
		op.attach.slot = grab_add(b, path, 0, pointer);
	return op;
}

static mode_t node_type(char type)
{
	return type == 'b' ? S_IFBLK : type == 'p' ? S_IFIFO : S_IFCHR;
}

static int add_device(struct builder *b, size_t i)
{
	const struct spec_device *d = &b->spec->linux_.devices.v[i];
	const char *pointer = PTR(b, "/linux/devices/%zu", i);
	const char *path = path_normalize(b->a, d->path);
	struct op op;
	int r;

	/* the multiplexer is that of the container's own devpts, whatever lists it, as with runc */
	if (is_mounted(b, path) || !strcmp(path, "/dev/ptmx"))
		return 0;
	if (d->type != 'p' && !can_mknod(b)) {
		op = bind_node(b, path, pointer);
		op_adapt(b, &op,
			 "mknod needs the host's root: the host's %s is bound, with its owner and "
			 "mode",
			 path);
		op_add(b, &op);
		return 0;
	}
	op = op_new(b, OP_MKNOD, PHASE_FILL, pointer);
	op.flags |= target_flags(b, path);
	op.mknod = (struct op_mknod){
		.target = pool_str(b, path),
		.mode = node_type(d->type) | (d->file_mode.set ? d->file_mode.v & 07777 : 0666),
		.major = (uint32_t)d->major.v,
		.minor = (uint32_t)d->minor.v,
		.uid = d->uid.v,
		.gid = d->gid.v,
	};
	r = id_require(b, &b->uids, "uid", op.mknod.uid, PTR(b, "%s/uid", pointer));
	if (r == 0)
		r = id_require(b, &b->gids, "gid", op.mknod.gid, PTR(b, "%s/gid", pointer));
	if (r == 0)
		op_add(b, &op);
	return r;
}

static void add_defaults(struct builder *b)
{
	for (size_t i = 0; i < ARRAY_LEN(default_devices); i++) {
		struct op op;

		if (is_mounted(b, default_devices[i]))
			continue;
		op = bind_node(b, default_devices[i], NULL);
		op_add(b, &op);
	}
	for (size_t i = 0; i < ARRAY_LEN(links); i++) {
		struct op op = op_new(b, OP_SYMLINK, PHASE_FILL, NULL);

		op.flags |= target_flags(b, links[i].target);
		op.symlink.target = pool_str(b, links[i].target);
		op.symlink.text = pool_str(b, links[i].text);
		op_add(b, &op);
	}
}

int plan_devices(struct builder *b)
{
	const struct spec_linux *l = &b->spec->linux_;

	/* a /dev that is the host's is complete, and not ours to change */
	if (!b->dev_is_ours)
		return 0;
	for (size_t i = 0; i < l->devices.n; i++) {
		int r = add_device(b, i);

		if (r < 0)
			return r;
	}
	add_defaults(b);
	return 0;
}
