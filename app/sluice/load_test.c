/* SPDX-License-Identifier: BSD-3-Clause */
/* Lines on their way to a daemon that falls silent. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "load.h"

/* What is to be read was sent before, so that only what never comes is waited for. */
#define TIMEOUT_MS 1

static char dir[] = "/tmp/sluice-load-XXXXXX", path[sizeof(dir) + 5];
static int listener;

static int setup(void **state)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};

	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/sock", dir);
	strcpy(addr.sun_path, path);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(listener, (const struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(listen(listener, 0), 0);
	return 0;
}

static int teardown(void **state)
{
	close(listener);
	return unlink(path) || rmdir(dir);
}

static void expect_silence(const struct error *err, const char *before)
{
	char expected[ERROR_LEN];

	snprintf(expected, sizeof(expected), "%ssluiced does not answer on %s", before, path);
	assert_string_equal(err->msg, expected);
}

/* The first request is answered, the second is not. */
static void silence_in_the_middle(void **state)
{
	static const char answer[] = "{\"ok\": true, \"result\": {\"routes\": 1, \"lines\": 2}}\n";
	char text[] = "\n::/0 port p0\n::/1 port p0\n";
	const struct load load = {.path = "FILE", .text = text, .len = strlen(text)};
	json_t *result = NULL;
	struct error err;
	struct rpc rpc;
	int peer;

	assert_int_equal(rpc_connect(&rpc, path, TIMEOUT_MS, &err), 0);
	peer = accept(listener, NULL, NULL);
	assert_true(peer >= 0);
	assert_int_equal(send(peer, answer, strlen(answer), 0), strlen(answer));
	assert_int_equal(load_send(&load, &rpc, "route load", &result, &err), -EAGAIN);
	assert_null(result);
	expect_silence(&err, "at least 1 routes were added, then: ");
	rpc_close(&rpc);
	close(peer);
}

/* Others have been waiting to be let in. */
static void silence_from_the_start(void **state)
{
	struct rpc first, second;
	struct error err;

	assert_int_equal(rpc_connect(&first, path, TIMEOUT_MS, &err), 0);
	assert_int_equal(rpc_connect(&second, path, TIMEOUT_MS, &err), -EAGAIN);
	assert_int_equal(second.fd, -1);
	expect_silence(&err, "");
	rpc_close(&second);
	rpc_close(&first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(silence_in_the_middle, setup, teardown),
		cmocka_unit_test_setup_teardown(silence_from_the_start, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
