#!/usr/bin/env bats
# Proves: a container with a terminal gets one that works like one: its master goes to the console
# socket as exactly one descriptor, or the foreground runtime relays it in raw mode, follows the
# window size, and leaves the caller's terminal as it was on every exit.

load helpers

# The other end of --console-socket; output in $T/console.
listen()
{
	python3 ./lib/tool.py console "$@" "$T/sock" "$T/console" 2>"$T/console.err" &
	background $!
	eventually test -S "$T/sock"
}

# Waits for the listener to end.
listened()
{
	wait "${BACKGROUND[-1]}" || fail "the listener failed: $(cat "$T/console.err")"
}

# Runs the runtime in the foreground of a fresh pty; options of tool.py, --, arguments.
in_pty()
{
	local opt=()
	while [ "$1" != -- ]; do
		opt+=("$1")
		shift
	done
	shift
	snapshot
	TMPDIR=$T/tmp XDG_RUNTIME_DIR=$T/xdg python3 ./lib/tool.py pty "${opt[@]}" "$T/pty" \
		"$E2E_RUNTIME" --root "$ROOT" "$@"
	out=$(tr -d '\r' <"$T/pty")
	err=
	status=$(sed -n 's/^status=//p' "$T/pty.info")
	echo "pty: $out; $(tr '\n' ' ' <"$T/pty.info")"
}

info()
{
	sed -n "s/^$1=//p" "$T/pty.info"
}

@test "terminal: create hands the master to the console socket, one descriptor, with a name" {
	config '.process.terminal = true'
	script 'echo on the pty; tty'
	listen
	ok create --bundle "$B" --console-socket "$T/sock" "$C"
	ok start "$C"
	listened
	eq "$(cat "$T/console.fds")" 1 "descriptors in the message"
	matches "$(tr -d '\0' <"$T/console.name")" .
	has "$(tr -d '\r' <"$T/console")" $'on the pty\n/dev/'
	eventually status_is stopped
	rm "$T/sock"
}

@test "terminal: create does not wait for whoever listens at the console socket" {
	config '.process.terminal = true'
	script 'echo on the pty'
	listen --after "$T/created"
	ok create --bundle "$B" --console-socket "$T/sock" "$C"
	ok start "$C"
	touch "$T/created"
	listened
	has "$(cat "$T/console")" "on the pty"
}

@test "terminal: run --detach with a console socket" {
	config '.process.terminal = true'
	script 'echo detached'
	listen
	ok run --detach --bundle "$B" --console-socket "$T/sock" "$C"
	listened
	has "$(cat "$T/console")" detached
}

@test "terminal: /dev/console is there though /dev is read-only" {
	config '.process.terminal = true | (.mounts[] | select(.destination == "/dev")).options += ["ro"]'
	script 'touch /dev/x || echo through >/dev/console'
	listen
	ok create --bundle "$B" --console-socket "$T/sock" "$C"
	ok start "$C"
	listened
	has "$(cat "$T/console")" "Read-only file system"
	has "$(cat "$T/console")" through
}

@test "terminal: it is the controlling terminal, and stdio is on it" {
	config '.process.terminal = true'
	script 'test -t 0 && test -t 1 && test -t 2 && echo all three; echo direct >/dev/tty; echo console >/dev/console; stat -c %t:%T /dev/console >/dev/null && echo there'
	listen
	ok create --bundle "$B" --console-socket "$T/sock" "$C"
	ok start "$C"
	listened
	for word in "all three" direct console there; do
		has "$(cat "$T/console")" "$word"
	done
}

@test "terminal: input reaches the program, control-c its foreground group" {
	config '.process.terminal = true'
	script 'trap "echo interrupted; exit 3" INT; echo ready; while :; do sleep 0.05; done'
	listen --mark ready --send '\x03'
	ok create --bundle "$B" --console-socket "$T/sock" "$C"
	ok start "$C"
	listened
	has "$(cat "$T/console")" interrupted
	eventually status_is stopped
}

@test "terminal: consoleSize is the size of the terminal" {
	not_for crun "1.8 sets it later"
	config '.process.terminal = true | .process.consoleSize = {height: 37, width: 111}'
	script 'stty size'
	listen
	ok create --bundle "$B" --console-socket "$T/sock" "$C"
	ok start "$C"
	listened
	has "$(cat "$T/console")" "37 111"
}

@test "terminal: the slave belongs to the container's user" {
	not_for crun "1.8 hangs"
	requires_subids
	not_for runc "leaves it root's"
	map_subids
	config '.process.terminal = true | .process.user = {uid: 500, gid: 500}'
	script 'stat -c %u $(tty)'
	listen
	ok create --bundle "$B" --console-socket "$T/sock" "$C"
	ok start "$C"
	listened
	eq "$(tr -d '\r\n' <"$T/console")" 500
}

@test "terminal: create with a terminal and without a console socket is refused" {
	config '.process.terminal = true'
	fails create --bundle "$B" "$C"
	nothing_left
}

@test "terminal: a console socket without a terminal is refused" {
	not_for crun "lets it pass"
	listen
	fails create --bundle "$B" --console-socket "$T/sock" "$C"
	kill "${BACKGROUND[-1]}"
	nothing_left
}

@test "terminal: a console socket that is not there is refused" {
	config '.process.terminal = true'
	fails create --bundle "$B" --console-socket "$T/no-such-socket" "$C"
	nothing_left
}

@test "terminal: a console socket that is no socket is refused" {
	config '.process.terminal = true'
	touch "$T/file"
	fails create --bundle "$B" --console-socket "$T/file" "$C"
	nothing_left
}

