/*
 * Semantic Versioning 2.0.0, as far as ociVersion needs it.
 *
 * owns:     nothing
 * may use:  nothing
 * must not: order versions
 */
#ifndef RUNDLET_OCI_SEMVER_H
#define RUNDLET_OCI_SEMVER_H

#include <stdbool.h>
#include <stdint.h>

/* Is all of s a version (MAJOR.MINOR.PATCH[-PRE][+BUILD])? *ret_major is written when it is. */
bool semver_major(const char *s, uint64_t *ret_major);

#endif
