/* SPDX-License-Identifier: BSD-3-Clause */
#include "neigh_ctl.h"

#include <errno.h>

#include "address_ctl.h"
#include "route_testing.h"

#define MAX 8

static struct testing_routes *r;
static struct neigh_table *t;
static struct error err;

static int setup(void **state)
{
	r = testing_routes_create();
	t = neigh_table_create(r->routes, MAX);
	testing_address(r, 0, "10.0.0.1/24");
	testing_address(r, 1, "10.0.1.1/24");
	testing_address(r, 0, "2001:db8::1/64");
	return 0;
}

static int teardown(void **state)
{
	neigh_table_destroy(t);
	testing_routes_destroy(r);
	return 0;
}

static int set(const char *address, unsigned port, unsigned mac_number)
{
	struct ip_addr addr = testing_addr(address);
	struct mac_addr mac = testing_mac(mac_number);

	*err.msg = '\0';
	return neigh_set(t, r->tables->p[port], &addr, &mac, &err);
}

static int unset(const char *address, unsigned port)
{
	struct ip_addr addr = testing_addr(address);

	*err.msg = '\0';
	return neigh_unset(t, r->tables->p[port], &addr, &err);
}

/* A static route by a gateway or, without one, on link by the port. */
static void route(const char *prefix, const char *gateway, unsigned port)
{
	struct ip_prefix p = testing_prefix(prefix);
	struct route_hop hop = {.iface = r->tables->p[port], .weight = 1};

	if (gateway) {
		hop.has_gateway = true;
		hop.gateway = testing_addr(gateway);
	}
	if (route_static_set(r->routes, &p, ROUTE_UNICAST, &hop, 1, &err))
		fail_msg("%s", err.msg);
}

static void no_route(const char *prefix)
{
	struct ip_prefix p = testing_prefix(prefix);

	assert_int_equal(route_del(r->routes, &p, ROUTE_STATIC, NULL, &err), 0);
}

static unsigned count(void)
{
	struct ip_addr at = {0};
	const struct neigh *neigh;
	unsigned n = 0;

	while ((neigh = neigh_next(t, &at)))
		for (; neigh; neigh = neigh->next)
			n++;
	return n;
}

static void comes_and_goes(void **state)
{
	testing_takes_glean(r, "10.0.0.9", 0);
	assert_int_equal(set("10.0.0.9", 0, 1), 0);
	assert_int_equal(set("2001:db8::9", 0, 2), 0);
	testing_takes_mac(r, "10.0.0.9", 0, 1);
	testing_takes_mac(r, "2001:db8::9", 0, 2);
	testing_takes_glean(r, "10.0.0.8", 0);
	assert_int_equal(unset("10.0.0.9", 0), 0);
	assert_int_equal(unset("2001:db8::9", 0), 0);
	testing_takes_glean(r, "10.0.0.9", 0);
	testing_takes_glean(r, "2001:db8::9", 0);
	assert_int_equal(count(), 0);
	assert_int_equal(unset("10.0.0.9", 0), -ENOENT);
	assert_string_equal(err.msg, "port p0 has no neighbour 10.0.0.9");
}

static void resolves_the_routes_behind_it(void **state)
{
	route("192.0.2.0/24", "10.0.0.9", 0);
	route("198.51.100.0/24", "10.0.0.9", 0);
	set("10.0.0.9", 0, 1);
	testing_takes_mac(r, "192.0.2.1", 0, 1);
	testing_takes_mac(r, "198.51.100.1", 0, 1);
	assert_int_equal(set("10.0.0.9", 0, 3), 0);
	testing_takes_mac(r, "192.0.2.1", 0, 3);
	testing_takes_mac(r, "10.0.0.9", 0, 3);
	assert_int_equal(count(), 1);
	unset("10.0.0.9", 0);
	testing_takes_glean(r, "192.0.2.1", 0);
	testing_takes_glean(r, "198.51.100.1", 0);
	set("10.0.0.9", 0, 4);
	testing_takes_mac(r, "192.0.2.1", 0, 4);
}

