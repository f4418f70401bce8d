#!/usr/bin/env bats
# Proves: the filter of the configuration is the one that the kernel applies: default action, errno,
# names, arguments, architectures and flags; and what is no profile is refused.

load helpers

arch()
{
	case $(uname -m) in
	x86_64) echo SCMP_ARCH_X86_64 ;;
	aarch64) echo SCMP_ARCH_AARCH64 ;;
	riscv64) echo SCMP_ARCH_RISCV64 ;;
	s390x) echo SCMP_ARCH_S390X ;;
	ppc64le) echo SCMP_ARCH_PPC64LE ;;
	*) skip "no architecture name known for $(uname -m)" ;;
	esac
}

# Everything is allowed but these rules.
deny()
{
	config --argjson rules "$1" '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: $rules}'
}

@test "seccomp: without a profile there is no filter" {
	config 'del(.linux.seccomp)'
	inside 'grep ^Seccomp: /proc/self/status'
	eq "$(tr -s '\t ' ' ' <<<"$out")" "Seccomp: 0"
}

@test "seccomp: with a profile there is one" {
	deny '[{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"}]'
	inside 'grep ^Seccomp /proc/self/status'
	has "$(tr -s '\t ' ' ' <<<"$out")" "Seccomp: 2"
	has "$(tr -s '\t ' ' ' <<<"$out")" "Seccomp_filters: 1"
}

@test "seccomp: a denied call fails with EPERM, others work" {
	deny '[{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"}]'
	inside 'mkdir /dev/shm/d 2>&1; touch /dev/shm/f && echo touched'
	has "$out" "Operation not permitted"
	has "$out" touched
}

@test "seccomp: the errno of a rule" {
	deny '[{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28}]'
	inside 'mkdir /dev/shm/d 2>&1 || true'
	has "$out" "No space left on device"
}

