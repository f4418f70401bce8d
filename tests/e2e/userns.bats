#!/usr/bin/env bats
# Proves: the user namespace comes first and holds exactly the mappings that were asked for, whoever
# writes them; setgroups is denied exactly when it must be; a user namespace is made for an ordinary
# user who forgot to ask; and what cannot be mapped says what to do about it. Then the experiments by
# which people learn user namespaces, each inside a container: they come out as the manuals say.

load helpers

uid=$(id -u)
gid=$(id -g)

read_maps()
{
	inside 'cat /proc/self/uid_map; echo; cat /proc/self/gid_map; echo; cat /proc/self/setgroups'
	ids=$(tr -s ' ' <<<"$out" | sed 's/^ //')
}

@test "userns: one id, to 0" {
	map_ids 0 "$uid" 1
	read_maps
	[ "$uid" = 0 ] || eq "$ids" "0 $uid 1

0 $gid 1

deny"
	[ "$uid" != 0 ] || has "$ids" "0 0 1"
}

@test "userns: one id, to an id that is not 0" {
	requires_user
	not_for runc "1.1 wants root mapped"
	MAP_GIDS="[{\"containerID\": 77, \"hostID\": $gid, \"size\": 1}]" map_ids 1234 "$uid" 1
	config '.process.user = {uid: 1234, gid: 77}'
	inside 'id -u; id -g; cat /proc/self/uid_map /proc/self/gid_map; cat /proc/self/setgroups'
	eq "$(tr -s ' ' <<<"$out" | sed 's/^ //')" "1234
77
1234 $uid 1
77 $gid 1
deny"
}

@test "userns: one id that is not 0 still gets everything set up" {
	# without uid 0 in the map init loses its capabilities at execve unless they are kept
	requires_user
	not_for runc "1.1 wants root mapped"
	MAP_GIDS="[{\"containerID\": 1001, \"hostID\": $gid, \"size\": 1}]" map_ids 1001 "$uid" 1
	config '.process.user = {uid: 1001, gid: 1001} | .hostname = "named" | del(.process.capabilities)'
	with_ns network uts
	add_mount /mnt tmpfs tmpfs rw
	inside 'hostname; grep -c " /mnt " /proc/self/mountinfo; ip link show lo | grep -c UP; grep CapEff /proc/self/status'
	eq "$out" "named
1
1
CapEff:	0000000000000000"
}

@test "userns: the process really is that user outside" {
	requires_user
	map_ids 0 "$uid" 1
	config '.process.args = ["/bin/sleep", "60"]'
	ok create --bundle "$B" --pid-file "$T/pid" "$C"
	ok start "$C"
	eq "$(ps -o uid= -p "$(cat "$T/pid")" | tr -d ' ')" "$uid"
}

@test "userns: ranges, through newuidmap and newgidmap" {
	requires_subids
	map_subids
	inside 'cat /proc/self/uid_map; cat /proc/self/gid_map; cat /proc/self/setgroups; id -u'
	eq "$(tr -s ' ' <<<"$out" | sed 's/^ //')" "0 $uid 1
1 $(subid_start subuid) 1000
0 $gid 1
1 $(subid_start subgid) 1000
allow
0"
}

@test "userns: a user in the middle of a range, with groups" {
	not_for runc "1.1 sets no groups when rootless"
	requires_subids
	map_subids
	config '.process.user = {uid: 500, gid: 600, additionalGids: [7, 8]} | del(.process.capabilities)'
	inside 'id -u; id -g; id -G'
	eq "$out" $'500\n600\n600 7 8'
}

@test "userns: files of mapped ids belong to their subordinate ids outside" {
	requires_subids
	map_subids
	chmod 777 "$T/xdg"
	add_mount /mnt bind "$T/xdg" bind,rw
	config '.process.user = {uid: 500, gid: 500}'
	inside 'touch /mnt/file; stat -c %u /mnt/file'
	eq "$out" 500
	eq "$(stat -c %u "$T/xdg/file")" $(($(subid_start subuid) + 499))
	rm -f "$T/xdg/file"
}

@test "userns: additionalGids without a mapping that allows setgroups are refused" {
	requires_user
	not_for crun "lets them pass"
	map_ids 0 "$uid" 1
	config '.process.user.additionalGids = [5]'
	fails run --bundle "$B" "$C"
	nothing_left
}

@test "userns: an ordinary user who forgot the user namespace gets one" {
	requires_subids
	not_for runc "demands a user namespace in the config"
	without_ns user
	config 'del(.linux.uidMappings, .linux.gidMappings)'
	inside 'id -u; cat /proc/self/uid_map'
	idmap=$(tr -s ' ' <<<"$out" | sed 's/^ //')
	eq "$(head -n 1 <<<"$idmap")" 0
	has "$idmap" "0 $uid 1"
	has "$idmap" "1 $(subid_start subuid) "
}

@test "userns: a user namespace without mappings gets the same" {
	requires_subids
	not_for runc "demands mappings"
	config 'del(.linux.uidMappings, .linux.gidMappings)'
	inside 'cat /proc/self/uid_map'
	has "$(tr -s ' ' <<<"$out" | sed 's/^ //')" "0 $uid 1"
}

@test "userns: root makes a user namespace with a range of its choice" {
	requires_root
	map_ids 0 100000 65536
	chmod 755 "$T"
	chown -R 100000:100000 "$B/rootfs"
	inside 'cat /proc/self/uid_map; cat /proc/self/setgroups; id -u'
	eq "$(tr -s ' ' <<<"$out" | sed 's/^ //')" "0 100000 65536
allow
0"
}