/* A more specific route that leads elsewhere has precedence, as in Linux. */
static void yields_to_more_specific_routes(void **state)
{
	set("10.0.0.9", 0, 1);
	set("10.0.0.200", 0, 2);
	route("10.0.0.0/25", "10.0.1.9", 1);
	testing_takes_glean(r, "10.0.0.9", 1);
	testing_takes_mac(r, "10.0.0.200", 0, 2);
	set("10.0.0.10", 0, 3); /* one that comes meanwhile */
	testing_takes_glean(r, "10.0.0.10", 1);
	route("10.0.0.8/29", NULL, 0); /* and one that leads back */
	testing_takes_mac(r, "10.0.0.9", 0, 1);
	no_route("10.0.0.8/29");
	testing_takes_glean(r, "10.0.0.9", 1);
	no_route("10.0.0.0/25");
	testing_takes_mac(r, "10.0.0.9", 0, 1);
	testing_takes_mac(r, "10.0.0.10", 0, 3);
	route("10.0.0.0/16", "10.0.1.9", 1); /* less specific: nothing changes */
	testing_takes_mac(r, "10.0.0.9", 0, 1);
}

/* The same where the route is a host route of the very address. */
static void host_routes_beside_it(void **state)
{
	set("10.0.0.9", 0, 1);
	route("10.0.0.9/32", "10.0.1.9", 1);
	testing_takes_glean(r, "10.0.0.9", 1);
	route("10.0.0.9/32", NULL, 0); /* on link by its own port */
	testing_takes_mac(r, "10.0.0.9", 0, 1);
	route("10.0.0.9/32", NULL, 2);
	testing_takes_glean(r, "10.0.0.9", 2);
	no_route("10.0.0.9/32");
	testing_takes_mac(r, "10.0.0.9", 0, 1);
}

/* A host behind a port without a subnet, as on point-to-point links. */
static void host_route_makes_it_on_link(void **state)
{
	route("192.0.2.9/32", NULL, 3);
	testing_takes_glean(r, "192.0.2.9", 3);
	set("192.0.2.9", 3, 1);
	testing_takes_mac(r, "192.0.2.9", 3, 1);
	route("198.51.100.0/24", "192.0.2.9", 3);
	testing_takes_mac(r, "198.51.100.1", 3, 1);
	no_route("192.0.2.9/32");
	testing_takes(r, "192.0.2.9", ADJ_NO_ROUTE);
	testing_takes_mac(r, "198.51.100.1", 3, 1);
	route("192.0.2.9/32", NULL, 3);
	testing_takes_mac(r, "192.0.2.9", 3, 1);
	unset("192.0.2.9", 3);
	testing_takes_glean(r, "192.0.2.9", 3);
}

/* Known, and a gateway, but not in the FIB until a subnet holds it. */
static void off_link(void **state)
{
	struct ip_prefix subnet = testing_prefix("172.16.0.1/24");

	assert_int_equal(set("172.16.0.9", 2, 1), 0);
	testing_takes(r, "172.16.0.9", ADJ_NO_ROUTE);
	route("192.0.2.0/24", "172.16.0.9", 2);
	testing_takes_mac(r, "192.0.2.1", 2, 1);
	testing_address(r, 2, "172.16.0.1/24");
	testing_takes_mac(r, "172.16.0.9", 2, 1);
	address_del(r->routes, r->tables->ifaces, r->tables->p[2], &subnet, &err);
	testing_takes(r, "172.16.0.9", ADJ_NO_ROUTE);
	testing_takes_mac(r, "192.0.2.1", 2, 1);
}

static void on_the_wrong_port(void **state)
{
	assert_int_equal(set("10.0.0.9", 1, 1), 0);
	testing_takes_glean(r, "10.0.0.9", 0);
	assert_int_equal(set("10.0.0.9", 0, 2), 0);
	testing_takes_mac(r, "10.0.0.9", 0, 2);
	assert_int_equal(count(), 2);
}

/* An address that is on link by two ports, known on both. */
static void same_address_on_two_ports(void **state)
{
	struct ip_prefix first = testing_prefix("10.0.0.1/24");

	testing_address(r, 2, "10.0.0.2/24");
	set("10.0.0.9", 0, 1);
	set("10.0.0.9", 2, 2);
	set("10.0.0.9", 3, 3);
	testing_takes_mac(r, "10.0.0.9", 0, 1); /* by the port that has the subnet first */
	assert_int_equal(count(), 3);
	address_del(r->routes, r->tables->ifaces, r->tables->p[0], &first, &err);
	testing_takes_mac(r, "10.0.0.9", 2, 2);
	testing_address(r, 0, "10.0.0.1/24");
	testing_takes_mac(r, "10.0.0.9", 2, 2);
	/* Away from the middle, the end and the beginning of the chain, and as the last. */
	assert_int_equal(unset("10.0.0.9", 2), 0);
	testing_takes_glean(r, "10.0.0.9", 2);
	assert_int_equal(unset("10.0.0.9", 2), -ENOENT);
	assert_int_equal(count(), 2);
	assert_int_equal(unset("10.0.0.9", 0), 0);
	assert_int_equal(set("10.0.0.9", 2, 5), 0);
	testing_takes_mac(r, "10.0.0.9", 2, 5);
	assert_int_equal(unset("10.0.0.9", 2), 0);
	assert_int_equal(count(), 1);
	assert_int_equal(unset("10.0.0.9", 3), 0);
	assert_int_equal(count(), 0);
}

