# shellcheck shell=bash
# shellcheck disable=SC2034 # the sourced file reads it
# The cases of podman.bash as an ordinary user.

# shellcheck source=tests/callers/podman.bash
. "$C_HERE/podman.bash"

as_user
STATE=/run/user/$C_UID/$C_KIND
