/*
 * The handshake between host and init: one SEQPACKET pair, one table that both ends walk.
 *
 * owns:     messages, the table, the cursor that both ends advance
 * may use:  base, sys/packet
 * must not: know what the messages are about
 *
 *    host                                 child -> init
 *      | clone3 ------------------------------> |
 *      | <--- BORN + fd ------------------------|  init, executed, born again inside; its pidfd
 *      | ---- MAPPED -------------------------> |  maps are written by the host
 *      |                                        |  exec of init, unless that was before
 *      | <--- HOOKS ----------------------------|  all is mounted: prestart, createRuntime
 *      | ---- HOOKED -------------------------> |
 *      | <--- CONSOLE + fd ---------------------|  pty master
 *      | <--- READY ----------------------------|  created
 *      | ---- START --------------------------> |  on record; create: wait on the start socket
 *      | <--- LISTENER + fd --------------------|  seccomp notify descriptor
 *      | ---- TAKEN --------------------------> |
 *      | <--- end of file ----------------------|  exec happened
 *      | <--- FAIL (at any time) ---------------|  carries the error
 */
#ifndef RUNDLET_WIRE_WIRE_H
#define RUNDLET_WIRE_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/base/err.h"

enum msg_type {
	MSG_FAIL, /* payload: struct err */
	MSG_BORN,
	MSG_MAPPED,
	MSG_HOOKS,
	MSG_HOOKED,
	MSG_CONSOLE,
	MSG_READY,
	MSG_START,
	MSG_LISTENER,
	MSG_TAKEN,
	MSG_COUNT
};

enum wire_end { WIRE_HOST, WIRE_INIT };

/* Which optional rows a launch has. */
enum wire_rows {
	ROW_ALWAYS = 0,
	ROW_MAPPED = 1,
	ROW_HOOKS = 2,
	ROW_CONSOLE = 4,
	ROW_LISTENER = 8,
	ROW_BORN = 16,
};

struct wire_row {
	enum wire_end from;
	enum msg_type type;
	bool carries_fd;
	uint32_t when; /* enum wire_rows; ROW_ALWAYS: in every handshake */
};

extern const struct wire_row wire_table[];
extern const uint32_t wire_table_len;
extern const char *const msg_names[MSG_COUNT];

/* One end of a handshake under way. */
struct wire {
	int sock; /* owned by whoever made it */
	enum wire_end end;
	uint32_t rows; /* enabled optional rows */
	uint32_t next; /* index into the table */
};

/*
 * Sends type, which must be the next enabled row of this end. fd: -1 or a descriptor to pass along
 * (stays open here). Errors: ERR_PROTOCOL naming both rows; -EPIPE when the other end is gone.
 */
int wire_send(struct wire *w, enum msg_type type, int fd, struct err *e) MUST_USE;
/*
 * Receives type, which must be the next enabled row of the other end. *ret_fd (may be NULL when the
 * row carries none) is owned by the caller. A FAIL becomes the error itself; end of file is
 * ERR_PROTOCOL with -EPIPE.
 */
int wire_expect(struct wire *w, enum msg_type type, int *ret_fd, struct err *e) MUST_USE;
/* Waits for the other end to close without a word: 0; a FAIL becomes the error. */
int wire_expect_eof(struct wire *w, struct err *e) MUST_USE;
/* Sends the error; nothing can be done if that fails. Uses no memory but the stack. */
void wire_fail(struct wire *w, const struct err *failure);
/* Is the row for type enabled? */
bool wire_has(const struct wire *w, enum msg_type type);
/*
 * Sets the cursor behind the row of type: `start` takes up the conversation that `create` left
 * after MSG_READY.
 */
void wire_resume(struct wire *w, enum msg_type type);

#endif
