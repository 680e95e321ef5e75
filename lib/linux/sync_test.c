/* SPDX-License-Identifier: BSD-3-Clause */
/* Neighbours, dumps beside events, keepalive. */
#include <linux/neighbour.h>
#include <string.h>

#include "sync_testing.h"

static void routes_and_neighbours(void **state)
{
	testing_connected("10.0.1.0/24", 11);
	testing_takes_glean(testing->t, "10.0.1.2", 1);
	testing_route1("10.9.0.0/16", "10.0.1.2", 11);
	testing_event(NLM_F_CREATE);
	testing_takes_glean(testing->t, "10.9.1.1", 1);
	assert_int_equal(testing->settled, 0);
	testing_neighbour("10.0.1.2", 11, NUD_REACHABLE, 7);
	assert_int_equal(testing->settled, 1);
	testing_takes_mac(testing->t, "10.0.1.2", 1, 7);
	testing_takes_mac(testing->t, "10.9.1.1", 1, 7);
	testing_neighbour("10.0.1.2", 11, NUD_STALE, 8);
	testing_takes_mac(testing->t, "10.9.1.1", 1, 8);
	assert_int_equal(testing->settled, 1);
	testing_neighbour("10.0.1.2", 11, NUD_FAILED, 0);
	testing_takes_glean(testing->t, "10.9.1.1", 1);
	testing_neighbour("10.0.1.2", 11, NUD_PERMANENT, 9);
	testing_takes_mac(testing->t, "10.9.1.1", 1, 9);
	testing_deleted();
	testing_takes_glean(testing->t, "10.9.1.1", 1);
	assert_int_equal(testing_count(SYNC_ROUTES4).in_sluice, 2);
}

static void neighbours_of_other_netdevs_do_not_count(void **state)
{
	testing_connected("10.0.1.0/24", 11);
	testing_neighbour("10.0.1.2", TESTING_FOREIGN, NUD_REACHABLE, 7);
	testing_takes_glean(testing->t, "10.0.1.2", 1);
	testing_neighbour("224.0.0.1", 11, NUD_NOARP, 7);
	assert_int_equal(testing_count(SYNC_NEIGHBOURS).in_sluice, 0);
}

static void dump_end(void)
{
	for (int i = 0; i < 100; i++)
		if (!sync_dump_sweep(testing->sync))
			return;
	fail_msg("the sweep does not end");
}

static void a_dump_sweeps_what_is_gone(void **state)
{
	testing_connected("10.0.1.0/24", 11);
	testing_connected("10.0.2.0/24", 12);
	testing_neighbour("10.0.1.2", 11, NUD_REACHABLE, 7);
	testing_neighbour("10.0.2.2", 12, NUD_REACHABLE, 8);
	sync_dump_begin(testing->sync, false);
	testing_route1("10.0.1.0/24", "", 11);
	sync_dumped(testing->sync, &testing->msg);
	testing_takes_mac(testing->t, "10.0.2.2", 2, 8);
	/* An event beside it counts, whatever the dump has or has not said. */
	testing_connected("10.0.3.0/24", 10);
	testing_neighbour("10.0.1.2", 11, NUD_STALE, 7);
	dump_end();
	testing_takes_mac(testing->t, "10.0.1.2", 1, 7);
	testing_takes(testing->t, "10.0.2.2", ADJ_NO_ROUTE);
	testing_takes_glean(testing->t, "10.0.3.2", 0);
	assert_int_equal(testing_count(SYNC_NEIGHBOURS).in_sluice, 1);
	assert_int_equal(testing_count(SYNC_NEIGHBOURS).in_sluice, 1);
}

static void a_dump_is_older_than_events(void **state)
{
	testing_connected("10.0.1.0/24", 11);
	sync_dump_begin(testing->sync, false);
	testing_route1("10.0.1.0/24", "", 11);
	testing_deleted();
	testing_route1("10.0.1.0/24", "", 11);
	sync_dumped(testing->sync, &testing->msg);
	dump_end();
	testing_takes(testing->t, "10.0.1.2", ADJ_NO_ROUTE);
	assert_int_equal(testing_count(SYNC_ROUTES4).in_sluice, 0);
}

