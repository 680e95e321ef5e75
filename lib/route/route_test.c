/* SPDX-License-Identifier: BSD-3-Clause */
#include "route_testing.h"

#include <errno.h>
#include <pthread.h>

static struct testing_routes *r;
static struct error err;
static unsigned changes;
static struct ip_prefix last_change;

static void changed(void *ctx, const struct ip_prefix *prefix)
{
	changes++;
	last_change = *prefix;
}

static int setup(void **state)
{
	r = testing_routes_create();
	changes = 0;
	route_on_change(r->routes, changed, NULL);
	return 0;
}

static int teardown(void **state)
{
	testing_routes_destroy(r);
	return 0;
}

static int add(const char *prefix, enum route_source source, struct nexthop_group *group)
{
	struct ip_prefix p = testing_prefix(prefix);

	return route_add(r->routes, &p, source, ROUTE_UNICAST, group, &err);
}

static int del(const char *prefix, enum route_source source, const struct nexthop_group *group)
{
	struct ip_prefix p = testing_prefix(prefix);

	return route_del(r->routes, &p, source, group, &err);
}

static struct nexthop_group *fixed(enum adj_fixed which)
{
	return nexthop_group_fixed(r->nexthops, which);
}

static const struct route *get(const char *prefix)
{
	struct ip_prefix p = testing_prefix(prefix);

	return route_get(r->routes, &p);
}

static void best_source_wins(void **state)
{
	static const enum route_source orders[][4] = {
		{ROUTE_STATIC, ROUTE_NEIGHBOUR, ROUTE_CONNECTED, ROUTE_LOCAL},
		{ROUTE_LOCAL, ROUTE_CONNECTED, ROUTE_NEIGHBOUR, ROUTE_STATIC},
		{ROUTE_NEIGHBOUR, ROUTE_LOCAL, ROUTE_STATIC, ROUTE_CONNECTED},
	};

	for (unsigned i = 0; i < RTE_DIM(orders); i++) {
		enum route_source best = ROUTE_LINUX_ODD;

		/* Source s goes by port s. */
		for (unsigned j = 0; j < 4; j++) {
			best = RTE_MIN(best, orders[i][j]);
			assert_int_equal(
				add("10.0.0.1/32", orders[i][j], testing_on_link(r, orders[i][j])),
				0);
			assert_int_equal(get("10.0.0.1/32")->source, best);
			testing_takes_glean(r, "10.0.0.1", best);
		}
		for (unsigned j = 0; j < 4; j++) {
			assert_int_equal(del("10.0.0.1", orders[(i + 1) % 3][j], NULL), 0);
			for (best = ROUTE_LOCAL; best < ROUTE_LINUX_ODD; best++) {
				bool gone = false;

				for (unsigned k = 0; k <= j; k++)
					gone |= orders[(i + 1) % 3][k] == best;
				if (!gone)
					break;
			}
			if (best < ROUTE_LINUX_ODD)
				testing_takes_glean(r, "10.0.0.1", best);
		}
		assert_null(get("10.0.0.1/32"));
		testing_takes(r, "10.0.0.1", ADJ_NO_ROUTE);
	}
}

static void same_group_is_counted(void **state)
{
	for (int i = 0; i < 3; i++)
		assert_int_equal(add("10.0.0.0/24", ROUTE_CONNECTED, testing_on_link(r, 1)), 0);
	assert_int_equal(get("10.0.0.0/24")->refs, 3);
	for (int i = 0; i < 3; i++) {
		testing_takes_glean(r, "10.0.0.9", 1);
		assert_int_equal(del("10.0.0.0/24", ROUTE_CONNECTED, NULL), 0);
	}
	testing_takes(r, "10.0.0.9", ADJ_NO_ROUTE);
	assert_int_equal(del("10.0.0.0/24", ROUTE_CONNECTED, NULL), -ENOENT);
	assert_string_equal(err.msg, "there is no connected route 10.0.0.0/24");
}

