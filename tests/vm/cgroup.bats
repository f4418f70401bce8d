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

@test "run and exec: born in the cgroup, without cgroup.procs" {
	requires_rundlet
	local verb strace="strace -f -qq -e trace=clone3,open,openat,openat2,creat -o"
	up
	WRAP="$strace $T/exec" ok exec "$C" true
	ok delete --force "$C"
	script true
	WRAP="$strace $T/run" ok run --bundle "$B" "$C"
	for verb in run exec; do
		grep -q 'clone3(.*CLONE_INTO_CGROUP' "$T/$verb" || fail "$verb: $(grep clone "$T/$verb")"
		! grep -E 'cgroup\.(procs|threads)".*O_(WRONLY|RDWR)' "$T/$verb" || fail "$verb wrote it"
	done
}

@test "kill --all: all that is in the cgroup, also without a pid namespace, and delete after that" {
	without_pid_namespace
	script 'sleep 1000 & sleep 1000 & exec sleep 1000'
	up
	eventually processes_are 3
	[ "$KIND" != rundlet ] || local WRAP="strace -f -qq -e trace=openat,openat2,kill,pidfd_send_signal -o $T/trace"
	ok kill --all "$C" KILL
	WRAP=''
	if [ "$KIND" = rundlet ]; then
		[ -z "$(cat "$DIR/cgroup.procs" 2> /dev/null)" ] || fail "kill was back before the end"
		grep -q '"cgroup.kill"' "$T/trace" || fail "$(cat "$T/trace")"
		! grep -q 'SIGKILL' "$T/trace" || fail "one by one"
	fi
	eventually state_is stopped
	ok delete "$C"
	gone "$DIR"
	unit_gone
}

@test "kill --all: another signal reaches each process" {
	without_pid_namespace
	config '.mounts += [{destination: "/tmp", type: "tmpfs", source: "tmpfs"}]'
	script 'for i in 1 2 3; do (trap "echo > /tmp/got$i; exit" USR1; echo > /tmp/up$i; while :; do sleep 0.2; done) & done
		trap "" USR1; wait; exec sleep 1000'
	up
	for i in 1 2 3; do eventually test -e "/proc/$PID/root/tmp/up$i"; done
	# the sleeps are in there, too, and end of it
	ok kill --all "$C" USR1
	for i in 1 2 3; do eventually test -e "/proc/$PID/root/tmp/got$i"; done
	state_is running
}

@test "many: 100 at a time come and go, and nothing is left" {
	local i n=${MANY:-100} pids=() # the time limit of the test is a child as well, not to be waited for
	script 'true'
	one() {
		sed "s|$C|$C-$1|" "$B/config.json" > "$T/b$1/config.json"
		rt create --bundle "$T/b$1" "$C-$1" < /dev/null > "$T/log$1" 2>&1 &&
			rt delete --force "$C-$1" >> "$T/log$1" 2>&1 || echo "$1" >> "$T/failed"
	}
	for i in $(seq "$n"); do
		mkdir "$T/b$i"
		one "$i" &
		pids+=($!)
		[ $((i % 8)) != 0 ] || wait "${pids[@]}"
	done
	wait "${pids[@]}"
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

@test "devices: update puts another filter in the place of its own, and leaves systemd's" {
	requires_root
	local d allow deny
	d=$(disk)
	allow='[{"allow": false, "access": "rwm"},
		{"allow": true, "type": "b", "major": '"${d%:*}"', "minor": '"${d#*:}"', "access": "r"}]'
	deny='[{"allow": false, "access": "rwm"}]'
	read_disk() { rt exec "$C" head -c 1 /dev/disk > /dev/null 2>&1 < /dev/null; }
	resources "{\"devices\": $allow}"
	script "mknod /dev/disk b ${d%:*} ${d#*:}; sleep 1000"
	up
	eventually test -b "/proc/$PID/root/dev/disk"
	read_disk
	echo "{\"devices\": $deny}" > "$T/resources"
	ok update --resources "$T/resources" "$C"
	! read_disk || fail "the update denies nothing"
	echo "{\"devices\": $allow}" > "$T/resources"
	ok update --resources "$T/resources" "$C"
	read_disk || fail "the filters pile up"
	[ "$MANAGER" = systemd ] || return 0
	# the scope has one of systemd's, which says no as well
	ok delete --force "$C"
	config '.annotations = {"org.systemd.property.DevicePolicy": "'"'strict'"'"}'
	script "mknod /dev/disk b ${d%:*} ${d#*:}; head -c 1 /dev/disk > /dev/null; echo read-\$?"
	go run --bundle "$B" "$C"
	has "$out" "read-1"
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
	eventually processes_are 2
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

@test "events: statistics at the interval that is asked for, with pressure, until the end" {
	not_for crun "it has no events"
	local pid
	three_stats() { [ "$(grep -c '"stats"' "$T/events")" -ge 3 ]; }
	up
	rt events --interval 200ms "$C" > "$T/events" 2> "$T/err" &
	pid=$!
	eventually three_stats
	ok delete --force "$C"
	wait $pid || fail "$(cat "$T/err")"
	[ -z "$(jq -r .type "$T/events" | grep -vx stats)" ] || fail "$(cat "$T/events")"
	not_for runc "version 1.1 knows nothing of pressure"
	[ -e "$CG/init.scope/cpu.pressure" ] || skip "this kernel does not measure pressure"
	for i in cpu memory blkio; do
		jq -se --arg i $i 'all(.data[$i].psi | .some, .full | has("avg10") and has("avg300") and has("total"))' \
			"$T/events" > /dev/null || fail "$i: $(tail -n 1 "$T/events")"
	done
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
