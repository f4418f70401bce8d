/*
 * The process that exec runs.
 *
 * owns:     what the options of exec mean
 * may use:  cmd, oci
 * must not: run anything
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "runtime/base/io.h"
#include "runtime/cmd/process.h"

/* --- the file ----------------------------------------------------------------------------------
 */

static int read_file(struct doc *ret, struct spec_process *p, struct invocation *i,
		     const char *path, struct err *e)
{
	/* a fifo that nobody has open must not block; a terminal not become ours */
	AUTO(close_fd) int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	size_t size = DOC_SIZE_MAX + 1;
	struct stat st;
	char *text;
	ssize_t n;
	int r;

	/* one that somebody is about to write to, bash's <(…), is waited for */
	if (fd < 0 || fstat(fd, &st) < 0 || fcntl(fd, F_SETFL, O_RDONLY) < 0)
		return err_sys(e, ERR_USAGE, -errno, "open process file '%s'", path);
	if (S_ISREG(st.st_mode) && st.st_size < DOC_SIZE_MAX)
		size = (size_t)st.st_size + 1;
	text = arena_alloc(i->a, size);
	n = io_read_full(fd, text, size);
	if (n < 0)
		return err_sys(e, ERR_USAGE, (int)n, "read process file '%s'", path);
	i->config = path;
	r = doc_parse(ret, i->a, text, (size_t)n, e);
	return r < 0 ? r : oci_decode_process(p, i->a, ret, e);
}

/* What the file leaves open is as it is for the container's own process. */
static void inherit(struct spec_process *p, const struct spec_process *from)
{
	if (!p->capabilities.set)
		p->capabilities = from->capabilities;
	if (!p->rlimits.n)
		p->rlimits = from->rlimits;
	if (!p->apparmor_profile)
		p->apparmor_profile = from->apparmor_profile;
	if (!p->selinux_label)
		p->selinux_label = from->selinux_label;
	if (!p->exec_cpu_affinity.initial && !p->exec_cpu_affinity.final)
		p->exec_cpu_affinity = from->exec_cpu_affinity;
}

/* --- the options -------------------------------------------------------------------------------
 */

/* (uid_t)-1 is nobody's id. */
static bool parse_id(const char *s, size_t n, uint32_t *ret)
{
	uint64_t v;

	if (!io_parse_u64_n(s, n, UINT32_MAX - 1, &v))
		return false;
	*ret = (uint32_t)v;
	return true;
}

/* UID[:GID], digits only: no names, no signs, no blanks, nothing left out (CVE-2026-30892). */
static int apply_user(struct spec_process *p, const char *text, struct err *e)
{
	size_t n = strcspn(text, ":");
	const char *gid = text[n] ? text + n + 1 : NULL;

	if (!parse_id(text, n, &p->user.uid) || (gid && !parse_id(gid, strlen(gid), &p->user.gid)))
		return err_set(e, ERR_USAGE, "--user: '%s' is not UID or UID:GID in digits", text);
	return 0;
}

static int apply_gids(struct spec_process *p, struct arena *a, const struct option_list *l,
		      struct err *e)
{
	const struct u32s *old = &p->user.additional_gids;
	struct u32s all = {.v = arena_array(a, old->n + l->n, sizeof(*all.v)), .n = old->n};

	if (old->n)
		memcpy(all.v, old->v, old->n * sizeof(*all.v));
	for (size_t k = 0; k < l->n; k++)
		if (!parse_id(l->v[k], strlen(l->v[k]), &all.v[all.n++]))
			return err_set(e, ERR_USAGE, "--additional-gids: '%s' is not a group id",
				       l->v[k]);
	p->user.additional_gids = all;
	return 0;
}

/* Where a variable of that name is, or could be appended. */
static size_t find_env(const struct strings *env, const char *var, size_t name)
{
	for (size_t k = 0; k < env->n; k++)
		if (!strncmp(env->v[k], var, name + 1))
			return k;
	return env->n;
}

/* One that is there already gets the new value: most programs look at the first. */
static int apply_env(struct spec_process *p, struct arena *a, const struct option_list *l,
		     struct err *e)
{
	struct strings all = {.v = arena_array(a, p->env.n + l->n, sizeof(*all.v)), .n = p->env.n};

