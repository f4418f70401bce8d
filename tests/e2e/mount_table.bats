#!/usr/bin/env bats
# Proves: every mount option of the specification, of its table and beyond, does to a new file system
# and to a bind mount what it says: what mountinfo shows is compared row by row. What an option cannot
# do is refused with its place.

load helpers

# A row: the kind of mount, its options, what must be shown and what must not, and the peers whose
# versions of today do it differently.
#
#   kind   tmpfs, bind, or tree: a recursive bind of a directory with a mount, which is looked at
#   shown  words of the mount's options; super:WORD of the superblock's; prop:WORD of the propagation
#   -      nothing
table()
{
	cat <<-'END'
		tmpfs defaults                  rw,relatime           ro                  runc
		tmpfs ro                        ro                    rw                  -
		tmpfs rw                        rw                    ro                  -
		tmpfs ro,rw                     rw                    ro                  crun
		tmpfs rw,ro                     ro                    rw                  -
		tmpfs nosuid                    nosuid                -                   -
		tmpfs nosuid,suid               rw                    nosuid              crun
		tmpfs suid,nosuid               nosuid                -                   -
		tmpfs nodev                     nodev                 -                   -
		tmpfs nodev,dev                 rw                    nodev               crun
		tmpfs noexec                    noexec                -                   -
		tmpfs noexec,exec               rw                    noexec              crun
		tmpfs noatime                   noatime               relatime            -
		tmpfs noatime,atime             relatime              noatime             crun
		tmpfs noatime,relatime          relatime              noatime             crun,runc
		tmpfs relatime                  relatime              noatime             -
		tmpfs relatime,norelatime       relatime              noatime             -
		tmpfs strictatime               rw                    relatime,noatime    -
		tmpfs strictatime,nostrictatime relatime              noatime             crun
		tmpfs nodiratime                nodiratime            -                   -
		tmpfs nodiratime,diratime       rw                    nodiratime          crun
		tmpfs nosymfollow               nosymfollow           -                   crun,runc
		tmpfs nosymfollow,symfollow     rw                    nosymfollow         crun,runc
		tmpfs sync                      super:sync            -                   -
		tmpfs sync,async                rw                    super:sync          crun
		tmpfs dirsync                   super:dirsync         -                   -
		tmpfs lazytime                  super:lazytime        -                   crun,runc
		tmpfs lazytime,nolazytime       rw                    super:lazytime      crun,runc
		tmpfs iversion                  rw                    -                   crun
		tmpfs iversion,noiversion       rw                    -                   crun
		tmpfs silent                    rw                    -                   crun,runc
		tmpfs silent,loud               rw                    -                   crun,runc
		tmpfs mand                      rw                    -                   crun,runc
		tmpfs nomand                    rw                    -                   -
		tmpfs iversion,private          rw                    -                   crun
		tmpfs rro                       ro                    rw                  crun,runc
		tmpfs rro,rrw                   rw                    ro                  crun,runc
		tmpfs rro,rw                    rw                    ro                  crun,runc
		tmpfs rnosuid,rnodev,rnoexec    nosuid,nodev,noexec   -                   crun,runc
		tmpfs rnoatime                  noatime               relatime            crun,runc
		tmpfs rstrictatime              rw                    relatime            crun,runc
		tmpfs rnodiratime               nodiratime            -                   crun,runc
		tmpfs rnosymfollow              nosymfollow           -                   crun,runc
		tmpfs rsync                     super:sync            -                   crun,runc
		tmpfs rsync,rasync              rw                    super:sync          crun,runc
		tmpfs rdirsync                  super:dirsync         -                   crun,runc
		tmpfs rmand,rnomand             rw                    -                   crun,runc
		tree  rsync                     -                     super:sync          crun,runc
		tmpfs private                   -                     prop:shared         -
		tmpfs rprivate                  -                     prop:shared         -
		tmpfs shared                    prop:shared           -                   crun
		tmpfs rshared                   prop:shared           -                   crun
		tmpfs slave                     -                     prop:shared         -
		tmpfs rslave                    -                     prop:shared         -
		tmpfs unbindable                prop:unbindable       -                   crun
		tmpfs runbindable               prop:unbindable       -                   crun
		bind  ro                        ro                    rw                  -
		bind  rw                        rw                    ro                  -
		bind  ro,rw                     rw                    ro                  crun
		bind  nosuid                    nosuid                -                   -
		bind  nodev                     nodev                 -                   -
		bind  noexec                    noexec                -                   -
		bind  noatime                   noatime               relatime            -
		bind  strictatime               -                     relatime,noatime    -
		bind  nodiratime                nodiratime            -                   -
		bind  nosymfollow               nosymfollow           -                   crun,runc
		bind  ro,nosuid,nodev,noexec    ro,nosuid,nodev,noexec -                  -
		bind  private                   -                     prop:shared,prop:master -
		bind  shared                    prop:shared           -                   crun
		bind  slave                     -                     prop:shared         -
		bind  unbindable                prop:unbindable       -                   crun
		bind  silent                    -                     -                   crun,runc
		tree  ro                        rw                    ro                  crun,runc
		tree  rro                       ro                    rw                  crun,runc
		tree  rro,rrw                   rw                    ro                  crun,runc
		tree  rnosuid                   nosuid                -                   crun,runc
		tree  rnosuid,rsuid             rw                    nosuid              crun,runc
		tree  rnodev                    nodev                 -                   crun,runc
		tree  rnodev,rdev               rw                    nodev               crun,runc
		tree  rnoexec                   noexec                -                   crun,runc
		tree  rnoexec,rexec             rw                    noexec              crun,runc
		tree  rnoatime                  noatime               relatime            crun,runc
		tree  rnoatime,ratime           relatime              noatime             crun,runc
		tree  rrelatime                 relatime              noatime             crun,runc
		tree  rrelatime,rnorelatime     relatime              noatime             crun,runc
		tree  rstrictatime              rw                    relatime,noatime    crun,runc
		tree  rstrictatime,rnostrictatime relatime            noatime             crun,runc
		tree  rnodiratime               nodiratime            -                   crun,runc
		tree  rnodiratime,rdiratime     rw                    nodiratime          crun,runc
		tree  rnosymfollow              nosymfollow           -                   crun,runc
		tree  rnosymfollow,rsymfollow   rw                    nosymfollow         crun,runc
		tree  rprivate                  -                     prop:shared,prop:master crun
		tree  rshared                   prop:shared           -                   crun
		tree  rslave                    -                     prop:shared         crun
		tree  runbindable               prop:unbindable       -                   crun,runc
	END
}

