#!/usr/bin/env bats
# Proves: the options that ask for more than a flag do it: remount, tmpcopyup, copy-symlink,
# src-nofollow, dest-nofollow; overlays of many layers; labels of mounts are handed to the kernel. A
# wrong use of each is refused with its place.

load helpers

mount_line()
{
	awk -v m="$1" '$5 == m' <<<"$out" | tail -n 1
}

# --- remount ---------------------------------------------------------------------------------------

@test "mount extras: remount changes a file system that was mounted before, and its flags" {
	requires_rundlet "peers mount what was mounted with mount(8)'s rules of their own"
	add_mount /mnt tmpfs tmpfs nosuid,size=64k
	add_mount /mnt tmpfs tmpfs remount,ro,noexec,size=128k
	inside 'cat /proc/self/mountinfo; grep -c " /mnt " /proc/self/mountinfo'
	eq "$(tail -n 1 <<<"$out")" 1
	has "$(mount_line /mnt)" " ro,nosuid,noexec,relatime "
	matches "$(mount_line /mnt)" " ro,size=128k"
}

@test "mount extras: remount makes writable again" {
	requires_rundlet "as above"
	add_mount /mnt tmpfs tmpfs ro
	add_mount /mnt tmpfs tmpfs remount,rw,sync
	inside 'touch /mnt/x && cat /proc/self/mountinfo'
	has "$(mount_line /mnt)" " rw,relatime "
	has "$(mount_line /mnt)" sync
}

@test "mount extras: remount with bind changes one mount and not the source" {
	requires_rundlet "as above"
	mkdir "$T/dir"
	add_mount /mnt bind "$T/dir" rbind
	config --arg t "$T" '.mounts += [{destination: "/mnt", options: ["bind", "remount", "ro", "nodev"]}]'
	inside 'cat /proc/self/mountinfo'
	has "$(mount_line /mnt)" " ro,nodev,relatime "
	touch "$T/dir/still-writable"
}

@test "mount extras: a superblock that is the host's is not remounted, and bind is proposed" {
	requires_rundlet "as above"
	requires_user
	mkdir "$T/dir"
	add_mount /mnt bind "$T/dir" bind
	add_mount /mnt none none remount,ro
	fails run --bundle "$B" "$C"
	says "remount none on /mnt"
	says "bind"
	matches "$err" ": /mounts/[0-9]+: "
	nothing_left
}

@test "mount extras: remount where nothing is mounted is refused" {
	requires_rundlet "as above"
	add_mount /mnt none none remount,ro
	fails run --bundle "$B" "$C"
	says "remount /mnt: nothing is mounted there"
	add_mount /nowhere none none remount,bind,ro
	config 'del(.mounts[-2])'
	fails run --bundle "$B" "$C"
	says /nowhere
	nothing_left
}

# --- tmpcopyup -------------------------------------------------------------------------------------

@test "mount extras: tmpcopyup begins with what is covered" {
	not_for crun "does not know it"
	mkdir -p "$B/rootfs/data/deep/er"
	echo one >"$B/rootfs/data/file"
	echo two >"$B/rootfs/data/deep/er/file"
	head -c 3000000 /dev/zero | tr '\0' x >"$B/rootfs/data/big"
	chmod 4751 "$B/rootfs/data/file"
	chmod 700 "$B/rootfs/data/deep"
	ln -s deep/er/file "$B/rootfs/data/link"
	touch -d '2020-02-02 02:02:02' "$B/rootfs/data/file"
	add_mount /data tmpfs tmpfs tmpcopyup
	inside 'cd /data && cat file link && wc -c <big && stat -c "%a %n" deep file && readlink link && echo more >file &&
		stat -f -c %T . && stat -c %y deep/er >/dev/null'
	eq "$out" $'one\ntwo\n3000000\n700 deep\n4751 file\ndeep/er/file\ntmpfs'
	eq "$(cat "$B/rootfs/data/file")" one
}

@test "mount extras: tmpcopyup keeps times, fifos and the mode of the directory" {
	requires_rundlet "copies do less"
	mkdir -m 1750 "$B/rootfs/data"
	touch -d '2020-02-02 02:02:02' "$B/rootfs/data/old"
	mkfifo -m 640 "$B/rootfs/data/fifo"
	add_mount /data tmpfs tmpfs tmpcopyup
	inside 'cd /data && stat -c "%a %F" . fifo && stat -c %y old | cut -d. -f1; ls -A'
	eq "$out" $'1750 directory\n640 fifo\n2020-02-02 02:02:02\nfifo\nold'
}

