#!/usr/bin/env bats
# Proves: exec runs another process in a container that is there as callers expect it: identity,
# environment, terminal, descriptors, statuses, pid file and words; what it brings inside cannot be
# used against the host; and how little it costs.

load helpers

# A container whose init does nothing.
running()
{
	config '.process.args = ["/bin/sleep", "600"]'
	started
}

started()
{
	ok run --detach --bundle "$B" "$C"
}

# It fails before the program runs, says this, and with which status.
refuses()
{
	local words=$1
	shift
	go exec "$@"
	[ "$status" != 0 ] || fail "'exec $*' succeeded"
	[ -n "$err" ] || fail "'exec $*' failed without a word"
	says_rundlet "$words"
	[ "$KIND" != rundlet ] || {
		eq "$status" 255 status
		eq "$(wc -l <"$T/err")" 1 "lines of the error"
	}
}

# A process object in the file $1: the container's own with a jq filter applied.
process_file()
{
	jq ".process | del(.consoleSize) | $2" "$B/config.json" >"$1"
}

listen()
{
	python3 ./lib/tool.py console "$T/sock" "$T/console" 2>"$T/console.err" 3>&- &
	background $!
	eventually test -S "$T/sock"
}

listened()
{
	wait "${BACKGROUND[-1]}" || fail "the listener failed: $(cat "$T/console.err")"
}

field()
{
	grep "^$1:" <<<"$out" | cut -d: -f2 | tr -d ' \t'
}

# --- status and streams ----------------------------------------------------------------------------

@test "exec: the status of the program is the status of exec" {
	running
	ok exec "$C" true
	eq "$out" ""
	go exec "$C" sh -c 'exit 7'
	eq "$status" 7
	go exec "$C" sh -c 'kill -KILL $$'
	eq "$status" 137
	go exec "$C" sh -c 'kill -TERM $$'
	eq "$status" 143
}

@test "exec: stdin, stdout and stderr are the caller's" {
	running
	echo typed >"$T/in"
	STDIN=$T/in go exec "$C" sh -c 'cat; echo to-stderr >&2'
	eq "$status" 0
	eq "$out" typed
	eq "$err" to-stderr
}

@test "exec: the first word ends the options" {
	running
	ok exec "$C" echo -n --detach -u 5
	eq "$out" "--detach -u 5"
}

@test "exec: signals are forwarded to the program" {
	running
	(rt exec "$C" sh -c 'trap "exit 9" TERM; echo ready; while :; do sleep 0.02; done' >"$T/log" 2>&1 3>&-) &
	shell=$!
	eventually grep -q ready "$T/log"
	kill -TERM "$(pgrep -P "$shell" || echo "$shell")"
	status=0
	wait "$shell" || status=$?
	eq "$status" 9
}

@test "exec: the process ends with the container" {
	running
	(rt exec "$C" sleep 60 >"$T/log" 2>&1 3>&-) &
	shell=$!
	eventually sees_sleepers 2
	ok kill "$C" KILL
	status=0
	wait "$shell" || status=$?
	eq "$status" 137
}

# So many processes of the container are called sleep.
sees_sleepers()
{
	[ "$(rt exec "$C" ps 2>/dev/null | grep -c '[s]leep')" = "$1" ]
}

@test "exec: twenty at once" {
	running
	for i in {1..20}; do
		rt exec "$C" sh -c "exit $i" >"$T/log.$i" 2>&1 3>&- &
		pids[i]=$!
	done
	for i in {1..20}; do
		status=0
		wait "${pids[i]}" || status=$?
		eq "$status" "$i" "status of $i: $(cat "$T/log.$i")"
	done
}

# --- where ------------------------------------------------------------------------------------------

@test "exec: it is in every namespace of the container" {
	running
	ok exec "$C" sh -c 'for n in cgroup ipc mnt net pid user uts; do readlink /proc/1/ns/$n; readlink /proc/self/ns/$n; done | uniq -c | grep -v "^ *2 " || echo all'
	eq "$out" all
	ok exec "$C" sh -c 'hostname; tr "\0" " " </proc/1/cmdline; [ $$ -gt 1 ] && echo inside'
	has "$out" "/bin/sleep 600"
	has "$out" inside
}

