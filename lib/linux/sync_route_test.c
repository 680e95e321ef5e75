/* SPDX-License-Identifier: BSD-3-Clause */
/* Routes and next hop objects of the kernel, applied to real tables. */
#include <string.h>

#include "own4.h"
#include "sync_testing.h"

static void what_is_not_on_a_port_is_the_kernels(void **state)
{
	static const char *const gateways[] = {"10.0.1.2", "192.0.2.1"};
	static const int ifindexes[] = {11, TESTING_FOREIGN};

	testing_route1("10.8.0.0/16", "192.0.2.1", TESTING_FOREIGN);
	testing_event(NLM_F_CREATE);
	testing_takes(testing->t, "10.8.1.1", ADJ_KERNEL);
	testing_route("10.9.0.0/16", 2, gateways, ifindexes);
	testing_event(NLM_F_CREATE);
	testing_takes(testing->t, "10.9.1.1", ADJ_KERNEL);
	testing_route1("10.7.0.0/16", "10.0.1.2", 11)->hops[0].encap = true;
	testing_event(NLM_F_CREATE);
	testing_takes(testing->t, "10.7.1.1", ADJ_KERNEL);
	testing_route1("10.6.0.0/16", "10.0.1.2", 11)->mtu = 1400;
	testing_event(NLM_F_CREATE);
	testing_takes(testing->t, "10.6.1.1", ADJ_KERNEL);
	assert_int_equal(testing_count(SYNC_ROUTES4).in_sluice, 4);
	/* It comes back to a port. */
	testing_route1("10.9.0.0/16", "10.0.1.2", 11);
	testing_event(NLM_F_CREATE | NLM_F_REPLACE);
	testing_takes_glean(testing->t, "10.9.1.1", 1);
}

static void types(void **state)
{
	static const struct {
		uint8_t type;
		enum adj_kind kind;
	} cases[] = {
		{RTN_BLACKHOLE, ADJ_BLACKHOLE}, {RTN_UNREACHABLE, ADJ_UNREACHABLE},
		{RTN_PROHIBIT, ADJ_PROHIBIT},   {RTN_LOCAL, ADJ_LOCAL},
		{RTN_BROADCAST, ADJ_LOCAL},     {RTN_THROW, ADJ_UNREACHABLE},
	};

	for (unsigned i = 0; i < RTE_DIM(cases); i++) {
		testing_route("10.9.0.0/16", 0, NULL, NULL)->type = cases[i].type;
		testing_event(NLM_F_CREATE);
		testing_takes(testing->t, "10.9.1.1", cases[i].kind);
		testing_deleted();
		assert_int_equal(testing_count(SYNC_ROUTES4).in_sluice, 0);
	}
	testing_route("224.0.0.0/4", 0, NULL, NULL)->type = RTN_MULTICAST;
	testing_event(NLM_F_CREATE);
	testing_route1("10.9.0.0/16", "10.0.1.2", 11)->table = 77;
	testing_event(NLM_F_CREATE);
	testing_route1("10.9.0.0/16", "10.0.1.2", 11)->cloned = true;
	testing_event(NLM_F_CREATE);
	assert_int_equal(testing_count(SYNC_ROUTES4).in_sluice, 0);
}

static void local_table(void **state)
{
	struct ip_addr own = testing_addr("10.0.1.1");
	rte_be32_t word;

	memcpy(&word, own.bytes, 4);
	for (int ifindex = 11; ifindex <= 12; ifindex++) {
		struct nl_route *r = testing_route1("10.0.1.1/32", "", ifindex);

		r->table = RT_TABLE_LOCAL;
		r->type = RTN_LOCAL;
		testing_event(NLM_F_CREATE | NLM_F_APPEND);
	}
	testing_takes(testing->t, "10.0.1.1", ADJ_LOCAL);
	assert_int_equal(testing_count(SYNC_ROUTES4).in_sluice, 2);
	testing_deleted();
	testing_takes(testing->t, "10.0.1.1", ADJ_LOCAL);
	assert_false(own4_maybe(route_own4(testing->t->routes), word));
	memset(&testing->msg, 0, sizeof(testing->msg));
	testing->msg.kind = NL_ADDRESS;
	testing->msg.address =
		(struct nl_address){.ifindex = 11, .addr = testing_prefix("10.0.1.1/24")};
	testing_event(0);
	assert_true(own4_maybe(route_own4(testing->t->routes), word));
	assert_int_equal(testing_count(SYNC_ADDRESSES).in_sluice, 1);
	assert_int_equal(testing_count(SYNC_ADDRESSES).in_sluice, 1);
	assert_false(sync_take_stale(testing->sync));
	testing_deleted();
	assert_true(sync_take_stale(testing->sync));
	assert_false(own4_maybe(route_own4(testing->t->routes), word));
}

