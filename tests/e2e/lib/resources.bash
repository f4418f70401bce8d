# shellcheck shell=bash
# The table of contrib/doc/resources.md, for the suites that hold it true (cgroup.bats, vm/resources.bats).
#
#   resource_rows FILE DISK   a line "PROPERTY|ASKED|FILE2|VALUE2|ROOT|USER|FILE1|VALUE1|UNIT" for each row;
#                             DISK stands for MAJOR:MINOR
resource_rows()
{
	sed -n '/^| `[a-z]/ {
		s/MAJOR:MINOR/'"$2"'/g; s/MAJOR/'"${2%:*}"'/; s/MINOR/'"${2#*:}"'/
		s/`//g; s/ *| */|/g; s/^|//; s/|$//; p }' "$1"
}

# What standard input has rows of, as the value of linux.resources.
resource_object()
{
	jq -n "$(awk -F'|' '{ printf "%s.%s = %s", (NR > 1 ? " | " : ""), $1, $2 }')"
}