@test "exec: namespaces that are shared with the caller stay shared" {
	without_ns network uts
	config 'del(.hostname)'
	[ "$(id -u)" = 0 ] || config '.mounts |= map(select(.destination != "/sys"))'
	running
	ok exec "$C" readlink /proc/self/ns/net
	eq "$out" "$(readlink /proc/self/ns/net)"
	ok exec "$C" readlink /proc/self/ns/uts
	eq "$out" "$(readlink /proc/self/ns/uts)"
}

@test "exec: without a pid namespace" {
	requires_root # a user's /proc is refused by the kernel
	not_for crun "1.8 deletes such a container and leaves its process"
	without_ns pid
	running
	pid=$(init_pid)
	ok exec "$C" readlink /proc/self/ns/pid
	eq "$out" "$(readlink /proc/self/ns/pid)"
	ok exec "$C" readlink /proc/self/ns/uts
	eq "$out" "$(readlink "/proc/$pid/ns/uts")"
	go exec "$C" sh -c 'exit 5'
	eq "$status" 5
}

@test "exec: root into a container with a user namespace of other ids" {
	requires_root
	map_ids 0 100000 65536
	chmod -R a+rX "$B"
	chown -R 100000:100000 "$B/rootfs"
	running
	ok exec "$C" sh -c 'id -u; id -g; cat /proc/self/uid_map; : >/dev/shm/made; stat -c %u /dev/shm/made'
	eq "$(tr -s ' \n' ' ' <<<"$out")" "0 0 0 100000 65536 0 "
	ok exec -u 1000:1000 "$C" id -u
	eq "$out" 1000
	refuses "not mapped" -u 70000 "$C" true
}

@test "exec: a user with subordinate ids" {
	requires_subids
	not_for crun "1.8 gives the file that stdout is to the container's user"
	map_subids
	running
	ok exec -u 500:501 "$C" sh -c 'id -u; id -g'
	eq "$out" $'500\n501'
	refuses "not mapped" -u 5000 "$C" true
}

@test "exec: into a container that is created and not started" {
	[ "$(id -u)" = 0 ] || not_for crun "1.8 says EPERM"
	config '.process.args = ["/bin/sleep", "600"]'
	ok create --bundle "$B" "$C"
	ok exec "$C" sh -c 'echo "pid $$ of a created one"; readlink /proc/1/ns/pid >/dev/null || true'
	has "$out" "of a created one"
	status_is created
}

@test "exec: --cwd" {
	running
	ok exec "$C" pwd
	eq "$out" /
	ok exec --cwd /tmp "$C" pwd
	eq "$out" /tmp
	refuses "/no/such" --cwd /no/such "$C" pwd
	missing "$B/rootfs/no"
	[ "$KIND" = crun ] || refuses absolute --cwd tmp "$C" pwd
}

# --- who --------------------------------------------------------------------------------------------

@test "exec: the environment is the container's, -e adds to it and replaces" {
	not_for crun "1.8 forgets the container's with -e"
	config '.process.env = ["PATH=/bin", "FIRST=1", "SECOND=2"]'
	running
	ok exec "$C" env
	has "$out" FIRST=1
	has "$out" PATH=/bin
	ok exec -e SECOND=two -e THIRD=3 -e EMPTY= "$C" env
	has "$out" FIRST=1
	has "$out" PATH=/bin
	has "$out" SECOND=two
	has "$out" THIRD=3
	has "$out" EMPTY=
	hasnt "$out" SECOND=2
	hasnt "$out" "HOSTNAME=$(hostname)"
}

@test "exec: -e that is no variable is refused" {
	requires_rundlet
	running
	refuses NAME=value -e NONSENSE "$C" env
	refuses NAME=value -e =x "$C" env
}

@test "exec: -u takes digits and nothing else" {
	requires_root
	not_for crun "1.8 reads 1 as 0:0 or worse"
	running
	ok exec -u 1 "$C" sh -c 'id -u; id -g'
	eq "$out" $'1\n0'
	ok exec -u 1:2 "$C" sh -c 'id -u; id -g'
	eq "$out" $'1\n2'
	requires_rundlet "runc takes some of these"
	ok exec --user 4294967294:4294967294 "$C" sh -c 'id -u; id -g'
	eq "$out" $'4294967294\n4294967294'
	for user in 1: :1 : '' +1 ' 1' '1 ' 1: 1:2:3 4294967295 4294967296 18446744073709551617 -1 0x1 root 1,2 1:-1 1:+1; do
		refuses --user -u "$user" "$C" id
	done
}

