/* SPDX-License-Identifier: BSD-3-Clause */
#include "route_ctl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fib4.h"
#include "fib6.h"
#include "own4.h"
#include "rcu.h"
#include "route_chain.h"

struct route_table {
	struct fib4 *fib4;
	struct fib6 *fib6;
	struct nexthop_table *nexthops;
	uint32_t max_routes4;
	uint32_t max_routes6;
	route_changed_fn changed;
	void *changed_ctx;
	struct route_waiting *waiting;
	uint32_t n_linux[2]; /* routes of the kernel: IPv4, IPv6 */
	uint32_t n_no_room[2];
	uint32_t reserve;    /* prefixes of each family */
	uint64_t refused[2]; /* for which there was room in the reserve alone */
	uint32_t own4[OWN4_WORDS] __rte_cache_aligned;
};

struct route_table *route_table_create(uint32_t max_routes4, uint32_t max_routes6, int numa_node,
				       struct nexthop_table *nexthops, struct rcu *rcu)
{
	struct route_table *t = aligned_alloc(RTE_CACHE_LINE_SIZE, sizeof(*t));

	if (!t)
		return NULL;
	memset(t, 0, sizeof(*t));
	t->nexthops = nexthops;
	t->max_routes4 = max_routes4;
	t->max_routes6 = max_routes6;
	t->fib4 = fib4_create(rcu, max_routes4, numa_node);
	t->fib6 = fib6_create(rcu, max_routes6, numa_node);
	if (!t->fib4 || !t->fib6) {
		route_table_destroy(t);
		errno = ENOMEM;
		return NULL;
	}
	return t;
}

void route_chain_free(struct route_table *t, struct route *route)
{
	while (route) {
		struct route *next = route->next;

		nexthop_group_put(t->nexthops, route->group);
		free(route);
		route = next;
	}
}

/* Nobody looks up any more: the FIBs, whose order the walk follows, go as a whole after it. */
static void free_chains(struct route_table *t)
{
	struct fib4_route r4;
	struct fib6_route r6;

	for (bool more = t->fib4 && fib4_next(t->fib4, NULL, NULL, &r4); more;
	     more = fib4_next(t->fib4, NULL, &r4.prefix, &r4))
		route_chain_free(t, r4.user);
	for (bool more = t->fib6 && fib6_next(t->fib6, NULL, NULL, &r6); more;
	     more = fib6_next(t->fib6, NULL, &r6.prefix, &r6))
		route_chain_free(t, r6.user);
}

void route_table_destroy(struct route_table *t)
{
	if (!t)
		return;
	free_chains(t);
	route_static_forget(t, NULL);
	fib4_destroy(t->fib4);
	fib6_destroy(t->fib6);
	free(t);
}

void route_reserve(struct route_table *t, uint32_t prefixes)
{
	t->reserve = prefixes;
}

static void fib_stats_of(const struct route_table *t, uint8_t family, struct fib_stats *stats)
{
	if (family == IP4)
		fib4_stats(t->fib4, stats);
	else
		fib6_stats(t->fib6, stats);
}

void route_usage(const struct route_table *t, uint8_t family, struct usage *usage)
{
	struct fib_stats stats;

	fib_stats_of(t, family, &stats);
	*usage = (struct usage){.used = stats.routes,
				.max = stats.max_routes - t->reserve,
				.refused = stats.refused + t->refused[family == IP6]};
}

bool route_has_room(const struct route_table *t, uint8_t family)
{
	struct usage usage;

	route_usage(t, family, &usage);
	return usage.used < usage.max;
}

bool route_has_own_room(const struct route_table *t, uint8_t family)
{
	struct fib_stats stats;

	fib_stats_of(t, family, &stats);
	return stats.routes < stats.max_routes;
}

void route_on_change(struct route_table *t, route_changed_fn changed, void *ctx)
{
	t->changed = changed;
	t->changed_ctx = ctx;
}

struct nexthop_table *route_nexthops(const struct route_table *t)
{
	return t->nexthops;
}

uint32_t *route_n_linux(struct route_table *t, uint8_t family)
{
	return &t->n_linux[family == IP6];
}

uint32_t *route_n_no_room(struct route_table *t, uint8_t family)
{
	return &t->n_no_room[family == IP6];
}

struct route_waiting **route_waiting(struct route_table *t)
{
	return &t->waiting;
}

bool route_maintain(struct route_table *t, unsigned budget)
{
	bool more4 = fib4_maintain(t->fib4, budget), more6 = fib6_maintain(t->fib6, budget);

	return more4 || more6;
}

const struct fib4 *route_fib4(const struct route_table *t)
{
	return t->fib4;
}

