#!/usr/bin/env bats
# Proves: the lifecycle of runtime.md as callers drive it: create, start, state, kill, delete and
# list, the statuses between them, the pid file, and what is refused with which words.

load helpers

create()
{
	ok create --bundle "$B" --pid-file "$T/pid" "$C"
}

create_sleeper()
{
	config '.process.args = ["/bin/sleep", "60"]'
	create
}

# Something that ends on SIGTERM and says which signal it was in $T/log (stdout of create).
create_trapper()
{
	script 'for s in HUP INT QUIT USR1 USR2 TERM; do trap "echo got-$s; exit 0" $s; done; echo ready; while :; do sleep 0.02; done'
	rt create --bundle "$B" "$C" </dev/null >"$T/log" 2>&1
	ok start "$C"
	eventually grep -q ready "$T/log"
}

@test "lifecycle: created, running, stopped, gone" {
	script 'echo ran >&2; sleep 60'
	rt create --bundle "$B" "$C" </dev/null >"$T/log" 2>&1
	status_is created
	eq "$(cat "$T/log")" "" "output before start"
	ok start "$C"
	status_is running
	eventually grep -qx ran "$T/log"
	ok kill "$C" KILL
	eventually status_is stopped
	ok delete "$C"
	fails state "$C"
	says_rundlet "container does not exist"
}

@test "lifecycle: the program does not run before start" {
	add_mount /mnt bind "$T/xdg" bind,rw
	script 'echo yes >/mnt/ran'
	create
	sleep 0.3
	missing "$T/xdg/ran"
	ok start "$C"
	eventually test -s "$T/xdg/ran"
	rm "$T/xdg/ran"
	eventually status_is stopped
}

@test "lifecycle: a created container has a process, its pid is in the pid file without a newline" {
	create_sleeper
	pid=$(cat "$T/pid")
	matches "$(od -An -c "$T/pid" | tr -d ' ')" '^[0-9]+$'
	exists "/proc/$pid"
	eq "$(init_pid)" "$pid"
}

@test "lifecycle: the pid stays the same through start" {
	create_sleeper
	before=$(cat "$T/pid")
	ok start "$C"
	eq "$(init_pid)" "$before"
	eventually grep -q sleep "/proc/$before/cmdline"
}

@test "lifecycle: state prints what the specification asks for" {
	config '.annotations = {"org.example.k": "v/w"}'
	create
	ok state "$C"
	eq "$(jq -r .id <<<"$out")" "$C"
	eq "$(jq -r .status <<<"$out")" created
	eq "$(jq -r .bundle <<<"$out")" "$B"
	eq "$(jq -r '.pid | type' <<<"$out")" number
	matches "$(jq -r .ociVersion <<<"$out")" '^1\.[0-9]+\.[0-9]+'
	eq "$(jq -r '.annotations["org.example.k"]' <<<"$out")" v/w
	[ "$KIND" != rundlet ] || eq "$(jq -r .rootfs <<<"$out")" "$B/rootfs"
	matches "$(jq -r .created <<<"$out")" '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\.[0-9]+)?Z$'
}

@test "lifecycle: state owns none of the keys that CRI-O gives other types" {
	create
	ok state "$C"
	for key in started finished error exitCode initPid initStartTime oomKilled; do
		eq "$(jq "has(\"$key\")" <<<"$out")" false "$key"
	done
}

@test "lifecycle: a stopped container has pid 0" {
	create
	ok start "$C"
	eventually status_is stopped
	eq "$(init_pid)" 0
}

@test "lifecycle: state after init died without us" {
	create_sleeper
	kill -KILL "$(cat "$T/pid")"
	eventually status_is stopped
	fails start "$C"
	ok delete "$C"
}

@test "lifecycle: start twice is refused, and does no harm" {
	create_sleeper
	ok start "$C"
	pid=$(init_pid)
	fails start "$C"
	status_is running
	eq "$(init_pid)" "$pid"
}

