/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Routes as Linux has them: of one prefix there may be several at once, and the one with the lowest
 * metric wins; of those with the same metric the first in the kernel's order. When the best goes,
 * the next takes over by a single write.
 *
 * The kernel names a route by prefix, metric and, where that is not enough, by something that is
 * called its slot here: 0 for what is unique or ordered, the interface index of a local address or
 * of an IPv6 route without a gateway.
 *
 * Routes carry a mark, so that a dump of the kernel's tables can be compared with what stands here
 * (mark and sweep) while everything that is in both stays where it is.
 *
 * Context of everything here: control thread.
 */
#ifndef SLUICE_ROUTE_LINUX_H
#define SLUICE_ROUTE_LINUX_H

#include "route_ctl.h"

struct route_linux {
	struct ip_prefix prefix;
	enum route_source source; /* ROUTE_LOCAL (table local) or ROUTE_LINUX (table main) */
	enum route_type type;
	uint32_t metric;
	uint32_t slot;
	uint32_t nh_id; /* of the next hop object; 0: none */
	uint16_t mark;
};

/* Where a route goes among those of its source and metric. */
enum route_place {
	ROUTE_FIRST,
	ROUTE_LAST,
	ROUTE_REPLACE_FIRST, /* in the place of the first */
	ROUTE_REPLACE_SLOT,  /* in the place of the one with its slot; else last */
	ROUTE_REPLACE_ALL,   /* in the place of all */
	ROUTE_DUMPED,        /* the dump says in this order: in the place of one with an old mark */
};

/* Put a route into the table, or renew the mark of the very same one. The table takes the reference
 * to the group, also when it fails. 0; -EINVAL (host bits), -ENOSPC or -ENOMEM and err: nothing has
 * changed. */
int route_linux_put(struct route_table *t, const struct route_linux *want, enum route_place place,
		    struct nexthop_group *group, struct error *err);

/* Take out the route with this source, metric and slot; of several the one with the same type,
 * next hop object and group (NULL: unknown), or else the first. 0; -ENOENT, -ENOMEM and err. */
int route_linux_del(struct route_table *t, const struct route_linux *which,
		    const struct nexthop_group *group, struct error *err);

/* The route that route_linux_del() would take, or NULL. */
const struct route *route_linux_get(const struct route_table *t, const struct route_linux *which,
				    const struct nexthop_group *group);

/* Give the routes of a prefix, source and metric this mark: they are not to be swept. */
void route_linux_touch(struct route_table *t, const struct route_linux *which);

/* Take out the kernel's routes of an ip_family whose mark is another, looking at `budget` prefixes
 * behind *at (all zero: from the first), which is left where to go on. 1: there are more; 0: done.
 */
int route_linux_sweep(struct route_table *t, uint8_t family, struct ip_prefix *at, uint16_t mark,
		      unsigned budget);

/* How many there are, of an ip_family. */
uint32_t route_linux_count(struct route_table *t, uint8_t family);

#endif
