/* SPDX-License-Identifier: BSD-3-Clause */
#include <unistd.h>

#include "netns_testing.h"
#include "sysctl.h"

static char netdev[] = "v.0";
static struct netns ns;

/* A namespace for each test: what one has set is not there for the next. */
static int setup(void **state)
{
	if (testing_netns(state))
		return -1;
	testing_run("ip link add v.0 type veth peer name v1");
	testing_run("ip link set v.0 up; ip link set v1 up");
	return netns_open(&ns, "", NULL);
}

static int teardown(void **state)
{
	netns_close(&ns);
	return 0;
}

static void set(const char *path, int value)
{
	testing_run("echo %d > /proc/sys/net/%s", value, path);
}

static void assert_sysctl(const char *path, int value)
{
	assert_int_equal(atoi(testing_output("cat /proc/sys/net/%s", path)), value);
}

static void those_of_the_namespace_are_set(void **state)
{
	set("ipv4/ip_forward", 0);
	set("ipv6/conf/all/forwarding", 0);
	set("ipv4/conf/all/rp_filter", 1);
	testing_stderr_begin();
	sysctl_namespace(&ns);
	assert_string_equal(testing_stderr_end(), "");
	assert_sysctl("ipv4/ip_forward", 1);
	assert_sysctl("ipv6/conf/all/forwarding", 1);
	assert_sysctl("ipv4/conf/all/rp_filter", 0);
}

/* A change of ip_forward sets `forwarding` of every netdev anew; what is as it should be is not
 * written. */
static void what_is_right_is_left_alone(void **state)
{
	set("ipv4/ip_forward", 1);
	set("ipv4/conf/v1/forwarding", 0);
	set("ipv6/conf/all/forwarding", 1);
	set("ipv6/conf/v1/forwarding", 0);
	sysctl_namespace(&ns);
	assert_sysctl("ipv4/conf/v1/forwarding", 0);
	assert_sysctl("ipv6/conf/v1/forwarding", 0);
}

static void the_machines_first_is_only_reported(void **state)
{
	const char *said;

	ns.init = true;
	set("ipv4/ip_forward", 0);
	set("ipv6/conf/all/forwarding", 0);
	set("ipv4/conf/all/rp_filter", 1);
	testing_stderr_begin();
	sysctl_namespace(&ns);
	said = testing_stderr_end();
	assert_non_null(strstr(said, "sysctl -w net/ipv4/ip_forward=1\n"));
	assert_non_null(strstr(said, "sysctl -w net/ipv6/conf/all/forwarding=1\n"));
	assert_non_null(strstr(said, "sysctl -w net/ipv4/conf/all/rp_filter=0\n"));
	assert_sysctl("ipv4/ip_forward", 0);
	assert_sysctl("ipv6/conf/all/forwarding", 0);
	assert_sysctl("ipv4/conf/all/rp_filter", 1);
	/* What it says is what helps. */
	testing_run("sysctl -qw net/ipv4/ip_forward=1 net/ipv6/conf/all/forwarding=1 "
		    "net/ipv4/conf/all/rp_filter=2");
	testing_stderr_begin();
	sysctl_namespace(&ns);
	assert_string_equal(testing_stderr_end(), "");
	assert_sysctl("ipv4/conf/all/rp_filter", 2);
}

static void those_of_a_mirror(void **state)
{
	ns.init = true; /* the mirror is ours in any namespace */
	set("ipv4/conf/v.0/rp_filter", 1);
	testing_stderr_begin();
	sysctl_mirror(&ns, netdev);
	assert_string_equal(testing_stderr_end(), "");
	assert_sysctl("ipv4/conf/v.0/forwarding", 1);
	assert_sysctl("ipv4/conf/v.0/rp_filter", 0);
	assert_sysctl("ipv4/conf/v.0/ignore_routes_with_linkdown", 1);
	assert_sysctl("ipv6/conf/v.0/forwarding", 1);
	assert_sysctl("ipv6/conf/v.0/ignore_routes_with_linkdown", 1);
	assert_sysctl("ipv4/conf/v1/forwarding", 0); /* and no other */
}

/* Below an MTU of 1280 a netdev has no IPv6: nothing to set, nothing to say. */
static void without_ipv6(void **state)
{
	testing_run("ip link set v.0 mtu 1000");
	assert_int_equal(access("/proc/sys/net/ipv6/conf/v.0", F_OK), -1);
	testing_stderr_begin();
	sysctl_mirror(&ns, netdev);
	assert_string_equal(testing_stderr_end(), "");
	assert_sysctl("ipv4/conf/v.0/forwarding", 1);
}

static void another_namespace(void **state)
{
	struct netns other;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)getpid());
	assert_int_equal(netns_open(&other, path, NULL), 0);
	assert_int_equal(testing_netns(state), 0);
	netns_close(&ns);
	/* `other` stays where the test was, which is not its home any more. */
	assert_int_equal(netns_open(&ns, "", NULL), 0);
	other.own = false;
	close(other.home);
	other.home = dup(ns.fd);
	set("ipv4/ip_forward", 0);
	netns_enter(&other);
	set("ipv4/ip_forward", 0);
	netns_leave(&other);
	sysctl_namespace(&other);
	assert_sysctl("ipv4/ip_forward", 0);
	netns_enter(&other);
	assert_sysctl("ipv4/ip_forward", 1);
	netns_leave(&other);
	netns_close(&other);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(those_of_the_namespace_are_set),
		TEST(what_is_right_is_left_alone),
		TEST(the_machines_first_is_only_reported),
		TEST(those_of_a_mirror),
		TEST(without_ipv6),
		TEST(another_namespace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
