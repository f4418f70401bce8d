# The config.json of the bench: what `spec` writes, with every namespace and /bin/true.
#
#   jq -n --argjson user BOOL --argjson uid N --argjson gid N --argjson cgroup BOOL --argjson binds N
#         --arg work DIR --arg program PATH --argjson seccomp PROFILE|null -f config.jq
#
# tests/bench/floor.c does the same by hand: they change together.

["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_NET_BIND_SERVICE",
	"CAP_SETFCAP", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT"] as $caps |
{
	ociVersion: "1.0.2",
	process: {
		terminal: false,
		user: {uid: 0, gid: 0},
		args: ($program | split(" ")),
		env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"],
		cwd: "/",
		capabilities: {bounding: $caps, effective: $caps, permitted: $caps},
		rlimits: [{type: "RLIMIT_NOFILE", hard: 1024, soft: 1024}],
		noNewPrivileges: true
	},
	root: {path: "\($work)/rootfs", readonly: true},
	hostname: "bench",
	mounts: ([
		{destination: "/proc", type: "proc", source: "proc"},
		{destination: "/dev", type: "tmpfs", source: "tmpfs",
			options: ["nosuid", "strictatime", "mode=755", "size=65536k"]},
		{destination: "/dev/pts", type: "devpts", source: "devpts",
			options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]},
		{destination: "/dev/shm", type: "tmpfs", source: "shm",
			options: ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]},
		{destination: "/dev/mqueue", type: "mqueue", source: "mqueue",
			options: ["nosuid", "noexec", "nodev"]},
		{destination: "/sys", type: "sysfs", source: "sysfs",
			options: ["nosuid", "noexec", "nodev", "ro"]},
		(if $cgroup then {destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup",
			options: ["nosuid", "noexec", "nodev", "relatime", "ro"]} else empty end)
	] + [range($binds) | {destination: "/mnt/\(.)", type: "bind", source: "\($work)/source",
		options: ["bind"]}]),
	linux: ({
		namespaces: ([{type: "pid"}, {type: "network"}, {type: "ipc"}, {type: "uts"},
			{type: "cgroup"}, {type: "mount"}] + if $user then [{type: "user"}] else [] end),
		maskedPaths: ["/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys",
			"/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats",
			"/proc/sched_debug", "/proc/scsi", "/sys/firmware"],
		readonlyPaths: ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]
	} + if $user then {
		uidMappings: [{containerID: 0, hostID: $uid, size: 1}],
		gidMappings: [{containerID: 0, hostID: $gid, size: 1}]
	} else {} end + if $seccomp then {seccomp: $seccomp} else {} end)
}