@test "lifecycle: start of a stopped container is refused" {
	create
	ok start "$C"
	eventually status_is stopped
	fails start "$C"
	status_is stopped
}

@test "lifecycle: a used id is refused, and the first container is unharmed" {
	create_sleeper
	ok start "$C"
	pid=$(init_pid)
	fails create --bundle "$B" "$C"
	matches "$err" "exist|in use"
	fails run --bundle "$B" "$C"
	status_is running
	eq "$(init_pid)" "$pid"
	exists "/proc/$pid"
}

@test "lifecycle: delete of a running container is refused, and does no harm" {
	create_sleeper
	ok start "$C"
	fails delete "$C"
	status_is running
}

@test "lifecycle: delete of a created container ends it" {
	# containerd's shim deletes created containers without --force
	create_sleeper
	pid=$(cat "$T/pid")
	ok delete "$C"
	eventually_quiet test ! -d "/proc/$pid"
	nothing_left
}

@test "lifecycle: delete --force ends a running container" {
	create_sleeper
	ok start "$C"
	pid=$(init_pid)
	ok delete --force "$C"
	eventually_quiet test ! -d "/proc/$pid"
	nothing_left
}

@test "lifecycle: delete --force ends every process of the container" {
	script '/bin/sleep 61 & /bin/sleep 62 & setsid /bin/sleep 63 2>/dev/null & wait'
	create
	ok start "$C"
	eventually sh -c 'ps -e -o args= | grep -q "^/bin/sleep 62"'
	ok delete --force "$C"
	nothing_left
}

@test "lifecycle: delete --force of an unknown id succeeds in silence" {
	ok delete --force never-was
	eq "$out" ""
}

@test "lifecycle: delete of an unknown id fails" {
	fails delete never-was
	says_rundlet "container does not exist"
}

@test "lifecycle: commands on an unknown id say that the container does not exist" {
	for cmd in state start kill delete; do
		fails $cmd never-was
		says_rundlet "container does not exist"
	done
}

@test "lifecycle: delete takes the id away: it can be used again" {
	for i in 1 2 3; do
		create
		ok start "$C"
		eventually status_is stopped
		ok delete "$C"
	done
}

@test "lifecycle: delete leaves the bundle alone" {
	find "$B" -printf '%P %y %m %s\n' | sort >"$T/tree"
	create
	ok start "$C"
	eventually status_is stopped
	ok delete "$C"
	find "$B" -printf '%P %y %m %s\n' | sort | diff "$T/tree" -
}

@test "lifecycle: later edits of config.json have no effect" {
	script 'echo first; sleep 60'
	rt create --bundle "$B" "$C" </dev/null >"$T/log" 2>&1
	echo '{}' >"$B/config.json"
	ok start "$C"
	eventually grep -qx first "$T/log"
	ok state "$C"
	eq "$(jq -r .status <<<"$out")" running
}

@test "lifecycle: the bundle may be gone when the container is deleted" {
	create
	ok start "$C"
	eventually status_is stopped
	mv "$B" "$B.away"
	ok delete "$C"
	mv "$B.away" "$B"
}

@test "lifecycle: kill sends SIGTERM when no signal is named" {
	create_trapper
	ok kill "$C"
	eventually grep -qx got-TERM "$T/log"
	eventually status_is stopped
}

@test "lifecycle: kill takes numbers, names, and names with SIG" {
	for sig in 1 USR1 SIGUSR2; do
		create_trapper
		ok kill "$C" $sig
		case $sig in
		1) want=HUP ;;
		*) want=${sig#SIG} ;;
		esac
		eventually grep -qx "got-$want" "$T/log"
		eventually status_is stopped
		ok delete "$C"
	done
}

@test "lifecycle: kill knows lower case" {
	not_for crun "wants upper case"
	create_trapper
	ok kill "$C" int
	eventually grep -qx got-INT "$T/log"
}