@test "userns: a container of root without a user namespace is not mapped" {
	requires_root
	without_ns user
	config 'del(.linux.uidMappings, .linux.gidMappings)'
	inside 'cat /proc/self/uid_map'
	eq "$(tr -s ' ' <<<"$out" | sed 's/^ //')" "0 0 4294967295"
}

@test "userns: mappings without a user namespace are refused" {
	requires_root
	not_for runc "lets them pass"
	not_for crun "lets them pass"
	without_ns user
	config '.linux.uidMappings = [{containerID: 0, hostID: 0, size: 1}] | .linux.gidMappings = .linux.uidMappings'
	fails run --bundle "$B" "$C"
	nothing_left
}

@test "userns: an unmapped uid is an error that names it" {
	requires_user
	map_ids 0 "$uid" 1
	config '.process.user.uid = 4711'
	fails run --bundle "$B" "$C"
	says_rundlet 4711
	nothing_left
}

@test "userns: an unmapped gid is an error that names it" {
	requires_user
	map_ids 0 "$uid" 1
	config '.process.user.gid = 4712'
	fails run --bundle "$B" "$C"
	says_rundlet 4712
	nothing_left
}

@test "userns: an id of somebody else is refused, with the line to add" {
	requires_user
	requires_program newuidmap newgidmap
	map_ids 0 "$uid" 1 1 3000000 10
	fails run --bundle "$B" "$C"
	says_rundlet /etc/subuid
	nothing_left
}

@test "userns: a range that is too small is refused, with the line to add" {
	requires_subids
	MAP_GIDS="" map_ids 0 "$uid" 1 1 "$(subid_start subuid)" 90000000
	fails run --bundle "$B" "$C"
	says_rundlet /etc/subuid
	nothing_left
}

@test "userns: overlapping mappings are refused" {
	requires_user
	map_ids 0 "$uid" 1 0 "$uid" 1
	fails run --bundle "$B" "$C"
	nothing_left
}

@test "userns: maps are written to the kernel or not at all" {
	# a /proc that only looks like one, with every pid that init may get; the container would come
	# to life without its maps. Seen to fail while the maps were written by path: they were in the
	# files below.
	requires_rundlet "peers do not look what /proc is"
	requires_userns
	map_ids 0 0 1
	snapshot
	for n in self {1..40}; do
		mkdir -p "$T/proc/$n"
		touch "$T/proc/$n"/{uid_map,gid_map,setgroups}
	done
	mkdir "$T/proc/self/fd"
	for n in {3..40}; do
		ln -s "$B" "$T/proc/self/fd/$n"
	done
	other unshare -Urmpf sh -c 'cat /proc/self/status >"$0/self/status"
		for f in uid_map gid_map setgroups; do cat /proc/self/$f >"$0/self/$f"; done
		mount --bind "$0" /proc && exec "$@"' "$T/proc" \
		"$E2E_RUNTIME" --root "$ROOT" run --bundle "$B" "$C"
	ne "$status" 0
	says ": No such device"
	none_of "maps that went astray" "$(find "$T/proc/"[0-9]* -type f -size +0)"
	nothing_left
}

@test "userns: without newuidmap the error names its package" {
	# only root can hide the helpers from a user, in a mount namespace of its own
	requires_root
	requires_rundlet
	user=$(awk -F: '$3 >= 65536 { print $1; exit }' /etc/subuid)
	[ -n "$user" ] && id -u "$user" >/dev/null 2>&1 || skip "no user with a range in /etc/subuid"
	uid=$(id -u "$user") gid=$(id -g "$user")
	MAP_GIDS="[{\"containerID\": 0, \"hostID\": $gid, \"size\": 1}, {\"containerID\": 1, \"hostID\": 100000, \"size\": 10}]" \
		map_ids 0 "$uid" 1 1 "$(awk -F: -v u="$user" '$1 == u { print $2; exit }' /etc/subuid)" 10
	chown -R "$uid:$gid" "$T"
	snapshot
	cat >"$T/hide" <<-END
		for p in newuidmap newgidmap; do
			f=\$(command -v \$p) && mount --bind /etc/passwd "\$f"
		done
		exec setpriv --reuid $uid --regid $gid --clear-groups env TMPDIR="$T/tmp" XDG_RUNTIME_DIR="$T/xdg" \
			"$E2E_RUNTIME" --root "$ROOT" run --bundle "$B" "$C"
	END
	other unshare -m --propagation private sh "$T/hide"
	ne "$status" 0
	says uidmap
	eq "$(wc -l <"$T/err")" 1 "lines of the error"
	nothing_left
}

# --- inside somebody else's user namespace, as under podman ------------------------------------------

# Runs the runtime with euid 0 inside a new user and mount namespace, made with these options.
nested()
{
	local opt=()
	while [ "$1" != -- ]; do
		opt+=("$1")
		shift
	done
	shift
	snapshot
	other unshare "${opt[@]}" -m env TMPDIR="$T/tmp" XDG_RUNTIME_DIR="$T/xdg" "$E2E_RUNTIME" --root "$ROOT" "$@"
}

@test "userns: nested: without a user namespace of its own" {
	requires_userns
	without_ns user
	config 'del(.linux.uidMappings, .linux.gidMappings)'
	with_ns network
	script 'readlink /proc/self/ns/user; id -u; echo > /dev/null; cat /proc/self/uid_map'
	nested -Ur -- run --bundle "$B" "$C"
	eq "$status" 0
	eq "$err" ""
	ne "$(sed -n 1p <<<"$out")" "$(readlink /proc/self/ns/user)"
	eq "$(sed -n 2p <<<"$out")" 0
	eq "$(sed -n 3p <<<"$out" | tr -s ' ' | sed 's/^ //')" "0 $uid 1"
	nothing_left
}

