/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A worker's nodes at full speed while the control thread changes routes, addresses and
 * neighbours: whatever moment a packet meets, what becomes of it was right just before or after.
 * The ports are left out: what would be sent is taken from the transmit vectors.
 */
#include <netinet/in.h>
#include <pthread.h>

#include <rte_ether.h>
#include <rte_ip.h>

#include "address_ctl.h"
#include "neigh_ctl.h"
#include "node_testing.h"
#include "nodes.h"
#include "punt.h"
#include "route_testing.h"

#define FLIPS  2000
#define BURSTS 2000

/* What may become of a packet to dst: one of these, or sent by port p with MAC address p << 8. */
struct probe {
	const char *src, *dst;
	bool glean, local, blackhole, own;
	unsigned ports; /* mask */
};

static const struct probe probes[] = {
	/* A neighbour that comes, goes and changes. */
	{"192.0.2.200", "10.0.0.9", .glean = true, .ports = 1},
	{"2001:db8:ff::1", "2001:db8::9", .glean = true, .ports = 1},
	/* Behind gateways: one or the other, or both. */
	{"192.0.2.201", "192.0.2.1", .glean = true, .ports = 3},
	{"2001:db8:ff::2", "2001:db8:77::1", .glean = true, .ports = 3},
	/* Now and then a blackhole. */
	{"192.0.2.202", "198.51.100.1", .blackhole = true, .glean = true, .ports = 1},
	/* Now and then an address of ours; as a destination, and as a source. */
	{"192.0.2.203", "10.0.0.77", .local = true, .glean = true},
	{"10.0.0.77", "10.0.1.9", .own = true, .ports = 2},
	/* A neighbour whose subnet has a more specific route now and then. */
	{"192.0.2.204", "10.0.1.130", .glean = true, .ports = 2},
};

static const struct worker_rxq rxq = {.iface = TESTING_ID(0)};
static struct testing_routes *r;
static struct neigh_table *neighs;
static struct worker *w;
static uint32_t flips; /* atomic: of the writer */
static bool done;      /* atomic: the reader has seen enough */
static uint64_t wrong; /* of the reader */
static uint64_t punted, sent, dropped;

static struct rte_mbuf *make(const struct probe *p)
{
	uint8_t frame[80] = {0};
	struct rte_ether_hdr *eth = (struct rte_ether_hdr *)frame;
	struct ip_addr src = testing_addr(p->src), dst = testing_addr(p->dst);
	struct rte_ipv4_hdr *ip4 = (struct rte_ipv4_hdr *)(eth + 1);
	struct rte_ipv6_hdr *ip6 = (struct rte_ipv6_hdr *)(eth + 1);

	memcpy(&eth->dst_addr, &w->ifaces[TESTING_ID(0)].mac, 6);
	eth->ether_type =
		src.family == IP4 ? RTE_BE16(RTE_ETHER_TYPE_IPV4) : RTE_BE16(RTE_ETHER_TYPE_IPV6);
	if (src.family == IP4) {
		*ip4 = (struct rte_ipv4_hdr){
			.version_ihl = 0x45, .total_length = RTE_BE16(66), .time_to_live = 64};
		memcpy(&ip4->src_addr, src.bytes, 4);
		memcpy(&ip4->dst_addr, dst.bytes, 4);
		ip4->hdr_checksum = rte_ipv4_cksum(ip4);
	} else {
		*ip6 = (struct rte_ipv6_hdr){.vtc_flow = RTE_BE32(0x60000000),
					     .payload_len = RTE_BE16(26),
					     .proto = IPPROTO_UDP,
					     .hop_limits = 64};
		memcpy(ip6->src_addr, src.bytes, 16);
		memcpy(ip6->dst_addr, dst.bytes, 16);
	}
	return testing_packet(frame, sizeof(frame), 0);
}

static bool was_sent_right(const struct probe *p, const struct rte_mbuf *pkt, unsigned port)
{
	const struct rte_ether_hdr *eth = rte_pktmbuf_mtod(pkt, const struct rte_ether_hdr *);

	return (p->ports >> port & 1) && eth->dst_addr.addr_bytes[0] == 2 &&
	       eth->dst_addr.addr_bytes[4] == port;
}

static bool waits_right(const struct probe *p, enum node_id node, uint32_t value)
{
	if (node == NODE_drop)
		return (p->blackhole && value == DROP_ip4_blackhole) ||
		       (p->own && value == DROP_ip4_src_own);
	return (p->glean && value == PUNT_glean) || (p->local && value == PUNT_local);
}

/* The probe that each packet of the burst is: pkts in the order of probes. */
static const struct probe *probe_of(struct rte_mbuf *const *pkts, const struct rte_mbuf *pkt)
{
	unsigned i = 0;

	while (pkts[i] != pkt)
		i++;
	return &probes[i % RTE_DIM(probes)];
}

static void check_waiting(enum node_id node, struct rte_mbuf *const *pkts, uint64_t *count)
{
	struct burst *b = w->in[node];

	for (uint32_t i = 0; i < b->n; i++)
		wrong += !waits_right(probe_of(pkts, b->pkts[i]), node, b->meta[i].value);
	*count += b->n;
	rte_pktmbuf_free_bulk(b->pkts, b->n);
	b->n = 0;
}

