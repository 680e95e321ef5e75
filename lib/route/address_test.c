/* SPDX-License-Identifier: BSD-3-Clause */
#include "route_testing.h"

#include <errno.h>

#include "address_ctl.h"
#include "own4.h"

static struct testing_routes *r;
static struct error err;

static int setup(void **state)
{
	r = testing_routes_create();
	return 0;
}

static int teardown(void **state)
{
	testing_routes_destroy(r);
	return 0;
}

static int add(unsigned port, const char *addr)
{
	struct ip_prefix p = testing_prefix(addr);

	*err.msg = '\0';
	return address_add(r->routes, r->tables->ifaces, r->tables->p[port], &p, &err);
}

static int del(unsigned port, const char *addr)
{
	struct ip_prefix p = testing_prefix(addr);

	*err.msg = '\0';
	return address_del(r->routes, r->tables->ifaces, r->tables->p[port], &p, &err);
}

static unsigned count_routes(uint8_t family)
{
	struct ip_prefix all = {.addr.family = family}, at = {0};
	const struct route *route;
	unsigned n = 0;

	while (route_next(r->routes, &all, &at, &route))
		for (; route; route = route->next)
			n++;
	return n;
}

/* The addresses that a length makes local and on link; after the deletion nothing is left. */
static void routes_of_every_length(void **state)
{
	static const struct {
		const char *addr;
		const char *local[2];
		const char *on_link[2]; /* first and last */
		const char *outside[2];
		unsigned routes;
	} cases[] = {
		{"10.0.0.1/24",
		 {"10.0.0.1", "10.0.0.255"},
		 {"10.0.0.0", "10.0.0.254"},
		 {"9.255.255.255", "10.0.1.0"},
		 3},
		{"10.0.0.5/30",
		 {"10.0.0.5", "10.0.0.7"},
		 {"10.0.0.4", "10.0.0.6"},
		 {"10.0.0.3", "10.0.0.8"},
		 3},
		{"10.0.0.5/31",
		 {"10.0.0.5"},
		 {"10.0.0.4", "10.0.0.4"},
		 {"10.0.0.3", "10.0.0.6"},
		 2},
		{"10.0.0.4/31",
		 {"10.0.0.4"},
		 {"10.0.0.5", "10.0.0.5"},
		 {"10.0.0.3", "10.0.0.6"},
		 2},
		{"10.0.0.5/32", {"10.0.0.5"}, {NULL}, {"10.0.0.4", "10.0.0.6"}, 1},
		{"10.200.0.1/9",
		 {"10.200.0.1", "10.255.255.255"},
		 {"10.128.0.0", "10.255.255.254"},
		 {"10.127.255.255", "11.0.0.0"},
		 3},
		/* The lowest address is the subnet routers' anycast one. */
		{"2001:db8::1/64",
		 {"2001:db8::1", "2001:db8::"},
		 {"2001:db8::2", "2001:db8::ffff:ffff:ffff:ffff"},
		 {"2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db8:0:1::"},
		 3},
		{"2001:db8::/64",
		 {"2001:db8::"},
		 {"2001:db8::1", "2001:db8::ffff"},
		 {"2001:db8:0:1::", "2001::"},
		 2},
		{"2001:db8::1/127",
		 {"2001:db8::1"},
		 {"2001:db8::", "2001:db8::"},
		 {"2001:db8::2", "2001:db7::"},
		 2},
		{"2001:db8::/127",
		 {"2001:db8::"},
		 {"2001:db8::1", "2001:db8::1"},
		 {"2001:db8::2", "2001:db7::"},
		 2},
		{"2001:db8::1/128", {"2001:db8::1"}, {NULL}, {"2001:db8::", "2001:db8::2"}, 1},
	};

	for (unsigned i = 0; i < RTE_DIM(cases); i++) {
		uint8_t family = testing_prefix(cases[i].addr).addr.family;

		assert_int_equal(add(2, cases[i].addr), 0);
		assert_int_equal(count_routes(family), cases[i].routes);
		for (int j = 0; j < 2; j++) {
			if (cases[i].local[j])
				testing_takes(r, cases[i].local[j], ADJ_LOCAL);
			if (cases[i].on_link[j])
				testing_takes_glean(r, cases[i].on_link[j], 2);
			testing_takes(r, cases[i].outside[j], ADJ_NO_ROUTE);
		}
		assert_int_equal(r->tables->p[2]->n_addrs, 2);
		assert_int_equal(del(2, cases[i].addr), 0);
		assert_int_equal(count_routes(family), 0);
		assert_int_equal(r->tables->p[2]->n_addrs, 1);
	}
}