@test "userns: nested: with a user namespace of its own, map written straight" {
	requires_userns
	with_ns user network
	config '.linux.uidMappings = [{containerID: 0, hostID: 0, size: 1}] | .linux.gidMappings = .linux.uidMappings'
	script 'id -u; cat /proc/self/uid_map'
	nested -Ur -- run --bundle "$B" "$C"
	eq "$status" 0
	eq "$(tr -s ' ' <<<"$out" | sed 's/^ //')" $'0\n0 0 1'
	nothing_left
}

@test "userns: nested: keep-id like mappings, without the helpers" {
	requires_subids
	requires_rundlet "peers call newuidmap in vain or want groups"
	with_ns user network
	config '.linux.uidMappings = [{containerID: 1000, hostID: 0, size: 1}, {containerID: 0, hostID: 1, size: 1000}] |
		.linux.gidMappings = .linux.uidMappings | .process.user = {uid: 1000, gid: 1000, additionalGids: [3]}'
	script 'id -u; id -g; id -G; cat /proc/self/uid_map'
	unshare -U --map-auto --map-root-user true 2>/dev/null || skip "this unshare cannot map ranges"
	nested -U --map-auto --map-root-user -- run --bundle "$B" "$C"
	eq "$status" 0
	eq "$(tr -s ' ' <<<"$out" | sed 's/^ //' | sort)" "$(printf '%s\n' 1000 1000 '1000 3' '0 1 1000' '1000 0 1' | sort)"
}

@test "userns: nested: a volume below a directory that only the caller may search" {
	requires_subids
	requires_rundlet "runc writes no maps there"
	with_ns user network
	mkdir -m 0700 "$T/private"
	mkdir "$T/private/volume"
	echo found >"$T/private/volume/file"
	# the group of the directory is nobody's in the container, so that no capability helps
	config '.linux.uidMappings = [{containerID: 1000, hostID: 0, size: 1}, {containerID: 0, hostID: 1, size: 1000}] |
		.linux.gidMappings = [{containerID: 0, hostID: 1, size: 1000}] |
		.mounts += [{destination: "/mnt", type: "bind", source: "'"$T/private/volume"'", options: ["rbind"]}]'
	script 'cat /mnt/file'
	unshare -U --map-auto --map-root-user true 2>/dev/null || skip "this unshare cannot map ranges"
	nested -U --map-auto --map-root-user -- run --bundle "$B" "$C"
	eq "$status" 0
	eq "$out" found
}

@test "userns: nested: an unmapped id is refused" {
	requires_userns
	without_ns user
	config 'del(.linux.uidMappings, .linux.gidMappings) | .process.user.uid = 5'
	with_ns network
	nested -Ur -- run --bundle "$B" "$C"
	ne "$status" 0
	[ "$KIND" != rundlet ] || eq "$(wc -l <"$T/err")" 1
	nothing_left
}

@test "userns: nested: create, start, state, kill, delete" {
	requires_userns
	requires_rundlet
	without_ns user
	config 'del(.linux.uidMappings, .linux.gidMappings) | .process.args = ["/bin/sleep", "60"]'
	with_ns network
	cat >"$T/steps" <<-END
		set -e
		rt() { TMPDIR="$T/tmp" "$E2E_RUNTIME" --root "$ROOT" "\$@"; }
		rt create --bundle "$B" "$C"
		rt start "$C"
		rt state "$C"
		rt kill "$C" 9
		while [ "\$(rt state "$C" | jq -r .status)" != stopped ]; do sleep 0.05; done
		rt delete "$C"
	END
	snapshot
	other unshare -Urm bash "$T/steps"
	eq "$status" 0
	eq "$err" ""
	eq "$(jq -r .status <<<"$out")" running
	nothing_left
}

# --- experiments: user_namespaces(7), capabilities(7), pid_namespaces(7), mount_namespaces(7) ----------

# The container runs this Python, with lib/experiment.py, which comes from the host with its libraries.
# Its maps and ids are the test's.
with_python()
{
	local dir
	requires_userns
	requires_program python3
	for dir in lib lib64; do
		[ ! -d /$dir ] || [ -L /$dir ] || skip "python3 needs more than /usr on this host"
		[ ! -L /$dir ] || ln -s usr/$dir "$B/rootfs/$dir"
	done
	mkdir -p "$B/rootfs/usr" "$B/rootfs/lab"
	cp "$E2E_WORK/e2e/lib/experiment.py" "$B/rootfs/lab/"
	chmod 755 "$B/rootfs/lab"
	chmod 644 "$B/rootfs/lab/experiment.py"
	add_mount /usr bind /usr rbind,ro
	config --arg p "import sys; sys.path.insert(0, '/lab'); from experiment import *
$1" '.process.args = ["/usr/bin/python3", "-I", "-S", "-B", "-c", $p] | .process.noNewPrivileges = false'
}

# An ordinary user of the container, 1000 of group 1000, without any capability.
as_nobody_special()
{
	[ "$uid" = 0 ] || MAP_GIDS="[{\"containerID\": 1000, \"hostID\": $gid, \"size\": 1}]" map_ids 1000 "$uid" 1
	config '.process.user = {uid: 1000, gid: 1000} | .process.capabilities = {bounding: [], effective: [], permitted: []}'
}

