#!/usr/bin/env bats
# Proves, on hosts whose controllers are cgroup v1's: limits that root asks for hold and are changed,
# the container is paused, listed and counted as a whole, and nothing is left; an ordinary user's
# container runs without a cgroup when it asks for no limit, and is refused by name when it does.
# (cgroup v2 and systemd: tests/vm)

load helpers

requires_v1()
{
	[ "$(stat -f -c %T /sys/fs/cgroup 2>/dev/null)" != cgroup2fs ] || skip "this host has cgroup v2"
}

requires_v1_root()
{
	requires_root
	requires_v1
	[ -e /sys/fs/cgroup/memory/memory.limit_in_bytes ] || skip "no cgroup v1 with memory here"
	not_for crun "it makes no cgroup on a host with both versions"
}

# FILE of CONTROLLER in the container's cgroup.
of()
{
	cat "/sys/fs/cgroup/$1/$C/$2"
}

# Creates and starts a container with these resources.
up()
{
	config --arg p "/$C" --argjson r "$1" '.linux.cgroupsPath = $p | .linux.resources = $r'
	script "${2:-sleep 100 & sleep 100}"
	rt create --bundle "$B" --pid-file "$T/pid" "$C" </dev/null >"$T/out" 2>"$T/err" || fail create
	ok start "$C"
}

@test "cgroup v1: limits are in their files" {
	requires_v1_root
	up '{"memory": {"limit": 67108864, "swap": 134217728}, "pids": {"limit": 20},
		"cpu": {"shares": 512, "quota": 50000, "period": 100000, "cpus": "0"}}'
	eq "$(of memory memory.limit_in_bytes)" 67108864
	eq "$(of memory memory.memsw.limit_in_bytes)" 134217728
	eq "$(of pids pids.max)" 20
	eq "$(of cpu cpu.shares)" 512
	eq "$(of cpu cpu.cfs_quota_us)" 50000
	eq "$(of cpuset cpuset.cpus)" 0
	grep -qx "$(cat "$T/pid")" "/sys/fs/cgroup/memory/$C/cgroup.procs"
}

@test "cgroup v1: devices that no rule allows are denied" {
	requires_v1_root
	config '.linux.resources.devices = [{allow: false, access: "rwm"}] | .process.capabilities |= map_values(. + ["CAP_MKNOD"] | unique)'
	inside 'mknod /tmp/tty0 c 4 0 && head -c 1 </tmp/tty0; echo tty $?; head -c 1 /dev/zero >/dev/null && echo zero' || true
	has "$(cat "$T/out")" zero
	has "$(cat "$T/out")" "tty 1"
	may_create rootfs/tmp/tty0
	rm -f "$B/rootfs/tmp/tty0"
}

@test "cgroup v1: pause and resume" {
	requires_v1_root
	up '{"pids": {"limit": 20}}' 'while :; do echo x; sleep 0.05; done'
	ok pause "$C"
	status_is paused
	local was
	was=$(wc -l <"$T/out")
	sleep 0.3
	eq "$(wc -l <"$T/out")" "$was"
	ok resume "$C"
	status_is running
	ok pause "$C"
	ok delete --force "$C"
}

@test "cgroup v1: update, in any order" {
	requires_v1_root
	up '{"memory": {"limit": 67108864, "swap": 134217728}}'
	ok update --memory 134217728 --memory-swap 268435456 "$C"
	eq "$(of memory memory.limit_in_bytes)" 134217728
	echo '{"memory": {"limit": 33554432, "swap": 67108864}, "pids": {"limit": 7}}' >"$T/resources"
	STDIN=$T/resources ok update --resources - "$C"
	eq "$(of memory memory.limit_in_bytes)" 33554432
	eq "$(of pids pids.max)" 7
}

@test "cgroup v1: ps and events" {
	requires_v1_root
	up '{"pids": {"limit": 20}}'
	eventually test "$(rt ps --format json "$C" | jq length)" = 2
	not_for crun "it has no events"
	ok events --stats "$C"
	eq "$(jq -r .type <<<"$out")" stats
	eq "$(jq .data.pids.current <<<"$out")" 2
	eq "$(jq '.data.memory.usage.usage > 0' <<<"$out")" true
}

@test "cgroup v1: delete ends what init has left behind" {
	requires_v1_root
	without_ns pid
	up '{"pids": {"limit": 20}}' 'sleep 100 & sleep 100'
	eventually test "$(wc -l <"/sys/fs/cgroup/pids/$C/cgroup.procs")" = 2
	ok kill "$C" KILL
	eventually status_is stopped
	ok delete "$C"
	missing "/sys/fs/cgroup/pids/$C"
	nothing_left
}

@test "cgroup v1: the cgroup namespace is rooted in the container's cgroup, every time" {
	requires_v1_root
	with_ns cgroup
	config --arg p "/$C" '.linux.cgroupsPath = $p | .linux.resources = {memory: {limit: 67108864}, pids: {limit: 20}}'
	for _ in 1 2 3 4 5; do
		inside 'grep -E ":(memory|pids):" /proc/self/cgroup | cut -d: -f2- | sort'
		eq "$out" "$(printf 'memory:/\npids:/')" "what the container sees"
	done
}

@test "cgroup v1: a cgroup that delete cannot look at is an error, and is not lost" {
	requires_v1_root
	requires_rundlet "promises it"
	requires_program strace
	requires_plain_build
	local call n failed=0
	for call in fstatfs openat2; do
		n=2
		while :; do
			up '{"pids": {"limit": 20}}'
			other strace -qq -o "$T/trace" -e trace="$call" -e inject="$call:error=ENOMEM:when=$n" \
				"$E2E_RUNTIME" --root "$ROOT" delete --force "$C"
			if [ "$status" != 0 ]; then
				failed=$((failed + 1))
				eq "$(wc -l <"$T/err")" 1 "lines of the error"
				ok delete --force "$C"
			fi
			missing "$ROOT/$C"
			eq "$(find /sys/fs/cgroup -name "$C")" "" "after $call $n: cgroups"
			grep -q INJECTED "$T/trace" || break
			n=$((n + 4))
		done
	done
	[ "$failed" -ge 3 ] || fail "only $failed of them failed"
}

@test "update: what is no number is refused by the option's name" {
	requires_rundlet
	fails update --pids-limit many nobody
	fails update --memory 1x nobody
}

@test "limits of an ordinary user who has no cgroup are refused, with the cure" {
	requires_user
	requires_v1
	requires_rundlet
	config '.linux.resources = {pids: {limit: 5}}'
	fails create --bundle "$B" "$C"
	says "/linux/resources/pids/limit"
	says "cgroup"
}

@test "no limits, no cgroup: it runs, and the plan says so" {
	requires_user
	requires_v1
	requires_rundlet
	config 'del(.linux.resources)'
	inside true
	has "$(rt plan --bundle "$B")" "no cgroup"
	ok run --detach --bundle "$B" "$C-2"
}

@test "pause without a cgroup is refused, with the cure" {
	requires_user
	requires_v1
	requires_rundlet
	config 'del(.linux.resources) | .process.args = ["/bin/sleep", "100"]'
	ok create --bundle "$B" "$C"
	ok start "$C"
	fails pause "$C"
	says "cgroup"
	fails update --pids-limit 5 "$C"
	says "cgroup"
}
