/*
 * Network devices on their way into the container.
 *
 * owns:     the order of the steps, what is looked at before the first of them
 * may use:  base, sys, the plan
 * must not: bring anything back: a device belongs to the network namespace that it is in
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "runtime/base/fmt.h"
#include "runtime/host/netdev.h"
#include "runtime/sys/ns.h"
#include "runtime/sys/rtnl.h"

enum { ADDRESSES_MAX = 256 };

/* One socket into each of the two namespaces, and the container's itself. */
struct ends {
	int here, there, ns;
};

static void ends_cleanup(struct ends *s)
{
	close_fd_cleanup(&s->here);
	close_fd_cleanup(&s->there);
	close_fd_cleanup(&s->ns);
}

/* The error is about this device, where config.json names it. */
static int at(const struct plan *p, const struct op *op, int r, struct err *e)
{
	e->line = op->line;
	return err_at(e, r, "%s", plan_str(p, op->pointer));
}

static int failed(const struct plan *p, const struct op *op, int r, const char *step, struct err *e)
{
	err_sys(e, ERR_NAMESPACE, r, "%s network device '%s'", step,
		plan_str(p, op->net_device.from));
	if (r == -EPERM)
		err_hint(e, r,
			 "this needs CAP_NET_ADMIN over the network namespace of the caller: run "
			 "rundlet in a user and network namespace that has the device");
	if (r == -EINVAL)
		err_hint(e, r, "devices like lo belong to their network namespace");
	return at(p, op, r, e);
}

/* The next of them, from *i on; NULL: no more. */
static const struct op *next_device(const struct plan *p, uint32_t *i)
{
	while (*i < p->op_count) {
		const struct op *op = &plan_ops(p)[(*i)++];

		if (op->kind == OP_NET_DEVICE)
			return op;
	}
	return NULL;
}

int netdev_check(const struct plan *p, struct err *e)
{
	AUTO(close_fd) int sock = -1;
	const struct op *op;

	for (uint32_t i = 0; (op = next_device(p, &i)) != NULL;) {
		const char *name = plan_str(p, op->net_device.from);
		int r;

		if (sock < 0)
			sock = rtnl_open();
		r = sock < 0 ? sock : rtnl_index(sock, name);
		if (r >= 0)
			continue;
		if (r != -ENODEV)
			return failed(p, op, r, "look up", e);
		err_set(e, ERR_NAMESPACE,
			"there is no network device '%s' in the network namespace of the caller",
			name);
		return at(p, op, r, e);
	}
	return 0;
}

/*
 * A socket of the namespace behind ns. We are alone in this process, and have seen before we leave
 * that our own namespace takes us back.
 */
static int socket_in(int ns, struct err *e)
{
	AUTO(close_fd) int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int r = own < 0 ? -errno : ns_enter(own, NS_NET), sock, back;

	if (r == 0)
		r = ns_enter(ns, NS_NET);
	if (r < 0) {
		err_sys(e, ERR_NAMESPACE, r, "enter the network namespace of the container");
		return err_hint(e, r,
				"this needs CAP_SYS_ADMIN over it and over that of the caller");
	}
	sock = rtnl_open();
	back = ns_enter(own, NS_NET);
	if (back == 0 && sock >= 0)
		return sock;
	if (sock >= 0)
		close(sock);
	return err_sys(e, ERR_NAMESPACE, back < 0 ? back : sock,
		       "come back from the network namespace of the container");
}

static int open_ends(struct ends *s, int ns, pid_t pid, struct err *e)
{
	char path[40];
	int r;

	fmt_buf(path, sizeof(path), "/proc/%d/ns/net", pid);
	s->ns = ns >= 0 ? fcntl(ns, F_DUPFD_CLOEXEC, 0) : open(path, O_RDONLY | O_CLOEXEC);
	r = s->ns < 0 ? -errno : ns_is_current(s->ns, NS_NET);
	if (r < 0)
		return err_sys(e, ERR_NAMESPACE, r, "open the network namespace of the container");
	if (r > 0) {
		err_set(e, ERR_NAMESPACE,
			"the container's network namespace is the caller's: nothing can be moved");
		return err_at(e, -EINVAL, "/linux/netDevices");
	}
	s->here = rtnl_open();
	if (s->here < 0)
		return err_sys(e, ERR_NAMESPACE, s->here, "open a netlink socket");
	s->there = socket_in(s->ns, e);
	return s->there < 0 ? s->there : 0;
}

static bool is_template(const char *name)
{
	return strchr(name, '%') != NULL;
}

/* As the kernel would say it, but before the first device has left. */
static int check_names(const struct plan *p, const struct ends *s, struct err *e)
{
	const struct op *op;

	for (uint32_t i = 0; (op = next_device(p, &i)) != NULL;) {
		const char *name = plan_str(p, op->net_device.to);
		int r = is_template(name) ? -ENODEV : rtnl_index(s->there, name);

		if (r == -ENODEV)
			continue;
		if (r < 0)
			return failed(p, op, r, "find a name for", e);
		err_set(e, ERR_NAMESPACE,
			"the container's network namespace has a device '%s' already", name);
		err_hint(e, -EEXIST, "give it another name, or one that ends in %%d");
		return at(p, op, -EEXIST, e);
	}
	return 0;
}

/* Its addresses, then up: it is in the container already. */
static int furnish(int sock, int index, const struct rtnl_address *v, int n)
{
	int r = 0;

	for (int i = 0; r == 0 && i < n; i++)
		r = rtnl_add_address(sock, index, &v[i]);
	return r < 0 ? r : rtnl_up(sock, index);
}

static int move(const struct plan *p, const struct ends *s, const struct op *op, struct err *e)
{
	const char *to = plan_str(p, op->net_device.to);
	struct rtnl_address addresses[ADDRESSES_MAX];
	char known[16];
	int index, n, r;

	index = rtnl_index(s->here, plan_str(p, op->net_device.from));
	n = index < 0 ? index : rtnl_addresses(s->here, index, addresses, ADDRESSES_MAX);
	if (n < 0)
		return failed(p, op, n, "read the addresses of", e);
	/* The number that the kernel will find is not told: a name that we know until then. */
	if (is_template(to))
		fmt_buf(known, sizeof(known), "_%d", index);
	else
		fmt_buf(known, sizeof(known), "%s", to);
	r = rtnl_move(s->here, index, s->ns, known);
	if (r < 0)
		return failed(p, op, r, "move", e);
	index = rtnl_index(s->there, known);
	r = index < 0 ? index : 0;
	if (r == 0 && is_template(to))
		r = rtnl_rename(s->there, index, to);
	if (r < 0)
		return failed(p, op, r, "rename", e);
	r = furnish(s->there, index, addresses, n);
	return r < 0 ? failed(p, op, r, "set up", e) : 0;
}

int netdev_move(const struct plan *p, int ns, pid_t pid, struct err *e)
{
	AUTO(ends) struct ends s = {.here = -1, .there = -1, .ns = -1};
	const struct op *op;
	uint32_t i = 0;
	int r = 0;

	if (!next_device(p, &i))
		return 0;
	r = open_ends(&s, ns, pid, e);
	if (r == 0)
		r = check_names(p, &s, e);
	for (i = 0; r == 0 && (op = next_device(p, &i)) != NULL;)
		r = move(p, &s, op, e);
	return r;
}