# Root of a user namespace of its own, with every capability there.
as_root_inside()
{
	local runtime=$E2E_RUNTIME
	[ "$KIND" = rundlet ] || runtime=$E2E_TOP/rundlet
	map_ids 0 "$uid" 1
	config --argjson c "$("$runtime" features | jq .linux.capabilities)" '
		.process.capabilities = {bounding: $c, effective: $c, permitted: $c} | .linux.readonlyPaths = [] | .linux.maskedPaths = []'
}

# experiment WANTED PROGRAM: what the program prints, run in the container.
experiment()
{
	not_for runc "1.1 wants root mapped"
	with_python "$2"
	ok run --bundle "$B" "$C"
	eq "$out" "$1" "the experiment"
}

@test "userns: experiment: five capability sets before and after unshare" {
	as_nobody_special
	experiment "- - - - -
0
- all all all -" 'tell(caps()); tell(unshare(NEWUSER)); tell(caps())'
}

@test "userns: experiment: five capability sets of a child of clone, and of its parent" {
	as_nobody_special
	experiment "child - all all all -
parent - - - - -" 'clone(NEWUSER, lambda: tell("child", caps())); tell("parent", caps())'
}

@test "userns: experiment: five capability sets after setns into the namespace of a child" {
	as_nobody_special
	experiment "before - - - - -
0
after - all all all -" 'child = clone(NEWUSER, lambda: 0); tell("before", caps()); tell(setns(child)); tell("after", caps())'
}

@test "userns: experiment: the same in a container inside somebody else's user namespace" {
	requires_userns
	without_ns user
	config 'del(.linux.uidMappings, .linux.gidMappings) | .process.capabilities = {}'
	with_ns network
	with_python 'tell(caps()); child = clone(NEWUSER, lambda: tell(caps())); tell(setns(child)); tell(caps())'
	nested -Ur -- run --bundle "$B" "$C"
	eq "$status$err" 0
	eq "$out" "- - - - -
- all all all -
0
- all all all -"
}

@test "userns: experiment: who is not mapped is 65534, and loses capabilities at execve" {
	as_nobody_special
	experiment "0 65534 65534 - all all all -
- - - all -" 'tell(unshare(NEWUSER), os.getuid(), os.getgid(), caps())
os.execv(sys.executable, [sys.executable, "-ISBc", "import sys; sys.path.insert(0, \"/lab\"); from experiment import *; tell(caps())"])'
}

