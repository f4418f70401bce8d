#!/usr/bin/env bats
# Proves: the default devices are there, are what they say and work; the links of runtime-linux.md
# are made; devices of the configuration appear, or are refused by name.

load helpers

@test "devices: the default devices are character devices with the right numbers" {
	inside 'for d in null zero full random urandom tty; do stat -c "%n %t:%T %F" /dev/$d; done'
	eq "$out" "/dev/null 1:3 character special file
/dev/zero 1:5 character special file
/dev/full 1:7 character special file
/dev/random 1:8 character special file
/dev/urandom 1:9 character special file
/dev/tty 5:0 character special file"
}

@test "devices: the default devices work" {
	inside 'echo x >/dev/null; head -c 3 /dev/zero | od -An -c; echo x 2>/dev/null >/dev/full || echo full; head -c 4 /dev/urandom | wc -c'
	eq "$(tr -s ' ' <<<"$out")" $' \\0 \\0 \\0\nfull\n4'
}

@test "devices: everybody may use them" {
	inside 'for d in null zero full random urandom tty; do stat -c %a /dev/$d; done | sort -u'
	eq "$out" 666
}

@test "devices: the links are there" {
	inside 'for l in fd stdin stdout stderr ptmx; do readlink /dev/$l; done'
	eq "$out" "/proc/self/fd
/proc/self/fd/0
/proc/self/fd/1
/proc/self/fd/2
pts/ptmx"
}

@test "devices: nothing else is in /dev" {
	inside 'ls /dev'
	got=$(grep -v -x -e core -e console <<<"$out" | tr '\n' ' ')
	eq "$got" "fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero "
}

@test "devices: /dev/ptmx makes terminals in the container's own devpts" {
	inside 'exec 5<>/dev/ptmx; ls /dev/pts'
	eq "$out" $'0\nptmx'
	[ "$KIND" != crun ] || return 0 # 1.8 binds the host's, and there is no place for the link
	config '.linux.devices = [{path: "/dev/ptmx", type: "c", major: 5, minor: 2}]'
	inside 'exec 5<>/dev/ptmx; ls /dev/pts'
	eq "$out" $'0\nptmx' "with the host's among the devices"
}

@test "devices: without a mount on /dev the image's /dev is used, nothing breaks" {
	not_for runc "writes into the image"
	not_for crun "writes into the image"
	config '.mounts |= map(select(.destination | startswith("/dev") | not))'
	may_create rootfs/dev/{null,zero,full,random,urandom,tty,fd,stdin,stdout,stderr,ptmx,core,console}
	inside 'echo x >/dev/null; stat -c %t:%T /dev/null'
	eq "$out" 1:3
}

@test "devices: a device of the configuration that the host has" {
	requires_user
	requires_rundlet "peers differ"
	config '.linux.devices = [{path: "/dev/mynull", type: "c", major: 1, minor: 3}]'
	go run --bundle "$B" "$C"
	# in a user namespace nodes cannot be made: a bind of the host's, or a clear refusal
	if [ "$status" = 0 ]; then
		inside 'stat -c %t:%T /dev/mynull'
		eq "$out" 1:3
	else
		eq "$(wc -l <"$T/err")" 1
		says /linux/devices/0
	fi
}

@test "devices: root makes devices of the configuration" {
	requires_root
	without_ns user
	config 'del(.linux.uidMappings, .linux.gidMappings) |
		.linux.devices = [{path: "/dev/mynull", type: "c", major: 1, minor: 3, fileMode: 384, uid: 7, gid: 8}]'
	config 'del(.linux.resources)'
	inside 'stat -c "%t:%T %a %u %g" /dev/mynull'
	eq "$out" "1:3 600 7 8"
}

@test "devices: root's devices have the owner and mode that is asked for, whatever the umask" {
	requires_root
	config '.linux.devices = [{path: "/dev/made", type: "c", major: 1, minor: 7, fileMode: 438, uid: 7, gid: 8}]'
	script 'stat -c "%a %u %g %t:%T" /dev/made'
	umask 077
	ok run --bundle "$B" "$C"
	umask 022
	eq "$out" "666 7 8 1:7"
}

@test "devices: what a link of the image leads to is neither device nor changed" {
	not_for crun "1.8 takes it for the device"
	requires_root
	as_host_root
	touch "$T/canary"
	chmod 600 "$T/canary"
	mkdir "$T/devs"
	ln -s "$T/canary" "$T/devs/made"
	add_mount /devs bind "$T/devs" bind
	may_create rootfs/devs
	config '.linux.devices = [{path: "/devs/made", type: "c", major: 1, minor: 7, fileMode: 438, uid: 7, gid: 8}]'
	fails run --bundle "$B" "$C"
	says_rundlet "something else is there"
	eq "$(stat -c '%a %u' "$T/canary")" "600 0"
}

@test "devices: a fifo of the configuration" {
	config '.linux.devices = [{path: "/dev/pipe", type: "p", fileMode: 420}]'
	not_for runc "wants root"
	not_for crun "1.8 fails"
	inside 'stat -c "%F %a" /dev/pipe'
	eq "$out" "fifo 644"
}

@test "devices: an image that links /dev/null elsewhere fools nobody" {
	# CVE-2025-31133: /dev/null of the image pointing to a file of the host
	as_host_root
	config '.mounts |= map(select(.destination | startswith("/dev") | not))'
	rm -rf "$B/rootfs/dev"
	mkdir "$B/rootfs/dev"
	ln -s /proc/sys/kernel/core_pattern "$B/rootfs/dev/null"
	before=$(cat /proc/sys/kernel/core_pattern)
	go run --bundle "$B" "$C"
	eq "$(cat /proc/sys/kernel/core_pattern)" "$before"
	if [ "$KIND" = rundlet ]; then
		ne "$status" 0
		says "/dev/null: the destination is a symbolic link in the image"
	fi
	may_create rootfs/dev/{null,zero,full,random,urandom,tty,fd,stdin,stdout,stderr,ptmx,core,console,pts,shm,mqueue}
}

@test "devices: an image whose /dev is a link does not reach the host" {
	not_for crun "1.8 has this hole"
	# CVE-2026-41579
	as_host_root
	mkdir "$T/canary"
	touch "$T/canary/ptmx"
	config '.mounts |= map(select(.destination | startswith("/dev") | not))'
	rm -rf "$B/rootfs/dev"
	ln -s "$T/canary" "$B/rootfs/dev"
	go run --bundle "$B" "$C"
	eq "$(ls "$T/canary")" ptmx
	rm -rf "$B/rootfs/dev" "$B/rootfs/run"
}
