/*
 * Loading a bundle (runtime-spec bundle.md).
 *
 * owns:     the one way in which config.json is read
 * may use:  base, oci, the plan
 * must not: create anything
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "runtime/base/fmt.h"
#include "runtime/base/io.h"
#include "runtime/base/log.h"
#include "runtime/base/path.h"
#include "runtime/cmd/agent.h"
#include "runtime/cmd/bundle.h"
#include "runtime/cmd/listen.h"
#include "runtime/cmd/notify.h"
#include "runtime/plan/build.h"
#include "runtime/plan/reach.h"

/* All that a plan points into. */
struct bundle {
	struct doc doc;
	struct spec spec;
	struct facts facts;
	struct cgroup_facts cgroup_facts;
	struct cgroup_plan cgroup;
	struct record_source source;
};

/* The absolute name of an open directory. */
static int name_of(int dir, struct arena *a, const char **ret, struct err *e)
{
	char link[64], path[PATH_MAX];
	ssize_t n;

	fmt_buf(link, sizeof(link), "/proc/self/fd/%d", dir);
	n = readlink(link, path, sizeof(path));
	if (n < 0)
		return err_sys(e, ERR_BUNDLE, -errno, "find the absolute name of the bundle");
	if ((size_t)n == sizeof(path) || path[0] != '/')
		return err_set(e, ERR_BUNDLE, "the bundle has no absolute name");
	*ret = arena_strndup(a, path, (size_t)n);
	return 0;
}

static int read_config(struct record_source *s, struct arena *a, int fd, const char *path,
		       struct err *e)
{
	enum { USUAL = 64 * 1024 };
	struct stat st;
	char *text = arena_alloc(a, USUAL);
	ssize_t n = pread(fd, text, USUAL, 0);

	/* less than there is room for: a file of the usual size, and all of it */
	if (n > 0 && n < USUAL) {
		s->text = text;
		s->size = (size_t)n;
		return 0;
	}
	if (fstat(fd, &st) < 0)
		return err_sys(e, ERR_BUNDLE, -errno, "read '%s'", path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_BUNDLE, "'%s' is not a regular file", path);
	if (st.st_size > DOC_SIZE_MAX) {
		err_set(e, ERR_CONFIG_SYNTAX, "'%s' is larger than %d MiB", path,
			DOC_SIZE_MAX >> 20);
		return -EFBIG;
	}
	text = arena_alloc(a, (size_t)st.st_size + 1);
	n = io_read_full(fd, text, (size_t)st.st_size);
	if (n < 0)
		return err_sys(e, ERR_BUNDLE, (int)n, "read '%s'", path);
	s->text = text;
	s->size = (size_t)n;
	return 0;
}

static int open_config(struct record_source *s, struct invocation *i,
		       const struct bundle_options *o, struct err *e)
{
	const char *path = o->bundle ? o->bundle : ".";
	/* both end with this process, which loads one bundle in its life */
	int dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC), fd, r;

	if (dir < 0)
		return err_sys(e, ERR_BUNDLE, -errno, "open bundle '%s'", path);
	r = name_of(dir, i->a, &s->bundle, e);
	if (r < 0)
		return r;
	i->config = o->config;
	path = o->config ? o->config : arena_printf(i->a, "%s/config.json", s->bundle);
	/* a fifo must not block */
	fd = o->config ? open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
		       : openat(dir, "config.json", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, ERR_BUNDLE, -errno, "open '%s'", path);
	return read_config(s, i->a, fd, path, e);
}

int bundle_check_preserved(uint32_t n, struct err *e)
{
	for (uint32_t i = 0; i < n; i++) {
		int flags = fcntl((int)(3 + i), F_GETFD);

		/* all of ours are close-on-exec, what we were started with cannot be */
		if (flags < 0 || (flags & FD_CLOEXEC))
			return err_set(e, ERR_USAGE, "--preserve-fds %u: descriptor %u is not open",
				       n, 3 + i);
	}
	return 0;
}

static int check_rootless(const struct globals *g, const struct facts *f, struct err *e)
{
	if (!g->rootless || strcmp(g->rootless, "false") != 0)
		return 0;
	if (f->euid == 0 && f->initial_userns)
		return 0;
	return err_set(e, ERR_USAGE, "--rootless=false, but this is not the host's root");
}

static enum cgroup_manager asked_manager(const struct globals *g)
{
	enum cgroup_manager asked = g->systemd_cgroup ? CGROUP_SYSTEMD : CGROUP_AUTO;

