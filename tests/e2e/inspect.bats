#!/usr/bin/env bats
# Proves: inspect says of a container what the kernel says of it (namespaces, id maps, processes with
# their capabilities and filters, mounts, descriptors), finds what differs from config.json, in every
# status, for root, for an ordinary user and inside somebody else's user namespace.

load helpers

setup()
{
	requires_rundlet "its own command"
	e2e_setup
}

# Starts the container with this script, waits until it has made the file /ready, and inspects it.
inspected()
{
	mkdir -p "$T/share"
	add_mount /mnt bind "$T/share" bind,rw
	script "$1; touch /mnt/ready; exec sleep 300"
	ok run --detach --bundle "$B" "$C"
	eventually test -e "$T/share/ready"
	eventually running_as sleep
	ok inspect --json "$C"
	pid=$(jq .pid <<<"$out")
}

running_as()
{
	[ "$(cat "/proc/$(init_pid)/comm")" = "$1" ]
}

# A jq program over what inspect said, as raw text.
said()
{
	jq -r "$@" "$T/out"
}

# TARGET TYPE ROOT of each line of a mountinfo
mountinfo()
{
	awk '{ for (i = 7; $i != "-"; i++); print $5, $(i + 1), $4 }' "/proc/$1/mountinfo"
}

ns_inode()
{
	readlink "/proc/$1/ns/$2" | tr -cd 0-9
}

@test "inspect: namespaces by inode, whose they are, and what lies above" {
	map_ids 0 "$(id -u)" 1
	with_ns network pid
	without_ns uts
	config 'del(.hostname)'
	inspected :
	for pair in user:user mount:mnt pid:pid network:net ipc:ipc uts:uts cgroup:cgroup time:time; do
		eq "$(said --arg t "${pair%:*}" '.namespaces[] | select(.type == $t).inode')" \
			"$(ns_inode "$pid" "${pair#*:}")" "inode of ${pair%:*}"
	done
	eq "$(said '.namespaces[] | select(.shared).type' | grep -c -x -e uts -e time)" 2
	eq "$(said '.namespaces[] | select(.type == "user" or .type == "pid" or .type == "mount").shared' | sort -u)" false
	eq "$(said '.namespaces[] | select(.type == "network").owner')" "$(ns_inode "$pid" user)" "owner of the network"
	eq "$(said '.namespaces[] | select(.type == "user").ownerUid')" "$(id -u)" "uid that made the user namespace"
	eq "$(said '.namespaces[] | select(.type == "user").parent')" "$(ns_inode self user)"
	eq "$(said '.namespaces[] | select(.type == "pid").parent')" "$(ns_inode self pid)"
	ok inspect "$C"
	matches "$out" $'\n'"user +$(ns_inode "$pid" user) +no +$(ns_inode self user) +$(id -u) +$(ns_inode self user)"$'\n'
}

# Lines of three numbers of a map, without blanks at their beginning.
map_lines()
{
	tr -s ' ' <"$1" | sed 's/^ //'
}

as_lines='.[] | "\(.containerID) \(.hostID) \(.size)"'

@test "inspect: id maps as seen from here and from inside" {
	requires_subids
	map_subids
	inspected 'cat /proc/self/uid_map >/mnt/uid; cat /proc/self/gid_map >/mnt/gid'
	for kind in uid gid; do
		eq "$(said ".idMappings.$kind.here | $as_lines")" "$(map_lines "/proc/$pid/${kind}_map")" "$kind from here"
		eq "$(said ".idMappings.$kind.inside | $as_lines")" "$(map_lines "$T/share/$kind")" "$kind from inside"
	done
	eq "$(said .idMappings.setgroups)" allow
}

@test "inspect: a map differs by where it is read, and setgroups is told" {
	requires_userns
	requires_user
	map_ids 0 "$(id -u)" 1
	inspected :
	eq "$(said .idMappings.setgroups)" deny
	eq "$(said ".idMappings.uid.here | $as_lines")" "0 $(id -u) 1"
	# from a sibling namespace the same host id has no name; there we may not enter to look from inside
	snapshot
	cp -r "$ROOT" "$T/copy"
	other unshare -Ur "$E2E_RUNTIME" --root "$T/copy" inspect --json "$C"
	eq "$status$err" 0
	eq "$(said ".idMappings.uid.here | $as_lines")" "0 0 1"
	eq "$(said -c '[.status, .idMappings.uid.inside, .namespaces, .mountsBy, (.processes | map(.command)), .processes[0].descriptors]')" \
		'["running",null,[],"mountinfo",["sleep"],[]]'
	eq "$(said '.mounts[] | "\(.target) \(.type) \(.root)"')" "$(mountinfo "$pid")" "mounts"
	rm -rf "$T/copy"
}

caps_of='.processes[] | select(.command == $n).capabilities'

@test "inspect: capability sets, no_new_privs, ids and seccomp of every process" {
	config '.process.capabilities = {
			bounding: ["CAP_KILL", "CAP_CHOWN", "CAP_SETUID"], permitted: ["CAP_KILL", "CAP_CHOWN"],
			effective: ["CAP_KILL"], inheritable: ["CAP_KILL"], ambient: ["CAP_KILL"]} |
		.process.noNewPrivileges = true |
		.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["reboot"], action: "SCMP_ACT_ERRNO"}]}'
	cp "$B/rootfs/bin/busybox" "$B/rootfs/bin/second"
	may_create rootfs/bin/second
	inspected 'busybox tail -f /dev/null & while ! grep -q tail /proc/$!/comm /proc/$!/cmdline; do :; done'
	eq "$(said '.processes | length')" 2
	eq "$(said '.processes[0] | [.pid, .containerPid, .command, .uid, .noNewPrivileges, .seccomp.mode, .seccomp.filters] | @csv')" \
		"$pid,1,\"sleep\",$(id -u),true,\"filter\",1"
	# uid 0 executed a program since, which gives it what the bounding set allows
	for set in Bnd:bounding Eff:effective Inh:inheritable Prm:permitted Amb:ambient; do
		eq "$(said --arg n sleep "$caps_of.${set#*:}[]" | sort)" \
			"$(capsh --decode="$(awk -v n="Cap${set%:*}:" '$1 == n { print $2 }' "/proc/$pid/status")" |
				sed 's/.*=//' | tr ',' '\n' | tr a-z A-Z | sort)" "${set#*:} set"
	done
	eq "$(said '.processes[1].capabilities.bounding | sort | join(",")')" CAP_CHOWN,CAP_KILL,CAP_SETUID
	[ "$(said '.processes[1].containerPid')" -gt 1 ] || fail "no pid of its own"
	ok inspect "$C"
	has "$out" 'CAP_CHOWN,CAP_KILL,CAP_SETUID'
	matches "$out" "$pid +1 +$(id -u) +$(id -g) +yes +filter, 1 +sleep"
}

