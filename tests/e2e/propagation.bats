#!/usr/bin/env bats
# Proves: a volume that config.json shares in both directions shows here what the container mounts, and
# there what is mounted here; one that is a slave shows it there alone; others show nothing. What the
# runtime mounts for itself never gets out, and the end of a container takes no mount of ours along.
# Everything happens in a mount namespace of the test's own, which stands for the host's.

load helpers

# $T/vol, a shared mount with another one below it, is /vol of the container: rootfsPropagation, options.
volume()
{
	local root=$1
	mkdir -p "$T/vol"
	may_create rootfs/vol
	[ "$root" = - ] || config --arg p "$root" '.linux.rootfsPropagation = $p'
	config '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
	add_mount /vol bind "$T/vol" "$2"
}

# The steps run with the volume there. The container says in /vol what it has done: a file is waited for.
with_volume()
{
	in_mountns 'mount -t tmpfs vol "$T/vol"; mount --make-shared "$T/vol"
		mkdir "$T/vol/sub" "$T/vol/in" "$T/vol/out"
		mount -t tmpfs sub "$T/vol/sub"; mount --make-shared "$T/vol/sub"; mkdir "$T/vol/sub/in"
		mounts() { grep " $T/vol" /proc/self/mountinfo | cut -d" " -f5 | sed "s,^$T,," | sort | tr "\n" " "; }
		wait_for() { n=400; until "$@" 2>/dev/null; do n=$((n - 1)); [ $n -gt 0 ] || exit 9; sleep 0.05; done; }
		'"$1"
	eq "$status $err" "0 "
}

# The container mounts below its volume and ends; what is mounted here then.
made_inside()
{
	script 'mount -t tmpfs mine /vol/in && mount -t tmpfs mine /vol/sub/in 2>/dev/null; [ -d /vol/in ]'
	with_volume 'rt run --bundle "$B" "$C"; mounts'
}

@test "propagation: what is mounted in a shared volume is seen here, and stays" {
	requires_userns
	volume rshared rbind,rshared
	made_inside
	eq "$out" "/vol /vol/in /vol/sub /vol/sub/in "
}

@test "propagation: as docker asks for it" {
	requires_userns
	volume shared rbind,rshared
	made_inside
	eq "$out" "/vol /vol/in /vol/sub /vol/sub/in "
}

@test "propagation: without rbind the volume alone is shared" {
	requires_userns
	volume rshared bind,shared
	made_inside
	eq "$out" "/vol /vol/in /vol/sub "
}

@test "propagation: what is not shared twice stays inside" {
	requires_userns
	local row
	for row in "- rbind,rshared" "rslave rbind,rshared" "rshared rbind,rprivate" "rshared rbind,rslave" \
		"shared rbind,runbindable" "rshared rbind" "private rbind,rshared"; do
		# peers share what says nothing of it, and make private the mount on / alone
		[[ $KIND = rundlet || ($row != *" rbind" && $row != private*) ]] || continue
		config 'del(.linux.rootfsPropagation) | .mounts |= map(select(.destination != "/vol"))'
		volume ${row% *} "${row#* }"
		made_inside
		eq "$out" "/vol /vol/sub " "$row"
	done
}

# What is mounted here while the container runs is seen by it, and what is taken away is gone again.
made_outside()
{
	script 'there() { n=400; while [ $n -gt 0 ]; do grep -q " /vol/out " /proc/self/mountinfo; [ $? = $1 ] && return; n=$((n - 1)); sleep 0.05; done; exit 8; }
		touch /vol/started; there 0; ls /vol/out; touch /vol/seen; there 1'
	with_volume 'rt run --bundle "$B" "$C" & wait_for test -e "$T/vol/started"
		mount -t tmpfs late "$T/vol/out"; touch "$T/vol/out/here"; wait_for test -e "$T/vol/seen"
		umount "$T/vol/out"; wait $!'
	eq "$out" here
}

@test "propagation: what is mounted here is seen in a shared volume, and what is unmounted is gone" {
	requires_userns
	volume rshared rbind,rshared
	made_outside
}

@test "propagation: what is mounted here is seen in a slave volume" {
	requires_userns
	not_for crun "1.8 makes everything private where nothing is said of the root"
	local root
	for root in rslave - rshared; do
		config 'del(.linux.rootfsPropagation) | .mounts |= map(select(.destination != "/vol"))'
		volume $root rbind,rslave
		made_outside
	done
}

@test "propagation: what the runtime mounts does not get out, though everything is shared" {
	requires_userns
	local row
	for row in "rshared rbind,rshared" "shared rbind,rprivate" "rslave rbind,rslave" "- bind"; do
		config 'del(.linux.rootfsPropagation) | .mounts |= map(select(.destination != "/vol"))'
		volume ${row% *} "${row#* }"
		script true
		with_volume 'mount --bind "$B" "$B"; mount --make-rshared /; cut -d" " -f5- /proc/self/mountinfo >"$T/mounts"
			rt run --bundle "$B" "$C"; cut -d" " -f5- /proc/self/mountinfo | diff "$T/mounts" -'
		eq "$out" "" "$row"
	done
}

@test "propagation: a container with a user namespace keeps its mounts to itself, which is said" {
	requires_root
	not_for crun "1.8 lets them out"
	volume rshared rbind,rshared
	map_ids 0 0 1000
	made_inside
	eq "$out" "/vol /vol/sub "
	requires_rundlet
	ok plan --bundle "$B"
	has "$out" "note: what is mounted below /vol does not get out of the user namespace"
}

@test "propagation: an idmapped volume is shared as well" {
	requires_root
	not_for runc "1.1 has no idmapped mounts"
	not_for crun "1.8 wants a user namespace for one"
	volume rshared rbind,rshared
	config '.mounts[-1] += {uidMappings: [{containerID: 0, hostID: 0, size: 1000}], gidMappings: [{containerID: 0, hostID: 0, size: 1000}]}'
	made_inside
	eq "$out" "/vol /vol/in /vol/sub /vol/sub/in "
}
