#!/usr/bin/env bats
# Proves: the program runs with exactly the identity, capabilities, limits and view of the kernel
# that the configuration gives it, as the kernel itself reports them.

load helpers

# The value of a line of /proc/self/status in $out.
status_of()
{
	awk -v k="$1:" '$1 == k { $1 = ""; print substr($0, 2) }' <<<"$out"
}

process_status()
{
	config '.process.args = ["/bin/cat", "/proc/self/status"]'
	inside
}

# Bits of these capabilities, as in /proc/self/status.
bits()
{
	local name v=0
	declare -A n=([CHOWN]=0 [KILL]=5 [SETGID]=6 [SETUID]=7 [NET_BIND_SERVICE]=10 [NET_RAW]=13 [SYS_CHROOT]=18 [AUDIT_WRITE]=29 [BPF]=39)
	for name in "$@"; do
		v=$((v | 1 << n[$name]))
	done
	printf '%016x' $v
}

# Sets the five sets: bounding effective inheritable permitted ambient, names separated by commas.
caps()
{
	config --arg b "$1" --arg e "$2" --arg i "$3" --arg p "$4" --arg a "$5" '
		def l: if . == "" then [] else split(",") | map("CAP_" + .) end;
		.process.capabilities = {bounding: ($b|l), effective: ($e|l), inheritable: ($i|l), permitted: ($p|l), ambient: ($a|l)}'
}

@test "confine: capabilities: the five sets are exactly the configured ones" {
	caps CHOWN,KILL,SETUID,NET_RAW CHOWN,KILL "" CHOWN,KILL,SETUID ""
	config '.process.noNewPrivileges = true'
	process_status
	eq "$(status_of CapBnd)" "$(bits CHOWN KILL SETUID NET_RAW)" CapBnd
	eq "$(status_of CapInh)" "$(bits)" CapInh
	# execve gives root the bounding set, but with no_new_privs nothing that was not permitted
	eq "$(status_of CapPrm)" "$(bits CHOWN KILL SETUID)" CapPrm
	eq "$(status_of CapAmb)" "$(bits)" CapAmb
}

@test "confine: capabilities: all sets the same" {
	caps CHOWN,KILL CHOWN,KILL CHOWN,KILL CHOWN,KILL CHOWN,KILL
	process_status
	for set in CapBnd CapEff CapInh CapPrm CapAmb; do
		eq "$(status_of $set)" "$(bits CHOWN KILL)" $set
	done
}

@test "confine: capabilities: inheritable is empty unless configured" {
	# CVE-2022-29162 and its relatives
	caps CHOWN,KILL CHOWN,KILL "" CHOWN,KILL ""
	process_status
	eq "$(status_of CapInh)" 0000000000000000
}

@test "confine: capabilities: none means none" {
	caps "" "" "" "" ""
	process_status
	for set in CapBnd CapEff CapInh CapPrm CapAmb; do
		eq "$(status_of $set)" 0000000000000000 $set
	done
}

@test "confine: capabilities: no object means none as well" {
	not_for runc "keeps its own"
	config 'del(.process.capabilities)'
	process_status
	eq "$(status_of CapEff)" 0000000000000000
	eq "$(status_of CapBnd)" 0000000000000000
}

@test "confine: capabilities: another user keeps what is ambient, and only that" {
	if [ "$(id -u)" != 0 ]; then
		not_for runc "1.1 wants root mapped"
		MAP_GIDS="[{\"containerID\": 9, \"hostID\": $(id -g), \"size\": 1}]" map_ids 9 "$(id -u)" 1
	fi
	config '.process.user = {uid: 9, gid: 9}'
	caps CHOWN,KILL,NET_RAW CHOWN,KILL KILL CHOWN,KILL KILL
	process_status
	eq "$(status_of CapAmb)" "$(bits KILL)"
	eq "$(status_of CapInh)" "$(bits KILL)"
	eq "$(status_of CapPrm)" "$(bits KILL)"
	eq "$(status_of CapEff)" "$(bits KILL)"
	eq "$(status_of CapBnd)" "$(bits CHOWN KILL NET_RAW)"
}

