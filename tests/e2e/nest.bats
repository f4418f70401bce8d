#!/usr/bin/env bats
# Proves: rundlet runs in a container of rundlet in a container of rundlet, each with namespaces of its
# own; where the kernel allows no deeper user namespace, or no further one, that is said.

load helpers

LEVELS=4

# A bundle within the bundle in $1, and so on, $2 levels deep; the innermost runs $3.
nest()
{
	local b=$1 level=$2
	mkdir -p "$b"/rootfs/{inner,run,lib,lib64,usr/lib}
	[ "$level" = 1 ] || ln "$E2E_RUNTIME" "$b/rootfs/bin/rundlet" 2>/dev/null || cp "$E2E_RUNTIME" "$b/rootfs/bin/rundlet"
	if [ "$level" -gt 1 ]; then
		jq '.process.args = ["/bin/rundlet", "--root", "/run/r", "run", "--bundle", "/inner", "in"]' \
			"$b/config.json" >"$b/new"
		mv "$b/new" "$b/config.json"
		make_bundle "$b/rootfs/inner"
		jq '.linux.uidMappings = [{containerID: 0, hostID: 0, size: 1}] | .linux.gidMappings = .linux.uidMappings |
			.linux.namespaces |= (map(select(.type != "user")) + [{type: "user"}])' \
			"$b/rootfs/inner/config.json" >"$b/new"
		mv "$b/new" "$b/rootfs/inner/config.json"
		nest "$b/rootfs/inner" $((level - 1)) "$3"
	else
		jq --arg s "$3" '.process.args = ["/bin/sh", "-c", $s]' "$b/config.json" >"$b/new"
		mv "$b/new" "$b/config.json"
	fi
}

# What a container needs that has containers: its own program loaded, all capabilities, proc and sys
# without masks, a place to write.
for_nesting()
{
	local b=$1
	while [ -f "$b/config.json" ]; do
		jq --argjson c '["CHOWN","DAC_OVERRIDE","FOWNER","SETGID","SETUID","SETPCAP","SYS_CHROOT","SYS_ADMIN","NET_ADMIN","KILL","SETFCAP"]' '
			($c | map("CAP_" + .)) as $all |
			.process.capabilities = {bounding: $all, effective: $all, permitted: $all} |
			.root.readonly = false | del(.linux.maskedPaths, .linux.readonlyPaths, .linux.seccomp) |
			.mounts |= map(select(.type != "cgroup")) + [{destination: "/run", type: "tmpfs", source: "tmpfs"}]' "$b/config.json" >"$b/new"
		mv "$b/new" "$b/config.json"
		for d in /lib /lib64 /usr/lib; do
			[ ! -d "$d" ] || jq --arg d "$d" '.mounts += [{destination: $d, type: "bind", source: $d, options: ["rbind", "ro"]}]' \
				"$b/config.json" >"$b/new"
			[ ! -f "$b/new" ] || mv "$b/new" "$b/config.json"
		done
		b=$b/rootfs/inner
	done
}

setup()
{
	e2e_setup
	requires_rundlet "is about itself in itself"
	requires_userns
	[ "$(id -u)" != 0 ] || map_ids 0 0 1
}

@test "nest: $LEVELS levels, each in namespaces of its own" {
	requires_plain_build
	nest "$B" "$LEVELS" 'id -u; readlink /proc/self/ns/user; readlink /proc/self/ns/pid; echo $$'
	for_nesting "$B"
	ok run --bundle "$B" "$C"
	eq "$(sed -n 1p <<<"$out")" 0
	ne "$(sed -n 2p <<<"$out")" "$(readlink /proc/self/ns/user)"
	ne "$(sed -n 3p <<<"$out")" "$(readlink /proc/self/ns/pid)"
	eq "$(sed -n 4p <<<"$out")" 1
}

@test "nest: the deepest user namespace says that there is no deeper one" {
	# unshare makes one inside the other until the kernel refuses, rundlet is asked for the next
	script true
	printf '#!/bin/sh\nunshare -Ur "$0" "$@" 2>/dev/null && exit 0\n[ -e %s/asked ] && exit 0\n>%s/asked\n%s --root %s run --bundle %s x >%s/said 2>&1\nexit 0\n' \
		"$T" "$T" "$E2E_RUNTIME" "$T/deep" "$B" "$T" >"$T/dig"
	chmod 755 "$T/dig"
	map_ids 0 0 1
	snapshot
	"$T/dig" 3>&- || true
	err=$(cat "$T/said")
	says "create a user namespace"
	says "nested 32 deep"
	eq "$(wc -l <"$T/said")" 1 lines
}

@test "nest: user.max_user_namespaces of an outer namespace is named" {
	map_ids 0 0 1
	snapshot
	other unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"' sh \
		"$E2E_RUNTIME" --root "$T/limited" run --bundle "$B" "$C"
	ne "$status" 0
	says "create a user namespace"
	says "user.max_user_namespaces"
	eq "$(wc -l <"$T/err")" 1 lines
}
