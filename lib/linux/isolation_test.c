/* SPDX-License-Identifier: BSD-3-Clause */
/*
 *     e0 --- a0 --+
 *     e1 --- a1 --+-- br0      a0, a1: Sluice forwards between them; a2: it does not
 *     e2 --- a2 --+
 */
#include <net/if.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "isolation.h"
#include "netns_testing.h"

static struct error err;
static int ends[3], bridge; /* packet sockets */

static int setup(void **state)
{
	if (testing_netns(state))
		return -1;
	testing_run("echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6");
	testing_run("ip link add br0 type bridge mcast_snooping 0; ip link set br0 up");
	for (int i = 0; i < 3; i++) {
		char name[] = {'e', (char)('0' + i), 0};

		testing_run("ip link add a%d type veth peer name e%d", i, i);
		testing_run("ip link set e%d up; ip link set a%d master br0 up", i, i);
		ends[i] = testing_packet_socket(name);
	}
	bridge = testing_packet_socket("br0");
	/* The kernel looks at the carrier of new links a little later. */
	for (int tries = 0; tries < 1000; tries++) {
		if (!strcmp(testing_output("bridge link | grep -c 'state forwarding'"), "3"))
			return 0;
		usleep(5000);
	}
	return -1;
}

static int teardown(void **state)
{
	for (int i = 0; i < 3; i++)
		close(ends[i]);
	close(bridge);
	return 0;
}

/* Frames of the test's own kind that have come in since. The kernel forwards within send(). */
static int arrived(int fd)
{
	uint8_t frame[2048];
	int n = 0;
	ssize_t len;

	while ((len = recv(fd, frame, sizeof(frame), 0)) > 0)
		n += len >= 14 && frame[12] == 0x88 && frame[13] == 0xb5;
	return n;
}

static int from;

/* A broadcast from one end; how often it comes out of each, and at the bridge itself. */
static void floods_to(int end, int n0, int n1, int n2)
{
	uint8_t frame[60] = {255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 9, 0x88, 0xb5};
	const int want[] = {n0, n1, n2};

	frame[11] = (uint8_t)++from;
	for (int i = 0; i < 3; i++)
		arrived(ends[i]);
	arrived(bridge);
	assert_int_equal(send(ends[end], frame, sizeof(frame), 0), sizeof(frame));
	/* By the time that the bridge itself has it, it was sent to the ports. */
	assert_int_equal(poll(&(struct pollfd){.fd = bridge, .events = POLLIN}, 1, 5000), 1);
	for (int i = 0; i < 3; i++)
		assert_int_equal(arrived(ends[i]), want[i]);
	assert_int_equal(arrived(bridge), 1);
}

static int index_of(const char *name)
{
	return (int)if_nametoindex(name);
}

static void members_are_kept_apart(void **state)
{
	struct isolation *iso = isolation_create(&err);

	assert_non_null(iso);
	floods_to(0, 0, 1, 1);
	assert_int_equal(isolation_add(iso, index_of("a0"), &err), 0);
	floods_to(0, 0, 1, 1);
	assert_int_equal(isolation_add(iso, index_of("a1"), &err), 0);
	assert_int_equal(isolation_add(iso, index_of("a1"), &err), 0);
	floods_to(0, 0, 0, 1);
	floods_to(1, 0, 0, 1);
	floods_to(2, 1, 1, 0);
	assert_int_equal(isolation_del(iso, index_of("a1"), &err), 0);
	assert_int_equal(isolation_del(iso, index_of("a2"), &err), 0);
	floods_to(0, 0, 1, 1);
	assert_int_equal(isolation_add(iso, index_of("a1"), &err), 0);
	floods_to(1, 0, 0, 1);
	isolation_destroy(iso);
	floods_to(0, 0, 1, 1);
	assert_string_equal(testing_output("nft list tables bridge"), "");
}

static void a_netdev_that_is_gone(void **state)
{
	struct isolation *iso = isolation_create(&err);
	int index = index_of("a2");

	assert_int_equal(isolation_add(iso, index, &err), 0);
	testing_run("ip link del a2");
	assert_int_equal(isolation_del(iso, index, &err), 0);
	assert_int_equal(isolation_add(iso, index, &err), 0);
	isolation_destroy(iso);
	isolation_destroy(NULL);
}

static bool isolate(void)
{
	return isolation_create(&err);
}

static void a_killed_process_leaves_nothing(void **state)
{
	pid_t child = testing_child(isolate);

	assert_string_not_equal(testing_output("nft list tables bridge"), "");
	testing_kill(child);
	assert_string_equal(testing_output("nft list tables bridge"), "");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(members_are_kept_apart),
		TEST(a_netdev_that_is_gone),
		TEST(a_killed_process_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
