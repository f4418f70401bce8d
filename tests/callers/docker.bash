# shellcheck shell=bash
# shellcheck disable=SC2154 # lib.bash sets $out and $status
# Docker: dockerd with its own data, the client, builds by the classic builder.

SOCK=/run/callers-docker.sock
IMAGE=callers

d() {
	DOCKER_BUILDKIT=0 /usr/bin/docker -H "unix://$SOCK" "$@"
}

RT=callers
[ "$C_KIND" != rundlet ] || RT=rundlet

run() { # run [OPTION...] IMAGE COMMAND...
	ok d run --rm --runtime "$RT" --network none "$@"
}

idle() { # idle NAME [OPTION...]
	local name=$1
	shift
	ok d run -d --name "$name" --runtime "$RT" --network none "$@" "$IMAGE" sleep 100
}

caller_up() {
	needs dockerd containerd
	[ -x /usr/bin/docker ] || skip "docker is not installed"
	mkdir -p /etc/docker "$C_WORK/docker"
	local options=()
	# the peers need to be told; rundlet comes by the file that is shipped
	if [ "$C_KIND" = rundlet ]; then
		cp "$C_TOP/contrib/docker/daemon.json" /etc/docker/daemon.json
	else
		options=(--add-runtime "callers=$C_BIN")
	fi
	start_docker "${options[@]}"
	# shellcheck disable=SC2094
	d import "$C_WORK/image.tar" "$IMAGE"
}

start_docker() {
	dockerd -H "unix://$SOCK" --data-root "$C_WORK/docker/data" --exec-root /run/callers-docker \
		--pidfile /run/callers-docker.pid "$@" >> "$C_LOG/dockerd.log" 2>&1 &
	eventually d version
}

stop_docker() {
	kill "$(cat /run/callers-docker.pid)"
	eventually test ! -e /run/callers-docker.pid
}

caller_down() {
	stop_docker
}

case_clean() {
	local ids
	ids=$(d ps -aq)
	# shellcheck disable=SC2086
	[ -z "$ids" ] || d rm -f $ids
}

case_end() {
	eventually nothing_in /run/callers-docker/runtime-runc/moby state
}

inspect() { # inspect NAME FORMAT
	ok d inspect --format "$2" "$1"
}

case_run() {
	run "$IMAGE" echo hello
	eq "$out" hello
}

case_run_exit_status() {
	go d run --rm --runtime "$RT" --network none "$IMAGE" sh -c 'exit 37'
	eq "$status" 37
}

case_run_stdin() {
	out=$(echo across | d run --rm -i --runtime "$RT" --network none "$IMAGE" cat)
	eq "$out" across
}

case_run_on_a_pty() {
	on_pty /usr/bin/docker -H "unix://$SOCK" run --rm -it --runtime "$RT" --network none "$IMAGE" sh -c 'tty; read x; stty size; exit 4' <<- 'END'
		expect /dev/pts/0
		wait 0.5
		size 31x101
		wait 0.5
		send \n
		expect 31 101
	END
	eq "$status" 4
}

case_missing_program() {
	fails d run --rm --runtime "$RT" --network none "$IMAGE" nonesuch
	[ "$C_KIND:$status" = crun:125 ] && skip "not for crun: 1.8 words it in a way that this Docker does not know"
	eq "$status" 127
	fails d run --rm --runtime "$RT" --network none "$IMAGE" /etc/passwd
	eq "$status" 126
	fails d run --rm --runtime "$RT" --network none "$IMAGE" /etc
	eq "$status" 126
}

case_missing_directory() {
	fails d run --rm --runtime "$RT" --network none "$IMAGE" /etc/passwd/x
	has "${out,,}" 'not a directory'
}

case_detached_logs_wait() {
	ok d run -d --name cc --runtime "$RT" --network none "$IMAGE" sh -c 'echo first; echo last >&2; exit 3'
	ok d wait cc
	eq "$out" 3
	ok d logs cc
	has "$out" first
	has "$out" last
}

