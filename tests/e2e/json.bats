#!/usr/bin/env bats
# Proves: the JSON that we write is what runtime-spec says of config.json, of the state, on stdout and for hooks, and of
# the state of a process for a seccomp agent: each member has its type, none is missing, none is unknown. What features writes
# is looked at in features.bats.

load helpers

# "MEMBER TYPE": [] stands for each element, .* for each member whatever its name; ! for a member that must be there.
config_table='
ociVersion! version
process object
process.terminal boolean
process.user! object
process.user.uid! integer
process.user.gid! integer
process.args array
process.args[] string
process.env array
process.env[] string
process.cwd! string
process.capabilities object
process.capabilities.bounding array
process.capabilities.bounding[] string
process.capabilities.effective array
process.capabilities.effective[] string
process.capabilities.inheritable array
process.capabilities.inheritable[] string
process.capabilities.permitted array
process.capabilities.permitted[] string
process.capabilities.ambient array
process.capabilities.ambient[] string
process.rlimits array
process.rlimits[] object
process.rlimits[].type! string
process.rlimits[].soft! integer
process.rlimits[].hard! integer
process.noNewPrivileges boolean
root object
root.path! string
root.readonly boolean
hostname string
mounts array
mounts[] object
mounts[].destination! string
mounts[].type string
mounts[].source string
mounts[].options array
mounts[].options[] string
linux object
linux.uidMappings array
linux.uidMappings[] object
linux.uidMappings[].containerID! integer
linux.uidMappings[].hostID! integer
linux.uidMappings[].size! integer
linux.gidMappings array
linux.gidMappings[] object
linux.gidMappings[].containerID! integer
linux.gidMappings[].hostID! integer
linux.gidMappings[].size! integer
linux.resources object
linux.resources.devices array
linux.resources.devices[] object
linux.resources.devices[].allow! boolean
linux.resources.devices[].access string
linux.namespaces array
linux.namespaces[] object
linux.namespaces[].type! cgroup|ipc|mount|network|pid|time|user|uts
linux.maskedPaths array
linux.maskedPaths[] string
linux.readonlyPaths array
linux.readonlyPaths[] string'

# What the specification does not have: runc's, which callers read.
state_table='
ociVersion! version
id! string
status! creating|created|running|stopped
pid integer
bundle! string
annotations object
annotations.* string'
own='
rootfs string
created string
owner string'

process_table="
ociVersion! version
fds! array
fds[] string
pid! integer
metadata string
state! object
$(sed -n 's/^[a-z]/state.&/p' <<<"$state_table")"

# wrong TABLE FILE: what is not as the table has it, a line each.
wrong()
{
	jq -r --arg table "$1" '
		def is($t): type as $k |
			if $t == "version" then $k == "string" and test("^[0-9]+[.][0-9]+[.][0-9]+([-+].+)?$")
			elif $t == "integer" then $k == "number" and . == floor and . >= 0
			elif $t | contains("|") then . as $v | $t | split("|") | any(. == $v)
			else $k == $t end;
		def member($path): reduce $path[] as $p ("";
			if $p | type == "number" then . + "[]"
			elif endswith("annotations") then . + ".*"
			elif . == "" then $p else . + "." + $p end);
		($table | split("\n") | map(select(. != "") | split(" ")
			| {name: .[0] | rtrimstr("!"), must: .[0] | endswith("!"), type: .[1]})) as $rows |
		. as $doc | [paths] as $paths |
		($paths[] | . as $p | member($p) as $m | ($rows | map(select(.name == $m)))[0] as $row |
			if $row == null then "\($m): unknown"
			elif $doc | getpath($p) | is($row.type) then empty
			else "\($m): no \($row.type)" end),
		($rows[] | select(.must) | (.name | split(".")) as $n | ($n[:-1] | join(".")) as $parent |
			([], $paths[]) | select(member(.) == $parent) | . as $p |
			if $doc | getpath($p) | has($n[-1]) then empty else "\($parent).\($n[-1]): missing" end)' "$2"
}

