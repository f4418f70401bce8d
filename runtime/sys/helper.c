/*
 * A helper program from its start to its end.
 *
 * owns:     the memory files that are its stdin and stderr
 * may use:  base, sys
 * must not: word errors; allocate (init runs helpers too)
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "runtime/base/io.h"
#include "runtime/sys/helper.h"
#include "runtime/sys/process.h"

static int input_file(const struct helper_run *h)
{
	AUTO(close_fd) int fd = memfd_create("stdin", MFD_CLOEXEC);
	int r = fd < 0 ? -errno : 0;

	for (size_t i = 0; i < HELPER_INPUTS && r == 0; i++)
		if (h->input[i])
			r = io_write_all(fd, h->input[i], strlen(h->input[i]));
	if (r == 0 && lseek(fd, 0, SEEK_SET) < 0)
		r = -errno;
	return r < 0 ? r : take_fd(&fd);
}

/* Nobody here handles signals: an interrupted wait that starts anew is longer by nothing. */
static int wait_end(int pidfd, int64_t seconds)
{
	const struct timespec limit = {.tv_sec = (time_t)seconds};
	struct pollfd end = {.fd = pidfd, .events = POLLIN};
	int r;

	if (!seconds)
		return 1;
	do
		r = ppoll(&end, 1, &limit, NULL);
	while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : r;
}

static void read_said(int fd, struct ended *ret)
{
	char text[2 * ENDED_SAID_SIZE];
	struct stat st;
	ssize_t n;

	/* Whoever still holds it finds no room from now on: it would be memory for nothing. */
	(void)!fcntl(fd, F_ADD_SEALS, F_SEAL_GROW);
	if (fstat(fd, &st) < 0)
		return;
	n = pread(fd, text, sizeof(text),
		  st.st_size > (off_t)sizeof(text) ? st.st_size - (off_t)sizeof(text) : 0);
	if (n > 0)
		ended_said(ret, text, (size_t)n);
}

int helper_run(const struct helper_run *h, struct ended *ret)
{
	AUTO(close_fd) int in = input_file(h);
	AUTO(close_fd) int err = -1;
	AUTO(close_fd) int pidfd = -1;
	struct ended x = {0};
	int r;

	if (in < 0)
		return in;
	if (h->err < 0) {
		err = memfd_create("stderr", MFD_CLOEXEC | MFD_ALLOW_SEALING);
		if (err < 0)
			return -errno;
	}
	r = process_spawn(&(struct process_spawn){.path = h->path,
						  .argv = h->argv,
						  .envp = h->envp,
						  .dir = h->dir,
						  .in = in,
						  .out = h->out,
						  .err = h->err < 0 ? err : h->err},
			  &pidfd);
	if (r < 0)
		return r;
	r = wait_end(pidfd, h->timeout);
	if (r <= 0) {
		x.timeout = h->timeout;
		(void)!process_signal(pidfd, SIGKILL);
	}
	r = process_wait(pidfd, &x.status);
	if (r < 0)
		return r;
	if (err >= 0)
		read_said(err, &x);
	*ret = x;
	return 0;
}
