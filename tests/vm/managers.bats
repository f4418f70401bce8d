#!/usr/bin/env bats
# Proves: the managers systemd and cgroupfs are found and used where users are: what annotations ask
# for, each way to systemd's bus, without D-Bus's variables, with euid 0 in podman's user namespace;
# what does not answer is an error with a deadline; systemd works as pid 1 of a container.

load helpers

# What is detached keeps the output that it is given.
launch()
{
	rt run --detach --bundle "$B" "$C" < /dev/null > "$T/log" 2>&1 || fail "$(cat "$T/log")"
}

@test "disabled: runs where the caller is, the plan says why, and limits are refused with the cure" {
	requires_rundlet
	no_manager
	has "$(rt --cgroup-manager disabled plan --bundle "$B" 2>&1)" "no cgroup: cgroups are disabled"
	rt --cgroup-manager disabled create --bundle "$B" --pid-file "$T/pid" "$C" < /dev/null > "$T/log" 2>&1 ||
		fail "$(cat "$T/log")"
	[ "$(sed -n 's/^0:://p' "/proc/$(cat "$T/pid")/cgroup")" = "$(sed -n 's/^0:://p' /proc/self/cgroup)" ] ||
		fail "$(cat "/proc/$(cat "$T/pid")/cgroup")"
	fails pause "$C"
	has "$out" "has no cgroup of its own"
	ok delete --force "$C"
	gone "/proc/$(cat "$T/pid")"
	resources '{"pids": {"limit": 30}}'
	fails --cgroup-manager disabled create --bundle "$B" "$C"
	has "$out" "/linux/resources/pids/limit"
	has "$out" "remove the limit or the option"
	gone "$ROOT/$C"
}

@test "nothing is delegated: without limits it runs, with limits the user manager is asked, or both are told" {
	requires_manager systemd # not below systemd-run, that is
	requires_user
	requires_rundlet
	no_manager
	has "$(rt plan --bundle "$B" 2>&1)" "no cgroup: no cgroup is delegated to the caller"
	ok run --bundle "$B" --detach "$C"
	ok delete --force "$C"
	resources '{"pids": {"limit": 30}}'
	up
	limit_is pids.max 30
	[[ $DIR == */user@$ME.service/*.scope/container ]] || fail "$DIR"
	ok delete --force "$C"
	gone "$DIR"
	fails --cgroup-manager cgroupfs create --bundle "$B" "$C"
	has "$out" "/linux/resources/pids/limit"
	has "$out" "Delegate=yes"
	DBUS_SESSION_BUS_ADDRESS='' XDG_RUNTIME_DIR='' fails create --bundle "$B" "$C"
	has "$out" "no user manager is there"
	has "$out" "enable-linger"
	gone "$ROOT/$C"
}

@test "cgroupsPath alone says who makes it: slice:prefix:name systemd, a path the runtime" {
	requires_rundlet
	local own slice=user.slice
	[ "$ME" != 0 ] || slice=system.slice
	own=$(sed -n 's/^0:://p' /proc/self/cgroup)
	no_manager
	config --arg p "$slice:vm:$C" '.linux.cgroupsPath = $p'
	up
	[[ $DIR == */$slice/vm-$C.scope/container ]] || fail "$DIR"
	ok delete --force "$C"
	MANAGER=systemd unit_gone
	[ "$ME" = 0 ] || [[ $own == */user@$ME.service/* ]] || return 0 # no cgroup is ours
	config --arg p "rel-$C/inner" '.linux.cgroupsPath = $p'
	up
	[ "$DIR" = "$CG${own%/*}/rel-$C/inner" ] || fail "$DIR, beside $own"
	ok delete --force "$C"
	gone "$CG${own%/*}/rel-$C"
	# what was there stays
	mkdir "$CG${own%/*}/rel-$C"
	up
	ok delete --force "$C"
	gone "$CG${own%/*}/rel-$C/inner"
	rmdir "$CG${own%/*}/rel-$C"
	config --arg p "${own%/*}/abs-$C" '.linux.cgroupsPath = $p'
	up
	[ "$DIR" = "$CG${own%/*}/abs-$C" ] || fail "$DIR"
	ok delete --force "$C"
	gone "$DIR"
}

@test "annotations are properties of the unit" {
	requires_manager systemd
	config '.annotations = {"org.systemd.property.TimeoutStopUSec": "uint64 123000000",
		"org.systemd.property.CollectMode": "'"'inactive-or-failed'"'"}'
	up
	has "$(unit TimeoutStopUSec,Delegate,CollectMode,Slice)" "TimeoutStopUSec=2min 3s"
	has "$(unit TimeoutStopUSec,Delegate,CollectMode,Slice)" "Delegate=yes"
}

@test "an annotation that is no property is refused by its name" {
	requires_manager systemd
	requires_rundlet
	config '.annotations = {"org.systemd.property.TimeoutStopUSec": "uint64 x"}'
	fails create --bundle "$B" "$C"
	has "$out" "org.systemd.property.TimeoutStopUSec"
	config '.annotations = {"run.oci.systemd.subgroup": "../up"}'
	fails create --bundle "$B" "$C"
	has "$out" "run.oci.systemd.subgroup"
	gone "$ROOT/$C"
}

@test "run.oci.systemd.subgroup names the cgroup inside the scope" {
	requires_manager systemd
	not_for runc "the annotation is crun's"
	config '.annotations = {"run.oci.systemd.subgroup": "payload"}'
	up
	[ "${DIR##*/}" = payload ]
	[[ $DIR == */vm-$C.scope/payload ]]
}

# What the kernel says is to be delegated belongs to that user, and so does the directory.
delegated_to()
{
	local file
	while read -r file; do
		[ ! -e "$DIR/$file" ] || [ "$(stat -c %u "$DIR/$file")" = "$1" ] || fail "$file: $(stat -c %u "$DIR/$file")"
	done < <(echo .; cat /sys/kernel/cgroup/delegate)
}

@test "run.oci.delegate-cgroup gives the cgroup to the container's root" {
	requires_root
	not_for runc "the annotation is crun's"
	config '.annotations = {"run.oci.delegate-cgroup": "1"}
		| .linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 1000}]
		| .linux.gidMappings = .linux.uidMappings'
	chmod 755 "$WORK" "$T" "$B"
	up
	requires_rundlet
	delegated_to 100000
	[ "$(stat -c %u "$DIR/memory.max")" = 0 ]
}

