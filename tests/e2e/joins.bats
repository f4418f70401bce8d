#!/usr/bin/env bats
# Proves: namespaces are joined by path, each alone and in the mixes that make sense, by root, by an
# ordinary user together with the user namespace that owns them, and inside a user namespace; it does
# not matter which user namespace owns what is joined by root; a mount namespace that is joined keeps
# its root and its mounts, the caller's own is refused.

load helpers

setup()
{
	e2e_setup
	requires_program nsenter
	TYPES="cgroup:cgroup ipc:ipc uts:uts network:net pid:pid"
	[ ! -e /proc/self/ns/time ] || TYPES+=" time:time"
	config 'del(.hostname)'
}

# Somebody who holds a namespace of every kind, below the command in $@ if there is one (nsenter):
# their files are /proc/$held/ns/*. In $made what unshare is to make besides.
hold()
{
	local time=""
	[[ $TYPES != *time* ]] || time=-T
	# shellcheck disable=SC2086 # options, or none
	"$@" unshare ${made:-} -C -i -u -n -m $time -p --fork --kill-child=KILL sleep 120 3>&- &
	background $!
	eventually held_by $!
}

held_by()
{
	held=$(pgrep -P "$1" -x sleep)
}

# The namespace $1 (type:file) of the holder is joined.
join()
{
	config --arg t "${1%:*}" --arg p "/proc/$held/ns/${1#*:}" \
		'.linux.namespaces |= (map(select(.type != $t)) + [{type: $t, path: $p}])'
}

join_user()
{
	join user:user
	[ "$KIND" = runc ] || config 'del(.linux.uidMappings, .linux.gidMappings)'
}

