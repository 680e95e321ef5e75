/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The chains of route_ctl.h, for the files of this folder that put routes into them. A chain is
 * ordered by source, and within the kernel's by metric. Context: control thread.
 */
#ifndef SLUICE_ROUTE_CHAIN_H
#define SLUICE_ROUTE_CHAIN_H

#include "route_ctl.h"

/* The chain of a prefix, or NULL. */
struct route *route_chain(const struct route_table *t, const struct ip_prefix *p);

/* Let the FIB hold the head of the chain, or nothing; a route of the source came or went. 0 or
 * -errno and err: nothing has changed. */
int route_publish(struct route_table *t, const struct ip_prefix *p, struct route *head,
		  enum route_source source, struct error *err);

/* Free the route and those behind it, and put back their groups. */
void route_chain_free(struct route_table *t, struct route *route);

/* Counters of the kernel's routes in the table, and of those with no_room. */
uint32_t *route_n_linux(struct route_table *t, uint8_t family);
uint32_t *route_n_no_room(struct route_table *t, uint8_t family);

#endif
