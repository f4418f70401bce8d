#!/usr/bin/env bats
# Proves: a network device of the caller's network namespace moves into the container's, with its
# addresses, MTU and hardware address, under the name that is asked for, and is up; as root, and as
# an ordinary user inside a user and network namespace of its own. What cannot be moved is refused,
# and stays where it is.
#
# The caller's network namespace is one of the test's own, with a pair of veth devices: v0 is to be
# moved, v1 stays.

load helpers

setup()
{
	e2e_setup
	not_for crun "1.8 has no netDevices"
	not_for runc "1.1 has no netDevices"
	requires_program ip nsenter
	local make=(-n) enter=(-n)
	[ "$(id -u)" = 0 ] || make=(-r -n) enter=(-U --preserve-credentials -n)
	unshare "${make[@]}" true 2>/dev/null || skip "this host allows no network namespace"
	unshare "${make[@]}" sleep 120 3>&- &
	holder=$!
	background "$holder"
	eventually grep -qx sleep "/proc/$holder/comm"
	NET=(nsenter -t "$holder" "${enter[@]}")
	"${NET[@]}" ip link add v0 type veth peer name v1 2>"$T/err" || skip "no veth: $(cat "$T/err")"
	printf '#!/bin/sh\nexec nsenter -t %s %s %s "$@"\n' "$holder" "${enter[*]}" "$E2E_RUNTIME" >"$T/there"
	chmod 755 "$T/there"
	OUTSIDE=$E2E_RUNTIME
	E2E_RUNTIME=$T/there
	with_ns network
	# who runs it is root there
	[ "$(id -u)" = 0 ] || map_ids 0 0 1
}

teardown()
{
	E2E_RUNTIME=${OUTSIDE:-$E2E_RUNTIME}
	e2e_teardown
}

devices()
{
	config ".linux.netDevices = $1"
}

# A device of the caller's network namespace.
out_there()
{
	"${NET[@]}" ip link show "$1" >/dev/null 2>&1
}

peer_gone()
{
	! out_there v1
}

@test "netdev: a device moves, keeps its name and is up" {
	devices '{v0: {}}'
	inside 'ip -o link show v0; ip link show v1 2>/dev/null || echo alone'
	matches "$out" 'v0@.*[<,]UP[,>]'
	has "$out" alone
	# the kernel takes a network namespace down in its own time
	eventually peer_gone
}

@test "netdev: without a user namespace of the container's own" {
	without_ns user
	config 'del(.linux.uidMappings, .linux.gidMappings)'
	devices '{v0: {name: "eth0"}}'
	inside 'ip -o link show eth0'
	matches "$out" 'eth0@.*[<,]UP[,>]'
}

@test "netdev: in a user namespace with a range of ids" {
	requires_root
	map_ids 0 100000 1000
	devices '{v0: {name: "eth0"}}'
	inside 'ip -o link show eth0'
	matches "$out" 'eth0@.*[<,]UP[,>]'
}

@test "netdev: a new name" {
	devices '{v0: {name: "eth0"}}'
	inside 'ip -o link show eth0; ip link show v0 2>/dev/null || echo renamed'
	matches "$out" 'eth0@.*[<,]UP[,>]'
	has "$out" renamed
}

@test "netdev: a template for names gets numbers" {
	"${NET[@]}" ip link add w0 type veth peer name w1
	devices '{v0: {name: "eth%d"}, w0: {name: "eth%d"}}'
	inside 'ip -o link show eth0; ip -o link show eth1'
	matches "$out" 'eth0@.*[<,]UP[,>]'
	matches "$out" 'eth1@.*[<,]UP[,>]'
}

@test "netdev: the longest name that there is" {
	devices '{v0: {name: "abcdefghijklmno"}}'
	inside 'ip -o link show abcdefghijklmno'
	has "$out" abcdefghijklmno
}

@test "netdev: addresses, MTU and hardware address are kept" {
	"${NET[@]}" ip addr add 10.9.8.7/24 brd + dev v0
	"${NET[@]}" ip addr add 10.9.8.8/24 dev v0
	"${NET[@]}" ip addr add 192.0.2.1 peer 192.0.2.2/32 dev v0
	"${NET[@]}" ip link set dev v0 mtu 1400 address 02:00:00:00:00:07
	devices '{v0: {name: "eth0"}}'
	inside 'ip addr show eth0'
	for want in "inet 10.9.8.7/24 brd 10.9.8.255" "inet 10.9.8.8/24" "inet 192.0.2.1 peer 192.0.2.2/32" \
		"mtu 1400" "link/ether 02:00:00:00:00:07"; do
		has "$out" "$want"
	done
}

@test "netdev: IPv6 addresses are kept, those of the link's own scope are not moved" {
	[ -e /proc/sys/net/ipv6 ] || skip "no IPv6"
	"${NET[@]}" ip addr add 2001:db8::7/64 dev v0 nodad
	"${NET[@]}" ip addr add fe80::1234/64 dev v0 nodad
	devices '{v0: {}}'
	inside 'ip -6 addr show v0'
	has "$out" 2001:db8::7/64
	hasnt "$out" fe80::1234
}

@test "netdev: addresses of a smaller scope, or for a time, are left behind" {
	"${NET[@]}" ip addr add 10.9.8.7/24 dev v0 scope link
	"${NET[@]}" ip addr add 10.9.7.8/24 dev v0 valid_lft 600 preferred_lft 600
	"${NET[@]}" ip addr add 10.9.6.9/24 dev v0
	devices '{v0: {}}'
	inside 'ip addr show v0'
	hasnt "$out" 10.9.8.7
	hasnt "$out" 10.9.7.8
	has "$out" 10.9.6.9
}

