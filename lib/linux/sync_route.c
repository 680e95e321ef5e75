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
#include <rte_jhash.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "route_linux.h"
#include "sync_own.h"

#define SWEEP_SLICE    4096 /* prefixes */
#define RETRY_MEMORY_S 60

/* Addresses that no lookup is done for: ip6_input and ip4_input decide by the address alone. */
static bool is_looked_up(const struct ip_addr *dst)
{
	if (ip_addr_is_loopback(dst) || ip_addr_is_link_local6(dst))
		return false;
	return dst->family == IP4 || !ip_addr_is_multicast(dst);
}

/* For some packets to the destination only: Sluice looks at no more than the destination. */
static bool is_odd(const struct nl_route *route)
{
	return route->tos || route->src.len;
}

/* IPv6: next hops with a gateway are one route, whatever their number (rt6_qualify_for_ecmp()). */
static bool is_joined(const struct nl_route *route)
{
	return !route->nh_id && route->protocol != RTPROT_RA &&
	       (route->n_hops > 1 || (route->n_hops && route->hops[0].has_gateway));
}

static uint32_t mix(uint32_t id, uint32_t value)
{
	return rte_jhash_1word(value, id);
}

static uint32_t mix_addr(uint32_t id, const struct ip_addr *addr)
{
	uint32_t words[sizeof(addr->bytes) / sizeof(uint32_t)];

	memcpy(words, addr->bytes, sizeof(words));
	return rte_jhash_32b(words, sizeof(words) / sizeof(*words), mix(id, addr->family));
}

/* What the kernel tells one route from another by, beside prefix and metric. */
static uint32_t id_of(const struct nl_route *route)
{
	uint32_t id = mix(mix(mix(route->type, route->protocol), route->tos), route->nh_id);

	if (route->src.len)
		id = mix_addr(mix(id, route->src.len), &route->src.addr);
	if (route->nh_id)
		return id;
	if (route->prefsrc.family)
		id = mix_addr(id, &route->prefsrc);
	id = mix(id, route->mtu);
	for (unsigned i = 0; i < route->n_hops; i++) {
		const struct nl_hop *hop = &route->hops[i];

		id = mix(mix(mix(id, (uint32_t)hop->ifindex), hop->weight), hop->encap);
		if (hop->has_gateway)
			id = mix_addr(id, &hop->gateway);
	}
	return id;
}

/* 0: ordered (IPv4), or the one that is joined (IPv6). */
static uint32_t slot_of(const struct nl_route *route, uint32_t id)
{
	if (route->dst.addr.family == IP4 && route->table == RT_TABLE_MAIN)
		return 0;
	if (route->dst.addr.family == IP6 && is_joined(route) && !is_odd(route))
		return 0;
	return id | 1;
}

