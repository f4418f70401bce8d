/*
 * Signals by name.
 *
 * owns:     the names
 * may use:  base
 * must not: send any
 */
#ifndef RUNDLET_CMD_SIGNALS_H
#define RUNDLET_CMD_SIGNALS_H

#include "runtime/base/err.h"

/* "KILL", "SIGKILL", "9", "RTMIN+1", in any case; 0 is a signal too: none, only a look. ERR_USAGE.
 */
int signal_parse(const char *text, int *ret, struct err *e) MUST_USE;

#endif
