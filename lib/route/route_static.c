/* SPDX-License-Identifier: BSD-3-Clause */
/* Static routes: from gateways to groups of next hops. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "route_ctl.h"
#include "unicast.h"

/* The interface with an address whose subnet holds addr, by the longest of several, or NULL. Looks
 * for each length, which takes its time: for sentences only. */
static const struct iface *subnet_iface(const struct route_table *t, const struct ip_addr *addr)
{
	for (unsigned len = ip_bits(addr) - 1; len; len--) {
		struct ip_prefix subnet = {.addr = *addr, .len = (uint8_t)len};
		const struct nexthop_path *path;
		const struct route *route;

		ip_prefix_mask(&subnet);
		route = route_get(t, &subnet);
		if (!route || route->source != ROUTE_CONNECTED)
			continue;
		nexthop_group_paths(route->group, &path);
		return nexthop_iface(path[0].nh);
	}
	return NULL;
}

/* Why addr is no host's in the longest subnet of the interface that holds it, or NULL. */
static const char *not_host_of(const struct iface *iface, const struct ip_addr *addr)
{
	const struct ip_prefix *longest = NULL;

	for (unsigned i = 0; i < iface->n_addrs; i++)
		if (ip_prefix_contains(&iface->addrs[i], addr) &&
		    (!longest || longest->len < iface->addrs[i].len))
			longest = &iface->addrs[i];
	return longest ? unicast_not_host(longest, addr) : NULL;
}

static bool has_addr(const struct iface *iface, const struct ip_addr *addr)
{
	for (unsigned i = 0; i < iface->n_addrs; i++)
		if (ip_addr_equal(&iface->addrs[i].addr, addr))
			return true;
	return false;
}

/* What the configuration's check says, of the addresses as they are now. iface: the one named, or
 * NULL. *out is the interface that it is reached by. */
static int check_gateway(const struct route_table *t, const struct ip_addr *gateway,
			 const struct iface *iface, const struct iface **out, struct error *err)
{
	const struct route *route = route_match(t, gateway);
	bool local = route && route->source == ROUTE_LOCAL;
	const struct iface *near = local ? subnet_iface(t, gateway) : route_on_link(t, gateway);
	const char *not = unicast_not(gateway);

	if (not )
		return error_set(err, -EINVAL, "expected a unicast address, not %s", not );
	not = near ? not_host_of(near, gateway) : NULL;
	if (not )
		return error_set(err, -EINVAL,
				 "expected a host's address, not %s of the subnet on '%s'", not,
				 near->name);
	if (local || (iface && has_addr(iface, gateway)))
		return error_set(err, -EINVAL,
				 "expected another host's address, not the router's own");
	*out = iface ? iface : near;
	if (*out)
		return 0;
	if (ip_addr_is_link_local6(gateway))
		return error_set(err, -EINVAL, "expected a 'port' beside a link-local address");
	return error_set(err, -EINVAL,
			 "expected an address in a port's subnet, or a 'port' beside it");
}

static int resolve_hop(struct route_table *t, struct nexthop_table *nexthops,
		       const struct ip_prefix *prefix, const struct route_hop *hop,
		       struct nexthop **nh, struct error *err)
{
	struct ip_addr gateway = {.family = prefix->addr.family};
	const struct iface *iface = hop->iface;
	char buf[IP_ADDR_STRLEN];
	int ret;

	if (hop->has_gateway) {
		gateway = hop->gateway;
		if (gateway.family != prefix->addr.family)
			return error_set(err, -EINVAL,
					 "gateway %s is of another family than the destination",
					 ip_addr_print(&gateway, buf));
		ret = check_gateway(t, &gateway, iface, &iface, err);
		if (ret)
			return error_prefix(err, ret, "gateway %s", ip_addr_print(&gateway, buf));
	}
	if (!iface)
		return error_set(err, -EINVAL, "expected a gateway or a port");
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

static int group_of(struct route_table *t, struct nexthop_table *nexthops,
		    const struct ip_prefix *prefix, const struct route_hop *hops, unsigned n,
		    struct nexthop_group **group, struct error *err)
{
	struct nexthop_path paths[GROUP_PATHS_MAX] = {0};
	unsigned n_paths = 0;
	int ret = 0;