/* What the tables know it by. False: not of our tables, or of no use to a router. */
static bool want_of(const struct sync *s, const struct nl_route *route, struct route_linux *want)
{
	if (route->cloned || (route->table != RT_TABLE_MAIN && route->table != RT_TABLE_LOCAL) ||
	    !is_looked_up(&route->dst.addr))
		return false;
	*want = (struct route_linux){
		.prefix = route->dst,
		.source = route->table == RT_TABLE_LOCAL ? ROUTE_LOCAL
			  : is_odd(route)                ? ROUTE_LINUX_ODD
							 : ROUTE_LINUX,
		.type = ROUTE_UNICAST,
		.metric = route->metric,
		.id = id_of(route),
		.mark = s->mark,
	};
	want->slot = slot_of(route, want->id);
	switch (route->type) {
	case RTN_UNICAST:
	case RTN_LOCAL:
	case RTN_BROADCAST:
	case RTN_ANYCAST:
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

/* The group of a route with next hops of its own; the kernel's when Sluice cannot follow, or
 * (*no_room) has no room for it. */
static struct nexthop_group *group_of_hops(struct sync *s, const struct nl_route *route,
					   bool *no_room)
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
	if (group)
		return group;
	if (sync_may_say(s))
		log_warn("a route is left to the kernel: %s", err.msg);
	*no_room = true;
	return fixed(s, ADJ_INDEX_KERNEL);
}

/* A reference. */
static struct nexthop_group *group_of(struct sync *s, const struct nl_route *route, bool *no_room)
{
	struct nexthop_group *group;

	*no_room = false;
	if (is_odd(route))
		return fixed(s, ADJ_INDEX_KERNEL);
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
	if (route->nh_id && !route->mtu && sync_nexthop_is_known(s, route->nh_id)) {
		/* By its next hops alone it would not follow the object. */
		group = sync_nexthop_group(s, route->nh_id, route->dst.addr.family);
		*no_room = !group;
		return group ? group : fixed(s, ADJ_INDEX_KERNEL);
	}
	return group_of_hops(s, route, no_room);
}

/* Every next hop is on a link that is down: the kernel looks past such a route. Of links without
 * carrier it does so where it was told to (ignore_routes_with_linkdown): on mirrors. */
static bool is_dead(const struct sync *s, const struct nl_route *route)
{
	for (unsigned i = 0; i < route->n_hops; i++) {
		const struct nl_hop *hop = &route->hops[i];

		if (!hop->dead && !(hop->linkdown && sync_iface(s, hop->ifindex)))
			return false;
	}
	return route->n_hops && route->type == RTN_UNICAST;
}

static struct sync_refused *find_refused(const struct sync *s, const struct route_linux *want,
					 struct sync_route_key *key)
{
	struct sync_refused *found = NULL;

	memset(key, 0, sizeof(*key));
	key->prefix.addr = want->prefix.addr;
	key->prefix.len = want->prefix.len;
	key->source = want->source;
	key->metric = want->metric;
	key->id = want->id;
	if (s->refused)
		HASH_FIND(hh, s->refused, key, sizeof(*key), found);
	return found;
}

static void refused_free(struct sync *s, struct sync_refused *refused)
{
	s->n_refused[refused->key.prefix.addr.family == IP6]--;
	s->n_full[refused->key.prefix.addr.family == IP6] -= refused->full;
	HASH_DEL(s->refused, refused);
	free(refused);
}

/* Not refused any more, or gone. */
static void forget_refused(struct sync *s, const struct route_linux *want)
{
	struct sync_route_key key;
	struct sync_refused *found = find_refused(s, want, &key);

	if (found)
		refused_free(s, found);
}

/* full: for want of room; else it is dead, or there was no memory. */
static void refuse(struct sync *s, const struct route_linux *want, bool full)
{
	bool v6 = want->prefix.addr.family == IP6;
	struct sync_route_key key;
	struct sync_refused *found = find_refused(s, want, &key);

	if (found) {
		s->n_full[v6] += (uint32_t)full - (uint32_t)found->full;
		found->full = full;
		found->mark = s->mark;
		return;
	}
	found = calloc(1, sizeof(*found));
	if (!found)
		return;
	memcpy(&found->key, &key, sizeof(key));
	found->mark = s->mark;
	HASH_ADD(hh, s->refused, key, sizeof(found->key), found);
	if (found->left_out) {
		free(found);
		return;
	}
	found->full = full;
	s->n_full[v6] += full;
	s->n_refused[v6]++;
}

static enum route_place place_of(const struct nl_msg *msg, const struct route_linux *want,
				 bool dumped)
{
	if (dumped)
		return ROUTE_DUMPED;
	if (want->source != ROUTE_LINUX)
		return ROUTE_REPLACE_SLOT;
	if (want->prefix.addr.family == IP6)
		return msg->flags & NLM_F_REPLACE ? ROUTE_REPLACE_KIND : ROUTE_REPLACE_SLOT;
	return msg->flags & NLM_F_REPLACE  ? ROUTE_REPLACE_FIRST
	       : msg->flags & NLM_F_APPEND ? ROUTE_LAST
					   : ROUTE_FIRST;
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

/* IPv6: all or some of the next hops of the joined route go. 0; -ENOENT: not those that stand here.
 */
static int del_joined(struct sync *s, const struct nl_route *route, struct route_linux *want)
{
	const struct route *stands = route_linux_get(s->r->routes, want);
	struct nexthop_path left[GROUP_PATHS_MAX];
	const struct nexthop_path *paths;
	struct nexthop_group *group;
	unsigned n, n_left = 0;

	if (!stands)
		return 0;
	n = nexthop_group_paths(stands->group, &paths);
	for (unsigned i = 0; i < n; i++)
		if (!is_among(s, &paths[i], route))
			left[n_left++] = paths[i];
	if ((n && !n_left) || (!n && stands->id == want->id)) {
		want->id = stands->id;
		return route_linux_del(s->r->routes, want, NULL);
	}
	/* Those that the kernel alone can take are not known here, but by the id. */
	if (n_left == n)
		return -ENOENT;
	group = nexthop_group_get(s->r->nexthops, left, n_left, NULL);
	want->no_room = !group;
	if (!group)
		group = fixed(s, ADJ_INDEX_KERNEL);
	return route_linux_put(s->r->routes, want, ROUTE_REPLACE_SLOT, group, NULL);
}

/* What is to be deleted, and is not here, may have been overtaken by a dump: another one tells. */
static void del(struct sync *s, const struct nl_route *route, struct route_linux *want)
{
	uint32_t refused = s->n_refused[want->prefix.addr.family == IP6];
	bool joined = want->prefix.addr.family == IP6 && want->source == ROUTE_LINUX && !want->slot;
	bool stands = route_linux_get(s->r->routes, want);
	int ret;

	forget_refused(s, want);
	if (refused != s->n_refused[want->prefix.addr.family == IP6])
		return;
	ret = joined ? del_joined(s, route, want) : route_linux_del(s->r->routes, want, NULL);
	/* Another stands in its place; or some next hops of one that was refused are meant. */
	if (ret ? route_linux_get(s->r->routes, want) != NULL : joined && !stands && refused)
		s->stale = true;
}

/* The links of a dead route, as they were last heard of, say something else: one of the two is old.
 */
static bool is_contradiction(const struct sync *s, const struct nl_route *route)
{
	for (unsigned i = 0; i < route->n_hops; i++)
		if (sync_link_runs(s, route->hops[i].ifindex))
			return true;
	return false;
}

static void put_dead(struct sync *s, const struct nl_msg *msg, const struct route_linux *want,
		     bool dumped)
{
	route_linux_del(s->r->routes, want, NULL);
	refuse(s, want, false);
	/* It may have replaced a live one, which has to go. */
	if (!dumped && ((msg->flags & NLM_F_REPLACE) || is_contradiction(s, &msg->route)))
		s->stale = true;
}

static void put(struct sync *s, const struct nl_msg *msg, struct route_linux *want, bool dumped)
{
	struct nexthop_group *group;
	struct error err;
	int ret;

	if (is_dead(s, &msg->route)) {
		put_dead(s, msg, want, dumped);
		return;
	}
	group = group_of(s, &msg->route, &want->no_room);
	ret = route_linux_put(s->r->routes, want, place_of(msg, want, dumped), group, &err);
	if (!ret) {
		forget_refused(s, want);
		return;
	}
	if (sync_may_say(s))
		log_warn("%s", err.msg);
	refuse(s, want, ret == -ENOSPC);
	/* Whether there is memory again cannot be seen from here. */
	if (ret != -ENOSPC && !s->memory_in)
		s->memory_in = RETRY_MEMORY_S;
}

void sync_route_apply(struct sync *s, const struct nl_msg *msg, bool dumped)
{
	struct route_linux want;

	if (!want_of(s, &msg->route, &want))
		return;
	if (msg->deleted)
		del(s, &msg->route, &want);
	else
		put(s, msg, &want, dumped);
	/* The dump is not believed on what an event has touched, so that it cannot sweep it either.
	 */
	if (s->dumping && !dumped)
		route_linux_touch(s->r->routes, &want);
}

bool sync_route_key(const struct sync *s, const struct nl_route *route, struct sync_route_key *key)
{
	struct route_linux want;

	if (!want_of(s, route, &want))
		return false;
	key->prefix.addr = want.prefix.addr;
	key->prefix.len = want.prefix.len;
	key->source = want.source;
	key->metric = want.metric;
	return true;
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
