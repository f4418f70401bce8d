#!/usr/bin/env bats
# Proves: every kind of mount of the configuration is there, with its options and data, in order;
# bind mounts show what they shall and no more; targets are made, and never outside the root; what
# cannot be mounted is refused by name.

load helpers

# Options of the mount at $1, per mount and per superblock, from mountinfo in $out.
mount_line()
{
	awk -v m="$1" '$5 == m' <<<"$out" | tail -n 1
}

mountinfo()
{
	inside 'cat /proc/self/mountinfo'
}

field()
{
	awk -v n="$2" '{ print $n }' <<<"$1"
}

# The file system type of a mountinfo line.
fstype()
{
	sed 's/.* - //' <<<"$1" | cut -d' ' -f1
}

@test "mounts: the defaults of the configuration are there, of their types" {
	mountinfo
	eq "$(fstype "$(mount_line /proc)")" proc
	eq "$(fstype "$(mount_line /dev)")" tmpfs
	eq "$(fstype "$(mount_line /dev/pts)")" devpts
	eq "$(fstype "$(mount_line /dev/shm)")" tmpfs
	eq "$(fstype "$(mount_line /dev/mqueue)")" mqueue
	eq "$(fstype "$(mount_line /sys)")" sysfs
}

@test "mounts: the defaults keep their options" {
	mountinfo
	has "$(field "$(mount_line /dev)" 6)" nosuid
	for o in nosuid noexec nodev; do
		has "$(field "$(mount_line /dev/shm)" 6)" $o
		has "$(field "$(mount_line /dev/mqueue)" 6)" $o
	done
	has "$(mount_line /dev/pts)" ptmxmode=666
	has "$(mount_line /dev/pts)" mode=620
	has "$(mount_line /dev/shm)" "size=65536k"
}

@test "mounts: tmpfs with size, mode and flags" {
	not_for runc "1.1 gives the mount the mode of its target"
	add_mount /mnt tmpfs scratch size=123k,mode=1750,nosuid,nodev,noexec,noatime
	inside 'stat -c %a /mnt; cat /proc/self/mountinfo'
	eq "$(head -n 1 <<<"$out")" 1750
	line=$(mount_line /mnt)
	for o in nosuid nodev noexec noatime rw; do
		has ",$(field "$line" 6)," ",$o,"
	done
	has "$line" size=124k
	has "$line" " scratch "
}

@test "mounts: tmpfs read-only" {
	add_mount /mnt tmpfs tmpfs ro
	go run --bundle "$B" "$C"
	eq "$status" 0
	inside 'touch /mnt/x 2>&1 || echo refused'
	has "$out" "Read-only file system"
}

@test "mounts: a read-only /dev is filled first, as is any read-only tmpfs" {
	config '(.mounts[] | select(.destination == "/dev")).options += ["ro"]'
	add_mount /mnt tmpfs tmpfs ro
	add_mount /mnt/made/here tmpfs tmpfs
	inside 'echo x >/dev/null && touch /dev/shm/x && touch /mnt/made/here/x; touch /dev/y /mnt/y 2>&1 || echo refused'
	eq "$(grep -c "Read-only file system" <<<"$out")" 2
}

@test "mounts: a read-only tmpfs that is covered leaves what covers it alone" {
	not_for runc "1.1 makes read-only what is on top"
	add_mount /mnt tmpfs tmpfs ro
	add_mount /mnt tmpfs tmpfs
	inside 'touch /mnt/x'
}

@test "mounts: ramfs" {
	add_mount /mnt ramfs ramfs mode=700
	mountinfo
	eq "$(fstype "$(mount_line /mnt)")" ramfs
}

@test "mounts: a second proc, read-only" {
	may_create rootfs/proc2
	add_mount /proc2 proc proc ro,nosuid
	mountinfo
	eq "$(fstype "$(mount_line /proc2)")" proc
	has ",$(field "$(mount_line /proc2)" 6)," ",ro,"
}

