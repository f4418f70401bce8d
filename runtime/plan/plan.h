/*
 * The plan: everything that will be done, as data, decided before the first clone.
 *
 * owns:     the types of the operations and the layout of the block that init maps
 * may use:  base
 * must not: hold pointers (the block is position-independent), name anything of oci/
 *
 * A plan is one block of memory: the head, the operations in the order in which they run, then a
 * pool of strings, lists and blobs. Operations name pool entries by offset. The host walks the
 * LAUNCH operations, init the rest; explain prints all of them. Each operation knows the place in
 * config.json that asked for it.
 */
#ifndef RUNDLET_PLAN_PLAN_H
#define RUNDLET_PLAN_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PLAN_MAGIC = 0x6c646e72, PLAN_VERSION = 1 };

/* The phases, in order (contrib/doc/architecture.md says what each may rely on). */
enum phase {
	PHASE_LAUNCH, /* host: namespaces, mappings, cgroup */
	PHASE_ENTER,  /* init: into namespaces that are there already */
	PHASE_SHARE,  /* init, host's view of the file system: clones that stay peers of the host's
			 mounts, because the config wants both to see what the other mounts */
	PHASE_GRAB,   /* the same view: propagation, then clones of the other trees that will be
			 bound, so that none of them is a peer of the host's */
	PHASE_ROOT,   /* the root file system */
	PHASE_FILL,   /* mounts, devices, links below the root */
	PHASE_PIVOT,
	PHASE_LOCK,  /* masks, read-only paths, names, sysctl */
	PHASE_IDENT, /* session, terminal, limits, ids, capabilities */
	PHASE_READY, /* the program is found, the container is created; wait for start */
	PHASE_ARM,   /* no_new_privs, seccomp, descriptors */
	PHASE_EXEC,
	PHASE_COUNT
};

enum op_kind {
	/* LAUNCH: acted on by the host, in one clone3 */
	OP_NAMESPACE,  /* a new namespace */
	OP_JOIN,       /* an existing one, by path */
	OP_MAP,        /* one line of uid_map or gid_map */
	OP_SETGROUPS,  /* deny setgroups(2) in the user namespace */
	OP_NET_DEVICE, /* of the caller's network namespace, into the container's */
	OP_CGROUP,     /* the cgroup to be born in */
	OP_LIMIT,      /* one value in a file of that cgroup */
	OP_RDT,        /* the group in resctrl to be in */
	OP_RDT_SCHEMA, /* one line of its schemata */
	/* GRAB */
	OP_HOOK_OUTPUT, /* files of the host that the output of init's hooks goes to */
	OP_GRAB,        /* open_tree(2) clone of a host path into a slot */
	OP_PROPAGATION, /* of every mount of the namespace; the first of GRAB */
	OP_TIME_OFFSET, /* of a clock in a new time namespace, before anybody is in it */
	OP_ENTER,       /* into the namespaces that are joined; exec: of a container */
	/* ROOT */
	OP_ROOT, /* attach the root's tree and make it the root fd */
	/* FILL */
	OP_BECOME,  /* take the ids of the user namespace, where only the caller got so far */
	OP_MOUNT,   /* a new instance of a file system at a target */
	OP_ATTACH,  /* a grabbed tree at a target */
	OP_REMOUNT, /* change what is mounted at a target */
	OP_MKNOD,   /* a device node or fifo */
	OP_SYMLINK,
	OP_CONSOLE, /* a pty: master to the host, slave on /dev/console; in LOCK, after the masks */
	OP_HOOKS,   /* the host runs prestart and createRuntime, init waits */
	OP_HOOK,    /* init runs one: createContainer; in READY, startContainer */
	/* PIVOT */
	OP_PIVOT,
	/* LOCK */
	OP_LOOPBACK, /* lo up */
	OP_HOSTNAME,
	OP_DOMAINNAME,
	OP_SYSCTL,
	OP_READONLY,   /* a path becomes a read-only mount of itself */
	OP_MASK,       /* a path is covered by /dev/null or an empty directory */
	OP_ROOT_FLAGS, /* propagation and read-only of "/" itself */
	/* IDENT */
	OP_KEYRING, /* a session keyring that is not the caller's */
	OP_SESSION, /* setsid, controlling terminal, stdio */
	OP_OOM_SCORE,
	OP_RLIMIT,
	OP_UMASK,
	OP_AFFINITY, /* exec: the CPUs to run on; in LAUNCH those of the host meanwhile */
	OP_SCHEDULER,
	OP_IO_PRIORITY,
	OP_PERSONALITY,
	OP_MEMORY_POLICY,
	OP_LABEL,    /* of AppArmor or SELinux, taken on by execve */
	OP_BOUNDING, /* drop from the bounding set */
	OP_USER,     /* groups, gid, uid */
	OP_CAPS,     /* the other four sets */
	OP_NO_NEW_PRIVS,
	OP_CWD, /* in LOCK: made where it is missing */
	/* READY */
	OP_HOME,  /* look up the home directory, for an environment without HOME */
	OP_PID,   /* LISTEN_PID for the environment */
	OP_FIND,  /* resolve the program in the container */
	OP_READY, /* tell the host that the container is created, wait for start */
	/* ARM */
	OP_SECCOMP,
	OP_FDS, /* close_range: everything beyond the preserved descriptors */
	/* EXEC */
	OP_EXEC,
	OP_KIND_COUNT
};

