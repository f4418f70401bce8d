#!/usr/bin/env bats
# Proves: the command line takes what callers really write: globals before the command in every
# form, repeats, help and version, and what is wrong is named.

load helpers

setup()
{
	requires_rundlet "its own command line"
	e2e_setup
}

@test "cli: --version: name and version, then commit, spec and libseccomp" {
	go --version
	eq "$status" 0
	eq "$err" ""
	matches "$(sed -n 1p <<<"$out")" '^rundlet version [0-9]+\.[0-9]+\.[0-9]+'
	matches "$out" $'\ncommit: .'
	matches "$out" $'\nspec: 1\.[0-9]+\.[0-9]+'
	matches "$out" $'\nlibseccomp: [0-9]+\.[0-9]+'
}

@test "cli: -v and crun's -V are --version" {
	for letter in v V; do
		other "$E2E_RUNTIME" -$letter
		eq "$status" 0
		matches "$out" '^rundlet version '
	done
}

@test "cli: --help is on stdout and succeeds, for each command" {
	other "$E2E_RUNTIME" --help
	eq "$status" 0
	eq "$err" ""
	has "${out,,}" "usage:"
	for cmd in run create start state kill delete list spec features plan inspect; do
		has "$out" " $cmd"
	done
	for cmd in run create start state kill delete list spec features plan inspect; do
		other "$E2E_RUNTIME" $cmd --help
		eq "$status" 0 "status of $cmd --help"
		eq "$err" ""
		has "$out" "$cmd"
	done
	other "$E2E_RUNTIME" run -h
	eq "$status" 0
}

@test "cli: completions and the manual are made from --help" {
	generate="$E2E_TOP/contrib"
	[ "$("$generate/cli-table" "$E2E_RUNTIME" | awk -F '\t' '$2 == "kill" { print $3; exit }')" = "ID [SIGNAL]" ]
	"$generate/completions/generate" bash "$E2E_RUNTIME" >"$T/completions"
	bash -n "$T/completions"
	bash -c '. "$0"; COMP_WORDS=(rundlet sta) COMP_CWORD=1 COMPREPLY=(); _rundlet; echo "${COMPREPLY[@]}"' "$T/completions" >"$T/words"
	eq "$(cat "$T/words")" "start state"
	"$generate/man/generate" "$E2E_RUNTIME" >"$T/page"
	! grep -q Usage "$T/page" || fail "the page has the words of --help"
	"$E2E_RUNTIME" features | jq -r '.potentiallyUnsafeConfigAnnotations[]' >"$T/annotations"
	while read -r name; do
		grep -qF "$name" "$T/page" || fail "annotation $name is not in the manual"
	done <"$T/annotations"
}

@test "cli: what only the peers have is refused by name" {
	for words in "mounts add" "mounts remove" checkpoint restore; do
		fails $words x
		says "unknown command: ${words% *}"
	done
	fails delete --regex x
	says "delete: unknown option: --regex"
	fails kill -r x
	says "kill: unknown option: -r"
}

@test "cli: help of each command names its options" {
	for pair in run:--bundle run:--detach run:--pid-file run:--console-socket run:--no-pivot run:--preserve-fds \
		create:--bundle create:--no-new-keyring delete:--force kill:--all list:--format list:--quiet spec:--rootless plan:--json inspect:--json; do
		other "$E2E_RUNTIME" "${pair%%:*}" --help
		has "$out" "${pair#*:}"
	done
}

@test "cli: globals before the command, as --opt V and --opt=V, repeated" {
	snapshot
	mkdir -m 0700 "$ROOT"
	for globals in \
		"--root $ROOT" "--root=$ROOT" "--root /nonexistent --root $ROOT" "--root=$ROOT --root=$ROOT" \
		"--root $ROOT --debug" "--log $T/log --root $ROOT" "--log=$T/log --log-format=json --root $ROOT" \
		"--root $ROOT --log-format text" "--systemd-cgroup --root $ROOT" "--root $ROOT --systemd-cgroup --systemd-cgroup" \
		"--cgroup-manager disabled --root $ROOT" "--cgroup-manager=cgroupfs --root $ROOT" \
		"--rootless=auto --root $ROOT" "--rootless true --root $ROOT" "--rootless=false --root=$ROOT"; do
		# shellcheck disable=SC2086 # words are wanted
		other "$E2E_RUNTIME" $globals list -q
		eq "$status" 0 "status with $globals"
		eq "$out" "" "$globals"
	done
}

@test "cli: -b and --bundle=" {
	script 'echo ran'
	for opt in "-b $B" "--bundle $B" "--bundle=$B"; do
		# shellcheck disable=SC2086 # words are wanted
		ok run $opt "$C"
		eq "$out" ran
	done
}

@test "cli: options after the id" {
	# no caller of note does this, but getopt has always allowed it
	script 'echo ran'
	go run "$C" --bundle "$B"
	eq "$status" 0
	eq "$out" ran
}