@test "userns: experiment: who is mapped to 0 keeps them at execve, to another id does not" {
	as_nobody_special
	for id in "0 all all" "7 - -"; do
		experiment "0 [0, 0, 0] ${id%% *} - all all all -
- ${id#* } all -" "tell(unshare(NEWUSER), map_self(${id%% *}), os.getuid(), caps())
os.execv(sys.executable, [sys.executable, '-ISBc', 'import sys; sys.path.insert(0, \"/lab\"); from experiment import *; tell(caps())'])"
		rm -rf "$B"
		make_bundle "$B"
		as_nobody_special
	done
}

@test "userns: experiment: a map is written once, with one line of the own id, and gids after setgroups is denied" {
	as_nobody_special
	# where the namespace above denies setgroups already, so does every one below from the beginning
	before=EPERM after=0
	[ "$uid" = 0 ] || before=0 after=EPERM
	experiment "0
somebody else's EPERM
two lines EPERM
gids before setgroups $before
own 0
again EPERM
setgroups $after
gids $after
allowed again EPERM
setgroups(2) EPERM" 'tell(unshare(NEWUSER))
tell("somebody else\x27s", write("/proc/self/uid_map", "0 1001 1"))
tell("two lines", write("/proc/self/uid_map", "0 1000 1\n1 1001 1"))
tell("gids before setgroups", write("/proc/self/gid_map", "0 1000 1"))
tell("own", write("/proc/self/uid_map", "0 1000 1"))
tell("again", write("/proc/self/uid_map", "0 1000 1"))
tell("setgroups", write("/proc/self/setgroups", "deny"))
tell("gids", write("/proc/self/gid_map", "0 1000 1"))
tell("allowed again", write("/proc/self/setgroups", "allow"))
tell("setgroups(2)", result(libc.setgroups(0, None)))'
}

@test "userns: experiment: the 0 of the namespace above is mapped only by who could give capabilities to files" {
	# the container is 0 but without CAP_SETFCAP (user_namespaces(7), since Linux 5.12)
	map_ids 0 "$uid" 1
	config '.process.capabilities = {}'
	experiment "0
EPERM" 'tell(unshare(NEWUSER)); tell(write("/proc/self/uid_map", "5 0 1"))'
}

@test "userns: experiment: a map read from inside, from the parent, from a sibling, from the host" {
	as_nobody_special
	mkdir -p "$T/share"
	chmod 777 "$T/share"
	add_mount /mnt bind "$T/share" bind,rw
	config '.linux.namespaces |= map(select(.type != "time"))'
	with_python 'one = clone(NEWUSER, lambda: (map_self(0), tell("inside", text("/proc/self/uid_map"))))
tell("parent", text("/proc/%d/uid_map" % one))
two = clone(NEWUSER, lambda: (map_self(5), tell("sibling", text("/proc/%d/uid_map" % one), setns(one))))
open("/mnt/ready", "w").close()
signal.pause()'
	not_for runc "1.1 wants root mapped"
	ok run --detach --bundle "$B" "$C"
	eventually test -e "$T/share/ready"
	eq "$(cat "$T/out")" "inside 0 1000 1
parent 0 1000 1
sibling 0 5 1 EACCES"
	outside=1000
	[ "$uid" = 0 ] || outside=$uid
	# the host names the same user by its own number
	for pid in $(pgrep -P "$(init_pid)"); do
		tr -s ' ' <"/proc/$pid/uid_map"
	done | sort >"$T/maps"
	eq "$(cat "$T/maps")" " 0 $outside 1
 5 $outside 1"
	rm "$T/share/ready"
}

@test "userns: experiment: nobody goes back to the namespace above; its owner comes in" {
	as_nobody_special
	experiment "child EPERM
owner 0
and back EPERM" 'above = os.open("/proc/self/ns/user", os.O_RDONLY)
child = clone(NEWUSER, lambda: tell("child", setns(above, None)))
tell("owner", setns(child))
tell("and back", setns(above, None))'
}

@test "userns: experiment: of two users the one that made it enters; the other does with CAP_SYS_ADMIN above" {
	[ "$uid" = 0 ] || requires_subids
	[ "$uid" = 0 ] || map_subids
	config '.process.user = {uid: 0, gid: 0} | .process.capabilities[] = ["CAP_SETUID", "CAP_SYS_ADMIN", "CAP_SYS_PTRACE"] |
		.process.capabilities.ambient = []'
	# a file of the namespace is held, so that it is setns alone that decides
	experiment "stranger EPERM
owner 0 - all all all -
stranger with CAP_SYS_ADMIN 0 - all all all -" 'def made_by_500():
    os.setresuid(500, 500, 500)
    unshare(NEWUSER)
theirs = os.open("/proc/%d/ns/user" % clone(0, made_by_500), os.O_RDONLY)
def enter(who, uid):
    if uid: os.setresuid(uid, uid, uid)
    r = setns(theirs, None)
    tell(who, r, *([] if r else [caps()]))
clone(0, lambda: enter("stranger", 501))
clone(0, lambda: enter("owner", 500))
clone(0, lambda: enter("stranger with CAP_SYS_ADMIN", 0))'
}

@test "userns: experiment: who owns a namespace enters those below it, too; a sibling of it none" {
	as_nobody_special
	experiment "child 0 0
sibling EPERM EPERM
grandchild 0 - all all all -
and up EPERM" 'def with_child():
    tell("child", unshare(NEWUSER), map_self(0)[0])
    os.write(told, b"%d" % clone(NEWUSER, lambda: 0))
tells, told = os.pipe()
child = clone(0, with_child)
two = [os.open("/proc/%s/ns/user" % p, os.O_RDONLY) for p in (child, os.read(tells, 9).decode())]
clone(NEWUSER, lambda: tell("sibling", *(setns(fd, None) for fd in two)))
tell("grandchild", setns(two[1], None), caps())
tell("and up", setns(two[0], None))'
}

@test "userns: experiment: nobody enters where it is already, nor with threads" {
	as_nobody_special
	experiment "own EINVAL
with a thread EINVAL
without 0" 'import threading
child = clone(NEWUSER, lambda: 0)
def threaded():
    ends = threading.Event()
    t = threading.Thread(target=ends.wait)
    t.start()
    tell("with a thread", setns(child))
    ends.set()
    t.join()
tell("own", setns("self"))
clone(0, threaded)
tell("without", setns(child))'
}

@test "userns: experiment: what a user namespace owns is entered after it, not before" {
	as_nobody_special
	experiment "before net EPERM uts EPERM ipc EPERM
user 0
after net 0 uts 0 ipc 0" 'child = clone(NEWUSER | NEWNET | NEWUTS | NEWIPC, lambda: 0)
kinds = {k: os.open("/proc/%d/ns/%s" % (child, k), os.O_RDONLY) for k in ("net", "uts", "ipc")}
enter_all = lambda: " ".join("%s %s" % (k, setns(fd, None)) for k, fd in kinds.items())
tell("before", enter_all())
tell("user", setns(child))
tell("after", enter_all())'
}

# A user namespace that is nobody's of the container: somebody on the host made it. The container joins it.
in_somebody_elses()
{
	unshare -U -r sleep 120 3>&- &
	theirs=$!
	background "$theirs"
	eventually grep -qx sleep "/proc/$theirs/comm"
	with_ns network
	config --arg p "/proc/$theirs/ns/user" 'del(.linux.uidMappings, .linux.gidMappings) | .process.capabilities[] = [] |
		.linux.namespaces |= (map(select(.type != "user")) + [{type: "user", path: $p}])'
}

@test "userns: experiment: inside a namespace that somebody else made: sets, map, child, what is above" {
	requires_userns
	in_somebody_elses
	# 0 above is mapped by who could give capabilities to files
	config '.process.capabilities = (["CAP_SETFCAP"] as $c | {bounding: $c, effective: $c, permitted: $c})'
	experiment "map 0 $uid 1
- 80000000 80000000 80000000 -
child - all all all -
of the child 0 0 1
0 - all all all -
back EPERM
above EPERM" 'tell("map", text("/proc/self/uid_map"))
tell(caps())
here = os.open("/proc/self/ns/user", os.O_RDONLY)
child = clone(NEWUSER, lambda: (tell("child", caps()), map_self(0)))
tell("of the child", text("/proc/%d/uid_map" % child))
tell(setns(child), caps())
tell("back", setns(here, None))
tell("above", above(here))'
	# the host sees the same namespace
	script 'readlink /proc/self/ns/user'
	ok run --bundle "$B" "$C"
	eq "$out" "$(readlink "/proc/$theirs/ns/user")"
}

@test "userns: experiment: its maker enters the container from outside, a container next to it does not" {
	requires_userns
	requires_user
	requires_program nsenter
	in_somebody_elses
	config '.process.args = ["/bin/sleep", "300"]'
	not_for runc "1.1 wants root mapped"
	ok run --detach --bundle "$B" "$C"
	pid=$(init_pid)
	other nsenter -t "$pid" -U --preserve-credentials readlink /proc/self/ns/user
	eq "$status $err" "0 "
	eq "$out" "$(readlink "/proc/$theirs/ns/user")"
	other unshare -U -r nsenter -t "$pid" -U --preserve-credentials true
	ne "$status" 0
	matches "$err" "Permission denied|Operation not permitted"
}

@test "userns: experiment: exec is setns: its parent is 0, and it has what it asks for, not all" {
	as_root_inside
	with_python 'signal.pause()'
	ok run --detach --bundle "$B" "$C"
	jq '.process | .args = ["/usr/bin/python3", "-I", "-S", "-B", "-c",
		"import sys; sys.path.insert(0, \"/lab\"); from experiment import *; tell(os.getppid(), os.getpid() > 1, caps())"] |
		.capabilities = {bounding: [], effective: [], permitted: []}' "$B/config.json" >"$T/process.json"
	ok exec --process "$T/process.json" "$C"
	eq "$out" "0 True - - - - -"
}

