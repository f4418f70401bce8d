/*
 * Identity: ids and capabilities.
 *
 * owns:     nothing
 * may use:  base
 * must not: word errors; use libcap (init links none): names are the planner's
 */
#ifndef RUNDLET_SYS_CRED_H
#define RUNDLET_SYS_CRED_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "runtime/base/cleanup.h"

struct cred_caps {
	uint64_t effective, permitted, inheritable;
};

/* capget(2) and capset(2) of the calling thread, 64 bits. */
int cred_get_caps(struct cred_caps *ret) MUST_USE;
int cred_set_caps(const struct cred_caps *c) MUST_USE;
/* Drops every capability 0 … last that is not in keep from the bounding set. */
int cred_drop_bounding(uint64_t keep, uint32_t last) MUST_USE;
/* Clears the ambient set and raises exactly these. */
int cred_set_ambient(uint64_t caps) MUST_USE;
/* Makes every permitted capability inheritable and ambient, so that it survives an execve with any
 * uid. */
int cred_raise_all_ambient(void) MUST_USE;
int cred_set_groups(const uint32_t *groups, size_t n) MUST_USE;
/*
 * Joins the session keyring of this name in the own user namespace, or a new one, that processes of
 * the same user find by its name, too (keyctl(2)). 0 or a negative errno: -ENOSYS, -EDQUOT.
 */
int cred_join_keyring(const char *name) MUST_USE;
/* setresgid then setresuid, keeping the permitted capabilities over the change. */
int cred_set_ids(uint32_t uid, uint32_t gid) MUST_USE;

#endif