	if (p->env.n)
		memcpy(all.v, p->env.v, p->env.n * sizeof(*all.v));
	for (size_t k = 0; k < l->n; k++) {
		size_t name = strcspn(l->v[k], "="), at;

		if (!name || !l->v[k][name])
			return err_set(e, ERR_USAGE, "--env: '%s' is not NAME=value", l->v[k]);
		at = find_env(&all, l->v[k], name);
		all.n += at == all.n;
		all.v[at] = l->v[k];
	}
	p->env = all;
	return 0;
}

static bool has_string(const struct strings *s, const char *name)
{
	for (size_t k = 0; k < s->n; k++)
		if (!strcmp(s->v[k], name))
			return true;
	return false;
}

static void add_strings(struct strings *s, struct arena *a, const struct option_list *l,
			const struct strings *only)
{
	struct strings all = {.v = arena_array(a, s->n + l->n, sizeof(*all.v)), .n = s->n};

	if (s->n)
		memcpy(all.v, s->v, s->n * sizeof(*all.v));
	for (size_t k = 0; k < l->n; k++)
		if (!has_string(&all, l->v[k]) && (!only || has_string(only, l->v[k])))
			all.v[all.n++] = l->v[k];
	*s = all;
}

/* Never inheritable: that set stays as the configuration has it (CVE-2022-29162). */
static void apply_caps(struct spec_process *p, struct arena *a, const struct option_list *l)
{
	static const enum cap_set sets[] = {CAP_SET_BOUNDING, CAP_SET_EFFECTIVE, CAP_SET_PERMITTED};
	struct spec_capabilities *c = &p->capabilities;

	c->set = true;
	for (size_t k = 0; k < ARRAY_LEN(sets); k++)
		add_strings(&c->of[sets[k]], a, l, NULL);
	/* an ambient capability has to be inheritable: capabilities(7) */
	add_strings(&c->of[CAP_SET_AMBIENT], a, l, &c->of[CAP_SET_INHERITABLE]);
}

static int apply(struct spec_process *p, struct arena *a, const struct process_options *o,
		 struct err *e)
{
	int r = o->user ? apply_user(p, o->user, e) : 0;

	if (r == 0 && o->cwd && o->cwd[0] != '/')
		r = err_set(e, ERR_USAGE, "--cwd: '%s' is not absolute", o->cwd);
	if (r == 0 && o->gids.n)
		r = apply_gids(p, a, &o->gids, e);
	if (r == 0 && o->env.n)
		r = apply_env(p, a, &o->env, e);
	if (r < 0)
		return r;
	if (o->cwd)
		p->cwd = o->cwd;
	if (o->cap.n)
		apply_caps(p, a, &o->cap);
	if (o->apparmor && *o->apparmor)
		p->apparmor_profile = o->apparmor;
	if (o->label && *o->label)
		p->selinux_label = o->label;
	if (o->no_new_privs)
		p->no_new_privileges = true;
	if (o->terminal)
		p->terminal = true;
	return 0;
}

int process_make(struct spec_process *ret, struct doc *ret_doc, struct invocation *i,
		 const struct process_options *o, const struct spec *config, const char **words,
		 size_t n, struct err *e)
{
	struct spec_process p = config->process;
	int r = 0;

	*ret_doc = (struct doc){0};
	if (!o->file && n == 0)
		return err_set(e, ERR_USAGE, "exec: no program is given");
	if (!o->file && !words[0][0])
		return err_set(e, ERR_USAGE, "exec: the program has no name");
	if (o->file && n > 0)
		return err_set(e, ERR_USAGE, "exec: a program and --process are given");
	if (!o->file) {
		p.set = true;
		p.terminal = false; /* that of the container's own process says nothing of ours */
		p.args = (struct strings){words, n};
		p.cwd = p.cwd ? p.cwd : "/";
	} else {
		p = (struct spec_process){0};
		r = read_file(ret_doc, &p, i, o->file, e);
		if (r == 0)
			inherit(&p, &config->process);
	}
	if (r == 0)
		r = apply(&p, i->a, o, e);
	if (r == 0)
		*ret = p;
	return r;
}
