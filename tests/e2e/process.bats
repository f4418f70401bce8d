#!/usr/bin/env bats
# Proves: how the program is scheduled, where its memory is, what it is labelled, which home it has
# (config.md "Linux Process", config-linux.md "Personality", "Memory policy"); what is said and done where there
# is no resctrl (config-linux.md "IntelRdt").

load helpers

setup()
{
	e2e_setup
}

# The field of the scheduler in /proc/PID/stat, by its number in proc(5): behind the name.
stat_field()
{
	sed 's/.*) //' <<<"$1" | cut -d' ' -f"$(($2 - 2))"
}

# POLICY WORDS POINTER
refused_policy()
{
	config ".linux.memoryPolicy = $1"
	fails run --bundle "$B" "$C"
	says "$2"
	says "$3"
}

@test "process: a batch process that is nice" {
	not_for crun "1.8 has no scheduler"
	not_for runc "1.1 has no scheduler"
	config '.process.scheduler = {policy: "SCHED_BATCH", nice: 7}'
	inside 'cat /proc/self/stat'
	eq "$(stat_field "$out" 41)" 3 policy
	eq "$(stat_field "$out" 19)" 7 nice
}

@test "process: the CPU affinity of whoever calls is not that of the container" {
	not_for crun "it passes the caller's on"
	not_for runc "1.1 passes the caller's on"
	requires_program taskset
	local all
	all=$(sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' /proc/self/status)
	case $all in
	*[-,]*) ;;
	*) skip "there is one CPU only" ;;
	esac
	script 'grep ^Cpus_allowed_list: /proc/self/status; sleep 100'
	taskset -c "${all%%[-,]*}" "$E2E_RUNTIME" --root "$ROOT" create --bundle "$B" "$C" </dev/null >"$T/out"
	ok start "$C"
	eventually grep -q . "$T/out"
	eq "$(tr -s '\t ' ' ' <"$T/out")" "Cpus_allowed_list: $all"
	out=$(taskset -c "${all%%[-,]*}" "$E2E_RUNTIME" --root "$ROOT" exec "$C" grep ^Cpus_allowed_list: /proc/self/status)
	eq "$(tr -s '\t ' ' ' <<<"$out")" "Cpus_allowed_list: $all"
}

@test "process: an idle process" {
	requires_rundlet "peers are older"
	config '.process.scheduler = {policy: "SCHED_IDLE", flags: ["SCHED_FLAG_RESET_ON_FORK"]}'
	inside 'cat /proc/self/stat'
	eq "$(stat_field "$out" 41)" 5 policy
}

@test "process: real time without the privilege is refused by name" {
	requires_rundlet
	requires_user
	config '.process.scheduler = {policy: "SCHED_FIFO", priority: 10}'
	fails run --bundle "$B" "$C"
	says /process/scheduler
	says CAP_SYS_NICE
}

@test "process: a memory policy that cannot be is refused by what is wrong with it" {
	requires_rundlet "peers are older"
	refused_policy '{}' "invalid memory policy mode" /linux/memoryPolicy
	refused_policy '{mode: "INTERLEAVE"}' "invalid memory policy mode" /linux/memoryPolicy/mode
	refused_policy '{mode: "MPOL_BIND", nodes: "0", flags: ["bad"]}' "invalid memory policy flag" \
		/linux/memoryPolicy/flags/0
	refused_policy '{mode: "MPOL_BIND", nodes: "0-9876543210"}' "invalid memory policy node" \
		/linux/memoryPolicy/nodes
	refused_policy '{mode: "MPOL_DEFAULT", nodes: "0-7"}' "mode requires 0 nodes but got 8" \
		/linux/memoryPolicy/nodes
}

