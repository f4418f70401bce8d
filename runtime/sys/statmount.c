/*
 * statmount(2) and listmount(2).
 *
 * owns:     their numbers and requests
 * may use:  base, sys/kernel
 * must not: word errors
 */
#include "runtime/sys/statmount.h"

#include "runtime/sys/kernel.h"

/* The same on every architecture but alpha, as all since clone3(2). */
enum { CALL_STATMOUNT = 457, CALL_LISTMOUNT = 458 };

#define LIST_ROOT UINT64_MAX
/* NS_GET_MNTNS_ID of <linux/nsfs.h>. */
#define GET_NAMESPACE_ID _IOR(0xb7, 0x5, uint64_t)

/* struct mnt_id_req */
struct request {
	uint32_t size, spare;
	uint64_t id, param, ns;
};

_Static_assert(offsetof(struct statmount_reply, str) == 512, "the kernel's struct statmount");
_Static_assert(offsetof(struct statmount_reply, ns_id) == 112, "the kernel's struct statmount");

int statmount_namespace(int fd, uint64_t *ret)
{
	return kernel_result(ioctl(fd, GET_NAMESPACE_ID, ret));
}

int statmount_list(uint64_t ns, uint64_t *ids, size_t max)
{
	struct request q = {.size = sizeof(q), .id = LIST_ROOT, .ns = ns};

	return kernel_result(syscall(CALL_LISTMOUNT, &q, ids, max, 0));
}

int statmount_get(uint64_t ns, uint64_t id, uint64_t want, struct statmount_reply *ret, size_t size)
{
	struct request q = {.size = sizeof(q), .id = id, .param = want, .ns = ns};

	return kernel_result(syscall(CALL_STATMOUNT, &q, ret, size, 0));
}
