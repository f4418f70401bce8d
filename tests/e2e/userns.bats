#!/usr/bin/env bats
# Proves: the user namespace comes first and holds exactly the mappings that were asked for, whoever
# writes them; setgroups is denied exactly when it must be; a user namespace is made for an ordinary
# user who forgot to ask; and what cannot be mapped says what to do about it.

load helpers

uid=$(id -u)
gid=$(id -g)

read_maps()
{
	inside 'cat /proc/self/uid_map; echo; cat /proc/self/gid_map; echo; cat /proc/self/setgroups'
	ids=$(tr -s ' ' <<<"$out" | sed 's/^ //')
}

@test "userns: one id, to 0" {
	map_ids 0 "$uid" 1
	read_maps
	[ "$uid" = 0 ] || eq "$ids" "0 $uid 1

0 $gid 1

deny"
	[ "$uid" != 0 ] || has "$ids" "0 0 1"
}

@test "userns: one id, to an id that is not 0" {
	requires_user
	not_for runc "1.1 wants root mapped"
	MAP_GIDS="[{\"containerID\": 77, \"hostID\": $gid, \"size\": 1}]" map_ids 1234 "$uid" 1
	config '.process.user = {uid: 1234, gid: 77}'
	inside 'id -u; id -g; cat /proc/self/uid_map /proc/self/gid_map; cat /proc/self/setgroups'
	eq "$(tr -s ' ' <<<"$out" | sed 's/^ //')" "1234
77
1234 $uid 1
77 $gid 1
deny"
}

@test "userns: one id that is not 0 still gets everything set up" {
	# without uid 0 in the map init loses its capabilities at execve unless they are kept
	requires_user
	not_for runc "1.1 wants root mapped"
	MAP_GIDS="[{\"containerID\": 1001, \"hostID\": $gid, \"size\": 1}]" map_ids 1001 "$uid" 1
	config '.process.user = {uid: 1001, gid: 1001} | .hostname = "named" | del(.process.capabilities)'
	with_ns network uts
	add_mount /mnt tmpfs tmpfs rw
	inside 'hostname; grep -c " /mnt " /proc/self/mountinfo; ip link show lo | grep -c UP; grep CapEff /proc/self/status'
	eq "$out" "named
1
1
CapEff:	0000000000000000"
}

@test "userns: the process really is that user outside" {
	requires_user
	map_ids 0 "$uid" 1
	config '.process.args = ["/bin/sleep", "60"]'
	ok create --bundle "$B" --pid-file "$T/pid" "$C"
	ok start "$C"
	eq "$(ps -o uid= -p "$(cat "$T/pid")" | tr -d ' ')" "$uid"
}

@test "userns: ranges, through newuidmap and newgidmap" {
	requires_subids
	map_subids
	inside 'cat /proc/self/uid_map; cat /proc/self/gid_map; cat /proc/self/setgroups; id -u'
	eq "$(tr -s ' ' <<<"$out" | sed 's/^ //')" "0 $uid 1
1 $(subid_start subuid) 1000
0 $gid 1
1 $(subid_start subgid) 1000
allow
0"
}

@test "userns: a user in the middle of a range, with groups" {
	not_for runc "1.1 sets no groups when rootless"
	requires_subids
	map_subids
	config '.process.user = {uid: 500, gid: 600, additionalGids: [7, 8]} | del(.process.capabilities)'
	inside 'id -u; id -g; id -G'
	eq "$out" $'500\n600\n600 7 8'
}

@test "userns: files of mapped ids belong to their subordinate ids outside" {
	requires_subids
	map_subids
	chmod 777 "$T/xdg"
	add_mount /mnt bind "$T/xdg" bind,rw
	config '.process.user = {uid: 500, gid: 500}'
	inside 'touch /mnt/file; stat -c %u /mnt/file'
	eq "$out" 500
	eq "$(stat -c %u "$T/xdg/file")" $(($(subid_start subuid) + 499))
	rm -f "$T/xdg/file"
}

@test "userns: additionalGids without a mapping that allows setgroups are refused" {
	requires_user
	not_for crun "lets them pass"
	map_ids 0 "$uid" 1
	config '.process.user.additionalGids = [5]'
	fails run --bundle "$B" "$C"
	nothing_left
}

