/*
 * rundlet spec
 *
 * owns:     its option table
 * may use:  cmd, oci
 * must not: overwrite anything
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>

#include "oci/oci.h"
#include "runtime/base/io.h"
#include "runtime/cmd/command.h"

struct spec_options {
	const char *bundle;
	bool rootless;
};

static const struct option table[] = {
	{"bundle", 'b', OPTION_TEXT, offsetof(struct spec_options, bundle), "DIR",
	 "where to write config.json (default: the working directory)"},
	{"rootless", 0, OPTION_FLAG, offsetof(struct spec_options, rootless), NULL,
	 "for a container of an ordinary user"},
};

static bool cgroup_is_v1(void)
{
	struct statfs fs;

	return statfs("/sys/fs/cgroup", &fs) == 0 && fs.f_type != CGROUP2_SUPER_MAGIC;
}

static int run(struct invocation *i, struct err *e)
{
	const struct spec_options *o = i->options;
	const struct oci_template t = {.rootless = o->rootless,
				       .cgroup_v1 = cgroup_is_v1(),
				       .uid = geteuid(),
				       .gid = getegid()};
	const char *dir = o->bundle ? o->bundle : ".";
	const char *path = arena_printf(i->a, "%s/config.json", dir);
	const char *text = oci_emit_template(i->a, &t);
	AUTO(close_fd) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	int r;

	if (fd < 0)
		return err_sys(e, ERR_BUNDLE, -errno, "create '%s'", path);
	r = io_write_all(fd, text, strlen(text));
	if (r == 0)
		return 0;
	unlink(path);
	return err_sys(e, ERR_BUNDLE, r, "write '%s'", path);
}

const struct command command_spec = {
	.name = "spec",
	.words = "",
	.help = "write a config.json to start from",
	.options = OPTIONS(table),
	.options_size = sizeof(struct spec_options),
	.run = run,
};
