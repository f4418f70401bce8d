#!/usr/bin/env bats
# Proves: `plan` says what will be done, from which line of config.json and in which order, without
# privilege and without creating anything.

load helpers

setup()
{
	requires_rundlet "has no plan"
	e2e_setup
}

plan()
{
	snapshot
	other "$E2E_RUNTIME" plan "$@"
}

@test "plan: prints the phases in order, and silent on stderr" {
	plan --bundle "$B"
	eq "$status" 0
	eq "$err" ""
	last=0
	for phase in launch root fill pivot ident exec; do
		line=$(grep -n -m 1 -w "$phase" "$T/out" | cut -d: -f1)
		[ -n "$line" ] || fail "no phase $phase"
		[ "$line" -gt "$last" ] || fail "$phase comes too early"
		last=$line
	done
}

@test "plan: names the line of config.json behind a step" {
	add_mount /mnt tmpfs the-source size=1k
	plan --bundle "$B"
	want=$(grep -n '"/mnt"' "$B/config.json" | cut -d: -f1)
	step=$(grep -w /mnt "$T/out" | head -n 1)
	[ -n "$step" ] || fail "the mount is not in the plan"
	# the line of the mount's object or of a property in it
	matches "$step" "(^|[^0-9])($((want - 1))|$want|$((want + 1)))([^0-9]|$)"
}

@test "plan: creates nothing, in the bundle, the state root and elsewhere" {
	# a mount target that is missing stays missing
	add_mount /made/by/nobody tmpfs tmpfs
	plan --bundle "$B"
	eq "$status" 0
	missing "$B/rootfs/made"
	missing "$ROOT"
	nothing_left
}

@test "plan: needs no privilege, not even user namespaces" {
	requires_userns
	# a user namespace whose limit of user namespaces is 0
	plan --bundle "$B"
	cp "$T/out" "$T/first"
	other setpriv --no-new-privs "$E2E_RUNTIME" plan --bundle "$B"
	eq "$status" 0
	diff "$T/first" "$T/out"
}

@test "plan: makes no namespace, mount or process" {
	requires_program strace
	requires_plain_build
	snapshot
	strace -f -qq -o "$T/trace" -e trace=clone,clone3,fork,vfork,unshare,setns,mount,fsopen,fsmount,open_tree,move_mount,mkdir,mkdirat,pivot_root \
		"$E2E_RUNTIME" plan --bundle "$B" >/dev/null
	eq "$(cat "$T/trace")" ""
}

@test "plan: --json is JSON and says the same" {
	plan --json --bundle "$B"
	eq "$status" 0
	eq "$err" ""
	jq -e . "$T/out" >/dev/null
	has "$out" '"mount"'
	has "$out" /proc
}

@test "plan: is the same each time" {
	plan --bundle "$B"
	cp "$T/out" "$T/first"
	plan --bundle "$B"
	diff "$T/first" "$T/out"
}

@test "plan: tells of an adaptation" {
	requires_user
	without_ns network
	config '.mounts |= map(select(.destination != "/sys" and .destination != "/sys/fs/cgroup"))'
	add_mount /sys sysfs sysfs nosuid,noexec,nodev,ro
	plan --bundle "$B"
	eq "$status" 0
	grep -i "network" "$T/out" | grep -qi -e "sys" || fail "the bind of /sys is not explained"
}

@test "plan: an error is the error that run would give" {
	config '.mounts[0].options = [5]'
	plan --bundle "$B"
	ne "$status" 0
	planned=$err
	fails run --bundle "$B" "$C"
	eq "$err" "$planned"
	says /mounts/0/options/0
}
