/* SPDX-License-Identifier: BSD-3-Clause */
#include "route_testing.h"

#include <errno.h>

static struct testing_routes *r;
static struct error err;

static int setup(void **state)
{
	r = testing_routes_create();
	testing_address(r, 0, "10.0.0.1/24");
	testing_address(r, 1, "10.0.1.1/24");
	testing_address(r, 1, "2001:db8:1::1/64");
	return 0;
}

static int teardown(void **state)
{
	testing_routes_destroy(r);
	return 0;
}

static struct route_hop hop(const char *gateway, int port, uint32_t weight)
{
	struct route_hop h = {.weight = weight, .iface = port < 0 ? NULL : r->tables->p[port]};

	if (gateway) {
		h.has_gateway = true;
		h.gateway = testing_addr(gateway);
	}
	return h;
}

static int set(const char *prefix, const struct route_hop *hops, unsigned n)
{
	struct ip_prefix p = testing_prefix(prefix);

	*err.msg = '\0';
	return route_static_set(r->routes, &p, ROUTE_UNICAST, hops, n, &err);
}

static const struct route *get(const char *prefix)
{
	struct ip_prefix p = testing_prefix(prefix);

	return route_get(r->routes, &p);
}

/* The next hop that the gateway stands for. */
static void resolve(const char *gateway, unsigned port, unsigned mac_number)
{
	struct ip_addr addr = testing_addr(gateway);
	struct mac_addr mac = testing_mac(mac_number);
	struct nexthop *nh = nexthop_get(r->nexthops, r->tables->p[port], &addr, NULL);

	assert_int_equal(nexthop_resolve(r->nexthops, nh, &mac, NULL), 0);
	nexthop_put(r->nexthops, nh);
}

static void gateway_tells_the_port(void **state)
{
	struct route_hop four = hop("10.0.1.9", -1, 1), six = hop("2001:db8:1::9", -1, 1);

	assert_int_equal(set("192.0.2.0/24", &four, 1), 0);
	assert_int_equal(set("2001:db8:9::/48", &six, 1), 0);
	testing_takes_glean(r, "192.0.2.1", 1);
	testing_takes_glean(r, "2001:db8:9::1", 1);
	resolve("10.0.1.9", 1, 7);
	testing_takes_mac(r, "192.0.2.1", 1, 7);
	testing_takes_glean(r, "2001:db8:9::1", 1);
	assert_int_equal(get("192.0.2.0/24")->type, ROUTE_UNICAST);
}

/* A neighbour's own host route does not hide the subnet. */
static void gateway_behind_a_neighbour_route(void **state)
{
	struct ip_prefix host = testing_prefix("10.0.1.9/32");
	struct route_hop via = hop("10.0.1.9", -1, 1);

	route_add(r->routes, &host, ROUTE_NEIGHBOUR, ROUTE_UNICAST, testing_on_link(r, 1), NULL);
	assert_int_equal(set("192.0.2.0/24", &via, 1), 0);
	testing_takes_glean(r, "192.0.2.1", 1);
}

static void port_can_be_named(void **state)
{
	struct route_hop off_link = hop("172.16.0.1", 3, 1), alone = hop(NULL, 2, 1),
			 link_local = hop("fe80::1", 3, 1);

	assert_int_equal(set("192.0.2.0/24", &off_link, 1), 0);
	testing_takes_glean(r, "192.0.2.1", 3);
	assert_int_equal(set("192.0.3.0/24", &alone, 1), 0);
	testing_takes_glean(r, "192.0.3.1", 2);
	assert_int_equal(set("::/0", &link_local, 1), 0);
	testing_takes_glean(r, "2001:db8:99::1", 3);
}

static void equal_hops_are_merged(void **state)
{
	struct route_hop hops[] = {hop("10.0.0.2", -1, 1), hop("10.0.1.2", -1, 1),
				   hop("10.0.0.2", 0, 2), hop("10.0.0.2", -1, 5)};
	const struct nexthop_path *paths;

	assert_int_equal(set("192.0.2.0/24", hops, 4), 0);
	assert_int_equal(nexthop_group_paths(get("192.0.2.0/24")->group, &paths), 2);
	assert_int_equal(paths[0].weight, 8);
	assert_int_equal(paths[1].weight, 1);
	hops[1] = hops[0];
	assert_int_equal(set("192.0.2.0/24", hops, 4), 0);
	assert_int_equal(nexthop_group_paths(get("192.0.2.0/24")->group, &paths), 1);
}

static void most_hops(void **state)
{
	struct route_hop hops[GROUP_PATHS_MAX + 1];
	const struct nexthop_path *paths;

	for (unsigned i = 0; i <= GROUP_PATHS_MAX; i++) {
		hops[i] = hop("172.16.0.0", 2, 1 + i % 256);
		hops[i].gateway.bytes[3] = (uint8_t)i;
	}
	assert_int_equal(set("192.0.2.0/24", hops, GROUP_PATHS_MAX + 1), -EINVAL);
	assert_string_equal(err.msg, "route 192.0.2.0/24: 257 next hops, expected 1 to 256");
	assert_int_equal(set("192.0.2.0/24", hops, GROUP_PATHS_MAX), 0);
	assert_int_equal(nexthop_group_paths(get("192.0.2.0/24")->group, &paths), GROUP_PATHS_MAX);
}

