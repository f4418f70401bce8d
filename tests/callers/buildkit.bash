# shellcheck shell=bash
# shellcheck disable=SC2154 # lib.bash sets $out and $status
# The runtime as BuildKit and its rootless variants call it: in the foreground on their own stdio, with
# a JSON log, --keep, exec from a file, kill 9, delete. As BuildKit is in no package, these cases make
# the calls themselves, through a pty where BuildKit has one.

BUNDLE=$C_WORK/buildkit/bundle
LOG=$C_WORK/buildkit/log.json

r() {
	"$C_BIN" --log "$LOG" --log-format json "$@"
}

caller_up() {
	mkdir -p "$BUNDLE"
	cp -a "$C_WORK/image" "$BUNDLE/rootfs"
	(cd "$BUNDLE" && "$C_BIN" spec)
	# rootless BuildKit: the host's pids, no cgroup
	jq '.process.terminal = false | del(.process.rlimits) |
		.linux.resources = {} | del(.linux.cgroupsPath) | .process.oomScoreAdj = 0' \
		"$BUNDLE/config.json" > "$BUNDLE/plain.json"
}

caller_down() {
	rm -rf "$C_WORK/buildkit"
}

case_clean() {
	r delete --force build
}

case_end() {
	nothing_in "/run/$C_KIND" "state of the runtime"
}

config() { # config JQ-FILTER [JQ-OPTION...]
	local filter=$1
	shift
	: > "$LOG"
	jq "$filter" "$BUNDLE/plain.json" "$@" > "$BUNDLE/config.json"
}

args() {
	config '.process.args = $a' --argjson a "$(printf '%s\n' "$@" | jq -R . | jq -s .)"
}

keep() {
	not_for crun "1.8 has no --keep"
}

case_run_keep() {
	keep
	args sh -c 'echo built; exit 3'
	go r run --bundle "$BUNDLE" --keep build
	eq "$status" 3
	eq "$out" built
	ok r state build
	eq "$(jq -r .status <<< "$out")" stopped
	ok r delete build
	eq "$(cat "$LOG")" ''
}

case_run_keep_on_a_pty() {
	keep
	config '.process.terminal = true | .process.args = ["sh", "-c", "tty; read x; stty size; exit 4"]'
	on_pty "$C_BIN" --log "$LOG" --log-format json run --bundle "$BUNDLE" --keep build <<- 'END'
		expect /dev/pts/0
		size 33x103
		wait 0.3
		send \n
		expect 33 103
	END
	eq "$status" 4
	ok r delete build
}

# BuildKit changes the window and signals the runtime itself.
case_window_change_by_signal() {
	not_for crun "the terminal that 1.8 makes has no size, and stty fails"
	config '.process.terminal = true | .process.args = ["sh", "-c", "trap \"n=1\" WINCH; echo ready; while [ -z \"$n\" ]; do sleep 0.1; done; stty size; exit 5"]'
	on_pty "$C_BIN" --log "$LOG" --log-format json run --bundle "$BUNDLE" build <<- 'END'
		expect ready
		size 34x104
		kill 28
		expect 34 104
	END
	eq "$status" 5
}

case_signals_are_passed_on() {
	args sh -c 'trap "echo term; exit 6" TERM; echo ready; while :; do sleep 0.1; done'
	r run --bundle "$BUNDLE" build > "$C_LOG/out" 2>&1 &
	local pid=$!
	eventually grep -q ready "$C_LOG/out"
	# the runtime, not the shell around it
	kill -TERM "$(pgrep -P "$pid" || echo "$pid")"
	status=0
	wait "$pid" || status=$?
	eq "$status" 6
	has "$(cat "$C_LOG/out")" term
}

case_exec_in_the_foreground() {
	args sleep 100
	r run --bundle "$BUNDLE" build > "$C_LOG/out" 2>&1 &
	eventually running
	jq '.process | .args = ["sh", "-c", "echo inside; exit 8"]' "$BUNDLE/config.json" > "$C_WORK/buildkit/process.json"
	go r exec --process "$C_WORK/buildkit/process.json" --pid-file "$C_WORK/buildkit/pid" build
	eq "$status" 8
	eq "$out" inside
	matches "$(cat "$C_WORK/buildkit/pid")" '^[0-9]+$'
	ok r kill build 9
	wait || true
	r delete build || true
}

