#!/usr/bin/env bats
# Proves: whoever shares a volume or a /proc with a container that is being made cannot lead the
# runtime out of its root by being quick. Each test goes on for seconds while somebody exchanges a
# directory or a node for a link to the host, and says how often; it fails when that never mattered.

load helpers

setup()
{
	e2e_setup
	as_host_root
}

SECONDS_EACH=3
SECONDS_MOST=40 # until what has to be seen was seen, on a machine that is busy

# Exchanges $T/vol/$1 and $T/vol/link, a link to the canary or to $2, from now on.
swapping()
{
	mkdir -p "$T/canary"
	ln -s "${2:-$T/canary}" "$T/vol/link"
	python3 lib/tool.py swap "$T/vol/$1" "$T/vol/link" "$T/count" 3>&- &
	SWAPPER=$!
	background $SWAPPER
	END=$((SECONDS + SECONDS_EACH)) LAST=$((SECONDS + SECONDS_MOST))
}

# Time for another round? Until both arguments are more than 0.
more()
{
	[ $SECONDS -lt $END ] || { [ $SECONDS -lt $LAST ] && { [ "$1" = 0 ] || [ "$2" = 0 ]; }; }
}

swapped()
{
	kill -TERM $SWAPPER
	wait $SWAPPER || true
	count=$(cat "$T/count")
	[ "$count" -gt 0 ] || fail "nothing was exchanged"
}

# Without mounts on /dev, so that the links of the volume lead to the rootfs and are seen there.
shared_volume()
{
	mkdir -p "$T/vol"
	config '.mounts |= map(select(.destination | startswith("/dev") | not))'
	rm -rf "$B/rootfs/dev"
	mkdir "$B/rootfs/dev"
	add_mount /vol bind "$T/vol" rbind
	may_create rootfs/vol rootfs/dev/{null,zero,full,random,urandom,tty,fd,stdin,stdout,stderr,ptmx,core,console,pts,shm,mqueue}
}

@test "race: CVE-2021-30465, CVE-2024-45310: a directory of a volume becomes a link to the host" {
	# caught: a build whose sys/rooted follows links to the host, in every run
	not_for crun "1.8 has this hole"
	shared_volume
	mkdir "$T/vol/dir"
	echo data >"$T/data"
	add_mount /vol/dir/deep/er tmpfs tmpfs
	add_mount /vol/dir/file bind "$T/data" bind
	swapping dir
	runs=0 linked=0 plain=0
	while more "$linked" "$plain"; do
		go run --bundle "$B" "$C-$((runs += 1))"
		if [ -e "$B/rootfs$T/canary/deep" ]; then
			linked=$((linked + 1))
		else
			plain=$((plain + 1))
		fi
		rm -rf "$B/rootfs${T:?}" "$T/vol/dir/deep" "$T/vol/dir/file" "$T/vol/link/deep" "$T/vol/link/file" 2>/dev/null || true
		none_of "what came to the host" "$(find "$T/canary" -mindepth 1)"
	done
	swapped
	echo "# $runs runs, $count exchanges; $linked runs saw the link, $plain the directory only" >&3
	[ "$linked" -gt 0 ] && [ "$plain" -gt 0 ] || fail "it was not in time once"
	rm -rf "$B/rootfs/dev/shm/"* "$B/rootfs/run" "$B/rootfs/tmp/"*
}

@test "race: CVE-2024-45310: a directory becomes a link as soon as it is made" {
	# caught: a build that opens what it made without a look at links, in every run. What is between
	# the two calls takes a microsecond: strace makes it longer.
	requires_rundlet "peers are not tried"
	requires_program strace
	shared_volume
	add_mount /vol/made/deep/er tmpfs tmpfs
	swapping made
	runs=0 refused=0
	while more "$refused" 1; do
		other strace -f -qq -o /dev/null -e trace=mkdirat -e inject=mkdirat:delay_exit=10000 \
			"$E2E_RUNTIME" --root "$ROOT" run --bundle "$B" "$C-$((runs += 1))"
		[ "$status" = 0 ] || refused=$((refused + 1))
		none_of "what came to the host" "$(find "$T/canary" -mindepth 1)"
		rm -rf "$B/rootfs${T:?}"
		until rm -rf "$T/vol/made" "$T/vol/link" 2>/dev/null; do :; done
		ln -sT "$T/canary" "$T/vol/link"
	done
	swapped
	echo "# $runs runs, $count exchanges; in $refused runs the link was there before it was opened" >&3
	[ "$refused" -gt 0 ] || fail "it was not in time once"
	rm -rf "$B/rootfs/dev/shm/"* "$B/rootfs/run" "$B/rootfs/tmp/"*
}

