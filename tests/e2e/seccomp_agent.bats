#!/usr/bin/env bats
# Proves: with SCMP_ACT_NOTIFY the agent at listenerPath gets one connection for each filtered process,
# one message on it, the container process state of config-linux.md, and one descriptor with it, by
# which it answers; what could never be answered, and a listener that cannot be reached, is an error.

load helpers

setup()
{
	case $(uname -m) in
	x86_64 | aarch64 | riscv64 | s390x) ;;
	*) skip "the agent knows the numbers of ioctl(2) on common architectures" ;;
	esac
	e2e_setup
	A=$T/agent
}

# An agent at $A. Call by call it answers with the errno $1, or lets it go ahead where $1 is 0. What
# it is told on the N-th connection is in $A.N, how many descriptors came with it in $A.N.fds; the
# numbers of the calls that it has answered are in $A.calls.
agent()
{
	python3 - "$A" "$1" 2>"$A.err" 3>&- <<-'END' &
		import array, fcntl, os, select, socket, struct, sys
		path, errno = sys.argv[1], int(sys.argv[2])
		RECV, SEND, CONTINUE = 0xc0502100, 0xc0182101, 1
		def message(conn):
		    text, anc, _, _ = conn.recvmsg(1 << 16, socket.CMSG_SPACE(64))
		    fds = array.array("i")
		    for _, _, got in anc:
		        fds.frombytes(got)
		    return text, fds
		def answer(fd, calls):
		    request = bytearray(80)
		    try:
		        fcntl.ioctl(fd, RECV, request)
		        ident, nr = struct.unpack_from("=Q8xi", request)
		        reply = struct.pack("=Qqii", ident, 0, -errno, 0 if errno else CONTINUE)
		        print(nr, file=calls, flush=True)
		        fcntl.ioctl(fd, SEND, bytearray(reply))
		    except OSError:
		        pass  # the process has ended meanwhile
		listen = socket.socket(socket.AF_UNIX)
		listen.bind(path)
		os.chmod(path, 0o777)
		listen.listen(8)
		open(path + ".ready", "w").close()
		poll = select.poll()
		poll.register(listen, select.POLLIN)
		told, open_connections = 0, {}
		with open(path + ".calls", "w") as calls:
		    while True:
		        for fd, event in poll.poll():
		            if fd == listen.fileno():
		                conn, _ = listen.accept()
		                text, fds = message(conn)
		                told += 1
		                open(f"{path}.{told}.fds", "w").write(str(len(fds)))
		                with open(f"{path}.new", "wb") as out:
		                    out.write(text)
		                os.rename(f"{path}.new", f"{path}.{told}")
		                for got in fds:
		                    poll.register(got, select.POLLIN)
		                poll.register(conn, select.POLLIN)
		                open_connections[conn.fileno()] = conn, told
		            elif fd in open_connections:
		                conn, nth = open_connections.pop(fd)
		                poll.unregister(fd)
		                if conn.recv(1):
		                    open(f"{path}.{nth}.more", "w").close()
		                conn.close()
		            elif event & select.POLLIN:
		                answer(fd, calls)
		            else:
		                poll.unregister(fd)
		                os.close(fd)
	END
	background $!
	eventually test -e "$A.ready"
}

# These calls are the agent's.
notify()
{
	config --argjson n "$1" --arg p "$A" '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
		listenerPath: $p, listenerMetadata: "{\"for\": \"the/agent\"}",
		syscalls: [{names: $n, action: "SCMP_ACT_NOTIFY"}]}'
}

MKDIR='["mkdir", "mkdirat"]'

told()
{
	jq -r "$2" "$A.$1"
}

@test "agent: answers the call" {
	agent 28
	notify "$MKDIR"
	for nnp in true false; do
		config --argjson n $nnp '.process.noNewPrivileges = $n'
		inside 'mkdir /dev/shm/d 2>&1; echo still here'
		has "$out" "No space left on device"
		has "$out" "still here"
	done
	eq "$(ls "$A".[0-9] | wc -l)" 2
}

@test "agent: lets the call go ahead" {
	agent 0
	notify "$MKDIR"
	inside 'mkdir /dev/shm/d && test -d /dev/shm/d && echo made'
	eq "$out" made
}