@test "confine: capabilities: an unknown name does not fail the container" {
	# config.md: what cannot be granted is no reason to fail
	not_for crun "1.8 refuses it"
	config '.process.capabilities.bounding += ["CAP_FLY"]'
	go run --bundle "$B" "$C"
	eq "$status" 0
}

@test "confine: no_new_privs is set, or not" {
	config '.process.noNewPrivileges = true'
	process_status
	eq "$(status_of NoNewPrivs)" 1
	config '.process.noNewPrivileges = false'
	process_status
	eq "$(status_of NoNewPrivs)" 0
}

@test "confine: uid and gid" {
	requires_root
	without_ns user
	config 'del(.linux.uidMappings, .linux.gidMappings) | .process.user = {uid: 1234, gid: 5678}'
	chmod 755 "$T" "$B"
	process_status
	eq "$(status_of Uid | tr '\t' ' ' | xargs)" "1234 1234 1234 1234"
	eq "$(status_of Gid | tr '\t' ' ' | xargs)" "5678 5678 5678 5678"
}

@test "confine: supplementary groups are exactly the configured ones" {
	# CVE-2022-2989 and its relatives: none of the caller's
	requires_root
	without_ns user
	config 'del(.linux.uidMappings, .linux.gidMappings) | .process.user = {uid: 0, gid: 0, additionalGids: [11, 4, 2000000000]}'
	process_status
	eq "$(status_of Groups | xargs)" "4 11 2000000000"
	config '.process.user = {uid: 0, gid: 0}'
	process_status
	eq "$(status_of Groups | xargs)" ""
}

@test "confine: a numeric user is never looked up by name" {
	# CVE-2016-3697
	requires_root
	without_ns user
	config 'del(.linux.uidMappings, .linux.gidMappings) | .process.user = {uid: 1000, gid: 1000}'
	echo '1000:x:0:0:evil:/:/bin/sh' >>"$B/rootfs/etc/passwd.new"
	mv "$B/rootfs/etc/passwd.new" "$B/rootfs/etc/passwd"
	inside 'id -u'
	eq "$out" 1000
}

@test "confine: umask" {
	config '.process.user.umask = 23'
	inside umask
	eq "$out" 0027
	config 'del(.process.user.umask)'
	inside umask
	matches "$out" '^0[0-7]{3}$'
}

@test "confine: rlimits" {
	config '.process.rlimits = [
		{type: "RLIMIT_NOFILE", soft: 100, hard: 200}, {type: "RLIMIT_CORE", soft: 0, hard: 0},
		{type: "RLIMIT_STACK", soft: 4194304, hard: 8388608}, {type: "RLIMIT_FSIZE", soft: 1000000, hard: 2000000}]'
	inside 'grep -e "open files" -e "core" -e "stack" -e "file size" /proc/self/limits | tr -s " "'
	has "$out" "Max open files 100 200"
	has "$out" "Max core file size 0 0"
	has "$out" "Max stack size 4194304 8388608"
	has "$out" "Max file size 1000000 2000000"
}

@test "confine: an unlimited rlimit" {
	[ "$(ulimit -H -f)" = unlimited ] || skip "the caller's own limit is lower"
	# jq computes in doubles, so the number goes past it
	script 'grep "Max file size" /proc/self/limits | tr -s " "'
	config '.process.rlimits = [{type: "RLIMIT_FSIZE", soft: 77777, hard: 77777}]'
	sed -i s/77777/18446744073709551615/g "$B/config.json"
	inside
	has "$out" "Max file size unlimited unlimited"
}

@test "confine: a rlimit above the hard limit is refused, with the limit in the message" {
	requires_user
	hard=$(ulimit -H -n)
	[ "$hard" != unlimited ] || skip "no hard limit on open files"
	config --argjson n $((hard + 1)) '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: $n, hard: $n}]'
	fails run --bundle "$B" "$C"
	says_rundlet RLIMIT_NOFILE
	says_rundlet "$hard"
	nothing_left
}

