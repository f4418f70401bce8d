/*
 * wire: both ends walk the table; anything else than the next row is an error that names both, and
 * the error of the other end is heard wherever it comes.
 */
#include <sys/stat.h>

#include "runtime/sys/packet.h"
#include "runtime/wire/wire.h"
#include "tests/unit/child.h"

static const uint32_t all_rows = ROW_MAPPED | ROW_HOOKS | ROW_CONSOLE | ROW_LISTENER | ROW_BORN;
static struct wire host, init;
static struct err e;

static void begin(uint32_t rows)
{
	int pair[2];

	assert_int_equal(packet_pair(pair), 0);
	host = (struct wire){.sock = pair[0], .end = WIRE_HOST, .rows = rows};
	init = (struct wire){.sock = pair[1], .end = WIRE_INIT, .rows = rows};
	memset(&e, 0, sizeof(e));
}

static void end(void)
{
	close(host.sock);
	close(init.sock);
}

/* Walks the whole table, as the two programs do. */
static void walk(uint32_t rows)
{
	begin(rows);
	for (uint32_t i = 0; i < wire_table_len; i++) {
		const struct wire_row *row = &wire_table[i];
		struct wire *from = row->from == WIRE_HOST ? &host : &init;
		struct wire *to = row->from == WIRE_HOST ? &init : &host;
		int fd = -1;

		assert_int_equal(wire_has(&host, row->type), (row->when & rows) == row->when);
		if (!wire_has(&host, row->type))
			continue;
		assert_int_equal(wire_send(from, row->type, row->carries_fd ? 2 : -1, &e), 0);
		assert_int_equal(wire_expect(to, row->type, row->carries_fd ? &fd : NULL, &e), 0);
		assert_int_equal(fd >= 0, row->carries_fd);
		if (fd >= 0)
			close(fd);
	}
	close(init.sock);
	assert_int_equal(wire_expect_eof(&host, &e), 0);
	close(host.sock);
}

static void test_every_subset(void **state)
{
	(void)state;
	for (uint32_t rows = 0; rows <= all_rows; rows++)
		walk(rows);
}

static void test_table(void **state)
{
	static const enum msg_type order[] = {MSG_BORN,   MSG_MAPPED,   MSG_HOOKS,
					      MSG_HOOKED, MSG_CONSOLE,  MSG_READY,
					      MSG_START,  MSG_LISTENER, MSG_TAKEN};

	(void)state;
	assert_int_equal(wire_table_len, ARRAY_LEN(order));
	for (uint32_t i = 0; i < wire_table_len; i++)
		assert_int_equal(wire_table[i].type, order[i]);
	for (uint32_t i = 0; i < MSG_COUNT; i++)
		assert_non_null(msg_names[i]);
}

static void test_wrong_turn(void **state)
{
	(void)state;
	begin(ROW_MAPPED);
	assert_int_equal(wire_send(&init, MSG_READY, -1, &e), -EINVAL);
	assert_int_equal(e.code, ERR_PROTOCOL);
	assert_non_null(strstr(e.text, "READY"));
	assert_non_null(strstr(e.text, "MAPPED"));
	assert_int_equal(wire_send(&init, MSG_MAPPED, -1, &e), -EINVAL);
	assert_int_equal(wire_expect(&host, MSG_READY, NULL, &e), -EINVAL);
	end();
}

