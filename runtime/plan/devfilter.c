/*
 * owns:     the instructions
 * may use:  base, oci (types)
 * must not: load anything
 */
#include "runtime/plan/devfilter.h"

#include <string.h>

#include "runtime/plan/limits.h"

enum {
	RULE_INSNS = 8,  /* at most, per rule */
	FRAME_INSNS = 8, /* before and after the rules */
	ACCESS_ALL = BPF_DEVCG_ACC_MKNOD | BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE,
};

/* Where the parts of the access are while the program runs. */
enum { VERDICT = BPF_REG_0, CTX = BPF_REG_1, TYPE, LEFT /* not decided yet */, MAJOR, MINOR };

struct filter {
	struct bpf_insn *v;
	size_t n;
};

static void put(struct filter *f, uint8_t code, uint8_t dst, uint8_t src, int16_t off, int32_t imm)
{
	f->v[f->n++] = (struct bpf_insn){
		.code = code, .dst_reg = dst & 15, .src_reg = src & 15, .off = off, .imm = imm};
}

static void put_return(struct filter *f, int verdict)
{
	put(f, BPF_ALU64 | BPF_MOV | BPF_K, VERDICT, 0, 0, verdict);
	put(f, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

static void put_load(struct filter *f, uint8_t reg, size_t offset)
{
	put(f, BPF_LDX | BPF_MEM | BPF_W, reg, CTX, (int16_t)offset, 0);
}

static void put_prologue(struct filter *f)
{
	put_load(f, TYPE, offsetof(struct bpf_cgroup_dev_ctx, access_type));
	put(f, BPF_ALU | BPF_AND | BPF_K, TYPE, 0, 0, 0xffff);
	put_load(f, LEFT, offsetof(struct bpf_cgroup_dev_ctx, access_type));
	put(f, BPF_ALU | BPF_RSH | BPF_K, LEFT, 0, 0, 16);
	put_load(f, MAJOR, offsetof(struct bpf_cgroup_dev_ctx, major));
	put_load(f, MINOR, offsetof(struct bpf_cgroup_dev_ctx, minor));
}

static bool parse_access(const char *s, int32_t *ret)
{
	*ret = 0;
	for (s = s ? s : "rwm"; *s; s++) {
		const char *at = strchr("mrw", *s);

		if (!at)
			return false;
		*ret |= 1 << (at - "mrw"); /* the order of BPF_DEVCG_ACC_* */
	}
	return true;
}

/* The last rule comes first: it has the last word. Returns whether the rules before it matter. */
static bool put_rule(struct filter *f, const struct spec_device_rule *d, int32_t access)
{
	size_t first = f->n, i;

	if (d->type && *d->type != 'a')
		put(f, BPF_JMP | BPF_JNE | BPF_K, TYPE, 0, 0,
		    *d->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR);
	if (d->major.set && d->major.v >= 0)
		put(f, BPF_JMP | BPF_JNE | BPF_K, MAJOR, 0, 0, (int32_t)d->major.v);
	if (d->minor.set && d->minor.v >= 0)
		put(f, BPF_JMP | BPF_JNE | BPF_K, MINOR, 0, 0, (int32_t)d->minor.v);
	if (f->n == first && access == ACCESS_ALL) {
		put_return(f, d->allow);
		return false;
	}
	if (d->allow) {
		put(f, BPF_ALU | BPF_AND | BPF_K, LEFT, 0, 0, ~access & ACCESS_ALL);
		put(f, BPF_JMP | BPF_JNE | BPF_K, LEFT, 0, 0, 0);
	} else {
		put(f, BPF_ALU64 | BPF_MOV | BPF_X, VERDICT, LEFT, 0, 0);
		put(f, BPF_ALU | BPF_AND | BPF_K, VERDICT, 0, 0, access);
		put(f, BPF_JMP | BPF_JEQ | BPF_K, VERDICT, 0, 0, 0);
	}
	put_return(f, d->allow);
	for (i = first; i < f->n; i++) /* every jump leads behind this rule */
		if (f->v[i].code == (BPF_JMP | BPF_JNE | BPF_K) ||
		    f->v[i].code == (BPF_JMP | BPF_JEQ | BPF_K))
			f->v[i].off = (int16_t)(f->n - i - 1);
	return true;
}

int devfilter_build(struct devfilter *ret, struct arena *a, const struct spec_resources *r,
		    const char *pointer, struct err *e)
{
	size_t own = r->devices.n, i = own + limits_default_devices_len;
	struct filter f = {0};
	bool more = true;

	f.v = arena_array(a, i * RULE_INSNS + FRAME_INSNS, sizeof(*f.v));
	put_prologue(&f);
	while (more && i--) {
		const struct spec_device_rule *d =
			i < own ? &r->devices.v[i] : &limits_default_devices[i - own];
		int32_t access;

		if (!parse_access(d->access, &access))
			return err_at(e,
				      err_set(e, ERR_CONFIG_VALUE, "access '%s' is not made of rwm",
					      d->access),
				      "%s/devices/%zu", pointer, i);
		if ((d->major.set && d->major.v > INT32_MAX) ||
		    (d->minor.set && d->minor.v > INT32_MAX))
			return err_at(e, err_set(e, ERR_CONFIG_VALUE, "device number too large"),
				      "%s/devices/%zu", pointer, i);
		more = put_rule(&f, d, access);
	}
	if (more)
		put_return(&f, 0);
	ret->insns = f.v;
	ret->n = f.n;
	return 0;
}
