#!/usr/bin/env bats
# Proves: crun's annotations that change what is done are acted on; those that ask for another
# container, and that this build does not have, are refused by name; all others are ignored.

load helpers

annotate()
{
	config --arg k "$1" --arg v "$2" '.annotations[$k] = $v'
}

@test "annotations: crun's others are refused by name" {
	requires_rundlet
	for name in run.oci.handler run.oci.seccomp.plugins run.oci.seccomp_bpf_data \
		run.oci.systemd.force_cgroup_v1; do
		cp "$B/config.json" "$T/saved"
		annotate "$name" 1
		fails run --bundle "$B" "$C"
		says "/annotations/$name"
		says "not supported"
		matches "$err" "config.json:[0-9]+"
		cp "$T/saved" "$B/config.json"
	done
	nothing_left
}

@test "annotations: those of others are ignored" {
	annotate org.opencontainers.image.stopSignal 15
	annotate io.kubernetes.cri.container-type sandbox
	annotate io.podman.annotations.autoremove TRUE
	annotate run.ocicat 1
	annotate run.oci.x~y/z 1
	inside 'echo here'
	eq "$out" here
}

@test "annotations: run.oci.pidfd_receiver gets a pidfd of the container's process" {
	requires_rundlet "crun 1.8 does not know it"
	python3 - "$T/sock" >"$T/pidfd" 2>&1 3>&- <<-'EOF' &
		import array, os, re, socket, sys
		s = socket.socket(socket.AF_UNIX)
		s.bind(sys.argv[1])
		s.listen(1)
		c, _ = s.accept()
		_, anc, _, _ = c.recvmsg(64, socket.CMSG_SPACE(16))
		fds = array.array("i")
		fds.frombytes(anc[0][2])
		print(len(fds), re.search(r"^Pid:\t(-?\d+)", open("/proc/self/fdinfo/%d" % fds[0]).read(), re.M).group(1))
	EOF
	receiver=$!
	background "$receiver"
	eventually test -S "$T/sock"
	annotate run.oci.pidfd_receiver "$T/sock"
	config '.process.args = ["/bin/sleep", "60"]'
	ok create --bundle "$B" "$C"
	wait "$receiver"
	eq "$(cat "$T/pidfd")" "1 $(init_pid)"
}

@test "annotations: a receiver that does not listen is refused" {
	requires_rundlet "crun 1.8 does not know it"
	annotate run.oci.pidfd_receiver "$T/nobody"
	fails create --bundle "$B" "$C"
	says "$T/nobody"
	nothing_left
}
