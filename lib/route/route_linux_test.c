/* SPDX-License-Identifier: BSD-3-Clause */
#include "route_linux.h"

#include <errno.h>
#include <stdlib.h>

#include "route_testing.h"

static const struct ip_prefix prefix = {.addr = {IP4, {10, 9}}, .len = 16};

static struct route_linux want_of(uint32_t metric, uint32_t slot, uint16_t mark)
{
	return (struct route_linux){.prefix = prefix,
				    .source = ROUTE_LINUX,
				    .type = ROUTE_UNICAST,
				    .metric = metric,
				    .slot = slot,
				    .mark = mark};
}

/* The id is the port. */
static void put(struct testing_routes *r, struct route_linux want, enum route_place place,
		unsigned port)
{
	struct error err;

	want.id = port;
	if (route_linux_put(r->routes, &want, place, testing_on_link(r, port), &err))
		fail_msg("%s", err.msg);
}

static int del(struct testing_routes *r, struct route_linux which, unsigned port)
{
	which.id = port;
	return route_linux_del(r->routes, &which, NULL);
}

/* The ports of the chain, in order, as digits. */
static void assert_chain(const struct testing_routes *r, const char *ports)
{
	const struct route *route = route_get(r->routes, &prefix);
	char found[16];
	unsigned n = 0;

	for (; route; route = route->next) {
		const struct nexthop_path *paths;

		assert_int_equal(nexthop_group_paths(route->group, &paths), 1);
		found[n++] = nexthop_iface(paths[0].nh)->name[1];
	}
	found[n] = 0;
	assert_string_equal(found, ports);
	assert_int_equal(route_linux_count(r->routes, IP4), n);
	if (n)
		testing_takes_glean(r, "10.9.1.1", (unsigned)(ports[0] - '0'));
	else
		testing_takes(r, "10.9.1.1", ADJ_NO_ROUTE);
}

static void the_lowest_metric_wins(void **state)
{
	struct testing_routes *r = *state;

	put(r, want_of(20, 0, 0), ROUTE_FIRST, 1);
	put(r, want_of(10, 0, 0), ROUTE_FIRST, 0);
	put(r, want_of(30, 0, 0), ROUTE_FIRST, 2);
	assert_chain(r, "012");
	assert_int_equal(del(r, want_of(10, 0, 0), 0), 0);
	assert_chain(r, "12");
	assert_int_equal(del(r, want_of(30, 0, 0), 2), 0);
	assert_int_equal(del(r, want_of(30, 0, 0), 2), -ENOENT);
	assert_chain(r, "1");
}

static void the_kernels_order_counts(void **state)
{
	struct testing_routes *r = *state;

	put(r, want_of(0, 0, 0), ROUTE_FIRST, 0);
	put(r, want_of(0, 0, 0), ROUTE_LAST, 1);
	assert_chain(r, "01");
	put(r, want_of(0, 0, 0), ROUTE_FIRST, 2);
	assert_chain(r, "201");
	assert_int_equal(del(r, want_of(0, 0, 0), 0), 0);
	assert_chain(r, "21");
}

static void replacing(void **state)
{
	struct testing_routes *r = *state;

	put(r, want_of(0, 0, 0), ROUTE_FIRST, 0);
	put(r, want_of(0, 0, 0), ROUTE_LAST, 1);
	put(r, want_of(0, 0, 0), ROUTE_REPLACE_FIRST, 2);
	assert_chain(r, "21");
	put(r, want_of(0, 7, 0), ROUTE_REPLACE_SLOT, 0);
	assert_chain(r, "210");
	put(r, want_of(0, 7, 0), ROUTE_REPLACE_SLOT, 1);
	assert_chain(r, "211");
	/* The very same route further back: it takes the place of those before it. */
	put(r, want_of(0, 0, 0), ROUTE_REPLACE_FIRST, 1);
	assert_chain(r, "11");
	assert_int_equal(del(r, want_of(0, 7, 0), 2), -ENOENT);
}

/* IPv6: one of the joined kind (slot 0) in the place of one like it, and else of the first. */
static void replacing_by_kind(void **state)
{
	struct testing_routes *r = *state;

	put(r, want_of(0, 7, 0), ROUTE_REPLACE_SLOT, 0);
	put(r, want_of(0, 0, 0), ROUTE_REPLACE_SLOT, 1);
	put(r, want_of(0, 8, 0), ROUTE_REPLACE_SLOT, 2);
	put(r, want_of(0, 0, 0), ROUTE_REPLACE_KIND, 2);
	assert_chain(r, "022");
	put(r, want_of(0, 9, 0), ROUTE_REPLACE_KIND, 1);
	assert_chain(r, "122");
	assert_int_equal(del(r, want_of(0, 0, 0), 2), 0);
	put(r, want_of(0, 0, 0), ROUTE_REPLACE_KIND, 0);
	assert_chain(r, "02");
}

