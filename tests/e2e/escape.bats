#!/usr/bin/env bats
# Proves: the ways out of a container, or into the host's files, that other runtimes had, one test per
# class, for those that no other suite has a test for (contrib/doc/security.md has the whole table).
# What a test was seen to catch is said in it: "caught" names the program or the build that failed.

load helpers

setup()
{
	e2e_setup
	as_host_root
}

# A directory of the host that an image must not reach, with a file in it.
canary()
{
	mkdir -p "$T/canary"
	echo untouched >"$T/canary/file"
	chmod 600 "$T/canary/file"
	CANARY=$(stat -c '%a %u %g %Y %s' "$T/canary/file")
}

canary_untouched()
{
	eq "$(find "$T/canary" -mindepth 1 | sort)" "$T/canary/file" "what is in the canary's directory"
	eq "$(stat -c '%a %u %g %Y %s' "$T/canary/file")" "$CANARY" "the canary"
	eq "$(cat "$T/canary/file")" untouched "the canary's text"
}

@test "escape: CVE-2017-5226: the caller's terminal is not the program's" {
	# caught: a build without setsid(2) in run_session. Field 7 is the controlling terminal.
	script '(: </dev/tty) 2>/dev/null && echo opened; echo "tty $(cut -d" " -f7 /proc/self/stat)"'
	snapshot
	python3 lib/tool.py pty "$T/pty" env TMPDIR="$T/tmp" XDG_RUNTIME_DIR="$T/xdg" \
		"$E2E_RUNTIME" --root "$ROOT" run --bundle "$B" "$C" 3>&-
	has "$(cat "$T/pty")" "tty 0"
	hasnt "$(cat "$T/pty")" opened
}

@test "escape: CVE-2020-15257: nobody listens on an abstract socket, and sockets are private" {
	requires_rundlet "is about its own sockets"
	config '.process.args = ["/bin/sleep", "60"]'
	ok create --bundle "$B" "$C"
	inodes=$(find "/proc/$(init_pid)/fd/" -lname 'socket:*' -printf '%l\n' | tr -dc '0-9\n')
	[ -n "$inodes" ] || fail "init holds no socket: this looks in the wrong place"
	for inode in $inodes; do
		hasnt "$(awk -v i="$inode" '$7 == i { print $8 }' /proc/net/unix)" @
	done
	eq "$(stat -c '%a' "$ROOT/$C")" 700
}

@test "escape: CVE-2022-1227: no program of the image runs for our own work" {
	printf '#!/bin/sh\necho "$0" >>/tmp/ran\nexec busybox ps "$@"\n' >"$T/fake"
	chmod 755 "$T/fake"
	for name in ps newuidmap newgidmap nsenter sh.real; do
		cp "$T/fake" "$B/rootfs/bin/$name.new"
		mv "$B/rootfs/bin/$name.new" "$B/rootfs/bin/$name"
	done
	may_create rootfs/bin/{newuidmap,newgidmap,nsenter,sh.real}
	config '.process.args = ["/bin/sleep", "60"] | .root.readonly = false'
	ok run --detach --bundle "$B" "$C"
	go ps "$C"
	go ps --format json "$C"
	ok exec "$C" /bin/true
	ok kill "$C" KILL
	eventually status_is stopped
	ok delete "$C"
	missing "$B/rootfs/tmp/ran"
	rm "$B/rootfs/bin/"{newuidmap,newgidmap,nsenter,sh.real}
}