static void the_kernels_order(void **state)
{
	testing_route1("10.9.0.0/16", "10.0.0.2", 10)->metric = 5;
	testing_event(NLM_F_CREATE | NLM_F_EXCL);
	testing_route1("10.9.0.0/16", "10.0.1.2", 11)->metric = 3;
	testing_event(NLM_F_CREATE | NLM_F_EXCL);
	testing_takes_glean(testing->t, "10.9.1.1", 1);
	testing_route1("10.9.0.0/16", "10.0.2.2", 12)->metric = 3;
	testing_event(NLM_F_CREATE | NLM_F_APPEND);
	testing_takes_glean(testing->t, "10.9.1.1", 1);
	testing_route1("10.9.0.0/16", "10.0.1.2", 11)->metric = 3;
	testing_deleted();
	testing_takes_glean(testing->t, "10.9.1.1", 2);
	testing_route1("10.9.0.0/16", "10.0.2.2", 12)->metric = 3;
	testing_deleted();
	testing_takes_glean(testing->t, "10.9.1.1", 0);
	testing_route1("10.9.0.0/16", "10.0.0.2", 10)->metric = 5;
	testing_deleted();
	testing_takes(testing->t, "10.9.1.1", ADJ_NO_ROUTE);
	testing_route1("10.9.0.0/16", "10.0.0.2", 10)->tos = 16;
	testing_event(NLM_F_CREATE);
	/* For some packets only: the kernel decides. */
	testing_takes(testing->t, "10.9.1.1", ADJ_KERNEL);
	testing_deleted();
	testing_takes(testing->t, "10.9.1.1", ADJ_NO_ROUTE);
}

static unsigned paths_to(const char *addr)
{
	struct ip_addr dst = testing_addr(addr);
	const struct nexthop_path *paths;

	return nexthop_group_paths(route_match(testing->t->routes, &dst)->group, &paths);
}

/* IPv6 sends all next hops with a gateway as one route, and deletes some of them by themselves. */
static void ip6_next_hops_come_and_go(void **state)
{
	static const char *const gateways[] = {"2001:db8:1::2", "2001:db8:2::2", "2001:db8::2"};
	static const int ifindexes[] = {11, 12, 10};

	testing_route("2001:db8:9::/48", 2, gateways, ifindexes)->metric = 1024;
	testing_event(NLM_F_CREATE);
	assert_int_equal(paths_to("2001:db8:9::1"), 2);
	testing_route("2001:db8:9::/48", 3, gateways, ifindexes)->metric = 1024;
	testing_event(NLM_F_CREATE | NLM_F_APPEND);
	assert_int_equal(paths_to("2001:db8:9::1"), 3);
	testing_route1("2001:db8:9::/48", gateways[1], 12)->metric = 1024;
	testing_deleted();
	assert_int_equal(paths_to("2001:db8:9::1"), 2);
	testing_route1("2001:db8:9::/48", gateways[0], 11)->metric = 1024;
	testing_deleted();
	testing_takes_glean(testing->t, "2001:db8:9::1", 0);
	testing_route1("2001:db8:9::/48", gateways[2], 10)->metric = 1024;
	testing_deleted();
	testing_takes(testing->t, "2001:db8:9::1", ADJ_NO_ROUTE);
	assert_int_equal(testing_count(SYNC_ROUTES6).in_sluice, 0);
}

static void ip6_on_link_routes_stand_side_by_side(void **state)
{
	testing_route1("2001:db8:1::/64", "", 11)->metric = 256;
	testing_event(NLM_F_CREATE);
	testing_route1("2001:db8:1::/64", "", 12)->metric = 256;
	testing_event(NLM_F_CREATE);
	testing_takes_glean(testing->t, "2001:db8:1::2", 1);
	assert_int_equal(testing_count(SYNC_ROUTES6).in_sluice, 2);
	testing_route1("2001:db8:1::/64", "", 11)->metric = 256;
	testing_deleted();
	testing_takes_glean(testing->t, "2001:db8:1::2", 2);
	testing_route1("2001:db8:1::/64", "2001:db8::2", 10)->metric = 256;
	testing_event(NLM_F_CREATE | NLM_F_REPLACE);
	testing_takes_glean(testing->t, "2001:db8:1::2", 0);
	assert_int_equal(testing_count(SYNC_ROUTES6).in_sluice, 1);
	testing_route1("fe80::/64", "", 12)->metric = 256;
	testing_event(NLM_F_CREATE);
	assert_int_equal(testing_count(SYNC_ROUTES6).in_sluice, 1);
}

