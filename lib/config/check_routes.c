/* SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>

#include "check.h"
#include "unicast.h"

/* What neither a gateway nor a neighbour can be: one of the router's own addresses, or one that no
 * host of its subnet has. port: the one named, or NULL. */
static int check_peer(const struct check *c, const struct ip_addr *addr,
		      const struct config_port *port)
{
	const struct index_address *own = index_own(&c->index, addr, port);
	const struct index_address *near = index_subnet(&c->index, addr);
	const char *not_host = near ? unicast_not_host(&near->subnet, addr) : NULL;

	if (own)
		return reader_expected_field(c->reader, addr,
					     "another host's address, not the router's own on '%s'",
					     own->port->name);
	if (not_host)
		return reader_expected_field(c->reader, addr,
					     "a host's address, not %s of the subnet on '%s'",
					     not_host, near->port->name);
	return 0;
}

/* A port without an address of the family: it may get one while the daemon runs, and with it the
 * subnet that a gateway waits for. */
static bool is_address_to_come(const struct config *cfg, uint8_t family)
{
	for (unsigned i = 0; i < cfg->n_ports; i++) {
		const struct config_port *port = &cfg->ports[i];
		bool has = false;

		for (unsigned j = 0; j < port->n_addresses; j++)
			has |= port->addresses[j].addr.family == family;
		if (!has)
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
	if (!index_subnet(&c->index, gateway) && !is_address_to_come(c->cfg, gateway->family))
		return reader_expected_field(
			c->reader, gateway, "an address in a port's subnet, or a 'port' beside it");
	return 0;
}

static int check_gateway(const struct check *c, const struct config_route *route,
			 const struct config_nexthop *hop)
{
	const struct config_port *port = *hop->port ? index_port(&c->index, hop->port) : NULL;
	int ret;

	if (hop->gateway.family != route->to.addr.family)
		return reader_expected_field(c->reader, &hop->gateway,
					     "an IPv%u address as in 'to'", route->to.addr.family);
	ret = check_peer(c, &hop->gateway, port);
	if (ret || port)
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
		ret = check_port_name(c, hop->port);
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
		ret = check_port_name(c, route->port);
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
		ret = check_port_name(c, list[i].port);
		if (!ret)
			ret = check_peer(c, &list[i].address, index_port(&c->index, list[i].port));
	}
	if (ret || !list)
		return ret;
	return check_array(c, &list->address, sizeof(*list), c->cfg->n_neighbours,
			   NEIGHBOUR_KEY_LEN, "a neighbour of the port");
}
