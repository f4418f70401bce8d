#!/usr/bin/env bats
# Proves: callers that misbehave, or die, or come two at a time, get one error with the words that they
# look for, and leave nothing: console sockets that refuse or hang up, a caller that dies between create
# and start, races for one container, a disk that has no room for the pid file. (What is wrong with
# config.json: badinput; with a process file: exec; a runtime that is killed itself: kill.)

load helpers

setup()
{
	e2e_setup
	config '.process.args = ["/bin/sleep", "100"]'
}

# --- console sockets ----------------------------------------------------------------------------------

# A socket that is bound, and then as $1 says: "refuse" does not listen, "close" hangs up on everybody,
# "deaf" never accepts, and is gone once $T/sock.end is there.
socket_that()
{
	python3 - "$1" "$T/sock" >"$T/sock.err" 2>&1 3>&- <<-'END' &
		import os, socket, sys, time
		s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
		s.bind(sys.argv[2])
		if sys.argv[1] != "refuse":
		    s.listen(8)
		open(sys.argv[2] + ".ready", "w").close()
		while sys.argv[1] == "close":
		    s.accept()[0].close()
		while not os.path.exists(sys.argv[2] + ".end"):
		    time.sleep(0.02)
	END
	background $!
	eventually test -e "$T/sock.ready"
}

@test "callers: a console socket that refuses is one error that names it" {
	socket_that refuse
	config '.process.terminal = true'
	for command in create "run --detach"; do
		# shellcheck disable=SC2086 # words
		fails $command --bundle "$B" --console-socket "$T/sock" --pid-file "$T/pid" "$C"
		says_rundlet "--console-socket '$T/sock': Connection refused"
		missing "$T/pid"
	done
	config '.process.terminal = false'
	ok create --bundle "$B" "$C"
	go exec --detach --tty --console-socket "$T/sock" --pid-file "$T/pid" "$C" sleep 100
	ne "$status" 0
	says_rundlet "--console-socket '$T/sock': Connection refused"
	missing "$T/pid"
	eq "$(wc -l <"$T/err")" 1 "lines of the error"
}

@test "callers: a console socket that closes before the terminal is there fails create, and leaves nothing" {
	socket_that deaf
	config '.process.terminal = true'
	# it closes when all is mounted and no terminal was sent yet
	config --arg p "${BACKGROUND[0]}" --arg s "$T/sock" '.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c",
		"touch \($s).end; while kill -0 \($p) && ! grep -q ^State:.Z /proc/\($p)/status; do sleep 0.02; done"]}]'
	fails create --bundle "$B" --console-socket "$T/sock" --pid-file "$T/pid" "$C"
	says_rundlet "/dev/pts/"
	missing "$T/pid"
	wait "${BACKGROUND[0]}"
	BACKGROUND=()
	nothing_left
}

@test "callers: a console socket that hangs up at once: created or refused, never half" {
	socket_that close
	config '.process.terminal = true'
	for _ in 1 2 3 4 5; do
		go create --bundle "$B" --console-socket "$T/sock" --pid-file "$T/pid" "$C"
		if [ "$status" = 0 ]; then
			ok delete --force "$C"
		elif [ "$KIND" = rundlet ]; then
			eq "$(wc -l <"$T/err")" 1 "lines of the error"
			missing "$T/pid"
			fails state "$C"
		fi
		rm -f "$T/pid"
	done
}

@test "callers: exec whose console socket hangs up at once leaves a process with a pid file, or none" {
	not_for crun "1.8 fails without a word"
	socket_that close
	ok run --detach --bundle "$B" "$C"
	for _ in 1 2 3 4 5; do
		go exec --detach --tty --console-socket "$T/sock" --pid-file "$T/pid" "$C" sleep 100
		if [ "$status" = 0 ]; then
			exists "$T/pid"
		else
			eq "$(wc -l <"$T/err")" 1 "lines of the error"
			missing "$T/pid"
		fi
		rm -f "$T/pid"
	done
	status_is running
}

# --- callers that die ---------------------------------------------------------------------------------

@test "callers: one that dies between create and start leaves a container that others start or delete" {
	for after in start delete; do
		snapshot
		rm -f "$T/pid" "$T/created"
		TMPDIR=$T/tmp XDG_RUNTIME_DIR=$T/xdg bash -c '"$@" && touch "$0/created" && exec sleep 100' "$T" \
			"$E2E_RUNTIME" --root "$ROOT" create --bundle "$B" --pid-file "$T/pid" "$C" \
			</dev/null >"$T/out" 2>"$T/err" 3>&- &
		local caller=$!
		background "$caller"
		eventually test -e "$T/created"
		kill -KILL "$caller"
		wait "$caller" || true
		BACKGROUND=()
		status_is created
		kill -0 "$(cat "$T/pid")"
		if [ $after = start ]; then
			ok start "$C"
			status_is running
		fi
		ok delete --force "$C"
	done
	nothing_left
}

@test "callers: one that dies with the terminal between create and start" {
	config '.process.terminal = true'
	rm -f "$T/console"
	python3 ./lib/tool.py console "$T/sock" "$T/console" 2>"$T/console.err" 3>&- &
	local listener=$!
	background "$listener"
	eventually test -S "$T/sock"
	ok create --bundle "$B" --console-socket "$T/sock" "$C"
	kill -KILL "$listener"
	wait "$listener" || true
	BACKGROUND=()
	# a hang-up may have ended it, and may not
	go start "$C"
	[ "$KIND" != rundlet ] || [ "$status" = 0 ] || says "container"
	ok delete --force "$C"
	nothing_left
}

# --- two at a time ------------------------------------------------------------------------------------

