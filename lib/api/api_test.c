/* SPDX-License-Identifier: BSD-3-Clause */
/* Requests and their answers, good and bad. */
#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "api_test_server.h"

static void answers(void **state)
{
	const struct server *server = *state;
	int fd = server_dial(server->path);

	client_ask(fd, "{\"command\": \"echo\"}", ECHO_OK);
	client_ask(fd, "{\"command\": \"echo\", \"args\": null}", ECHO_OK);
	client_ask(fd, "{\"command\": \"echo\", \"args\": {\"name\": \"all\"}}", ECHO_OK);
	client_ask(fd, " {\"command\":\"echo\",\"args\":{\"n\":3},\"id\":[1,{\"a\":null}]} \r",
		   "{\"ok\": true, \"result\": {\"n\": 3}, \"id\": [1, {\"a\": null}]}");
	client_ask(fd, "{\"command\": \"nothing\", \"id\": null}",
		   "{\"ok\": true, \"result\": null, \"id\": null}");
	client_ask(fd, "{\"command\": \"refuse\", \"id\": 7}",
		   "{\"ok\": false, \"error\": \"no such \\\"thing\\\", cut at ?\", \"errno\": "
		   "\"ENOENT\", "
		   "\"result\": \"half of it\", \"id\": 7}");
	client_ask(fd, "{\"command\": \"garbage\"}", "!the result cannot be written");
	client_ask(fd, "{\"command\": \"echo\"}", ECHO_OK);
	close(fd);
}

static void refuses_bad_requests(void **state)
{
	const struct server *server = *state;
	size_t n = 100000;
	char *brackets = malloc(n + 1);
	int fd = server_dial(server->path);

	client_ask(fd, "", "!not valid JSON");
	client_ask(fd, "hello", "!not valid JSON");
	client_ask(fd, "{\"command\": \"echo\"", "!not valid JSON");
	client_ask(fd, "{\"command\": \"echo\"} {}", "!not valid JSON");
	client_ask(fd, "{\"command\": \"echo\", \"command\": \"garbage\"}", "!duplicate");
	client_ask(fd, "{\"command\": \"\xff\xfe\"}", "!not valid JSON");
	client_ask(fd, "{\"command\": \"a\\u0000b\"}", "!not valid JSON");
	client_ask(fd, "[1]", "!not a JSON object");
	client_ask(fd, "{}", "!no command");
	client_ask(fd, "{\"command\": 5}", "!no command");
	client_ask(fd, "{\"command\": \"echo\", \"arguments\": {}}", "!unknown member 'arguments'");
	client_ask(fd, "{\"command\": \"ech\"}", "!unknown command 'ech'");
	client_ask(fd, "{\"command\": \"echo\", \"args\": []}", "!expected an object");
	client_ask(fd, "{\"command\": \"echo\", \"args\": {\"x\": 1}}", "!unknown argument 'x'");
	client_ask(fd, "{\"command\": \"echo\", \"args\": {\"n\": 10}}",
		   "!n: '10' is not a number");
	client_ask(fd, "{\"command\": \"many\", \"id\": 1}", "!n N is missing");
	for (const char *c = "[{"; *c; c++) {
		memset(brackets, *c, n);
		brackets[n] = '\0';
		client_ask(fd, brackets, "!not valid JSON");
	}
	client_ask(fd, "{\"command\": \"echo\"}", ECHO_OK);
	close(fd);
	free(brackets);
}

static void pipelined_in_order_and_after_half_close(void **state)
{
	const struct server *server = *state;
	int fd = server_dial(server->path);
	char line[64];
	json_t *answer;

	for (int i = 0; i < 2000; i++) {
		sprintf(line, "{\"command\": \"echo\", \"id\": %d}\n", i);
		assert_int_equal(client_put_text(fd, line), 0);
	}
	client_put_text(fd, "{\"command\": \"echo\"");
	shutdown(fd, SHUT_WR);
	for (int i = 0; i < 2000; i++) {
		answer = client_get(fd);
		assert_int_equal(json_integer_value(json_object_get(answer, "id")), i);
		json_decref(answer);
	}
	assert_null(client_get(fd));
	close(fd);
}