/* The same subnet on two ports: the first has it, the second is there when it goes. */
static void second_group_stands_behind(void **state)
{
	struct nexthop_group *one = testing_on_link(r, 1), *two = testing_on_link(r, 2),
			     *three = testing_on_link(r, 3);

	add("10.0.0.0/24", ROUTE_CONNECTED, one);
	add("10.0.0.0/24", ROUTE_STATIC, fixed(ADJ_INDEX_BLACKHOLE));
	add("10.0.0.0/24", ROUTE_CONNECTED, two);
	add("10.0.0.0/24", ROUTE_CONNECTED, three);
	testing_takes_glean(r, "10.0.0.9", 1);
	assert_int_equal(del("10.0.0.0/24", ROUTE_CONNECTED, two), 0);
	testing_takes_glean(r, "10.0.0.9", 1);
	assert_int_equal(del("10.0.0.0/24", ROUTE_CONNECTED, one), 0);
	testing_takes_glean(r, "10.0.0.9", 3);
	assert_int_equal(del("10.0.0.0/24", ROUTE_CONNECTED, three), 0);
	testing_takes(r, "10.0.0.9", ADJ_BLACKHOLE);
}

static void static_route_is_replaced(void **state)
{
	add("2001:db8::/32", ROUTE_STATIC, testing_on_link(r, 1));
	add("2001:db8::/32", ROUTE_STATIC, testing_on_link(r, 2));
	assert_null(get("2001:db8::/32")->next);
	testing_takes_glean(r, "2001:db8::1", 2);
	add("2001:db8::/32", ROUTE_STATIC, testing_on_link(r, 2)); /* the same once more */
	assert_int_equal(get("2001:db8::/32")->refs, 1);
	add("2001:db8::/32", ROUTE_STATIC, fixed(ADJ_INDEX_PROHIBIT));
	testing_takes(r, "2001:db8::1", ADJ_PROHIBIT);
	assert_int_equal(del("2001:db8::/32", ROUTE_STATIC, NULL), 0);
	assert_int_equal(del("2001:db8::/32", ROUTE_STATIC, NULL), -ENOENT);
	testing_takes(r, "2001:db8::1", ADJ_NO_ROUTE);
}

static void host_bits_are_refused(void **state)
{
	assert_int_equal(add("10.0.0.1/24", ROUTE_STATIC, testing_on_link(r, 1)), -EINVAL);
	assert_non_null(strstr(err.msg, "10.0.0.1/24: has bits beyond its length"));
	assert_int_equal(add("2001:db8::1/64", ROUTE_CONNECTED, testing_on_link(r, 1)), -EINVAL);
	assert_int_equal(changes, 0);
}

static void full_table_refuses_and_keeps(void **state)
{
	struct nexthop_group *two = testing_on_link(r, 2);
	char text[IP_PREFIX_STRLEN];
	const struct route *route;

	for (int i = 0; i < TESTING_ROUTES; i++) {
		snprintf(text, sizeof(text), "10.%d.0.0/16", i);
		assert_int_equal(add(text, ROUTE_STATIC, testing_on_link(r, 1)), 0);
	}
	assert_int_equal(add("10.99.0.0/16", ROUTE_STATIC, testing_on_link(r, 1)), -ENOSPC);
	assert_string_equal(err.msg, "10.99.0.0/16: the IPv4 table is full (limits.routes4: 64)");
	assert_int_equal(changes, TESTING_ROUTES);
	testing_takes(r, "10.99.0.1", ADJ_NO_ROUTE);
	/* What stands can be replaced, and have others beside it. */
	assert_int_equal(add("10.5.0.0/16", ROUTE_STATIC, testing_on_link(r, 3)), 0);
	assert_int_equal(add("10.5.0.0/16", ROUTE_CONNECTED, two), 0);
	testing_takes_glean(r, "10.5.0.1", 2);
	del("10.5.0.0/16", ROUTE_CONNECTED, two);
	route = get("10.5.0.0/16");
	testing_takes_glean(r, "10.5.0.1", 3);
	assert_null(route->next);
	/* The other family has a table of its own. */
	assert_int_equal(add("::/0", ROUTE_STATIC, testing_on_link(r, 1)), 0);
	assert_int_equal(del("10.0.0.0/16", ROUTE_STATIC, NULL), 0);
	assert_int_equal(add("10.99.0.0/16", ROUTE_STATIC, testing_on_link(r, 1)), 0);
}

