#!/usr/bin/env bats
# Proves: what only root can measure: the memory of init while it waits for start.

load helpers

@test "counts: init waiting in created uses less than 350 KiB" {
	requires_rundlet "counts are its own promise"
	requires_root
	requires_plain_build
	config '.process.args = ["/bin/sleep", "60"]'
	ok create --bundle "$B" --pid-file "$T/pid" "$C"
	kib=$(awk '$1 == "Pss:" { print $2 }' "/proc/$(cat "$T/pid")/smaps_rollup")
	echo "# init in created: $kib KiB PSS" >&3
	[ "$kib" -gt 0 ] || fail "no figure"
	[ "$kib" -lt 350 ] || fail "init uses $kib KiB, 349 are allowed"
}
