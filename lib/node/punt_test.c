/* SPDX-License-Identifier: BSD-3-Clause */
/* The nodes punt and drop. */
#include "node_testing.h"

#include <netinet/in.h>
#include <rte_cycles.h>
#include <rte_ether.h>
#include <rte_ip.h>

#include "iface_vlans.h"
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

#define Q(vid)  (0x81000000u | (vid))
#define AD(vid) (0x88a80000u | (vid))
#define BITS    0xb000     /* priority 5, DEI */
#define STRIP   0xffffffff /* the device has taken the next tag off */

/* A frame with these tags, priorities and all, which end with 0. */
static struct rte_mbuf *tagged(const uint32_t *tags, uint8_t *l2_len)
{
	bool strip = *tags == STRIP;
	uint8_t frame[64] = {0};
	uint16_t tci = 0;
	struct rte_mbuf *pkt;

	*l2_len = RTE_ETHER_HDR_LEN;
	if (strip) {
		tci = (uint16_t)tags[1];
		tags += 2;
	}
	for (; *tags; tags++, *l2_len += 4) {
		rte_be32_t tag = rte_cpu_to_be_32(*tags);

		memcpy(frame + *l2_len - 2, &tag, sizeof(tag));
	}
	pkt = testing_packet(frame, sizeof(frame), 0);
	if (strip)
		pkt->ol_flags |= RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
	pkt->vlan_tci = tci;
	return pkt;
}

/* What is punted by the interface with these tags goes to that TAP without so many tags, with so
 * many of the interface's own in their place. */
struct tap_case {
	uint16_t iface;
	uint32_t tags[4];
	uint16_t tap;
	int out, own;
};

static void assert_taps(const struct tap_case *c, unsigned n)
{
	for (; n--; c++) {
		uint8_t l2_len;
		struct rte_mbuf *pkt = tagged(c->tags, &l2_len), *out;
		uint32_t outer = c->tags[c->tags[0] == STRIP];

		node_punt(w, pkt, (struct pkt_meta){.iface = c->iface, .l2_len = l2_len},
			  punt_value(PUNT_options, 0, 0));
		punt(w, w->in[NODE_punt]);
		assert_int_equal(rte_ring_dequeue(w->punt_ring, (void **)&out), 0);
		assert_int_equal(punt_meta(out)->iface, c->iface);
		assert_int_equal(punt_meta(out)->tap, c->tap);
		assert_int_equal(punt_meta(out)->tags, 4 * c->out);
		assert_int_equal(punt_meta(out)->own_tags, c->own);
		assert_int_equal(punt_meta(out)->priority, outer >> 8 & 0xf0);
		assert_int_equal(punt_meta(out)->l2_len, l2_len);
		rte_pktmbuf_free(out);
	}
}

static void vlan_on(uint16_t id, uint16_t parent, uint32_t tag)
{
	const struct iface_fwd *below = &ifaces[parent];
	struct iface_fwd *fwd = &ifaces[id];

	fwd->kind = IFACE_VLAN;
	fwd->parent = parent;
	fwd->n_tags = (uint8_t)(below->n_tags + 1) & 3;
	memcpy(fwd->tags, below->tags, sizeof(fwd->tags));
	fwd->tags[below->n_tags] = rte_cpu_to_be_32(tag);
}

/* Port 1, a VLAN 2 on it, a VLAN 3 within that; a bridge 4, a VLAN 5 on it, a VLAN 6 within that.
 */
static void make_ifaces(void)
{
	ifaces[4].kind = IFACE_BRIDGE;
	vlan_on(2, 1, AD(7));
	vlan_on(3, 2, Q(30));
	vlan_on(5, 4, Q(20));
	vlan_on(6, 5, Q(40));
}