/* n bytes in the pool at off; {0, 0} is "none". Strings are terminated, n does not count the NUL.
 */
struct pref {
	uint32_t off;
	uint32_t n;
};

/* n struct prefs in the pool at off (aligned). */
struct plist {
	uint32_t off;
	uint32_t n;
};

struct op_namespace {
	uint32_t type;    /* enum ns_type */
	struct pref path; /* OP_JOIN */
};

struct op_net_device {
	struct pref from, to; /* names; %d in to: the kernel finds a number */
};

/* The first of them makes the namespace, the last one enters it. */
struct op_time_offset {
	struct pref clock; /* "monotonic", "boottime" */
	int64_t secs;
	uint32_t nanosecs;
	bool first, last;
	bool deferred; /* OP_ENTER makes it, in the user namespace that it joins */
};

struct op_map {
	bool gid; /* gid_map, else uid_map */
	uint32_t inside, outside, count;
};

struct op_cgroup {
	struct pref path;
	uint32_t manager; /* 0: none is made, the operation is there for its note */
};

struct op_limit {
	struct pref file, value;
};

struct op_rdt {
	struct pref group;   /* "/": the default one */
	struct pref monitor; /* the name of its monitoring group; none: not wanted */
	bool named;          /* by closID: it outlives the container */
};

struct op_hooks {
	uint32_t prestart, create_runtime; /* how many */
};

struct op_hook {
	uint32_t kind;           /* enum hook_kind */
	uint32_t process_env;    /* 1: the environment is that of the program, not env */
	struct pref path, title; /* title: what its errors begin with */
	struct plist argv, env;
	struct pref dir;                    /* to run in; none: init's own */
	struct pref state_head, state_tail; /* its stdin; the pid goes in between */
	int64_t timeout;                    /* seconds, 0: none */
};

struct op_hook_output {
	struct pref out, err; /* none: /dev/null, the message of a failure */
};

enum grab_flags {
	GRAB_RECURSIVE = 1,
	GRAB_NOFOLLOW = 2,
	GRAB_COPY_LINK = 4,  /* a symbolic link is read: the slot holds its text, no tree */
	GRAB_HOST = 8,       /* by the host, with its rights, before init is born */
	GRAB_IDMAP = 16,     /* and its ids are mapped, of the top mount */
	GRAB_MQUEUE = 64,    /* it has to be an mqueue file system */
	GRAB_IDMAP_ALL = 32, /* of all below as well */
	GRAB_SHARED = 128,   /* a peer of the host's mount, in PHASE_SHARE */
	GRAB_OR_ALL = 256,   /* with all below, where the kernel does not hand it out alone */
};

struct op_grab {
	struct pref path; /* on the host, absolute */
	struct pref
		root; /* the beginning of path, below which links are the image's; none: no such */
	uint32_t slot;
	uint32_t flags;
	struct pref uid_map, gid_map; /* GRAB_IDMAP: "0 100000 65536\n", as user_namespaces(7) */
	struct pref userns;           /* GRAB_IDMAP: a user namespace that has the maps, by path */
};

struct op_propagation {
	uint64_t flags; /* MS_REC | MS_SLAVE, … */
};

struct op_root {
	struct pref path; /* on the host, for messages */
	uint32_t slot;
};

/*
 * What mount_setattr(2) is to do: set and clear are MOUNT_ATTR_*, propagation is MS_SHARED, … or 0.
 * implied is what is cleared too where it is not locked, as nothing in the options wants it.
 */
struct mount_change {
	uint64_t set, clear, implied;
	uint64_t propagation;
	bool recursive;
};

enum { MOUNT_CHANGES_MAX = 3 };

struct op_mount {
	struct pref type, source, target;
	struct plist options;  /* of "key" or "key=value", for fsconfig(2) in this order */
	struct plist pointers; /* the JSON pointer of each option, parallel to options */
	uint64_t sb_flags;     /* MS_RDONLY, MS_SYNCHRONOUS, … that belong to the superblock */
	uint64_t attr;         /* MOUNT_ATTR_* of the mount, at fsmount(2) */
	uint64_t propagation;
	uint32_t mode; /* of the target directory, when it has to be made */
	bool copy_up;  /* begin with what is at the target */
};

