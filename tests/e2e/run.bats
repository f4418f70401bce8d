#!/usr/bin/env bats
# Proves: `run` starts exactly the program that was asked for, with its arguments, environment,
# working directory and stdio, gives its exit status back, adds no word of its own, and says why
# when the program cannot be started.

load helpers

@test "run: the program's exit code comes back, every one of them" {
	codes="0 1 2 3 42 125 126 127 128 129 137 143 254 255"
	[ "$KIND" != rundlet ] || codes=$(seq 0 255)
	script 'exit CODE'
	cp "$B/config.json" "$T/template"
	for code in $codes; do
		sed "s/exit CODE/exit $code/" "$T/template" >"$B/config.json"
		go run --bundle "$B" "$C"
		eq "$status" "$code" "exit code"
		eq "$out$err" "" "output"
	done
}

@test "run: death by a signal comes back as 128 + signal" {
	# in a pid namespace of its own the program would be pid 1, which nothing but SIGKILL ends
	without_ns pid
	config '(.mounts[] | select(.destination == "/proc")) |= {destination, type: "none", source: "/proc", options: ["rbind"]}'
	for sig in 1 2 6 9 10 15; do
		script "kill -$sig \$\$"
		go run --bundle "$B" "$C"
		eq "$status" $((128 + sig))
	done
}

@test "run: SIGKILL of pid 1 comes back as 137" {
	config '.process.args = ["/bin/sleep", "60"]'
	rt run --bundle "$B" "$C" </dev/null >"$T/out" 2>"$T/err" &
	background $!
	eventually status_is running
	ok kill "$C" 9
	code=0
	wait "${BACKGROUND[0]}" || code=$?
	BACKGROUND=()
	eq "$code" 137
}

@test "run: a shell's child that died of a signal is reported by the shell, not by us" {
	script 'sh -c "kill -TERM \$\$"; exit $?'
	go run --bundle "$B" "$C"
	eq "$status" 143
}

@test "run: arguments arrive byte for byte" {
	config '.process.args = ["/bin/printf", "[%s]", "", "a b", "*", "$HOME", "\"q\"", "é\tx\ny", "--root", "-x"]'
	inside
	eq "$out" "$(printf '[%s]' '' 'a b' '*' '$HOME' '"q"' $'é\tx\ny' --root -x)"
}

@test "run: argv[0] is what was asked for, not where it was found" {
	config '.process.args = ["sh", "-c", "echo $0; cat /proc/self/cmdline | tr \"\\0\" \" \""] | .process.env = ["PATH=/bin"]'
	inside
	has "$out" "cat /proc/self/cmdline"
	has "$out" "sh"
}

@test "run: the environment is the configured one, in order, and nothing else" {
	config '.process.env = ["PATH=/bin", "B=2", "A=1", "EMPTY=", "HOME=/h", "SP=a b"] | .process.args = ["/bin/cat", "/proc/self/environ"]'
	inside
	got=$(tr '\0' '|' <"$T/out")
	not_for crun "adds container="
	eq "$got" "PATH=/bin|B=2|A=1|EMPTY=|HOME=/h|SP=a b|"
}

@test "run: HOME comes from the container's passwd when it is not given" {
	not_for rundlet "not built yet"
	config '.process.env = ["PATH=/bin"] | .process.args = ["/bin/sh", "-c", "echo $HOME"]'
	inside
	eq "$out" /root
}

@test "run: nothing of the caller's environment gets in" {
	config '.process.env = ["PATH=/bin"] | .process.args = ["env"]'
	export E2E_SECRET=caller LISTEN_PID=1 NOTIFY=x
	inside
	hasnt "$out" E2E_SECRET
	hasnt "$out" XDG_RUNTIME_DIR
	hasnt "$out" E2E_WORK
}

@test "run: the program is looked up in the container's PATH" {
	mkdir -p "$B/rootfs/opt/x"
	printf '#!/bin/sh\necho found-here\n' >"$B/rootfs/opt/x/mytool"
	chmod 755 "$B/rootfs/opt/x/mytool"
	config '.process.env = ["PATH=/nowhere:/opt/x:/bin"] | .process.args = ["mytool"]'
	inside
	eq "$out" found-here
}

@test "run: a program may be given relative to cwd" {
	mkdir -p "$B/rootfs/opt"
	printf '#!/bin/sh\necho relative\n' >"$B/rootfs/opt/tool"
	chmod 755 "$B/rootfs/opt/tool"
	config '.process.cwd = "/opt" | .process.args = ["./tool"]'
	inside
	eq "$out" relative
}

