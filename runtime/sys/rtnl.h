/*
 * Network devices by rtnetlink(7): look up, move, rename, addresses, up.
 *
 * owns:     nothing
 * may use:  base, sys/kernel
 * must not: word errors
 *
 * A socket speaks for ever to the network namespace in which it was opened.
 */
#ifndef RUNDLET_SYS_RTNL_H
#define RUNDLET_SYS_RTNL_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/base/cleanup.h"

/* An address as the kernel told it: good for one with the same attributes on another device. */
struct rtnl_address {
	uint8_t family, prefix;
	uint32_t size; /* bytes of attributes */
	char attributes[108];
};

/* A socket of the caller's network namespace, close-on-exec, the caller's; or a negative errno. */
int rtnl_open(void) MUST_USE;
/* The index of the device of this name; -ENODEV when there is none. */
int rtnl_index(int sock, const char *name) MUST_USE;
/*
 * The addresses of a device that a move has to keep: permanent and of global scope, of any family.
 * Returns how many, at most max; -E2BIG when there are more.
 */
int rtnl_addresses(int sock, int index, struct rtnl_address *v, size_t max) MUST_USE;
/* Moves the device into the network namespace behind ns, where its name is to be this one, in one
 * step: -EEXIST when it is taken there, and nothing has changed. */
int rtnl_move(int sock, int index, int ns, const char *name) MUST_USE;
/* The new name of a device that is down; %d in it: the kernel finds a free number. */
int rtnl_rename(int sock, int index, const char *name) MUST_USE;
int rtnl_add_address(int sock, int index, const struct rtnl_address *a) MUST_USE;
int rtnl_up(int sock, int index) MUST_USE;

#endif
