#!/usr/bin/env bats
# Proves: whoever writes a config.json that is too much, or fills, swaps and covers what can be reached
# from inside while commands work on the container, gets one clear error or nothing; never a crash, a
# hang, something cut off or something left.

load helpers

setup()
{
	requires_rundlet "peers take what they get"
	e2e_setup
}

# One line, at once, and nothing is left; or it just works.
sane()
{
	go "$@"
	[ "$status" -le 1 ] || fail "'$1' ended with $status"
	[ "$(wc -c <"$T/err")" -lt 6000 ] || fail "an error of $(wc -c <"$T/err") bytes"
	[ "$status" = 0 ] || eq "$(wc -l <"$T/err")" 1 "lines of an error"
}

# exec fails with 126, 127 or 255 when the program or the directory is not there just now.
sane_or_missing()
{
	go "$@"
	case $status in
	0 | 1 | 126 | 127 | 255) ;;
	*) fail "'$*' ended with $status" ;;
	esac
	[ "$(wc -l <"$T/err")" -le 1 ] || fail "more than one line"
}

@test "hostile: 4,000 id maps are refused in one line" {
	with_ns user
	config '[range(4000) | {containerID: ., hostID: (100000 + 2 * .), size: 1}] as $m |
		.linux.uidMappings = $m | .linux.gidMappings = $m'
	fails run --bundle "$B" "$C"
	nothing_left
}

@test "hostile: paths of 70 kB are refused or too long, nothing is cut" {
	# caught: crun 1.8.1 and runc 1.1.5, whose errors are as long
	long=$(head -c 70000 /dev/zero | tr '\0' x)
	printf '"/%s"' "$long" >"$T/long"
	cp "$B/config.json" "$T/saved"
	for edit in '.mounts += [{destination: $p, type: "tmpfs", source: "tmpfs"}]' \
		'.mounts += [{destination: "/mnt", type: "bind", source: $p, options: ["bind"]}]' \
		'.root.path = $p' '.process.cwd = $p' '.process.args = [$p]' '.linux.cgroupsPath = $p' \
		'.linux.namespaces |= map(select(.type != "network")) + [{type: "network", path: $p}]' \
		'.linux.maskedPaths += [$p + "/x"] | .linux.readonlyPaths += [$p]' \
		'.linux.devices = [{path: $p, type: "p"}]' '.hooks = {createRuntime: [{path: $p}]}' \
		'.hostname = $p' '.linux.sysctl = {($p): "1"}' '.linux.mountLabel = $p' '.process.env += ["A=" + $p]'; do
		cp "$T/saved" "$B/config.json"
		jq --slurpfile f "$T/long" "\$f[0] as \$p | $edit" "$B/config.json" >"$T/new"
		cp "$T/new" "$B/config.json"
		sane run --bundle "$B" "$C"
		none_of "cut off" "$(find "$B/rootfs" -name 'xxxxxx*')"
		nothing_left
	done
}

@test "hostile: ten thousand mounts" {
	[ "$(cat /proc/sys/fs/mount-max)" -ge 12000 ] || skip "the host allows fewer"
	config '.mounts += [{destination: "/mnt", type: "tmpfs", source: "t"}] +
		[range(9999) | {destination: "/mnt/\(.)", type: "tmpfs", source: "t", options: ["size=4k"]}]'
	script 'grep -c " /mnt" /proc/self/mountinfo; sleep 100'
	rt run --detach --bundle "$B" "$C" </dev/null >"$T/log" 2>&1 3>&-
	eventually test -s "$T/log"
	eq "$(cat "$T/log")" 10000
	ok exec "$C" /bin/sh -c 'cd /mnt/9998'
	ok inspect --json "$C"
	ok delete --force "$C"
	nothing_left
}

@test "hostile: lists of a hundred thousand are read, and refused, without delay" {
	# each of these took minutes where something is looked for from the beginning each time
	cp "$B/config.json" "$T/saved"
	for edit in '.mounts += [range(60000) | {destination: "/mnt/\(.)", type: "tmpfs", source: "t"}]' \
		'.linux.maskedPaths = [range(100000) | "/m/\(.)"]' '.linux.readonlyPaths = [range(100000) | "/m/\(.)"]' \
		'.process.env = [range(100000) | "A\(.)=1"]' '.process.args = [range(100000) | "a\(.)"]' \
		'.annotations = ([range(100000) | {key: "k\(.)", value: ""}] | from_entries)'; do
		jq -c "$edit" "$T/saved" >"$B/config.json"
		other timeout 60 "$E2E_RUNTIME" plan --bundle "$B"
		[ "$status" -le 1 ] || fail "$edit: ended with $status"
	done
	cp "$T/saved" "$B/config.json"
}