@test "mounts: sysfs with a network namespace of its own" {
	with_ns network
	config '.mounts |= map(select(.destination != "/sys" and .destination != "/sys/fs/cgroup"))'
	add_mount /sys sysfs sysfs nosuid,noexec,nodev,ro
	inside 'ls /sys/class/net; cat /proc/self/mountinfo'
	eq "$(head -n 1 <<<"$out")" lo
	eq "$(fstype "$(mount_line /sys)")" sysfs
	has ",$(field "$(mount_line /sys)" 6)," ",ro,"
}

@test "mounts: sysfs with the host's network becomes a read-only bind of /sys" {
	requires_user
	not_for crun "1.8 leaves it writable"
	not_for runc "fails"
	without_ns network
	config '.mounts |= map(select(.destination != "/sys" and .destination != "/sys/fs/cgroup"))'
	add_mount /sys sysfs sysfs nosuid,noexec,nodev,ro
	inside 'touch /sys/x 2>&1; cat /proc/self/mountinfo'
	eq "$(fstype "$(mount_line /sys)")" sysfs
	has ",$(field "$(mount_line /sys)" 6)," ",ro,"
}

@test "mounts: the sysfs substitute is read-only below as well" {
	requires_user
	not_for runc "fails"
	not_for crun "leaves what is below writable"
	without_ns network cgroup
	config '.mounts |= map(select(.destination != "/sys" and .destination != "/sys/fs/cgroup"))'
	add_mount /sys sysfs sysfs nosuid,noexec,nodev,ro
	mountinfo
	awk '$5 ~ "^/sys(/|$)" { print $6 }' <<<"$out" >"$T/options"
	[ -s "$T/options" ] || fail "no mount at /sys"
	! grep -v '^ro' "$T/options" || fail "a mount below /sys is writable"
}

@test "mounts: devpts with newinstance has its own ptmx" {
	inside 'ls /dev/pts; readlink /dev/ptmx; stat -c %a /dev/pts/ptmx'
	eq "$out" $'ptmx\npts/ptmx\n666'
}

@test "mounts: devpts gid=5 is used where gid 5 is mapped" {
	if [ "$(id -u)" = 0 ]; then
		without_ns user
		config 'del(.linux.uidMappings, .linux.gidMappings)'
	else
		requires_subids
		map_subids
	fi
	config '(.mounts[] | select(.type == "devpts")).options += ["gid=5"]'
	mountinfo
	has "$(mount_line /dev/pts)" gid=
}

@test "mounts: devpts gid=5 is dropped where gid 5 is not mapped" {
	not_for crun "1.8 fails"
	requires_user
	not_for runc "fails"
	map_ids 0 "$(id -u)" 1
	config --argjson g "$(id -g)" '.linux.gidMappings = [{containerID: 0, hostID: $g, size: 1}] |
		(.mounts[] | select(.type == "devpts")).options += ["gid=5"]'
	mountinfo
	eq "$(fstype "$(mount_line /dev/pts)")" devpts
	hasnt "$(mount_line /dev/pts)" gid=5
}

@test "mounts: mqueue shows queues of the container's ipc namespace only" {
	with_ns ipc
	inside 'touch /dev/mqueue/q && ls /dev/mqueue'
	eq "$out" q
}

@test "mounts: overlay" {
	mkdir -p "$T/lower" "$T/upper" "$T/work"
	echo low >"$T/lower/a"
	echo low >"$T/lower/b"
	add_mount /mnt overlay overlay "lowerdir=$T/lower,upperdir=$T/upper,workdir=$T/work"
	inside 'echo new >/mnt/b; cat /mnt/a /mnt/b; grep " /mnt " /proc/self/mountinfo'
	eq "$(head -n 2 <<<"$out")" $'low\nnew'
	eq "$(fstype "$(sed -n 3p <<<"$out")")" overlay
	eq "$(cat "$T/lower/b")" low
	eq "$(cat "$T/upper/b")" new
	rm -rf "$T/work" 2>/dev/null || chmod -R u+rwx "$T/work"
}

@test "mounts: overlay read-only with two lower layers" {
	mkdir -p "$T/l1" "$T/l2"
	echo one >"$T/l1/a"
	echo two >"$T/l2/a"
	echo deep >"$T/l2/b"
	add_mount /mnt overlay overlay "ro,lowerdir=$T/l1:$T/l2"
	inside 'cat /mnt/a /mnt/b; touch /mnt/x 2>&1 || true'
	has "$out" $'one\ndeep'
	has "$out" "Read-only file system"
}

