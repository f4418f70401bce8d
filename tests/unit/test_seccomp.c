/*
 * Profiles are compiled, installed in a child and tried there with real system calls.
 *
 * owns:     the proof that seccomp/ means what config-linux.md "Seccomp" says
 * may use:  seccomp, base, cmocka
 * must not: install a filter in the test program itself
 *
 * The guinea pig is lseek(-1, offset, whence): without a filter it fails with EBADF whatever its
 * arguments are, so any other errno is the filter's doing.
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "seccomp/seccomp.h"

#define LIST(type, ...)                                                                            \
	{                                                                                          \
		.v = (type[]){__VA_ARGS__}, .n = sizeof((type[]){__VA_ARGS__}) / sizeof(type)      \
	}
#define STRINGS(...) LIST(const char *, __VA_ARGS__)
#define ARGS(...)    LIST(struct spec_seccomp_arg, __VA_ARGS__)

#define ERRNO_OF(nr)                                                                               \
	{                                                                                          \
		.set = true, .v = (nr)                                                             \
	}

enum { SIGNALLED = 1000, EXOTIC_NUMBER = 7000 };

/* What lseek(-1, offset, whence) gives under the filter: an errno, SIGNALLED + signal if it killed
 * the process, or 0. nr: another system call instead. */
static int try_call(const struct seccomp_filter *f, long nr, uint64_t offset, uint64_t whence)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		struct sock_fprog prog = {.len = f->n, .filter = (void *)f->insns};

		signal(SIGSYS, SIG_DFL); /* cmocka would go on with the next test in the child */
		prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, f->flags, &prog) < 0)
			_exit(255);
		/* not _exit(3): a sanitizer has work to do in it that the filter may forbid */
		syscall(SYS_exit_group, syscall(nr, -1L, offset, whence) < 0 ? errno : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		return SIGNALLED + WTERMSIG(status);
	assert_int_not_equal(WEXITSTATUS(status), 255);
	return WEXITSTATUS(status);
}

static int try_lseek(const struct seccomp_filter *f, uint64_t offset, uint64_t whence)
{
	return try_call(f, SYS_lseek, offset, whence);
}

static struct seccomp_filter compile(struct arena *a, const struct spec_seccomp *s)
{
	struct seccomp_filter f;
	struct err e = {0};

	if (seccomp_compile(&f, a, s, &e) < 0)
		fail_msg("%s: %s", e.pointer, e.text);
	assert_true(f.n > 0);
	return f;
}

/* Compiles a profile that is wrong at pointer. */
static void refused(const struct spec_seccomp *s, enum err_code code, const char *pointer)
{
	AUTO(arena) struct arena a = {0};
	struct seccomp_filter f;
	struct err e = {0};

	assert_true(seccomp_compile(&f, &a, s, &e) < 0);
	assert_string_equal(e.pointer, pointer);
	assert_int_equal(e.code, code);
}

/* A profile that allows all but lseek under the given conditions. */
static struct spec_seccomp deny_lseek(struct spec_seccomp_rule *rule)
{
	static const char *names[] = {"lseek"};

	rule->names = (struct strings){names, ARRAY_LEN(names)};
	rule->action = SECCOMP_RET_ERRNO;
	return (struct spec_seccomp){
		.set = true,
		.default_action = SECCOMP_RET_ALLOW,
		.syscalls = {.v = rule, .n = 1},
	};
}

static void test_errno(void **state)
{
	AUTO(arena) struct arena a = {0};
	struct spec_seccomp_rule plain = {0}, numbered = {.errno_ret = ERRNO_OF(ENOTTY)};
	struct spec_seccomp s = deny_lseek(&plain);
	struct seccomp_filter f = compile(&a, &s);

	(void)state;
	assert_int_equal(try_lseek(&f, 0, 0), EPERM);
	assert_int_equal(try_call(&f, SYS_dup3, 0, 0), EBADF);
	s = deny_lseek(&numbered);
	f = compile(&a, &s);
	assert_int_equal(try_lseek(&f, 0, 0), ENOTTY);
}

