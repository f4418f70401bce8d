#!/usr/bin/env bats
# Proves, on hosts whose controllers are cgroup v1's: who is not root uses the cgroups that the
# administrator has given to him, and only these: limits hold and are changed, the container is
# paused and listed as a whole, exec joins it, and nothing is left. (root: cgroup.bats)

load helpers

USER_ID=54321
CONTROLLERS="blkio cpu cpuacct cpuset devices freezer memory pids systemd"

setup_file()
{
	[ "$(id -u)" = 0 ] || return 0
	[ "$(stat -f -c %T /sys/fs/cgroup 2>/dev/null)" != cgroup2fs ] || return 0
	export GIVEN=given-$$ c
	for c in $CONTROLLERS; do
		give "$c" "/sys/fs/cgroup/$c/$GIVEN" 2>/dev/null || true
	done
}

# The cgroup $2 of the controller $1, for the user.
give()
{
	mkdir "$2" || return 1
	[ "$1" != cpuset ] || for f in cpus mems; do
		cat "/sys/fs/cgroup/cpuset/cpuset.$f" >"$2/cpuset.$f"
	done
	chown "$USER_ID" "$2" "$2/cgroup.procs"
}

# What a test that failed has left is the user's.
teardown()
{
	local id
	for id in "${ROOT:-/nonexistent}"/*; do
		[ ! -d "$id" ] || [ "$(stat -c %u "$id")" = 0 ] || user delete --force "$(basename "$id")"
	done
	e2e_teardown
}

teardown_file()
{
	local c
	[ -z "${GIVEN:-}" ] || for c in $CONTROLLERS; do
		[ ! -d "/sys/fs/cgroup/$c/$GIVEN" ] || rmdir "/sys/fs/cgroup/$c/$GIVEN"
	done
}

# Only root can give cgroups away: it does, and is the user afterwards.
requires_given()
{
	requires_root
	[ -n "${GIVEN:-}" ] && [ -d "/sys/fs/cgroup/memory/$GIVEN" ] && [ -d "/sys/fs/cgroup/pids/$GIVEN" ] ||
		skip "no cgroup v1 with memory and pids here"
	not_for crun "it makes no cgroup on a host with both versions"
	P=$GIVEN/$C
	map_ids 0 "$USER_ID" 1
	config --arg p "/$P" '.linux.cgroupsPath = $p'
	mkdir -p "$T/xdg" "$T/tmp"
}

# The runtime as the user; beforehand it goes to the cgroups $FROM, if there are any.
user()
{
	chown "$USER_ID:$USER_ID" "$T" "$T"/{tmp,xdg}
	snapshot
	# shellcheck disable=SC2016 # the inner shell expands it
	other bash -c 'for d in $0; do echo $$ >"$d/cgroup.procs"; done
		exec setpriv --reuid "$1" --regid "$1" --clear-groups env "TMPDIR=$2/tmp" "XDG_RUNTIME_DIR=$2/xdg" "${@:3}"' \
		"${FROM:-}" "$USER_ID" "$T" "$E2E_RUNTIME" --root "$ROOT" "$@"
}

user_ok()
{
	user "$@"
	succeeded "$@"
}

of()
{
	cat "/sys/fs/cgroup/$1/$P/$2"
}

none_left()
{
	none_of "cgroups" "$(find /sys/fs/cgroup/*/"$GIVEN" -mindepth 1 -type d)"
	nothing_left
}

@test "cgroup v1, given to a user: limits hold and are changed, the whole is paused and listed" {
	requires_given
	config '.linux.resources = {memory: {limit: 67108864}, pids: {limit: 30}, cpu: {shares: 512}}'
	script 'sleep 100 & sleep 100'
	user_ok create --bundle "$B" --pid-file "$T/pid" "$C"
	user_ok start "$C"
	eq "$(of memory memory.limit_in_bytes)" 67108864
	eq "$(of pids pids.max)" 30
	eq "$(of cpu cpu.shares)" 512
	user_ok update --pids-limit 40 --memory 33554432 "$C"
	eq "$(of pids pids.max)" 40
	eq "$(of memory memory.limit_in_bytes)" 33554432
	user_ok exec --detach "$C" /bin/sleep 101
	# the same three, exec's too, in every hierarchy that was given
	for c in $CONTROLLERS; do
		[ ! -d "/sys/fs/cgroup/$c/$GIVEN" ] || eq "$(of "$c" cgroup.procs | wc -l)" 3 "processes in $c"
	done
	user_ok ps --format json "$C"
	eq "$(jq length <<<"$out")" 3
	if [ -d "/sys/fs/cgroup/freezer/$GIVEN" ]; then
		user_ok pause "$C"
		eq "$(of freezer freezer.state)" FROZEN
		user_ok state "$C"
		eq "$(jq -r .status <<<"$out")" paused
		user_ok resume "$C"
		eq "$(of freezer freezer.state)" THAWED
	fi
	user_ok kill "$C" KILL
	eventually user_sees stopped
	user_ok delete "$C"
	none_left
}

user_sees()
{
	user state "$C"
	[ "$(jq -r .status <<<"$out")" = "$1" ]
}

@test "cgroup v1, given to a user: a hierarchy that is not given is needed for its limits only" {
	requires_given
	not_for runc "it wants all or nothing"
	[ -d "/sys/fs/cgroup/blkio/$GIVEN" ] || skip "no hierarchy for block devices"
	chown 0 "/sys/fs/cgroup/blkio/$GIVEN"
	config '.linux.resources = {blockIO: {weight: 100}}'
	user run --bundle "$B" "$C"
	ne "$status" 0
	[ "$KIND" != rundlet ] || eq "$(wc -l <"$T/err")" 1 "lines of the error"
	says blkio
	says_rundlet "/linux/resources/blockIO/weight"
	says_rundlet "chown"
	none_left
	config '.linux.resources = {pids: {limit: 30}, devices: [{allow: false, access: "rwm"}]}'
	script 'cat /proc/self/cgroup'
	user_ok run --bundle "$B" "$C-2"
	matches "$out" "pids:/$P"
	none_left
}

@test "cgroup v1, given to a user: without a cgroupsPath it is made below the caller's own" {
	requires_given
	FROM=$(for c in $CONTROLLERS; do echo "/sys/fs/cgroup/$c/$GIVEN"; done | xargs ls -d 2>/dev/null | xargs)
	config 'del(.linux.cgroupsPath) | .linux.resources = {pids: {limit: 30}}'
	script 'cat /proc/self/cgroup'
	user_ok run --bundle "$B" "$C"
	matches "$out" "pids:/$P"
	none_left
	# the caller's own as it is: no limit, no cgroup
	not_for runc "it makes one whenever it can"
	config 'del(.linux.cgroupsPath, .linux.resources)'
	user_ok run --bundle "$B" "$C-2"
	has "$out" "pids:/$GIVEN"$'\n'
	none_left
}

@test "cgroup v1: cgroups that nobody gave are not needed where nothing is limited" {
	requires_given
	requires_rundlet
	config '.linux.cgroupsPath = "/not-given/x"'
	script 'cat /proc/self/cgroup'
	user_ok run --bundle "$B" "$C"
	hasnt "$out" not-given
	user plan --bundle "$B"
	has "$out" "no cgroup"
	config '.linux.resources = {pids: {limit: 30}}'
	user run --bundle "$B" "$C"
	ne "$status" 0
	says "/linux/resources/pids/limit"
	none_left
}
