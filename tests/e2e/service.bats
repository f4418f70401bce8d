#!/usr/bin/env bats
# Proves: what a service manager gives with the environment reaches the program, and what the program
# says reaches the service manager. NOTIFY_SOCKET (sd_notify(3)): in the foreground all along, with
# --detach and start until READY, never what a container has no say in; LISTEN_FDS (sd_listen_fds(3)):
# the descriptors and their number, in run, create and exec. A variable that is stale, or meant for
# somebody else, changes nothing.

load helpers

# A service manager's socket at $T/manager: each message becomes a line of $T/heard, its lines
# separated by "|".
manager()
{
	python3 - "$1" "$T/heard" >"$T/manager.err" 2>&1 3>&- <<-'END' &
		import os, socket, sys
		s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		s.bind(sys.argv[1].replace("@", "\0", 1))
		with open(sys.argv[2], "w") as out:
		    if sys.argv[1][0] == "/":
		        os.chmod(sys.argv[1], 0o777)
		    print("listening", file=out, flush=True)
		    while True:
		        print(s.recv(4096).decode().rstrip("\n").replace("\n", "|"), file=out, flush=True)
	END
	background $!
	eventually test -s "$T/heard"
}

heard()
{
	grep -q -- "$1" "$T/heard"
}

# The program is python, the host's: $1 in it, with say() and the directory /share of the test.
program()
{
	local dir
	for dir in /usr /lib /lib64; do
		[ ! -d "$dir" ] || add_mount "$dir" bind "$dir" rbind,ro
	done
	mkdir -p "$T/share"
	add_mount /share bind "$T/share" bind
	cat >"$T/share/program" <<-END
		import os, socket, sys, time
		def say(text):
		    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		    s.sendto(text.encode(), os.environ["NOTIFY_SOCKET"])
		def wait_for(name):
		    while not os.path.exists("/share/" + name):
		        time.sleep(0.02)
		$1
	END
	config --arg p "$(readlink -f "$(command -v python3)")" '.process.args = [$p, "-I", "-S", "/share/program"]'
	may_create rootfs/usr rootfs/lib rootfs/lib64 rootfs/share rootfs/run rootfs/run/notify
	export NOTIFY_SOCKET=$T/manager
}

@test "notify: what the program of a foreground run says is passed on, but not what is not for it to say" {
	not_for crun "passes on READY only"
	not_for runc "waits for READY before it forwards anything, and then for READY only"
	manager "$T/manager"
	program 'say("READY=1\nSTATUS=up\nMAINPID=1"); say("FDSTORE=1\nNOTIFYACCESS=all"); say("STOPPING=1")'
	ok run --bundle "$B" "$C"
	eventually heard STOPPING=1
	eq "$(tail -n +2 "$T/heard")" $'READY=1|STATUS=up\nSTOPPING=1'
	nothing_left
}

@test "notify: run --detach returns when the program is ready, and tells who it is" {
	manager "$T/manager"
	program 'wait_for("go"); say("READY=1"); wait_for("end")'
	TMPDIR=$T/tmp XDG_RUNTIME_DIR=$T/xdg "$E2E_RUNTIME" --root "$ROOT" run --detach --bundle "$B" \
		--pid-file "$T/pid" "$C" </dev/null >"$T/run.out" 2>"$T/run.err" 3>&- &
	local run=$!
	background "$run"
	eventually status_is running
	kill -0 "$run" || fail "run has not waited: $(cat "$T/run.err")"
	# nobody is kept from the container meanwhile
	[ "$KIND" != rundlet ] || ok ps "$C"
	touch "$T/share/go"
	wait "$run" || fail "run failed: $(cat "$T/run.err")"
	BACKGROUND=("${BACKGROUND[@]:0:1}")
	eventually heard READY=1
	# crun leaves that out
	[ "$KIND" = crun ] || eventually heard "MAINPID=$(cat "$T/pid")"
	touch "$T/share/end"
	eventually status_is stopped
	ok delete "$C"
	nothing_left
}

@test "notify: start waits for a container that create was told to expect" {
	manager "$T/manager"
	program 'wait_for("go"); say("READY=1"); wait_for("end")'
	ok create --bundle "$B" "$C"
	TMPDIR=$T/tmp XDG_RUNTIME_DIR=$T/xdg "$E2E_RUNTIME" --root "$ROOT" start "$C" \
		</dev/null >"$T/run.out" 2>"$T/run.err" 3>&- &
	local start=$!
	background "$start"
	eventually status_is running
	kill -0 "$start" || fail "start has not waited: $(cat "$T/run.err")"
	touch "$T/share/go"
	wait "$start" || fail "start failed: $(cat "$T/run.err")"
	BACKGROUND=("${BACKGROUND[@]:0:1}")
	eventually heard READY=1
	touch "$T/share/end"
	eventually status_is stopped
}

@test "notify: a program that ends without a word ends the waiting" {
	not_for runc "waits for ever: it does not reap what it looks for"
	manager "$T/manager"
	program 'say("STATUS=not today")'
	ok run --detach --bundle "$B" "$C"
	requires_rundlet "passes on the rest too"
	eventually heard "STATUS=not today"
	! heard READY || fail "READY was never said"
}

