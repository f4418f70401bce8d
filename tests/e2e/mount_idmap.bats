#!/usr/bin/env bats
# Proves: bind mounts map ids as their own mappings, the container's, or those of a joined user
# namespace say, for what is read and what is written, alone or with the mounts below, and without
# touching the source; a user may do it in a file system of its own. Who may not, what cannot, and
# which mappings are wrong is refused with place and reason.

load helpers

# --- what is mapped ----------------------------------------------------------------------------------

# $T/src with files of several owners, and a directory to write to.
make_source()
{
	mkdir -m 777 "$T/src"
	touch "$T/src"/{root,one,odd}
	chown 1:1 "$T/src/one"
	chown 100:211 "$T/src/odd"
}

# The last mount is mapped by these uid lines and gid lines, "INSIDE OUTSIDE COUNT,…".
mappings()
{
	config --arg u "$1" --arg g "${2:-$1}" 'def lines: split(",") | map(split(" ") | map(tonumber)
			| {containerID: .[0], hostID: .[1], size: .[2]});
		.mounts[-1] += {uidMappings: ($u | lines), gidMappings: ($g | lines)}'
}

# The container has no user namespace of its own.
without_userns()
{
	without_ns user
	config 'del(.linux.uidMappings, .linux.gidMappings)'
}

# stat -c shows the owners of these files below /mnt, each in a line, in this order.
owners()
{
	inside "cd /mnt && stat -c %u:%g ${*:-root one odd}"
}

needs_root()
{
	requires_root
	not_for runc "1.1 does not know it"
	make_source
}

@test "idmap: a mount maps with its own mappings where the container has no user namespace" {
	needs_root
	not_for crun "1.8 wants a user namespace"
	without_userns
	add_mount /mnt bind "$T/src" bind,idmap
	mappings "0 100000 10" "0 200000 10"
	owners root one odd
	eq "$out" $'100000:200000\n100001:200001\n65534:65534'
	eq "$(stat -c %u:%g "$T/src/one")" 1:1
}

@test "idmap: a mount without mappings has those of the container" {
	needs_root
	map_ids 0 100000 65536
	add_mount /mnt bind "$T/src" bind,idmap
	owners
	eq "$out" $'0:0\n1:1\n100:211'
}

@test "idmap: what is written belongs to who is meant" {
	needs_root
	map_ids 0 100000 65536
	add_mount /mnt bind "$T/src" bind,idmap
	inside 'touch /mnt/new; stat -c %u:%g /mnt/new'
	eq "$out" 0:0
	eq "$(stat -c %u:%g "$T/src/new")" 0:0
}

@test "idmap: mappings of its own in a container with a user namespace" {
	needs_root
	map_ids 0 100000 65536
	add_mount /mnt bind "$T/src" bind,idmap
	mappings "0 100005 1,1 100007 1,100 100001 2" "0 100000 1,1 100003 1,211 100009 1"
	owners
	eq "$out" $'5:0\n7:3\n1:9'
}

@test "idmap: mappings without the option are enough" {
	needs_root
	not_for crun "wants the option"
	map_ids 0 100000 65536
	add_mount /mnt bind "$T/src" bind
	mappings "0 100000 65536"
	owners
	eq "$out" $'0:0\n1:1\n100:211'
}

@test "idmap: mappings that differ from the container's, also outside of them" {
	needs_root
	map_ids 0 100000 65536
	add_mount /mnt bind "$T/src" bind,idmap
	mappings "0 300000 65536"
	owners
	eq "$out" $'65534:65534\n65534:65534\n65534:65534'
}

@test "idmap: next to other mounts of the same source, each has its own" {
	needs_root
	map_ids 0 100000 65536
	add_mount /tmp bind "$T/src" bind
	add_mount /mnt bind "$T/src" bind,idmap
	mappings "0 100000 65536"
	add_mount /home bind "$T/src" bind,idmap
	mappings "0 100010 65000"
	inside 'stat -c %u:%g /tmp/one /mnt/one /home/one'
	eq "$out" $'65534:65534\n1:1\n11:11'
}

@test "idmap: a relative source, a relative destination, a file, flags and propagation" {
	needs_root
	not_for crun "versions differ"
	touch "$B/rootfs/etc/one"
	map_ids 0 100000 65536
	cp -a "$T/src" "$B/src"
	add_mount mnt bind src bind,idmap,ro,nosuid,shared
	add_mount /etc/one bind "$T/src/one" bind,idmap
	inside 'stat -c %u:%g /mnt/one /etc/one; touch /mnt/x 2>/dev/null || echo refused; cat /proc/self/mountinfo'
	eq "$(head -n 3 <<<"$out")" $'1:1\n1:1\nrefused'
	matches "$(grep ' /mnt ' <<<"$out")" " ro,nosuid.*idmapped shared:[0-9]+ "
}

