/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

#include "netns_testing.h"
#include "tap.h"

#define OWNER "/run/sluice/a.sock"

static const struct mac_addr mac = {{2, 0, 0, 0, 0, 7}}, other = {{2, 0, 0, 0, 0, 8}};
static struct error err;
static struct tap tap;

static const char *show(const char *what, const char *name)
{
	return testing_output("ip -j -d link show %s | python3 -c "
			      "'import json, sys; print(json.load(sys.stdin)[0].get(\"%s\"))'",
			      name, what);
}

static bool up(const char *name)
{
	return strcmp(testing_output("ip -br link show %s up", name), "") != 0;
}

static void make(const char *name, const char *owner)
{
	assert_int_equal(tap_open(&tap, name, owner, &mac, NULL, &err), 0);
	assert_int_equal(tap_keep(&tap, &err), 0);
	tap_close(&tap);
}

static void a_new_one(void **state)
{
	assert_int_equal(tap_open(&tap, "p0", OWNER, &mac, NULL, &err), 0);
	assert_true(tap.created);
	assert_int_equal(tap.ifindex, if_nametoindex("p0"));
	assert_string_equal(show("address", "p0"), "02:00:00:00:00:07");
	assert_string_equal(show("ifalias", "p0"), "sluice " OWNER " p0");
	assert_false(up("p0"));
	tap_close(&tap);
	assert_int_equal(tap.fd, -1);
	/* What is not to be kept goes with its holder. */
	assert_int_equal(if_nametoindex("p0"), 0);
}

static void one_with_another_name(void **state)
{
	make("p0", OWNER);
	testing_run("ip addr add 10.0.0.1/24 dev p0; ip link set p0 name wan");
	assert_int_equal(tap_open(&tap, "p0", OWNER, &mac, NULL, &err), 0);
	assert_false(tap.created);
	assert_string_equal(tap.name, "wan");
	tap_forget(&tap);
	assert_int_equal(if_nametoindex("wan"), 0);
}

/* Of netdevs that were looked at once: a new one, one that is called otherwise, one in the way, and
 * one that has come since. */
static void many_in_a_row(void **state)
{
	struct tap_netdevs *netdevs;

	make("p1", OWNER);
	testing_run("ip link set p1 name wan; ip tuntap add p2 mode tap");
	netdevs = tap_netdevs_look(&err);
	assert_non_null(netdevs);
	assert_int_equal(tap_open(&tap, "p0", OWNER, &mac, netdevs, &err), 0);
	assert_true(tap.created);
	tap_close(&tap);
	assert_int_equal(tap_open(&tap, "p1", OWNER, &mac, netdevs, &err), 0);
	assert_string_equal(tap.name, "wan");
	tap_forget(&tap);
	assert_int_equal(tap_open(&tap, "p2", OWNER, &mac, netdevs, &err), -EEXIST);
	testing_run("ip tuntap add p3 mode tap");
	assert_int_equal(tap_open(&tap, "p3", OWNER, &mac, netdevs, &err), -EBUSY);
	testing_run("ip link del p3; ip link add p3 type veth peer name p4");
	assert_true(tap_open(&tap, "p3", OWNER, &mac, netdevs, &err) < 0);
	tap_netdevs_free(netdevs);
	testing_run("ip link del p2; ip link del p3");
}

static void it_outlives_its_holder(void **state)
{
	int index;

	assert_int_equal(tap_open(&tap, "p0", OWNER, &mac, NULL, &err), 0);
	assert_int_equal(tap_keep(&tap, &err), 0);
	index = tap.ifindex;
	testing_run("ip addr add 10.0.0.1/24 dev p0; ip link set p0 up mtu 1400");
	tap_close(&tap);
	assert_int_equal(if_nametoindex("p0"), index);
	assert_int_equal(tap_open(&tap, "p0", OWNER, &other, NULL, &err), 0);
	assert_false(tap.created);
	assert_int_equal(tap.ifindex, index);
	assert_true(up("p0"));
	assert_string_equal(show("mtu", "p0"), "1400");
	assert_string_equal(show("address", "p0"), "02:00:00:00:00:08");
	assert_string_equal(testing_output("ip -br addr show p0 | grep -o 10.0.0.1/24"),
			    "10.0.0.1/24");
	tap_close(&tap);
}

static void carrier(void **state)
{
	assert_int_equal(tap_open(&tap, "p0", OWNER, &mac, NULL, &err), 0);
	testing_run("ip link set p0 up");
	assert_string_equal(testing_output("cat /sys/class/net/p0/carrier 2>/dev/null; "
					   "ip -br link show p0 | grep -o NO-CARRIER"),
			    "NO-CARRIER");
	assert_int_equal(tap_set_carrier(&tap, true), 0);
	assert_string_equal(show("operstate", "p0"), "UP");
	/* From any namespace. */
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	assert_int_equal(tap_set_carrier(&tap, false), 0);
	assert_int_equal(tap_set_carrier(&tap, true), 0);
	tap_close(&tap);
	assert_int_equal(tap_set_carrier(&tap, true), -EBADF);
}

static void without_a_holder_there_is_no_carrier(void **state)
{
	assert_int_equal(tap_open(&tap, "p0", OWNER, &mac, NULL, &err), 0);
	assert_int_equal(tap_keep(&tap, &err), 0);
	testing_run("ip link set p0 up");
	assert_int_equal(tap_set_carrier(&tap, true), 0);
	assert_string_equal(show("operstate", "p0"), "UP");
	tap_close(&tap);
	assert_string_equal(show("operstate", "p0"), "DOWN");
	/* Nor with one that has not said so. */
	assert_int_equal(tap_open(&tap, "p0", OWNER, &mac, NULL, &err), 0);
	assert_string_equal(show("operstate", "p0"), "DOWN");
	tap_close(&tap);
}