@test "userns: an ordinary user who forgot the user namespace gets one" {
	requires_subids
	not_for runc "demands a user namespace in the config"
	without_ns user
	config 'del(.linux.uidMappings, .linux.gidMappings)'
	inside 'id -u; cat /proc/self/uid_map'
	idmap=$(tr -s ' ' <<<"$out" | sed 's/^ //')
	eq "$(head -n 1 <<<"$idmap")" 0
	has "$idmap" "0 $uid 1"
	has "$idmap" "1 $(subid_start subuid) "
}

@test "userns: a user namespace without mappings gets the same" {
	requires_subids
	not_for runc "demands mappings"
	config 'del(.linux.uidMappings, .linux.gidMappings)'
	inside 'cat /proc/self/uid_map'
	has "$(tr -s ' ' <<<"$out" | sed 's/^ //')" "0 $uid 1"
}

@test "userns: root makes a user namespace with a range of its choice" {
	requires_root
	map_ids 0 100000 65536
	chmod 755 "$T"
	chown -R 100000:100000 "$B/rootfs"
	inside 'cat /proc/self/uid_map; cat /proc/self/setgroups; id -u'
	eq "$(tr -s ' ' <<<"$out" | sed 's/^ //')" "0 100000 65536
allow
0"
}

@test "userns: a container of root without a user namespace is not mapped" {
	requires_root
	without_ns user
	config 'del(.linux.uidMappings, .linux.gidMappings)'
	inside 'cat /proc/self/uid_map'
	eq "$(tr -s ' ' <<<"$out" | sed 's/^ //')" "0 0 4294967295"
}

@test "userns: mappings without a user namespace are refused" {
	requires_root
	not_for runc "lets them pass"
	not_for crun "lets them pass"
	without_ns user
	config '.linux.uidMappings = [{containerID: 0, hostID: 0, size: 1}] | .linux.gidMappings = .linux.uidMappings'
	fails run --bundle "$B" "$C"
	nothing_left
}

@test "userns: an unmapped uid is an error that names it" {
	requires_user
	map_ids 0 "$uid" 1
	config '.process.user.uid = 4711'
	fails run --bundle "$B" "$C"
	says_rundlet 4711
	nothing_left
}

@test "userns: an unmapped gid is an error that names it" {
	requires_user
	map_ids 0 "$uid" 1
	config '.process.user.gid = 4712'
	fails run --bundle "$B" "$C"
	says_rundlet 4712
	nothing_left
}

@test "userns: an id of somebody else is refused, with the line to add" {
	requires_user
	requires_program newuidmap newgidmap
	map_ids 0 "$uid" 1 1 3000000 10
	fails run --bundle "$B" "$C"
	says_rundlet /etc/subuid
	nothing_left
}

@test "userns: a range that is too small is refused, with the line to add" {
	requires_subids
	MAP_GIDS="" map_ids 0 "$uid" 1 1 "$(subid_start subuid)" 90000000
	fails run --bundle "$B" "$C"
	says_rundlet /etc/subuid
	nothing_left
}

@test "userns: overlapping mappings are refused" {
	requires_user
	map_ids 0 "$uid" 1 0 "$uid" 1
	fails run --bundle "$B" "$C"
	nothing_left
}

@test "userns: without newuidmap the error names its package" {
	# only root can hide the helpers from a user, in a mount namespace of its own
	requires_root
	requires_rundlet
	user=$(awk -F: '$3 >= 65536 { print $1; exit }' /etc/subuid)
	[ -n "$user" ] && id -u "$user" >/dev/null 2>&1 || skip "no user with a range in /etc/subuid"
	uid=$(id -u "$user") gid=$(id -g "$user")
	MAP_GIDS="[{\"containerID\": 0, \"hostID\": $gid, \"size\": 1}, {\"containerID\": 1, \"hostID\": 100000, \"size\": 10}]" \
		map_ids 0 "$uid" 1 1 "$(awk -F: -v u="$user" '$1 == u { print $2; exit }' /etc/subuid)" 10
	chown -R "$uid:$gid" "$T"
	snapshot
	cat >"$T/hide" <<-END
		for p in newuidmap newgidmap; do
			f=\$(command -v \$p) && mount --bind /etc/passwd "\$f"
		done
		exec setpriv --reuid $uid --regid $gid --clear-groups env TMPDIR="$T/tmp" XDG_RUNTIME_DIR="$T/xdg" \
			"$E2E_RUNTIME" --root "$ROOT" run --bundle "$B" "$C"
	END
	other unshare -m --propagation private sh "$T/hide"
	ne "$status" 0
	says uidmap
	eq "$(wc -l <"$T/err")" 1 "lines of the error"
	nothing_left
}

