/* SPDX-License-Identifier: BSD-3-Clause */
/* The nodes punt and drop. */
#include "node_testing.h"

#include <netinet/in.h>
#include <rte_cycles.h>
#include <rte_ether.h>
#include <rte_ip.h>

#include "iface.h"
#include "punt.h"

#define RING 64

static const struct worker_rxq rxq = {.iface = 1};
static struct iface_fwd ifaces[TESTING_IFACES];
static struct worker *w;

static int setup(void **state)
{
	w = testing_worker_create(RING);
	memset(ifaces, 0, sizeof(ifaces));
	w->ifaces = ifaces;
	w->rxq = &rxq;
	return 0;
}

static int teardown(void **state)
{
	testing_worker_destroy(w);
	return 0;
}

struct punt_case {
	const char *what;
	enum punt_reason reason;
	int version; /* 4, 6, or 0: ARP, 1: LLDP, 2: LLDP to its reserved address */
	uint8_t protocol;
	uint16_t sport, dport; /* or the first bytes behind the header */
	uint16_t fragment;     /* offset field of IPv4 */
	uint8_t options;       /* bytes of them in IPv4 */
	uint16_t cut;          /* bytes at the end that are not in the first segment */
	enum punt_class cls;
};

static struct rte_mbuf *make(const struct punt_case *c)
{
	static const uint16_t types[] = {[0] = RTE_ETHER_TYPE_ARP,
					 [1] = RTE_ETHER_TYPE_LLDP,
					 [2] = RTE_ETHER_TYPE_LLDP,
					 [4] = RTE_ETHER_TYPE_IPV4,
					 [6] = RTE_ETHER_TYPE_IPV6};
	const rte_be16_t ports[2] = {rte_cpu_to_be_16(c->sport), rte_cpu_to_be_16(c->dport)};
	const struct rte_ether_hdr eth = {.ether_type = rte_cpu_to_be_16(types[c->version])};
	const struct rte_ipv4_hdr ip4 = {.version_ihl = (uint8_t)(0x45 + c->options / 4),
					 .next_proto_id = c->protocol,
					 .fragment_offset = rte_cpu_to_be_16(c->fragment)};
	const struct rte_ipv6_hdr ip6 = {.vtc_flow = RTE_BE32(0x60000000), .proto = c->protocol};
	uint8_t frame[128] = {0};
	uint16_t at = sizeof(eth);

	memcpy(frame, &eth, sizeof(eth));
	if (c->version == 2)
		memcpy(frame, "\x01\x80\xc2\0\0\x0e", RTE_ETHER_ADDR_LEN);
	if (c->version == 4)
		memcpy(frame + at, &ip4, sizeof(ip4));
	if (c->version == 6)
		memcpy(frame + at, &ip6, sizeof(ip6));
	at = (uint16_t)(at + (c->version == 6 ? sizeof(ip6) : sizeof(ip4) + c->options));
	memcpy(frame + at, ports, sizeof(ports));
	at = (uint16_t)(at + sizeof(ports));
	return testing_packet(frame, at, (uint16_t)(at - c->cut));
}

