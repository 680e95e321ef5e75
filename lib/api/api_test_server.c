/* SPDX-License-Identifier: BSD-3-Clause */
#include "api_test_server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/event.h>

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
	*result = json_string("half of it");
	return error_set(err, -ENOENT, "no such \"thing\", cut at \xc3");
}

/* Not UTF-8, so it has no JSON form; the part before it must not go out alone. */
static int garbage(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	*result = json_pack("[s, o]", "good", json_string_nocheck("\xff"));
	return 0;
}

static int real(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	*result = json_pack("[f]", 68.8);
	return 0;
}

static int nothing(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	return 0;
}

/* Two calls in one turn of the loop are counted. */
static void count_call(struct server *server)
{
	__atomic_fetch_add(&server->calls, 1, __ATOMIC_RELAXED);
	if (server->turns.n + 1 == server->last_turn)
		__atomic_fetch_add(&server->crowded, 1, __ATOMIC_RELAXED);
	server->last_turn = server->turns.n + 1;
}

/* The same in slices, the first of them after `late` calls; it fails at the row `bad`. */
static int rows(void *ctx, const json_t *args, void *cursor, json_t *rows, struct error *err)
{
	struct server *server = ctx;
	json_int_t n = json_integer_value(json_object_get(args, "n")), *at = cursor;
	json_int_t bad = json_integer_value(json_object_get(args, "bad"));

	count_call(server);
	if (at[1]++ < json_integer_value(json_object_get(args, "late")))
		return 1;
	for (int i = 0; i < COMMAND_SLICE; i++) {
		if (*at == n)
			return 0;
		if (++*at == bad)
			return error_set(err, -ENODATA, "row %d is bad", (int)bad);
		json_array_append_new(rows, json_pack("{s:I, s:s}", "index", *at - 1, "text",
						      "a line of the usual length, more or so"));
	}
	return 1;
}

const struct command server_commands[] = {
	{"echo", "[NAME:port|all] [n N:0..9]", "", COMMAND_NONE, echo, NULL},
	{"count", "", "", COMMAND_NONE, count, NULL},
	{"many", "n N:0..1000000", "", COMMAND_NONE, many, NULL},
	{"rows", "n N:0..1000000000 [bad N:1..1000] [late N:1..1000000000]", "", COMMAND_NONE, NULL,
	 rows},
	{"refuse", "", "", COMMAND_NONE, refuse, NULL},
	{"garbage", "", "", COMMAND_NONE, garbage, NULL},
	{"real", "", "", COMMAND_NONE, real, NULL},
	{"nothing", "", "", COMMAND_NONE, nothing, NULL},
};

const unsigned server_n_commands = sizeof(server_commands) / sizeof(*server_commands);

static void on_stop(evutil_socket_t fd, short what, void *arg)
{
	event_base_loopbreak(arg);
}

static void *loop(void *arg)
{
	struct server *server = arg;

	turns_run(server->base, &server->turns);
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

int server_start(void **state)
{
	struct server *server;
	struct error err;

	if (make_dir(state))
		return -1;
	server = *state;
	server->base = event_base_new();
	server->api = api_create(server->base, server->path, API_GROUP_OWN, &err);
	if (!server->api || api_add(server->api, server_commands, server_n_commands, server))
		return -1;
	if (pipe(server->stop))
		return -1;
	server->stop_event =
		event_new(server->base, server->stop[0], EV_READ, on_stop, server->base);
	event_add(server->stop_event, NULL);
	return pthread_create(&server->thread, NULL, loop, server);
}

int server_stop(void **state)
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

int server_dial(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(addr.sun_path, path);
	assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	return fd;
}

int client_put(int fd, const char *data, size_t len)
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

int client_put_text(int fd, const char *text)
{
	return client_put(fd, text, strlen(text));
}

json_t *client_get(int fd)
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

void client_ask(int fd, const char *line, const char *expected)
{
	json_t *answer, *want;

	assert_int_equal(client_put_text(fd, line), 0);
	assert_int_equal(client_put_text(fd, "\n"), 0);
	answer = client_get(fd);
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

void client_ask_once(const struct server *server, const char *line, const char *expected)
{
	int fd = server_dial(server->path);

	client_ask(fd, line, expected);
	close(fd);
}
