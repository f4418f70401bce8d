/*
 * Any packets from the other end of the handshake, which may be a container's own program by then.
 * The first byte says who listens and what for, the second which rows there are; then packets, each
 * behind its length in two bytes, of which the highest bit passes a descriptor along.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

#include "runtime/sys/packet.h"
#include "runtime/wire/wire.h"

#include "fuzz.h"

enum { PACKETS_MAX = 16 };

/* The other end says everything and goes. */
static void say(int sock, int null, const uint8_t *data, size_t size)
{
	for (int i = 0; i < PACKETS_MAX && size >= 2; i++) {
		size_t n = ((data[0] & 0x7fU) << 8 | data[1]);
		int fd = data[0] & 0x80 ? null : -1;

		data += 2;
		size -= 2;
		n = n < size ? n : size;
		if (n > 0 && packet_send(sock, data, n, fd) < 0)
			break;
		data += n;
		size -= n;
	}
	shutdown(sock, SHUT_RDWR);
}

/* Listens as the table has it, until the conversation ends one way or another. */
static void listen_to(struct wire *w)
{
	while (w->next < wire_table_len) {
		const struct wire_row *row = &wire_table[w->next];
		AUTO(close_fd) int fd = -1;
		struct err e = rubbish();
		uint32_t before = w->next;

		if (row->when != ROW_ALWAYS && !(w->rows & row->when)) {
			w->next++;
			continue;
		}
		if (row->from == w->end) {
			w->next++; /* as if it had been said */
			continue;
		}
		if (failed(wire_expect(w, row->type, &fd, &e), &e)) {
			DEMAND(fd == -1 && w->next == before);
			return;
		}
		DEMAND((fd >= 0) == row->carries_fd && w->next > before);
	}
}

/* The lowest free descriptor. */
static int next_free(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	DEMAND(fd >= 0);
	close(fd);
	return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(close_fd) int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	AUTO(close_fd) int here = -1;
	AUTO(close_fd) int there = -1;
	struct err e = rubbish();
	int pair[2], free_before, r;
	struct wire w;

	if (size < 2 || packet_pair(pair) < 0)
		return 0;
	here = pair[0];
	there = pair[1];
	w = (struct wire){
		.sock = here, .end = data[0] & 0x80 ? WIRE_INIT : WIRE_HOST, .rows = data[1]};
	free_before = next_free();
	say(there, null, data + 2, size - 2);
	if (data[0] & 0x40) {
		r = wire_expect_eof(&w, &e);
		DEMAND(r <= 0);
		failed(r, &e);
	} else {
		listen_to(&w);
	}
	/* no descriptor that came along is left open */
	DEMAND(next_free() == free_before);
	return 0;
}
