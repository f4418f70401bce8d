#!/usr/bin/env bats
# Proves: --no-pivot, for hosts whose root cannot be left, hides the host no less: what was mounted
# there is gone, or at least nothing of procfs and sysfs is open that would allow the container to
# mount one without its masks.

load helpers

setup()
{
	requires_rundlet "crun and runc leave the host's mounts below the root"
	e2e_setup
	with_ns mount pid
}

# What comes to light when the container's root is taken away.
below()
{
	config '.process.args = ["/bin/sleep", "60"]'
	ok run --no-pivot --detach --bundle "$B" "$C"
	other python3 lib/tool.py under "$(init_pid)"
	eq "$status" 0
}

@test "nopivot: the program is in its root, and its proc is its own" {
	script 'ls /; readlink /proc/1/exe; cd -P /proc/1/root && cd -P .. && pwd'
	ok run --no-pivot --bundle "$B" "$C"
	eq "$out" "$(ls "$B/rootfs")
/bin/busybox
/"
}

@test "nopivot: root: nothing of the host is mounted below" {
	# seen to fail with 0.1.0 before 'init: --no-pivot leaves nothing mounted': all of them were
	requires_root
	[ "$(stat -Lc %i /proc/self/ns/user)" = 4026531837 ] || skip "in a user namespace the host's mounts are locked"
	below
	eq "$(wc -l <<<"$out")" 1 "mounts below the root, but for the host's /: $out"
}

@test "nopivot: user: no proc and no sysfs of the host is open" {
	requires_user
	below
	[ -n "$out" ]
	none_of "open" "$(grep -E '^(proc|sysfs) ' <<<"$out")"
}

@test "nopivot: masks hold as they do with pivot_root" {
	script 'cat /proc/kcore 2>/dev/null | wc -c; echo x >/proc/sysrq-trigger || echo refused'
	go run --no-pivot --bundle "$B" "$C"
	eq "$out" "0
refused"
}
