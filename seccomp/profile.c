/*
 * From linux.seccomp to a filter, through libseccomp.
 *
 * owns:     what every property of a profile means
 * may use:  base, oci (types)
 * must not: load the filter: init does
 *
 * Where the specification is silent this follows runc, whose behaviour profiles are written for.
 */
#include "seccomp/seccomp.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "runtime/base/io.h"
#include "seccomp/enosys.h"
#include "seccomp/library.h"
#include "seccomp/names.h"

enum {
	ARG_COUNT = 6,
	/* from here on a binary tree beats a list of comparisons */
	TREE_FROM = 32,
};

/* One compilation under way. */
struct compiler {
	struct library lib;
	scmp_filter_ctx ctx;
	const struct spec_seccomp *profile;
	uint32_t default_action; /* with data */
	uint32_t archs[32];      /* SCMP_ARCH_* tokens, the native one first */
	size_t n_archs;
};

static void compiler_cleanup(struct compiler *c)
{
	if (c->ctx)
		c->lib.release(c->ctx);
}

/* The action with its data: errnoRet, EPERM unless it is given (config-linux.md). */
static int action_value(uint32_t *ret, uint32_t action, const struct opt_u32 *data,
			const char *property, struct err *e)
{
	const struct action_info *info = action_find(action);

	if (!info)
		return err_set(e, ERR_CONFIG_VALUE, "0x%x is no seccomp action", action);
	if (data->set && !info->data_max)
		return err_at(e, err_set(e, ERR_CONFIG_VALUE, "%s takes no errno", info->name),
			      "/%s", property);
	if (data->set && data->v > info->data_max)
		return err_at(e,
			      err_set(e, ERR_CONFIG_VALUE, "%u is too large for %s (at most %u)",
				      data->v, info->name, info->data_max),
			      "/%s", property);
	*ret = action | (data->set ? data->v : info->data_max ? EPERM : 0);
	return 0;
}

/* runc's rule: what could not work is refused, for init itself runs under the filter for a few
 * system calls and hands the listener over with sendmsg(2). */
static int check_notify(const struct spec_seccomp *s, bool *ret_listener, struct err *e)
{
	bool listener = false;

	if (s->listener_metadata && !s->listener_path)
		return err_at(e,
			      err_set(e, ERR_CONFIG_VALUE, "listenerMetadata without listenerPath"),
			      "/listenerMetadata");
	if (s->default_action == SECCOMP_RET_USER_NOTIF)
		return err_at(e,
			      err_set(e, ERR_CONFIG_VALUE,
				      "SCMP_ACT_NOTIFY cannot be the default action"),
			      "/defaultAction");
	for (size_t i = 0; i < s->syscalls.n; i++) {
		const struct spec_seccomp_rule *rule = &s->syscalls.v[i];

		if (rule->action != SECCOMP_RET_USER_NOTIF)
			continue;
		listener = true;
		for (size_t k = 0; k < rule->names.n; k++)
			if (strcmp(rule->names.v[k], "sendmsg") == 0)
				return err_at(e,
					      err_set(e, ERR_CONFIG_VALUE,
						      "SCMP_ACT_NOTIFY cannot be used for "
						      "sendmsg: it is what hands over the "
						      "listener"),
					      "/syscalls/%zu/names/%zu", i, k);
	}
	if (listener && !s->listener_path)
		return err_at(
			e, err_set(e, ERR_CONFIG_MISSING, "SCMP_ACT_NOTIFY needs a listenerPath"),
			"/listenerPath");
	*ret_listener = listener;
	return 0;
}

/* The flags of seccomp(2). None given: SPEC_ALLOW, as runc and crun have it. */
static int compile_flags(uint32_t *ret, const struct spec_seccomp *s, bool listener, struct err *e)
{
	const uint32_t implied = listener ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0;
	uint32_t flags = implied;

	if (!s->flags.n)
		flags |= SECCOMP_FILTER_FLAG_SPEC_ALLOW;
	for (size_t i = 0; i < s->flags.n; i++) {
		const struct flag_info *info = flag_find(s->flags.v[i]);

		if (!info)
			return err_at(e,
				      err_set(e, ERR_CONFIG_VALUE, "unknown seccomp flag '%s'",
					      s->flags.v[i]),
				      "/flags/%zu", i);
		if ((implied & info->only_along) == info->only_along)
			flags |= info->flag;
	}
	*ret = flags;
	return 0;
}

