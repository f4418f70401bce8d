#!/usr/bin/env bats
# Proves, on hosts whose controllers are cgroup v1's: limits that root asks for hold and are changed,
# the container is paused, listed and counted as a whole, and nothing is left; an ordinary user's
# container runs without a cgroup when it asks for no limit, and is refused by name when it does.
# (cgroup v2 and systemd: tests/vm)

load helpers
load lib/resources

requires_v1()
{
	[ "$(stat -f -c %T /sys/fs/cgroup 2>/dev/null)" != cgroup2fs ] || skip "this host has cgroup v2"
}

requires_v1_root()
{
	requires_root
	requires_v1
	[ -e /sys/fs/cgroup/memory/memory.limit_in_bytes ] || skip "no cgroup v1 with memory here"
	not_for crun "it makes no cgroup on a host with both versions"
}

# FILE of CONTROLLER in the container's cgroup.
of()
{
	cat "/sys/fs/cgroup/$1/$C/$2"
}

# Creates and starts a container with these resources.
up()
{
	config --arg p "/$C" --argjson r "$1" '.linux.cgroupsPath = $p | .linux.resources = $r'
	script "${2:-sleep 100 & sleep 100}"
	rt create --bundle "$B" --pid-file "$T/pid" "$C" </dev/null >"$T/out" 2>"$T/err" || fail create
	ok start "$C"
}

own_cgroup_namespace()
{
	config '.linux.namespaces |= map(select(.type != "cgroup")) + [{type: "cgroup"}]'
}

# of_is CONTROLLER FILE VALUE; a file that this kernel does not have proves nothing.
of_is()
{
	[ -e "/sys/fs/cgroup/$1/$C/$2" ] || return 0
	[ "$(of "$1" "$2")" = "$3" ] || fail "$2 is '$(of "$1" "$2")', not '$3'"
}

# of_says FILE LINE: the file of the controller that it is named after has that line.
of_says()
{
	local dir=/sys/fs/cgroup/${1%%.*}/$C
	[ -e "$dir/$1" ] || return 0
	grep -qxF "$2" "$dir/$1" || fail "$1 is '$(cat "$dir/$1")', not '$2'"
	echo "# resource v1 root $1: $2" >&3
}

@test "cgroup v1: every resource is in its file" {
	requires_v1_root
	local property asked file value n=0
	resource_rows "$E2E_TOP/contrib/doc/resources.md" "$(cat /sys/block/*/dev | head -n 1)" >"$T/table"
	while IFS='|' read -r property asked _ _ _ _ file value _; do
		case $KIND:$property:$file in
		*:refused | *:where*) continue ;;
		runc:cpu.burst:* | runc:memory.kernelTCP:*) continue ;; # version 1.1 ignores them
		esac
		[ -e "/sys/fs/cgroup/${file%%.*}/cgroup.procs" ] || continue
		echo "$property|$asked" >>"$T/asked"
		echo "$file $value" >>"$T/files"
		n=$((n + 1))
	done <"$T/table"
	[ $n -gt 8 ] || fail "the table has too few rows"
	up "$(resource_object <"$T/asked" | jq '.memory.useHierarchy = true')"
	while read -r file value; do
		of_says "$file" "$value"
	done <"$T/files"
	grep -qx "$(cat "$T/pid")" "/sys/fs/cgroup/memory/$C/cgroup.procs"
}

@test "cgroup v1: what only cgroup2 has is refused by its pointer" {
	requires_v1_root
	requires_rundlet
	local property asked file
	resource_rows "$E2E_TOP/contrib/doc/resources.md" 1:1 >"$T/table"
	grep -q '|refused|[^|]*|[^|]*$' "$T/table"
	while IFS='|' read -r property asked _ _ _ _ file _; do
		[ "$file" = refused ] || continue
		config --arg p "/$C" --argjson r "$(echo "$property|$asked" | resource_object)" \
			'.linux.cgroupsPath = $p | .linux.resources = $r'
		fails create --bundle "$B" "$C"
		says /linux/resources/unified
		missing "/sys/fs/cgroup/memory/$C"
		nothing_left
	done <"$T/table"
}

