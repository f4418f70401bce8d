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

traced()
{
	TMPDIR=$T/tmp XDG_RUNTIME_DIR=$T/xdg strace -qq -o "$T/trace" "$@" </dev/null >"$T/out" 2>"$T/err" || true
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

@test "kill: rundlet create dies at any of its system calls" {
	snapshot
	traced "$E2E_RUNTIME" --root "$ROOT" create --bundle "$B" --pid-file "$T/pid" "$C"
	clean_after "without an accident"
	calls=$(grep -c '(' "$T/trace")
	[ "$calls" -gt 30 ] || fail "only $calls system calls seen"
	hits=0
	for ((n = 1; n <= calls + 5; n++)); do
		traced -e inject=all:signal=SIGKILL:when="$n" "$E2E_RUNTIME" --root "$ROOT" create --bundle "$B" --pid-file "$T/pid" "$C"
		if grep -q 'killed by SIGKILL' "$T/trace"; then hits=$((hits + 1)); fi
		clean_after "create killed at system call $n: $(tail -n 2 "$T/trace" | head -n 1)" || return 1
		rm -f "$T/pid"*
	done
	[ "$hits" -gt 30 ] || fail "only $hits runs were killed"
}

# System calls that init makes and the host does not, one a line with how often.
init_calls()
{
	rm -f "$T"/ff.*
	TMPDIR=$T/tmp strace -ff -qq -o "$T/ff" "$E2E_RUNTIME" --root "$ROOT" create --bundle "$B" "$C" </dev/null >"$T/out" 2>"$T/err" &
	local pid=$! f host=
	background "$pid"
	eventually status_is created
	rt delete --force "$C"
	wait "$pid" || true
	for f in "$T"/ff.*; do
		if head -n 1 "$f" | grep -q execve; then host=$f; fi
	done
	[ -n "$host" ] || fail "no trace of the host side"
	cut -d'(' -f1 "$host" | sort -u >"$T/host.calls"
	for f in "$T"/ff.*; do
		[ "$f" = "$host" ] || cut -d'(' -f1 "$f"
	done | grep -x '[a-z0-9_]*' | grep -vxF -f "$T/host.calls" | sort | uniq -c
}

@test "kill: init dies at any of its own system calls" {
	init_calls >"$T/init.calls"
	[ "$(wc -l <"$T/init.calls")" -gt 5 ] || fail "too few calls of init seen: $(cat "$T/init.calls")"
	while read -r count call; do
		for ((n = 1; n <= count; n++)); do
			case $call in
			accept | accept4) continue ;; # there it waits for start
			esac
			TMPDIR=$T/tmp XDG_RUNTIME_DIR=$T/xdg timeout 20 strace -f -qq -o "$T/trace" -e trace="$call" -e inject="$call":signal=SIGKILL:when="$n" \
				"$E2E_RUNTIME" --root "$ROOT" create --bundle "$B" "$C" </dev/null >"$T/out" 2>"$T/err" &
			pid=$!
			code=0
			wait "$pid" || code=$?
			grep -q 'killed by SIGKILL' "$T/trace" || continue
			ne "$code" 124 "create hung after init died at $call $n: status"
			ne "$code" 0 "create after init died at $call $n: status"
			eq "$(wc -l <"$T/err")" 1 "lines of the error after init died at $call $n"
			# the host cleans up by itself: nothing to delete
			nothing_left || fail "init killed at $call $n"
		done
	done <"$T/init.calls"
}

@test "kill: both die at any packet of the handshake" {
	snapshot
	for call in sendmsg sendto recvmsg recvfrom read write execve close_range; do
		for n in 1 2 3 4 5 6; do
			TMPDIR=$T/tmp XDG_RUNTIME_DIR=$T/xdg timeout 20 strace -f -qq -o "$T/trace" -e trace="$call" -e inject="$call":signal=SIGKILL:when="$n" \
				"$E2E_RUNTIME" --root "$ROOT" run --detach --bundle "$B" "$C" </dev/null >"$T/out" 2>"$T/err" &
			wait $! || true
			clean_after "$call $n" || return 1
		done
	done
}

@test "kill: run dies while the container runs: the container can be deleted" {
	rt run --bundle "$B" "$C" </dev/null >"$T/out" 2>"$T/err" &
	pid=$!
	background "$pid"
	eventually status_is running
	# the shell function is a subshell: the runtime is its child, or itself
	for p in "$pid" $(ps -o pid= --ppid "$pid"); do
		kill -KILL "$p" 2>/dev/null || true
	done
	clean_after "run killed"
}

@test "kill: start dies at any of its system calls" {
	for ((n = 1; n <= 400; n += 3)); do
		ok create --bundle "$B" "$C"
		traced -e inject=all:signal=SIGKILL:when="$n" "$E2E_RUNTIME" --root "$ROOT" start "$C"
		done=$(grep -c 'killed by SIGKILL' "$T/trace" || true)
		clean_after "start killed at system call $n" || return 1
		[ "$done" != 0 ] || break
	done
	[ "$n" -gt 20 ] || fail "start was killed at too few places"
}

@test "kill: delete dies at any of its system calls: the next one does the rest" {
	for ((n = 1; n <= 400; n += 3)); do
		ok create --bundle "$B" "$C"
		traced -e inject=all:signal=SIGKILL:when="$n" "$E2E_RUNTIME" --root "$ROOT" delete --force "$C"
		done=$(grep -c 'killed by SIGKILL' "$T/trace" || true)
		clean_after "delete killed at system call $n" || return 1
		[ "$done" != 0 ] || break
	done
	[ "$n" -gt 20 ] || fail "delete was killed at too few places"
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
			TMPDIR=$T/tmp XDG_RUNTIME_DIR=$T/xdg strace -qq -o "$T/trace" -e trace="$call" -e inject="$call":error=ENOSPC:when="$n" \
				"$E2E_RUNTIME" --root "$ROOT" create --bundle "$B" "$C" </dev/null >"$T/out" 2>"$T/err" &
			code=0
			wait $! || code=$?
			grep -q INJECTED "$T/trace" || continue
			if [ "$code" != 0 ]; then
				# the error line itself is a write that may be hit
				[ "$(wc -l <"$T/err")" -le 1 ] || fail "more than one line after $call $n failed"
				nothing_left || fail "$call $n"
			else
				clean_after "$call $n"
			fi
		done
	done
}