# --- inside somebody else's user namespace, as under podman ------------------------------------------

# Runs the runtime with euid 0 inside a new user and mount namespace, made with these options.
nested()
{
	local opt=()
	while [ "$1" != -- ]; do
		opt+=("$1")
		shift
	done
	shift
	snapshot
	other unshare "${opt[@]}" -m env TMPDIR="$T/tmp" XDG_RUNTIME_DIR="$T/xdg" "$E2E_RUNTIME" --root "$ROOT" "$@"
}

@test "userns: nested: without a user namespace of its own" {
	requires_userns
	without_ns user
	config 'del(.linux.uidMappings, .linux.gidMappings)'
	with_ns network
	script 'readlink /proc/self/ns/user; id -u; echo > /dev/null; cat /proc/self/uid_map'
	nested -Ur -- run --bundle "$B" "$C"
	eq "$status" 0
	eq "$err" ""
	ne "$(sed -n 1p <<<"$out")" "$(readlink /proc/self/ns/user)"
	eq "$(sed -n 2p <<<"$out")" 0
	eq "$(sed -n 3p <<<"$out" | tr -s ' ' | sed 's/^ //')" "0 $uid 1"
	nothing_left
}

@test "userns: nested: with a user namespace of its own, map written straight" {
	requires_userns
	with_ns user network
	config '.linux.uidMappings = [{containerID: 0, hostID: 0, size: 1}] | .linux.gidMappings = .linux.uidMappings'
	script 'id -u; cat /proc/self/uid_map'
	nested -Ur -- run --bundle "$B" "$C"
	eq "$status" 0
	eq "$(tr -s ' ' <<<"$out" | sed 's/^ //')" $'0\n0 0 1'
	nothing_left
}

@test "userns: nested: keep-id like mappings, without the helpers" {
	requires_subids
	requires_rundlet "peers call newuidmap in vain or want groups"
	with_ns user network
	config '.linux.uidMappings = [{containerID: 1000, hostID: 0, size: 1}, {containerID: 0, hostID: 1, size: 1000}] |
		.linux.gidMappings = .linux.uidMappings | .process.user = {uid: 1000, gid: 1000, additionalGids: [3]}'
	script 'id -u; id -g; id -G; cat /proc/self/uid_map'
	unshare -U --map-auto --map-root-user true 2>/dev/null || skip "this unshare cannot map ranges"
	nested -U --map-auto --map-root-user -- run --bundle "$B" "$C"
	eq "$status" 0
	eq "$(tr -s ' ' <<<"$out" | sed 's/^ //' | sort)" "$(printf '%s\n' 1000 1000 '1000 3' '0 1 1000' '1000 0 1' | sort)"
}

@test "userns: nested: an unmapped id is refused" {
	requires_userns
	without_ns user
	config 'del(.linux.uidMappings, .linux.gidMappings) | .process.user.uid = 5'
	with_ns network
	nested -Ur -- run --bundle "$B" "$C"
	ne "$status" 0
	[ "$KIND" != rundlet ] || eq "$(wc -l <"$T/err")" 1
	nothing_left
}

@test "userns: nested: create, start, state, kill, delete" {
	requires_userns
	requires_rundlet
	without_ns user
	config 'del(.linux.uidMappings, .linux.gidMappings) | .process.args = ["/bin/sleep", "60"]'
	with_ns network
	cat >"$T/steps" <<-END
		set -e
		rt() { TMPDIR="$T/tmp" "$E2E_RUNTIME" --root "$ROOT" "\$@"; }
		rt create --bundle "$B" "$C"
		rt start "$C"
		rt state "$C"
		rt kill "$C" 9
		while [ "\$(rt state "$C" | jq -r .status)" != stopped ]; do sleep 0.05; done
		rt delete "$C"
	END
	snapshot
	other unshare -Urm bash "$T/steps"
	eq "$status" 0
	eq "$err" ""
	eq "$(jq -r .status <<<"$out")" running
	nothing_left
}