# The rows that this runtime has, as a mount each, on /mnt/ROW.
rows()
{
	table | awk -v kind="$KIND" '("," $5 ",") !~ ("," kind ",") { print NR, $1, $2, $3, $4 }'
}

# The words that the mount of row $1 has, of all three sorts, between blanks.
shown()
{
	awk -v m="/mnt/$1$2" '$5 == m {
		gsub(",", " ", $6); words = " " $6 " "
		for (i = 7; $i != "-"; i++) { split($i, p, ":"); words = words "prop:" p[1] " " }
		n = split($(i + 3), super, ",")
		for (k = 1; k <= n; k++) words = words "super:" super[k] " "
		found = words
	} END { print found }' <<<"$out"
}

# check ROW KIND OPTIONS WANT NOT
check()
{
	local below='' words word bad=''
	[ "$2" != tree ] || below=/sub
	words=$(shown "$1" $below)
	[ -n "$words" ] || bad=" is not mounted;"
	for word in ${4//,/ }; do
		[ "$word" = - ] || [[ $words == *" $word "* ]] || bad+=" no $word;"
	done
	for word in ${5//,/ }; do
		[ "$word" = - ] || [[ $words != *" $word "* ]] || bad+=" $word;"
	done
	[ -z "$bad" ] || echo "$2 $3:$bad shown:$words"
}

# A mount namespace in which $T/tree has a mount below it that has no options.
run_with_tree()
{
	mkdir "$T/tree"
	in_mountns 'mount -t tmpfs plain "$T/tree"; mkdir "$T/tree/sub"; mount -t tmpfs plain "$T/tree/sub"
		rt run --bundle "$B" "$C"'
	eq "$status $err" "0 "
}

@test "mount table: every option is seen in mountinfo" {
	requires_userns
	local row kind options want not bad=''
	script 'cat /proc/self/mountinfo'
	add_mount /mnt tmpfs rows
	while read -r row kind options _; do
		case $kind in
		tmpfs) add_mount "/mnt/$row" tmpfs tmpfs "$options" ;;
		bind) add_mount "/mnt/$row" bind "$T/tree" "bind,$options" ;;
		tree) add_mount "/mnt/$row" bind "$T/tree" "rbind,$options" ;;
		esac
	done < <(rows)
	run_with_tree
	while read -r row kind options want not; do
		bad+=$(check "$row" "$kind" "$options" "$want" "$not")
	done < <(rows)
	eq "$bad" ""
}

@test "mount table: the options that features lists are in the table, or in a test of their own" {
	requires_rundlet
	local option elsewhere=" bind rbind remount tmpcopyup copy-symlink src-nofollow dest-nofollow idmap ridmap "
	ok features
	for option in $(jq -r '.mountOptions[]' <<<"$out"); do
		[[ $elsewhere == *" $option "* ]] || table | grep -q "^[a-z]* *\([a-z,]*,\)\?${option}[, ]" ||
			fail "$option is in no row"
	done
}

@test "mount table: an option is refused where it means nothing, with its place" {
	requires_rundlet "peers let it pass"
	local row
	mkdir "$T/dir"
	for row in "tmpfs copy-symlink" "tmpfs src-nofollow" "tmpfs dest-nofollow" "bind tmpcopyup" \
		"proc tmpcopyup" "bind frobnicate" "bind remount,frobnicate"; do
		config '.mounts |= map(select(.source != "'"$T/dir"'"))'
		add_mount /mnt "${row% *}" "$T/dir" "ro,${row#* }"
		fails run --bundle "$B" "$C"
		says "${row##*[ ,]}"
		matches "$err" "config.json:[0-9]+:[0-9]+: /mounts/[0-9]+/options/[12]: "
		nothing_left
	done
}

@test "mount table: an option that the kernel refuses is named with its place" {
	requires_rundlet
	add_mount /mnt tmpfs tmpfs nosuid,size=elephant
	fails run --bundle "$B" "$C"
	says size=elephant
	matches "$err" "/mounts/[0-9]+/options/1: "
	nothing_left
}