valid()
{
	eq "$(wrong "$1" "$2")" "" "${2##*/}"
}

@test "json: what spec writes is a config.json" {
	mkdir "$T/root" "$T/rootless"
	(cd "$T/root" && "$E2E_RUNTIME" spec)
	valid "$config_table" "$T/root/config.json"
	(cd "$T/rootless" && "$E2E_RUNTIME" spec --rootless)
	valid "$config_table" "$T/rootless/config.json"
}

@test "json: the state of a container in each status, on stdout and for a hook" {
	not_for crun "1.8 prints members of its own"
	local table=$state_table$own
	config --arg t "$T" '.annotations = {"org.example.a/b": "1", "b": ""} | .process.args = ["/bin/sleep", "100"] |
		.hooks = ([["createRuntime", "createContainer", "poststart", "poststop"][] |
			{key: ., value: [{path: "/bin/sh", args: ["sh", "-c", "cat >\($t)/\(.)"]}]}] | from_entries)'
	ok create --bundle "$B" "$C"
	ok state "$C"
	valid "$table" "$T/out"
	valid "$state_table" "$T/createRuntime"
	valid "$state_table" "$T/createContainer"
	eq "$(jq -s 'map(.status) | join(" ")' "$T/out" "$T/createRuntime")" '"created creating"'
	ok start "$C"
	valid "$state_table" "$T/poststart"
	ok state "$C"
	valid "$table" "$T/out"
	ok list --format json
	jq '.[0]' "$T/out" >"$T/listed"
	valid "$table" "$T/listed"
	ok kill "$C" KILL
	eventually status_is stopped
	ok state "$C"
	valid "$table" "$T/out"
	ok delete "$C"
	valid "$state_table" "$T/poststop"
	eq "$(jq -r .status "$T/poststop")" stopped
}

@test "json: the state of a process, for an agent" {
	requires_rundlet "the text of it is asked for before anything runs"
	requires_program python3
	config --arg l "$T/sock" '.process.args = ["/bin/true"] | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: $l,
		listenerMetadata: "m", syscalls: [{names: ["getpriority"], action: "SCMP_ACT_NOTIFY"}]}'
	timeout 60 python3 -c 'if True:
		import socket, sys
		s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(1); open(sys.argv[2] + ".ready", "w")
		c = s.accept()[0]; open(sys.argv[2], "wb").write(c.recv(65536))' "$T/sock" "$T/process" 3>&- &
	local agent=$!
	background "$agent"
	timeout 60 sh -c 'until [ -e "$1" ]; do sleep 0.1; done' - "$T/process.ready"
	ok run --bundle "$B" "$C"
	wait "$agent"
	valid "$process_table" "$T/process"
}

@test "json: the checks find what is wrong" {
	local change
	mkdir "$T/root"
	(cd "$T/root" && "$E2E_RUNTIME" spec)
	for change in 'del(.ociVersion)' '.ociVersion = "1"' 'del(.process.user.gid)' '.process.user.uid = "0"' '.process.args = "sh"' \
		'.process.env[0] = 1' 'del(.root.path)' 'del(.mounts[1].destination)' '.mounts[0].options[0] = null' \
		'.linux.namespaces[0].type = "moon"' '.linux.resources.devices[0].allow = 1' '.linux.surprise = true' '.process.rlimits[0].soft = 1.5'; do
		jq "$change" "$T/root/config.json" >"$T/changed"
		ne "$(wrong "$config_table" "$T/changed")" "" "errors after $change"
	done
	echo '{"ociVersion":"1.3.0","id":"a","status":"running","pid":1,"bundle":"/b","annotations":{"a.b":"c"}}' >"$T/state.json"
	valid "$state_table" "$T/state.json"
	for change in 'del(.id)' 'del(.bundle)' '.status = "paused"' '.pid = -1' '.annotations["a.b"] = 1' '.more = 1'; do
		jq "$change" "$T/state.json" >"$T/changed"
		ne "$(wrong "$state_table" "$T/changed")" "" "errors after $change"
	done
}
