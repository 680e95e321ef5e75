/* SPDX-License-Identifier: BSD-3-Clause */
#include "address_ctl.h"

#include <errno.h>
#include <string.h>

#include "own4.h"
#include "unicast.h"

/* The routes of one address: three at most. */
struct address_route {
	struct ip_prefix prefix;
	enum route_source source;
};

static unsigned routes_of(const struct ip_prefix *addr, struct address_route *routes)
{
	unsigned bits = ip_bits(&addr->addr), n = 0;
	struct ip_prefix subnet = *addr, last;

	ip_prefix_mask(&subnet);
	routes[n++] = (struct address_route){ip_prefix_host(&addr->addr), ROUTE_LOCAL};
	if (addr->len == bits)
		return n;
	routes[n++] = (struct address_route){subnet, ROUTE_CONNECTED};
	/* Both ends of a /31 (RFC 3021) or /127 (RFC 6164) are hosts. */
	if (addr->len == bits - 1)
		return n;
	last = ip_prefix_host(&subnet.addr);
	if (addr->addr.family == IP4)
		for (unsigned bit = addr->len; bit < 32; bit++)
			last.addr.bytes[bit / 8] |= (uint8_t)(0x80 >> (bit % 8));
	routes[n++] = (struct address_route){last, ROUTE_LOCAL};
	return n;
}

static struct nexthop_group *group_of(struct route_table *t, const struct iface *iface,
				      const struct address_route *r, struct error *err)
{
	struct nexthop_table *nexthops = route_nexthops(t);
	struct ip_addr on_link = {.family = r->prefix.addr.family};
	struct nexthop_group *group;
	struct nexthop_path path;

	if (r->source == ROUTE_LOCAL)
		return nexthop_group_fixed(nexthops, ADJ_INDEX_LOCAL);
	path = (struct nexthop_path){.nh = nexthop_get(nexthops, iface, &on_link, err),
				     .weight = 1};
	if (!path.nh)
		return NULL;
	group = nexthop_group_get(nexthops, &path, 1, err);
	nexthop_put(nexthops, path.nh);
	return group;
}

static int del_one(struct route_table *t, const struct iface *iface,
		   const struct address_route *route, struct error *err)
{
	/* The on-link group of the interface stands as long as the route does. */
	struct nexthop_group *group = group_of(t, iface, route, NULL);
	int ret = route_del(t, &route->prefix, route->source, group, err);

	nexthop_group_put(route_nexthops(t), group);
	return ret;
}

static int routes_add(struct route_table *t, const struct iface *iface,
		      const struct address_route *routes, unsigned n, struct error *err)
{
	for (unsigned i = 0; i < n; i++) {
		struct nexthop_group *group = group_of(t, iface, &routes[i], err);
		int ret = group ? route_add(t, &routes[i].prefix, routes[i].source, ROUTE_UNICAST,
					    group, err)
				: -ENOSPC;

		if (ret) {
			while (i--)
				del_one(t, iface, &routes[i], NULL);
			return ret;
		}
	}
	return 0;
}

/* All, or with an error none: those already deleted come back into the room they left. */
static int routes_del(struct route_table *t, const struct iface *iface,
		      const struct address_route *routes, unsigned n, struct error *err)
{
	for (unsigned i = n; i--;) {
		int ret = del_one(t, iface, &routes[i], err);

		if (ret) {
			routes_add(t, iface, &routes[i + 1], n - i - 1, NULL);
			return ret;
		}
	}
	return 0;
}

static void filter_set(struct route_table *t, const struct iface_table *ifaces)
{
	uint32_t words[OWN4_WORDS] = {0};

	for (const struct iface *iface = NULL; (iface = iface_next(ifaces, iface));) {
		for (unsigned j = 0; j < iface->n_addrs; j++) {
			rte_be32_t addr;

			if (iface->addrs[j].addr.family != IP4)
				continue;
			memcpy(&addr, iface->addrs[j].addr.bytes, sizeof(addr));
			own4_mark(words, addr);
		}
	}
	own4_store(route_own4(t), words);
}

int address_add(struct route_table *t, const struct iface_table *ifaces, struct iface *iface,
		const struct ip_prefix *addr, struct error *err)
{
	const struct iface *owner = iface_by_addr(ifaces, &addr->addr);
	struct address_route routes[3];
	char buf[IP_PREFIX_STRLEN];
	struct error expected;
	int ret;

	ip_prefix_print(addr, buf);
	ret = unicast_check_iface(addr, &expected);
	if (ret)
		return error_set(err, ret, "address %s: expected %s", buf, expected.msg);
	if (owner)
		return error_set(err, -EEXIST, "address %s: port %s has it", buf, owner->name);
	ret = iface_addr_add(iface, addr);
	if (ret)
		return error_set(err, ret, "address %s: out of memory", buf);
	ret = routes_add(t, iface, routes, routes_of(addr, routes), err);
	if (ret)
		iface_addr_del(iface, addr);
	else
		route_static_retry(t);
	filter_set(t, ifaces);
	return ret;
}

static bool has_addr(const struct iface *iface, const struct ip_prefix *addr)
{
	for (unsigned i = 0; i < iface->n_addrs; i++)
		if (ip_prefix_equal(&iface->addrs[i], addr))
			return true;
	return false;
}

int address_del(struct route_table *t, const struct iface_table *ifaces, struct iface *iface,
		const struct ip_prefix *addr, struct error *err)
{
	struct address_route routes[3];
	char buf[IP_PREFIX_STRLEN];
	int ret;

	ip_prefix_print(addr, buf);
	if (ip_addr_is_link_local6(&addr->addr))
		return error_set(err, -EINVAL, "address %s: a link-local address stays", buf);
	if (!has_addr(iface, addr))
		return error_set(err, -ENOENT, "port %s does not have the address %s", iface->name,
				 buf);
	ret = routes_del(t, iface, routes, routes_of(addr, routes), err);
	if (ret)
		return error_prefix(err, ret, "address %s", buf);
	iface_addr_del(iface, addr);
	filter_set(t, ifaces);
	return 0;
}
