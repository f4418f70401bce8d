#!/usr/bin/env bats
# Proves: the command lines of conmon-rs and of CRI-O, word for word and in their environment (a PATH
# and XDG_RUNTIME_DIR, no HOME), do what these callers count on: repeated globals, "=" and blanks, a
# document on standard input, the words that they look for; and what goes to journald or syslog.

load helpers

# The environment of both.
as_caller()
{
	snapshot
	status=0
	env -i PATH="$PATH" XDG_RUNTIME_DIR="$T/xdg" TMPDIR="$T/tmp" CRI_O_EXTERNAL=1 "$E2E_RUNTIME" "$@" \
		<"${STDIN:-/dev/null}" >"$T/out" 2>"$T/err" 3>&- || status=$?
	out=$(cat "$T/out")
	err=$(cat "$T/err")
}

# It succeeds, and says nothing on stderr, which is read together with stdout.
crio()
{
	as_caller "$@"
	succeeded "$@"
}

listen()
{
	python3 ./lib/tool.py console "$T/sock" "$T/console" 2>"$T/console.err" 3>&- &
	background $!
	eventually test -S "$T/sock"
}

idle()
{
	config '.process.args = ["/bin/sleep", "100"]'
	crio --root="$ROOT" --root="$ROOT" create --bundle "$B" --pid-file "$T/pid" "$C"
	crio --root "$ROOT" start "$C"
}

@test "cri: conmon-rs creates with a terminal, globals said twice" {
	config '.process.terminal = true | .process.args = ["/bin/echo", "on a terminal"]'
	listen
	crio --root="$ROOT" --root="$ROOT" create --bundle "$B" --pid-file "$T/pid" --console-socket="$T/sock" "$C"
	kill -0 "$(cat "$T/pid")"
	crio --root "$ROOT" start "$C"
	wait "${BACKGROUND[0]}"
	BACKGROUND=()
	has "$(cat "$T/console")" "on a terminal"
}

@test "cri: conmon-rs executes, with and without a terminal" {
	idle
	crio --root="$ROOT" exec -d --pid-file="$T/exec.pid" "$C" sh -c 'echo one >/dev/null; sleep 100'
	kill -0 "$(cat "$T/exec.pid")"
	listen
	crio --root="$ROOT" --root="$ROOT" exec -d --console-socket="$T/sock" --tty --pid-file="$T/tty.pid" "$C" \
		sh -c 'test -t 0 && echo two'
	wait "${BACKGROUND[0]}"
	BACKGROUND=()
	has "$(cat "$T/console")" two
}

@test "cri: CRI-O from state to delete" {
	idle
	crio --root "$ROOT" state "$C"
	eq "$(jq -r '[.status, .id, .pid] | join(" ")' <<<"$out")" "running $C $(cat "$T/pid")"
	jq '.process | del(.consoleSize) | .args = ["/bin/sh", "-c", "echo to stdout; echo to stderr >&2; exit 7"]' \
		"$B/config.json" >"$T/process.json"
	as_caller --root "$ROOT" exec --process "$T/process.json" "$C"
	eq "$status" 7
	eq "$out" "to stdout"
	[ "$KIND" = runc ] || eq "$err" "to stderr"
	crio --root "$ROOT" kill "$C" SIGWINCH
	crio --root "$ROOT" kill "$C" KILL
	eventually status_is stopped
	as_caller --root "$ROOT" kill "$C" KILL
	ne "$status" 0 "kill of one that has ended"
	[ "$KIND" = crun ] || matches "$err" "container not running|no such process|os: process already finished"
	crio --root "$ROOT" delete --force "$C"
	as_caller --root "$ROOT" state "$C"
	ne "$status" 0 "state of one that is gone"
	[ "$KIND" = crun ] || says "container does not exist"
	crio --root "$ROOT" delete --force "$C"
}

@test "cri: CRI-O updates from standard input, as a word of its own, and pauses" {
	requires_root
	[ -w /sys/fs/cgroup/pids ] || [ -w /sys/fs/cgroup/cgroup.subtree_control ] || skip "no cgroup can be made here"
	not_for crun "it makes no cgroup on a host with both versions"
	config --arg p "/$C" '.linux.cgroupsPath = $p'
	idle
	echo '{"pids": {"limit": 33}, "memory": {"limit": 104857600}}' >"$T/resources"
	STDIN=$T/resources crio --root "$ROOT" update --resources - "$C"
	eq "$(cat /sys/fs/cgroup/pids/"$C"/pids.max /sys/fs/cgroup/"$C"/pids.max 2>/dev/null)" 33
	crio --root "$ROOT" pause "$C"
	status_is paused
	crio --root "$ROOT" resume "$C"
	status_is running
}

