/*
 * owns:     writing limits, handing down controllers, and the words for what goes wrong there
 * may use:  base, sys, oci (types)
 * must not: know which manager it works for
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "runtime/base/fmt.h"
#include "runtime/base/io.h"
#include "runtime/base/log.h"
#include "runtime/host/cgroup_ops.h"
#include "runtime/sys/bpf.h"
#include "runtime/sys/cgfs.h"

#define FILTER_NAME "rundlet_device" /* 15 letters at most, by which an update knows its own */

static int write_limit(int dir, const struct limit *l)
{
	int r = cgfs_write(dir, l->file, l->value);
	int other = l->other_file ? cgfs_write(dir, l->other_file, l->other_value) : r;

	if (other == 0 || r == -ENOENT)
		r = other;
	return r == -ENOENT && l->optional ? 0 : r;
}

/* Says who can grant a controller, and how. */
static int missing_controller(const struct cgroup *c, const char *controller, const char *pointer,
			      struct err *e)
{
	err_at(e,
	       err_set(e, ERR_CGROUP, "the cgroup controller '%s' is not available in '%s'",
		       controller, c->path),
	       "%s", pointer);
	if (cgroup_v1_left_out(c, controller))
		return err_hint(
			e, -ENOENT,
			"the container was created outside of it, as without cgroupsPath and "
			"limits: create it with either");
	if (c->manager == CGROUP_V1)
		return err_hint(
			e, -ENOENT,
			"mount its hierarchy on /sys/fs/cgroup/%s; who is not root has to be given "
			"a cgroup there (chown)",
			controller);
	if (c->root)
		return err_hint(e, -ENOENT,
				"it is not enabled on this host, or a cgroup above holds processes "
				"of its own and so can hand nothing down");
	return err_hint(e, -ENOENT,
			"have it delegated: in /etc/systemd/system/user@.service.d/delegate.conf "
			"write [Service] and Delegate=cpu cpuset io memory pids%s%s, then log in "
			"again",
			strstr("cpu cpuset io memory pids", controller) ? "" : " ",
			strstr("cpu cpuset io memory pids", controller) ? "" : controller);
}

static int word_failure(const struct cgroup *c, const struct limit *l, int dir, int r,
			struct err *e)
{
	bool known = !*l->controller || c->manager == CGROUP_V1 ||
		     cgfs_has_word(dir, "cgroup.controllers", l->controller) == 1;

	if (!known)
		return missing_controller(c, l->controller, l->pointer, e);
	err_at(e,
	       err_sys(e, ERR_CGROUP, r, "write '%s' to %s of cgroup '%s'", l->value, l->file,
		       c->path),
	       "%s", l->pointer);
	return r;
}

int cgroup_check_memory(const struct cgroup *c, struct err *e)
{
	bool v1 = c->manager == CGROUP_V1;
	const struct limits *l = &c->plan->limits;
	int dir = c->ops->dir(c, "memory");
	uint64_t now, limit;
	size_t i;

	for (i = 0; c->plan->check_memory && dir >= 0 && i < l->n; i++) {
		if (strcmp(l->v[i].file, v1 ? "memory.limit_in_bytes" : "memory.max") ||
		    !io_parse_u64(l->v[i].value, UINT64_MAX, &limit) ||
		    cgfs_read_u64(dir, v1 ? "memory.usage_in_bytes" : "memory.current", &now) < 0 ||
		    now <= limit)
			continue;
		return err_at(e,
			      err_set(e, ERR_CGROUP,
				      "rejecting memory limit %llu: the container uses %llu bytes",
				      (unsigned long long)limit, (unsigned long long)now),
			      "%s", l->v[i].pointer);
	}
	return 0;
}

static int put_filter(const struct cgroup *c, struct err *e)
{
	const struct devfilter *d = &c->plan->devices;
	int r;

	if (!d->n || c->dir < 0)
		return 0;
	r = bpf_device_filter(c->dir, FILTER_NAME, d->insns, d->n);
	if (r < 0)
		return err_at(
			e,
			err_sys(e, ERR_CGROUP, r, "put the device filter on cgroup '%s'", c->path),
			"/linux/resources/devices");
	return 0;
}