case_exec() {
	idle cc
	ok d exec cc echo inside
	eq "$out" inside
	go d exec cc sh -c 'exit 12'
	eq "$status" 12
	ok d exec -u 405:100 -w /tmp -e A=b cc sh -c 'id -u; pwd; echo $A'
	eq "$out" $'405\n/tmp\nb'
}

case_exec_on_a_pty() {
	idle cc
	on_pty /usr/bin/docker -H "unix://$SOCK" exec -it cc sh -c 'tty; read x; exit 6' <<- 'END'
		expect /dev/pts/
		send \n
	END
	eq "$status" 6
}

case_exec_missing_program() {
	idle cc
	fails d exec cc nonesuch
	[ "$status" = 126 ] || [ "$status" = 127 ] || fail "status"
	fails d exec cc /etc
	eq "$status" 126
}

case_kill() {
	idle cc
	ok d kill cc
	inspect cc '{{.State.Status}} {{.State.ExitCode}}'
	eq "$out" 'exited 137'
}

case_kill_with_a_signal() {
	ok d run -d --name cc --runtime "$RT" --network none "$IMAGE" sh -c 'trap "echo usr1; exit 8" USR1; echo up; while :; do sleep 0.1; done'
	eventually logs_have up
	ok d kill -s USR1 cc
	ok d wait cc
	eq "$out" 8
}

logs_have() {
	d logs cc 2>&1 | grep -q "$1"
}

case_stop() {
	ok d run -d --name cc --runtime "$RT" --network none "$IMAGE" sh -c 'trap "exit 9" TERM; echo up; while :; do sleep 0.1; done'
	eventually logs_have up
	ok d stop -t 10 cc
	inspect cc '{{.State.ExitCode}}'
	eq "$out" 9
}

case_restart() {
	idle cc
	inspect cc '{{.State.Pid}}'
	local before=$out
	ok d restart -t 0 cc
	inspect cc '{{.State.Pid}}'
	[ "$out" != "$before" ] || fail "the same pid"
}

case_pause() {
	idle cc
	ok d pause cc
	inspect cc '{{.State.Status}}'
	eq "$out" paused
	ok d unpause cc
	ok d exec cc echo back
	eq "$out" back
}

case_top_and_stats() {
	idle cc
	ok d top cc
	has "$out" 'sleep 100'
	ok d stats --no-stream --format '{{.Name}} {{.PIDs}}' cc
	eq "$out" 'cc 1'
}

case_cp() {
	idle cc
	echo content > "$C_WORK/file"
	ok d cp "$C_WORK/file" cc:/tmp/there
	ok d exec cc cat /tmp/there
	eq "$out" content
}

case_attach() {
	ok d run -dit --name cc --runtime "$RT" --network none "$IMAGE" sh -c 'read -r x; exit 5'
	on_pty /usr/bin/docker -H "unix://$SOCK" attach cc <<- 'END'
		wait 0.5
		send \n
	END
	eq "$status" 5
}

case_limits() {
	idle cc --memory 64m --pids-limit 50 --cpu-shares 512
	[ -e /sys/fs/cgroup/memory ] || skip "no cgroup v1 memory here"
	inspect cc '{{.Id}}'
	local id=$out
	eq "$(cat "/sys/fs/cgroup/memory/docker/$id/memory.limit_in_bytes")" 67108864
	eq "$(cat "/sys/fs/cgroup/pids/docker/$id/pids.max")" 50
	ok d update --memory 96m --memory-swap -1 cc
	eq "$(cat "/sys/fs/cgroup/memory/docker/$id/memory.limit_in_bytes")" 100663296
}

case_capabilities_user_and_seccomp() {
	run --cap-drop ALL --cap-add CHOWN --user 0 "$IMAGE" grep -E 'CapEff|Seccomp:' /proc/self/status
	matches "$out" 'CapEff:.0000000000000001'
	matches "$out" 'Seccomp:.2'
	run --user 405:100 --group-add 7 "$IMAGE" id -G
	eq "$out" '100 7'
	run --security-opt seccomp=unconfined "$IMAGE" grep Seccomp: /proc/self/status
	matches "$out" 'Seccomp:.0'
}