@test "escape: CVE-2023-25809: without a cgroup namespace the host's cgroups cannot be written" {
	not_for runc "1.1.5 asks for a cgroup namespace of root's, and mounts it writable by cgroupns"
	# caught: a build that mounts as it is told
	without_ns cgroup
	[ "$(id -u)" != 0 ] || with_ns mount
	config '(.mounts[] | select(.destination | startswith("/sys")) | .options // empty) -= ["ro"]'
	script 'find /sys/fs/cgroup -name cgroup.procs | while read -r f; do
			{ echo 0 >"$f"; } 2>/dev/null && echo "wrote $f"
			mkdir "${f%/*}/escape" 2>/dev/null && echo "made ${f%/*}/escape"
		done
		grep -c " /sys/fs/cgroup" /proc/self/mountinfo'
	ok run --bundle "$B" "$C"
	hasnt "$out" wrote
	hasnt "$out" made
	[ "$(tail -n 1 <<<"$out")" -ge 1 ] || fail "no cgroups are mounted"
}

@test "escape: CVE-2025-24965: nothing is written into the image for a VM" {
	# crun up to 1.19 wrote this file for its handler krun, through a link
	canary
	ln -s "$T/canary/new" "$B/rootfs/.krun_config.json"
	may_create rootfs/.krun_config.json
	config '.annotations = {"run.oci.handler": "krun"}'
	go run --bundle "$B" "$C"
	canary_untouched
	rm "$B/rootfs/.krun_config.json"
}

@test "escape: CVE-2025-52881: sysctl reaches the kernel, whatever is mounted on the host's /proc" {
	# caught: runc 1.1.5, crun 1.8.1
	requires_root
	not_for runc "1.1.5 writes to what is mounted there"
	not_for crun "1.8 writes to what is mounted there"
	canary
	without_ns pid
	with_ns uts
	config '(.mounts[] | select(.destination == "/proc")) |=
			{destination: "/proc", type: "bind", source: "/proc", options: ["rbind"]} |
		.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"]) |
		.linux.sysctl = {"kernel.domainname": "reached"} | .linux.maskedPaths = [] | .linux.readonlyPaths = []'
	script 'f=/proc/sys/kernel/domainname; cat $f; umount $f; cat $f'
	snapshot
	other unshare -m sh -c 'mount --bind "$0" /proc/sys/kernel/domainname && exec "$@"' "$T/canary/file" \
		"$E2E_RUNTIME" --root "$ROOT" run --bundle "$B" "$C"
	eq "$status $err" "0 "
	eq "$out" "untouched
reached"
	canary_untouched
}

@test "escape: CVE-2026-88264: a link that leads nowhere at /dev/console makes nothing on the host" {
	# caught: crun 1.8.1. In rundlet the host is out of reach by then, whatever is followed.
	not_for crun "1.8 has this hole"
	canary
	config '.process.terminal = true | .process.args = ["/bin/true"] |
		.mounts |= map(select(.destination | startswith("/dev") and . != "/dev/pts" | not))'
	for link in "$T/canary/new" "../../../../../../../../$T/canary/new" /proc/1/root"$T/canary/new"; do
		ln -sfn "$link" "$B/rootfs/dev/console"
		snapshot
		python3 lib/tool.py pty "$T/pty" env TMPDIR="$T/tmp" XDG_RUNTIME_DIR="$T/xdg" \
			"$E2E_RUNTIME" --root "$ROOT" run --bundle "$B" "$C" 3>&-
		canary_untouched
	done
	may_create rootfs/dev/{null,zero,full,random,urandom,tty,fd,stdin,stdout,stderr,ptmx,core,console}
	rm -rf "$B/rootfs/dev/console" "$B/rootfs/dev/shm/"* "$B/rootfs/run"
}