static void two_addresses_in_one_subnet(void **state)
{
	assert_int_equal(add(1, "10.0.0.1/24"), 0);
	assert_int_equal(add(1, "10.0.0.2/24"), 0);
	assert_int_equal(add(1, "2001:db8::1/64"), 0);
	assert_int_equal(add(1, "2001:db8::/64"), 0); /* which the first made local, too */
	assert_int_equal(del(1, "10.0.0.1/24"), 0);
	assert_int_equal(del(1, "2001:db8::/64"), 0);
	testing_takes_glean(r, "10.0.0.1", 1);
	testing_takes(r, "10.0.0.2", ADJ_LOCAL);
	testing_takes(r, "10.0.0.255", ADJ_LOCAL);
	testing_takes(r, "2001:db8::", ADJ_LOCAL);
	testing_takes_glean(r, "2001:db8::2", 1);
	assert_int_equal(del(1, "10.0.0.2/24"), 0);
	assert_int_equal(del(1, "2001:db8::1/64"), 0);
	assert_int_equal(count_routes(IP4) + count_routes(IP6), 0);
}

static void one_subnet_on_two_ports(void **state)
{
	add(1, "10.0.0.1/24");
	add(2, "10.0.0.2/24");
	testing_takes_glean(r, "10.0.0.9", 1);
	del(1, "10.0.0.1/24");
	testing_takes_glean(r, "10.0.0.9", 2);
	testing_takes_glean(r, "10.0.0.1", 2);
	testing_takes(r, "10.0.0.255", ADJ_LOCAL);
	add(1, "10.0.0.1/24");
	testing_takes_glean(r, "10.0.0.9", 2); /* who has it keeps it */
	testing_takes(r, "10.0.0.1", ADJ_LOCAL);
}

/* The addresses of one subnet with different lengths. */
static void nested_subnets(void **state)
{
	add(1, "10.0.0.1/16");
	add(2, "10.0.0.129/25");
	testing_takes_glean(r, "10.0.0.2", 1);
	testing_takes_glean(r, "10.0.0.130", 2);
	testing_takes(r, "10.0.0.255", ADJ_LOCAL);
	del(2, "10.0.0.129/25");
	testing_takes_glean(r, "10.0.0.255", 1);
	testing_takes_glean(r, "10.0.0.129", 1);
}

static void what_no_interface_can_have(void **state)
{
	static const char *const bad[] = {
		"0.0.0.0/8",   "127.0.0.1/8",   "224.0.0.1/24", "255.255.255.255/32",
		"10.0.0.0/24", "10.0.0.255/24", "::/64",        "::1/128",
		"ff02::1/64",  "fe80::1/64",    "1.1.1.1/0",    "2001:db8::1/0"};

	for (unsigned i = 0; i < RTE_DIM(bad); i++) {
		assert_int_equal(add(0, bad[i]), -EINVAL);
		assert_true(strlen(err.msg) > 20);
		assert_int_equal(r->tables->p[0]->n_addrs, 1);
	}
	assert_string_equal(err.msg, "address 2001:db8::1/0: expected a length of at least 1");
	assert_int_equal(count_routes(IP4) + count_routes(IP6), 0);
}

static void used_and_missing(void **state)
{
	struct ip_prefix link_local = {.addr = r->tables->p[0]->addrs[0].addr, .len = 64};

	assert_int_equal(add(0, "10.0.0.1/24"), 0);
	assert_int_equal(add(0, "10.0.0.1/24"), -EEXIST);
	assert_int_equal(add(0, "10.0.0.1/16"), -EEXIST);
	assert_int_equal(add(1, "10.0.0.1/32"), -EEXIST);
	assert_string_equal(err.msg, "address 10.0.0.1/32: port p0 has it");
	assert_int_equal(del(1, "10.0.0.1/24"), -ENOENT);
	assert_string_equal(err.msg, "port p1 does not have the address 10.0.0.1/24");
	assert_int_equal(del(0, "10.0.0.1/23"), -ENOENT);
	assert_int_equal(
		address_del(r->routes, r->tables->ifaces, r->tables->p[0], &link_local, &err),
		-EINVAL);
	testing_takes(r, "10.0.0.1", ADJ_LOCAL);
	testing_takes_glean(r, "10.0.0.2", 0);
}