@test "userns: experiment: a set-user-ID program gets an id that is mapped" {
	# of root itself, or of a range
	[ "$uid" = 0 ] || requires_subids
	[ "$uid" = 0 ] || map_subids
	add_mount /tmp tmpfs tmpfs mode=777
	add_mount /mnt tmpfs tmpfs mode=777,nosuid
	config '.process.capabilities = {bounding: ["CAP_SETUID", "CAP_CHOWN"]} | .process.capabilities += {effective: .process.capabilities.bounding,
		permitted: .process.capabilities.bounding}'
	suid='import shutil
for where in "/tmp", "/mnt":
    shutil.copy("/usr/bin/cat", where + "/cat")
    os.chmod(where + "/cat", 0o4755)
os.setresuid(500, 500, 500)
tell("nosuid", os.popen("/mnt/cat /proc/self/status").read().split("Uid:")[1].split("Gid")[0].split())
tell("suid", os.popen("/tmp/cat /proc/self/status").read().split("Uid:")[1].split("Gid")[0].split())'
	experiment "nosuid ['500', '500', '500', '500']
suid ['500', '0', '0', '0']
below ['65534', '65534', '65534', '65534']" "$suid
unshare(NEWUSER)
tell('below', os.popen('/tmp/cat /proc/self/status').read().split('Uid:')[1].split('Gid')[0].split())"
	config '.process.noNewPrivileges = true'
	ok run --bundle "$B" "$C"
	has "$out" "suid ['500', '500', '500', '500']"
}

@test "userns: experiment: pid 1: signals of its own namespace do not reach it, SIGKILL from above does" {
	as_nobody_special
	mkdir -p "$T/share"
	chmod 777 "$T/share"
	add_mount /mnt bind "$T/share" bind,rw
	with_python 'tell(os.getpid(), os.getppid())
child = os.fork()
if child == 0:
    grandchild = os.fork()
    if grandchild == 0:
        # an orphan: its parent is waited for first
        while os.getppid() != 1: pass
        for s in signal.SIGTERM, signal.SIGKILL, signal.SIGSTOP: os.kill(1, s)
        tell("orphan of", os.getppid())
        open("/mnt/ready", "w").close()
        signal.pause()
    os._exit(0)
os.waitpid(child, 0)
signal.pause()'
	not_for runc "1.1 wants root mapped"
	ok run --detach --bundle "$B" "$C"
	eventually test -e "$T/share/ready"
	eq "$(cat "$T/out")" "1 0
orphan of 1"
	status_is running
	[[ $(ps -o stat= -p "$(init_pid)") != T* ]] || fail "SIGSTOP stopped pid 1"
	orphan=$(pgrep -P "$(init_pid)")
	ok kill "$C" TERM
	status_is running
	ok kill "$C" KILL
	eventually status_is stopped
	eventually test ! -e "/proc/$orphan"
	rm "$T/share/ready"
}

@test "userns: experiment: reboot(2) ends the pid namespace, and nothing else" {
	# in a user namespace of its own: there it can mean no other
	as_root_inside
	for how in RESTART:129 HALT:130; do
		with_python "tell(os.fork() or reboot(REBOOT_${how%:*})); signal.pause()"
		go run --bundle "$B" "$C"
		eq "$status" "${how#*:}" "status after ${how%:*}"
		eq "$err" ""
		rm -rf "$B"
		make_bundle "$B"
		as_root_inside
	done
	config '.process.capabilities[] -= ["CAP_SYS_BOOT"]'
	experiment "EPERM" 'tell(reboot(REBOOT_RESTART))'
}

