#!/usr/bin/env bats
# Proves: podman works with the runtime under both of its cgroup managers: limits asked for on its
# command line hold, stats, pause and update work, and `podman rm` leaves no cgroup.
#
# A rootless podman of this version gives no cgroupsPath with cgroupfs: peers then run without a cgroup
# and without the limits, in silence.

load helpers

setup_file()
{
	load helpers
	local root=$BATS_FILE_TMPDIR/image
	mkdir -p "$root/bin"
	cp "$(command -v busybox)" "$root/bin/busybox"
	for a in sh cat sleep true echo; do ln -s busybox "$root/bin/$a"; done
	tar -C "$root" -c . | podman import - bb > /dev/null 2>&1
}

setup()
{
	NAME=p$BATS_TEST_NUMBER-$MANAGER
}

teardown()
{
	podman rm --force --time 0 "$NAME" > /dev/null 2>&1 || true
}

pod()
{
	podman --runtime "$RUNTIME" --cgroup-manager "$MANAGER" "$@"
}

# What needs a cgroup even where podman names none.
needs_own()
{
	[ "$ME$MANAGER" = 0cgroupfs ] || [ "$MANAGER" = systemd ] || [ "$KIND" = rundlet ] ||
		skip "$KIND makes no cgroup that podman does not name"
}

# Runs one in the background; DIR becomes its cgroup.
pod_up()
{
	pod run --detach --name "$NAME" --network none "$@" > /dev/null
	DIR=$CG$(sed -n 's/^0:://p' "/proc/$(podman inspect --format '{{.State.Pid}}' "$NAME")/cgroup")
}

@test "podman: limits of the command line hold" {
	needs_own
	pod_up --memory 64m --cpus 0.5 --pids-limit 30 bb sleep 1000
	limit_is memory.max 67108864
	limit_is pids.max 30
	limit_is cpu.max "50000 100000"
}

@test "podman: exec, stop and rm leave nothing" {
	needs_own
	pod_up bb sleep 1000
	[ "$(pod exec "$NAME" echo inside)" = inside ]
	pod rm --force --time 0 "$NAME" > /dev/null
	gone "$DIR"
}

@test "podman: stats sees what is used" {
	needs_own
	pod_up --memory 64m bb sleep 1000
	has "$(pod stats --no-stream --format '{{.MemUsage}} {{.PIDs}}' "$NAME")" "67.11MB"
}

@test "podman: pause and unpause" {
	needs_own
	pod_up bb sleep 1000
	pod pause "$NAME" > /dev/null
	[ "$(podman inspect --format '{{.State.Status}}' "$NAME")" = paused ]
	pod unpause "$NAME" > /dev/null
	[ "$(podman inspect --format '{{.State.Status}}' "$NAME")" = running ]
}

@test "podman: update" {
	needs_own
	pod_up --memory 64m bb sleep 1000
	pod update --memory 128m "$NAME" > /dev/null
	limit_is memory.max 134217728
}

@test "podman: an OOM kill is seen" {
	needs_own
	pod run --name "$NAME" --network none --memory 16m --memory-swap 16m bb \
		sh -c 'x=$(busybox tr "\\000" a < /dev/zero); echo' > /dev/null 2>&1 || true
	[ "$(podman inspect --format '{{.State.ExitCode}}' "$NAME")" = 137 ] || fail "$(podman inspect --format '{{.State.ExitCode}}' "$NAME")"
}