static void forward_burst(void)
{
	struct burst *b = w->in[NODE_ether_input];
	struct rte_mbuf *pkts[BURST_MAX];

	for (b->n = 0; b->n < BURST_MAX; b->n++)
		pkts[b->n] = b->pkts[b->n] = make(&probes[b->n % RTE_DIM(probes)]);
	for (int id = NODE_ether_input; id <= NODE_output; id++)
		w->nodes[id](w, w->in[id]);
	check_waiting(NODE_punt, pkts, &punted);
	check_waiting(NODE_drop, pkts, &dropped);
	for (uint16_t port = 0; port < TESTING_PORTS; port++) {
		struct tx_vector *v = &w->tx[10 + port];

		for (uint16_t i = 0; i < v->n; i++)
			wrong += !was_sent_right(probe_of(pkts, v->pkts[i]), v->pkts[i], port);
		sent += v->n;
		rte_pktmbuf_free_bulk(v->pkts, v->n);
		v->n = 0;
	}
	w->n_tx_dirty = 0;
	w->in[NODE_port_tx]->n = 0;
}

static void *worker_thread(void *arg)
{
	for (unsigned n = 0; n < BURSTS || __atomic_load_n(&flips, __ATOMIC_RELAXED) < FLIPS; n++) {
		forward_burst();
		rcu_reader_quiescent(r->tables->rcu, 0);
	}
	testing_reader_done(r->tables->rcu, 0);
	__atomic_store_n(&done, true, __ATOMIC_RELEASE);
	return NULL;
}

static void neighbour(const char *text, unsigned port, unsigned number)
{
	struct ip_addr addr = testing_addr(text);
	struct mac_addr mac = testing_mac(port << 8 | number % 256);

	if (number % 7 == 0)
		neigh_unset(neighs, r->tables->p[port], &addr, NULL);
	else
		assert_int_equal(neigh_set(neighs, r->tables->p[port], &addr, &mac, NULL), 0);
}

static void static_route(const char *text, const char *gateway, const char *other)
{
	struct ip_prefix prefix = testing_prefix(text);
	struct route_hop hops[2] = {{.weight = 1}, {.weight = 1}};
	unsigned n = 0;

	if (gateway)
		hops[n++].gateway = testing_addr(gateway);
	if (other)
		hops[n++].gateway = testing_addr(other);
	hops[0].has_gateway = hops[1].has_gateway = true;
	assert_int_equal(route_static_set(r->routes, &prefix, n ? ROUTE_UNICAST : ROUTE_BLACKHOLE,
					  hops, n, NULL),
			 0);
}

static void address(const char *text, bool there)
{
	struct ip_prefix prefix = testing_prefix(text);
	struct iface *iface = r->tables->p[0];

	assert_int_equal(there ? address_add(r->routes, r->tables->ifaces, iface, &prefix, NULL)
			       : address_del(r->routes, r->tables->ifaces, iface, &prefix, NULL),
			 0);
}

static void change(uint32_t i)
{
	struct ip_prefix more_specific = testing_prefix("10.0.1.128/25");

	neighbour("10.0.0.9", 0, i);
	neighbour("2001:db8::9", 0, i + 1);
	neighbour("2001:db8:1::9", 1, i + 2);
	static_route("192.0.2.0/24", i & 1 ? "10.0.0.9" : NULL, i & 1 && i & 2 ? NULL : "10.0.1.9");
	static_route("2001:db8:77::/48", i & 2 ? "2001:db8::9" : "2001:db8:1::9",
		     i & 4 ? "2001:db8:1::9" : "2001:db8::9");
	static_route("198.51.100.0/24", i & 1 ? "10.0.0.9" : NULL, NULL);
	address("10.0.0.77/24", i & 1);
	if (i & 1)
		static_route("10.0.1.128/25", "10.0.1.9", NULL);
	else
		route_del(r->routes, &more_specific, ROUTE_STATIC, NULL, NULL);
	rcu_reclaim(r->tables->rcu);
	__atomic_store_n(&flips, i, __ATOMIC_RELAXED);
}

static void every_packet_meets_a_right_moment(void **state)
{
	pthread_t thread;

	change(1);
	rcu_reader_online(r->tables->rcu, 0);
	assert_int_equal(pthread_create(&thread, NULL, worker_thread, NULL), 0);
	for (uint32_t i = 2; !__atomic_load_n(&done, __ATOMIC_ACQUIRE); i++)
		change(i);
	pthread_join(thread, NULL);
	rcu_reader_offline(r->tables->rcu, 0);
	assert_int_equal(wrong, 0);
	assert_true(punted > 0 && sent > 0 && dropped > 0);
}

static int setup(void **state)
{
	r = testing_routes_create();
	neighs = neigh_table_create(r->routes, 16);
	testing_address(r, 0, "10.0.0.1/24");
	testing_address(r, 1, "10.0.1.1/24");
	testing_address(r, 0, "2001:db8::1/64");
	testing_address(r, 1, "2001:db8:1::1/64");
	neighbour("10.0.1.9", 1, 9);
	neighbour("10.0.1.130", 1, 130);
	w = testing_worker_create(64);
	nodes_choose(w->nodes, testing_simd());
	w->rxq = &rxq;
	w->ifaces = r->tables->ifaces->fwd;
	w->fib4 = route_fib4(r->routes);
	w->fib6 = route_fib6(r->routes);
	w->own4 = route_own4(r->routes);
	w->groups = nexthop_groups(r->nexthops);
	w->adjs = nexthop_adjs(r->nexthops);
	return 0;
}

static int teardown(void **state)
{
	testing_worker_destroy(w);
	neigh_table_destroy(neighs);
	testing_routes_destroy(r);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_packet_meets_a_right_moment, setup, teardown),
	};

	return cmocka_run_group_tests(tests, testing_eal_setup, testing_eal_teardown);
}
