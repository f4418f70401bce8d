/*
 * What create and run have in common.
 *
 * owns:     their options
 * may use:  cmd, host
 * must not: differ between the two
 */
#ifndef RUNDLET_CMD_CREATE_H
#define RUNDLET_CMD_CREATE_H

#include <stddef.h>

#include "runtime/cmd/command.h"
#include "runtime/host/container.h"

struct create_options {
	const char *bundle, *config;
	const char *pid_file, *console_socket, *pidfd_socket;
	uint32_t preserve_fds;
	bool no_pivot, no_new_keyring, strict;
};

#define CREATE_OPTION(name, letter, type, field, value, help)                                      \
	{                                                                                          \
		name, letter, type, offsetof(struct create_options, field), value, help            \
	}

/* Rows of an option table whose structure begins with a struct create_options. */
#define CREATE_OPTIONS                                                                             \
	CREATE_OPTION("bundle", 'b', OPTION_TEXT, bundle, "DIR",                                   \
		      "the bundle (default: the working directory)"),                              \
		CREATE_OPTION("config", 'f', OPTION_TEXT, config, "FILE",                          \
			      "read this instead of config.json in the bundle"),                   \
		CREATE_OPTION("console-socket", 0, OPTION_TEXT, console_socket, "PATH",            \
			      "send the master of the terminal to this socket"),                   \
		CREATE_OPTION("pidfd-socket", 0, OPTION_TEXT, pidfd_socket, "PATH",                \
			      "send a pidfd of the container's init to this socket"),              \
		CREATE_OPTION("pid-file", 0, OPTION_TEXT, pid_file, "FILE",                        \
			      "write the pid of the container's init"),                            \
		CREATE_OPTION("preserve-fds", 0, OPTION_NUMBER, preserve_fds, "N",                 \
			      "leave descriptors 3 to 2+N open in the container"),                 \
		CREATE_OPTION("no-pivot", 0, OPTION_FLAG, no_pivot, NULL,                          \
			      "move the root instead of pivot_root"),                              \
		CREATE_OPTION("no-new-keyring", 0, OPTION_FLAG, no_new_keyring, NULL,              \
			      "leave it the caller's session keyring"),                            \
		CREATE_OPTION("strict", 0, OPTION_FLAG, strict, NULL,                              \
			      "fail where something would be done otherwise than asked")

/* Loads the bundle and opens the state root for the container named by the first word. */
int create_prepare(struct container_options *ret, struct invocation *i,
		   const struct create_options *o, bool wait_start, struct err *e) MUST_USE;

#endif