static void test_wrong_message(void **state)
{
	const uint32_t listener = MSG_LISTENER, nonsense = 4711;

	(void)state;
	begin(0);
	assert_int_equal(packet_send(init.sock, &listener, sizeof(listener), -1), 0);
	assert_int_equal(wire_expect(&host, MSG_READY, NULL, &e), -EINVAL);
	assert_int_equal(e.code, ERR_PROTOCOL);
	assert_non_null(strstr(e.text, "READY"));
	assert_non_null(strstr(e.text, "LISTENER"));
	assert_int_equal(packet_send(init.sock, &nonsense, sizeof(nonsense), -1), 0);
	assert_int_equal(wire_expect(&host, MSG_READY, NULL, &e), -EINVAL);
	assert_int_equal(packet_send(init.sock, "x", 1, -1), 0);
	assert_int_equal(wire_expect(&host, MSG_READY, NULL, &e), -EINVAL);
	assert_int_equal(e.code, ERR_PROTOCOL);
	assert_int_equal(packet_send(init.sock, &(uint32_t){MSG_FAIL}, 4, -1), 0);
	assert_int_equal(wire_expect(&host, MSG_READY, NULL, &e), -EINVAL);
	assert_int_equal(wire_send(&init, MSG_READY, -1, &e), 0);
	assert_int_equal(wire_expect(&host, MSG_READY, NULL, &e), 0); /* the cursor stayed */
	end();
}

static void test_descriptors(void **state)
{
	const uint32_t ready = MSG_READY, console = MSG_CONSOLE;
	int fd = 77;

	(void)state;
	begin(ROW_CONSOLE);
	assert_int_equal(wire_send(&init, MSG_CONSOLE, -1, &e), -EINVAL);
	assert_int_equal(e.code, ERR_INTERNAL);
	assert_int_equal(packet_send(init.sock, &console, sizeof(console), -1), 0);
	assert_int_equal(wire_expect(&host, MSG_CONSOLE, &fd, &e), -EINVAL);
	assert_int_equal(e.code, ERR_PROTOCOL);
	end();
	begin(0);
	assert_int_equal(packet_send(init.sock, &ready, sizeof(ready), 2), 0);
	assert_int_equal(wire_expect(&host, MSG_READY, &fd, &e), -EINVAL);
	assert_int_equal(e.code, ERR_PROTOCOL);
	assert_int_equal(fd, 77);
	end();
}

static void make_failure(struct err *f)
{
	(void)err_sys(f, ERR_MOUNT, -EACCES, "attach '/proc'");
	(void)err_at(f, 0, "/mounts/3");
	(void)err_hint(f, 0, "do this");
	f->line = 41;
	f->column = 7;
}

static void assert_failure(int r)
{
	assert_int_equal(r, -EACCES);
	assert_int_equal(e.code, ERR_MOUNT);
	assert_int_equal(e.num, EACCES);
	assert_int_equal(e.line, 41);
	assert_int_equal(e.column, 7);
	assert_string_equal(e.text, "attach '/proc'");
	assert_string_equal(e.pointer, "/mounts/3");
	assert_string_equal(e.hint, "do this");
}

static void test_fail(void **state)
{
	struct err f;

	(void)state;
	make_failure(&f);
	begin(all_rows);
	wire_fail(&init, &f);
	wire_resume(&host, MSG_MAPPED);
	assert_failure(wire_expect(&host, MSG_HOOKS, NULL, &e));
	wire_fail(&init, &f);
	assert_failure(wire_expect_eof(&host, &e));
	wire_fail(&host, &f);
	wire_resume(&init, MSG_BORN);
	assert_failure(wire_expect(&init, MSG_MAPPED, NULL, &e));
	end();
}

/* Init failed and is gone when the host sends: the host reports why. */
static void test_fail_while_sending(void **state)
{
	struct err f;

	(void)state;
	make_failure(&f);
	begin(ROW_MAPPED);
	wire_fail(&init, &f);
	close(init.sock);
	assert_failure(wire_send(&host, MSG_MAPPED, -1, &e));
	close(host.sock);

	begin(ROW_MAPPED);
	assert_int_equal(wire_send(&host, MSG_MAPPED, -1, &e), 0); /* never read */
	wire_resume(&init, MSG_MAPPED);
	assert_int_equal(wire_send(&init, MSG_READY, -1, &e), 0);
	wire_fail(&init, &f);
	close(init.sock);
	wire_resume(&host, MSG_READY);
	assert_failure(wire_send(&host, MSG_START, -1, &e));
	close(host.sock);
}

