/*
 * The ENOSYS stub, for every kind of architecture, on a model of the kernel's interpreter.
 *
 * owns:     the proof of seccomp/enosys.c where the hardware is not at hand
 * may use:  seccomp, cmocka
 * must not: install a filter
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runtime/base/cleanup.h"
#include "seccomp/enosys.h"

enum { FELL_THROUGH = 0x12345 };

static const uint32_t enosys = SECCOMP_RET_ERRNO | ENOSYS;

/* The few instructions that the stub is made of; anything else fails the test. */
static uint32_t run(const struct sock_filter *insns, size_t n, uint32_t arch, uint32_t nr)
{
	uint32_t a = 0;
	size_t pc = 0;

	while (pc < n) {
		const struct sock_filter *i = &insns[pc++];

		switch (i->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			a = i->k == offsetof(struct seccomp_data, arch) ? arch : nr;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			pc += a == i->k ? i->jt : i->jf;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			pc += a > i->k ? i->jt : i->jf;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			pc += a & i->k ? i->jt : i->jf;
			break;
		case BPF_RET | BPF_K:
			return i->k;
		default:
			fail_msg("unexpected instruction 0x%x", i->code);
		}
	}
	assert_int_equal(pc, n); /* never beyond the end of the stub */
	return FELL_THROUGH;
}

static void test_blocks(void **state)
{
	static const struct {
		uint32_t token, arch, nr;
		bool answered;
	} cases[] = {
		{SCMP_ARCH_AARCH64, SCMP_ARCH_AARCH64, 400, false},
		{SCMP_ARCH_AARCH64, SCMP_ARCH_AARCH64, 401, true},
		{SCMP_ARCH_AARCH64, SCMP_ARCH_ARM, 401, false},
		{SCMP_ARCH_X86_64, SCMP_ARCH_X86_64, 401, true},
		{SCMP_ARCH_X86_64, SCMP_ARCH_X86_64, 400, false},
		{SCMP_ARCH_X86_64, SCMP_ARCH_X86_64, 0x40000000 + 401, false},
		{SCMP_ARCH_S390X, SCMP_ARCH_S390X, 0, true},
		{SCMP_ARCH_S390X, SCMP_ARCH_S390X, 1, false},
		{SCMP_ARCH_S390X, SCMP_ARCH_S390X, 401, true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct sock_filter f[ENOSYS_BLOCK_MAX];
		size_t n = enosys_block(f, cases[i].token, 400);

		assert_true(n <= ENOSYS_BLOCK_MAX);
		assert_int_equal(run(f, n, cases[i].arch, cases[i].nr),
				 cases[i].answered ? enosys : FELL_THROUGH);
	}
}

/* Three architectures of one machine, each with its own limit. */
static void test_chain(void **state)
{
	struct sock_filter f[3 * ENOSYS_BLOCK_MAX];
	const uint32_t x32 = 0x40000000;
	size_t n = 0;

	(void)state;
	n += enosys_block(f + n, SCMP_ARCH_X86_64, 300);
	n += enosys_block(f + n, SCMP_ARCH_X86, 400);
	n += enosys_block(f + n, SCMP_ARCH_X32, x32 + 500);
	assert_int_equal(run(f, n, SCMP_ARCH_X86_64, 301), enosys);
	assert_int_equal(run(f, n, SCMP_ARCH_X86_64, 300), FELL_THROUGH);
	assert_int_equal(run(f, n, SCMP_ARCH_X86, 301), FELL_THROUGH);
	assert_int_equal(run(f, n, SCMP_ARCH_X86, 401), enosys);
	assert_int_equal(run(f, n, SCMP_ARCH_X86_64, x32 + 500), FELL_THROUGH);
	assert_int_equal(run(f, n, SCMP_ARCH_X86_64, x32 + 501), enosys);
	assert_int_equal(run(f, n, SCMP_ARCH_RISCV64, 999), FELL_THROUGH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_chain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
