#!/usr/bin/env bats
# Proves: each property that takes more than a boolean has a value of the right type that is refused, at
# its place, by pointer and line, in words that say why; and what takes any value is known as such.
# tests/lint/properties demands a row for every property that the tables of oci/ know.

load helpers

setup()
{
	requires_rundlet "peers take what they do not look at"
	e2e_setup
	full=$E2E_TOP/tests/fuzz/corpus/fuzz_oci_spec/full
	[ -r "$full" ] || skip "the sources are not there"
	# jq rounds what is larger than a double holds exactly
	jq 'walk(if type == "number" and (. > 9e15 or . < -9e15) then 1 else . end)' "$full" >"$T/full.json"
}

# A row: the property as in contrib/doc/properties.md, a value, and what the error says. The value, without
# blanks, is put into a config that has every property. After a + it is what jq does to the test's own
# config, which is run. any: there is no wrong one, because …
table()
{
	local kind
	cat <<-'END'
		ociVersion "2.0.0" version 2.0.0 of the runtime-spec is not supported
		process.consoleSize.height 65536 out of range, expected 0 to 65535
		process.consoleSize.width -1 out of range, expected 0 to 65535
		process.user.uid 4294967295 out of range, expected 0 to 4294967294
		process.user.gid -1 out of range, expected 0 to 4294967294
		process.user.umask 512 out of range, expected 0 to 511
		process.user.additionalGids [1,4294967295] out of range, expected 0 to 4294967294
		process.args [""] must not be empty
		process.env ["A=b","b"] expected NAME=value
		process.cwd "rel" absolute
		process.capabilities.bounding any names that nobody knows are let pass
		process.capabilities.effective any names that nobody knows are let pass
		process.capabilities.inheritable any names that nobody knows are let pass
		process.capabilities.permitted any names that nobody knows are let pass
		process.capabilities.ambient any names that nobody knows are let pass
		process.rlimits[].type "RLIMIT_PATIENCE" unknown value "RLIMIT_PATIENCE", expected one of RLIMIT_AS
		process.rlimits[].soft 18446744073709551616 out of range, expected 0 to 18446744073709551615
		process.rlimits[].hard -1 out of range, expected 0 to 18446744073709551615
		process.apparmorProfile + .process.apparmorProfile="a/../b" -
		process.selinuxLabel + .process.selinuxLabel="nonsense" -
		process.oomScoreAdj 1001 out of range, expected -1000 to 1000
		process.scheduler.policy "SCHED_SOON" SCHED_SOON
		process.scheduler.nice 20 out of range, expected -20 to 19
		process.scheduler.priority 100 out of range, expected 0 to 99
		process.scheduler.flags ["SCHED_FLAG_NONE"] SCHED_FLAG_NONE
		process.scheduler.runtime -1 out of range, expected 0 to 18446744073709551615
		process.scheduler.deadline 1.5 expected an integer, found 1.5
		process.scheduler.period -1 out of range, expected 0 to 18446744073709551615
		process.ioPriority.class "IOPRIO_CLASS_NONE" IOPRIO_CLASS_NONE
		process.ioPriority.priority 8 out of range, expected 0 to 7
		process.execCPUAffinity.initial "0;1" expected a list of CPUs
		process.execCPUAffinity.final "all" expected a list of CPUs
		root.path + .root.path="none" /bundle/none: No such file
		hostname + .hostname=("x"*65) Invalid argument
		domainname + .domainname=("x"*65) Invalid argument
		mounts[].destination + .mounts[0].destination="/" nothing can be mounted on the root itself
		mounts[].type + .mounts[1].type="frobfs" frobfs
		mounts[].source + .mounts[0]={destination:"/mnt",source:"/no/such",options:["bind"]} bind /no/such: No such file or directory
		mounts[].options + .mounts[0]={destination:"/mnt",source:"/",options:["bind","frob"]} unknown option "frob" on a bind mount
		annotations {"":"x"} a key must not be empty
		linux.sysctl {"":"x"} a key must not be empty
		linux.resources.devices[].type "x" unknown value "x"
		linux.resources.devices[].major -2 out of range, expected -1 to 9223372036854775807
		linux.resources.devices[].minor -2 out of range, expected -1 to 9223372036854775807
		linux.resources.devices[].access "rwx" expected some of r, w, m
		linux.resources.memory.limit -2 out of range, expected -1 to 9223372036854775807
		linux.resources.memory.reservation -2 out of range, expected -1 to 9223372036854775807
		linux.resources.memory.swap -2 out of range, expected -1 to 9223372036854775807
		linux.resources.memory.kernel -2 out of range, expected -1 to 9223372036854775807
		linux.resources.memory.kernelTCP -2 out of range, expected -1 to 9223372036854775807
		linux.resources.memory.swappiness 101 out of range, expected 0 to 100
		linux.resources.cpu.shares -1 out of range, expected 0 to 18446744073709551615
		linux.resources.cpu.quota 1.5 expected an integer, found 1.5
		linux.resources.cpu.burst -1 out of range, expected 0 to 18446744073709551615
		linux.resources.cpu.period -1 out of range, expected 0 to 18446744073709551615
		linux.resources.cpu.realtimeRuntime 9223372036854775808 out of range, expected -9223372036854775808 to 9223372036854775807
		linux.resources.cpu.realtimePeriod -1 out of range, expected 0 to 18446744073709551615
		linux.resources.cpu.cpus "two" expected a list like 0-3,7
		linux.resources.cpu.mems "0;1" expected a list like 0-3,7
		linux.resources.cpu.idle 1e20 expected an integer, found 1e20
		linux.resources.pids.limit 9223372036854775808 out of range, expected -9223372036854775808 to 9223372036854775807
		linux.resources.blockIO.weight 65536 out of range, expected 0 to 65535
		linux.resources.blockIO.leafWeight -1 out of range, expected 0 to 65535
		linux.resources.blockIO.weightDevice[].major -1 out of range, expected 0 to 4294967295
		linux.resources.blockIO.weightDevice[].minor 4294967296 out of range, expected 0 to 4294967295
		linux.resources.blockIO.weightDevice[].weight 65536 out of range, expected 0 to 65535
		linux.resources.blockIO.weightDevice[].leafWeight -1 out of range, expected 0 to 65535
		linux.resources.hugepageLimits[].pageSize "2XB" expected a size like 2MB
		linux.resources.hugepageLimits[].limit -1 out of range, expected 0 to 18446744073709551615
		linux.resources.network.classID 4294967296 out of range, expected 0 to 4294967295
		linux.resources.network.priorities[].name "a\nb" not the name of a network device
		linux.resources.network.priorities[].priority -1 out of range, expected 0 to 4294967295
		linux.resources.rdma.*.hcaHandles 4294967296 out of range, expected 0 to 4294967295
		linux.resources.rdma.*.hcaObjects -1 out of range, expected 0 to 4294967295
		linux.resources.unified {"../cpu.max":"1"} expected the name of a file
		linux.cgroupsPath + .linux.cgroupsPath="/a/../../b" '/a/../../b' must not contain '..'
		linux.namespaces[].type "space" unknown value "space"
		linux.namespaces[].path "proc/1/ns/net" absolute path
		linux.devices[].type "x" unknown value "x"
		linux.devices[].path "dev/fuse" absolute path
		linux.devices[].major -1 out of range, expected 0 to 4294967295
		linux.devices[].minor 4294967296 out of range, expected 0 to 4294967295
		linux.devices[].fileMode 65536 out of range, expected 0 to 65535
		linux.devices[].uid -1 out of range, expected 0 to 4294967294
		linux.devices[].gid 4294967295 out of range, expected 0 to 4294967294
		linux.netDevices.*.name "a/b" not the name of a network device
		linux.seccomp.defaultAction "SCMP_ACT_SIGH" unknown value "SCMP_ACT_SIGH"
		linux.seccomp.defaultErrnoRet 65536 out of range, expected 0 to 65535
		linux.seccomp.architectures ["SCMP_ARCH_VAX"] unknown value "SCMP_ARCH_VAX"
		linux.seccomp.flags ["SECCOMP_FILTER_FLAG_FAST"] unknown value "SECCOMP_FILTER_FLAG_FAST"
		linux.seccomp.listenerPath + .linux.seccomp={defaultAction:"SCMP_ACT_ALLOW",listenerPath:"rel"} absolute path
		linux.seccomp.listenerMetadata + .linux.seccomp={defaultAction:"SCMP_ACT_ALLOW",listenerMetadata:"x"} needs listenerPath
		linux.seccomp.syscalls[].names [] must not be empty
		linux.seccomp.syscalls[].action "SCMP_ACT_SIGH" unknown value "SCMP_ACT_SIGH"
		linux.seccomp.syscalls[].errnoRet -1 out of range, expected 0 to 65535
		linux.seccomp.syscalls[].args[].index 6 out of range, expected 0 to 5
		linux.seccomp.syscalls[].args[].value + .linux.seccomp={defaultAction:"SCMP_ACT_ALLOW",syscalls:[{names:["read"],action:"SCMP_ACT_LOG",args:[{index:0,value:-1,op:"SCMP_CMP_EQ"}]}]} out of range, expected 0 to 18446744073709551615
		linux.seccomp.syscalls[].args[].valueTwo + .linux.seccomp={defaultAction:"SCMP_ACT_ALLOW",syscalls:[{names:["read"],action:"SCMP_ACT_LOG",args:[{index:0,value:0,valueTwo:-1,op:"SCMP_CMP_EQ"}]}]} out of range, expected 0 to 18446744073709551615
		linux.seccomp.syscalls[].args[].op + .linux.seccomp={defaultAction:"SCMP_ACT_ALLOW",syscalls:[{names:["read"],action:"SCMP_ACT_LOG",args:[{index:0,value:0,op:"SCMP_CMP_LIKE"}]}]} SCMP_CMP_LIKE
		linux.rootfsPropagation "sideways" unknown value "sideways"
		linux.maskedPaths ["rel"] absolute path
		linux.readonlyPaths ["/a","rel"] absolute path
		linux.mountLabel + .linux.mountLabel="nonsense" -
		linux.intelRdt.closID "a/b" expected the name of a directory, or "/"
		linux.intelRdt.schemata ["L2:0=1\nL2:1=1"] must be one line
		linux.intelRdt.l3CacheSchema "L3:0=f\nL3:1=f" must be one line
		linux.intelRdt.memBwSchema "L3:0=f" expected one line that begins with MB:
		linux.memoryPolicy.mode "MPOL_ALL" unknown value "MPOL_ALL"
		linux.memoryPolicy.nodes + .linux.memoryPolicy={mode:"MPOL_BIND",nodes:"x"} 'x' is no list of NUMA nodes below 8192, like 0-3,7
		linux.memoryPolicy.flags ["MPOL_F_NONE"] unknown value "MPOL_F_NONE"
		linux.personality.domain "LINUX16" unknown value "LINUX16"
		linux.personality.flags ["ADDR_NO_RANDOMIZE"] the runtime-spec knows no flags yet
		linux.timeOffsets.*.secs 9223372036854775808 out of range, expected -9223372036854775808 to 9223372036854775807
		linux.timeOffsets.*.nanosecs 1000000000 out of range, expected 0 to 999999999
	END
	for kind in linux.uidMappings linux.gidMappings mounts[].uidMappings mounts[].gidMappings; do
		echo "${kind}[].containerID 4294967296 out of range, expected 0 to 4294967295"
		echo "${kind}[].hostID -1 out of range, expected 0 to 4294967295"
		echo "${kind}[].size 0 out of range, expected 1 to 4294967295"
	done
	for kind in Read Write; do
		for unit in Bps IOPS; do
			echo "linux.resources.blockIO.throttle$kind${unit}Device[].major -1 out of range, expected 0 to 4294967295"
			echo "linux.resources.blockIO.throttle$kind${unit}Device[].minor -1 out of range, expected 0 to 4294967295"
			echo "linux.resources.blockIO.throttle$kind${unit}Device[].rate -1 out of range, expected 0 to 18446744073709551615"
		done
	done
	for kind in prestart createRuntime createContainer startContainer poststart poststop; do
		echo "hooks.${kind}[].path \"bin/true\" absolute path"
		echo "hooks.${kind}[].args any a program may be given what it likes"
		echo "hooks.${kind}[].env [\"b\"] expected NAME=value"
		echo "hooks.${kind}[].timeout 0 out of range, expected 1 to 2147483647"
	done
}

