/*
 * What commands print.
 *
 * owns:     standard output
 * may use:  base
 * must not: buffer: a command prints once
 */
#include <string.h>

#include "runtime/base/io.h"
#include "runtime/cmd/command.h"

int command_print(const char *text, struct err *e)
{
	int r = io_write_all(STDOUT_FILENO, text, strlen(text));

	return r < 0 ? err_sys(e, ERR_SYSTEM, r, "write to standard output") : 0;
}
