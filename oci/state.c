/*
 * The state of a container as JSON: for callers, for hooks, and in the state directory.
 *
 * owns:     one table per document, all over struct state
 * may use:  base, oci/schema
 * must not: derive a status (runtime/host does)
 */
#include "oci/oci.h"

#include <errno.h>

#include "oci/schema.h"

const char *const status_names[STATUS_COUNT] = {
	[STATUS_CREATING] = "creating", [STATUS_CREATED] = "created", [STATUS_RUNNING] = "running",
	[STATUS_PAUSED] = "paused",     [STATUS_STOPPED] = "stopped", [STATUS_UNKNOWN] = "unknown",
};

/* What is written: the status as its word, pid 0 once there is no process. */
struct shown {
	struct state s;
	const char *status;
};

#define S               struct shown

#define ROW_VERSION     ROW_STRING("ociVersion", S, s.oci_version, .flags = SHOWN)
#define ROW_ID          ROW_STRING("id", S, s.id, .flags = SHOWN)
#define ROW_PID         ROW_I64("pid", S, s.pid, .flags = SHOWN)
#define ROW_STATUS      ROW_STRING("status", S, status, .flags = SHOWN)
#define ROW_BUNDLE      ROW_STRING("bundle", S, s.bundle, .flags = SHOWN)
#define ROW_ANNOTATIONS ROW_STRING_MAP("annotations", S, s.annotations)

/* In the order in which runc writes them. */
static const struct schema_row state_rows[] = {
	ROW_VERSION,
	ROW_ID,
	ROW_PID,
	ROW_STATUS,
	ROW_BUNDLE,
	ROW_STRING("rootfs", S, s.rootfs, .flags = SHOWN),
	ROW_STRING("created", S, s.created, .flags = SHOWN),
	ROW_ANNOTATIONS,
	ROW_STRING("owner", S, s.owner, .flags = SHOWN),
};

static const struct schema_object state_table = SCHEMA(state_rows, S);

static const struct schema_row hook_rows[] = {
	ROW_VERSION, ROW_ID, ROW_STATUS, ROW_PID, ROW_BUNDLE, ROW_ANNOTATIONS,
};

static const struct schema_object hook_table = SCHEMA(hook_rows, S);

/* Without status: it is derived each time. "config" follows, as it was written. */
static const struct schema_row file_rows[] = {
	ROW_STRING("ociVersion", struct state, oci_version, .flags = REQUIRED),
	ROW_STRING("id", struct state, id, .flags = REQUIRED),
	ROW_I64("pid", struct state, pid, RANGE(0, INT32_MAX), .flags = REQUIRED),
	ROW_STRING("bundle", struct state, bundle, .flags = REQUIRED),
	ROW_STRING_MAP("annotations", struct state, annotations),
	ROW_STRING("rootfs", struct state, rootfs),
	ROW_STRING("created", struct state, created),
	ROW_STRING("owner", struct state, owner),
	ROW_U64("pidStart", struct state, pid_start, .flags = REQUIRED),
	ROW_STRING("cgroup", struct state, cgroup),
	ROW_STRING("cgroupManager", struct state, cgroup_manager),
	ROW_U32("cgroupMade", struct state, cgroup_made),
	ROW_STRING("systemdScope", struct state, systemd_scope),
	ROW_BOOL("ownPidns", struct state, own_pidns),
	ROW_BOOL("ownMountns", struct state, own_mountns),
	ROW_U64("mountns", struct state, mountns),
	ROW_STRINGS("adaptations", struct state, adaptations),
	ROW_U32("hooks", struct state, hooks),
	ROW_BOOL("seccompListener", struct state, listener),
	ROW_STRINGS("rdtGroups", struct state, rdt_groups),
	ROW_STRINGS("rdtOwned", struct state, rdt_owned),
};

static const struct schema_object file_table = SCHEMA(file_rows, struct state);

static struct shown show(const struct state *s)
{
	struct shown v = {*s, status_names[s->status]};

	if (s->status == STATUS_STOPPED)
		v.s.pid = 0;
	return v;
}

char *oci_emit_state(struct arena *a, const struct state *s, enum emit_style style)
{
	struct json_out o = json_begin(a, style);
	struct shown v = show(s);

	schema_write(&o, &state_table, &v);
	return json_end(&o);
}

char *oci_emit_hook_state(struct arena *a, const struct state *s)
{
	struct json_out o = json_begin(a, EMIT_COMPACT);
	struct shown v = show(s);

	schema_write(&o, &hook_table, &v);
	return json_end(&o);
}

char *oci_emit_process_state(struct arena *a, const struct state *s, int64_t pid,
			     const char *metadata)
{
	struct json_out o = json_begin(a, EMIT_COMPACT);
	struct shown v = show(s);

	json_open(&o, '{');
	json_key(&o, "ociVersion");
	json_string(&o, s->oci_version);
	json_key(&o, "fds");
	json_open(&o, '[');
	json_string(&o, "seccompFd"); /* the one descriptor that goes along */
	json_close(&o, ']');
	json_key(&o, "pid");
	json_i64(&o, pid);
	if (metadata) {
		json_key(&o, "metadata");
		json_string(&o, metadata);
	}
	json_key(&o, "state");
	schema_write(&o, &hook_table, &v);
	json_close(&o, '}');
	return json_end(&o);
}

char *oci_emit_state_list(struct arena *a, const struct state *const *list, size_t n)
{
	struct json_out o = json_begin(a, EMIT_COMPACT);

	json_open(&o, '[');
	for (size_t i = 0; i < n; i++) {
		struct shown v = show(list[i]);

		schema_write(&o, &state_table, &v);
	}
	json_close(&o, ']');
	return json_end(&o);
}

char *oci_emit_state_file(struct arena *a, const struct state *s)
{
	struct json_out o = json_begin(a, EMIT_COMPACT);

	json_open(&o, '{');
	schema_write_rows(&o, &file_table, s);
	if (s->config) {
		json_key(&o, "config");
		json_raw(&o, s->config, s->config_size);
	}
	json_close(&o, '}');
	return json_end(&o);
}

static int decode_file(struct state *ret, struct arena *a, const char *text, size_t size,
		       struct err *e)
{
	/* Room for a config.json of the largest size and depth that is accepted, embedded, and for
	 * its annotations once more. */
	static const struct doc_limits limits = {4 * (size_t)DOC_SIZE_MAX, DOC_DEPTH_MAX + 1};
	const struct node *config;
	struct doc d;
	int r = doc_parse_within(&d, a, text, size, &limits, e);

	if (r == 0)
		r = schema_decode(&file_table, ret, a, &d, d.root, e);
	if (r < 0)
		return r;
	config = node_get(d.root, "config");
	if (!config)
		return 0;
	if (config->type != NODE_OBJECT)
		return err_set(e, ERR_STATE, "config is no object");
	ret->config = text + config->offset;
	ret->config_size = config->length;
	return 0;
}

int oci_decode_state_file(struct state *ret, struct arena *a, const char *text, size_t size,
			  struct err *e)
{
	struct state s = {0};
	int r = decode_file(&s, a, text, size, e);

	if (r < 0) {
		e->code = ERR_STATE;
		return err_prefix(e, r, "the state file is damaged");
	}
	*ret = s;
	return 0;
}
