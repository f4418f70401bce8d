/*
 * What a profile says about each system call number of one architecture.
 *
 * owns:     which rule counts where several are about the same call
 * may use:  base, oci (types), libseccomp through seccomp/abi
 * must not: write instructions
 *
 * Private to seccomp/.
 */
#ifndef RUNDLET_SECCOMP_RULES_H
#define RUNDLET_SECCOMP_RULES_H

#include "oci/spec.h"
#include "runtime/base/arena.h"
#include "seccomp/abi.h"

struct condition {
	uint32_t arg;
	enum seccomp_op op;
	uint64_t mask; /* of the argument; all ones but for SECCOMP_MASKED_EQ */
	uint64_t value;
};

/* One action under conditions that must all hold, at most one for each argument, by argument. */
struct clause {
	const struct condition *conditions;
	size_t n;
	uint32_t action; /* with data */
	const struct strings *names;
};

struct clauses {
	struct clause *v;
	size_t n;
};

/* What a number gets: the action of the first clause whose conditions hold, else this action. */
struct verdict {
	uint32_t action;
	const struct clause *clauses;
	size_t n;
};

struct number {
	uint32_t nr;
	struct verdict verdict;
};

struct numbers {
	struct number *v; /* ascending */
	size_t n;
	uint32_t last; /* the largest number that the profile names, 0: none */
};

/*
 * The profile's rules as clauses. Two conditions on one argument have always meant "or" in runc,
 * and profiles rely on that: such a rule becomes one clause for each condition. Errors:
 * ERR_CONFIG_VALUE at "/syscalls/…".
 */
int rules_read(struct clauses *ret, struct arena *a, const struct spec_seccomp *s,
	       struct err *e) MUST_USE;

/*
 * All numbers of that architecture which some clause is about, but for clauses that ask for the
 * default action (with data): they say nothing, as with the peers. An unconditional clause counts
 * before all others; of those with conditions what libseccomp would look at first: the higher
 * argument, then what fits fewer values (seccomp_rule_add(3) promises no order, but profiles have
 * been tried out with it); then the one that is written first.
 */
struct numbers rules_of(struct arena *a, const struct clauses *clauses, struct abi *abi,
			const struct library *lib, uint32_t default_action);

/* The action with its data: errnoRet, EPERM unless it is given (config-linux.md). property: where
 * an error points. Errors: ERR_CONFIG_VALUE. */
int rules_action(uint32_t *ret, uint32_t action, const struct opt_u32 *data, const char *property,
		 struct err *e) MUST_USE;

#endif