@test "mounts: cgroup2" {
	grep -qw cgroup2 /proc/filesystems || skip "no cgroup2 in this kernel"
	requires_rundlet "what peers make of it depends on the host's cgroups"
	may_create rootfs/cg
	with_ns cgroup
	add_mount /cg cgroup2 cgroup2 ro,nosuid,nodev,noexec
	inside 'ls /cg/cgroup.procs; cat /proc/self/mountinfo'
	eq "$(head -n 1 <<<"$out")" /cg/cgroup.procs
	eq "$(fstype "$(mount_line /cg)")" cgroup2
	has ",$(field "$(mount_line /cg)" 6)," ",ro,"
}

@test "mounts: bpf" {
	# in a user namespace bpf wants a delegation that nobody gave
	requires_root
	without_ns user
	config 'del(.linux.uidMappings, .linux.gidMappings)'
	grep -qw bpf /proc/filesystems || skip "no bpf file system in this kernel"
	add_mount /mnt bpf bpf nosuid,nodev,noexec
	mountinfo
	eq "$(fstype "$(mount_line /mnt)")" bpf
}

# --- bind mounts ------------------------------------------------------------------------------------

@test "mounts: bind of a directory shows its files, and writes go through" {
	mkdir "$T/dir"
	echo content >"$T/dir/file"
	add_mount /mnt bind "$T/dir" bind,rw
	inside 'cat /mnt/file; echo written >/mnt/new'
	eq "$out" content
	eq "$(cat "$T/dir/new")" written
}

@test "mounts: bind is asked for by option, whatever the type" {
	mkdir "$T/dir"
	echo content >"$T/dir/file"
	for type in none bind anything; do
		config '.mounts |= map(select(.destination != "/mnt"))'
		add_mount /mnt $type "$T/dir" bind,ro
		inside 'cat /mnt/file'
		eq "$out" content
	done
}

@test "mounts: bind of a file, its target is made" {
	may_create rootfs/etc/made-for-it
	echo from-host >"$T/file"
	add_mount /etc/made-for-it bind "$T/file" bind,ro
	inside 'cat /etc/made-for-it; echo x >/etc/made-for-it || echo refused' 2>/dev/null ||
		{ go run --bundle "$B" "$C"; }
	has "$out" from-host
	has "$out" refused
	eq "$(cat "$T/file")" from-host
	eq "$(stat -c %s "$B/rootfs/etc/made-for-it")" 0
}

@test "mounts: bind with every per-mount flag" {
	mkdir "$T/dir"
	for o in ro nosuid nodev noexec; do
		config '.mounts |= map(select(.destination != "/mnt"))'
		add_mount /mnt bind "$T/dir" "bind,$o"
		mountinfo
		has ",$(field "$(mount_line /mnt)" 6)," ",$o,"
	done
}

# A bind with $1 of $T/dir, which is mounted with the flags $2: the flags that it has inside.
bound_with()
{
	config '.mounts |= map(select(.destination != "/mnt"))'
	# shellcheck disable=SC2086 # a list
	add_mount /mnt bind "$T/dir" "$1"
	export SOURCE_FLAGS=$2
	in_mountns 'mount -t tmpfs -o strictatime tmpfs "$T/dir"; mount --bind -o "remount,$SOURCE_FLAGS" "$T/dir"; rt run --bundle "$B" "$C"'
	eq "$err" "" "bind with $1 of $2"
}

@test "mounts: root: a bind has the flags that its options name; without options those of its source" {
	requires_root
	not_for crun "1.8 clears them without options, too"
	not_for runc "1.1 looks at what is set only"
	mkdir "$T/dir"
	script "awk '\$2 == \"/mnt\" {print \$4}' /proc/self/mounts"
	bound_with bind ro,noexec,noatime
	matches "$out" '^ro,noexec,noatime'
	bound_with bind,nosuid ro,noexec,noatime
	matches "$out" '^rw,nosuid,noatime'
	bound_with bind,rw,atime ro,nosuid,noatime
	matches "$out" '^rw,noatime'
	bound_with bind,nodiratime noatime
	matches "$out" '^rw,nodiratime,relatime'
}