static void test_gone(void **state)
{
	(void)state;
	begin(ROW_MAPPED);
	close(init.sock);
	assert_int_equal(wire_send(&host, MSG_MAPPED, -1, &e), -EPIPE);
	assert_int_equal(e.code, ERR_PROTOCOL);
	wire_resume(&host, MSG_MAPPED);
	assert_int_equal(wire_expect(&host, MSG_READY, NULL, &e), -EPIPE);
	assert_int_equal(e.code, ERR_PROTOCOL);
	assert_non_null(strstr(e.text, "READY"));
	assert_int_equal(wire_expect_eof(&host, &e), 0);
	close(host.sock);
}

static void test_talks_instead_of_ending(void **state)
{
	(void)state;
	begin(0);
	assert_int_equal(wire_send(&init, MSG_READY, -1, &e), 0);
	assert_int_equal(wire_expect_eof(&host, &e), -EINVAL);
	assert_non_null(strstr(e.text, "READY"));
	end();
}

/* A hostile init: no field of its error is believed. */
static void test_hostile_fail(void **state)
{
	struct {
		uint32_t type;
		struct err f;
	} p;

	(void)state;
	begin(0);
	memset(&p, 'A', sizeof(p));
	p.type = MSG_FAIL;
	p.f.num = -5;
	assert_int_equal(packet_send(init.sock, &p, sizeof(p), 2), 0);
	assert_int_equal(wire_expect(&host, MSG_READY, NULL, &e), -EINVAL);
	assert_int_equal(e.code, ERR_PROTOCOL);
	assert_int_equal(e.num, 0);
	assert_int_equal(strlen(e.text), ERR_TEXT_SIZE - 1);
	assert_int_equal(strlen(e.pointer), ERR_POINTER_SIZE - 1);
	assert_int_equal(strlen(e.hint), ERR_HINT_SIZE - 1);
	p.f.num = 1000000;
	p.f.code = ERR_NONE;
	assert_int_equal(packet_send(init.sock, &p, sizeof(p), -1), 0);
	assert_int_equal(wire_expect(&host, MSG_READY, NULL, &e), -EINVAL);
	assert_int_equal(e.num, 0);
	assert_int_equal(e.code, ERR_PROTOCOL);
	end();
}

/* Nothing of init's stack goes out behind the texts. */
static void test_fail_leaks_nothing(void **state)
{
	unsigned char raw[4096];
	struct err f;
	ssize_t n;

	(void)state;
	begin(0);
	memset(&f, 0x5a, sizeof(f));
	(void)err_set(&f, ERR_EXEC, "short");
	wire_fail(&init, &f);
	n = packet_recv(host.sock, raw, sizeof(raw), NULL);
	assert_int_equal(n, sizeof(uint32_t) + sizeof(struct err));
	for (ssize_t i = 0; i < n; i++)
		assert_int_not_equal(raw[i], 0x5a);
	end();
}

static void test_resume(void **state)
{
	(void)state;
	begin(ROW_MAPPED | ROW_LISTENER);
	wire_resume(&host, MSG_START);
	wire_resume(&init, MSG_START);
	assert_int_equal(wire_send(&init, MSG_LISTENER, 2, &e), 0);
	assert_int_equal(wire_expect(&host, MSG_LISTENER, &(int){-1}, &e), 0);
	assert_int_equal(wire_send(&host, MSG_TAKEN, -1, &e), 0);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_subset),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_wrong_turn),
		cmocka_unit_test(test_wrong_message),
		cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_fail),
		cmocka_unit_test(test_fail_while_sending),
		cmocka_unit_test(test_gone),
		cmocka_unit_test(test_hostile_fail),
		cmocka_unit_test(test_fail_leaks_nothing),
		cmocka_unit_test(test_resume),
		cmocka_unit_test(test_talks_instead_of_ending),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
