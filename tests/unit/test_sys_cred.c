/*
 * sys/cred: sets of 64 bits, and capabilities that survive a change of the uid and an execve.
 */
#include <linux/capability.h>
#include <sys/prctl.h>

#include "runtime/sys/cred.h"
#include "runtime/sys/kernel.h"
#include "tests/unit/child.h"

static void test_get_set(void **state)
{
	struct cred_caps c = {1, 1, 1}, again;

	(void)state;
	assert_int_equal(cred_get_caps(&c), 0);
	assert_true((c.effective & ~c.permitted) == 0);
	assert_int_equal(cred_set_caps(&c), 0);
	assert_int_equal(cred_get_caps(&again), 0);
	assert_memory_equal(&c, &again, sizeof(c));
}

static void body_high_bits(void)
{
	const uint64_t high = 1ULL << CAP_BPF | 1ULL << CAP_SYSLOG, low = 1ULL << CAP_CHOWN;
	struct cred_caps c = {high, high | low, low}, got;

	CHECK(cred_set_caps(&c) == 0);
	CHECK(cred_get_caps(&got) == 0);
	CHECK(got.effective == c.effective && got.permitted == c.permitted &&
	      got.inheritable == c.inheritable);
	c.permitted |= 1ULL << CAP_SYS_ADMIN;
	CHECK(cred_set_caps(&c) == -EPERM);
}

static void body_bounding(void)
{
	const uint64_t keep = 1ULL << CAP_CHOWN | 1ULL << CAP_SYSLOG;

	CHECK(cred_drop_bounding(keep, CAP_SYSLOG + 1) == 0);
	CHECK(prctl(PR_CAPBSET_READ, CAP_CHOWN, 0, 0, 0) == 1);
	CHECK(prctl(PR_CAPBSET_READ, CAP_SYSLOG, 0, 0, 0) == 1);
	CHECK(prctl(PR_CAPBSET_READ, CAP_SYS_ADMIN, 0, 0, 0) == 0);
	CHECK(prctl(PR_CAPBSET_READ, CAP_SYSLOG + 1, 0, 0, 0) == 0);
}

static void body_ambient(void)
{
	struct cred_caps c;

	CHECK(cred_get_caps(&c) == 0);
	CHECK(cred_raise_all_ambient() == 0);
	for (unsigned long cap = 0; cap < 64; cap++)
		if (c.permitted >> cap & 1)
			CHECK(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, cap, 0, 0) == 1);
	CHECK(cred_set_ambient(1ULL << CAP_CHOWN) == 0);
	CHECK(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_CHOWN, 0, 0) == 1);
	CHECK(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_KILL, 0, 0) == 0);
	CHECK(cred_set_ambient(0) == 0);
	CHECK(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_CHOWN, 0, 0) == 0);
}

static void test_in_userns(void **state)
{
	void (*const bodies[])(void) = {body_high_bits, body_bounding, body_ambient};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		int r = child_run(CLONE_NEWUSER, bodies[i]);

		if (r == -EPERM || r == -ENOSPC || r == -EACCES)
			SKIP("no new user namespace is allowed here");
		assert_int_equal(r, 0);
	}
}

static void body_ids(void)
{
	const uint32_t groups[] = {10, 4000000000U};
	struct cred_caps before, after;
	gid_t list[4];

	CHECK(cred_get_caps(&before) == 0);
	CHECK(cred_set_groups(groups, 2) == 0);
	CHECK(getgroups(4, list) == 2 && list[0] == 10 && list[1] == 4000000000U);
	CHECK(cred_set_groups(NULL, 0) == 0 && getgroups(4, list) == 0);
	CHECK(cred_set_ids(3000000000U, 3000000001U) == 0);
	CHECK(getuid() == 3000000000U && geteuid() == 3000000000U);
	CHECK(getgid() == 3000000001U && getegid() == 3000000001U);
	CHECK(cred_get_caps(&after) == 0);
	CHECK(after.permitted == before.permitted && after.effective == 0);
	after.effective = after.permitted;
	CHECK(cred_set_caps(&after) == 0);
}

static void test_ids(void **state)
{
	struct cred_caps c;

	(void)state;
	assert_int_equal(cred_get_caps(&c), 0);
	if (geteuid() != 0 || !(c.effective >> CAP_SETUID & 1) || !(c.effective >> CAP_SETGID & 1))
		SKIP("needs root");
	assert_int_equal(child_run(0, body_ids), 0);
}

static void body_ids_refused(void)
{
	CHECK(cred_set_ids(12345, getegid()) == -EPERM);
	CHECK(cred_set_groups(NULL, 0) == -EPERM);
	CHECK(cred_set_ids(geteuid(), getegid()) == 0);
}

static void test_ids_refused(void **state)
{
	(void)state;
	if (geteuid() == 0)
		SKIP("needs a plain user");
	assert_int_equal(child_run(0, body_ids_refused), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_get_set),
		cmocka_unit_test(test_in_userns),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_ids_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