@test "mount extras: tmpcopyup with ro, mode and a shared propagation" {
	requires_rundlet "copies into a read-only file system fail"
	mkdir "$B/rootfs/data"
	echo one >"$B/rootfs/data/file"
	add_mount /data tmpfs tmpfs tmpcopyup,ro,mode=711,shared
	inside 'cat /data/file; stat -c %a /data; touch /data/x 2>/dev/null || echo refused; cat /proc/self/mountinfo'
	eq "$(head -n 3 <<<"$out")" $'one\n711\nrefused'
	matches "$(mount_line /data)" "shared:"
}

@test "mount extras: tmpcopyup of a directory that is not there is an empty tmpfs" {
	requires_rundlet "versions differ"
	may_create rootfs/data
	add_mount /data tmpfs tmpfs tmpcopyup
	inside 'ls -A /data; stat -f -c %T /data'
	eq "$out" tmpfs
}

@test "mount extras: tmpcopyup follows no link of the image to the host" {
	mkdir "$T/host" "$B/rootfs/data"
	echo secret >"$T/host/file"
	ln -s "$T/host/file" "$B/rootfs/data/file"
	add_mount /data tmpfs tmpfs tmpcopyup
	inside 'cat /data/file 2>/dev/null; readlink /data/file'
	eq "$out" "$T/host/file"
}

@test "mount extras: tmpcopyup of more than the tmpfs holds is refused and names what did not fit" {
	requires_rundlet "peers copy as much as fits, or word it otherwise"
	mkdir "$B/rootfs/data"
	head -c 300000 /dev/zero >"$B/rootfs/data/large"
	add_mount /data tmpfs tmpfs tmpcopyup,size=64k
	fails run --bundle "$B" "$C"
	says "copy /data into its tmpfs: large"
	matches "$err" ": /mounts/[0-9]+: "
	nothing_left
}

# --- links as sources and destinations ---------------------------------------------------------------

@test "mount extras: copy-symlink makes the link anew" {
	not_for runc "does not know it"
	may_create rootfs/etc/link
	ln -s /somewhere/else "$T/link"
	add_mount /etc/link bind "$T/link" bind,copy-symlink
	inside 'readlink /etc/link; grep -c " /etc/link " /proc/self/mountinfo || true'
	eq "$out" $'/somewhere/else\n0'
	# the same link may be there already; crun 1.8 fails then
	[ "$KIND" = crun ] || inside
}

@test "mount extras: copy-symlink binds what is no link" {
	not_for runc "does not know it"
	may_create rootfs/etc/file
	echo content >"$T/file"
	add_mount /etc/file bind "$T/file" bind,copy-symlink,ro
	inside 'cat /etc/file'
	eq "$out" content
}

@test "mount extras: copy-symlink replaces nothing" {
	not_for runc "does not know it"
	ln -s /somewhere/else "$T/link"
	ln -s /another "$B/rootfs/etc/link"
	add_mount /etc/link bind "$T/link" bind,copy-symlink
	fails run --bundle "$B" "$C"
	says_rundlet "make /etc/link a link to /somewhere/else"
	eq "$(readlink "$B/rootfs/etc/link")" /another
	nothing_left
}

@test "mount extras: src-nofollow binds the link itself" {
	not_for runc "does not know it"
	not_for crun "1.8 fails on a file"
	touch "$B/rootfs/etc/file"
	ln -s /somewhere/else "$T/link"
	add_mount /etc/file bind "$T/link" bind,src-nofollow
	inside 'readlink /etc/file; grep -c " /etc/file " /proc/self/mountinfo'
	eq "$out" $'/somewhere/else\n1'
}

@test "mount extras: dest-nofollow covers the link itself" {
	requires_rundlet "newer than the peers here"
	ln -s /bin/busybox "$B/rootfs/etc/link"
	echo content >"$T/file"
	add_mount /etc/link bind "$T/file" bind,dest-nofollow
	inside 'cat /etc/link; grep -c " /etc/link " /proc/self/mountinfo; grep -c " /bin/busybox " /proc/self/mountinfo || true'
	eq "$out" $'content\n1\n0'
}

@test "mount extras: src-nofollow and dest-nofollow put a link on a link" {
	requires_rundlet "newer than the peers here"
	ln -s /bin/busybox "$B/rootfs/etc/link"
	ln -s /somewhere/else "$T/link"
	add_mount /etc/link bind "$T/link" bind,src-nofollow,dest-nofollow
	inside 'readlink /etc/link'
	eq "$out" /somewhere/else
}