@test "process: an I/O class without a priority has the highest; a user without a group is in group 0" {
	requires_rundlet "peers are older"
	config '.process.ioPriority = {class: "IOPRIO_CLASS_IDLE"} | del(.process.user.gid)'
	inside 'id -g'
	eq "$out" 0
	config '.process.ioPriority = {priority: 1}'
	fails run --bundle "$B" "$C"
	says /process/ioPriority
}

@test "process: a deadline that cannot be is refused by name" {
	local q='`SCHED_DEADLINE`'
	requires_rundlet
	refused()
	{
		config ".process.scheduler = ({policy: \"SCHED_DEADLINE\"} + $1)"
		fails run --bundle "$B" "$C"
		says "/process/scheduler$2: sched_setattr: $q $3"
	}
	refused '{deadline: 20000, period: 20000}' '' 'requires `runtime`'
	refused '{runtime: 0, deadline: 20000}' /runtime 'runtime must be greater than 0'
	refused '{runtime: 10000}' '' 'requires `deadline`'
	refused '{runtime: 1023, deadline: 20000}' /runtime 'runtime 1023 must be between 1024 and 9223372036854775807'
	refused '{runtime: 30000, deadline: 20000}' /runtime 'runtime 30000 must be <= deadline 20000'
	refused '{runtime: 10000, deadline: 30000, period: 20000}' /deadline 'deadline 30000 must be <= period 20000'
	nothing_left
}

# chrt's words for a deadline that the kernel of this host gives this caller: elsewhere there is nothing to prove.
requires_deadline()
{
	requires_root
	requires_program chrt
	chrt -d --sched-runtime 1000000 --sched-deadline 5000000 --sched-period 5000000 0 true 2>/dev/null ||
		skip "this host gives root no SCHED_DEADLINE"
	config '.process.scheduler = {policy: "SCHED_DEADLINE", runtime: 1000000, deadline: 5000000, period: 5000000}'
}

@test "process: a deadline" {
	requires_deadline
	not_for crun "1.8 has no scheduler"
	not_for runc "1.1 has no scheduler"
	inside 'cat /proc/self/stat'
	eq "$(stat_field "$out" 41)" 6 policy
}

@test "process: a deadline on some of the CPUs is refused, and says what is in its way" {
	local first
	requires_deadline
	not_for crun "1.8 has no scheduler"
	not_for runc "1.1 has no scheduler"
	first=$(sed -n 's/^Cpus_allowed_list:[[:space:]]*\([0-9]*\)[-,].*/\1/p' /proc/self/status)
	[ -n "$first" ] || skip "there is one CPU only"
	[ -w /sys/fs/cgroup/cpuset ] || skip "no cpuset controller of cgroup v1"
	config --arg c "$first" '.linux.resources.cpu.cpus = $c'
	fails run --bundle "$B" "$C"
	says "process scheduler can't be used together with AllowedCPUs"
	says_rundlet /process/scheduler
	nothing_left
}

@test "process: I/O priority" {
	requires_rundlet "peers are older"
	requires_program ionice
	config '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 6} | .process.args = ["/bin/sleep", "60"]'
	ok create --bundle "$B" "$C"
	eq "$(ionice -p "$(init_pid)")" "best-effort: prio 6"
	rt kill "$C" KILL
	eventually status_is stopped
}

@test "process: the personality of 32 bits" {
	requires_rundlet "peers are older"
	case $(uname -m) in x86_64 | aarch64) ;; *) skip "the machine's other name is not known" ;; esac
	config '.linux.personality = {domain: "LINUX32"}'
	inside 'uname -m'
	ne "$out" "$(uname -m)"
	config '.linux.personality = {domain: "LINUX"}'
	inside 'uname -m'
	eq "$out" "$(uname -m)"
}

@test "process: the memory policy" {
	requires_rundlet "peers are older"
	[ -e /proc/self/numa_maps ] || skip "this kernel knows one node only"
	config '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_STATIC_NODES"]}'
	inside 'grep -c "bind=static:0" /proc/self/numa_maps'
	[ "$out" -gt 0 ] || fail "no memory is bound"
}