static void the_nearest_tap_gets_it(void **state)
{
	/* The port has a TAP, the others are the kernel's. */
	static const struct tap_case of_port[] = {
		{1, {0}, 1, 0, 0},
		{1, {Q(BITS)}, 1, 1, 0},
		{2, {AD(7 | BITS)}, 1, 0, 0},
		{2, {Q(0), AD(7 | BITS)}, 1, 1, 0},
		{2, {AD(7 | BITS), Q(0)}, 1, 2, 1}, /* the kernel is not to take the VLAN's place */
		{2, {STRIP, Q(7 | BITS)}, 1, 0, 1},
		{3, {AD(7 | BITS), Q(30)}, 1, 0, 0},
	};
	/* VLAN 2 and the bridge too have one. */
	static const struct tap_case of_vlan[] = {
		{2, {AD(7 | BITS)}, 2, 1, 0},
		{2, {AD(7), Q(0)}, 2, 2, 0},
		{2, {STRIP, Q(7 | BITS)}, 2, 0, 0},
		{3, {AD(7), Q(30 | BITS)}, 2, 1, 0},
		{4, {0}, 4, 0, 0},
		{4, {Q(20 | BITS)}, 4, 1, 0},
		{5, {Q(20 | BITS)}, 4, 0, 0},
		{5, {Q(0), Q(20)}, 4, 1, 0},
		{5, {Q(20), Q(0)}, 4, 2, 1},
		{5, {AD(7), Q(20)}, 4, 1, 0}, /* of a member that is a VLAN */
		/* It is in the VLAN without its tag: by the member. */
		{5, {0}, 4, 0, 1},
		{5, {AD(7 | BITS)}, 4, 1, 1},
		{5, {Q(BITS)}, 4, 1, 1},
		{5, {AD(20)}, 4, 1, 1},
		{6, {Q(20), Q(40)}, 4, 0, 0},
		{6, {Q(40 | BITS)}, 4, 1, 2},
	};
	/* All. */
	static const struct tap_case of_each[] = {
		{3, {AD(7), Q(30)}, 3, 2, 0}, {5, {Q(20)}, 5, 1, 0},        {5, {0}, 5, 0, 0},
		{5, {AD(7)}, 5, 1, 0},        {6, {Q(20), Q(40)}, 6, 2, 0},
	};

	make_ifaces();
	assert_taps(of_port, RTE_DIM(of_port));
	ifaces[2].own_tap = ifaces[4].own_tap = true;
	assert_taps(of_vlan, RTE_DIM(of_vlan));
	ifaces[3].own_tap = ifaces[5].own_tap = ifaces[6].own_tap = true;
	assert_taps(of_each, RTE_DIM(of_each));
}

/* A bridge of Linux has no TAP: its frames go to it by the member's, with the tags that they came
 * in with behind that. */
static void a_bridge_of_linux_gets_it_by_the_member(void **state)
{
	static const struct tap_case of_port[] = {
		{4, {0}, 1, 0, 0},
		{4, {Q(20 | BITS)}, 1, 0, 0},
		{5, {Q(20 | BITS)}, 1, 0, 0},
		{4, {AD(7 | BITS)}, 1, 0, 0},
		{5, {AD(7), Q(20)}, 1, 0, 0},
	};
	static const struct tap_case of_vlan[] = {
		{4, {0}, 1, 0, 0},
		{4, {AD(7)}, 2, 1, 0},
		{5, {AD(7), Q(20 | BITS)}, 2, 1, 0},
		{4, {Q(BITS), AD(7)}, 2, 2, 0},
		{4, {Q(20), AD(7)}, 1, 0, 0},
		{6, {AD(7), Q(20), Q(40)}, 2, 1, 0},
	};
	static struct iface_vlans of_1, of_2;

	make_ifaces();
	of_1.ids[true][7] = 2;
	of_2.ids[false][30] = 3;
	ifaces[1].vlans = &of_1;
	ifaces[2].vlans = &of_2;
	assert_taps(of_port, RTE_DIM(of_port));
	ifaces[2].own_tap = true;
	assert_taps(of_vlan, RTE_DIM(of_vlan));
	/* The port itself is a member: tags are the bridge's from there on. */
	iface_fwd_flag(&ifaces[1], IFACE_FWD_MEMBER, true);
	assert_taps(&(struct tap_case){4, {Q(BITS), AD(7)}, 1, 0, 0}, 1);
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
		cmocka_unit_test_setup_teardown(a_bridge_of_linux_gets_it_by_the_member, setup,
						teardown),
		cmocka_unit_test_setup_teardown(full_ring_drops_and_never_blocks, setup, teardown),
		cmocka_unit_test_setup_teardown(limits_hold_for_each_class_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(drop_counts_each_reason_and_frees_chains, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, group_setup, testing_eal_teardown);
}