/* The same route by other ways: the kernel's name for it has not changed. */
static void the_group_of_a_route_changes(void **state)
{
	struct testing_routes *r = *state;
	struct route_linux want = want_of(0, 0, 0);

	put(r, want, ROUTE_FIRST, 0);
	put(r, want, ROUTE_LAST, 1);
	assert_int_equal(route_linux_put(r->routes, &want, ROUTE_LAST, testing_on_link(r, 2), NULL),
			 0);
	assert_chain(r, "21");
}

/* What the dump names again stays, whatever else was there goes. */
static void mark_and_sweep(void **state)
{
	struct testing_routes *r = *state;
	struct ip_prefix at = {0};
	struct route_linux touched = want_of(5, 0, 2);

	put(r, want_of(0, 0, 1), ROUTE_FIRST, 0);
	put(r, want_of(0, 0, 1), ROUTE_LAST, 1);
	put(r, want_of(5, 0, 1), ROUTE_LAST, 2);
	put(r, want_of(6, 0, 1), ROUTE_LAST, 0);
	assert_chain(r, "0120");
	put(r, want_of(0, 0, 2), ROUTE_DUMPED, 1);
	route_linux_touch(r->routes, &touched);
	assert_int_equal(route_linux_sweep(r->routes, IP4, &at, 2, 1), 1);
	assert_int_equal(route_linux_sweep(r->routes, IP4, &at, 2, 1), 0);
	assert_chain(r, "12");
}

/* A dump that names another group for the metric: it takes the old one's place at once. */
static void a_dump_replaces(void **state)
{
	struct testing_routes *r = *state;
	struct ip_prefix at = {0};

	put(r, want_of(0, 0, 1), ROUTE_FIRST, 0);
	put(r, want_of(0, 0, 2), ROUTE_DUMPED, 1);
	assert_chain(r, "1");
	put(r, want_of(0, 0, 2), ROUTE_DUMPED, 2);
	assert_chain(r, "12");
	assert_int_equal(route_linux_sweep(r->routes, IP4, &at, 2, 100), 0);
	assert_chain(r, "12");
	at = (struct ip_prefix){0};
	assert_int_equal(route_linux_sweep(r->routes, IP4, &at, 3, 100), 0);
	assert_chain(r, "");
}

static void other_sources_are_not_swept(void **state)
{
	struct testing_routes *r = *state;
	struct ip_prefix at = {0};

	assert_int_equal(route_add(r->routes, &prefix, ROUTE_STATIC, ROUTE_UNICAST,
				   testing_on_link(r, 1), NULL),
			 0);
	assert_int_equal(route_linux_sweep(r->routes, IP4, &at, 3, 100), 0);
	testing_takes_glean(r, "10.9.1.1", 1);
}

static void refusals_change_nothing(void **state)
{
	struct testing_routes *r = *state;
	struct route_linux odd = want_of(0, 0, 0);
	struct error err;

	odd.prefix.addr.bytes[3] = 1;
	assert_int_equal(route_linux_put(r->routes, &odd, ROUTE_FIRST, testing_on_link(r, 0), &err),
			 -EINVAL);
	for (unsigned i = 0; i < TESTING_ROUTES; i++) {
		struct route_linux host = want_of(0, 0, 0);

		host.prefix =
			(struct ip_prefix){{IP4, {192, 0, (uint8_t)(i >> 8), (uint8_t)i}}, 32};
		put(r, host, ROUTE_LAST, 0);
	}
	assert_int_equal(route_linux_count(r->routes, IP4), TESTING_ROUTES);
	odd = want_of(0, 0, 0);
	assert_int_equal(route_linux_put(r->routes, &odd, ROUTE_FIRST, testing_on_link(r, 0), &err),
			 -ENOSPC);
	assert_int_equal(route_linux_count(r->routes, IP4), TESTING_ROUTES);
	testing_takes(r, "10.9.1.1", ADJ_NO_ROUTE);
}

static int create(void **state)
{
	*state = testing_routes_create();
	return 0;
}

static int destroy(void **state)
{
	testing_routes_destroy(*state);
	return 0;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, create, destroy)
	const struct CMUnitTest tests[] = {
		TEST(the_lowest_metric_wins),
		TEST(the_kernels_order_counts),
		TEST(replacing),
		TEST(mark_and_sweep),
		TEST(a_dump_replaces),
		TEST(other_sources_are_not_swept),
		TEST(refusals_change_nothing),
		TEST(replacing_by_kind),
		TEST(the_group_of_a_route_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