@test "mounts: in a user namespace a bind keeps what is locked, unless an option asks for the opposite" {
	requires_root
	requires_rundlet "peers differ in what they keep"
	mkdir "$T/dir"
	config '.linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 0, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
	script "awk '\$2 == \"/mnt\" {print \$4}' /proc/self/mounts"
	bound_with bind,nosuid ro,noexec
	matches "$out" '^ro,nosuid,noexec|^ro,nosuid,nodev,noexec'
	config '.mounts[-1].options = ["bind", "rw"]'
	export SOURCE_FLAGS=ro
	in_mountns 'mount -t tmpfs tmpfs "$T/dir"; mount --bind -o "remount,$SOURCE_FLAGS" "$T/dir"; rt run --bundle "$B" "$C"'
	ne "$status" 0
	says "is mounted ro outside"
}

@test "mounts: flags of a bind mount do not change the source" {
	mkdir "$T/dir"
	add_mount /mnt bind "$T/dir" bind,ro,noexec
	inside
	touch "$T/dir/still-writable"
	! findmnt -n "$T/dir" || fail "the source became a mount"
}

@test "mounts: noexec is effective" {
	mkdir "$T/dir"
	cp "$B/rootfs/bin/busybox" "$T/dir/prog"
	add_mount /mnt bind "$T/dir" bind,noexec
	config '.process.args = ["/mnt/prog", "true"]'
	fails run --bundle "$B" "$C"
	matches "$err" "[Pp]ermission denied"
	nothing_left
}

# In a mount namespace with a mount below $T/dir.
with_submount()
{
	mkdir -p "$T/dir/sub"
	in_mountns 'mount -t tmpfs tmpfs "$T/dir/sub"; echo below >"$T/dir/sub/file"; rt run --bundle "$B" "$C"'
}

@test "mounts: rbind brings the mounts below along, bind does not" {
	requires_userns
	script 'cat /mnt/sub/file 2>/dev/null || echo nothing-below'
	add_mount /mnt bind "$T/dir" rbind,rw
	with_submount
	eq "$out$err" below
	config '.mounts[-1].options = ["bind", "rw"]'
	with_submount
	eq "$out$err" nothing-below
}

# The same with the mount locked, as it is for who has the mount namespace from somebody else.
with_locked_submount()
{
	mkdir -p "$T/dir/sub"
	in_mountns "mount -t tmpfs tmpfs $T/dir/sub; echo below >$T/dir/sub/file
		TMPDIR=$T/tmp XDG_RUNTIME_DIR=$T/xdg unshare -Urm $E2E_RUNTIME --root $ROOT run --bundle $B $C"
}

@test "mounts: what is locked below a bind comes along where the whole tree gets its propagation" {
	requires_userns
	not_for runc "refuses it"
	without_ns user
	with_ns network
	config 'del(.linux.uidMappings, .linux.gidMappings)'
	script 'cat /mnt/sub/file'
	add_mount /mnt bind "$T/dir" bind,rprivate
	with_locked_submount
	eq "$out$err" below
	[ "$KIND" = rundlet ] || return 0
	config '.mounts[-1].options = ["bind", "private"]'
	with_locked_submount
	ne "$status" 0
	has "$err" "use rbind"
}

@test "mounts: rbind with ro leaves the mounts below writable, rro does not" {
	requires_userns
	not_for crun "makes everything below read-only too, or nothing"
	not_for runc "1.1 makes everything below read-only too, or nothing"
	script 'touch /mnt/x 2>/dev/null && echo top-writable; touch /mnt/sub/x 2>/dev/null && echo sub-writable; true'
	add_mount /mnt bind "$T/dir" rbind,ro
	with_submount
	eq "$out$err" sub-writable
	config '.mounts[-1].options = ["rbind", "rro"]'
	with_submount
	eq "$out$err" ""
	eq "$status" 0
}