struct op_attach {
	struct pref target;
	struct pref source; /* a device of the host, by path, with OP_FRESH; none: slot has it */
	uint32_t slot;
	uint32_t mode;    /* of the target, when it has to be made */
	uint32_t changes; /* how many of change[] are used, applied in order */
	struct mount_change change[MOUNT_CHANGES_MAX];
};

/* Both halves are as fspick(2) and mount_setattr(2) have them: what is not named stays. */
struct op_remount {
	struct pref type, target;
	struct plist options, pointers; /* as for op_mount */
	uint64_t sb_set, sb_clear;      /* MS_* of the superblock */
	bool superblock;                /* else only the mount changes */
	uint32_t changes;
	struct mount_change change[MOUNT_CHANGES_MAX];
};

struct op_mknod {
	struct pref target;
	uint32_t mode; /* with S_IFMT */
	uint32_t major, minor;
	uint32_t uid, gid;
};

struct op_symlink {
	struct pref target; /* where the link is made */
	struct pref text;   /* what it says */
};

struct op_console {
	struct pref target;     /* "/dev/console"; none: the pty is mounted nowhere */
	uint16_t rows, columns; /* 0: leave alone */
	uint32_t uid;           /* owner of the slave */
};

/*
 * exec: one setns(2) on the pidfd that init was given. Else (by_path) those of the OP_JOINs. A pid
 * namespace takes in children only, and what belongs to a user namespace has to be made there: then
 * init is born again inside, as its own sibling.
 *
 * That init is executed before it joins is what protects it: its memory belongs to the user
 * namespace in which it was executed, so that root in the one that it joins has no say over it.
 */
struct op_enter {
	uint64_t flags;    /* CLONE_NEW*: what is joined */
	uint64_t create;   /* by_path: what is new besides */
	uint32_t uid, gid; /* who to be in the user namespace that is entered, until OP_USER */
	bool take_ids;     /* the caller is somebody else there: become these */
	bool by_path;
	bool reborn;
};

/* OP_BECOME; its note says what it was put off for. */
struct op_become {
	uint32_t uid, gid; /* inside the user namespace */
};

enum pivot_flags { PIVOT_NONE = 0, PIVOT_MOVE = 1 /* --no-pivot: MS_MOVE and chroot */ };

struct op_pivot {
	uint32_t flags;
};

struct op_text { /* OP_HOSTNAME, OP_DOMAINNAME, OP_READONLY, OP_MASK, OP_KEYRING (its name),
		  OP_RDT_SCHEMA */
	struct pref text;
};

struct op_sysctl {
	struct pref key; /* "net/ipv4/ping_group_range" */
	struct pref value;
};

struct op_root_flags {
	uint64_t propagation; /* 0: leave alone */
	bool readonly;
};

struct op_session {
	bool terminal; /* make the console the controlling terminal and stdio */
};

struct op_rlimit {
	uint32_t resource;
	uint64_t soft, hard;
};

struct op_number { /* OP_OOM_SCORE, OP_UMASK, OP_BOUNDING (bits to keep), OP_PERSONALITY (PER_*),
		      OP_IO_PRIORITY (IOPRIO_PRIO_VALUE) */
	int64_t v;
};

struct op_affinity {
	struct pref mask; /* uint64_t[n/8], aligned */
};

struct op_scheduler { /* sched_setattr(2) */
	uint32_t policy;
	int32_t nice;
	uint32_t priority;
	uint64_t flags; /* SCHED_FLAG_* */
	uint64_t runtime, deadline, period;
};

struct op_memory_policy {  /* set_mempolicy(2) */
	uint32_t mode;     /* MPOL_*, with MPOL_F_* */
	struct pref nodes; /* uint64_t[n/8], aligned; none: no nodes */
};

enum label_kind { LABEL_APPARMOR, LABEL_SELINUX };

struct op_label {
	uint32_t kind; /* enum label_kind */
	struct pref label;
};

struct op_home {
	uint32_t uid;
};

struct op_user {
	uint32_t uid, gid;
	struct pref groups; /* uint32_t[n/4], aligned */
	bool set_groups;    /* call setgroups(2), with the list as it is */
};

struct op_caps {
	uint64_t effective, permitted, inheritable, ambient;
};

struct op_cwd {
	struct pref path;
	bool make; /* only see to it that it is there: in LOCK, as the container's root */
};

struct op_find {
	struct plist argv;
	struct plist env; /* "NAME=value"; PATH is looked up here */
};

