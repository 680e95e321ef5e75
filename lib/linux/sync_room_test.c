/* SPDX-License-Identifier: BSD-3-Clause */
/* Tables that are full: what stands stays, what is refused is counted, and had when there is room.
 */
#include <linux/neighbour.h>
#include <stdio.h>

#include "sync_testing.h"

#define GROUPS_MAX 4096

/* The linker gives us the calls of calloc(). */
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);

static unsigned no_memory; /* so many calls from now on find none */

void *__wrap_calloc(size_t n, size_t size)
{
	if (!no_memory)
		return __real_calloc(n, size);
	no_memory--;
	return NULL;
}

/* Once a second: is another dump wanted? */
static bool wants_dump(void)
{
	sync_keepalive(testing->sync);
	return sync_take_stale(testing->sync);
}

static void sweep(void)
{
	for (int i = 0; i < 100; i++)
		if (!sync_dump_sweep(testing->sync))
			return;
	fail_msg("the sweep does not end");
}

/* On-link routes 10.0.FIRST.0/24 and on, n of them. */
static void fill_routes(unsigned first, unsigned n)
{
	char text[32];

	for (unsigned i = first; i < first + n; i++) {
		snprintf(text, sizeof(text), "10.0.%u.0/24", i);
		testing_connected(text, 11);
	}
}

static void assert_routes(unsigned in_sluice, unsigned refused, unsigned full, unsigned to_kernel)
{
	struct sync_count count = testing_count(SYNC_ROUTES4);

	assert_int_equal(count.in_sluice, in_sluice);
	assert_int_equal(count.refused, refused);
	assert_int_equal(count.full, full);
	assert_int_equal(count.to_kernel, to_kernel);
}

static void routes(void **state)
{
	fill_routes(0, TESTING_ROUTES + 1);
	assert_routes(TESTING_ROUTES, 1, 1, 0);
	testing_takes_glean(testing->t, "10.0.0.1", 1);
	testing_takes(testing->t, "10.0.64.1", ADJ_NO_ROUTE);
	assert_false(wants_dump());
	testing_route1("10.0.0.0/24", "", 11);
	testing_deleted();
	assert_true(wants_dump());
	sync_dump_begin(testing->sync, false);
	for (unsigned i = 1; i <= TESTING_ROUTES; i++) {
		char text[32];

		snprintf(text, sizeof(text), "10.0.%u.0/24", i);
		testing_route1(text, "", 11);
		sync_dumped(testing->sync, &testing->msg);
	}
	sweep();
	assert_routes(TESTING_ROUTES, 0, 0, 0);
	testing_takes_glean(testing->t, "10.0.64.1", 1);
	assert_false(wants_dump());
}

/* Its packets follow a shorter route that stands, and go elsewhere than Linux would send them. */
static void a_refused_route_is_covered(void **state)
{
	testing_route1("0.0.0.0/0", "10.0.2.2", 12);
	testing_event(NLM_F_CREATE);
	fill_routes(0, TESTING_ROUTES);
	assert_routes(TESTING_ROUTES, 1, 1, 0);
	testing_takes_glean(testing->t, "10.0.62.1", 1);
	testing_takes_glean(testing->t, "10.0.63.1", 2);
	testing_route1("0.0.0.0/0", "10.0.2.2", 12);
	testing_deleted();
	testing_takes(testing->t, "10.0.63.1", ADJ_NO_ROUTE);
	assert_true(wants_dump());
}

/* One that is refused may go before it was ever taken. */
static void a_refused_route_goes(void **state)
{
	fill_routes(0, TESTING_ROUTES + 2);
	assert_routes(TESTING_ROUTES, 2, 2, 0);
	testing_route1("10.0.64.0/24", "", 11);
	testing_deleted();
	assert_routes(TESTING_ROUTES, 1, 1, 0);
	assert_false(wants_dump());
}

/* What the dump sweeps makes room for what it has named before. */
static void a_sweep_makes_room(void **state)
{
	fill_routes(0, TESTING_ROUTES);
	sync_dump_begin(testing->sync, false);
	testing_route1("10.9.0.0/16", "", 11);
	sync_dumped(testing->sync, &testing->msg);
	assert_routes(TESTING_ROUTES, 1, 1, 0);
	sweep();
	assert_routes(0, 1, 1, 0);
	assert_true(wants_dump());
}