@test "mounts: rw, suid, dev, exec after their opposites win, the last one counts" {
	not_for crun "1.8 adds them up"
	mkdir "$T/dir"
	add_mount /mnt tmpfs tmpfs ro,nosuid,nodev,noexec,rw,suid,exec
	mountinfo
	line=$(field "$(mount_line /mnt)" 6)
	has ",$line," ",rw,"
	hasnt "$line" nosuid
	hasnt "$line" noexec
	has "$line" nodev
}

@test "mounts: propagation of a single mount" {
	not_for crun "1.8 ignores it on a bind"
	mkdir "$T/dir"
	add_mount /mnt bind "$T/dir" bind,rshared
	mountinfo
	matches "$(mount_line /mnt)" "shared:[0-9]+"
	config '.mounts[-1].options = ["bind", "rprivate"]'
	mountinfo
	hasnt "$(mount_line /mnt)" shared:
	hasnt "$(mount_line /mnt)" master:
	config '.mounts[-1].options = ["bind", "unbindable"]'
	mountinfo
	has "$(mount_line /mnt)" unbindable
}

@test "mounts: rootfsPropagation" {
	not_for runc "1.1 does not show it inside"
	config '.linux.rootfsPropagation = "shared"'
	mountinfo
	matches "$(mount_line /)" "shared:[0-9]+"
	config '.linux.rootfsPropagation = "private"'
	mountinfo
	hasnt "$(mount_line /)" shared:
	hasnt "$(mount_line /)" master:
	config '.linux.rootfsPropagation = "unbindable"'
	mountinfo
	has "$(mount_line /)" unbindable
}

@test "mounts: a wrong rootfsPropagation is refused" {
	not_for crun "lets it pass"
	config '.linux.rootfsPropagation = "sideways"'
	fails run --bundle "$B" "$C"
	says_rundlet sideways
	nothing_left
}

@test "mounts: order: a later mount covers an earlier one, and may lie inside it" {
	add_mount /mnt tmpfs first
	add_mount /mnt/inner tmpfs second
	add_mount /mnt/inner tmpfs third
	mountinfo
	eq "$(awk '$5 ~ "^/mnt" { print $5, $(NF-1) }' <<<"$out")" $'/mnt first\n/mnt/inner second\n/mnt/inner third'
}

@test "mounts: missing targets are made, with their parents" {
	not_for crun "1.8 makes them 1755"
	may_create rootfs/a rootfs/a/b rootfs/a/b/c
	add_mount /a/b/c tmpfs tmpfs
	inside 'stat -c %F /a/b/c; stat -c %a /a/b'
	eq "$out" $'directory\n755'
}

@test "mounts: relative destinations are below /" {
	# config.md: deprecated, read as if they began with a slash
	not_for runc "version dependent"
	add_mount mnt tmpfs tmpfs
	mountinfo
	eq "$(fstype "$(mount_line /mnt)")" tmpfs
}

@test "mounts: a relative source is relative to the bundle" {
	mkdir "$B/data"
	echo bundled >"$B/data/file"
	add_mount /mnt bind data bind,ro
	inside 'cat /mnt/file'
	eq "$out" bundled
}

@test "mounts: a source that is a link is followed on the host" {
	mkdir "$T/dir"
	echo target >"$T/dir/file"
	ln -s "$T/dir" "$T/link"
	add_mount /mnt bind "$T/link" bind,ro
	inside 'cat /mnt/file'
	eq "$out" target
}

@test "mounts: a source in the rootfs is what the mounts before it have made of it" {
	not_for crun "it grabs its sources first"
	mkdir -p "$T/a" "$T/b/in"
	echo a >"$T/a/file"
	echo b >"$T/b/in/file"
	add_mount /mnt bind "$T/b" rbind
	add_mount /mnt/in bind "$T/a" bind
	# the destination may be said as the host's path, too
	add_mount "$B/rootfs/final" bind "$B/rootfs/mnt" rbind,ro
	mkdir "$B/rootfs/final"
	may_create rootfs/final
	inside 'cat /final/in/file; ! mkdir /final/new 2>/dev/null'
	eq "$out" a
	missing "$B/rootfs$B"
	# and many of them
	config --arg s "$B/rootfs/mnt/in" '.mounts += [range(60) |
		{destination: "/tmp/\(.)", type: "bind", source: $s, options: ["bind"]}]'
	add_mount_before_tmp
	inside 'cat /tmp/59/file'
	eq "$out" a
}