@test "confine: duplicate and unknown rlimits are refused" {
	requires_rundlet
	config '.process.rlimits = [{type: "RLIMIT_CORE", soft: 0, hard: 0}, {type: "RLIMIT_CORE", soft: 0, hard: 0}]'
	fails run --bundle "$B" "$C"
	says /process/rlimits/1
	config '.process.rlimits = [{type: "RLIMIT_BEER", soft: 0, hard: 0}]'
	fails run --bundle "$B" "$C"
	says RLIMIT_BEER
	config '.process.rlimits = [{type: "RLIMIT_CORE", soft: 5, hard: 1}]'
	fails run --bundle "$B" "$C"
	nothing_left
}

@test "confine: oomScoreAdj is raised" {
	config '.process.oomScoreAdj = 321'
	inside 'cat /proc/self/oom_score_adj'
	eq "$out" 321
}

@test "confine: oomScoreAdj is left alone when it is not set" {
	config 'del(.process.oomScoreAdj)'
	inside 'cat /proc/self/oom_score_adj'
	eq "$out" "$(cat /proc/self/oom_score_adj)"
}

@test "confine: an oomScoreAdj that is not allowed is refused" {
	requires_user
	config '.process.oomScoreAdj = -1000'
	fails run --bundle "$B" "$C"
	says_rundlet oom
	nothing_left
	requires_rundlet "names the lowest value"
	matches "$err" "config.json:[0-9]+: /process/oomScoreAdj"
	matches "$err" "(-?[0-9]+) is the lowest for the caller"
	floor=${BASH_REMATCH[1]}
	config ".process.oomScoreAdj = $floor"
	inside 'cat /proc/self/oom_score_adj'
	eq "$out" "$floor"
	config ".process.oomScoreAdj = $((floor - 1))"
	fails run --bundle "$B" "$C"
}

@test "confine: sysctl of a namespace that is ours" {
	with_ns network ipc
	config '.linux.sysctl = {"net.ipv4.ip_forward": "1", "kernel.msgmax": "4096"}'
	inside 'cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax'
	eq "$out" $'1\n4096'
}

@test "confine: sysctl of a namespace that is the host's is refused" {
	without_ns network ipc
	config '.mounts |= map(select(.type != "mqueue" and .type != "sysfs" and .destination != "/sys/fs/cgroup"))'
	for key in net.ipv4.ip_forward kernel.msgmax kernel.panic vm.swappiness; do
		config --arg k $key '.linux.sysctl = {($k): "1"}'
		fails run --bundle "$B" "$C"
		says_rundlet "${key##*.}"
	done
	nothing_left
}

@test "confine: sysctl of what a property of config.json sets is refused" {
	[ "$KIND" != crun ] || skip "1.8 takes them"
	config '.linux.sysctl = {"kernel.hostname": "x"}'
	fails run --bundle "$B" "$C"
	says_rundlet '/linux/sysctl/kernel.hostname: sysctl "kernel.hostname" is what /hostname sets'
	[ "$KIND" != runc ] || skip "1.1 takes the other"
	config '.domainname = "here" | .linux.sysctl = {"kernel/domainname": "x"}'
	fails run --bundle "$B" "$C"
	says /linux/sysctl/kernel~1domainname
	[ "$uid" = 0 ] || return 0 # the file is for the host's root
	config '.domainname = "x"' # the same twice is no conflict
	inside 'cat /proc/sys/kernel/domainname'
	eq "$out" x
	config 'del(.domainname)'
	inside 'cat /proc/sys/kernel/domainname'
	eq "$out" x
}

@test "confine: sysctl keys that climb are refused" {
	requires_rundlet
	for key in "../etc/passwd" "net/../../etc/passwd" "net.ipv4...x" "/etc/passwd" ""; do
		config --arg k "$key" '.linux.sysctl = {($k): "1"}'
		fails run --bundle "$B" "$C"
	done
	nothing_left
}