/* Routes by links that are down are refused too, and wait for other news than room. */
static void dead_routes_ask_for_no_room(void **state)
{
	testing_route1("10.9.0.0/16", "10.0.1.2", 11)->hops[0].dead = true;
	testing_event(NLM_F_CREATE);
	assert_routes(0, 1, 0, 0);
	fill_routes(0, 2);
	testing_deleted();
	assert_routes(1, 1, 0, 0);
	assert_false(wants_dump());
}

/* There is room, but what it takes is memory: that is not asked for every second. */
static void without_memory(void **state)
{
	unsigned seconds = 1;

	fill_routes(0, 1);
	no_memory = 1;
	fill_routes(1, 1);
	assert_int_equal(no_memory, 0);
	assert_routes(1, 1, 0, 0);
	while (!wants_dump())
		assert_in_range(++seconds, 2, 100);
	assert_in_range(seconds, 30, 100);
	sync_dump_begin(testing->sync, false);
	for (unsigned i = 0; i < 2; i++) {
		testing_route1(i ? "10.0.1.0/24" : "10.0.0.0/24", "", 11);
		sync_dumped(testing->sync, &testing->msg);
	}
	sweep();
	assert_routes(2, 0, 0, 0);
	for (seconds = 0; seconds < 200; seconds++)
		assert_false(wants_dump());
}

/* A host route is an entry like any other. */
static void a_neighbour_makes_room_for_a_route(void **state)
{
	fill_routes(0, 1);
	testing_neighbour("10.0.0.7", 11, NUD_REACHABLE, 7);
	testing_takes_mac(testing->t, "10.0.0.7", 1, 7);
	fill_routes(1, TESTING_ROUTES - 1);
	assert_routes(TESTING_ROUTES - 1, 1, 1, 0);
	testing_neighbour("10.0.0.7", 11, NUD_FAILED, 0);
	assert_true(wants_dump());
}

static void assert_neighbours(unsigned in_sluice, unsigned full)
{
	struct sync_count count = testing_count(SYNC_NEIGHBOURS);

	assert_int_equal(count.in_sluice, in_sluice);
	assert_int_equal(count.refused, full);
	assert_int_equal(count.full, full);
}

/* IPv6 neighbours of a route that has gone: no host routes, of which there would be too many. */
static void fill_neighbours(void)
{
	char text[32];

	for (unsigned i = 0; i < 64; i++) {
		snprintf(text, sizeof(text), "2001:db8::1:%x", i);
		testing_neighbour(text, 11, NUD_REACHABLE, i + 1);
	}
}

static void neighbours(void **state)
{
	testing_connected("10.0.1.0/24", 11);
	fill_neighbours();
	testing_neighbour("10.0.1.7", 11, NUD_REACHABLE, 107);
	testing_neighbour("10.0.1.8", 11, NUD_REACHABLE, 108);
	assert_neighbours(64, 2);
	testing_takes_glean(testing->t, "10.0.1.7", 1);
	sync_keepalive(testing->sync);
	assert_neighbours(64, 2);
	/* One goes, and one is not resolved any more: the two come back by themselves. */
	testing_neighbour("2001:db8::1:1", 11, NUD_REACHABLE, 1);
	testing_deleted();
	testing_neighbour("2001:db8::1:2", 11, NUD_FAILED, 0);
	testing->settled = 0;
	sync_keepalive(testing->sync);
	assert_neighbours(64, 0);
	assert_int_equal(testing->settled, 1);
	testing_takes_mac(testing->t, "10.0.1.7", 1, 107);
	testing_takes_mac(testing->t, "10.0.1.8", 1, 108);
	assert_false(sync_take_stale(testing->sync));
}

static void a_refused_neighbour_goes_or_changes(void **state)
{
	testing_connected("10.0.1.0/24", 11);
	fill_neighbours();
	testing_neighbour("10.0.1.7", 11, NUD_REACHABLE, 107);
	testing_neighbour("10.0.1.8", 11, NUD_REACHABLE, 108);
	testing_deleted();
	assert_neighbours(64, 1);
	testing_neighbour("10.0.1.7", 11, NUD_REACHABLE, 109);
	testing_neighbour("2001:db8::1:2", 11, NUD_FAILED, 0);
	sync_keepalive(testing->sync);
	testing_takes_mac(testing->t, "10.0.1.7", 1, 109);
	assert_neighbours(64, 0);
}

