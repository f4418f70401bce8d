#!/usr/bin/env bats
# Proves: whatever is wrong with what we are given ends in one clear error and a status that is not
# 0, and afterwards nothing of ours remains: no process, mount, cgroup, state or file.

load helpers

# `run` and `create` fail with this in the message, and leave nothing.
bad()
{
	local word=$1
	fails run --bundle "$B" "$C"
	says_rundlet "$word"
	nothing_left
	fails create --bundle "$B" --pid-file "$T/pid" "$C"
	says_rundlet "$word"
	missing "$T/pid"
	nothing_left
}

@test "bad input: no bundle" {
	snapshot
	mv "$B" "$B.away"
	fails run --bundle "$B" "$C"
	says_rundlet "$B"
	mv "$B.away" "$B"
	nothing_left
}

@test "bad input: a bundle that is a file" {
	touch "$T/file"
	fails run --bundle "$T/file" "$C"
	nothing_left
}

@test "bad input: no config.json" {
	rm "$B/config.json"
	bad config.json
}

@test "bad input: config.json is a directory" {
	rm "$B/config.json"
	mkdir "$B/config.json"
	bad config.json
}

@test "bad input: config.json is a fifo, nobody waits" {
	requires_rundlet "peers wait for ever"
	rm "$B/config.json"
	mkfifo "$B/config.json"
	bad config.json
}

@test "bad input: config.json cannot be read" {
	requires_user
	chmod 0 "$B/config.json"
	bad config.json
	chmod 644 "$B/config.json"
}

@test "bad input: an empty config.json" {
	: >"$B/config.json"
	bad config.json
}

@test "bad input: config.json cut off anywhere" {
	jq -c . "$B/config.json" >"$T/whole"
	size=$(stat -c %s "$T/whole")
	step=101
	[ "$KIND" = rundlet ] || step=701
	for ((n = 1; n < size - 1; n += step)); do
		head -c "$n" "$T/whole" >"$B/config.json"
		fails run --bundle "$B" "$C"
		says_rundlet config.json
	done
	nothing_left
}

@test "bad input: something after the object" {
	not_for crun "does not look"
	not_for runc "does not look"
	echo '{}' >>"$B/config.json"
	bad config.json
}

@test "bad input: 100 MB of JSON" {
	requires_rundlet "peers read it"
	# never a file of 100 MB on a small tmpfs: a sparse one is enough
	truncate -s 100M "$B/config.json"
	bad config.json
	{
		printf '{"ociVersion":"1.0.0","x":"'
		head -c 20000000 /dev/zero | tr '\0' a
		printf '"}'
	} >"$B/config.json"
	bad config.json
}

@test "bad input: a hundred thousand brackets" {
	head -c 100000 /dev/zero | tr '\0' '[' >"$B/config.json"
	bad config.json
}

@test "bad input: broken UTF-8, NUL, a lone surrogate, control characters" {
	requires_rundlet "peers let some pass"
	config '.hostname = "HERE"'
	cp "$B/config.json" "$T/saved"
	for junk in '\xff\xfe' '\\u0000' '\\ud800' '\x01' '\\u12'; do
		sed "s/HERE/$junk/" "$T/saved" >"$B/config.json"
		bad config.json
	done
}

@test "bad input: a duplicate key" {
	requires_rundlet "peers take the last one"
	sed -i '0,/"ociVersion"/s//"ociVersion": "1.0.0", "ociVersion"/' "$B/config.json"
	bad ociVersion
}

@test "bad input: wrong types, each with its place" {
	not_for crun "lets some pass"
	while read -r pointer edit; do
		cp "$B/config.json" "$T/saved"
		config "$edit"
		fails run --bundle "$B" "$C"
		says_rundlet "$pointer"
		[ "$KIND" != rundlet ] || matches "$err" 'config\.json:[0-9]+:[0-9]+: '
		cp "$T/saved" "$B/config.json"
	done <<-'END'
		/process/args .process.args = "sh"
		/process/args/0 .process.args = [1]
		/process/env .process.env = {}
		/process/terminal .process.terminal = "no"
		/process/user/uid .process.user.uid = "0"
		/root .root = []
		/root/path .root.path = 1
		/mounts .mounts = {}
		/mounts/0 .mounts[0] = "proc"
		/mounts/0/options .mounts[0].options = "ro"
		/mounts/0/options/1 .mounts[0].options = ["ro", 3]
		/linux/namespaces .linux.namespaces = {}
		/linux/namespaces/0/type .linux.namespaces[0].type = 1
		/linux/maskedPaths/0 .linux.maskedPaths = [false]
		/hostname .hostname = 12
		/annotations .annotations = []
	END
	nothing_left
}

@test "bad input: what is found and what was expected is said" {
	requires_rundlet
	config '.mounts[2].options = ["a", "b", "c", 7]'
	fails run --bundle "$B" "$C"
	matches "$err" 'config\.json:[0-9]+:[0-9]+: /mounts/2/options/3: expected string, found number'
}

@test "bad input: numbers that do not fit" {
	for pair in '.process.user.uid=-1' '.process.user.uid=4294967296' '.process.user.uid=1.5' '.process.user.gid=1e30'; do
		not_for crun "cuts some of them off"
		cp "$B/config.json" "$T/saved"
		config "$pair"
		fails run --bundle "$B" "$C"
		says_rundlet "/process/user/"
		cp "$T/saved" "$B/config.json"
	done
	nothing_left
}

