/*
 * `spec`: a config.json to start from, as a value of struct spec.
 *
 * owns:     the template
 * may use:  base, oci/schema
 * must not: look at the host
 *
 * What the peers write, but for two things: the capabilities are those that podman grants by
 * default, and the rootless form keeps its own network and cgroup namespaces, so that sysfs is a
 * fresh mount there too. Like theirs, root's container gets no cgroup namespace on cgroup v1.
 */
#include "oci/oci.h"

#include <string.h>

#include "oci/tables.h"

#define LIST(...)                                                                                  \
	{                                                                                          \
		(const char **)(const char *const[]){__VA_ARGS__},                                 \
			ARRAY_LEN(((const char *[]){__VA_ARGS__}))                                 \
	}

static const struct spec_mount mounts[] = {
	{.destination = "/proc", .type = "proc", .source = "proc"},
	{.destination = "/dev",
	 .type = "tmpfs",
	 .source = "tmpfs",
	 .options = LIST("nosuid", "strictatime", "mode=755", "size=65536k")},
	{.destination = "/dev/pts",
	 .type = "devpts",
	 .source = "devpts",
	 .options = LIST("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5")},
	{.destination = "/dev/shm",
	 .type = "tmpfs",
	 .source = "shm",
	 .options = LIST("nosuid", "noexec", "nodev", "mode=1777", "size=65536k")},
	{.destination = "/dev/mqueue",
	 .type = "mqueue",
	 .source = "mqueue",
	 .options = LIST("nosuid", "noexec", "nodev")},
	{.destination = "/sys",
	 .type = "sysfs",
	 .source = "sysfs",
	 .options = LIST("nosuid", "noexec", "nodev", "ro")},
	{.destination = "/sys/fs/cgroup",
	 .type = "cgroup",
	 .source = "cgroup",
	 .options = LIST("nosuid", "noexec", "nodev", "relatime", "ro")},
};

enum { MOUNT_PTS = 2 };

static const struct strings granted =
	LIST("CAP_AUDIT_WRITE", "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID",
	     "CAP_KILL", "CAP_MKNOD", "CAP_NET_BIND_SERVICE", "CAP_NET_RAW", "CAP_SETFCAP",
	     "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT");

static const struct spec_process process = {
	.set = true,
	.terminal = true,
	.args = LIST("sh"),
	.env = LIST("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		    "TERM=xterm"),
	.cwd = "/",
	.no_new_privileges = true,
};

static const struct strings masked_paths =
	LIST("/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
	     "/proc/timer_list", "/proc/scsi", "/sys/firmware");

static const struct strings readonly_paths =
	LIST("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger");

/* But for those that every container has. */
static const struct spec_device_rule no_device = {.allow = false, .access = "rwm"};

/* What not every form has comes last: the others are a prefix. */
static const struct spec_namespace namespaces[] = {
	{NS_PID, NULL}, {NS_NET, NULL},    {NS_IPC, NULL},  {NS_UTS, NULL},
	{NS_MNT, NULL}, {NS_CGROUP, NULL}, {NS_USER, NULL},
};

/* A copy of n elements: the types of the spec are not const. */
#define COPY(a, v, n) memcpy(arena_array((a), (n), sizeof(*(v))), (v), (n) * sizeof(*(v)))

static struct spec_idmaps one_id(struct arena *a, uint32_t host_id)
{
	const struct spec_idmap map = {.container_id = 0, .host_id = host_id, .size = 1};

	return (struct spec_idmaps){COPY(a, &map, 1), 1};
}

char *oci_emit_template(struct arena *a, const struct oci_template *t)
{
	static const enum cap_set sets[] = {CAP_SET_BOUNDING, CAP_SET_EFFECTIVE, CAP_SET_PERMITTED};
	struct json_out o = json_begin(a, EMIT_PRETTY);
	struct spec s = {.oci_version = OCI_VERSION, .process = process, .hostname = "rundlet"};

	s.root = (struct spec_root){.set = true, .path = "rootfs", .readonly = true};
	s.process.capabilities.set = true;
	for (size_t i = 0; i < ARRAY_LEN(sets); i++)
		s.process.capabilities.of[sets[i]] = granted;
	s.mounts.v = COPY(a, mounts, ARRAY_LEN(mounts));
	s.mounts.n = ARRAY_LEN(mounts);
	s.linux_.set = true;
	s.linux_.masked_paths = masked_paths;
	s.linux_.readonly_paths = readonly_paths;
	s.linux_.namespaces.v = COPY(a, namespaces, ARRAY_LEN(namespaces));
	s.linux_.namespaces.n = ARRAY_LEN(namespaces) - (t->cgroup_v1 ? 2 : 1);
	if (!t->rootless) {
		s.linux_.resources.set = true;
		s.linux_.resources.devices.v = COPY(a, &no_device, 1);
		s.linux_.resources.devices.n = 1;
	} else {
		s.linux_.namespaces.n = ARRAY_LEN(namespaces);
		s.linux_.uid_mappings = one_id(a, t->uid);
		s.linux_.gid_mappings = one_id(a, t->gid);
		s.mounts.v[MOUNT_PTS].options.n--; /* gid=5 is not mapped */
	}
	schema_write(&o, &spec_table, &s);
	return json_end(&o);
}