@test "exec: -u never looks names up in the image" {
	requires_root # CVE-2016-3697
	echo '1000:x:0:0:root:/root:/bin/sh' >>"$B/rootfs/etc/passwd.new"
	cat "$B/rootfs/etc/passwd" >>"$B/rootfs/etc/passwd.new"
	mv "$B/rootfs/etc/passwd.new" "$B/rootfs/etc/passwd"
	running
	ok exec -u 1000:1000 "$C" id -u
	eq "$out" 1000
	refuses --user -u root "$C" id
}

@test "exec: additional groups" {
	requires_root
	not_for crun "has no such option"
	config '.process.user.additionalGids = [7]'
	running
	ok exec "$C" sh -c 'grep ^Groups: /proc/self/status'
	eq "$(tr -s ' \t' ' ' <<<"$out")" "Groups: 7 "
	ok exec -g 8 -g 9 "$C" sh -c 'grep ^Groups: /proc/self/status'
	eq "$(tr -s ' \t' ' ' <<<"$out")" "Groups: 7 8 9 "
	requires_rundlet
	refuses additional-gids -g 8,9 "$C" true
	refuses additional-gids -g -1 "$C" true
}

@test "exec: the capabilities are the container's" {
	config '.process.capabilities = {
		bounding: ["CAP_KILL", "CAP_CHOWN"], effective: ["CAP_KILL"], permitted: ["CAP_KILL"]}'
	running
	ok exec "$C" grep ^Cap /proc/self/status
	for set in CapInh CapAmb; do
		eq "$(field $set)" 0000000000000000 $set
	done
	eq "$(field CapBnd)" 0000000000000021 CapBnd
}

@test "exec: -c adds capabilities, none inheritable" {
	# CVE-2022-29162
	not_for crun "replaces the sets"
	config '.process.capabilities = {
		bounding: ["CAP_KILL"], effective: ["CAP_KILL"], permitted: ["CAP_KILL"]}'
	running
	ok exec -c CAP_NET_RAW -c CAP_CHOWN "$C" grep ^Cap /proc/self/status
	eq "$(field CapInh)" 0000000000000000 CapInh
	eq "$(field CapBnd)" 0000000000002021 CapBnd
	eq "$(field CapEff)" 0000000000002021 CapEff
	eq "$(field CapAmb)" 0000000000000000 CapAmb
}

@test "exec: an ordinary user of the container has no capabilities" {
	requires_root
	running
	ok exec -u 1000:1000 "$C" grep ^Cap /proc/self/status
	for set in CapInh CapPrm CapEff CapAmb; do
		eq "$(field $set)" 0000000000000000 $set
	done
}

@test "exec: --no-new-privs" {
	config '.process.noNewPrivileges = false'
	running
	ok exec "$C" grep ^NoNewPrivs: /proc/self/status
	eq "$(field NoNewPrivs)" 0
	ok exec --no-new-privs "$C" grep ^NoNewPrivs: /proc/self/status
	eq "$(field NoNewPrivs)" 1
}

@test "exec: limits and umask are the container's" {
	not_for runc "1.1 forgets the umask"
	not_for crun "1.8 forgets both"
	config '.process.user.umask = 63 | .process.rlimits = [{type: "RLIMIT_NOFILE", soft: 77, hard: 99}]'
	running
	ok exec "$C" sh -c 'umask; ulimit -n; ulimit -H -n'
	eq "$out" $'0077\n77\n99'
}

@test "exec: execCPUAffinity" {
	not_for crun "1.8 does not know it"
	not_for runc "1.1 does not know it"
	cpu=$(awk '/^Cpus_allowed_list:/ { split($2, a, /[,-]/); print a[1] }' /proc/self/status)
	config --arg c "$cpu" '.process.execCPUAffinity = {initial: $c, final: $c}'
	running
	ok exec "$C" grep ^Cpus_allowed_list: /proc/self/status
	eq "$(field Cpus_allowed_list)" "$cpu"
	config 'del(.process.execCPUAffinity)'
	process_file "$T/process.json" ".execCPUAffinity = {final: \"8000\"} | .args = [\"/bin/true\"]"
	refuses CPUs --process "$T/process.json" "$C"
	says_rundlet "/execCPUAffinity/final"
	process_file "$T/process.json" ".execCPUAffinity = {initial: \"3-1\"} | .args = [\"/bin/true\"]"
	refuses /execCPUAffinity/initial --process "$T/process.json" "$C"
}