static void test_actions(void **state)
{
	static const struct {
		uint32_t action;
		int result;
	} cases[] = {
		{SECCOMP_RET_LOG, EBADF},
		{SECCOMP_RET_KILL_PROCESS, SIGNALLED + SIGSYS},
		{SECCOMP_RET_KILL_THREAD, SIGNALLED + SIGSYS},
		{SECCOMP_RET_TRAP, SIGNALLED + SIGSYS},
		{SECCOMP_RET_TRACE, ENOSYS}, /* nobody traces */
		{SECCOMP_RET_ALLOW, EBADF},  /* what the default is already */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(arena) struct arena a = {0};
		struct spec_seccomp_rule rule = {0};
		struct spec_seccomp s = deny_lseek(&rule);
		struct seccomp_filter f;

		rule.action = cases[i].action;
		f = compile(&a, &s);
		assert_int_equal(try_lseek(&f, 0, 0), cases[i].result);
	}
}

/* Every operator, on both halves of a 64-bit argument. */
static void test_operators(void **state)
{
	static const uint64_t at = 0x100000005;
	static const struct {
		enum seccomp_op op;
		uint64_t value, value_two;
		bool below, equal, above, high; /* at - 1, at, at + 1, 0x200000005 */
	} cases[] = {
		{SECCOMP_NE, at, 0, true, false, true, true},
		{SECCOMP_LT, at, 0, true, false, false, false},
		{SECCOMP_LE, at, 0, true, true, false, false},
		{SECCOMP_EQ, at, 0, false, true, false, false},
		{SECCOMP_GE, at, 0, false, true, true, true},
		{SECCOMP_GT, at, 0, false, false, true, true},
		{SECCOMP_MASKED_EQ, 0xf, 5, false, true, false, true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(arena) struct arena a = {0};
		struct spec_seccomp_rule rule = {
			.args = ARGS({.index = 1,
				      .value = cases[i].value,
				      .value_two = cases[i].value_two,
				      .op = cases[i].op}),
		};
		struct spec_seccomp s = deny_lseek(&rule);
		struct seccomp_filter f = compile(&a, &s);

		assert_int_equal(try_lseek(&f, at - 1, 0), cases[i].below ? EPERM : EBADF);
		assert_int_equal(try_lseek(&f, at, 0), cases[i].equal ? EPERM : EBADF);
		assert_int_equal(try_lseek(&f, at + 1, 0), cases[i].above ? EPERM : EBADF);
		assert_int_equal(try_lseek(&f, 0x200000005, 0), cases[i].high ? EPERM : EBADF);
	}
}

static void test_conditions_are_anded(void **state)
{
	AUTO(arena) struct arena a = {0};
	struct spec_seccomp_rule rule = {
		.args = ARGS({.index = 1, .value = 7, .op = SECCOMP_EQ},
			     {.index = 2, .value = 1, .op = SECCOMP_EQ}),
	};
	struct spec_seccomp s = deny_lseek(&rule);
	struct seccomp_filter f = compile(&a, &s);

	(void)state;
	assert_int_equal(try_lseek(&f, 7, 1), EPERM);
	assert_int_equal(try_lseek(&f, 7, 2), EBADF);
	assert_int_equal(try_lseek(&f, 8, 1), EBADF);
}

static void test_conditions_on_one_argument_are_ored(void **state)
{
	AUTO(arena) struct arena a = {0};
	struct spec_seccomp_rule rule = {
		.args = ARGS({.index = 1, .value = 7, .op = SECCOMP_EQ},
			     {.index = 1, .value = 9, .op = SECCOMP_EQ},
			     {.index = 2, .value = 1, .op = SECCOMP_EQ}),
	};
	struct spec_seccomp s = deny_lseek(&rule);
	struct seccomp_filter f = compile(&a, &s);

	(void)state;
	assert_int_equal(try_lseek(&f, 7, 0), EPERM);
	assert_int_equal(try_lseek(&f, 9, 0), EPERM);
	assert_int_equal(try_lseek(&f, 8, 1), EPERM);
	assert_int_equal(try_lseek(&f, 8, 0), EBADF);
}

/* A profile as docker and podman write them: all denied, some allowed. */
static struct spec_seccomp allow_few(struct spec_seccomp_rule *rule)
{
	static const char *names[] = {"lseek", "exit", "exit_group", "no_such_call",
				      "rt_sigreturn"};

	*rule = (struct spec_seccomp_rule){
		.names = {names, ARRAY_LEN(names)},
		.action = SECCOMP_RET_ALLOW,
	};
	return (struct spec_seccomp){
		.set = true,
		.default_action = SECCOMP_RET_ERRNO,
		.syscalls = {.v = rule, .n = 1},
	};
}

static void test_deny_by_default(void **state)
{
	AUTO(arena) struct arena a = {0};
	struct spec_seccomp_rule rule;
	struct spec_seccomp s = allow_few(&rule);
	struct seccomp_filter f = compile(&a, &s);

	(void)state;
	assert_int_equal(try_lseek(&f, 0, 0), EBADF);
	assert_int_equal(try_call(&f, SYS_dup, 0, 0), EPERM);
	s.default_errno_ret = (struct opt_u32)ERRNO_OF(ENOTTY);
	f = compile(&a, &s);
	assert_int_equal(try_call(&f, SYS_dup, 0, 0), ENOTTY);
}

static void test_newer_than_the_profile(void **state)
{
	AUTO(arena) struct arena a = {0};
	struct spec_seccomp_rule rule;
	struct spec_seccomp s = allow_few(&rule);
	struct seccomp_filter f = compile(&a, &s), stubless;

	(void)state;
	assert_int_equal(try_call(&f, EXOTIC_NUMBER, 0, 0), ENOSYS);
	/* nothing to patch where ENOSYS is the default answer anyway */
	s.default_errno_ret = (struct opt_u32)ERRNO_OF(ENOSYS);
	stubless = compile(&a, &s);
	assert_true(stubless.n < f.n);
	assert_int_equal(try_call(&stubless, EXOTIC_NUMBER, 0, 0), ENOSYS);
	/* and none for a profile that allows by default */
	s = (struct spec_seccomp){.set = true, .default_action = SECCOMP_RET_ALLOW};
	stubless = compile(&a, &s);
	assert_int_equal(try_lseek(&stubless, 0, 0), EBADF);
}

static void test_architectures(void **state)
{
	AUTO(arena) struct arena a = {0};
	struct spec_seccomp_rule rule;
	struct spec_seccomp s = allow_few(&rule);
	struct seccomp_known known;
	size_t native = compile(&a, &s).n;

	(void)state;
	seccomp_known(&known, &a);
	for (size_t i = 0; i < known.archs.n; i++) {
		struct seccomp_filter f;
		struct err e = {0};

		s.architectures = (struct strings){.v = &known.archs.v[i], .n = 1};
		if (seccomp_compile(&f, &a, &s, &e) < 0) { /* the other byte order */
			assert_string_equal(e.pointer, "/architectures/0");
			continue;
		}
		assert_true(f.n >= native);
		assert_int_equal(try_lseek(&f, 0, 0), EBADF);
		assert_int_equal(try_call(&f, SYS_dup, 0, 0), EPERM);
	}
}

static void test_flags(void **state)
{
	AUTO(arena) struct arena a = {0};
	struct spec_seccomp_rule rule = {0};
	struct spec_seccomp s = deny_lseek(&rule);
	const uint32_t wait_killable = 1U << 5;
	struct seccomp_filter f = compile(&a, &s);

	(void)state;
	assert_int_equal(f.flags, SECCOMP_FILTER_FLAG_SPEC_ALLOW);
	assert_false(f.listener);
	s.flags = (struct strings)STRINGS("SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_TSYNC",
					  "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV");
	f = compile(&a, &s);
	assert_int_equal(f.flags, SECCOMP_FILTER_FLAG_LOG);
	assert_int_equal(try_lseek(&f, 0, 0), EPERM);
	rule.action = SECCOMP_RET_USER_NOTIF;
	s.listener_path = "/run/agent";
	f = compile(&a, &s);
	assert_true(f.listener);
	assert_int_equal(f.flags, SECCOMP_FILTER_FLAG_LOG | wait_killable |
					  SECCOMP_FILTER_FLAG_NEW_LISTENER);
}

static void test_refusals(void **state)
{
	struct spec_seccomp_rule rule = {0};
	struct spec_seccomp good = deny_lseek(&rule), s = good;

	(void)state;
	s.architectures = (struct strings)STRINGS("SCMP_ARCH_X86_64", "SCMP_ARCH_Z80");
	refused(&s, ERR_CONFIG_VALUE, "/architectures/1");
	s = good;
	s.flags = (struct strings)STRINGS("SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_FLY");
	refused(&s, ERR_CONFIG_VALUE, "/flags/1");
	s = good;
	s.default_errno_ret = (struct opt_u32)ERRNO_OF(1); /* ALLOW has no errno */
	refused(&s, ERR_CONFIG_VALUE, "/defaultErrnoRet");
	rule.errno_ret = (struct opt_u32)ERRNO_OF(4096);
	refused(&good, ERR_CONFIG_VALUE, "/syscalls/0/errnoRet");
	rule.errno_ret = (struct opt_u32)ERRNO_OF(1);
	rule.action = SECCOMP_RET_TRAP;
	refused(&good, ERR_CONFIG_VALUE, "/syscalls/0/errnoRet");
	rule.errno_ret.set = false;
	rule.args.v = &(struct spec_seccomp_arg){.index = 6, .op = SECCOMP_EQ};
	rule.args.n = 1;
	refused(&good, ERR_CONFIG_VALUE, "/syscalls/0/args/0/index");
}

static void test_notify_refusals(void **state)
{
	struct spec_seccomp_rule rule = {0};
	struct spec_seccomp good = deny_lseek(&rule), s = good;

	(void)state;
	s.listener_metadata = "m";
	refused(&s, ERR_CONFIG_VALUE, "/listenerMetadata");
	s = good;
	s.default_action = SECCOMP_RET_USER_NOTIF;
	s.listener_path = "/run/agent";
	refused(&s, ERR_CONFIG_VALUE, "/defaultAction");
	rule.action = SECCOMP_RET_USER_NOTIF;
	refused(&good, ERR_CONFIG_MISSING, "/listenerPath");
	rule.names = (struct strings)STRINGS("lseek", "sendmsg");
	refused(&good, ERR_CONFIG_VALUE, "/syscalls/0/names/1");
}

static bool has(const struct strings *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->v[i], name) == 0)
			return true;
	return false;
}

static void test_known(void **state)
{
	AUTO(arena) struct arena a = {0};
	struct seccomp_known known;

	(void)state;
	seccomp_known(&known, &a);
	assert_int_equal(known.actions.n, 9);
	assert_int_equal(known.operators.n, 7);
	assert_int_equal(known.known_flags.n, 4);
	assert_null(known.known_flags.v[4]);
	assert_true(has(&known.archs, "SCMP_ARCH_AARCH64"));
	assert_true(has(&known.archs, "SCMP_ARCH_MIPSEL64N32"));
	assert_true(has(&known.supported_flags, "SECCOMP_FILTER_FLAG_LOG"));
	assert_true(has(&known.supported_flags, "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"));
	assert_non_null(known.version);
	assert_true(strncmp(known.version, "2.", 2) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_errno),
		cmocka_unit_test(test_actions),
		cmocka_unit_test(test_operators),
		cmocka_unit_test(test_conditions_are_anded),
		cmocka_unit_test(test_conditions_on_one_argument_are_ored),
		cmocka_unit_test(test_deny_by_default),
		cmocka_unit_test(test_newer_than_the_profile),
		cmocka_unit_test(test_architectures),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_notify_refusals),
		cmocka_unit_test(test_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
