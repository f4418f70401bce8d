/*
 * Mounts by descriptor.
 *
 * owns:     nothing
 * may use:  base, sys/kernel
 * must not: take a path below a container's root as text; word errors
 */
#include <string.h>

#include "runtime/sys/kernel.h"
#include "runtime/sys/mnt.h"
#include "runtime/sys/rooted.h"

/* The same on every architecture but alpha, as all since clone3(2). */
enum { CALL_OPEN_TREE_ATTR = 467 };

int mnt_clone(int fd, const char *path, bool recursive, bool nofollow)
{
	const unsigned int flags =
		OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (recursive ? AT_RECURSIVE : 0) |
		(nofollow ? AT_SYMLINK_NOFOLLOW : 0) | (path ? 0 : AT_EMPTY_PATH);

	return kernel_result(syscall(SYS_open_tree, fd, path ? path : "", flags));
}

int mnt_clone_readonly(int fd, const char *path)
{
	const unsigned int flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE |
				   (path ? AT_SYMLINK_NOFOLLOW : AT_EMPTY_PATH);
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};
	AUTO(close_fd)
	int tree = kernel_result(
		syscall(CALL_OPEN_TREE_ATTR, fd, path ? path : "", flags, &attr, sizeof(attr)));
	int r;

	/* Linux 6.15 has it; what is told of unknown calls elsewhere depends on who filters them */
	if (tree != -ENOSYS && tree != -EPERM)
		return take_fd(&tree);
	tree = mnt_clone(fd, path, true, path);
	r = tree < 0 ? tree : mnt_change(tree, MOUNT_ATTR_RDONLY, 0, 0, true);
	return r < 0 ? r : take_fd(&tree);
}

int mnt_clone_within(const char *root, const char *path, bool recursive, bool nofollow)
{
	AUTO(close_fd) int dir = -1;
	AUTO(close_fd) int fd = -1;

	if (!*root)
		return mnt_clone(AT_FDCWD, path, recursive, nofollow);
	dir = kernel_openat2(AT_FDCWD, root, O_PATH | O_DIRECTORY, 0, 0);
	if (dir < 0)
		return dir;
	fd = rooted_open(dir, path + strlen(root), O_PATH | (nofollow ? O_NOFOLLOW : 0), 0);
	return fd < 0 ? fd : mnt_clone(fd, NULL, recursive, false);
}

int mnt_attach(int tree, int target)
{
	return kernel_result(syscall(SYS_move_mount, tree, "", target, "",
				     MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH));
}

int mnt_attach_path(int tree, const char *path)
{
	return kernel_result(syscall(SYS_move_mount, tree, "", AT_FDCWD, path,
				     MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_SYMLINKS));
}

int mnt_attach_at(int tree, int dir, const char *name)
{
	return kernel_result(syscall(SYS_move_mount, tree, "", dir, name, MOVE_MOUNT_F_EMPTY_PATH));
}

int mnt_change(int tree, uint64_t set, uint64_t clear, uint64_t propagation, bool recursive)
{
	struct mount_attr attr = {
		.attr_set = set,
		.attr_clr = clear,
		.propagation = propagation,
	};

	return kernel_result(syscall(SYS_mount_setattr, tree, "",
				     AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), &attr,
				     sizeof(attr)));
}

int mnt_idmap(int tree, int userns, bool recursive)
{
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)userns};

	return kernel_result(syscall(SYS_mount_setattr, tree, "",
				     AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), &attr,
				     sizeof(attr)));
}

int mnt_fs_open(const char *type)
{
	return kernel_result(syscall(SYS_fsopen, type, FSOPEN_CLOEXEC));
}

static int config(int fs, unsigned int cmd, const char *key, const char *value)
{
	return kernel_result(syscall(SYS_fsconfig, fs, cmd, key, value, 0));
}

int mnt_fs_pick(int target)
{
	return kernel_result(syscall(SYS_fspick, target, "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH));
}

int mnt_fs_reconfigure(int fs)
{
	return config(fs, FSCONFIG_CMD_RECONFIGURE, NULL, NULL);
}

int mnt_fs_option(int fs, const char *option)
{
	const char *equals = strchr(option, '=');
	char key[256]; /* the kernel's own limit, with the NUL */
	size_t n;

	if (!equals)
		return config(fs, FSCONFIG_SET_FLAG, option, NULL);
	n = (size_t)(equals - option);
	if (n >= sizeof(key))
		return -EINVAL;
	memcpy(key, option, n);
	key[n] = '\0';
	return config(fs, FSCONFIG_SET_STRING, key, equals + 1);
}

int mnt_fs_create(int fs, uint64_t attr)
{
	int r = config(fs, FSCONFIG_CMD_CREATE, NULL, NULL);

	if (r < 0)
		return r;
	return kernel_result(syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, attr));
}

void mnt_fs_message(int fs, char *buf, size_t size)
{
	char message[256];
	ssize_t n;

	if (!size)
		return;
	buf[0] = '\0';
	/* One read(2) takes one message, "e TEXT", "w TEXT" or "i TEXT"; then ENODATA. */
	while ((n = read(fs, message, sizeof(message))) > 2) {
		size_t text = (size_t)n - 2;

		if (text >= size)
			text = size - 1;
		memcpy(buf, message + 2, text);
		buf[text] = '\0';
		buf[strcspn(buf, "\n")] = '\0';
	}
}