@test "exec: the container's seccomp profile applies" {
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
		syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO"}]}'
	running
	go exec "$C" sh -c 'grep ^Seccomp: /proc/self/status; mkdir /dev/shm/d'
	ne "$status" 0
	eq "$(field Seccomp)" 2
	has "$err" "Operation not permitted"
	config '.process.noNewPrivileges = false'
	go exec "$C" sh -c 'mkdir /dev/shm/d'
	ne "$status" 0
}

@test "exec: labels that this host cannot set are refused, empty ones pass" {
	requires_rundlet
	[ ! -d /proc/self/attr/apparmor ] || skip "this host has AppArmor"
	! grep -qw selinuxfs /proc/filesystems || skip "this host has SELinux"
	running
	ok exec --process-label= --apparmor "" "$C" true
	refuses "SELinux is not enabled" --process-label a:b:c "$C" true
	refuses "AppArmor is not enabled" --apparmor profile "$C" true
}

# --- descriptors --------------------------------------------------------------------------------------

@test "exec: no descriptor but 0, 1 and 2 gets in" {
	running
	# the fourth is ls's own
	ok exec "$C" sh -c 'ls /proc/self/fd | tr "\n" " "'
	eq "$out" "0 1 2 3 "
	(
		exec 7<"$T" 8<"$B"
		ok exec "$C" sh -c 'ls /proc/self/fd | tr "\n" " "'
		eq "$out" "0 1 2 3 "
	)
}

@test "exec: --preserve-fds passes exactly those" {
	running
	echo passed >"$T/file"
	(
		exec 3<"$T/file" 4<"$T/file" 5<"$B"
		snapshot
		"$E2E_RUNTIME" --root "$ROOT" exec --preserve-fds 2 "$C" sh -c 'cat <&3; ls /proc/self/fd | tr "\n" " "' \
			</dev/null >"$T/out" 2>"$T/err"
	) || fail "exec failed"
	eq "$(cat "$T/out")" $'passed\n0 1 2 3 4 5 '
}

@test "exec: --preserve-fds of a descriptor that is not open is refused" {
	requires_rundlet
	running
	refuses preserve-fds --preserve-fds 60 "$C" true
}

@test "exec: --pidfd-socket gets a pidfd" {
	not_for crun "has no such option"
	not_for runc "1.1 has no such option"
	running
	python3 - "$T/sock" >"$T/pidfd" 2>&1 3>&- <<-'EOF' &
		import array, select, socket, sys
		s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
		s.bind(sys.argv[1])
		s.listen(1)
		conn, _ = s.accept()
		fds = array.array("i")
		_, ancillary, _, _ = conn.recvmsg(4096, socket.CMSG_LEN(64))
		for level, kind, data in ancillary:
		    fds.frombytes(data)
		info = open(f"/proc/self/fdinfo/{fds[0]}").read()
		print(len(fds), [l.split()[1] for l in info.splitlines() if l.startswith("Pid:")][0])
		sys.stdout.flush()
		print(select.select([fds[0]], [], [], 20)[0] != [])
	EOF
	background $!
	eventually test -S "$T/sock"
	ok exec --detach --pidfd-socket "$T/sock" --pid-file "$T/pid" "$C" sleep 1000
	eventually test -s "$T/pidfd" # what has ended has no pid there any more
	kill -9 "$(cat "$T/pid")"
	wait "${BACKGROUND[-1]}"
	eq "$(cat "$T/pidfd")" "1 $(cat "$T/pid")"$'\n'True
}

# --- detached, pid file, terminal -----------------------------------------------------------------------

@test "exec: --detach returns when the program was executed, with its pid in the file" {
	running
	ok exec --detach --pid-file "$T/pid" "$C" sleep 50
	matches "$(od -An -c "$T/pid" | tr -d ' ')" '^[0-9]+$'
	pid=$(cat "$T/pid")
	eventually is_command "$pid" "sleep 50 " # runc returns a little earlier
	eq "$(readlink "/proc/$pid/ns/pid")" "$(readlink "/proc/$(init_pid)/ns/pid")"
	ok kill "$C" KILL
	eventually missing_quietly "/proc/$pid"
}

