/* SPDX-License-Identifier: BSD-3-Clause */
#include "neigh_ctl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_byteorder.h>

#include "log.h"
#include "rib.h"
#include "unicast.h"

struct neigh_table {
	struct rib *by_addr[2]; /* IPv4, IPv6: chains of struct neigh */
	struct route_table *routes;
	struct nexthop_table *nexthops;
	uint32_t n;
	uint32_t max;
	uint64_t refused;
	uint64_t returns; /* neighbours that went */
	bool unrouted[2]; /* IPv4, IPv6: some lack the host route that they should have */
};

static struct rib *rib_of(const struct neigh_table *t, const struct ip_addr *addr)
{
	return t->by_addr[addr->family == IP6];
}

static struct rib_prefix rib_prefix_of(const struct ip_prefix *p)
{
	uint64_t words[2];

	memcpy(words, p->addr.bytes, sizeof(words));
	return (struct rib_prefix){.key = {rte_be_to_cpu_64(words[0]), rte_be_to_cpu_64(words[1])},
				   .len = p->len};
}

static struct ip_addr addr_of(const struct rib_prefix *p, uint8_t family)
{
	uint64_t words[2] = {rte_cpu_to_be_64(p->key.hi), rte_cpu_to_be_64(p->key.lo)};
	struct ip_addr addr = {.family = family};

	memcpy(addr.bytes, words, sizeof(words));
	return addr;
}

/* Put the host route of the neighbour into the FIB, or take it out. */
static int set_host_route(struct neigh_table *t, struct neigh *neigh, bool in_fib,
			  struct error *err)
{
	struct ip_prefix host = ip_prefix_host(nexthop_gateway(neigh->nh));
	struct nexthop_path path = {.nh = neigh->nh, .weight = 1};
	struct nexthop_group *group = nexthop_group_get(t->nexthops, &path, 1, err);
	int ret;

	if (!group)
		return -ENOSPC;
	if (in_fib) {
		ret = route_add(t->routes, &host, ROUTE_NEIGHBOUR, ROUTE_UNICAST, group, err);
	} else {
		ret = route_del(t->routes, &host, ROUTE_NEIGHBOUR, group, err);
		nexthop_group_put(t->nexthops, group);
	}
	if (!ret)
		neigh->in_fib = in_fib;
	return ret;
}

/* The host route follows from whether packets to the neighbour leave on link by its interface. */
static int reconcile(struct neigh_table *t, struct neigh *neigh, struct error *err)
{
	bool want =
		route_on_link(t->routes, nexthop_gateway(neigh->nh)) == nexthop_iface(neigh->nh);

	return want == neigh->in_fib ? 0 : set_host_route(t, neigh, want, err);
}

static struct neigh *next_chain(const struct neigh_table *t, struct ip_addr *at)
{
	static const struct rib_prefix all;

	for (int family = at->family == IP6; family < 2; family++) {
		struct ip_prefix host = ip_prefix_host(at);
		struct rib_prefix after = rib_prefix_of(&host);
		bool started = at->family == (family ? IP6 : IP4);
		const struct rib_node *node =
			rib_next(t->by_addr[family], &all, started ? &after : NULL);

		if (node) {
			struct rib_prefix found = {.key = node->key, .len = node->len};

			*at = addr_of(&found, family ? IP6 : IP4);
			return node->user;
		}
	}
	return NULL;
}

/* There may be room for the host routes that found none. */
static void route_rest(struct neigh_table *t, uint8_t family)
{
	bool *unrouted = &t->unrouted[family == IP6];
	struct ip_addr at = {.family = family};
	struct neigh *neigh;

	if (!*unrouted || !route_has_own_room(t->routes, family) || !nexthop_has_room(t->nexthops))
		return;
	while ((neigh = next_chain(t, &at)) && at.family == family)
		for (; neigh; neigh = neigh->next)
			if (reconcile(t, neigh, NULL))
				return;
	*unrouted = false;
}

