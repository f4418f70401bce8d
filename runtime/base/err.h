/*
 * The error value: what went wrong, where in config.json, what the kernel said, what to do.
 *
 * owns:     struct err and the stable codes
 * may use:  base/fmt
 * must not: allocate, print, look at errno, word an errno before err_render()
 *
 * A function that can fail takes `struct err *e` last and returns 0 (or a positive result) on
 * success and a negative errno on failure, with *e filled exactly once. On the way up a caller may
 * add a prefix or a place; nobody logs and returns. The struct has a fixed size and no pointers, so
 * that init sends it to the host as one message.
 */
#ifndef RUNDLET_BASE_ERR_H
#define RUNDLET_BASE_ERR_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/base/cleanup.h"

/* Stable codes: they are an interface (`code` in --log json). Append only. */
enum err_code {
	ERR_NONE,
	ERR_INTERNAL,       /* a bug in rundlet */
	ERR_USAGE,          /* the command line */
	ERR_CONFIG_SYNTAX,  /* config.json is not JSON, is too large or too deep */
	ERR_CONFIG_TYPE,    /* a property has the wrong JSON type */
	ERR_CONFIG_VALUE,   /* a property has a value that is not allowed */
	ERR_CONFIG_MISSING, /* a required property is missing */
	ERR_UNSUPPORTED,    /* valid, but this build or host does not do it */
	ERR_BUNDLE,         /* the bundle directory or its config.json cannot be used */
	ERR_ROOTFS,         /* the root filesystem cannot be used */
	ERR_ID_INVALID,     /* not a container id */
	ERR_ID_EXISTS,      /* the id is in use */
	ERR_NO_CONTAINER,   /* container does not exist */
	ERR_STATUS,         /* the container's status does not allow this */
	ERR_STATE,          /* the state directory cannot be used or is damaged */
	ERR_USERNS,         /* no user namespace to be had */
	ERR_IDMAP,          /* uid or gid mappings */
	ERR_NAMESPACE,      /* creating or joining another namespace */
	ERR_MOUNT,          /* mounts, masked and readonly paths */
	ERR_DEVICE,
	ERR_HOOK,
	ERR_CAPABILITY,
	ERR_SECCOMP,
	ERR_RLIMIT,
	ERR_SYSCTL,
	ERR_PROCESS, /* user, groups, cwd, scheduling, labels */
	ERR_EXEC,    /* the program cannot be found or executed */
	ERR_CONSOLE,
	ERR_CGROUP,
	ERR_HOST,     /* the kernel or host lacks something that is always needed */
	ERR_PROTOCOL, /* the other end of the handshake said something else or died */
	ERR_SYSTEM,   /* any other system call */
	ERR_CODE_COUNT
};

enum {
	ERR_TEXT_SIZE = 1024,
	ERR_POINTER_SIZE = 192,
	ERR_HINT_SIZE = 384,
};

struct err {
	uint32_t code;                  /* enum err_code */
	int32_t num;                    /* positive errno whose text ends the message; 0: none */
	uint32_t line;                  /* in the config file, 1-based; 0: unknown */
	uint32_t column;                /* in bytes, 1-based; 0: unknown */
	char pointer[ERR_POINTER_SIZE]; /* JSON pointer (RFC 6901), "" if none */
	char text[ERR_TEXT_SIZE];
	char hint[ERR_HINT_SIZE]; /* what to do, "" if none */
};

/* Starts an error that no system call caused. Returns -EINVAL always. */
int err_set(struct err *e, enum err_code code, const char *fmt, ...) PRINTF(3, 4);

/* Starts an error from a system call; r is a negative errno and is returned. */
int err_sys(struct err *e, enum err_code code, int r, const char *fmt, ...) PRINTF(4, 5);

/* Puts "TEXT: " before the text. Returns r, so that `return err_prefix(e, r, …)` reads well. */
int err_prefix(struct err *e, int r, const char *fmt, ...) PRINTF(3, 4);

/* Puts a pointer segment ("/mounts/3") before the pointer. Returns r. */
int err_at(struct err *e, int r, const char *fmt, ...) PRINTF(3, 4);

/* Sets the hint, one sentence without a full stop, unless one is set already. Returns r. */
int err_hint(struct err *e, int r, const char *fmt, ...) PRINTF(3, 4);

/* The stable name of a code, e.g. "config.type". */
const char *err_code_name(enum err_code code);

/*
 * Renders the one line "config.json:41:7: /mounts/3: text: errno text (hint)" into buf (size bytes,
 * always terminated). file names the document that line and pointer are about; NULL: "config.json".
 * Control characters and line breaks in the text are escaped, so that it stays one line.
 */
void err_render(const struct err *e, const char *file, char *buf, size_t size);

#endif