@test "cri: update of a document that is none is one error that names it" {
	not_for crun "without a cgroup it looks at nothing"
	idle
	for text in '{"pids": {"limit": "many"}}' '{' '[]'; do
		echo "$text" >"$T/resources"
		STDIN=$T/resources as_caller --root "$ROOT" update --resources - "$C"
		ne "$status" 0 "update with $text"
		says_rundlet "standard input"
		eq "$(wc -l <"$T/err")" 1 "lines of the error"
	done
}

@test "cri: a checkpoint is refused and the container goes on" {
	requires_rundlet "peers may have CRIU"
	idle
	mkdir "$T/image"
	as_caller --root "$ROOT" checkpoint --file-locks --image-path "$T/image" --work-path "$T/image" --leave-running "$C"
	ne "$status" 0
	says checkpoint
	status_is running
}

@test "cri: features and --version, with stderr in the same pipe" {
	not_for crun "1.8 has no features"
	not_for runc "1.1.5 names the mounts otherwise"
	as_caller features
	jq -e '.ociVersionMin and .ociVersionMax and (.mountOptions | index("rro"))' "$T/out" >/dev/null
	eq "$err" ""
	as_caller --version
	has "$out" "version"
	eq "$err" ""
}

# --- where lines go ---------------------------------------------------------------------------------

# Runs a script in a mount namespace where $T/dev/log and $T/journal are what daemons listen on, with
# somebody listening; $R is the runtime. What was heard is $T/heard.
with_daemons()
{
	requires_userns
	[[ $T == /dev/shm/* ]] || skip "what is hidden below /run or /tmp would be missing"
	mkdir -p "$T/dev/shm" "$T/run/systemd/journal"
	: >>"$T/dev/null"
	cat >"$T/listen" <<-'END'
		import os, socket, subprocess, sys
		where, script, heard = sys.argv[1:]
		s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		s.bind(where)
		s.settimeout(10)
		subprocess.run(["bash", "-c", script], stdin=subprocess.DEVNULL)
		s.setblocking(False)
		with open(heard, "wb") as out:
		    try:
		        while True:
		            out.write(s.recv(65536) + b"\0")
		    except BlockingIOError:
		        pass
	END
	# shellcheck disable=SC2016 # for the inner shell
	R="$E2E_RUNTIME --root $ROOT" other unshare -rm bash -c 'set -e
		python3=$(readlink -f "$(command -v python3)")
		mount --bind /dev/null "$0/dev/null"
		mount --rbind /dev/shm "$0/dev/shm"
		mount --bind "$0/run" /run
		mount --rbind "$0/dev" /dev
		exec "$python3" "$0/listen" "$1" "$2" "$0/heard"' "$T" "$1" "$2"
}

@test "log: journald gets the message, its priority, whose it is and the code" {
	requires_rundlet "crun needs libsystemd and a real journal"
	with_daemons /run/systemd/journal/socket \
		'$R --log=journald:my-container --log-level=debug state nobody'
	# the error is on stderr too
	says "container does not exist"
	tr '\0' '\n' <"$T/heard" >"$T/lines"
	grep -qx 'MESSAGE=.*container "nobody": container does not exist' "$T/lines" || fail "$(cat "$T/lines")"
	grep -qx 'PRIORITY=3' "$T/lines"
	grep -qx 'SYSLOG_IDENTIFIER=my-container' "$T/lines"
	grep -qx 'RUNDLET_CODE=.*' "$T/lines"
}

@test "log: syslog gets a line with priority, time and name" {
	requires_rundlet "crun needs a real daemon"
	with_daemons /dev/log '$R --log=syslog:my-container state nobody'
	says "container does not exist"
	matches "$(tr '\0' '\n' <"$T/heard")" \
		'^<11>[A-Z][a-z]{2} [ 0-9]{2} [0-9:]{8} my-container: .*container does not exist$'
}

@test "log: a daemon that nobody runs is no error, a name that is missing is" {
	requires_rundlet "words of its own"
	idle
	with_daemons /run/elsewhere '$R --log=journald:x state '"$C"'; $R --log syslog:x state '"$C"
	[ "$(id -u)" != 0 ] || eq "$err" ""
	fails --log journald: state "$C"
	says "journald:"
	fails --log "syslog:"$'a\nb' state "$C"
}

@test "log: --log-level is error, warning, info or debug" {
	requires_rundlet "the peers here have no such option"
	idle
	for level in error warn warning info debug; do
		as_caller --log "$T/log" --log-level="$level" --root "$ROOT" state "$C"
		eq "$status" 0 "--log-level=$level"
	done
	rm -f "$T/log"
	ok --log "$T/log" --log-level error run --bundle "$B" --detach "$C-2"
	[ ! -s "$T/log" ] || fail "$(cat "$T/log")"
	ok --log "$T/log" --log-level debug delete --force "$C-2"
	ok --log "$T/log" --log-level debug run --bundle "$B" --detach "$C-2"
	has "$(cat "$T/log")" "level=debug"
	fails --log-level chatty state "$C"
	says "--log-level: 'chatty' is not known"
}