@test "run: cwd is where the program starts" {
	config '.process.cwd = "/etc" | .process.args = ["/bin/pwd"]'
	inside
	eq "$out" /etc
}

@test "run: cwd through a link of the image stays in the image" {
	ln -s /etc "$B/rootfs/link"
	config '.process.cwd = "/link" | .process.args = ["/bin/readlink", "/proc/self/cwd"]'
	inside
	eq "$out" /etc
}

@test "run: a cwd that is missing is made" {
	may_create rootfs/new rootfs/new/deep
	config '.process.cwd = "/new/deep" | .process.args = ["/bin/pwd"] | .root.readonly = false'
	inside
	eq "$out" /new/deep
}

@test "run: a cwd that is missing is made in a read-only root, and for a user who could not" {
	may_create rootfs/new
	config '.process.cwd = "/new" | .process.args = ["/bin/sh", "-c", "pwd; stat -c %u:%g:%a ."] | .root.readonly = true'
	inside
	eq "$out" "/new
0:0:755"
	rmdir "$B/rootfs/new"
	[ "$(id -u)" = 0 ] || { requires_subids; map_subids; }
	config '.process.user = {uid: 5, gid: 6}'
	inside
	eq "$out" "/new
0:0:755"
}

@test "run: a cwd that cannot be made is refused" {
	config '.process.cwd = "/proc/new"'
	fails run --bundle "$B" "$C"
	[ "$KIND" != rundlet ] || has "$err" "/process/cwd: make cwd '/proc/new': No such file or directory"
	nothing_left
}

@test "run: a cwd that is a file is refused" {
	config '.process.cwd = "/etc/passwd"'
	fails run --bundle "$B" "$C"
	nothing_left
}

@test "run: a descriptor that is preserved does not lead out of the root as cwd" {
	# CVE-2024-21626; caught: a build that follows magic links and does not ask where it is
	as_host_root
	mkdir "$T/outside"
	ln -s /proc/self/fd/3 "$B/rootfs/tmp/link"
	may_create rootfs/tmp/link
	script 'ls ..'
	for cwd in /proc/self/fd/3 /tmp/link /proc/self/fd/3/..; do
		config --arg p "$cwd" '.process.cwd = $p'
		status=0
		rt run --preserve-fds 1 --bundle "$B" "$C" </dev/null 3<"$T/outside" >"$T/out" 2>"$T/err" || status=$?
		ne "$status" 0 "status of $cwd"
		hasnt "$(cat "$T/out")" outside
	done
	rm "$B/rootfs/tmp/link"
	nothing_left
}

@test "run: a descriptor of the runtime as cwd does not lead out of the root" {
	# CVE-2024-21626: a leaked descriptor as working directory
	for n in 3 4 5 6 7 8 9 10 11 12; do
		script 'pwd -P; cd ../../../../../../..; ls'
		config --arg p "/proc/self/fd/$n" '.process.cwd = $p'
		go run --bundle "$B" "$C"
		# a descriptor that leads to the container's own root is no harm
		[ "$status" = 0 ] || continue
		eq "$KIND" rundlet "the runtime that lets /proc/self/fd/$n pass"
		eq "$(tail -n +2 <<<"$out")" "$(ls "$B/rootfs")" "what is above cwd"
	done
	nothing_left
}

@test "run: stdin, stdout and stderr are the caller's" {
	printf 'one\ntwo\n' >"$T/in"
	script 'cat; echo to-stderr >&2'
	STDIN=$T/in go run --bundle "$B" "$C"
	eq "$status" 0
	eq "$out" $'one\ntwo'
	eq "$err" to-stderr
}

@test "run: pipes of stdio are the user's to open, a fifo and a file keep their owner" {
	local fifo=$T/fifo mine
	[ "$(id -u)" = 0 ] || { requires_subids; map_subids; }
	config '.process.user = {uid: 5, gid: 6} | .process.args =
		["/bin/sh", "-c", "echo out >/proc/self/fd/1; echo err >/proc/self/fd/2; cat /proc/self/fd/0"]'
	out=$(echo in | rt run --bundle "$B" "$C" 3>&- 2> >(cat >"$T/err") | cat)
	eq "$out" "out
in"
	eventually grep -qx err "$T/err"
	nothing_left
	if [ "$KIND" = rundlet ]; then
		mkfifo "$fifo"
		mine=$(stat -c %u:%g "$fifo")
		config '.process.args = ["/bin/sh", "-c", "echo via"]'
		cat "$fifo" >"$T/read" 3>&- &
		rt run --bundle "$B" "$C" </dev/null >"$fifo" 2>"$T/err" 3>&-
		wait $!
		eq "$(cat "$T/read")" via
		eq "$(stat -c %u:%g "$fifo" "$T/err" | sort -u)" "$mine"
	fi
}

