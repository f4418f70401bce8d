/*
 * What the runners of init share.
 *
 * owns:     struct init, the signature of a runner, the list of runners
 * may use:  base, sys, wire, the plan's header
 * must not: be included outside runtime/init
 *
 * init is one process that walks a plan once, so struct init lives in main's frame and is handed to
 * every runner: there is no other state.
 */
#ifndef RUNDLET_INIT_INIT_H
#define RUNDLET_INIT_INIT_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "runtime/base/err.h"
#include "runtime/base/names.h"
#include "runtime/plan/plan.h"
#include "runtime/wire/wire.h"

/* A tree that was cloned from the host's view; -1 when the slot is empty. */
struct slot {
	int fd;
	const char
		*link; /* GRAB_COPY_LINK: the text of a symbolic link, instead of fd; else NULL */
	const struct op *grab; /* which operation filled it, for messages */
};

/*
 * Something that masks paths: a tree that is attached any number of times. The first time it is
 * attached itself, later ones are clones of it: kernels before 6.15 clone attached mounts only.
 */
struct cover {
	int tree;      /* -1: not made yet */
	int spare;     /* a clone that waits for its target, -1: none */
	bool attached; /* tree itself is used up: clone it */
};

/* A directory that holds targets, open: found again by its path. */
struct parent {
	int fd;           /* -1: free */
	const char *path; /* not terminated: len bytes in the plan */
	size_t len;
	enum { FS_UNKNOWN, FS_PROC, FS_OTHER } fs;
};

enum { PARENTS = 4 };

struct init {
	const struct plan *plan;
	struct wire wire;
	int start;                      /* the listening start socket, -1: run */
	int enter;                      /* exec: pidfd of the container's init, -1: none */
	int joins[NS_COUNT];            /* namespaces to join, -1: none */
	int time;                       /* our timens_offsets, -1: not needed later */
	const struct op_become *become; /* our ids since; NULL: it did not come to that */
	const struct op_enter *entered; /* another user namespace was entered: our ids are not those
					   that we were executed with; NULL: none */

	struct slot *slots; /* plan->slots of them */
	char **trees;       /* numbers of the trees that the host grabbed, in the plan's order;
			       the next one first, NULL at the end */
	int trees_top;      /* the highest of these numbers */
	int root;           /* the container's root directory, -1 until OP_ROOT */
	int proc;           /* our own instance of procfs, -1: none yet */
	int console;        /* slave of the console, -1: none */
	int hook_out;       /* where hooks write to, -1: /dev/null */
	int hook_err;       /* -1: into the message of a failure */
	struct cover null;  /* /dev/null, verified */
	struct cover empty; /* an empty read-only directory */

	struct parent parents[PARENTS]; /* of targets, target.c */
	unsigned int parent_next;       /* which one is replaced next */
	int cwd;                        /* the descriptor that was entered last, -1: unknown */
	bool at_root; /* the cwd is the container's "/": pivoted, not moved since */

	/* descriptors, fds.c */
	int fds_first;      /* from here on nothing is to be preserved */
	int fds_base;       /* from here on: scratch, but for the kept ones */
	int fds_top;        /* the highest number seen */
	uint64_t nofile;    /* soft RLIMIT_NOFILE to go back to */
	bool nofile_raised; /* nofile is valid */

	const struct op_find *find; /* the program's arguments */
	char *pid;                  /* "LISTEN_PID=…", NULL: it is not told */
	char *home;                 /* "HOME=…" for the environment, NULL: it has one */
	const char *program;        /* what execve(2) gets, once it is found */
	char path[PATH_MAX];        /* holds program when it was found in $PATH */

	/* memory, for what init needs besides: no malloc */
	char *pool;
	size_t pool_left;
	char pool_first[4096];
};

/* Runs one operation. 0, or a negative errno with *e filled; the walk adds the place in
 * config.json, unless the runner knows a closer one. */
typedef int op_runner(struct init *s, const struct op *op, struct err *e);

op_runner run_enter, run_become;                                          /* op_enter.c */
op_runner run_time_offset;                                                /* op_time.c */
op_runner run_grab, run_propagation, run_root, run_pivot, run_root_flags; /* op_root.c */
op_runner run_mount;                                                      /* op_mount.c */
op_runner run_attach;                                                     /* op_attach.c */
op_runner run_remount;                                                    /* op_remount.c */
op_runner run_mknod, run_symlink;                                         /* op_device.c */
op_runner run_console, run_session;                                       /* op_console.c */
op_runner run_loopback, run_hostname, run_domainname, run_sysctl;         /* op_lock.c */
op_runner run_mask, run_readonly;                                         /* op_mask.c */
op_runner run_oom_score, run_rlimit, run_umask, run_affinity;             /* op_limits.c */
op_runner run_keyring, run_bounding, run_user, run_caps;                  /* op_ident.c */
op_runner run_no_new_privs, run_cwd;                                      /* op_ident.c */
op_runner run_scheduler, run_io_priority, run_personality;                /* op_process.c */
op_runner run_memory_policy, run_label;                                   /* op_process.c */
op_runner run_home;                                                       /* op_home.c */
op_runner run_hooks, run_hook, run_hook_output;                           /* op_hook.c */
op_runner run_pid, run_find, run_exec;                                    /* op_exec.c */
op_runner run_ready, run_seccomp, run_fds;                                /* op_ready.c */