@test "process: memory policies that cannot be are refused by name" {
	requires_rundlet
	config '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0-x"}'
	fails run --bundle "$B" "$C"
	says "/linux/memoryPolicy"
	says "'0-x' is no list of NUMA nodes"
	config '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "1000"}'
	fails run --bundle "$B" "$C"
	says "/linux/memoryPolicy"
}

@test "process: intelRdt is refused where resctrl is not mounted" {
	requires_rundlet
	! grep -q ' - resctrl ' /proc/self/mountinfo || skip "this host has resctrl"
	for rdt in '{}' '{schemata: ["L3:0=f"]}' '{enableMonitoring: true}'; do
		config ".linux.intelRdt = $rdt"
		fails run --bundle "$B" "$C"
		says "no resctrl is mounted here"
		says "config.json:$(grep -n '"intelRdt"' "$B/config.json" | cut -d: -f1)"
		says "/linux/intelRdt"
	done
	config '.linux.intelRdt = {closID: "a", memBwSchema: "L3:"}'
	fails run --bundle "$B" "$C"
	says "/linux/intelRdt/memBwSchema"
	nothing_left
}

@test "process: exec joins the groups of resctrl that are on record, delete removes those that are owned" {
	requires_rundlet
	mkdir -p "$T/clos/mon_groups/own" "$T/own"
	touch "$T/clos/tasks"
	config '.process.args = ["/bin/sleep", "60"]'
	ok create --bundle "$B" "$C"
	ok start "$C"
	state=$ROOT/$C/state.json
	jq -c --arg t "$T" '.rdtGroups = [$t + "/clos"] | .rdtOwned = [$t + "/clos/mon_groups/own", $t + "/own", $t + "/gone"]' \
		"$state" >"$T/new"
	cat "$T/new" >"$state"
	ok exec "$C" true
	[ "$(cat "$T/clos/tasks")" -gt 1 ] || fail "no pid in the group"
	mv "$T/clos/tasks" "$T/clos/no"
	go exec "$C" true
	eq "$status" 255 status
	says "$T/clos/tasks"
	ok delete --force "$C"
	[ ! -e "$T/own" ] || fail "it is left"
	[ ! -e "$T/clos/mon_groups/own" ] || fail "it is left"
	[ -e "$T/clos/no" ] || fail "the group is not owned"
	nothing_left
}

@test "process: update writes to the group of resctrl that is on record" {
	requires_rundlet
	mkdir "$T/clos"
	mkfifo "$T/clos/schemata"
	config 'del(.linux.resources) | .process.args = ["/bin/sleep", "60"]'
	ok create --bundle "$B" "$C"
	fails update --mem-bw-schema MB:0=20 "$C"
	says "the container has no group in resctrl"
	says linux.intelRdt
	state=$ROOT/$C/state.json
	jq -c --arg t "$T" '.rdtGroups = [$t + "/clos"]' "$state" >"$T/new"
	cat "$T/new" >"$state"
	exec 7<>"$T/clos/schemata"
	ok update --mem-bw-schema "MB:0=20;1=30" --l3-cache-schema=L3:0=7f "$C"
	read -r -t 10 line <&7
	eq "$line" L3:0=7f
	read -r -t 10 line <&7
	eq "$line" "MB:0=20;1=30"
	exec 7>&-
	fails update --mem-bw-schema L3:0=20 "$C"
	says "--mem-bw-schema: 'L3:0=20' is not one line that begins with MB:"
	fails update --l3-cache-schema $'L3:0=1\nMB:0=1' "$C"
	says "--l3-cache-schema"
	rm "$T/clos/schemata"
	fails update --l3-cache-schema L3:0=1 "$C"
	says "$T/clos/schemata"
}