/* With room for one and for two of the three routes: none stays. */
static void full_table_rolls_back(void **state)
{
	unsigned room;

	for (room = 0; room < 3; room++) {
		struct ip_prefix filler = {.addr = testing_addr("192.0.0.0"), .len = 32};

		for (unsigned i = 0; i < TESTING_ROUTES - room; i++) {
			filler.addr.bytes[3] = (uint8_t)i;
			assert_int_equal(
				route_add(r->routes, &filler, ROUTE_STATIC, ROUTE_BLACKHOLE,
					  nexthop_group_fixed(r->nexthops, ADJ_INDEX_BLACKHOLE),
					  &err),
				0);
		}
		assert_int_equal(add(3, "10.0.0.1/24"), -ENOSPC);
		assert_non_null(strstr(err.msg, "the IPv4 table is full"));
		assert_int_equal(count_routes(IP4), TESTING_ROUTES - room);
		assert_int_equal(r->tables->p[3]->n_addrs, 1);
		assert_false(own4_maybe(route_own4(r->routes), RTE_BE32(0x0a000001)));
		testing_takes(r, "10.0.0.1", ADJ_NO_ROUTE);
		testing_takes(r, "10.0.0.9", ADJ_NO_ROUTE);
		for (unsigned i = 0; i < TESTING_ROUTES - room; i++) {
			filler.addr.bytes[3] = (uint8_t)i;
			route_del(r->routes, &filler, ROUTE_STATIC, NULL, NULL);
		}
	}
	assert_int_equal(add(3, "10.0.0.1/24"), 0);
}

static unsigned filter_bits(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < OWN4_WORDS; i++)
		n += (unsigned)__builtin_popcount(route_own4(r->routes)[i]);
	return n;
}

static void filter_of_own_addresses(void **state)
{
	uint32_t *filter = route_own4(r->routes);
	unsigned others = 0;

	add(0, "10.0.0.1/24");
	add(1, "192.0.2.77/32");
	add(1, "2001:db8::1/64");
	assert_true(own4_maybe(filter, RTE_BE32(0x0a000001)));
	assert_true(own4_maybe(filter, RTE_BE32(0xc000024d)));
	assert_int_equal(filter_bits(), 2);
	/* Nearly every other address is told to be another's. */
	for (uint32_t i = 2; i < 255; i++)
		others += own4_maybe(filter, rte_cpu_to_be_32(0x0a000000 + i));
	assert_true(others < 5);
	del(0, "10.0.0.1/24");
	assert_false(own4_maybe(filter, RTE_BE32(0x0a000001)));
	assert_int_equal(filter_bits(), 1);
	assert_int_equal(add(0, "192.0.2.77/32"), -EEXIST);
	assert_int_equal(filter_bits(), 1);
}

/* The deletion with this number fails for want of memory; 0: none does. */
static unsigned fail_at;

int __real_route_del(struct route_table *t, const struct ip_prefix *prefix,
		     enum route_source source, const struct nexthop_group *group, struct error *e);
int __wrap_route_del(struct route_table *t, const struct ip_prefix *prefix,
		     enum route_source source, const struct nexthop_group *group, struct error *e);

int __wrap_route_del(struct route_table *t, const struct ip_prefix *prefix,
		     enum route_source source, const struct nexthop_group *group, struct error *e)
{
	if (fail_at && !--fail_at)
		return error_set(e, -ENOMEM, "out of memory");
	return __real_route_del(t, prefix, source, group, e);
}

/* Whichever of the routes cannot be deleted: the address stays with all of them. */
static void deletion_fails_whole(void **state)
{
	assert_int_equal(add(0, "10.0.0.1/24"), 0);
	assert_int_equal(add(0, "10.0.0.9/24"), 0);
	for (unsigned at = 1; at <= 3; at++) {
		fail_at = at;
		assert_int_equal(del(0, "10.0.0.1/24"), -ENOMEM);
		assert_string_equal(err.msg, "address 10.0.0.1/24: out of memory");
		assert_int_equal(r->tables->p[0]->n_addrs, 3);
		assert_true(own4_maybe(route_own4(r->routes), RTE_BE32(0x0a000001)));
		testing_takes(r, "10.0.0.1", ADJ_LOCAL);
		testing_takes(r, "10.0.0.255", ADJ_LOCAL);
		testing_takes_glean(r, "10.0.0.2", 0);
	}
	/* The subnet and the broadcast address are the other's too. */
	assert_int_equal(del(0, "10.0.0.1/24"), 0);
	testing_takes_glean(r, "10.0.0.1", 0);
	testing_takes(r, "10.0.0.255", ADJ_LOCAL);
	assert_int_equal(del(0, "10.0.0.9/24"), 0);
	assert_int_equal(count_routes(IP4), 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(routes_of_every_length),     TEST(two_addresses_in_one_subnet),
		TEST(one_subnet_on_two_ports),    TEST(nested_subnets),
		TEST(what_no_interface_can_have), TEST(used_and_missing),
		TEST(full_table_rolls_back),      TEST(filter_of_own_addresses),
		TEST(deletion_fails_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
