/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Routes as Linux has them: of one prefix there may be several at once, and the one with the lowest
 * metric wins; of those with the same metric the first in the kernel's order. When the best goes,
 * the next takes over by a single write.
 *
 * Those of one prefix, source and metric are a run. Within it the kernel tells routes apart by what
 * they say: type, next hops, ... That is their id here, a hash that the caller makes. The slot is
 * what only one route of a run can have, and 0 for all where their order counts (IPv4).
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
	enum route_source source; /* ROUTE_LOCAL (table local), ROUTE_LINUX or ROUTE_LINUX_ODD */
	enum route_type type;
	uint32_t metric;
	uint32_t slot;
	uint32_t id;
	uint16_t mark;
	bool no_room; /* its group is the kernel's for want of another */
};

/* Where a new route goes in its run. */
enum route_place {
	ROUTE_FIRST,
	ROUTE_LAST,
	ROUTE_REPLACE_FIRST, /* in the place of the first */
	ROUTE_REPLACE_SLOT,  /* in the place of the one with its slot; else last */
	ROUTE_REPLACE_KIND,  /* of the first with slot 0 like its own, or with another like its own;
			      * else  of the first */
	ROUTE_DUMPED, /* the dump says in this order: of the first with its slot and an old mark */
};

/* Put a route into the table. If the very same one (slot, id) stands there, its mark is renewed,
 * and its group is this one; ROUTE_REPLACE_FIRST takes out those before it. The table takes the
 * reference to the group, also when it fails. 0; -EINVAL (host bits), -ENOSPC or -ENOMEM and err:
 * nothing has changed. */
int route_linux_put(struct route_table *t, const struct route_linux *want, enum route_place place,
		    struct nexthop_group *group, struct error *err);

/* Take out the very same route (slot, id), and no other. 0; -ENOENT, -ENOMEM and err. */
int route_linux_del(struct route_table *t, const struct route_linux *which, struct error *err);

/* The first route of the run with this slot, or NULL. */
const struct route *route_linux_get(const struct route_table *t, const struct route_linux *which);

/* Give all routes of the run this mark: they are not to be swept. */
void route_linux_touch(struct route_table *t, const struct route_linux *which);

/* Take out the kernel's routes of an ip_family whose mark is another, looking at `budget` prefixes
 * behind *at (all zero: from the first), which is left where to go on. 1: there are more; 0: done.
 */
int route_linux_sweep(struct route_table *t, uint8_t family, struct ip_prefix *at, uint16_t mark,
		      unsigned budget);

/* How many there are, of an ip_family. */
uint32_t route_linux_count(struct route_table *t, uint8_t family);
/* Those among them that are the kernel's for want of room. */
uint32_t route_linux_no_room(struct route_table *t, uint8_t family);

#endif