static void large_answer_whole(void **state)
{
	const struct server *server = *state;
	int fd = server_dial(server->path);
	json_t *answer, *result;

	client_put_text(fd, "{\"command\": \"many\", \"args\": {\"n\": 100000}}\n");
	answer = client_get(fd);
	result = json_object_get(answer, "result");
	assert_int_equal(json_array_size(result), 100000);
	for (size_t i = 0; i < 100000; i++) {
		json_t *index = json_object_get(json_array_get(result, i), "index");

		assert_int_equal(json_integer_value(index), i);
	}
	json_decref(answer);
	close(fd);
}

static void slices_make_one_answer(void **state)
{
	static const json_int_t sizes[] = {
		0,     1, COMMAND_SLICE - 1, COMMAND_SLICE, COMMAND_SLICE + 1, 2 * COMMAND_SLICE,
		100000};
	const struct server *server = *state;
	int fd = server_dial(server->path);
	json_t *answer, *result;
	char line[96];

	for (size_t s = 0; s < sizeof(sizes) / sizeof(*sizes); s++) {
		/* The request behind it is answered after it. */
		sprintf(line,
			"{\"command\": \"rows\", \"args\": {\"n\": %d}, \"id\": [%d]}\n"
			"{\"command\": \"echo\"}\n",
			(int)sizes[s], (int)s);
		client_put_text(fd, line);
		answer = client_get(fd);
		assert_int_equal(json_object_size(answer), 3);
		assert_true(json_is_true(json_object_get(answer, "ok")));
		result = json_object_get(answer, "id");
		assert_int_equal(json_integer_value(json_array_get(result, 0)), s);
		result = json_object_get(answer, "result");
		assert_int_equal(json_array_size(result), sizes[s]);
		for (size_t i = 0; i < json_array_size(result); i++) {
			json_t *index = json_object_get(json_array_get(result, i), "index");

			assert_int_equal(json_integer_value(index), i);
		}
		json_decref(answer);
		answer = client_get(fd);
		assert_true(json_is_true(json_object_get(answer, "ok")));
		json_decref(answer);
	}
	close(fd);
}

/* A handler may have nothing to say yet, and then rows, none, or a refusal. Others are answered
 * meanwhile. */
static void slices_that_come_late(void **state)
{
	const struct server *server = *state;
	int fd = server_dial(server->path), never = server_dial(server->path);
	json_t *answer;

	/* It has rows after so many turns that the others cannot be waiting for it. */
	client_put_text(never,
			"{\"command\": \"rows\", \"args\": {\"n\": 2, \"late\": 1000000000}}\n");
	while (!__atomic_load_n(&server->calls, __ATOMIC_RELAXED))
		sched_yield();
	client_ask_once(server, "{\"command\": \"echo\"}", ECHO_OK);
	close(never);
	client_put_text(fd, "{\"command\": \"rows\", \"args\": {\"n\": 2, \"late\": 1000}}\n");
	answer = client_get(fd);
	assert_int_equal(json_array_size(json_object_get(answer, "result")), 2);
	json_decref(answer);
	client_ask(fd, "{\"command\": \"rows\", \"args\": {\"n\": 0, \"late\": 3}, \"id\": 7}",
		   "{\"ok\": true, \"result\": [], \"id\": 7}");
	client_ask(fd, "{\"command\": \"rows\", \"args\": {\"n\": 2, \"late\": 3, \"bad\": 1}}",
		   "!row 1 is bad");
	client_ask(fd, "{\"command\": \"echo\"}", ECHO_OK);
	client_put_text(fd, "{\"command\": \"rows\", \"args\": {\"n\": 2, \"late\": 1000}}\n");
	close(fd);
}

