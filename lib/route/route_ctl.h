/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Routes as the control thread knows them, and the forwarding tables that follow from them.
 *
 * A prefix may be wanted by several sources at once; they stand in a chain, best first, that hangs
 * on the prefix in the FIB's own store, and the FIB holds the group of the first. So when the best
 * goes, the next one takes over by a single write, without a hole.
 *
 * Context of everything here: control thread.
 */
#ifndef SLUICE_ROUTE_CTL_H
#define SLUICE_ROUTE_CTL_H

#include <stdint.h>

#include "addr.h"
#include "error.h"
#include "nexthop_ctl.h"
#include "route_type.h"

struct fib4;
struct fib6;

/* Who wants the route; of several for one prefix the first of these wins. */
enum route_source {
	ROUTE_LOCAL,     /* an address of the router, or a broadcast address of its subnets */
	ROUTE_CONNECTED, /* the subnet of an address */
	ROUTE_NEIGHBOUR, /* host route of a neighbour; it stands only while the others are on link
			  */
	ROUTE_STATIC,    /* configuration or client */
	ROUTE_LINUX_ODD, /* the kernel's main table, for some packets only: by TOS or source */
	ROUTE_LINUX,     /* the kernel's main table (route_linux.h) */
	ROUTE_SOURCE_MAX
};

/* One of the chain of a prefix. */
struct route {
	struct route *next; /* less preferred */
	struct nexthop_group *group;
	uint32_t refs;   /* how often the source asked for this very route */
	uint32_t metric; /* this and the next three: of the kernel's routes, see route_linux.h */
	uint32_t slot;
	uint32_t id;
	uint16_t mark;
	uint8_t source; /* enum route_source */
	uint8_t type;   /* enum route_type */
	bool no_room;   /* it leads to the kernel because no group was left for its next hops */
};

/* Told after a route of the prefix came or went, with the tables as they are then. Not called for
 * routes of ROUTE_NEIGHBOUR: it may add and delete those itself. */
typedef void (*route_changed_fn)(void *ctx, const struct ip_prefix *prefix);

struct route_table;

/* NULL and errno. */
struct route_table *route_table_create(uint32_t max_routes4, uint32_t max_routes6, int numa_node,
				       struct nexthop_table *nexthops, struct rcu *rcu);
/* Frees all routes and puts back their groups. NULL is allowed. */
void route_table_destroy(struct route_table *t);

/* Of the prefixes that each family may have, keep this many (fewer than there may be; 0 at first)
 * for what the router cannot do without: its own addresses, its subnets and the host routes of
 * neighbours. All others are refused when the rest is used up. */
void route_reserve(struct route_table *t, uint32_t prefixes);

/* Prefixes of an ip_family: those that stand (with those in the reserve they may be more than max);
 * how many there may be without the reserve. */
void route_usage(const struct route_table *t, uint8_t family, struct usage *usage);

/* Whether one more finds room: any; one that may use the reserve. */
bool route_has_room(const struct route_table *t, uint8_t family);
bool route_has_own_room(const struct route_table *t, uint8_t family);

void route_on_change(struct route_table *t, route_changed_fn changed, void *ctx);

struct nexthop_table *route_nexthops(const struct route_table *t);

/* A slice of housekeeping of both tables, as in fib4_maintain(). */
bool route_maintain(struct route_table *t, unsigned budget);

/* What the workers read. */
const struct fib4 *route_fib4(const struct route_table *t);
const struct fib6 *route_fib6(const struct route_table *t);
uint32_t *route_own4(struct route_table *t); /* the filter of own4.h */

/* Add a route; the table takes the reference to the group, also when it fails. A source that asks
 * for the same prefix and group again must delete it as often. A second group for the same
 * prefix: ROUTE_STATIC replaces the first, for the others it stands behind it.
 * 0; -EINVAL (host bits), -ENOSPC or -ENOMEM and err: nothing has changed. */
int route_add(struct route_table *t, const struct ip_prefix *prefix, enum route_source source,
	      enum route_type type, struct nexthop_group *group, struct error *err);

/* Delete what route_add() added; group NULL: whatever the source has. 0; -ENOENT and err. */
int route_del(struct route_table *t, const struct ip_prefix *prefix, enum route_source source,
	      const struct nexthop_group *group, struct error *err);

/* The best route of exactly this prefix; of the longest match; of the nearest cover of a prefix
 * that is shorter than it. NULL: none. Valid until the next change. */
const struct route *route_get(const struct route_table *t, const struct ip_prefix *prefix);
const struct route *route_match(const struct route_table *t, const struct ip_addr *addr);
const struct route *route_cover(const struct route_table *t, const struct ip_prefix *prefix);

/* The interface that addr is on link of by the routes of others than neighbours, or NULL. */
const struct iface *route_on_link(const struct route_table *t, const struct ip_addr *addr);

/* The first prefix inside range that comes after *at (at->addr.family 0: the first of all); false
 * at the end. */
bool route_next(const struct route_table *t, const struct ip_prefix *range, struct ip_prefix *at,
		const struct route **route);

/* The group index that a packet to addr meets in the FIB, as the workers look it up. */
uint32_t route_fib_lookup(const struct route_table *t, const struct ip_addr *addr);

/* A next hop of a static route. */
struct route_hop {
	bool has_gateway; /* false: the destinations are on link */
	struct ip_addr gateway;
	const struct iface *iface; /* NULL: the one whose subnet holds the gateway */
	uint32_t weight;           /* 1 to 256 */
};

/* Add or replace the static route of a prefix: n hops (1 to GROUP_PATHS_MAX) for ROUTE_UNICAST,
 * none for the other types. 0 or -errno and err: nothing has changed. */
int route_static_set(struct route_table *t, const struct ip_prefix *prefix, enum route_type type,
		     const struct route_hop *hops, unsigned n, struct error *err);

/* The same for a route of the configuration: a hop whose gateway lies in the subnet of no interface
 * is left out until an address makes it reachable; a route of such hops only is not installed
 * before. Returns the number of hops that wait, or -errno and err. */
int route_static_want(struct route_table *t, const struct ip_prefix *prefix,
		      const struct route_hop *hops, unsigned n, struct error *err);

/* Look again at the hops that wait. */
void route_static_retry(struct route_table *t);

/* Forget the hops of a prefix (NULL: of all) that wait. True when there were some. */
bool route_static_forget(struct route_table *t, const struct ip_prefix *prefix);

/* Static routes lose their next hops by the interface, and those that have no other go, as do hops
 * that wait for it. Looks at up to `budget` routes behind *at (zero at first). 1: there are more;
 * 0: it was the last; -errno and err: the one behind *at could not be changed, the
 * next call begins with it. */
int route_static_drop(struct route_table *t, const struct iface *iface, struct ip_prefix *at,
		      unsigned budget, struct error *err);

struct route_waiting;

/* The list of routes with hops that wait. */
struct route_waiting **route_waiting(struct route_table *t);

const char *route_source_name(enum route_source source);

#endif