@test "terminal: foreground: the exit code comes back, the output is there" {
	config '.process.terminal = true'
	script 'echo hello; test -t 0 && echo tty; exit 7'
	in_pty -- run --bundle "$B" "$C"
	eq "$status" 7
	has "$out" $'hello\ntty'
	[ "$KIND" = crun ] || eq "$out" $'hello\ntty' # crun 1.8 colours and dates it
	nothing_left
}

@test "terminal: foreground: the caller's terminal is raw meanwhile, and restored" {
	config '.process.terminal = true'
	script 'stty -echo; echo ready; read -r line'
	in_pty --mark ready --send '\n' -- run --bundle "$B" "$C"
	eq "$(info raw)" yes "raw mode"
	eq "$(info restored)" yes "restored"
	eq "$status" 0
}

@test "terminal: foreground: the window size is passed on, and its changes" {
	not_for crun "1.8 sets it late"
	config '.process.terminal = true'
	script 'stty size; trap "stty size; exit 0" WINCH; echo ready; while :; do sleep 0.05; done'
	in_pty --size 33x77 --resize 44x99 --mark ready -- run --bundle "$B" "$C"
	has "$out" "33 77"
	has "$out" "44 99"
	eq "$status" 0
}

@test "terminal: foreground: control-c goes to the program, not to the runtime" {
	config '.process.terminal = true'
	script 'trap "echo interrupted; exit 5" INT; echo ready; while :; do sleep 0.05; done'
	in_pty --mark ready --send '\x03' -- run --bundle "$B" "$C"
	has "$out" interrupted
	eq "$status" 5
	eq "$(info restored)" yes
}

@test "terminal: foreground: what is typed arrives, and end of file" {
	config '.process.terminal = true'
	script 'stty -echo; echo ready; cat; echo done'
	in_pty --mark ready --send 'typed\n\x04' -- run --bundle "$B" "$C"
	has "$out" typed
	has "$out" "done"
	eq "$status" 0
}

@test "terminal: foreground: restored when the program dies of a signal" {
	config '.process.terminal = true'
	script 'echo ready; sleep 0.3; exec sleep 60'
	(
		eventually status_is running
		sleep 0.3
		rt kill "$C" KILL
	) >/dev/null 2>&1 3>&- &
	killer=$!
	in_pty --mark ready -- run --bundle "$B" "$C"
	wait "$killer"
	eq "$status" 137
	eq "$(info restored)" yes
}

@test "terminal: foreground: restored when the runtime gets SIGTERM" {
	config '.process.terminal = true'
	script 'trap "exit 6" TERM; echo ready; while :; do sleep 0.05; done'
	in_pty --mark ready --signal TERM -- run --bundle "$B" "$C"
	eq "$status" 6
	eq "$(info restored)" yes
	nothing_left
}

@test "terminal: foreground: restored when the container cannot be made" {
	config '.process.terminal = true | .process.args = ["/no/such"]'
	in_pty -- run --bundle "$B" "$C"
	ne "$status" 0
	eq "$(info restored)" yes
	nothing_left
}

@test "terminal: foreground: a lot of output arrives completely" {
	config '.process.terminal = true'
	script 'seq 1 20000'
	in_pty -- run --bundle "$B" "$C"
	eq "$(tail -n 1 <<<"$out")" 20000
	eq "$(wc -l <<<"$out")" 20000
}

@test "terminal: foreground: stdin from a file, terminal true" {
	config '.process.terminal = true'
	script 'test -t 1 && echo has-tty'
	go run --bundle "$B" "$C"
	not_for runc "wants a terminal"
	not_for crun "wants a terminal"
	eq "$status" 0
	has "$out" has-tty
}

@test "terminal: foreground: a program ends with its input where that is a file" {
	requires_rundlet "runc wants a terminal of the caller's"
	config '.process.terminal = true | .process.args = ["/bin/sh"]'
	snapshot
	# nobody waits for one that does not end
	local ending=(timeout -k 1 60 "$E2E_RUNTIME" --root "$ROOT" run --bundle "$B" "$C")
	STDIN=/dev/null other "${ending[@]}"
	eq "$status$err" 0
	# a line without an end is a line
	config '.process.args = ["/bin/cat"]'
	printf 'one\ntwo' >"$T/typed"
	STDIN=$T/typed other "${ending[@]}"
	eq "$status" 0
	# echoed and read
	eq "$(grep -o two <<<"$out" | wc -l)" 2
}

@test "terminal: foreground: a caller's output that is no terminal gets what the program wrote" {
	not_for runc "wants a terminal"
	not_for crun "wants a terminal"
	config '.process.terminal = true'
	script 'echo one; echo two'
	go run --bundle "$B" "$C"
	eq "$status $err" "0 "
	eq "$(od -An -c <<<"$out" | tr -d ' ')" 'one\ntwo\n'
}

@test "terminal: /dev/console as a link of the image does not reach the host" {
	not_for crun "1.8 has this hole"
	# CVE-2025-52565, CVE-2026-88264
	as_host_root
	config '.process.terminal = true | .mounts |= map(select(.destination | startswith("/dev") and . != "/dev/pts" | not))'
	ln -s "$T/canary" "$B/rootfs/dev/console"
	listen
	go create --bundle "$B" --console-socket "$T/sock" "$C"
	missing "$T/canary"
	kill "${BACKGROUND[-1]}" 2>/dev/null || true
	may_create rootfs/dev/{null,zero,full,random,urandom,tty,fd,stdin,stdout,stderr,ptmx,core,console}
	rm -rf "$B/rootfs/dev/shm/"* "$B/rootfs/run"
}
