#!/usr/bin/env bats
# Proves: config.json files as other tools write them run unchanged: runc's and crun's own templates,
# and what podman hands to its runtime.

load helpers

# The template of this runtime, unchanged, its shell reading a script from stdin. Needs a terminal
# that the template asks for: the foreground pty of tool.py.
template()
{
	requires_program "$1"
	rm "$B/config.json"
	(cd "$B" && "$1" spec --rootless)
	[ "$(id -u)" != 0 ] || skip "is about an ordinary user"
	snapshot
	TMPDIR=$T/tmp XDG_RUNTIME_DIR=$T/xdg python3 ./lib/tool.py pty --mark '#' \
		--send 'id -u; hostname; cat /proc/self/uid_map; exit 9\n' \
		"$T/pty" "$E2E_RUNTIME" --root "$ROOT" run --bundle "$B" "$C" || true
	out=$(tr -d '\r' <"$T/pty")
	echo "pty: $out"
	cat "$T/pty.info"
	eq "$(sed -n 's/^status=//p' "$T/pty.info")" 9
	nothing_left
}

@test "peers: runc spec --rootless, unchanged" {
	not_for crun "1.8 sets the size of its pty late"
	template runc
	has "$out" $'\nrunc\n'
}

@test "peers: crun spec --rootless, unchanged" {
	not_for runc "wants the mappings that crun leaves out"
	template crun
	has "$out" $'\ncrun\n'
}

@test "peers: rundlet spec --rootless, unchanged, on the peer" {
	[ "$KIND" != rundlet ] || skip "is about the peers"
	[ -x "$E2E_TOP/rundlet" ] || skip "rundlet is not built"
	template "$E2E_TOP/rundlet"
}

# config.json of podman: a runtime that keeps it and fails.
podman_config()
{
	requires_program podman
	requires_user
	mkdir -p "$T/podman/home" "$T/podman/run"
	cat >"$T/podman/keep" <<-END
		#!/bin/sh
		while [ \$# -gt 0 ]; do
			[ "\$1" != --bundle ] || cp "\$2/config.json" "$T/podman/config.json"
			[ "\$1" != --version ] || { echo keep version 1; exit 0; }
			shift
		done
		echo "kept it" >&2
		exit 1
	END
	chmod 755 "$T/podman/keep"
	HOME=$T/podman/home XDG_RUNTIME_DIR=$T/podman/run XDG_CONFIG_HOME=$T/podman/home XDG_DATA_HOME=$T/podman/home timeout 40 \
		podman --cgroup-manager cgroupfs --events-backend none --storage-driver vfs --runtime "$T/podman/keep" \
		run --rm --network none --pid private --rootfs "$B/rootfs" /bin/sh -c 'id -u; cat /proc/1/comm' >"$T/podman/log" 2>&1 || true
	[ -f "$T/podman/config.json" ] || skip "podman made no config.json here: $(tail -n 1 "$T/podman/log")"
}

@test "peers: podman's own config.json, unchanged, inside podman's user namespace" {
	not_for crun "config is for cgroup v2"
	not_for runc "config is for cgroup v2"
	podman_config
	cp "$T/podman/config.json" "$B/config.json"
	cat "$T/podman/log"
	snapshot
	other env HOME="$T/podman/home" XDG_RUNTIME_DIR="$T/podman/run" XDG_CONFIG_HOME="$T/podman/home" XDG_DATA_HOME="$T/podman/home" \
		podman --cgroup-manager cgroupfs unshare env TMPDIR="$T/tmp" "$E2E_RUNTIME" --root "$ROOT" run --bundle "$B" "$C"
	eq "$status" 0
	eq "$out" $'0\nsh'
	podman_clean
}

podman_clean()
{
	HOME=$T/podman/home XDG_RUNTIME_DIR=$T/podman/run podman unshare rm -rf "$T/podman" || true
	# its pause process keeps the user namespace
	for pid in $(orphans | awk '$NF == "podman" || /catatonit/ { print $1 }'); do
		kill -KILL "$pid"
	done
}

@test "peers: a Docker-like config: capabilities, devices rule, seccomp, no user namespace, nested" {
	requires_userns
	without_ns user
	with_ns pid network ipc uts mount
	config 'del(.linux.uidMappings, .linux.gidMappings) |
		.linux.resources = {devices: [{allow: false, access: "rwm"}]} |
		.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["ptrace"], action: "SCMP_ACT_ERRNO"}]} |
		.process.capabilities.inheritable = []'
	script 'id -u'
	snapshot
	other unshare -Urm env TMPDIR="$T/tmp" "$E2E_RUNTIME" --root "$ROOT" run --bundle "$B" "$C"
	eq "$status" 0
	eq "$out" 0
}