static void assert_refused(const char *name, int code, const char *words)
{
	memset(&err, 0, sizeof(err));
	assert_int_equal(tap_open(&tap, name, OWNER, &mac, NULL, &err), code);
	assert_int_equal(tap.fd, -1);
	if (!strstr(err.msg, words))
		fail_msg("'%s' without '%s'", err.msg, words);
}

static void what_is_not_ours(void **state)
{
	testing_run("ip link add v0 type veth peer name v1");
	assert_refused("v0", -EEXIST, "is not a TAP");
	assert_refused("lo", -EEXIST, "is not a TAP");
	testing_run("ip tuntap add p1 mode tun");
	assert_refused("p1", -EEXIST, "is not a TAP");
	testing_run("ip tuntap add p2 mode tap; ip link set p2 alias 'sluice'");
	assert_refused("p2", -EEXIST, "is not a TAP of Sluice");
	make("p3", OWNER "2");
	assert_refused("p3", -EEXIST, "does not belong");
	/* Not touched. */
	assert_string_equal(show("ifalias", "p2"), "sluice");
	assert_string_equal(show("ifalias", "p3"), "sluice " OWNER "2 p3");
}

static void one_that_is_held(void **state)
{
	struct tap first;

	assert_int_equal(tap_open(&first, "p0", OWNER, &mac, NULL, &err), 0);
	assert_refused("p0", -EBUSY, "TAP p0 is held by another process");
	tap_close(&first);
	assert_int_equal(tap_open(&tap, "p0", OWNER, &mac, NULL, &err), 0);
	tap_close(&tap);
}

static void names_that_cannot_be(void **state)
{
	assert_refused("", -EINVAL, "''");
	assert_refused("a-name-of-16-let", -EINVAL, "a-name-of-16-let");
	assert_refused("p%d", -EINVAL, "p%d");
	assert_refused("p/0", -EINVAL, "p/0");
	assert_int_equal(tap_open(&tap, "a-name-of-15-le", OWNER, &mac, NULL, &err), 0);
	tap_close(&tap);
}

static bool keep_p1(void *ctx, const char *name)
{
	(*(int *)ctx)++;
	return !strcmp(name, "p1");
}

static void purge(void **state)
{
	int asked = 0;

	testing_run("ip tuntap add t0 mode tap; ip link set t0 alias 'mine'");
	testing_run("ip link add v0 type veth peer name v1; ip link set v0 alias 'sluice %s v0'",
		    OWNER);
	make("p0", OWNER);
	make("p1", OWNER);
	make("p2", OWNER);
	make("q0", OWNER "2");
	assert_int_equal(tap_purge("nobody", NULL, NULL, &err), 0);
	assert_int_equal(tap_purge(OWNER, keep_p1, &asked, &err), 2);
	assert_int_equal(asked, 4); /* v0 too, that has our alias and is no TAP */
	assert_int_equal(if_nametoindex("p0"), 0);
	assert_int_not_equal(if_nametoindex("p1"), 0);
	assert_int_equal(if_nametoindex("p2"), 0);
	assert_int_not_equal(if_nametoindex("q0"), 0);
	assert_int_equal(tap_purge(NULL, NULL, NULL, &err), 2);
	assert_int_equal(if_nametoindex("p1"), 0);
	assert_int_equal(if_nametoindex("q0"), 0);
	assert_int_not_equal(if_nametoindex("t0"), 0);
	assert_int_not_equal(if_nametoindex("v0"), 0);
}

static void purge_spares_what_is_held(void **state)
{
	struct tap held;

	make("p0", OWNER);
	assert_int_equal(tap_open(&held, "p1", OWNER, &mac, NULL, &err), 0);
	assert_int_equal(tap_keep(&held, &err), 0);
	make("p2", OWNER);
	assert_int_equal(tap_purge(OWNER, NULL, NULL, &err), -EBUSY);
	assert_string_equal(err.msg, "TAP p1 is held by another process");
	assert_int_equal(if_nametoindex("p0"), 0);
	assert_int_equal(if_nametoindex("p2"), 0);
	assert_int_equal(if_nametoindex("p1"), held.ifindex);
	tap_close(&held);
	assert_int_equal(tap_purge(OWNER, NULL, NULL, &err), 1);
}

static double seconds_of_purge(int want)
{
	struct timespec begin, end;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	assert_int_equal(tap_purge(OWNER, NULL, NULL, &err), want);
	clock_gettime(CLOCK_MONOTONIC, &end);
	return (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
}

/* More than one message of the kernel's list, and than one batch: the kernel waits for its readers
 * once for each batch, not for each TAP. */
static void purge_of_many(void **state)
{
	double one = 1e9, many;
	char name[16];

	for (int i = 0; i < 5; i++) {
		make("p0", OWNER);
		many = seconds_of_purge(1);
		one = many < one ? many : one;
	}
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		make(name, OWNER);
	}
	many = seconds_of_purge(300);
	if (many > 100 * one)
		fail_msg("one takes %.3f s, 300 %.3f s", one, many);
}

#define TEST(fn) cmocka_unit_test_setup(fn, testing_netns)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_one),
		TEST(one_with_another_name),
		TEST(many_in_a_row),
		TEST(it_outlives_its_holder),
		TEST(carrier),
		TEST(without_a_holder_there_is_no_carrier),
		TEST(what_is_not_ours),
		TEST(one_that_is_held),
		TEST(names_that_cannot_be),
		TEST(purge),
		TEST(purge_spares_what_is_held),
		TEST(purge_of_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