@test "userns: experiment: flags and mounts from above are locked" {
	as_root_inside
	add_mount /mnt tmpfs tmpfs nosuid,ro
	experiment "mine 0
below 0 [0, 0, 0]
writable EPERM
suid EPERM
more 0
gone EINVAL
alone EINVAL
whole 0" 'tell("mine", mount(None, "/mnt", None, MS_REMOUNT | MS_BIND | MS_NOSUID | MS_RDONLY))
tell("below", unshare(NEWUSER | NEWNS), map_self(0))
tell("writable", mount(None, "/mnt", None, MS_REMOUNT | MS_BIND | MS_NOSUID))
tell("suid", mount(None, "/mnt", None, MS_REMOUNT | MS_BIND | MS_RDONLY))
tell("more", mount(None, "/mnt", None, MS_REMOUNT | MS_BIND | MS_NOSUID | MS_RDONLY | 8))
tell("gone", umount("/mnt"))
tell("alone", mount("/", "/tmp", None, MS_BIND))
tell("whole", mount("/", "/tmp", None, MS_BIND | MS_REC))'
}

@test "userns: experiment: in the namespace that made them, mounts are not locked" {
	as_root_inside
	add_mount /mnt tmpfs tmpfs nosuid,ro
	experiment "0 0" 'tell(mount(None, "/mnt", None, MS_REMOUNT | MS_BIND), umount("/mnt"))'
}

@test "userns: experiment: which file systems may be mounted, and which not" {
	as_root_inside
	with_ns network ipc pid cgroup
	config '.linux.resources = {}'
	experiment "tmpfs 0
ramfs 0
proc 0
devpts 0
mqueue 0
sysfs, read-only as the one that is there 0
overlay 0
ext4 EPERM
squashfs EPERM
xfs EPERM
btrfs EPERM
debugfs EPERM
tracefs EPERM
securityfs EPERM
devtmpfs EPERM
no-such-fs ENODEV" 'known = [line.split()[-1] for line in open("/proc/filesystems")]
for kind in "tmpfs ramfs proc devpts mqueue".split():
    tell(kind, mount(kind, "/mnt", kind))
    umount("/mnt")
tell("sysfs, read-only as the one that is there", mount("sysfs", "/mnt", "sysfs", MS_RDONLY))
umount("/mnt")
tell("overlay", mount("overlay", "/mnt", "overlay", 0, "lowerdir=/home:/root"))
umount("/mnt")
for kind in "ext4 squashfs xfs btrfs debugfs tracefs securityfs devtmpfs".split():
    tell(kind, mount("/dev/null", "/mnt", kind) if kind in known else "EPERM")
tell("no-such-fs", mount("x", "/mnt", "no-such-fs"))'
}

@test "userns: experiment: a file system that may not be mounted is refused by name" {
	not_for runc "its message differs"
	map_ids 0 "$uid" 1
	grep -q -w -e ext4 /proc/filesystems || skip "this kernel has no ext4"
	add_mount /tmp ext4 /dev/null ro
	fails run --bundle "$B" "$C"
	says_rundlet "/mounts/$(jq '.mounts | length - 1' "$B/config.json")"
	says_rundlet ext4
}

@test "userns: experiment: device nodes cannot be made, fifos and whiteouts can" {
	as_root_inside
	experiment "('c', 1, 3) EPERM
('b', 7, 0) EPERM
('p', 0, 0) 0
('c', 0, 0) 0" 'import stat
mount("t", "/mnt", "tmpfs")
for what in ("c", 1, 3), ("b", 7, 0), ("p", 0, 0), ("c", 0, 0):
    kind = {"c": stat.S_IFCHR, "b": stat.S_IFBLK, "p": stat.S_IFIFO}[what[0]]
    try:
        os.mknod("/mnt/%s%d%d" % what, kind | 0o600, os.makedev(what[1], what[2]))
        tell(what, 0)
    except OSError as e:
        tell(what, errno.errorcode[e.errno])'
}

@test "userns: experiment: one end of a veth pair is moved into the container" {
	requires_userns
	requires_program ip
	unshare -Urn ip link add va type veth peer name vb 2>/dev/null || skip "this host makes no veth pairs"
	without_ns user
	with_ns network
	config 'del(.linux.uidMappings, .linux.gidMappings) | .process.capabilities[] += ["CAP_NET_ADMIN", "CAP_NET_RAW"] |
		.process.capabilities.ambient = [] | .process.args = ["/bin/sleep", "300"]'
	cat >"$T/steps" <<-END
		set -e
		rt() { TMPDIR="$T/tmp" "$E2E_RUNTIME" --root "$ROOT" "\$@"; }
		rt run --detach --bundle "$B" "$C"
		ip link set lo up
		ip link add outer type veth peer name inner
		ip link set inner netns \$(rt state "$C" | jq .pid)
		ip addr add 10.99.0.1/24 dev outer
		ip link set outer up
		rt exec "$C" ifconfig inner 10.99.0.2 netmask 255.255.255.0 up
		rt exec "$C" cat /proc/net/dev | sed -n 's/^ *\(inner\):.*/inside: \1/p'
		! ip link show inner >/dev/null 2>&1
		rt exec "$C" sh -c 'echo hello from inside >/tmp/index.html; nc -l -p 80 </tmp/index.html' &
		tries=200
		while [ \$((tries--)) -gt 0 ] && ! timeout 5 bash -c 'cat </dev/tcp/10.99.0.2/80' 2>/dev/null; do sleep 0.05; done
		rt delete --force "$C"
		wait
		# the kernel takes a network namespace apart in the background
		tries=600
		while ip link show outer >/dev/null 2>&1 && [ \$((tries--)) -gt 0 ]; do sleep 0.1; done
		ip link show outer >/dev/null 2>&1 || echo outer went with it
	END
	ln -s busybox "$B/rootfs/bin/nc"
	add_mount /tmp tmpfs tmpfs rw
	requires_rundlet "the steps of this experiment are its own command lines"
	snapshot
	other unshare -Urnm bash "$T/steps"
	eq "$status$err" 0
	eq "$out" "inside: inner
hello from inside
outer went with it"
	nothing_left
}