@test "confine: masked files are empty, masked directories too" {
	config '.linux.maskedPaths = ["/proc/version", "/proc/cpuinfo", "/etc", "/no/such/path"]'
	inside 'wc -c </proc/version; wc -c </proc/cpuinfo; ls -A /etc | wc -l; touch /etc/x 2>&1 || true; stat -c %t:%T /proc/version'
	eq "$(sed -n 1,3p <<<"$out")" $'0\n0\n0'
	has "$out" "Read-only file system"
	has "$out" 1:3
}

@test "confine: what is masked is covered with the host's null device, whatever /dev/null is inside" {
	# CVE-2025-31133; caught: a build that takes /dev/null after the pivot, or without a look at it
	echo secret >"$B/rootfs/etc/secret"
	echo fake >"$T/fake"
	add_mount /dev/null bind "$T/fake" bind
	config '.linux.maskedPaths += ["/etc/secret"]'
	script 'cat /dev/null; stat -c "%F %t:%T" /etc/secret; cat /etc/secret'
	ok run --bundle "$B" "$C"
	eq "$out" $'fake\ncharacter special file 1:3'
	rm "$B/rootfs/etc/secret"
}

@test "confine: a path that is named twice is masked once" {
	requires_rundlet "runc 1.1 and crun 1.8 mask it twice"
	config '.linux.maskedPaths = ["/home", "/home/", "//home"]'
	inside 'grep -c " /home " /proc/self/mountinfo'
	eq "$out" 1
}

@test "confine: masks cannot be taken off" {
	config '.linux.maskedPaths = ["/etc"] |
		.process.capabilities = (["CAP_SYS_ADMIN", "CAP_DAC_OVERRIDE"] as $c | {bounding: $c, effective: $c, permitted: $c, inheritable: [], ambient: []})'
	[ "$(id -u)" != 0 ] || skip "with CAP_SYS_ADMIN of the host they can"
	# the mount namespace belongs to the container's user namespace, so this is root's good right there;
	# what counts is that without the capability it fails
	config '.process.capabilities = {bounding: [], effective: [], permitted: [], inheritable: [], ambient: []}'
	inside 'umount /etc 2>&1 || true; ls -A /etc | wc -l'
	eq "$(tail -n 1 <<<"$out")" 0
}

@test "confine: readonly paths are readable, not writable, with what is mounted below" {
	config '.linux.readonlyPaths = ["/proc/sys", "/mnt", "/no/such/path"]'
	add_mount /mnt tmpfs tmpfs
	inside 'cat /proc/sys/kernel/ostype; echo x 2>/dev/null >/proc/sys/kernel/domainname || echo refused; touch /mnt/x 2>/dev/null || echo refused'
	eq "$out" $'Linux\nrefused\nrefused'
}

@test "confine: readonly paths keep nosuid, nodev and noexec" {
	not_for crun "1.8 loses them"
	config '.linux.readonlyPaths = ["/mnt"]'
	add_mount /mnt tmpfs tmpfs nosuid,nodev,noexec
	inside 'grep " /mnt " /proc/self/mountinfo | tail -n 1'
	has "$out" "ro,nosuid,nodev,noexec"
}

@test "confine: a relative masked or readonly path is refused" {
	requires_rundlet "absolute, says the specification"
	config '.linux.maskedPaths = ["proc/kcore"]'
	fails run --bundle "$B" "$C"
	says /linux/maskedPaths/0
	config '.linux.maskedPaths = [] | .linux.readonlyPaths = ["etc"]'
	fails run --bundle "$B" "$C"
	says /linux/readonlyPaths/0
	nothing_left
}

@test "confine: a masked path that is a link masks its target inside" {
	ln -s /etc/passwd "$B/rootfs/secret"
	config '.linux.maskedPaths = ["/secret"]'
	go run --bundle "$B" "$C"
	if [ "$status" = 0 ]; then
		script 'cat /secret'
		go run --bundle "$B" "$C"
		eq "$out" ""
	fi
	has "$(cat /etc/passwd)" root "the host's file"
}

