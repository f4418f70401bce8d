/*
 * Hooks: the host's, that init waits for, and those that init runs itself.
 *
 * owns:     hooks, hook, hook output
 * may use:  base, sys/helper, wire
 * must not: leave a hook running
 *
 * A hook of init reads the pid "as seen by the container" (runtime.md "State"), which is our own.
 */
#include <sys/stat.h>

#include "runtime/base/fmt.h"
#include "runtime/init/init.h"
#include "runtime/sys/helper.h"
#include "runtime/sys/kernel.h"

int run_hooks(struct init *s, const struct op *op, struct err *e)
{
	int r = wire_send(&s->wire, MSG_HOOKS, -1, e);

	(void)op;
	return r < 0 ? r : wire_expect(&s->wire, MSG_HOOKED, NULL, e);
}

static int open_output(struct init *s, struct pref path, int *ret, struct err *e)
{
	const char *name = plan_str(s->plan, path);

	if (!path.off)
		return 0;
	*ret = open(name, O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY | O_CLOEXEC, 0600);
	return *ret < 0 ? err_sys(e, ERR_HOOK, -errno, "open '%s' for the output of hooks", name)
			: 0;
}

int run_hook_output(struct init *s, const struct op *op, struct err *e)
{
	int r = open_output(s, op->hook_output.out, &s->hook_out, e);

	return r < 0 ? r : open_output(s, op->hook_output.err, &s->hook_err, e);
}

int run_hook(struct init *s, const struct op *op, struct err *e)
{
	const struct op_hook *o = &op->hook;
	const char *path = plan_str(s->plan, o->path);
	const char *what = plan_str(s->plan, o->title);
	AUTO(close_fd) int null = -1;
	char pid[12];
	struct ended ended;
	mode_t own;
	int r;

	fmt_buf(pid, sizeof(pid), "%d", getpid());
	if (s->hook_out < 0) {
		null = open("/dev/null", O_WRONLY | O_NOCTTY | O_CLOEXEC);
		if (null < 0)
			return err_sys(e, ERR_HOOK, -errno, "%s: open /dev/null", what);
	}
	own = umask((mode_t)s->plan->umask);
	r = helper_run(&(struct helper_run){.path = path,
					    .argv = init_vector(s, o->argv),
					    .envp = o->process_env ? init_environment(s)
								   : init_vector(s, o->env),
					    .dir = o->dir.off ? plan_str(s->plan, o->dir) : NULL,
					    .input = {plan_str(s->plan, o->state_head), pid,
						      plan_str(s->plan, o->state_tail)},
					    .out = s->hook_out >= 0 ? s->hook_out : null,
					    .err = s->hook_err,
					    .timeout = o->timeout},
		       &ended);
	umask(own);
	if (r < 0)
		return err_sys(e, ERR_HOOK, r, "%s cannot be executed", what);
	return ended_check(&ended, e, ERR_HOOK, what);
}