@test "run: works as a link in a pipeline" {
	script 'tr a-z A-Z'
	got=$(printf 'piped text' | rt run --bundle "$B" "$C" | cat)
	eq "$got" "PIPED TEXT"
}

@test "run: a reader that goes away ends the program, not the cleanup" {
	script 'yes'
	rt run --bundle "$B" "$C" </dev/null 2>"$T/err" | head -n 1 >"$T/out"
	eq "$(cat "$T/out")" y
	nothing_left
}

@test "run: only descriptors 0 to 2 reach the program" {
	script 'ls /proc/self/fd | tr "\n" " "'
	status=0
	rt run --bundle "$B" "$C" </dev/null 7</dev/null 8<"$B" >"$T/out" 2>"$T/err" || status=$?
	out=$(cat "$T/out")
	eq "$status" 0
	# the directory that ls itself reads is 3
	eq "$out" "0 1 2 3 "
}

@test "run: --preserve-fds passes the next descriptors on" {
	script 'cat <&3; ls /proc/self/fd | tr "\n" " "'
	echo through-fd-3 >"$T/three"
	status=0
	rt run --preserve-fds 1 --bundle "$B" "$C" </dev/null 3<"$T/three" 4</dev/null >"$T/out" 2>"$T/err" || status=$?
	eq "$status" 0
	# 4 is the directory that ls itself reads
	eq "$(cat "$T/out")" $'through-fd-3\n0 1 2 3 4 '
}

@test "run: success says nothing on stderr" {
	inside
	eq "$out" ""
}

@test "run: leaves nothing behind" {
	inside 'echo hello'
	nothing_left
}

@test "run: without --bundle the bundle is the working directory" {
	script 'echo from-cwd'
	cd "$B"
	ok run "$C"
	eq "$out" from-cwd
}

@test "run: --bundle may be relative, and root.path is relative to it" {
	mv "$B/rootfs" "$B/tree"
	config '.root.path = "tree"'
	script 'echo here'
	cd "$T"
	ok run --bundle bundle "$C"
	eq "$out" here
}

@test "run: root.path says the bundle itself, or the rootfs in a roundabout way" {
	for path in "rootfs/." "rootfs/bin/.." "./rootfs//" "$B/rootfs/./"; do
		config --arg p "$path" '.root.path = $p'
		inside
	done
	not_for crun "1.8 looks for the rootfs elsewhere then"
	mkdir "$T/flat"
	cp -a "$B/rootfs/." "$T/flat"
	jq '.root.path = "."' "$B/config.json" >"$T/flat/config.json"
	ok run --bundle "$T/flat" "$C"
}

@test "run: root.path may be absolute" {
	mv "$B/rootfs" "$T/elsewhere"
	config --arg p "$T/elsewhere" '.root.path = $p'
	inside 'echo absolute'
	eq "$out" absolute
}

@test "run: a program that is not in PATH fails with the words callers look for" {
	config '.process.args = ["no-such-tool"]'
	fails run --bundle "$B" "$C"
	matches "$err" "executable file (.no-such-tool. )?not found in .PATH"
	says_rundlet 'exec: "no-such-tool": executable file not found in $PATH: No such file or directory'
	nothing_left
}

@test "run: a missing absolute program fails" {
	config '.process.args = ["/no/such/tool"]'
	fails run --bundle "$B" "$C"
	matches "$err" "[Nn]o such file or directory"
	says_rundlet 'exec: "/no/such/tool"'
	nothing_left
}

@test "run: a program that is not executable fails with permission denied" {
	config '.process.args = ["/etc/passwd"]'
	fails run --bundle "$B" "$C"
	matches "$err" "[Pp]ermission denied"
	says_rundlet 'exec: "/etc/passwd": permission denied'
	nothing_left
}

@test "run: a directory is not a program" {
	config '.process.args = ["/etc"]'
	fails run --bundle "$B" "$C"
	says_rundlet 'exec: "/etc": is a directory'
	nothing_left
}

@test "run: a file that is no program fails with exec format error" {
	printf 'not a program' >"$B/rootfs/bin/junk"
	chmod 755 "$B/rootfs/bin/junk"
	config '.process.args = ["/bin/junk"]'
	fails run --bundle "$B" "$C"
	matches "$err" "[Ee]xec format error"
	nothing_left
}