const struct fib6 *route_fib6(const struct route_table *t)
{
	return t->fib6;
}

uint32_t *route_own4(struct route_table *t)
{
	return t->own4;
}

static rte_be32_t be32(const struct ip_addr *addr)
{
	rte_be32_t word;

	memcpy(&word, addr->bytes, sizeof(word));
	return word;
}

struct route *route_chain(const struct route_table *t, const struct ip_prefix *p)
{
	return p->addr.family == IP4 ? fib4_get(t->fib4, be32(&p->addr), p->len)
				     : fib6_get(t->fib6, p->addr.bytes, p->len);
}

const struct route *route_get(const struct route_table *t, const struct ip_prefix *prefix)
{
	return route_chain(t, prefix);
}

const struct route *route_match(const struct route_table *t, const struct ip_addr *addr)
{
	return addr->family == IP4 ? fib4_match(t->fib4, be32(addr))
				   : fib6_match(t->fib6, addr->bytes);
}

const struct route *route_cover(const struct route_table *t, const struct ip_prefix *p)
{
	return p->addr.family == IP4 ? fib4_cover(t->fib4, be32(&p->addr), p->len)
				     : fib6_cover(t->fib6, p->addr.bytes, p->len);
}

/* The interface, if the route's packets have their next hop on its link; else NULL. */
static const struct iface *on_link(const struct route *route)
{
	const struct nexthop_path *paths;

	if (nexthop_group_paths(route->group, &paths) != 1 ||
	    !ip_addr_is_unspecified(nexthop_gateway(paths[0].nh)))
		return NULL;
	return nexthop_iface(paths[0].nh);
}

const struct iface *route_on_link(const struct route_table *t, const struct ip_addr *addr)
{
	const struct route *route = route_match(t, addr);
	struct ip_prefix host = ip_prefix_host(addr);

	while (route && route->source == ROUTE_NEIGHBOUR)
		route = route->next;
	if (!route)
		route = route_cover(t, &host);
	return route ? on_link(route) : NULL;
}

uint32_t route_fib_lookup(const struct route_table *t, const struct ip_addr *addr)
{
	return addr->family == IP4 ? fib4_lookup(t->fib4, be32(addr))
				   : fib6_lookup(t->fib6, addr->bytes);
}

static bool next4(const struct route_table *t, const struct ip_prefix *range, struct ip_prefix *at,
		  const struct route **route)
{
	struct fib4_prefix in = {.addr = be32(&range->addr), .len = range->len};
	struct fib4_prefix after = {.addr = be32(&at->addr), .len = at->len};
	struct fib4_route found;

	if (!fib4_next(t->fib4, &in, at->addr.family ? &after : NULL, &found))
		return false;
	*at = (struct ip_prefix){.addr.family = IP4, .len = found.prefix.len};
	memcpy(at->addr.bytes, &found.prefix.addr, 4);
	*route = found.user;
	return true;
}

static bool next6(const struct route_table *t, const struct ip_prefix *range, struct ip_prefix *at,
		  const struct route **route)
{
	struct fib6_prefix in = {.len = range->len}, after = {.len = at->len};
	struct fib6_route found;

	memcpy(in.addr, range->addr.bytes, 16);
	memcpy(after.addr, at->addr.bytes, 16);
	if (!fib6_next(t->fib6, &in, at->addr.family ? &after : NULL, &found))
		return false;
	*at = (struct ip_prefix){.addr.family = IP6, .len = found.prefix.len};
	memcpy(at->addr.bytes, found.prefix.addr, 16);
	*route = found.user;
	return true;
}

bool route_next(const struct route_table *t, const struct ip_prefix *range, struct ip_prefix *at,
		const struct route **route)
{
	return range->addr.family == IP4 ? next4(t, range, at, route) : next6(t, range, at, route);
}

/* Only the reserve has room for the prefix, and the route is none of those that it is for. */
static bool is_beyond(const struct route_table *t, const struct ip_prefix *p,
		      const struct route *route)
{
	return t->reserve && route->source > ROUTE_NEIGHBOUR && !on_link(route) &&
	       !route_has_room(t, p->addr.family) &&
	       !(p->addr.family == IP4 ? fib4_get(t->fib4, be32(&p->addr), p->len)
				       : fib6_get(t->fib6, p->addr.bytes, p->len));
}

/* Let the FIB hold the head of the chain, or nothing; a route of the source came or went. */
int route_publish(struct route_table *t, const struct ip_prefix *p, struct route *head,
		  enum route_source source, struct error *err)
{
	bool is4 = p->addr.family == IP4;
	char buf[IP_PREFIX_STRLEN];
	int ret;