@test "confine: a read-only root is read-only, its mounts are not" {
	config '.root.readonly = true'
	inside 'touch /x 2>&1 || true; touch /dev/shm/x && echo shm-writable'
	has "$out" "Read-only file system"
	has "$out" shm-writable
	missing "$B/rootfs/x"
}

@test "confine: a writable root is writable, and it is the bundle's" {
	config '.root.readonly = false'
	may_create rootfs/x
	inside 'echo data >/x'
	eq "$(cat "$B/rootfs/x")" data
}

@test "confine: the program cannot leave its root" {
	inside 'cd /; cd ..; cd ../../..; pwd; ls -d bin'
	eq "$out" $'/\nbin'
}

@test "confine: the program leads its own session" {
	inside 'cut -d" " -f5,6 /proc/self/stat; echo $$'
	not_for runc "no session without terminal"
	has "$out" "1 1"
}

@test "confine: what waits in a container is closed to the container's own processes" {
	# CVE-2016-9962: a process that sees init in its pid namespace must not get at its descriptors
	requires_rundlet "runc 1.1 and crun 1.8 are not tried"
	# caught: a build that stays dumpable
	as_host_root
	script 'while [ ! -d /proc/"$(cat /mnt/pid 2>/dev/null || echo none)" ]; do sleep 0.02; done
		for f in exe cwd root fd/0 fd/1 fd/2 fd/3 fd/4 fd/5 fd/6 fd/7 fd/8 fd/9; do
			readlink /proc/"$(cat /mnt/pid)"/$f && echo "reached $f"
		done
		cat /proc/"$(cat /mnt/pid)"/maps | grep reached; cat /proc/"$(cat /mnt/pid)"/comm; echo end'
	mkdir "$T/dir"
	add_mount /mnt bind "$T/dir" bind,ro
	rt create --bundle "$B" "$C" </dev/null >"$T/log" 2>&1
	ok start "$C"
	pid=$(init_pid)
	first=$B
	make_bundle "$T/second"
	B=$T/second
	for type in user:user pid:pid; do
		[ "$type" != user:user ] || [ "$(id -u)" != 0 ] || continue
		config --arg t "${type%:*}" --arg p "/proc/$pid/ns/${type#*:}" \
			'.linux.namespaces |= (map(select(.type != $t)) + [{type: $t, path: $p}])'
	done
	[ "$(id -u)" = 0 ] || config 'del(.linux.uidMappings, .linux.gidMappings)'
	config '.process.args = ["/bin/sleep", "60"]'
	ok create --bundle "$B" --pid-file "$T/pid" "$C-2"
	# its pid in the namespace of the first one
	awk '$1 == "NSpid:" { print $NF }' "/proc/$(cat "$T/pid")/status" >"$T/dir/pid.new"
	mv "$T/dir/pid.new" "$T/dir/pid"
	eventually grep -qx end "$T/log"
	B=$first
	has "$(cat "$T/log")" $'init\nend'
	hasnt "$(cat "$T/log")" reached
}

# No device of this name: as root in the network namespace of the host, one that exists would be moved.
@test "confine: properties that are valid but not built are refused by name, never ignored" {
	requires_rundlet
	for edit in \
		'.linux.intelRdt = {closID: "x"}' \
		'.process.scheduler = {policy: "SCHED_FIFO", priority: 10}' \
		'.process.selinuxLabel = "system_u:system_r:x_t:s0"' \
		'.linux.netDevices = {"nosuchdevice0": {}}' \
		'.linux.personality = {domain: "LINUX32"}' \
		'.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0"}' \
		'.process.ioPriority = {class: "IOPRIO_CLASS_RT", priority: 1}'; do
		cp "$B/config.json" "$T/saved"
		config "$edit"
		go run --bundle "$B" "$C"
		cp "$T/saved" "$B/config.json"
		[ "$status" = 0 ] && continue # built by now: its own suite says how well
		name=$(sed -E 's/^\.(linux|process)\.([A-Za-z]+) .*/\2/' <<<"$edit")
		says "$name"
	done
	nothing_left
}
