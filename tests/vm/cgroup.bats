#!/usr/bin/env bats
# Proves: on cgroup v2, limits are felt by the container, through systemd and through cgroupfs, as root
# and as a user to whom systemd delegates; pause, resume and kill act on the whole container; delete
# leaves nothing. (resources.bats: each limit is in its file; managers.bats: how managers are found)

load helpers

# The disk, as MAJOR:MINOR.
disk()
{
	cat /sys/block/vda/dev
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
	has "$out" "container's cgroup is not empty"
	kill -9 $pid
	wait $pid || true
	echo 1 > "$dir/cgroup.freeze"
	fails create --bundle "$B" "$C"
	has "$out" "container's cgroup unexpectedly frozen"
	rmdir "$dir"
}

@test "create: a path with .. is refused" {
	requires_rundlet
	config '.linux.cgroupsPath = "/a/../b"'
	fails create --bundle "$B" "$C"
	has "$out" "/linux/cgroupsPath"
}

@test "controllers: the container's cgroup has all that can be handed down" {
	not_for runc "below systemd 1.1 has those of systemd alone"
	not_for crun "1.8 leaves rdma and misc out"
	local top=$CG
	[ "$ME" = 0 ] || top=$CG/user.slice/user-$ME.slice/user@$ME.service
	up
	[ "$(cat "$DIR/cgroup.controllers")" = "$(cat "$top/cgroup.controllers")" ] ||
		fail "'$(cat "$DIR/cgroup.controllers")', not '$(cat "$top/cgroup.controllers")'"
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

@test "events: an OOM kill that ends the container is told" {
	requires_rundlet
	resources '{"memory": {"limit": 16777216, "swap": 16777216}}'
	config '.mounts += [{destination: "/tmp", type: "tmpfs", source: "tmpfs"}]'
	script 'while [ ! -e /tmp/go ]; do sleep 0.2; done; exec tail -c 40000000 /dev/zero'
	up
	rt events --interval 60s "$C" > "$T/events" 2>&1 &
	local pid=$!
	eventually grep -q '"stats"' "$T/events"
	touch "/proc/$PID/root/tmp/go"
	wait $pid || fail "events: $(cat "$T/events")"
	state_is stopped
	# systemd removes a cgroup once it is empty, which may be before anybody has looked
	[ "$MANAGER" = systemd ] || grep -q '"oom"' "$T/events" || fail "$(cat "$T/events")"
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
