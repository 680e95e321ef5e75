/* SPDX-License-Identifier: BSD-3-Clause */
#include "route_testing.h"

#include "address_ctl.h"

struct testing_routes *testing_routes_create(void)
{
	struct testing_routes *r = calloc(1, sizeof(*r));

	assert_non_null(r);
	r->tables = testing_tables_create(64);
	r->nexthops = r->tables->nexthops;
	r->groups_free = nexthop_groups(r->nexthops)->n_free;
	r->routes =
		route_table_create(TESTING_ROUTES, TESTING_ROUTES, -1, r->nexthops, r->tables->rcu);
	assert_non_null(r->routes);
	return r;
}

void testing_routes_destroy(struct testing_routes *r)
{
	route_table_destroy(r->routes);
	rcu_synchronize(r->tables->rcu);
	assert_int_equal(nexthop_groups(r->nexthops)->n_free, r->groups_free);
	testing_tables_destroy(r->tables);
	free(r);
}

void testing_address(struct testing_routes *r, unsigned port, const char *addr)
{
	struct ip_prefix prefix = testing_prefix(addr);
	struct error err;

	if (address_add(r->routes, r->tables->ifaces, r->tables->p[port], &prefix, &err))
		fail_msg("%s", err.msg);
}

struct nexthop_group *testing_on_link(struct testing_routes *r, unsigned port)
{
	struct ip_addr unspecified = {.family = IP4};
	struct nexthop_path path = {
		.nh = nexthop_get(r->nexthops, r->tables->p[port], &unspecified, NULL),
		.weight = 1,
	};
	struct nexthop_group *group = nexthop_group_get(r->nexthops, &path, 1, NULL);

	assert_non_null(group);
	nexthop_put(r->nexthops, path.nh);
	return group;
}

static uint32_t group_to(const struct testing_routes *r, const char *addr)
{
	struct ip_addr dst = testing_addr(addr);

	return route_fib_lookup(r->routes, &dst);
}

void testing_takes(const struct testing_routes *r, const char *addr, enum adj_kind kind)
{
	testing_assert_kind(r->nexthops, group_to(r, addr), 0, kind);
}

void testing_takes_glean(const struct testing_routes *r, const char *addr, unsigned port)
{
	testing_takes(r, addr, ADJ_GLEAN);
	assert_int_equal(testing_adj(r->nexthops, group_to(r, addr), 0)->iface, TESTING_ID(port));
}

void testing_takes_mac(const struct testing_routes *r, const char *addr, unsigned port,
		       unsigned mac)
{
	testing_assert_rewrite(r->nexthops, group_to(r, addr), 0, mac);
	assert_int_equal(testing_adj(r->nexthops, group_to(r, addr), 0)->iface, TESTING_ID(port));
}