@test "seccomp: an allow-list with the default errno" {
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 38, syscalls: [{action: "SCMP_ACT_ALLOW", names: ("
		read write readv writev open openat close fstat newfstatat stat lstat statx lseek mmap mprotect munmap mremap brk
		rt_sigaction rt_sigprocmask rt_sigreturn ioctl access faccessat faccessat2 pipe pipe2 dup dup2 dup3 getpid getppid
		getuid geteuid getgid getegid getpgrp getpgid setpgid setsid clone clone3 fork vfork execve execveat exit exit_group
		wait4 waitid fcntl getcwd chdir arch_prctl set_tid_address set_robust_list rseq prlimit64 getrandom readlink readlinkat
		getdents64 sendfile futex kill tgkill gettid prctl capget capset setgroups setgid setuid setresuid setresgid close_range
		sched_yield sched_getaffinity nanosleep clock_nanosleep poll ppoll epoll_pwait epoll_create1 epoll_ctl sigaltstack
		madvise fstatfs statfs umask sendmsg recvmsg sendto recvfrom seccomp uname fchdir accept4 connect socket getsockname
		" | split("\\s+"; null) | map(select(. != "")))}]}'
	inside 'ln -s a /dev/shm/b 2>&1; cat /etc/passwd'
	has "$out" "Function not implemented"
	has "$out" root:x:0
}

@test "seccomp: KILL_PROCESS ends the program with SIGSYS" {
	deny '[{"names": ["symlink", "symlinkat"], "action": "SCMP_ACT_KILL_PROCESS"}]'
	script 'ln -s a /dev/shm/b; echo status $?'
	go run --bundle "$B" "$C"
	eq "$out" "status 159"
	says "Bad system call"
}

@test "seccomp: ALLOW after a denying default, names that nobody knows are ignored" {
	deny '[{"names": ["mkdir", "mkdirat", "no_such_syscall_ever"], "action": "SCMP_ACT_ERRNO"}]'
	inside 'mkdir /dev/shm/d 2>&1 || true'
	has "$out" "Operation not permitted"
}

# kill(2) with this condition on its second argument fails; the signals follow, each with yes (denied)
# or no.
kill_denied()
{
	local condition=$1 sig want
	shift
	deny "[{\"names\": [\"kill\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 22, \"args\": [$condition]}]"
	for pair in "$@"; do
		sig=${pair%:*} want=${pair#*:}
		script "sleep 5 & trap '' HUP USR1 USR2; kill -$sig \$! 2>/dev/null && echo no || echo yes; trap - TERM; kill -9 \$! 2>/dev/null; true"
		ok run --bundle "$B" "$C"
		eq "$out" "$want" "$condition, signal $sig denied"
	done
}

@test "seccomp: arguments: equal" {
	kill_denied '{"index": 1, "value": 10, "op": "SCMP_CMP_EQ"}' 10:yes 12:no 0:no
}

@test "seccomp: arguments: not equal" {
	kill_denied '{"index": 1, "value": 10, "op": "SCMP_CMP_NE"}' 10:no 12:yes
}

@test "seccomp: arguments: less, less or equal" {
	kill_denied '{"index": 1, "value": 10, "op": "SCMP_CMP_LT"}' 1:yes 10:no 12:no
	kill_denied '{"index": 1, "value": 10, "op": "SCMP_CMP_LE"}' 1:yes 10:yes 12:no
}

@test "seccomp: arguments: greater, greater or equal" {
	kill_denied '{"index": 1, "value": 10, "op": "SCMP_CMP_GT"}' 1:no 10:no 12:yes
	kill_denied '{"index": 1, "value": 10, "op": "SCMP_CMP_GE"}' 1:no 10:yes 12:yes
}

@test "seccomp: arguments: masked equal" {
	# signals whose bit 1 is set
	kill_denied '{"index": 1, "value": 2, "valueTwo": 2, "op": "SCMP_CMP_MASKED_EQ"}' 10:yes 2:yes 1:no 12:no
}

@test "seccomp: two conditions on different arguments must both hold" {
	kill_denied '{"index": 1, "value": 10, "op": "SCMP_CMP_GE"}, {"index": 0, "value": 0, "op": "SCMP_CMP_EQ"}' 12:no
	kill_denied '{"index": 1, "value": 10, "op": "SCMP_CMP_GE"}, {"index": 0, "value": 0, "op": "SCMP_CMP_NE"}' 12:yes 1:no
}

@test "seccomp: architectures: the native one may be named, others beside it" {
	a=$(arch)
	config --arg a "$a" '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: [$a],
		syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO"}]}'
	inside 'mkdir /dev/shm/d 2>&1 || true'
	has "$out" "Operation not permitted"
	[ "$a" = SCMP_ARCH_X86_64 ] || return 0
	config '.linux.seccomp.architectures += ["SCMP_ARCH_X86", "SCMP_ARCH_X32"]'
	inside 'mkdir /dev/shm/d 2>&1 || true'
	has "$out" "Operation not permitted"
}

@test "seccomp: flags are accepted" {
	not_for runc "1.1 has none"
	deny '[{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"}]'
	for flag in SECCOMP_FILTER_FLAG_TSYNC SECCOMP_FILTER_FLAG_LOG SECCOMP_FILTER_FLAG_SPEC_ALLOW; do
		config --arg f $flag '.linux.seccomp.flags = [$f]'
		inside 'mkdir /dev/shm/d 2>&1 || true'
		has "$out" "Operation not permitted"
	done
}

@test "seccomp: LOG lets the call through" {
	deny '[{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_LOG"}]'
	inside 'mkdir /dev/shm/d && echo made'
	eq "$out" made
}

@test "seccomp: with and without no_new_privs" {
	deny '[{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"}]'
	for nnp in true false; do
		config --argjson n $nnp '.process.noNewPrivileges = $n'
		inside 'mkdir /dev/shm/d 2>&1; grep NoNewPrivs /proc/self/status; grep CapEff /proc/self/status'
		has "$out" "Operation not permitted"
		[ $nnp = true ] || eq "$(grep -c 'NoNewPrivs:.0' <<<"$out")" 1
		[ $nnp = false ] || eq "$(grep -c 'NoNewPrivs:.1' <<<"$out")" 1
	done
}

# What the filter denies it denies to hooks inside, too: they may be the image's own programs.
@test "seccomp: startContainer hooks run under the filter, with the container's capabilities" {
	deny '[{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28}]'
	config '.hooks.startContainer = [{path: "/bin/sh", args: ["sh", "-c",
		"cat >/dev/null; (mkdir /dev/shm/d; grep CapPrm /proc/self/status; grep ^Seccomp: /proc/self/status) >/dev/shm/said 2>&1"]}]'
	for nnp in true false; do
		config --argjson n $nnp '.process.noNewPrivileges = $n'
		inside 'cat /dev/shm/said; grep CapPrm /proc/self/status'
		has "$out" "No space left on device"
		eq "$(grep -c '^Seccomp:.2' <<<"$out")" 1
		# CAP_SYS_ADMIN, which loading a filter may take, is gone again
		eq "$(grep CapPrm <<<"$out" | sort -u | wc -l)" 1
	done
}

@test "seccomp: the profile may forbid what the runtime itself used before" {
	# loaded last: mount, setuid, capset, prctl and sethostname are done by then
	requires_rundlet "loads the filter last"
	deny '[{"names": ["mount", "umount2", "pivot_root", "move_mount", "open_tree", "fsopen", "capset", "sethostname",
		"setresuid", "setresgid", "setgroups", "unshare", "setns", "openat2", "recvmsg", "sendmsg", "sendto", "accept4", "fcntl", "dup3"],
		"action": "SCMP_ACT_KILL_PROCESS"}]'
	config '.process.noNewPrivileges = true'
	inside 'echo alive'
	eq "$out" alive
}

