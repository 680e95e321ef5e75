/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Routes of the kernel's tables `local` (what is the router's own) and `main`.
 *
 * IPv4 keeps routes of one prefix and metric in an order, and names it with each message
 * (fib_table_insert()): in the place of the first, in front, or behind. IPv6 keeps all next hops
 * with a gateway as one route and sends it whole (rt6_fill_node()); but when one next hop of
 * several is deleted, the message has that one alone.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "route_linux.h"
#include "sync_own.h"

#define SWEEP_SLICE 4096 /* prefixes */

/* Addresses that no lookup is done for: ip6_input and ip4_input decide by the address alone. */
static bool is_looked_up(const struct ip_addr *dst)
{
	if (ip_addr_is_loopback(dst) || ip_addr_is_link_local6(dst))
		return false;
	return dst->family == IP4 || !ip_addr_is_multicast(dst);
}

/* IPv6: next hops with a gateway are one route, whatever their number. */
static bool is_joined(const struct nl_route *route)
{
	return route->nh_id || route->n_hops > 1 || (route->n_hops && route->hops[0].has_gateway);
}

static uint32_t slot_of(const struct nl_route *route)
{
	bool ordered = route->dst.addr.family == IP4 && route->table == RT_TABLE_MAIN;

	if (ordered || is_joined(route) || !route->n_hops)
		return 0;
	return (uint32_t)route->hops[0].ifindex;
}

/* What the tables know it by. False: not of our tables, or of no use to a router. */
static bool want_of(const struct sync *s, const struct nl_route *route, struct route_linux *want)
{
	if (route->cloned || (route->table != RT_TABLE_MAIN && route->table != RT_TABLE_LOCAL) ||
	    !is_looked_up(&route->dst.addr))
		return false;
	*want = (struct route_linux){
		.prefix = route->dst,
		.source = route->table == RT_TABLE_LOCAL ? ROUTE_LOCAL : ROUTE_LINUX,
		.metric = route->metric,
		.slot = slot_of(route),
		.nh_id = route->nh_id,
		.mark = s->mark,
	};
	switch (route->type) {
	case RTN_UNICAST:
	case RTN_LOCAL:
	case RTN_BROADCAST:
	case RTN_ANYCAST:
		want->type = ROUTE_UNICAST;
		return true;
	case RTN_BLACKHOLE:
		want->type = ROUTE_BLACKHOLE;
		return true;
	case RTN_UNREACHABLE:
	case RTN_THROW:
		want->type = ROUTE_UNREACHABLE;
		return true;
	case RTN_PROHIBIT:
		want->type = ROUTE_PROHIBIT;
		return true;
	default:
		return false;
	}
}

bool sync_route_is_followed(const struct sync *s, const struct nl_route *route)
{
	struct route_linux want;

	return want_of(s, route, &want);
}

static struct nexthop_group *fixed(struct sync *s, enum adj_fixed which)
{
	return nexthop_group_fixed(s->r->nexthops, which);
}

/* The group of a route with next hops of its own; the kernel's when Sluice cannot follow. */
static struct nexthop_group *group_of_hops(struct sync *s, const struct nl_route *route)
{
	struct nexthop_path paths[NL_HOPS_MAX];
	struct nexthop_group *group = NULL;
	struct error err;
	int n = 0;

	if (route->n_hops && !route->mtu)
		n = sync_paths(s, route->hops, route->n_hops, route->dst.addr.family, paths, &err);
	if (n == 0)
		return fixed(s, ADJ_INDEX_KERNEL);
	if (n > 0)
		group = nexthop_group_get(s->r->nexthops, paths, (unsigned)n, &err);
	sync_paths_put(s, paths, n);
	if (!group) {
		log_warn("a route is left to the kernel: %s", err.msg);
		return fixed(s, ADJ_INDEX_KERNEL);
	}
	return group;
}

/* A reference. */
static struct nexthop_group *group_of(struct sync *s, const struct nl_route *route)
{
	struct nexthop_group *group;

