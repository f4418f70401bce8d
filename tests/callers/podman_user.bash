# shellcheck shell=bash
# The cases of podman.bash as an ordinary user.

. "$C_HERE/podman.bash"

WHO=(setpriv --reuid "$C_UID" --regid "$C_UID" --init-groups --reset-env
	env "PATH=$PATH" "XDG_RUNTIME_DIR=/run/user/$C_UID" "HOME=$C_WORK/home" USER=caller LOGNAME=caller)
STATE=/run/user/$C_UID/$C_KIND
