/*
 * The file that init is executed from.
 *
 * owns:     the bytes of init that the linker put into this program
 * may use:  base, the plan
 * must not: know what becomes of it
 */
#ifndef RUNDLET_HOST_IMAGE_H
#define RUNDLET_HOST_IMAGE_H

#include "runtime/base/err.h"
#include "runtime/plan/plan.h"

/*
 * A memory file (memfd_create(2), close-on-exec, the caller's) with init and the plan, sealed:
 * what runs in the container is never a file of the host (CVE-2019-5736). The plan is a segment
 * of the program, which the kernel maps where init looks for it. ERR_HOST.
 */
int image_make(const struct plan *p, struct err *e) MUST_USE;

#endif
