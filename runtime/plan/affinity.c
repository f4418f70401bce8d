/*
 * process.execCPUAffinity: lists of CPUs to masks.
 *
 * owns:     the syntax of the lists (config.md "execCPUAffinity", as in taskset(1))
 * may use:  base, oci (types)
 * must not: know how many CPUs there are: the kernel says
 */
#include <errno.h>
#include <string.h>

#include "runtime/base/io.h"
#include "runtime/plan/builder.h"

enum { CPUS_MAX = 8192, WORD = 64 };

struct mask {
	uint64_t words[CPUS_MAX / WORD];
	size_t used; /* words, up to the last one that is not 0 */
};

/* "3" or "3-7", n bytes without blanks around. */
static bool add_range(struct mask *m, const char *s, size_t n)
{
	const char *dash = memchr(s, '-', n);
	size_t left = dash ? (size_t)(dash - s) : n;
	uint64_t first, last;

	if (!io_parse_u64_n(s, left, CPUS_MAX - 1, &first))
		return false;
	last = first;
	if (dash && !io_parse_u64_n(dash + 1, n - left - 1, CPUS_MAX - 1, &last))
		return false;
	if (last < first)
		return false;
	for (uint64_t cpu = first; cpu <= last; cpu++)
		m->words[cpu / WORD] |= UINT64_C(1) << cpu % WORD;
	if (last / WORD + 1 > m->used)
		m->used = last / WORD + 1;
	return true;
}

static bool parse_list(struct mask *m, const char *list)
{
	for (;;) {
		size_t n = strcspn(list, ","), blanks = strspn(list, " "), end = n;

		while (end > blanks && list[end - 1] == ' ')
			end--;
		if (!add_range(m, list + blanks, end > blanks ? end - blanks : 0))
			return false;
		if (!list[n])
			return true;
		list += n + 1;
	}
}

int mask_read(struct builder *b, const char *list, const char *what, const char *pointer,
	      struct pref *ret)
{
	struct mask m = {.used = 0};

	if (!parse_list(&m, list)) {
		err_set(b->e, ERR_CONFIG_VALUE, "'%s' is no list of %s below %d, like 0-3,7", list,
			what, CPUS_MAX);
		return err_at(b->e, -EINVAL, "%s", pointer);
	}
	*ret = pool_blob(b, m.words, m.used * sizeof(m.words[0]));
	return 0;
}

int affinity_add(struct builder *b, enum phase phase, const char *list, const char *pointer)
{
	struct pref mask;
	struct op op;
	int r;

	if (!list)
		return 0;
	r = mask_read(b, list, "CPUs", pointer, &mask);
	if (r < 0)
		return r;
	op = op_new(b, OP_AFFINITY, phase, pointer);
	op.affinity.mask = mask;
	op_add(b, &op);
	return 0;
}