@test "inspect: nothing is confined that was not to be" {
	config '.process.noNewPrivileges = false | del(.linux.seccomp) |
		.process.capabilities = {bounding: [], permitted: [], effective: [], inheritable: [], ambient: []}'
	inspected :
	eq "$(said -c '.processes[0] | [.noNewPrivileges, .seccomp.mode, .seccomp.filters]')" '[false,"disabled",0]'
	eq "$(said -c '.processes[0].capabilities | [.[]] | add')" '[]'
	ok inspect "$C"
	matches "$out" "bounding +none"
}

@test "inspect: mounts are those of the container, and where they come from" {
	add_mount /tmp tmpfs tmpfs nosuid,nodev,size=1m
	inspected :
	eq "$(said '.mounts[] | "\(.target) \(.type) \(.root)"')" "$(mountinfo "$pid")" "mounts"
	eq "$(said '.differences | length')" 0 "differences"
	eq "$(said -c '.mounts[] | select(.target == "/tmp") | [.type, .attributes, .propagation]')" '["tmpfs",["nosuid","nodev"],["private"]]'
	eq "$(said '.mounts[] | select(.target == "/tmp").from')" "/mounts/$(jq '[.mounts[].destination] | index("/tmp")' "$B/config.json")"
	eq "$(said '.mounts[] | select(.target == "/").from')" /root/path
	eq "$(said '.mounts[] | select(.target == "/proc/keys").from' | tr -d 0-9)" /linux/maskedPaths/
	eq "$(said '.mounts[] | select(.target == "/proc/sys").from' | tr -d 0-9)" /linux/readonlyPaths/
	said .mountsBy | grep -q -x -e statmount -e mountinfo || fail "not said how the mounts were read"
}

