/*
 * Handing the seccomp listener to the agent.
 *
 * owns:     the connection and its one message
 * may use:  base, oci, wire, host/console, host/hooks (what is told of a container)
 * must not: answer notifications
 *
 * init may wait for the agent from its next system call on: it has the listener before TAKEN is
 * said.
 */
#include <string.h>

#include "runtime/base/path.h"
#include "runtime/host/console.h"
#include "runtime/host/listener.h"
#include "runtime/sys/packet.h"

static int tell(const struct listener *l, int fd, struct err *e)
{
	const struct hooks *of = l->of;
	const struct spec_seccomp seccomp = spec_seccomp_of(of->spec);
	const struct state s = {
		.oci_version = OCI_VERSION,
		.id = of->id,
		.status = l->status,
		.pid = l->init,
		.bundle = of->bundle,
		.annotations = of->spec->annotations,
	};
	const char *at = seccomp.listener_at;
	const char *text = oci_emit_process_state(of->a, &s, l->pid, seccomp.listener_metadata);
	AUTO(close_fd) int sock = -1;
	int r;

	r = sock = console_connect(seccomp.listener_path,
				   at ? path_base(at) : "RUN_OCI_SECCOMP_RECEIVER", e);
	if (sock < 0) {
		err_prefix(e, sock, "failed to connect with seccomp agent");
		e->code = ERR_SECCOMP;
	} else {
		r = packet_send(sock, text, strlen(text), fd);
	}
	if (sock >= 0 && r < 0)
		err_sys(e, ERR_SECCOMP, r, "send the listener to the seccomp agent");
	if (r < 0 && at) {
		err_at(e, r, "%s", at);
		e->line = of->doc ? doc_line(of->doc, e->pointer) : 0;
	}
	return r;
}

int listener_pass(struct wire *w, const struct listener *l, struct err *e)
{
	AUTO(close_fd) int fd = -1;
	int r;

	if (!wire_has(w, MSG_LISTENER))
		return 0;
	r = wire_expect(w, MSG_LISTENER, &fd, e);
	if (r < 0)
		return r;
	r = tell(l, fd, e);
	return r < 0 ? r : wire_send(w, MSG_TAKEN, -1, e);
}
