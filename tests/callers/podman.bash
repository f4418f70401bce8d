# shellcheck shell=bash
# shellcheck disable=SC2154 # lib.bash sets $out and $status
# podman as root; podman_user.bash runs the same as an ordinary user.

WHO=()
STATE=/run/$C_KIND
IMAGE=localhost/callers
QUIET=(--network none)

# Podman knows rundlet by the drop-in that is shipped, the peers by their path.
RT=$C_BIN
[ "$C_KIND" != rundlet ] || RT=rundlet

p() {
	"${WHO[@]}" podman --runtime "$RT" "$@"
}

# Podman inside of ptydo.
p_pty() {
	on_pty "${WHO[@]}" podman --runtime "$RT" "$@"
}

# A container with a name, that does nothing for a while.
idle() { # idle NAME [OPTION...]
	local name=$1
	shift
	ok p run -d --name "$name" "${QUIET[@]}" "$@" "$IMAGE" sleep 100
}

run() { # run [OPTION...] IMAGE COMMAND...
	ok p run --rm "${QUIET[@]}" "$@"
}

caller_up() {
	needs podman conmon
	# Debian's own list of runtimes is used, ours is the drop-in
	p load -i /dev/null > /dev/null 2>&1 || true
	p import "$C_WORK/image.tar" "$IMAGE"
}

caller_down() {
	p system prune -af || true
}

case_clean() {
	p pod rm -af -t 0 || true
	p rm -af -t 0 || true
	p volume rm -af || true
}

case_end() {
	nothing_in "$STATE" "state of the runtime"
	eventually nobody_left
}

# Processes in other mount namespaces than ours, but podman's own.
nobody_left() {
	local proc own name
	own=$(readlink /proc/self/ns/mnt)
	for proc in /proc/[0-9]*; do
		[ "$(readlink "$proc/ns/mnt" || echo "$own")" != "$own" ] || continue
		name=$(cat "$proc/comm" 2> /dev/null) || continue
		case $name in
		podman* | catatonit | slirp4netns | rootlessport | fuse-overlayfs | '') ;;
		*) fail "$name is left" ;;
		esac
	done
}

inspect() { # inspect NAME FORMAT
	ok p inspect --format "$2" "$1"
}

running() {
	[ "$(p inspect --format '{{.State.Status}}' "$1")" = "${2:-running}" ]
}

# --- life --------------------------------------------------------------------------------------

case_run() {
	run "$IMAGE" echo hello
	eq "$out" hello
}

case_run_exit_status() {
	go p run --rm "${QUIET[@]}" "$IMAGE" sh -c 'exit 37'
	eq "$status" 37
	go p run --rm "${QUIET[@]}" "$IMAGE" sh -c 'sh -c "kill -9 \$\$"; exit $?'
	eq "$status" 137
}

case_run_stdin() {
	out=$(echo across | p run --rm -i "${QUIET[@]}" "$IMAGE" cat)
	eq "$out" across
}

case_run_stdout_and_stderr_apart() {
	out=$(p run --rm "${QUIET[@]}" "$IMAGE" sh -c 'echo one; echo two >&2' 2> "$C_LOG/err")
	eq "$out" one
	eq "$(cat "$C_LOG/err")" two
}

case_run_megabytes_through_a_pipe() {
	out=$(p run --rm "${QUIET[@]}" "$IMAGE" sh -c 'head -c 5000000 /dev/zero' | wc -c)
	eq "$out" 5000000
}

case_missing_program() {
	fails p run --rm "${QUIET[@]}" "$IMAGE" nonesuch
	eq "$status" 127
	has "$out" 'not found'
	fails p run --rm "${QUIET[@]}" "$IMAGE" /bin/nonesuch
	eq "$status" 127
}

case_program_not_executable() {
	fails p run --rm "${QUIET[@]}" "$IMAGE" /etc/passwd
	eq "$status" 126
	has "${out,,}" 'permission denied'
	fails p run --rm "${QUIET[@]}" "$IMAGE" /etc
	eq "$status" 126
}

case_invalid_runtime_flag() {
	fails p --runtime-flag invalidflag run --rm "${QUIET[@]}" "$IMAGE" true
	eq "$status" 126
	has "$out" invalidflag
}

