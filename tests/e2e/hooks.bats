#!/usr/bin/env bats
# Proves: the six kinds of hooks of config.md: when, where and in which order they run, what they
# read on stdin, their environment and their time limit, and what the failure of each kind means.

load helpers

setup()
{
	e2e_setup
	H=$T/shared
	mkdir "$H"
	add_mount /mnt bind "$H" bind,rw
	export HK_OUTER=seen
}

KINDS="prestart createRuntime createContainer startContainer poststart poststop"

# hook KIND SCRIPT [JSON]: adds a hook, a script of /bin/sh. $L is a log that each kind can reach, $S
# what came on stdin: crun 1.8 takes it for an error when nobody reads that.
hook()
{
	local log=$H/log
	[ "$1" != startContainer ] || log=/mnt/log
	config --arg k "$1" --arg s "L=$log; S=\$(cat); $2" --argjson x "${3:-null}" \
		'.hooks[$k] += [{path: "/bin/sh", args: ["sh", "-c", $s]} + ($x // {})]'
}

# For scripts: pid from the state.
PID_OF_STATE='pid=$(echo "$S" | sed "s/.*\"pid\": *\([0-9]*\).*/\1/")'

logged()
{
	cat "$H/log" 2>/dev/null || true
}

lifecycle()
{
	ok create --bundle "$B" "$C"
	ok start "$C"
	eventually status_is stopped
	ok delete "$C"
}

# --- when and where -----------------------------------------------------------------------------

@test "hooks: each kind at its time" {
	not_for runc "1.1 runs poststart at create"
	not_for crun "1.8 does not wait for the end of startContainer"
	for k in $KINDS; do hook "$k" "echo $k >>\$L"; done
	ok create --bundle "$B" "$C"
	eq "$(logged | xargs)" "prestart createRuntime createContainer"
	ok start "$C"
	eq "$(logged | xargs)" "prestart createRuntime createContainer startContainer poststart"
	eventually status_is stopped
	eq "$(logged | wc -l)" 5
	ok delete "$C"
	eq "$(logged | xargs)" "$KINDS"
	nothing_left
}

@test "hooks: run has them all" {
	not_for runc "1.1 runs poststart before the start"
	not_for crun "1.8 does not wait for the start"
	for k in $KINDS; do hook "$k" "echo $k >>\$L"; done
	ok run --bundle "$B" "$C"
	eq "$(logged | xargs)" "$KINDS"
	nothing_left
}

@test "hooks: run --detach has them all, poststop at delete" {
	not_for runc "1.1 runs poststart before the start"
	not_for crun "1.8 does not wait for the start"
	for k in $KINDS; do hook "$k" "echo $k >>\$L"; done
	ok run --detach --bundle "$B" "$C"
	eq "$(logged | xargs)" "prestart createRuntime createContainer startContainer poststart"
	eventually status_is stopped
	ok delete "$C"
	eq "$(logged | xargs)" "$KINDS"
}

@test "hooks: run --keep leaves poststop to delete" {
	requires_rundlet "option --keep"
	hook poststop 'echo stop >>$L'
	ok run --keep --bundle "$B" "$C"
	eq "$(logged)" ""
	ok delete "$C"
	eq "$(logged)" stop
}

@test "hooks: those of one kind run in the listed order, one after the other" {
	for k in $KINDS; do
		hook "$k" "sleep 0.1; echo $k-1 >>\$L"
		hook "$k" "echo $k-2 >>\$L"
	done
	ok run --bundle "$B" "$C"
	for k in $KINDS; do
		eq "$(logged | grep "^$k-" | xargs)" "$k-1 $k-2"
	done
}

@test "hooks: prestart goes before createRuntime, however they are listed" {
	hook createRuntime 'echo createRuntime >>$L'
	hook prestart 'echo prestart >>$L'
	ok run --bundle "$B" "$C"
	eq "$(logged | xargs)" "prestart createRuntime"
}

