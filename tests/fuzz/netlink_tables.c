/* SPDX-License-Identifier: BSD-3-Clause */
#include "netlink_tables.h"

#include <stdio.h>
#include <stdlib.h>

#include "bridge_ctl.h"
#include "fib4.h"
#include "log.h"
#include "neigh_ctl.h"
#include "rcu.h"
#include "retire.h"
#include "route_linux.h"
#include "sync.h"
#include "sync_own.h"

#define SHORTEST   12
#define PORTS      3
#define IFACES     12
#define FDB        16
#define ROUTES     64
#define NEIGHBOURS 8
#define SWEEPS_MAX 1000
#define QUEUE_SIZE 4096

#define REQUIRE(truth)                                                         \
	do {                                                                   \
		if (!(truth)) {                                                \
			fprintf(stderr, "fuzz_netlink: not so: %s\n", #truth); \
			abort();                                               \
		}                                                              \
	} while (0)

static struct router r;
static struct sync *state;
static bool dumping;
static uint32_t groups_free;
static int isolated;

static void on_link(void *ctx, struct iface *iface, const struct nl_link *link, bool deleted)
{
	if (!deleted)
		nexthop_iface_set_usable(r.nexthops, iface, link->up);
}

static void on_settle(void *ctx)
{
}

static void on_use(void *ctx, const struct iface *iface, const struct ip_addr *addr)
{
	REQUIRE(!ip_addr_is_unspecified(addr));
}

static void on_isolate(void *ctx, int ifindex, bool on)
{
	REQUIRE(ifindex > 0);
	isolated += on ? 1 : -1;
}

static void on_leftover(void *ctx, const struct nl_fdb *fdb)
{
	REQUIRE(sync_iface(state, fdb->ifindex));
}

/* Nothing is ever told the kernel here. */
static bool on_echo(void *ctx, const struct nl_fdb *fdb)
{
	return false;
}

static bool on_put_back(void *ctx, const struct nl_fdb *fdb, int ifindex)
{
	REQUIRE(ifindex != fdb->ifindex);
	return false;
}

static uint32_t free_groups(void)
{
	rcu_synchronize(r.rcu);
	return nexthop_groups(r.nexthops)->n_free;
}

static void start(void)
{
	static const struct sync_calls calls = {
		on_link, on_settle, on_use, on_isolate, on_leftover, on_echo, on_put_back,
	};

	log_set_level(LOG_LEVEL_ERR);
	r.rcu = rcu_create(1, QUEUE_SIZE);
	r.ifaces = iface_table_create(IFACES, -1);
	r.nexthops = nexthop_table_create(NEIGHBOURS, -1, r.rcu);
	r.routes = route_table_create(ROUTES, ROUTES, -1, r.nexthops, r.rcu);
	r.neighs = neigh_table_create(r.routes, NEIGHBOURS);
	for (uint16_t i = 0; i < PORTS; i++) {
		struct mac_addr mac = {{2, 0, 0, 0, 0, (uint8_t)i}};
		char name[] = {'p', (char)('0' + i), 0};

		REQUIRE(iface_add(r.ifaces, name, i, &mac, 1500, NULL));
	}
	r.bridges = bridge_table_create(&r, FDB, -1);
	REQUIRE(r.bridges);
	state = sync_create(&r, &calls, NULL);
	REQUIRE(state);
	/* Index 1 is lo's, no port's. */
	for (int i = 0; i < PORTS; i++)
		sync_set_ifindex(state, r.ifaces->ifaces[IFACE_NONE + 1 + i], 2 + i);
	groups_free = free_groups();
}

void netlink_tables_apply(const struct nl_msg *msg)
{
	if (!state)
		start();
	/* Short prefixes are half the root of a trie: under ASan some milliseconds each. */
	if (msg->kind == NL_ROUTE && msg->route.dst.len < SHORTEST)
		return;
	if ((msg->flags & NLM_F_MULTI) && !dumping) {
		sync_dump_begin(state, false);
		dumping = true;
	}
	if ((msg->flags & NLM_F_MULTI) && !msg->deleted)
		sync_dumped(state, msg);
	else
		sync_event(state, msg);
}

static void sweep(void)
{
	for (int i = 0; i < SWEEPS_MAX; i++)
		if (!sync_dump_sweep(state))
			return;
	REQUIRE(!"the sweep ends");
}

void netlink_tables_empty(void)
{
	struct sync_count counts[SYNC_OBJECTS];

	if (!state)
		return;
	sync_keepalive(state);
	if (dumping)
		sweep();
	dumping = false;
	sync_dump_begin(state, false);
	sweep();
	sync_counts(state, counts);
	for (int i = SYNC_ADDRESSES; i < SYNC_OBJECTS; i++)
		REQUIRE(!counts[i].in_sluice && !counts[i].refused);
	REQUIRE(!neigh_count(r.neighs));
	REQUIRE(!bridge_next(r.bridges, NULL) && !isolated);
	retired_poll(&r);
	for (const struct iface *iface = NULL; (iface = iface_next(r.ifaces, iface));)
		REQUIRE(iface->kind == IFACE_PORT);
	REQUIRE(!r.retired);
	REQUIRE(free_groups() == groups_free);
}