case_runtime_flag() {
	# its log goes where podman does not look
	[ "$C_KIND" = rundlet ] || skip "the option is rundlet's: --debug needs no value, peers differ"
	ok p --runtime-flag debug run --rm "${QUIET[@]}" "$IMAGE" true
}

case_detached_logs_wait() {
	ok p run -d --name c "${QUIET[@]}" "$IMAGE" sh -c 'echo first; sleep 1; echo last >&2; exit 3'
	ok p wait c
	eq "$out" 3
	ok p logs c
	eq "$out" $'first\nlast'
}

case_create_start_attach() {
	ok p create --name c -i "${QUIET[@]}" "$IMAGE" sh -c 'read line; echo "got $line"'
	inspect c '{{.State.Status}}'
	eq "$out" created
	out=$(echo word | p start --attach --interactive c)
	eq "$out" 'got word'
}

# A shell without an editor, which would ask the terminal where the cursor is.
READ_AND_DO='while read -r line; do eval "$line"; done'

case_attach() {
	ok p run -dit --name c "${QUIET[@]}" "$IMAGE" sh -c "$READ_AND_DO"
	p_pty attach c <<- 'END'
		send echo $((40+2))\n
		expect 42
		send exit 5\n
	END
	ok p wait c
	eq "$out" 5
}

case_attach_detach_keys() {
	ok p run -dit --name c "${QUIET[@]}" "$IMAGE" sh -c "$READ_AND_DO"
	p_pty attach c <<- 'END'
		send echo $((40+2))\n
		expect 42
		send \x10
		wait 0.3
		send \x11
	END
	eq "$status" 0
	running c
}

case_stop() {
	ok p run -d --name c "${QUIET[@]}" "$IMAGE" sh -c 'trap "exit 9" TERM; while :; do sleep 0.1; done'
	ok p stop -t 10 c
	inspect c '{{.State.Status}} {{.State.ExitCode}}'
	eq "$out" 'exited 9'
}

case_stop_after_the_timeout() {
	idle c
	ok p stop -t 1 c
	inspect c '{{.State.ExitCode}}'
	eq "$out" 137
}

case_kill() {
	ok p run -d --name c "${QUIET[@]}" "$IMAGE" sh -c 'trap "echo usr1" USR1; while :; do sleep 0.1; done'
	eventually p exec c true
	sleep 0.3
	ok p kill -s USR1 c
	eventually p_logs_have c usr1
	ok p kill c
	ok p wait c
	eq "$out" 137
}

p_logs_have() {
	p logs "$1" 2>&1 | grep -q "$2"
}

case_kill_stopped() {
	ok p run --name c "${QUIET[@]}" "$IMAGE" true
	fails p kill c
}

case_restart() {
	ok p run -d --name c "${QUIET[@]}" "$IMAGE" sh -c 'echo up; sleep 100'
	inspect c '{{.State.Pid}}'
	local before=$out
	ok p restart -t 0 c
	inspect c '{{.State.Pid}}'
	[ "$out" != "$before" ] || fail "the same pid"
	eventually p_logs_have_twice c up
}

p_logs_have_twice() {
	[ "$(p logs "$1" | grep -c "$2")" = 2 ]
}

case_restart_policy() {
	ok p run -d --name c --restart on-failure:2 "${QUIET[@]}" "$IMAGE" sh -c 'echo up; exit 1'
	eventually p_ended_after_restarts
}

p_ended_after_restarts() {
	[ "$(p inspect --format '{{.State.Status}} {{.RestartCount}}' c)" = 'exited 2' ]
}

case_inspect() {
	idle c --hostname box
	inspect c '{{.State.Status}} {{.Config.Hostname}} {{.OCIRuntime}}'
	eq "$out" "running box $RT"
	inspect c '{{.State.Pid}}'
	[ -d "/proc/$out" ] || fail "no process $out"
}

case_rm_force_running() {
	idle c
	ok p rm -f -t 0 c
	fails p container exists c
}

case_ps() {
	idle c
	ok p ps --format '{{.Names}} {{.Status}}'
	has "$out" 'c Up'
}

case_cp() {
	idle c
	echo content > "$C_WORK/file"
	chmod 0644 "$C_WORK/file"
	ok p cp "$C_WORK/file" c:/tmp/there
	ok p exec c cat /tmp/there
	eq "$out" content
	out=$(p cp c:/etc/passwd - | tar -tf -)
	eq "$out" passwd
}