/* A route has changed: look again at the neighbours whose packets it could take. */
static void routes_changed(void *ctx, const struct ip_prefix *prefix)
{
	struct neigh_table *t = ctx;
	struct rib_prefix range = rib_prefix_of(prefix);
	const struct rib_node *node = NULL;
	struct rib_prefix at;

	while ((node = rib_next(rib_of(t, &prefix->addr), &range, node ? &at : NULL))) {
		at = (struct rib_prefix){.key = node->key, .len = node->len};
		for (struct neigh *neigh = node->user; neigh; neigh = neigh->next) {
			struct error err;

			if (!reconcile(t, neigh, &err))
				continue;
			if (!t->unrouted[prefix->addr.family == IP6])
				log_warn("neighbour left without its host route: %s", err.msg);
			t->unrouted[prefix->addr.family == IP6] = true;
		}
	}
	route_rest(t, prefix->addr.family);
}

struct neigh_table *neigh_table_create(struct route_table *routes, uint32_t max)
{
	struct neigh_table *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->routes = routes;
	t->nexthops = route_nexthops(routes);
	t->max = max;
	t->by_addr[0] = rib_create(max);
	t->by_addr[1] = rib_create(max);
	if (!t->by_addr[0] || !t->by_addr[1]) {
		neigh_table_destroy(t);
		errno = ENOMEM;
		return NULL;
	}
	route_on_change(routes, routes_changed, t);
	return t;
}

static void neigh_free(struct neigh_table *t, struct neigh *neigh)
{
	nexthop_unresolve(t->nexthops, neigh->nh);
	nexthop_put(t->nexthops, neigh->nh);
	free(neigh);
	t->n--;
}

void neigh_table_destroy(struct neigh_table *t)
{
	struct ip_addr at = {0};

	if (!t)
		return;
	route_on_change(t->routes, NULL, NULL);
	if (t->by_addr[0] && t->by_addr[1])
		while (neigh_next(t, &at)) {
			struct ip_prefix host = ip_prefix_host(&at);
			struct rib_prefix key = rib_prefix_of(&host);
			struct neigh *neigh = rib_get(rib_of(t, &at), &key)->user;

			while (neigh) {
				struct neigh *next = neigh->next;

				neigh_free(t, neigh);
				neigh = next;
			}
		}
	rib_destroy(t->by_addr[0]);
	rib_destroy(t->by_addr[1]);
	free(t);
}

/* The chain of an address, and in it the neighbour on the interface, or NULL. */
static struct neigh *find(const struct neigh_table *t, const struct iface *iface,
			  const struct rib_prefix *key, const struct ip_addr *addr,
			  struct neigh **chain)
{
	const struct rib_node *node = rib_get(rib_of(t, addr), key);
	struct neigh *neigh;

	*chain = node ? node->user : NULL;
	for (neigh = *chain; neigh; neigh = neigh->next)
		if (nexthop_iface(neigh->nh) == iface)
			break;
	return neigh;
}

const struct neigh *neigh_get(const struct neigh_table *t, const struct iface *iface,
			      const struct ip_addr *addr)
{
	struct ip_prefix host = ip_prefix_host(addr);
	struct rib_prefix key = rib_prefix_of(&host);
	struct neigh *chain;

	return find(t, iface, &key, addr, &chain);
}

uint32_t neigh_count(const struct neigh_table *t)
{
	return t->n;
}

void neigh_usage(const struct neigh_table *t, struct usage *usage)
{
	*usage = (struct usage){.used = t->n, .max = t->max, .refused = t->refused};
}

static int check(const struct neigh_table *t, const struct ip_addr *addr,
		 const struct mac_addr *mac, struct error *err)
{
	const struct route *route = route_match(t->routes, addr);
	const char *refusal = unicast_not(addr);
	char buf[MAC_STRLEN];

	if (!mac_is_unicast(mac))
		return error_set(err, -EINVAL, "%s is not the MAC address of one interface",
				 mac_print(mac, buf));
	if (refusal)
		return error_set(err, -EINVAL, "expected the address of one host, not %s", refusal);
	if (route && route->source == ROUTE_LOCAL)
		return error_set(err, -EINVAL, "it is the router's own address");
	return 0;
}

