# shellcheck shell=bash
# What every suite uses: bundles, the runtime, assertions, and the check that nothing is left.
#
# A test is free of cleanup: teardown deletes every container in its state root and then demands
# that nothing of the test remains. A test that is about cleanup calls nothing_left itself.
#
#   $T     the test's directory, on a tmpfs        $ROOT  its state root (--root)
#   $B     its bundle                              $C     a container id
#   $status $out $err   what the last `go`, `ok` or `fails` returned and printed

KIND=$(basename "$E2E_RUNTIME")
[[ $KIND == rundlet* ]] && KIND=rundlet
EUID_NAME=$(id -un)

# --- setup and teardown ------------------------------------------------------------------------

setup()
{
	e2e_setup
}

teardown()
{
	e2e_teardown
}

e2e_setup()
{
	T=$(mktemp -d "$E2E_WORK/t.XXXXXX")
	chmod 0711 "$T"
	ROOT=$T/state
	B=$T/bundle
	C=c$BATS_TEST_NUMBER-$BASHPID
	mkdir -m 0700 "$T/tmp" "$T/xdg"
	MAY_CREATE=()
	BACKGROUND=()
	# an orphan fails the test that left it, not those that follow
	KNOWN=$(orphans | awk '{ print $1 }')
	make_bundle "$B"
}

e2e_teardown()
{
	local pid id
	# a test that was skipped before its setup has nothing to take down
	[ -n "${T:-}" ] || return 0
	for pid in "${BACKGROUND[@]}"; do
		kill -KILL "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	for id in "$ROOT"/*; do
		[ -d "$id" ] || continue
		if ! rt delete --force "$(basename "$id")" >"$T/out" 2>"$T/err"; then
			fail "teardown: delete --force failed"
			return 1
		fi
	done
	nothing_left || return 1
	rm -rf --one-file-system "$T"
}

# The pid of something that teardown is to end.
background()
{
	BACKGROUND+=("$1")
}

# --- bundles ------------------------------------------------------------------------------------

APPLETS="sh ash cat cut chmod cp date dd df echo env expr false find free grep head hostname id kill
	killall ln ls mkdir mkfifo mknod mount mv nice nproc od printf ps pwd readlink rm rmdir sed seq
	sleep sort stat stty sync tail tee test touch tr true tty ulimit umount uname unshare wc which
	whoami ip ifconfig realpath chown timeout usleep yes"

# A bundle in the directory $1: a busybox root file system and the config.json that the runtime's
# own `spec` writes, without a terminal, running true.
make_bundle()
{
	local skeleton=$E2E_WORK/skeleton
	[ -d "$skeleton" ] || make_skeleton "$skeleton"
	mkdir -p "$1"
	cp -al "$skeleton/rootfs" "$1/rootfs"
	cp "$skeleton/config.json" "$1/config.json"
}

make_skeleton()
{
	local s=$1.$BASHPID a
	mkdir -p "$s"/rootfs/{bin,dev/pts,dev/shm,dev/mqueue,etc,proc,sys/fs/cgroup,tmp,mnt,root,home}
	cp "$(command -v busybox)" "$s/rootfs/bin/busybox"
	for a in $APPLETS; do
		ln -s busybox "$s/rootfs/bin/$a"
	done
	echo 'root:x:0:0:root:/root:/bin/sh' >"$s/rootfs/etc/passwd"
	echo 'root:x:0:' >"$s/rootfs/etc/group"
	spec_to "$s"
	# gid=5 of devpts is mapped in some of the user namespaces to come and not in others; the rule
	# for devices is in nobody's way, but it takes a cgroup, which not every host has
	jq '.process.terminal = false | .process.args = ["/bin/true"] | del(.linux.resources) |
		(.mounts[] | select(.type == "devpts")).options -= ["gid=5"]' "$s/config.json" >"$s/new"
	mv "$s/new" "$s/config.json"
	if [ "$(id -u)" != 0 ]; then
		jq --argjson u "$(id -u)" --argjson g "$(id -g)" '
			.linux.uidMappings = [{containerID: 0, hostID: $u, size: 1}] |
			.linux.gidMappings = [{containerID: 0, hostID: $g, size: 1}]' "$s/config.json" >"$s/new"
		mv "$s/new" "$s/config.json"
	fi
	# suites start at the same time: the first one wins
	mv -T "$s" "$1" 2>/dev/null || rm -rf "$s"
}