@test "process: labels of modules that are not there" {
	requires_rundlet
	[ ! -d /proc/self/attr/apparmor ] || skip "this host has AppArmor"
	! grep -qw selinuxfs /proc/filesystems || skip "this host has SELinux"
	config '.process.apparmorProfile = "unconfined"'
	fails run --bundle "$B" "$C"
	matches "$err" "/process/apparmorProfile: write /proc/[a-z]+/attr/apparmor/exec: AppArmor is not enabled"
	config 'del(.process.apparmorProfile) | .process.selinuxLabel = "a:b:c:s0"'
	fails run --bundle "$B" "$C"
	matches "$err" "/process/selinuxLabel: write /proc/[a-z]+/attr/exec: SELinux is not enabled"
	config '.process.apparmorProfile = "" | .process.selinuxLabel = ""'
	inside true
}

@test "process: features say so" {
	requires_rundlet
	ok features
	eq "$(jq -c '[.linux.apparmor.enabled, .linux.selinux.enabled, (.linux.memoryPolicy.modes | length)]' "$T/out")" \
		"[true,true,7]"
}

# --- HOME -----------------------------------------------------------------------------------------

passwd()
{
	rm -f "$B/rootfs/etc/passwd"
	printf "$@" >"$B/rootfs/etc/passwd"
}

home_is()
{
	inside 'echo "$HOME"'
	eq "$out" "$1" HOME
}

@test "process: HOME is that of /etc/passwd" {
	config '.process.env |= map(select(startswith("HOME=") | not))'
	passwd 'x:x:10:0::/ten:/bin/sh\nroot:x:0:0:Super User:/the/root:/bin/sh\nroot:x:0:0::/second:/bin/sh\n'
	home_is /the/root
	passwd 'root:x:0:0::/no/newline'
	home_is /no/newline
}

@test "process: a HOME that is given empty is that of /etc/passwd" {
	not_for crun "1.8 leaves it empty"
	not_for runc "1.1 leaves it empty"
	config '.process.env |= map(select(startswith("HOME=") | not)) + ["HOME="]'
	passwd 'root:x:0:0::/looked/up:/bin/sh\n'
	home_is /looked/up
}

@test "process: of a variable that is given twice the last value counts, and is there once" {
	not_for crun "1.8 passes both on"
	config '.process.env = ["A=1", "PATH=/bin", "B=x", "A=2", "AB=3", "A="]'
	inside 'env | grep "^A" | sort'
	eq "$out" $'A=\nAB=3'
}

@test "process: HOME that is given stays" {
	config '.process.env |= map(select(startswith("HOME=") | not)) + ["HOME=/given"]'
	home_is /given
}

@test "process: HOME without a line, without a file, with a file that is none" {
	requires_rundlet "peers differ"
	config '.process.env |= map(select(startswith("HOME=") | not))'
	passwd '\n:::\nroot\nroot:x:00x:0::/wrong:\n%08000d\nroot:x:0:0:::/bin/sh\nx:x:10:0::/ten:\n' 0
	home_is /
	passwd '%08000d\nroot:x:0:0::/behind/a/long/line:/bin/sh\n' 0
	home_is /behind/a/long/line
	rm -f "$B/rootfs/etc/passwd"
	home_is /
	mkfifo "$B/rootfs/etc/passwd"
	home_is /
	rm -f "$B/rootfs/etc/passwd"
	ln -s /dev/zero "$B/rootfs/etc/passwd"
	home_is /
	rm -f "$B/rootfs/etc/passwd"
}

@test "process: exec has them too" {
	requires_rundlet "peers are older"
	config '.process.env |= map(select(startswith("HOME=") | not)) | .process.args = ["/bin/sleep", "60"]'
	config '.linux.personality = {domain: "LINUX32"}'
	passwd 'root:x:0:0::/the/root:/bin/sh\n'
	ok create --bundle "$B" "$C"
	ok start "$C"
	ok exec "$C" sh -c 'echo $HOME $(uname -m)'
	has "$out" "/the/root "
	hasnt "$out" "x86_64"
}
