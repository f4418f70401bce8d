#!/usr/bin/env bats
# Proves: on cgroup v2, every resource of config.json holds (read back from the kernel and felt by the
# container), through systemd and through cgroupfs, as root and as a user to whom systemd delegates;
# pause, resume, update and kill act on the whole container; delete leaves nothing.

load helpers

# The disk, as MAJOR:MINOR.
disk()
{
	cat /sys/block/vda/dev
}

@test "limits: memory, pids and cpu are in their files" {
	resources '{"memory": {"limit": 67108864, "reservation": 33554432, "swap": 100663296},
		"pids": {"limit": 30}, "cpu": {"quota": 50000, "period": 100000, "shares": 1024}}'
	up
	limit_is memory.max 67108864
	limit_is memory.low 33554432
	limit_is memory.swap.max 33554432
	limit_is pids.max 30
	limit_is cpu.max "50000 100000"
	# peers of 2023 have the older formula
	[ "$KIND" = rundlet ] && limit_is cpu.weight 100 || limit_is cpu.weight 39
}

@test "limits: no limit is max" {
	resources '{"memory": {"limit": -1}, "pids": {"limit": -1}, "cpu": {"quota": -1, "period": 100000}}'
	up
	limit_is memory.max max
	# crun 1.8 leaves the scope at the default of systemd
	[ "$KIND-$MANAGER" = crun-systemd ] || limit_is pids.max max
	limit_is cpu.max "max 100000"
}

@test "limits: cpuset" {
	resources '{"cpu": {"cpus": "1", "mems": "0"}}'
	up
	limit_is cpuset.cpus 1
	limit_is cpuset.mems 0
	has "$(grep Cpus_allowed_list "/proc/$PID/status")" "	1"
}

