/*
 * What is used of libsystemd, as a table of functions that dlopen(3) fills: the library's own
 * header is not needed, so that building rundlet does not need its development package.
 *
 * owns:     the declarations (sd-bus(3); the ABI is stable since libsystemd.so.0 of 2014)
 * may use:  nothing
 * must not: be included by anything but sdbus*.c
 */
#ifndef RUNDLET_HOST_SDBUS_LIB_H
#define RUNDLET_HOST_SDBUS_LIB_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/base/err.h"

struct sd_bus;
struct sd_bus_message;
struct sd_bus_slot;

struct sd_bus_error {
	const char *name, *message;
	int need_free;
};

typedef int (*sdbus_handler)(struct sd_bus_message *m, void *data, struct sd_bus_error *e);

struct sdbus_lib {
	int (*bus_new)(struct sd_bus **ret);
	int (*bus_set_address)(struct sd_bus *bus, const char *address);
	int (*bus_set_bus_client)(struct sd_bus *bus, int b);
	int (*bus_start)(struct sd_bus *bus);
	int (*bus_is_ready)(struct sd_bus *bus);
	struct sd_bus *(*bus_close_unref)(struct sd_bus *bus); /* flushing would wait for it */
	struct sd_bus *(*bus_flush_close_unref)(struct sd_bus *bus);
	int (*bus_add_match_async)(struct sd_bus *bus, struct sd_bus_slot **slot, const char *match,
				   sdbus_handler handler, sdbus_handler installed, void *data);
	int (*bus_process)(struct sd_bus *bus, struct sd_bus_message **ret);
	int (*bus_wait)(struct sd_bus *bus, uint64_t timeout_usec);
	int (*bus_call)(struct sd_bus *bus, struct sd_bus_message *m, uint64_t usec,
			struct sd_bus_error *ret_error, struct sd_bus_message **reply);
	void (*bus_error_free)(struct sd_bus_error *e);
	int (*message_new_method_call)(struct sd_bus *bus, struct sd_bus_message **m,
				       const char *destination, const char *path,
				       const char *interface, const char *member);
	struct sd_bus_message *(*message_unref)(struct sd_bus_message *m);
	int (*message_append)(struct sd_bus_message *m, const char *types, ...);
	int (*message_append_array)(struct sd_bus_message *m, char type, const void *ptr,
				    size_t size);
	int (*message_open_container)(struct sd_bus_message *m, char type, const char *contents);
	int (*message_close_container)(struct sd_bus_message *m);
	int (*message_is_method_error)(struct sd_bus_message *m, const char *name);
	int (*message_read)(struct sd_bus_message *m, const char *types, ...);
};

/* Fills the table. The library stays loaded. ERR_CGROUP with a hint when it is not there. */
int sdbus_lib_load(struct sdbus_lib *ret, struct err *e) MUST_USE;

#endif