struct op_seccomp {
	struct pref filter; /* struct sock_filter[], aligned */
	uint32_t flags;     /* SECCOMP_FILTER_FLAG_* */
	bool listener;      /* send the notify descriptor to the host */
};

struct op_fds {
	uint32_t keep; /* descriptors 0 … keep-1 stay open */
};

enum op_flags {
	OP_ADAPTED = 1,    /* done otherwise than asked; note says why */
	OP_IMPLIED = 2,    /* no property asked for it: the runtime's own doing */
	OP_OPTIONAL = 4,   /* a missing target is no error (masked and read-only paths); nor is a
			      setgroups that is denied (user) */
	OP_FRESH = 8,      /* the parent of target is a file system that this plan mounted: it holds
			      nothing yet */
	OP_NOFOLLOW = 16,  /* a link at target is what is mounted on */
	OP_DIRECTORY = 32, /* the target is one, where it is what it usually is */
};

struct op {
	uint8_t kind;  /* enum op_kind */
	uint8_t phase; /* enum phase */
	uint16_t flags;
	uint32_t line;       /* in config.json, 0: none */
	struct pref pointer; /* "/mounts/3" */
	struct pref note;    /* the adaptation in a sentence */
	union {
		struct op_namespace ns;
		struct op_time_offset time_offset;
		struct op_map map;
		struct op_net_device net_device;
		struct op_cgroup cgroup;
		struct op_limit limit;
		struct op_rdt rdt;
		struct op_hooks hooks;
		struct op_hook hook;
		struct op_hook_output hook_output;
		struct op_grab grab;
		struct op_propagation propagation;
		struct op_enter enter;
		struct op_become become;
		struct op_root root;
		struct op_mount mount;
		struct op_attach attach;
		struct op_remount remount;
		struct op_mknod mknod;
		struct op_symlink symlink;
		struct op_console console;
		struct op_pivot pivot;
		struct op_text text;
		struct op_sysctl sysctl;
		struct op_root_flags root_flags;
		struct op_session session;
		struct op_rlimit rlimit;
		struct op_number number;
		struct op_affinity affinity;
		struct op_scheduler scheduler;
		struct op_memory_policy memory_policy;
		struct op_label label;
		struct op_home home;
		struct op_user user;
		struct op_caps caps;
		struct op_cwd cwd;
		struct op_find find;
		struct op_seccomp seccomp;
		struct op_fds fds;
	};
};

/* How the id maps are written. */
enum map_writer {
	MAP_NONE,    /* no new user namespace */
	MAP_CHILD,   /* the child itself: one line, its own id */
	MAP_PARENT,  /* the parent, straight into /proc/PID: it has CAP_SETUID over the outer ids */
	MAP_HELPERS, /* newuidmap(1) and newgidmap(1) */
};

struct plan {
	uint32_t magic, version;
	uint32_t size;       /* of the whole block in bytes */
	uint32_t op_count;   /* the ops follow the head */
	uint32_t slots;      /* how many grabbed trees there are at most */
	uint32_t map_writer; /* enum map_writer */
	bool raise_ambient;  /* init is not executed as uid 0: keep the capabilities over it */
	bool new_userns;
	bool take_ids;     /* the child's own ids are not what init has to run as: once the maps are
			      written and before init is executed it takes uid and gid */
	uint32_t uid, gid; /* with take_ids: inside the user namespace */
	bool wait_start; /* create: wait on the start socket; else go on when the host says START */
	uint64_t clone_flags; /* CLONE_NEW* of the one clone3 */
	uint64_t late_flags; /* CLONE_NEWCGROUP: unshared by the child once it sits in its cgroup */
	uint32_t umask;      /* of the caller, for hooks */
	uint64_t signals_ignored; /* bit N-1: signal N, which the program must not inherit so */
};

/* The first of op_count operations. */
static inline const struct op *plan_ops(const struct plan *p)
{
	return (const struct op *)(const void *)(p + 1);
}

/* What stands in the pool at an offset. */
static inline const void *plan_blob(const struct plan *p, uint32_t off)
{
	return (const char *)p + off;
}

/* "" for none, so that it can be printed. */
static inline const char *plan_str(const struct plan *p, struct pref r)
{
	return r.off ? (const char *)p + r.off : "";
}

/* The ith string of a list; i is below l.n. */
static inline const char *plan_list(const struct plan *p, struct plist l, uint32_t i)
{
	return plan_str(p, ((const struct pref *)plan_blob(p, l.off))[i]);
}

/* "mount", "attach", …: the names that explain prints, one table for all. */
extern const char *const op_names[OP_KIND_COUNT];
extern const char *const phase_names[PHASE_COUNT];

#endif
