/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Next hops as the control thread knows them: by interface and gateway, with the adjacency that
 * leads there now, and the groups of them that routes point to. Both are shared (one object
 * however many routes use it) and counted. Resolving a next hop moves every group that it is in.
 *
 * Context of everything here: control thread.
 */
#ifndef SLUICE_NEXTHOP_CTL_H
#define SLUICE_NEXTHOP_CTL_H

#include "adj.h"
#include "error.h"
#include "group.h"
#include "iface.h"

struct nexthop;
struct nexthop_group;

/* A path of a group: weight 1 to 65536 (256 hops of 256 may come to one path). */
struct nexthop_path {
	struct nexthop *nh;
	uint32_t weight;
};

struct nexthop_table;

/* Room for max_neighbours resolved next hops, and as many groups and more. NULL and errno. */
struct nexthop_table *nexthop_table_create(uint32_t max_neighbours, int numa_node, struct rcu *rcu);
/* Every group and next hop must have been put back, and the RCU queue drained. */
void nexthop_table_destroy(struct nexthop_table *t);

struct nexthop_usage {
	struct usage adjacencies, groups, buckets;
};

void nexthop_usage(const struct nexthop_table *t, struct nexthop_usage *usage);
/* There is room for one more next hop, and a group over it. */
bool nexthop_has_room(const struct nexthop_table *t);
/* Something was refused since nexthop_forget_refused(), and there is more room than when that
 * happened last: it is worth to try once more. */
bool nexthop_has_room_again(const struct nexthop_table *t);
void nexthop_forget_refused(struct nexthop_table *t);

/* The seed of the hash that spreads flows over equal paths: this router's own. Init only. */
void nexthop_set_seed(struct nexthop_table *t, uint32_t seed);

/* What the workers read; in the adjacencies they set the use marks (adj.h). */
struct adj *nexthop_adjs(const struct nexthop_table *t);
const struct group_table *nexthop_groups(const struct nexthop_table *t);
/* Tell the regions of what workers read. */
void nexthop_regions(const struct nexthop_table *t, region_visit_fn *visit, void *ctx);

/* The next hop `gateway` on the interface; one with the unspecified address stands for "on link,
 * whatever the destination" and is never resolved. A reference; NULL and err when full. */
struct nexthop *nexthop_get(struct nexthop_table *t, const struct iface *iface,
			    const struct ip_addr *gateway, struct error *err);
/* Likewise for packets of a family that may be another one than the gateway's (RFC 8950). Such a
 * next hop is resolved with that of the gateway's own family, by the functions below. */
struct nexthop *nexthop_get_via(struct nexthop_table *t, const struct iface *iface,
				const struct ip_addr *gateway, enum ip_family packets,
				struct error *err);
void nexthop_put(struct nexthop_table *t, struct nexthop *nh);

/* The gateway has this MAC address from now on. 0, or -ENOSPC and err: nothing has changed. */
int nexthop_resolve(struct nexthop_table *t, struct nexthop *nh, const struct mac_addr *mac,
		    struct error *err);
/* It has none any more: its packets are gleaned. */
void nexthop_unresolve(struct nexthop_table *t, struct nexthop *nh);

/* The MAC address or the MTU of the interface has changed: struct iface has the new values. All its
 * adjacencies are replaced, make-before-break. 0, or -ENOSPC and err: as many as possible are. */
int nexthop_iface_changed(struct nexthop_table *t, const struct iface *iface, struct error *err);

/* An interface without carrier, or down, is not usable (all are, at first). Its paths leave every
 * group of several paths at once, those that are not resolved too: their flows spread over the
 * other paths, whose flows stay; they return when it is usable again. A group none of whose paths
 * is usable is as if all were. Costs as much as there are next hops and groups, not routes. */
void nexthop_iface_set_usable(struct nexthop_table *t, const struct iface *iface, bool usable);

/* The interface is being taken away: all its next hops are as if never resolved, and have to stay
 * so. */
void nexthop_iface_unresolve(struct nexthop_table *t, const struct iface *iface);
/* Some next hop is still by it. Looks at all. */
bool nexthop_iface_is_used(const struct nexthop_table *t, const struct iface *iface);
/* None is: another interface may get its id. */
void nexthop_iface_forget(struct nexthop_table *t, const struct iface *iface);

/* Called with a next hop that has a gateway, and whether a packet went to it since the last time,
 * of whichever family. Must not get, put or resolve anything. */
typedef void (*nexthop_used_fn)(void *ctx, const struct nexthop *nh, bool used);

/* Call fn for every gateway and interface that is a next hop, resolved or not, once; clears the
 * marks. A gateway that is not resolved has no packets of its own: they are punted. */
void nexthop_take_used(struct nexthop_table *t, nexthop_used_fn fn, void *ctx);

const struct iface *nexthop_iface(const struct nexthop *nh);
const struct ip_addr *nexthop_gateway(const struct nexthop *nh);
/* NULL while it is not resolved. */
const struct mac_addr *nexthop_mac(const struct nexthop *nh);

/* The group over n paths (1 to GROUP_PATHS_MAX), each next hop at most once. The group takes its
 * own references to them. A reference; NULL and err when full. */
struct nexthop_group *nexthop_group_get(struct nexthop_table *t, const struct nexthop_path *paths,
					unsigned n, struct error *err);
/* The group of a fixed adjacency (local, blackhole, ...), which counts no references. */
struct nexthop_group *nexthop_group_fixed(struct nexthop_table *t, enum adj_fixed which);

/* A group of its own, whose content may change: routes that hold it follow at once, however many
 * there are. It begins as the fixed adjacency ADJ_INDEX_KERNEL. A reference; NULL and err. */
struct nexthop_group *nexthop_group_create(struct nexthop_table *t, struct error *err);
/* It leads over these n paths from now on (as for nexthop_group_get()); readers meet the old
 * content or the new one. When some of its paths go, only the flows on them move, and return when
 * just these paths are back. 0, or -ENOSPC and err: nothing has changed. */
int nexthop_group_set(struct nexthop_table *t, struct nexthop_group *group,
		      const struct nexthop_path *paths, unsigned n, struct error *err);
/* It leads to a fixed adjacency from now on. Never fails. */
void nexthop_group_set_fixed(struct nexthop_table *t, struct nexthop_group *group,
			     enum adj_fixed which);

/* Another reference. */
void nexthop_group_hold(struct nexthop_group *group);
void nexthop_group_put(struct nexthop_table *t, struct nexthop_group *group);

/* What the FIB holds. */
uint32_t nexthop_group_index(const struct nexthop_group *group);
/* Its paths now, in an order of its own; 0: a fixed adjacency. */
unsigned nexthop_group_paths(const struct nexthop_group *group, const struct nexthop_path **paths);

#endif