is_command()
{
	[ "$(tr '\0' ' ' <"/proc/$1/cmdline")" = "$2" ]
}

missing_quietly()
{
	[ ! -e "$1" ] || grep -q '^State:.Z' "$1/status" 2>/dev/null
}

@test "exec: a pid file says that the program was executed" {
	running
	ok exec --pid-file "$T/pid" "$C" true
	matches "$(cat "$T/pid")" '^[0-9]+$'
	not_for crun "writes it before"
	not_for runc "writes it before"
	rm "$T/pid"
	refuses "not found" --pid-file "$T/pid" "$C" no-such-program
	missing "$T/pid"
	refuses "/no" --cwd /no --detach --pid-file "$T/pid" "$C" true
	missing "$T/pid"
}

@test "exec: a pid file that cannot be written ends the process" {
	requires_rundlet
	running
	refuses "$T/no/pid" --detach --pid-file "$T/no/pid" "$C" sleep 60
	eventually sees_sleepers 1
}

@test "exec: a terminal goes to the console socket" {
	running
	listen
	ok exec --detach --tty --console-socket "$T/sock" "$C" sh -c 'tty; test -t 0 && test -t 1 && test -t 2 && echo all three; echo direct >/dev/tty'
	listened
	eq "$(cat "$T/console.fds")" 1 "descriptors in the message"
	has "$(tr -d '\r' <"$T/console")" /dev/pts/
	has "$(cat "$T/console")" "all three"
	has "$(cat "$T/console")" direct
}

@test "exec: --process may be a pipe into which nothing was written yet" {
	running
	jq '.process | .args = ["/bin/echo", "read"]' "$B/config.json" >"$T/process.json"
	go exec --process <(sleep 0.5; cat "$T/process.json") "$C"
	eq "$out" read
}

@test "exec: a terminal by --process, of the size that it asks for" {
	not_for crun "1.8 sets it later"
	running
	process_file "$T/process.json" '.terminal = true | .consoleSize = {height: 31, width: 97} | .args = ["/bin/stty", "size"]'
	listen
	ok exec --process "$T/process.json" --detach --console-socket "$T/sock" --pid-file "$T/pid" "$C"
	listened
	has "$(cat "$T/console")" "31 97"
}

@test "exec: a terminal in the foreground" {
	running
	TMPDIR=$T/tmp XDG_RUNTIME_DIR=$T/xdg python3 ./lib/tool.py pty --mark ready --send '\x03' "$T/pty" \
		"$E2E_RUNTIME" --root "$ROOT" exec -t "$C" sh -c 'trap "echo interrupted; exit 5" INT; tty; echo ready; while :; do sleep 0.05; done'
	eq "$(sed -n 's/^status=//p' "$T/pty.info")" 5
	eq "$(sed -n 's/^restored=//p' "$T/pty.info")" yes
	eq "$(sed -n 's/^raw=//p' "$T/pty.info")" yes
	has "$(cat "$T/pty")" /dev/pts/
	has "$(cat "$T/pty")" interrupted
}

@test "exec: the terminal belongs to the process's user, also in a user namespace" {
	requires_root
	not_for crun "1.8 leaves it root's"
	map_ids 0 100000 65536
	chmod -R a+rX "$B"
	chown -R 100000:100000 "$B/rootfs"
	running
	listen
	ok exec --detach -t -u 33:33 --console-socket "$T/sock" "$C" sh -c 'stat -c %u $(tty)'
	listened
	eq "$(tr -d '\r\n' <"$T/console")" 33
}

@test "exec: a terminal that nobody takes, and a socket without one, are refused" {
	running
	refuses "--console-socket" --detach -t "$C" true
	refuses "--console-socket" -t --console-socket "$T/no-socket" "$C" true
	touch "$T/file"
	refuses "--console-socket" -t --detach --console-socket "$T/file" "$C" true
	not_for crun "lets it pass"
	refuses "--console-socket" --console-socket "$T/file" "$C" true
}

# --- the file ---------------------------------------------------------------------------------------