@test "idmap: the mounts below are mapped with ridmap only" {
	needs_root
	not_for crun "1.8 maps the top only"
	mkdir "$T/src/sub"
	map_ids 0 100000 65536
	add_mount /mnt bind "$T/src" rbind,idmap
	add_mount /home bind "$T/src" rbind,ridmap
	config '.process.args = ["/bin/stat", "-c", "%u:%g", "/mnt/one", "/mnt/sub/two", "/home/one", "/home/sub/two"]'
	snapshot
	other unshare -m --propagation private sh -c 'mount -t tmpfs tmpfs "$0/src/sub" && touch "$0/src/sub/two" &&
		chown 2:2 "$0/src/sub/two" && XDG_RUNTIME_DIR="$0/xdg" exec "$@"' "$T" \
		"$E2E_RUNTIME" --root "$ROOT" run --bundle "$B" "$C"
	eq "$out$err" $'1:1\n65534:65534\n1:1\n2:2'
}

@test "idmap: a joined user namespace gives its mappings" {
	needs_root
	not_for crun "1.8 maps by a process that is not there"
	local pid
	unshare -U sleep 300 3>&- >/dev/null 2>&1 &
	pid=$!
	background $pid
	eventually other_userns $pid
	echo "0 100000 65536" >"/proc/$pid/uid_map"
	echo "0 100000 65536" >"/proc/$pid/gid_map"
	config --arg p "/proc/$pid/ns/user" 'del(.linux.uidMappings, .linux.gidMappings) |
		.linux.namespaces |= (map(select(.type != "user")) + [{type: "user", path: $p}])'
	add_mount /mnt bind "$T/src" bind,idmap
	owners
	eq "$out" $'0:0\n1:1\n100:211'
}

other_userns()
{
	[ "$(readlink "/proc/$1/ns/user")" != "$(readlink /proc/self/ns/user)" ]
}

@test "idmap: fifty mounts" {
	needs_root
	not_for crun "slow"
	may_create rootfs/many
	mkdir "$B/rootfs/many"
	mkdir "$B"/rootfs/many/{1..50}
	map_ids 0 100000 65536
	config --arg s "$T/src" '.mounts += [range(1; 51) | {destination: "/many/\(.)", source: $s, options: ["bind", "idmap"]}]'
	inside 'stat -c %u:%g /many/*/one | sort | uniq -c | tr -s " " 2>/dev/null || stat -c %u:%g /many/50/one'
	has "$out" 1:1
}

@test "idmap: create leaves no helper and holds no mount of the host" {
	needs_root
	requires_rundlet
	map_ids 0 100000 65536
	add_mount /mnt bind "$T/src" bind,idmap
	script 'stat -c %u:%g /mnt/one'
	ok create --bundle "$B" "$C"
	eq "$(find "/proc/$(init_pid)/fd" -lname 'user:*')" ""
	ok delete --force "$C"
	nothing_left
}

# --- a file system of the user's own -----------------------------------------------------------------

# In a user namespace of the caller with its ranges: a tmpfs that is its own, then the runtime.
run_in_own()
{
	cat >"$T/steps" <<-END
		mount -t tmpfs own "$T/own" && touch "$T/own/file" && chown 5:6 "$T/own/file" &&
		TMPDIR="$T/tmp" XDG_RUNTIME_DIR="$T/xdg" exec "$E2E_RUNTIME" --root "$ROOT" run --bundle "$B" "$C"
	END
	mkdir -p "$T/own"
	snapshot
	other unshare --map-root-user --map-auto -m sh "$T/steps"
}

@test "idmap: a user maps ids in a file system of its own user namespace" {
	requires_subids
	not_for runc "1.1 does not know it"
	not_for crun "1.8 maps as the container's root only"
	unshare --map-root-user --map-auto true 2>/dev/null || skip "unshare has no --map-auto"
	without_userns
	with_ns network
	add_mount /mnt bind "$T/own" bind,idmap
	mappings "5 1000 1" "6 2000 1"
	script 'stat -c %u:%g /mnt/file'
	run_in_own
	eq "$out$err" 1000:2000
}

