# shellcheck shell=bash
# shellcheck disable=SC2154 # lib.bash sets $out and $status
# containerd, driven by ctr, and through its CRI endpoint.

SOCK=/run/containerd/containerd.sock
IMAGE=localhost/callers:latest

# ctr 2.2 says with every command that cgroup v1 is old.
c() {
	ctr --namespace callers "$@" 2>&1 | sed '/level=warning msg="DEPRECATION: /d'
	return "${PIPESTATUS[0]}"
}

# What runs with the runtime that is tested.
with_runtime() { # with_runtime [OPTION...] IMAGE NAME COMMAND...
	c run --runtime io.containerd.runc.v2 --runc-binary "$C_BIN" "$@"
}

caller_up() {
	needs containerd ctr containerd-shim-runc-v2
	mkdir -p "$C_WORK/containerd" /etc/containerd /etc/cni/net.d
	# overlays of a tmpfs are mounted by containerd as they are anywhere
	cat > /etc/containerd/config.toml <<- END
		version = 2
		root = "$C_WORK/containerd/root"
		state = "/run/containerd/state"
		disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs",
			"io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.aufs"]
		[grpc]
		  address = "$SOCK"
		[plugins."io.containerd.grpc.v1.cri"]
		  sandbox_image = "$IMAGE"
		  restrict_oom_score_adj = true
		[plugins."io.containerd.grpc.v1.cri".cni]
		  bin_dir = "/usr/lib/cni"
		[plugins."io.containerd.grpc.v1.cri".containerd]
		  default_runtime_name = "tested"
		[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.tested]
		  runtime_type = "io.containerd.runc.v2"
		  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.tested.options]
		    BinaryName = "$C_BIN"
	END
	grep -v '^version' "$C_TOP/contrib/containerd/rundlet.toml" >> /etc/containerd/config.toml
	cat > /etc/cni/net.d/10-pods.conflist <<- END
		{"cniVersion": "0.4.0", "name": "pods", "plugins": [{"type": "bridge", "bridge": "cri0", "isGateway": true,
			"ipam": {"type": "host-local", "subnet": "10.99.0.0/24"}}]}
	END
	containerd > "$C_LOG/containerd.log" 2>&1 &
	echo $! > /run/containerd.pid
	eventually ctr version
	image_archive "$C_WORK/oci.tar" "$IMAGE"
	c images import "$C_WORK/oci.tar"
	ctr --namespace k8s.io images import "$C_WORK/oci.tar"
}

caller_down() {
	kill "$(cat /run/containerd.pid)"
}

# The image as an archive that ctr imports.
image_archive() { # image_archive FILE NAME
	python3 - "$C_WORK/image.tar" "$1" "$2" <<- 'END'
		import hashlib, io, json, sys, tarfile
		layer = open(sys.argv[1], "rb").read()
		diff = hashlib.sha256(layer).hexdigest()
		config = json.dumps({"architecture": "amd64", "os": "linux",
		    "config": {"Cmd": ["sleep", "1000"], "Env": ["PATH=/bin"]},
		    "rootfs": {"type": "layers", "diff_ids": ["sha256:" + diff]}, "history": []}).encode()
		name = hashlib.sha256(config).hexdigest() + ".json"
		manifest = json.dumps([{"Config": name, "RepoTags": [sys.argv[3]], "Layers": ["layer.tar"]}]).encode()
		with tarfile.open(sys.argv[2], "w") as tar:
		    for path, data in ((name, config), ("layer.tar", layer), ("manifest.json", manifest)):
		        info = tarfile.TarInfo(path)
		        info.size = len(data)
		        tar.addfile(info, io.BytesIO(data))
	END
}

case_clean() {
	local id
	for id in $(c tasks list -q); do
		c tasks resume "$id" || true
		c tasks delete --force "$id" || true
	done
	for id in $(c containers list -q); do
		c containers delete "$id" || true
	done
	for id in $(c snapshots list | awk '$3 == "Active" { print $1 }'); do
		c snapshots delete "$id" || true
	done
}

case_end() {
	rm -f /usr/local/sbin/runc
	nothing_in /run/containerd/runc/callers "state of the runtime"
	eventually no_shim
}

no_shim() {
	[ -z "$(c tasks list -q)" ] && ! ps -e -o args= | grep -q '^[^ ]*containerd-shim.*-namespace callers'
}

task_is() { # task_is NAME STATUS
	[ "$(c tasks list | awk -v n="$1" '$1 == n { print $3 }')" = "$2" ]
}

idle() { # idle NAME [OPTION...]
	local name=$1
	shift
	ok with_runtime -d "$@" "$IMAGE" "$name" sleep 100
}

case_run() {
	ok with_runtime --rm "$IMAGE" a echo hello
	eq "$out" hello
}

case_run_exit_status() {
	go with_runtime --rm "$IMAGE" a sh -c 'exit 7'
	eq "$status" 7
}