@test "userns: experiment: /proc is that of the pid namespace it was mounted in" {
	as_root_inside
	experiment "1 ['1']
still the old 2 ['1', '2']
its own 1 ['1']" 'pids = lambda: sorted(p for p in os.listdir("/proc") if p.isdigit())
tell(os.getpid(), pids())
def inner():
    tell("still the old", os.readlink("/proc/self"), pids())
    unshare(NEWNS)
    mount("proc", "/proc", "proc")
    tell("its own", os.readlink("/proc/self"), pids())
clone(NEWPID, inner)'
}

@test "userns: a source below a directory that only the caller may search is mounted, its flags locked" {
	requires_root
	not_for crun "the flags of the source can be cleared inside"
	mkdir -p "$T/private/data"
	chmod 0700 "$T/private"
	map_ids 0 300000 65536
	add_mount /mnt bind "$T/private/data" bind
	config '.process.capabilities |= with_entries(.value = ["CAP_SYS_ADMIN"])'
	script 'grep " /mnt " /proc/self/mountinfo | cut -d" " -f6 | cut -d, -f1,2; id -u
mount -o remount,bind,rw /mnt 2>/dev/null || echo locked'
	other unshare -m --propagation private sh -c 'mount -t tmpfs -o ro,nodev none "$0/private/data" &&
		exec "$@"' "$T" "$E2E_RUNTIME" --root "$ROOT" run --bundle "$B" "$C"
	eq "$status $err" "0 "
	eq "$out" "ro,nodev
0
locked"
}

@test "userns: so is a root file system, and the program is nobody but who it asked to be" {
	requires_root
	not_for runc "1.1 opens it as root of the container"
	mkdir "$T/private"
	chmod 0700 "$T/private"
	mv "$B" "$T/private/b"
	B=$T/private/b
	map_ids 0 300000 65536
	config '.process.user = {uid: 65534, gid: 65534} | del(.process.capabilities)'
	inside 'cat /proc/self/status | grep -E "^([UG]id|Cap(Inh|Prm|Eff|Amb))" | tr "\t" " "'
	eq "$out" "Uid: 65534 65534 65534 65534
Gid: 65534 65534 65534 65534
CapInh: 0000000000000000
CapPrm: 0000000000000000
CapEff: 0000000000000000
CapAmb: 0000000000000000"
	# for good: 0 inside is not the caller
	config '.process.user = {uid: 0, gid: 0} | .process.args = ["/bin/sleep", "60"]'
	ok create --bundle "$B" --pid-file "$T/pid" "$C"
	eq "$(stat -c %u:%g "/proc/$(cat "$T/pid")")" "300000:300000"
	eq "$(awk '/^Uid:/ { print $2, $3, $4, $5 }' "/proc/$(cat "$T/pid")/status")" "300000 300000 300000 300000"
}

@test "userns: plan says what the ids are put off for; not where everybody gets there, nor for an ordinary user" {
	requires_rundlet "plan is its own command"
	mkdir -p "$T/private/data"
	chmod 0700 "$T/private"
	add_mount /mnt bind "$T/private/data" bind
	# nothing else that --strict would name
	config '.mounts |= map(select(.type != "cgroup"))'
	if [ "$uid" = 0 ]; then
		map_ids 0 300000 65536
		ok plan --bundle "$B"
		has "$out" "become        uid 0, gid 0 of the user namespace"
		has "$out" "note: not earlier: $T/private may be searched by the caller, but not by root of the container"
		ok plan --strict --bundle "$B"
		chmod 0711 "$T/private"
	else
		map_ids 0 "$uid" 1
	fi
	ok plan --bundle "$B"
	hasnt "$out" "not earlier"
}

@test "userns: a source below a directory that is neither's is refused, and says whose way it bars" {
	requires_root
	requires_rundlet "crun opens it before, runc too but for the root file system"
	mkdir -p "$T/private/data"
	chmod 0700 "$T/private"
	chown 400000:400000 "$T/private"
	map_ids 0 300000 65536
	add_mount /mnt bind "$T/private/data" bind
	fails run --bundle "$B" "$C"
	says "bind $T/private/data: Permission denied"
	says "must be able to search the directories above it"
	nothing_left
	chmod 0711 "$T/private"
	inside 'ls -d /mnt'
}

@test "userns: who joins a user namespace gets to the sources that only the caller may search, too" {
	requires_root
	not_for crun "opens the root file system late"
	not_for runc "1.1 wants the maps of a user namespace that is joined"
	mkdir -p "$T/private/data/in"
	chmod 0700 "$T/private"
	map_ids 0 300000 65536
	config '.process.args = ["/bin/sleep", "60"]'
	ok create --bundle "$B" --pid-file "$T/pid" "$C"
	mkdir "$T/private/b"
	cp -a "$B/." "$T/private/b"
	first=$C pid=$(cat "$T/pid")
	B=$T/private/b C=$C-joins
	config 'del(.linux.uidMappings, .linux.gidMappings)
		| .linux.namespaces |= map(if .type == "user" then .path = $p else . end)' --arg p "/proc/$pid/ns/user"
	add_mount /mnt bind "$T/private/data" bind
	inside 'ls /mnt; id -u; grep Uid /proc/self/status | cut -f2; cat /proc/self/uid_map'
	eq "$(tr -s ' ' <<<"$out" | sed 's/^ //')" "in
0
0
0 300000 65536"
	C=$first
}