@test "hostile: 10 MB of annotations" {
	jq '.annotations = ([range(1000) | {key: "a\(.)", value: ("v" * 10000)}] | from_entries)' "$B/config.json" >"$T/new"
	mv "$T/new" "$B/config.json"
	[ "$(wc -c <"$B/config.json")" -gt 10000000 ] || fail "that is not much"
	config '.process.args = ["/bin/sleep", "60"]'
	ok run --detach --bundle "$B" "$C"
	go state "$C"
	eq "$(jq '.annotations | length' <<<"$out")" 1000
	ok exec "$C" /bin/true
	ok kill "$C" KILL
	eventually status_is stopped
	ok delete "$C"
	nothing_left
}

@test "hostile: names with newlines, escapes and bytes that are no text stay one line" {
	# caught: crun 1.8.1, which prints the escape; runc 1.1.5, which takes broken UTF-8
	config '.process.args = ["/bin/true"] | .mounts += [{destination: "/mnt/a\nb\u001b[31m", type: "bind", source: "/no\nsuch\u001b", options: ["bind"]}]'
	fails run --bundle "$B" "$C"
	hasnt "$err" $'\033'
	config '.mounts |= map(select(.destination | startswith("/mnt") | not)) | .hostname = "HERE"'
	cp "$B/config.json" "$T/saved"
	for word in '\xff\xfe' '\xc0\xaf' '\xed\xa0\x80' '\\u0000' '\\ud800'; do
		sed "s/HERE/$word/" "$T/saved" >"$B/config.json"
		fails run --bundle "$B" "$C"
	done
	nothing_left
}

@test "hostile: a key that is there twice is an error, wherever it is" {
	# caught: runc 1.1.5, which takes the last one
	for key in args path type destination root; do
		jq . "$B/config.json" >"$T/saved"
		sed -E "0,/^( *)\"$key\": /s//\1\"$key\": null, \"$key\": /" "$T/saved" >"$B/config.json"
		fails run --bundle "$B" "$C"
		says "$key"
		cp "$T/saved" "$B/config.json"
	done
	nothing_left
}

@test "hostile: a container that fills its file systems holds up nobody" {
	config '(.mounts[] | select(.destination == "/dev")).options += ["size=64k"]'
	add_mount /mnt tmpfs tmpfs size=64k
	script 'for d in /dev /mnt /dev/shm; do dd if=/dev/zero of=$d/full bs=4k count=64 2>/dev/null
		i=0; while [ $i -lt 200 ] && mkdir $d/$i 2>/dev/null; do i=$((i + 1)); done; done
		echo full >/dev/full 2>/dev/null; echo ready; while :; do sleep 1; done'
	rt run --detach --bundle "$B" "$C" </dev/null >"$T/log" 2>&1 3>&-
	eventually grep -q ready "$T/log"
	for _ in {1..5}; do
		ok exec "$C" /bin/true
		sane_or_missing exec --cwd /mnt/new "$C" /bin/true
	done
	ok ps "$C"
	ok kill "$C" KILL
	eventually status_is stopped
	ok delete "$C"
	nothing_left
}

@test "hostile: a container that covers, swaps and removes what it can meanwhile" {
	mkdir "$T/vol"
	config '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN", "CAP_MKNOD"] | unique) | .root.readonly = false'
	add_mount /vol bind "$T/vol" bind
	script 'while :; do
			mount -t tmpfs t /dev; mount -t tmpfs t /proc; mount -t tmpfs t /etc; mount -t tmpfs t /vol
			mv /bin/true /bin/true.x; mv /bin/true.x /bin/true
			ln -sfn / /tmp/l; ln -sfn /nowhere /tmp/l
			umount /vol; umount /etc; umount /proc; umount /dev
			echo round >>/vol/rounds
		done >/dev/null 2>&1'
	may_create rootfs/tmp/l rootfs/bin/true.x rootfs/vol
	ok run --detach --bundle "$B" "$C"
	eventually [ -s "$T/vol/rounds" ]
	jq '.process | .oomScoreAdj = 10 | .args = ["/bin/true"] | .cwd = "/tmp/l"' "$B/config.json" >"$T/process"
	before=$(wc -l <"$T/vol/rounds")
	for _ in {1..8}; do
		sane_or_missing exec "$C" /bin/true
		sane_or_missing exec --process "$T/process" "$C"
		ok ps "$C"
		ok state "$C"
	done
	rounds=$(($(wc -l <"$T/vol/rounds") - before))
	echo "# $rounds rounds meanwhile" >&3
	[ $rounds -gt 0 ] || fail "nothing happened meanwhile"
	ok kill "$C" KILL
	eventually status_is stopped
	ok delete "$C"
	nothing_left
	rm -f "$B/rootfs/tmp/l"
}

@test "hostile: a container that makes processes until it may not is deleted all the same" {
	config '.process.rlimits = [{type: "RLIMIT_NPROC", soft: 4000, hard: 4000}]'
	script 'i=0; while [ $i -lt 150 ]; do (trap "" TERM INT HUP; while :; do sleep 100; done) & i=$((i + 1)); done; echo ready; wait'
	rt run --detach --bundle "$B" "$C" </dev/null >"$T/log" 2>&1 3>&-
	eventually grep -q ready "$T/log"
	ok delete --force "$C"
	nothing_left
}
