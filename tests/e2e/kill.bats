#!/usr/bin/env bats
# Proves: killing rundlet or init with SIGKILL at any system call, hence at every row of the
# handshake, leaves no process and no mount, and the id can be deleted and used again; and a state
# directory on a full disk is one clear error that leaves nothing.
#
# strace injects the signal, so every run dies at one exact place.

load helpers

setup()
{
	requires_rundlet "promises it"
	requires_program strace
	requires_plain_build
	e2e_setup
	# what strace follows must not become another user by a setuid helper
	[ "$(id -u)" = 0 ] || map_ids 0 "$(id -u)" 1
	[ "$(id -u)" = 0 ] || MAP_GIDS="[{\"containerID\": 0, \"hostID\": $(id -g), \"size\": 1}]" map_ids 0 "$(id -u)" 1
	with_ns pid network ipc uts mount cgroup
	config '.process.args = ["/bin/sleep", "60"]'
	strace -qq -o "$T/probe" true 2>/dev/null || skip "strace does not work here"
}

# Runs a command of the runtime below strace; options of strace, --, arguments. Its trace is $T/trace.
traced()
{
	local opt=()
	while [ "$1" != -- ]; do
		opt+=("$1")
		shift
	done
	shift
	status=0
	# the subshell keeps the shell's own word on a killed job out of the log
	(
		TMPDIR=$T/tmp XDG_RUNTIME_DIR=$T/xdg timeout 20 strace -qq -o "$T/trace" "${opt[@]}" \
			"$E2E_RUNTIME" --root "$ROOT" "$@" </dev/null >"$T/out" 2>"$T/err" 3>&-
	) 2>/dev/null || status=$?
	ne "$status" 124 "it hung (${opt[*]}): status"
}

# The system calls of the trace in $1, in order, each as "name which-one-of-that-name".
places()
{
	grep -o '^[a-z0-9_]*(' "$1" | tr -d '(' | awk '{ print $1, ++n[$1] }'
}

was_killed()
{
	grep -q 'killed by SIGKILL' "$T/trace"
}

# After an accident: what lives is the container, if any, and delete --force ends everything.
clean_after()
{
	local where=$1
	if ! rt delete --force "$C" >"$T/out" 2>"$T/err"; then
		fail "$where: delete --force failed"
		return 1
	fi
	if ! nothing_left; then
		fail "$where: something is left"
		return 1
	fi
}

# Kills the command at each place of the host's in turn; before each, `prepare` is called.
kill_at_each_place()
{
	local hits=0 call n least=$1
	shift
	prepare
	traced -- "$@"
	eq "$status" 0 "without an accident: status"
	clean_after "without an accident"
	places "$T/trace" >"$T/places"
	while read -r call n; do
		case $call in
		# too early to matter, and exit_group: too late
		mmap | mprotect | brk | pread64 | arch_prctl | execve | exit_group) continue ;;
		esac
		rm -f "$T/pid"
		prepare
		traced -e inject="$call":signal=SIGKILL:when="$n" -- "$@"
		if was_killed; then hits=$((hits + 1)); fi
		none_of "pid file, half made" "$(find "$T" -name 'pid.*')"
		clean_after "$1 killed at $call $n" || return 1
	done <"$T/places"
	echo "# $1: killed at $hits places" >&3
	[ "$hits" -ge "$least" ] || fail "only $hits runs were killed"
	rm -f "$T/pid"
}

@test "kill: create dies at any of its system calls" {
	prepare() { :; }
	kill_at_each_place 40 create --bundle "$B" --pid-file "$T/pid" "$C"
}

@test "kill: run dies at any of its system calls" {
	config '.process.args = ["/bin/true"]'
	prepare() { :; }
	kill_at_each_place 40 run --bundle "$B" --pid-file "$T/pid" "$C"
}

@test "kill: start dies at any of its system calls" {
	prepare() { ok create --bundle "$B" "$C"; }
	kill_at_each_place 10 start "$C"
}

@test "kill: delete dies at any of its system calls: the next one does the rest" {
	prepare() { ok create --bundle "$B" "$C"; }
	kill_at_each_place 10 delete --force "$C"
}

# System calls of init that the host does not make, each as "name which-one-of-that-name".
init_places()
{
	rm -f "$T"/ff.*
	TMPDIR=$T/tmp strace -ff -qq -o "$T/ff" "$E2E_RUNTIME" --root "$ROOT" create --bundle "$B" "$C" \
		</dev/null >"$T/out" 2>"$T/err" 3>&- &
	local pid=$! f host=
	background "$pid"
	eventually status_is created
	rt delete --force "$C"
	wait "$pid" || true
	for f in "$T"/ff.*; do
		if head -n 1 "$f" | grep -q '^execve(.*create'; then host=$f; fi
	done
	[ -n "$host" ] || fail "no trace of the host side"
	places "$host" | cut -d' ' -f1 | sort -u >"$T/host.calls"
	for f in "$T"/ff.*; do
		[ "$f" = "$host" ] || places "$f"
	done | awk 'NR == FNR { host[$1]; next } !($1 in host)' "$T/host.calls" -
}