/* An address that becomes the router's own is local; and a neighbour's again afterwards. */
static void address_of_the_router(void **state)
{
	struct ip_prefix own = testing_prefix("10.0.0.9/24");

	set("10.0.0.9", 0, 1);
	testing_address(r, 0, "10.0.0.9/24");
	testing_takes(r, "10.0.0.9", ADJ_LOCAL);
	address_del(r->routes, r->tables->ifaces, r->tables->p[0], &own, &err);
	testing_takes_mac(r, "10.0.0.9", 0, 1);
}

static void refused(const char *address, unsigned port, const struct mac_addr *mac,
		    const char *sentence)
{
	struct ip_addr addr = testing_addr(address);

	assert_int_equal(neigh_set(t, r->tables->p[port], &addr, mac, &err), -EINVAL);
	assert_string_equal(err.msg, sentence);
	assert_int_equal(count(), 0);
}

static void errors(void **state)
{
	const struct mac_addr good = testing_mac(1), multicast = {{1, 0, 0x5e, 0, 0, 1}},
			      zero = {0};

	refused("10.0.0.9", 0, &multicast,
		"neighbour 10.0.0.9: 01:00:5e:00:00:01 is not the MAC address of one interface");
	refused("10.0.0.9", 0, &zero,
		"neighbour 10.0.0.9: 00:00:00:00:00:00 is not the MAC address of one interface");
	refused("10.0.0.1", 0, &good, "neighbour 10.0.0.1: it is the router's own address");
	refused("0.0.0.0", 0, &good,
		"neighbour 0.0.0.0: expected the address of one host, not the unspecified one");
	refused("::", 0, &good,
		"neighbour ::: expected the address of one host, not the unspecified one");
	refused("127.0.0.2", 0, &good,
		"neighbour 127.0.0.2: expected the address of one host, not a loopback one");
	refused("ff02::1", 0, &good,
		"neighbour ff02::1: expected the address of one host, not a multicast one");
	refused("255.255.255.255", 0, &good,
		"neighbour 255.255.255.255: expected the address of one host, not the limited "
		"broadcast");
}

static void full_table(void **state)
{
	char text[IP_ADDR_STRLEN];

	for (unsigned i = 0; i < MAX; i++) {
		snprintf(text, sizeof(text), "10.0.0.%u", 10 + i);
		assert_int_equal(set(text, 0, i), 0);
	}
	assert_int_equal(set("10.0.0.9", 0, 99), -ENOSPC);
	assert_string_equal(err.msg, "neighbour 10.0.0.9: the table of neighbours is full "
				     "(limits.neighbours: 8)");
	assert_int_equal(count(), MAX);
	testing_takes_glean(r, "10.0.0.9", 0);
	assert_int_equal(set("10.0.0.10", 0, 77), 0); /* a change needs no room */
	testing_takes_mac(r, "10.0.0.10", 0, 77);
	assert_int_equal(unset("10.0.0.11", 0), 0);
	assert_int_equal(set("10.0.0.9", 0, 99), 0);
	testing_takes_mac(r, "10.0.0.9", 0, 99);
}

/* Routes 192.0.2.0/32 and on, until the table is full. */
static void fill_fib(void)
{
	struct ip_prefix filler = testing_prefix("192.0.2.0/32");
	int ret = 0;

	for (unsigned i = 0; !ret; i++) {
		filler.addr.bytes[3] = (uint8_t)i;
		ret = route_add(r->routes, &filler, ROUTE_STATIC, ROUTE_BLACKHOLE,
				nexthop_group_fixed(r->nexthops, ADJ_INDEX_BLACKHOLE), &err);
	}
	assert_int_equal(ret, -ENOSPC);
}