@test "cgroup v1: a container with a limit sees its cgroups, also without a cgroupsPath" {
	requires_v1_root
	config 'del(.linux.cgroupsPath) | .linux.resources = {pids: {limit: 77}}'
	inside 'cat /sys/fs/cgroup/pids/pids.max; cut -d: -f2 /proc/self/cgroup | grep -c cpuset; test -e /sys/fs/cgroup/memory/memory.limit_in_bytes && echo memory'
	eq "$out" $'77\n1\nmemory'
	nothing_left
}

@test "cgroup v1: the weight for block devices is in the file of each scheduler that has one" {
	requires_v1_root
	[ -e /sys/fs/cgroup/blkio/blkio.bfq.io_serviced ] || [ -e /sys/fs/cgroup/blkio/blkio.weight ] ||
		skip "no scheduler with weights here"
	up '{"blockIO": {"weight": 300}}'
	of_is blkio blkio.weight 300
	of_is blkio blkio.bfq.weight 300
}

# Can a new cgroup have real-time there? Another one may have been given all of it.
has_realtime()
{
	local dir=/sys/fs/cgroup/cpu/$C-probe good=0
	mkdir "$dir"
	{ echo 100000 >"$dir/cpu.rt_runtime_us"; } 2>/dev/null || good=1
	rmdir "$dir"
	return $good
}

@test "cgroup v1: real-time and idle" {
	requires_v1_root
	has_realtime || skip "no real-time is to be had for a group here"
	up '{"cpu": {"realtimePeriod": 500000, "realtimeRuntime": 1000}}'
	of_is cpu cpu.rt_period_us 500000
	of_is cpu cpu.rt_runtime_us 1000
	ok delete --force "$C"
	not_for runc "version 1.1 does not have it"
	up '{"cpu": {"idle": 1}}'
	of_is cpu cpu.idle 1
}

@test "cgroup v1: huge pages, also where only cgroup2 has their controller" {
	requires_v1_root
	requires_rundlet
	local dir suffix
	if [ -e /sys/fs/cgroup/hugetlb/cgroup.procs ]; then
		dir=/sys/fs/cgroup/hugetlb suffix=limit_in_bytes
	elif grep -qs hugetlb /sys/fs/cgroup/unified/cgroup.controllers; then
		dir=/sys/fs/cgroup/unified suffix=max
	else
		skip "no hugetlb controller here"
	fi
	up '{"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}]}'
	eq "$(cat "$dir/$C/hugetlb.2MB.$suffix")" 4194304
	echo '{"hugepageLimits": [{"pageSize": "2MB", "limit": 2097152}]}' >"$T/resources"
	STDIN=$T/resources ok update --resources - "$C"
	eq "$(cat "$dir/$C/hugetlb.2MB.$suffix")" 2097152
	ok events --stats "$C"
	eq "$(jq '.data.hugetlb["2MB"].usage' <<<"$out")" 0
	ok delete --force "$C"
	missing "$dir/$C"
}

@test "cgroup v1: a controller that is not mounted is named" {
	requires_v1_root
	requires_rundlet
	[ ! -e /sys/fs/cgroup/net_cls/cgroup.procs ] || skip "this host has it"
	config --arg p "/$C" '.linux.cgroupsPath = $p | .linux.resources = {network: {classID: 1}}'
	fails create --bundle "$B" "$C"
	says /linux/resources/network/classID
	says net_cls
	missing "/sys/fs/cgroup/pids/$C"
}

@test "cgroup v1: the cgroup namespace begins at the container's own cgroup" {
	requires_v1_root
	not_for runc "the namespace of version 1.1 begins above"
	own_cgroup_namespace
	up '{"pids": {"limit": 20}}' 'cat /proc/self/cgroup; sleep 100'
	eventually grep -q '^0::\|^1:' "$T/out"
	[ -z "$(grep -v ':/$' "$T/out")" ] || fail "$(cat "$T/out")"
	go exec "$C" cat /proc/self/cgroup
	[ -z "$(grep -v ':/$' <<<"$out")" ] || fail "exec: $out"
}

@test "cgroup v1: an OOM kill is told, also one that ends the container" {
	requires_v1_root
	not_for crun "it has no events"
	add_mount /tmp tmpfs tmpfs
	up '{"memory": {"limit": 16777216, "swap": 16777216}}' \
		'until [ -e /tmp/go ]; do sleep 0.05; done; tr "\000" a </dev/zero | tail -c 40000000; exec tail -c 40000000 /dev/zero'
	local interval=1h
	[ "$KIND" != runc ] || interval=1s # it speaks after the first only, and does not end
	rt events --interval $interval "$C" >"$T/events" 2>&1 &
	eventually grep -q '"stats"' "$T/events"
	touch "/proc/$(cat "$T/pid")/root/tmp/go"
	eventually grep -q '"oom"' "$T/events"
	[ "$KIND" != runc ] || kill $!
	wait $! || [ "$KIND" = runc ]
	status_is stopped
}

