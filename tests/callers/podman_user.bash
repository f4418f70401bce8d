# shellcheck shell=bash
# The cases of podman.bash as an ordinary user.

. "$C_HERE/podman.bash"

as_user
STATE=/run/user/$C_UID/$C_KIND
