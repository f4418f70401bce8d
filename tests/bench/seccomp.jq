# A profile in the form of containers-common -> linux.seccomp, for a container with the default
# capabilities, as an engine converts it.
#
#   jq --arg machine "$(uname -m)" -f seccomp.jq /usr/share/containers/seccomp.json

({x86_64: ["SCMP_ARCH_X86_64", "amd64"], aarch64: ["SCMP_ARCH_AARCH64", "arm64"],
	riscv64: ["SCMP_ARCH_RISCV64", "riscv64"], s390x: ["SCMP_ARCH_S390X", "s390x"],
	ppc64le: ["SCMP_ARCH_PPC64LE", "ppc64le"]}[$machine]) as [$arch, $goarch] |
["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_NET_BIND_SERVICE",
	"CAP_SETFCAP", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT"] as $caps |
{
	defaultAction,
	defaultErrnoRet,
	architectures: [.archMap[]? | select(.architecture == $arch) | .architecture, .subArchitectures[]?],
	syscalls: [.syscalls[] |
		select((.includes.arches // [$goarch]) | index($goarch)) |
		select((.excludes.arches // []) | index($goarch) | not) |
		select((.includes.caps // []) - $caps == []) |
		select((.excludes.caps // []) - $caps == (.excludes.caps // [])) |
		{names, action} +
		(if .errnoRet then {errnoRet} else {} end) +
		(if (.args // []) == [] then {} else {args} end)]
} | if .defaultErrnoRet then . else del(.defaultErrnoRet) end