@test "agent: is told the container process state, with one descriptor" {
	not_for crun "1.8 has a version of its own, and pids from inside"
	agent 0
	notify "$MKDIR"
	config '.annotations = {"org.example/key": "value"}'
	script 'sleep 100'
	ok run --detach --bundle "$B" "$C"
	eventually test -e "$A.1"
	eq "$(cat "$A.1.fds")" 1
	missing "$A.1.more"
	eq "$(told 1 '.fds | tojson')" '["seccompFd"]'
	eq "$(told 1 .pid)" "$(init_pid)"
	eq "$(told 1 .metadata)" '{"for": "the/agent"}'
	eq "$(told 1 .state.id)" "$C"
	eq "$(told 1 .state.pid)" "$(init_pid)"
	eq "$(told 1 .state.status)" creating
	eq "$(told 1 .state.bundle)" "$B"
	eq "$(told 1 '.state.annotations["org.example/key"]')" value
	eq "$(told 1 .ociVersion)" "$(rt state "$C" | jq -r .ociVersion)"
	eq "$(told 1 'keys_unsorted | tojson')" '["ociVersion","fds","pid","metadata","state"]'
	[ "$KIND" != rundlet ] || hasnt "$(cat "$A.1")" '\/'
	missing "$A.2"
}

@test "agent: create and start" {
	agent 28
	notify "$MKDIR"
	script 'mkdir /dev/shm/d 2>/dev/null; sleep 100'
	ok create --bundle "$B" "$C"
	ok start "$C"
	eventually test -s "$A.calls"
	eq "$(cat "$A.1.fds")" 1
	[ "$KIND" = crun ] || eq "$(told 1 .pid)" "$(init_pid)"
	eq "$(told 1 .state.id)" "$C"
	missing "$A.2"
}

@test "agent: exec has a listener of its own" {
	not_for crun "1.8 tells pids from inside"
	agent 28
	notify "$MKDIR"
	script 'sleep 100'
	ok run --detach --bundle "$B" "$C"
	go exec "$C" /bin/sh -c 'mkdir /dev/shm/d 2>&1; echo still here'
	has "$out" "No space left on device"
	has "$out" "still here"
	eq "$(cat "$A.2.fds")" 1
	eq "$(told 2 .state.pid)" "$(init_pid)"
	eq "$(told 2 .state.status)" running
	ne "$(told 2 .pid)" "$(init_pid)"
	eq "$(told 2 .metadata)" '{"for": "the/agent"}'
}

@test "agent: calls that the runtime makes under the filter are the agent's too" {
	requires_rundlet "each has calls of its own"
	agent 0
	notify '["execve", "recvmsg", "openat", "open", "close", "capset", "fcntl", "read"]'
	config '.hooks.startContainer = [{path: "/bin/true"}]'
	for nnp in true false; do
		config --argjson n $nnp '.process.noNewPrivileges = $n'
		inside 'echo alive'
		eq "$out" alive
	done
	ne "$(wc -l <"$A.calls")" 0
}

@test "agent: nobody at listenerPath" {
	notify "$MKDIR"
	fails run --bundle "$B" "$C"
	[ "$KIND" = crun ] || says "failed to connect with seccomp agent"
	says "$A"
	says_rundlet /linux/seccomp/listenerPath
	nothing_left
}

@test "agent: nobody at listenerPath, start" {
	requires_rundlet "the peers load the filter at create"
	notify "$MKDIR"
	ok create --bundle "$B" "$C"
	fails start "$C"
	says "failed to connect with seccomp agent"
	says "config.json:"
	eventually status_is stopped
	ok delete "$C"
	nothing_left
}

@test "agent: nobody at listenerPath, exec" {
	not_for crun "1.8 does not end what it has begun"
	agent 0
	notify "$MKDIR"
	script 'sleep 100'
	ok run --detach --bundle "$B" "$C"
	rm "$A"
	go exec "$C" /bin/true
	ne "$status" 0
	says "failed to connect with seccomp agent"
}

@test "agent: a listenerPath longer than a socket address" {
	not_for runc "has no way around sun_path"
	not_for crun "has no way around sun_path"
	d=$T/$(printf 'd%.0s' $(seq 60))/$(printf 'e%.0s' $(seq 60))
	mkdir -p "$d"
	agent 28
	mv "$A" "$d/agent"
	notify "$MKDIR"
	config --arg p "$d/agent" '.linux.seccomp.listenerPath = $p'
	inside 'mkdir /dev/shm/d 2>&1 || true'
	has "$out" "No space left on device"
}

@test "agent: a listenerPath without NOTIFY is nobody's" {
	not_for crun "connects whenever there is a path"
	config --arg p "$A" '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: $p,
		listenerMetadata: "m", syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO"}]}'
	inside 'echo works'
	eq "$out" works
}

@test "agent: the annotation run.oci.seccomp.receiver" {
	not_for runc "is crun's"
	agent 28
	notify "$MKDIR"
	config --arg p "$A" 'del(.linux.seccomp.listenerPath, .linux.seccomp.listenerMetadata) |
		.annotations = {"run.oci.seccomp.receiver": $p}'
	inside 'mkdir /dev/shm/d 2>&1 || true'
	has "$out" "No space left on device"
}

