/*
 * What the process may use: OOM score, resource limits, umask, CPUs.
 *
 * owns:     oom score, rlimit, umask, affinity
 * may use:  sys/process, prlimit(2)
 * must not: clamp: a limit that cannot be set is an error that says why
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/oom.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "runtime/base/fmt.h"
#include "runtime/base/io.h"
#include "runtime/base/names.h"
#include "runtime/init/init.h"
#include "runtime/sys/process.h"

static int write_score(int fd, int score)
{
	char text[24];
	const size_t n = fmt_buf(text, sizeof(text), "%d", score);

	return io_write_all(fd, text, n);
}

/* The lowest score that the kernel takes of us. It is told nowhere, but we fail anyway: so by
 * trial. */
static int lowest_score(int fd)
{
	int refused = OOM_SCORE_ADJ_MIN - 1, taken = OOM_SCORE_ADJ_MAX;

	while (taken - refused > 1) {
		const int score = (taken + refused) / 2;

		if (write_score(fd, score) < 0)
			refused = score;
		else
			taken = score;
	}
	return taken;
}

int run_oom_score(struct init *s, const struct op *op, struct err *e)
{
	const int score = (int)op->number.v;
	int proc = init_procfs(s, ERR_PROCESS, e), fd, r;

	if (proc < 0)
		return proc;
	fd = init_open_own(s, proc, "oom_score_adj", O_WRONLY);
	r = fd < 0 ? fd : write_score(fd, score);
	if (r == 0)
		return 0;
	err_sys(e, ERR_PROCESS, r, "set oomScoreAdj to %d", score);
	if (fd >= 0 && (r == -EACCES || r == -EPERM))
		err_hint(e, r,
			 "%d is the lowest for the caller; to go below it needs CAP_SYS_RESOURCE "
			 "on the host",
			 lowest_score(fd));
	return r;
}

int run_rlimit(struct init *s, const struct op *op, struct err *e)
{
	const struct rlimit want = {.rlim_cur = op->rlimit.soft, .rlim_max = op->rlimit.hard};
	const char *name = names_name(NAMES(rlimit_names), op->rlimit.resource);
	struct rlimit now;
	int r;

	(void)s;
	if (prlimit(0, op->rlimit.resource, &want, NULL) == 0)
		return 0;
	r = err_sys(e, ERR_RLIMIT, -errno, "set %s to %llu:%llu", name ? name : "rlimit",
		    (unsigned long long)want.rlim_cur, (unsigned long long)want.rlim_max);
	if (r == -EPERM && prlimit(0, op->rlimit.resource, NULL, &now) == 0)
		err_hint(e, r,
			 "the hard limit of the caller is %llu; to raise it needs CAP_SYS_RESOURCE "
			 "on the host",
			 (unsigned long long)now.rlim_max);
	return r;
}

int run_umask(struct init *s, const struct op *op, struct err *e)
{
	const uint32_t now = init_umask(s);

	(void)e;
	if (now != (uint32_t)op->number.v)
		umask((mode_t)op->number.v);
	return 0;
}

int run_affinity(struct init *s, const struct op *op, struct err *e)
{
	const struct pref mask = op->affinity.mask;
	int r = process_set_affinity(plan_blob(s->plan, mask.off), mask.n);

	return r < 0 ? err_sys(e, ERR_PROCESS, r, "run on these CPUs only") : 0;
}
