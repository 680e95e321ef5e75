/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames without tags: where they go, and what is read and counted of them. */
#include "ether_testing.h"
#include "packet.h"

static struct rte_mbuf *make(const struct mac_addr *dst, uint16_t type, uint32_t len, uint16_t seg)
{
	set_frame(dst, type);
	return testing_packet(frame, len, seg);
}

struct ether_case {
	const char *what;
	const struct mac_addr *dst;
	uint16_t type;
	uint16_t len; /* 0: LEN */
	uint16_t seg;
	enum node_id node;
	uint32_t value; /* of a drop or a punt */
	uint8_t flags;
};

static const struct ether_case cases[] = {
	{"IPv4", &ours, IPV4, .node = NODE_ip4_input},
	{"IPv6", &ours, IPV6, .node = NODE_ip6_input},
	{"IPv4 in broadcast", &broadcast, IPV4, .node = NODE_ip4_input, .flags = PKT_L2_MULTICAST},
	{"IPv6 in multicast", &all_routers, IPV6, .node = NODE_ip6_input,
	 .flags = PKT_L2_MULTICAST},
	{"ARP", &broadcast, ARP, .node = NODE_punt, .value = PUNT_ethertype,
	 .flags = PKT_L2_MULTICAST},
	{"ARP to us", &ours, ARP, .node = NODE_punt, .value = PUNT_ethertype},
	{"VLAN", &ours, RTE_ETHER_TYPE_VLAN, .node = NODE_drop, .value = DROP_vlan_unknown},
	{"802.3 length", &ours, 46, .node = NODE_punt, .value = PUNT_ethertype},
	{"bytes of the type swapped", &ours, 0x0008, .node = NODE_punt, .value = PUNT_ethertype},
	{"IPv4 for another", &other, IPV4, .node = NODE_drop, .value = DROP_ether_not_mine},
	{"ARP for another", &other, ARP, .node = NODE_drop, .value = DROP_ether_not_mine},
	{"nothing but a header", &ours, IPV4, .len = 14, .node = NODE_ip4_input},
	{"less than a header", &ours, IPV4, .len = 13, .node = NODE_drop,
	 .value = DROP_ether_short},
	{"one byte", &ours, IPV4, .len = 1, .node = NODE_drop, .value = DROP_ether_short},
	{"less than a header, in segments", &ours, IPV4, .len = 13, .seg = 4, .node = NODE_drop,
	 .value = DROP_ether_short},
	{"segments of 1 byte", &ours, IPV4, .seg = 1, .node = NODE_ip4_input},
	{"segments of 13 bytes", &ours, IPV6, .seg = 13, .node = NODE_ip6_input},
	{"segments of 14 bytes", &broadcast, ARP, .seg = 14, .node = NODE_punt,
	 .value = PUNT_ethertype, .flags = PKT_L2_MULTICAST},
	{"segments, for another", &other, IPV4, .seg = 50, .node = NODE_drop,
	 .value = DROP_ether_not_mine},
	{"short packet in segments", &ours, IPV4, .len = 40, .seg = 7, .node = NODE_ip4_input},
	{"headers in the first segment", &ours, IPV4, .seg = PACKET_HEADERS_LEN,
	 .node = NODE_ip4_input},
};

static struct rte_mbuf *make_case(const struct ether_case *c)
{
	return make(c->dst, c->type, c->len ? c->len : LEN, c->seg);
}

static void check_case(const struct ether_case *c, const struct rte_mbuf *pkt)
{
	struct pkt_meta meta = {0};

	if (testing_where(w, pkt, &meta) != c->node)
		fail_msg("%s", c->what);
	assert_int_equal(meta.iface, RX_IFACE);
	assert_int_equal(meta.l2_len, RTE_ETHER_HDR_LEN);
	if (c->node == NODE_drop || c->node == NODE_punt)
		assert_int_equal(meta.value, c->value);
	if (c->node != NODE_drop)
		assert_int_equal(meta.flags, c->flags);
	set_frame(c->dst, c->type);
	testing_assert_bytes(pkt, frame, c->len ? c->len : LEN);
}

static void one_packet(void **state)
{
	for (unsigned i = 0; i < RTE_DIM(cases); i++) {
		struct rte_mbuf *pkt = make_case(&cases[i]);

		receive(&pkt, 1);
		check_case(&cases[i], pkt);
		empty();
	}
}

/* Each byte of the MAC address counts. */
static void not_our_mac(void **state)
{
	for (int i = 0; i < 6; i++) {
		struct mac_addr near = ours;
		struct rte_mbuf *pkt;
		struct pkt_meta meta;

		near.bytes[i] ^= 0x80;
		pkt = make(&near, IPV4, LEN, 0);
		receive(&pkt, 1);
		assert_int_equal(testing_where(w, pkt, &meta), NODE_drop);
		empty();
	}
}

