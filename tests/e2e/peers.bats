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
	not_for crun "1.8 does not know version 1.3.0"
	[ -x "$E2E_TOP/rundlet" ] || skip "rundlet is not built"
	template "$E2E_TOP/rundlet"
}

# podman with a runtime that, at create, runs podman's own bundle to its end with the runtime under test,
# keeps what came out, and then fails: so podman's files are all there, and podman starts nothing.
podman_run()
{
	cat >"$T/keep" <<-END
		#!/bin/sh
		bundle=
		for word; do
			[ "\$word" != --version ] || { echo keep version 1; exit 0; }
		done
		while [ \$# -gt 0 ]; do
			[ "\$1" != --bundle ] || bundle=\$2
			shift
		done
		[ -n "\$bundle" ] || exit 0
		cp "\$bundle/config.json" "$T/podman.json"
		TMPDIR="$T/tmp" "$E2E_RUNTIME" --root "$ROOT" run --bundle "\$bundle" "$C" </dev/null >"$T/podman.out" 2>"$T/podman.err"
		echo \$? >"$T/podman.status"
		echo "kept it" >&2
		exit 1
	END
	chmod 755 "$T/keep"
	mkdir "$T/home" "$T/run"
	HOME=$T/home XDG_RUNTIME_DIR=$T/run XDG_CONFIG_HOME=$T/home XDG_DATA_HOME=$T/home timeout 50 \
		podman --cgroup-manager cgroupfs --events-backend none --storage-driver vfs --runtime "$T/keep" \
		run --rm --network none "$@" >"$T/podman.log" 2>&1 3>&- || true
	# its pause process holds podman's user namespace
	for pid in $(orphans | awk '/catatonit|podman/ { print $1 }'); do
		kill -KILL "$pid" 2>/dev/null || true
	done
	[ -f "$T/podman.status" ] || skip "podman does not get as far as its runtime here: $(tail -n 1 "$T/podman.log")"
}

# podman makes files in a rootfs that it is given, some as ids that are not ours.
podman_leaves()
{
	unshare -U --map-auto --map-root-user rm -rf "$B/rootfs/run" "$B/rootfs/etc/"{hostname,hosts,mtab,resolv.conf}
}

@test "peers: podman's own bundle, unchanged, as podman calls" {
	requires_program podman
	requires_user
	requires_rundlet "podman's configuration is for cgroup v2"
	snapshot
	podman_run --rootfs "$B/rootfs" /bin/sh -c 'id -u; cat /proc/1/comm; hostname; ls /etc/hosts'
	echo "podman.json: $(wc -c <"$T/podman.json") bytes; log: $(tail -n 2 "$T/podman.log")"
	podman_leaves
	eq "$(cat "$T/podman.status")$(cat "$T/podman.err")" 0
	eq "$(sed -n 1,2p "$T/podman.out")" $'0\nsh'
	eq "$(sed -n 4p "$T/podman.out")" /etc/hosts
	eq "$(jq -r .hostname "$T/podman.json")" "$(sed -n 3p "$T/podman.out")"
}

@test "peers: podman with a range of ids and another user" {
	requires_program podman
	requires_subids
	requires_rundlet "podman's configuration is for cgroup v2"
	snapshot
	podman_run --user 33:44 --userns keep-id --cap-add NET_RAW --rootfs "$B/rootfs" /bin/sh -c 'id -u; id -g'
	podman_leaves
	eq "$(cat "$T/podman.status")$(cat "$T/podman.err")" 0
	eq "$(cat "$T/podman.out")" $'33\n44'
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