@test "idmap: a file system of an outer user namespace is refused with the reason" {
	requires_subids
	requires_rundlet "peers say less"
	unshare --map-root-user --map-auto true 2>/dev/null || skip "unshare has no --map-auto"
	mkdir "$T/dir"
	without_userns
	with_ns network
	add_mount /mnt bind "$T/dir" bind,idmap
	mappings "0 1000 1"
	run_in_own
	eq "$status" 1
	says "map the ids of $T/dir"
	says "outer user namespace"
	matches "$err" ": /mounts/[0-9]+: "
	nothing_left
}

# --- what is refused ---------------------------------------------------------------------------------

# The runtime refuses the config at this place, with these words.
refused()
{
	fails run --bundle "$B" "$C"
	matches "$err" "config.json:[0-9]+:[0-9]+: /mounts/[0-9]+$1"
	says "$2"
	nothing_left
}

@test "idmap: a plain user is told why not" {
	requires_user
	requires_rundlet "peers say less"
	mkdir "$T/dir"
	add_mount /mnt bind "$T/dir" bind,idmap
	refused "/options/1: " "nobody else"
	config '.mounts[-1].options = ["bind"]'
	mappings "0 1000 1"
	refused "/uidMappings: " "nobody else"
}

@test "idmap: uids without gids, and gids without uids" {
	requires_rundlet "wording"
	mkdir "$T/dir"
	add_mount /mnt bind "$T/dir" bind,idmap
	mappings "0 1000 1"
	config 'del(.mounts[-1].gidMappings)'
	refused "/uidMappings: " "go together"
	mappings "0 1000 1"
	config 'del(.mounts[-1].uidMappings)'
	refused "/gidMappings: " "go together"
}

@test "idmap: on anything but a new bind mount" {
	requires_rundlet "wording"
	add_mount /mnt tmpfs tmpfs nosuid,idmap
	refused "/options/1: " "bind mounts only"
	config '.mounts[-1].options = ["ro", "ridmap"]'
	refused "/options/1: " "bind mounts only"
	config '.mounts[-1].options = ["bind", "remount", "idmap"]'
	refused "/options/2: " "bind mounts only"
}

@test "idmap: without mappings and without a user namespace" {
	requires_root
	requires_rundlet "wording"
	mkdir "$T/dir"
	without_userns
	add_mount /mnt bind "$T/dir" bind,idmap
	refused "/options/1: " "no user namespace"
}

@test "idmap: mappings that overlap" {
	requires_rundlet "wording"
	mkdir "$T/dir"
	add_mount /mnt bind "$T/dir" bind,idmap
	mappings "0 1000 10,5 3000 1"
	refused "/uidMappings/1: " overlaps
}

@test "idmap: a file system that cannot map ids" {
	requires_root
	requires_rundlet "wording"
	without_userns
	add_mount /mnt bind /proc/sys bind,idmap
	mappings "0 1000 1"
	fails run --bundle "$B" "$C"
	says "map the ids of /proc/sys"
	says "cannot map ids"
	nothing_left
}

# The source is what these commands mount on $T/fs, in a mount namespace of their own: 77, they cannot.
mapped_from()
{
	in_mountns "mkdir -p \$T/fs; { $1; } >\$T/tmp/log 2>&1 || exit 77; rm \$T/tmp/log
		touch \$T/fs/one; chown 1:1 \$T/fs/one; rt run --bundle \$B \$C"
	[ "$status" != 77 ] || skip "$1: $(cat "$T/tmp/log"; rm "$T/tmp/log")"
}

mapping_source()
{
	requires_root
	requires_rundlet "1.1 and 1.8 need a user namespace"
	without_userns
	add_mount /mnt bind "$T/fs" bind,idmap
	mappings "0 1000 2"
	script 'stat -c %u:%g /mnt/one'
}

@test "idmap: a file system on a disk" {
	mapping_source
	requires_program mkfs.ext4
	mapped_from 'truncate -s 8M $T/disk; mkfs.ext4 -q -F $T/disk; mount -o loop $T/disk $T/fs'
	eq "$out$err" 1001:1001
}

@test "idmap: overlay, which cannot, is refused by its path" {
	mapping_source
	mapped_from 'mkdir $T/low $T/up $T/work; mount -t overlay -o lowerdir=$T/low,upperdir=$T/up,workdir=$T/work over $T/fs'
	eq "$status" 1
	matches "$err" "config.json:[0-9]+:[0-9]+: /mounts/[0-9]+: map the ids of $T/fs: .*its file system cannot map ids"
	nothing_left
}

@test "idmap: features says so" {
	requires_rundlet
	ok features
	eq "$(jq .linux.mountExtensions.idmap.enabled <<<"$out")" true
	eq "$(jq -c '[.mountOptions[] | select(endswith("idmap"))]' <<<"$out")" '["idmap","ridmap"]'
}