@test "hooks: four kinds are in the runtime's namespaces" {
	for k in prestart createRuntime poststart poststop; do
		hook "$k" 'readlink /proc/self/ns/mnt /proc/self/ns/pid /proc/self/ns/user >>$L'
	done
	own=$(readlink /proc/self/ns/mnt /proc/self/ns/pid /proc/self/ns/user)
	ok run --bundle "$B" "$C"
	eq "$(logged)" "$own
$own
$own
$own"
}

@test "hooks: createContainer is in the container's namespaces, with the host's files" {
	hook createContainer "exec >>\$L; readlink /proc/self/ns/mnt; readlink /proc/self/ns/uts; ls '$B/config.json'; ls -d '$B/rootfs/proc/version'"
	script "readlink /proc/self/ns/mnt >/mnt/inner; readlink /proc/self/ns/uts >>/mnt/inner"
	ok run --bundle "$B" "$C"
	eq "$(logged)" "$(cat "$H/inner")
$B/config.json
$B/rootfs/proc/version"
	missing "$B/rootfs/proc/version"
}

@test "hooks: createRuntime finds all mounts made below the root" {
	requires_root
	requires_program nsenter
	hook createRuntime "
		$PID_OF_STATE
		nsenter --mount=/proc/\$pid/ns/mnt ls -d '$B/rootfs/proc/version' '$B/rootfs/dev/null' >>\$L"
	ok run --bundle "$B" "$C"
	eq "$(logged | xargs -n 1 basename | xargs)" "null version"
}

@test "hooks: createRuntime can put something into the container's root" {
	requires_root
	requires_program nsenter
	mkdir "$H/extra"
	echo injected >"$H/extra/file"
	hook createRuntime "
		$PID_OF_STATE
		nsenter --mount=/proc/\$pid/ns/mnt mount --bind '$H/extra' '$B/rootfs/home'"
	inside 'cat /home/file'
	eq "$out" injected
}

@test "hooks: createRuntime can reach the namespaces of the container" {
	[ "$KIND" != crun ] || requires_root # 1.8 makes its init unreadable for its owner
	hook createRuntime "
		$PID_OF_STATE
		readlink /proc/\$pid/ns/net >>\$L"
	with_ns network
	inside 'readlink /proc/self/ns/net'
	eq "$(logged)" "$out"
}

@test "hooks: startContainer is in the container, as its user" {
	hook startContainer 'exec >>$L; id -u; ls -d /bin/busybox; pwd; readlink /proc/self/ns/mnt'
	config '.process.cwd = "/home"'
	inside 'readlink /proc/self/ns/mnt'
	eq "$(logged)" "0
/bin/busybox
/home
$out"
}

@test "hooks: poststart comes after the program was executed and before start returns" {
	not_for runc "1.1 runs it at create"
	hook poststart "
		$PID_OF_STATE
		tr '\\0' ' ' </proc/\$pid/cmdline >>\$L; sleep 0.2; echo end >>\$L"
	config '.process.args = ["/bin/sleep", "60"]'
	ok create --bundle "$B" "$C"
	ok start "$C"
	eq "$(logged)" "/bin/sleep 60 end"
}

@test "hooks: nothing of a hook's output is shown, and it has three descriptors" {
	for k in $KINDS; do
		hook "$k" 'echo out; echo err >&2; ls /proc/self/fd | xargs >>$L'
	done
	cp "$B/rootfs/bin/busybox" "$B/rootfs/bin/xargs" 2>/dev/null || true
	ok run --bundle "$B" "$C"
	eq "$out" ""
	[ "$KIND" != rundlet ] || eq "$(logged | sort -u)" "0 1 2 3" # 3 is that of ls itself
}

@test "hooks: a hook without args" {
	not_for crun "1.8 wants its stdin read"
	printf '#!/bin/sh\necho "$# $0" >>%s/log\n' "$H" >"$H/plain"
	chmod 755 "$H/plain"
	config --arg p "$H/plain" '.hooks.createRuntime = [{path: $p}] | .hooks.createContainer = [{path: $p}]'
	ok run --bundle "$B" "$C"
	eq "$(logged)" "0 $H/plain
0 $H/plain"
}