@test "cli: conmon's create, word for word" {
	config '.process.args = ["/bin/sleep", "60"]'
	ok create --bundle "$B" --pid-file "$T/pid" --no-pivot --no-new-keyring --preserve-fds 0 "$C"
	status_is created
}

@test "cli: containerd's commands, word for word" {
	config '.process.args = ["/bin/sleep", "60"]'
	snapshot
	g=(--root "$ROOT" --log "$T/log.json" --log-format json)
	other "$E2E_RUNTIME" "${g[@]}" create --bundle "$B" --pid-file "$T/pid" "$C"
	eq "$status$out$err" 0
	other "$E2E_RUNTIME" "${g[@]}" start "$C"
	eq "$status$out$err" 0
	other "$E2E_RUNTIME" "${g[@]}" state "$C"
	eq "$status$err" 0
	eq "$(jq -r .status <<<"$out")" running
	other "$E2E_RUNTIME" "${g[@]}" kill --all "$C" 9
	eq "$status$out$err" 0
	eventually status_is stopped
	other "$E2E_RUNTIME" "${g[@]}" delete "$C"
	eq "$status$out$err" 0
	other "$E2E_RUNTIME" "${g[@]}" list --format=json
	eq "$(jq -c '. // []' <<<"$out")" "[]"
}

@test "cli: podman's direct commands, with nothing in the environment" {
	config '.process.args = ["/bin/sleep", "60"]'
	mkdir "$T/run"
	snapshot
	e=(env -i "XDG_RUNTIME_DIR=$T/run" "$E2E_RUNTIME")
	other "${e[@]}" create --bundle "$B" --pid-file "$T/pid" "$C"
	eq "$status$out$err" 0
	other "${e[@]}" start "$C"
	eq "$status$out$err" 0
	other "${e[@]}" kill "$C" 9
	eq "$status$out$err" 0
	eventually test ! -d "/proc/$(cat "$T/pid")/ns"
	other "${e[@]}" delete --force "$C"
	eq "$status$out$err" 0
}

@test "cli: buildah's commands: cwd is the bundle, kill with a name" {
	config '.process.args = ["/bin/sleep", "60"]'
	cd "$B"
	ok create --bundle "$B" --pid-file "$T/pid" --no-new-keyring "$C"
	ok start "$C"
	ok kill "$C" SIGKILL
	eventually status_is stopped
	ok delete "$C"
}

@test "cli: buildkit's run: a log, no terminal" {
	script 'echo built'
	snapshot
	other "$E2E_RUNTIME" --root "$ROOT" --log "$T/log" --log-format json run --bundle "$B" "$C"
	eq "$status" 0
	eq "$out$err" built
}

@test "cli: an unknown option is named" {
	for words in "--frobnicate list" "list --frobnicate" "run --frobnicate=5 x" "-Z list"; do
		# shellcheck disable=SC2086 # words are wanted
		fails $words
		matches "$err" "frobnicate|Z"
	done
}

@test "cli: an unknown command is named" {
	fails frobnicate
	says frobnicate
}

@test "cli: no command is an error that mentions help" {
	fails
	says --help
}

@test "cli: an option without its value says so in the words that podman probes for" {
	for words in "run --bundle" "create --pid-file" "run --console-socket" "--root" "--log"; do
		# shellcheck disable=SC2086 # words are wanted
		other "$E2E_RUNTIME" $words
		ne "$status" 0
		says "flag needs an argument: --${words##*--}"
		eq "$(wc -l <"$T/err")" 1
	done
}

@test "cli: a value where none belongs is refused" {
	fails list --quiet=yes
	says quiet
	fails run --detach=maybe "$C"
	says detach
}

@test "cli: a wrong value of an enumerated option is refused and named" {
	fails --log-format xml list
	says xml
	fails --cgroup-manager chaos list
	says chaos
	fails list --format yaml
	says yaml
	fails run --preserve-fds -1 --bundle "$B" "$C"
	fails run --preserve-fds 1x --bundle "$B" "$C"
	fails run --preserve-fds 4294967297 --bundle "$B" "$C"
}

@test "cli: too few and too many arguments" {
	for words in run create start state kill delete "run a b" "start a b" "kill a 9 b" "list x"; do
		# shellcheck disable=SC2086 # words are wanted
		fails $words
	done
	nothing_left
}

@test "cli: -- ends the options" {
	script 'echo ran'
	ok run --bundle "$B" -- "$C"
	eq "$out" ran
}

@test "cli: --log json: one object with msg, level and time" {
	config '.process.args = ["/no/such"]'
	snapshot
	other "$E2E_RUNTIME" --root "$ROOT" --log "$T/log" --log-format json run --bundle "$B" "$C"
	ne "$status" 0
	eq "$(jq -s length "$T/log")" 1
	eq "$(jq -r .level "$T/log")" error
	has "$(jq -r .msg "$T/log")" "/no/such"
	matches "$(jq -r .time "$T/log")" '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$'
	ne "$(jq -r .code "$T/log")" null "code"
	# the words callers match are on stderr as well
	matches "$err" "[Nn]o such file or directory"
}

