/* SPDX-License-Identifier: BSD-3-Clause */
#include "nl_testing_netns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>

#include "nl_testing.h"

struct nl_socket *ask, *dump;
int v0, v1;
struct error err;
struct nl_msg heard[LOG_MAX];
unsigned n_heard;
uint64_t bad;

void hear(void *ctx, const struct nl_msg *msg)
{
	if (n_heard < LOG_MAX)
		heard[n_heard] = *msg;
	n_heard++;
}

void shell(const char *command)
{
	if (system(command))
		fail_msg("%s", command);
}

int namespace_set_up(void **state)
{
	/* Without link-local addresses, and what the kernel does with these in its own time. */
	shell("ip link set lo up && ip link add v0 type veth peer name v1 && "
	      "ip link set v0 addrgenmode none up && ip link set v1 addrgenmode none up && "
	      "echo 0 >/proc/sys/net/ipv6/conf/v0/accept_dad");
	v0 = (int)if_nametoindex("v0");
	v1 = (int)if_nametoindex("v1");
	ask = nl_open(&err);
	dump = nl_open(&err);
	return v0 && v1 && ask && dump ? 0 : -1;
}

int namespace_tear_down(void **state)
{
	nl_close(ask);
	nl_close(dump);
	return 0;
}

struct nl_socket *listen_now(unsigned buffer)
{
	struct nl_socket *s = nl_listen(buffer, &err);

	assert_non_null(s);
	n_heard = 0;
	bad = 0;
	return s;
}

int dump_go_on(nl_fn fn)
{
	int status = 1;

	for (unsigned i = 0; status == 1 && i < STEPS_MAX; i++) {
		struct pollfd p = {.fd = nl_fd(dump), .events = POLLIN};

		assert_int_equal(poll(&p, 1, WAIT_MS), 1);
		status = nl_dump_step(dump, 1, fn, NULL, &bad);
	}
	return status;
}

void dump_all(enum nl_kind kind, uint8_t family)
{
	n_heard = 0;
	bad = 0;
	assert_int_equal(nl_dump(dump, kind, family, &err), 0);
	assert_int_equal(dump_go_on(hear), 0);
	assert_int_equal(bad, 0);
	for (unsigned i = 0; i < n_heard && i < LOG_MAX; i++)
		assert_int_equal(heard[i].kind, kind);
}

void receive_all(struct nl_socket *s)
{
	unsigned i = 0;
	int n;

	while ((n = nl_receive(s, 16, hear, NULL, &bad)) > 0)
		assert_true(++i < STEPS_MAX);
	assert_int_equal(n, 0);
	assert_int_equal(bad, 0);
}

const struct nl_msg *about(enum nl_kind kind, const char *to)
{
	struct ip_prefix want = nl_testing_prefix(to);

	for (unsigned i = n_heard < LOG_MAX ? n_heard : LOG_MAX; i-- > 0;) {
		const struct nl_msg *msg = &heard[i];

		if (msg->kind != kind)
			continue;
		if ((kind == NL_ROUTE && msg->route.table == RT_TABLE_MAIN &&
		     ip_prefix_equal(&msg->route.dst, &want)) ||
		    (kind == NL_ADDRESS && ip_prefix_equal(&msg->address.addr, &want)) ||
		    (kind == NL_NEIGHBOUR && ip_addr_equal(&msg->neighbour.addr, &want.addr)))
			return msg;
	}
	return NULL;
}

const struct nl_msg *surely_about(enum nl_kind kind, const char *to, bool deleted)
{
	const struct nl_msg *msg = about(kind, to);

	if (!msg)
		fail_msg("nothing about %s", to);
	assert_int_equal(msg->deleted, deleted);
	return msg;
}

bool namespace_enter(void)
{
	if (!unshare(CLONE_NEWNET))
		return true;
	perror("a network namespace needs root: skipped");
	return false;
}