	if (head && is_beyond(t, p, head)) {
		t->refused[!is4]++;
		ret = -ENOSPC;
	} else if (!head)
		ret = is4 ? fib4_del(t->fib4, be32(&p->addr), p->len)
			  : fib6_del(t->fib6, p->addr.bytes, p->len);
	else
		ret = is4 ? fib4_add(t->fib4, be32(&p->addr), p->len,
				     nexthop_group_index(head->group), head)
			  : fib6_add(t->fib6, p->addr.bytes, p->len,
				     nexthop_group_index(head->group), head);
	if (ret == -ENOSPC)
		return error_set(err, ret, "%s: the IPv%d table is full (limits.routes%d: %u)",
				 ip_prefix_print(p, buf), is4 ? 4 : 6, is4 ? 4 : 6,
				 (is4 ? t->max_routes4 : t->max_routes6) - t->reserve);
	if (ret)
		return error_set(err, ret, "%s: %s", ip_prefix_print(p, buf),
				 ret == -EINVAL ? "has bits beyond its length" : "out of memory");
	if (t->changed && source != ROUTE_NEIGHBOUR)
		t->changed(t->changed_ctx, p);
	return 0;
}

/* The link in the chain that leads to the source's route with the group (NULL: any group), or to
 * the place where such a route belongs. */
static struct route **find(struct route **at, enum route_source source,
			   const struct nexthop_group *group)
{
	while (*at && ((*at)->source < source ||
		       ((*at)->source == source && group && (*at)->group != group)))
		at = &(*at)->next;
	return at;
}

static bool is_match(const struct route *route, enum route_source source,
		     const struct nexthop_group *group)
{
	return route && route->source == source && (!group || route->group == group);
}

/* Put the new route into the chain, in the place of `old` if there is one. */
static int insert(struct route_table *t, const struct ip_prefix *prefix, struct route **head,
		  struct route **at, struct route *route, struct error *err)
{
	struct route *old = *at, *replaced = NULL;
	int ret;

	route->next = old;
	if (route->source == ROUTE_STATIC && is_match(old, ROUTE_STATIC, NULL)) {
		replaced = old;
		route->next = old->next;
	}
	*at = route;
	ret = route_publish(t, prefix, *head, route->source, err);
	if (ret) {
		*at = old;
		return ret;
	}
	if (replaced) {
		replaced->next = NULL;
		route_chain_free(t, replaced);
	}
	return 0;
}

int route_add(struct route_table *t, const struct ip_prefix *prefix, enum route_source source,
	      enum route_type type, struct nexthop_group *group, struct error *err)
{
	struct route *head = route_chain(t, prefix), *route;
	/* A static route is found whatever its group: it will be replaced. */
	struct route **at = find(&head, source, source == ROUTE_STATIC ? NULL : group);
	int ret;

	if (is_match(*at, source, group) && (*at)->type == type) {
		if (source != ROUTE_STATIC)
			(*at)->refs++;
		nexthop_group_put(t->nexthops, group);
		return 0;
	}
	route = calloc(1, sizeof(*route));
	if (!route) {
		nexthop_group_put(t->nexthops, group);
		return error_set(err, -ENOMEM, "out of memory");
	}
	*route = (struct route){.group = group, .refs = 1, .source = source, .type = type};
	ret = insert(t, prefix, &head, at, route, err);
	if (ret) {
		nexthop_group_put(t->nexthops, group);
		free(route);
	}
	return ret;
}

int route_del(struct route_table *t, const struct ip_prefix *prefix, enum route_source source,
	      const struct nexthop_group *group, struct error *err)
{
	struct route *head = route_chain(t, prefix);
	struct route **at = find(&head, source, group), *gone = *at;
	char buf[IP_PREFIX_STRLEN];
	int ret;

	if (!is_match(gone, source, group))
		return error_set(err, -ENOENT, "there is no %s route %s", route_source_name(source),
				 ip_prefix_print(prefix, buf));
	if (gone->refs > 1) {
		gone->refs--;
		return 0;
	}
	*at = gone->next;
	ret = route_publish(t, prefix, head, source, err);
	if (ret) {
		*at = gone;
		return ret;
	}
	gone->next = NULL;
	route_chain_free(t, gone);
	return 0;
}

const char *route_source_name(enum route_source source)
{
	static const char *const names[ROUTE_SOURCE_MAX] = {
		[ROUTE_LOCAL] = "local",         [ROUTE_CONNECTED] = "connected",
		[ROUTE_NEIGHBOUR] = "neighbour", [ROUTE_STATIC] = "static",
		[ROUTE_LINUX_ODD] = "linux",     [ROUTE_LINUX] = "linux",
	};

	return names[source];
}