static void headers_are_pulled_up_and_counted(void **state)
{
	static const struct {
		uint32_t len;
		uint16_t seg;
		uint64_t copied;
	} chains[] = {
		{LEN, 1, PACKET_HEADERS_LEN - 1},
		{LEN, 14, PACKET_HEADERS_LEN - 14},
		{LEN, PACKET_HEADERS_LEN - 1, 1},
		{LEN, PACKET_HEADERS_LEN, 0},
		{LEN, 0, 0},
		{60, 20, 40},
		{60, 60, 0},
		{13, 5, 0}, /* too short to be anything */
	};
	uint64_t packets = 0, bytes = 0;

	for (unsigned i = 0; i < RTE_DIM(chains); i++) {
		struct rte_mbuf *pkt = make(&ours, IPV4, chains[i].len, chains[i].seg);

		receive(&pkt, 1);
		packets += chains[i].copied > 0;
		bytes += chains[i].copied;
		assert_int_equal(w->stats->copy_packets[COPY_pull_up], packets);
		assert_int_equal(w->stats->copy_bytes[COPY_pull_up], bytes);
		if (chains[i].len > 14)
			assert_true(pkt->data_len >= RTE_MIN(chains[i].len, PACKET_HEADERS_LEN));
		empty();
	}
}

static void no_room_to_pull_up(void **state)
{
	struct rte_mbuf *pkt = make(&ours, IPV4, LEN, 20);
	struct pkt_meta meta;

	memmove((uint8_t *)pkt->buf_addr + pkt->buf_len - 20, rte_pktmbuf_mtod(pkt, void *), 20);
	pkt->data_off = (uint16_t)(pkt->buf_len - 20);
	receive(&pkt, 1);
	assert_int_equal(testing_where(w, pkt, &meta), NODE_drop);
	assert_int_equal(meta.value, DROP_pull_up);
	assert_int_equal(w->stats->copy_packets[COPY_pull_up], 0);
}

/* The whole burst of one type is handed on as it is. */
static void plain_bursts(void **state)
{
	static const enum node_id nodes[] = {NODE_ip4_input, NODE_ip6_input};
	struct rte_mbuf *pkts[BURST_MAX];

	for (unsigned six = 0; six < 2; six++)
		for (unsigned n = 1; n <= BURST_MAX; n += 9) {
			for (unsigned i = 0; i < n; i++)
				pkts[i] = make_case(&cases[six]);
			receive(pkts, n);
			testing_assert_burst(w, nodes[six], pkts, n);
			for (unsigned i = 0; i < n; i++)
				check_case(&cases[six], pkts[i]);
			empty();
		}
}

/* What the nodes behind read in place of the mbuf is the same. */
static void assert_arrays(const struct burst *b)
{
	for (uint32_t i = 0; i < b->n; i++) {
		const struct rte_mbuf *pkt = b->pkts[i];

		assert_ptr_equal(b->ip[i], rte_pktmbuf_mtod_offset(pkt, uint8_t *, 14));
		assert_int_equal(b->len[i], pkt->pkt_len - 14);
	}
}

/* Bursts of every size, of both families in some order, of frames of many lengths: each packet goes
 * to its node, behind those of its family that came before it, and is counted. */
static void families_are_parted(void **state)
{
	uint64_t bytes = 0, packets = 0;

	for (unsigned n = 1; n <= BURST_MAX; n++)
		for (unsigned order = 0; order < 8; order++) {
			struct rte_mbuf *pkts[BURST_MAX], *of[2][BURST_MAX];
			unsigned count[2] = {0};

			for (unsigned i = 0; i < n; i++) {
				unsigned six = (i * 0x9e3779b1u + order) >> (29 - order) & 1;

				pkts[i] = make(&ours, six ? IPV6 : IPV4, 54 + (i * 7 + n) % 100, 0);
				of[six][count[six]++] = pkts[i];
				bytes += pkts[i]->pkt_len;
			}
			packets += n;
			receive(pkts, n);
			testing_assert_burst(w, NODE_ip4_input, of[0], count[0]);
			testing_assert_burst(w, NODE_ip6_input, of[1], count[1]);
			assert_arrays(w->in[NODE_ip4_input]);
			assert_arrays(w->in[NODE_ip6_input]);
			assert_int_equal(w->stats->iface[RX_IFACE].rx_packets, packets);
			assert_int_equal(w->stats->iface[RX_IFACE].rx_bytes, bytes);
			empty();
		}
}