@test "cgroup v1: a start that its memory limit ends says so, with the figure" {
	requires_v1_root
	requires_rundlet
	local limit
	own_cgroup_namespace # init waits inside until it is moved
	for limit in 8192 98304; do
		config --arg p "/$C" --argjson l $limit '.linux.cgroupsPath = $p
			| .linux.resources = {memory: {limit: $l}} | .process.args = ["/bin/sleep", "1000"]'
		go run --detach --bundle "$B" "$C"
		[ "$status" != 0 ] || { ok delete --force "$C"; continue; }
		says /linux/resources/memory/limit
		says $limit
		missing "/sys/fs/cgroup/memory/$C"
		nothing_left
	done
	[ "$status" != 0 ]
}

@test "cgroup v1: what another freezer holds is paused: no exec, and it can be killed" {
	requires_v1_root
	requires_rundlet
	up '{"pids": {"limit": 20}}'
	echo FROZEN >"/sys/fs/cgroup/freezer/$C/freezer.state"
	status_is paused
	go exec "$C" true
	eq "$status" 255
	says "cannot exec in a paused container"
	ok resume "$C"
	status_is running
	eq "$(of freezer freezer.state)" THAWED
	echo FROZEN >"/sys/fs/cgroup/freezer/$C/freezer.state"
	ok kill --all "$C" KILL
	eventually status_is stopped
	ok delete "$C"
	missing "/sys/fs/cgroup/freezer/$C"
}

@test "cgroup v1: what a cgroup that is not the container's holds is named by delete" {
	requires_v1_root
	requires_rundlet # runc waits 10 s, and says that init still runs
	local dir=/sys/fs/cgroup/freezer/$C.other
	config 'del(.linux.cgroupsPath, .linux.resources) | .process.args = ["/bin/sleep", "1000"]'
	ok create --bundle "$B" --pid-file "$T/pid" "$C"
	mkdir "$dir"
	cat "$T/pid" >"$dir/cgroup.procs"
	echo FROZEN >"$dir/freezer.state"
	go delete --force "$C"
	echo THAWED >"$dir/freezer.state"
	eq "$status" 1
	says "write THAWED to $dir/freezer.state"
	ok delete --force "$C"
	eventually rmdir "$dir"
}

