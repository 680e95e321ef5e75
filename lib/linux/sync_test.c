/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Messages of the kernel, applied to real tables. The netdevs of "p0" to "p2" have the indices 10
 * to 12; 20 is no port's.
 */
#include "sync.h"

#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "neigh_ctl.h"
#include "own4.h"
#include "route_linux.h"
#include "route_testing.h"

#define FOREIGN 20

struct fixture {
	struct testing_routes *t;
	struct router r;
	struct sync *sync;
	unsigned settled, used, links;
	struct ip_addr last_used;
	struct nl_msg msg;
};

static struct fixture *f;

static void on_link(void *ctx, struct iface *iface, const struct nl_link *link, bool deleted)
{
	f->links++;
}

static void on_settle(void *ctx)
{
	f->settled++;
}

static void on_use(void *ctx, const struct iface *iface, const struct ip_addr *addr)
{
	f->used++;
	f->last_used = *addr;
}

static const struct sync_calls calls = {on_link, on_settle, on_use};

static int create(void **state)
{
	f = calloc(1, sizeof(*f));
	f->t = testing_routes_create();
	f->r = (struct router){
		.rcu = f->t->tables->rcu,
		.ifaces = f->t->tables->ifaces,
		.nexthops = f->t->nexthops,
		.routes = f->t->routes,
		.neighs = neigh_table_create(f->t->routes, 64),
	};
	f->sync = sync_create(&f->r, &calls, NULL);
	assert_non_null(f->sync);
	for (int i = 0; i < 3; i++)
		sync_set_ifindex(f->sync, f->t->tables->p[i], 10 + i);
	return 0;
}

static int destroy(void **state)
{
	sync_destroy(f->sync);
	neigh_table_destroy(f->r.neighs);
	testing_routes_destroy(f->t);
	free(f);
	return 0;
}

