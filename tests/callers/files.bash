# shellcheck shell=bash
# shellcheck disable=SC2154 # lib.bash sets $out and $status
# What is shipped beside the program: make install, completions, the manual, configuration.

DEST=$C_WORK/dest

caller_up() {
	[ "$C_KIND" = rundlet ] || skip "about rundlet's own files"
	needs make
	make -s -C "$C_TOP" -o rundlet install RUNDLET="$C_RUNTIME" DESTDIR="$DEST" PREFIX=/usr
}

caller_down() {
	:
}

case_clean() {
	:
}

case_end() {
	:
}

case_install() {
	ok "$DEST/usr/bin/rundlet" --version
	has "$out" 'rundlet version'
	eq "$(cd "$DEST" && find . -type f | sort | tr '\n' ' ')" \
		"./usr/bin/rundlet ./usr/share/bash-completion/completions/rundlet ./usr/share/fish/vendor_completions.d/rundlet.fish ./usr/share/man/man1/rundlet.1 ./usr/share/zsh/site-functions/_rundlet "
}

case_uninstall() {
	ok make -s -C "$C_TOP" -o rundlet install RUNDLET="$C_RUNTIME" DESTDIR="$DEST.2" PREFIX=/opt/r
	ok make -s -C "$C_TOP" uninstall DESTDIR="$DEST.2" PREFIX=/opt/r
	eq "$(find "$DEST.2" -type f)" ''
}

case_manual() {
	needs mandoc
	go mandoc -Tlint "$DEST/usr/share/man/man1/rundlet.1"
	# whether other pages are installed is not about this one
	eq "$(grep -v 'outdated mandoc.db\|referenced manual not found' <<< "$out" || true)" ''
	ok mandoc -Tascii "$DEST/usr/share/man/man1/rundlet.1"
	local page command
	page=$(col -b <<< "$out")
	while read -r command; do
		matches "$page" $'\n'"   $command"
	done < <("$C_BIN" --help | awk '/^Commands:/ { on = 1; next } /^$/ { on = 0 } on { print $1 }')
	has "$page" --console-socket
}

# complete WORD...: what bash offers for the last word.
complete_words() {
	bash -c '. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _rundlet; printf "%s\n" "${COMPREPLY[@]}"' \
		"$DEST/usr/share/bash-completion/completions/rundlet" "$@"
}

case_completion_in_bash() {
	ok complete_words rundlet sta
	eq "$out" $'start\nstate'
	ok complete_words rundlet run --console
	eq "$out" --console-socket
	ok complete_words rundlet --root /us
	eq "$out" /usr
	mkdir -p /run/c/rootfs/bin
	cp "$(command -v busybox)" /run/c/rootfs/bin/sh
	(cd /run/c && rundlet spec && jq 'del(.process.rlimits, .linux.resources) | .process.terminal = false' config.json > new && mv new config.json)
	# the container keeps what it gets as its output
	rundlet create --bundle /run/c shown < /dev/null > "$C_LOG/created" 2>&1
	ok complete_words rundlet delete sh
	local got=$out
	ok rundlet delete --force shown
	eq "$got" shown
}

case_completion_in_zsh() {
	needs zsh
	ok zsh -f -c 'fpath=($0 $fpath); autoload -Uz compinit; compinit -D -u; print $_comps[rundlet]' \
		"$DEST/usr/share/zsh/site-functions"
	eq "$out" _rundlet
	ok zsh -n "$DEST/usr/share/zsh/site-functions/_rundlet"
}

case_completion_in_fish() {
	needs fish
	export HOME=$C_WORK/fish
	mkdir -p "$HOME"
	ok fish --no-config -c 'source $argv[1]; complete -C "rundlet sta"' "$DEST/usr/share/fish/vendor_completions.d/rundlet.fish"
	has "$out" start
	has "$out" state
	ok fish --no-config -c 'source $argv[1]; complete -C "rundlet run --cons"' "$DEST/usr/share/fish/vendor_completions.d/rundlet.fish"
	has "$out" --console-socket
}

case_podman_finds_the_drop_in() {
	needs podman
	ok podman info --format '{{.Host.OCIRuntime.Path}}'
	ok podman --runtime rundlet info --format '{{.Host.OCIRuntime.Path}}'
	eq "$out" /usr/local/bin/rundlet
}

case_docker_accepts_its_file() {
	needs dockerd
	jq -e '.runtimes.rundlet.path' "$C_TOP/contrib/docker/daemon.json"
	go dockerd --validate --config-file "$C_TOP/contrib/docker/daemon.json"
	[[ $out != *'unknown flag'* ]] || skip "this dockerd cannot check its configuration (it starts with it in docker.bash)"
	eq "$status" 0
}

case_containerd_accepts_its_file() {
	needs containerd
	printf 'version = 2\nimports = ["%s"]\n' "$C_TOP/contrib/containerd/rundlet.toml" > "$C_WORK/containerd.toml"
	ok containerd --config "$C_WORK/containerd.toml" config dump
	matches "$out" "BinaryName = ['\"]/usr/local/bin/rundlet['\"]"
}

case_crio_file() {
	command -v crio > /dev/null || toml
	if command -v crio > /dev/null; then
		ok crio --config-dir "$C_TOP/contrib/crio" config
		has "$out" /usr/local/bin/rundlet
	fi
}

# Without CRI-O (no package of Debian 12) no more than that the file is TOML and says what CRI-O reads.
toml() {
	python3 -c 'import tomllib' 2> /dev/null || skip "neither crio nor a Python with tomllib is installed"
	ok python3 -c 'import sys, tomllib
print(tomllib.load(open(sys.argv[1], "rb"))["crio"]["runtime"]["runtimes"]["rundlet"]["runtime_path"])' \
		"$C_TOP/contrib/crio/10-rundlet.conf"
	eq "$out" /usr/local/bin/rundlet
}

case_runtime_class() {
	python3 -c 'import yaml' 2> /dev/null || skip "Python has no yaml module"
	ok python3 -c 'import sys, yaml
d = yaml.safe_load(open(sys.argv[1]))
print(d["apiVersion"], d["kind"], d["handler"])' "$C_TOP/contrib/containerd/runtimeclass.yaml"
	eq "$out" 'node.k8s.io/v1 RuntimeClass rundlet'
}

case_systemd_unit() {
	needs systemd-analyze
	mkdir -p /run/units
	cp "$C_TOP/contrib/systemd/rundlet@.service" /run/units/
	ok systemd-analyze verify --man=no "/run/units/rundlet@box.service"
	eq "$(grep 'rundlet@' <<< "$out" || true)" ''
}

# The unit's command on a bundle, with the environment that systemd would give.
case_systemd_command() {
	mkdir -p /run/bundles/box/rootfs/bin
	cp "$(command -v busybox)" /run/bundles/box/rootfs/bin/echo
	(cd /run/bundles/box && rundlet spec &&
		jq 'del(.process.rlimits, .linux.resources) | .process.terminal = false | .process.args = ["echo", "served"]' config.json > new && mv new config.json)
	local line
	line=$(sed -n 's/^ExecStart=//p' "$C_TOP/contrib/systemd/rundlet@.service")
	line=${line//%i/box}
	export BUNDLES=/run/bundles
	ok bash -c "$line"
	eq "$out" served
	line=$(sed -n 's/^ExecStopPost=-//p' "$C_TOP/contrib/systemd/rundlet@.service")
	ok bash -c "${line//%i/box}"
}
