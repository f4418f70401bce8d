#!/usr/bin/env bats
# Proves: every namespace that is asked for is new, every one that is not asked for is shared, paths
# are joined after their type was checked, and what belongs to a namespace (pid 1, the loopback
# device, host and domain name) is there.

load helpers

outside()
{
	readlink "/proc/self/ns/$1"
}

inner()
{
	inside "readlink /proc/self/ns/$1"
}

@test "namespaces: each new one differs from outside" {
	with_ns user
	[ "$(id -u)" != 0 ] || map_ids 0 0 1000
	for pair in pid:pid network:net ipc:ipc uts:uts mount:mnt cgroup:cgroup user:user; do
		with_ns "${pair%:*}"
		inner "${pair#*:}"
		ne "$out" "$(outside "${pair#*:}")" "${pair%:*}"
		matches "$out" "^${pair#*:}:\[[0-9]+\]$"
	done
}

@test "namespaces: what is not in the list is shared" {
	for pair in network:net ipc:ipc uts:uts cgroup:cgroup; do
		without_ns "${pair%:*}"
	done
	config 'del(.hostname) | .mounts |= map(select(.type != "mqueue" and .type != "sysfs" and .type != "cgroup"))'
	for ns in net ipc uts cgroup; do
		inner "$ns"
		eq "$out" "$(outside "$ns")"
	done
}

@test "namespaces: a container of root without a user namespace shares root's" {
	requires_root
	without_ns user
	inner user
	eq "$out" "$(outside user)"
}

@test "namespaces: pid: the program is 1 and sees only its own" {
	with_ns pid
	inside 'echo $$; ls -d /proc/[0-9]* | wc -l'
	[ "$(tail -n 1 <<<"$out")" -le 3 ] || fail "sees too many processes"
	eq "$(head -n 1 <<<"$out")" 1
}

@test "namespaces: network: the loopback device is up, and alone" {
	with_ns network
	inside 'ip -o link show; ip -o addr show lo'
	has "$out" "LOOPBACK,UP"
	has "$out" "127.0.0.1/8"
	eq "$(grep -c LOOPBACK <<<"$out")" 1
	hasnt "$out" eth0
}

@test "namespaces: network: something can talk to itself over loopback" {
	with_ns network
	# until somebody listens; if that never comes, the test fails and does not hang
	script 'echo hello | busybox nc -l -p 4321 127.0.0.1 & n=0
		until busybox nc 127.0.0.1 4321 </dev/null 2>/dev/null || [ $n = 100 ]; do
			n=$((n + 1))
			sleep 0.1
		done
		kill $! 2>/dev/null
		wait'
	inside
	eq "$out" hello
}

@test "namespaces: uts: hostname and domainname are set inside only" {
	with_ns uts
	before=$(hostname)
	config '.hostname = "little-cask"'
	inside hostname
	eq "$out" little-cask
	eq "$(hostname)" "$before"
	not_for runc "1.1 has no domainname"
	config '.domainname = "cellar.example"'
	inside 'cat /proc/sys/kernel/domainname'
	eq "$out" cellar.example
}

@test "namespaces: hostname without a uts namespace is refused" {
	without_ns uts
	config '.hostname = "x"'
	fails run --bundle "$B" "$C"
	says_rundlet hostname
	nothing_left
}

@test "namespaces: ipc: the queues are the container's own" {
	with_ns ipc
	inside 'ls /dev/mqueue | wc -l; cat /proc/sysvipc/shm | wc -l'
	eq "$out" $'0\n1'
}

@test "namespaces: cgroup: the root of the namespace is where we are" {
	with_ns cgroup
	inside 'cut -d: -f3 /proc/self/cgroup | sort -u'
	eq "$out" /
}

# A namespace of this type, made by somebody else, in $ns_path.
make_ns()
{
	local opt=$1
	if [ "$(id -u)" = 0 ]; then
		unshare "$opt" sleep 60 &
	else
		unshare -Ur "$opt" sleep 60 &
	fi
	background $!
	eventually grep -qx sleep "/proc/$!/comm"
	ns_pid=$!
}

# The user namespace of $1, whose mappings are there already (runc wants to be told them again).
join_user()
{
	join user "/proc/$1/ns/user"
	[ "$KIND" = runc ] || config 'del(.linux.uidMappings, .linux.gidMappings)'
}

join()
{
	config --arg t "$1" --arg p "$2" '.linux.namespaces |= (map(select(.type != $t)) + [{type: $t, path: $p}])'
}

@test "namespaces: root joins network, uts, ipc and cgroup namespaces by path" {
	requires_root
	for t in network:net:-n uts:uts:-u ipc:ipc:-i cgroup:cgroup:-C; do
		IFS=: read -r type proc opt <<<"$t"
		make_ns "$opt"
		join "$type" "/proc/$ns_pid/ns/$proc"
		[ "$type" != uts ] || config 'del(.hostname)'
		inner "$proc"
		eq "$out" "$(readlink "/proc/$ns_pid/ns/$proc")" "$type"
		with_ns "$type"
	done
}

@test "namespaces: a plain user joins a user namespace and a network that it owns, by path" {
	requires_user
	make_ns -n
	join_user "$ns_pid"
	join network "/proc/$ns_pid/ns/net"
	inside 'readlink /proc/self/ns/net; readlink /proc/self/ns/user'
	eq "$out" "$(readlink "/proc/$ns_pid/ns/net")
$(readlink "/proc/$ns_pid/ns/user")"
}

@test "namespaces: a second container joins those of the first" {
	config '.process.args = ["/bin/sleep", "60"]'
	with_ns network ipc uts
	config '.hostname = "first"'
	ok create --bundle "$B" "$C"
	ok start "$C"
	pid=$(init_pid)
	make_bundle "$T/second"
	first=$B
	B=$T/second
	rm "$T/before"
	join network "/proc/$pid/ns/net"
	join ipc "/proc/$pid/ns/ipc"
	join uts "/proc/$pid/ns/uts"
	config 'del(.hostname)'
	if [ "$(id -u)" != 0 ]; then
		join_user "$pid"
	fi
	script 'hostname; readlink /proc/self/ns/net'
	ok run --bundle "$B" "$C-2"
	eq "$out" "first
$(readlink "/proc/$pid/ns/net")"
}

@test "namespaces: a pid namespace is joined by path" {
	not_for crun "1.8 cannot, rootless"
	config '.process.args = ["/bin/sleep", "60"]'
	ok create --bundle "$B" "$C"
	ok start "$C"
	pid=$(init_pid)
	make_bundle "$T/second"
	B=$T/second
	rm "$T/before"
	join pid "/proc/$pid/ns/pid"
	if [ "$(id -u)" != 0 ]; then
		join_user "$pid"
	fi
	script 'readlink /proc/self/ns/pid; cat /proc/1/comm; [ $$ != 1 ] && echo not-one'
	ok run --bundle "$B" "$C-2"
	eq "$out" "$(readlink "/proc/$pid/ns/pid")
sleep
not-one"
}

@test "namespaces: a path of another type is refused" {
	requires_rundlet "checks the type first"
	for type in network uts ipc cgroup pid; do
		other=/proc/self/ns/mnt
		join "$type" "$other"
		fails run --bundle "$B" "$C"
		says "/linux/namespaces/"
		nothing_left
		with_ns "$type"
	done
}

@test "namespaces: a path that is no namespace, or missing, is refused" {
	for path in /etc/passwd /no/such/ns; do
		join network "$path"
		fails run --bundle "$B" "$C"
		nothing_left
	done
}

@test "namespaces: a relative path is refused" {
	requires_rundlet "absolute, says the specification"
	join network proc/self/ns/net
	fails run --bundle "$B" "$C"
	nothing_left
}

@test "namespaces: duplicates are refused" {
	not_for crun "lets them pass"
	config '.linux.namespaces += [{"type": "pid"}]'
	with_ns pid
	config '.linux.namespaces += [{"type": "pid"}]'
	fails run --bundle "$B" "$C"
	says_rundlet "/linux/namespaces/"
	nothing_left
}

@test "namespaces: an unknown type is refused" {
	config '.linux.namespaces += [{"type": "kitchen"}]'
	fails run --bundle "$B" "$C"
	says_rundlet kitchen
	nothing_left
}

@test "namespaces: the container's mounts are invisible outside, the host's inside" {
	add_mount /mnt tmpfs tmpfs rw
	inside 'cat /proc/self/mountinfo'
	has "$out" " /mnt "
	hasnt "$out" "/dev/shm/e2e"
	hasnt "$out" " /home "
	hasnt "$(cat /proc/self/mountinfo)" "$B"
}

@test "namespaces: without a mount namespace nothing is mounted on the host" {
	requires_rundlet "refuses what peers do to the host"
	without_ns mount
	fails run --bundle "$B" "$C"
	nothing_left
}