@test "cgroup v1: exec goes to a cgroup below, of every hierarchy or of those that are named" {
	requires_v1_root
	local d of
	up '{"pids": {"limit": 20}}'
	for d in /sys/fs/cgroup/*/"$C"; do mkdir "$d/all"; done
	for d in cpus mems; do
		[ ! -e "/sys/fs/cgroup/cpuset/$C" ] || of cpuset cpuset.$d >"/sys/fs/cgroup/cpuset/$C/all/cpuset.$d"
	done
	mkdir "/sys/fs/cgroup/pids/$C/some" "/sys/fs/cgroup/memory/$C/some"
	seen() { # seen CONTROLLER PATH: by the process that was executed
		grep -q ":$1:/$C$2\$" <<<"$out" || fail "not in '/$C$2' of $1: $out"
	}
	ok exec --cgroup all "$C" cat /proc/self/cgroup
	seen pids /all
	seen memory /all
	seen freezer /all
	ok exec --cgroup pids,memory:some "$C" cat /proc/self/cgroup
	seen pids /some
	seen memory /some
	seen freezer ""
	ok exec --cgroup pids:some --cgroup memory:all "$C" cat /proc/self/cgroup
	seen pids /some
	seen memory /all
	for of in .. pids:../..; do
		go exec --cgroup "$of" "$C" true
		ne "$status" 0
		says "sub cgroup path"
	done
	go exec --cgroup pids:nonesuch "$C" true
	ne "$status" 0
	says "o such file or directory"
	go exec --cgroup nonesuch:all "$C" true
	ne "$status" 0
	says "unknown controller"
	ok delete --force "$C"
	missing "/sys/fs/cgroup/pids/$C"
}

@test "exec: --cgroup where there is none is refused" {
	requires_rundlet
	script 'exec sleep 1000'
	go --cgroup-manager disabled run --detach --bundle "$B" "$C"
	eq "$status" 0
	go exec --cgroup some "$C" true
	eq "$status" 255
	says "--cgroup 'some': the container has no cgroup"
}

@test "cgroup v1: update of what the container was created outside of says so" {
	requires_v1_root
	requires_rundlet
	config 'del(.linux.cgroupsPath, .linux.resources) | .process.args = ["/bin/sleep", "1000"]'
	ok create --bundle "$B" "$C"
	fails update --pids-limit 20 "$C"
	says "create it with either"
	says /pids/limit
}

@test "cgroup v1: a container that was frozen before its start is not started" {
	requires_v1_root
	requires_rundlet
	config --arg p "/$C" '.linux.cgroupsPath = $p | .process.args = ["/bin/sleep", "1000"]'
	ok create --bundle "$B" "$C"
	echo FROZEN >"/sys/fs/cgroup/freezer/$C/freezer.state"
	fails start "$C"
	says paused
	ok resume "$C"
	ok start "$C"
}

@test "cgroup v1: a cgroup with processes, or a frozen one, is refused, and stays" {
	requires_v1_root
	not_for runc "version 1.1 warns of the first, and waits for ever in the second"
	local dir h pid
	config --arg p "/$C/sub" '.linux.cgroupsPath = $p'
	for h in /sys/fs/cgroup/*/; do mkdir "$h$C"; done
	dir=/sys/fs/cgroup/freezer/$C/sub
	mkdir "$dir"
	sleep 1000 &
	pid=$!
	echo $pid >"$dir/cgroup.procs"
	fails create --bundle "$B" "$C"
	says "container's cgroup is not empty"
	kill -9 $pid
	wait $pid || true
	echo FROZEN >"$dir/freezer.state"
	fails create --bundle "$B" "$C"
	says "container's cgroup unexpectedly frozen"
	echo THAWED >"$dir/freezer.state"
	rmdir "$dir"
	echo FROZEN >"${dir%/sub}/freezer.state"
	fails create --bundle "$B" "$C"
	says "container's cgroup unexpectedly frozen"
	echo THAWED >"${dir%/sub}/freezer.state"
	rmdir /sys/fs/cgroup/*/"$C" # nothing was left below
}

@test "cgroup v1: delete removes what create made of the path, and no more" {
	requires_v1_root
	not_for runc "version 1.1 leaves what is above"
	config --arg p "/$C/a/b" '.linux.cgroupsPath = $p | .process.args = ["/bin/sleep", "1000"]'
	ok create --bundle "$B" "$C"
	exists "/sys/fs/cgroup/pids/$C/a/b"
	ok delete --force "$C"
	missing "/sys/fs/cgroup/pids/$C"
	local h
	for h in /sys/fs/cgroup/*/; do mkdir "$h$C"; done
	ok create --bundle "$B" "$C"
	ok delete --force "$C"
	rmdir /sys/fs/cgroup/*/"$C"
}

@test "cgroup v1: devices that no rule allows are denied" {
	requires_v1_root
	config '.linux.resources.devices = [{allow: false, access: "rwm"}] | .process.capabilities |= map_values(. + ["CAP_MKNOD"] | unique)'
	inside 'mknod /tmp/tty0 c 4 0 && head -c 1 </tmp/tty0; echo tty $?; head -c 1 /dev/zero >/dev/null && echo zero' || true
	has "$(cat "$T/out")" zero
	has "$(cat "$T/out")" "tty 1"
	may_create rootfs/tmp/tty0
	rm -f "$B/rootfs/tmp/tty0"
}

@test "cgroup v1: pause and resume" {
	requires_v1_root
	up '{"pids": {"limit": 20}}' 'while :; do echo x; sleep 0.05; done'
	ok pause "$C"
	status_is paused
	local was
	was=$(wc -l <"$T/out")
	sleep 0.3
	eq "$(wc -l <"$T/out")" "$was"
	ok resume "$C"
	status_is running
	ok pause "$C"
	ok delete --force "$C"
}

@test "cgroup v1: update, in any order" {
	requires_v1_root
	up '{"memory": {"limit": 67108864, "swap": 134217728}}'
	ok update --memory 134217728 --memory-swap 268435456 "$C"
	eq "$(of memory memory.limit_in_bytes)" 134217728
	echo '{"memory": {"limit": 33554432, "swap": 67108864}, "pids": {"limit": 7}}' >"$T/resources"
	STDIN=$T/resources ok update --resources - "$C"
	eq "$(of memory memory.limit_in_bytes)" 33554432
	eq "$(of pids pids.max)" 7
}

@test "cgroup v1: update: each option" {
	requires_v1_root
	up '{"pids": {"limit": 20}}'
	ok update --cpu-share 256 --cpu-period 50000 --cpu-quota 25000 --cpuset-cpus 0 --cpuset-mems 0 \
		--memory 128m --memory-reservation 16m --memory-swap 256m --kernel-memory-tcp 8m \
		--pids-limit 9 "$C"
	of_is cpu cpu.shares 256
	of_is cpu cpu.cfs_period_us 50000
	of_is cpu cpu.cfs_quota_us 25000
	of_is cpuset cpuset.cpus 0
	of_is cpuset cpuset.mems 0
	of_is memory memory.limit_in_bytes 134217728
	of_is memory memory.soft_limit_in_bytes 16777216
	of_is memory memory.memsw.limit_in_bytes 268435456
	[ "$KIND" = runc ] || of_is memory memory.kmem.tcp.limit_in_bytes 8388608
	of_is pids pids.max 9
	if has_realtime; then
		ok update --cpu-rt-period 500000 --cpu-rt-runtime 2000 "$C"
		of_is cpu cpu.rt_runtime_us 2000
	fi
	ok update --pids-limit -1 --memory -1 "$C"
	of_is pids pids.max max
	of_is memory memory.memsw.limit_in_bytes "$(cat /sys/fs/cgroup/memory/memory.memsw.limit_in_bytes)"
	not_for runc "version 1.1 does not have the others"
	ok update --cpu-burst 5000 --kernel-memory 32m "$C"
	of_is cpu cpu.cfs_burst_us 5000
	ok update --cpu-idle 1 "$C"
	of_is cpu cpu.idle 1
	if [ -e "/sys/fs/cgroup/blkio/$C/blkio.bfq.weight" ]; then
		ok update --blkio-weight 200 "$C"
		of_is blkio blkio.bfq.weight 200
	fi
}

@test "cgroup v1: ps and events" {
	requires_v1_root
	up '{"pids": {"limit": 20}}'
	eventually test "$(rt ps --format json "$C" | jq length)" = 2
	not_for crun "it has no events"
	ok events --stats "$C"
	eq "$(jq -r .type <<<"$out")" stats
	eq "$(jq .data.pids.current <<<"$out")" 2
	eq "$(jq '.data.memory.usage.usage > 0' <<<"$out")" true
}

@test "cgroup v1: delete ends what init has left behind" {
	requires_v1_root
	without_ns pid
	up '{"pids": {"limit": 20}}' 'sleep 100 & sleep 100'
	eventually test "$(wc -l <"/sys/fs/cgroup/pids/$C/cgroup.procs")" = 2
	ok kill "$C" KILL
	eventually status_is stopped
	ok delete "$C"
	missing "/sys/fs/cgroup/pids/$C"
	nothing_left
}

@test "cgroup v1: the cgroup namespace is rooted in the container's cgroup, every time" {
	requires_v1_root
	with_ns cgroup
	config --arg p "/$C" '.linux.cgroupsPath = $p | .linux.resources = {memory: {limit: 67108864}, pids: {limit: 20}}'
	for _ in 1 2 3 4 5; do
		inside 'grep -E ":(memory|pids):" /proc/self/cgroup | cut -d: -f2- | sort'
		eq "$out" "$(printf 'memory:/\npids:/')" "what the container sees"
	done
}

# Somebody ($held) who holds a pid and a user namespace.
hold()
{
	unshare -U -r -p --fork --kill-child=KILL sleep 120 3>&- &
	background $!
	eventually held_by $!
}

held_by()
{
	held=$(pgrep -P "$1" -x sleep)
}

@test "cgroup v1: the cgroup namespace is its own cgroup's also where another namespace is joined" {
	requires_v1_root
	requires_program unshare
	not_for runc "the namespace of version 1.1 begins above"
	local held joined
	hold
	with_ns cgroup
	config --arg p "/$C" '.linux.cgroupsPath = $p | .linux.resources = {pids: {limit: 20}}'
	for joined in '["pid"]' '["user"]' '["pid", "user"]'; do
		config --argjson j "$joined" --arg p "/proc/$held/ns/" '.linux.namespaces |= (map(select(
			IN(.type; "pid", "user") | not)) + ($j | map({type: ., path: ($p + .)}))
			+ (if $j == ["user"] then [{type: "pid"}] else [] end))'
		script 'cat /proc/self/cgroup; exec sleep 100'
		rt create --bundle "$B" --pid-file "$T/pid" "$C" </dev/null >"$T/out" 2>"$T/err" || fail create
		ok start "$C"
		eventually grep -q ':pids:' "$T/out"
		[ -z "$(grep ':pids:' "$T/out" | grep -v ':/$')" ] || fail "$joined: $(cat "$T/out")"
		[ "$(of pids pids.max)" = 20 ]
		grep -qx "$(cat "$T/pid")" "/sys/fs/cgroup/pids/$C/cgroup.procs"
		go exec "$C" cat /proc/self/cgroup
		[ -z "$(grep ':pids:' <<<"$out" | grep -v ':/$')" ] || fail "$joined: exec: $out"
		ok delete --force "$C"
		missing "/sys/fs/cgroup/pids/$C"
	done
}

@test "cgroup v1: a cgroup that delete cannot look at is an error, and is not lost" {
	requires_v1_root
	requires_rundlet "promises it"
	requires_program strace
	requires_plain_build
	local call n failed=0
	for call in fstatfs openat2; do
		n=2
		while :; do
			up '{"pids": {"limit": 20}}'
			other strace -qq -o "$T/trace" -e trace="$call" -e inject="$call:error=ENOMEM:when=$n" \
				"$E2E_RUNTIME" --root "$ROOT" delete --force "$C"
			if [ "$status" != 0 ]; then
				failed=$((failed + 1))
				eq "$(wc -l <"$T/err")" 1 "lines of the error"
				ok delete --force "$C"
			fi
			missing "$ROOT/$C"
			eq "$(find /sys/fs/cgroup -name "$C")" "" "after $call $n: cgroups"
			grep -q INJECTED "$T/trace" || break
			n=$((n + 4))
		done
	done
	[ "$failed" -ge 3 ] || fail "only $failed of them failed"
}

@test "update: what is no number is refused by the option's name" {
	requires_rundlet
	fails update --pids-limit many nobody
	fails update --memory 1x nobody
}

@test "limits of an ordinary user who has no cgroup are refused, with the cure" {
	requires_user
	requires_v1
	requires_rundlet
	config '.linux.resources = {pids: {limit: 5}}'
	fails create --bundle "$B" "$C"
	says "/linux/resources/pids/limit"
	says "cgroup"
}

@test "no limits, no cgroup: it runs, and the plan says so" {
	requires_user
	requires_v1
	requires_rundlet
	config 'del(.linux.resources)'
	inside true
	has "$(rt plan --bundle "$B")" "no cgroup"
	ok run --detach --bundle "$B" "$C-2"
}

@test "pause without a cgroup is refused, with the cure" {
	requires_user
	requires_v1
	requires_rundlet
	config 'del(.linux.resources) | .process.args = ["/bin/sleep", "100"]'
	ok create --bundle "$B" "$C"
	ok start "$C"
	fails pause "$C"
	says "cgroup"
	fails update --pids-limit 5 "$C"
	says "cgroup"
}

@test "update: nothing to set needs no cgroup" {
	not_for runc "has no --cgroup-manager"
	config 'del(.linux.resources) | .process.args = ["/bin/sleep", "100"]'
	other "$E2E_RUNTIME" --root "$ROOT" --cgroup-manager disabled create --bundle "$B" "$C"
	eq "$status" 0
	echo '{"cpu": {}, "memory": {}, "pids": {}, "blockIO": {}}' >"$T/resources"
	ok update --resources "$T/resources" "$C"
	ok update "$C"
	echo '{"pids": {"limit": 5}}' >"$T/resources"
	fails update --resources "$T/resources" "$C"
	[ "$KIND" = crun ] || says "cgroup"
	echo '{"pids": {"limit": "5"}}' >"$T/resources"
	fails update --resources "$T/resources" "$C"
	says_rundlet "/pids/limit"
}
