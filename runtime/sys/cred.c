/*
 * Identity.
 *
 * owns:     nothing
 * may use:  base, sys/kernel
 * must not: word errors; use libcap
 *
 * The raw system calls: both programs have one thread, so that the C library's dance to change
 * every thread is for nothing.
 */
#include <errno.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <sys/prctl.h>

#include "runtime/sys/cred.h"
#include "runtime/sys/kernel.h"

/* keyctl(2): the kernel's headers do not have them. */
enum {
	KEY_USER_VIEW = 0x10000,
	KEY_USER_READ = 0x20000,
	KEY_USER_SEARCH = 0x80000,
	KEY_USER_LINK = 0x100000,
	KEY_POSSESSOR_ALL = 0x3f000000,
};

/* 32-bit machines that once had 16-bit ids have a second set of calls. */
#ifdef SYS_setresuid32
enum { NR_SETRESUID = SYS_setresuid32, NR_SETRESGID = SYS_setresgid32 };
#else
enum { NR_SETRESUID = SYS_setresuid, NR_SETRESGID = SYS_setresgid };
#endif
#ifdef SYS_setgroups32
enum { NR_SETGROUPS = SYS_setgroups32 };
#else
enum { NR_SETGROUPS = SYS_setgroups };
#endif

static uint64_t join(uint32_t low, uint32_t high)
{
	return low | (uint64_t)high << 32;
}

int cred_get_caps(struct cred_caps *ret)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct d[_LINUX_CAPABILITY_U32S_3] = {0};

	if (syscall(SYS_capget, &head, d) < 0)
		return -errno;
	ret->effective = join(d[0].effective, d[1].effective);
	ret->permitted = join(d[0].permitted, d[1].permitted);
	ret->inheritable = join(d[0].inheritable, d[1].inheritable);
	return 0;
}

int cred_set_caps(const struct cred_caps *c)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct d[_LINUX_CAPABILITY_U32S_3];

	for (unsigned int i = 0; i < ARRAY_LEN(d); i++) {
		d[i].effective = (uint32_t)(c->effective >> 32 * i);
		d[i].permitted = (uint32_t)(c->permitted >> 32 * i);
		d[i].inheritable = (uint32_t)(c->inheritable >> 32 * i);
	}
	return kernel_result(syscall(SYS_capset, &head, d));
}

int cred_drop_bounding(uint64_t keep, uint32_t last)
{
	for (uint32_t cap = 0; cap <= last && cap < 64; cap++) {
		if (keep >> cap & 1)
			continue;
		if (prctl(PR_CAPBSET_DROP, (unsigned long)cap, 0, 0, 0) < 0)
			return -errno;
	}
	return 0;
}

static int raise_ambient(uint64_t caps)
{
	for (unsigned int cap = 0; cap < 64; cap++) {
		if (!(caps >> cap & 1))
			continue;
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, (unsigned long)cap, 0, 0) < 0)
			return -errno;
	}
	return 0;
}

int cred_set_ambient(uint64_t caps)
{
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return -errno;
	return raise_ambient(caps);
}

int cred_raise_all_ambient(void)
{
	struct cred_caps c;
	int r;

	r = cred_get_caps(&c);
	if (r < 0)
		return r;
	c.inheritable = c.permitted;
	r = cred_set_caps(&c);
	if (r < 0)
		return r;
	return raise_ambient(c.permitted);
}

int cred_set_groups(const uint32_t *groups, size_t n)
{
	return kernel_result(syscall(NR_SETGROUPS, n, groups));
}

int cred_set_ids(uint32_t uid, uint32_t gid)
{
	/* Without it the permitted set is lost with uid 0; execve ends it (capabilities(7)). */
	if (prctl(PR_SET_KEEPCAPS, 1UL, 0, 0, 0) < 0)
		return -errno;
	if (syscall(NR_SETRESGID, gid, gid, gid) < 0)
		return -errno;
	return kernel_result(syscall(NR_SETRESUID, uid, uid, uid));
}

int cred_join_keyring(const char *name)
{
	/* a new one is all its possessor's, and its user's but for searching (keyrings(7)) */
	const unsigned long searchable =
		KEY_POSSESSOR_ALL | KEY_USER_VIEW | KEY_USER_READ | KEY_USER_SEARCH | KEY_USER_LINK;
	long ring = syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name, 0, 0, 0);

	if (ring < 0)
		return -errno;
	/* EACCES: it was there and is somebody else's, who decides about it */
	if (syscall(SYS_keyctl, KEYCTL_SETPERM, ring, searchable, 0, 0) < 0 && errno != EACCES)
		return -errno;
	return 0;
}
