/*
 * From linux.seccomp to a filter.
 *
 * owns:     what every property of a profile means, and the order of its architectures
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

#include "seccomp/library.h"
#include "seccomp/names.h"
#include "seccomp/tree.h"

/* One architecture of a filter. */
struct target {
	struct abi abi;
	struct numbers numbers;
	bool newer; /* numbers beyond the profile's last one get ENOSYS */
};

/* One compilation under way. */
struct compiler {
	struct library lib;
	const struct spec_seccomp *profile;
	struct verdict otherwise;  /* the default action, with data */
	struct target targets[32]; /* the native one first */
	size_t n_targets;
};

/* What libseccomp answers to system calls of an architecture that is not in the profile, too. */
static const struct verdict bad_arch = {.action = SECCOMP_RET_KILL_THREAD};

/* Of the calls that init makes under its own filter, those that it makes before anybody has the
 * listener: it would wait for ever. write(2) was runc's way, and profiles were written for that. */
static bool hands_over_listener(const char *name)
{
	static const char *const calls[] = {"sendmsg", "socketcall", "write"};

	for (size_t i = 0; i < ARRAY_LEN(calls); i++)
		if (strcmp(name, calls[i]) == 0)
			return true;
	return false;
}

static int check_notify_rule(const struct spec_seccomp_rule *rule, struct err *e)
{
	for (size_t i = 0; i < rule->names.n; i++) {
		const char *name = rule->names.v[i];

		if (!hands_over_listener(name))
			continue;
		err_set(e, ERR_CONFIG_VALUE, "SCMP_ACT_NOTIFY cannot be used for the %s syscall",
			name);
		return err_at(e,
			      err_hint(e, -EINVAL,
				       "the listener is handed over under the filter: nobody could "
				       "answer yet"),
			      "/names/%zu", i);
	}
	return 0;
}

static int check_listener(const struct spec_seccomp *s, bool listener, struct err *e)
{
	if (listener && !s->listener_path)
		return err_at(
			e, err_set(e, ERR_CONFIG_MISSING, "SCMP_ACT_NOTIFY needs a listenerPath"),
			"/listenerPath");
	if (s->listener_metadata && *s->listener_metadata && !s->listener_path)
		return err_at(e,
			      err_set(e, ERR_CONFIG_VALUE, "listenerMetadata without listenerPath"),
			      "/listenerMetadata");
	if (s->listener_path && s->listener_path[0] != '/')
		return err_at(e,
			      err_set(e, ERR_CONFIG_VALUE, "'%s' is not an absolute path",
				      s->listener_path),
			      "/listenerPath");
	return 0;
}