case_run_stdin() {
	# ctr 1.6 does not pass the end of the file on
	out=$(echo across | with_runtime --rm "$IMAGE" a head -n 1)
	eq "$out" across
}

case_run_on_a_pty() {
	on_pty ctr --namespace callers run --rm -t --runc-binary "$C_BIN" "$IMAGE" a sh -c 'tty; read x; exit 5' <<- 'END'
		expect /dev/pts/0
		send \n
	END
	eq "$status" 5
}

case_run_detached_and_kill() {
	idle a
	task_is a RUNNING || fail "$(c tasks list)"
	ok c tasks kill -s KILL a
	eventually task_is a STOPPED
	go c tasks delete a
	has "$out" 137
}

case_kill_all() {
	ok with_runtime -d "$IMAGE" a sh -c 'sleep 100 & sleep 100 & wait'
	ok c tasks kill --all -s KILL a
	eventually task_is a STOPPED
}

case_kill_twice() {
	idle a
	ok c tasks kill -s KILL a
	eventually task_is a STOPPED
	fails c tasks kill -s KILL a
}

case_missing_program() {
	fails with_runtime --rm "$IMAGE" a nonesuch
	has "$out" 'executable file'
	has "$out" 'not found in $PATH'
}

case_exec() {
	idle a
	ok c tasks exec --exec-id e a echo inside
	eq "$out" inside
	go c tasks exec --exec-id e a sh -c 'exit 12'
	eq "$status" 12
}

case_exec_stdin() {
	idle a
	out=$(echo over | c tasks exec --exec-id e a cat)
	eq "$out" over
}

case_exec_on_a_pty() {
	idle a
	on_pty ctr --namespace callers tasks exec -t --exec-id e a sh -c 'tty; read x; exit 6' <<- 'END'
		expect /dev/pts/
		send \n
	END
	eq "$status" 6
}

case_exec_user_and_cwd() {
	idle a
	ok c tasks exec --user 405:100 --cwd /tmp --exec-id e a sh -c 'id -u; id -g; pwd'
	eq "$out" $'405\n100\n/tmp'
}

case_exec_missing_program() {
	idle a
	fails c tasks exec --exec-id e a nonesuch
	has "$out" 'executable file'
	task_is a RUNNING || fail "it is gone"
}

case_pause_and_resume() {
	idle a
	ok c tasks pause a
	task_is a PAUSED || fail "$(c tasks list)"
	fails c tasks exec --exec-id e a true
	ok c tasks resume a
	task_is a RUNNING || fail "$(c tasks list)"
	ok c tasks exec --exec-id f a echo back
	eq "$out" back
}

case_ps() {
	idle a
	ok c tasks ps a
	eq "$(wc -l <<< "$out")" 2
}

case_metrics() {
	idle a
	ok c tasks metrics a
	has "$out" memory
}

case_create_then_start() {
	# ctr 1.6 cannot name the program here: it is found as runc is
	mkdir -p /usr/local/sbin
	ln -sf "$C_BIN" /usr/local/sbin/runc
	ok c containers create "$IMAGE" a sleep 100
	ok c tasks start -d a
	task_is a RUNNING || fail "$(c tasks list)"
}

case_read_only_and_mount() {
	ok with_runtime --rm --read-only --mount type=bind,src=/usr,dst=/mnt,options=rbind:ro "$IMAGE" a \
		sh -c 'touch /x 2>&1; touch /mnt/x 2>&1; true'
	eq "$(grep -c 'Read-only file system' <<< "$out")" 2
}

case_network_host() {
	ok with_runtime --rm --net-host "$IMAGE" a readlink /proc/self/ns/net
	eq "$out" "$(readlink /proc/self/ns/net)"
}

case_env_and_cwd() {
	ok with_runtime --rm --env A=b --cwd /tmp "$IMAGE" a sh -c 'echo $A; pwd'
	eq "$out" $'b\n/tmp'
}

case_memory_limit() {
	[ -e /sys/fs/cgroup/memory ] || skip "no cgroup v1 memory here"
	idle a --memory-limit 67108864
	ok cat /sys/fs/cgroup/memory/callers/a/memory.limit_in_bytes
	eq "$out" 67108864
}