	for (unsigned i = 0; i < n; i++) {
		struct nexthop *nh = NULL;

		ret = resolve_hop(t, nexthops, prefix, &hops[i], &nh, err);
		if (ret)
			goto out;
		n_paths = merge_path(nexthops, paths, n_paths, nh, hops[i].weight);
	}
	*group = nexthop_group_get(nexthops, paths, n_paths, err);
	ret = *group ? 0 : -ENOSPC;
out:
	/* The group has references of its own. */
	for (unsigned i = 0; i < n_paths; i++)
		nexthop_put(nexthops, paths[i].nh);
	return ret;
}

/* Add or replace in the tables; what waits for the prefix is left alone. */
static int set_now(struct route_table *t, const struct ip_prefix *prefix, enum route_type type,
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
	int ret = 0;

	if (n > GROUP_PATHS_MAX || (type == ROUTE_UNICAST && !n))
		return error_set(err, -EINVAL, "route %s: %u next hops, expected 1 to %u",
				 ip_prefix_print(prefix, buf), n, GROUP_PATHS_MAX);
	if (type == ROUTE_UNICAST)
		ret = group_of(t, nexthops, prefix, hops, n, &group, err);
	else
		group = nexthop_group_fixed(nexthops, fixed[type]);
	if (ret)
		return error_prefix(err, ret, "route %s", ip_prefix_print(prefix, buf));
	return route_add(t, prefix, ROUTE_STATIC, type, group, err);
}

int route_static_set(struct route_table *t, const struct ip_prefix *prefix, enum route_type type,
		     const struct route_hop *hops, unsigned n, struct error *err)
{
	int ret = set_now(t, prefix, type, hops, n, err);

	if (!ret)
		route_static_forget(t, prefix);
	return ret;
}

/* A route some of whose hops wait: all of them, because it is set as a whole. */
struct route_waiting {
	struct route_waiting *next;
	struct ip_prefix prefix;
	unsigned n;
	struct route_hop hops[];
};

bool route_static_forget(struct route_table *t, const struct ip_prefix *prefix)
{
	struct route_waiting **at = route_waiting(t);
	bool found = false;

	while (*at) {
		struct route_waiting *w = *at;

		if (prefix && !ip_prefix_equal(&w->prefix, prefix)) {
			at = &w->next;
			continue;
		}
		*at = w->next;
		free(w);
		found = true;
	}
	return found;
}

/* Set what can be set of the hops. Returns the number of those that cannot, or -errno. */
static int set_reachable(struct route_table *t, const struct ip_prefix *prefix,
			 const struct route_hop *hops, unsigned n, struct error *err)
{
	struct route_hop ready[GROUP_PATHS_MAX];
	unsigned n_ready = 0;
	int ret = 0;

	for (unsigned i = 0; i < n; i++)
		if (hops[i].iface || route_on_link(t, &hops[i].gateway))
			ready[n_ready++] = hops[i];
	if (n_ready)
		ret = set_now(t, prefix, ROUTE_UNICAST, ready, n_ready, err);
	return ret ? ret : (int)(n - n_ready);
}

int route_static_want(struct route_table *t, const struct ip_prefix *prefix,
		      const struct route_hop *hops, unsigned n, struct error *err)
{
	struct route_waiting *w;
	int waits;

	if (n > GROUP_PATHS_MAX)
		return error_set(err, -EINVAL, "%u next hops, at most %u are possible", n,
				 GROUP_PATHS_MAX);
	waits = set_reachable(t, prefix, hops, n, err);
	if (waits < 0)
		return waits;
	route_static_forget(t, prefix);
	if (!waits)
		return 0;
	w = malloc(sizeof(*w) + n * sizeof(*hops));
	if (!w)
		return error_set(err, -ENOMEM, "out of memory");
	*w = (struct route_waiting){.next = *route_waiting(t), .prefix = *prefix, .n = n};
	memcpy(w->hops, hops, n * sizeof(*hops));
	*route_waiting(t) = w;
	return waits;
}

void route_static_retry(struct route_table *t)
{
	struct route_waiting **at = route_waiting(t);

	while (*at) {
		struct route_waiting *w = *at;

		if (set_reachable(t, &w->prefix, w->hops, w->n, NULL) != 0) {
			at = &w->next;
			continue;
		}
		*at = w->next;
		free(w);
	}
}

static void drop_waiting(struct route_table *t, const struct iface *iface)
{
	for (struct route_waiting *w = *route_waiting(t); w; w = w->next) {
		unsigned n = 0;

		for (unsigned i = 0; i < w->n; i++)
			if (w->hops[i].iface != iface)
				w->hops[n++] = w->hops[i];
		w->n = n;
	}
}

/* The source's own route in the chain, or NULL. */
static const struct route *static_of(const struct route *route)
{
	while (route && route->source != ROUTE_STATIC)
		route = route->next;
	return route;
}

/* Without its paths by the interface. */
static int drop_paths(struct route_table *t, const struct iface *iface,
		      const struct ip_prefix *prefix, const struct route *route, struct error *err)
{
	struct nexthop_table *nexthops = route_nexthops(t);
	struct nexthop_path left[GROUP_PATHS_MAX];
	const struct nexthop_path *paths;
	unsigned n = nexthop_group_paths(route->group, &paths), n_left = 0;
	struct nexthop_group *group;

	for (unsigned i = 0; i < n; i++)
		if (nexthop_iface(paths[i].nh) != iface)
			left[n_left++] = paths[i];
	if (n_left == n)
		return 0;
	/* Where there is no room for another group, fewer ways are none: the packets must not go
	 * where nobody is. */
	group = n_left ? nexthop_group_get(nexthops, left, n_left, NULL) : NULL;
	if (!group)
		return route_del(t, prefix, ROUTE_STATIC, NULL, err);
	return route_add(t, prefix, ROUTE_STATIC, ROUTE_UNICAST, group, err);
}

int route_static_drop(struct route_table *t, const struct iface *iface, struct ip_prefix *at,
		      unsigned budget, struct error *err)
{
	static const struct ip_prefix all[] = {{.addr.family = IP4}, {.addr.family = IP6}};
	const struct route *route;

	if (!at->addr.family)
		drop_waiting(t, iface);
	for (int family = at->addr.family == IP6; family < 2; family++) {
		struct ip_prefix next = *at;

		while (route_next(t, &all[family], &next, &route)) {
			const struct route *own = static_of(route);
			int ret = own ? drop_paths(t, iface, &next, own, err) : 0;

			if (ret)
				return ret;
			*at = next;
			if (!--budget)
				return 1;
		}
		*at = (struct ip_prefix){0};
	}
	return 0;
}