# --- stdin --------------------------------------------------------------------------------------

@test "hooks: what each kind reads on stdin" {
	not_for crun "1.8 has status words of its own"
	for k in $KINDS; do hook "$k" "echo \"\$S\" >$([ $k = startContainer ] && echo /mnt || echo "$H")/$k.json"; done
	config '.annotations = {"org.example.path": "a/b", "org.example.quote": "\"pid\":0"}
		| .process.args = ["/bin/sleep", "60"]'
	with_ns pid
	ok create --bundle "$B" "$C"
	pid=$(init_pid)
	ok start "$C"
	ok delete --force "$C"
	for k in $KINDS; do
		read_state "$k" "$pid"
	done
}

# Compares the file that a hook of kind $1 wrote.
read_state()
{
	local want shown=$2 file=$H/$1.json
	case $1 in
	startContainer) want=created ;;
	poststart) want=running ;;
	poststop) want=stopped ;;
	*) want=creating ;;
	esac
	# runtime.md: in the container's namespace it is the pid as seen there
	case $1 in
	createContainer | startContainer) shown=1 ;;
	poststop) shown=0 ;;
	esac
	eq "$(jq -r .id "$file")" "$C" "$1 id"
	[ "$KIND" = runc ] || eq "$(jq -r .status "$file")" $want "$1 status"
	eq "$(jq -r '.pid // 0' "$file")" "$shown" "$1 pid"
	eq "$(jq -r .bundle "$file")" "$B" "$1 bundle"
	matches "$(jq -r .ociVersion "$file")" '^1\.'
	eq "$(jq -r '.annotations["org.example.path"]' "$file")" a/b
	eq "$(jq -r '.annotations["org.example.quote"]' "$file")" '"pid":0'
	has "$(cat "$file")" "\"$B\""
	eq "$(jq -c . "$file")" "$(cat "$file")" "$1 compact"
}

@test "hooks: a state larger than a pipe, read or not" {
	not_for crun "1.8 wants it read"
	for k in $KINDS; do
		hook "$k" 'echo "$S" | wc -c >>$L'
	done
	head -c 300000 /dev/zero | tr '\0' x >"$T/long"
	config '.hooks[] += [{path: "/bin/true"}]'
	config --rawfile v "$T/long" '.annotations = {"org.example.long": $v}'
	ok run --bundle "$B" "$C"
	eq "$(logged | awk '$1 > 300000' | wc -l)" 6
}

# --- environment --------------------------------------------------------------------------------

# Without what a shell adds.
ENVIRON='cat /proc/self/environ | tr "\\0" "\\n" | grep -v -e ^PWD= -e ^OLDPWD= -e ^SHLVL= -e ^_= | sed "s/^/$K /" >>$L'

@test "hooks: env unset: the runtime's environment, startContainer the process's" {
	not_for crun "1.8 hands its own environment to startContainer too"
	not_for runc "startContainer has the environment of its init"
	for k in $KINDS; do hook "$k" "K=$k; $ENVIRON"; done
	config '.process.env = ["PATH=/bin", "HK_INNER=1"]'
	ok run --bundle "$B" "$C"
	for k in prestart createRuntime createContainer poststart poststop; do
		logged | grep -qx "$k HK_OUTER=seen" || fail "$k does not know HK_OUTER"
		logged | grep -q "^$k PATH=" || fail "$k has no PATH"
		! logged | grep -q "^$k HK_INNER" || fail "$k knows HK_INNER"
	done
	eq "$(logged | grep ^startContainer | sort | xargs)" "startContainer HK_INNER=1 startContainer HOME=/root startContainer PATH=/bin"
}

@test "hooks: env set: exactly that" {
	for k in $KINDS; do hook "$k" "K=$k; $ENVIRON" '{"env": ["PATH=/bin:/usr/bin", "ONE=1"]}'; done
	ok run --bundle "$B" "$C"
	for k in $KINDS; do
		eq "$(logged | grep "^$k" | sort | xargs)" "$k ONE=1 $k PATH=/bin:/usr/bin"
	done
}