static const struct punt_case cases[] = {
	{"ARP", PUNT_ethertype, .cls = PUNT_ethertype_arp},
	{"LLDP", PUNT_ethertype, 1, .cls = PUNT_ethertype_other},
	{"LLDP where it belongs", PUNT_ethertype, 2, .cls = PUNT_ethertype_control},
	{"scope", PUNT_scope, 6, .cls = PUNT_scope_any},
	{"options", PUNT_options, 4, .cls = PUNT_options_any},
	{"ttl", PUNT_ttl, 4, .cls = PUNT_ttl_any},
	{"mtu", PUNT_mtu, 6, .cls = PUNT_mtu_any},
	{"glean", PUNT_glean, 4, .cls = PUNT_glean_any},
	{"no route", PUNT_no_route, 6, .cls = PUNT_no_route_any},
	{"kernel", PUNT_kernel, 4, .cls = PUNT_kernel_any},
	{"flooded in a bridge of Linux", PUNT_bridge, 4, .cls = PUNT_bridge_flood},
	{"BGP client", PUNT_local, 4, IPPROTO_TCP, 33000, 179, .cls = PUNT_local_routing},
	{"BGP server", PUNT_local, 6, IPPROTO_TCP, 179, 33000, .cls = PUNT_local_routing},
	{"BFD", PUNT_local, 4, IPPROTO_UDP, 50000, 3784, .cls = PUNT_local_routing},
	{"BGP with options", PUNT_local, 4, IPPROTO_TCP, 1, 179, .options = 40,
	 .cls = PUNT_local_routing},
	{"ssh", PUNT_local, 4, IPPROTO_TCP, 33000, 22, .cls = PUNT_local_tcp},
	{"ssh over IPv6", PUNT_local, 6, IPPROTO_TCP, 22, 33000, .cls = PUNT_local_tcp},
	{"TCP to a group", PUNT_multicast, 4, IPPROTO_TCP, 33000, 22, .cls = PUNT_multicast_other},
	{"DNS", PUNT_local, 4, IPPROTO_UDP, 33000, 53, .cls = PUNT_local_other},
	{"ports are big-endian", PUNT_local, 4, IPPROTO_TCP, 33000, 179 << 8,
	 .cls = PUNT_local_tcp},
	{"port 179 of SCTP", PUNT_local, 4, IPPROTO_SCTP, 1, 179, .cls = PUNT_local_other},
	{"OSPF", PUNT_local, 6, 89, .cls = PUNT_local_routing},
	{"VRRP", PUNT_multicast, 4, 112, .cls = PUNT_multicast_routing},
	{"RIPng", PUNT_multicast, 6, IPPROTO_UDP, 521, 521, .cls = PUNT_multicast_routing},
	{"ping", PUNT_local, 4, IPPROTO_ICMP, 0x0800, .cls = PUNT_local_icmp},
	{"ping6", PUNT_local, 6, IPPROTO_ICMPV6, 0x8000, .cls = PUNT_local_icmp},
	{"router solicitation", PUNT_multicast, 6, IPPROTO_ICMPV6, 133 << 8,
	 .cls = PUNT_multicast_nd},
	{"redirect", PUNT_local, 6, IPPROTO_ICMPV6, 137 << 8, .cls = PUNT_local_nd},
	{"before ND", PUNT_local, 6, IPPROTO_ICMPV6, 132 << 8, .cls = PUNT_local_icmp},
	{"behind ND", PUNT_local, 6, IPPROTO_ICMPV6, 138 << 8, .cls = PUNT_local_icmp},
	{"MLD", PUNT_multicast, 6, IPPROTO_ICMPV6, 143 << 8, .cls = PUNT_multicast_other},
	{"mDNS", PUNT_multicast, 4, IPPROTO_UDP, 5353, 5353, .cls = PUNT_multicast_other},
	{"first fragment", PUNT_local, 4, IPPROTO_TCP, 1, 179, RTE_IPV4_HDR_MF_FLAG,
	 .cls = PUNT_local_routing},
	{"later fragment", PUNT_local, 4, IPPROTO_TCP, 1, 179, 100, .cls = PUNT_local_other},
	{"ports beyond the first segment", PUNT_local, 4, IPPROTO_TCP, 1, 179, .cut = 1,
	 .cls = PUNT_local_other},
	{"type beyond the first segment", PUNT_local, 6, IPPROTO_ICMPV6, 135 << 8, .cut = 4,
	 .cls = PUNT_local_icmp},
	{"header beyond the first segment", PUNT_local, 6, 89, .cut = 5, .cls = PUNT_local_other},
};