@test "inspect: what differs from config.json is told with its place" {
	add_mount /tmp tmpfs tmpfs nosuid,ro
	add_mount /home tmpfs tmpfs nosuid
	config '.process.capabilities[] += ["CAP_SYS_ADMIN"] | .process.capabilities.ambient = []'
	n=$(jq '.mounts | length' "$B/config.json")
	inspected 'mount -t tmpfs none /root && mount -o remount,bind,rw,nosuid,noexec /tmp && umount /home'
	eq "$(said '.differences[] | "\(.target) \(.pointer) \(.text)"' | sort)" "/home /mounts/$((n - 1)) was asked for and is not mounted
/root null is mounted and not in config.json
/tmp /mounts/$((n - 2)) ro was asked for and is not set"
	ok inspect "$C"
	matches "$out" "/root +- +is mounted and not in config.json"
}

@test "inspect: a mount below a link of the image, one over another, and a bound tree are no differences" {
	ln -s ../mnt/real "$B/rootfs/home/link"
	mkdir -p "$T/share/real" "$T/tree"
	add_mount /root tmpfs tmpfs nosuid
	add_mount /root tmpfs tmpfs nodev
	mkdir -p "$T/share"
	add_mount /mnt bind "$T/share" bind,rw
	add_mount /home/link tmpfs tmpfs noexec
	add_mount /tmp bind "$B" rbind,ro
	script 'touch /mnt/ready; exec sleep 300'
	ok run --detach --bundle "$B" "$C"
	eventually test -e "$T/share/ready"
	ok inspect --json "$C"
	eq "$(said '.differences[] | "\(.target) \(.text)"')" ""
	eq "$(said '.mounts[] | select(.target == "/mnt/real").from')" "/mounts/$(jq '[.mounts[].destination] | index("/home/link")' "$B/config.json")"
	eq "$(said '[.mounts[] | select(.target == "/root").attributes[]] | join(",")')" nosuid,nodev
}

@test "inspect: with --no-pivot, too, mounts are what the container sees" {
	requires_root
	config '.process.args = ["/bin/sleep", "300"]'
	ok run --detach --no-pivot --bundle "$B" "$C"
	ok inspect --json "$C"
	eq "$(said '.mounts[] | "\(.target) \(.type) \(.root)"')" "$(mountinfo "$(init_pid)")" "mounts"
	eq "$(said '.differences[] | "\(.target) \(.text)"')" ""
}

@test "inspect: a mount namespace that was joined is not compared" {
	requires_root
	config '.process.args = ["/bin/sleep", "300"]'
	ok run --detach --bundle "$B" "$C"
	pid=$(init_pid)
	config --arg p "/proc/$pid/ns/mnt" '(.linux.namespaces[] | select(.type == "mount")).path = $p | .mounts = [] | .root = {path: "/"} | .linux.maskedPaths = [] | .linux.readonlyPaths = []'
	ok run --detach --bundle "$B" "$C-joined"
	ok inspect --json "$C-joined"
	eq "$(said -c '[.differences, (.mounts | length > 0)]')" '[[],true]'
}

@test "inspect: descriptors, those that were passed on, too" {
	config '.process.args = ["/bin/sleep", "300"]'
	snapshot
	TMPDIR=$T/tmp XDG_RUNTIME_DIR=$T/xdg "$E2E_RUNTIME" --root "$ROOT" run --detach --preserve-fds 1 --bundle "$B" "$C" \
		</dev/null >"$T/out" 2>"$T/err" 3<"$B/config.json" || fail "run failed"
	eventually running_as sleep
	ok inspect --json "$C"
	eq "$(said '.processes[0].descriptors | map(.fd) | join(",")')" 0,1,2,3
	eq "$(said -c '.processes[0].descriptors[0] | [.target, .access, .closeOnExec]')" '["/dev/null","r",false]'
	eq "$(said '.processes[0].descriptors[1].access')" w
	has "$(said '.processes[0].descriptors[3].target')" config.json
}

