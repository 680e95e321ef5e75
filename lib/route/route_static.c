/* SPDX-License-Identifier: BSD-3-Clause */
/* Static routes: from gateways to groups of next hops. */
#include <errno.h>
#include <string.h>

#include "route_ctl.h"

/* The interface whose subnet holds the gateway. */
static const struct iface *on_link_iface(const struct route_table *t, const struct ip_addr *addr)
{
	const struct route *route = route_match(t, addr);
	struct ip_prefix host = ip_prefix_host(addr);
	const struct nexthop_path *paths;

	if (route && route->source == ROUTE_NEIGHBOUR)
		route = route_cover(t, &host);
	if (!route || nexthop_group_paths(route->group, &paths) != 1 ||
	    !ip_addr_is_unspecified(nexthop_gateway(paths[0].nh)))
		return NULL;
	return nexthop_iface(paths[0].nh);
}

static int resolve_hop(struct route_table *t, struct nexthop_table *nexthops,
		       const struct ip_prefix *prefix, const struct route_hop *hop,
		       struct nexthop **nh, struct error *err)
{
	struct ip_addr gateway = {.family = prefix->addr.family};
	const struct iface *iface = hop->iface;
	char buf[IP_ADDR_STRLEN];

	if (hop->has_gateway) {
		const struct route *route = route_match(t, &hop->gateway);

		gateway = hop->gateway;
		if (gateway.family != prefix->addr.family)
			return error_set(err, -EINVAL,
					 "gateway %s is of another family than the destination",
					 ip_addr_print(&gateway, buf));
		if (route && route->source == ROUTE_LOCAL)
			return error_set(err, -EINVAL, "gateway %s is the router's own address",
					 ip_addr_print(&gateway, buf));
		if (!iface)
			iface = on_link_iface(t, &gateway);
	}
	if (!iface)
		return error_set(err, -EINVAL, "gateway %s is in the subnet of no port",
				 ip_addr_print(&gateway, buf));
	*nh = nexthop_get(nexthops, iface, &gateway, err);
	return *nh ? 0 : -ENOSPC;
}

/* Hops that come to the same next hop are one path with the weights of both. */
static unsigned merge_path(struct nexthop_table *nexthops, struct nexthop_path *paths, unsigned n,
			   struct nexthop *nh, uint32_t weight)
{
	for (unsigned i = 0; i < n; i++)
		if (paths[i].nh == nh) {
			paths[i].weight += weight;
			nexthop_put(nexthops, nh);
			return n;
		}
	paths[n] = (struct nexthop_path){.nh = nh, .weight = weight};
	return n + 1;
}

static struct nexthop_group *group_of(struct route_table *t, struct nexthop_table *nexthops,
				      const struct ip_prefix *prefix, const struct route_hop *hops,
				      unsigned n, struct error *err)
{
	struct nexthop_path paths[GROUP_PATHS_MAX] = {0};
	struct nexthop_group *group = NULL;
	unsigned n_paths = 0;

	for (unsigned i = 0; i < n; i++) {
		struct nexthop *nh = NULL;

		if (resolve_hop(t, nexthops, prefix, &hops[i], &nh, err))
			goto out;
		n_paths = merge_path(nexthops, paths, n_paths, nh, hops[i].weight);
	}
	group = nexthop_group_get(nexthops, paths, n_paths, err);
out:
	/* The group has references of its own. */
	for (unsigned i = 0; i < n_paths; i++)
		nexthop_put(nexthops, paths[i].nh);
	return group;
}

int route_static_set(struct route_table *t, const struct ip_prefix *prefix, enum route_type type,
		     const struct route_hop *hops, unsigned n, struct error *err)
{
	static const enum adj_fixed fixed[] = {
		[ROUTE_BLACKHOLE] = ADJ_INDEX_BLACKHOLE,
		[ROUTE_UNREACHABLE] = ADJ_INDEX_UNREACHABLE,
		[ROUTE_PROHIBIT] = ADJ_INDEX_PROHIBIT,
	};
	struct nexthop_table *nexthops = route_nexthops(t);
	char buf[IP_PREFIX_STRLEN];
	struct nexthop_group *group;

	if (n > GROUP_PATHS_MAX)
		return error_set(err, -EINVAL, "%u next hops, at most %u are possible", n,
				 GROUP_PATHS_MAX);
	if (type == ROUTE_UNICAST)
		group = group_of(t, nexthops, prefix, hops, n, err);
	else
		group = nexthop_group_fixed(nexthops, fixed[type]);
	if (!group)
		return error_prefix(err, -EINVAL, "route %s", ip_prefix_print(prefix, buf));
	return route_add(t, prefix, ROUTE_STATIC, type, group, err);
}
