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

/* The seed of the hash that spreads flows over equal paths: this router's own. Init only. */
void nexthop_set_seed(struct nexthop_table *t, uint32_t seed);

/* What the workers read. */
const struct adj *nexthop_adjs(const struct nexthop_table *t);
const struct group_table *nexthop_groups(const struct nexthop_table *t);

/* The next hop `gateway` on the interface; one with the unspecified address stands for "on link,
 * whatever the destination" and is never resolved. A reference; NULL and err when full. */
struct nexthop *nexthop_get(struct nexthop_table *t, const struct iface *iface,
			    const struct ip_addr *gateway, struct error *err);
void nexthop_put(struct nexthop_table *t, struct nexthop *nh);

/* The gateway has this MAC address from now on. 0, or -ENOSPC and err: nothing has changed. */
int nexthop_resolve(struct nexthop_table *t, struct nexthop *nh, const struct mac_addr *mac,
		    struct error *err);
/* It has none any more: its packets are gleaned. */
void nexthop_unresolve(struct nexthop_table *t, struct nexthop *nh);

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
void nexthop_group_put(struct nexthop_table *t, struct nexthop_group *group);

/* What the FIB holds. */
uint32_t nexthop_group_index(const struct nexthop_group *group);
unsigned nexthop_group_paths(const struct nexthop_group *group, const struct nexthop_path **paths);

#endif