/* The neighbour's host route is what there is no room for. */
static void a_route_makes_room_for_a_neighbour(void **state)
{
	fill_routes(0, TESTING_ROUTES);
	testing_neighbour("10.0.0.7", 11, NUD_REACHABLE, 7);
	assert_neighbours(0, 1);
	testing_takes_glean(testing->t, "10.0.0.7", 1);
	testing_route1("10.0.9.0/24", "", 11);
	testing_deleted();
	sync_keepalive(testing->sync);
	assert_neighbours(1, 0);
	testing_takes_mac(testing->t, "10.0.0.7", 1, 7);
}

/* All groups but `left`. */
static unsigned take_groups(struct nexthop_group **groups, unsigned left)
{
	unsigned n = 0;

	while (n < GROUPS_MAX && (groups[n] = nexthop_group_create(testing->t->nexthops, NULL)))
		n++;
	assert_in_range(n, left, GROUPS_MAX - 1);
	while (left--)
		nexthop_group_put(testing->t->nexthops, groups[--n]);
	rcu_synchronize(testing->r.rcu);
	return n;
}

static void give_groups(struct nexthop_group **groups, unsigned n)
{
	while (n--)
		nexthop_group_put(testing->t->nexthops, groups[n]);
	rcu_synchronize(testing->r.rcu);
}

static void dump_route(const char *prefix, const char *gateway, int ifindex, uint32_t nh_id)
{
	testing_route1(prefix, gateway, ifindex)->nh_id = nh_id;
	sync_dumped(testing->sync, &testing->msg);
}

static void groups(void **state)
{
	struct nexthop_group *taken[GROUPS_MAX];
	unsigned n;

	n = take_groups(taken, 1);
	testing_route1("10.8.0.0/16", "10.0.1.2", 11);
	testing_event(NLM_F_CREATE);
	testing_route1("10.9.0.0/16", "10.0.2.2", 12);
	testing_event(NLM_F_CREATE);
	testing_takes_glean(testing->t, "10.8.0.1", 1);
	testing_takes(testing->t, "10.9.0.1", ADJ_KERNEL);
	assert_routes(2, 0, 0, 1);
	sync_dump_begin(testing->sync, false);
	dump_route("10.8.0.0/16", "10.0.1.2", 11, 0);
	dump_route("10.9.0.0/16", "10.0.2.2", 12, 0);
	sweep();
	assert_routes(2, 0, 0, 1);
	assert_false(wants_dump());
	give_groups(taken, n);
	assert_true(wants_dump());
	sync_dump_begin(testing->sync, false);
	dump_route("10.8.0.0/16", "10.0.1.2", 11, 0);
	dump_route("10.9.0.0/16", "10.0.2.2", 12, 0);
	sweep();
	testing_takes_glean(testing->t, "10.9.0.1", 2);
	assert_routes(2, 0, 0, 0);
	assert_false(wants_dump());
}

/* One that is the kernel's for want of room is replaced, or goes. */
static void a_route_that_is_the_kernels_goes(void **state)
{
	struct nexthop_group *taken[GROUPS_MAX];
	unsigned n = take_groups(taken, 0);

	testing_route1("10.9.0.0/16", "10.0.2.2", 12);
	testing_event(NLM_F_CREATE);
	assert_routes(1, 0, 0, 1);
	testing_route("10.9.0.0/16", 0, NULL, NULL)->type = RTN_BLACKHOLE;
	testing_event(NLM_F_CREATE | NLM_F_REPLACE);
	assert_routes(1, 0, 0, 0);
	testing_route1("10.8.0.0/16", "10.0.2.2", 12);
	testing_event(NLM_F_CREATE);
	assert_routes(2, 0, 0, 1);
	testing_deleted();
	assert_routes(1, 0, 0, 0);
	give_groups(taken, n);
}

static void dump_object(uint32_t id, const char *gateway, int ifindex)
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
	sync_dumped(testing->sync, &testing->msg);
}

/* A route by an object without a group of its own must not take that of the next hops that the
 * object has now, which it would not follow. */