# The place of the property $p, in words and indices; its value becomes $v.
place='def place: reduce ($p | split(".")[]) as $w ({at: [], doc: .};
		if $w == "*" then (.doc | keys[0]) as $k | .at += [$k] | .doc = .doc[$k]
		elif ($w | endswith("[]")) then ($w[:-2]) as $k | .at += [$k, 0] | .doc = .doc[$k][0]
		else .at += [$w] | .doc = .doc[$w] end) | .at;
	place as $at | setpath($at; $v)'

# A config that has every property, with the value $2 for $1.
with_value()
{
	local text
	text=$(jq -c --arg p "$1" --arg v @value@ "$place" "$T/full.json")
	# jq would round a large number
	printf '%s' "${text/'"@value@"'/$2}"
}

# A property as the pointer of itself or of something in it; what cannot be mounted is a mount as a whole.
pointer_of()
{
	sed 's,\[\]\.,/[0-9]+/,g; s,[*],[^/]+,g; s,\.,/,g; s,^/mounts/.*/\(type\|source\)$,/mounts/[0-9]+,' <<<"/$1"
}

@test "values: each property refuses a wrong one at its place and says why" {
	local property value words filter bad='' n=0
	while read -r property value words; do
		[ "$value" != any ] || continue
		if [ "$value" = + ]; then
			filter=${words%% *} words=${words#* }
			jq "$filter" "$B/config.json" >"$T/wrong.json"
			go run --bundle "$B" --config "$T/wrong.json" "$C"
		else
			with_value "$property" "$value" >"$T/wrong.json"
			go plan --bundle "$B" --config "$T/wrong.json"
		fi
		[ "$words" != - ] || words=
		[[ $status = 1 && -z $out && $err = *"$words"* && $err =~ wrong\.json:[0-9]+(:[0-9]+)?:\ $(pointer_of "$property")(/[^:]*)?:\  ]] ||
			bad+="$property: $err"$'\n'
		n=$((n + 1))
	done < <(table)
	eq "$bad" ""
	[ "$n" -ge 150 ] || fail "only $n rows"
	nothing_left
}