/* A frame without a byte, at any place of a burst of any size. */
static void empty_frames_are_dropped(void **state)
{
	for (unsigned n = 1; n <= BURST_MAX; n += 7)
		for (unsigned at = 0; at < n; at++) {
			struct rte_mbuf *pkts[BURST_MAX];
			struct pkt_meta meta;

			for (unsigned i = 0; i < n; i++)
				pkts[i] = make(&ours, IPV4, LEN, 0);
			pkts[at]->pkt_len = pkts[at]->data_len = 0;
			receive(pkts, n);
			assert_int_equal(testing_where(w, pkts[at], &meta), NODE_drop);
			assert_int_equal(meta.value, DROP_ether_short);
			assert_int_equal(w->in[NODE_ip4_input]->n, n - 1);
			assert_arrays(w->in[NODE_ip4_input]);
			empty();
		}
}

/* One odd packet at any place of a full burst: itself sorted out, the others in order. */
static void one_odd_among_many(void **state)
{
	for (unsigned i = 0; i < BURST_MAX * 4; i++) {
		const struct ether_case *odd = &cases[i % RTE_DIM(cases)],
					*plain = &cases[i / BURST_MAX % 2];
		struct rte_mbuf *pkts[BURST_MAX], *in_order[BURST_MAX];
		unsigned n = 0;

		for (unsigned j = 0; j < BURST_MAX; j++) {
			const struct ether_case *c = j == i % BURST_MAX ? odd : plain;

			pkts[j] = make_case(c);
			if (c->node == plain->node)
				in_order[n++] = pkts[j];
		}
		receive(pkts, BURST_MAX);
		for (unsigned j = 0; j < BURST_MAX; j++)
			check_case(j == i % BURST_MAX ? odd : plain, pkts[j]);
		testing_assert_burst(w, plain->node, in_order, n);
		empty();
	}
}

static void packets_and_bytes_are_counted(void **state)
{
	struct rte_mbuf *pkts[RTE_DIM(cases)];
	uint64_t bytes = 0;

	for (unsigned i = 0; i < RTE_DIM(cases); i++) {
		pkts[i] = make_case(&cases[i]);
		bytes += cases[i].len ? cases[i].len : LEN;
	}
	receive(pkts, RTE_DIM(cases));
	assert_int_equal(w->stats->iface[RX_IFACE].rx_packets, RTE_DIM(cases));
	assert_int_equal(w->stats->iface[RX_IFACE].rx_bytes, bytes);
	assert_int_equal(w->stats->iface[1].rx_packets, 0);
}

/* Our own frames come back only by a loop. Told where frames are looked at one by one anyway. */
static void own_frames_are_dropped(void **state)
{
	static const struct mac_addr *const dsts[] = {&broadcast, &all_routers, &ours, &other};
	struct rte_ether_hdr *eth = (struct rte_ether_hdr *)frame;

	for (unsigned i = 0; i < RTE_DIM(dsts); i++)
		for (unsigned near = 0; near < 2; near++) {
			struct pkt_meta meta;
			struct rte_mbuf *pkt;

			memcpy(&eth->src_addr, &ours, sizeof(ours));
			eth->src_addr.addr_bytes[5] ^= near;
			pkt = make(dsts[i], ARP, LEN, 0);
			receive(&pkt, 1);
			if (i < 2 && !near) {
				assert_int_equal(testing_where(w, pkt, &meta), NODE_drop);
				assert_int_equal(meta.value, DROP_ether_src_own);
			} else {
				assert_int_equal(testing_where(w, pkt, &meta),
						 i < 3 ? NODE_punt : NODE_drop);
				assert_true(i < 3 || meta.value == DROP_ether_not_mine);
			}
			empty();
		}
}

static void nothing_comes_in_while_down(void **state)
{
	struct rte_mbuf *pkts[RTE_DIM(cases)];

	ifaces[RX_IFACE].up = false;
	for (unsigned i = 0; i < RTE_DIM(cases); i++)
		pkts[i] = make_case(&cases[i]);
	receive(pkts, RTE_DIM(cases));
	testing_assert_burst(w, NODE_drop, pkts, RTE_DIM(cases));
	for (unsigned i = 0; i < RTE_DIM(cases); i++)
		assert_int_equal(w->in[NODE_drop]->meta[i].value, DROP_iface_down);
	assert_int_equal(w->stats->iface[RX_IFACE].rx_packets, RTE_DIM(cases));
	empty();
	ifaces[RX_IFACE].up = true;
	pkts[0] = make_case(&cases[0]);
	receive(pkts, 1);
	testing_assert_burst(w, NODE_ip4_input, pkts, 1);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, ether_setup, ether_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_packet),
		TEST(not_our_mac),
		TEST(headers_are_pulled_up_and_counted),
		TEST(no_room_to_pull_up),
		TEST(plain_bursts),
		TEST(families_are_parted),
		TEST(empty_frames_are_dropped),
		TEST(one_odd_among_many),
		TEST(packets_and_bytes_are_counted),
		TEST(own_frames_are_dropped),
		TEST(nothing_comes_in_while_down),
	};

	return cmocka_run_group_tests(tests, testing_eal_setup, testing_eal_teardown);
}
