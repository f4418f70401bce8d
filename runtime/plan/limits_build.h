/*
 * Private to limits.c and limits_lists.c: the list under construction.
 *
 * owns:     struct limits_build
 * may use:  base
 * must not: be included by anything else
 */
#ifndef RUNDLET_PLAN_LIMITS_BUILD_H
#define RUNDLET_PLAN_LIMITS_BUILD_H

#include "runtime/plan/limits.h"

struct limits_build {
	struct arena *a;
	const struct spec_resources *r;
	enum limits_version version;
	struct limits_base base;
	const char *pointer; /* what stands before the property's own pointer in messages */
	struct limits out;
	size_t room, notes_room;
	struct err *e;
};

/* Appends a write; file and value must outlive the arena's use. pointer is relative to b->pointer.
 */
struct limit *limits_add(struct limits_build *b, const char *controller, const char *file,
			 const char *value, const char *pointer);
void limits_note(struct limits_build *b, const char *fmt, ...) PRINTF(2, 3);
/* ERR_UNSUPPORTED at the property. */
int limits_refuse(struct limits_build *b, const char *pointer, const char *fmt, ...) PRINTF(3, 4);

/* Everything that is a list: devices of the block layer, huge pages, network, rdma, unified. */
int limits_build_lists(struct limits_build *b) MUST_USE;

#endif