# `spec`, with --rootless for an ordinary user, into the directory $1.
spec_to()
{
	local opt=()
	[ "$(id -u)" = 0 ] || opt=(--rootless)
	(cd "$1" && "$E2E_RUNTIME" spec "${opt[@]}")
}

# Edits config.json of $B: a jq filter, after jq's own options.
config()
{
	jq "$@" "$B/config.json" >"$T/config.new"
	mv "$T/config.new" "$B/config.json"
}

# The program is this shell script.
script()
{
	config --arg s "$1" '.process.args = ["/bin/sh", "-c", $s]'
}

# The container has a new namespace of each of these types, once.
with_ns()
{
	local ns
	for ns in "$@"; do
		config --arg n "$ns" '.linux.namespaces |= (map(select(.type != $n)) + [{type: $n}])'
	done
}

without_ns()
{
	local ns
	for ns in "$@"; do
		config --arg n "$ns" '.linux.namespaces |= map(select(.type != $n))'
	done
}

# As root: without a user namespace, so that nothing but the runtime is between an image and the host.
as_host_root()
{
	[ "$(id -u)" = 0 ] || return 0
	without_ns user
	config 'del(.linux.uidMappings, .linux.gidMappings)'
}

# Adds a mount: destination, type, source, options separated by commas.
add_mount()
{
	config --arg d "$1" --arg t "$2" --arg s "$3" --arg o "${4:-}" '
		.mounts += [{destination: $d, type: $t, source: $s} +
			(if $o == "" then {} else {options: ($o | split(","))} end)]'
}

