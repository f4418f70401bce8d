#!/usr/bin/env bats
# Proves: a container that has neither a cgroup nor a pid namespace leaves no process behind, however
# often they fork and whoever they are children of by then: kill --all reaches all of them, delete,
# with --force or after the end of init, and the end of a foreground run end them; processes of others
# are left alone.

load helpers

setup()
{
	requires_rundlet "they find processes by the cgroup only"
	e2e_setup
	without_ns pid
	# the host's procfs is all that can be had in a new user namespace then
	config '.mounts |= map(if .destination == "/proc" then
		{destination: "/proc", type: "bind", source: "/proc", options: ["rbind"]} else . end) |
		.root.readonly = false'
	may_create rootfs/tmp/hup
	# init, a child, and a process that has left the family: another session, another parent. A shell
	# that outlives its child for a moment says so, on what was its caller's stderr.
	script 'exec 2>/dev/null; sh -c "sleep 1001 & exec sleep 1002" &
		(setsid sh -c "trap \"echo hup >>/tmp/hup\" HUP; while :; do sleep 1003 & wait \$!; done" &)
		[ -n "$STAY" ] && exec sleep 1000
		until [ "$(ls /tmp)" = go ]; do sleep 0.05; done'
}

without_cgroup()
{
	ok --cgroup-manager disabled "$@"
}

# How many processes are in the mount namespace $1.
inhabitants()
{
	local p n=0
	for p in /proc/[0-9]*/ns/mnt; do
		[ "$(readlink "$p" 2>/dev/null)" != "$1" ] || n=$((n + 1))
	done
	echo $n
}

nobody_in()
{
	[ "$(inhabitants "$1")" = 0 ]
}

# The container runs, with at least so many processes; its mount namespace is $MNT.
at_work()
{
	local pid
	eventually status_is running
	pid=$(init_pid)
	MNT=$(readlink "/proc/$pid/ns/mnt")
	# sleep 1003 is the last to be born
	eventually eval "pgrep_in \"$MNT\" 1003"
}

# Does a process with the argument $2 live in the mount namespace $1?
pgrep_in()
{
	local p
	for p in /proc/[0-9]*; do
		[ "$(readlink "$p/ns/mnt" 2>/dev/null)" = "$1" ] || continue
		! tr '\0' ' ' <"$p/cmdline" 2>/dev/null | grep -q "$2" || return 0
	done
	return 1
}

stay()
{
	config '.process.env += ["STAY=1"]'
}

@test "rest: kill --all KILL ends them all, and nobody else" {
	stay
	sleep 1000 &
	background $!
	without_cgroup run --detach --bundle "$B" "$C"
	at_work
	ok kill --all "$C" KILL
	nobody_in "$MNT" || fail "$(inhabitants "$MNT") are left"
	kill -0 "${BACKGROUND[0]}" || fail "somebody else was killed"
	eventually status_is stopped
	ok kill --all "$C" KILL
	fails kill "$C" KILL
	says "container not running"
	ok delete "$C"
	nothing_left_but_mine
}

nothing_left_but_mine()
{
	kill "${BACKGROUND[0]}"
	wait "${BACKGROUND[0]}" 2>/dev/null || true
	BACKGROUND=()
	nothing_left
}

@test "rest: kill --all with another signal reaches those that left the family" {
	stay
	without_cgroup run --detach --bundle "$B" "$C"
	at_work
	eventually eval 'rt kill --all "$C" HUP 2>/dev/null; [ -s "$B/rootfs/tmp/hup" ]'
	ok delete --force "$C"
	nobody_in "$MNT"
}

@test "rest: ps names them" {
	stay
	without_cgroup run --detach --bundle "$B" "$C"
	at_work
	ok ps --format json "$C"
	[ "$(jq length <<<"$out")" -gt 2 ] || fail "init and some"
	# the first of them may be in the middle of forking
	eventually ps_is_complete
}

ps_is_complete()
{
	[ "$(rt ps --format json "$C" | jq length)" = "$(inhabitants "$MNT")" ]
}

@test "rest: delete --force ends them all" {
	stay
	without_cgroup run --detach --bundle "$B" "$C"
	at_work
	ok delete --force "$C"
	nobody_in "$MNT" || fail "$(inhabitants "$MNT") are left"
	nothing_left
}

@test "rest: delete ends those that have outlived init" {
	mountns_ids
	without_cgroup run --detach --bundle "$B" "$C"
	at_work
	may_create rootfs/tmp/go
	rm -f "$B/rootfs/tmp/hup"
	touch "$B/rootfs/tmp/go"
	eventually status_is stopped
	pgrep_in "$MNT" 1003 || fail "they ended by themselves"
	ok delete "$C"
	nobody_in "$MNT" || fail "$(inhabitants "$MNT") are left"
	nothing_left
}

@test "rest: the end of a foreground run is theirs too" {
	mountns_ids
	TMPDIR=$T/tmp XDG_RUNTIME_DIR=$T/xdg "$E2E_RUNTIME" --root "$ROOT" --cgroup-manager disabled run \
		--bundle "$B" "$C" </dev/null >"$T/out" 2>"$T/err" 3>&- &
	background $!
	snapshot
	at_work
	may_create rootfs/tmp/go
	touch "$B/rootfs/tmp/go"
	wait "${BACKGROUND[0]}"
	BACKGROUND=()
	nobody_in "$MNT" || fail "$(inhabitants "$MNT") are left"
	nothing_left
}

# Once init is gone only a number that is never used again tells them from others.
mountns_ids()
{
	python3 -c 'import fcntl, os
fcntl.ioctl(os.open("/proc/self/ns/mnt", os.O_RDONLY), 0x8008b705, bytearray(8))' 2>/dev/null ||
		skip "this kernel gives mount namespaces no numbers (before 6.11)"
}