@test "bad input: wrong enums" {
	config '.linux.namespaces[0].type = "pidd"'
	bad pidd
}

@test "bad input: missing required properties" {
	requires_rundlet "peers have defaults"
	while read -r name edit; do
		cp "$B/config.json" "$T/saved"
		config "$edit"
		fails run --bundle "$B" "$C"
		says "$name"
		cp "$T/saved" "$B/config.json"
	done <<-'END'
		ociVersion del(.ociVersion)
		path del(.root.path)
		cwd del(.process.cwd)
		destination del(.mounts[0].destination)
		type del(.linux.namespaces[0].type)
		args del(.process.args)
		args .process.args = []
	END
	nothing_left
}

@test "bad input: no root, no process" {
	cp "$B/config.json" "$T/saved"
	config 'del(.root)'
	fails run --bundle "$B" "$C"
	cp "$T/saved" "$B/config.json"
	config 'del(.process)'
	fails run --bundle "$B" "$C"
	nothing_left
}

@test "bad input: ociVersion of another major, or none at all" {
	requires_rundlet "peers do not look"
	for v in 2.0.0 0.9.0 x "" 1 1.x.0 v1.0.0; do
		config --arg v "$v" '.ociVersion = $v'
		bad ociVersion
	done
}

@test "bad input: ociVersion 1.x is good in every form" {
	not_for crun "1.8 knows fewer forms"
	for v in 1.0.0 1.0.2-dev 1.1.0 1.2.1 1.3.0 1.3.0-rc.1 1.3.0+build.5 1.9.9-dev+x; do
		config --arg v "$v" '.ociVersion = $v'
		inside
	done
}

@test "bad input: ids that are none" {
	not_for crun "1.8 takes them"
	for id in . .. ../x a/b /abs "a b" "" $'a\nb' "é" "x;y" '*' '.hidden'; do
		case "$KIND" in
		rundlet) ;;
		runc) [ "$id" != .hidden ] || continue ;;
		esac
		fails run --bundle "$B" "$id"
		[ "$KIND" != rundlet ] || fails create --bundle "$B" "$id"
		[ "$KIND" != rundlet ] || fails state "$id"
		[ "$KIND" != rundlet ] || fails delete --force "$id"
	done
	nothing_left
}

@test "bad input: an id that is too long" {
	id=$(head -c 1025 /dev/zero | tr '\0' a)
	fails run --bundle "$B" "$id"
	nothing_left
}

@test "bad input: a used id" {
	config '.process.args = ["/bin/sleep", "60"]'
	ok create --bundle "$B" "$C"
	fails create --bundle "$B" "$C"
	status_is created
	ok delete "$C"
	nothing_left
}

@test "bad input: a rootfs that is missing" {
	config '.root.path = "nowhere"'
	bad nowhere
}

@test "bad input: a rootfs that is a file" {
	touch "$B/afile"
	config '.root.path = "afile"'
	bad afile
}

@test "bad input: an unmapped uid" {
	requires_user
	map_ids 0 "$(id -u)" 1
	config '.process.user.uid = 31337'
	bad 31337
}

@test "bad input: a missing program" {
	config '.process.args = ["nope"]'
	bad nope
}

@test "bad input: a mount source that is missing" {
	add_mount /mnt bind "$T/missing-source" bind
	bad missing-source
}

@test "bad input: an unknown mount option on a bind" {
	requires_rundlet "peers pass it on"
	mkdir "$T/dir"
	add_mount /mnt bind "$T/dir" bind,bogus=/etc
	bad bogus
}

@test "bad input: a namespace path of another type" {
	requires_rundlet "peers fail later, or not at all"
	config '.linux.namespaces |= (map(select(.type != "network")) + [{type: "network", path: "/proc/self/ns/uts"}])'
	bad /linux/namespaces/
}

@test "bad input: a relative cwd, a relative mount source of a file system" {
	requires_rundlet "absolute, says the specification"
	config '.process.cwd = "etc"'
	bad /process/cwd
}

@test "bad input: a control character in a message stays one line" {
	requires_rundlet
	config '.process.args = ["no\nsuch\u001b[31m"]'
	fails run --bundle "$B" "$C"
	hasnt "$err" $'\e'
	nothing_left
}

@test "bad input: the pid file cannot be written" {
	not_for crun "1.8 leaves its process behind"
	config '.process.args = ["/bin/sleep", "60"]'
	fails create --bundle "$B" --pid-file /no/such/dir/pid "$C"
	nothing_left
}

@test "bad input: the state root cannot be made" {
	touch "$T/file"
	snapshot
	other "$E2E_RUNTIME" --root "$T/file/root" run --bundle "$B" "$C"
	ne "$status" 0
	[ "$KIND" != rundlet ] || eq "$(wc -l <"$T/err")" 1
	nothing_left
}

@test "bad input: unknown properties are ignored" {
	config '.nonsense = {a: 1} | .process.nonsense = [1] | .linux.nonsense = "x" | .mounts[0].nonsense = 1'
	inside 'echo fine'
	eq "$out" fine
}

@test "bad input: null is as good as absent" {
	not_for crun "1.8 refuses some"
	config '.process.env = null | .hooks = null | .annotations = null | .linux.maskedPaths = null'
	inside
}
