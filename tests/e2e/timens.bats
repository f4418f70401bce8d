#!/usr/bin/env bats
# Proves: a new time namespace shows the offsets of the configuration to the program, to what it
# executes and to exec; offsets that the kernel cannot take are refused, each with its place.

load helpers

setup()
{
	e2e_setup
	[ -e /proc/self/timens_offsets ] || skip "this kernel has no time namespaces"
	not_for runc "1.1 has no time namespace"
	[ "$(id -u)" != 0 ] || (((0x$(awk '/^CapEff/ { print $2 }' /proc/self/status) >> 25) & 1)) ||
		skip "root of a container, without CAP_SYS_TIME"
}

# The configuration gets these offsets: monotonic seconds, nanoseconds, boottime seconds, nanoseconds.
offsets()
{
	not_for crun "1.8 dies as root and ignores them for a user"
	with_ns time
	config ".linux.timeOffsets = {monotonic: {secs: $1, nanosecs: $2}, boottime: {secs: $3, nanosecs: $4}}"
}

# The lines of timens_offsets without their alignment.
seen()
{
	tr -s ' \t' ' ' <"$T/out"
}

@test "timens: a new namespace without offsets has none" {
	[ "$(id -u)" != 0 ] || not_for crun "1.8 dies"
	with_ns time
	inside 'cat /proc/self/timens_offsets; readlink /proc/self/ns/time'
	has "$(seen)" $'monotonic 0 0\nboottime 0 0'
	ne "$(tail -n 1 <<<"$out")" "$(readlink /proc/self/ns/time)"
}

@test "timens: both clocks are set, and the program is inside" {
	offsets 7881 2718281 1337 3141519
	inside 'cat /proc/self/timens_offsets; readlink /proc/self/ns/time; readlink /proc/self/ns/time_for_children'
	has "$(seen)" $'monotonic 7881 2718281\nboottime 1337 3141519'
	eq "$(tail -n 1 <<<"$out")" "$(tail -n 2 <<<"$out" | head -n 1)" "the namespace of children"
	ne "$(tail -n 1 <<<"$out")" "$(readlink /proc/self/ns/time)"
}

@test "timens: one clock alone" {
	offsets 0 0 0 0
	config '.linux.timeOffsets = {boottime: {secs: 86400}}'
	inside 'cat /proc/self/timens_offsets'
	has "$(seen)" $'monotonic 0 0\nboottime 86400 0'
}

@test "timens: the container's uptime is ahead by the offset" {
	offsets 1000000 0 1000000 0
	inside 'cat /proc/uptime'
	outside=$(cut -d. -f1 /proc/uptime)
	ahead=$((${out%%.*} - outside))
	[ "$ahead" -gt 999000 ] && [ "$ahead" -le 1000000 ] || fail "ahead by $ahead"
}

@test "timens: negative offsets, as far as the clock goes" {
	requires_rundlet
	offsets -1 500 -2 600
	inside 'cat /proc/self/timens_offsets'
	has "$(seen)" $'monotonic -1 500\nboottime -2 600'
}

@test "timens: exec sees the same clocks" {
	offsets 7881 1 1337 2
	config '.process.args = ["/bin/sleep", "60"]'
	ok create --bundle "$B" "$C"
	ok start "$C"
	ok exec "$C" cat /proc/self/timens_offsets
	has "$(seen)" $'monotonic 7881 1\nboottime 1337 2'
}

@test "timens: in a user namespace with a range of ids" {
	requires_root
	offsets 11 12 13 14
	map_ids 0 100000 1000
	inside 'cat /proc/self/timens_offsets'
	has "$(seen)" $'monotonic 11 12\nboottime 13 14'
}

@test "timens: in a user namespace whose one id is not 0" {
	requires_user
	offsets 11 12 13 14
	MAP_GIDS=$(jq -cn "[{containerID: 1000, hostID: $(id -g), size: 1}]") map_ids 1000 "$(id -u)" 1
	config '.process.user = {uid: 1000, gid: 1000}'
	inside 'cat /proc/self/timens_offsets'
	has "$(seen)" $'monotonic 11 12\nboottime 13 14'
}

@test "timens: the plan says what is set" {
	requires_rundlet
	offsets 7881 2718281 1337 3141519
	ok plan --bundle "$B"
	has "$out" "monotonic: 7881 s and 2718281 ns"
	has "$out" "/linux/timeOffsets/monotonic"
	has "$out" "boottime: 1337 s and 3141519 ns, then enter"
}

@test "timens: offsets without a time namespace are refused" {
	not_for crun "1.8 ignores them"
	config '.linux.timeOffsets = {monotonic: {secs: 1}}'
	without_ns time
	fails run --bundle "$B" "$C"
	says_rundlet '/linux/timeOffsets'
	nothing_left
}

@test "timens: an unknown clock is refused" {
	requires_rundlet
	with_ns time
	config '.linux.timeOffsets = {realtime: {secs: 1}}'
	fails run --bundle "$B" "$C"
	says '/linux/timeOffsets/realtime'
	nothing_left
}

@test "timens: a clock that would be before its beginning, or after its end, is refused" {
	for secs in -9000000000 9000000000; do
		offsets 1 0 "$secs" 0
		fails run --bundle "$B" "$C"
		says_rundlet "the boottime clock"
		says_rundlet "/linux/timeOffsets/boottime"
		nothing_left
	done
}

@test "timens: numbers that are none of the kernel's are refused" {
	requires_rundlet
	offsets 9223372037 0 0 0
	fails run --bundle "$B" "$C"
	says "/linux/timeOffsets/monotonic/secs"
	offsets 0 1000000000 0 0
	fails run --bundle "$B" "$C"
	says "/linux/timeOffsets/monotonic/nanosecs"
	config '.linux.timeOffsets = {monotonic: {secs: "1"}}'
	fails run --bundle "$B" "$C"
	says "/linux/timeOffsets/monotonic/secs"
	matches "$err" "config.json:[0-9]+"
	nothing_left
}

@test "timens: a namespace that is joined has its clocks, and new offsets for it are refused" {
	offsets 4321 0 8765 0
	config '.process.args = ["/bin/sleep", "60"]'
	ok create --bundle "$B" "$C"
	ok start "$C"
	pid=$(init_pid)
	make_bundle "$T/second"
	B=$T/second
	rm "$T/before"
	config --arg p "/proc/$pid/ns/time" '.linux.namespaces += [{type: "time", path: $p}]'
	if [ "$(id -u)" != 0 ]; then
		config --arg p "/proc/$pid/ns/user" 'del(.linux.uidMappings, .linux.gidMappings) |
			.linux.namespaces |= (map(select(.type != "user")) + [{type: "user", path: $p}])'
	fi
	script 'cat /proc/self/timens_offsets; readlink /proc/self/ns/time'
	ok run --bundle "$B" "$C-2"
	has "$(seen)" $'monotonic 4321 0\nboottime 8765 0'
	eq "$(tail -n 1 <<<"$out")" "$(readlink "/proc/$pid/ns/time")"
	requires_rundlet
	config '.linux.timeOffsets = {monotonic: {secs: 1}}'
	fails run --bundle "$B" "$C-2"
	says "/linux/timeOffsets"
	says "leave them out"
}