/* A route of the main table: PREFIX over n hops, each "GATEWAY" or "" on this netdev. */
static struct nl_route *route(const char *prefix, unsigned n, const char *const *gateways,
			      const int *ifindexes)
{
	struct nl_route *route = &f->msg.route;

	memset(&f->msg, 0, sizeof(f->msg));
	f->msg.kind = NL_ROUTE;
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

static struct nl_route *route1(const char *prefix, const char *gateway, int ifindex)
{
	return route(prefix, 1, &gateway, &ifindex);
}

static void event(uint16_t flags)
{
	f->msg.flags = flags;
	f->msg.deleted = false;
	sync_event(f->sync, &f->msg);
}

static void deleted(void)
{
	f->msg.deleted = true;
	sync_event(f->sync, &f->msg);
}

static void neighbour(const char *addr, int ifindex, uint16_t state, unsigned mac)
{
	memset(&f->msg, 0, sizeof(f->msg));
	f->msg.kind = NL_NEIGHBOUR;
	f->msg.neighbour = (struct nl_neighbour){
		.ifindex = ifindex,
		.addr = testing_addr(addr),
		.state = state,
		.has_mac = mac != 0,
		.mac = testing_mac(mac),
	};
	event(0);
}

static void connected(const char *prefix, int ifindex)
{
	route1(prefix, "", ifindex);
	event(NLM_F_CREATE);
}

static struct sync_count count(enum sync_object object)
{
	struct sync_count counts[SYNC_OBJECTS];

	sync_counts(f->sync, counts);
	return counts[object];
}

static void routes_and_neighbours(void **state)
{
	connected("10.0.1.0/24", 11);
	testing_takes_glean(f->t, "10.0.1.2", 1);
	route1("10.9.0.0/16", "10.0.1.2", 11);
	event(NLM_F_CREATE);
	testing_takes_glean(f->t, "10.9.1.1", 1);
	assert_int_equal(f->settled, 0);
	neighbour("10.0.1.2", 11, NUD_REACHABLE, 7);
	assert_int_equal(f->settled, 1);
	testing_takes_mac(f->t, "10.0.1.2", 1, 7);
	testing_takes_mac(f->t, "10.9.1.1", 1, 7);
	neighbour("10.0.1.2", 11, NUD_STALE, 8);
	testing_takes_mac(f->t, "10.9.1.1", 1, 8);
	assert_int_equal(f->settled, 1);
	neighbour("10.0.1.2", 11, NUD_FAILED, 0);
	testing_takes_glean(f->t, "10.9.1.1", 1);
	neighbour("10.0.1.2", 11, NUD_PERMANENT, 9);
	testing_takes_mac(f->t, "10.9.1.1", 1, 9);
	deleted();
	testing_takes_glean(f->t, "10.9.1.1", 1);
	assert_int_equal(count(SYNC_ROUTES4).in_sluice, 2);
}

static void neighbours_of_other_netdevs_do_not_count(void **state)
{
	connected("10.0.1.0/24", 11);
	neighbour("10.0.1.2", FOREIGN, NUD_REACHABLE, 7);
	testing_takes_glean(f->t, "10.0.1.2", 1);
	neighbour("224.0.0.1", 11, NUD_NOARP, 7);
	assert_int_equal(count(SYNC_NEIGHBOURS).in_sluice, 0);
}

static void what_is_not_on_a_port_is_the_kernels(void **state)
{
	static const char *const gateways[] = {"10.0.1.2", "192.0.2.1"};
	static const int ifindexes[] = {11, FOREIGN};

	route1("10.8.0.0/16", "192.0.2.1", FOREIGN);
	event(NLM_F_CREATE);
	testing_takes(f->t, "10.8.1.1", ADJ_KERNEL);
	route("10.9.0.0/16", 2, gateways, ifindexes);
	event(NLM_F_CREATE);
	testing_takes(f->t, "10.9.1.1", ADJ_KERNEL);
	route1("10.7.0.0/16", "10.0.1.2", 11)->hops[0].encap = true;
	event(NLM_F_CREATE);
	testing_takes(f->t, "10.7.1.1", ADJ_KERNEL);
	route1("10.6.0.0/16", "10.0.1.2", 11)->mtu = 1400;
	event(NLM_F_CREATE);
	testing_takes(f->t, "10.6.1.1", ADJ_KERNEL);
	assert_int_equal(count(SYNC_ROUTES4).in_sluice, 4);
	/* It comes back to a port. */
	route1("10.9.0.0/16", "10.0.1.2", 11);
	event(NLM_F_CREATE | NLM_F_REPLACE);
	testing_takes_glean(f->t, "10.9.1.1", 1);
}

static void types(void **state)
{
	static const struct {
		uint8_t type;
		enum adj_kind kind;
	} cases[] = {
		{RTN_BLACKHOLE, ADJ_BLACKHOLE}, {RTN_UNREACHABLE, ADJ_UNREACHABLE},
		{RTN_PROHIBIT, ADJ_PROHIBIT},   {RTN_LOCAL, ADJ_LOCAL},
		{RTN_BROADCAST, ADJ_LOCAL},     {RTN_THROW, ADJ_UNREACHABLE},
	};

	for (unsigned i = 0; i < RTE_DIM(cases); i++) {
		route("10.9.0.0/16", 0, NULL, NULL)->type = cases[i].type;
		event(NLM_F_CREATE);
		testing_takes(f->t, "10.9.1.1", cases[i].kind);
		deleted();
		assert_int_equal(count(SYNC_ROUTES4).in_sluice, 0);
	}
	route("224.0.0.0/4", 0, NULL, NULL)->type = RTN_MULTICAST;
	event(NLM_F_CREATE);
	route1("10.9.0.0/16", "10.0.1.2", 11)->table = 77;
	event(NLM_F_CREATE);
	route1("10.9.0.0/16", "10.0.1.2", 11)->cloned = true;
	event(NLM_F_CREATE);
	assert_int_equal(count(SYNC_ROUTES4).in_sluice, 0);
}

static void local_table(void **state)
{
	struct ip_addr own = testing_addr("10.0.1.1");
	rte_be32_t word;

	memcpy(&word, own.bytes, 4);
	for (int ifindex = 11; ifindex <= 12; ifindex++) {
		struct nl_route *r = route1("10.0.1.1/32", "", ifindex);

		r->table = RT_TABLE_LOCAL;
		r->type = RTN_LOCAL;
		event(NLM_F_CREATE | NLM_F_APPEND);
	}
	testing_takes(f->t, "10.0.1.1", ADJ_LOCAL);
	assert_int_equal(count(SYNC_ROUTES4).in_sluice, 2);
	deleted();
	testing_takes(f->t, "10.0.1.1", ADJ_LOCAL);
	assert_false(own4_maybe(route_own4(f->t->routes), word));
	memset(&f->msg, 0, sizeof(f->msg));
	f->msg.kind = NL_ADDRESS;
	f->msg.address = (struct nl_address){.ifindex = 11, .addr = testing_prefix("10.0.1.1/24")};
	event(0);
	assert_true(own4_maybe(route_own4(f->t->routes), word));
	assert_int_equal(count(SYNC_ADDRESSES).in_sluice, 1);
	assert_int_equal(count(SYNC_ADDRESSES).in_sluice, 1);
	assert_false(sync_take_stale(f->sync));
	deleted();
	assert_true(sync_take_stale(f->sync));
	assert_false(own4_maybe(route_own4(f->t->routes), word));
}

static void the_kernels_order(void **state)
{
	route1("10.9.0.0/16", "10.0.0.2", 10)->metric = 5;
	event(NLM_F_CREATE | NLM_F_EXCL);
	route1("10.9.0.0/16", "10.0.1.2", 11)->metric = 3;
	event(NLM_F_CREATE | NLM_F_EXCL);
	testing_takes_glean(f->t, "10.9.1.1", 1);
	route1("10.9.0.0/16", "10.0.2.2", 12)->metric = 3;
	event(NLM_F_CREATE | NLM_F_APPEND);
	testing_takes_glean(f->t, "10.9.1.1", 1);
	route1("10.9.0.0/16", "10.0.1.2", 11)->metric = 3;
	deleted();
	testing_takes_glean(f->t, "10.9.1.1", 2);
	route1("10.9.0.0/16", "10.0.2.2", 12)->metric = 3;
	deleted();
	testing_takes_glean(f->t, "10.9.1.1", 0);
	route1("10.9.0.0/16", "10.0.0.2", 10)->metric = 5;
	deleted();
	testing_takes(f->t, "10.9.1.1", ADJ_NO_ROUTE);
	route1("10.9.0.0/16", "10.0.0.2", 10)->tos = 16;
	event(NLM_F_CREATE);
	testing_takes(f->t, "10.9.1.1", ADJ_NO_ROUTE);
	assert_int_equal(count(SYNC_ROUTES4).refused, 1);
	deleted();
	assert_int_equal(count(SYNC_ROUTES4).refused, 0);
}

static unsigned paths_to(const char *addr)
{
	struct ip_addr dst = testing_addr(addr);
	const struct nexthop_path *paths;

	return nexthop_group_paths(route_match(f->t->routes, &dst)->group, &paths);
}

/* IPv6 sends all next hops with a gateway as one route, and deletes some of them by themselves. */
static void ip6_next_hops_come_and_go(void **state)
{
	static const char *const gateways[] = {"2001:db8:1::2", "2001:db8:2::2", "2001:db8::2"};
	static const int ifindexes[] = {11, 12, 10};

	route("2001:db8:9::/48", 2, gateways, ifindexes)->metric = 1024;
	event(NLM_F_CREATE);
	assert_int_equal(paths_to("2001:db8:9::1"), 2);
	route("2001:db8:9::/48", 3, gateways, ifindexes)->metric = 1024;
	event(NLM_F_CREATE | NLM_F_APPEND);
	assert_int_equal(paths_to("2001:db8:9::1"), 3);
	route1("2001:db8:9::/48", gateways[1], 12)->metric = 1024;
	deleted();
	assert_int_equal(paths_to("2001:db8:9::1"), 2);
	route1("2001:db8:9::/48", gateways[0], 11)->metric = 1024;
	deleted();
	testing_takes_glean(f->t, "2001:db8:9::1", 0);
	route1("2001:db8:9::/48", gateways[2], 10)->metric = 1024;
	deleted();
	testing_takes(f->t, "2001:db8:9::1", ADJ_NO_ROUTE);
	assert_int_equal(count(SYNC_ROUTES6).in_sluice, 0);
}

static void ip6_on_link_routes_stand_side_by_side(void **state)
{
	route1("2001:db8:1::/64", "", 11)->metric = 256;
	event(NLM_F_CREATE);
	route1("2001:db8:1::/64", "", 12)->metric = 256;
	event(NLM_F_CREATE);
	testing_takes_glean(f->t, "2001:db8:1::2", 1);
	assert_int_equal(count(SYNC_ROUTES6).in_sluice, 2);
	route1("2001:db8:1::/64", "", 11)->metric = 256;
	deleted();
	testing_takes_glean(f->t, "2001:db8:1::2", 2);
	route1("2001:db8:1::/64", "2001:db8::2", 10)->metric = 256;
	event(NLM_F_CREATE | NLM_F_REPLACE);
	testing_takes_glean(f->t, "2001:db8:1::2", 0);
	assert_int_equal(count(SYNC_ROUTES6).in_sluice, 1);
	route1("fe80::/64", "", 12)->metric = 256;
	event(NLM_F_CREATE);
	assert_int_equal(count(SYNC_ROUTES6).in_sluice, 1);
}

static void object(uint32_t id, const char *gateway, int ifindex)
{
	memset(&f->msg, 0, sizeof(f->msg));
	f->msg.kind = NL_NEXTHOP;
	f->msg.nexthop = (struct nl_nexthop){
		.id = id,
		.family = IP4,
		.hop = {.ifindex = ifindex,
			.has_gateway = true,
			.gateway = testing_addr(gateway),
			.weight = 1},
	};
	event(NLM_F_CREATE);
}

static void group_object(uint32_t id, uint32_t a, uint32_t b)
{
	memset(&f->msg, 0, sizeof(f->msg));
	f->msg.kind = NL_NEXTHOP;
	f->msg.nexthop =
		(struct nl_nexthop){.id = id,
				    .n_members = 2,
				    .members = {{.id = a, .weight = 1}, {.id = b, .weight = 1}}};
	event(NLM_F_CREATE);
}

static void object_route(const char *prefix, uint32_t id)
{
	route1(prefix, "10.0.0.2", 10)->nh_id = id;
	event(NLM_F_CREATE);
}

static void next_hop_objects(void **state)
{
	object(1, "10.0.1.2", 11);
	object_route("10.9.0.0/16", 1);
	testing_takes_glean(f->t, "10.9.1.1", 1);
	object(1, "10.0.2.2", 12);
	testing_takes_glean(f->t, "10.9.1.1", 2);
	object(2, "10.0.1.2", 11);
	group_object(3, 1, 2);
	object_route("10.8.0.0/16", 3);
	assert_int_equal(paths_to("10.8.1.1"), 2);
	/* A member changes, and the kernel says nothing of the group. */
	object(2, "192.0.2.1", FOREIGN);
	testing_takes(f->t, "10.8.1.1", ADJ_KERNEL);
	object(2, "10.0.0.2", 10);
	assert_int_equal(paths_to("10.8.1.1"), 2);
	memset(&f->msg, 0, sizeof(f->msg));
	f->msg.kind = NL_NEXTHOP;
	f->msg.nexthop = (struct nl_nexthop){.id = 1, .blackhole = true};
	event(NLM_F_REPLACE);
	testing_takes(f->t, "10.9.1.1", ADJ_BLACKHOLE);
	assert_int_equal(count(SYNC_NEXTHOPS).in_sluice, 3);
	/* The kernel takes its routes out without a word. */
	assert_false(sync_take_stale(f->sync));
	deleted();
	assert_true(sync_take_stale(f->sync));
	testing_takes(f->t, "10.9.1.1", ADJ_KERNEL);
	testing_takes(f->t, "10.8.1.1", ADJ_KERNEL);
}

static void dump_end(void)
{
	for (int i = 0; i < 100; i++)
		if (!sync_dump_sweep(f->sync))
			return;
	fail_msg("the sweep does not end");
}

static void a_dump_sweeps_what_is_gone(void **state)
{
	connected("10.0.1.0/24", 11);
	connected("10.0.2.0/24", 12);
	neighbour("10.0.1.2", 11, NUD_REACHABLE, 7);
	neighbour("10.0.2.2", 12, NUD_REACHABLE, 8);
	sync_dump_begin(f->sync);
	route1("10.0.1.0/24", "", 11);
	sync_dumped(f->sync, &f->msg);
	testing_takes_mac(f->t, "10.0.2.2", 2, 8);
	/* An event beside it counts, whatever the dump has or has not said. */
	connected("10.0.3.0/24", 10);
	neighbour("10.0.1.2", 11, NUD_STALE, 7);
	dump_end();
	testing_takes_mac(f->t, "10.0.1.2", 1, 7);
	testing_takes(f->t, "10.0.2.2", ADJ_NO_ROUTE);
	testing_takes_glean(f->t, "10.0.3.2", 0);
	assert_int_equal(count(SYNC_NEIGHBOURS).in_sluice, 1);
	assert_int_equal(count(SYNC_NEIGHBOURS).in_sluice, 1);
}

static void a_dump_is_older_than_events(void **state)
{
	connected("10.0.1.0/24", 11);
	sync_dump_begin(f->sync);
	route1("10.0.1.0/24", "", 11);
	deleted();
	route1("10.0.1.0/24", "", 11);
	sync_dumped(f->sync, &f->msg);
	dump_end();
	testing_takes(f->t, "10.0.1.2", ADJ_NO_ROUTE);
	assert_int_equal(count(SYNC_ROUTES4).in_sluice, 0);
}

/* The kernel looks past routes whose link is down: the next metric takes over. */
static void dead_routes_step_aside(void **state)
{
	route1("10.9.0.0/16", "10.0.1.2", 11)->metric = 1;
	event(NLM_F_CREATE);
	route1("10.9.0.0/16", "10.0.2.2", 12)->metric = 2;
	event(NLM_F_CREATE);
	sync_dump_begin(f->sync);
	route1("10.9.0.0/16", "10.0.1.2", 11)->metric = 1;
	f->msg.route.hops[0].dead = true;
	sync_dumped(f->sync, &f->msg);
	route1("10.9.0.0/16", "10.0.2.2", 12)->metric = 2;
	sync_dumped(f->sync, &f->msg);
	dump_end();
	testing_takes_glean(f->t, "10.9.1.1", 2);
	assert_int_equal(count(SYNC_ROUTES4).refused, 1);
	sync_dump_begin(f->sync);
	for (int i = 1; i <= 2; i++) {
		route1("10.9.0.0/16", i == 1 ? "10.0.1.2" : "10.0.2.2", 10 + i)->metric =
			(uint32_t)i;
		sync_dumped(f->sync, &f->msg);
	}
	dump_end();
	testing_takes_glean(f->t, "10.9.1.1", 1);
	assert_int_equal(count(SYNC_ROUTES4).refused, 0);
}

static void a_full_table_says_so_and_recovers(void **state)
{
	char text[32];

	for (int i = 0; i <= TESTING_ROUTES; i++) {
		snprintf(text, sizeof(text), "10.%d.%d.0/24", i / 256, i % 256);
		connected(text, 11);
	}
	assert_int_equal(count(SYNC_ROUTES4).in_sluice, TESTING_ROUTES);
	assert_int_equal(count(SYNC_ROUTES4).refused, 1);
	testing_takes_glean(f->t, "10.0.0.1", 1);
	assert_false(sync_take_stale(f->sync));
	route1("10.0.0.0/24", "", 11);
	deleted();
	assert_true(sync_take_stale(f->sync)); /* a dump brings what was refused */
}

/* A packet goes to addr: its adjacency is marked, as the node output does it. */
static void use_adj(const char *addr)
{
	struct ip_addr dst = testing_addr(addr);
	uint64_t word =
		group_word(nexthop_groups(f->t->nexthops), route_fib_lookup(f->t->routes, &dst));

	nexthop_adjs(f->t->nexthops)[(uint32_t)word].used = 1;
}

static void neighbours_in_use_are_kept_alive(void **state)
{
	struct ip_addr gateway = testing_addr("10.0.1.2");

	connected("10.0.1.0/24", 11);
	route1("10.9.0.0/16", "10.0.1.2", 11);
	event(NLM_F_CREATE);
	sync_keepalive(f->sync); /* not resolved: asked for at once */
	assert_int_equal(f->used, 1);
	assert_true(ip_addr_equal(&f->last_used, &gateway));
	sync_keepalive(f->sync); /* and not again a second later */
	assert_int_equal(f->used, 1);
	neighbour("10.0.1.2", 11, NUD_REACHABLE, 7);
	use_adj("10.9.1.1");
	sync_keepalive(f->sync);
	assert_int_equal(f->used, 1);
	neighbour("10.0.1.2", 11, NUD_STALE, 7);
	sync_keepalive(f->sync); /* stale, and not in use */
	assert_int_equal(f->used, 1);
	use_adj("10.9.1.1");
	sync_keepalive(f->sync);
	assert_int_equal(f->used, 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, create, destroy)
	const struct CMUnitTest tests[] = {
		TEST(routes_and_neighbours),
		TEST(neighbours_of_other_netdevs_do_not_count),
		TEST(what_is_not_on_a_port_is_the_kernels),
		TEST(types),
		TEST(local_table),
		TEST(the_kernels_order),
		TEST(ip6_next_hops_come_and_go),
		TEST(ip6_on_link_routes_stand_side_by_side),
		TEST(next_hop_objects),
		TEST(a_dump_sweeps_what_is_gone),
		TEST(a_dump_is_older_than_events),
		TEST(dead_routes_step_aside),
		TEST(a_full_table_says_so_and_recovers),
		TEST(neighbours_in_use_are_kept_alive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
