/*
 * The handshake.
 *
 * owns:     the table, what a packet looks like
 * may use:  base, sys/packet
 * must not: know what the messages are about, allocate
 *
 * A packet is the type alone, or MSG_FAIL and the error. What arrives is not trusted: the host may
 * be talking to a process that lives in a container.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "runtime/base/fmt.h"
#include "runtime/sys/packet.h"
#include "runtime/wire/wire.h"

struct packet {
	uint32_t type; /* enum msg_type */
	struct err failure;
};

enum { PACKET_SIGNAL_SIZE = offsetof(struct packet, failure), ERRNO_MAX = 4095 };

const struct wire_row wire_table[] = {
	{WIRE_INIT, MSG_BORN, true, ROW_BORN},       {WIRE_HOST, MSG_MAPPED, false, ROW_MAPPED},
	{WIRE_INIT, MSG_HOOKS, false, ROW_HOOKS},    {WIRE_HOST, MSG_HOOKED, false, ROW_HOOKS},
	{WIRE_INIT, MSG_CONSOLE, true, ROW_CONSOLE}, {WIRE_INIT, MSG_READY, false, ROW_ALWAYS},
	{WIRE_HOST, MSG_START, false, ROW_ALWAYS},   {WIRE_INIT, MSG_LISTENER, true, ROW_LISTENER},
	{WIRE_HOST, MSG_TAKEN, false, ROW_LISTENER},
};

const uint32_t wire_table_len = ARRAY_LEN(wire_table);

const char *const msg_names[MSG_COUNT] = {
	[MSG_FAIL] = "FAIL",   [MSG_MAPPED] = "MAPPED", [MSG_BORN] = "BORN",
	[MSG_HOOKS] = "HOOKS", [MSG_HOOKED] = "HOOKED", [MSG_CONSOLE] = "CONSOLE",
	[MSG_READY] = "READY", [MSG_START] = "START",   [MSG_LISTENER] = "LISTENER",
	[MSG_TAKEN] = "TAKEN",
};

static const char *const end_names[] = {[WIRE_HOST] = "rundlet", [WIRE_INIT] = "init"};

static enum wire_end peer(const struct wire *w)
{
	return w->end == WIRE_HOST ? WIRE_INIT : WIRE_HOST;
}

static bool enabled(const struct wire *w, const struct wire_row *row)
{
	return (row->when & w->rows) == row->when;
}

/* The next enabled row, NULL after the last. Moves the cursor onto it. */
static const struct wire_row *next_row(struct wire *w)
{
	for (; w->next < wire_table_len; w->next++)
		if (enabled(w, &wire_table[w->next]))
			return &wire_table[w->next];
	return NULL;
}

static const char *row_name(const struct wire_row *row)
{
	return row ? msg_names[row->type] : "end of file";
}

/* Does the table let `from` say type now? */
static int check_turn(struct wire *w, enum wire_end from, enum msg_type type, struct err *e)
{
	const struct wire_row *row = next_row(w);

	if (row && row->from == from && row->type == type)
		return 0;
	return err_set(e, ERR_PROTOCOL, "handshake: %s from %s, where the table has %s from %s",
		       msg_names[type], end_names[from], row_name(row),
		       end_names[row ? row->from : WIRE_INIT]);
}

/* Copies a received error into *e, believing none of its fields. */
static int take_failure(const struct packet *p, struct err *e)
{
	*e = p->failure;
	e->pointer[sizeof(e->pointer) - 1] = '\0';
	e->text[sizeof(e->text) - 1] = '\0';
	e->hint[sizeof(e->hint) - 1] = '\0';
	if (e->code == ERR_NONE || e->code >= ERR_CODE_COUNT)
		e->code = ERR_PROTOCOL;
	if (e->num < 0 || e->num > ERRNO_MAX)
		e->num = 0;
	if (!e->text[0])
		fmt_buf(e->text, sizeof(e->text), "handshake: failed without a word");
	return e->num ? -e->num : -EINVAL;
}

/*
 * One packet. 1 with *ret_type and *ret_fd, 0 at end of file, or a negative errno with *e filled: a
 * FAIL is the error that it carries.
 */
static int receive(struct wire *w, uint32_t *ret_type, int *ret_fd, struct err *e)
{
	AUTO(close_fd) int fd = -1;
	struct packet p;
	ssize_t n;

	n = packet_recv(w->sock, &p, sizeof(p), &fd);
	if (n < 0)
		return err_sys(e, ERR_PROTOCOL, (int)n, "handshake: receive from %s",
			       end_names[peer(w)]);
	if (n == 0)
		return 0;
	if (n == sizeof(p) && p.type == MSG_FAIL)
		return take_failure(&p, e);
	if (n != PACKET_SIGNAL_SIZE || p.type == MSG_FAIL || p.type >= MSG_COUNT)
		return err_set(e, ERR_PROTOCOL, "handshake: %s sent %d bytes that are no message",
			       end_names[peer(w)], (int)n);
	*ret_type = p.type;
	*ret_fd = take_fd(&fd);
	return 1;
}

