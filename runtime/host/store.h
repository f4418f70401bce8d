/*
 * The state store: one directory per container below the state root.
 *
 * owns:     the layout ROOT/ID/{state.json,creating,start,notify,cgroup}, its locks and its cleanup
 * may use:  base, sys, oci
 * must not: start or signal processes
 *
 * ROOT is --root, else $XDG_RUNTIME_DIR/rundlet, else /run/rundlet for root, else
 * /run/user/UID/rundlet, else a private directory below /tmp (features.md A1 "Defaults"); 0700 and
 * sticky. Files are replaced by rename. The container's directory is locked (flock) while a command
 * changes it. A directory that is neither locked nor has a state.json was left behind by a command
 * that was killed: it is nobody's, and create takes it over.
 */
#ifndef RUNDLET_HOST_STORE_H
#define RUNDLET_HOST_STORE_H

#include "oci/oci.h"

enum { STORE_ID_MAX = 1024 };

/* A link that names the cgroup (host/cgroup_note.c). */
#define STORE_CGROUP "cgroup"
/* A directory, with the socket that the container sends to (host/notify.c). */
#define NOTIFY_FILE         "notify.sock"
#define STORE_NOTIFY        "notify"
#define STORE_NOTIFY_SOCKET STORE_NOTIFY "/" NOTIFY_FILE

/* Letters, digits and _ + - . ; the first not a dot; 1 to STORE_ID_MAX bytes. ERR_ID_INVALID. */
int store_check_id(const char *id, struct err *e) MUST_USE;

/*
 * Opens the state root, making it if create. The descriptor (close-on-exec); -ENOENT when there is
 * none. A root that belongs to, or can be written by, somebody else is refused (ERR_STATE).
 */
int store_open_root(const char *root_option, bool create, struct arena *a, struct err *e) MUST_USE;

/* A container's directory, open and locked. */
struct store_entry {
	int root; /* borrowed */
	int dir;  /* owned; -1: none */
	const char *id;
};

/* Makes ROOT/ID and locks it. ERR_ID_EXISTS when the id is in use. */
int store_create(struct store_entry *ret, int root, const char *id, struct err *e) MUST_USE;
/* r; an error after store_create() that comes of a directory that is gone says so. */
int store_explain(const struct store_entry *s, struct err *e, int r) MUST_USE;
/* Opens ROOT/ID; exclusive: locked, else not at all. ERR_NO_CONTAINER "container does not exist".
 */
int store_open(struct store_entry *ret, int root, const char *id, bool exclusive,
	       struct err *e) MUST_USE;
/* Writes state.json atomically. */
int store_write(struct store_entry *s, struct arena *a, const struct state *st,
		struct err *e) MUST_USE;
/* Reads state.json as it was written: status is not derived yet (host/status). */
int store_read(const struct store_entry *s, struct arena *a, struct state *ret,
	       struct err *e) MUST_USE;

/*
 * How far the container has come is told by the name of its start socket: "creating" while init
 * sets up, "start" while it waits, none once it was started. A rename is all that a step costs.
 */
#define STORE_CREATING "creating"
#define STORE_START    "start"
enum store_mark { STORE_MARK_CREATING, STORE_MARK_CREATED, STORE_MARK_STARTED };
int store_mark(const struct store_entry *s, enum store_mark mark, struct err *e) MUST_USE;
enum store_mark store_marked(const struct store_entry *s);

/* Removes everything that rundlet put into the directory, then the directory. Never follows links.
 */
int store_remove(struct store_entry *s, struct err *e) MUST_USE;
/* Lets other commands in while a foreground run goes on. */
int store_unlock(struct store_entry *s, struct err *e) MUST_USE;
/* Locks again: 1, or 0 when the container has been deleted meanwhile. */
int store_relock(struct store_entry *s, struct err *e) MUST_USE;
/* Releases the lock and the descriptor. */
void store_close(struct store_entry *s);
/* The ids in the state root, sorted, in a. */
int store_list(int root, struct arena *a, struct strings *ret, struct err *e) MUST_USE;

static inline void store_close_cleanup(struct store_entry *s)
{
	store_close(s);
}

#endif
