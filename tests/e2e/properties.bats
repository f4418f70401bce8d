#!/usr/bin/env bats
# Proves: every property of runtime-spec that the tables of oci/ know is refused when it has the wrong
# type, at its place, by pointer and line. contrib/doc/properties.md names what else is tested of each.

load helpers

setup()
{
	requires_rundlet "peers decode into what they need"
	e2e_setup
	# a config with every property in it (tests/unit sees to that)
	full=$E2E_TOP/tests/fuzz/corpus/fuzz_oci_spec/full
	[ -r "$full" ] || skip "the sources are not there"
	# jq rounds what is larger than a double holds exactly
	jq 'walk(if type == "number" and (. > 9e15 or . < -9e15) then 1 else . end)' "$full" >"$T/full.json"
	full=$T/full.json
}

# JSON pointer, tab, the document with another type of value there: of every place below $p.
wrong='def pointer: map(tostring | gsub("~"; "~0") | gsub("/"; "~1") | "/" + .) | add;
	. as $doc | path(getpath($p) | ..) | select(length > 0) | . as $at |
	($doc | getpath($at) | type) as $is | ({string: 7, number: "seven", boolean: "no", array: 7, object: 7}[$is]) as $other |
	"\($at | pointer)\t\($doc | setpath($at; $other))"'

# The second word of the error is the place.
all_refused()
{
	local n=0 pointer document
	while IFS=$'\t' read -r pointer document; do
		printf '%s' "$document" >"$T/wrong.json"
		status=0
		"$E2E_RUNTIME" plan --bundle "$B" --config "$T/wrong.json" >"$T/out" 2>"$T/err" || status=$?
		eq "$status" 1 "status with a wrong $pointer"
		matches "$(cat "$T/err")" "wrong\.json:1:[0-9]+: ${pointer//[.]/[.]}: "
		[ ! -s "$T/out" ] || fail "something is printed"
		n=$((n + 1))
	done < <(jq -r --argjson p "$1" "$wrong" "$full")
	[ "$n" -ge "$2" ] || fail "only $n places below $1"
}

@test "properties: of the wrong type, refused at their place: process" {
	all_refused '["process"]' 50
}

@test "properties: of the wrong type, refused at their place: root, mounts, hooks, names, annotations" {
	for p in ociVersion root hostname domainname mounts hooks annotations; do
		all_refused "[\"$p\"]" 1
	done
}

@test "properties: of the wrong type, refused at their place: linux.resources" {
	all_refused '["linux", "resources"]' 80
}

@test "properties: of the wrong type, refused at their place: linux.seccomp" {
	all_refused '["linux", "seccomp"]' 20
}

@test "properties: of the wrong type, refused at their place: the rest of linux" {
	for p in $(jq -r '.linux | del(.resources, .seccomp) | keys[]' "$full"); do
		all_refused "[\"linux\", \"$p\"]" 1
	done
	[ "$(jq '.linux | keys | length' "$full")" -ge 17 ] || fail "the full config lacks properties"
}
