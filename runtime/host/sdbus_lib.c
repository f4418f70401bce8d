/*
 * owns:     loading libsystemd
 * may use:  dlopen
 * must not: run before somebody asked for systemd
 */
#include "runtime/host/sdbus_lib.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#define LIBRARY "libsystemd.so.0"

#ifdef RUNDLET_STATIC
int sdbus_lib_load(struct sdbus_lib *ret, struct err *e)
{
	(void)ret;
	return err_hint(
		e,
		err_set(e, ERR_CGROUP, "a static rundlet cannot load %s to ask systemd", LIBRARY),
		"use --cgroup-manager cgroupfs, or the dynamic build");
}
#else
static const struct symbol {
	const char *name;
	size_t offset;
} symbols[] = {
#define SYMBOL(member)                                                                             \
	{                                                                                          \
		"sd_" #member, offsetof(struct sdbus_lib, member)                                  \
	}
	SYMBOL(bus_new),
	SYMBOL(bus_set_address),
	SYMBOL(bus_set_bus_client),
	SYMBOL(bus_start),
	SYMBOL(bus_is_ready),
	SYMBOL(bus_close_unref),
	SYMBOL(bus_flush_close_unref),
	SYMBOL(bus_add_match_async),
	SYMBOL(bus_process),
	SYMBOL(bus_wait),
	SYMBOL(bus_call),
	SYMBOL(bus_error_free),
	{"sd_bus_message_new_method_call", offsetof(struct sdbus_lib, message_new_method_call)},
	{"sd_bus_message_unref", offsetof(struct sdbus_lib, message_unref)},
	{"sd_bus_message_append", offsetof(struct sdbus_lib, message_append)},
	{"sd_bus_message_append_array", offsetof(struct sdbus_lib, message_append_array)},
	{"sd_bus_message_open_container", offsetof(struct sdbus_lib, message_open_container)},
	{"sd_bus_message_close_container", offsetof(struct sdbus_lib, message_close_container)},
	{"sd_bus_message_is_method_error", offsetof(struct sdbus_lib, message_is_method_error)},
	{"sd_bus_message_read", offsetof(struct sdbus_lib, message_read)},
};

int sdbus_lib_load(struct sdbus_lib *ret, struct err *e)
{
	void *lib = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	size_t i;

	if (!lib)
		return err_hint(
			e,
			err_set(e, ERR_CGROUP, "%s, needed to ask systemd, is not there", LIBRARY),
			"install libsystemd (Debian: libsystemd0), or use --cgroup-manager "
			"cgroupfs");
	for (i = 0; i < ARRAY_LEN(symbols); i++) {
		void *function = dlsym(lib, symbols[i].name);

		if (!function)
			return err_set(e, ERR_CGROUP, "%s has no %s", LIBRARY, symbols[i].name);
		memcpy((char *)ret + symbols[i].offset, &function, sizeof(function));
	}
	return 0;
}
#endif