# A tmpfs for what is mounted below /tmp, before it.
add_mount_before_tmp()
{
	config '.mounts |= [{destination: "/tmp", type: "tmpfs", source: "tmpfs"}] + .'
}

@test "mounts: a source in the rootfs leads no further than inside" {
	not_for crun "follows it on the host"
	not_for runc "follows it on the host"
	mkdir "$T/secret" "$B/rootfs/home/in"
	touch "$T/secret/host" "$B/rootfs/home/in/image"
	ln -s "$T/secret" "$B/rootfs/out"
	ln -s /home "$B/rootfs/here"
	may_create rootfs/home/in rootfs/home/in/image rootfs/out rootfs/here
	cp "$B/config.json" "$T/saved"
	for source in "$B/rootfs/out" rootfs/out ./rootfs//out "$B/rootfs/bin/../out" \
		"$B/rootfs/../rootfs/out" "$B/rootfs/here/../../../..$T/secret"; do
		cp "$T/saved" "$B/config.json"
		add_mount /mnt bind "$source" bind
		fails run --bundle "$B" "$C"
		says "No such file"
	done
	for source in rootfs/here/in "$B/rootfs/here/../home/in" rootfs/../rootfs/here/in; do
		cp "$T/saved" "$B/config.json"
		add_mount /mnt bind "$source" bind
		inside 'ls /mnt'
		eq "$out" image
	done
	# beside the rootfs, however it is said, is the host's
	cp "$T/saved" "$B/config.json"
	add_mount /mnt bind "$B/rootfs/../../secret" bind
	inside 'ls /mnt'
	eq "$out" host
	rm -r "$B/rootfs/home/in" "$B/rootfs/out" "$B/rootfs/here"
}

@test "mounts: the caller's umask does not decide who may enter a target" {
	not_for crun "it does"
	not_for runc "it does"
	add_mount /mnt/new/one tmpfs tmpfs
	add_mount /mnt/new/two bind "$T/tmp" bind
	may_create rootfs/mnt/new rootfs/mnt/new/{one,two}
	script 'stat -c %a /mnt/new; umask'
	umask 077
	ok run --bundle "$B" "$C"
	umask 022
	eq "$out" "755
0022"
	rm -r "$B/rootfs/mnt/new"
}

@test "mounts: a source below a directory that only its owner may enter" {
	mkdir -m 700 "$T/private"
	mkdir "$T/private/dir"
	echo seen >"$T/private/dir/file"
	add_mount /mnt bind "$T/private/dir" bind,ro
	inside 'cat /mnt/file'
	eq "$out" seen
	# beside one that is there only when it is mounted; root is somebody else inside
	not_for crun "it grabs its sources first"
	not_for runc "1.1 does so, too"
	[ "$(id -u)" != 0 ] || map_ids 0 100000 65536
	mkdir "$T/private/dir/sub"
	add_mount /home bind "$B/rootfs/mnt/sub" bind
	inside 'cat /mnt/file; ls -d /home'
	eq "$out" $'seen\n/home'
}

@test "mounts: a linked target stays inside the root" {
	# CVE-2019-18837 and its relatives
	mkdir "$T/canary"
	ln -s "$T/canary" "$B/rootfs/data"
	may_create "rootfs/${T:1}"
	add_mount /data tmpfs tmpfs
	script 'touch /data/x && stat -f -c %T /data/. && readlink /data'
	go run --bundle "$B" "$C"
	eq "$(find "$T/canary" -mindepth 1)" ""
	# what is mounted on the host's directory instead is not found inside
	[ "$KIND" != rundlet ] || eq "$status $out" "0 tmpfs
$T/canary"
	# the path may have been made inside the root; only there
	rm -rf "$B/rootfs/dev/shm/"* "$B/rootfs/run"
}

