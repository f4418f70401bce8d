/*
 * Rules that a table cannot say.
 *
 * owns:     the declarations
 * may use:  oci/spec
 * must not: be included outside oci/
 *
 * Each returns 0 or fills *e (ERR_CONFIG_VALUE or ERR_CONFIG_MISSING) with a pointer relative to
 * the object that it was given; line and column are found by doc_locate().
 */
#ifndef RUNDLET_OCI_VALIDATE_H
#define RUNDLET_OCI_VALIDATE_H

#include "oci/spec.h"
#include "runtime/base/arena.h"
#include "runtime/base/err.h"

/* All of config.json, by way of the others. */
int validate_spec(const struct spec *s, struct arena *a, struct err *e) MUST_USE;
/* `process`. */
int validate_process(const struct spec_process *p, struct err *e) MUST_USE;
/* `linux`. */
int validate_linux(const struct spec_linux *l, struct arena *a, struct err *e) MUST_USE;
/* `linux.resources`. */
int validate_resources(const struct spec_resources *r, struct arena *a, struct err *e) MUST_USE;
/* `linux.seccomp`. */
int validate_seccomp(const struct spec_seccomp *s, struct err *e) MUST_USE;

/* The ids of one map: no overlap on either side, no end beyond 32 bits, no more than the kernel
 * takes. */
int validate_idmaps(const struct spec_idmaps *m, struct err *e) MUST_USE;
/* No empty key. */
int validate_keys(const struct string_map *m, struct err *e) MUST_USE;

#endif
