#!/usr/bin/env bats
# Proves: on cgroup v2, each resource of config.json and each option of update is in the file of the
# container's cgroup, through systemd and through cgroupfs, as root and as a user to whom systemd
# delegates; what cannot be set is refused by name.
#
# The values read back are in the output as "# resource MANAGER USER FILE: VALUE".

load helpers
load ../e2e/lib/resources

# The disk, as MAJOR:MINOR.
disk()
{
	cat /sys/block/vda/dev
}

# Lines "FILE VALUE" on standard input: each holds, in the container's own cgroup if it is rundlet's.
files_are()
{
	local file value is bad=''
	while read -r file value; do
		if [ "$KIND" = rundlet ]; then
			is=$(< "$DIR/$file") || is=none
		else
			is=$(limit "$file")
		fi
		case $'\n'$is$'\n' in
		*$'\n'"$value"$'\n'*) echo "# resource $MANAGER $USER $file: $value" >&3 ;;
		*) bad+="$file is '$is', not '$value'; " ;;
		esac
	done
	[ -z "$bad" ] || fail "$bad"
}

# The rows of contrib/doc/resources.md; a peer's are those that it has and means the same by.
rows()
{
	local lacks='^(cpu.burst|hugepageLimits|memory.s|memory.d|memory.k|network)'
	resource_rows ../../contrib/doc/resources.md "$(disk)" > "$T/table"
	[ "$KIND" = rundlet ] || sed -i -E "/$lacks/{ /^memory.swap\|/!d }" "$T/table"
}