@test "mount extras: dest-nofollow does not put a directory on a link" {
	requires_rundlet "newer than the peers here"
	ln -s /mnt "$B/rootfs/etc/link"
	mkdir "$T/dir"
	add_mount /etc/link bind "$T/dir" bind,dest-nofollow
	fails run --bundle "$B" "$C"
	says "on /etc/link"
	nothing_left
}

# --- overlay ------------------------------------------------------------------------------------------

# Layers $T/l/NAME…: $1 of them, each with a file of its own and one that the first one wins.
layers()
{
	local i
	list=
	for ((i = 1; i <= $1; i++)); do
		mkdir -p "$T/l/layer-with-a-long-name-$i"
		echo "$i" >"$T/l/layer-with-a-long-name-$i/file"
		echo "$i" >"$T/l/layer-with-a-long-name-$i/f$i"
		list+=:$T/l/layer-with-a-long-name-$i
	done
	list=${list:1}
}

@test "mount extras: an overlay of twenty layers" {
	layers 20
	add_mount /mnt overlay overlay "ro,lowerdir=$list"
	inside 'cat /mnt/file /mnt/f20; ls /mnt | wc -l'
	eq "$out" $'1\n20\n21'
}

@test "mount extras: an overlay of layers whose names fill more than a page" {
	not_for crun "mount(2) takes a page"
	not_for runc "mount(2) takes a page"
	layers 150
	[ ${#list} -gt 5000 ] || fail "only ${#list} bytes"
	mkdir "$T/upper" "$T/work"
	add_mount /mnt overlay overlay ""
	config --arg l "lowerdir=$list" --arg u "upperdir=$T/upper" --arg w "workdir=$T/work" \
		'.mounts[-1].options = ["userxattr", $l, $u, $w]'
	inside 'cat /mnt/file /mnt/f150; ls /mnt | wc -l; echo new >/mnt/file'
	eq "$out" $'1\n150\n151'
	eq "$(cat "$T/upper/file")" new
	rm -rf "$T/work" 2>/dev/null || chmod -R u+rwx "$T/work"
}

@test "mount extras: names of many layers may hold colons and backslashes" {
	not_for crun "mount(2) takes a page"
	not_for runc "mount(2) takes a page"
	layers 150
	mkdir "$T/l/a:b\\c"
	echo odd >"$T/l/a:b\\c/file"
	add_mount /mnt overlay overlay ""
	config --arg l "lowerdir=$T/l/a\\:b\\\\c:$list" '.mounts[-1].options = ["ro", $l]'
	inside 'cat /mnt/file'
	eq "$out" odd
}

@test "mount extras: of many layers the one that is missing is named" {
	requires_rundlet
	layers 150
	rm -r "$T/l/layer-with-a-long-name-77"
	add_mount /mnt overlay overlay ""
	config --arg l "lowerdir=$list" '.mounts[-1].options = ["ro", $l]'
	fails run --bundle "$B" "$C"
	says layer-with-a-long-name-77
	matches "$err" "/mounts/[0-9]+/options/1: "
	nothing_left
}

# --- labels -------------------------------------------------------------------------------------------

@test "mount extras: mountLabel becomes the context of what has no labels of its own" {
	requires_rundlet "plan is rundlet's"
	config '.linux.mountLabel = "system_u:object_r:container_file_t:s0:c1,c2"'
	ok plan --bundle "$B"
	has "$out" "tmpfs on /dev/shm (nosuid,nodev,noexec,mode=1777,size=65536k,context=system_u:object_r:container_file_t:s0:c1,c2)"
	has "$(grep 'devpts on' <<<"$out")" "context=system_u"
	! grep -E ' (proc|sysfs|mqueue) on .*context=' <<<"$out" || fail "a label where none belongs"
	config '.annotations["run.oci.mount_context_type"] = "rootcontext"'
	ok plan --bundle "$B"
	has "$out" ",rootcontext=system_u"
}

@test "mount extras: mountLabel is refused where SELinux is not enabled" {
	requires_rundlet "runc words it otherwise, crun ignores it"
	! grep -qw selinuxfs /proc/filesystems || skip "SELinux is enabled here"
	config '.linux.mountLabel = "system_u:object_r:container_file_t:s0:c1,c2"'
	fails run --bundle "$B" "$C"
	says "context=system_u:object_r:container_file_t:s0:c1,c2"
	says SELinux
	matches "$err" "config.json:[0-9]+:[0-9]+: /linux/mountLabel: "
	nothing_left
}

@test "mount extras: inspect takes no offence at a remount" {
	requires_rundlet
	add_mount /mnt tmpfs tmpfs nosuid
	add_mount /mnt none none remount,noexec
	script 'sleep 100'
	ok run --detach --bundle "$B" "$C"
	ok inspect --json "$C"
	hasnt "$out" "was asked for and is not"
}

# --- what is done otherwise than asked ----------------------------------------------------------------

@test "mount extras: --strict and its annotation make an adaptation an error" {
	requires_rundlet
	local op
	mkdir "$T/dir"
	add_mount /mnt bind "$T/dir" bind,sync
	for op in plan create run; do
		if [ $op = plan ]; then
			fails plan --strict --bundle "$B"
		else
			fails $op --strict --bundle "$B" "$C"
		fi
		says "without --strict this is only noted"
		nothing_left
	done
	config '.annotations["io.github.rundlet.strict"] = "true"'
	fails run --bundle "$B" "$C"
	says "without --strict this is only noted"
	config '.annotations["io.github.rundlet.strict"] = "false"'
	inside
}

@test "mount extras: an adaptation is in the plan, in the debug log and in the state" {
	requires_rundlet
	mkdir "$T/dir"
	add_mount /mnt bind "$T/dir" bind,sync
	ok plan --bundle "$B"
	has "$out" 'note: option "sync" has no effect on a bind mount'
	script 'sleep 100'
	go --debug run --detach --bundle "$B" "$C"
	eq "$status" 0
	has "$err" 'option \"sync\" has no effect on a bind mount' || has "$err" 'option "sync" has no effect on a bind mount'
	has "$(cat "$ROOT/$C/state.json")" 'has no effect on a bind mount'
}

# In a user namespace whose proc has a file covered.
in_masked()
{
	cat >"$T/steps" <<-END
		mount --bind /dev/null /proc/cpuinfo &&
		TMPDIR="$T/tmp" XDG_RUNTIME_DIR="$T/xdg" exec unshare -Urm "$E2E_RUNTIME" --root "$ROOT" run --bundle "$B" "$C"
	END
	without_ns user
	with_ns network
	config 'del(.linux.uidMappings, .linux.gidMappings)'
	snapshot
	other unshare -Urm sh "$T/steps"
}

@test "mount extras: proc that would reveal what is covered is refused, with what that is and the cure" {
	requires_userns
	requires_rundlet "peers pass on what the kernel says"
	[ "$(grep -c ' - proc ' /proc/self/mountinfo)" = 1 ] || skip "another procfs of this host shows what this test covers"
	in_masked
	eq "$status" 1
	says "mount proc on /proc"
	says "/proc/cpuinfo"
	says "io.github.rundlet.proc"
	matches "$err" ": /mounts/[0-9]+: "
	nothing_left
}

@test "mount extras: the caller's proc is bound when the annotation wants it" {
	requires_userns
	requires_rundlet
	config '.annotations["io.github.rundlet.proc"] = "bind" | .linux.maskedPaths = [] | .linux.readonlyPaths = []'
	script 'grep -c " /proc/cpuinfo " /proc/self/mountinfo; wc -c </proc/cpuinfo'
	in_masked
	eq "$out$err" $'1\n0'
	if [ "$(id -u)" = 0 ]; then
		# podman hands on what the image says; caught: the build before
		fails run --bundle "$B" "$C"
		says "/annotations/io.github.rundlet.proc: the host's proc is bound in user namespaces only"
		with_ns user
		map_ids 0 100000 65536
	fi
	ok plan --bundle "$B"
	has "$out" "note: the caller's /proc is bound"
	fails plan --strict --bundle "$B"
}

@test "mount extras: proc with processes only, and a wrong value, by annotation" {
	requires_rundlet
	config '.annotations["io.github.rundlet.proc"] = "subset=pid"'
	ok plan --bundle "$B"
	has "$(grep 'proc on /proc' <<<"$out")" subset=pid
	config '.annotations["io.github.rundlet.proc"] = "everything"'
	fails plan --bundle "$B"
	matches "$err" "config.json:[0-9]+:[0-9]+: /annotations/io.github.rundlet.proc: "
	says everything
}

@test "mount extras: the host's mqueue where the host has none is refused with the reason" {
	requires_userns
	requires_rundlet "peers bind whatever is there"
	without_ns ipc user
	with_ns network
	config 'del(.linux.uidMappings, .linux.gidMappings) | del(.linux.sysctl)'
	snapshot
	other unshare -Urm sh -c '{ [ ! -d /dev/mqueue ] || mount -t tmpfs none /dev/mqueue; } && XDG_RUNTIME_DIR="$0/xdg" exec "$@"' "$T" \
		"$E2E_RUNTIME" --root "$ROOT" run --bundle "$B" "$C"
	eq "$status" 1
	says "no mqueue file system"
	says "ipc namespace"
	nothing_left
}
