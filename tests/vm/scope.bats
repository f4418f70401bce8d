#!/usr/bin/env bats
# Proves: what systemd is told of a container, so that it does not undo it: each limit is a property of
# the scope as well, also after an update, and a reload of the manager changes nothing; a scope exists
# once its job has ended, which has a deadline; what is there under that name is refused.
#
# The properties read back are in the output as "# resource systemd USER PROPERTY".

load helpers
load ../e2e/lib/resources

# Lines "NAME=VALUE" on standard input: the unit has them all.
properties_are()
{
	local all line
	all=$(manager_ctl show "vm-$C.scope")
	while read -r line; do
		[[ $'\n'$all$'\n' == *$'\n'"$line"$'\n'* ]] ||
			fail "not $line but $(grep "^${line%%=*}=" <<< "$all")" || return 1
		echo "# resource systemd $USER $line" >&3
	done
}

# Each cgroup file that has a limit, of the scope and of the container, with its value.
files_of_both()
{
	(cd "$DIR/.." && grep -s . ./*.max ./*.low ./*.min ./*.high ./*.weight ./cpuset.cpus ./cpuset.mems \
		"${DIR##*/}"/*.{max,low,min,high,weight} "${DIR##*/}"/cpuset.{cpus,mems})
}

@test "scope: each limit is a property, and stays one; a reload of the manager undoes nothing" {
	requires_manager systemd
	requires_rundlet
	local property asked root user who unit
	resource_rows ../../contrib/doc/resources.md "$(cat /sys/block/vda/dev)" > "$T/table"
	while IFS='|' read -r property asked _ _ root user _ _ unit; do
		[ "$ME" = 0 ] && who=$root || who=$user
		[ "$who" = both ] || continue
		echo "$property|$asked" >> "$T/asked"
		[ "$unit" = none ] || echo "$unit" >> "$T/properties"
	done < "$T/table"
	[ "$(wc -l < "$T/properties")" -gt 12 ] || fail "the table has too few properties"
	resources "$(resource_object < "$T/asked")"
	up
	properties_are < "$T/properties"
	files_of_both > "$T/before"
	manager_ctl daemon-reload
	files_of_both > "$T/after"
	diff "$T/before" "$T/after"
}

@test "scope: update changes the properties, too" {
	requires_manager systemd
	not_for crun "1.8 writes the files alone"
	resources '{"memory": {"limit": 67108864}, "pids": {"limit": 30}}'
	up
	ok update --memory 134217728 --pids-limit 40 --cpu-period 100000 --cpu-quota 20000 --cpuset-cpus 1 "$C"
	properties_are <<-LIST
		MemoryMax=134217728
		TasksMax=40
		CPUQuotaPerSecUSec=200ms
		AllowedCPUs=1
	LIST
	manager_ctl daemon-reload
	limit_is memory.max 134217728
	limit_is pids.max 40
	limit_is cpu.max "20000 100000"
}

@test "scope: a device filter outlives a reload of the manager" {
	requires_manager systemd
	requires_root
	local d
	d=$(cat /sys/block/vda/dev)
	resources '{"devices": [{"allow": false, "access": "rwm"}]}'
	script "mknod /dev/disk b ${d%:*} ${d#*:}; sleep 1000"
	up
	eventually test -b "/proc/$PID/root/dev/disk"
	manager_ctl daemon-reload
	fails exec "$C" head -c 1 /dev/disk
	ok exec "$C" head -c 1 /dev/null
}

# A job that ends when $T/go exists, for which the container's scope has to wait.
blocked_scope()
{
	local user=()
	[ "$ME" = 0 ] || user=(--user)
	systemd-run "${user[@]}" --quiet --no-block --unit="block-$C" -p Type=oneshot \
		sh -c "until [ -e $T/go ]; do sleep 0.2; done"
	config --arg u "['block-$C.service']" '.annotations = {"org.systemd.property.After": $u}'
}

scope_waits()
{
	manager_ctl list-jobs | grep -q "vm-$C.scope .*waiting"
}

@test "scope: create is back when the job has ended, not before" {
	requires_manager systemd
	not_for crun "1.8 takes no list as a property"
	local pid
	blocked_scope
	rt create --bundle "$B" "$C" < /dev/null > "$T/log" 2>&1 &
	pid=$!
	eventually scope_waits
	kill -0 $pid || fail "it did not wait: $(cat "$T/log")"
	[ "$(unit ActiveState)" = ActiveState=inactive ]
	touch "$T/go"
	wait $pid || fail "$(cat "$T/log")"
	[ "$(unit ActiveState)" = ActiveState=active ]
	state_is created
}

@test "scope: a job that does not end is an error with a deadline, and is taken back" {
	requires_manager systemd
	requires_rundlet
	blocked_scope
	fails create --bundle "$B" "$C"
	has "$out" "did not finish to start vm-$C.scope within"
	has "$out" "list-jobs"
	! scope_waits || fail "the job is still there"
	unit_gone
	gone "$ROOT/$C"
	touch "$T/go"
}

@test "scope: one that is frozen from before is refused" {
	requires_manager systemd
	not_for runc "1.1 warns, and goes on"
	not_for crun "it does not look"
	local dir
	up # for the path
	dir=${DIR%/*}
	ok delete --force "$C"
	mkdir "$dir"
	echo 1 > "$dir/cgroup.freeze"
	fails create --bundle "$B" "$C"
	has "$out" "container's cgroup unexpectedly frozen"
	gone "$ROOT/$C"
	unit_gone
	gone "$dir"
}
