# shellcheck shell=bash
# The cases of buildah.bash as an ordinary user.

. "$C_HERE/buildah.bash"

as_user
STATE=/run/user/$C_UID/$C_KIND