@test "escape: CVE-2026-88265: nobody's standard streams change their owner" {
	# caught: a build that gives away more than pipes
	canary
	[ "$(id -u)" != 0 ] || config '.process.user = {uid: 1000, gid: 1000}'
	before=$(stat -c '%u %g %a' /dev/null)
	echo data >"$T/in"
	mine=$(stat -c '%u %g %a' "$T/in")
	STDIN=$T/in go run --bundle "$B" "$C"
	[ "$KIND" != rundlet ] || eq "$status $(stat -c '%u %g %a' "$T/in")" "0 $mine" "stdin"
	config '.mounts |= map(select(.destination | startswith("/dev") | not))'
	ln -s "$T/canary/file" "$B/rootfs/dev/null"
	may_create rootfs/dev/{null,zero,full,random,urandom,tty,fd,stdin,stdout,stderr,ptmx,core,console}
	go run --bundle "$B" "$C"
	eq "$(stat -c '%u %g %a' /dev/null)" "$before" "/dev/null of the host"
	canary_untouched
	rm -rf "$B/rootfs/dev/null" "$B/rootfs/dev/shm/"* "$B/rootfs/run"
}

@test "escape: CVE-2026-46680, CVE-2026-30892: ids are whole numbers of 32 bits" {
	# caught: crun 1.8.1
	requires_rundlet "peers wrap some around"
	for uid in 4294967296 4294967295 -1 1.5 1e3 '"0"' '" 0"' null[]; do
		sed -E "0,/\"uid\": [0-9]+/s//\"uid\": $uid/" "$B/config.json" >"$T/bad"
		cp "$B/config.json" "$T/good"
		cp "$T/bad" "$B/config.json"
		fails run --bundle "$B" "$C"
		cp "$T/good" "$B/config.json"
	done
	nothing_left
}

@test "escape: CVE-2026-87766: a linked parent makes nothing in the caller's home, and 0711 is enough" {
	# caught: a build whose sys/rooted follows links to the host
	canary
	ln -s "$T/canary" "$B/rootfs/home/link"
	ln -s /proc/self/root"$T/canary" "$B/rootfs/home/magic"
	echo data >"$T/data"
	for target in /home/link/a/b /home/link/new /home/magic/new; do
		cp "$B/config.json" "$T/saved"
		add_mount "$target" bind "$T/data" bind
		go run --bundle "$B" "$C"
		canary_untouched
		cp "$T/saved" "$B/config.json"
	done
	rm -rf "$B/rootfs/home/"{link,magic} "$B/rootfs/dev/shm/"* "$B/rootfs/run"
	mkdir -m 0711 "$B/rootfs/home/deep"
	mkdir "$B/rootfs/home/deep/er"
	may_create rootfs/home/deep rootfs/home/deep/er
	add_mount /home/deep/er tmpfs tmpfs
	inside 'stat -f -c %T /home/deep/er'
	eq "$out" tmpfs
	rm -r "$B/rootfs/home/deep"
}

@test "escape: CVE-2026-41163: a program with set-user-ID refuses to run" {
	# caught: runc 1.1.5, crun 1.8.1, a build without the look at AT_SECURE
	requires_root
	requires_rundlet "peers do not look"
	mkdir -m 755 "$T/suid"
	for mode in 4755 2755; do
		other unshare -m sh -c 'set -e; mount -t tmpfs -o suid,exec,mode=755 suid "$0"
			cp "$1" "$0/rundlet"; chmod "$2" "$0/rundlet"
			exec setpriv --reuid 65534 --regid 65534 --clear-groups "$0/rundlet" --version' \
			"$T/suid" "$E2E_RUNTIME" $mode
		eq "$status" 1
		says "refuses to be setuid"
	done
}

@test "escape: CVE-2026-119101: there is no restore, nor checkpoint" {
	requires_rundlet "peers have them"
	for verb in restore checkpoint; do
		fails $verb "$C"
		says "unknown command"
	done
}

@test "escape: CVE-2024-25621: nobody but the owner may look into the state" {
	# caught: runc 1.1.5, whose fifo others may write to
	requires_rundlet "modes of the state directory"
	umask 0
	config '.process.args = ["/bin/sleep", "60"]'
	ok create --bundle "$B" "$C"
	umask 022
	none_of "open to others" "$(find "$ROOT" -perm /077 ! -type l)"
}