static void told_of_changes(void **state)
{
	struct ip_prefix p = testing_prefix("10.0.0.0/24");

	add("10.0.0.0/24", ROUTE_STATIC, testing_on_link(r, 1));
	assert_int_equal(changes, 1);
	assert_true(ip_prefix_equal(&last_change, &p));
	/* Neighbours tell nothing, whatever stands beside them. */
	add("10.0.0.0/24", ROUTE_NEIGHBOUR, testing_on_link(r, 2));
	del("10.0.0.0/24", ROUTE_NEIGHBOUR, NULL);
	add("10.0.0.1/32", ROUTE_NEIGHBOUR, testing_on_link(r, 2));
	assert_int_equal(changes, 1);
	/* But what comes and goes behind one does. */
	add("10.0.0.1/32", ROUTE_STATIC, testing_on_link(r, 1));
	assert_int_equal(changes, 2);
	del("10.0.0.1/32", ROUTE_STATIC, NULL);
	assert_int_equal(changes, 3);
	del("10.0.0.1/32", ROUTE_NEIGHBOUR, NULL);
	assert_int_equal(changes, 3);
	del("10.0.0.0/24", ROUTE_STATIC, NULL);
	assert_int_equal(changes, 4);
}

static void matches_and_covers(void **state)
{
	struct ip_prefix p = testing_prefix("10.1.0.0/16"), host = testing_prefix("10.1.2.3/32");
	struct ip_addr addr = testing_addr("10.1.2.3"), other = testing_addr("11.0.0.1");

	add("0.0.0.0/0", ROUTE_STATIC, testing_on_link(r, 0));
	add("10.0.0.0/8", ROUTE_STATIC, testing_on_link(r, 1));
	add("10.1.0.0/16", ROUTE_CONNECTED, testing_on_link(r, 2));
	add("10.1.2.3/32", ROUTE_NEIGHBOUR, testing_on_link(r, 3));
	assert_int_equal(route_match(r->routes, &addr)->source, ROUTE_NEIGHBOUR);
	assert_int_equal(route_cover(r->routes, &host)->source, ROUTE_CONNECTED);
	assert_ptr_equal(route_cover(r->routes, &p), get("10.0.0.0/8"));
	assert_ptr_equal(route_match(r->routes, &other), get("0.0.0.0/0"));
	assert_null(route_cover(r->routes, &(struct ip_prefix){.addr.family = IP4}));
	assert_ptr_equal(route_on_link(r->routes, &addr), r->tables->p[2]);
	add("10.1.2.3/32", ROUTE_STATIC, testing_on_link(r, 0));
	assert_ptr_equal(route_on_link(r->routes, &addr), r->tables->p[0]);
	add("10.1.2.3/32", ROUTE_STATIC, fixed(ADJ_INDEX_UNREACHABLE));
	assert_null(route_on_link(r->routes, &addr));
	assert_ptr_equal(route_on_link(r->routes, &other), r->tables->p[0]);
}

static void walk_in_order(void **state)
{
	static const char *const texts[] = {"10.0.0.0/8", "10.0.0.0/16", "10.1.0.0/16",
					    "10.1.1.1/32"};
	struct ip_prefix all = {.addr.family = IP4}, range = testing_prefix("10.1.0.0/16"),
			 at = {0};
	const struct route *route;
	char buf[IP_PREFIX_STRLEN];

	add("11.0.0.0/8", ROUTE_STATIC, testing_on_link(r, 0));
	add("1::/16", ROUTE_STATIC, testing_on_link(r, 0));
	for (unsigned i = RTE_DIM(texts); i--;)
		add(texts[i], ROUTE_STATIC, testing_on_link(r, i));
	for (unsigned i = 0; i < RTE_DIM(texts); i++) {
		assert_true(route_next(r->routes, &all, &at, &route));
		assert_string_equal(ip_prefix_print(&at, buf), texts[i]);
		assert_ptr_equal(route, get(texts[i]));
	}
	at = (struct ip_prefix){0};
	for (unsigned i = 2; i < 4; i++) {
		assert_true(route_next(r->routes, &range, &at, &route));
		assert_string_equal(ip_prefix_print(&at, buf), texts[i]);
	}
	assert_false(route_next(r->routes, &range, &at, &route));
	range = testing_prefix("::/0");
	at = (struct ip_prefix){0};
	assert_true(route_next(r->routes, &range, &at, &route));
	assert_string_equal(ip_prefix_print(&at, buf), "1::/16");
	assert_false(route_next(r->routes, &range, &at, &route));
}