@test "race: CVE-2025-31133, CVE-2026-88265: a device of a volume becomes a link while it is made" {
	# caught: a build that changes what the name leads to, in the first run. Between the two calls is
	# a microsecond: strace makes it longer.
	requires_root
	requires_program strace
	not_for crun "1.8 changes what it finds"
	not_for runc "1.1.5 is not tried"
	shared_volume
	config '.linux.devices = [{path: "/vol/node", type: "c", major: 1, minor: 7, fileMode: 511, uid: 7, gid: 8}]'
	swapping node
	chmod 700 "$T/canary"
	runs=0 hit=0
	while more "$hit" 1; do
		other strace -f -qq -o /dev/null -e trace=mknodat -e inject=mknodat:delay_exit=10000 \
			"$E2E_RUNTIME" --root "$ROOT" run --bundle "$B" "$C-$((runs += 1))"
		[ "$status" = 0 ] || hit=$((hit + 1))
		eq "$(stat -c '%a %u' "$T/canary")" "700 0" "the canary after $runs runs"
		until rm -f "$T/vol/node" "$T/vol/link"; do :; done
		ln -sT "$T/canary" "$T/vol/link"
	done
	swapped
	echo "# $runs runs, $count exchanges; in $hit runs the link was there before it was looked at" >&3
	[ "$hit" -gt 0 ] || fail "it was not in time once"
}

@test "race: CVE-2025-52565: the place of the console becomes a link" {
	# caught: a build that mounts it on what a link leads to
	requires_rundlet "peers are not tried"
	mkdir -p "$T/vol"
	touch "$T/vol/console"
	config '.process.terminal = true'
	# the file on which it was mounted may have either name
	script 'i=0; while [ $((i += 1)) -lt 60 ]; do for f in console link; do
			[ "$(stat -c %t /dev/$f 2>/dev/null)" = 88 ] && exit 0
		done; done; exit 9'
	config '(.mounts[] | select(.destination == "/dev")) |= {destination: "/dev", type: "bind", source: $s, options: ["bind"]} |
		.mounts |= map(select(.destination | startswith("/dev/") | not)) +
			[{destination: "/dev/pts", type: "devpts", source: "devpts"}]' --arg s "$T/vol"
	mkdir "$T/vol/pts"
	# by then the host is out of reach: the link leads to a file of the image
	swapping console /etc/passwd
	runs=0 good=0 refused=0
	while more "$good" "$refused"; do
		go run --bundle "$B" "$C-$((runs += 1))"
		case $status in
		0) good=$((good + 1)) ;;
		1) refused=$((refused + 1)) ;;
		*) fail "run $runs had another /dev/console" ;;
		esac
	done
	swapped
	echo "# $runs runs, $count exchanges; $good had a console, $refused were refused" >&3
}

@test "race: CVE-2025-52881: a container that covers its /proc while exec writes to it" {
	# caught: a build that writes to /proc/self/oom_score_adj once it is inside
	requires_rundlet "crun 1.8 ends in an error, runc 1.1.5 now and then"
	config '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"] | unique) | .root.readonly = false'
	script 'mkdir -p /tmp/fake/self; cd /tmp/fake
		for p in self $(seq 1 300); do mkdir -p $p; echo untouched >$p/oom_score_adj; done
		while :; do mount --bind /tmp/fake /proc && echo x >>/tmp/covers; umount /proc; done'
	may_create rootfs/tmp/fake rootfs/tmp/covers
	ok run --detach --bundle "$B" "$C"
	eventually [ -s "$B/rootfs/tmp/covers" ]
	jq '.process | .oomScoreAdj = 321 | .args = ["/bin/true"]' "$B/config.json" >"$T/process"
	runs=0 set=0
	END=$((SECONDS + SECONDS_EACH)) LAST=$((SECONDS + SECONDS_MOST))
	before=$(wc -l <"$B/rootfs/tmp/covers")
	while more "$runs" 1; do
		go exec --process "$T/process" "$C"
		runs=$((runs + 1))
		[ "$status" != 0 ] || set=$((set + 1))
	done
	covers=$(($(wc -l <"$B/rootfs/tmp/covers") - before))
	echo "# $runs times, $covers covers; $set were executed" >&3
	[ "$covers" -gt 0 ] || fail "it never covered anything"
	none_of "went astray" "$(grep -L untouched "$B/rootfs/tmp/fake"/*/oom_score_adj)"
	none_of "went astray" "$(grep -l 321 "$B/rootfs/tmp/fake"/*/oom_score_adj)"
	ok delete --force "$C"
	rm -rf "$B/rootfs/tmp/fake" "$B/rootfs/tmp/covers"
}