/* --- fds.c ----------------------------------------------------------------------------------- */

/* Reads from the plan what is to be preserved. */
void fds_setup(struct init *s);
/* Takes note of a scratch descriptor and returns it. Nobody closes it: fds_tidy() and execve(2)
 * do. */
int fds_scratch(struct init *s, int fd);
/* Closes all scratch descriptors when there are many of them. Called between operations only. */
void fds_tidy(struct init *s);
/* Raises the soft RLIMIT_NOFILE when the slots of the plan might not fit. */
int fds_make_room(struct init *s, struct err *e) MUST_USE;
/* Closes the slots and lowers the limit again, if it was raised: no grab comes after this. */
void fds_slots_done(struct init *s);
/* Closes everything but the start socket, the wire and what is to be preserved. */
void fds_close_all(struct init *s);

/* --- target.c -------------------------------------------------------------------------------- */

/*
 * Opens (O_PATH) the directory that holds the last component of target and points *ret_name to that
 * component. The descriptor is borrowed until the end of the operation. Links of the image are
 * followed inside the root. "/" is -EBUSY, a missing directory -ENOENT.
 */
int target_parent(struct init *s, const char *target, const char **ret_name) MUST_USE;
/* Is the directory that target_parent() just returned one of procfs? There are no links of the
 * image in it. */
bool target_is_procfs(struct init *s, int dir);
/* target_parent() that makes the directories that are missing. */
int target_make_parent(struct init *s, const char *target, const char **ret_name) MUST_USE;
/* Something was mounted at target, by name below its parent: forget what is covered by it. NULL: it
 * was mounted somewhere else, where links led. */
void target_mounted(struct init *s, const char *target);
/* The same where no link leads to target. */
void target_covered(struct init *s, const char *target);
/* Makes dir, a descriptor of this operation, the working directory, if it is not. 0, -errno. */
int target_enter(struct init *s, int dir) MUST_USE;

/* --- fs_config.c ------------------------------------------------------------------------------ */

/* The words of one mount, for every message about it. */
struct fs_naming {
	const char *verb; /* "mount", "remount" */
	const char *type;
	const char *target;
};

/* "mount TYPE on TARGET" and r. */
int fs_fail(const struct fs_naming *n, int r, struct err *e);
/* Sets "key" or "key=value" of the context fs; the error has what the kernel says about it. */
int fs_set_option(int fs, const struct fs_naming *n, const char *option, struct err *e) MUST_USE;
/* Sets and clears MS_* flags of the superblock. */
int fs_set_flags(int fs, const struct fs_naming *n, uint64_t set, uint64_t clear,
		 struct err *e) MUST_USE;
/* Sets the options in order; an error has the pointer of its option. Lower directories of an
 * overlay may be longer than a string that fsconfig(2) takes. */
int fs_set_options(struct init *s, int fs, const struct fs_naming *n, struct plist options,
		   struct plist pointers, struct err *e) MUST_USE;

/* op_copy.c: copies what is at the target of op into the detached mount, and makes its root like
 * the directory there. */
int copy_up(struct init *s, const struct op *op, int mount, struct err *e) MUST_USE;
/* op_copy.c: is there a "mode=" among the options? */
bool copy_says_mode(const struct init *s, struct plist options);
/* op_attach.c: r is what c got on the mount at fd, of which name is the config's name. Adds to the
 * error which flag it is that a user namespace may not clear. Returns r. */
int mount_hint_locked(int fd, const char *name, const struct mount_change *c, int r, struct err *e);

/* --- the rest -------------------------------------------------------------------------------- */

/* size bytes, zeroed, aligned to 16, never given back; exits when memory is out. */
void *init_alloc(struct init *s, size_t size);
/* The umask of init, until OP_UMASK. */
uint32_t init_umask(const struct init *s);
/* A list of the plan as execve(2) wants it, with room for what is only known in here. */
enum { INIT_ADDED = 2 };
char **init_vector(struct init *s, struct plist list);
/* The environment of the program, with what only init knows; as run_find() left it. */
char **init_environment(struct init *s);
/* A handle on procfs that can be trusted, borrowed; -errno with *e filled. */
int init_procfs(struct init *s, enum err_code code, struct err *e) MUST_USE;
/*
 * The text of our mountinfo (proc(5)), in init's own memory. What cannot be read whole is an error:
 * it must not be taken for what is not mounted.
 */
int init_mountinfo(struct init *s, char **ret, struct err *e) MUST_USE;
/*
 * Opens a file below /proc/self, with the flags of open(2); the descriptor is scratch. The files of
 * a process that is not dumpable belong to root, which our user namespace may not have: then init
 * is dumpable for that moment. Negative errno.
 */
int init_open_own(struct init *s, int proc, const char *file, int flags) MUST_USE;
/* op_time.c: the time namespace that was put off, for the children to come. */
int time_make_deferred(struct init *s, struct err *e) MUST_USE;
/* Opens the host's /dev/null, verified, as the cover of masked files; once, before the pivot. */
int mask_prepare(struct init *s, struct err *e) MUST_USE;
/* Is there an operation of this kind in the plan? */
bool plan_has(const struct plan *p, enum op_kind kind);

#endif