/* The kernel looks past routes whose link is down: the next metric takes over. */
static void dead_routes_step_aside(void **state)
{
	testing_route1("10.9.0.0/16", "10.0.1.2", 11)->metric = 1;
	testing_event(NLM_F_CREATE);
	testing_route1("10.9.0.0/16", "10.0.2.2", 12)->metric = 2;
	testing_event(NLM_F_CREATE);
	sync_dump_begin(testing->sync, false);
	testing_route1("10.9.0.0/16", "10.0.1.2", 11)->metric = 1;
	testing->msg.route.hops[0].dead = true;
	sync_dumped(testing->sync, &testing->msg);
	testing_route1("10.9.0.0/16", "10.0.2.2", 12)->metric = 2;
	sync_dumped(testing->sync, &testing->msg);
	dump_end();
	testing_takes_glean(testing->t, "10.9.1.1", 2);
	assert_int_equal(testing_count(SYNC_ROUTES4).refused, 1);
	/* With news of a link they may have come to life. */
	assert_false(sync_take_stale(testing->sync));
	memset(&testing->msg, 0, sizeof(testing->msg));
	testing->msg.kind = NL_LINK;
	testing->msg.link = (struct nl_link){.index = 11, .up = true, .carrier = true};
	testing_event(0);
	assert_true(sync_take_stale(testing->sync));
	sync_dump_begin(testing->sync, false);
	for (int i = 1; i <= 2; i++) {
		testing_route1("10.9.0.0/16", i == 1 ? "10.0.1.2" : "10.0.2.2", 10 + i)->metric =
			(uint32_t)i;
		sync_dumped(testing->sync, &testing->msg);
	}
	dump_end();
	testing_takes_glean(testing->t, "10.9.1.1", 1);
	assert_int_equal(testing_count(SYNC_ROUTES4).refused, 0);
}

/* A packet goes to addr: its adjacency is marked, as the node output does it. */
static void use_adj(const char *addr)
{
	struct ip_addr dst = testing_addr(addr);
	uint64_t word = group_word(nexthop_groups(testing->t->nexthops),
				   route_fib_lookup(testing->t->routes, &dst));

	nexthop_adjs(testing->t->nexthops)[(uint32_t)word].used = 1;
}

static void neighbours_in_use_are_kept_alive(void **state)
{
	struct ip_addr gateway = testing_addr("10.0.1.2");

	testing_connected("10.0.1.0/24", 11);
	testing_route1("10.9.0.0/16", "10.0.1.2", 11);
	testing_event(NLM_F_CREATE);
	sync_keepalive(testing->sync); /* not resolved: asked for at once */
	assert_int_equal(testing->used, 1);
	assert_true(ip_addr_equal(&testing->last_used, &gateway));
	sync_keepalive(testing->sync); /* and not again a second later */
	assert_int_equal(testing->used, 1);
	testing_neighbour("10.0.1.2", 11, NUD_REACHABLE, 7);
	use_adj("10.9.1.1");
	sync_keepalive(testing->sync);
	assert_int_equal(testing->used, 1);
	testing_neighbour("10.0.1.2", 11, NUD_STALE, 7);
	sync_keepalive(testing->sync); /* stale, and not in use */
	assert_int_equal(testing->used, 1);
	use_adj("10.9.1.1");
	sync_keepalive(testing->sync);
	assert_int_equal(testing->used, 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, testing_sync_create, testing_sync_destroy)
	const struct CMUnitTest tests[] = {
		TEST(routes_and_neighbours),      TEST(neighbours_of_other_netdevs_do_not_count),
		TEST(a_dump_sweeps_what_is_gone), TEST(a_dump_is_older_than_events),
		TEST(dead_routes_step_aside),     TEST(neighbours_in_use_are_kept_alive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
