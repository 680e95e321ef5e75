/* SPDX-License-Identifier: BSD-3-Clause */
/* What the tests of routes and neighbours share. Context: the test's thread. */
#ifndef SLUICE_ROUTE_TESTING_H
#define SLUICE_ROUTE_TESTING_H

#include "nexthop_testing.h"
#include "route_ctl.h"

#define TESTING_ROUTES 64 /* of each family */

struct testing_routes {
	struct testing_tables *tables;
	struct nexthop_table *nexthops;
	struct route_table *routes;
	uint32_t groups_free; /* at the start */
};

struct testing_routes *testing_routes_create(void);
/* Checks that every group is free again. */
void testing_routes_destroy(struct testing_routes *r);

/* Give port "p<port>" an address; it must be accepted. */
void testing_address(struct testing_routes *r, unsigned port, const char *addr);

/* The group over on-link next hops by a port: a reference. */
struct nexthop_group *testing_on_link(struct testing_routes *r, unsigned port);

/* What a packet to addr meets in the FIB: an adjacency of this kind. */
void testing_takes(const struct testing_routes *r, const char *addr, enum adj_kind kind);
/* A glean by port "p<port>", or a rewrite by it to the MAC address of this number. */
void testing_takes_glean(const struct testing_routes *r, const char *addr, unsigned port);
void testing_takes_mac(const struct testing_routes *r, const char *addr, unsigned port,
		       unsigned mac);

#endif