@test "limits: block devices" {
	local d
	d=$(disk)
	resources '{"blockIO": {"weight": 500,
		"throttleReadBpsDevice": [{"major": '"${d%:*}"', "minor": '"${d#*:}"', "rate": 1048576}],
		"throttleWriteIOPSDevice": [{"major": '"${d%:*}"', "minor": '"${d#*:}"', "rate": 100}]}}'
	up
	has "$(limit io.max)" "$d rbps=1048576"
	has "$(limit io.max)" "wiops=100"
	has "$(cat "$DIR/io.weight" "${DIR%/*}/io.weight" 2> /dev/null)" "default 4950"
}

@test "limits: huge pages" {
	requires_root
	not_for crun "systemd does not hand hugetlb down and crun 1.8 does not either"
	[ -e "$CG/system.slice/hugetlb.2MB.max" ] || grep -q hugetlb "$CG/cgroup.controllers" || skip "no hugetlb"
	resources '{"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}]}'
	[ "$MANAGER" = cgroupfs ] || [ "$KIND" = rundlet ] || skip "runc 1.1 does not enable it below systemd"
	up
	limit_is hugetlb.2MB.max 4194304
	[ "$KIND" != rundlet ] || limit_is hugetlb.2MB.rsvd.max 4194304
}

@test "limits: unified is written as it is" {
	resources '{"unified": {"memory.high": "50331648", "pids.max": "17", "memory.oom.group": "1"}}'
	up
	limit_is memory.high 50331648
	limit_is pids.max 17
	[ "$KIND" != rundlet ] || limit_is memory.oom.group 1
}

@test "limits: what only v1 has is refused by name" {
	requires_rundlet
	local property
	for property in '"memory": {"swappiness": 10}' '"cpu": {"realtimeRuntime": 1000}' \
		'"network": {"classID": 1}' '"memory": {"disableOOMKiller": true}'; do
		resources "{$property}"
		fails create --bundle "$B" "$C"
		has "$out" "/linux/resources/"
		gone "$ROOT/$C"
	done
}

@test "memory: what exceeds the limit is killed, and counted" {
	resources '{"memory": {"limit": 16777216, "swap": 16777216}}'
	script '(x=$(head -c 40000000 /dev/zero | tr "\\000" a); echo "${#x}"); sleep 1000'
	up
	eventually grep -q '^oom_kill [1-9]' "$DIR/memory.events"
}

@test "memory: a limit too low to start says so" {
	requires_rundlet
	resources '{"memory": {"limit": 8192}}'
	fails create --bundle "$B" "$C"
	has "$out" "/linux/resources/memory/limit"
	has "$out" "8192"
	gone "$ROOT/$C"
	unit_gone
}

@test "pids: a fork bomb is held" {
	resources '{"pids": {"limit": 10}}'
	script '(for i in $(seq 30); do sleep 1000 & done) & exec sleep 1000'
	up
	eventually grep -q '^max [1-9]' "$DIR/pids.events" "${DIR%/*}/pids.events"
	[ "$(cat "$DIR/pids.current")" -le 10 ]
}

@test "cpu: a quota throttles" {
	resources '{"cpu": {"quota": 10000, "period": 100000}}'
	script 'while :; do :; done'
	up
	eventually grep -qh '^nr_throttled [1-9]' "$DIR/cpu.stat" "${DIR%/*}/cpu.stat"
}

@test "pause and resume: the whole container stops, and goes on" {
	script 'i=0; while :; do i=$((i + 1)); echo $i > /tmp/count; sleep 0.1; done & while :; do sleep 1; done'
	config '.mounts += [{destination: "/tmp", type: "tmpfs", source: "tmpfs"}]'
	up
	eventually test -s "/proc/$PID/root/tmp/count"
	ok pause "$C"
	state_is paused
	grep -q '^frozen 1' "$DIR/cgroup.events" || grep -q '^frozen 1' "${DIR%/*}/cgroup.events"
	local was
	was=$(cat "/proc/$PID/root/tmp/count")
	sleep 1
	[ "$(cat "/proc/$PID/root/tmp/count")" = "$was" ] || fail "it went on while paused"
	ok resume "$C"
	state_is running
	sleep 1
	[ "$(cat "/proc/$PID/root/tmp/count")" != "$was" ] || fail "it did not go on"
}

@test "kill and delete work on a paused container" {
	up
	ok pause "$C"
	ok delete --force "$C"
	gone "$DIR"
	gone "/proc/$PID"
	unit_gone
}

@test "update: by options and by a file" {
	resources '{"memory": {"limit": 67108864}, "pids": {"limit": 30}}'
	up
	ok update --memory 134217728 --pids-limit 40 "$C"
	limit_is memory.max 134217728
	limit_is pids.max 40
	echo '{"memory": {"limit": 50331648}, "cpu": {"quota": 20000, "period": 100000}}' > "$T/resources"
	STDIN=$T/resources ok update --resources - "$C"
	limit_is memory.max 50331648
	limit_is cpu.max "20000 100000"
	limit_is pids.max 40
}

@test "update: each option" {
	up
	ok update --cpu-share 512 --cpuset-cpus 0 --cpuset-mems 0 --blkio-weight 100 \
		--memory 67108864 --memory-swap 134217728 --memory-reservation 1048576 "$C"
	ok update --cpu-period 50000 --cpu-quota 25000 "$C"
	limit_is cpuset.cpus 0
	limit_is memory.swap.max 67108864
	limit_is memory.low 1048576
	limit_is cpu.max "25000 50000"
	[ "$KIND" != rundlet ] || limit_is cpu.weight 59
}

@test "update: checkBeforeUpdate refuses what would kill" {
	not_for runc "version 1.1 does not have it"
	not_for crun "version 1.8 asks for swap, which this kernel does not account"
	up
	echo '{"memory": {"limit": 4096, "checkBeforeUpdate": true}}' > "$T/resources"
	STDIN=$T/resources fails update --resources - "$C"
	has "$out" "4096"
	state_is running
}

@test "delete: the cgroup and its unit are gone, with what the container made in it" {
	script 'mkdir -p /sys/fs/cgroup/a/b/c; echo made; sleep 1000'
	up
	eventually test -d "$DIR/a/b/c"
	ok delete --force "$C"
	gone "$DIR"
	gone "${DIR%/*}/vm-$C.scope"
	unit_gone
	[ -z "$(find "$CG" -name "*$C*")" ]
}

@test "delete: a cgroup that was there before stays" {
	requires_manager cgroupfs
	not_for crun "it removes what it is given"
	not_for runc "it removes what it is given"
	local dir
	dir=$CG$(jq -r .linux.cgroupsPath "$B/config.json")
	mkdir "$dir"
	up
	ok delete --force "$C"
	[ -d "$dir" ] || fail "it is gone"
	rmdir "$dir"
}

@test "create: a cgroup with processes, or a frozen one, is refused" {
	requires_manager cgroupfs
	requires_rundlet
	local dir pid
	dir=$CG$(jq -r .linux.cgroupsPath "$B/config.json")
	mkdir "$dir"
	sleep 1000 &
	pid=$!
	echo $pid > "$dir/cgroup.procs"
	fails create --bundle "$B" "$C"
	has "$out" "has processes in it"
	kill -9 $pid
	wait $pid || true
	echo 1 > "$dir/cgroup.freeze"
	fails create --bundle "$B" "$C"
	has "$out" "is frozen"
	rmdir "$dir"
}

@test "create: a path with .. is refused" {
	requires_rundlet
	config '.linux.cgroupsPath = "/a/../b"'
	fails create --bundle "$B" "$C"
	has "$out" "/linux/cgroupsPath"
}

@test "namespace: the container's cgroup is its root, and its own to manage" {
	script 'cat /proc/self/cgroup; mkdir /sys/fs/cgroup/sub && echo made'
	go run --bundle "$B" "$C"
	[ "$status" = 0 ] || fail "$out"
	has "$out" "0::/"
	has "$out" made
	gone "$CG/$C"
}

@test "many: 100 at a time come and go, and nothing is left" {
	local i n=${MANY:-100}
	script 'true'
	one() {
		sed "s|$C|$C-$1|" "$B/config.json" > "$T/b$1/config.json"
		rt create --bundle "$T/b$1" "$C-$1" < /dev/null > "$T/log$1" 2>&1 &&
			rt delete --force "$C-$1" >> "$T/log$1" 2>&1 || echo "$1" >> "$T/failed"
	}
	for i in $(seq "$n"); do
		mkdir "$T/b$i"
		one "$i" &
		[ $((i % 8)) != 0 ] || wait
	done
	wait
	[ ! -e "$T/failed" ] || fail "$(head -n 3 "$T/failed"; cat "$T/log$(head -n 1 "$T/failed")")"
	[ -z "$(find "$CG" -name "*$C*")" ] || fail "cgroups are left"
	[ -z "$(ls "$ROOT" 2> /dev/null)" ] || fail "states are left"
}

@test "devices: a filter denies what no rule allows" {
	requires_root
	resources '{"devices": [{"allow": false, "access": "rwm"}]}'
	local d
	d=$(disk)
	script "mknod /dev/disk b ${d%:*} ${d#*:} && head -c 1 /dev/disk; echo read-\$?; head -c 1 /dev/zero > /dev/null && echo zero"
	config '.process.capabilities |= map_values(. + ["CAP_MKNOD"]) | .linux.devices = []'
	go run --bundle "$B" "$C"
	has "$out" "read-1"
	has "$out" zero
}

@test "devices: a rule allows" {
	requires_root
	local d
	d=$(disk)
	resources '{"devices": [{"allow": false, "access": "rwm"},
		{"allow": true, "type": "b", "major": '"${d%:*}"', "minor": '"${d#*:}"', "access": "r"}]}'
	script "mknod /dev/disk b ${d%:*} ${d#*:} && head -c 1 /dev/disk > /dev/null; echo read-\$?; echo x > /dev/disk; echo write-\$?"
	go run --bundle "$B" "$C"
	has "$out" "read-0"
	has "$out" "write-1"
}

@test "devices: an ordinary user's rules are recorded, not enforced" {
	requires_user
	resources '{"devices": [{"allow": false, "access": "rwm"}]}'
	script 'head -c 1 /dev/zero > /dev/null && echo zero'
	go run --bundle "$B" "$C"
	has "$out" zero
	requires_rundlet
	has "$(rt plan --bundle "$B" 2>&1)" "/linux/resources/devices"
}

@test "controllers: one that is not delegated is named, with what delegates it" {
	requires_user
	requires_rundlet
	resources '{"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}]}'
	fails create --bundle "$B" "$C"
	has "$out" "hugetlb"
	has "$out" "Delegate="
	gone "$ROOT/$C"
	unit_gone
	[ -z "$(find "$CG" -name "*$C*")" ]
}

@test "ps lists what is inside, state and events speak of it" {
	script 'sleep 1000 & sleep 1000'
	up
	eventually test "$(wc -l < "$DIR/cgroup.procs")" = 2
	[ "$(rt ps --format json "$C" | jq length)" = 2 ]
	[ "$KIND" = crun ] || has "$(rt ps "$C")" "sleep"
	not_for crun "it has no events"
	ok events --stats "$C"
	[ "$(jq -r .type <<< "$out")" = stats ]
	[ "$(jq .data.pids.current <<< "$out")" = 2 ]
	[ "$(jq '.data.memory.usage.usage > 0' <<< "$out")" = true ]
	[ "$(jq '.data.cpu.usage.total > 0' <<< "$out")" = true ]
}

@test "exec: the new process is in the container's cgroup" {
	script 'sleep 1000 & sleep 1000'
	up
	go exec "$C" cat /proc/self/cgroup
	[ "$status" = 0 ] || fail "$out"
	[ "${out##*:}" = / ] || [ "$KIND" = crun ] || fail "$out"
	rt exec --detach --pid-file "$T/exec.pid" "$C" sleep 1001 < /dev/null > /dev/null 2>&1
	[ "$(sed -n 's/^0:://p' "/proc/$(cat "$T/exec.pid")/cgroup")" = "${DIR#"$CG"}" ]
	ok delete --force "$C"
	gone "/proc/$(cat "$T/exec.pid")"
	gone "$DIR"
}

@test "events: an OOM kill is told" {
	not_for crun "it has no events"
	resources '{"memory": {"limit": 16777216, "swap": 16777216}}'
	config '.mounts += [{destination: "/tmp", type: "tmpfs", source: "tmpfs"}]'
	script 'while [ ! -e /tmp/go ]; do sleep 0.2; done; (x=$(head -c 40000000 /dev/zero | tr "\\000" a); echo "${#x}"); sleep 1000'
	up
	rt events --interval 60s "$C" > "$T/events" 2>&1 &
	local pid=$!
	# runc speaks after the first interval only
	[ "$KIND" = runc ] || eventually grep -q '"stats"' "$T/events"
	touch "/proc/$PID/root/tmp/go"
	eventually grep -q '"oom"' "$T/events"
	kill $pid
}

@test "systemd: annotations are properties of the unit" {
	requires_manager systemd
	config '.annotations = {"org.systemd.property.TimeoutStopUSec": "uint64 123000000"}'
	up
	local user=()
	[ "$ME" = 0 ] || user=(--user)
	[ "$(systemctl "${user[@]}" show -P TimeoutStopUSec "vm-$C.scope")" = "2min 3s" ]
	[ "$(systemctl "${user[@]}" show -P Delegate "vm-$C.scope")" = yes ]
}

@test "systemd: run.oci.systemd.subgroup names the cgroup inside the scope" {
	requires_manager systemd
	not_for runc "the annotation is crun's"
	config '.annotations = {"run.oci.systemd.subgroup": "payload"}'
	up
	[ "${DIR##*/}" = payload ]
	[[ $DIR == */vm-$C.scope/payload ]]
}

