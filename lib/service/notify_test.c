/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "notify.h"

struct manager {
	int fd;
	char name[64]; /* as in $NOTIFY_SOCKET */
};

static void listen_as(struct manager *m, const char *begin)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	socklen_t len;

	snprintf(m->name, sizeof(m->name), "%s/tmp/notify_test.%d", begin, getpid());
	memcpy(addr.sun_path, m->name, strlen(m->name));
	len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(m->name));
	if (*m->name == '@')
		addr.sun_path[0] = '\0';
	else
		unlink(m->name);
	m->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_true(m->fd >= 0);
	assert_int_equal(bind(m->fd, (struct sockaddr *)&addr, len), 0);
}

static void leave(struct manager *m)
{
	close(m->fd);
	if (*m->name != '@')
		unlink(m->name);
}

static void heard(const struct manager *m, const char *expected)
{
	char text[2048];
	ssize_t n = recv(m->fd, text, sizeof(text) - 1, 0);

	assert_true(n >= 0);
	text[n] = '\0';
	assert_string_equal(text, expected);
}

static void tells_at(const char *begin)
{
	struct manager m;
	struct notify n;

	listen_as(&m, begin);
	setenv("NOTIFY_SOCKET", m.name, 1);
	assert_int_equal(notify_open(&n, NULL), 0);
	assert_null(getenv("NOTIFY_SOCKET"));
	assert_int_equal(n.watchdog_us, 0);
	assert_int_equal(notify_send(&n, "READY=1\nSTATUS=%d ports", 2), 0);
	heard(&m, "READY=1\nSTATUS=2 ports");
	notify_close(&n);
	assert_int_equal(notify_send(&n, "READY=1"), 0);
	leave(&m);
}

static void at_a_path(void **state)
{
	tells_at("");
}

static void at_an_abstract_name(void **state)
{
	tells_at("@");
}

static void to_nobody(void **state)
{
	struct notify n;

	unsetenv("NOTIFY_SOCKET");
	setenv("WATCHDOG_USEC", "1000", 1);
	assert_int_equal(notify_open(&n, NULL), 0);
	assert_int_equal(n.fd, -1);
	assert_int_equal(n.watchdog_us, 0);
	assert_null(getenv("WATCHDOG_USEC"));
	assert_int_equal(notify_send(&n, "READY=1"), 0);
	notify_close(&n);
}

/* It neither waits nor loses what it has to say. */
static void to_one_who_does_not_read(void **state)
{
	struct manager m;
	struct notify n;
	unsigned sent = 0;
	int ret;

	listen_as(&m, "");
	setenv("NOTIFY_SOCKET", m.name, 1);
	assert_int_equal(notify_open(&n, NULL), 0);
	while (!(ret = notify_send(&n, "WATCHDOG=1")))
		assert_true(sent++ < 100000);
	assert_int_equal(ret, -EAGAIN);
	heard(&m, "WATCHDOG=1");
	assert_int_equal(notify_send(&n, "WATCHDOG=1"), 0);
	leave(&m);
	assert_int_equal(notify_send(&n, "WATCHDOG=1"), -ENOENT);
	notify_close(&n);
}

static int opened(const char *to, const char *usec, const char *pid, uint64_t *watchdog_us,
		  struct error *err)
{
	struct notify n;
	int ret;

	setenv("NOTIFY_SOCKET", to, 1);
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	if (usec)
		setenv("WATCHDOG_USEC", usec, 1);
	if (pid)
		setenv("WATCHDOG_PID", pid, 1);
	ret = notify_open(&n, err);
	*watchdog_us = n.watchdog_us;
	notify_close(&n);
	return ret;
}

static void watchdog(void **state)
{
	char me[16];
	uint64_t us;

	snprintf(me, sizeof(me), "%d", getpid());
	assert_int_equal(opened("@x", "3000000", NULL, &us, NULL), 0);
	assert_int_equal(us, 3000000);
	assert_int_equal(opened("@x", "3000000", me, &us, NULL), 0);
	assert_int_equal(us, 3000000);
	assert_int_equal(opened("@x", "3000000", "1", &us, NULL), 0);
	assert_int_equal(us, 0);
}

static void what_is_not_understood(void **state)
{
	static const char *const sockets[] = {"x", "/", "@", "vsock:2:1", "run/x"};
	static const char *const times[] = {"", "0", "-1", "1s", "99999999999999999999999"};
	struct error err;
	char longer[sizeof(((struct sockaddr_un *)NULL)->sun_path) + 1];
	uint64_t us;

	for (size_t i = 0; i < sizeof(sockets) / sizeof(*sockets); i++) {
		assert_int_equal(opened(sockets[i], NULL, NULL, &us, &err), -EINVAL);
		assert_non_null(strstr(err.msg, "NOTIFY_SOCKET: '"));
	}
	memset(longer, 'x', sizeof(longer));
	longer[0] = '/';
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(opened(longer, NULL, NULL, &us, &err), -EINVAL);
	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
		assert_int_equal(opened("@x", times[i], NULL, &us, &err), -EINVAL);
		assert_non_null(strstr(err.msg, "WATCHDOG_USEC: '"));
		assert_int_equal(us, 0);
	}
	assert_int_equal(opened("@x", "1000", "me", &us, &err), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(at_a_path), cmocka_unit_test(at_an_abstract_name),
		cmocka_unit_test(to_nobody), cmocka_unit_test(to_one_who_does_not_read),
		cmocka_unit_test(watchdog),  cmocka_unit_test(what_is_not_understood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
