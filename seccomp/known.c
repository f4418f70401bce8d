/*
 * What `features` says about seccomp.
 *
 * owns:     the lists
 * may use:  base, the tables, libseccomp, seccomp(2) as a question
 * must not: install a filter
 */
#include "seccomp/seccomp.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "seccomp/library.h"
#include "seccomp/names.h"

/* The kernel looks at the flags before the filter: EFAULT for a NULL filter means that it knows
 * them (seccomp(2) "ERRORS"). */
static bool kernel_takes(uint32_t flags)
{
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, NULL) < 0 && errno == EFAULT;
}

static struct strings strings_new(struct arena *a, size_t max)
{
	return (struct strings){.v = arena_array(a, max + 1, sizeof(const char *))};
}

static void strings_add(struct strings *s, const char *v)
{
	s->v[s->n++] = v;
}

/* All names, or those that this libseccomp knows. */
static struct strings known_archs(struct arena *a, const struct library *lib)
{
	struct strings archs = strings_new(a, arch_table_len);
	char name[ARCH_NAME_SIZE];

	for (size_t i = 0; i < arch_table_len; i++)
		if (!lib || (arch_name(arch_table[i], name) && lib->arch_resolve_name(name)))
			strings_add(&archs, arch_table[i]);
	return archs;
}

void seccomp_known(struct seccomp_known *ret, struct arena *a)
{
	struct seccomp_known known = {
		.actions = strings_new(a, action_table_len),
		.operators = strings_new(a, operator_table_len),
		.known_flags = strings_new(a, flag_table_len),
		.supported_flags = strings_new(a, flag_table_len),
	};
	struct library lib;
	struct err ignored;
	bool loaded = library_open(&lib, &ignored) == 0;

	for (size_t i = 0; i < action_table_len; i++)
		strings_add(&known.actions, action_table[i].name);
	for (size_t i = 0; i < operator_table_len; i++)
		strings_add(&known.operators, operator_table[i].name);
	for (size_t i = 0; i < flag_table_len; i++) {
		const struct flag_info *f = &flag_table[i];

		strings_add(&known.known_flags, f->name);
		if (loaded && kernel_takes(f->flag | f->only_along))
			strings_add(&known.supported_flags, f->name);
	}
	known.archs = known_archs(a, loaded ? &lib : NULL);
	if (loaded) {
		const struct scmp_version *v = lib.version();

		known.version = arena_printf(a, "%u.%u.%u", v->major, v->minor, v->micro);
	}
	*ret = known;
}
