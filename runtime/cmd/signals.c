/*
 * Signals by name (signal(7)).
 *
 * owns:     the names
 * may use:  base
 * must not: send any
 */
#include <signal.h>
#include <string.h>
#include <strings.h>

#include "runtime/base/io.h"
#include "runtime/base/names.h"
#include "runtime/cmd/signals.h"

/* The numbers differ between architectures: never written as such. */
static const struct name signals[] = {
	{"HUP", SIGHUP},       {"INT", SIGINT},   {"QUIT", SIGQUIT},     {"ILL", SIGILL},
	{"TRAP", SIGTRAP},     {"ABRT", SIGABRT}, {"IOT", SIGIOT},       {"BUS", SIGBUS},
	{"FPE", SIGFPE},       {"KILL", SIGKILL}, {"USR1", SIGUSR1},     {"SEGV", SIGSEGV},
	{"USR2", SIGUSR2},     {"PIPE", SIGPIPE}, {"ALRM", SIGALRM},     {"TERM", SIGTERM},
#ifdef SIGSTKFLT
	{"STKFLT", SIGSTKFLT},
#endif
	{"CHLD", SIGCHLD},     {"CLD", SIGCHLD},  {"CONT", SIGCONT},     {"STOP", SIGSTOP},
	{"TSTP", SIGTSTP},     {"TTIN", SIGTTIN}, {"TTOU", SIGTTOU},     {"URG", SIGURG},
	{"XCPU", SIGXCPU},     {"XFSZ", SIGXFSZ}, {"VTALRM", SIGVTALRM}, {"PROF", SIGPROF},
	{"WINCH", SIGWINCH},   {"IO", SIGIO},     {"POLL", SIGPOLL},     {"PWR", SIGPWR},
	{"SYS", SIGSYS},
};

/* The kernel's range; what libc keeps of it for itself is not the container's concern. */
enum { REALTIME_MIN = 34, REALTIME_MAX = 64 };

/* "RTMIN", "RTMIN+3", "RTMAX-2" */
static bool parse_realtime(const char *text, int *ret)
{
	bool from_min = strncasecmp(text, "RTMIN", 5) == 0;
	uint64_t distance = 0;

	if (!from_min && strncasecmp(text, "RTMAX", 5) != 0)
		return false;
	if (text[5] && (text[5] != (from_min ? '+' : '-') ||
			!io_parse_u64(text + 6, REALTIME_MAX - REALTIME_MIN, &distance)))
		return false;
	*ret = from_min ? REALTIME_MIN + (int)distance : REALTIME_MAX - (int)distance;
	return true;
}

int signal_parse(const char *text, int *ret, struct err *e)
{
	const char *name = strncasecmp(text, "SIG", 3) == 0 ? text + 3 : text;
	uint64_t number;

	if (io_parse_u64(text, REALTIME_MAX, &number)) {
		*ret = (int)number;
		return 0;
	}
	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		if (strcasecmp(name, signals[i].name) == 0) {
			*ret = (int)signals[i].value;
			return 0;
		}
	if (parse_realtime(name, ret))
		return 0;
	return err_set(e, ERR_USAGE, "unknown signal \"%s\"", text);
}
