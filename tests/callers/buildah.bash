# shellcheck shell=bash
# shellcheck disable=SC2154 # lib.bash sets $out and $status
# buildah as root; buildah_user.bash runs the same as an ordinary user.

WHO=()
STATE=/run/$C_KIND
IMAGE=localhost/callers

bh() {
	"${WHO[@]}" buildah "$@"
}

# buildah run with the runtime, without a network of its own.
brun() {
	bh run --runtime "$C_BIN" --isolation oci --network host "$@"
}

caller_up() {
	needs buildah
	local c
	c=$(bh from scratch)
	bh add "$c" "$C_WORK/image.tar" /
	bh commit "$c" "$IMAGE"
	bh rm "$c"
}

caller_down() {
	bh rmi -af
}

case_clean() {
	bh rm -a || true
}

case_end() {
	nothing_in "$STATE" "state of the runtime"
}

from() {
	ok bh from --name c "$IMAGE"
}

case_run() {
	from
	ok brun c -- echo hello
	eq "$out" hello
}

case_run_keeps_what_was_written() {
	from
	ok brun c -- sh -c 'echo kept > /file'
	ok brun c -- cat /file
	eq "$out" kept
}

case_run_exit_status() {
	from
	go brun c -- sh -c 'exit 9'
	eq "$status" 9
}

case_run_missing_program() {
	from
	fails brun c -- nonesuch
	has "$out" 'not found'
}

case_run_stdin() {
	from
	out=$(echo across | brun c -- cat)
	eq "$out" across
}

case_run_on_a_pty() {
	from
	on_pty "${WHO[@]}" buildah run --runtime "$C_BIN" --isolation oci --network host -t c -- sh <<- 'END'
		expect #
		send tty\n
		expect /dev/pts/0
		send exit 3\n
	END
	eq "$status" 3
}

case_run_user_and_workdir() {
	from
	ok brun --user guest --workingdir /tmp c -- sh -c 'id -u; pwd'
	eq "$out" $'405\n/tmp'
}

case_run_capabilities() {
	from
	ok brun c -- sh -c 'grep CapEff /proc/self/status | cut -f 2'
	[ $((16#$out & 0x20)) != 0 ] || fail "no CAP_KILL"
	ok brun --cap-drop CAP_KILL c -- sh -c 'grep CapEff /proc/self/status | cut -f 2'
	[ $((16#$out & 0x20)) = 0 ] || fail "CAP_KILL"
	[ $((16#$out)) != 0 ] || fail "no capabilities"
}

case_run_volume() {
	from
	ok brun -v /usr:/vol:ro c -- sh -c 'touch /vol/x 2>&1; true'
	has "$out" 'Read-only file system'
}

case_run_mount_tmpfs() {
	from
	ok brun --mount type=tmpfs,dst=/scratch c -- grep ' /scratch ' /proc/mounts
	has "$out" tmpfs
}

case_run_without_a_network() {
	from
	ok bh run --runtime "$C_BIN" --isolation oci --network none c -- ip -o link
	eq "$(wc -l <<< "$out")" 1
}

case_run_hostname() {
	from
	ok brun --hostname built c -- hostname
	eq "$out" built
}

case_run_isolation_rootless() {
	[ ${#WHO[@]} != 0 ] || skip "an ordinary user's"
	from
	ok bh run --runtime "$C_BIN" --isolation rootless c -- id -u
	eq "$out" 0
}

context() {
	mkdir -p "$C_WORK/context"
	cat > "$C_WORK/context/Containerfile"
	echo data > "$C_WORK/context/data"
	chmod -R a+rX "$C_WORK/context"
	# newer ones want more rights than reading takes
	[ ${#WHO[@]} = 0 ] || chown -R "$C_UID" "$C_WORK/context"
}

build() {
	ok bh build --runtime "$C_BIN" --isolation oci --network host --layers=false "$@" -t localhost/built "$C_WORK/context"
}

case_build() {
	context <<- END
		FROM $IMAGE AS one
		RUN echo made > /made && test "\$(id -u)" = 0
		RUN ["/bin/sh", "-c", "test -s /made"]
		FROM $IMAGE
		ARG WORD=default
		COPY --from=one /made /made
		COPY data /data
		WORKDIR /some/where
		USER guest
		RUN test "\$(id -u)" = 405 && test "\$PWD" = /some/where && test "\$WORD" = given
	END
	build --build-arg WORD=given
	ok bh from --name d localhost/built
	ok brun --user 0 d -- cat /made /data
	eq "$out" $'made\ndata'
}

case_build_that_fails() {
	context <<- END
		FROM $IMAGE
		RUN exit 5
	END
	fails bh build --runtime "$C_BIN" --isolation oci --network host "$C_WORK/context"
	has "$out" 'exit status 5'
}

case_build_with_run_mounts() {
	context <<- END
		FROM $IMAGE
		RUN --mount=type=bind,src=data,dst=/in cat /in > /out
		RUN --mount=type=tmpfs,dst=/t touch /t/x
		RUN test "\$(cat /out)" = data && test ! -e /t/x
	END
	build
}
