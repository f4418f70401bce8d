/*
 * Why a process could not be cloned, in words: for whichever end does it.
 *
 * owns:     these words
 * may use:  base
 * must not: need anything that init does not link
 */
#ifndef RUNDLET_PLAN_CLONED_H
#define RUNDLET_PLAN_CLONED_H

#include <stdint.h>

#include "runtime/base/err.h"

/* clone3(2) with these CLONE_NEW* said r. ERR_USERNS or ERR_NAMESPACE, with what the host may lack.
 * Returns r. */
int clone_failed(uint64_t flags, int r, struct err *e) MUST_USE;

#endif
