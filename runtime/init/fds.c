/*
 * The descriptors of init: which are kept, which are scratch.
 *
 * owns:     sweeping, the limit on open files while the slots are full
 * may use:  close_range(2), prlimit(2)
 * must not: close the wire or what the caller wants preserved
 *
 * Numbers, from low to high:
 *
 *     0-2, preserved | slots | scratch
 *                    ^       ^
 *                fds_first  fds_base
 *
 * A scratch descriptor is not closed by whoever opened it: a close(2) for each would be a quarter
 * of all system calls. They are close-on-exec, and one close_range(2) ends them when the numbers
 * have climbed. What lives longer but was opened late (the console, procfs, the covers) has a field
 * in struct init and is left out of the sweep, as are the wire and the start socket, wherever their
 * numbers are.
 */
#include <sys/resource.h>

#include "runtime/base/cleanup.h"
#include "runtime/init/init.h"
#include "runtime/sys/kernel.h"

enum {
	SCRATCH_MAX = 64, /* so many may be open before they are swept */
	FDS_SPARE = 128,  /* what is needed beside the slots: scratch and one operation's own */
	FDS_USUAL = 1024, /* the usual soft limit; less than a quarter of it needs no look */
};

static void close_from(int first, int last)
{
	/* fails for nonsense only */
	if (first <= last)
		(void)!kernel_close_range((unsigned int)first, (unsigned int)last, 0);
}

void fds_setup(struct init *s)
{
	const struct op *ops = plan_ops(s->plan);

	s->fds_first = 3;
	for (uint32_t i = 0; i < s->plan->op_count; i++)
		if (ops[i].kind == OP_FDS)
			s->fds_first = (int)ops[i].fds.keep;
	s->fds_base = s->fds_first;
	s->fds_top = s->fds_first - 1;
}

int fds_scratch(struct init *s, int fd)
{
	if (fd > s->fds_top)
		s->fds_top = fd;
	return fd;
}

/* Closes everything from base on but the kept descriptors. */
static void sweep(struct init *s)
{
	const int kept[] = {s->wire.sock,  s->start,       s->enter,     s->root,
			    s->proc,       s->console,     s->null.tree, s->null.spare,
			    s->empty.tree, s->empty.spare, s->hook_out,  s->hook_err,
			    s->time};
	int from = s->fds_base;

	/* what waits to be taken over; nothing else is as far down */
	if (*s->trees && from <= s->trees_top)
		from = s->trees_top + 1;
	for (;;) {
		int next = INT_MAX;

		for (size_t i = 0; i < ARRAY_LEN(kept); i++)
			if (kept[i] >= from && kept[i] < next)
				next = kept[i];
		if (next == INT_MAX)
			break;
		close_from(from, next - 1);
		from = next + 1;
	}
	close_from(from, INT_MAX);
	s->fds_top = from - 1;
	target_mounted(s, NULL);
	s->cwd = -1;
}

void fds_tidy(struct init *s)
{
	if (s->fds_top - s->fds_base >= SCRATCH_MAX)
		sweep(s);
}

int fds_make_room(struct init *s, struct err *e)
{
	uint64_t want = (uint64_t)s->fds_first + s->plan->slots + FDS_SPARE;
	struct rlimit now;

	if (want <= FDS_USUAL / 4)
		return 0;
	if (prlimit(0, RLIMIT_NOFILE, NULL, &now) < 0)
		return err_sys(e, ERR_SYSTEM, -errno, "get RLIMIT_NOFILE");
	if (want <= now.rlim_cur)
		return 0;
	if (want > now.rlim_max) {
		err_sys(e, ERR_SYSTEM, -EMFILE, "hold %u bind mounts open", s->plan->slots);
		return err_hint(e, -EMFILE, "the hard RLIMIT_NOFILE is %llu, %llu are needed",
				(unsigned long long)now.rlim_max, (unsigned long long)want);
	}
	s->nofile = now.rlim_cur;
	now.rlim_cur = want;
	if (prlimit(0, RLIMIT_NOFILE, &now, NULL) < 0)
		return err_sys(e, ERR_SYSTEM, -errno, "raise RLIMIT_NOFILE");
	s->nofile_raised = true;
	return 0;
}

void fds_slots_done(struct init *s)
{
	struct rlimit limit;

	if (!s->nofile_raised)
		return;
	/* the slots are attached: their numbers must be free again below the old limit */
	s->fds_base = s->fds_first;
	sweep(s);
	s->nofile_raised = false;
	if (prlimit(0, RLIMIT_NOFILE, NULL, &limit) < 0)
		return;
	limit.rlim_cur = s->nofile;
	/* lowering one's own soft limit cannot fail */
	prlimit(0, RLIMIT_NOFILE, &limit, NULL);
}

void fds_close_all(struct init *s)
{
	s->root = s->proc = s->console = -1;
	s->null = s->empty = (struct cover){.tree = -1, .spare = -1};
	s->fds_base = s->fds_first;
	sweep(s);
}