@test "cli: --log json: every failing command logs, on the end of the file" {
	snapshot
	for cmd in state start kill delete; do
		other "$E2E_RUNTIME" --root "$ROOT" --log "$T/log" --log-format json $cmd never-was
		ne "$status" 0
	done
	eq "$(jq -s length "$T/log")" 4
	eq "$(jq -rs '[.[] | .msg | test("container does not exist")] | all' "$T/log")" true
}

@test "cli: --log json: pointer and line of an error in config.json" {
	config '.process.cwd = 5'
	snapshot
	other "$E2E_RUNTIME" --root "$ROOT" --log "$T/log" --log-format json run --bundle "$B" "$C"
	eq "$(jq -r .pointer "$T/log")" /process/cwd
}

@test "cli: --log text: one line with the message" {
	snapshot
	other "$E2E_RUNTIME" --root "$ROOT" --log "$T/log" state never-was
	eq "$(wc -l <"$T/log")" 1
	has "$(cat "$T/log")" "container does not exist"
}

@test "cli: success writes no log by default" {
	snapshot
	other "$E2E_RUNTIME" --root "$ROOT" --log "$T/log" --log-format json run --bundle "$B" "$C"
	eq "$status" 0
	[ ! -s "$T/log" ] || fail "the log has: $(cat "$T/log")"
}

@test "cli: --debug logs more, not to stderr when there is a log" {
	snapshot
	other "$E2E_RUNTIME" --root "$ROOT" --debug --log "$T/log" run --bundle "$B" "$C"
	eq "$status" 0
	eq "$err" ""
	[ -s "$T/log" ] || fail "--debug logged nothing"
}

@test "cli: --debug without a log tells the steps on stderr, in words that runc's users know" {
	requires_rundlet
	snapshot
	other "$E2E_RUNTIME" --root "$ROOT" --debug run --bundle "$B" "$C"
	eq "$status" 0
	for words in level=debug "nsexec container setup: affinity: 0x" "child process in init()" \
		"init: closing the pipe to signal completion"; do
		has "$err" "$words"
	done
}

@test "cli: help for what is no command" {
	requires_rundlet
	for arg in -h --help; do
		other "$E2E_RUNTIME" foo $arg
		ne "$status" 0
		has "$err" "No help topic for 'foo'"
	done
}

@test "cli: a log that cannot be opened is an error" {
	snapshot
	other "$E2E_RUNTIME" --root "$ROOT" --log /no/such/dir/log run --bundle "$B" "$C"
	ne "$status" 0
	has "$err" /no/such/dir/log
	nothing_left
}

@test "cli: every mount option that features lists is accepted" {
	ok features
	mkdir "$T/dir"
	for o in $(jq -r '.mountOptions[]' "$T/out"); do
		case $o in
		bind | rbind) continue ;;
		esac
		cp "$B/config.json" "$T/saved"
		add_mount /mnt bind "$T/dir" "rbind,$o"
		other "$E2E_RUNTIME" plan --bundle "$B"
		cp "$T/saved" "$B/config.json"
		case $o in
		# these need mappings, or are for others than bind mounts
		idmap | ridmap | tmpcopyup) continue ;;
		esac
		eq "$status" 0 "plan with option $o"
	done
}

@test "cli: spec writes a config.json that runs, and does not overwrite one" {
	mkdir "$T/new"
	cp -al "$B/rootfs" "$T/new/rootfs"
	spec_to "$T/new"
	jq -e .ociVersion "$T/new/config.json" >/dev/null
	cd "$T/new"
	other "$E2E_RUNTIME" spec
	ne "$status" 0
	eq "$(wc -l <"$T/err")" 1
	jq '.process.terminal = false | .process.args = ["/bin/echo", "from-spec"]' config.json >c
	mv c config.json
	if [ "$(id -u)" = 0 ]; then
		# devices are a privilege: none but those of every container; it takes a cgroup to say so
		eq "$(jq -c '.linux.resources.devices | map([.allow, .access])' config.json)" '[[false,"rwm"]]'
		[ -w /sys/fs/cgroup/devices ] || [ -w /sys/fs/cgroup/cgroup.procs ] || {
			jq 'del(.linux.resources)' config.json >c
			mv c config.json
		}
	fi
	ok run "$C"
	eq "$out" from-spec
}

@test "cli: spec --bundle writes there" {
	mkdir "$T/new"
	ok spec --rootless --bundle "$T/new"
	eq "$(jq -r '.linux.uidMappings[0].hostID' "$T/new/config.json")" "$(id -u)"
	eq "$(jq -r '.linux.namespaces | map(.type) | index("user") != null' "$T/new/config.json")" true
}

@test "cli: output that cannot be written is an error" {
	[ -c /dev/full ] || skip "no /dev/full"
	status=0
	"$E2E_RUNTIME" features >/dev/full 2>"$T/err" || status=$?
	ne "$status" 0
}