case_top() {
	idle c
	ok p top c pid comm
	matches "$out" '1 +sleep'
}

case_pause() {
	freezer
	idle c
	ok p pause c
	inspect c '{{.State.Status}}'
	eq "$out" paused
	ok p unpause c
	running c
	ok p exec c echo back
	eq "$out" back
}

case_pause_then_remove() {
	freezer
	idle c
	ok p pause c
	ok p rm -f -t 0 c
}

freezer() {
	[ ${#WHO[@]} = 0 ] || skip "podman pauses as an ordinary user only where cgroups are delegated"
}

case_rename_and_commit() {
	idle c
	ok p exec c touch /mark
	ok p commit -q c localhost/committed
	run localhost/committed ls /mark
	ok p rmi -f localhost/committed
}

case_init() {
	needs catatonit
	run --init "$IMAGE" sh -c 'cat /proc/1/comm'
	matches "$out" 'podman-init|catatonit'
}

case_sd_notify() {
	needs systemd-notify
	ok p run -d --name c --sdnotify=conmon "${QUIET[@]}" "$IMAGE" sleep 100
	running c
}

case_sd_notify_by_the_container() {
	# what a service manager would do: a socket that hears READY=1 from inside
	local sock=$C_WORK/notify log=$C_LOG/notify
	python3 - "$sock" > "$log" <<- 'END' &
		import os, socket, sys
		s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		s.bind(sys.argv[1])
		os.chmod(sys.argv[1], 0o777)
		s.settimeout(20)
		while True:
		    text = s.recv(4096).decode()
		    print(text, flush=True)
		    if "READY=1" in text:
		        break
	END
	local listener=$!
	eventually test -S "$sock"
	needs socat
	"${WHO[@]}" env NOTIFY_SOCKET="$sock" podman --runtime "$RT" run -d --name c --sdnotify=container -v /usr:/usr:ro -v /lib:/lib:ro -v /lib64:/lib64:ro \
		"${QUIET[@]}" "$IMAGE" sh -c 'echo READY=1 | socat -u - UNIX-SENDTO:"$NOTIFY_SOCKET"; sleep 100' > "$C_LOG/id" || true
	wait "$listener" || fail "nothing was heard: $(cat "$log"; p logs c)"
	rm -f "$sock"
	has "$(cat "$log")" READY=1
}

# --- exec ---------------------------------------------------------------------------------------

case_exec() {
	idle c
	ok p exec c echo inside
	eq "$out" inside
	go p exec c sh -c 'exit 12'
	eq "$status" 12
}

case_exec_stdin() {
	idle c
	out=$(echo over | p exec -i c cat)
	eq "$out" over
}

case_exec_on_a_pty() {
	idle c
	p_pty exec -it c sh <<- 'END'
		expect #
		send tty\n
		expect /dev/pts/
		send stty size\n
		expect 24 80
		send exit 6\n
	END
	eq "$status" 6
}

case_exec_on_a_pty_by_script() {
	needs script
	idle c
	out=$(printf 'echo $((6*7))\nexit\n' | script -qec "${WHO[*]} podman --runtime $RT exec -it c sh" /dev/null)
	has "$out" 42
}

case_exec_detached() {
	idle c
	ok p exec -d c sh -c 'echo done > /tmp/mark; sleep 100'
	eventually p exec c cat /tmp/mark
}

case_exec_env_user_workdir() {
	idle c
	ok p exec -e A=b --user guest --workdir /tmp c sh -c 'echo $A $(id -un) $(id -g) $(pwd)'
	eq "$out" 'b guest 100 /tmp'
}

case_exec_numeric_user() {
	idle c
	ok p exec --user 1 c sh -c 'id -u; id -g'
	eq "$out" $'1\n0'
	ok p exec --user 7:8 c sh -c 'id -u; id -g'
	eq "$out" $'7\n8'
}

case_exec_privileged() {
	idle c
	ok p exec c grep CapEff /proc/self/status
	local plain=$out
	ok p exec --privileged c grep CapEff /proc/self/status
	[ "$out" != "$plain" ] || fail "no more capabilities: $out"
}

case_exec_missing_program() {
	idle c
	fails p exec c nonesuch
	eq "$status" 127
	fails p exec c /etc
	eq "$status" 126
	running c
}

case_exec_in_a_stopped_container() {
	ok p run --name c "${QUIET[@]}" "$IMAGE" true
	fails p exec c true
}

case_exec_preserve_fds() {
	idle c
	echo through > "$C_WORK/fd"
	chmod 0644 "$C_WORK/fd"
	out=$(p exec --preserve-fds 1 c sh -c 'cat <&3' 3< "$C_WORK/fd")
	eq "$out" through
}

case_run_preserve_fds() {
	echo through > "$C_WORK/fd"
	chmod 0644 "$C_WORK/fd"
	out=$(p run --rm "${QUIET[@]}" --preserve-fds 2 "$IMAGE" sh -c 'cat <&4' 3< /dev/null 4< "$C_WORK/fd")
	eq "$out" through
}

case_listen_fds() {
	echo through > "$C_WORK/fd"
	chmod 0644 "$C_WORK/fd"
	# LISTEN_PID must be podman's own
	# shellcheck disable=SC2016
	out=$("${WHO[@]}" sh -c 'export LISTEN_FDS=1 LISTEN_PID=$$; exec podman "$@"' podman --runtime "$RT" \
		run --rm "${QUIET[@]}" "$IMAGE" sh -c 'echo $LISTEN_FDS $LISTEN_PID; cat <&3' 3< "$C_WORK/fd")
	eq "$out" $'1 1\nthrough'
}

case_healthcheck() {
	ok p run -d --name c --health-cmd 'test -e /tmp/well' --health-interval disable "${QUIET[@]}" "$IMAGE" sleep 100
	fails p healthcheck run c
	ok p exec c touch /tmp/well
	ok p healthcheck run c
}

# --- terminal -------------------------------------------------------------------------------------

case_run_on_a_pty() {
	p_pty run --rm -it "${QUIET[@]}" "$IMAGE" sh <<- 'END'
		expect #
		send tty; stty size\n
		expect /dev/pts/0
		expect 24 80
		send exit 4\n
	END
	eq "$status" 4
}

case_run_follows_the_window() {
	p_pty run --rm -it "${QUIET[@]}" "$IMAGE" sh <<- 'END'
		expect #
		size 30x100
		send sleep 0.5; stty size\n
		expect 30 100
		send exit\n
	END
	eq "$status" 0
}

case_control_c_on_a_pty() {
	p_pty run --rm -it "${QUIET[@]}" "$IMAGE" sh -c 'trap "echo caught; exit 7" INT; echo ready; while :; do sleep 0.1; done' <<- 'END'
		expect ready
		send \x03
		expect caught
	END
	eq "$status" 7
}

# --- identity ---------------------------------------------------------------------------------------

case_user() {
	run --user guest "$IMAGE" sh -c 'id -u; id -g'
	eq "$out" $'405\n100'
	run --user 1000:1001 --group-add 1002 "$IMAGE" id -G
	eq "$out" '1001 1002'
}

case_umask() {
	run --umask 0077 "$IMAGE" sh -c umask
	eq "$out" 0077
}

case_capabilities() {
	run --cap-drop all "$IMAGE" grep CapEff /proc/self/status
	matches "$out" 'CapEff:.0000000000000000'
	run --cap-drop all --cap-add chown "$IMAGE" grep CapEff /proc/self/status
	matches "$out" 'CapEff:.0000000000000001'
	run --cap-drop all --cap-add chown "$IMAGE" grep CapInh /proc/self/status
	matches "$out" 'CapInh:.0000000000000000'
}

case_privileged() {
	if [ ${#WHO[@]} = 0 ] && ! capsh --print 2> /dev/null | grep -q 'Current: =ep$'; then
		not_for crun "it cannot grant all capabilities: the host lacks one"
		not_for runc "it cannot grant all capabilities: the host lacks one"
	fi
	run --privileged "$IMAGE" sh -c 'grep NoNewPrivs /proc/self/status; mount -t tmpfs none /tmp && echo mounted'
	has "$out" mounted
}

case_no_new_privileges() {
	run --security-opt no-new-privileges "$IMAGE" grep NoNewPrivs /proc/self/status
	matches "$out" 'NoNewPrivs:.1'
}

case_seccomp_default() {
	run "$IMAGE" grep Seccomp: /proc/self/status
	matches "$out" 'Seccomp:.2'
}

case_seccomp_unconfined() {
	run --security-opt seccomp=unconfined "$IMAGE" grep Seccomp: /proc/self/status
	matches "$out" 'Seccomp:.0'
}

case_seccomp_profile() {
	cat > "$C_WORK/profile.json" <<- 'END'
		{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
			{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38}]}
	END
	chmod 0644 "$C_WORK/profile.json"
	run --security-opt "seccomp=$C_WORK/profile.json" "$IMAGE" sh -c 'mkdir /tmp/d 2>&1; true'
	has "$out" 'Function not implemented'
}

case_ulimit() {
	run --ulimit nproc=1000:1000 --ulimit nofile=512:600 "$IMAGE" sh -c 'ulimit -Sn; ulimit -Hn'
	eq "$out" $'512\n600'
}

case_oom_score_adj() {
	run --oom-score-adj 500 "$IMAGE" cat /proc/self/oom_score_adj
	eq "$out" 500
}

case_env_and_workdir() {
	run -e A=b -w /tmp "$IMAGE" sh -c 'echo $A $PWD $HOME'
	eq "$out" 'b /tmp /root'
}

case_entrypoint() {
	run --entrypoint '["echo","a"]' "$IMAGE" b
	eq "$out" 'a b'
}

case_annotation() {
	idle c --annotation some.key=value
	inspect c '{{index .Config.Annotations "some.key"}}'
	eq "$out" value
}

# --- file systems ---------------------------------------------------------------------------------

case_read_only() {
	run --read-only "$IMAGE" sh -c 'touch /x 2>&1; touch /tmp/x && echo tmp'
	has "$out" 'Read-only file system'
	has "$out" tmp
}

case_tmpfs() {
	run --tmpfs /scratch:size=1m,mode=1777,noexec "$IMAGE" grep ' /scratch ' /proc/mounts
	has "$out" tmpfs
	has "$out" size=1024k
	has "$out" noexec
}

case_tmpfs_copies_up() {
	run --tmpfs /etc "$IMAGE" cat /etc/passwd
	has "$out" guest
}

case_volume() {
	mkdir -m 0777 "$C_WORK/vol"
	echo there > "$C_WORK/vol/file"
	run -v "$C_WORK/vol:/vol" "$IMAGE" sh -c 'cat /vol/file; echo new > /vol/new'
	eq "$out" there
	eq "$(cat "$C_WORK/vol/new")" new
	rm -r "$C_WORK/vol"
}

case_volume_read_only() {
	run -v /usr:/vol:ro "$IMAGE" sh -c 'touch /vol/x 2>&1; true'
	has "$out" 'Read-only file system'
}

case_volume_of_a_file() {
	run -v /etc/hostname:/some/where:ro "$IMAGE" cat /some/where
	eq "$out" "$(cat /etc/hostname)"
}

case_volume_options() {
	run -v /usr:/vol:ro,nosuid,nodev,noexec "$IMAGE" grep ' /vol ' /proc/mounts
	has "$out" nosuid
	has "$out" nodev
	has "$out" noexec
}

case_volume_propagation() {
	run -v /usr:/vol:rslave "$IMAGE" sh -c 'grep " /vol " /proc/self/mountinfo'
	has "$out" ' /vol '
}

case_named_volume() {
	ok p volume create v
	run -v v:/data "$IMAGE" sh -c 'echo kept > /data/file'
	run -v v:/data "$IMAGE" cat /data/file
	eq "$out" kept
}

case_volume_overlay() {
	"${WHO[@]}" mkdir "$C_WORK/containers/lower"
	go p run --rm "${QUIET[@]}" -v "$C_WORK/containers/lower:/vol:O" "$IMAGE" sh -c 'touch /vol/x && echo written'
	eq "$out" written
	[ ! -e "$C_WORK/containers/lower/x" ] || fail "it came through"
	rm -r "$C_WORK/containers/lower"
}

case_mount_idmapped() {
	[ ${#WHO[@]} = 0 ] || skip "the kernel lets an ordinary user remap no file system of the host"
	mkdir -m 0777 "$C_WORK/vol"
	go p run --rm "${QUIET[@]}" --uidmap 0:300000:1000 --gidmap 0:300000:1000 \
		--mount "type=bind,src=$C_WORK/vol,dst=/vol,idmap" "$IMAGE" stat -c %u /vol
	rm -r "$C_WORK/vol"
	[ "$C_KIND" = rundlet ] || [ "$out" = 0 ] || skip "$C_KIND: ends with $status and '$out'"
	eq "$out" 0
}

case_mount_devpts_and_mqueue() {
	run "$IMAGE" sh -c 'awk "{ print \$3 }" /proc/mounts | sort -u | tr "\n" " "'
	has "$out" devpts
	has "$out" mqueue
	has "$out" proc
	has "$out" sysfs
}

case_shm_size() {
	run --shm-size 3m "$IMAGE" grep ' /dev/shm ' /proc/mounts
	has "$out" size=3072k
}

case_device() {
	run --device /dev/fuse "$IMAGE" sh -c 'test -c /dev/fuse && stat -c %t:%T /dev/fuse'
	eq "$out" a:e5
}

case_device_renamed() {
	run --device /dev/null:/dev/other "$IMAGE" sh -c 'echo x > /dev/other; stat -c %t:%T /dev/other'
	eq "$out" 1:3
}

case_masked_and_read_only_paths() {
	run "$IMAGE" sh -c 'cat /proc/keys /proc/timer_list | wc -c; ls /sys/firmware | wc -l; echo 1 > /proc/sys/kernel/printk || true'
	has "$out" $'0\n0\n'
	has "$out" 'Read-only file system'
}

case_rootfs_option() {
	"${WHO[@]}" mkdir "$C_WORK/containers/own"
	"${WHO[@]}" tar -C "$C_WORK/containers/own" -xf "$C_WORK/image.tar" --no-same-owner
	go p run --rm "${QUIET[@]}" --rootfs "$C_WORK/containers/own:O" cat /etc/passwd
	rm -r "$C_WORK/containers/own"
	eq "$status" 0
	has "$out" guest
}

case_copy_of_etc_hosts() {
	run --add-host there:1.2.3.4 "$IMAGE" cat /etc/hosts
	has "$out" 1.2.3.4
}

# --- namespaces -----------------------------------------------------------------------------------

case_network_none() {
	ok p run --rm --network none "$IMAGE" ip -o link
	eq "$(wc -l <<< "$out")" 1
	has "$out" lo
}

case_network_host() {
	ok p run --rm --network host "$IMAGE" readlink /proc/self/ns/net
	eq "$out" "$(readlink /proc/self/ns/net)"
}

case_network_bridge() {
	[ ${#WHO[@]} = 0 ] || skip "root's; an ordinary user has slirp4netns"
	[ -x /usr/lib/cni/bridge ] || command -v netavark > /dev/null || skip "neither CNI plugins nor netavark are installed"
	ok p run -d --name c -p 18080:80 "$IMAGE" sh -c 'mkdir /w; echo served > /w/index.html; httpd -f -p 80 -h /w'
	eventually fetch_is http://127.0.0.1:18080/ served
}

case_network_slirp4netns() {
	needs slirp4netns
	ok p run -d --name c --network slirp4netns -p 18081:80 "$IMAGE" sh -c 'mkdir /w; echo served > /w/index.html; httpd -f -p 80 -h /w'
	ok p exec c ip -o addr
	has "$out" tap0
	eventually fetch_is http://127.0.0.1:18081/ served
}

case_network_of_a_container() {
	idle a
	ok p run --rm --network container:a "$IMAGE" readlink /proc/self/ns/net
	local net=$out
	ok p exec a readlink /proc/self/ns/net
	eq "$out" "$net"
}

case_pid_host() {
	ok p run --rm "${QUIET[@]}" --pid host "$IMAGE" readlink /proc/self/ns/pid
	eq "$out" "$(readlink /proc/self/ns/pid)"
}

case_pid_of_a_container() {
	idle a
	run --pid container:a "$IMAGE" cat /proc/1/comm
	eq "$out" sleep
}

case_ipc_host_and_of_a_container() {
	[ ${#WHO[@]} = 0 ] || [ -d /dev/mqueue ] || skip "podman binds /dev/mqueue of the host, which this one has not"
	run --ipc host "$IMAGE" readlink /proc/self/ns/ipc
	eq "$out" "$(readlink /proc/self/ns/ipc)"
	idle a --ipc shareable
	ok p exec a touch /dev/shm/mark
	run --ipc container:a "$IMAGE" ls /dev/shm
	eq "$out" mark
}

case_uts_host() {
	run --uts host "$IMAGE" hostname
	eq "$out" "$(hostname)"
}

case_hostname() {
	run --hostname boxed "$IMAGE" hostname
	eq "$out" boxed
}

case_sysctl() {
	run --sysctl net.ipv4.ip_default_ttl=42 "$IMAGE" cat /proc/sys/net/ipv4/ip_default_ttl
	eq "$out" 42
}

case_userns_mapped() {
	[ ${#WHO[@]} = 0 ] || skip "root's; an ordinary user always has one"
	run --uidmap 0:300000:1000 --gidmap 0:300000:1000 "$IMAGE" sh -c 'id -u; cat /proc/self/uid_map'
	matches "$out" '^0.*0 +300000 +1000'
}

case_userns_auto() {
	[ ${#WHO[@]} = 0 ] || skip "needs more ids than the ordinary user has"
	echo containers:400000:200000 | tee -a /etc/subuid >> /etc/subgid
	run --userns auto "$IMAGE" cat /proc/self/uid_map
	matches "$out" '0 +4[0-9]{5} '
}

case_userns_keep_id() {
	[ ${#WHO[@]} != 0 ] || skip "an ordinary user's"
	run --userns keep-id "$IMAGE" sh -c 'id -u; touch /tmp/x && echo ok'
	eq "$out" "$C_UID"$'\nok'
}

case_userns_keep_id_writes_a_volume() {
	[ ${#WHO[@]} != 0 ] || skip "an ordinary user's"
	"${WHO[@]}" mkdir "$C_WORK/home/vol"
	run --userns keep-id -v "$C_WORK/home/vol:/vol" "$IMAGE" touch /vol/x
	eq "$(stat -c %u "$C_WORK/home/vol/x")" "$C_UID"
	rm -r "$C_WORK/home/vol"
}

case_group_add_keep_groups() {
	not_for runc "podman offers it with crun's annotation only"
	go p run --rm "${QUIET[@]}" --group-add keep-groups "$IMAGE" id -G
	eq "$status" 0
}

# --- cgroups --------------------------------------------------------------------------------------

with_cgroups() {
	[ ${#WHO[@]} = 0 ] || skip "podman sets no limits as an ordinary user with cgroup v1"
}

v1_file() { # v1_file CONTROLLER FILE: of the container itself, on whichever version the host has
	if [ -e "/sys/fs/cgroup/$1" ]; then
		echo "/sys/fs/cgroup/$1/$2"
	else
		skip "the host has no cgroup v1 $1"
	fi
}

case_memory_limit() {
	with_cgroups
	local file
	file=$(v1_file memory memory.limit_in_bytes)
	run --memory 64m "$IMAGE" cat "$file"
	eq "$out" 67108864
}

case_pids_limit() {
	with_cgroups
	local file
	file=$(v1_file pids pids.max)
	run --pids-limit 33 "$IMAGE" cat "$file"
	eq "$out" 33
}

case_cpu_limits() {
	with_cgroups
	local file
	file=$(v1_file cpu cpu.shares)
	run --cpu-shares 512 --cpuset-cpus 0 "$IMAGE" cat "$file"
	eq "$out" 512
}

case_cgroup_parent() {
	with_cgroups
	idle c --cgroup-parent /parent-of-c
	inspect c '{{.State.Pid}}'
	has "$(cat "/proc/$out/cgroup")" "/parent-of-c/libpod-"
	ok p rm -f -t 0 c
	eventually no_cgroup_below parent-of-c
}

# But conmon's, which is podman's, and what crun 1.8 makes where cgroup2 was hidden from it.
no_cgroup_below() {
	[ -z "$(find /sys/fs/cgroup ! -path '*/unified/*' -type d -regex ".*/$1/libpod-[0-9a-f]+")" ]
}

case_stats() {
	with_cgroups
	idle c
	go p stats --no-stream --format '{{.Name}} {{.PIDs}}' c
	[ "$status" = 0 ] || [ "$C_KIND" = rundlet ] || skip "$C_KIND: $out"
	eq "$out" 'c 1'
}

case_update_by_the_runtime() {
	# podman 4.3 has `update`, for cgroup limits of a running container
	with_cgroups
	idle c --memory 64m
	local file
	file=$(v1_file memory memory.limit_in_bytes)
	go p update --memory 96m c
	[ "$status" = 0 ] || [ "$C_KIND" = rundlet ] || skip "$C_KIND: $out"
	eq "$status" 0
	ok p exec c cat "$file"
	eq "$out" 100663296
}

case_cgroups_disabled() {
	not_for runc "podman refuses: runc is not in runtime_supports_nocgroup"
	run --cgroups disabled "$IMAGE" echo none
	eq "$out" none
	idle c --cgroups disabled
	ok p exec c echo in
	ok p rm -f -t 0 c
}

# --- pods -----------------------------------------------------------------------------------------

case_pod() {
	ok p pod create --name pod --infra-image "$IMAGE" --infra-command 'sleep 1000' --network none --share net,ipc,uts
	ok p run -d --name a --pod pod "$IMAGE" sleep 100
	ok p run --rm --pod pod "$IMAGE" readlink /proc/self/ns/net
	local net=$out
	ok p exec a readlink /proc/self/ns/net
	eq "$out" "$net"
	ok p pod stop -t 0 pod
	ok p pod rm -f -t 0 pod
}

case_pod_shares_pids() {
	ok p pod create --name pod --infra-image "$IMAGE" --infra-command 'sleep 1000' --network none --share pid,net,ipc,uts
	ok p run --rm --pod pod "$IMAGE" cat /proc/1/comm
	eq "$out" sleep
}

case_play_kube() {
	cat > "$C_WORK/pod.yaml" <<- END
		apiVersion: v1
		kind: Pod
		metadata:
		  name: kube
		spec:
		  restartPolicy: Never
		  containers:
		  - name: main
		    image: $IMAGE:latest
		    imagePullPolicy: Never
		    command: ["/bin/sh", "-c", "echo \$WORD; sleep 100"]
		    env:
		    - {name: WORD, value: played}
		    securityContext:
		      runAsUser: 405
		      readOnlyRootFilesystem: true
		      capabilities: {drop: [ALL]}
	END
	chmod 0644 "$C_WORK/pod.yaml"
	ok p play kube --network none "$C_WORK/pod.yaml"
	eventually p_logs_have kube-main played
	ok p exec kube-main /bin/id -u
	eq "$out" 405
	ok p play kube --down "$C_WORK/pod.yaml"
}

# --- the rest -------------------------------------------------------------------------------------

case_build() {
	mkdir "$C_WORK/ctx"
	printf 'FROM %s\nRUN echo made > /made && id -u\nENV A=b\nCMD ["cat", "/made"]\n' "$IMAGE" > "$C_WORK/ctx/Containerfile"
	chmod -R a+rX "$C_WORK/ctx"
	ok p build --network none --isolation oci -t localhost/built "$C_WORK/ctx"
	rm -r "$C_WORK/ctx"
	run localhost/built
	eq "$out" made
	ok p rmi -f localhost/built
}

case_info() {
	ok p info --format '{{.Host.OCIRuntime.Name}} {{.Host.OCIRuntime.Version}}'
	has "$out" "$C_KIND version"
}

case_checkpoint_is_refused() {
	[ "$C_KIND" = rundlet ] || skip "peers may checkpoint"
	[ ${#WHO[@]} = 0 ] || skip "podman checkpoints as root only"
	idle c
	fails p container checkpoint c
	running c
}

case_hooks() {
	mkdir -m 0755 "$C_WORK/hooks"
	cat > "$C_WORK/hooks/mark.json" <<- END
		{"version": "1.0.0", "hook": {"path": "/bin/sh",
			"args": ["sh", "-c", "cat > $C_WORK/hooks/state.json"]},
		 "when": {"always": true}, "stages": ["createRuntime"]}
	END
	chmod 0777 "$C_WORK/hooks"
	ok p --hooks-dir "$C_WORK/hooks" run --rm "${QUIET[@]}" "$IMAGE" true
	jq -e '.status == "creating" or .status == "created"' "$C_WORK/hooks/state.json" > "$C_LOG/jq"
	rm -r "$C_WORK/hooks"
}

case_many_at_once() {
	local i pids=()
	for i in {1..8}; do
		p run --rm "${QUIET[@]}" "$IMAGE" echo "number $i" > "$C_LOG/many.$i" 2>&1 &
		pids+=($!)
	done
	for i in {1..8}; do
		wait "${pids[i - 1]}" || fail "$(cat "$C_LOG/many.$i")"
		eq "$(cat "$C_LOG/many.$i")" "number $i"
	done
}