	switch (route->type) {
	case RTN_LOCAL:
	case RTN_BROADCAST:
	case RTN_ANYCAST:
		return fixed(s, ADJ_INDEX_LOCAL);
	case RTN_BLACKHOLE:
		return fixed(s, ADJ_INDEX_BLACKHOLE);
	case RTN_UNREACHABLE:
	case RTN_THROW: /* on with the next rule, after which there is nothing */
		return fixed(s, ADJ_INDEX_UNREACHABLE);
	case RTN_PROHIBIT:
		return fixed(s, ADJ_INDEX_PROHIBIT);
	default:
		break;
	}
	if (route->nh_id && !route->mtu) {
		group = sync_nexthop_group(s, route->nh_id, route->dst.addr.family);
		if (group)
			return group;
	}
	return group_of_hops(s, route);
}

/* Every next hop is on a link that is down: the kernel looks past such a route. */
static bool is_dead(const struct nl_route *route)
{
	for (unsigned i = 0; i < route->n_hops; i++)
		if (!route->hops[i].dead)
			return false;
	return route->n_hops && route->type == RTN_UNICAST;
}

static struct sync_refused *find_refused(const struct sync *s, const struct nl_route *route,
					 const struct route_linux *want, struct sync_route_key *key)
{
	struct sync_refused *found = NULL;

	memset(key, 0, sizeof(*key));
	key->prefix.addr = want->prefix.addr;
	key->prefix.len = want->prefix.len;
	key->tos = route->tos;
	key->source = want->source;
	key->metric = want->metric;
	key->slot = want->slot;
	if (s->refused)
		HASH_FIND(hh, s->refused, key, sizeof(*key), found);
	return found;
}

static void refused_free(struct sync *s, struct sync_refused *refused)
{
	s->n_refused[refused->key.prefix.addr.family == IP6]--;
	HASH_DEL(s->refused, refused);
	free(refused);
}

static void accept(struct sync *s, const struct nl_route *route, const struct route_linux *want)
{
	struct sync_route_key key;
	struct sync_refused *found = find_refused(s, route, want, &key);

	if (found)
		refused_free(s, found);
}

static void refuse(struct sync *s, const struct nl_route *route, const struct route_linux *want)
{
	struct sync_route_key key;
	struct sync_refused *found = find_refused(s, route, want, &key);

	if (found) {
		found->mark = s->mark;
		return;
	}
	found = calloc(1, sizeof(*found));
	if (!found)
		return;
	memcpy(&found->key, &key, sizeof(key));
	found->mark = s->mark;
	HASH_ADD(hh, s->refused, key, sizeof(found->key), found);
	if (found->left_out)
		free(found);
	else
		s->n_refused[want->prefix.addr.family == IP6]++;
}

/* Once in a row of refusals, not for each of a million. */
static void say_full(const struct sync *s, const struct error *err, uint8_t family)
{
	if (!s->n_refused[family == IP6])
		log_warn("%s; no more such lines until there is room", err->msg);
}

static enum route_place place_of(const struct sync *s, const struct nl_msg *msg,
				 const struct route_linux *want, bool dumped)
{
	const struct nl_route *route = &msg->route;

	if (dumped)
		return ROUTE_DUMPED;
	if (want->source == ROUTE_LOCAL)
		return ROUTE_REPLACE_SLOT;
	if (route->dst.addr.family == IP4)
		return msg->flags & NLM_F_REPLACE  ? ROUTE_REPLACE_FIRST
		       : msg->flags & NLM_F_APPEND ? ROUTE_LAST
						   : ROUTE_FIRST;
	/* `ip -6 route replace` takes the place of one of its kind, or else of another. */
	if ((msg->flags & NLM_F_REPLACE) &&
	    !(is_joined(route) && route_linux_get(s->r->routes, want, NULL)))
		return ROUTE_REPLACE_ALL;
	return ROUTE_REPLACE_SLOT;
}