static void object(uint32_t id, const char *gateway, int ifindex)
{
	memset(&testing->msg, 0, sizeof(testing->msg));
	testing->msg.kind = NL_NEXTHOP;
	testing->msg.nexthop = (struct nl_nexthop){
		.id = id,
		.family = IP4,
		.hop = {.ifindex = ifindex,
			.has_gateway = true,
			.gateway = testing_addr(gateway),
			.weight = 1},
	};
	testing_event(NLM_F_CREATE);
}

static void group_object(uint32_t id, uint32_t a, uint32_t b)
{
	memset(&testing->msg, 0, sizeof(testing->msg));
	testing->msg.kind = NL_NEXTHOP;
	testing->msg.nexthop =
		(struct nl_nexthop){.id = id,
				    .n_members = 2,
				    .members = {{.id = a, .weight = 1}, {.id = b, .weight = 1}}};
	testing_event(NLM_F_CREATE);
}

static void object_route(const char *prefix, uint32_t id)
{
	testing_route1(prefix, "10.0.0.2", 10)->nh_id = id;
	testing_event(NLM_F_CREATE);
}

static void next_hop_objects(void **state)
{
	object(1, "10.0.1.2", 11);
	object_route("10.9.0.0/16", 1);
	testing_takes_glean(testing->t, "10.9.1.1", 1);
	object(1, "10.0.2.2", 12);
	testing_takes_glean(testing->t, "10.9.1.1", 2);
	object(2, "10.0.1.2", 11);
	group_object(3, 1, 2);
	object_route("10.8.0.0/16", 3);
	assert_int_equal(paths_to("10.8.1.1"), 2);
	/* A member changes, and the kernel says nothing of the group. */
	object(2, "192.0.2.1", TESTING_FOREIGN);
	testing_takes(testing->t, "10.8.1.1", ADJ_KERNEL);
	object(2, "10.0.0.2", 10);
	assert_int_equal(paths_to("10.8.1.1"), 2);
	memset(&testing->msg, 0, sizeof(testing->msg));
	testing->msg.kind = NL_NEXTHOP;
	testing->msg.nexthop = (struct nl_nexthop){.id = 1, .blackhole = true};
	testing_event(NLM_F_REPLACE);
	testing_takes(testing->t, "10.9.1.1", ADJ_BLACKHOLE);
	assert_int_equal(testing_count(SYNC_NEXTHOPS).in_sluice, 3);
	/* The kernel takes its routes out without a word. */
	assert_false(sync_take_stale(testing->sync));
	testing_deleted();
	assert_true(sync_take_stale(testing->sync));
	testing_takes(testing->t, "10.9.1.1", ADJ_KERNEL);
	testing_takes_glean(testing->t, "10.8.1.1", 0); /* the other member */
}

/* Two ways to the same prefix, one of which is dead: the other one stays. */
static void a_dead_route_leaves_the_others(void **state)
{
	testing_route1("10.9.0.0/16", "10.0.1.2", 11);
	testing_event(NLM_F_CREATE);
	testing_route1("10.9.0.0/16", "10.0.2.2", 12)->hops[0].linkdown = true;
	testing_event(NLM_F_CREATE | NLM_F_APPEND);
	testing_takes_glean(testing->t, "10.9.1.1", 1);
	assert_int_equal(testing_count(SYNC_ROUTES4).refused, 1);
	/* A link that is no mirror's may do without carrier. */
	testing_route1("10.8.0.0/16", "192.0.2.1", TESTING_FOREIGN)->hops[0].linkdown = true;
	testing_event(NLM_F_CREATE);
	testing_takes(testing->t, "10.8.1.1", ADJ_KERNEL);
}

/* Routes that differ in who made them, or in the source address that they ask for. */
static void routes_are_told_apart(void **state)
{
	testing_route1("10.9.0.0/16", "10.0.1.2", 11)->protocol = RTPROT_STATIC;
	testing_event(NLM_F_CREATE);
	testing_route1("10.9.0.0/16", "10.0.1.2", 11)->protocol = RTPROT_BIRD;
	testing_event(NLM_F_CREATE | NLM_F_APPEND);
	testing_route1("10.9.0.0/16", "10.0.1.2", 11)->prefsrc = testing_addr("10.0.1.7");
	testing_event(NLM_F_CREATE | NLM_F_APPEND);
	assert_int_equal(testing_count(SYNC_ROUTES4).in_sluice, 3);
	testing_deleted();
	testing_route1("10.9.0.0/16", "10.0.1.2", 11)->protocol = RTPROT_BIRD;
	testing_deleted();
	assert_int_equal(testing_count(SYNC_ROUTES4).in_sluice, 1);
	testing_takes_glean(testing->t, "10.9.1.1", 1);
	assert_false(sync_take_stale(testing->sync));
}