@test "exec: --process" {
	config '.process.env = ["PATH=/bin", "OF=the container"]'
	running
	process_file "$T/process.json" '.args = ["/bin/sh", "-c", "env; pwd; umask; exit 4"] |
		.env = ["OF=the file"] | .cwd = "/tmp" | .user.umask = 7'
	go exec --process "$T/process.json" "$C"
	eq "$status" 4
	has "$out" "OF=the file"
	hasnt "$out" "OF=the container"
	has "$out" $'/tmp\n'
	eq "$err" ""
	[ "$KIND" = runc ] || has "$out" 0007 # 1.1 forgets the umask
}

@test "exec: --process without capabilities has those of the container" {
	config '.process.capabilities = {
		bounding: ["CAP_KILL"], effective: ["CAP_KILL"], permitted: ["CAP_KILL"]}'
	running
	process_file "$T/process.json" '{args: ["/bin/grep", "^Cap", "/proc/self/status"], cwd: "/", env: ["A=b"], user: {uid: 0, gid: 0}}'
	ok exec -p "$T/process.json" "$C"
	eq "$(field CapBnd)" 0000000000000020
	eq "$(field CapEff)" 0000000000000020
	eq "$(field CapInh)" 0000000000000000
}

@test "exec: --process with its own OOM score" {
	not_for runc "1.1 does not look at it"
	not_for crun "nor does 1.8"
	running
	want=$(($(cat /proc/self/oom_score_adj) + 11))
	process_file "$T/process.json" ".oomScoreAdj = $want | .args = [\"/bin/cat\", \"/proc/self/oom_score_adj\"]"
	ok exec --process "$T/process.json" "$C"
	eq "$out" "$want"
	refuses "" --process /dev/null "$C"
}

@test "exec: a bad process file is one error with the place" {
	requires_rundlet
	running
	process_file "$T/good" '.args = ["/bin/true"]'
	f=$T/process.json
	jq '.user.uid = "root"' "$T/good" >"$f"
	refuses "$f:" --process "$f" "$C"
	matches "$err" ':[0-9]+:[0-9]+: /user/uid: expected number, found string'
	line=$(grep -n '"uid"' "$f" | cut -d: -f1)
	says "$f:$line:"
	jq '.rlimits = [{type: "RLIMIT_NOFILE", soft: 9, hard: 8}]' "$T/good" >"$f"
	refuses /rlimits/0/soft --process "$f" "$C"
	jq 'del(.args)' "$T/good" >"$f"
	refuses args --process "$f" "$C"
	jq '.args = []' "$T/good" >"$f"
	refuses /args --process "$f" "$C"
	jq '.cwd = "tmp"' "$T/good" >"$f"
	refuses /cwd --process "$f" "$C"
	jq '.env = ["x"]' "$T/good" >"$f"
	refuses /env/0 --process "$f" "$C"
	jq '.apparmorProfile = "p"' "$T/good" >"$f"
	refuses "$f" --process "$f" "$C"
	says ": /apparmorProfile: "
	jq '.cwd = "/no/such"' "$T/good" >"$f"
	refuses "$f" --process "$f" "$C"
	matches "$err" ':[0-9]+:[0-9]+: /cwd: '
	head -c 100 "$T/good" >"$f"
	refuses "$f" --process "$f" "$C"
	: >"$f"
	refuses "$f" --process "$f" "$C"
	refuses "$T/no-such" --process "$T/no-such" "$C"
	refuses "$T" --process "$T" "$C"
	refuses "--process" --process "$T/good" "$C" /bin/true
}

# --- what is refused ----------------------------------------------------------------------------------

@test "exec: the words when there is no such program" {
	running
	mkdir "$B/rootfs/tmp/dir"
	echo text >"$B/rootfs/tmp/text"
	chmod 644 "$B/rootfs/tmp/text"
	refuses 'exec: "foo": executable file not found in $PATH: No such file or directory' "$C" foo
	has "$err" "executable file"
	refuses 'exec: "/tmp/no": No such file or directory' "$C" /tmp/no
	refuses 'exec: "/tmp/text": permission denied' "$C" /tmp/text
	refuses 'exec: "/tmp/dir": is a directory' "$C" /tmp/dir
	has "$(tr '[:upper:]' '[:lower:]' <<<"$err")" "exec"
	rm -r "$B/rootfs/tmp/dir" "$B/rootfs/tmp/text"
}

