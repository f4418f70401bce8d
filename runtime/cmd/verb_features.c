/*
 * rundlet features
 *
 * owns:     collecting what the other layers know about themselves
 * may use:  cmd, oci, seccomp, the plan
 * must not: look at the host: features are those of the build (features.md of the runtime-spec)
 */
#include <linux/capability.h>
#include <string.h>

#include "oci/oci.h"
#include "runtime/cmd/command.h"
#include "runtime/plan/build.h"
#include "seccomp/seccomp.h"

/* Every annotation that changes what is done; a trailing dot stands for all that begin so. */
static const char *const annotations[] = {
	"io.github.rundlet.proc",
	"io.github.rundlet.strict",
	"org.systemd.property.",
	"run.oci.delegate-cgroup",
	"run.oci.hooks.stderr",
	"run.oci.hooks.stdout",
	"run.oci.keep_original_groups",
	"run.oci.mount_context_type",
	"run.oci.pidfd_receiver",
	"run.oci.seccomp.receiver",
	"run.oci.seccomp_fail_unknown_syscall",
	"run.oci.systemd.subgroup",
};

static int run(struct invocation *i, struct err *e)
{
	struct seccomp_known s;
	struct oci_features f = {
		.mount_options = plan_mount_options(i->a),
		.capabilities = plan_capabilities(i->a, CAP_LAST_CAP),
		.version = RUNDLET_VERSION,
		.commit = RUNDLET_COMMIT,
		.unsafe_annotations = {arena_array(i->a, ARRAY_LEN(annotations), sizeof(char *)),
				       ARRAY_LEN(annotations)},
		.cgroup_v1 = true,
		.cgroup_v2 = true,
		.cgroup_rdma = true,
		.apparmor = true,
		.selinux = true,
		.memory_policy = true,
		.idmap = true,
		.net_devices = true,
		.intel_rdt = true,
		.intel_rdt_schemata = true,
		.intel_rdt_monitoring = true,
#ifndef RUNDLET_STATIC /* which cannot load libsystemd */
		.cgroup_systemd = true,
		.cgroup_systemd_user = true,
#endif
	};

	memcpy(f.unsafe_annotations.v, annotations, sizeof(annotations));
	seccomp_known(&s, i->a);
	f.seccomp_actions = s.actions;
	f.seccomp_operators = s.operators;
	f.seccomp_archs = s.archs;
	f.seccomp_known_flags = s.known_flags;
	f.seccomp_supported_flags = s.supported_flags;
	f.libseccomp_version = s.version;
	return command_print(oci_emit_features(i->a, &f), e);
}

const struct command command_features = {
	.name = "features",
	.words = "",
	.help = "print what this build can do as JSON",
	.run = run,
};