# Runs the words before "--" and those after it at the same time; $ONE and $TWO are how they ended, their
# words are in $T/one and $T/two.
both()
{
	local first=()
	while [ "$1" != -- ]; do
		first+=("$1")
		shift
	done
	shift
	snapshot
	TMPDIR=$T/tmp XDG_RUNTIME_DIR=$T/xdg timeout 60 "$E2E_RUNTIME" --root "$ROOT" "${first[@]}" \
		</dev/null >"$T/one" 2>&1 3>&- &
	local pid=$!
	background "$pid"
	TWO=0 ONE=0
	TMPDIR=$T/tmp XDG_RUNTIME_DIR=$T/xdg timeout 60 "$E2E_RUNTIME" --root "$ROOT" "$@" \
		</dev/null >"$T/two" 2>&1 3>&- || TWO=$?
	wait "$pid" || ONE=$?
	BACKGROUND=()
	ne "$ONE" 124 "'${first[*]}' hung"
	ne "$TWO" 124 "'$*' hung"
}

@test "callers: two starts: the program is executed once, one of them says why not" {
	not_for runc "1.1 may let one of them hang"
	script 'echo started >>/tmp/log; exec sleep 100'
	config '.root.readonly = false'
	may_create rootfs/tmp/log
	for _ in 1 2 3 4 5; do
		rm -f "$B/rootfs/tmp/log"
		ok create --bundle "$B" "$C"
		both start "$C" -- start "$C"
		[ "$ONE" = 0 ] || [ "$TWO" = 0 ] || fail "none: $(cat "$T/one" "$T/two")"
		[ "$((ONE + TWO))" != 0 ] || fail "$ONE and $TWO: $(cat "$T/one" "$T/two")"
		[ "$KIND" != rundlet ] || has "$(cat "$T/one" "$T/two")" "it is running"
		eventually test -s "$B/rootfs/tmp/log"
		eq "$(cat "$B/rootfs/tmp/log")" started
		ok delete --force "$C"
	done
}

@test "callers: two deletes: one of them at least succeeds, the other knows nothing worse than that it is gone" {
	not_for crun "1.8 says that a file is missing"
	for _ in 1 2 3 4 5; do
		ok run --detach --bundle "$B" "$C"
		both delete --force "$C" -- delete --force "$C"
		eq "$ONE$TWO$(cat "$T/one" "$T/two")" 00
		ok run --detach --bundle "$B" "$C"
		ok kill "$C" KILL
		eventually status_is stopped
		both delete "$C" -- delete "$C"
		[ "$ONE" = 0 ] || [ "$TWO" = 0 ] || fail "$(cat "$T/one" "$T/two")"
		[ "$ONE$TWO" = 00 ] || has "$(cat "$T/one" "$T/two")" "container does not exist"
		missing "$ROOT/$C"
	done
}

@test "callers: a delete and a create: the id is never two containers" {
	for _ in 1 2 3 4 5; do
		ok create --bundle "$B" "$C"
		both delete --force "$C" -- create --bundle "$B" "$C"
		eq "$ONE" 0 "delete"
		if [ "$TWO" = 0 ]; then
			status_is created
			ok delete --force "$C"
		fi
		missing "$ROOT/$C"
	done
}

@test "callers: exec, kill and state while it is deleted: an end, or the words for it" {
	requires_rundlet "peers have other words for it"
	# not one that names a missing file, which callers take for a program that is not found
	for command in "exec $C true" "exec --detach $C true" "kill $C KILL" "kill --all $C TERM" "state $C" \
		"ps $C" "start $C" "pause $C" "events --stats $C" "inspect $C"; do
		for _ in $(seq "${ROUNDS:-3}"); do
			ok run --detach --bundle "$B" "$C"
			# shellcheck disable=SC2086 # words
			both delete --force "$C" -- $command
			eq "$ONE" 0 "delete"
			case $TWO in
			0) continue ;;
			137) # the program of an exec may be killed with the container
				[ "${command%% *}" != exec ] || continue
				;;
			esac
			matches "$(cat "$T/two")" \
				"container does not exist|container not running|it is running|has no cgroup of its own"
			eq "$(wc -l <"$T/two")" 1 "lines of the error of $command"
		done
	done
}

# --- a full disk --------------------------------------------------------------------------------------

@test "callers: no room for the pid file: one error, no file, no container, no process" {
	not_for crun "1.8 leaves the file and the process"
	not_for runc "1.1 leaves a temporary file"
	requires_userns
	[ "$KIND" != rundlet ] || manager="--cgroup-manager disabled"
	config 'del(.linux.uidMappings, .linux.gidMappings)'
	without_ns user
	cat >"$T/steps" <<-END
		mount -t tmpfs -o size=4k tmpfs /mnt || exit 99
		r() { "$E2E_RUNTIME" --root "$ROOT" $manager "\$@" </dev/null; }
		r create --bundle "$B" other || exit 98
		head -c 1M /dev/zero >/mnt/filler 2>/dev/null
		for command in "create --bundle $B" "run --detach --bundle $B" "exec --detach"; do
			id=$C program=
			[ "\${command%% *}" != exec ] || id=other program="sleep 1009"
			r \$command --pid-file /mnt/pid \$id \$program && echo "\$command succeeded"
			ls /mnt | grep -v filler
			[ ! -e "$ROOT/$C" ] || echo "a state is left"
		done
		r ps --format json other | jq length
		r delete --force other
	END
	snapshot
	TMPDIR=$T/tmp XDG_RUNTIME_DIR=$T/xdg other unshare -Urm bash "$T/steps"
	eq "$status" 0
	eq "$out" 1 "what succeeded or was left, and the processes of the other container"
	eq "$(grep -c "write pid file '/mnt/pid': No space left on device" "$T/err")" 3 "errors that say so"
	eq "$(wc -l <"$T/err")" 3 "lines"
	nothing_left
}