int cgroup_apply(struct cgroup *c, struct err *e)
{
	const struct limits *l = &c->plan->limits;
	bool *again = arena_array(c->a, l->n + 1, sizeof(*again));
	int pass, r;
	size_t i;

	/*
	 * Some values depend on others (burst and quota, swap and memory, period and runtime), in
	 * an order that depends on what is in force. What is refused is tried again after the rest.
	 */
	for (pass = 0; pass < 2; pass++)
		for (i = 0; i < l->n; i++) {
			int dir = c->ops->dir(c, l->v[i].controller);

			if (pass && !again[i])
				continue;
			if (dir < 0)
				return missing_controller(c, l->v[i].controller, l->v[i].pointer,
							  e);
			r = write_limit(dir, &l->v[i]);
			again[i] = r == -EINVAL || r == -EBUSY;
			if (r < 0 && (pass || !again[i]))
				return word_failure(c, &l->v[i], dir, r, e);
		}
	return put_filter(c, e);
}

/*
 * Every controller that the cgroup has: statistics come from them, `update` may want one later, and
 * a manager inside hands them on. One at a time, as the kernel takes all of a write or nothing.
 */
static void hand_down(int dir)
{
	char has[256], *word, *rest = NULL, text[64];

	if (cgfs_writable(dir, "cgroup.subtree_control") < 0 ||
	    cgfs_read(dir, "cgroup.controllers", has, sizeof(has)) <= 0)
		return;
	for (word = strtok_r(has, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		if (cgfs_has_word(dir, "cgroup.subtree_control", word) != 0)
			continue;
		fmt_buf(text, sizeof(text), "+%s", word);
		/* What fails is found by looking at the leaf: it is there that it matters. */
		(void)!cgfs_write(dir, "cgroup.subtree_control", text);
	}
}

/* The first limit whose controller is not in the leaf. */
static const struct limit *first_missing(const struct cgroup *c)
{
	const struct limits *l = &c->plan->limits;

	for (size_t i = 0; i < l->n; i++)
		if (*l->v[i].controller && c->ops->dir(c, l->v[i].controller) == c->dir &&
		    cgfs_has_word(c->dir, "cgroup.controllers", l->v[i].controller) != 1)
			return &l->v[i];
	return NULL;
}

/* Has the leaf all that the hierarchy has? */
static bool all_there(const struct cgroup *c)
{
	char own[256], all[256];

	return cgfs_read(c->dir, "cgroup.controllers", own, sizeof(own)) >= 0 &&
	       cgfs_read(c->mount, "cgroup.controllers", all, sizeof(all)) >= 0 &&
	       !strcmp(own, all);
}

int cgroup_enable(const struct cgroup *c, struct err *e)
{
	const char *slash = all_there(c) ? NULL : c->path;
	const struct limit *missing;

	for (; slash; slash = strchr(slash + 1, '/')) {
		const char *above = slash == c->path ? ""
						     : arena_strndup(c->a, c->path + 1,
								     (size_t)(slash - c->path - 1));
		AUTO(close_fd) int dir = cgfs_open(c->mount, above);

		if (dir >= 0)
			hand_down(dir);
	}
	missing = first_missing(c);
	return missing ? missing_controller(c, missing->controller, missing->pointer, e) : 0;
}

void cgroup_hand_over(const struct cgroup *c)
{
	AUTO(close_fd) int list = -1;
	char files[4096] = "", *file, *next;
	uid_t uid = c->plan->owner.v;
	ssize_t n;

	if (!c->plan->owner.set || uid == geteuid() || c->dir < 0)
		return;
	if (fchownat(c->dir, "", uid, (gid_t)-1, AT_EMPTY_PATH) < 0) {
		log_debug("cgroup '%s' cannot be given to user %u: %s", c->path, uid,
			  strerror(errno));
		return;
	}
	list = open("/sys/kernel/cgroup/delegate", O_RDONLY | O_CLOEXEC);
	n = list < 0 ? 0 : io_read_full(list, files, sizeof(files) - 1);
	files[n > 0 ? n : 0] = '\0';
	for (file = files; *file; file = next) {
		size_t len = strcspn(file, "\n");

		next = file + len + (file[len] == '\n');
		file[len] = '\0';
		/* A file of a controller that is not enabled is not there. */
		(void)!fchownat(c->dir, file, uid, (gid_t)-1, AT_SYMLINK_NOFOLLOW);
	}
}