# Maps ids of the caller: arguments INSIDE OUTSIDE COUNT, in threes, for users and groups alike.
map_ids()
{
	local json='[]' gids
	while [ $# -gt 0 ]; do
		json=$(jq -c ". + [{containerID: $1, hostID: $2, size: $3}]" <<<"$json")
		shift 3
	done
	gids=${MAP_GIDS:-$json}
	with_ns user
	config --argjson u "$json" --argjson g "$gids" '.linux.uidMappings = $u | .linux.gidMappings = $g'
}

# The caller's own ids to 0 and its subordinate ids from 1 on.
map_subids()
{
	local own
	own=$(subid_start subgid)
	MAP_GIDS=$(jq -cn "[{containerID: 0, hostID: $(id -g), size: 1}, {containerID: 1, hostID: $own, size: 1000}]") \
		map_ids 0 "$(id -u)" 1 1 "$(subid_start subuid)" 1000
}

subid_start()
{
	awk -F: -v u="$EUID_NAME" -v n="$(id -u)" '($1 == u || $1 == n) && $3 >= 1000 { print $2; exit }' "/etc/$1"
}

# --- the runtime --------------------------------------------------------------------------------

rt()
{
	snapshot
	TMPDIR=$T/tmp XDG_RUNTIME_DIR=$T/xdg "$E2E_RUNTIME" --root "$ROOT" "$@"
}

# Runs the runtime; stdin is empty (or $STDIN), nothing is shown. Descriptor 3 is bats' own: whoever
# kept it would keep bats waiting.
go()
{
	status=0
	rt "$@" <"${STDIN:-/dev/null}" >"$T/out" 2>"$T/err" 3>&- || status=$?
	out=$(cat "$T/out")
	err=$(cat "$T/err")
}

# The same for any other command.
other()
{
	status=0
	"$@" <"${STDIN:-/dev/null}" >"$T/out" 2>"$T/err" 3>&- || status=$?
	out=$(cat "$T/out")
	err=$(cat "$T/err")
}

# What ran last, "$@", succeeded and was silent on stderr (runc 1.1 warns where there is no cgroup).
succeeded()
{
	[ "$status" = 0 ] || fail "'$*' ended with status $status"
	[ "$KIND" != runc ] || err=$(grep -v level=warning "$T/err" || true)
	[ -z "$err" ] || fail "'$*' wrote to stderr"
}

# It succeeds and is silent on stderr.
ok()
{
	go "$@"
	succeeded "$@"
}

# It fails, and says why in one line on stderr (peers may need more).
fails()
{
	go "$@"
	[ "$status" != 0 ] || fail "'$*' succeeded"
	[ -n "$err" ] || fail "'$*' failed without a word"
	if [ "$KIND" = rundlet ]; then
		[ "$status" = 1 ] || fail "'$*' ended with status $status, not 1"
		[ "$(wc -l <"$T/err")" = 1 ] || fail "'$*' wrote more than one line, or no end of line"
		[ -z "$out" ] || fail "'$*' failed and wrote to stdout"
	fi
}

# Runs the container in the foreground; it succeeds. With an argument: of this script.
inside()
{
	[ $# = 0 ] || script "$1"
	ok run --bundle "$B" "$C"
}

# Runs the commands $1 in a mount namespace in which nothing gets out, as root of a user namespace when
# the caller is not root. rt and config.json's bundle are known there; the container has no user
# namespace of its own.
in_mountns()
{
	local new=-m
	snapshot
	cat >"$T/steps" <<-END
		set -eu
		rt() { TMPDIR="$T/tmp" XDG_RUNTIME_DIR="$T/xdg" "$E2E_RUNTIME" --root "$ROOT" "\$@"; }
		T=$T B=$B C=$C
		$1
	END
	if [ "$(id -u)" != 0 ]; then
		new=-Urm
		without_ns user
		with_ns network
		config 'del(.linux.uidMappings, .linux.gidMappings)'
	fi
	other unshare "$new" --propagation private sh "$T/steps"
}

# Polls until the command succeeds, for at most five seconds.
eventually()
{
	local tries=100
	while [ $((tries--)) -gt 0 ]; do
		"$@" && return 0
		sleep 0.05
	done
	fail "never came true: $*"
}

status_is()
{
	[ "$(rt state "${2:-$C}" 2>/dev/null | jq -r .status)" = "$1" ]
}

init_pid()
{
	rt state "${1:-$C}" | jq -r .pid
}

# --- what a test needs --------------------------------------------------------------------------

requires_root()
{
	[ "$(id -u)" = 0 ] || skip "needs root"
}

requires_user()
{
	[ "$(id -u)" != 0 ] || skip "is about an ordinary user"
}

requires_rundlet()
{
	[ "$KIND" = rundlet ] || skip "only rundlet: ${1:-peers do not promise this}"
}

# not_for KIND REASON
not_for()
{
	[ "$KIND" != "$1" ] || skip "not for $1: $2"
}

requires_program()
{
	local p
	for p in "$@"; do
		command -v "$p" >/dev/null || skip "needs the program $p"
	done
}

requires_userns()
{
	unshare -Ur true 2>/dev/null || skip "this host allows no user namespaces"
}

requires_subids()
{
	requires_user
	requires_program newuidmap newgidmap
	[ -n "$(subid_start subuid)" ] || skip "no range for $EUID_NAME in /etc/subuid"
	[ -n "$(subid_start subgid)" ] || skip "no range for $EUID_NAME in /etc/subgid"
}

# Instrumented builds use more calls and memory, and do not like to be traced.
requires_plain_build()
{
	! grep -q __asan_init "$E2E_RUNTIME" || skip "this is an instrumented build"
}

# --- assertions ---------------------------------------------------------------------------------

fail()
{
	{
		echo "FAILED: $*"
		echo "status: ${status:-}"
		[ -z "${T:-}" ] || [ ! -f "$T/out" ] || head -c 1200 "$T/out" | sed 's/^/stdout: /'
		[ -z "${T:-}" ] || [ ! -f "$T/err" ] || head -c 1200 "$T/err" | sed 's/^/stderr: /'
	} >&2
	return 1
}

# eq GOT WANT [WHAT]
eq()
{
	[ "$1" = "$2" ] || fail "${3:-value}: got '$1', want '$2'"
}

ne()
{
	[ "$1" != "$2" ] || fail "${3:-value}: got '$1', which it must not be"
}

# has TEXT PART
has()
{
	[[ $1 == *"$2"* ]] || fail "'$2' is not in: $1"
}

hasnt()
{
	[[ $1 != *"$2"* ]] || fail "'$2' is in: $1"
}

# matches TEXT EXTENDED_REGEX
matches()
{
	[[ $1 =~ $2 ]] || fail "'$2' does not match: $1"
}

# The last error says this. What only rundlet promises goes to says_rundlet.
says()
{
	has "$err" "$1"
}

says_rundlet()
{
	[ "$KIND" != rundlet ] || has "$err" "$1"
}

exists()
{
	[ -e "$1" ] || [ -L "$1" ] || fail "$1 does not exist"
}

missing()
{
	[ ! -e "$1" ] && [ ! -L "$1" ] || fail "$1 exists"
}

# --- nothing is left ----------------------------------------------------------------------------

# Names in the bundle before the runtime sees it for the first time.
snapshot()
{
	[ -f "$T/before" ] || bundle_names >"$T/before"
}

bundle_names()
{
	(cd "$B" 2>/dev/null && find . | LC_ALL=C sort)
}

# Names below the bundle that this test wants to see created ("rootfs/new").
may_create()
{
	MAY_CREATE+=("$@")
}

# Processes of this suite that are not bats': orphans belong to the reaper.
orphans()
{
	ps -e -o pid= -o ppid= -o stat= -o args= |
		awk -v r="$E2E_REAPER" -v m="$E2E_MAIN" '$2 == r && $1 != m && $3 !~ /^Z/' |
		awk -v known=" ${KNOWN//$'\n'/ } " 'index(known, " " $1 " ") == 0'
}

no_orphans()
{
	[ -z "$(orphans)" ]
}

# Mounts, in any namespace of this user's processes, that have something to do with the test.
foreign_mounts()
{
	local pid
	for pid in $(grep -ls -F "/$(basename "$T")/" /proc/[0-9]*/mountinfo 2>/dev/null); do
		echo "$pid: $(tr '\0' ' ' <"$(dirname "$pid")/cmdline" 2>/dev/null)"
	done
}

no_foreign_mounts()
{
	[ -z "$(foreign_mounts)" ]
}

left_processes()
{
	if ! eventually_quiet no_orphans; then
		orphans >&2
		fail "processes are left"
		return 1
	fi
	if ! eventually_quiet no_foreign_mounts; then
		foreign_mounts >&2
		fail "mounts of the test are left in these processes"
		return 1
	fi
}

# A killed process needs a moment to go.
eventually_quiet()
{
	local tries=40
	while [ $((tries--)) -gt 0 ]; do
		"$@" && return 0
		sleep 0.05
	done
	return 1
}

# Fails with what and the list, unless the list is empty.
none_of()
{
	[ -z "$2" ] && return 0
	fail "$1: $2"
	return 1
}

new_in_bundle()
{
	[ ! -f "$T/before" ] || bundle_names | LC_ALL=C comm -13 "$T/before" - |
		grep -vxF -f <(printf './%s\n' "${MAY_CREATE[@]:-/}")
}

# No process, mount, cgroup, state or temporary file of this test exists. Every check returns by
# itself: `set -e` does not hold in a function that is called as a condition.
nothing_left()
{
	left_processes || return 1
	none_of "the state root is not empty" "$(find "$ROOT" -mindepth 1 2>/dev/null)" || return 1
	none_of "temporary files are left" "$(find "$T/tmp" "$T/xdg" -mindepth 1)" || return 1
	none_of "the bundle has new files" "$(new_in_bundle)" || return 1
	none_of "cgroups are left" "$(find /sys/fs/cgroup -type d -name "*$C*" 2>/dev/null)" || return 1
}
