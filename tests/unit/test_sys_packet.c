/*
 * sys/packet: whole packets, at most one descriptor, and what a dead peer said last is still heard.
 */
#include <sys/socket.h>
#include <sys/stat.h>

#include "runtime/sys/packet.h"
#include "tests/unit/child.h"

static int pair[2];

static int setup(void **state)
{
	(void)state;
	return packet_pair(pair);
}

static int teardown(void **state)
{
	(void)state;
	close(pair[0]);
	close(pair[1]);
	return 0;
}

static void test_plain(void **state)
{
	char buf[16];
	int fd = 99;

	(void)state;
	assert_true(fcntl(pair[0], F_GETFD) & FD_CLOEXEC);
	assert_true(fcntl(pair[1], F_GETFD) & FD_CLOEXEC);
	assert_int_equal(packet_send(pair[0], "abc", 3, -1), 0);
	assert_int_equal(packet_send(pair[0], "defg", 4, -1), 0);
	assert_int_equal(packet_recv(pair[1], buf, sizeof(buf), &fd), 3);
	assert_int_equal(fd, -1);
	assert_int_equal(packet_recv(pair[1], buf, sizeof(buf), NULL), 4);
	assert_memory_equal(buf, "defg", 4);
}

static void test_descriptor(void **state)
{
	AUTO(close_fd) int got = -1;
	struct stat a, b;
	char buf[4];

	(void)state;
	assert_int_equal(packet_send(pair[0], "x", 1, pair[0]), 0);
	assert_int_equal(packet_recv(pair[1], buf, sizeof(buf), &got), 1);
	assert_true(got > 2 && got != pair[0]);
	assert_true(fcntl(got, F_GETFD) & FD_CLOEXEC);
	fstat(pair[0], &a);
	fstat(got, &b);
	assert_true(a.st_ino == b.st_ino && a.st_dev == b.st_dev);
}

/* The lowest free descriptor: the same before and after means that nothing leaked. */
static int lowest_free(void)
{
	int fd = dup(STDERR_FILENO);

	close(fd);
	return fd;
}

static void test_unwanted_descriptors(void **state)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(2 * sizeof(int))];
	} control = {0};
	char byte = 'x', buf[4];
	struct iovec iov = {&byte, 1};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control.buf,
			     .msg_controllen = sizeof(control.buf)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	int free_before = lowest_free(), fd = 77;

	(void)state;
	assert_int_equal(packet_send(pair[0], "x", 1, 2), 0);
	assert_int_equal(packet_recv(pair[1], buf, sizeof(buf), NULL), 1);
	assert_int_equal(lowest_free(), free_before);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(2 * sizeof(int));
	memcpy(CMSG_DATA(c), pair, sizeof(pair));
	assert_int_equal(sendmsg(pair[0], &msg, 0), 1);
	assert_int_equal(packet_recv(pair[1], buf, sizeof(buf), &fd), -EMSGSIZE);
	assert_int_equal(fd, 77);
	assert_int_equal(lowest_free(), free_before);
}

static void test_too_long(void **state)
{
	int free_before = lowest_free(), fd = 77;
	char buf[4];

	(void)state;
	assert_int_equal(packet_send(pair[0], "abcdef", 6, 2), 0);
	assert_int_equal(packet_recv(pair[1], buf, sizeof(buf), &fd), -EMSGSIZE);
	assert_int_equal(fd, 77);
	assert_int_equal(lowest_free(), free_before);
}

static void test_end(void **state)
{
	char buf[4];

	(void)state;
	close(pair[0]);
	assert_int_equal(packet_recv(pair[1], buf, sizeof(buf), NULL), 0);
	assert_int_equal(packet_send(pair[1], "x", 1, -1), -EPIPE); /* and no SIGPIPE */
}

static void test_last_words(void **state)
{
	char buf[8];

	(void)state;
	/* The peer leaves with a packet of ours unread: ECONNRESET comes before its words. */
	assert_int_equal(packet_send(pair[1], "unread", 6, -1), 0);
	assert_int_equal(packet_send(pair[0], "bye", 3, -1), 0);
	close(pair[0]);
	assert_int_equal(packet_recv(pair[1], buf, sizeof(buf), NULL), 3);
	assert_memory_equal(buf, "bye", 3);
	assert_int_equal(packet_recv(pair[1], buf, sizeof(buf), NULL), 0);
}

static void test_send_after_reset(void **state)
{
	char buf[8];

	(void)state;
	assert_int_equal(packet_send(pair[1], "unread", 6, -1), 0);
	assert_int_equal(packet_send(pair[0], "bye", 3, -1), 0);
	close(pair[0]);
	assert_int_equal(packet_send(pair[1], "x", 1, -1), -EPIPE);
	assert_int_equal(packet_recv(pair[1], buf, sizeof(buf), NULL), 3);
}

int main(void)
{
#define PACKET(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		PACKET(test_plain),
		PACKET(test_descriptor),
		PACKET(test_unwanted_descriptors),
		PACKET(test_too_long),
		PACKET(test_end),
		PACKET(test_last_words),
		PACKET(test_send_after_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