static void other_types_have_no_hops(void **state)
{
	static const enum route_type types[] = {ROUTE_BLACKHOLE, ROUTE_UNREACHABLE, ROUTE_PROHIBIT};
	static const enum adj_kind kinds[] = {ADJ_BLACKHOLE, ADJ_UNREACHABLE, ADJ_PROHIBIT};
	struct ip_prefix p = testing_prefix("192.0.2.0/24");
	struct route_hop via = hop("10.0.0.2", -1, 1);

	for (unsigned i = 0; i < RTE_DIM(types); i++) {
		assert_int_equal(route_static_set(r->routes, &p, types[i], NULL, 0, &err), 0);
		testing_takes(r, "192.0.2.1", kinds[i]);
		assert_int_equal(get("192.0.2.0/24")->type, types[i]);
		assert_null(get("192.0.2.0/24")->next);
		assert_int_equal(set("192.0.2.0/24", &via, 1), 0);
		testing_takes_glean(r, "192.0.2.1", 0);
	}
}

static void refused(const char *prefix, const char *gateway, int port, const char *sentence)
{
	struct route_hop hops[] = {hop("10.0.0.2", -1, 1), hop(gateway, port, 1)};

	assert_int_equal(set(prefix, hops, 2), -EINVAL);
	assert_string_equal(err.msg, sentence);
}

static void via6_refused(const char *prefix, const char *gateway, const char *expected)
{
	struct route_hop via = hop(gateway, -1, 1);
	char sentence[ERROR_LEN];

	assert_int_equal(set(prefix, &via, 1), -EINVAL);
	snprintf(sentence, sizeof(sentence), "route %s: gateway %s: %s", prefix, gateway, expected);
	assert_string_equal(err.msg, sentence);
}

/* A refusal says why, and what stood before stands. */
static void errors_change_nothing(void **state)
{
	struct route_hop via = hop("10.0.0.2", -1, 1);
	const struct route *before;
	uint32_t free_groups;

	set("192.0.2.0/24", &via, 1);
	resolve("10.0.0.2", 0, 9);
	before = get("192.0.2.0/24");
	free_groups = nexthop_groups(r->nexthops)->n_free;
	refused("192.0.2.0/24", "172.16.0.1", -1,
		"route 192.0.2.0/24: gateway 172.16.0.1: expected an address in a port's subnet, "
		"or a 'port' beside it");
	refused("192.0.2.0/24", "192.0.2.1", -1, /* behind a gateway itself */
		"route 192.0.2.0/24: gateway 192.0.2.1: expected an address in a port's subnet, or "
		"a 'port' beside it");
	refused("192.0.2.0/24", "10.0.1.1", -1,
		"route 192.0.2.0/24: gateway 10.0.1.1: expected another host's address, not the "
		"router's own");
	refused("192.0.2.0/24", "10.0.1.1", 0,
		"route 192.0.2.0/24: gateway 10.0.1.1: expected another host's address, not the "
		"router's own");
	refused("192.0.2.0/24", "10.0.1.255", -1,
		"route 192.0.2.0/24: gateway 10.0.1.255: expected a host's address, not the "
		"broadcast address of the subnet on 'p1'");
	refused("192.0.2.0/24", "10.0.1.0", -1,
		"route 192.0.2.0/24: gateway 10.0.1.0: expected a host's address, not the network "
		"address of the subnet on 'p1'");
	refused("192.0.2.0/24", "2001:db8:1::9", -1,
		"route 192.0.2.0/24: gateway 2001:db8:1::9 is of another family than the "
		"destination");
	refused("192.0.2.0/24", "224.0.0.5", 0,
		"route 192.0.2.0/24: gateway 224.0.0.5: expected a unicast address, not a "
		"multicast one");
	refused("192.0.2.0/24", "0.0.0.0", 0,
		"route 192.0.2.0/24: gateway 0.0.0.0: expected a unicast address, not the "
		"unspecified one");
	via6_refused("2001:db8:9::/48", "fe80::9", "expected a 'port' beside a link-local address");
	via6_refused("2001:db8:9::/48", "2001:db8:1::1",
		     "expected another host's address, not the router's own");
	assert_int_equal(set("192.0.2.0/24", &via, 0), -EINVAL);
	assert_string_equal(err.msg, "route 192.0.2.0/24: 0 next hops, expected 1 to 256");
	assert_int_equal(set("192.0.2.1/24", &via, 1), -EINVAL);
	assert_non_null(strstr(err.msg, "has bits beyond its length"));
	assert_ptr_equal(get("192.0.2.0/24"), before);
	rcu_synchronize(r->tables->rcu);
	assert_int_equal(nexthop_groups(r->nexthops)->n_free, free_groups);
	testing_takes_mac(r, "192.0.2.1", 0, 9);
}