static int add_arch(struct compiler *c, const char *name, struct err *e)
{
	char lower[ARCH_NAME_SIZE];
	uint32_t token;
	int r;

	if (!arch_name(name, lower))
		return err_set(e, ERR_CONFIG_VALUE, "unknown seccomp architecture '%s'", name);
	token = c->lib.arch_resolve_name(lower);
	if (!token)
		return err_set(e, ERR_UNSUPPORTED, "this libseccomp does not know %s", name);
	r = c->lib.arch_add(c->ctx, token);
	if (r == -EEXIST) /* the native one always is there; naming one twice does no harm */
		return 0;
	if (r < 0)
		return err_sys(e, ERR_SECCOMP, r, "add architecture %s", name);
	if (c->n_archs < ARRAY_LEN(c->archs))
		c->archs[c->n_archs++] = token;
	return 0;
}

static int add_archs(struct compiler *c, struct err *e)
{
	c->archs[c->n_archs++] = c->lib.arch_native();
	for (size_t i = 0; i < c->profile->architectures.n; i++) {
		int r = add_arch(c, c->profile->architectures.v[i], e);

		if (r < 0)
			return err_at(e, r, "/architectures/%zu", i);
	}
	return 0;
}

static int convert_args(struct scmp_arg_cmp *ret, const struct spec_seccomp_rule *rule,
			bool *ret_repeated, struct err *e)
{
	uint32_t seen = 0;
	bool repeated = false;

	for (size_t i = 0; i < rule->args.n; i++) {
		const struct spec_seccomp_arg *arg = &rule->args.v[i];

		if (arg->index >= ARG_COUNT)
			return err_at(e,
				      err_set(e, ERR_CONFIG_VALUE,
					      "a system call has no argument %u", arg->index),
				      "/args/%zu/index", i);
		if (arg->op >= operator_table_len)
			return err_at(
				e,
				err_set(e, ERR_CONFIG_VALUE, "%u is no seccomp operator", arg->op),
				"/args/%zu/op", i);
		repeated |= seen >> arg->index & 1;
		seen |= 1U << arg->index;
		ret[i] = (struct scmp_arg_cmp){
			.arg = arg->index,
			.op = operator_table[arg->op].scmp,
			.datum_a = arg->value,
			.datum_b = arg->value_two,
		};
	}
	*ret_repeated = repeated;
	return 0;
}

static int add_rule(struct compiler *c, struct arena *a, const struct spec_seccomp_rule *rule,
		    struct err *e)
{
	size_t n = rule->args.n;
	struct scmp_arg_cmp *args = arena_array(a, n + 1, sizeof(*args));
	uint32_t action;
	bool repeated = false;
	int r;

	r = action_value(&action, rule->action, &rule->errno_ret, "errnoRet", e);
	if (r < 0)
		return r;
	r = convert_args(args, rule, &repeated, e);
	if (r < 0)
		return r;
	if (action == c->default_action) /* libseccomp refuses what changes nothing */
		return 0;
	for (size_t i = 0; i < rule->names.n; i++) {
		int nr = c->lib.syscall_resolve_name(rule->names.v[i]);

		if (nr == __NR_SCMP_ERROR)
			continue;
		/* Conditions are joined by "and", but libseccomp takes one condition for each
		 * argument only. Two on one argument have always meant "or" in runc, and
		 * profiles rely on that: one rule for each condition. */
		for (size_t k = 0; k < (repeated ? n : 1) && r == 0; k++)
			r = c->lib.rule_add_array(c->ctx, action, nr, repeated ? 1 : n, args + k);
		if (r < 0)
			return err_at(e,
				      err_sys(e, ERR_SECCOMP, r, "seccomp rule for '%s'",
					      rule->names.v[i]),
				      "/names/%zu", i);
	}
	return 0;
}