@test "mounts: a linked parent of a target stays inside the root" {
	mkdir "$T/canary"
	ln -s ../../../../../../../../"$T/canary" "$B/rootfs/up"
	echo hostfile >"$T/file"
	add_mount /up/new/file bind "$T/file" bind,ro
	go run --bundle "$B" "$C"
	eq "$(find "$T/canary" -mindepth 1)" ""
	rm -rf "$B/rootfs/dev/shm/"* "$B/rootfs/run"
}

@test "mounts: a relative link of the image is followed inside the root" {
	mkdir -p "$B/rootfs/real"
	ln -s real "$B/rootfs/alias"
	add_mount /alias tmpfs tmpfs
	mountinfo
	eq "$(fstype "$(mount_line /real)")" tmpfs
}

@test "mounts: proc or sys as a link in the image is refused or contained" {
	# CVE-2023-27561
	mkdir "$B/rootfs/elsewhere"
	for d in proc sys; do
		rm -rf "${B:?}/rootfs/$d"
		ln -s elsewhere "$B/rootfs/$d"
		go run --bundle "$B" "$C"
		if [ "$KIND" = rundlet ]; then
			ne "$status" 0 "status with a linked /$d"
			nothing_left
		fi
		rm "$B/rootfs/$d"
		mkdir -p "$B/rootfs/$d"
	done
	mkdir -p "$B/rootfs/sys/fs/cgroup"
}

@test "mounts: what buildah leaves of its own among the options is nobody's" {
	mkdir "$T/dir"
	touch "$T/dir/seen"
	for o in z Z U "" "z,U" ",rprivate"; do
		cp "$B/config.json" "$T/saved"
		config --arg d "$T/dir" --arg o "$o" \
			'.mounts += [{destination: "/mnt", type: "bind", source: $d, options: ([$o | split(",")[]] + [""] + ["rbind"])}]'
		inside 'ls /mnt'
		eq "$out" seen "with '$o'"
		cp "$T/saved" "$B/config.json"
	done
	[ "$KIND" != runc ] || return 0 # 1.1 takes the mode of the directory, whatever is said
	config '.mounts += [{destination: "/mnt", type: "tmpfs", source: "tmpfs", options: ["", "mode=0700"]}]'
	inside 'stat -c %a /mnt'
	eq "$out" 700
}

@test "mounts: an unknown option on a bind mount is refused and named" {
	requires_rundlet "peers pass it to the kernel, which does not look"
	mkdir "$T/dir"
	for o in bind,ro,frobnicate bind,z,zz; do
		cp "$B/config.json" "$T/saved"
		add_mount /mnt bind "$T/dir" "$o"
		fails run --bundle "$B" "$C"
		says "unknown option \"${o##*,}\" on a bind mount"
		matches "$err" "/mounts/[0-9]+/options/2"
		cp "$T/saved" "$B/config.json"
	done
	nothing_left
}

@test "mounts: an unknown option of a file system is refused and named" {
	add_mount /mnt tmpfs tmpfs frobnicate=1
	fails run --bundle "$B" "$C"
	says_rundlet frobnicate
	nothing_left
}

@test "mounts: an unknown file system is refused and named" {
	add_mount /mnt frobfs none
	fails run --bundle "$B" "$C"
	says_rundlet frobfs
	nothing_left
}

@test "mounts: a missing source is refused and named" {
	add_mount /mnt bind "$T/not-there" bind,ro
	fails run --bundle "$B" "$C"
	says_rundlet "$T/not-there"
	matches "$err" "[Nn]o such file or directory"
	nothing_left
}

@test "mounts: a file on a directory is refused" {
	echo x >"$T/file"
	add_mount /mnt bind "$T/file" bind,ro
	go run --bundle "$B" "$C"
	if [ "$KIND" = rundlet ]; then
		ne "$status" 0
		eq "$(wc -l <"$T/err")" 1
		nothing_left
	fi
}

@test "mounts: a mount on / is refused" {
	requires_rundlet
	add_mount / tmpfs tmpfs
	fails run --bundle "$B" "$C"
	nothing_left
}