@test "hooks: env empty: nothing" {
	not_for runc "takes an empty list for none"
	not_for crun "takes an empty list for none"
	for k in $KINDS; do
		hook "$k" "K=$k; echo ran >>\$L; $ENVIRON" '{"env": []}'
	done
	ok run --bundle "$B" "$C"
	eq "$(logged | grep -v "^startContainer PATH=" | sort | uniq -c | xargs)" "6 ran" # busybox exports one
}

# --- failures -----------------------------------------------------------------------------------

# failing KIND: what comes before the failure is done, create and start are tried, nothing is left.
failing()
{
	hook poststop 'echo poststop >>$L'
	hook "$1" 'echo first >>$L; echo "no such luck" >&2; exit 7'
	hook "$1" 'echo second >>$L'
	config '.process.args = ["/bin/sleep", "60"]'
}

# The error of the hook with the first index of a kind, as rundlet words it.
says_hook()
{
	says_rundlet "/hooks/$1/0: error running $1 hook #0: hook '/bin/sh' ended with status 7: no such luck"
	[ "$KIND" != rundlet ] || matches "$err" "config.json:[0-9]+: /hooks/$1/0: "
}

@test "hooks: a failure of prestart, createRuntime or createContainer fails create" {
	for k in prestart createRuntime createContainer; do
		rm -f "$H/log"
		config '.hooks = {}'
		failing $k
		fails create --bundle "$B" "$C"
		says_hook $k
		[ "$KIND" = crun ] || eq "$(logged | xargs)" "first poststop" "$k"
		nothing_left
	done
}

@test "hooks: a failure of prestart, createRuntime, createContainer or startContainer fails run" {
	not_for crun "1.8 leaves the container behind"
	for k in prestart createRuntime createContainer startContainer; do
		rm -f "$H/log"
		config '.hooks = {}'
		failing $k
		fails run --bundle "$B" "$C"
		says_hook $k
		eq "$(logged | xargs)" "first poststop" "$k"
		nothing_left
	done
}

@test "hooks: a failure of startContainer fails start, and is the end of the container" {
	not_for crun "1.8 says nothing"
	not_for runc "1.1 start does not hear of it"
	failing startContainer
	ok create --bundle "$B" "$C"
	fails start "$C"
	says_hook startContainer
	eq "$(logged | xargs)" "first poststop"
	fails state "$C"
	nothing_left
}

@test "hooks: a failure of poststart fails start, and is the end of the container" {
	not_for runc "1.1 runs it at create"
	not_for crun "1.8 start dies of SIGPIPE"
	failing poststart
	ok create --bundle "$B" "$C"
	pid=$(init_pid)
	fails start "$C"
	says_hook poststart
	eventually_quiet test ! -d "/proc/$pid"
	eq "$(logged | xargs)" "first poststop"
	nothing_left
}

@test "hooks: a failure of poststart fails run, in the foreground and detached" {
	not_for crun "1.8 leaves the container behind"
	for opt in --no-new-keyring --detach; do
		rm -f "$H/log"
		config '.hooks = {}'
		failing poststart
		fails run $opt --bundle "$B" "$C"
		says_hook poststart
		eq "$(logged | xargs)" "first poststop"
		nothing_left
	done
}

@test "hooks: a failure of poststop is a warning, the others run, delete succeeds" {
	hook poststop 'echo one >>$L; echo sorry >&2; exit 1'
	hook poststop 'echo two >>$L'
	ok create --bundle "$B" "$C"
	go --log "$T/log" delete "$C"
	eq "$status" 0
	[ "$KIND" = runc ] || eq "$(logged | xargs)" "one two" # 1.1 stops at the first
	if [ "$KIND" = rundlet ]; then
		eq "$err" ""
		has "$(cat "$T/log")" "level=warning"
		has "$(cat "$T/log")" "/hooks/poststop/0: error running poststop hook #0: hook '/bin/sh' ended with status 1: sorry"
	fi
	nothing_left
	ok create --bundle "$B" "$C"
	go delete "$C" # without a log, stderr is where it is said
	eq "$status" 0
	[ "$KIND" != rundlet ] || has "$err" "error running poststop hook #0: hook '/bin/sh' ended with status 1: sorry"
	nothing_left
}