@test "systemd: without DBUS_SESSION_BUS_ADDRESS XDG_RUNTIME_DIR is enough" {
	requires_manager systemd
	requires_user
	not_for crun "its sd-bus of this version needs the address"
	unset DBUS_SESSION_BUS_ADDRESS
	up
	ok delete --force "$C"
	gone "$DIR"
}

@test "systemd: a scope of that name is somebody else's, and stays" {
	requires_manager systemd
	up
	fails --root "$T/other" create --bundle "$B" "$C"
	has "$out" "already"
	state_is running
	[ -e "/proc/$PID" ]
}

# The guest's own systemd, on its own /usr, in a tree that is the container's.
systemd_rootfs()
{
	local d
	mkdir -p "$T/rootfs"/{usr,etc,proc,sys,dev,run,tmp,var/log/journal}
	for d in bin sbin lib lib64; do ln -s "usr/$d" "$T/rootfs/$d"; done
	echo 0123456789abcdef0123456789abcdef > "$T/rootfs/etc/machine-id"
	config --arg root "$T/rootfs" '.root.path = $root
		| .process.args = ["/lib/systemd/systemd", "--unit=basic.target",
			"--log-target=console", "--show-status=0"]
		| .process.env += ["container=oci"]
		| .process.noNewPrivileges = false
		| .process.capabilities |= map_values(["CAP_SYS_ADMIN", "CAP_DAC_OVERRIDE", "CAP_SETUID",
			"CAP_SETGID", "CAP_CHOWN", "CAP_FOWNER", "CAP_KILL", "CAP_SYS_CHROOT", "CAP_SETPCAP"])
		| .mounts += [
			{destination: "/usr", type: "bind", source: "/usr", options: ["rbind", "ro"]},
			{destination: "/dev/shm", type: "tmpfs", source: "tmpfs"},
			{destination: "/run", type: "tmpfs", source: "tmpfs"},
			{destination: "/tmp", type: "tmpfs", source: "tmpfs"}]
		| .mounts |= [.[0], .[1], {destination: "/sys", type: "sysfs", source: "sysfs",
			options: ["nosuid", "noexec", "nodev", "ro"]}] + .[2:]
		| .linux.namespaces += [{type: "network"}]'
}

@test "systemd as pid 1 of a container takes over its cgroup" {
	systemd_rootfs
	up
	# systemd moves itself away first: what is in init.scope then is pid 1
	local top=$DIR
	eventually grep -qsx "$PID" "$top/init.scope/cgroup.procs" "${top%/init.scope}/init.scope/cgroup.procs" ||
		fail "$(cat "$T/log")"
	[[ $top != */init.scope ]] || top=${top%/init.scope}
	# exec goes where it can: the container's own cgroup holds no process once it hands controllers down
	go exec "$C" /bin/cat /proc/self/cgroup
	[ "$status" = 0 ] || fail "$out"
	has "$out" "0::/"
	ok delete --force "$C"
	gone "$top"
	unit_gone
}

@test "a damaged environment is an error, not a hang" {
	requires_manager systemd
	requires_user
	requires_rundlet
	DBUS_SESSION_BUS_ADDRESS='' XDG_RUNTIME_DIR=/nonexistent fails create --bundle "$B" "$C"
	has "$out" "systemd"
	has "$out" "enable-linger"
}