	/* main has checked the name; the more specific option wins. */
	if (g->cgroup_manager)
		(void)!cgroup_manager_parse(g->cgroup_manager, &asked);
	return asked;
}

static int plan_cgroups(struct bundle *b, struct invocation *i, const struct bundle_options *o,
			struct err *e)
{
	int r = cgroup_probe(&b->cgroup_facts, i->a, b->facts.initial_userns && b->facts.euid == 0,
			     e);

	if (r == 0 && !b->cgroup_facts.root && !b->cgroup_facts.unified &&
	    (b->spec.linux_.cgroups_path || limits_wanted(&b->spec.linux_.resources)))
		r = cgroup_probe_v1(&b->cgroup_facts, i->a, b->spec.linux_.cgroups_path, e);
	if (r < 0)
		return r;
	b->source.cgroup = &b->cgroup;
	b->source.cgroup_facts = &b->cgroup_facts;
	return cgroup_plan(&b->cgroup, i->a, &b->spec, o->id ? o->id : path_base(b->source.bundle),
			   asked_manager(i->globals), &b->cgroup_facts, e);
}

const char *bundle_keyring(struct arena *a, const char *id)
{
	return arena_printf(a, "_ses.%s", id);
}

static int make_plan(struct bundle *b, struct invocation *i, const struct bundle_options *o,
		     struct err *e)
{
	const char *id = o->id ? o->id : path_base(b->source.bundle);
	const struct plan_options po = {
		.bundle = b->source.bundle,
		.id = id,
		.keyring = o->no_new_keyring ? NULL : bundle_keyring(i->a, id),
		.environ = environ,
		.cgroup = &b->cgroup,
		.cgroup_facts = &b->cgroup_facts,
		.no_pivot = o->no_pivot,
		.strict = o->strict,
		.wait_start = o->wait_start,
		.preserve_fds = o->preserve_fds,
		.tell_pid = o->listen_fds > 0,
	};
	int r = facts_probe(&b->facts, i->a, e);

	if (r == 0)
		r = check_rootless(i->globals, &b->facts, e);
	if (r == 0 && plan_needs_ranges(&b->spec, &b->facts))
		r = facts_probe_ranges(&b->facts, i->a, e);
	if (r < 0)
		return r;
	reach_probe(&b->facts, i->a, &b->spec, b->source.bundle);
	r = plan_cgroups(b, i, o, e);
	if (r == 0)
		r = plan_build(&b->source.plan, i->a, &b->doc, &b->spec, &po, &b->facts, e);
	return r < 0 ? doc_locate(&b->doc, e, r) : 0;
}

static void say_plan(const struct record_source *s)
{
	if (!log_debugging())
		return;
	log_debug("bundle '%s': %u operations planned", s->bundle, s->plan->op_count);
	for (size_t n = 0; n < s->adaptations.n; n++)
		log_debug("otherwise than asked: %s", s->adaptations.v[n]);
	for (uint32_t n = 0; n < s->plan->op_count; n++)
		if (plan_ops(s->plan)[n].kind == OP_SECCOMP)
			log_debug("seccomp filter flags: %u", plan_ops(s->plan)[n].seccomp.flags);
}

int bundle_load(const struct record_source **ret, struct invocation *i,
		const struct bundle_options *o, struct err *e)
{
	struct bundle *b = arena_alloc(i->a, sizeof(*b));
	int r = bundle_check_preserved(o->preserve_fds, e);

	if (r == 0)
		r = open_config(&b->source, i, o, e);
	if (r == 0)
		r = doc_parse(&b->doc, i->a, b->source.text, b->source.size, e);
	if (r == 0)
		r = oci_decode_spec(&b->spec, i->a, &b->doc, e);
	if (r == 0)
		r = agent_tell(&b->spec.linux_.seccomp, e);
	if (r == 0)
		listen_tell(&b->spec.process, i->a, o->listen_fds);
	if (r == 0 && o->notify)
		b->source.notify = notify_tell(&b->spec, i->a, o->notify);
	if (r == 0)
		r = make_plan(b, i, o, e);
	if (r < 0)
		return r;
	b->source.doc = &b->doc;
	b->source.spec = &b->spec;
	b->source.facts = &b->facts;
	b->source.adaptations = plan_adaptations(i->a, b->source.plan);
	say_plan(&b->source);
	*ret = &b->source;
	return 0;
}
