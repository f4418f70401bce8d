/*
 * What create and run have in common.
 *
 * owns:     from options to struct container_options
 * may use:  cmd, host
 * must not: differ between the two
 */
#include "runtime/cmd/bundle.h"
#include "runtime/cmd/create.h"
#include "runtime/cmd/listen.h"
#include "runtime/cmd/notify.h"
#include "runtime/host/notify.h"

static int open_root(struct container_options *o, struct invocation *i, struct err *e)
{
	o->root = store_open_root(i->globals->root, true, i->a, e);
	return o->root < 0 ? o->root : 0;
}

int create_prepare(struct container_options *ret, struct invocation *i,
		   const struct create_options *o, bool wait_start, struct err *e)
{
	const uint32_t listen = listen_count();
	const char *notify = notify_socket();
	struct bundle_options b = {
		.id = i->words[0],
		.bundle = o->bundle,
		.config = o->config,
		.no_pivot = o->no_pivot,
		.no_new_keyring = o->no_new_keyring,
		.strict = o->strict,
		.wait_start = wait_start,
		/* both begin at 3: a caller that gives both means the same ones */
		.preserve_fds = listen > o->preserve_fds ? listen : o->preserve_fds,
		.listen_fds = listen,
	};
	int r = store_check_id(i->words[0], e);

	*ret = (struct container_options){
		.id = i->words[0],
		.root = -1,
		.pid_file = o->pid_file,
		.console_socket = o->console_socket,
		.pidfd_socket = o->pidfd_socket,
	};
	if (r == 0 && notify)
		r = open_root(ret, i, e);
	if (r == 0 && notify)
		r = notify_place(&b.notify, i->a, ret->root, i->words[0], e);
	if (r == 0)
		r = bundle_load(&ret->from, i, &b, e);
	if (r == 0 && ret->root < 0)
		r = open_root(ret, i, e);
	if (r == 0 && !ret->pidfd_socket) /* crun's way to ask for it */
		ret->pidfd_socket = spec_annotation(ret->from->spec, "run.oci.pidfd_receiver");
	if (r == 0 && ret->from->notify)
		ret->notify = notify;
	return r;
}