/* Whatever the budget, and whether or not the routes have other ways. */
static void the_routes_over_a_port_go(void **state)
{
	struct route_hop alone = hop("10.0.1.9", -1, 1), off_link = hop("172.16.0.9", 3, 1);
	struct route_hop both[] = {hop("10.0.0.9", -1, 2), alone},
			 six = hop("2001:db8:1::9", -1, 1);
	const struct iface *iface = r->tables->p[1];

	for (unsigned budget = 1; budget < 30; budget += 7) {
		struct ip_prefix at = {0};
		struct route_hop waits[] = {hop("10.0.0.7", -1, 1), hop("10.7.0.7", -1, 1)};
		struct ip_prefix waiting = testing_prefix("198.51.100.0/24");
		unsigned calls = 1;

		assert_int_equal(set("192.0.2.0/24", &alone, 1), 0);
		assert_int_equal(set("192.0.3.0/24", both, 2), 0);
		assert_int_equal(set("192.0.4.0/24", &off_link, 1), 0);
		assert_int_equal(set("2001:db8:9::/48", &six, 1), 0);
		assert_int_equal(route_static_want(r->routes, &waiting, waits, 2, &err), 1);
		assert_true(nexthop_iface_is_used(r->nexthops, iface));
		while (route_static_drop(r->routes, iface, &at, budget, &err) > 0)
			calls++;
		assert_int_equal(calls > 1, budget < 10);
		assert_null(get("192.0.2.0/24"));
		assert_null(get("2001:db8:9::/48"));
		testing_takes_glean(r, "192.0.3.1", 0);
		testing_takes_glean(r, "192.0.4.1", 3);
		assert_non_null(get("198.51.100.0/24"));
		assert_non_null(get("10.0.1.0/24")); /* the subnet is not a static route */
		route_static_forget(r->routes, NULL);
	}
}

/* The deletions that fail, from now on. */
static unsigned fail;

int __real_route_del(struct route_table *t, const struct ip_prefix *prefix,
		     enum route_source source, const struct nexthop_group *group, struct error *e);
int __wrap_route_del(struct route_table *t, const struct ip_prefix *prefix,
		     enum route_source source, const struct nexthop_group *group, struct error *e);

int __wrap_route_del(struct route_table *t, const struct ip_prefix *prefix,
		     enum route_source source, const struct nexthop_group *group, struct error *e)
{
	if (fail) {
		fail--;
		return error_set(e, -ENOMEM, "out of memory");
	}
	return __real_route_del(t, prefix, source, group, e);
}

/* Without memory it goes on with the same one when it is called again. */
static void no_route_over_a_port_is_left_out(void **state)
{
	struct route_hop via = hop("10.0.1.9", -1, 1), six = hop("2001:db8:1::9", -1, 1);
	struct ip_prefix at = {0};

	assert_int_equal(set("192.0.2.0/24", &via, 1), 0);
	assert_int_equal(set("192.0.3.0/24", &via, 1), 0);
	assert_int_equal(set("2001:db8:9::/48", &six, 1), 0);
	for (;;) {
		fail = 1;
		if (!route_static_drop(r->routes, r->tables->p[1], &at, 100, &err))
			break;
		fail = 0;
		route_static_drop(r->routes, r->tables->p[1], &at, 1, &err);
	}
	fail = 0;
	assert_null(get("192.0.2.0/24"));
	assert_null(get("192.0.3.0/24"));
	assert_null(get("2001:db8:9::/48"));
}

/* No next hop leads there any more, and the id can be another's. */
static void an_interface_is_forgotten(void **state)
{
	struct route_hop via = hop("10.0.0.9", 3, 1);
	struct iface *iface = r->tables->p[3];
	struct ip_prefix at = {0};

	assert_int_equal(set("192.0.2.0/24", &via, 1), 0);
	resolve("10.0.0.9", 3, 7);
	testing_takes_mac(r, "192.0.2.1", 3, 7);
	nexthop_iface_set_usable(r->nexthops, iface, false);
	nexthop_iface_unresolve(r->nexthops, iface);
	testing_takes_glean(r, "192.0.2.1", 3);
	assert_true(nexthop_iface_is_used(r->nexthops, iface));
	assert_int_equal(route_static_drop(r->routes, iface, &at, 100, &err), 0);
	assert_false(nexthop_iface_is_used(r->nexthops, iface));
	nexthop_iface_forget(r->nexthops, iface);
	/* As at first. */
	assert_int_equal(set("192.0.2.0/24", &via, 1), 0);
	testing_takes_glean(r, "192.0.2.1", 3);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(gateway_tells_the_port),
		TEST(gateway_behind_a_neighbour_route),
		TEST(port_can_be_named),
		TEST(equal_hops_are_merged),
		TEST(most_hops),
		TEST(other_types_have_no_hops),
		TEST(errors_change_nothing),
		TEST(the_routes_over_a_port_go),
		TEST(no_route_over_a_port_is_left_out),
		TEST(an_interface_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
