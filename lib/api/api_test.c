/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The server on a real socket: its loop runs in a thread, the test is the clients. Orders of events
 * come from requests and answers, never from waiting a while.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>
#include <event2/event.h>

#include "api.h"

struct server {
	char dir[32];
	char path[48];
	struct event_base *base;
	struct event *stop_event;
	struct api *api;
	pthread_t thread;
	int stop[2];
	unsigned calls; /* of handlers: written by the loop's thread */
};

static int echo(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	*result = json_deep_copy(args);
	return 0;
}

static int count(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	struct server *server = ctx;

	*result = json_integer(__atomic_load_n(&server->calls, __ATOMIC_RELAXED));
	return 0;
}

/* An array of objects as long as asked for. */
static int many(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	struct server *server = ctx;
	json_int_t n = json_integer_value(json_object_get(args, "n"));

	__atomic_fetch_add(&server->calls, 1, __ATOMIC_RELAXED);
	*result = json_array();
	for (json_int_t i = 0; i < n; i++)
		json_array_append_new(*result, json_pack("{s:I, s:s}", "index", i, "text",
							 "a line of the usual length, more or so"));
	return 0;
}

static int refuse(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	*result = json_string("not to be seen");
	return error_set(err, -ENOENT, "no such \"thing\", cut at \xc3");
}

/* Not UTF-8, so it has no JSON form; the part before it must not go out alone. */
static int garbage(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	*result = json_pack("[s, o]", "good", json_string_nocheck("\xff"));
	return 0;
}

static int nothing(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	return 0;
}

static const struct command commands[] = {
	{"echo", "[NAME:port|all] [n N:0..9]", "", COMMAND_NONE, echo},
	{"count", "", "", COMMAND_NONE, count},
	{"many", "n N:0..1000000", "", COMMAND_NONE, many},
	{"refuse", "", "", COMMAND_NONE, refuse},
	{"garbage", "", "", COMMAND_NONE, garbage},
	{"nothing", "", "", COMMAND_NONE, nothing},
};

#define N_COMMANDS (sizeof(commands) / sizeof(*commands))

static void on_stop(evutil_socket_t fd, short what, void *arg)
{
	event_base_loopbreak(arg);
}

static void *loop(void *arg)
{
	struct server *server = arg;

	event_base_dispatch(server->base);
	return NULL;
}

static int make_dir(void **state)
{
	struct server *server = calloc(1, sizeof(*server));

	strcpy(server->dir, "/tmp/api_test.XXXXXX");
	if (!mkdtemp(server->dir))
		return -1;
	sprintf(server->path, "%s/sock", server->dir);
	*state = server;
	return 0;
}

/* Everything that the server made has to be gone: the directory is empty. */
static int remove_dir(void **state)
{
	struct server *server = *state;
	int ret = rmdir(server->dir);

	free(server);
	return ret;
}

static int start(void **state)
{
	struct server *server;
	struct error err;

	if (make_dir(state))
		return -1;
	server = *state;
	server->base = event_base_new();
	server->api = api_create(server->base, server->path, &err);
	if (!server->api || api_add(server->api, commands, N_COMMANDS, server))
		return -1;
	if (pipe(server->stop))
		return -1;
	server->stop_event =
		event_new(server->base, server->stop[0], EV_READ, on_stop, server->base);
	event_add(server->stop_event, NULL);
	return pthread_create(&server->thread, NULL, loop, server);
}

static int stop(void **state)
{
	struct server *server = *state;

	if (write(server->stop[1], "", 1) != 1)
		return -1;
	pthread_join(server->thread, NULL);
	api_destroy(server->api);
	event_free(server->stop_event);
	event_base_free(server->base);
	close(server->stop[0]);
	close(server->stop[1]);
	return remove_dir(state);
}

static int dial(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(addr.sun_path, path);
	assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	return fd;
}

