#!/usr/bin/env bats
# Proves: `features` is what features.md and features-linux.md describe, no member missing, none
# invented; and honest: what it lists is accepted by `plan`, what it says is not done is refused by name.

load helpers

setup()
{
	requires_rundlet "peers list what they like"
	e2e_setup
	ok features
	cp "$T/out" "$T/features"
}

# Errors as lines, none: all is as the specification has it.
structure='
	def strings($at): if type == "array" and all(.[]; type == "string" and . != "") and . == (unique_by(.) as $u | if length == ($u | length) then . else null end)
		then empty else "\($at): no list of different strings" end;
	def bool($at): if type == "boolean" then empty else "\($at): no boolean" end;
	def members($at; $names): if type != "object" then "\($at): no object"
		else (($names - keys)[] | "\($at).\(.): missing"), ((keys - $names)[] | "\($at).\(.): unknown") end;
	members("features"; ["ociVersionMin", "ociVersionMax", "hooks", "mountOptions", "linux", "annotations", "potentiallyUnsafeConfigAnnotations"]),
	(.ociVersionMin, .ociVersionMax | if test("^[0-9]+[.][0-9]+[.][0-9]+") then empty else "no version: \(.)" end),
	(.hooks | strings("hooks")), (.mountOptions | strings("mountOptions")),
	(.potentiallyUnsafeConfigAnnotations | strings("potentiallyUnsafeConfigAnnotations")),
	(.annotations | to_entries[] | select(.value | type != "string") | "annotations.\(.key): no string"),
	(.linux | members("linux"; ["namespaces", "capabilities", "cgroup", "seccomp", "apparmor", "selinux", "memoryPolicy", "intelRdt", "mountExtensions", "netDevices"])),
	(.linux.namespaces | strings("linux.namespaces")), (.linux.capabilities | strings("linux.capabilities")),
	(.linux.cgroup | members("linux.cgroup"; ["v1", "v2", "systemd", "systemdUser", "rdma"]), (.[] | bool("linux.cgroup"))),
	(.linux.seccomp | members("linux.seccomp"; ["enabled", "actions", "operators", "archs", "knownFlags", "supportedFlags"]),
		(.enabled | bool("linux.seccomp.enabled")), (del(.enabled)[] | strings("linux.seccomp"))),
	(.linux.seccomp | (.supportedFlags - .knownFlags)[] | "linux.seccomp: \(.) is supported and not known"),
	(.linux.memoryPolicy | members("linux.memoryPolicy"; ["modes", "flags"]), (.[] | strings("linux.memoryPolicy"))),
	(.linux.intelRdt | members("linux.intelRdt"; ["enabled", "schemata", "monitoring"]), (.[] | bool("linux.intelRdt"))),
	(.linux.mountExtensions | members("linux.mountExtensions"; ["idmap"])),
	(.linux | {apparmor, selinux, netDevices, idmap: .mountExtensions.idmap} | to_entries[] | .key as $k |
		.value | members("linux.\($k)"; ["enabled"]), (.enabled | bool("linux.\($k).enabled")))'

@test "features: every member of the specification, of its type, and no other" {
	eq "$(jq -r "$structure" "$T/features")" ""
	eq "$(jq -r .ociVersionMax "$T/features")" "$(rt spec --bundle "$T/tmp" && jq -r .ociVersion "$T/tmp/config.json")"
	rm "$T/tmp/config.json"
}

@test "features: the check of its members finds what is wrong" {
	for change in 'del(.linux.seccomp.archs)' '.linux.cgroup.v3 = true' '.hooks += ["prestart"]' '.linux.netDevices.enabled = "yes"' \
		'.linux.namespaces = {}' '.ociVersionMin = "one"' '.annotations.x = 1' '.linux.seccomp.knownFlags = []'; do
		ne "$(jq "$change" "$T/features" | jq -r "$structure")" "" "errors after $change"
	done
}

# The plan of the bundle as this jq filter changes it is made.
planned()
{
	jq "$1" "$B/config.json" >"$T/changed.json"
	other "$E2E_RUNTIME" plan --bundle "$B" --config "$T/changed.json"
	eq "$status" 0 "plan with $1"
	eq "$err" "" "stderr of plan with $1"
}

# It is refused, at this place.
refused()
{
	jq "$1" "$B/config.json" >"$T/changed.json"
	other "$E2E_RUNTIME" plan --bundle "$B" --config "$T/changed.json"
	ne "$status" 0 "plan with $1"
	matches "$err" "changed.json:[0-9]+:[0-9]+: $2"
}

listed()
{
	jq -r "$1[]" "$T/features"
}

