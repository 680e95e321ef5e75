/* SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>

#include "check.h"
#include "unicast.h"

/* What neither a gateway nor a neighbour can be: one of the router's own addresses, or one that no
 * host of its subnet has. via: the interface named, or NULL. */
static int check_peer(const struct check *c, const struct ip_addr *addr, const struct index_l3 *via)
{
	const struct index_address *own = index_own(&c->index, addr, via);
	const struct index_address *near = index_subnet(&c->index, addr);
	const char *not_host = near ? unicast_not_host(&near->subnet, addr) : NULL;

	if (own)
		return reader_expected_field(c->reader, addr,
					     "another host's address, not the router's own on '%s'",
					     own->l3->l3.name);
	if (not_host)
		return reader_expected_field(c->reader, addr,
					     "a host's address, not %s of the subnet on '%s'",
					     not_host, near->l3->l3.name);
	return 0;
}

/* An interface without an address of the family: it may get one while the daemon runs, and with it
 * the subnet that a gateway waits for. */
static bool is_address_to_come(const struct index *idx, uint8_t family)
{
	for (unsigned i = 0; i < idx->n_l3s; i++) {
		const struct config_l3 *l3 = &idx->l3s[i].l3;
		bool has = false;

		for (unsigned j = 0; j < l3->n_addresses; j++)
			has |= l3->addresses[j].addr.family == family;
		if (!has && !idx->l3s[i].of)
			return true;
	}
	return false;
}

/* The port of a gateway can be left out where a subnet tells it. */
static int check_implied_port(const struct check *c, const struct ip_addr *gateway)
{
	if (ip_addr_is_link_local6(gateway))
		return reader_expected_field(c->reader, gateway,
					     "a 'port' beside a link-local address");
	if (!index_subnet(&c->index, gateway) && !is_address_to_come(&c->index, gateway->family))
		return reader_expected_field(
			c->reader, gateway, "an address in a port's subnet, or a 'port' beside it");
	return 0;
}

static int check_gateway(const struct check *c, const struct config_route *route,
			 const struct config_nexthop *hop)
{
	const struct index_l3 *via = *hop->port ? index_named(&c->index, hop->port) : NULL;
	int ret;

	if (hop->gateway.family != route->to.addr.family)
		return reader_expected_field(c->reader, &hop->gateway,
					     "an IPv%u address as in 'to'", route->to.addr.family);
	ret = check_peer(c, &hop->gateway, via);
	if (ret || via)
		return ret;
	return check_implied_port(c, &hop->gateway);
}

static int check_nexthop(const struct check *c, const struct config_route *route,
			 const struct config_nexthop *hop)
{
	int ret = 0;

	if (!hop->has_gateway && !*hop->port)
		return reader_refuse_field(c->reader, hop,
					   "found no next hop, expected a 'gateway' or a 'port'");
	if (*hop->port)
		ret = check_l3_name(c, hop->port, NULL);
	if (!ret && hop->has_gateway)
		ret = check_gateway(c, route, hop);
	return ret;
}

static int check_unicast(const struct check *c, const struct config_route *route)
{
	int ret = 0;

	if (!route->n_via)
		return reader_refuse_field(c->reader, route,
					   "found no next hop, expected 'via', 'port' or a 'type' "
					   "other than unicast");
	if (*route->port)
		ret = check_l3_name(c, route->port, NULL);
	for (unsigned i = 0; !ret && i < route->n_via; i++)
		ret = check_nexthop(c, route, &route->via[i]);
	return ret;
}

static int check_route(const struct check *c, const struct config_route *route)
{
	const char *type = route_type_print(route->type);

	if (route->type == ROUTE_UNICAST)
		return check_unicast(c, route);
	if (route->n_via)
		return reader_expected_field(c->reader, &route->via,
					     "no 'via' in a route of type %s", type);
	if (*route->port)
		return reader_expected_field(c->reader, route->port,
					     "no 'port' in a route of type %s", type);
	return 0;
}

int check_routes(const struct check *c)
{
	const struct config_route *routes = c->cfg->routes;
	int ret = 0;

	for (unsigned i = 0; !ret && i < c->cfg->n_routes; i++)
		ret = check_route(c, &routes[i]);
	if (ret || !routes)
		return ret;
	return check_array(c, &routes->to, sizeof(*routes), c->cfg->n_routes, sizeof(routes->to),
			   "a prefix");
}

#define NEIGHBOUR_KEY_LEN (sizeof(struct ip_addr) + CONFIG_NAME_LEN)

static_assert(offsetof(struct config_neighbour, port) ==
		      offsetof(struct config_neighbour, address) + sizeof(struct ip_addr),
	      "address and port are one key");

int check_neighbours(const struct check *c)
{
	const struct config_neighbour *list = c->cfg->neighbours;
	int ret = 0;

	for (unsigned i = 0; !ret && i < c->cfg->n_neighbours; i++) {
		const struct index_l3 *via = NULL;

		ret = check_l3_name(c, list[i].port, &via);
		if (!ret)
			ret = check_peer(c, &list[i].address, via);
	}
	if (ret || !list)
		return ret;
	return check_array(c, &list->address, sizeof(*list), c->cfg->n_neighbours,
			   NEIGHBOUR_KEY_LEN, "a neighbour of the port");
}
