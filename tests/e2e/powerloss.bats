#!/usr/bin/env bats
# Proves: whatever a power loss leaves of a state directory (files that are missing, empty, cut off,
# full of zeros, temporary names, marks of another status), every next command ends with success or
# with one clear line, `delete --force` removes it all, and the id can be used again.
#
# The store writes a file under another name and renames it, but does not wait for the disk: so any
# file may be any prefix of itself.

load helpers

setup()
{
	requires_rundlet "is about its own files"
	e2e_setup
	config '.process.args = ["/bin/sleep", "100"]'
}

# --- what may be left --------------------------------------------------------------------------

cut_to() # cut_to PERCENT
{
	local size
	size=$(stat -c %s "$D/state.json")
	truncate -s $((size * $1 / 100)) "$D/state.json"
}

damage()
{
	case $1 in
	nothing) ;;
	no-state) rm "$D/state.json" ;;
	no-files) find "$D" -mindepth 1 -delete ;;
	empty) : >"$D/state.json" ;;
	cut-*) cut_to "${1#cut-}" ;;
	zeros) head -c "$(stat -c %s "$D/state.json")" /dev/zero >"$D/state.json.0" && mv "$D/state.json.0" "$D/state.json" ;;
	temporary) head -c 100 "$D/state.json" >"$D/state.json.new" ;;
	temporary-alone) mv "$D/state.json" "$D/state.json.new" && truncate -s 100 "$D/state.json.new" ;;
	creating) mv "$D/start" "$D/creating" ;;
	creating-alone) mv "$D/start" "$D/creating" && rm "$D/state.json" ;;
	no-socket) rm "$D/start" ;;
	no-note) rm -f "$D/cgroup" ;;
	bad-note) rm -f "$D/cgroup" && ln -s "v1 - x" "$D/cgroup" ;;
	esac
}

DAMAGES="nothing no-state no-files empty cut-10 cut-50 cut-99 zeros temporary temporary-alone creating
	creating-alone no-socket no-note bad-note"

# A container as a power loss leaves it: its process has ended, nobody was told.
lost()
{
	ok create --bundle "$B" --pid-file "$T/pid" "$C"
	kill -KILL "$(cat "$T/pid")"
	eventually status_is stopped
	D=$ROOT/$C
	damage "$1"
}

# It ends in time, and what it says is at most a line.
clear_word()
{
	other timeout 60 env TMPDIR="$T/tmp" XDG_RUNTIME_DIR="$T/xdg" "$E2E_RUNTIME" --root "$ROOT" "$@"
	[ "$status" -lt 124 ] || [ "$status" = 255 ] || fail "$damaged: '$*' ended with status $status"
	if [ "$status" = 0 ]; then
		[ -z "$err" ] || fail "$damaged: '$*' succeeded, but is not silent"
	else
		eq "$(wc -l <"$T/err")" 1 "$damaged: '$*': lines of the error"
	fi
}

@test "power loss: every command copes with what is left, delete --force removes it" {
	for damaged in $DAMAGES; do
		lost "$damaged"
		clear_word state "$C"
		clear_word kill "$C" KILL
		clear_word start "$C"
		clear_word exec "$C" /bin/true
		clear_word ps "$C"
		ne "$status" 124
		ok delete --force "$C"
		missing "$ROOT/$C"
		ok create --bundle "$B" "$C"
		status_is created || fail "$damaged: the id cannot be used again"
		ok delete --force "$C"
		nothing_left || fail "$damaged: something is left"
	done
}

@test "power loss: list shows the others" {
	ok create --bundle "$B" "$C-2"
	for damaged in $DAMAGES; do
		lost "$damaged"
		go list --quiet
		eq "$status" 0 "$damaged: status"
		grep -qx "$C-2" <<<"$out" || fail "$damaged: the other one is not listed"
		ok delete --force "$C"
	done
}

@test "power loss: an id without a state is free, one with a state is taken" {
	for damaged in $DAMAGES; do
		lost "$damaged"
		if [ -e "$D/state.json" ]; then
			fails create --bundle "$B" "$C"
			says "already exists"
			ok delete --force "$C"
		else
			ok create --bundle "$B" "$C"
			status_is created || fail "$damaged: it is not created"
			ok start "$C"
			ok delete --force "$C"
		fi
		nothing_left || fail "$damaged: something is left"
	done
}