static int neigh_new(struct neigh_table *t, const struct iface *iface, const struct ip_addr *addr,
		     const struct rib_prefix *key, struct neigh *chain, const struct mac_addr *mac,
		     struct error *err)
{
	struct neigh *neigh = calloc(1, sizeof(*neigh));
	int ret;

	if (!neigh)
		return error_set(err, -ENOMEM, "out of memory");
	if (t->n == t->max) {
		free(neigh);
		t->refused++;
		return error_set(err, -ENOSPC,
				 "the table of neighbours is full (limits.neighbours: %u)", t->max);
	}
	t->n++;
	neigh->nh = nexthop_get(t->nexthops, iface, addr, err);
	if (!neigh->nh) {
		t->n--;
		free(neigh);
		return -ENOSPC;
	}
	ret = nexthop_resolve(t->nexthops, neigh->nh, mac, err);
	if (!ret)
		ret = reconcile(t, neigh, err);
	neigh->next = chain;
	if (!ret && rib_add(rib_of(t, addr), key, 0, neigh)) {
		ret = error_set(err, -ENOMEM, "out of memory");
		if (neigh->in_fib)
			set_host_route(t, neigh, false, NULL);
	}
	if (ret)
		neigh_free(t, neigh);
	return ret;
}

int neigh_set(struct neigh_table *t, const struct iface *iface, const struct ip_addr *addr,
	      const struct mac_addr *mac, struct error *err)
{
	struct ip_prefix host = ip_prefix_host(addr);
	struct rib_prefix key = rib_prefix_of(&host);
	struct neigh *chain, *neigh = find(t, iface, &key, addr, &chain);
	char buf[IP_ADDR_STRLEN];
	int ret = check(t, addr, mac, err);

	if (!ret)
		ret = neigh ? nexthop_resolve(t->nexthops, neigh->nh, mac, err)
			    : neigh_new(t, iface, addr, &key, chain, mac, err);
	return ret ? error_prefix(err, ret, "neighbour %s", ip_addr_print(addr, buf)) : 0;
}

int neigh_unset(struct neigh_table *t, const struct iface *iface, const struct ip_addr *addr,
		struct error *err)
{
	struct ip_prefix host = ip_prefix_host(addr);
	struct rib_prefix key = rib_prefix_of(&host);
	struct neigh *chain, *neigh = find(t, iface, &key, addr, &chain);
	char buf[IP_ADDR_STRLEN];
	int ret = 0;

	if (!neigh)
		return error_set(err, -ENOENT, "port %s has no neighbour %s", iface->name,
				 ip_addr_print(addr, buf));
	if (neigh->in_fib)
		ret = set_host_route(t, neigh, false, err);
	if (ret)
		return error_prefix(err, ret, "neighbour %s", ip_addr_print(addr, buf));
	if (chain == neigh && !neigh->next) {
		rib_del(rib_of(t, addr), &key);
	} else if (chain == neigh) {
		rib_add(rib_of(t, addr), &key, 0, neigh->next); /* replacing does not fail */
	} else {
		while (chain->next != neigh)
			chain = chain->next;
		chain->next = neigh->next;
	}
	neigh_free(t, neigh);
	route_rest(t, addr->family);
	return 0;
}

const struct neigh *neigh_next(const struct neigh_table *t, struct ip_addr *at)
{
	return next_chain(t, at);
}

int neigh_unset_all(struct neigh_table *t, const struct iface *iface, struct error *err)
{
	struct ip_addr at = {0};
	const struct neigh *neigh;

	while ((neigh = neigh_next(t, &at))) {
		int ret;

		while (neigh && nexthop_iface(neigh->nh) != iface)
			neigh = neigh->next;
		ret = neigh ? neigh_unset(t, iface, &at, err) : 0;
		if (ret)
			return ret;
	}
	return 0;
}
