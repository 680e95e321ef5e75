/* SPDX-License-Identifier: BSD-3-Clause */
#include "sync_testing.h"

#include <stdlib.h>
#include <string.h>

#include "bridge_ctl.h"
#include "retire.h"

struct testing_sync *testing;

static void on_link(void *ctx, struct iface *iface, const struct nl_link *link, bool deleted)
{
}

static void on_settle(void *ctx)
{
	testing->settled++;
}

static void on_use(void *ctx, const struct iface *iface, const struct ip_addr *addr)
{
	testing->used++;
	testing->last_used = *addr;
}

static void on_isolate(void *ctx, int ifindex, bool on)
{
	uint64_t bit = UINT64_C(1) << ifindex;

	assert_int_not_equal(!!(testing->isolated & bit), on);
	testing->isolated ^= bit;
}

static void on_leftover(void *ctx, const struct nl_fdb *fdb)
{
	testing->leftovers++;
	testing->last_leftover = *fdb;
}

static bool on_deleted(void *ctx, const struct nl_fdb *fdb)
{
	return testing->echo;
}

static bool on_put_back(void *ctx, const struct nl_fdb *fdb, int ifindex)
{
	testing->put_back = testing->echo ? ifindex : 0;
	return testing->echo;
}

static const struct sync_calls calls = {on_link,     on_settle,  on_use,     on_isolate,
					on_leftover, on_deleted, on_put_back};

int testing_sync_create(void **state)
{
	testing = calloc(1, sizeof(*testing));
	testing->t = testing_routes_create();
	testing->r = (struct router){
		.rcu = testing->t->tables->rcu,
		.ifaces = testing->t->tables->ifaces,
		.nexthops = testing->t->nexthops,
		.routes = testing->t->routes,
		.neighs = neigh_table_create(testing->t->routes, 64),
	};
	testing->r.bridges = bridge_table_create(&testing->r, 64, -1);
	testing->sync = sync_create(&testing->r, &calls, NULL);
	assert_non_null(testing->sync);
	for (int i = 0; i < 3; i++)
		sync_set_ifindex(testing->sync, testing->t->tables->p[i], 10 + i);
	return 0;
}

int testing_sync_destroy(void **state)
{
	sync_destroy(testing->sync);
	bridge_table_destroy(testing->r.bridges);
	retired_free_all(&testing->r);
	neigh_table_destroy(testing->r.neighs);
	testing_routes_destroy(testing->t);
	free(testing);
	return 0;
}

struct nl_route *testing_route(const char *prefix, unsigned n, const char *const *gateways,
			       const int *ifindexes)
{
	struct nl_route *route = &testing->msg.route;

	memset(&testing->msg, 0, sizeof(testing->msg));
	testing->msg.kind = NL_ROUTE;
	*route = (struct nl_route){
		.dst = testing_prefix(prefix), .table = RT_TABLE_MAIN, .type = RTN_UNICAST};
	route->n_hops = n;
	for (unsigned i = 0; i < n; i++) {
		route->hops[i] = (struct nl_hop){.ifindex = ifindexes[i], .weight = 1};
		if (*gateways[i]) {
			route->hops[i].has_gateway = true;
			route->hops[i].gateway = testing_addr(gateways[i]);
		}
	}
	return route;
}

struct nl_route *testing_route1(const char *prefix, const char *gateway, int ifindex)
{
	return testing_route(prefix, 1, &gateway, &ifindex);
}

void testing_event(uint16_t flags)
{
	testing->msg.flags = flags;
	testing->msg.deleted = false;
	sync_event(testing->sync, &testing->msg);
}

void testing_deleted(void)
{
	testing->msg.deleted = true;
	sync_event(testing->sync, &testing->msg);
}

void testing_neighbour(const char *addr, int ifindex, uint16_t state, unsigned mac)
{
	memset(&testing->msg, 0, sizeof(testing->msg));
	testing->msg.kind = NL_NEIGHBOUR;
	testing->msg.neighbour = (struct nl_neighbour){
		.ifindex = ifindex,
		.addr = testing_addr(addr),
		.state = state,
		.has_mac = mac != 0,
		.mac = testing_mac(mac),
	};
	testing_event(0);
}

void testing_connected(const char *prefix, int ifindex)
{
	testing_route1(prefix, "", ifindex);
	testing_event(NLM_F_CREATE);
}

struct sync_count testing_count(enum sync_object object)
{
	struct sync_count counts[SYNC_OBJECTS];

	sync_counts(testing->sync, counts);
	return counts[object];
}