@test "kill: init dies at any of the system calls that are its own" {
	local hits=0
	init_places >"$T/init.places"
	while read -r call n; do
		# there it waits for start, and create is over
		[[ $call != accept* ]] || continue
		traced -f -e trace="$call" -e inject="$call":signal=SIGKILL:when="$n" -- create --bundle "$B" "$C"
		was_killed || continue
		hits=$((hits + 1))
		if [ "$status" = 0 ]; then
			# init was through with it
			clean_after "init killed at $call $n" || return 1
			continue
		fi
		eq "$(wc -l <"$T/err")" 1 "lines of the error after init died at $call $n"
		# the host cleans up by itself: there is nothing to delete
		nothing_left || fail "init killed at $call $n: something is left"
	done <"$T/init.places"
	echo "# init: killed at $hits places" >&3
	[ "$hits" -ge 30 ] || fail "only $hits runs were killed"
}

@test "kill: any of the two dies at any packet of the handshake" {
	local hits=0
	# strace stays as long as the container does
	config '.process.args = ["/bin/true"]'
	snapshot
	for call in sendmsg recvmsg read write execve execveat close_range; do
		for n in 1 2 3 4; do
			traced -f -e trace="$call" -e inject="$call":signal=SIGKILL:when="$n" -- run --bundle "$B" "$C"
			if was_killed; then hits=$((hits + 1)); fi
			clean_after "$call $n" || return 1
		done
	done
	echo "# handshake: killed at $hits places" >&3
	[ "$hits" -ge 8 ] || fail "only $hits runs were killed"
}

@test "kill: run dies while the container runs: the container can be deleted" {
	TMPDIR=$T/tmp "$E2E_RUNTIME" --root "$ROOT" run --bundle "$B" "$C" </dev/null >"$T/out" 2>"$T/err" 3>&- &
	pid=$!
	background "$pid"
	eventually status_is running
	kill -KILL "$pid"
	wait "$pid" || true
	BACKGROUND=()
	clean_after "run killed"
}

@test "kill: init dies while it waits in created" {
	ok create --bundle "$B" --pid-file "$T/pid" "$C"
	kill -KILL "$(cat "$T/pid")"
	eventually status_is stopped
	fails start "$C"
	ok delete "$C"
	nothing_left
}

@test "full disk: the state directory has no room" {
	requires_userns
	without_ns user
	config 'del(.linux.uidMappings, .linux.gidMappings)'
	cat >"$T/steps" <<-END
		mkdir -p "$T/small"
		mount -t tmpfs -o size=\$1,nr_inodes=\$2 tmpfs "$T/small" || exit 99
		head -c 1M /dev/zero >"$T/small/filler" 2>/dev/null
		TMPDIR="$T/tmp" "$E2E_RUNTIME" --root "$T/small/state" run --bundle "$B" "$C"
		code=\$?
		find "$T/small/state" -mindepth 1 2>/dev/null
		exit \$code
	END
	snapshot
	# no block free; no inode free for the root, the directory, its files
	for size in "4k 100" "1M 2" "1M 3" "1M 4" "1M 5"; do
		# shellcheck disable=SC2086 # two words
		other unshare -Urm bash "$T/steps" $size
		[ "$status" != 0 ] || { [ "$size" = "1M 5" ] && continue; }
		ne "$status" 0 "size and inodes $size: status"
		ne "$status" 99 "mount"
		eq "$(wc -l <"$T/err")" 1 "size and inodes $size: lines of the error"
		says "No space left on device"
		eq "$out" "" "size and inodes $size: left in the state root"
		nothing_left
	done
	rmdir "$T/small"
}

@test "full disk: any write of the state fails: one error, nothing left" {
	snapshot
	for call in write rename,renameat,renameat2 mkdir,mkdirat fsync,fdatasync; do
		for n in 1 2 3; do
			traced -e trace="$call" -e inject="$call":error=ENOSPC:when="$n" -- create --bundle "$B" "$C"
			if ! grep -q INJECTED "$T/trace"; then
				clean_after "no $call $n"
				continue
			fi
			if [ "$status" != 0 ]; then
				# the error line itself is a write that may be hit
				[ "$(wc -l <"$T/err")" -le 1 ] || fail "more than one line after $call $n failed"
				nothing_left || fail "$call $n"
			else
				clean_after "$call $n"
			fi
		done
	done
}
