/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Neighbours: who has which MAC address on which interface.
 *
 * A neighbour resolves the next hop (interface, address), and with it every route through that
 * gateway. If its address is on link, it also stands in the FIB as a host route, so that one lookup
 * decides everything. It does so only as long as a packet to it would go out on link: a more
 * specific route that leads elsewhere has precedence, as in Linux.
 *
 * Context of everything here: control thread.
 */
#ifndef SLUICE_NEIGH_CTL_H
#define SLUICE_NEIGH_CTL_H

#include "route_ctl.h"

struct neigh {
	struct neigh *next; /* same address on another interface */
	struct nexthop *nh;
	bool in_fib;
};

struct neigh_table;

/* Follows the changes of the routes. NULL and errno. */
struct neigh_table *neigh_table_create(struct route_table *routes, uint32_t max);
/* NULL is allowed. */
void neigh_table_destroy(struct neigh_table *t);

/* Add a neighbour, or change its MAC address: then its packets go from the old address to the new
 * one without a gap. 0; -EINVAL, -ENOSPC, -ENOMEM and err: nothing has changed. */
int neigh_set(struct neigh_table *t, const struct iface *iface, const struct ip_addr *addr,
	      const struct mac_addr *mac, struct error *err);

/* 0; -ENOENT, -ENOMEM and err: nothing has changed. */
int neigh_unset(struct neigh_table *t, const struct iface *iface, const struct ip_addr *addr,
		struct error *err);

/* Unset all of the interface. 0; -ENOMEM and err: some are left. */
int neigh_unset_all(struct neigh_table *t, const struct iface *iface, struct error *err);

/* The neighbour with this address on the interface, or NULL. Valid until the next change. */
const struct neigh *neigh_get(const struct neigh_table *t, const struct iface *iface,
			      const struct ip_addr *addr);

uint32_t neigh_count(const struct neigh_table *t);

void neigh_usage(const struct neigh_table *t, struct usage *usage);

/* The first neighbours (a chain of one address) after *at, in order of address; *at with family 0:
 * the first of all, IPv4 before IPv6. NULL at the end. */
const struct neigh *neigh_next(const struct neigh_table *t, struct ip_addr *at);

#endif