@test "lifecycle: kill knows real-time signals" {
	requires_rundlet "names of real-time signals"
	create_sleeper
	ok start "$C"
	ok kill "$C" RTMIN+1
	ok kill "$C" SIGRTMAX
	ok kill "$C" 64
}

@test "lifecycle: kill refuses what is no signal, and sends nothing" {
	not_for crun "takes a wrong name for signal 0"
	create_sleeper
	ok start "$C"
	for sig in NOSUCH 65 9x '' SIGSIGKILL 4294967305; do
		[ "$KIND" = rundlet ] || [ "$sig" = NOSUCH ] || continue
		fails kill "$C" "$sig"
	done
	status_is running
}

@test "lifecycle: kill 0 only asks" {
	not_for crun "refuses signal 0"
	create_sleeper
	ok start "$C"
	ok kill "$C" 0
	status_is running
}

@test "lifecycle: kill works on a created container" {
	create_sleeper
	ok kill "$C" KILL
	eventually status_is stopped
}

@test "lifecycle: kill of a stopped container says container not running" {
	create
	ok start "$C"
	eventually status_is stopped
	fails kill "$C" TERM
	matches "$err" "container not running|not running|No such process"
	says_rundlet "container not running"
}

@test "lifecycle: kill --all of a stopped container is content" {
	not_for crun "1.8 says that it is not running"
	ok run --detach --bundle "$B" "$C"
	eventually status_is stopped
	ok kill --all "$C" 9
	fails kill "$C" 9
}

@test "lifecycle: SIGTERM, SIGINT, SIGHUP or SIGQUIT ends a created container" {
	not_for crun "1.8: its init is told nothing"
	for sig in TERM INT HUP QUIT; do
		ok create --bundle "$B" "$C"
		ok kill "$C" "$sig"
		eventually status_is stopped
		ok delete "$C"
	done
}

@test "lifecycle: kill --all reaches every process" {
	not_for crun "needs a cgroup for --all here"
	not_for runc "needs a cgroup for --all here"
	script '/bin/sleep 64 & /bin/sleep 65 & wait'
	create
	ok start "$C"
	eventually sh -c 'ps -e -o args= | grep -q "^/bin/sleep 65"'
	ok kill --all "$C" KILL
	eventually status_is stopped
	left_processes
}

@test "lifecycle: an exec error at start is reported by start" {
	# the file is there at create, and no program any more at start
	requires_rundlet "crun and runc lose it"
	cp --remove-destination "$B/rootfs/bin/busybox" "$B/rootfs/bin/prog"
	chmod 755 "$B/rootfs/bin/prog"
	config '.process.args = ["/bin/prog"]'
	create
	printf 'junk' >"$B/rootfs/bin/prog"
	fails start "$C"
	matches "$err" "[Ee]xec format error"
	eventually status_is stopped
}

@test "lifecycle: a missing program already fails create" {
	config '.process.args = ["/no/such"]'
	fails create --bundle "$B" "$C"
	matches "$err" "[Nn]o such file or directory"
	nothing_left
}

@test "lifecycle: list is empty before and after" {
	mkdir -m 700 "$ROOT"
	ok list
	has "$out" ID
	hasnt "$out" "$C"
	ok list --format json
	eq "$(jq -c '. // []' <<<"$out")" "[]"
}

@test "lifecycle: list of a state root that was named and is not there is an error" {
	not_for crun "1.8 shows an empty list"
	fails --root "$T/nowhere" list
	[ ! -e "$T/nowhere" ]
}