@test "exec: no program, an empty one, an unknown option" {
	running
	refuses "no program" "$C"
	refuses "" "$C" ""
	refuses invalidflag --invalidflag "$C" true
	says invalidflag
	refuses "" --user
	says_rundlet "flag needs an argument: --user"
}

@test "exec: a container that is not there" {
	refuses "container does not exist" no-such-container true
	refuses "container does not exist" "$C" true
	not_for crun "has other words"
	says "container does not exist"
}

@test "exec: a container that has ended" {
	ok run --detach --bundle "$B" "$C"
	eventually status_is stopped
	refuses "container not running" --pid-file "$T/pid" "$C" true
	missing "$T/pid"
}

@test "exec: a paused container" {
	requires_root
	running
	go pause "$C"
	[ "$status" = 0 ] || skip "nothing can be paused here: $err"
	go exec "$C" true
	paused_status=$status paused_err=$err
	status_is paused || fail "the container is not paused"
	if [ "$KIND" = rundlet ]; then
		rt exec --ignore-paused "$C" sh -c 'exit 3' >"$T/log" 2>&1 3>&- &
		pid=$!
		sleep 0.3
		[ -e "/proc/$pid" ] || fail "it did not wait"
	fi
	ok resume "$C"
	ne "$paused_status" 0
	has "$paused_err" paused
	if [ "$KIND" = rundlet ]; then
		has "$paused_err" --ignore-paused
		status=0
		wait "$pid" || status=$?
		eq "$status" 3
	fi
}

# --- what must not get in or out ------------------------------------------------------------------------

@test "exec: a container that looks at every descriptor sees no directory of the host, 200 times" {
	# CVE-2016-9962; caught: a build in which init is dumpable and holds a directory. In a user
	# namespace the container may look at whatever is its own; as the host's root, at its equals.
	as_host_root
	[ "$(id -u)" = 0 ] || config '.process.capabilities |= map_values(. + ["CAP_SYS_PTRACE"] | unique)'
	script 'n=0; trap "echo looks: \$n; exit" TERM
		while :; do for p in /proc/[0-9]*; do
			[ $p = /proc/1 ] && continue
			n=$((n + 1))
			for f in $p/fd/*; do [ -d "$f" ] && echo "$f is $(readlink "$f")"; done
		done; done'
	rt run --detach --bundle "$B" "$C" </dev/null >"$T/seen" 2>&1 3>&-
	for i in {1..200}; do
		rt exec "$C" true </dev/null >"$T/log" 2>&1 3>&- || fail "exec $i: $(cat "$T/log")"
	done
	rt kill "$C" TERM
	eventually grep -q '^looks:' "$T/seen"
	echo "# $(sed -n 's/^looks: //p' "$T/seen") looks in 200 times" >&3
	ne "$(tail -n 1 "$T/seen")" "looks: 0"
	eq "$(grep -v '^looks:' "$T/seen")" "" "directories seen"
}

@test "exec: a working directory through a descriptor does not lead out" {
	# CVE-2024-21626
	running
	for fd in {3..20}; do
		go exec --cwd "/proc/self/fd/$fd" "$C" /bin/sh -c 'ls ../../../../etc/hostname ../../../../*/e2e* 2>/dev/null'
		ne "$status" 0
		eq "$out" ""
		[ "$KIND" != rundlet ] || eq "$status" 255
	done
	ln -s /proc/self/fd/7 "$B/rootfs/tmp/link"
	go exec --cwd /tmp/link "$C" /bin/true
	ne "$status" 0
	rm "$B/rootfs/tmp/link"
}

@test "exec: a descriptor that is preserved does not lead out of the root as cwd" {
	# CVE-2024-21626; caught: a build that follows magic links and does not ask where it is
	as_host_root
	running
	mkdir "$T/outside"
	for cwd in /proc/self/fd/3 /proc/self/fd/3/..; do
		status=0
		rt exec --preserve-fds 1 --cwd "$cwd" "$C" ls .. </dev/null 3<"$T/outside" >"$T/out" 2>"$T/err" || status=$?
		ne "$status" 0 "status of $cwd"
		hasnt "$(cat "$T/out")" outside
	done
}

