/*
 * Finding libseccomp.
 *
 * owns:     the name of the shared object
 * may use:  base, dlopen(3)
 * must not: keep anything in a variable: the caller holds the functions
 */
#include "seccomp/library.h"

#ifdef RUNDLET_STATIC

#define LIBRARY_ASSIGN(name) .name = seccomp_##name,

int library_open(struct library *ret, struct err *e)
{
	(void)e;
	*ret = (struct library){LIBRARY_FUNCTIONS(LIBRARY_ASSIGN)};
	return 0;
}

#else

#include <dlfcn.h>
#include <string.h>

static const char library_name[] = "libseccomp.so.2";

struct library_symbol {
	const char *name;
	size_t offset; /* of the member in struct library */
};

#define LIBRARY_SYMBOL(name) {"seccomp_" #name, offsetof(struct library, name)},

static const struct library_symbol library_symbols[] = {LIBRARY_FUNCTIONS(LIBRARY_SYMBOL)};

int library_open(struct library *ret, struct err *e)
{
	/* RTLD_NODELETE: no handle is kept, so nothing could ever be unloaded */
	void *handle = dlopen(library_name, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	struct library lib = {0};

	if (!handle)
		return err_hint(e,
				err_set(e, ERR_HOST, "seccomp needs %s, which cannot be loaded",
					library_name),
				"install libseccomp 2.5 or newer, or remove linux.seccomp");
	for (size_t i = 0; i < ARRAY_LEN(library_symbols); i++) {
		void *f = dlsym(handle, library_symbols[i].name);

		if (!f)
			return err_hint(e,
					err_set(e, ERR_HOST, "%s has no %s", library_name,
						library_symbols[i].name),
					"install libseccomp 2.5 or newer");
		/* ISO C has no conversion from void * to a function pointer; POSIX promises the
		 * representation */
		memcpy((char *)&lib + library_symbols[i].offset, &f, sizeof(f));
	}
	*ret = lib;
	return 0;
}

#endif
