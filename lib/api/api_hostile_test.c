/* SPDX-License-Identifier: BSD-3-Clause */
/* Clients that are slow, silent, endless, gone, or too many: nobody else feels them. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api_test_server.h"

static void half_a_line_holds_nobody_up(void **state)
{
	const struct server *server = *state;
	int slow = server_dial(server->path);

	client_put_text(slow, "{\"command\": \"ec");
	client_ask_once(server, "{\"command\": \"echo\"}", ECHO_OK);
	client_ask(slow, "ho\"}", ECHO_OK);
	close(slow);
}

/* Who asks much and reads nothing is not served on: one answer waits for it, not a hundred. */
static void silent_reader_is_bounded(void **state)
{
	const struct server *server = *state;
	int silent = server_dial(server->path);

	for (int i = 0; i < 100; i++)
		client_put_text(silent, "{\"command\": \"many\", \"args\": {\"n\": 50000}}\n");
	for (int i = 0; i < 200; i++)
		client_ask_once(server, "{\"command\": \"echo\"}", ECHO_OK);
	client_ask_once(server, "{\"command\": \"count\"}", "{\"ok\": true, \"result\": 1}");
	close(silent);
	client_ask_once(server, "{\"command\": \"echo\"}", ECHO_OK);
}

/* Likewise of an answer in slices: it is built as it is taken, and others are served between. */
static void silent_reader_of_slices_is_bounded(void **state)
{
	const struct server *server = *state;
	int silent = server_dial(server->path);
	json_t *answer;
	json_int_t calls;
	int fd = server_dial(server->path);

	client_put_text(silent, "{\"command\": \"rows\", \"args\": {\"n\": 1000000000}}\n");
	for (int i = 0; i < 200; i++)
		client_ask_once(server, "{\"command\": \"echo\"}", ECHO_OK);
	client_put_text(fd, "{\"command\": \"count\"}\n");
	answer = client_get(fd);
	calls = json_integer_value(json_object_get(answer, "result"));
	/* What a socket's buffer takes, and one slice. */
	assert_in_range(calls, 1, 50);
	json_decref(answer);
	close(silent);
	client_ask(fd, "{\"command\": \"echo\"}", ECHO_OK);
	close(fd);
}

static void endless_line_is_refused(void **state)
{
	const struct server *server = *state;
	size_t len = 10 * API_LINE_MAX;
	char *data = malloc(len);
	int fd = server_dial(server->path);
	json_t *answer;

	memset(data, 'x', len);
	assert_int_equal(client_put(fd, data, len), -1);
	answer = client_get(fd);
	assert_string_equal(json_string_value(json_object_get(answer, "errno")), "EMSGSIZE");
	json_decref(answer);
	assert_null(client_get(fd));
	close(fd);

	/* The longest line that may be is only bad JSON. */
	fd = server_dial(server->path);
	data[API_LINE_MAX] = '\0';
	client_ask(fd, data, "!not valid JSON");
	client_ask(fd, "{\"command\": \"echo\"}", ECHO_OK);
	/* One byte more is too long even with its newline behind it. */
	data[API_LINE_MAX] = 'x';
	data[API_LINE_MAX + 1] = '\0';
	client_ask(fd, data, "!longer than 1 MiB");
	assert_null(client_get(fd));
	close(fd);
	free(data);
}

static void vanishing_clients(void **state)
{
	static const char *const lines[] = {"", "{\"comm", "{\"command\": \"echo\"}\n",
					    "{\"command\": \"rows\", \"args\": {\"n\": 20000}}\n",
					    "{\"command\": \"many\", \"args\": {\"n\": 20000}}\n"};
	const struct server *server = *state;

	for (int i = 0; i < 40; i++) {
		int fd = server_dial(server->path);

		client_put_text(fd, lines[i % 5]);
		if (i % 10 < 5) {
			char first;

			/* Leave in the middle of the answer. */
			if (i % 5 >= 3)
				assert_int_equal(recv(fd, &first, 1, 0), 1);
			shutdown(fd, SHUT_RD);
		}
		close(fd);
	}
	client_ask_once(server, "{\"command\": \"echo\"}", ECHO_OK);
}

static void one_client_too_many(void **state)
{
	const struct server *server = *state;
	int fds[API_CLIENTS_MAX], fd;

	for (int i = 0; i < API_CLIENTS_MAX; i++)
		fds[i] = server_dial(server->path);
	/* They come in order: when the last is served, all are there. */
	client_ask(fds[API_CLIENTS_MAX - 1], "{\"command\": \"echo\"}", ECHO_OK);
	client_ask(fds[0], "{\"command\": \"echo\"}", ECHO_OK);
	client_put_text(fds[1], "{\"comm");
	fd = server_dial(server->path);
	client_ask(fd, "{\"command\": \"echo\"}", ECHO_OK);
	/* The one idle longest went, half a request or not, and no other. */
	assert_null(client_get(fds[1]));
	close(fds[1]);
	fds[1] = fd;
	for (int i = 0; i < API_CLIENTS_MAX; i++) {
		client_ask(fds[i], "{\"command\": \"echo\"}", ECHO_OK);
		close(fds[i]);
	}
}

static void one_too_many_of_busy_clients(void **state)
{
	static const char rows[] = "{\"command\": \"rows\", \"args\": {\"n\": 1000000000}}\n";
	const struct server *server = *state;
	int fds[API_CLIENTS_MAX], fd;
	json_t *answer;
	char first;

	for (int i = 0; i < API_CLIENTS_MAX; i++) {
		fds[i] = server_dial(server->path);
		client_put_text(fds[i], rows);
		assert_int_equal(recv(fds[i], &first, 1, 0), 1);
	}
	fd = server_dial(server->path);
	answer = client_get(fd);
	assert_string_equal(json_string_value(json_object_get(answer, "errno")), "EBUSY");
	json_decref(answer);
	close(fd);
	for (int i = 0; i < API_CLIENTS_MAX; i++)
		close(fds[i]);
	/* It may accept the next before it has seen that others went. */
	for (bool served = false; !served;) {
		fd = server_dial(server->path);
		client_put_text(fd, "{\"command\": \"echo\"}\n");
		answer = client_get(fd);
		served = json_is_true(json_object_get(answer, "ok"));
		json_decref(answer);
		close(fd);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(half_a_line_holds_nobody_up, server_start,
						server_stop),
		cmocka_unit_test_setup_teardown(silent_reader_is_bounded, server_start,
						server_stop),
		cmocka_unit_test_setup_teardown(silent_reader_of_slices_is_bounded, server_start,
						server_stop),
		cmocka_unit_test_setup_teardown(endless_line_is_refused, server_start, server_stop),
		cmocka_unit_test_setup_teardown(vanishing_clients, server_start, server_stop),
		cmocka_unit_test_setup_teardown(one_too_many_of_busy_clients, server_start,
						server_stop),
		cmocka_unit_test_setup_teardown(one_client_too_many, server_start, server_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
