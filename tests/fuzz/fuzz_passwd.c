/*
 * Any bytes as the image's /etc/passwd, in which init looks for the HOME of a uid: the first two
 * bytes. What it finds is one line's field and no more.
 */
#include "runtime/init/op_home.c"

#include <sys/mman.h>

#include "fuzz.h"

static char pool[2 * LINE_MAX_SIZE];

void *init_alloc(struct init *s, size_t size)
{
	(void)s;
	DEMAND(size <= sizeof(pool));
	memset(pool, 0, sizeof(pool));
	return pool;
}

int fds_scratch(struct init *s, int fd)
{
	(void)s;
	return fd;
}

/* The same descriptor for all inputs. */
static int file_of(const uint8_t *data, size_t size)
{
	static int fd = -1;

	if (fd < 0)
		fd = memfd_create("passwd", MFD_CLOEXEC);
	DEMAND(fd >= 0 && ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0);
	DEMAND(write(fd, data, size) == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct init s;
	uint32_t uid;

	if (size < 2)
		return 0;
	uid = (uint32_t)(data[0] << 8 | data[1]);
	s.home = NULL;
	if (!look_up(&s, file_of(data + 2, size - 2), uid)) {
		DEMAND(!s.home);
		return 0;
	}
	DEMAND(s.home && !strncmp(s.home, "HOME=", 5));
	DEMAND(!strpbrk(s.home, ":\n") && strlen(s.home) < LINE_MAX_SIZE);
	return 0;
}