@test "notify: an abstract name, and a state root of any length" {
	requires_rundlet "a matter of sun_path"
	manager "@rundlet-$C"
	program 'say("READY=1")'
	export NOTIFY_SOCKET=@rundlet-$C
	ROOT=$T/$(printf 'x%.0s' {1..150})
	ok run --bundle "$B" "$C"
	eventually heard READY=1
}

@test "notify: containers of other users say it too" {
	requires_userns
	[ "$(id -u)" = 0 ] || requires_subids
	manager "$T/manager"
	program 'say("READY=1")'
	if [ "$(id -u)" = 0 ]; then
		map_ids 0 0 1 1 300000 1000
	else
		map_subids
	fi
	config '.process.user = {uid: 7, gid: 7}'
	[ "$KIND" = rundlet ] || skip "the peers' directory belongs to root alone"
	ok run --bundle "$B" "$C"
	eventually heard READY=1
}

@test "notify: a created container is deleted with its socket" {
	manager "$T/manager"
	program 'say("READY=1")'
	ok create --bundle "$B" "$C"
	ok delete "$C"
	nothing_left
}

@test "notify: a stale variable, another kind of socket, a program with a socket of its own: nothing changes" {
	requires_rundlet "peers wait, or fail"
	may_create rootfs/run rootfs/run/notify
	NOTIFY_SOCKET=$T/nobody ok run --detach --bundle "$B" "$C"
	ok delete --force "$C"
	script 'echo ${NOTIFY_SOCKET:-none}'
	for other in vsock:2:1 manager ''; do
		NOTIFY_SOCKET=$other ok run --bundle "$B" "$C"
		eq "$out" none
	done
	config '.process.env += ["NOTIFY_SOCKET=/mine"]'
	NOTIFY_SOCKET=$T/nobody ok run --bundle "$B" "$C"
	eq "$out" /mine
	missing "$B/rootfs/run/notify/notify.sock"
}

# Starts the runtime as a service manager does: LISTEN_PID is its own pid, descriptor 3 is a file.
activated()
{
	snapshot
	status=0
	TMPDIR=$T/tmp XDG_RUNTIME_DIR=$T/xdg bash -c 'export LISTEN_FDS=1 LISTEN_PID=$$; exec "$@"' activated \
		"$E2E_RUNTIME" --root "$ROOT" "$@" </dev/null >"$T/out" 2>"$T/err" 3<"$T/fd" || status=$?
	out=$(cat "$T/out")
	[ "$status" = 0 ] || fail "'$*' ended with $status"
}

@test "listen: run hands on the descriptors of socket activation" {
	echo through >"$T/fd"
	script 'echo "$LISTEN_FDS $LISTEN_PID"; cat <&3'
	activated run --bundle "$B" "$C"
	[ "$KIND" = crun ] || eq "$out" $'1 1\nthrough'
	has "$out" through
}

@test "listen: create hands them on too" {
	echo through >"$T/fd"
	config '.root.readonly = false'
	script 'echo "$LISTEN_FDS $LISTEN_PID" >/tmp/told; cat <&3 >>/tmp/told'
	may_create rootfs/tmp/told
	activated create --bundle "$B" "$C"
	ok start "$C"
	eventually status_is stopped
	[ "$KIND" = crun ] || eq "$(cat "$B/rootfs/tmp/told")" $'1 1\nthrough'
	has "$(cat "$B/rootfs/tmp/told")" through
}

@test "listen: exec hands them on, with the pid of its process" {
	not_for runc "exec knows nothing of it"
	echo through >"$T/fd"
	config '.process.args = ["/bin/sleep", "100"]'
	ok run --detach --bundle "$B" "$C"
	activated exec "$C" sh -c 'echo "$LISTEN_FDS $((LISTEN_PID - $$))"; cat <&3'
	[ "$KIND" = crun ] || eq "$out" $'1 0\nthrough'
	has "$out" through
}

@test "listen: what is meant for another process is not handed on" {
	not_for crun "does not look at LISTEN_PID"
	script 'echo ${LISTEN_FDS:-none}; [ ! -e /proc/self/fd/3 ] || readlink /proc/self/fd/3'
	LISTEN_FDS=1 LISTEN_PID=1 ok run --bundle "$B" "$C"
	hasnt "$out" "1"
	# as runc, and as sd_listen_fds(3) has it
	LISTEN_FDS=1 ok run --bundle "$B" "$C"
	hasnt "$out" "1" "without a pid"
}

# As sd_listen_fds(3) has it.
@test "listen: what is meant for nobody is not handed on" {
	not_for crun "does not look at LISTEN_PID"
	script 'echo ${LISTEN_FDS:-none}; [ ! -e /proc/self/fd/3 ] || readlink /proc/self/fd/3'
	unset LISTEN_PID
	LISTEN_FDS=1 ok run --bundle "$B" "$C"
	hasnt "$out" "1"
}

@test "listen: a descriptor that is not open is refused" {
	requires_rundlet "peers do not look"
	script true
	for n in 1 500; do
		go_activated "$n"
		ne "$status" 0 status
		says_rundlet "descriptor"
	done
	nothing_left
}

# With $1 descriptors that are not there.
go_activated()
{
	snapshot
	other bash -c 'export LISTEN_FDS='"$1"' LISTEN_PID=$$; exec "$@" 3<&-' activated \
		env TMPDIR="$T/tmp" XDG_RUNTIME_DIR="$T/xdg" "$E2E_RUNTIME" --root "$ROOT" run --bundle "$B" "$C"
}