case_volumes_and_tmpfs() {
	run -v /usr:/vol:ro --tmpfs /scratch:size=1m --read-only "$IMAGE" \
		sh -c 'touch /vol/x 2>&1; touch /x 2>&1; touch /scratch/x && echo tmp; grep " /scratch " /proc/mounts'
	eq "$(grep -c 'Read-only file system' <<< "$out")" 2
	has "$out" size=1024k
}

case_devices_and_ulimits() {
	run --device /dev/fuse --ulimit nofile=512:600 "$IMAGE" sh -c 'stat -c %t:%T /dev/fuse; ulimit -n'
	eq "$out" $'a:e5\n512'
}

case_init() {
	command -v docker-init > /dev/null || skip "docker-init (tini) is not installed"
	run --init "$IMAGE" cat /proc/1/comm
	eq "$out" docker-init
}

case_network_host_and_bridge() {
	ok d run --rm --runtime "$RT" --network host "$IMAGE" readlink /proc/self/ns/net
	eq "$out" "$(readlink /proc/self/ns/net)"
	ok d run -d --name cc --runtime "$RT" -p 18082:80 "$IMAGE" sh -c 'mkdir /w; echo served > /w/index.html; httpd -f -p 80 -h /w'
	eventually fetch_is http://127.0.0.1:18082/ served
}

case_namespaces_of_others() {
	idle aa --ipc shareable
	ok d run --rm --runtime "$RT" --network container:aa --pid container:aa --ipc container:aa "$IMAGE" sh -c 'cat /proc/1/comm; readlink /proc/self/ns/net'
	local got=$out
	ok d exec aa readlink /proc/self/ns/net
	eq "$got" "sleep"$'\n'"$out"
	run --pid host --uts host --ipc host "$IMAGE" sh -c 'for n in pid uts ipc; do readlink /proc/self/ns/$n; done'
	eq "$out" "$(readlink /proc/self/ns/pid /proc/self/ns/uts /proc/self/ns/ipc)"
}

case_live_container_outlives_a_restart() {
	stop_docker
	local options=(--live-restore)
	[ "$C_KIND" = rundlet ] || options+=(--add-runtime "callers=$C_BIN")
	start_docker "${options[@]}"
	idle cc
	stop_docker
	start_docker "${options[@]}"
	ok d exec cc echo still
	eq "$out" still
}

case_default_runtime_and_build() {
	stop_docker
	local options=(--default-runtime "$RT")
	[ "$C_KIND" = rundlet ] || options+=(--add-runtime "callers=$C_BIN")
	start_docker "${options[@]}"
	mkdir "$C_WORK/dctx"
	printf 'FROM %s\nRUN echo made > /made && id -u\nUSER 405\nRUN test "$(id -u)" = 405\nCMD ["cat", "/made"]\n' "$IMAGE" > "$C_WORK/dctx/Dockerfile"
	ok d build --network none -t built "$C_WORK/dctx"
	ok d run --rm --network none built
	eq "$out" made
	printf 'FROM %s\nRUN exit 5\n' "$IMAGE" > "$C_WORK/dctx/Dockerfile"
	fails d build --network none "$C_WORK/dctx"
	has "$out" 'returned a non-zero code: 5'
	rm -r "$C_WORK/dctx"
	ok d info --format '{{.DefaultRuntime}}'
	eq "$out" "$RT"
}

case_many_at_once() {
	local i pids=()
	for i in {1..6}; do
		d run --rm --runtime "$RT" --network none "$IMAGE" echo "number $i" > "$C_LOG/many.$i" 2>&1 &
		pids+=($!)
	done
	for i in {1..6}; do
		wait "${pids[i - 1]}" || fail "$(cat "$C_LOG/many.$i")"
		eq "$(cat "$C_LOG/many.$i")" "number $i"
	done
}