@test "without DBUS_SESSION_BUS_ADDRESS XDG_RUNTIME_DIR is enough" {
	requires_manager systemd
	requires_user
	not_for crun "its sd-bus of this version needs the address"
	unset DBUS_SESSION_BUS_ADDRESS
	up
	ok delete --force "$C"
	gone "$DIR"
}

@test "the bus: each way to it, and none" {
	requires_manager systemd
	requires_user
	requires_rundlet
	local bus=$XDG_RUNTIME_DIR/bus
	# only the variable
	XDG_RUNTIME_DIR='' DBUS_SESSION_BUS_ADDRESS=unix:path=$bus launch
	XDG_RUNTIME_DIR='' DBUS_SESSION_BUS_ADDRESS=unix:path=$bus ok delete --force "$C"
	# a variable that leads nowhere; then the manager's own socket, without a bus
	mkdir "$T/run" "$T/run/systemd"
	ln -s "$XDG_RUNTIME_DIR/systemd/private" "$T/run/systemd/private"
	XDG_RUNTIME_DIR=$T/run DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent launch
	XDG_RUNTIME_DIR=$T/run DBUS_SESSION_BUS_ADDRESS='' ok delete --force "$C"
	unit_gone
	DBUS_SESSION_BUS_ADDRESS='' XDG_RUNTIME_DIR=/nonexistent fails create --bundle "$B" "$C"
	has "$out" "systemd"
	has "$out" "enable-linger"
	gone "$ROOT/$C"
}

@test "the bus: one that does not answer is an error with a deadline" {
	requires_manager systemd
	requires_rundlet
	local user=() pid
	[ "$ME" = 0 ] || user=(--user)
	# somebody listens there who never accepts
	systemd-run "${user[@]}" --quiet --unit="hang-$C" --socket-property=ListenStream="$T/bus" sleep 1000
	DBUS_SYSTEM_BUS_ADDRESS=unix:path=$T/bus DBUS_SESSION_BUS_ADDRESS=unix:path=$T/bus launch
	ok delete --force "$C"
	if [ "$ME" != 0 ]; then
		XDG_RUNTIME_DIR='' DBUS_SESSION_BUS_ADDRESS=unix:path=$T/bus fails create --bundle "$B" "$C"
		has "$out" "$T/bus"
		has "$out" "within 10 seconds"
		gone "$ROOT/$C"
	fi
	systemctl "${user[@]}" stop "hang-$C.socket"
}

@test "the bus: a manager that hangs is an error with a deadline" {
	requires_manager systemd
	requires_user
	requires_rundlet
	local pid
	pid=$(systemctl show -P MainPID "user@$ME.service")
	kill -STOP "$pid"
	go create --bundle "$B" "$C"
	kill -CONT "$pid"
	[ "$status" != 0 ]
	has "$out" "systemd did not answer"
	has "$out" "seconds"
	gone "$ROOT/$C"
}

