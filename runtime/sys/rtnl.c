/*
 * Network devices by rtnetlink(7).
 *
 * owns:     nothing
 * may use:  base, sys/kernel
 * must not: word errors
 */
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "runtime/sys/kernel.h"
#include "runtime/sys/rtnl.h"

enum { ANSWER_MAX = 32768 /* what the kernel fills of a dump at most (netlink(7)) */ };

/* A request under construction; the bodies are 4-aligned and so are the attributes. */
struct request {
	struct nlmsghdr head;
	union {
		struct ifinfomsg link;
		struct ifaddrmsg address;
	};
	char attributes[192];
};

int rtnl_open(void)
{
	return kernel_result(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
}

static struct request request(uint16_t type, uint16_t flags, size_t body)
{
	return (struct request){.head = {.nlmsg_len = (uint32_t)NLMSG_LENGTH(body),
					 .nlmsg_type = type,
					 .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags)}};
}

static struct request link_request(uint16_t type, int index)
{
	struct request q = request(type, NLM_F_ACK, sizeof(q.link));

	q.link.ifi_index = index;
	return q;
}

static void append(struct request *q, const void *data, size_t size)
{
	memcpy((char *)q + q->head.nlmsg_len, data, size);
	q->head.nlmsg_len += (uint32_t)NLMSG_ALIGN(size);
}

static void attribute(struct request *q, uint16_t type, const void *data, size_t size)
{
	const struct rtattr a = {.rta_len = (uint16_t)RTA_LENGTH(size), .rta_type = type};

	append(q, &a, sizeof(a));
	append(q, data, size);
}

static int answer(int sock, void *buf, size_t size)
{
	ssize_t n;

	do
		n = recv(sock, buf, size, MSG_TRUNC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return (size_t)n > size ? -EMSGSIZE : (int)n;
}

/* Sends the request; every answer to it is shown to each() until the last one. */
static int ask(int sock, const struct request *q, int (*each)(void *to, struct nlmsghdr *h),
	       void *to)
{
	_Alignas(struct nlmsghdr) char buf[ANSWER_MAX];
	int r = 0;

	if (send(sock, q, q->head.nlmsg_len, 0) < 0)
		return -errno;
	for (;;) {
		int n = answer(sock, buf, sizeof(buf));

		if (n < 0)
			return n;
		for (struct nlmsghdr *h = (void *)buf; NLMSG_OK(h, (unsigned int)n);
		     h = NLMSG_NEXT(h, n)) {
			if (h->nlmsg_type == NLMSG_ERROR)
				return r < 0 ? r : ((struct nlmsgerr *)NLMSG_DATA(h))->error;
			if (h->nlmsg_type == NLMSG_DONE)
				return r;
			if (r == 0 && each)
				r = each(to, h);
		}
	}
}

static int take_index(void *to, struct nlmsghdr *h)
{
	if (h->nlmsg_type == RTM_NEWLINK)
		*(int *)to = ((struct ifinfomsg *)NLMSG_DATA(h))->ifi_index;
	return 0;
}

int rtnl_index(int sock, const char *name)
{
	struct request q = link_request(RTM_GETLINK, 0);
	int index = 0, r;

	attribute(&q, IFLA_IFNAME, name, strlen(name) + 1);
	r = ask(sock, &q, take_index, &index);
	return r < 0 ? r : index;
}

struct addresses {
	int index;
	struct rtnl_address *v;
	size_t n, max;
};

/* What belongs to the address and not to the device that has it. */
static bool is_kept(const struct rtattr *a)
{
	static const uint16_t kept[] = {IFA_LOCAL, IFA_ADDRESS, IFA_BROADCAST, IFA_FLAGS,
					IFA_RT_PRIORITY};

	for (size_t i = 0; i < ARRAY_LEN(kept); i++)
		if (a->rta_type == kept[i])
			return true;
	return false;
}

static int take_address(void *to, struct nlmsghdr *h)
{
	const struct ifaddrmsg *m = NLMSG_DATA(h);
	int left = (int)IFA_PAYLOAD(h);
	struct addresses *out = to;
	uint32_t flags = m->ifa_flags;
	struct rtnl_address a = {.family = m->ifa_family, .prefix = m->ifa_prefixlen};

	if (h->nlmsg_type != RTM_NEWADDR || (int)m->ifa_index != out->index ||
	    m->ifa_scope != RT_SCOPE_UNIVERSE)
		return 0;
	for (struct rtattr *t = IFA_RTA(m); RTA_OK(t, left); t = RTA_NEXT(t, left)) {
		if (t->rta_type == IFA_FLAGS)
			memcpy(&flags, RTA_DATA(t), sizeof(flags));
		if (!is_kept(t))
			continue;
		if (a.size + RTA_ALIGN(t->rta_len) > sizeof(a.attributes))
			return -E2BIG;
		memcpy(a.attributes + a.size, t, t->rta_len);
		a.size += RTA_ALIGN(t->rta_len);
	}
	if (!(flags & IFA_F_PERMANENT))
		return 0;
	if (out->n == out->max)
		return -E2BIG;
	out->v[out->n++] = a;
	return 0;
}

int rtnl_addresses(int sock, int index, struct rtnl_address *v, size_t max)
{
	struct addresses to = {.index = index, .v = v, .max = max};
	struct request q = request(RTM_GETADDR, NLM_F_DUMP, sizeof(q.address));
	int r = ask(sock, &q, take_address, &to);

	return r < 0 ? r : (int)to.n;
}

int rtnl_move(int sock, int index, int ns, const char *name)
{
	struct request q = link_request(RTM_NEWLINK, index);
	const uint32_t fd = (uint32_t)ns;

	attribute(&q, IFLA_IFNAME, name, strlen(name) + 1);
	attribute(&q, IFLA_NET_NS_FD, &fd, sizeof(fd));
	return ask(sock, &q, NULL, NULL);
}

int rtnl_rename(int sock, int index, const char *name)
{
	struct request q = link_request(RTM_NEWLINK, index);

	attribute(&q, IFLA_IFNAME, name, strlen(name) + 1);
	return ask(sock, &q, NULL, NULL);
}

int rtnl_add_address(int sock, int index, const struct rtnl_address *a)
{
	struct request q =
		request(RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, sizeof(q.address));

	q.address = (struct ifaddrmsg){.ifa_family = a->family,
				       .ifa_prefixlen = a->prefix,
				       .ifa_scope = RT_SCOPE_UNIVERSE,
				       .ifa_index = (uint32_t)index};
	append(&q, a->attributes, a->size);
	return ask(sock, &q, NULL, NULL);
}

int rtnl_up(int sock, int index)
{
	struct request q = link_request(RTM_NEWLINK, index);

	q.link.ifi_flags = q.link.ifi_change = 1; /* IFF_UP */
	return ask(sock, &q, NULL, NULL);
}