/*
 * The other end is gone and type could not be sent: what it said last is the cause. Reads until end
 * of file, which has come already.
 */
static int explain_gone(struct wire *w, enum msg_type type, struct err *e)
{
	int r;

	do {
		AUTO(close_fd) int fd = -1;
		uint32_t said;

		r = receive(w, &said, &fd, e);
	} while (r > 0);
	if (r < 0)
		return r;
	err_set(e, ERR_PROTOCOL, "handshake: %s ended before it could be sent %s",
		end_names[peer(w)], msg_names[type]);
	return -EPIPE;
}

int wire_send(struct wire *w, enum msg_type type, int fd, struct err *e)
{
	const uint32_t word = type;
	int r;

	r = check_turn(w, w->end, type, e);
	if (r < 0)
		return r;
	if ((fd >= 0) != wire_table[w->next].carries_fd)
		return err_set(e, ERR_INTERNAL, "handshake: %s %s a descriptor", msg_names[type],
			       fd >= 0 ? "carries no" : "must carry");
	r = packet_send(w->sock, &word, sizeof(word), fd);
	if (r == -EPIPE)
		return explain_gone(w, type, e);
	if (r < 0)
		return err_sys(e, ERR_PROTOCOL, r, "handshake: send %s", msg_names[type]);
	w->next++;
	return 0;
}

int wire_expect(struct wire *w, enum msg_type type, int *ret_fd, struct err *e)
{
	AUTO(close_fd) int fd = -1;
	uint32_t said;
	bool carries;
	int r;

	r = check_turn(w, peer(w), type, e);
	if (r < 0)
		return r;
	r = receive(w, &said, &fd, e);
	if (r < 0)
		return r;
	if (r == 0) {
		err_set(e, ERR_PROTOCOL, "handshake: %s ended before %s", end_names[peer(w)],
			msg_names[type]);
		return -EPIPE;
	}
	if (said != (uint32_t)type)
		return err_set(e, ERR_PROTOCOL, "handshake: expected %s from %s, got %s",
			       msg_names[type], end_names[peer(w)], msg_names[said]);
	carries = wire_table[w->next].carries_fd;
	if ((fd >= 0) != carries)
		return err_set(e, ERR_PROTOCOL, "handshake: %s came %s a descriptor",
			       msg_names[type], fd >= 0 ? "with" : "without");
	if (carries && !ret_fd)
		return err_set(e, ERR_INTERNAL, "handshake: nobody takes the descriptor of %s",
			       msg_names[type]);
	if (carries)
		*ret_fd = take_fd(&fd);
	w->next++;
	return 0;
}

int wire_expect_eof(struct wire *w, struct err *e)
{
	AUTO(close_fd) int fd = -1;
	uint32_t said;
	int r = receive(w, &said, &fd, e);

	if (r <= 0)
		return r;
	return err_set(e, ERR_PROTOCOL, "handshake: expected end of file from %s, got %s",
		       end_names[peer(w)], msg_names[said]);
}

void wire_fail(struct wire *w, const struct err *failure)
{
	struct packet p;

	/* Every byte goes over the wire, also those behind the texts: none from our stack. */
	memset(&p, 0, sizeof(p));
	p.type = MSG_FAIL;
	p.failure.code = failure->code;
	p.failure.num = failure->num;
	p.failure.line = failure->line;
	p.failure.column = failure->column;
	memcpy(p.failure.pointer, failure->pointer, strnlen(failure->pointer, ERR_POINTER_SIZE));
	memcpy(p.failure.text, failure->text, strnlen(failure->text, ERR_TEXT_SIZE));
	memcpy(p.failure.hint, failure->hint, strnlen(failure->hint, ERR_HINT_SIZE));
	(void)!packet_send(w->sock, &p, sizeof(p), -1);
}

bool wire_has(const struct wire *w, enum msg_type type)
{
	for (uint32_t i = 0; i < wire_table_len; i++)
		if (wire_table[i].type == type)
			return enabled(w, &wire_table[i]);
	return false;
}

void wire_resume(struct wire *w, enum msg_type type)
{
	for (uint32_t i = 0; i < wire_table_len; i++)
		if (wire_table[i].type == type)
			w->next = i + 1;
}