@test "hooks: poststop also follows a create that fails for another reason" {
	not_for crun "1.8 does not run it"
	hook createRuntime 'echo createRuntime >>$L'
	hook poststop 'echo poststop >>$L'
	config '.process.args = ["/no/such/program"]'
	fails create --bundle "$B" "$C"
	eq "$(logged | xargs)" "createRuntime poststop"
	nothing_left
}

@test "hooks: nothing was made, nothing is undone: a refused config runs no hook" {
	not_for crun "1.8 takes a relative cwd"
	hook poststop 'echo poststop >>$L'
	config '.process.cwd = "relative"'
	fails create --bundle "$B" "$C"
	eq "$(logged)" ""
}

@test "hooks: poststop is that of create, whatever happens to the bundle" {
	not_for crun "1.8 needs the bundle for it"
	hook poststop 'echo poststop >>$L; pwd >>$L'
	ok create --bundle "$B" "$C"
	mv "$B" "$B.away"
	ok delete --force "$C"
	mv "$B.away" "$B"
	eq "$(logged | head -n 1)" poststop
	[ "$KIND" != rundlet ] || eq "$(logged | tail -n 1)" /
}

@test "hooks: hooks of the runtime's namespaces start in the bundle" {
	requires_rundlet "runc's and crun's working directory is where they happen to be"
	for k in prestart createRuntime poststart poststop; do hook "$k" 'pwd >>$L'; done
	ok run --bundle "$B" "$C"
	eq "$(logged | sort | uniq -c | xargs)" "4 $B"
}

@test "hooks: a createContainer hook starts in the root of the container, with its mounts" {
	not_for crun "1.8 starts it where it happens to be itself"
	hook createContainer 'pwd >>$L; grep -c " $PWD/proc " /proc/self/mountinfo >>$L'
	ok run --bundle "$B" "$C"
	eq "$(logged | xargs)" "$B/rootfs 1"
}

@test "hooks: a startContainer hook has the environment of the program, HOME too" {
	requires_rundlet "runc 1.1 and crun 1.8 look HOME up later"
	config '.process.env = ["ONE=1"]'
	hook startContainer 'env >>$L'
	ok run --bundle "$B" "$C"
	has "$(logged)" ONE=1
	has "$(logged)" HOME=/
}

@test "hooks: the end of stderr is in the error, on one line" {
	requires_rundlet "its wording"
	for k in createRuntime createContainer; do
		config '.hooks = {}'
		hook $k 'i=0; while [ $i -lt 500 ]; do echo "line $i"; i=$((i + 1)); done >&2; echo >&2; exit 1'
		fails create --bundle "$B" "$C"
		says "status 1: ..."
		has "$err" "line 498 line 499"
		hasnt "$err" "line 400"
		config '.hooks = {}'
		hook $k 'exit 2'
		fails create --bundle "$B" "$C"
		matches "$err" "hook '/bin/sh' ended with status 2$"
	done
}

@test "hooks: a signal, a missing hook, and one that cannot be executed" {
	not_for crun "1.8 says what became of its pipe"
	for k in createRuntime createContainer; do
		config '.hooks = {}'
		hook $k 'kill -KILL $$'
		fails create --bundle "$B" "$C"
		says_rundlet "/hooks/$k/0: error running $k hook #0: hook '/bin/sh' was killed by signal 9"
		config --arg k $k '.hooks = {($k): [{path: "/no/such/hook"}]}'
		fails create --bundle "$B" "$C"
		matches "$err" "[Nn]o such file or directory"
		says_rundlet "/hooks/$k/0: error running $k hook #0: hook '/no/such/hook' cannot be executed"
		config --arg k $k --arg p "$B/config.json" '.hooks = {($k): [{path: $p}]}'
		fails create --bundle "$B" "$C"
		matches "$err" "[Pp]ermission denied"
		nothing_left
	done
}