@test "netdev: packets pass between the container and the device's other end" {
	"${NET[@]}" ip addr add 10.9.8.7/24 dev v0
	"${NET[@]}" ip addr add 10.9.8.1/24 dev v1
	"${NET[@]}" ip link set v1 up
	devices '{v0: {}}'
	inside 'busybox ping -c 1 -W 5 10.9.8.1'
	has "$out" "1 packets received"
}

@test "netdev: it is there when the hooks of createRuntime run, and for sysctl" {
	printf '#!/bin/sh\npid=$(sed "s/.*\\"pid\\":\\([0-9]*\\).*/\\1/")\nexec cat /proc/$pid/net/dev >%s/seen\n' "$T" >"$T/hook"
	chmod 755 "$T/hook"
	config --arg h "$T/hook" '.hooks.createRuntime = [{path: $h}] |
		.linux.sysctl = {"net/ipv4/conf/eth0/forwarding": "1"}'
	devices '{v0: {name: "eth0"}}'
	inside 'cat /proc/sys/net/ipv4/conf/eth0/forwarding'
	eq "$out" 1
	has "$(cat "$T/seen")" eth0
}

@test "netdev: into a network namespace that is joined, where it stays" {
	requires_root
	unshare -n sleep 60 3>&- &
	joined=$!
	background "$joined"
	eventually grep -qx sleep "/proc/$joined/comm"
	config --arg p "/proc/$joined/ns/net" \
		'.linux.namespaces |= map(if .type == "network" then .path = $p else . end)'
	"${NET[@]}" ip addr add 10.9.8.7/24 dev v0
	devices '{v0: {name: "eth0"}}'
	inside 'ip addr show eth0'
	has "$out" 10.9.8.7/24
	nsenter -t "$joined" -n ip link show eth0 >/dev/null || fail "it is gone with the container"

	# and a name that is taken there
	"${NET[@]}" ip link add w0 type veth peer name w1
	"${NET[@]}" ip link set w0 up
	devices '{w0: {name: "eth0"}}'
	fails run --bundle "$B" "$C"
	says "has a device 'eth0' already"
	says "/linux/netDevices/w0"
	has "$("${NET[@]}" ip -o link show w0)" ",UP"
	nothing_left
}

@test "netdev: the caller's own network namespace is refused" {
	requires_root
	config --arg p "/proc/$holder/ns/net" \
		'.linux.namespaces |= map(if .type == "network" then .path = $p else . end)'
	devices '{v0: {name: "eth0"}}'
	fails run --bundle "$B" "$C"
	says "/linux/netDevices"
	says "is the caller's"
	out_there v0
	nothing_left
}

@test "netdev: without a network namespace they are refused" {
	devices '{v0: {}}'
	without_ns network
	fails run --bundle "$B" "$C"
	says "/linux/netDevices"
	matches "$err" "config.json:[0-9]+"
	out_there v0
	nothing_left
}

@test "netdev: a device that is not there is refused before another one has moved" {
	devices '{v0: {}, zz9: {}}'
	fails run --bundle "$B" "$C"
	says "there is no network device 'zz9'"
	says "/linux/netDevices/zz9"
	matches "$err" "config.json:[0-9]+"
	out_there v0
	nothing_left
}

@test "netdev: a name that is taken by lo is refused" {
	devices '{v0: {name: "lo"}}'
	fails run --bundle "$B" "$C"
	says "has a device 'lo' already"
	out_there v0
	nothing_left
}

@test "netdev: lo itself cannot move" {
	devices '{lo: {name: "lo1"}}'
	fails run --bundle "$B" "$C"
	says "/linux/netDevices/lo"
	says "belong to their network namespace"
	nothing_left
}

@test "netdev: names that are none are refused" {
	config '.linux.netDevices = {"": {}}'
	fails run --bundle "$B" "$C"
	says "/linux/netDevices/"
	for name in . .. a/b "a b" a:b abcdefghijklmnop "%s" "a%db" "%d%d"; do
		config --arg n "$name" '.linux.netDevices = {v0: {name: $n}}'
		fails run --bundle "$B" "$C"
		says "/linux/netDevices/v0/name"
		matches "$err" "config.json:[0-9]+"
		config --arg n "$name" '.linux.netDevices = {($n): {}}'
		fails run --bundle "$B" "$C"
		says "/linux/netDevices/"
	done
	out_there v0
	nothing_left
}

@test "netdev: two devices with one name are refused" {
	"${NET[@]}" ip link add w0 type veth peer name w1
	devices '{v0: {name: "eth0"}, w0: {name: "eth0"}}'
	fails run --bundle "$B" "$C"
	says "/linux/netDevices/w0/name"
	devices '{v0: {name: "w0"}, w0: {}}'
	fails run --bundle "$B" "$C"
	says "/linux/netDevices/w0"
	out_there v0
	nothing_left
}

@test "netdev: the plan names both" {
	devices '{v0: {name: "eth0"}}'
	ok plan --bundle "$B"
	has "$out" "v0 becomes eth0"
}

@test "netdev: an ordinary user without a namespace of its own is told what to do" {
	requires_user
	E2E_RUNTIME=$OUTSIDE
	map_ids 0 "$(id -u)" 1
	MAP_GIDS=$(jq -cn "[{containerID: 0, hostID: $(id -g), size: 1}]") map_ids 0 "$(id -u)" 1
	devices '{lo: {name: "eth0"}}'
	fails run --bundle "$B" "$C"
	says "CAP_NET_ADMIN"
	says "unshare -rn"
	says "/linux/netDevices/lo"
	nothing_left
}