/* 0 when all went, or -1 when the other side had closed. */
static int put(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

		if (n < 0)
			return -1;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

static int put_text(int fd, const char *text)
{
	return put(fd, text, strlen(text));
}

/* The next line as JSON; NULL at the end of the stream. Reads nothing beyond it. */
static json_t *get(int fd)
{
	size_t len = 0, size = 4096;
	char *line = malloc(size);
	json_t *answer = NULL;

	for (;;) {
		ssize_t n;
		char *end;

		if (len + 65536 > size)
			line = realloc(line, size = 2 * size + 65536);
		n = recv(fd, line + len, 65536, MSG_PEEK);
		if (n <= 0)
			break;
		end = memchr(line + len, '\n', (size_t)n);
		if (end)
			n = end - (line + len) + 1;
		assert_int_equal(recv(fd, line + len, (size_t)n, 0), n);
		len += (size_t)n;
		if (end) {
			answer = json_loadb(line, len, 0, NULL);
			assert_non_null(answer);
			break;
		}
	}
	free(line);
	return answer;
}

/* Send the line, compare the answer with the expected JSON; where that begins with '!', find the
 * rest in its "error" member. */
static void ask(int fd, const char *line, const char *expected)
{
	json_t *answer, *want;

	assert_int_equal(put_text(fd, line), 0);
	assert_int_equal(put_text(fd, "\n"), 0);
	answer = get(fd);
	assert_non_null(answer);
	if (*expected == '!') {
		const char *text = json_string_value(json_object_get(answer, "error"));

		assert_true(json_is_false(json_object_get(answer, "ok")));
		if (!text || !strstr(text, expected + 1))
			fail_msg("%.80s: got error '%s'", line, text ? text : "(none)");
	} else {
		want = json_loads(expected, 0, NULL);
		assert_non_null(want);
		assert_true(json_equal(answer, want));
		json_decref(want);
	}
	json_decref(answer);
}

static void ask_once(const struct server *server, const char *line, const char *expected)
{
	int fd = dial(server->path);

	ask(fd, line, expected);
	close(fd);
}

#define ECHO_OK "{\"ok\": true, \"result\": {}}"

static void answers(void **state)
{
	const struct server *server = *state;
	int fd = dial(server->path);

	ask(fd, "{\"command\": \"echo\"}", ECHO_OK);
	ask(fd, "{\"command\": \"echo\", \"args\": null}", ECHO_OK);
	ask(fd, "{\"command\": \"echo\", \"args\": {\"name\": \"all\"}}", ECHO_OK);
	ask(fd, " {\"command\":\"echo\",\"args\":{\"n\":3},\"id\":[1,{\"a\":null}]} \r",
	    "{\"ok\": true, \"result\": {\"n\": 3}, \"id\": [1, {\"a\": null}]}");
	ask(fd, "{\"command\": \"nothing\", \"id\": null}",
	    "{\"ok\": true, \"result\": null, \"id\": null}");
	ask(fd, "{\"command\": \"refuse\", \"id\": 7}",
	    "{\"ok\": false, \"error\": \"no such \\\"thing\\\", cut at ?\", \"errno\": "
	    "\"ENOENT\", "
	    "\"id\": 7}");
	ask(fd, "{\"command\": \"garbage\"}", "!the result cannot be written");
	ask(fd, "{\"command\": \"echo\"}", ECHO_OK);
	close(fd);
}

static void refuses_bad_requests(void **state)
{
	const struct server *server = *state;
	size_t n = 100000;
	char *brackets = malloc(n + 1);
	int fd = dial(server->path);

	ask(fd, "", "!not valid JSON");
	ask(fd, "hello", "!not valid JSON");
	ask(fd, "{\"command\": \"echo\"", "!not valid JSON");
	ask(fd, "{\"command\": \"echo\"} {}", "!not valid JSON");
	ask(fd, "{\"command\": \"echo\", \"command\": \"garbage\"}", "!duplicate");
	ask(fd, "{\"command\": \"\xff\xfe\"}", "!not valid JSON");
	ask(fd, "{\"command\": \"a\\u0000b\"}", "!not valid JSON");
	ask(fd, "[1]", "!not a JSON object");
	ask(fd, "{}", "!no command");
	ask(fd, "{\"command\": 5}", "!no command");
	ask(fd, "{\"command\": \"echo\", \"arguments\": {}}", "!unknown member 'arguments'");
	ask(fd, "{\"command\": \"ech\"}", "!unknown command 'ech'");
	ask(fd, "{\"command\": \"echo\", \"args\": []}", "!expected an object");
	ask(fd, "{\"command\": \"echo\", \"args\": {\"x\": 1}}", "!unknown argument 'x'");
	ask(fd, "{\"command\": \"echo\", \"args\": {\"n\": 10}}", "!n: '10' is not a number");
	ask(fd, "{\"command\": \"many\", \"id\": 1}", "!n N is missing");
	for (const char *c = "[{"; *c; c++) {
		memset(brackets, *c, n);
		brackets[n] = '\0';
		ask(fd, brackets, "!not valid JSON");
	}
	ask(fd, "{\"command\": \"echo\"}", ECHO_OK);
	close(fd);
	free(brackets);
}

static void pipelined_in_order_and_after_half_close(void **state)
{
	const struct server *server = *state;
	int fd = dial(server->path);
	char line[64];
	json_t *answer;

	for (int i = 0; i < 2000; i++) {
		sprintf(line, "{\"command\": \"echo\", \"id\": %d}\n", i);
		assert_int_equal(put_text(fd, line), 0);
	}
	put_text(fd, "{\"command\": \"echo\"");
	shutdown(fd, SHUT_WR);
	for (int i = 0; i < 2000; i++) {
		answer = get(fd);
		assert_int_equal(json_integer_value(json_object_get(answer, "id")), i);
		json_decref(answer);
	}
	assert_null(get(fd));
	close(fd);
}

static void large_answer_whole(void **state)
{
	const struct server *server = *state;
	int fd = dial(server->path);
	json_t *answer, *result;

	put_text(fd, "{\"command\": \"many\", \"args\": {\"n\": 100000}}\n");
	answer = get(fd);
	result = json_object_get(answer, "result");
	assert_int_equal(json_array_size(result), 100000);
	for (size_t i = 0; i < 100000; i++) {
		json_t *index = json_object_get(json_array_get(result, i), "index");

		assert_int_equal(json_integer_value(index), i);
	}
	json_decref(answer);
	close(fd);
}

static void half_a_line_holds_nobody_up(void **state)
{
	const struct server *server = *state;
	int slow = dial(server->path);

	put_text(slow, "{\"command\": \"ec");
	ask_once(server, "{\"command\": \"echo\"}", ECHO_OK);
	ask(slow, "ho\"}", ECHO_OK);
	close(slow);
}

/* Who asks much and reads nothing is not served on: one answer waits for it, not a hundred. */
static void silent_reader_is_bounded(void **state)
{
	const struct server *server = *state;
	int silent = dial(server->path);

	for (int i = 0; i < 100; i++)
		put_text(silent, "{\"command\": \"many\", \"args\": {\"n\": 50000}}\n");
	for (int i = 0; i < 200; i++)
		ask_once(server, "{\"command\": \"echo\"}", ECHO_OK);
	ask_once(server, "{\"command\": \"count\"}", "{\"ok\": true, \"result\": 1}");
	close(silent);
	ask_once(server, "{\"command\": \"echo\"}", ECHO_OK);
}

static void endless_line_is_refused(void **state)
{
	const struct server *server = *state;
	size_t len = 10 * API_LINE_MAX;
	char *data = malloc(len);
	int fd = dial(server->path);
	json_t *answer;

	memset(data, 'x', len);
	assert_int_equal(put(fd, data, len), -1);
	answer = get(fd);
	assert_string_equal(json_string_value(json_object_get(answer, "errno")), "EMSGSIZE");
	json_decref(answer);
	assert_null(get(fd));
	close(fd);

	/* The longest line that may be is only bad JSON. */
	fd = dial(server->path);
	data[API_LINE_MAX] = '\0';
	ask(fd, data, "!not valid JSON");
	ask(fd, "{\"command\": \"echo\"}", ECHO_OK);
	/* One byte more is too long even with its newline behind it. */
	data[API_LINE_MAX] = 'x';
	data[API_LINE_MAX + 1] = '\0';
	ask(fd, data, "!longer than 1 MiB");
	assert_null(get(fd));
	close(fd);
	free(data);
}

static void vanishing_clients(void **state)
{
	static const char *const lines[] = {"", "{\"comm", "{\"command\": \"echo\"}\n",
					    "{\"command\": \"many\", \"args\": {\"n\": 20000}}\n"};
	const struct server *server = *state;

	for (int i = 0; i < 40; i++) {
		int fd = dial(server->path);

		put_text(fd, lines[i % 4]);
		if (i % 8 < 4) {
			char first;

			/* Leave in the middle of the answer. */
			if (i % 4 == 3)
				assert_int_equal(recv(fd, &first, 1, 0), 1);
			shutdown(fd, SHUT_RD);
		}
		close(fd);
	}
	ask_once(server, "{\"command\": \"echo\"}", ECHO_OK);
}

static void one_client_too_many(void **state)
{
	const struct server *server = *state;
	int fds[API_CLIENTS_MAX], fd;
	json_t *answer;
	bool served = false;

	for (int i = 0; i < API_CLIENTS_MAX; i++)
		fds[i] = dial(server->path);
	ask(fds[API_CLIENTS_MAX - 1], "{\"command\": \"echo\"}", ECHO_OK);
	fd = dial(server->path);
	answer = get(fd);
	assert_string_equal(json_string_value(json_object_get(answer, "errno")), "EBUSY");
	json_decref(answer);
	close(fd);
	for (int i = 0; i < API_CLIENTS_MAX; i++) {
		ask(fds[i], "{\"command\": \"echo\"}", ECHO_OK);
		close(fds[i]);
	}
	/* It may accept the next before it has seen that others went. */
	while (!served) {
		fd = dial(server->path);
		put_text(fd, "{\"command\": \"echo\"}\n");
		answer = get(fd);
		served = json_is_true(json_object_get(answer, "ok"));
		json_decref(answer);
		close(fd);
	}
}

static void tables_are_checked(void **state)
{
	static const struct command twice[] = {{"new", "", "", COMMAND_NONE, echo},
					       {"echo", "", "", COMMAND_NONE, echo}};
	static const struct command bad[] = {{"new", "?", "", COMMAND_NONE, echo}};
	static const struct command none[] = {{"new", "", "", COMMAND_NONE, NULL}};
	static const struct api_version version = {"1.2.3", "DPDK 4"};
	struct server *server = *state;
	struct event_base *base = event_base_new();
	char path[64];
	struct api *api;

	sprintf(path, "%s/other", server->dir);
	api = api_create(base, path, NULL);
	assert_non_null(api);
	assert_int_equal(api_add(api, commands, N_COMMANDS, NULL), 0);
	assert_int_equal(api_add(api, twice, 2, NULL), -EEXIST);
	assert_int_equal(api_add(api, bad, 1, NULL), -EINVAL);
	assert_int_equal(api_add(api, none, 1, NULL), -EINVAL);
	assert_int_equal(api_add(api, twice, 1, NULL), 0);
	assert_int_equal(api_add_own(api, &version), 0);
	api_destroy(api);
	api_destroy(NULL);
	event_base_free(base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(answers, start, stop),
		cmocka_unit_test_setup_teardown(refuses_bad_requests, start, stop),
		cmocka_unit_test_setup_teardown(pipelined_in_order_and_after_half_close, start,
						stop),
		cmocka_unit_test_setup_teardown(large_answer_whole, start, stop),
		cmocka_unit_test_setup_teardown(half_a_line_holds_nobody_up, start, stop),
		cmocka_unit_test_setup_teardown(silent_reader_is_bounded, start, stop),
		cmocka_unit_test_setup_teardown(endless_line_is_refused, start, stop),
		cmocka_unit_test_setup_teardown(vanishing_clients, start, stop),
		cmocka_unit_test_setup_teardown(one_client_too_many, start, stop),
		cmocka_unit_test_setup_teardown(tables_are_checked, make_dir, remove_dir),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