@test "lifecycle: list shows every container with its status" {
	create_sleeper
	config '.process.args = ["/bin/true"]'
	ok create --bundle "$B" "$C-b"
	ok start "$C-b"
	eventually status_is stopped "$C-b"
	ok list --format json
	eq "$(jq length <<<"$out")" 2
	eq "$(jq -r --arg i "$C" '.[] | select(.id == $i) | .status' <<<"$out")" created
	eq "$(jq -r --arg i "$C" '.[] | select(.id == $i) | .pid' <<<"$out")" "$(cat "$T/pid")"
	eq "$(jq -r --arg i "$C-b" '.[] | select(.id == $i) | "\(.status) \(.pid) \(.bundle)"' <<<"$out")" "stopped 0 $B"
	ok list
	has "$out" "$C"
	has "$out" created
	ok list --quiet
	eq "$(sort <<<"$out")" "$C
$C-b"
}

@test "lifecycle: list -f json and -q, and the table's columns" {
	config '.annotations = {"a": "b"}'
	create
	ok list -f json
	[ "$KIND" != rundlet ] || eq "$(jq -r '.[0] | keys | sort | join(" ")' <<<"$out")" \
		"annotations bundle created id ociVersion owner pid rootfs status"
	ok list -q
	eq "$out" "$C"
	ok list
	has "$(head -n 1 <<<"$out")" PID
	has "$(head -n 1 <<<"$out")" STATUS
	has "$(head -n 1 <<<"$out")" BUNDLE
}

@test "lifecycle: the state root is private" {
	requires_rundlet "modes of the state directory"
	create
	matches "$(stat -c %a "$ROOT")" '^1?700$'
	eq "$(stat -c %a "$ROOT/$C")" 700
	find "$ROOT/$C" -type f -perm /077 >"$T/open"
	eq "$(cat "$T/open")" "" "files that others can read"
}

@test "lifecycle: without --root the state is below XDG_RUNTIME_DIR" {
	requires_rundlet "its own default"
	mkdir "$T/rundir"
	snapshot
	XDG_RUNTIME_DIR=$T/rundir "$E2E_RUNTIME" create --bundle "$B" "$C" </dev/null >"$T/out" 2>"$T/err"
	exists "$T/rundir/rundlet/$C"
	got=$(XDG_RUNTIME_DIR=$T/rundir "$E2E_RUNTIME" state "$C" | jq -r .status)
	eq "$got" created
	XDG_RUNTIME_DIR=$T/rundir "$E2E_RUNTIME" delete "$C"
	missing "$T/rundir/rundlet/$C"
}

@test "lifecycle: ids with every allowed character work" {
	for id in a A0 _x +x -- x.y-z_+; do
		[ "$id" != -- ] || continue
		ok create --bundle "$B" "$id"
		ok delete "$id"
	done
	nothing_left
}

@test "lifecycle: --no-pivot and --no-new-keyring are accepted" {
	ok create --no-new-keyring --bundle "$B" "$C"
	ok delete "$C"
	ok run --no-new-keyring --bundle "$B" "$C"
}

@test "lifecycle: --no-pivot runs the container in its root" {
	not_for crun "fails in a user namespace"
	not_for runc "fails in a user namespace"
	config '.process.args = ["/bin/ls", "/"]'
	ok run --no-pivot --bundle "$B" "$C"
	eq "$out" "$(ls "$B/rootfs")"
}

@test "lifecycle: two containers of one bundle do not disturb each other" {
	config '.process.args = ["/bin/sleep", "60"]'
	ok create --bundle "$B" "$C"
	ok create --bundle "$B" "$C-2"
	ok start "$C-2"
	status_is created
	status_is running "$C-2"
	ok delete --force "$C-2"
	status_is created
	ok start "$C"
	status_is running
}

@test "lifecycle: ten creates of one id at the same time make one container" {
	not_for runc "1.1 has a race here"
	config '.process.args = ["/bin/sleep", "60"]'
	snapshot
	pids=()
	for i in 1 2 3 4 5 6 7 8 9 10; do
		rt create --bundle "$B" "$C" </dev/null >"$T/o$i" 2>"$T/e$i" &
		pids+=($!)
	done
	won=0
	for p in "${pids[@]}"; do
		if wait "$p"; then won=$((won + 1)); fi
	done
	eq "$won" 1 "winners"
	status_is created
	ok start "$C"
	status_is running
}