@test "with euid 0 in podman's user namespace" {
	requires_user
	not_for crun "version 1.8 takes the system's bus there"
	[ "$KIND-$MANAGER" != runc-systemd ] || skip "runc 1.1 asks for the bus under another uid"
	config 'del(.linux.uidMappings, .linux.gidMappings) | .linux.namespaces |= map(select(.type != "user"))'
	resources '{"pids": {"limit": 30}}'
	local globals=()
	[ "$MANAGER" != systemd ] || globals=(--systemd-cgroup)
	podman unshare "$RUNTIME" --root "$ROOT" "${globals[@]}" run --detach --bundle "$B" --pid-file "$T/pid" "$C" \
		< /dev/null > "$T/log" 2>&1 || fail "$(cat "$T/log")"
	PID=$(cat "$T/pid")
	DIR=$CG$(sed -n 's/^0:://p' "/proc/$PID/cgroup")
	limit_is pids.max 30
	podman unshare "$RUNTIME" --root "$ROOT" "${globals[@]}" delete --force "$C"
	gone "$DIR"
	unit_gone
}

@test "a scope of that name is somebody else's, and stays" {
	requires_manager systemd
	up
	fails --root "$ROOT-other" create --bundle "$B" "$C"
	has "$out" "already"
	[ "$KIND" != rundlet ] || has "$out" "container's cgroup is not empty"
	state_is running
	[ -e "/proc/$PID" ]
}

@test "a container that joins another's namespaces has a cgroup and limits of its own" {
	local first first_dir one=$C type
	up
	first=$PID first_dir=$DIR
	C=$one-2
	make_config > "$B/config.json"
	resources '{"pids": {"limit": 30}}'
	config --arg p "/proc/$first/ns/" '.linux.namespaces |= map(
		if IN(.type; "pid", "ipc", "uts", "user") then .path = $p + .type else . end)'
	[ "$KIND" = runc ] || config 'del(.linux.uidMappings, .linux.gidMappings)'
	up
	for type in pid ipc uts user; do
		[ "$(readlink "/proc/$PID/ns/$type")" = "$(readlink "/proc/$first/ns/$type")" ] || fail "$type"
	done
	[ "$DIR" != "$first_dir" ]
	limit_is pids.max 30
	go exec "$C" cat /proc/self/cgroup
	[ "$status" = 0 ] || fail "$out"
	has "$out" "0::/"
	ok delete --force "$C"
	gone "$DIR"
	unit_gone
	C=$one
	state_is running
}

# boots_systemd UID: it does, and the cgroup belongs to that id of the host's, the container's root.
boots_systemd()
{
	systemd_rootfs
	[ "$1" = "$ME" ] || chown -R "$1" "$T/rootfs"
	up
	# systemd moves itself away first: what is in init.scope then is pid 1
	local top=$DIR
	eventually grep -qsx "$PID" "$top/init.scope/cgroup.procs" "${top%/init.scope}/init.scope/cgroup.procs" ||
		fail "$(cat "$T/log")"
	[[ $top != */init.scope ]] || top=${top%/init.scope}
	DIR=$top delegated_to "$1"
	# exec goes where it can: the container's own cgroup holds no process once it hands controllers down
	go exec "$C" /bin/cat /proc/self/cgroup
	[ "$status" = 0 ] || fail "$out"
	has "$out" "0::/"
	ok delete --force "$C"
	gone "$top"
	unit_gone
}

# The guest's own systemd, on its own /usr, in a tree that is the container's.
systemd_rootfs()
{
	local d
	mkdir -p "$T/rootfs"/{usr,etc,proc,sys,dev,run,tmp,var/log/journal}
	for d in bin sbin lib lib64; do ln -s "usr/$d" "$T/rootfs/$d"; done
	echo 0123456789abcdef0123456789abcdef > "$T/rootfs/etc/machine-id"
	config --arg root "$T/rootfs" '.root.path = $root
		| .process.args = ["/lib/systemd/systemd", "--unit=basic.target",
			"--log-target=console", "--show-status=0"]
		| .process.env += ["container=oci"]
		| .process.noNewPrivileges = false
		| .process.capabilities |= map_values(["CAP_SYS_ADMIN", "CAP_DAC_OVERRIDE", "CAP_SETUID",
			"CAP_SETGID", "CAP_CHOWN", "CAP_FOWNER", "CAP_KILL", "CAP_SYS_CHROOT", "CAP_SETPCAP"])
		| .mounts += [
			{destination: "/usr", type: "bind", source: "/usr", options: ["rbind", "ro"]},
			{destination: "/dev/shm", type: "tmpfs", source: "tmpfs"},
			{destination: "/run", type: "tmpfs", source: "tmpfs"},
			{destination: "/tmp", type: "tmpfs", source: "tmpfs"}]
		| .mounts |= [.[0], .[1], {destination: "/sys", type: "sysfs", source: "sysfs",
			options: ["nosuid", "noexec", "nodev", "ro"]}] + .[2:]
		| .linux.namespaces += [{type: "network"}]'
}

@test "systemd as pid 1 of a container takes over its cgroup" {
	boots_systemd "$ME"
}

@test "systemd as pid 1 of a container of root's with a user namespace is given its cgroup" {
	requires_root
	requires_rundlet
	config '.linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.gidMappings = .linux.uidMappings'
	chmod 755 "$WORK" "$T" "$B"
	boots_systemd 100000
}