@test "resources: each is in its file" {
	local property asked file value root user who bfq='' object
	rows
	# the scheduler with weights per device
	[ "$ME" != 0 ] || { modprobe bfq && echo bfq > /sys/block/vda/queue/scheduler; }
	[ ! -e /sys/fs/cgroup/system.slice/io.bfq.weight ] || bfq="io.bfq.weight default 500"
	while IFS='|' read -r property asked file value root user _; do
		[ "$ME" = 0 ] && who=$root || who=$user
		[ "$who" != refused ] || continue
		echo "$property|$asked" >> "$T/asked"
		# peers of 2023 have the older formula, and choose one of the schedulers
		case $KIND:$file in
		rundlet:noted) echo "/linux/resources/${property//./\/}" >> "$T/noted" ;;
		*:noted | crun:io.weight | runc:io.weight) ;;
		crun:cpu.weight | runc:cpu.weight) echo "$file 39" >> "$T/files" ;;
		*) echo "$file $value" >> "$T/files" ;;
		esac
	done < "$T/table"
	[ "$(wc -l < "$T/asked")" -gt 12 ] || fail "the table has too few rows"
	object=$(resource_object < "$T/asked")
	resources "$object"
	up
	files_are < "$T/files"
	has "$(grep Cpus_allowed_list "/proc/$PID/status")" "	0"
	if [ "$KIND" = rundlet ]; then
		[ -z "$bfq" ] || files_are <<< "$bfq"
		rt plan --bundle "$B" > "$T/plan" 2>&1
		while read -r property; do
			grep -A 1 "$property" "$T/plan" | grep -q "note:" || fail "nothing notes $property"
		done < "$T/noted"
	else
		has "$(cat "$DIR"/io*weight "${DIR%/*}"/io*weight 2> /dev/null)" "default "
	fi
}

@test "resources: each that the table has as refused is, by its pointer" {
	requires_rundlet
	local property asked file value root user who n=0
	rows
	while IFS='|' read -r property asked file value root user _; do
		[ "$ME" = 0 ] && who=$root || who=$user
		[ "$who" = refused ] || continue
		resources "$(echo "$property|$asked" | resource_object)"
		fails create --bundle "$B" "$C"
		has "$out" "/linux/resources/${property//./\/}"
		gone "$ROOT/$C"
		echo "# resource $MANAGER $(id -un) $property: refused" >&3
		n=$((n + 1))
	done < "$T/table"
	[ $n -ge 3 ] || fail "only $n rows are refused"
	unit_gone
}

@test "resources: the weight of one device" {
	requires_root
	local d
	d=$(disk)
	modprobe bfq && echo bfq > /sys/block/vda/queue/scheduler
	resources '{"blockIO": {"weightDevice": [{"major": '"${d%:*}"', "minor": '"${d#*:}"', "weight": 200}]}}'
	up
	files_are <<< "io.bfq.weight $d 200"
}

@test "resources: what is newer: burst, idle, and files by their own names" {
	requires_rundlet
	resources '{"cpu": {"quota": 50000, "period": 100000, "burst": 10000},
		"unified": {"memory.oom.group": "1", "pids.max": "17"}, "pids": {"limit": 30}}'
	up
	files_are <<-LIST
		cpu.max.burst 10000
		memory.oom.group 1
		pids.max 17
	LIST
	ok update --cpu-idle 1 "$C"
	files_are <<< "cpu.idle 1"
}

@test "resources: no limit is max" {
	resources '{"memory": {"limit": -1}, "pids": {"limit": -1}, "cpu": {"quota": -1, "period": 100000}}'
	up
	limit_is memory.max max
	# crun 1.8 leaves the scope at the default of systemd
	[ "$KIND-$MANAGER" = crun-systemd ] || limit_is pids.max max
	limit_is cpu.max "max 100000"
}

@test "resources: huge pages" {
	requires_root
	not_for crun "systemd does not hand hugetlb down and crun 1.8 does not either"
	[ -e "$CG/system.slice/hugetlb.2MB.max" ] || grep -q hugetlb "$CG/cgroup.controllers" || skip "no hugetlb"
	resources '{"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}]}'
	[ "$MANAGER" = cgroupfs ] || [ "$KIND" = rundlet ] || skip "runc 1.1 does not enable it below systemd"
	up
	files_are <<< "hugetlb.2MB.max 4194304"
	[ "$KIND" != rundlet ] || files_are <<< "hugetlb.2MB.rsvd.max 4194304"
}

@test "resources: rdma of a device that is not there is refused by name" {
	requires_root
	requires_rundlet
	resources '{"rdma": {"mlx5_1": {"hcaHandles": 3}}}'
	fails create --bundle "$B" "$C"
	has "$out" "/linux/resources/rdma/mlx5_1"
	gone "$ROOT/$C"
	unit_gone
}

@test "resources: what only v1 has is refused by name" {
	requires_rundlet
	local property
	for property in '"memory": {"swappiness": 10}' '"cpu": {"realtimeRuntime": 1000}' \
		'"network": {"classID": 1}' '"memory": {"disableOOMKiller": true}'; do
		resources "{$property}"
		fails create --bundle "$B" "$C"
		has "$out" "/linux/resources/"
		gone "$ROOT/$C"
	done
}

@test "resources: a controller that is not delegated is named, with what delegates it" {
	requires_user
	requires_rundlet
	resources '{"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}]}'
	fails create --bundle "$B" "$C"
	has "$out" "hugetlb"
	has "$out" "Delegate="
	gone "$ROOT/$C"
	unit_gone
	[ -z "$(find "$CG" -name "*$C*")" ]
}

@test "update: what only v1 or other hardware has is refused by its name, what Linux no longer has is not" {
	requires_rundlet
	local option
	up
	for option in cpu-rt-period:1000000:cpu/realtimePeriod cpu-rt-runtime:1000:cpu/realtimeRuntime \
		l3-cache-schema:L3:0=f:intelRdt mem-bw-schema:MB:0=20:intelRdt; do
		fails update "--${option%%:*}" "$(cut -d: -f2- <<< "${option%:*}")" "$C"
		has "$out" "${option##*:}"
	done
	ok update --kernel-memory 16777216 --kernel-memory-tcp 16777216 "$C"
	state_is running
}

@test "update: by options and by a file" {
	resources '{"memory": {"limit": 67108864}, "pids": {"limit": 30}}'
	up
	ok update --memory 134217728 --pids-limit 40 "$C"
	limit_is memory.max 134217728
	limit_is pids.max 40
	echo '{"memory": {"limit": 50331648}, "cpu": {"quota": 20000, "period": 100000}}' > "$T/resources"
	STDIN=$T/resources ok update --resources - "$C"
	limit_is memory.max 50331648
	limit_is cpu.max "20000 100000"
	limit_is pids.max 40
	echo '{"memory": {"limit": 67108864}}' > "$T/resources"
	ok update --resources "$T/resources" "$C"
	limit_is memory.max 67108864
}

@test "update: each option" {
	up
	ok update --cpu-share 512 --cpuset-cpus 0 --cpuset-mems 0 --blkio-weight 100 \
		--memory 67108864 --memory-swap 134217728 --memory-reservation 1048576 "$C"
	ok update --cpu-period 50000 --cpu-quota 25000 "$C"
	limit_is cpuset.cpus 0
	limit_is memory.swap.max 67108864
	limit_is memory.low 1048576
	limit_is cpu.max "25000 50000"
	[ "$KIND" = rundlet ] || return 0
	limit_is cpu.weight 59
	limit_is io.weight "default 910"
	ok update --cpu-burst 5000 "$C"
	limit_is cpu.max.burst 5000
	ok update --cpu-idle 1 "$C"
	limit_is cpu.idle 1
	ok update --cpu-idle 0 --memory -1 --memory-swap -1 --pids-limit -1 --cpu-quota -1 "$C"
	limit_is memory.max max
	limit_is pids.max max
	limit_is cpu.max "max 50000"
}

@test "update: checkBeforeUpdate refuses what would kill" {
	not_for runc "version 1.1 does not have it"
	not_for crun "version 1.8 asks for swap, which this kernel does not account"
	up
	echo '{"memory": {"limit": 4096, "checkBeforeUpdate": true}}' > "$T/resources"
	STDIN=$T/resources fails update --resources - "$C"
	has "$out" "4096"
	state_is running
}