@test "features: hooks, namespaces and capabilities are accepted, others are not" {
	for kind in $(listed .hooks); do
		planned ".hooks.$kind = [{path: \"/bin/true\"}]"
	done
	eq "$(listed .hooks | wc -l)" 6
	for ns in $(listed .linux.namespaces); do
		planned ".linux.namespaces |= map(select(.type != \"$ns\")) + [{type: \"$ns\"}] |
			.linux.uidMappings //= [{containerID: 0, hostID: 0, size: 1}] | .linux.gidMappings //= .linux.uidMappings |
			if any(.linux.namespaces[]; .type == \"user\") then . else del(.linux.uidMappings, .linux.gidMappings) end"
	done
	eq "$(listed .linux.namespaces | sort | paste -sd ' ')" "cgroup ipc mount network pid time user uts"
	planned ".process.capabilities[] = $(jq -c .linux.capabilities "$T/features")"
	refused '.linux.namespaces += [{type: "moon"}]' "/linux/namespaces/[0-9]+/type"
}

@test "features: seccomp actions, operators, architectures and flags are accepted, others are not" {
	s='defaultAction: "SCMP_ACT_ALLOW"'
	for action in $(listed .linux.seccomp.actions); do
		[ "$action" != SCMP_ACT_NOTIFY ] || continue
		planned ".linux.seccomp = {$s, syscalls: [{names: [\"getpid\"], action: \"$action\"}]}"
		planned ".linux.seccomp = {defaultAction: \"$action\"}"
	done
	for op in $(listed .linux.seccomp.operators); do
		planned ".linux.seccomp = {$s, syscalls: [{names: [\"getpid\"], action: \"SCMP_ACT_ERRNO\", args: [{index: 1, value: 2, valueTwo: 3, op: \"$op\"}]}]}"
	done
	for arch in $(listed .linux.seccomp.archs); do
		jq ".linux.seccomp = {$s, architectures: [\"$arch\"]}" "$B/config.json" >"$T/changed.json"
		other "$E2E_RUNTIME" plan --bundle "$B" --config "$T/changed.json"
		# recognised, but not what this machine could run
		[ "$status" = 0 ] || says "$arch has another byte order than this machine"
	done
	for flag in $(listed .linux.seccomp.supportedFlags); do
		planned ".linux.seccomp = {$s, flags: [\"$flag\"]}"
	done
	refused '.linux.seccomp = {defaultAction: "SCMP_ACT_MAYBE"}' /linux/seccomp/defaultAction
	refused ".linux.seccomp = {$s, architectures: [\"SCMP_ARCH_PDP11\"]}" /linux/seccomp/architectures/0
	refused ".linux.seccomp = {$s, flags: [\"SECCOMP_FILTER_FLAG_X\"]}" /linux/seccomp/flags/0
	refused ".linux.seccomp = {$s, syscalls: [{names: [\"getpid\"], action: \"SCMP_ACT_ERRNO\", args: [{index: 0, value: 1, op: \"SCMP_CMP_X\"}]}]}" \
		/linux/seccomp/syscalls/0/args/0/op
}

@test "features: SCMP_ACT_NOTIFY with a listener is accepted" {
	planned '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: "/run/x.sock",
		syscalls: [{names: ["getpid"], action: "SCMP_ACT_NOTIFY"}]}'
}

@test "features: modes and flags of memoryPolicy are accepted, others are not" {
	for mode in $(listed .linux.memoryPolicy.modes); do
		case $mode in
		MPOL_DEFAULT | MPOL_LOCAL) planned ".linux.memoryPolicy = {mode: \"$mode\", nodes: \"\"}" ;;
		*) planned ".linux.memoryPolicy = {mode: \"$mode\", nodes: \"0\"}" ;;
		esac
	done
	for flag in $(listed .linux.memoryPolicy.flags); do
		planned ".linux.memoryPolicy = {mode: \"MPOL_BIND\", nodes: \"0\", flags: [\"$flag\"]}"
	done
	refused '.linux.memoryPolicy = {mode: "MPOL_MOON", nodes: "0"}' /linux/memoryPolicy/mode
	refused '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_MOON"]}' /linux/memoryPolicy/flags/0
}

# said_so MEMBER FILTER POINTER: if features says that it is done it is planned, else it is refused there.
said_so()
{
	if [ "$(jq ".linux.$1" "$T/features")" = true ]; then
		jq "$2" "$B/config.json" >"$T/changed.json"
		other "$E2E_RUNTIME" plan --bundle "$B" --config "$T/changed.json"
		hasnt "$err" "not supported by this build"
	else
		refused "$2" "$3"
		says "not supported by this build"
	fi
}

@test "features: what is said of the rest is true" {
	map='[{containerID: 0, hostID: 0, size: 1}]'
	said_so intelRdt.enabled '.linux.intelRdt = {closID: "x"}' /linux/intelRdt
	said_so intelRdt.schemata '.linux.intelRdt = {schemata: ["MB:0=100"]}' /linux/intelRdt
	said_so intelRdt.monitoring '.linux.intelRdt = {enableMonitoring: true}' /linux/intelRdt
	said_so netDevices.enabled '.linux.netDevices = {eth9: {}} | .linux.namespaces |= map(select(.type != "network")) + [{type: "network"}]' /linux/netDevices
	said_so mountExtensions.idmap.enabled \
		".mounts += [{destination: \"/mnt\", type: \"bind\", source: \"/\", options: [\"bind\", \"idmap\"], uidMappings: $map, gidMappings: $map}]" '/mounts/[0-9]+'
	said_so apparmor.enabled '.process.apparmorProfile = "unconfined"' /process/apparmorProfile
	said_so selinux.enabled '.process.selinuxLabel = "u:r:t:s0"' /process/selinuxLabel
}

@test "features: every annotation that changes what is done is listed" {
	# a name with a trailing dot stands for all that begin so
	[ -r "$E2E_TOP/runtime/cmd/verb_features.c" ] || skip "the sources are not there"
	unlisted=$(grep -rhoE '"(run\.oci|org\.systemd)\.[a-zA-Z._-]+"' "$E2E_TOP/runtime" "$E2E_TOP/oci" --include=*.c | tr -d '"' | sort -u |
		while read -r name; do
			jq -e --arg n "$name" '.potentiallyUnsafeConfigAnnotations | any(. == $n or (endswith(".") and (. as $p | $n | startswith($p))))' \
				"$T/features" >/dev/null || echo "$name"
		done)
	eq "$unlisted" ""
}

@test "features: every annotation that is listed is in the man page" {
	[ -r "$E2E_TOP/contrib/man/rundlet.1.in" ] || skip "the sources are not there"
	for name in $(listed .potentiallyUnsafeConfigAnnotations); do
		grep -qwF -- "${name%.}" "$E2E_TOP/contrib/man/rundlet.1.in" || fail "$name is not in rundlet(1)"
	done
}
