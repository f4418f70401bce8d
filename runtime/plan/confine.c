/*
 * What is locked once the root is in place: names, sysctls, masked and read-only paths.
 *
 * owns:     the operations of LOCK
 * may use:  base, oci (types)
 * must not: touch ids and capabilities (identity.c)
 */
#include <errno.h>
#include <string.h>

#include "runtime/base/io.h"
#include "runtime/base/path.h"
#include "runtime/plan/builder.h"
#include "runtime/sys/kernel.h"

static void add_text(struct builder *b, enum op_kind kind, const char *text, const char *pointer,
		     uint16_t flags)
{
	struct op op = op_new(b, kind, PHASE_LOCK, pointer);

	op.flags |= flags;
	op.text.text = pool_str(b, text);
	op_add(b, &op);
}

/* --- sysctl ----------------------------------------------------------------------------------- */

/* The settings that belong to a namespace, namespaces(7): the others are the host's. A name that
 * ends in "." is a prefix. */
static const struct {
	const char *name;
	enum ns_type type;
} sysctls[] = {
	{"net.", NS_NET},
	{"kernel.msgmax", NS_IPC},
	{"kernel.msgmnb", NS_IPC},
	{"kernel.msgmni", NS_IPC},
	{"kernel.sem", NS_IPC},
	{"kernel.shmall", NS_IPC},
	{"kernel.shmmax", NS_IPC},
	{"kernel.shmmni", NS_IPC},
	{"kernel.auto_msgmni", NS_IPC},
	{"kernel.shm_rmid_forced", NS_IPC},
	{"kernel.msg_next_id", NS_IPC},
	{"kernel.sem_next_id", NS_IPC},
	{"kernel.shm_next_id", NS_IPC},
	{"fs.mqueue.", NS_IPC},
	{"kernel.domainname", NS_UTS},
	{"kernel.hostname", NS_UTS},
	{"user.", NS_USER},
};

/* "net/ipv4/x" and "net.ipv4.x" are the same; in the slash form a dot is a dot (sysctl.d(5)). */
static char *sysctl_path(struct builder *b, const char *key)
{
	char *path = arena_strdup(b->a, key);
	const char *first = strpbrk(key, "./");

	if (first && *first == '.')
		for (char *p = path; *p; p++)
			*p = *p == '.' ? '/' : *p == '/' ? '.' : *p;
	return path;
}

static bool sysctl_matches(const char *path, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < n; i++)
		if (path[i] != (name[i] == '.' ? '/' : name[i]))
			return false;
	return name[n - 1] == '.' || !path[n];
}

static int sysctl_type(const char *path)
{
	for (size_t i = 0; i < ARRAY_LEN(sysctls); i++)
		if (sysctl_matches(path, sysctls[i].name))
			return (int)sysctls[i].type;
	return -ENOENT;
}

/* Groups outside the map make the kernel say EINVAL and nothing else. */
static int check_ping_range(struct builder *b, const char *value, const char *pointer)
{
	const char *p = value + strspn(value, " \t");

	while (*p) {
		size_t n = strcspn(p, " \t");
		uint64_t gid;

		if (io_parse_u64_n(p, n, UINT32_MAX, &gid) && !id_mapped(&b->gids, (uint32_t)gid)) {
			err_set(b->e, ERR_SYSCTL, "gid %llu is not mapped (mapped: %s)",
				(unsigned long long)gid, id_ranges_text(b, &b->gids));
			err_hint(b->e, -EINVAL, "use a range of mapped groups");
			return err_at(b->e, -EINVAL, "%s", pointer);
		}
		p += n;
		p += strspn(p, " \t");
	}
	return 0;
}

static int add_sysctl(struct builder *b, const struct string_pair *s)
{
	const char *pointer = PTR(b, "/linux/sysctl/%s", doc_escape(b->a, s->key));
	const char *path = sysctl_path(b, s->key);
	int type = sysctl_type(path);
	struct op op;

	if (type < 0 || strstr(path, "..")) {
		err_set(b->e, ERR_SYSCTL, "sysctl \"%s\" belongs to no namespace: it is the host's",
			s->key);
		return err_at(b->e, -EINVAL, "%s", pointer);
	}
	if (!ns_is_other(b, (enum ns_type)type)) {
		err_set(b->e, ERR_SYSCTL,
			"sysctl \"%s\" needs a %s namespace of the container's own", s->key,
			ns_table[type].name);
		return err_at(b->e, -EINVAL, "%s", pointer);
	}
	/* two names for one thing: whichever came last would win */
	if (!strcmp(path, "kernel/hostname") ||
	    (!strcmp(path, "kernel/domainname") && b->spec->domainname &&
	     strcmp(b->spec->domainname, s->value) != 0)) {
		err_set(b->e, ERR_SYSCTL, "sysctl \"%s\" is what /%s sets", s->key, path + 7);
		err_hint(b->e, -EINVAL, "use that property, and leave out the sysctl");
		return err_at(b->e, -EINVAL, "%s", pointer);
	}
	if (!strcmp(path, "net/ipv4/ping_group_range")) {
		int r = check_ping_range(b, s->value, pointer);

		if (r < 0)
			return r;
	}
	op = op_new(b, OP_SYSCTL, PHASE_LOCK, pointer);
	op.sysctl.key = pool_str(b, path);
	op.sysctl.value = pool_str(b, s->value);
	op_add(b, &op);
	return 0;
}

/* --- the whole of LOCK --------------------------------------------------------------------------
 */