#define FLIPS 2000

static uint32_t allowed[2]; /* the group indices that the route alternates between */
static uint64_t wrong, lookups;
static uint32_t flips; /* atomic */
static bool done;      /* atomic */

static void *reader(void *arg)
{
	struct ip_addr four = testing_addr("10.1.2.3"), six = testing_addr("2001:db8::1");

	while (__atomic_load_n(&flips, __ATOMIC_RELAXED) < FLIPS || lookups < FLIPS) {
		for (int i = 0; i < 32; i++) {
			uint32_t a = route_fib_lookup(r->routes, &four),
				 b = route_fib_lookup(r->routes, &six);

			wrong += a != allowed[0] && a != allowed[1];
			wrong += b != allowed[0] && b != allowed[1];
			lookups += 2;
		}
		rcu_reader_quiescent(r->tables->rcu, 0);
	}
	testing_reader_done(r->tables->rcu, 0);
	__atomic_store_n(&done, true, __ATOMIC_RELEASE);
	return NULL;
}

/* Replaced, and covered by another source that goes again: never a hole, nor the default. */
static void replaced_without_a_hole(void **state)
{
	struct nexthop_group *groups[2] = {testing_on_link(r, 0), testing_on_link(r, 1)};
	pthread_t thread;

	route_on_change(r->routes, NULL, NULL);
	allowed[0] = nexthop_group_index(groups[0]);
	allowed[1] = nexthop_group_index(groups[1]);
	add("0.0.0.0/0", ROUTE_STATIC, testing_on_link(r, 2));
	add("::/0", ROUTE_STATIC, testing_on_link(r, 2));
	add("10.1.2.0/24", ROUTE_STATIC, testing_on_link(r, 0));
	add("2001:db8::/64", ROUTE_STATIC, testing_on_link(r, 0));
	rcu_reader_online(r->tables->rcu, 0);
	assert_int_equal(pthread_create(&thread, NULL, reader, NULL), 0);
	for (uint32_t i = 1; !__atomic_load_n(&done, __ATOMIC_ACQUIRE); i++) {
		add("10.1.2.0/24", ROUTE_STATIC, testing_on_link(r, i % 2));
		add("2001:db8::/64", ROUTE_STATIC, testing_on_link(r, i % 2));
		add("10.1.2.0/24", ROUTE_CONNECTED, testing_on_link(r, (i + 1) % 2));
		add("10.1.2.3/32", ROUTE_STATIC, testing_on_link(r, i / 2 % 2));
		del("10.1.2.0/24", ROUTE_CONNECTED, NULL);
		del("10.1.2.3/32", ROUTE_STATIC, NULL);
		add("10.1.2.0/25", ROUTE_STATIC, testing_on_link(r, i / 4 % 2));
		del("10.1.2.0/25", ROUTE_STATIC, NULL);
		__atomic_fetch_add(&flips, 1, __ATOMIC_RELAXED);
		rcu_reclaim(r->tables->rcu);
	}
	pthread_join(thread, NULL);
	rcu_reader_offline(r->tables->rcu, 0);
	assert_int_equal(wrong, 0);
	nexthop_group_put(r->nexthops, groups[0]);
	nexthop_group_put(r->nexthops, groups[1]);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(best_source_wins),
		TEST(same_group_is_counted),
		TEST(second_group_stands_behind),
		TEST(static_route_is_replaced),
		TEST(host_bits_are_refused),
		TEST(full_table_refuses_and_keeps),
		TEST(told_of_changes),
		TEST(matches_and_covers),
		TEST(walk_in_order),
		TEST(replaced_without_a_hole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
