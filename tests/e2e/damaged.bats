#!/usr/bin/env bats
# Proves: whatever has become of a state.json, every command says so in one clear error, the other
# containers are not hidden by it, and delete --force leaves nothing: no directory, no cgroup, and no
# init that waits to be started.

load helpers

setup()
{
	requires_rundlet "its own file"
	e2e_setup
}

# damage KIND: of the state file of $C
damage()
{
	local f=$ROOT/$C/state.json new
	case $1 in
	empty) : >"$f" ;;
	truncated) truncate -s "$(($(stat -c %s "$f") / 2))" "$f" ;;
	begun) printf '{"ociVersion": "1' >"$f" ;;
	binary) head -c 4096 /dev/urandom >"$f" ;;
	list) echo '[1, 2]' >"$f" ;;
	null) echo null >"$f" ;;
	no-pid) edit 'del(.pid)' ;;
	pid) edit '.pid = "many"' ;;
	negative) edit '.pid = -1' ;;
	start) edit '.pidStart = {}' ;;
	bundle) edit '.bundle = 7' ;;
	config) edit '.config = "none"' ;;
	directory) rm "$f" && mkdir "$f" ;;
	fifo) rm "$f" && mkfifo "$f" ;;
	link) rm "$f" && ln -s /etc/passwd "$f" ;;
	huge) truncate -s 1G "$f" ;;
	esac
}

edit()
{
	local new
	new=$(jq -c "$1" "$ROOT/$C/state.json")
	printf '%s' "$new" >"$ROOT/$C/state.json"
}

# delete --force of what was started: where there is no cgroup it says what it cannot know.
forget()
{
	local cgroup=
	[ ! -L "$ROOT/$C/cgroup" ] || cgroup=1
	go delete --force "$C"
	eq "$status" 0
	if [ "$cgroup" ]; then
		eq "$err" "" "stderr"
	else
		says "cannot be found"
		eq "$(wc -l <"$T/err")" 1 "lines on stderr"
	fi
	missing "$ROOT/$C"
}

kinds="empty truncated begun binary list null no-pid pid negative start bundle config directory fifo link huge"

# Every command but delete --force, on $C: one error, which does not say that there is nobody.
all_fail()
{
	local cmd
	for cmd in "state" "start" "kill" "delete" "exec $C true" "ps" "pause" "resume" "update --pids-limit 5" "events --stats" "inspect" "inspect --json"; do
		# shellcheck disable=SC2086 # words are wanted
		case $cmd in
		exec*) go $cmd ;;
		*) go $cmd "$C" ;;
		esac
		[ "$status" != 0 ] || fail "$1: '$cmd' succeeded"
		eq "$(wc -l <"$T/err")" 1 "$1: lines that '$cmd' wrote to stderr"
		eq "$out" "" "$1: what '$cmd' wrote to stdout"
		has "$err" state
		hasnt "$err" "does not exist"
	done
}

@test "damaged: every command gives one error, for each kind of damage" {
	config '.process.args = ["/bin/true"]'
	for kind in $kinds; do
		ok create --bundle "$B" "$C"
		ok start "$C"
		eventually status_is stopped
		damage "$kind"
		all_fail "$kind"
		# the id is in use
		fails create --bundle "$B" "$C"
		says "already exists"
		forget
	done
}

@test "damaged: of another uid" {
	requires_root
	ok create --bundle "$B" "$C"
	chown 12345 "$ROOT/$C/state.json"
	all_fail "other uid"
	says 12345
	ok delete --force "$C"
	nothing_left
}

@test "damaged: delete --force ends the init that waits to be started" {
	for kind in $kinds; do
		ok create --bundle "$B" --pid-file "$T/pid" "$C"
		pid=$(cat "$T/pid")
		kill -0 "$pid"
		damage "$kind"
		ok delete --force "$C"
		missing "$ROOT/$C"
		eventually test ! -e "/proc/$pid"
	done
	nothing_left
}

@test "damaged: delete --force ends that init without cgroup and pid namespace, too" {
	without_ns pid
	# a proc of the outer pid namespace cannot be mounted anew by everybody
	config '(.mounts[] | select(.destination == "/proc")) |= {destination: "/proc", type: "bind", source: "/proc", options: ["rbind"]}'
	snapshot
	other env TMPDIR="$T/tmp" XDG_RUNTIME_DIR="$T/xdg" "$E2E_RUNTIME" --root "$ROOT" --cgroup-manager disabled \
		create --bundle "$B" --pid-file "$T/pid" "$C"
	eq "$status$err" 0
	pid=$(cat "$T/pid")
	damage empty
	ok delete --force "$C"
	eventually test ! -e "/proc/$pid"
	nothing_left
}

@test "damaged: delete --force ends what runs, or says that it cannot know it" {
	config '.process.args = ["/bin/sleep", "300"]'
	for manager in "" "--cgroup-manager disabled"; do
		snapshot
		# shellcheck disable=SC2086 # words are wanted
		ok $manager run --detach --bundle "$B" --pid-file "$T/pid" "$C"
		pid=$(cat "$T/pid")
		BACKGROUND+=("$pid")
		[ "$manager" = "" ] || missing "$ROOT/$C/cgroup"
		damage empty
		[ ! -L "$ROOT/$C/cgroup" ] || held=1
		forget
		if [ "${held:-}" ]; then
			eventually test ! -e "/proc/$pid"
			unset held
		else
			kill -KILL "$pid"
		fi
	done
	nothing_left
}

# list with a word about what cannot be read.
listed()
{
	go list "$@"
	eq "$status" 0
	says "container \"$C\" cannot be read: "
}

@test "damaged: the other containers are listed, and so is this one, as unknown" {
	config '.process.args = ["/bin/sleep", "300"]'
	ok create --bundle "$B" "$C"
	cp -al "$B/rootfs" "$T/rootfs2"
	mkdir "$T/second"
	mv "$T/rootfs2" "$T/second/rootfs"
	cp "$B/config.json" "$T/second/"
	ok run --detach --bundle "$T/second" "$C-second"
	for kind in $kinds; do
		cp "$ROOT/$C/state.json" "$T/saved"
		damage "$kind"
		listed --quiet
		eq "$out" "$C"$'\n'"$C-second" "what is listed beside $kind"
		listed --format json
		eq "$(jq -c '.[] | [.id, .status, .pid > 0]' <<<"$out")" \
			"[\"$C\",\"unknown\",false]"$'\n'"[\"$C-second\",\"running\",true]"
		listed
		matches "$out" "$C +0 +unknown"
		rm -rf "${ROOT:?}/$C/state.json"
		cp "$T/saved" "$ROOT/$C/state.json"
	done
	touch "$ROOT/stray"
	mkdir "$ROOT/left"
	ok list --quiet
	rm -r "$ROOT/stray" "$ROOT/left"
	# and it is as it was before
	ok start "$C"
	status_is running
}
