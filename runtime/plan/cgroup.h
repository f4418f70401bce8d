/*
 * Which cgroup a container is born in: who makes it, and where.
 *
 * owns:     the choice of the manager, the meaning of cgroupsPath
 * may use:  base, oci (types), sys (the probe)
 * must not: make or change a cgroup
 *
 * (config-linux.md "Cgroups Path", features A8)
 */
#ifndef RUNDLET_PLAN_CGROUP_H
#define RUNDLET_PLAN_CGROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "oci/spec.h"
#include "runtime/base/arena.h"
#include "runtime/base/err.h"

/* Who makes the cgroup. The names are what --cgroup-manager takes and the state file keeps. */
enum cgroup_manager {
	CGROUP_AUTO, /* not asked for: decided from the host */
	CGROUP_DISABLED,
	CGROUP_CGROUPFS, /* directories below the cgroup2 mount */
	CGROUP_SYSTEMD,  /* a transient scope */
	CGROUP_V1,       /* directories below each of the v1 mounts */
	CGROUP_MANAGER_COUNT
};

extern const char *const cgroup_manager_names[CGROUP_MANAGER_COUNT];
/* What --cgroup-manager says: cgroupfs, systemd or disabled. False for anything else. */
bool cgroup_manager_parse(const char *name, enum cgroup_manager *ret);

/* A v1 hierarchy. */
struct cgroup_v1 {
	const char *controllers; /* "cpu,cpuacct", or "name=systemd" */
	const char *mount;       /* NULL: not for the caller to use */
	const char *own;         /* our own cgroup in it */
};

/* What the host has. */
struct cgroup_facts {
	const char *mount; /* of cgroup2, NULL: none */
	bool unified;      /* cgroup2 is the only hierarchy with controllers */
	const char *own;   /* our own cgroup below the mount, "/…" */
	bool own_writable, parent_writable, root_writable; /* may we make a cgroup there? */
	struct {
		struct cgroup_v1 *v;
		size_t n;
	} v1;          /* as /proc/self/cgroup lists them; none if the caller may use none */
	bool root;     /* euid 0 in the initial user namespace: the system manager is ours to ask */
	bool systemd;  /* it runs the system */
	bool user_bus; /* a socket is there on which our user manager may listen */
};

/* Probes. Needs no privilege and changes nothing. What is not there, or not for us, is no error;
 * what cannot be looked at is (a container must not go without limits because memory was short). */
int cgroup_probe(struct cgroup_facts *ret, struct arena *a, bool root, struct err *e) MUST_USE;
/*
 * For a caller who is not root where v1 has the controllers, when a cgroup is wanted: finds the
 * hierarchies in which the caller may make the cgroup of that path (linux.cgroupsPath; NULL or
 * relative: below the caller's own). There may be none.
 */
int cgroup_probe_v1(struct cgroup_facts *f, struct arena *a, const char *path,
		    struct err *e) MUST_USE;

struct cgroup_ask {
	enum cgroup_manager manager; /* CGROUP_AUTO when no option asked for one */
	const char *path;            /* linux.cgroupsPath, NULL: none */
	const char *id;
	const char *limits; /* pointer of a property that needs a cgroup, NULL: none */
	const struct string_map *annotations;
};

struct cgroup_choice {
	enum cgroup_manager manager; /* never CGROUP_AUTO */
	const char *path;            /* below the mount, "/…", normalised; systemd: NULL */
	bool own_name;               /* nobody but us would make a cgroup of that path */
	const char *scope, *slice;   /* systemd */
	const char *subgroup;        /* systemd: below the scope, "" for none */
	bool delegate;               /* the container may manage it: hand it to its root user */
	bool everywhere;             /* v1: in every hierarchy, not only where it must be */
	const char *note;            /* why there is none although none was refused; NULL */
};

/*
 * Decides. ERR_CGROUP with a hint when limits are asked for and no cgroup can be had or the asked
 * manager cannot work here; ERR_CONFIG_VALUE for a cgroupsPath with "..".
 */
int cgroup_choose(struct cgroup_choice *ret, struct arena *a, const struct cgroup_ask *ask,
		  const struct cgroup_facts *f, struct err *e) MUST_USE;

#endif
