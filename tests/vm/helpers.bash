# shellcheck shell=bash
# What the suites of the VM use. They are not those of tests/e2e: a process takes 30 ms to start here,
# so that every helper is as few of them as can be, and nothing waits for a clock.
#
#   RUNTIME  path of the runtime     MANAGER  systemd or cgroupfs     KIND  rundlet, crun or runc
#   $T  the test's directory   $B  its bundle   $C  its container   $status $out  of the last `go`
#   $WRAP  what the runtime is called through, e.g. strace
#   $ROOT  its state root; what another, "$ROOT-…", has is deleted as well
#
# Nothing hangs: a call of the runtime may take 300 s, a test twice that (suite).

KIND=$(basename "$RUNTIME")
ME=$(id -u)
CG=/sys/fs/cgroup
WORK=${XDG_RUNTIME_DIR:-/run}/vm-tests

setup_file()
{
	local a
	[ ! -d "$WORK/rootfs" ] || return 0
	mkdir -p "$WORK"/rootfs/{bin,dev,proc,sys/fs/cgroup,tmp,run,etc,mnt}
	cp "$(command -v busybox)" "$WORK/rootfs/bin/busybox"
	for a in sh cat ls sleep true echo mknod mkdir head tr dd seq readlink id grep; do
		ln -s busybox "$WORK/rootfs/bin/$a"
	done
}

setup()
{
	T=$(mktemp -d "$WORK/t.XXXXXX")
	ROOT=$T/state
	B=$T/bundle
	C=t$BATS_TEST_NUMBER-$MANAGER-$$
	mkdir "$B"
	ln -s "$WORK/rootfs" "$B/rootfs"
	make_config > "$B/config.json"
}

teardown()
{
	local id
	for id in "${ROOT:?}"*/*; do
		[ ! -d "$id" ] || rt --root "${id%/*}" delete --force "${id##*/}" > /dev/null 2>&1 || true
	done
	rm -rf "$T"
}

# Where a cgroupfs container goes: beside our own cgroup, absolute, so that every runtime agrees.
cgroups_path()
{
	local own
	case $MANAGER in
	systemd)
		[ "$ME" = 0 ] && echo "system.slice:vm:$C" || echo "user.slice:vm:$C"
		;;
	cgroupfs)
		own=$(sed -n 's/^0:://p' /proc/self/cgroup)
		echo "${own%/*}/vm-$C"
		;;
	esac
}

make_config()
{
	local users=''
	[ "$ME" = 0 ] || users='
		| .linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: $uid, size: 1}]
		| .linux.gidMappings = [{containerID: 0, hostID: $uid, size: 1}]'
	jq -n --argjson uid "$ME" --arg path "$(cgroups_path)" '{
		ociVersion: "1.0.2",
		process: {cwd: "/", args: ["/bin/sleep", "1000"], user: {uid: 0, gid: 0},
			env: ["PATH=/bin"], noNewPrivileges: true,
			capabilities: (["CAP_MKNOD", "CAP_SYS_ADMIN"] as $c |
				{bounding: $c, effective: $c, permitted: $c})},
		root: {path: "'"$WORK/rootfs"'"},
		mounts: [
			{destination: "/proc", type: "proc", source: "proc"},
			{destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["mode=755"]},
			{destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup",
				options: ["nosuid", "noexec", "nodev", "relatime"]}],
		linux: {cgroupsPath: $path, resources: {},
			namespaces: ([
				"pid", "mount", "ipc", "uts", "cgroup"] | map({type: .}))}
		}'"$users"
}

config()
{
	jq "$@" "$B/config.json" > "$T/config.new"
	mv "$T/config.new" "$B/config.json"
}

resources()
{
	config --argjson r "$1" '.linux.resources = $r'
}

script()
{
	config --arg s "$1" '.process.args = ["/bin/sh", "-c", $s]'
}

# --- the runtime --------------------------------------------------------------------------------