# The container runs in each of these namespaces of the holder.
runs_in()
{
	local t want=""
	script "for n in $(printf '%s ' "${@#*:}"); do readlink /proc/self/ns/\$n; done"
	for t in "$@"; do
		want+=$(readlink "/proc/$held/ns/${t#*:}")$'\n'
	done
	go run --bundle "$B" "$C"
	[ "$status" = 0 ] || fail "joining $*"
	[ -z "$err" ] || fail "joining $* wrote to stderr"
	eq "$out" "${want%$'\n'}" "joining $*"
}

# Each type alone with what is there in the configuration already, then all together; with $1 (or
# nothing) besides.
each_and_all()
{
	local t
	cp "$B/config.json" "$T/base"
	for t in $TYPES; do
		cp "$T/base" "$B/config.json"
		join "$t"
		# shellcheck disable=SC2086 # one word or none
		runs_in "$t" ${1:-}
	done
	cp "$T/base" "$B/config.json"
	for t in $TYPES; do
		join "$t"
	done
	# shellcheck disable=SC2086 # words
	runs_in $TYPES ${1:-}
	nothing_left_but_holder
}

nothing_left_but_holder()
{
	[ -z "$(find "$ROOT" -mindepth 1 2>/dev/null)" ] || fail "the state root is not empty"
}

@test "joins: root, without a user namespace: each type and all of them" {
	requires_root
	requires_rundlet "peers lack one or the other"
	without_ns user
	hold
	each_and_all
}

@test "joins: with the user namespace that owns them: each type and all of them" {
	requires_userns
	requires_rundlet "peers lack one or the other"
	made="-U -r" hold
	join_user
	each_and_all user:user
}

@test "joins: the user namespace alone" {
	requires_userns
	not_for runc "1.1 wants the maps again"
	made="-U -r" hold
	join_user
	runs_in user:user
}

@test "joins: root: a user namespace with /sys/fs/cgroup, but without a cgroup namespace" {
	requires_root
	requires_rundlet "peers make their own of it"
	made=-U
	hold
	echo "0 0 65536" >"/proc/$held/uid_map"
	echo "0 0 65536" >"/proc/$held/gid_map"
	join_user
	config '.linux.namespaces |= map(select(.type != "cgroup"))'
	script 'test -d /sys/fs/cgroup && awk "\$2 ~ \"^/sys/fs/cgroup\" {print \$4}" /proc/self/mounts | head -n 1'
	go run --bundle "$B" "$C"
	eq "$status" 0 "$err"
	matches "$out" "^ro"
}

@test "joins: inside a user namespace: each type and all of them" {
	requires_userns
	requires_rundlet "peers lack one or the other"
	unshare -U -r -m sleep 120 3>&- &
	local outer=$!
	background "$outer"
	eventually grep -qx sleep "/proc/$outer/comm"
	local there=(nsenter -t "$outer" -U --preserve-credentials)
	hold "${there[@]}"
	printf '#!/bin/sh\nexec nsenter -t %s -U -m --preserve-credentials %s "$@"\n' "$outer" "$E2E_RUNTIME" >"$T/there"
	chmod 755 "$T/there"
	local outside=$E2E_RUNTIME
	E2E_RUNTIME=$T/there
	without_ns user
	config 'del(.linux.uidMappings, .linux.gidMappings)'
	each_and_all
	E2E_RUNTIME=$outside
}

@test "joins: a new user namespace over namespaces of the caller's" {
	requires_root
	requires_rundlet "peers lack one or the other"
	hold
	map_ids 0 100000 1000
	# sysfs wants a network namespace of the container's own
	config '.mounts |= map(select(.type != "sysfs" and .type != "mqueue" and .type != "cgroup"))'
	for t in network:net uts:uts ipc:ipc; do
		join "$t"
	done
	runs_in network:net uts:uts ipc:ipc
}

@test "joins: root: a user namespace, and a network that it does not own" {
	requires_root
	not_for runc "1.1 wants the maps again"
	made="-U" hold
	printf '0 100000 1000\n' >"/proc/$held/uid_map"
	printf '0 100000 1000\n' >"/proc/$held/gid_map"
	join_user
	user=$(readlink "/proc/$held/ns/user")
	hold
	join network:net
	config '.mounts |= map(select(.type != "sysfs"))'
	script 'readlink /proc/self/ns/net; readlink /proc/self/ns/user; id -u'
	ok run --bundle "$B" "$C"
	eq "$out" "$(readlink "/proc/$held/ns/net")"$'\n'"$user"$'\n0'
}

@test "joins: without rights over it a namespace is refused, and says so" {
	requires_user
	requires_rundlet "words of its own"
	made="-U -r" hold
	join_user
	# the initial one's, which nobody inside has rights over
	config '.linux.namespaces |= (map(select(.type != "network")) + [{type: "network", path: "/proc/self/ns/net"}])'
	fails run --bundle "$B" "$C"
	says "join the network namespace"
	says "/linux/namespaces/"
	matches "$err" "config.json:[0-9]+"
	nothing_left_but_holder
}

@test "joins: a mount namespace: its root and mounts stay, the container has a copy" {
	requires_userns
	requires_rundlet "peers give everybody in it a new root"
	made="-U -r" hold
	[ "$(id -u)" = 0 ] || join_user
	[ "$(id -u)" != 0 ] || without_ns user
	touch "$T/mark"
	before=$(cat "/proc/$held/mountinfo")
	join mount:mnt
	script 'readlink /proc/self/ns/mnt; ls -d /bin/busybox'
	ok run --bundle "$B" "$C"
	eq "$(tail -n 1 <<<"$out")" /bin/busybox
	ne "$(head -n 1 <<<"$out")" "$(readlink "/proc/$held/ns/mnt")"
	eq "$(cat "/proc/$held/mountinfo")" "$before" "the mounts of who was there before"
	[ -e "/proc/$held/root$T/mark" ] || fail "who was there before has another root"
	ok plan --bundle "$B"
	has "$out" "a copy of it is entered"
}

@test "joins: the caller's own mount namespace is refused" {
	requires_rundlet "peers replace the root of the caller"
	requires_root
	config '.linux.namespaces |= (map(select(.type != "mount")) + [{type: "mount", path: "/proc/self/ns/mnt"}])'
	before=$(cat /proc/self/mountinfo)
	fails run --bundle "$B" "$C"
	says "is the mount namespace of the caller"
	matches "$err" "config.json:[0-9]+: /linux/namespaces/[0-9]+"
	eq "$(cat /proc/self/mountinfo)" "$before"
	nothing_left
}

@test "joins: the user namespace of the caller is where it is already" {
	requires_root
	requires_rundlet "peers say EINVAL"
	config '.linux.namespaces |= (map(select(.type != "user")) + [{type: "user", path: "/proc/self/ns/user"}])'
	inside 'readlink /proc/self/ns/user'
	eq "$out" "$(readlink /proc/self/ns/user)"
}