case_devices_and_capabilities() {
	ok with_runtime --rm --cap-drop CAP_CHOWN "$IMAGE" a sh -c 'grep CapEff /proc/self/status | cut -f 2'
	[ $((16#$out & 1)) = 0 ] || fail "CAP_CHOWN"
	ok with_runtime --rm --device /dev/fuse "$IMAGE" a stat -c %t:%T /dev/fuse
	eq "$out" a:e5
}

case_seccomp() {
	ok with_runtime --rm --seccomp "$IMAGE" a grep Seccomp: /proc/self/status
	matches "$out" 'Seccomp:.2'
}

case_containerd_restarts() {
	idle a
	caller_down
	eventually containerd_gone
	containerd >> "$C_LOG/containerd.log" 2>&1 &
	echo $! > /run/containerd.pid
	eventually ctr version
	task_is a RUNNING || fail "$(c tasks list)"
	ok c tasks exec --exec-id e a echo still
	eq "$out" still
}

containerd_gone() {
	! kill -0 "$(cat /run/containerd.pid)" 2> /dev/null
}

# As kubelet does it: a pod, containers in it, what is asked of them, and all is gone.
k() {
	"$C_HERE/cri" "$SOCK" "$@"
}

state_is() { # state_is CONTAINER STATE
	[ "$(k state "$1")" = "$2" ]
}

case_cri_pod() {
	local pod id
	ok k runp tested pod host
	pod=$out
	ok k create "$pod" main "$IMAGE" sh -c 'trap "exit 3" TERM; sleep 100 & wait'
	id=$out
	state_is "$id" created
	ok k start "$id"
	state_is "$id" running
	ok k exec "$id" sh -c 'echo inside; exit 0'
	eq "$out" inside
	go k exec "$id" sh -c 'exit 7'
	eq "$status" 7
	fails k exec "$id" no-such-program
	# the pod's, which the pause process holds
	ok k exec "$id" readlink /proc/self/ns/ipc
	local ipc=$out
	ok k create "$pod" second "$IMAGE" sh -c 'readlink /proc/self/ns/ipc >/tmp/ipc; exec sleep 100'
	local second=$out
	ok k start "$second"
	ok k exec "$second" readlink /proc/self/ns/ipc
	eq "$out" "$ipc"
	ok k stop "$id" 10
	state_is "$id" "exited 3"
	ok k stop "$second" 0
	state_is "$second" "exited 137"
	ok k rm "$id"
	ok k rm "$second"
	ok k stopp "$pod"
	ok k rmp "$pod"
}

case_cri_limits_and_volumes() {
	local pod id
	mkdir -p "$C_WORK/cri-volume"
	echo from outside > "$C_WORK/cri-volume/file"
	ok k runp tested limits host
	pod=$out
	ok k create "$pod" limited "$IMAGE" -m 67108864 -v "$C_WORK/cri-volume:/volume" sleep 100
	id=$out
	ok k start "$id"
	ok k exec "$id" cat /volume/file
	eq "$out" "from outside"
	ok k exec "$id" sh -c 'cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || true'
	eq "$out" 67108864
	ok k update "$id" 134217728
	ok k exec "$id" sh -c 'cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || true'
	eq "$out" 134217728
	ok k stop "$id" 0
	ok k rm "$id"
	ok k stopp "$pod"
	ok k rmp "$pod"
	rm -r "$C_WORK/cri-volume"
}

case_cri_missing_program() {
	local pod id
	ok k runp tested missing host
	pod=$out
	ok k create "$pod" missing "$IMAGE" /no/such/program
	id=$out
	fails k start "$id"
	ok k rm "$id"
	ok k stopp "$pod"
	ok k rmp "$pod"
}

case_cri_pod_network() {
	local pod id
	[ -x /usr/lib/cni/bridge ] || skip "the plugins of CNI are not installed"
	ok k runp tested networked
	pod=$out
	ok k create "$pod" web "$IMAGE" sh -c 'mkdir /www && echo served > /www/index && exec httpd -f -p 80 -h /www'
	id=$out
	ok k start "$id"
	ok k exec "$id" sh -c "ip -o -4 addr show eth0 | sed 's/.*inet //; s,/.*,,'"
	matches "$out" '^10\.99\.0\.'
	eventually fetch_is "http://$out/index" served
	ok k stop "$id" 0
	ok k rm "$id"
	ok k stopp "$pod"
	ok k rmp "$pod"
}

# The file alone, imported, and containerd comes up with its CRI.
case_configuration() {
	[ "$C_KIND" = rundlet ] || skip "the configuration is about rundlet"
	local dir=$C_WORK/imported pid
	mkdir -p "$dir"
	printf 'version = 2\nimports = ["%s"]\nroot = "%s/root"\nstate = "%s/state"\n[grpc]\n  address = "%s/sock"\n' \
		"$C_TOP/contrib/containerd/rundlet.toml" "$dir" "$dir" "$dir" > "$dir/config.toml"
	ok containerd --config "$dir/config.toml" config dump
	matches "$out" "BinaryName = ['\"]/usr/local/bin/rundlet['\"]"
	containerd --config "$dir/config.toml" > "$dir/log" 2>&1 &
	pid=$!
	eventually ctr --address "$dir/sock" version
	go ctr --address "$dir/sock" plugins ls
	kill "$pid"
	wait "$pid" || true
	matches "$out" 'io.containerd.grpc.v1 +cri +[^ ]+ +ok'
	rm -rf "$dir"
}
