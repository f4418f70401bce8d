/*
 * Properties of a transient systemd unit: from writes to cgroup v2 files, and from annotations.
 *
 * owns:     the table of v2 files that systemd has a property for
 * may use:  base, plan/limits
 * must not: speak D-Bus
 *
 * systemd writes a unit's cgroup files from its properties, and again whenever it likes; what it is
 * not told it may undo. (systemd.resource-control(5), org.freedesktop.systemd1(5))
 */
#ifndef RUNDLET_PLAN_UNIT_H
#define RUNDLET_PLAN_UNIT_H

#include <stdint.h>

#include "runtime/plan/limits.h"

/* The D-Bus types that occur. */
enum unit_type {
	UNIT_BOOL,    /* b */
	UNIT_INT32,   /* i */
	UNIT_UINT32,  /* u */
	UNIT_INT64,   /* x */
	UNIT_UINT64,  /* t */
	UNIT_STRING,  /* s */
	UNIT_STRINGS, /* as */
	UNIT_BYTES,   /* ay */
	UNIT_DEVICE,  /* a(st), one element */
	UNIT_TYPE_COUNT
};

struct unit_property {
	const char *name;
	enum unit_type type;
	uint64_t number;  /* the numbers and UNIT_BOOL, two's complement; UNIT_DEVICE's too */
	const char *text; /* UNIT_STRING; UNIT_DEVICE: the path */
	struct strings list;
	struct {
		const uint8_t *v;
		size_t n;
	} bytes;
};

struct unit_properties {
	struct unit_property *v;
	size_t n, room;
};

/* Room for one more, to be filled by the caller. */
struct unit_property *unit_add(struct unit_properties *u, struct arena *a, const char *name,
			       enum unit_type type);

/* Appends what the writes are in systemd's words; writes it has no word for are left out. Values
 * that make no sense in a known file are ERR_CONFIG_VALUE at the write's pointer. */
int unit_from_limits(struct unit_properties *u, struct arena *a, const struct limits *l,
		     struct err *e) MUST_USE;
/*
 * Appends the annotations "org.systemd.property.NAME", whose values are GVariant texts: true, 'a',
 * uint64 5, ['a', 'b']. NAME ending in Sec is given in seconds and becomes USec, as the peers have
 * it. ERR_CONFIG_VALUE with the pointer.
 */
int unit_from_annotations(struct unit_properties *u, struct arena *a,
			  const struct string_map *annotations, struct err *e) MUST_USE;

#endif
