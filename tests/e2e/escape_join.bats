#!/usr/bin/env bats
# Proves: processes of a container cannot look into a second container that joins their user and
# pid namespaces by path while it still has the host's root, not even as their namespaces' root with
# every capability: neither through /proc/PID/root and cwd nor through a descriptor.

load helpers

JOINS=15

# A container that looks at every process of its pid namespace but itself until it is told to stop.
# What it finds goes to $T/seen, how often it looked too, in the end.
looker()
{
	local all
	all=$(jq -n '["CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "KILL", "SETGID", "SETUID", "SETPCAP",
		"SYS_CHROOT", "SYS_PTRACE", "SYS_ADMIN", "PERFMON"] | map("CAP_" + .)')
	with_ns user pid
	[ "$(id -u)" != 0 ] || map_ids 0 100000 65536
	config --argjson c "$all" '.process.capabilities = {bounding: $c, effective: $c, permitted: $c}'
	touch "$T/mark"
	script "n=0
		trap 'echo \"looks: \$n\"; exit' TERM
		while :; do for p in /proc/[0-9]*; do
			[ \$p = /proc/1 ] && continue
			n=\$((n+1))
			[ -e \$p/root$T/mark ] && echo \"got in: \$p/root\"
			[ -e \$p/cwd/$(basename "$T")/mark ] && echo \"got in: \$p/cwd\"
			for f in \$p/fd/*; do [ -d \"\$f\" ] && echo \"got in: \$f\"; done
		done; done"
	rt run --detach --bundle "$B" "$C" </dev/null >"$T/seen" 2>&1 3>&-
	looking=$(init_pid)
}

# A second bundle, whose namespaces of the types given are the looker's.
joining()
{
	local t
	make_bundle "$T/second"
	FIRST=$B
	B=$T/second
	rm -f "$T/before"
	for t in "$@"; do
		config --arg t "${t%:*}" --arg p "/proc/$looking/ns/${t#*:}" \
			'.linux.namespaces |= (map(select(.type != $t)) + [{type: $t, path: $p}])'
	done
	config 'del(.linux.uidMappings, .linux.gidMappings)'
	config '.process.args = ["/bin/true"]'
}

looked()
{
	grep -q '^looks:' "$T/seen"
}

# JOINS times, and nothing was seen.
join_unseen()
{
	local i looks
	for ((i = 1; i <= JOINS; i++)); do
		go run --bundle "$B" "$C-$i"
		[ "$status" = 0 ] || fail "join $i"
	done
	rt kill "$C" TERM
	eventually looked
	looks=$(sed -n 's/^looks: //p' "$T/seen")
	echo "# $looks looks in $JOINS joins" >&3
	[ "$looks" -gt "$JOINS" ] || fail "it hardly looked: $looks times"
	eq "$(sed -n '/got in/{p;q}' "$T/seen")" "" "the first that was seen"
}

@test "escape: user and pid namespace joined" {
	requires_userns
	not_for runc "1.1 wants the maps of a user namespace that is joined"
	looker
	joining user:user pid:pid
	join_unseen
}

@test "escape: all but the mount namespace joined" {
	requires_userns
	not_for runc "1.1 wants the maps of a user namespace that is joined"
	not_for crun "1.8 finds no way"
	looker
	joining user:user pid:pid network:net ipc:ipc uts:uts
	config 'del(.hostname)'
	join_unseen
}

@test "escape: with an OOM score and a new time namespace, for which init needs its own files" {
	requires_rundlet
	requires_userns
	looker
	joining user:user pid:pid
	with_ns time
	config '.process.oomScoreAdj = 900 | .linux.timeOffsets = {monotonic: {secs: 77}, boottime: {secs: 78}}'
	script 'cat /proc/self/oom_score_adj /proc/self/timens_offsets'
	join_unseen
}
