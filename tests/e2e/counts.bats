#!/usr/bin/env bats
# Proves: how little a run costs, in numbers that do not depend on the machine: system calls, tasks,
# sleeps, memory. They gate: whoever makes rundlet do more has to say why.

load helpers

setup()
{
	requires_rundlet "counts are its own promise"
	requires_user
	requires_plain_build
	requires_program strace
	e2e_setup
	MAP_GIDS="[{\"containerID\": 0, \"hostID\": $(id -g), \"size\": 1}]" map_ids 0 "$(id -u)" 1
	with_ns pid network ipc uts mount cgroup user
	# as every caller does; without it /etc/passwd is looked into, by two calls
	config 'del(.linux.seccomp) | .process.env += ["HOME=/root"]'
}

# The second run: the state root is there, as it is for everybody but the very first. Each signal that
# the caller ignores, as shells do for what runs in the background, would cost a call.
trace_run()
{
	ok run --bundle "$B" "$C"
	TMPDIR=$T/tmp XDG_RUNTIME_DIR=$T/xdg env --default-signal strace -f -qq -o "$T/trace" "$@" \
		"$E2E_RUNTIME" --root "$ROOT" run --bundle "$B" "$C" </dev/null >"$T/out" 2>"$T/err"
}

# Calls that were begun, over all tasks; the program's own after its execve do count.
count_calls()
{
	grep -v -e ' <... ' -e ' +++ ' -e ' --- ' "$T/trace" | wc -l
}

@test "counts: system calls of a run" {
	trace_run
	calls=$(count_calls)
	limit=220
	! grep -q -a . <(file -L "$E2E_RUNTIME" | grep -i 'statically linked') || limit=200
	echo "# $calls system calls, at most $limit" >&3
	[ "$calls" -gt 100 ] || fail "only $calls: the trace is not complete"
	[ "$calls" -le $limit ] || {
		awk '{ print $2 }' "$T/trace" | cut -d'(' -f1 | sort | uniq -c | sort -rn | head -n 40 >&2
		fail "$calls system calls, $limit are allowed"
	}
}

@test "counts: tasks of a run" {
	trace_run
	eq "$(awk '{ print $1 }' "$T/trace" | sort -u | wc -l)" 2 "tasks"
}

@test "counts: tasks of a run with newuidmap and newgidmap" {
	requires_subids
	map_subids
	# strace -f takes the helpers' privilege away, so the tasks are counted by the processes' pids
	snapshot
	TMPDIR=$T/tmp XDG_RUNTIME_DIR=$T/xdg strace -f -qq -o "$T/trace" -e trace=clone,clone3,fork,vfork \
		"$E2E_RUNTIME" --root "$ROOT" run --bundle "$B" "$C" </dev/null >"$T/out" 2>"$T/err" || true
	forks=$(grep -c -E '(clone3?|v?fork)\(' "$T/trace")
	[ "$forks" -ge 2 ] || fail "no helpers seen"
	[ "$forks" -le 3 ] || fail "$((forks + 1)) tasks, 4 are allowed"
}

@test "counts: nobody sleeps" {
	trace_run -e trace=nanosleep,clock_nanosleep,select,pselect6
	# a call that strace does not know by name is shown whatever is asked for
	eq "$(grep -v -e +++ -e --- -e ' syscall_0x' "$T/trace" || true)" "" "sleeping calls"
}

@test "counts: nothing is written to cgroup.procs" {
	trace_run -e trace=open,openat,openat2,creat
	hasnt "$(cat "$T/trace")" cgroup.procs
}

@test "counts: libsystemd is never loaded" {
	trace_run -e trace=open,openat,openat2
	[ -s "$T/trace" ] || fail "no trace"
	hasnt "$(cat "$T/trace")" libsystemd
}

@test "counts: libseccomp is not loaded without a profile" {
	trace_run -e trace=open,openat,openat2
	hasnt "$(cat "$T/trace")" libseccomp
}

# Peak memory of a command in KiB, as wait4 has it. GNU time is small enough not to be what is measured.
peak()
{
	TMPDIR=$T/tmp XDG_RUNTIME_DIR=$T/xdg /usr/bin/time -o "$T/peak" -f %M "$E2E_RUNTIME" --root "$ROOT" "$@" </dev/null >"$T/out" 2>"$T/err"
	tail -n 1 "$T/peak"
}

# The same, at most five times until it is below the limit: the kernel counts pages in batches, and what
# the loader touches depends on what others have made of the page cache. What follows undoes it.
least()
{
	local i kib undo=$1
	shift
	for i in 1 2 3 4 5; do
		kib=$(peak "$@")
		[ "$kib" -ge 2048 ] || break
		[ "$i" = 5 ] || [ "$undo" = - ] || go $undo # words are wanted
	done
	echo "$kib"
}

@test "counts: peak memory of every command is below 2 MiB" {
	[ -x /usr/bin/time ] || skip "needs GNU time"
	snapshot
	own=$(/usr/bin/time -f %M true 2>&1)
	[ "$own" -lt 2048 ] || skip "GNU time itself uses $own KiB"
	config '.process.args = ["/bin/sleep", "60"]'
	# shellcheck disable=SC2086 # words are wanted
	for cmd in "create --bundle $B $C" "state $C" "start $C" "list" "kill $C KILL" "plan --bundle $B" features "spec --bundle $T/tmp"; do
		case $cmd in
		create*) kib=$(least "delete --force $C" $cmd) ;;
		state* | list | plan* | features) kib=$(least - $cmd) ;;
		*) kib=$(peak $cmd) ;;
		esac
		echo "# ${cmd%% *}: $kib KiB" >&3
		[ "$kib" -lt 2048 ] || fail "${cmd%% *} used $kib KiB, 2047 are allowed"
	done
	rm "$T/tmp/config.json"
	eventually status_is stopped
	kib=$(peak delete "$C")
	[ "$kib" -lt 2048 ] || fail "delete used $kib KiB"
	config '.process.args = ["/bin/true"]'
	# the children's memory counts in wait4 only once they are reaped: this is the larger of both
	kib=$(least - run --bundle "$B" "$C")
	echo "# run: $kib KiB" >&3
	[ "$kib" -lt 2048 ] || fail "run used $kib KiB, 2047 are allowed"
}

