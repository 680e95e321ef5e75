/* SPDX-License-Identifier: BSD-3-Clause */
/*
 *     the test's namespace          namespace of the peer process
 *     v0 10.0.0.1/24 -------------- e0 10.0.0.2/24
 */
#include <errno.h>
#include <linux/if_ether.h>
#include <net/if.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ingress.h"
#include "netns_testing.h"

static struct error err;
static pid_t peer;

static bool enter_own_netns(void)
{
	return !testing_netns(NULL);
}

static int setup(void **state)
{
	if (testing_netns(state))
		return -1;
	peer = testing_child(enter_own_netns);
	testing_run("ip link add v0 type veth peer name e0");
	testing_run("ip link set e0 netns %d", (int)peer);
	testing_run("ip addr add 10.0.0.1/24 dev v0; ip link set v0 up");
	testing_run("nsenter -t %d -n ip addr add 10.0.0.2/24 dev e0", (int)peer);
	testing_run("nsenter -t %d -n ip link set e0 up", (int)peer);
	return 0;
}

static int teardown(void **state)
{
	testing_kill(peer);
	return 0;
}

/* The peer asks for the MAC, and then for an echo. */
static bool answers(void)
{
	char line[128];

	snprintf(line, sizeof(line), "nsenter -t %d -n ping -c 1 -W 1 10.0.0.1 >/dev/null",
		 (int)peer);
	return system(line) == 0;
}

/* The peer may still be searching for the one that did not answer. */
static bool answers_again(void)
{
	for (int tries = 0; tries < 10; tries++)
		if (answers())
			return true;
	return false;
}

/* Frames of the EtherType that the socket has, of both directions. */
static unsigned received(int fd, uint16_t ethertype)
{
	unsigned n = 0;
	uint8_t frame[2048];
	ssize_t len;

	while ((len = recv(fd, frame, sizeof(frame), 0)) > 0)
		n += len >= 14 && (frame[12] << 8 | frame[13]) == ethertype;
	return n;
}

static unsigned tables(void)
{
	return (unsigned)atoi(testing_output("nft list tables netdev | grep -c sluice"));
}

static void the_kernel_does_not_see_what_the_socket_does(void **state)
{
	int fd = testing_packet_socket("v0");
	struct ingress *in = ingress_create(&err);

	assert_non_null(in);
	assert_true(answers_again());
	received(fd, 0);
	testing_run("nsenter -t %d -n ip neigh flush dev e0", (int)peer);
	assert_int_equal(ingress_hold(in, "v0", if_nametoindex("v0"), &err), 0);
	assert_false(answers());
	/* ARP requests came, and got no answer: each would be a second frame here. */
	assert_string_equal(
		testing_output("nsenter -t %d -n ip neigh show 10.0.0.1 nud reachable", (int)peer),
		"");
	assert_int_not_equal(received(fd, ETH_P_ARP), 0);
	ingress_destroy(in);
	assert_int_equal(tables(), 0);
	assert_true(answers_again());
	close(fd);
}

static void several_netdevs(void **state)
{
	struct ingress *in = ingress_create(&err);

	testing_run("ip link add w.0 type veth peer name w1");
	assert_int_equal(ingress_hold(in, "w.0", if_nametoindex("w.0"), &err), 0);
	assert_true(answers_again());
	assert_int_equal(ingress_hold(in, "v0", if_nametoindex("v0"), &err), 0);
	assert_int_equal(ingress_hold(in, "w1", if_nametoindex("w1"), &err), 0);
	assert_int_equal(tables(), 1);
	assert_int_equal(atoi(testing_output("nft list ruleset | grep -c 'policy drop'")), 3);
	assert_false(answers());
	ingress_destroy(in);
	assert_true(answers_again());
}

static void what_is_refused(void **state)
{
	struct ingress *in = ingress_create(&err);

	assert_int_equal(ingress_hold(in, "none", if_nametoindex("none"), &err), -ENODEV);
	assert_string_equal(err.msg, "there is no netdev none");
	assert_int_equal(ingress_hold(in, "a\"b", if_nametoindex("a\"b"), &err), -ENODEV);
	ingress_destroy(in);
	ingress_destroy(NULL);
}

static bool hold_v0(void)
{
	struct ingress *in = ingress_create(&err);

	return in && !ingress_hold(in, "v0", if_nametoindex("v0"), &err);
}

static void a_killed_process_leaves_nothing(void **state)
{
	pid_t child = testing_child(hold_v0);

	assert_int_equal(tables(), 1);
	assert_false(answers());
	testing_kill(child);
	assert_int_equal(tables(), 0);
	assert_true(answers_again());
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_kernel_does_not_see_what_the_socket_does),
		TEST(several_netdevs),
		TEST(what_is_refused),
		TEST(a_killed_process_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
