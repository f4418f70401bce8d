/*
 * systemd's manager over D-Bus, through libsystemd loaded on first use.
 *
 * owns:     libsystemd: what is used of it, and when it is loaded (0.4 ms that others need not pay)
 * may use:  base, plan/unit
 * must not: know about cgroups
 *
 * (sd-bus(3), org.freedesktop.systemd1(5))
 */
#ifndef RUNDLET_HOST_SDBUS_H
#define RUNDLET_HOST_SDBUS_H

#include <sys/types.h>

#include "runtime/base/err.h"
#include "runtime/plan/unit.h"

struct sdbus;

/*
 * Connects to the system's manager when system, else to the user's: $DBUS_SESSION_BUS_ADDRESS, then
 * $XDG_RUNTIME_DIR/bus, then $XDG_RUNTIME_DIR/systemd/private; the first that answers. Works with
 * euid 0 inside a user namespace, as libsystemd lets the kernel say who we are. ERR_CGROUP with a
 * hint when no library or no manager is there. The caller's, to be closed.
 */
int sdbus_open(struct sdbus **ret, bool system, struct err *e) MUST_USE;
void sdbus_close(struct sdbus *b);
static inline void sdbus_close_cleanup(struct sdbus **b)
{
	sdbus_close(*b);
}

/* Starts the transient scope with pid in it, and waits until systemd has done so (or a deadline). A
 * failed unit of that name is cleared away first. */
int sdbus_start_scope(struct sdbus *b, const char *scope, pid_t pid,
		      const struct unit_properties *u, struct err *e) MUST_USE;
/* Stops the unit and waits until it is gone; a unit that is not there is as good. */
int sdbus_stop_unit(struct sdbus *b, const char *unit, struct err *e) MUST_USE;
/* Changes properties of a running unit, until the next boot. */
int sdbus_set_properties(struct sdbus *b, const char *unit, const struct unit_properties *u,
			 struct err *e) MUST_USE;
/* Moves a process into a cgroup below the unit's ("/container", "" for the unit's own). */
int sdbus_attach(struct sdbus *b, const char *unit, const char *subgroup, pid_t pid,
		 struct err *e) MUST_USE;

#endif
