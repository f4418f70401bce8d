/*
 * A filter program (classic BPF) that is written from its end to its beginning.
 *
 * owns:     jump distances
 * may use:  base
 * must not: know what a system call is
 */
#include "seccomp/program.h"

#include <stdbool.h>

enum {
	JUMP_MAX = 255, /* jt and jf are bytes */
	/* a jump put in between for the other way of a branch, and the branch itself */
	JUMP_MARGIN = 2,
};

void program_init(struct program *p, struct arena *a)
{
	*p = (struct program){.insns = arena_array(a, BPF_MAXINSNS, sizeof(*p->insns))};
}

const struct sock_filter *program_start(const struct program *p)
{
	return p->insns + BPF_MAXINSNS - p->n;
}

static size_t put(struct program *p, struct sock_filter insn)
{
	p->n++;
	if (p->n <= BPF_MAXINSNS)
		p->insns[BPF_MAXINSNS - p->n] = insn;
	return p->n;
}

size_t program_load(struct program *p, size_t offset)
{
	return put(p, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

size_t program_and(struct program *p, uint32_t mask)
{
	return put(p, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, mask));
}

static bool in_reach(const struct program *p, size_t at)
{
	return p->n + JUMP_MARGIN - at <= JUMP_MAX;
}

size_t program_return(struct program *p, uint32_t value)
{
	const size_t known = ARRAY_LEN(p->returns);
	size_t i = 0;

	while (i < p->n_returns && i < known && p->returns[i].value != value)
		i++;
	if (i < p->n_returns && i < known && in_reach(p, p->returns[i].at))
		return p->returns[i].at;
	if (i == p->n_returns || i == known)
		i = p->n_returns++ % known;
	p->returns[i].value = value;
	p->returns[i].at = put(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, value));
	return p->n;
}

size_t program_jump(struct program *p, size_t at)
{
	if (at == p->n)
		return at;
	if (at <= BPF_MAXINSNS && p->insns[BPF_MAXINSNS - at].code == (BPF_RET | BPF_K))
		return put(p, p->insns[BPF_MAXINSNS - at]);
	return put(p, (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, (uint32_t)(p->n - at)));
}

/* A place near enough for a branch that leads to at. */
static size_t near(struct program *p, size_t at)
{
	if (in_reach(p, at))
		return at;
	if (at <= BPF_MAXINSNS && p->insns[BPF_MAXINSNS - at].code == (BPF_RET | BPF_K))
		return program_return(p, p->insns[BPF_MAXINSNS - at].k);
	return program_jump(p, at);
}

size_t program_branch(struct program *p, uint16_t op, uint32_t k, size_t yes, size_t no)
{
	size_t t = near(p, yes);
	size_t f = near(p, no);

	return put(p, (struct sock_filter)BPF_JUMP(BPF_JMP | op | BPF_K, k, (uint8_t)(p->n - t),
						   (uint8_t)(p->n - f)));
}
