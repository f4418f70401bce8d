# shellcheck shell=bash
# shellcheck disable=SC2034 # the sourced file reads it
# The cases of buildah.bash as an ordinary user.

# shellcheck source=tests/callers/buildah.bash
. "$C_HERE/buildah.bash"

as_user
STATE=/run/user/$C_UID/$C_KIND
