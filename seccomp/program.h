/*
 * A filter program (classic BPF) that is written from its end to its beginning.
 *
 * owns:     jump distances
 * may use:  base
 * must not: know what a system call is
 *
 * Jumps lead forward only, so what is jumped to is always written already and its distance known:
 * one pass, no labels to resolve. A conditional jump spans 255 instructions; where that is too
 * short, a longer one is put in between. A place is counted from the end: 1 is the last
 * instruction. Private to seccomp/.
 */
#ifndef RUNDLET_SECCOMP_PROGRAM_H
#define RUNDLET_SECCOMP_PROGRAM_H

#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/arena.h"

struct program {
	struct sock_filter *insns; /* the last n of BPF_MAXINSNS are in use */
	size_t n;                  /* may exceed BPF_MAXINSNS: then nothing of it is of use */
	struct {
		uint32_t value;
		size_t at;
	} returns[16]; /* the latest "return" of some values, to be jumped to again */
	size_t n_returns;
};

/* An empty program; its instructions live in a. */
void program_init(struct program *p, struct arena *a);

/* The first instruction of a program that is complete: p->n of them. */
const struct sock_filter *program_start(const struct program *p);

/* Each returns the place of what it wrote; control goes on with what was written before. */
size_t program_load(struct program *p, size_t offset); /* A = the word there in seccomp_data */
size_t program_and(struct program *p, uint32_t mask);  /* A &= mask */

/* A place that returns value, an old one where one is near enough. */
size_t program_return(struct program *p, uint32_t value);

/* To the place yes if "A op k" (BPF_JEQ, BPF_JGT or BPF_JGE) holds, else to no. */
size_t program_branch(struct program *p, uint16_t op, uint32_t k, size_t yes, size_t no);

/* Goes to the place at, unless that is what follows anyway. */
size_t program_jump(struct program *p, size_t at);

#endif
