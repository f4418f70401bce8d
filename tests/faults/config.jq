# The configuration of the bundles: most of what one can ask for, so that most of the code is passed.
.root.path = $root |
.process.terminal = false |
.process.args = $ARGS.positional |
.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 512, hard: 512}] |
.process.oomScoreAdj = 500 |
.hostname = "faults" |
(.mounts[] | select(.type == "devpts")).options -= ["gid=5"] |
.mounts += [
	{destination: "/mnt", type: "tmpfs", source: "tmpfs", options: ["nosuid", "size=64k"]},
	{destination: "/tmp", type: "bind", source: $tmp, options: ["rbind", "ro", "nosuid"]}
] |
.linux.sysctl = {"kernel.shm_rmid_forced": "1"} |
.linux.seccomp = {
	defaultAction: "SCMP_ACT_ALLOW",
	syscalls: [{names: ["swapon", "kexec_load"], action: "SCMP_ACT_ERRNO", errnoRet: 1}]
} |
.hooks = {
	createRuntime: [{path: "/bin/true"}],
	createContainer: [{path: "/bin/true"}],
	startContainer: [{path: "/bin/busybox", args: ["busybox", "true"]}],
	poststart: [{path: "/bin/true"}],
	poststop: [{path: "/bin/true"}]
} |
if $uid == 0 then
	.linux.resources = {
		pids: {limit: 50},
		memory: {limit: 100000000},
		devices: [{allow: false, access: "rwm"}]
	}
else
	.linux.uidMappings = [{containerID: 0, hostID: $uid, size: 1}] |
	.linux.gidMappings = [{containerID: 0, hostID: $gid, size: 1}]
end