@test "seccomp: a real profile with hundreds of names" {
	profile=/usr/share/containers/seccomp.json
	[ -f "$profile" ] || skip "needs $profile (golang-github-containers-common)"
	config --slurpfile p "$profile" '.linux.seccomp = {
		defaultAction: $p[0].defaultAction, defaultErrnoRet: ($p[0].defaultErrnoRet // 1),
		syscalls: [$p[0].syscalls[] | select(((.includes // {}) | del(.arches)) == {} and (.excludes // {}) == {}) |
			{names, action} + (if .args then {args: [.args[] | {index, value, valueTwo: (.valueTwo // 0), op}]} else {} end) + (if .errnoRet then {errnoRet} else {} end)]}'
	inside 'echo works; cat /proc/self/status | grep ^Seccomp:'
	has "$out" works
}

@test "seccomp: more than one rule for a call" {
	deny '[{"names": ["personality"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28},
		{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28, "args": [{"index": 5, "value": 0, "op": "SCMP_CMP_GE"}]},
		{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 18}]'
	# one without conditions counts before all others
	inside 'mkdir /dev/shm/d 2>&1 || true'
	has "$out" "link"
}

@test "seccomp: unknown system calls are ignored, unless the annotation wants to know" {
	deny '[{"names": ["mkdir", "no_such_call"], "action": "SCMP_ACT_ERRNO"}]'
	inside 'echo works'
	eq "$out" works
	not_for runc "the annotation is crun's"
	config '.annotations = {"run.oci.seccomp_fail_unknown_syscall": "1"}'
	fails run --bundle "$B" "$C"
	says no_such_call
	says_rundlet /linux/seccomp/syscalls/0/names/1
	says_rundlet config.json:
	requires_rundlet
	config '.annotations = {"run.oci.seccomp_fail_unknown_syscall": "0"}'
	inside 'echo works'
	eq "$out" works
}

@test "seccomp: a call of another architecture is no unknown one" {
	not_for runc "the annotation is crun's"
	deny '[{"names": ["mkdir", "socketcall", "s390_pci_mmio_read", "arm_fadvise64_64"], "action": "SCMP_ACT_ERRNO"}]'
	config '.annotations = {"run.oci.seccomp_fail_unknown_syscall": "1"}'
	inside 'echo works'
	eq "$out" works
}

@test "seccomp: a filter from elsewhere and plugins are refused by name" {
	requires_rundlet
	for name in run.oci.seccomp_bpf_data run.oci.seccomp.plugins; do
		config --arg n $name '.annotations = {($n): "x"}'
		fails run --bundle "$B" "$C"
		says "/annotations/$name"
	done
	nothing_left
}

@test "seccomp: rules without end do not keep the runtime busy" {
	# hundreds of conditions on one call, all at odds: libseccomp may go round in circles over such
	not_for runc "is libseccomp's matter"
	not_for crun "is libseccomp's matter"
	deny "$(jq -cn '[range(250) | {names: ["lseek"], action: (if . % 2 == 0 then "SCMP_ACT_ERRNO" else "SCMP_ACT_LOG" end),
		args: [{index: (. % 3), value: ., op: "SCMP_CMP_GT"}, {index: 4, value: (. * 7 % 11), op: "SCMP_CMP_LE"}]}]')"
	inside 'echo works'
	eq "$out" works
	config '.linux.seccomp.syscalls = [range(2000) | {names: ["lseek"], action: "SCMP_ACT_ERRNO",
		args: [{index: 1, value: ., op: "SCMP_CMP_EQ"}]}]'
	fails run --bundle "$B" "$C"
	says "instructions, the kernel takes at most 4096"
	says /linux/seccomp
	nothing_left
}

@test "seccomp: what is no profile is refused, and says where" {
	requires_rundlet
	for edit in \
		'.defaultAction = "SCMP_ACT_MAYBE"' \
		'del(.defaultAction)' \
		'.syscalls[0].action = 5' \
		'.syscalls[0].names = []' \
		'.architectures = ["SCMP_ARCH_ABACUS"]' \
		'.flags = ["SECCOMP_FILTER_FLAG_NONE"]' \
		'.syscalls[0].errnoRet = 4096' \
		'.syscalls[0] += {action: "SCMP_ACT_KILL", errnoRet: 1}' \
		'.defaultErrnoRet = 1' \
		'.syscalls[0].args = [{"index": 6, "value": 1, "op": "SCMP_CMP_EQ"}]' \
		'.syscalls[0].args = [{"index": 0, "value": 1, "op": "SCMP_CMP_ALMOST"}]'; do
		deny '[{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO"}]'
		config ".linux.seccomp |= ($edit)"
		fails run --bundle "$B" "$C"
		says /linux/seccomp
	done
	nothing_left
}