rt()
{
	local globals=(--root "$ROOT")
	[ "$MANAGER" != systemd ] || globals+=(--systemd-cgroup)
	# shellcheck disable=SC2086 # words
	timeout 300 ${WRAP:-} "$RUNTIME" "${globals[@]}" "$@"
}

# The output is a file: what lives on keeps no pipe of ours open.
go()
{
	status=0
	rt "$@" < "${STDIN:-/dev/null}" > "$T/out" 2>&1 || status=$?
	out=$(< "$T/out")
}

ok()
{
	go "$@"
	[ "$status" = 0 ] || fail "'$*' ended with status $status: $out"
}

fails()
{
	go "$@"
	[ "$status" != 0 ] || fail "'$*' succeeded"
}

# Creates and starts the container; sets PID, and DIR to its cgroup.
up()
{
	rt create --bundle "$B" --pid-file "$T/pid" "$C" < /dev/null > "$T/log" 2>&1 || fail "create: $(cat "$T/log")"
	PID=$(cat "$T/pid")
	DIR=$CG$(sed -n 's/^0:://p' "/proc/$PID/cgroup")
	rt start "$C" > /dev/null 2>&1 || fail "start failed"
}

# What holds for the container: the file in its cgroup, or in the scope around it.
limit()
{
	local v
	v=$(cat "$DIR/$1" 2> /dev/null) || v=
	case $v in
	'' | max | 'max 100000') cat "${DIR%/*}/$1" 2> /dev/null || echo "$v" ;;
	*) echo "$v" ;;
	esac
}

# limit_is FILE VALUE
limit_is()
{
	local v
	v=$(limit "$1")
	[ "$v" = "$2" ] || fail "$1 is '$v', not '$2'"
}

# The container's processes see those of the host: its cgroup alone holds them together.
without_pid_namespace()
{
	config '.linux.namespaces |= map(select(.type != "pid"))
		| .mounts[0] = {destination: "/proc", type: "bind", source: "/proc", options: ["rbind"]}'
}

# For options of the runtime that the manager under test would take the place of.
no_manager()
{
	MANAGER=none
	config 'del(.linux.cgroupsPath)'
}

state_is()
{
	[ "$(rt state "$C" 2> /dev/null | jq -r .status)" = "$1" ]
}

# Waits until the command succeeds, for 120 s.
eventually()
{
	local end=$((SECONDS + 120))
	until "$@"; do
		[ $SECONDS -lt $end ] || { fail "never came true: $*"; return 1; }
		sleep 0.1
	done
}

# processes_are N: so many are in the container's cgroup.
processes_are()
{
	[ "$(wc -l < "$DIR/cgroup.procs")" = "$1" ]
}

fail()
{
	echo "FAILED: $*" >&2
	return 1
}

has()
{
	[[ $1 == *"$2"* ]] || fail "'$2' is not in: $1"
}

gone()
{
	[ ! -e "$1" ] || fail "$1 is still there"
}

# The manager that has the container's unit.
manager_ctl()
{
	local user=()
	[ "$ME" = 0 ] || user=(--user)
	systemctl "${user[@]}" "$@"
}

# The properties of the container's unit, "NAME=VALUE" a line.
unit()
{
	manager_ctl show "vm-$C.scope" -p "$1"
}

# The unit of the container is not even remembered as failed.
unit_gone()
{
	[ "$MANAGER" = systemd ] || return 0
	[ "$(manager_ctl show -P LoadState "vm-$C.scope")" = not-found ] || fail "the unit is still there"
}

requires_root()
{
	[ "$ME" = 0 ] || skip "needs root"
}

requires_user()
{
	[ "$ME" != 0 ] || skip "is about an ordinary user"
}

requires_manager()
{
	[ "$MANAGER" = "$1" ] || skip "is about $1"
}

requires_rundlet()
{
	[ "$KIND" = rundlet ] || skip "only rundlet promises this"
}

not_for()
{
	[ "$KIND" != "$1" ] || skip "not for $1: $2"
}