/* No room for its host route: the neighbour is refused whole. */
static void full_fib(void **state)
{
	route("198.51.100.0/24", "10.0.0.9", 0);
	fill_fib();
	assert_int_equal(set("10.0.0.9", 0, 1), -ENOSPC);
	assert_string_equal(err.msg, "neighbour 10.0.0.9: 10.0.0.9/32: the IPv4 table is full "
				     "(limits.routes4: 64)");
	assert_int_equal(count(), 0);
	testing_takes_glean(r, "198.51.100.1", 0);
	no_route("192.0.2.0/32");
	assert_int_equal(set("10.0.0.9", 0, 1), 0);
	testing_takes_mac(r, "10.0.0.9", 0, 1);
	testing_takes_mac(r, "198.51.100.1", 0, 1);
}

/* A neighbour that has come on link in a full table gets its host route when there is room, which a
 * route or another neighbour makes. */
static void host_routes_wait_for_room(void **state)
{
	assert_int_equal(set("10.0.0.8", 0, 8), 0);
	assert_int_equal(set("10.5.0.7", 0, 7), 0);
	assert_int_equal(set("10.5.0.9", 0, 9), 0);
	fill_fib();
	no_route("192.0.2.0/32");
	route("10.5.0.0/24", NULL, 0);
	testing_takes_glean(r, "10.5.0.7", 0);
	no_route("192.0.2.1/32");
	testing_takes_mac(r, "10.5.0.7", 0, 7);
	testing_takes_glean(r, "10.5.0.9", 0);
	assert_int_equal(unset("10.0.0.8", 0), 0);
	testing_takes_mac(r, "10.5.0.9", 0, 9);
}

static void usage_is_told(void **state)
{
	struct usage usage;

	fill_fib();
	assert_int_equal(set("10.0.0.9", 0, 1), -ENOSPC);
	route_usage(r->routes, IP4, &usage);
	assert_int_equal(usage.used, TESTING_ROUTES);
	assert_int_equal(usage.max, TESTING_ROUTES);
	assert_int_equal(usage.refused, 2);
	neigh_usage(t, &usage);
	assert_int_equal(usage.used, 0);
	assert_int_equal(usage.max, MAX);
	assert_int_equal(usage.refused, 0);
	for (unsigned i = 0; i <= MAX; i++) {
		char text[IP_ADDR_STRLEN];

		snprintf(text, sizeof(text), "2001:db8::%u", 10 + i);
		set(text, 0, i);
	}
	neigh_usage(t, &usage);
	assert_int_equal(usage.used, MAX);
	assert_int_equal(usage.refused, 1);
}

static void all_of_a_port_go(void **state)
{
	set("10.0.0.9", 0, 1);
	set("10.0.0.10", 0, 2);
	set("10.0.0.10", 1, 3);
	set("2001:db8::9", 0, 4);
	set("10.0.1.9", 1, 5);
	assert_int_equal(neigh_unset_all(t, r->tables->p[0], &err), 0);
	assert_int_equal(neigh_count(t), 2);
	assert_int_equal(unset("10.0.0.10", 0), -ENOENT);
	assert_int_equal(unset("2001:db8::9", 0), -ENOENT);
	assert_int_equal(unset("10.0.0.10", 1), 0);
	assert_int_equal(unset("10.0.1.9", 1), 0);
	assert_int_equal(neigh_unset_all(t, r->tables->p[0], &err), 0);
}

static void listed_in_order(void **state)
{
	static const char *const order[] = {"9.0.0.1", "10.0.0.9", "10.0.0.10", "::2", "fe80::1"};
	struct ip_addr at = {0};
	const struct neigh *neigh;

	for (unsigned i = RTE_DIM(order); i--;)
		assert_int_equal(set(order[i], 0, i), 0);
	for (unsigned i = 0; i < RTE_DIM(order); i++) {
		struct ip_addr want = testing_addr(order[i]);

		neigh = neigh_next(t, &at);
		assert_non_null(neigh);
		assert_true(ip_addr_equal(&at, &want));
		assert_true(ip_addr_equal(nexthop_gateway(neigh->nh), &want));
	}
	assert_null(neigh_next(t, &at));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(comes_and_goes),
		TEST(resolves_the_routes_behind_it),
		TEST(yields_to_more_specific_routes),
		TEST(host_routes_beside_it),
		TEST(host_route_makes_it_on_link),
		TEST(off_link),
		TEST(on_the_wrong_port),
		TEST(same_address_on_two_ports),
		TEST(address_of_the_router),
		TEST(errors),
		TEST(full_table),
		TEST(full_fib),
		TEST(host_routes_wait_for_room),
		TEST(usage_is_told),
		TEST(all_of_a_port_go),
		TEST(listed_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