static void add_names(struct builder *b)
{
	if (b->ns[NS_NET].created) {
		struct op op = op_new(b, OP_LOOPBACK, PHASE_LOCK, NULL);

		op_add(b, &op);
	}
	if (b->spec->hostname)
		add_text(b, OP_HOSTNAME, b->spec->hostname, "/hostname", 0);
	if (b->spec->domainname)
		add_text(b, OP_DOMAINNAME, b->spec->domainname, "/domainname", 0);
}

/* Directories among what is usually masked: the right cover is tried first. */
static const char *const directories[] = {
	"/proc/acpi",
	"/proc/asound",
	"/proc/scsi",
	"/sys/firmware",
	"/sys/devices/virtual/powercap",
};

static uint16_t path_flags(const char *path)
{
	for (size_t i = 0; i < ARRAY_LEN(directories); i++)
		if (!strcmp(path, directories[i]))
			return OP_OPTIONAL | OP_DIRECTORY;
	return OP_OPTIONAL;
}

static void add_paths(struct builder *b, enum op_kind kind, const struct strings *paths,
		      const char *property)
{
	struct strings normal = {.v = arena_array(b->a, paths->n, sizeof(*normal.v)),
				 .n = paths->n};
	struct strings once;
	size_t at = 0;

	for (size_t i = 0; i < paths->n; i++)
		normal.v[i] = path_normalize(b->a, paths->v[i]);
	once = strings_last(b->a, &normal, '\0');
	for (size_t i = 0; i < paths->n && at < once.n; i++) {
		if (normal.v[i] != once.v[at])
			continue;
		add_text(b, kind, once.v[at], PTR(b, "%s/%zu", property, i),
			 path_flags(once.v[at]));
		at++;
	}
}

static void add_console(struct builder *b)
{
	const struct spec_process *p = &b->spec->process;
	struct op op;

	if (!p->set || !p->terminal)
		return;
	op = op_new(b, OP_CONSOLE, PHASE_LOCK, "/process/terminal");
	op.console.target = pool_str(b, "/dev/console");
	op.console.rows = (uint16_t)p->console_size.height;
	op.console.columns = (uint16_t)p->console_size.width;
	op.console.uid = p->user.uid;
	op_add(b, &op);
}

/* While the root can be written, and by the one who may: neither holds for the process itself. */
static void add_cwd(struct builder *b)
{
	const struct spec_process *p = &b->spec->process;
	struct op op;

	if (!p->set || !strcmp(p->cwd, "/"))
		return;
	op = op_new(b, OP_CWD, PHASE_LOCK, "/process/cwd");
	op.cwd.path = pool_str(b, p->cwd);
	op.cwd.make = true;
	op_add(b, &op);
}

/* Does op attach something at target, or change what is there? */
static bool attaches(const struct builder *b, const struct op *op, const char *target)
{
	if (op->kind == OP_REMOUNT)
		return !strcmp(builder_str(b, op->remount.target), target);
	if (op->kind == OP_ATTACH)
		return !strcmp(builder_str(b, op->attach.target), target);
	return op->kind == OP_MOUNT && !strcmp(builder_str(b, op->mount.target), target);
}

/*
 * A tmpfs becomes read-only once all that belongs into it is there, mounts, devices and the console
 * (podman --read-only-tmpfs=false has such a /dev), unless it is covered or remounted by then.
 */
static void add_readonly_tmpfs(struct builder *b, uint32_t i)
{
	const struct op mount = builder_ops(b)[i];
	const char *target;
	struct op op;

	if (mount.kind != OP_MOUNT || !(mount.mount.attr & MOUNT_ATTR_RDONLY) ||
	    strcmp(builder_str(b, mount.mount.type), "tmpfs"))
		return;
	target = builder_str(b, mount.mount.target);
	for (uint32_t k = i + 1; k < b->head.op_count; k++)
		if (attaches(b, &builder_ops(b)[k], target))
			return;
	builder_op(b, i)->mount.attr &= ~(uint64_t)MOUNT_ATTR_RDONLY;
	op = op_new(b, OP_REMOUNT, PHASE_LOCK, NULL);
	op.pointer = mount.pointer;
	op.line = mount.line;
	op.remount.type = mount.mount.type;
	op.remount.target = mount.mount.target;
	op.remount.changes = 1;
	op.remount.change[0].set = MOUNT_ATTR_RDONLY;
	op_add(b, &op);
}

static void add_root_flags(struct builder *b)
{
	const uint64_t propagation = b->root_propagation;
	const bool readonly = b->spec->root.readonly;
	struct op op;

	if (!propagation && !readonly)
		return;
	op = op_new(b, OP_ROOT_FLAGS, PHASE_LOCK,
		    readonly ? "/root/readonly" : "/linux/rootfsPropagation");
	op.root_flags = (struct op_root_flags){.propagation = propagation, .readonly = readonly};
	op_add(b, &op);
}

int plan_lock(struct builder *b)
{
	const struct spec_linux *l = &b->spec->linux_;
	const uint32_t before = b->head.op_count;

	add_names(b);
	/* before /proc/sys becomes read-only */
	for (size_t i = 0; i < l->sysctl.n; i++) {
		int r = add_sysctl(b, &l->sysctl.v[i]);

		if (r < 0)
			return r;
	}
	add_paths(b, OP_READONLY, &l->readonly_paths, "/linux/readonlyPaths");
	add_paths(b, OP_MASK, &l->masked_paths, "/linux/maskedPaths");
	/* after the masks: nothing that they need can be the console any more (CVE-2025-52565) */
	add_console(b);
	add_cwd(b);
	for (uint32_t i = 0; i < before; i++)
		add_readonly_tmpfs(b, i);
	add_root_flags(b);
	return 0;
}