/* However many want slices, there is one in a turn of the loop. */
static void one_slice_a_turn(void **state)
{
	struct server *server = *state;
	int fds[20];

	for (unsigned i = 0; i < sizeof(fds) / sizeof(*fds); i++) {
		fds[i] = server_dial(server->path);
		client_put_text(fds[i], "{\"command\": \"rows\", \"args\": {\"n\": 1500}}\n");
	}
	for (unsigned i = 0; i < sizeof(fds) / sizeof(*fds); i++) {
		json_t *answer = client_get(fds[i]);

		assert_int_equal(json_array_size(json_object_get(answer, "result")), 1500);
		json_decref(answer);
		close(fds[i]);
	}
	assert_int_equal(__atomic_load_n(&server->crowded, __ATOMIC_RELAXED), 0);
	assert_int_equal(__atomic_load_n(&server->calls, __ATOMIC_RELAXED), 80);
}

/* The first slice can be refused; later nothing is left but to cut the answer off. */
static void slices_that_fail(void **state)
{
	const struct server *server = *state;
	char line[] = "{\"command\": \"rows\", \"args\": {\"n\": 2000, \"bad\": 501}}\n";
	int fd = server_dial(server->path);

	client_ask(fd, "{\"command\": \"rows\", \"args\": {\"n\": 2000, \"bad\": 500}, \"id\": 1}",
		   "{\"ok\": false, \"error\": \"row 500 is bad\", \"errno\": \"ENODATA\", "
		   "\"id\": 1}");
	client_ask(fd, "{\"command\": \"rows\"}", "!n N is missing");
	client_put_text(fd, line);
	assert_null(client_get(fd));
	close(fd);
}

static void reals_are_short(void **state)
{
	static const char expected[] =
		"{\"ok\":true,\"result\":[68.8],\"id\":0.12345678901234568}\n";
	const struct server *server = *state;
	char line[sizeof(expected)] = "";
	int fd = server_dial(server->path);

	client_put_text(fd, "{\"command\": \"real\", \"id\": 0.12345678901234568}\n");
	recv(fd, line, sizeof(expected) - 1, MSG_WAITALL);
	assert_string_equal(line, expected);
	close(fd);
}

static int never_run(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	return -EIO;
}

static void tables_are_checked(void **state)
{
	static const struct command twice[] = {{"new", "", "", COMMAND_NONE, never_run, NULL},
					       {"echo", "", "", COMMAND_NONE, never_run, NULL}};
	static const struct command bad[] = {{"new", "?", "", COMMAND_NONE, never_run, NULL}};
	static const struct command none[] = {{"new", "", "", COMMAND_NONE, NULL, NULL}};
	static const struct api_version version = {"1.2.3", "DPDK 4", 1};
	struct server *server = *state;
	struct event_base *base = event_base_new();
	char path[64];
	struct api *api;

	sprintf(path, "%s/other", server->dir);
	api = api_create(base, path, API_GROUP_OWN, NULL);
	assert_non_null(api);
	assert_int_equal(api_add(api, server_commands, server_n_commands, NULL), 0);
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
		cmocka_unit_test_setup_teardown(answers, server_start, server_stop),
		cmocka_unit_test_setup_teardown(refuses_bad_requests, server_start, server_stop),
		cmocka_unit_test_setup_teardown(pipelined_in_order_and_after_half_close,
						server_start, server_stop),
		cmocka_unit_test_setup_teardown(large_answer_whole, server_start, server_stop),
		cmocka_unit_test_setup_teardown(slices_make_one_answer, server_start, server_stop),
		cmocka_unit_test_setup_teardown(slices_that_come_late, server_start, server_stop),
		cmocka_unit_test_setup_teardown(one_slice_a_turn, server_start, server_stop),
		cmocka_unit_test_setup_teardown(slices_that_fail, server_start, server_stop),
		cmocka_unit_test_setup_teardown(reals_are_short, server_start, server_stop),
		cmocka_unit_test_setup_teardown(tables_are_checked, server_start, server_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
