# shellcheck shell=bash
# shellcheck disable=SC2034 # others read what is set here
# What the files of the callers use. A caller's file defines
#
#   caller_up, caller_down    start and stop it; skip with a reason when it is not installed
#   case_clean                removes what a case made, failed or not
#   case_end                  looks for what is left then
#   case_…                    the cases; the name is the title
#
#   $C_KIND   crun, runc or rundlet      $C_BIN   the program        $C_WORK  a tmpfs
#   $C_LOG    a directory for logs       $out, $status               what `go` got

set -euo pipefail

skip() {
	echo "skip: $*"
	exit 77
}

needs() { # needs PROGRAM...
	local p
	for p in "$@"; do
		command -v "$p" > /dev/null || skip "$p is not installed"
	done
}

# not_for KIND REASON: a peer's limit, seen on this host.
not_for() {
	[ "$C_KIND" != "$1" ] || skip "not for $1: $2"
}

fail() {
	echo "FAILED: $*"
	echo "status ${status:-}, output: ${out:-}"
	exit 1
}

# go COMMAND...: into $out (both streams) and $status.
go() {
	status=0
	out=$("$@" 2>&1) || status=$?
}

ok() {
	go "$@"
	[ "$status" = 0 ] || fail "'$*' ended with $status"
}

fails() {
	go "$@"
	[ "$status" != 0 ] || fail "'$*' succeeded"
}

eq() { # eq GOT WANT [WHAT]
	[ "$1" = "$2" ] || fail "${3:-value}: got '$1', want '$2'"
}

has() {
	[[ $1 == *"$2"* ]] || fail "'$2' is not in: $1"
}

hasnt() {
	[[ $1 != *"$2"* ]] || fail "'$2' is in: $1"
}

matches() {
	[[ $1 =~ $2 ]] || fail "'$2' does not match: $1"
}

# At most ten seconds.
eventually() {
	for _ in {1..100}; do
		if ("$@") > /dev/null 2>&1; then
			return 0
		fi
		sleep 0.1
	done
	fail "never came true: $*"
}

# on_pty COMMAND... < dialogue
on_pty() {
	status=0
	out=$("$C_HERE/ptydo" "$@" 2>&1 | tr -d '\r'; exit "${PIPESTATUS[0]}") || status=$?
}

nothing_in() { # nothing_in DIR WHAT
	local list
	# crun of 1.16 and later keeps filters that it has compiled
	list=$(find "$1" -mindepth 1 ! -path "$1/.cache*" 2> /dev/null || true)
	[ -z "$list" ] || fail "$2 is left: $list"
}

# From here on $WHO is the ordinary user.
as_user() {
	WHO=(setpriv --reuid "$C_UID" --regid "$C_UID" --init-groups --reset-env
		env "PATH=$PATH" "XDG_RUNTIME_DIR=/run/user/$C_UID" "HOME=$C_WORK/home" USER=caller LOGNAME=caller
		PODMAN_IGNORE_CGROUPSV1_WARNING=1)
}

fetch_is() { # fetch_is URL CONTENT
	[ "$(python3 -c 'import sys, urllib.request
print(urllib.request.urlopen(sys.argv[1], timeout=2).read().decode(), end="")' "$1")" = "$2" ]
}
