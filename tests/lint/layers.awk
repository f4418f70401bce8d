# The order of the layers (contrib/doc/architecture.md) for awk: layer(file) and allowed(user, used).

function layer(file,    dir) {
	if (file ~ /^runtime\//) { split(file, dir, "/"); return dir[2] }
	if (file ~ /^(oci|seccomp)\//) { split(file, dir, "/"); return dir[1] }
	return ""
}

function rank(name) {
	return index(" base sys oci seccomp wire plan host cmd ", " " name " ")
}

# init stands beside host: it sees base, sys, wire and of plan the plan itself (and what both ends derive from it). cmd sees no init.
function allowed(user, used, file) {
	if (user == "" || used == "" || user == used)
		return 1
	if (user == "init")
		return used == "base" || used == "sys" || used == "wire" || (used == "plan" && file ~ /\/(plan\.h|names\.c|rows\.[ch]|cloned\.[ch])$/)
	if (used == "init")
		return 0
	return rank(used) < rank(user)
}