@test "inspect: names that the container chose are text, and as it chose them" {
	requires_program python3
	# of a process, a mount, its source and a descriptor; ESC [ 2 J clears a terminal
	mkdir -p "$T/share"
	add_mount /mnt bind "$T/share" bind,rw
	cat >"$T/share/hostile" <<-'END'
		a=$(printf 'a\033[2Jb\\c\nd\233\302\233e')
		mkdir -p "/mnt/$a"
		mount -t tmpfs "$a" "/mnt/$a"
		printf '%s' "$a" >/proc/self/comm 2>/dev/null || exit 1
		exec 5>"/mnt/$a/$a"
		: >/mnt/ready
		while :; do sleep 1; done
	END
	config '.process.capabilities |= (with_entries(.value += ["CAP_SYS_ADMIN"]) | .ambient = [])
		| .process.args = ["/bin/sh", "/mnt/hostile"]'
	ok run --detach --bundle "$B" "$C"
	eventually test -e "$T/share/ready"
	ok inspect "$C"
	python3 - "$T/out" <<-'END' || fail "the table has control characters"
		import sys
		text = open(sys.argv[1], "rb").read()
		assert not [c for c in text if c < 32 and c != 10 or c == 127] and b"\xc2\x9b" not in text, text
		assert text.count(b"a\\x1b[2Jb\\c\\x0ad\x9b\\xc2\\x9be") >= 6, text
		# a line of a mount is one line
		assert [l for l in text.split(b"\n") if l.startswith(b"/mnt/a")][0].endswith(b"-")
	END
	ok inspect --json "$C"
	python3 - "$T/out" <<-'END' || fail "the JSON has other names"
		import json, sys
		found = json.loads(open(sys.argv[1], "rb").read().decode())
		name = "a\x1b[2Jb\\c\nd\ufffd\u009be"
		names = {p["command"] for p in found["processes"]}
		names |= {m["source"] for m in found["mounts"] if m["target"] == "/mnt/" + name}
		names |= {f["target"].replace("/mnt/" + name + "/", "") for f in found["processes"][0]["descriptors"] if f["fd"] == 5}
		assert name in names and names <= {name, "sleep"}, names
	END
	rm -rf "$T/share"
}

@test "inspect: two hundred processes, each with its sets; paused, too" {
	inspected 'i=0; while [ $i -lt 200 ]; do sleep 300 & i=$((i + 1)); done'
	eq "$(said '[.processes[] | select(.capabilities.bounding | length > 0) | select(.containerPid > 0).pid] | unique | length')" 201
	rt pause "$C" >"$T/paused" 2>&1 || skip "nothing pauses here: $(cat "$T/paused")"
	ok inspect --json "$C"
	eq "$(said -c '[.status, (.processes | length), (.differences | length), .processes[0].command]')" '["paused",201,0,"sleep"]'
	ok resume "$C"
}

@test "inspect: a container that ends meanwhile is stopped, and never half of one" {
	config '.process.args = ["/bin/true"]'
	for _ in {1..20}; do
		ok run --detach --bundle "$B" "$C"
		go inspect --json "$C"
		eq "$status$err" 0
		eq "$(said '[.status == "running", (.mounts | length > 0), (.namespaces | length > 6)] | unique | length')" 1 "running, mounts, namespaces"
		ok delete --force "$C"
	done
}

@test "inspect: created: init is there with the identity of the container; stopped: nothing is" {
	config '.process.noNewPrivileges = true'
	ok create --bundle "$B" "$C"
	ok inspect --json "$C"
	eq "$(said -c '[.status, (.pid > 0), (.processes | length), .processes[0].noNewPrivileges, (.mounts | length > 5)]')" \
		'["created",true,1,true,true]'
	eq "$(said '.differences | length')" 0
	ok start "$C"
	eventually status_is stopped
	ok inspect --json "$C"
	eq "$(said -c '[.status, .pid, .namespaces, .processes, .mounts, .differences]')" '["stopped",0,[],[],[],[]]'
	ok inspect "$C"
	eq "$out" "$C is stopped, bundle $B"
}

@test "inspect: no such container, no id, an option that is not known" {
	fails inspect "$C"
	says "container does not exist"
	fails inspect
	fails inspect --yaml "$C"
	says yaml
}

@test "inspect: inside somebody else's user namespace" {
	requires_userns
	without_ns user
	config 'del(.linux.uidMappings, .linux.gidMappings) | .process.args = ["/bin/sleep", "300"]'
	with_ns network
	cat >"$T/steps" <<-END
		set -e
		rt() { TMPDIR="$T/tmp" "$E2E_RUNTIME" --root "$ROOT" "\$@"; }
		rt run --detach --bundle "$B" "$C"
		rt inspect "$C" >"$T/table"
		rt inspect --json "$C"
		rt delete --force "$C"
	END
	snapshot
	other unshare -Urm bash "$T/steps"
	eq "$status$err" 0
	eq "$(said -c '.namespaces | map(select(.type == "user" or .type == "mount") | .shared)')" '[true,false]'
	eq "$(said -c '.idMappings.uid.inside')" "$(said -c '.idMappings.uid.here')"
	eq "$(said '.differences[] | "\(.target) \(.text)"')" ""
	has "$(cat "$T/table")" "0             $(id -u)"
	rm -f "$T/table"
	nothing_left
}