running() {
	[ "$(r state build | jq -r .status)" = running ]
}

case_kill_ends_it() {
	args sleep 100
	r run --bundle "$BUNDLE" build > "$C_LOG/out" 2>&1 &
	local pid=$!
	eventually running
	ok r kill build 9
	status=0
	wait "$pid" || status=$?
	eq "$status" 137
	fails r state build
}

case_no_pivot() {
	args cat /etc/passwd
	ok r run --bundle "$BUNDLE" --no-pivot build
	has "$out" guest
}

case_errors_in_the_log() {
	args nonesuch
	fails r run --bundle "$BUNDLE" build
	has "$(tail -n 1 "$LOG" | jq -r .msg)" 'nonesuch'
	eq "$(tail -n 1 "$LOG" | jq -r .level)" error
	matches "$(tail -n 1 "$LOG" | jq -r .time)" '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$'
}

case_host_pids() {
	not_for crun "1.8 waits for what the program left behind"
	config '.linux.namespaces |= map(select(.type != "pid")) | .process.args = ["sh", "-c", "sleep 200 > /dev/null 2>&1 & readlink /proc/self/ns/pid"] |
		.mounts |= map(if .destination == "/proc" then {destination: "/proc", type: "bind", source: "/proc", options: ["rbind"]} else . end)'
	ok r run --bundle "$BUNDLE" build
	eq "${out%%$'\n'*}" "$(readlink /proc/self/ns/pid)"
	[ "$C_KIND" = rundlet ] || pkill -x -f 'sleep 200' || true
	eventually nobody_sleeps
}

nobody_sleeps() {
	! pgrep -x -f 'sleep 200'
}

# go-runc's and CRI-O's ways of asking, which no program here makes.
case_resources_from_stdin() {
	args sleep 100
	r run --bundle "$BUNDLE" --detach build > "$C_LOG/out" 2>&1
	status=0
	echo '{}' | r update --resources - build > "$C_LOG/out" 2>&1 || status=$?
	eq "$status" 0
	ok r delete --force build
}

case_restore_and_checkpoint_probes() {
	[ "$C_KIND" = rundlet ] || skip "about what rundlet does not offer"
	fails r checkpoint --help
	fails r restore --lsm-mount-context
	fails r restore --detach -no-subreaper --bundle "$BUNDLE" build
}

# As a service manager starts it: the pid is that of the runtime itself.
case_socket_activation() {
	echo through > "$C_WORK/buildkit/fd"
	args sh -c 'echo $LISTEN_FDS $LISTEN_PID; cat <&3'
	export BUNDLE C_BIN
	ok bash -c 'LISTEN_FDS=1 LISTEN_PID=$$ exec "$C_BIN" run --bundle "$BUNDLE" build 3< "$0"' "$C_WORK/buildkit/fd"
	[ "$C_KIND" = crun ] || eq "$out" $'1 1\nthrough'
	has "$out" through
	# meant for somebody else
	args sh -c 'echo ${LISTEN_FDS:-none}; ls /proc/self/fd | wc -l'
	ok env LISTEN_FDS=1 LISTEN_PID=1 "$C_BIN" run --bundle "$BUNDLE" build 3< "$C_WORK/buildkit/fd"
	[ "$C_KIND" != rundlet ] || eq "$out" $'none\n4'
}

case_session_keyring() {
	# the name of the session keyring of the program, as the kernel lists it for its owner
	config '.process.args = ["cat", "/proc/keys"] | .linux.maskedPaths = []'
	ok r run --bundle "$BUNDLE" build
	not_for crun "it gives the keyring the bare id"
	has "$out" '_ses.build'
	ok r run --bundle "$BUNDLE" --no-new-keyring other
	hasnt "$out" '_ses.other'
}
