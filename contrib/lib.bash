# shellcheck shell=bash
# What the scripts of contrib/ share. Source it; it defines functions and does nothing.

say() {
	printf '%s\n' "$*"
}

die() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

have() {
	command -v "$1" > /dev/null 2>&1
}

# sysctl_is NAME VALUE: the host has this sysctl and it has this value.
sysctl_is() {
	local file=/proc/sys/${1//.//} value
	[ -r "$file" ] || return 1
	read -r value < "$file"
	[ "$value" = "$2" ]
}

# Succeeds, and prints nothing, where this user may make a user namespace and mount in it. Otherwise
# prints why not and what to do about it, and fails.
userns_works() {
	local said=
	have unshare || {
		say "unshare is missing (package util-linux)"
		return 1
	}
	# a root of its own user namespace that may mount: what every rootless runtime needs
	if said=$(unshare --user --map-root-user --mount mount -t tmpfs tmpfs /tmp 2>&1); then
		return 0
	fi
	say "This host does not let $(id -un) make a user namespace: $said"
	if sysctl_is user.max_user_namespaces 0; then
		say "  user.max_user_namespaces is 0. Cure: sudo sysctl -w user.max_user_namespaces=10000"
	elif sysctl_is kernel.unprivileged_userns_clone 0 && [ "$(id -u)" != 0 ]; then
		say "  kernel.unprivileged_userns_clone is 0. Cure: sudo sysctl -w kernel.unprivileged_userns_clone=1"
	elif sysctl_is kernel.apparmor_restrict_unprivileged_userns 1 && [ "$(id -u)" != 0 ]; then
		say "  AppArmor takes the capabilities in it away (the default of Ubuntu since 23.10)."
		say "  Cure: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0,"
		say "  or a profile with 'userns,' for the path of rundlet: see README.md, Troubleshooting"
	elif grep -qs '^Seccomp:[[:space:]]*2' /proc/self/status; then
		say "  A seccomp filter is in force: this looks like the inside of a container that forbids it."
		say "  Cure: start that container with --privileged, or with"
		say "  --security-opt seccomp=unconfined --security-opt systempaths=unconfined"
	else
		say "  Neither a sysctl nor a seccomp filter explains it: is the kernel built with CONFIG_USER_NS,"
		say "  and is this not a chroot (in which the kernel refuses user namespaces)?"
	fi
	return 1
}
