/*
 * base/log: what callers parse. The file and stderr are looked at byte by byte; the JSON is read
 * back with a JSON parser, since podman and containerd do so.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <yajl/yajl_tree.h>

#include "runtime/base/log.h"

static char file_text[16384], stderr_text[16384];
static int file_fd, stderr_fd, real_stderr;

static void begin(enum log_format format, bool debug, bool with_file)
{
	file_fd = memfd_create("log", MFD_CLOEXEC);
	stderr_fd = memfd_create("stderr", MFD_CLOEXEC);
	real_stderr = dup(STDERR_FILENO);
	assert_true(file_fd >= 0 && stderr_fd >= 0 && real_stderr >= 0);
	log_setup(&(struct log_options){
		.fd = with_file ? dup(file_fd) : -1, .format = format, .debug = debug});
	dup2(stderr_fd, STDERR_FILENO);
}

static void slurp(int fd, char *buf, size_t size)
{
	ssize_t n = pread(fd, buf, size - 1, 0);

	buf[n < 0 ? 0 : n] = '\0';
	close(fd);
}

static void end(void)
{
	dup2(real_stderr, STDERR_FILENO);
	close(real_stderr);
	slurp(file_fd, file_text, sizeof(file_text));
	slurp(stderr_fd, stderr_text, sizeof(stderr_text));
	log_setup(&(struct log_options){.fd = -1});
}

static void fill(struct err *e)
{
	(void)err_sys(e, ERR_CONFIG_TYPE, -ENOENT, "say \"hi\" c:\\x \xff\xc3\xa9 \xed\xa0\x80");
	(void)err_at(e, 0, "/mounts/3");
	(void)err_hint(e, 0, "do this");
	e->line = 41;
	e->column = 7;
}

static const char *string_at(yajl_val v, const char *name)
{
	const char *path[] = {name, NULL};

	return YAJL_GET_STRING(yajl_tree_get(v, path, yajl_t_string));
}

static void check_time(const char *text)
{
	struct tm tm = {0};
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	long long age;

	assert_non_null(rest);
	assert_int_equal(strlen(rest), 11); /* .123456789Z */
	assert_int_equal(rest[0], '.');
	assert_int_equal(rest[10], 'Z');
	age = (long long)time(NULL) - timegm(&tm);
	assert_in_range(age, 0, 5);
}

static void test_json(void **state)
{
	static const char line[] = "config.json:41:7: /mounts/3: say \"hi\" c:\\x ";
	const char *number[] = {"line", NULL};
	char problem[256];
	struct err e;
	yajl_val v;

	(void)state;
	fill(&e);
	begin(LOG_JSON, false, true);
	log_error(&e, NULL);
	end();
	/* one line, one object */
	assert_ptr_equal(strchr(file_text, '\n'), file_text + strlen(file_text) - 1);
	v = yajl_tree_parse(file_text, problem, sizeof(problem));
	assert_non_null(v);
	assert_memory_equal(string_at(v, "msg"), line, sizeof(line) - 1);
	assert_non_null(strstr(string_at(v, "msg"), "\xef\xbf\xbd\xc3\xa9"));
	assert_string_equal(string_at(v, "level"), "error");
	assert_string_equal(string_at(v, "code"), "config.type");
	assert_string_equal(string_at(v, "pointer"), "/mounts/3");
	assert_string_equal(string_at(v, "hint"), "do this");
	assert_int_equal(YAJL_GET_INTEGER(yajl_tree_get(v, number, yajl_t_number)), 41);
	check_time(string_at(v, "time"));
	yajl_tree_free(v);
	assert_memory_equal(stderr_text, "rundlet: config.json:41:7: ", 27);
	assert_int_equal(stderr_text[strlen(stderr_text) - 1], '\n');
}

static void test_json_worst(void **state)
{
	char problem[256];
	struct err e;
	yajl_val v;

	(void)state;
	memset(&e, 0, sizeof(e));
	memset(e.text, '\x01', sizeof(e.text) - 1);
	memset(e.hint, '"', sizeof(e.hint) - 1);
	e.hint[0] = '\x1f';
	memset(e.pointer, '\xff', sizeof(e.pointer) - 1);
	begin(LOG_JSON, false, true);
	log_error(&e, NULL);
	end();
	v = yajl_tree_parse(file_text, problem, sizeof(problem));
	assert_non_null(v);
	assert_int_equal(strlen(string_at(v, "hint")), sizeof(e.hint) - 1);
	yajl_tree_free(v);
}

static void test_text(void **state)
{
	struct err e;

	(void)state;
	(void)err_set(&e, ERR_USAGE, "no \"such\" thing");
	begin(LOG_TEXT, false, true);
	log_error(&e, NULL);
	end();
	assert_string_equal(stderr_text, "rundlet: no \"such\" thing\n");
	assert_memory_equal(file_text, "time=\"2", 7);
	assert_non_null(strstr(file_text, "Z\" level=error msg=\"no \\\"such\\\" thing\"\n"));
}

static void test_quiet(void **state)
{
	(void)state;
	begin(LOG_JSON, false, true);
	log_debug("d");
	log_warning("w");
	end();
	assert_string_equal(file_text, "");
	assert_string_equal(stderr_text, "");
	begin(LOG_TEXT, false, true);
	log_warning("careful %d", 1);
	end();
	assert_non_null(strstr(file_text, "level=warning msg=\"careful 1\"\n"));
	assert_string_equal(stderr_text, "");
	begin(LOG_TEXT, false, false);
	log_debug("d");
	end();
	assert_string_equal(stderr_text, "");
}

static void test_warning_without_a_log(void **state)
{
	(void)state;
	begin(LOG_TEXT, false, false);
	log_warning("w");
	end();
	assert_string_equal(stderr_text, "rundlet: w\n");
	begin(LOG_TEXT, false, false);
	log_setup(&(struct log_options){.fd = -1, .quiet = true});
	log_warning("w");
	end();
	assert_string_equal(stderr_text, "");
}

static void test_debug(void **state)
{
	(void)state;
	begin(LOG_TEXT, true, true);
	assert_true(log_debugging());
	log_debug("d%d", 1);
	log_warning("w");
	end();
	assert_false(log_debugging());
	assert_non_null(strstr(file_text, "level=debug msg=\"d1\"\n"));
	assert_non_null(strstr(file_text, "level=warning msg=\"w\"\n"));
	assert_string_equal(stderr_text, "rundlet: w\n");
	begin(LOG_TEXT, true, false);
	log_debug("d");
	end();
	assert_memory_equal(stderr_text, "time=\"2", 7);
	assert_non_null(strstr(stderr_text, "Z\" level=debug msg=\"d\"\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_json_worst),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_quiet),
		cmocka_unit_test(test_warning_without_a_log),
		cmocka_unit_test(test_debug),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