@test "escape: the state of another user, or one that others may write, is not believed" {
	# caught: a build that does not look whose it is
	requires_rundlet "peers do not look"
	running_state='{"ociVersion": "1.0.2", "id": "x", "pid": 1, "bundle": "/", "created": ""}'
	mkdir -p "$T/other/x"
	echo "$running_state" >"$T/other/x/state.json"
	chmod 777 "$T/other"
	for verb in "list" "state x" "kill x KILL" "delete --force x" "exec x true"; do
		# shellcheck disable=SC2086 # some words
		other "$E2E_RUNTIME" --root "$T/other" $verb
		ne "$status" 0
		says "can be written by others"
	done
	[ "$(id -u)" = 0 ] || return 0
	chmod 700 "$T/other"
	chown 65534 "$T/other"
	other "$E2E_RUNTIME" --root "$T/other" kill x KILL
	says "belongs to uid 65534, not to uid 0"
	chown 0 "$T/other"
	chown 65534 "$T/other/x/state.json"
	other "$E2E_RUNTIME" --root "$T/other" kill x KILL
	says "belongs to uid 65534, not to uid 0"
}

@test "escape: root keeps no state in the runtime directory of a user" {
	# caught: the build before
	requires_root
	requires_rundlet
	mkdir "$T/users"
	chown 65534 "$T/users"
	snapshot
	other unshare -m sh -c 'mount -t tmpfs t /run && XDG_RUNTIME_DIR=$0 "$@" && ls -A /run' "$T/users" \
		"$E2E_RUNTIME" run --bundle "$B" "$C"
	eq "$status $out" "0 rundlet"
	none_of "kept" "$(ls -A "$T/users")"
}

@test "escape: names that climb are refused: ids, cgroups, their subgroups" {
	# caught: crun 1.8.1, which takes an id of two lines
	requires_rundlet "peers let some pass"
	for id in .. . a/b ../x '' $'a\nb'; do
		fails run --bundle "$B" "$id"
	done
	cp "$B/config.json" "$T/saved"
	for path in /../up /a/../../up ../up a/../..; do
		cp "$T/saved" "$B/config.json"
		config --arg p "$path" '.linux.cgroupsPath = $p'
		go --cgroup-manager cgroupfs run --bundle "$B" "$C"
		none_of "a cgroup that climbed" "$(find /sys/fs/cgroup -maxdepth 3 -type d -name up 2>/dev/null)"
	done
	cp "$T/saved" "$B/config.json"
	nothing_left
}

@test "escape: a hook is named by its absolute path" {
	not_for crun "takes any"
	for path in hook ./hook bin/true ''; do
		config --arg p "$path" '.hooks = {createRuntime: [{path: $p}]}'
		fails run --bundle "$B" "$C"
		says_rundlet /hooks/createRuntime/0/path
	done
	nothing_left
}

@test "escape: the environment of the caller chooses no program of ours" {
	# caught: runc 1.1.5, which finds ps in $PATH
	requires_rundlet "is about its helpers"
	mkdir "$T/bin"
	for name in newuidmap newgidmap ps sh init; do
		printf '#!/bin/sh\necho %s >>%s\n' "$name" "$T/ran" >"$T/bin/$name"
		chmod 755 "$T/bin/$name"
	done
	[ "$(id -u)" = 0 ] || [ -z "$(subid_start subuid)" ] || map_subids
	config '.process.args = ["/bin/sleep", "60"]'
	snapshot
	for verb in "run --detach --bundle $B" "exec" "ps" "kill"; do
		words=("$C")
		case $verb in exec) words+=(/bin/true) ;; kill) words+=(KILL) ;; esac
		# shellcheck disable=SC2086 # two words
		other env PATH="$T/bin" TMPDIR="$T/tmp" XDG_RUNTIME_DIR="$T/xdg" "$E2E_RUNTIME" --root "$ROOT" $verb "${words[@]}"
	done
	missing "$T/ran"
}