static int add_rules(struct compiler *c, struct arena *a, struct err *e)
{
	size_t names = 0;

	for (size_t i = 0; i < c->profile->syscalls.n; i++)
		names += c->profile->syscalls.v[i].names.n;
	if (names > TREE_FROM) /* slower filters are no failure */
		(void)c->lib.attr_set(c->ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	for (size_t i = 0; i < c->profile->syscalls.n; i++) {
		int r = add_rule(c, a, &c->profile->syscalls.v[i], e);

		if (r < 0)
			return err_at(e, r, "/syscalls/%zu", i);
	}
	return 0;
}

/* The largest number that the profile names on this architecture, 0: none. */
static uint32_t last_syscall(const struct compiler *c, uint32_t token)
{
	int last = 0;

	for (size_t i = 0; i < c->profile->syscalls.n; i++) {
		const struct strings *names = &c->profile->syscalls.v[i].names;

		for (size_t k = 0; k < names->n; k++) {
			/* negative: unknown, or one that this architecture does not have */
			int nr = c->lib.syscall_resolve_name_arch(token, names->v[k]);

			last = nr > last ? nr : last;
		}
	}
	return last;
}

static size_t write_stub(const struct compiler *c, struct sock_filter *out)
{
	size_t n = 0;

	if (action_find(c->profile->default_action)->permissive ||
	    c->default_action == (SECCOMP_RET_ERRNO | ENOSYS))
		return 0;
	for (size_t i = 0; i < c->n_archs; i++) {
		uint32_t last = last_syscall(c, c->archs[i]);

		if (last)
			n += enosys_block(out + n, c->archs[i], last);
	}
	return n;
}

/* The stub, then what libseccomp made. */
static int export_filter(struct compiler *c, struct arena *a, struct seccomp_filter *ret,
			 struct err *e)
{
	AUTO(close_fd) int fd = memfd_create("seccomp", MFD_CLOEXEC);
	struct sock_filter *insns;
	struct stat st;
	size_t n;
	ssize_t got;
	int r;

	if (fd < 0)
		return err_sys(e, ERR_SECCOMP, -errno, "memfd_create");
	r = c->lib.export_bpf(c->ctx, fd);
	if (r < 0)
		return err_sys(e, ERR_SECCOMP, r, "export the seccomp filter");
	if (fstat(fd, &st) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return err_sys(e, ERR_SECCOMP, -errno, "read the seccomp filter");
	n = st.st_size / sizeof(*insns);
	insns = arena_array(a, n + c->n_archs * ENOSYS_BLOCK_MAX, sizeof(*insns));
	ret->n = write_stub(c, insns);
	got = io_read_full(fd, insns + ret->n, n * sizeof(*insns));
	if (got < 0 || (size_t)got != n * sizeof(*insns))
		return err_sys(e, ERR_SECCOMP, got < 0 ? (int)got : -EIO,
			       "read the seccomp filter");
	ret->n += n;
	ret->insns = insns;
	if (ret->n > BPF_MAXINSNS)
		return err_set(e, ERR_SECCOMP,
			       "the filter has %zu instructions, the kernel takes at most %u",
			       ret->n, BPF_MAXINSNS);
	return 0;
}

int seccomp_compile(struct seccomp_filter *ret, struct arena *a, const struct spec_seccomp *s,
		    struct err *e)
{
	AUTO(compiler) struct compiler c = {.profile = s};
	struct seccomp_filter filter = {0};
	int r;

	r = check_notify(s, &filter.listener, e);
	if (r < 0)
		return r;
	r = compile_flags(&filter.flags, s, filter.listener, e);
	if (r < 0)
		return r;
	r = action_value(&c.default_action, s->default_action, &s->default_errno_ret,
			 "defaultErrnoRet", e);
	if (r < 0)
		return r;
	r = library_open(&c.lib, e);
	if (r < 0)
		return r;
	c.ctx = c.lib.init(c.default_action);
	if (!c.ctx)
		return err_at(e, err_set(e, ERR_SECCOMP, "libseccomp refuses this default action"),
			      "/defaultAction");
	r = add_archs(&c, e);
	if (r < 0)
		return r;
	r = add_rules(&c, a, e);
	if (r < 0)
		return r;
	r = export_filter(&c, a, &filter, e);
	if (r < 0)
		return r;
	*ret = filter;
	return 0;
}