static void reasons_and_protocols_have_their_class(void **state)
{
	for (unsigned i = 0; i < RTE_DIM(cases); i++) {
		const struct punt_case *c = &cases[i];
		struct rte_mbuf *pkt = make(c), *out = NULL;
		const struct punt_meta *meta = punt_meta(pkt);

		memset(w->stats->punted, 0, sizeof(w->stats->punted));
		node_punt(w, pkt, (struct pkt_meta){.iface = 3, .l2_len = RTE_ETHER_HDR_LEN},
			  punt_value(c->reason, 6, 1500));
		punt(w, w->in[NODE_punt]);
		testing_assert_empty(w, NODE_punt);
		testing_assert_empty(w, NODE_drop);
		assert_int_equal(rte_ring_dequeue(w->punt_ring, (void **)&out), 0);
		assert_ptr_equal(out, pkt);
		if (meta->cls != c->cls)
			fail_msg("%s: %s/%s", c->what, punt_info[meta->cls].reason_name,
				 punt_info[meta->cls].class_name);
		assert_int_equal(punt_info[meta->cls].reason, c->reason);
		assert_int_equal(w->stats->punted[c->cls], 1);
		assert_int_equal(meta->iface, 3);
		assert_int_equal(meta->mtu, 1500);
		assert_int_equal(meta->kind, 6);
		assert_int_equal(meta->l2_len, RTE_ETHER_HDR_LEN);
		rte_pktmbuf_free(out);
	}
}

/* What is punted by the interface, behind l2_len bytes, goes to that TAP without so many bytes. */
static void assert_tap(uint16_t iface, uint8_t l2_len, uint16_t tap, uint8_t tags)
{
	static const uint8_t frame[64] = {[14] = 0xb0, [22] = 0x70}; /* a tag of priority 5, DEI */
	struct rte_mbuf *pkt = testing_packet(frame, sizeof(frame), 0), *out;

	node_punt(w, pkt, (struct pkt_meta){.iface = iface, .l2_len = l2_len},
		  punt_value(PUNT_options, 0, 0));
	punt(w, w->in[NODE_punt]);
	assert_int_equal(rte_ring_dequeue(w->punt_ring, (void **)&out), 0);
	assert_int_equal(punt_meta(out)->iface, iface);
	assert_int_equal(punt_meta(out)->tap, tap);
	assert_int_equal(punt_meta(out)->tags, tags);
	assert_int_equal(punt_meta(out)->priority, l2_len == RTE_ETHER_HDR_LEN ? 0 : 0xb0);
	rte_pktmbuf_free(out);
}

/* Port 1, a VLAN 2 on it, a VLAN 3 within that; a bridge 4, a VLAN 5 on it. */
static void the_nearest_tap_gets_it(void **state)
{
	for (uint16_t id = 1; id < 6; id++)
		ifaces[id].kind = id == 1 ? IFACE_PORT : id == 4 ? IFACE_BRIDGE : IFACE_VLAN;
	ifaces[2].parent = 1;
	ifaces[3].parent = 2;
	ifaces[5].parent = 4;
	ifaces[2].n_tags = ifaces[5].n_tags = 1;
	ifaces[3].n_tags = 2;

	/* Made by the kernel: as on the wire, by the port; but for a priority tag in front. */
	assert_tap(1, 14, 1, 0);
	assert_tap(1, 18, 1, 4);
	assert_tap(2, 18, 1, 0);
	assert_tap(2, 22, 1, 4);
	assert_tap(3, 22, 1, 0);
	assert_tap(4, 14, 1, 0);
	assert_tap(5, 18, 1, 0);
	/* With TAPs of their own. */
	ifaces[2].own_tap = ifaces[4].own_tap = true;
	assert_tap(2, 18, 2, 4);
	assert_tap(2, 22, 2, 8);
	assert_tap(3, 22, 2, 4);
	assert_tap(4, 14, 4, 0);
	assert_tap(5, 18, 4, 0);
	ifaces[3].own_tap = ifaces[5].own_tap = true;
	assert_tap(3, 22, 3, 8);
	assert_tap(5, 18, 5, 4);
	/* Untagged in the VLAN of the bridge. */
	assert_tap(5, 14, 5, 0);
}