# --- time ---------------------------------------------------------------------------------------

@test "hooks: past its timeout a hook is killed, and that is its failure" {
	not_for crun "1.8 leaves the container behind"
	for k in createRuntime createContainer startContainer; do
		config '.hooks = {}'
		hook $k 'echo dawdling >&2; trap "" TERM INT HUP; exec sleep 50' '{"timeout": 1}'
		SECONDS=0
		fails run --bundle "$B" "$C"
		[ $SECONDS -lt 20 ] || fail "took $SECONDS seconds"
		says_rundlet "/hooks/$k/0: error running $k hook #0: hook '/bin/sh' did not end within 1 s and was killed: dawdling"
		nothing_left
	done
}

@test "hooks: within its timeout a hook is left alone" {
	for k in $KINDS; do hook "$k" 'sleep 0.3; echo done >>$L' '{"timeout": 30}'; done
	ok run --bundle "$B" "$C"
	eq "$(logged | wc -l)" 6
}

@test "hooks: a daemon that a hook leaves behind holds up nobody" {
	not_for runc "waits for the end of stderr"
	hook createRuntime "sleep 30 & echo \$! >'$H/daemon'"
	SECONDS=0
	ok create --bundle "$B" "$C"
	[ $SECONDS -lt 20 ] || fail "took $SECONDS seconds"
	kill -KILL "$(cat "$H/daemon")"
}

# --- annotations, plan, refusals ----------------------------------------------------------------

@test "hooks: run.oci.hooks.stdout and run.oci.hooks.stderr name files" {
	not_for runc "annotations of crun"
	for k in $KINDS; do hook "$k" "echo out-$k; echo err-$k >&2"; done
	config --arg o "$H/o" --arg e "$H/e" '.annotations = {"run.oci.hooks.stdout": $o, "run.oci.hooks.stderr": $e}'
	lifecycle
	for k in $KINDS; do
		grep -qx "out-$k" "$H/o" || fail "no stdout of $k"
		grep -qx "err-$k" "$H/e" || fail "no stderr of $k"
	done
}

@test "hooks: an output file that cannot be opened is an error with its name" {
	not_for runc "annotations of crun"
	hook createRuntime 'exit 0'
	config --arg o "$T/no/such" '.annotations = {"run.oci.hooks.stdout": $o}'
	fails create --bundle "$B" "$C"
	says "$T/no/such"
	nothing_left
}

@test "hooks: plan shows them with their lines" {
	requires_rundlet "verb plan"
	for k in $KINDS; do hook "$k" 'exit 0' '{"timeout": 5}'; done
	ok plan --bundle "$B"
	matches "$out" "fill +hooks +1 prestart, 1 createRuntime, by the host +# config.json:[0-9]+ /hooks"
	matches "$out" "fill +hook +createContainer /bin/sh, at most 5 s +# config.json:[0-9]+ /hooks/createContainer/0"
	matches "$out" "arm +hook +startContainer /bin/sh, at most 5 s +# config.json:[0-9]+ /hooks/startContainer/0"
}

@test "hooks: wrong values are refused with pointer and line" {
	requires_rundlet "its wording"
	for k in $KINDS; do
		config --arg k "$k" '.hooks = {($k): [{path: "/bin/true"}, {path: "bin/true"}]}'
		fails create --bundle "$B" "$C"
		matches "$err" "config.json:[0-9]+:[0-9]+: /hooks/$k/1/path: expected an absolute path"
		config --arg k "$k" '.hooks = {($k): [{path: "/bin/true", timeout: 0}]}'
		fails create --bundle "$B" "$C"
		matches "$err" "config.json:[0-9]+:[0-9]+: /hooks/$k/0/timeout: 0 is out of range"
	done
}
