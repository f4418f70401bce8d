/*
 * rundlet ps
 *
 * owns:     its option table, the filter over ps(1)
 * may use:  cmd, host, sys
 * must not: run anything of the container's
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "oci/json_out.h"
#include "runtime/base/io.h"
#include "runtime/cmd/command.h"
#include "runtime/cmd/existing.h"
#include "runtime/host/control.h"
#include "runtime/sys/process.h"

enum { WORDS_MAX = 256, OUTPUT_MAX = 8 << 20 };

struct ps_options {
	const char *format;
};

static const struct option table[] = {
	{"format", 'f', OPTION_TEXT, offsetof(struct ps_options, format), "FORMAT",
	 "table (the default) or json: an array of pids"},
};

static int print_json(const struct pids *p, struct arena *a, struct err *e)
{
	struct json_out o = json_begin(a, EMIT_COMPACT);

	json_open(&o, '[');
	for (size_t i = 0; i < p->n; i++)
		json_i64(&o, p->v[i]);
	json_close(&o, ']');
	return command_print(arena_printf(a, "%s\n", json_end(&o)), e);
}

/* What ps(1) says: of the host, by absolute path. */
static int run_ps(char **ret, struct invocation *i, struct err *e)
{
	static const char *const places[] = {"/bin/ps", "/usr/bin/ps"};
	const char **argv = arena_array(i->a, i->n + 2, sizeof(*argv));
	AUTO(close_fd) int in = -1;
	AUTO(close_fd) int out = -1;
	AUTO(close_fd) int pidfd = -1;
	int ends[2], status, r = -ENOENT;
	ssize_t n;

	argv[0] = "ps";
	argv[1] = "-ef";
	for (size_t k = 1; k < i->n; k++)
		argv[k] = i->words[k];
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys(e, ERR_SYSTEM, -errno, "make a pipe");
	in = ends[0];
	out = ends[1];
	for (size_t k = 0; r == -ENOENT && k < ARRAY_LEN(places); k++)
		r = process_spawn(&(struct process_spawn){.path = places[k],
							  .argv = (char *const *)(const void *)argv,
							  .in = -1,
							  .out = out,
							  .err = STDERR_FILENO},
				  &pidfd);
	if (r < 0)
		return err_hint(e, err_sys(e, ERR_SYSTEM, r, "run ps"),
				"install procps, or use --format json");
	close_fd_cleanup(&out);
	*ret = arena_alloc(i->a, OUTPUT_MAX);
	n = io_read_full(in, *ret, OUTPUT_MAX - 1);
	close_fd_cleanup(&in);
	r = process_wait(pidfd, &status);
	if (n < 0 || r < 0)
		return err_sys(e, ERR_SYSTEM, n < 0 ? (int)n : r, "read what ps says");
	if (status)
		return err_set(e, ERR_SYSTEM, "ps ended with status %d", status);
	return 0;
}

/* The nth word of a line: its length in *n. */
static const char *word_at(const char *line, size_t index, size_t *n)
{
	for (;;) {
		line += strspn(line, " ");
		*n = strcspn(line, " \n");
		if (!index-- || !*n)
			return line;
		line += *n;
	}
}

static bool pid_column(const char *header, size_t *ret)
{
	const char *word;
	size_t n;

	for (*ret = 0; word = word_at(header, *ret, &n), n; ++*ret)
		if (n == 3 && !memcmp(word, "PID", 3))
			return true;
	return false;
}

static bool is_listed(const struct pids *p, const char *word, size_t n)
{
	uint64_t pid;

	if (!io_parse_u64_n(word, n, INT32_MAX, &pid))
		return false;
	for (size_t i = 0; i < p->n; i++)
		if ((uint64_t)p->v[i] == pid)
			return true;
	return false;
}

static int print_table(const struct pids *p, struct invocation *i, struct err *e)
{
	char *text = NULL, *line, *to;
	size_t column, n;
	int r = run_ps(&text, i, e);

	if (r < 0)
		return r;
	if (!pid_column(text, &column))
		return err_set(e, ERR_USAGE, "ps prints no column PID to tell the container's by");
	to = text + strcspn(text, "\n");
	to += *to == '\n';
	for (line = to; *line; line += n) {
		size_t len;
		const char *word = word_at(line, column, &len);

		n = strcspn(line, "\n");
		n += line[n] == '\n';
		if (!is_listed(p, word, len))
			continue;
		memmove(to, line, n);
		to += n;
	}
	*to = '\0';
	return command_print(text, e);
}

static int run(struct invocation *i, struct err *e)
{
	const struct ps_options *o = i->options;
	struct pids p;
	int root = existing_root(i, e);
	int r = root;

	if (r >= 0 && o->format && strcmp(o->format, "json") && strcmp(o->format, "table"))
		r = err_set(e, ERR_USAGE, "--format: '%s' is not known", o->format);
	if (r >= 0)
		r = container_pids(root, i->words[0], &p, i->a, e);
	if (r < 0)
		return r;
	return o->format && !strcmp(o->format, "json") ? print_json(&p, i->a, e)
						       : print_table(&p, i, e);
}

const struct command command_ps = {
	.name = "ps",
	.words = "ID [PS-OPTION...]",
	.help = "list the processes of a container",
	.options = OPTIONS(table),
	.options_size = sizeof(struct ps_options),
	.min = 1,
	.max = WORDS_MAX,
	.stop = OPTIONS_THEN_WORDS,
	.run = run,
};