@test "exec: the runtime cannot be overwritten through /proc/self/exe" {
	# CVE-2019-5736
	before=$(sha256sum "$E2E_RUNTIME")
	printf '#!/proc/self/exe\n' >"$B/rootfs/tmp/evil"
	chmod 755 "$B/rootfs/tmp/evil"
	script 'while :; do for p in /proc/[0-9]*; do
		case $p in /proc/1) ;; *) { echo overwritten >$p/exe; } 2>/dev/null && echo "wrote to $p/exe" ;; esac
	done; done'
	rt run --detach --bundle "$B" "$C" </dev/null >"$T/seen" 2>&1 3>&-
	for i in {1..30}; do
		go exec "$C" /tmp/evil
		ne "$status" 0
		go exec "$C" /proc/self/exe --version
		hasnt "$out" "spec:"
	done
	rm "$B/rootfs/tmp/evil"
	eq "$(sha256sum "$E2E_RUNTIME")" "$before"
	hasnt "$(cat "$T/seen")" wrote
}

@test "exec: what runs inside before the program is not the runtime's file, and not to be looked into" {
	requires_rundlet "is about its own init"
	running
	# init lives for a moment only: somebody looks for its name all the time
	script 'while :; do for p in /proc/[0-9]*; do read -r n <$p/comm && [ "$n" = init ] &&
		{ ls -l $p/exe $p/cwd $p/root 2>/dev/null | grep -- "->"; }; done 2>/dev/null; done'
	jq .process "$B/config.json" >"$T/looper.json"
	rt exec --detach --process "$T/looper.json" "$C" </dev/null >"$T/seen" 2>&1 3>&-
	for i in {1..100}; do
		rt exec "$C" true </dev/null >"$T/log" 2>&1 3>&- || fail "exec $i: $(cat "$T/log")"
	done
	eq "$(cat "$T/seen")" "" "what could be seen of init"
}

@test "exec: nothing is left when it is killed half-way" {
	requires_rundlet
	running
	for delay in 0 0.001 0.002 0.003 0.004 0.005 0.006 0.008; do
		for i in 1 2 3 4 5; do
			rt exec "$C" sleep 60 </dev/null >"$T/log" 2>&1 3>&- &
			pid=$!
			sleep "$delay"
			kill -KILL "$pid"
			wait "$pid" 2>/dev/null || true
		done
	done
	# those that had executed their program already live on in the container, no init does
	eventually no_init_left
	status_is running
	ok delete --force "$C"
	nothing_left
}

no_init_left()
{
	! rt exec "$C" ps -o comm | grep -qx init
}

# --- how little -----------------------------------------------------------------------------------------

@test "exec: counts: system calls, tasks and libraries" {
	requires_rundlet "counts are its own promise"
	requires_user
	requires_plain_build
	requires_program strace
	with_ns pid network ipc uts mount cgroup user
	config 'del(.linux.seccomp)'
	running
	TMPDIR=$T/tmp XDG_RUNTIME_DIR=$T/xdg strace -f -qq -o "$T/trace" \
		"$E2E_RUNTIME" --root "$ROOT" exec "$C" /bin/true </dev/null >"$T/out" 2>"$T/err" 3>&-
	eq "$(awk '{ print $1 }' "$T/trace" | sort -u | wc -l)" 3 tasks
	eq "$(grep -c 'setns(' "$T/trace")" 1 "setns calls"
	hasnt "$(cat "$T/trace")" libseccomp
	hasnt "$(cat "$T/trace")" cgroup.procs
	hasnt "$(cat "$T/trace")" nanosleep
	# what the dynamic loader, the bounding set and the program itself cost is not exec's doing
	own=$(grep -v -e ' <... ' -e ' +++ ' -e ' --- ' -e PR_CAPBSET_DROP "$T/trace" |
		awk '/prctl\(PR_CAPBSET_READ|poll\(\[\{fd=0/ { on = 1 }
			/execve\(0x|execve\("\/bin\/true/ && on { program = $1 }
			on && !(program && $1 == program && seen[$1]++)' | wc -l)
	all=$(grep -v -e ' <... ' -e ' +++ ' -e ' --- ' "$T/trace" | wc -l)
	echo "# $own system calls of exec itself, at most 120; $all with loader, bounding set and program" >&3
	[ "$own" -gt 60 ] || fail "only $own: the trace is not complete"
	[ "$own" -le 120 ] || fail "$own system calls, 120 are allowed"
}