/* A dump may be newer than events that are still to be read: nothing else goes, and another dump
 * is wanted. */
static void events_that_a_dump_has_overtaken(void **state)
{
	sync_dump_begin(testing->sync, false);
	testing_route1("10.9.0.0/16", "10.0.2.2", 12);
	sync_dumped(testing->sync, &testing->msg);
	testing_route1("10.9.0.0/16", "10.0.1.2", 11);
	testing_deleted();
	testing_takes_glean(testing->t, "10.9.1.1", 2);
	assert_true(sync_take_stale(testing->sync));
	/* The kernel: the one by p1, and then that by p2 instead of it. */
	testing_route1("10.9.0.0/16", "10.0.1.2", 11);
	testing_event(NLM_F_CREATE);
	testing_route1("10.9.0.0/16", "10.0.2.2", 12);
	testing_event(NLM_F_CREATE | NLM_F_REPLACE);
	testing_takes_glean(testing->t, "10.9.1.1", 2);
	assert_int_equal(testing_count(SYNC_ROUTES4).in_sluice, 1);
}

static void sweep(void)
{
	for (int i = 0; i < 100; i++)
		if (!sync_dump_sweep(testing->sync))
			return;
	fail_msg("the sweep does not end");
}

/* Of other tables, for other packets: an event of theirs says nothing of the route in the dump. */
static void events_of_others_beside_a_dump(void **state)
{
	testing_route1("10.9.0.0/16", "10.0.1.2", 11);
	testing_event(NLM_F_CREATE);
	sync_dump_begin(testing->sync, false);
	testing_route1("10.9.0.0/16", "10.0.2.2", 12)->table = RT_TABLE_MAIN + 256;
	testing_event(NLM_F_CREATE);
	testing_route1("10.9.0.0/16", "10.0.2.2", 12)->tos = 16;
	testing_event(NLM_F_CREATE);
	testing_deleted();
	testing_route1("10.9.0.0/16", "10.0.1.2", 11);
	sync_dumped(testing->sync, &testing->msg);
	sweep();
	testing_takes_glean(testing->t, "10.9.1.1", 1);
}

/* After an overrun events follow on what is not known. */
static void events_after_an_overrun(void **state)
{
	testing_connected("10.0.1.0/24", 11);
	sync_dump_begin(testing->sync, true);
	testing_connected("10.0.2.0/24", 12);
	sweep();
	assert_true(sync_take_stale(testing->sync));
	sync_dump_begin(testing->sync, false);
	testing_connected("10.0.3.0/24", 10);
	sweep();
	assert_false(sync_take_stale(testing->sync));
}

/* IPv6: of one metric the first that was added wins, whatever its type. */
static void ip6_the_first_wins(void **state)
{
	testing_route("2001:db8:9::/48", 0, NULL, NULL)->type = RTN_BLACKHOLE;
	testing_event(NLM_F_CREATE);
	testing_route1("2001:db8:9::/48", "2001:db8:1::2", 11);
	testing_event(NLM_F_CREATE | NLM_F_APPEND);
	testing_takes(testing->t, "2001:db8:9::1", ADJ_BLACKHOLE);
	testing_route1("2001:db8:8::/48", "2001:db8:1::2", 11);
	testing_event(NLM_F_CREATE);
	testing_route("2001:db8:8::/48", 0, NULL, NULL)->type = RTN_BLACKHOLE;
	testing_event(NLM_F_CREATE | NLM_F_APPEND);
	testing_takes_glean(testing->t, "2001:db8:8::1", 1);
	assert_int_equal(testing_count(SYNC_ROUTES6).in_sluice, 4);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, testing_sync_create, testing_sync_destroy)
	const struct CMUnitTest tests[] = {
		TEST(a_dead_route_leaves_the_others),
		TEST(routes_are_told_apart),
		TEST(events_that_a_dump_has_overtaken),
		TEST(events_of_others_beside_a_dump),
		TEST(events_after_an_overrun),
		TEST(ip6_the_first_wins),
		TEST(what_is_not_on_a_port_is_the_kernels),
		TEST(types),
		TEST(local_table),
		TEST(the_kernels_order),
		TEST(ip6_next_hops_come_and_go),
		TEST(ip6_on_link_routes_stand_side_by_side),
		TEST(next_hop_objects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