@test "run: a script whose interpreter is missing says so" {
	printf '#!/no/interpreter\n' >"$B/rootfs/bin/script"
	chmod 755 "$B/rootfs/bin/script"
	config '.process.args = ["/bin/script"]'
	fails run --bundle "$B" "$C"
	matches "$err" "[Nn]o such file or directory"
	[ "$KIND" = crun ] || has "$err" "exec /bin/script: no such file or directory"
	nothing_left
}

@test "run: SIGTERM to the runtime reaches the container" {
	script 'trap "echo got-term; exit 5" TERM; echo ready; while :; do sleep 0.05; done'
	TMPDIR=$T/tmp "$E2E_RUNTIME" --root "$ROOT" run --bundle "$B" "$C" </dev/null >"$T/out" 2>"$T/err" &
	pid=$!
	background "$pid"
	eventually grep -q ready "$T/out"
	kill -TERM "$pid"
	code=0
	wait "$pid" || code=$?
	BACKGROUND=()
	eq "$code" 5
	has "$(cat "$T/out")" got-term
	nothing_left
}

@test "run: SIGHUP, SIGINT, SIGUSR1 and SIGUSR2 are passed on" {
	script 'for s in HUP INT USR1 USR2; do trap "echo got-$s" $s; done; trap "exit 9" TERM; echo ready; while :; do sleep 0.05; done'
	# a background job of a shell has SIGINT ignored, which the runtime must pass on all the same
	TMPDIR=$T/tmp "$E2E_RUNTIME" --root "$ROOT" run --bundle "$B" "$C" </dev/null >"$T/out" 2>"$T/err" &
	pid=$!
	background "$pid"
	eventually grep -q ready "$T/out"
	for s in HUP USR1 USR2; do
		kill -"$s" "$pid"
		eventually grep -q "got-$s" "$T/out"
	done
	kill -TERM "$pid"
	code=0
	wait "$pid" || code=$?
	BACKGROUND=()
	eq "$code" 9
}

@test "run: --pid-file holds the container's pid without a newline" {
	script 'sleep 30'
	rt run --bundle "$B" --pid-file "$T/pid" "$C" </dev/null >"$T/out" 2>"$T/err" &
	background $!
	eventually status_is running
	eq "$(cat "$T/pid")" "$(init_pid)"
	matches "$(od -An -c "$T/pid" | tr -d ' ')" '^[0-9]+$'
	ok kill "$C" KILL
	code=0
	wait "${BACKGROUND[0]}" || code=$?
	BACKGROUND=()
	eq "$code" 137
}

@test "run: --detach returns with the container running" {
	script 'echo detached; sleep 30'
	ok run --detach --bundle "$B" --pid-file "$T/pid" "$C"
	status_is running
	exists "/proc/$(cat "$T/pid")"
	ok kill "$C" KILL
	eventually status_is stopped
	ok delete "$C"
	nothing_left
}

@test "run: zombies of the container are not ours: pid 1 is the program itself" {
	inside 'cat /proc/1/comm; echo $$'
	eq "$out" $'sh\n1'
}

@test "run: the signal mask and dispositions are the default ones" {
	config '.process.args = ["/bin/grep", "^Sig[BI]", "/proc/self/status"]'
	inside
	has "$out" "SigBlk:	0000000000000000"
	not_for runc "Go leaves handlers ignored"
	has "$out" "SigIgn:	0000000000000000"
}

@test "run: a thousand environment entries and a long argument get through" {
	long=$(head -c 60000 /dev/zero | tr '\0' x)
	config --arg l "$long" '.process.args = ["/bin/sh", "-c", "echo ${#1} $E999", "sh", $l] |
		.process.env = ["PATH=/bin"] + [range(1000) | "E\(.)=v\(.)"]'
	inside
	eq "$out" "60000 v999"
}

@test "run: what waits inside for start is a sealed memory file" {
	# CVE-2019-5736; caught: a build that does not seal it
	requires_root # who else may look at a process that is not dumpable
	requires_rundlet "peers wait as themselves, or as a copy"
	config '.process.args = ["/bin/sleep", "60"]'
	ok create --bundle "$B" "$C"
	exe=/proc/$(init_pid)/exe
	matches "$(readlink "$exe")" '^/memfd:init'
	# F_GET_SEALS: no seal can be added, no byte written, added or cut off
	eq "$(python3 -c 'import fcntl, sys; print(fcntl.fcntl(open(sys.argv[1], "rb"), 1034))' "$exe")" 15
}

@test "run: /proc/1/exe is the program, never the runtime" {
	inside 'readlink /proc/1/exe; cat /proc/1/maps | grep -c -e rundlet -e memfd; true'
	eq "$out" $'/bin/busybox\n0'
}
