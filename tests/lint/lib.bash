# shellcheck shell=bash
# What the lints share. Each prints one line per violation; exit status 0: clean, 1: violations,
# 77: cannot be checked here (it says why). They run in the top directory of the checkout.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$top" || exit 1

# The objects that are looked at: those of the plain build.
# shellcheck disable=SC2034 # for those who source this
build=${LINT_B:-build/gcc}

skip() {
	printf 'skipped: %s\n' "$*"
	exit 77
}

need() {
	command -v "$1" > /dev/null 2>&1 || skip "$1 is missing (contrib/deps test)"
}

# files PATTERN...: the files of the project whose name fits, tracked or about to be.
files() {
	if git rev-parse --is-inside-work-tree > /dev/null 2>&1; then
		git ls-files -co --exclude-standard -- "$@" | while IFS= read -r f; do
			[ ! -f "$f" ] || printf '%s\n' "$f"
		done
	else
		local pattern
		for pattern in "$@"; do
			find . -name build -prune -o -type f -name "${pattern##*/}" -print
		done | sed 's|^\./||'
	fi | sort -u
}

# The C of the product, without the tests.
product() {
	files "$@" | grep -E '^(runtime|oci|seccomp)/'
}

# Hands its input on, and succeeds when there is none.
violations() {
	! grep .
}
