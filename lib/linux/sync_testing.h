/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For tests: a sync with real tables, and messages of the kernel made by hand. The netdevs of "p0"
 * to "p2" have the indices 10 to 12; TESTING_FOREIGN is no port's.
 */
#ifndef SLUICE_SYNC_TESTING_H
#define SLUICE_SYNC_TESTING_H

#include <linux/rtnetlink.h>

#include "neigh_ctl.h"
#include "route_testing.h"
#include "sync.h"

#define TESTING_FOREIGN 20

struct testing_sync {
	struct testing_routes *t;
	struct router r;
	struct sync *sync;
	unsigned settled, used; /* calls of sync_calls */
	struct ip_addr last_used;
	uint64_t isolated; /* bit by ifindex */
	bool echo;         /* what is deleted or moved in the kernel, Sluice has */
	int put_back;      /* the netdev; 0: the last move was not Sluice's */
	unsigned leftovers;
	struct nl_fdb last_leftover;
	struct nl_msg msg; /* the one that is being made */
};

extern struct testing_sync *testing;

/* For cmocka. */
int testing_sync_create(void **state);
int testing_sync_destroy(void **state);

/* A route of the main table over n hops, each by a gateway, or "", on a netdev. */
struct nl_route *testing_route(const char *prefix, unsigned n, const char *const *gateways,
			       const int *ifindexes);
struct nl_route *testing_route1(const char *prefix, const char *gateway, int ifindex);

/* Apply the message as an event: with these NLM_F flags; as a deletion. */
void testing_event(uint16_t flags);
void testing_deleted(void);

/* Applied at once: a neighbour in a NUD state (mac 0: it has none), an on-link route. */
void testing_neighbour(const char *addr, int ifindex, uint16_t state, unsigned mac);
void testing_connected(const char *prefix, int ifindex);

struct sync_count testing_count(enum sync_object object);

#endif