@test "agent: the annotation is named where nobody listens" {
	requires_rundlet "the pointer is its own"
	notify "$MKDIR"
	config --arg p "$A" 'del(.linux.seccomp.listenerPath, .linux.seccomp.listenerMetadata) |
		.annotations = {"run.oci.seccomp.receiver": $p}'
	fails run --bundle "$B" "$C"
	says "failed to connect with seccomp agent"
	says "/annotations/run.oci.seccomp.receiver"
	nothing_left
}

@test "agent: RUN_OCI_SECCOMP_RECEIVER, for run and exec" {
	not_for runc "is crun's"
	agent 28
	notify "$MKDIR"
	config 'del(.linux.seccomp.listenerPath, .linux.seccomp.listenerMetadata)'
	export RUN_OCI_SECCOMP_RECEIVER=$A
	script 'mkdir /dev/shm/d 2>&1; sleep 100'
	ok run --detach --bundle "$B" "$C" >"$T/out"
	eventually test -s "$A.calls"
	go exec "$C" /bin/sh -c 'mkdir /dev/shm/e 2>&1 || true'
	has "$out" "No space left on device"
}

@test "agent: RUN_OCI_SECCOMP_RECEIVER has the last word, and no say without NOTIFY" {
	requires_rundlet "crun connects whenever it is set"
	agent 28
	notify "$MKDIR"
	export RUN_OCI_SECCOMP_RECEIVER=$T/nobody
	inside 'mkdir /dev/shm/d 2>&1 || true'
	has "$out" "No space left on device"
	config 'del(.linux.seccomp.listenerPath, .linux.seccomp.listenerMetadata)'
	fails run --bundle "$B" "$C"
	says "failed to connect with seccomp agent: connect to RUN_OCI_SECCOMP_RECEIVER '$T/nobody'"
	nothing_left
	config 'del(.linux.seccomp)'
	inside 'echo alone'
	eq "$out" alone
}

@test "agent: RUN_OCI_SECCOMP_RECEIVER that is no absolute path" {
	not_for runc "is crun's"
	notify "$MKDIR"
	config 'del(.linux.seccomp.listenerPath, .linux.seccomp.listenerMetadata)'
	export RUN_OCI_SECCOMP_RECEIVER=agent.sock
	fails run --bundle "$B" "$C"
	says agent.sock
	[ "$KIND" = crun ] || says RUN_OCI_SECCOMP_RECEIVER
	nothing_left
}

@test "agent: WAIT_KILLABLE_RECV" {
	not_for runc "1.1 does not know it"
	not_for crun "needs libseccomp 2.6 for it"
	agent 28
	notify "$MKDIR"
	config '.linux.seccomp.flags = ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", "SECCOMP_FILTER_FLAG_TSYNC"]'
	inside 'mkdir /dev/shm/d 2>&1 || true'
	has "$out" "No space left on device"
}

# --- what could not work ------------------------------------------------------------------------

@test "agent: NOTIFY for write is refused" {
	not_for crun "waits for ever"
	notify '["mkdir", "write"]'
	fails run --bundle "$B" "$C"
	says "SCMP_ACT_NOTIFY cannot be used for the write syscall"
	says_rundlet "/linux/seccomp/syscalls/0/names/1"
	says_rundlet "config.json:"
	nothing_left
}

@test "agent: NOTIFY for what hands over the listener is refused" {
	requires_rundlet "each has calls of its own"
	for name in sendmsg socketcall; do
		notify "[\"$name\"]"
		fails run --bundle "$B" "$C"
		says "SCMP_ACT_NOTIFY cannot be used for the $name syscall"
		says "/linux/seccomp/syscalls/0/names/0"
	done
	nothing_left
}

@test "agent: NOTIFY as the default action is refused" {
	not_for crun "waits for ever"
	notify "$MKDIR"
	config '.linux.seccomp.defaultAction = "SCMP_ACT_NOTIFY"'
	fails run --bundle "$B" "$C"
	says "SCMP_ACT_NOTIFY cannot be used as default action"
	says_rundlet "/linux/seccomp/defaultAction"
	nothing_left
}

@test "agent: NOTIFY without a listenerPath is refused" {
	not_for crun "1.8 loads such a filter"
	for edit in 'del(.listenerPath) | del(.listenerMetadata)' '.listenerPath = "" | del(.listenerMetadata)'; do
		notify "$MKDIR"
		config ".linux.seccomp |= ($edit)"
		fails run --bundle "$B" "$C"
		says_rundlet "SCMP_ACT_NOTIFY needs a listenerPath"
		says_rundlet "/linux/seccomp/listenerPath"
	done
	nothing_left
}

@test "agent: listenerMetadata without listenerPath, a relative path: refused" {
	requires_rundlet
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerMetadata: "m"}'
	fails run --bundle "$B" "$C"
	says "needs listenerPath"
	says "/linux/seccomp/listenerMetadata"
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: "agent.sock"}'
	fails run --bundle "$B" "$C"
	says "'agent.sock' is not an absolute path"
	says "/linux/seccomp/listenerPath"
	nothing_left
}