@test "lifecycle: a pid that belongs to somebody else is not taken for the container" {
	requires_rundlet "pins the pid by start time"
	create_sleeper
	pid=$(cat "$T/pid")
	kill -KILL "$pid"
	eventually status_is stopped
	# make the state point to a process of ours: the start time does not fit
	sleep 60 &
	background $!
	sed -i "s/\"pid\": *$pid/\"pid\": ${BACKGROUND[0]}/" "$ROOT/$C/state.json"
	grep -q "${BACKGROUND[0]}" "$ROOT/$C/state.json"
	status_is stopped
	ok delete --force "$C"
	kill -0 "${BACKGROUND[0]}"
}

@test "lifecycle: a state file that cannot be read at the moment is not a damaged one: delete --force forgets no process" {
	requires_rundlet "promises it"
	requires_program strace
	requires_plain_build
	config '.process.args = ["/bin/sleep", "100"]'
	ok run --detach --bundle "$B" "$C"
	# it gets as far as the state, and no further
	other strace -qq -o "$T/trace" -e trace=openat "$E2E_RUNTIME" --root "$ROOT" delete "$C"
	ne "$status" 0
	local n
	n=$(grep -n -m 1 '"state.json"' "$T/trace" | cut -d: -f1)
	other strace -qq -o "$T/trace" -e trace=openat -e inject="openat:error=ENOMEM:when=$n" \
		"$E2E_RUNTIME" --root "$ROOT" delete --force "$C"
	grep -q 'state.json.*INJECTED' "$T/trace" || fail "nothing was injected"
	eq "$status" 1
	says "open state.json of '$C': Cannot allocate memory"
	eq "$(wc -l <"$T/err")" 1 "lines of the error"
	status_is running || fail "the container is lost"
	ok delete --force "$C"
	nothing_left
}

@test "lifecycle: a state directory that somebody removes while the container is made" {
	requires_rundlet "its own files"
	requires_program strace
	requires_plain_build
	config '.process.args = ["/bin/true"]'
	local cmd tracer
	for cmd in create run; do
		rm -f "$T/trace"
		# it stops when it has the lock
		TMPDIR=$T/tmp XDG_RUNTIME_DIR=$T/xdg timeout 120 strace -f -qq -o "$T/trace" -e trace=flock \
			-e inject=flock:signal=SIGSTOP:when=1 \
			"$E2E_RUNTIME" --root "$ROOT" $cmd --bundle "$B" --pid-file "$T/pid" "$C" </dev/null >"$T/out" 2>"$T/err" 3>&- &
		tracer=$!
		BACKGROUND+=("$tracer")
		eventually grep -q -s "stopped by SIGSTOP" "$T/trace"
		rmdir "$ROOT/$C"
		kill -CONT "$(cut -d' ' -f1 "$T/trace" | head -n 1)"
		status=0
		wait "$tracer" || status=$?
		eq "$status" 1 "$cmd: status"
		err=$(cat "$T/err")
		says "container \"$C\" was deleted while it was made"
		eq "$(wc -l <"$T/err")" 1 "$cmd: lines of the error"
		missing "$T/pid"
		nothing_left
	done
	ok run --bundle "$B" "$C"
}

@test "lifecycle: a damaged state file is one clear error, and delete --force cleans up" {
	requires_rundlet "its own file"
	create
	ok start "$C"
	eventually status_is stopped
	printf '{"id": ' >"$ROOT/$C/state.json"
	fails state "$C"
	go list -q
	eq "$status" 0
	says "cannot be read: the state file is damaged"
	go delete --force "$C" # without a cgroup it says that it cannot know what is left
	eq "$status" 0
	missing "$ROOT/$C"
}
