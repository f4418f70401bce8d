/*
 * The file that init is executed from.
 *
 * owns:     the bytes of init, the segment of the plan
 * may use:  base, the plan
 * must not: know what becomes of it
 */
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "runtime/base/io.h"
#include "runtime/host/image.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

/* Made by the linker, see Makefile. */
extern const char init_blob_start[], init_blob_end[];

/*
 * The program header (elf(5)) of the last segment to be loaded: init is linked with an empty one
 * for the plan behind all others. Returns where it is in init.
 */
static size_t last_segment(ElfW(Phdr) * ret)
{
	ElfW(Ehdr) elf;
	ElfW(Phdr) header;
	size_t at = 0;

	memcpy(&elf, init_blob_start, sizeof(elf)); /* which is not aligned */
	for (size_t i = 0; i < elf.e_phnum; i++) {
		const size_t here = elf.e_phoff + i * sizeof(header);

		memcpy(&header, init_blob_start + here, sizeof(header));
		if (header.p_type != PT_LOAD)
			continue;
		*ret = header;
		at = here;
	}
	return at;
}

static struct iovec piece(const void *data, size_t size)
{
	return (struct iovec){.iov_base = (void *)(uintptr_t)data, .iov_len = size};
}

/* init with the header of the segment corrected; then, from the next page on, the plan. */
static int fill(int fd, const struct plan *p)
{
	const size_t size = (size_t)(init_blob_end - init_blob_start);
	const size_t page = (size_t)sysconf(_SC_PAGESIZE), gap = -size & (page - 1);
	const int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
	ElfW(Phdr) segment;
	const size_t at = last_segment(&segment), rest = at + sizeof(segment);
	struct iovec parts[] = {
		piece(init_blob_start, at),
		piece(&segment, sizeof(segment)),
		piece(init_blob_start + rest, size - rest),
		piece(init_blob_start, gap), /* nobody reads it */
		piece(p, p->size),
	};
	int r;

	segment.p_offset = size + gap;
	segment.p_filesz = segment.p_memsz = p->size;
	r = io_writev_all(fd, parts, ARRAY_LEN(parts));
	return r == 0 && fcntl(fd, F_ADD_SEALS, seals) < 0 ? -errno : r;
}

int image_make(const struct plan *p, struct err *e)
{
	const unsigned int flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	AUTO(close_fd) int fd = memfd_create("init", flags | MFD_EXEC);
	int r = 0;

	/* Kernels before 6.3 do not know the flag, and need none. */
	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("init", flags);
	if (fd < 0) {
		r = -errno;
		err_sys(e, ERR_HOST, r, "make a memory file for init");
		return r == -EACCES ? err_hint(e, r, "sysctl vm.memfd_noexec=2 forbids it") : r;
	}
	r = fill(fd, p);
	return r < 0 ? err_sys(e, ERR_HOST, r, "fill the memory file for init") : take_fd(&fd);
}