static void del(struct sync *s, const struct nl_route *route, const struct route_linux *want)
{
	struct nexthop_group *group = group_of(s, route);
	uint32_t refused = s->n_refused[want->prefix.addr.family == IP6];
	int ret = route_linux_del(s->r->routes, want, group, NULL);

	nexthop_group_put(s->r->nexthops, group);
	accept(s, route, want);
	if (!ret && refused)
		s->stale = true; /* there is room for another */
}

/* Is the path one of the hops? */
static bool is_among(const struct sync *s, const struct nexthop_path *path,
		     const struct nl_route *route)
{
	for (unsigned i = 0; i < route->n_hops; i++)
		if (sync_iface(s, route->hops[i].ifindex) == nexthop_iface(path->nh) &&
		    route->hops[i].has_gateway &&
		    ip_addr_equal(&route->hops[i].gateway, nexthop_gateway(path->nh)))
			return true;
	return false;
}

/* IPv6: some of the next hops of a route go. True: others are left, and the route stays with them.
 */
static bool del_some(struct sync *s, const struct nl_route *route, const struct route_linux *want)
{
	const struct route *stands = route_linux_get(s->r->routes, want, NULL);
	struct nexthop_path left[GROUP_PATHS_MAX];
	const struct nexthop_path *paths;
	struct nexthop_group *group;
	unsigned n, n_left = 0;

	if (route->dst.addr.family != IP6 || !is_joined(route) || route->nh_id || !stands)
		return false;
	n = nexthop_group_paths(stands->group, &paths);
	for (unsigned i = 0; i < n; i++)
		if (!is_among(s, &paths[i], route))
			left[n_left++] = paths[i];
	if (n_left == n) {
		/* Those of the kernel's group are not known here: a dump tells what is left. */
		s->stale = true;
		return true;
	}
	if (!n_left)
		return false;
	group = nexthop_group_get(s->r->nexthops, left, n_left, NULL);
	if (!group)
		group = fixed(s, ADJ_INDEX_KERNEL);
	return !route_linux_put(s->r->routes, want, ROUTE_REPLACE_SLOT, group, NULL);
}

void sync_route_apply(struct sync *s, const struct nl_msg *msg, bool dumped)
{
	const struct nl_route *route = &msg->route;
	struct route_linux want;
	struct error err;
	int ret;

	if (!want_of(s, route, &want))
		return;
	if (msg->deleted) {
		if (route->tos)
			accept(s, route, &want);
		else if (!del_some(s, route, &want))
			del(s, route, &want);
		if (s->dumping)
			route_linux_touch(s->r->routes, &want);
		return;
	}
	if (route->tos) {
		refuse(s, route, &want);
		return;
	}
	if (is_dead(route)) {
		route_linux_del(s->r->routes, &want, NULL, NULL);
		refuse(s, route, &want);
		return;
	}
	ret = route_linux_put(s->r->routes, &want, place_of(s, msg, &want, dumped),
			      group_of(s, route), &err);
	if (!ret) {
		accept(s, route, &want);
		if (s->dumping && !dumped)
			route_linux_touch(s->r->routes, &want);
		return;
	}
	say_full(s, &err, want.prefix.addr.family);
	refuse(s, route, &want);
}

/* Routes of the prefix that an event has touched are not in the dump's hands. */
int sync_route_sweep(struct sync *s)
{
	struct sync_refused *refused, *next;

	if (route_linux_sweep(s->r->routes, (uint8_t)s->sweep_family, &s->sweep_at, s->mark,
			      SWEEP_SLICE))
		return 1;
	if (s->sweep_family == IP4) {
		s->sweep_family = IP6;
		s->sweep_at = (struct ip_prefix){0};
		return 1;
	}
	HASH_ITER (hh, s->refused, refused, next) {
		if (refused->mark != s->mark)
			refused_free(s, refused);
	}
	return 0;
}

void sync_route_free(struct sync *s)
{
	struct sync_refused *refused, *next;

	HASH_ITER (hh, s->refused, refused, next)
		refused_free(s, refused);
}