static void next_hop_objects(void **state)
{
	struct nexthop_group *taken[GROUPS_MAX];
	unsigned n;

	testing_route1("10.8.0.0/16", "10.0.1.2", 11); /* its group could be shared */
	testing_event(NLM_F_CREATE);
	sync_dump_begin(testing->sync, false);
	dump_object(1, "10.0.1.2", 11);
	n = take_groups(taken, 0);
	dump_route("10.9.0.0/16", "10.0.1.2", 11, 1);
	dump_route("10.8.0.0/16", "10.0.1.2", 11, 0);
	sweep();
	testing_takes(testing->t, "10.9.0.1", ADJ_KERNEL);
	testing_takes_glean(testing->t, "10.8.0.1", 1);
	assert_routes(2, 0, 0, 1);
	give_groups(taken, n);
	assert_true(wants_dump());
	sync_dump_begin(testing->sync, false);
	dump_object(1, "10.0.2.2", 12);
	dump_route("10.9.0.0/16", "10.0.2.2", 12, 1);
	sweep();
	testing_takes_glean(testing->t, "10.9.0.1", 2);
	assert_routes(1, 0, 0, 0);
}

static void objects_without_buckets(void **state)
{
	static struct nexthop_group *taken[GROUPS_MAX];
	struct ip_addr a = testing_addr("10.0.1.2"), b = testing_addr("10.0.2.2");
	struct nexthop_table *t = testing->t->nexthops;
	struct nexthop_path paths[2];
	unsigned n = 0;

	paths[0].nh = nexthop_get(t, testing->t->tables->p[1], &a, NULL);
	paths[1].nh = nexthop_get(t, testing->t->tables->p[2], &b, NULL);
	do {
		paths[0].weight = 1 + n % 256;
		paths[1].weight = 256 + n / 256;
		taken[n] = nexthop_group_get(t, paths, 2, NULL);
	} while (taken[n] && ++n < GROUPS_MAX);
	assert_in_range(n, 2, GROUPS_MAX - 1);
	sync_dump_begin(testing->sync, false);
	dump_object(1, "10.0.1.2", 11);
	dump_object(2, "10.0.2.2", 12);
	testing->msg.nexthop =
		(struct nl_nexthop){.id = 3,
				    .n_members = 2,
				    .members = {{.id = 1, .weight = 1}, {.id = 2, .weight = 1}}};
	sync_dumped(testing->sync, &testing->msg);
	testing_route1("10.9.0.0/16", "10.0.1.2", 11)->nh_id = 3;
	sync_dumped(testing->sync, &testing->msg);
	testing_takes(testing->t, "10.9.0.1", ADJ_KERNEL);
	assert_int_equal(testing_count(SYNC_NEXTHOPS).to_kernel, 1);
	sweep();
	assert_false(wants_dump());
	while (n--)
		nexthop_group_put(t, taken[n]);
	nexthop_put(t, paths[0].nh);
	nexthop_put(t, paths[1].nh);
	rcu_synchronize(testing->r.rcu);
	assert_true(wants_dump());
	sync_dump_begin(testing->sync, false);
	dump_object(1, "10.0.1.2", 11);
	dump_object(2, "10.0.2.2", 12);
	testing->msg.nexthop =
		(struct nl_nexthop){.id = 3,
				    .n_members = 2,
				    .members = {{.id = 1, .weight = 1}, {.id = 2, .weight = 1}}};
	sync_dumped(testing->sync, &testing->msg);
	dump_route("10.9.0.0/16", "10.0.1.2", 11, 3);
	sweep();
	assert_int_equal(testing_count(SYNC_NEXTHOPS).to_kernel, 0);
	testing_takes(testing->t, "10.9.0.1", ADJ_GLEAN);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, testing_sync_create, testing_sync_destroy)
	const struct CMUnitTest tests[] = {
		TEST(routes),
		TEST(a_refused_route_is_covered),
		TEST(a_refused_route_goes),
		TEST(a_sweep_makes_room),
		TEST(dead_routes_ask_for_no_room),
		TEST(without_memory),
		TEST(a_neighbour_makes_room_for_a_route),
		TEST(neighbours),
		TEST(a_refused_neighbour_goes_or_changes),
		TEST(a_route_makes_room_for_a_neighbour),
		TEST(groups),
		TEST(a_route_that_is_the_kernels_goes),
		TEST(next_hop_objects),
		TEST(objects_without_buckets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