@test "mounts: something else than proc on /proc is refused" {
	# CVE-2019-19921: writes to /proc would go elsewhere
	mkdir "$T/dir"
	for d in /proc /proc/self/attr; do
		config '.mounts |= map(select(.source != "evil"))'
		add_mount $d tmpfs evil
		go run --bundle "$B" "$C"
		if [ "$KIND" = rundlet ]; then
			ne "$status" 0 "status with tmpfs on $d"
			nothing_left
		fi
	done
}

@test "mounts: a tmpfs that says no mode has that of the directory which it covers" {
	[ "$KIND" != crun ] || skip "1.8 makes it 1777"
	mkdir "$B/rootfs/covered"
	chmod 0710 "$B/rootfs/covered"
	config '.mounts += [{destination: "/covered", type: "tmpfs", source: "tmpfs", options: ["nosuid", "size=1m"]}]'
	inside 'stat -c %a /covered'
	eq "$out" 710
	[ "$KIND" != runc ] || return 0 # 1.1 takes the mode of the directory, whatever is said
	config '.mounts[-1].options += ["mode=0701"]'
	inside 'stat -c %a /covered'
	eq "$out" 701
	config '.mounts[-1].options = ["rprivate"]'
	inside 'stat -c %a /covered'
	eq "$out" 710 "without a word but about propagation"
}

@test "mounts: fifty binds" {
	may_create rootfs/many
	mkdir "$B/rootfs/many"
	for i in {1..50}; do
		mkdir -p "$T/src/$i" "$B/rootfs/many/$i"
		echo "$i" >"$T/src/$i/n"
	done
	config --arg t "$T" '.mounts += [range(1; 51) | {destination: "/many/\(.)", type: "bind", source: "\($t)/src/\(.)", options: ["bind", "ro"]}]'
	inside 'cat /many/*/n | sort -n | tail -n 1; grep -c " /many/" /proc/self/mountinfo'
	eq "$out" $'50\n50'
}

@test "mounts: a thousand in one configuration" {
	not_for crun "1.8 runs out of descriptors"
	mkdir "$T/dir"
	echo here >"$T/dir/file"
	add_mount /tmp tmpfs tmpfs
	config --arg s "$T/dir" '.mounts += [range(1000) | {destination: "/tmp/\(.)", type: "bind", source: $s, options: ["bind", "ro"]}]'
	inside 'cat /tmp/*/file | wc -l; grep -c " /tmp/" /proc/self/mountinfo'
	eq "$out" $'1000\n1000'
}

# The rest of the test runs with a source whose flags a user namespace locks: ro, nosuid, nodev, noexec.
with_locked()
{
	mkdir -p "$T/src"
	in_mountns 'mount -t tmpfs -o ro,nosuid,nodev,noexec locked "$T/src"; rt run --bundle "$B" "$C"'
}

@test "mounts: what the source has locked is kept, an option that clears it is an error with flag, source and cure" {
	requires_root
	not_for crun "1.8 asks the kernel for whatever it is given"
	not_for runc "1.1 clears what it can"
	local option
	map_ids 0 0 1000
	script 'grep " /mnt " /proc/self/mountinfo | cut -d" " -f6'
	add_mount /mnt bind "$T/src" bind
	with_locked
	eq "$status $err $out" "0  ro,nosuid,nodev,noexec,relatime"
	config '.mounts[-1].options = ["bind", "ro", "nosuid"]'
	with_locked
	eq "$status $err $out" "0  ro,nosuid,nodev,noexec,relatime"
	for option in rw:ro suid:nosuid dev:nodev exec:noexec rrw:ro rexec:noexec; do
		config --arg o "${option%:*}" '.mounts[-1].options = ["rbind", $o]'
		with_locked
		eq "$status$out" 1 "$option"
		says "$T/src is mounted ${option#*:} outside, and a user namespace cannot clear that"
		says "leave the option out, or change the mount outside"
		matches "$err" "config.json:[0-9]+: /mounts/[0-9]+: "
		nothing_left
	done
	config '.mounts[-1].options = ["bind", "noatime"]'
	with_locked
	eq "$status$out" 1
	says "the access time options of $T/src are locked outside: leave the option out"
}