static void put_arp(unsigned n, struct rte_mbuf **pkts)
{
	for (unsigned i = 0; i < n; i++) {
		pkts[i] = make(&cases[0]);
		node_punt(w, pkts[i], (struct pkt_meta){.l2_len = RTE_ETHER_HDR_LEN},
			  punt_value(PUNT_ethertype, 0, 0));
	}
	punt(w, w->in[NODE_punt]);
	testing_assert_empty(w, NODE_punt);
}

static void full_ring_drops_and_never_blocks(void **state)
{
	struct rte_mbuf *pkts[BURST_MAX];
	struct pkt_meta meta;

	put_arp(BURST_MAX, pkts); /* a ring of 64 holds 63 */
	assert_int_equal(rte_ring_count(w->punt_ring), RING - 1);
	testing_assert_burst(w, NODE_drop, &pkts[RING - 1], 1);
	assert_int_equal(testing_where(w, pkts[RING - 1], &meta), NODE_drop);
	assert_int_equal(meta.value, DROP_punt_full);
	assert_int_equal(w->stats->punted[PUNT_ethertype_arp], RING - 1);
	drop(w, w->in[NODE_drop]);
	assert_int_equal(w->stats->drop[DROP_punt_full], 1);

	put_arp(BURST_MAX, pkts);
	testing_assert_burst(w, NODE_drop, pkts, BURST_MAX);
	assert_int_equal(w->stats->punted[PUNT_ethertype_arp], RING - 1);
	drop(w, w->in[NODE_drop]);
	assert_int_equal(w->stats->drop[DROP_punt_full], 1 + BURST_MAX);
	assert_int_equal(testing_mbufs_used(), RING - 1);
}

static void limits_hold_for_each_class_alone(void **state)
{
	struct rte_mbuf *pkts[BURST_MAX], *other;
	struct pkt_meta meta;

	/* One an hour, as far as this test can tell. */
	policer_init(&w->policers[PUNT_ethertype_arp], 1, 10, rte_get_tsc_hz() * 3600);
	put_arp(40, pkts);
	assert_int_equal(w->stats->punted[PUNT_ethertype_arp], 10);
	assert_int_equal(w->stats->limited[PUNT_ethertype_arp], 30);
	testing_assert_burst(w, NODE_drop, &pkts[10], 30);
	testing_where(w, pkts[39], &meta);
	assert_int_equal(meta.value, DROP_punt_limited);

	other = make(&cases[1]);
	node_punt(w, other, (struct pkt_meta){.l2_len = RTE_ETHER_HDR_LEN},
		  punt_value(PUNT_ethertype, 0, 0));
	punt(w, w->in[NODE_punt]);
	assert_int_equal(w->stats->punted[PUNT_ethertype_other], 1);
	assert_int_equal(w->stats->limited[PUNT_ethertype_other], 0);
}

static void drop_counts_each_reason_and_frees_chains(void **state)
{
	static const uint8_t bytes[300];

	for (int round = 0; round < 2; round++) {
		for (int reason = 0; reason < DROP_MAX; reason++) {
			node_drop(w, testing_packet(bytes, sizeof(bytes), 100),
				  (struct pkt_meta){0}, (enum drop_reason)reason);
			if (w->in[NODE_drop]->n == BURST_MAX)
				drop(w, w->in[NODE_drop]);
		}
		drop(w, w->in[NODE_drop]);
	}
	for (int reason = 0; reason < DROP_MAX; reason++)
		assert_int_equal(w->stats->drop[reason], 2);
	assert_int_equal(testing_mbufs_used(), 0);
	testing_assert_empty(w, NODE_drop);
}

static int group_setup(void **state)
{
	return testing_eal_setup(state) || punt_init();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(reasons_and_protocols_have_their_class, setup,
						teardown),
		cmocka_unit_test_setup_teardown(the_nearest_tap_gets_it, setup, teardown),
		cmocka_unit_test_setup_teardown(full_ring_drops_and_never_blocks, setup, teardown),
		cmocka_unit_test_setup_teardown(limits_hold_for_each_class_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(drop_counts_each_reason_and_frees_chains, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, group_setup, testing_eal_teardown);
}