/* runc's rules: what could not work is refused. */
static int check_notify(const struct spec_seccomp *s, bool *ret_listener, struct err *e)
{
	bool listener = false;
	int r;

	if (s->default_action == SECCOMP_RET_USER_NOTIF)
		return err_at(e,
			      err_set(e, ERR_CONFIG_VALUE,
				      "SCMP_ACT_NOTIFY cannot be used as default action"),
			      "/defaultAction");
	for (size_t i = 0; i < s->syscalls.n; i++) {
		const struct spec_seccomp_rule *rule = &s->syscalls.v[i];

		if (rule->action != SECCOMP_RET_USER_NOTIF)
			continue;
		listener = true;
		r = check_notify_rule(rule, e);
		if (r < 0)
			return err_at(e, r, "/syscalls/%zu", i);
	}
	r = check_listener(s, listener, e);
	if (r == 0)
		*ret_listener = listener;
	return r;
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

/* --- architectures -----------------------------------------------------------------------------
 */

static bool has_arch(const struct compiler *c, uint32_t token)
{
	for (size_t i = 0; i < c->n_targets; i++)
		if (c->targets[i].abi.token == token)
			return true;
	return false;
}

static void add_token(struct compiler *c, uint32_t token)
{
	/* the native one is there already; naming one twice does no harm */
	if (!has_arch(c, token) && c->n_targets < ARRAY_LEN(c->targets))
		c->targets[c->n_targets++].abi = abi_of(&c->lib, token);
}

static int add_arch(struct compiler *c, const char *name, struct err *e)
{
	char lower[ARCH_NAME_SIZE];
	uint32_t token;

	if (!arch_name(name, lower))
		return err_set(e, ERR_CONFIG_VALUE, "unknown seccomp architecture '%s'", name);
	token = c->lib.arch_resolve_name(lower);
	if (!token)
		return err_set(e, ERR_UNSUPPORTED, "this libseccomp does not know %s", name);
	if (abi_of(&c->lib, token).big_endian != c->targets[0].abi.big_endian)
		return err_set(e, ERR_CONFIG_VALUE, "%s has another byte order than this machine",
			       name);
	add_token(c, token);
	return 0;
}

/* A profile that denies by default answers EPERM to a system call that it was written too early to
 * know. A libc that probes for a new system call falls back on ENOSYS alone and takes EPERM for the
 * truth, so programs break. runc therefore answers ENOSYS to every number above the largest one
 * that the profile names, and so do we. */
static bool denies_newer(const struct compiler *c)
{
	return !action_find(c->profile->default_action)->permissive &&
	       c->otherwise.action != (SECCOMP_RET_ERRNO | ENOSYS);
}

static int add_archs(struct compiler *c, struct arena *a, const struct clauses *clauses,
		     struct err *e)
{
	add_token(c, c->lib.arch_native());
	for (size_t i = 0; i < c->profile->architectures.n; i++) {
		int r = add_arch(c, c->profile->architectures.v[i], e);

		if (r < 0)
			return err_at(e, r, "/architectures/%zu", i);
	}
	for (size_t i = 0; i < c->n_targets; i++) {
		struct target *t = &c->targets[i];

		t->numbers = rules_of(a, clauses, &t->abi, &c->lib, c->otherwise.action);
		t->newer = t->numbers.last && denies_newer(c);
	}
	return 0;
}

/* Names that no architecture has; those of others have numbers too, if negative ones. */
static int check_names(const struct compiler *c, struct err *e)
{
	const struct spec_seccomp *s = c->profile;

	for (size_t i = 0; i < s->syscalls.n && s->fail_unknown; i++)
		for (size_t k = 0; k < s->syscalls.v[i].names.n; k++) {
			const char *name = s->syscalls.v[i].names.v[k];

			if (c->lib.syscall_resolve_name_arch(c->targets[0].abi.token, name) !=
			    __NR_SCMP_ERROR)
				continue;
			err_set(e, ERR_CONFIG_VALUE, "unknown system call '%s'", name);
			return err_at(e, -EINVAL, "/syscalls/%zu/names/%zu", i, k);
		}
	return 0;
}

/* --- the filter --------------------------------------------------------------------------------
 */

static const struct verdict not_there = {.action = SECCOMP_RET_ERRNO | ENOSYS};

/* All numbers from from on, as t has them; t NULL: the architecture is not in the filter. */
static void add_numbers(struct ranges *ranges, const struct compiler *c, uint32_t from,
			const struct target *t)
{
	ranges_add(ranges, from, t ? &c->otherwise : &bad_arch, NULL);
	if (!t)
		return;
	/* setup(2) of s390 stands for all numbers that its kernel does not know */
	if (t->newer && (t->abi.token == SCMP_ARCH_S390 || t->abi.token == SCMP_ARCH_S390X)) {
		ranges_add(ranges, 0, &not_there, NULL);
		ranges_add(ranges, 1, &c->otherwise, NULL);
	}
	for (size_t i = 0; i < t->numbers.n; i++) {
		const struct number *number = &t->numbers.v[i];

		ranges_add(ranges, number->nr, &number->verdict, &t->abi);
		ranges_add(ranges, number->nr + 1, &c->otherwise, NULL);
	}
	if (t->newer)
		ranges_add(ranges, t->numbers.last + 1, &not_there, NULL);
}

/* Numbers with the uppermost bit are no system calls. */
static void add_beyond(struct ranges *ranges, const struct compiler *c, uint32_t from,
		       const struct target *t)
{
	if (t)
		ranges_add(ranges, from, t->newer ? &not_there : &c->otherwise, NULL);
}

/* To the kernel, x86_64 and x32 are one architecture with two kinds of numbers. */
static void add_x86_64(struct ranges *ranges, const struct compiler *c, const struct target *x86_64,
		       const struct target *x32)
{
	const uint32_t x32_bit = X32_BIT;

	add_numbers(ranges, c, 0, x86_64);
	add_numbers(ranges, c, x32_bit, x32);
	if (x32 || (x86_64 && x86_64->newer))
		add_beyond(ranges, c, 2 * x32_bit, x86_64);
	if (x32)
		add_beyond(ranges, c, 3 * x32_bit, x32);
	else
		ranges_add(ranges, 3 * x32_bit, &bad_arch, NULL);
	/* a tracer's way to say that there is no call to be made */
	if (!x32)
		ranges_add(ranges, UINT32_MAX, &c->otherwise, NULL);
}

static const struct target *target_find(const struct compiler *c, uint32_t token)
{
	for (size_t i = 0; i < c->n_targets; i++)
		if (c->targets[i].abi.token == token)
			return &c->targets[i];
	return NULL;
}

/* The tree of all targets with the kernel's name of targets[i]; 0: another one has written it. */
static size_t write_target(const struct compiler *c, struct program *p, struct arena *a, size_t i)
{
	const struct target *t = &c->targets[i];
	const struct target *x32 = target_find(c, SCMP_ARCH_X32);
	const struct target *x86_64 = target_find(c, SCMP_ARCH_X86_64);
	size_t most = 2 * (t->numbers.n + (x32 ? x32->numbers.n : 0)) + 16;
	struct ranges ranges = {.v = arena_array(a, most, sizeof(*ranges.v))};

	if (t == x32 && x86_64)
		return 0;
	if (t == x32 || t == x86_64)
		add_x86_64(&ranges, c, x86_64, x32);
	else
		add_numbers(&ranges, c, 0, t);
	return tree_write(p, &ranges);
}

static int write_filter(const struct compiler *c, struct arena *a, struct seccomp_filter *ret,
			struct err *e)
{
	size_t trees[ARRAY_LEN(c->targets)] = {0};
	struct program p;
	size_t at;

	program_init(&p, a);
	for (size_t i = c->n_targets; i > 0; i--)
		trees[i - 1] = write_target(c, &p, a, i - 1);
	at = program_return(&p, bad_arch.action);
	for (size_t i = c->n_targets; i > 0; i--)
		if (trees[i - 1])
			at = program_branch(&p, BPF_JEQ, c->targets[i - 1].abi.audit, trees[i - 1],
					    at);
	program_load(&p, offsetof(struct seccomp_data, arch));
	if (p.n > BPF_MAXINSNS)
		return err_set(e, ERR_SECCOMP,
			       "the filter has %zu instructions, the kernel takes at most %u", p.n,
			       BPF_MAXINSNS);
	ret->insns = program_start(&p);
	ret->n = p.n;
	return 0;
}

int seccomp_compile(struct seccomp_filter *ret, struct arena *a, const struct spec_seccomp *s,
		    struct err *e)
{
	struct compiler c = {.profile = s};
	struct seccomp_filter filter = {0};
	struct clauses clauses;
	int r;

	r = check_notify(s, &filter.listener, e);
	if (r < 0)
		return r;
	r = compile_flags(&filter.flags, s, filter.listener, e);
	if (r < 0)
		return r;
	r = rules_action(&c.otherwise.action, s->default_action, &s->default_errno_ret,
			 "defaultErrnoRet", e);
	if (r < 0)
		return r;
	r = rules_read(&clauses, a, s, e);
	if (r < 0)
		return r;
	r = library_open(&c.lib, e);
	if (r < 0)
		return r;
	r = add_archs(&c, a, &clauses, e);
	if (r == 0)
		r = check_names(&c, e);
	if (r < 0)
		return r;
	r = write_filter(&c, a, &filter, e);
	if (r < 0)
		return r;
	*ret = filter;
	return 0;
}
