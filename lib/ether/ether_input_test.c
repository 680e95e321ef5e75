/* SPDX-License-Identifier: BSD-3-Clause */
#include <rte_ether.h>

#include "iface_vlans.h"
#include "node_testing.h"
#include "packet.h"

#define RX_IFACE 2
#define LEN      200 /* of a frame */
#define ARP      RTE_ETHER_TYPE_ARP
#define IPV4     RTE_ETHER_TYPE_IPV4
#define IPV6     RTE_ETHER_TYPE_IPV6

static const struct mac_addr ours = {{0x02, 0x11, 0x22, 0x33, 0x44, 0x55}},
			     other = {{0x02, 0x11, 0x22, 0x33, 0x44, 0x54}},
			     broadcast = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
			     all_routers = {{0x33, 0x33, 0, 0, 0, 2}};
static const struct worker_rxq rxq = {.iface = RX_IFACE};
static struct iface_fwd ifaces[TESTING_IFACES];
static struct worker *w;
static node_fn *ether_input;
static uint8_t frame[LEN];

static int setup(void **state)
{
	w = testing_worker_create(64);
	ether_input = TESTING_NODE(ether_input);
	for (unsigned i = 0; i < LEN; i++)
		frame[i] = (uint8_t)i;
	ifaces[RX_IFACE].mac = iface_mac_word(&ours);
	ifaces[RX_IFACE].up = true;
	ifaces[1].mac = iface_mac_word(&other);
	w->ifaces = ifaces;
	w->rxq = &rxq;
	return 0;
}

static int teardown(void **state)
{
	testing_worker_destroy(w);
	return 0;
}

static void set_frame(const struct mac_addr *dst, uint16_t type)
{
	struct rte_ether_hdr *eth = (struct rte_ether_hdr *)frame;

	memcpy(&eth->dst_addr, dst, sizeof(*dst));
	eth->ether_type = rte_cpu_to_be_16(type);
}

static struct rte_mbuf *make(const struct mac_addr *dst, uint16_t type, uint32_t len, uint16_t seg)
{
	set_frame(dst, type);
	return testing_packet(frame, len, seg);
}

/* As port_rx leaves them: without any meta. */
static void receive(struct rte_mbuf *const *pkts, unsigned n)
{
	struct burst *b = w->in[NODE_ether_input];

	memcpy(b->pkts, pkts, n * sizeof(*pkts));
	memset(b->meta, 0xff, sizeof(b->meta));
	b->n = n;
	ether_input(w, b);
	testing_assert_empty(w, NODE_ether_input);
}

static void empty(void)
{
	for (int node = 0; node < NODE_MAX; node++) {
		rte_pktmbuf_free_bulk(w->in[node]->pkts, w->in[node]->n);
		w->in[node]->n = 0;
	}
	assert_int_equal(testing_mbufs_used(), 0);
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

/* VLAN interfaces on the port: 3 (VLAN 100, another MAC address), within it 4 (VLAN 30), 5 (VLAN 7
 * of 802.1ad), 6 (VLAN 9, a member of a bridge). */
#define V100 3
#define V30  4
#define V7   5
#define V9   6

static struct iface_vlans of_port, of_v100;

static void add_vlan(uint16_t id, uint16_t parent, const struct mac_addr *mac,
		     struct iface_vlans *vlans, bool ad, uint16_t vid)
{
	struct iface_fwd *fwd = &ifaces[id];

	*fwd = (struct iface_fwd){.mac = iface_mac_word(mac),
				  .up = true,
				  .kind = IFACE_VLAN,
				  .parent = parent,
				  .n_tags = parent == V100 ? 2 : 1};
	ifaces[parent].vlans = vlans;
	ifaces[parent].flags |= IFACE_FWD_VLANS;
	vlans->ids[ad][vid] = id;
}

static int setup_vlans(void **state)
{
	setup(state);
	ifaces[RX_IFACE].flags = 0;
	add_vlan(V100, RX_IFACE, &other, &of_port, false, 100);
	add_vlan(V30, V100, &other, &of_v100, false, 30);
	add_vlan(V7, RX_IFACE, &ours, &of_port, true, 7);
	add_vlan(V9, RX_IFACE, &ours, &of_port, false, 9);
	ifaces[V9].flags = IFACE_FWD_MEMBER;
	return 0;
}

static int teardown_vlans(void **state)
{
	memset(&of_port, 0, sizeof(of_port));
	memset(&of_v100, 0, sizeof(of_v100));
	ifaces[RX_IFACE].vlans = NULL;
	ifaces[RX_IFACE].flags = 0;
	return teardown(state);
}

#define TAG(tpid, tci) (uint32_t)(tpid) << 16 | (tci)
#define Q(tci)         TAG(0x8100, tci)
#define AD(tci)        TAG(0x88a8, tci)

struct tags_case {
	const char *what;
	const struct mac_addr *dst;
	uint32_t tags[4]; /* outer first; to the first 0 */
	uint16_t type;
	uint16_t len; /* 0: LEN */
	enum node_id node;
	uint32_t value; /* of a drop or a punt */
	uint16_t iface;
	uint8_t l2_len;
	uint8_t flags; /* beside PKT_TAGGED */
};

#define DROPPED(reason) .node = NODE_drop, .value = DROP_##reason

static const struct tags_case tags_cases[] = {
	{"one tag, IPv4", &other, {Q(100)}, IPV4, 0, NODE_ip4_input, 0, V100, 18, 0},
	{"one tag, IPv6", &other, {Q(100)}, IPV6, 0, NODE_ip6_input, 0, V100, 18, 0},
	{"priority and DEI", &other, {Q(0xf064)}, IPV4, 0, NODE_ip4_input, 0, V100, 18, 0},
	{"802.1ad", &ours, {AD(7)}, IPV4, 0, NODE_ip4_input, 0, V7, 18, 0},
	{"two tags", &other, {Q(100), Q(0x601e)}, IPV4, 0, NODE_ip4_input, 0, V30, 22, 0},
	{"two tags, IPv6", &other, {Q(100), Q(30)}, IPV6, 0, NODE_ip6_input, 0, V30, 22, 0},
	{"ARP",
	 &broadcast,
	 {Q(100)},
	 ARP,
	 0,
	 NODE_punt,
	 PUNT_ethertype,
	 V100,
	 18,
	 PKT_L2_MULTICAST},
	{"multicast",
	 &all_routers,
	 {Q(100), Q(30)},
	 IPV6,
	 0,
	 NODE_ip6_input,
	 0,
	 V30,
	 22,
	 PKT_L2_MULTICAST},
	{"the port's MAC", &ours, {Q(100)}, IPV4, 0, DROPPED(ether_not_mine), V100, 18, 0},
	{"a VLAN's MAC, untagged", &other, {0}, IPV4, 0, DROPPED(ether_not_mine), RX_IFACE, 14, 0},
	{"untagged", &ours, {0}, IPV4, 0, NODE_ip4_input, 0, RX_IFACE, 14, 0},
	{"priority tag", &ours, {Q(0xe000)}, IPV4, 0, NODE_ip4_input, 0, RX_IFACE, 18, 0},
	{"priority tag, ARP",
	 &broadcast,
	 {Q(0)},
	 ARP,
	 0,
	 NODE_punt,
	 PUNT_ethertype,
	 RX_IFACE,
	 18,
	 PKT_L2_MULTICAST},
	{"priority tag of 802.1ad",
	 &ours,
	 {AD(0x2000)},
	 IPV6,
	 0,
	 NODE_ip6_input,
	 0,
	 RX_IFACE,
	 18,
	 0},
	{"two priority tags", &ours, {AD(0), Q(0)}, IPV4, 0, NODE_ip4_input, 0, RX_IFACE, 22, 0},
	{"priority tag before a VLAN",
	 &other,
	 {Q(0), Q(100)},
	 IPV4,
	 0,
	 NODE_ip4_input,
	 0,
	 V100,
	 22,
	 0},
	{"priority tag within", &other, {Q(100), Q(0)}, IPV4, 0, NODE_ip4_input, 0, V100, 22, 0},
	{"unknown", &ours, {Q(101)}, IPV4, 0, DROPPED(vlan_unknown), RX_IFACE, 14, 0},
	{"of the other protocol",
	 &ours,
	 {AD(100)},
	 IPV4,
	 0,
	 DROPPED(vlan_unknown),
	 RX_IFACE,
	 14,
	 0},
	{"unknown within", &other, {Q(100), Q(31)}, IPV4, 0, DROPPED(vlan_unknown), V100, 18, 0},
	{"none within", &ours, {AD(7), Q(30)}, IPV4, 0, DROPPED(vlan_unknown), V7, 18, 0},
	{"reserved", &ours, {Q(0xfff)}, IPV4, 0, DROPPED(vlan_reserved), RX_IFACE, 14, 0},
	{"reserved within",
	 &other,
	 {Q(100), Q(0x5fff)},
	 IPV4,
	 0,
	 DROPPED(vlan_reserved),
	 V100,
	 18,
	 0},
	{"802.1ad within 802.1Q",
	 &other,
	 {Q(100), AD(30)},
	 IPV4,
	 0,
	 DROPPED(vlan_order),
	 V100,
	 18,
	 0},
	{"three tags", &other, {Q(100), Q(30), Q(5)}, IPV4, 0, DROPPED(vlan_depth), V30, 22, 0},
	{"three, nobody's",
	 &ours,
	 {AD(1), Q(2), Q(3)},
	 IPV4,
	 0,
	 DROPPED(vlan_depth),
	 RX_IFACE,
	 14,
	 0},
	{"three with a priority tag",
	 &other,
	 {Q(0), Q(100), Q(30)},
	 IPV4,
	 0,
	 DROPPED(vlan_depth),
	 V100,
	 22,
	 0},
	{"ends in the TCI", &ours, {Q(100)}, IPV4, 15, DROPPED(vlan_short), RX_IFACE, 14, 0},
	{"ends behind the TPID", &ours, {Q(100)}, IPV4, 14, DROPPED(vlan_short), RX_IFACE, 14, 0},
	{"ends before the type", &ours, {Q(100)}, IPV4, 17, DROPPED(vlan_short), RX_IFACE, 14, 0},
	{"ends in the second tag",
	 &other,
	 {Q(100), Q(30)},
	 IPV4,
	 21,
	 DROPPED(vlan_short),
	 V100,
	 18,
	 0},
	{"ends behind the type", &other, {Q(100)}, IPV4, 18, NODE_ip4_input, 0, V100, 18, 0},
	{"to a bridge", &broadcast, {Q(9)}, IPV4, 0, NODE_bridge_input, 0, V9, 18, 0},
	{"to a bridge, tags within",
	 &all_routers,
	 {Q(9), AD(4), Q(5)},
	 IPV4,
	 0,
	 NODE_bridge_input,
	 0,
	 V9,
	 18,
	 0},
};

/* Its bytes in `frame`. */
static struct rte_mbuf *make_tags(const struct tags_case *c, uint16_t seg)
{
	uint8_t *at = frame + 12;

	set_frame(c->dst, c->type);
	for (const uint32_t *tag = c->tags; *tag; tag++, at += 4) {
		rte_be32_t word = rte_cpu_to_be_32(*tag);

		memcpy(at, &word, sizeof(word));
	}
	at[0] = (uint8_t)(c->type >> 8);
	at[1] = (uint8_t)c->type;
	return testing_packet(frame, c->len ? c->len : LEN, seg);
}

static void check_tags(const struct tags_case *c, const struct rte_mbuf *pkt)
{
	struct pkt_meta meta = {0};

	if (testing_where(w, pkt, &meta) != c->node)
		fail_msg("%s", c->what);
	if (meta.iface != c->iface || meta.l2_len != c->l2_len)
		fail_msg("%s: interface %u, %u bytes", c->what, meta.iface, meta.l2_len);
	if (c->node == NODE_drop || c->node == NODE_punt)
		assert_int_equal(meta.value, c->value);
	if (c->node != NODE_drop)
		assert_int_equal(meta.flags, c->flags | (c->l2_len > 14 ? PKT_TAGGED : 0));
}

/* rx_packets of an interface. */
static uint64_t came_in(uint16_t iface)
{
	return w->stats->iface[iface].rx_packets;
}

static void tags_lead_to_their_interface(void **state)
{
	for (unsigned i = 0; i < RTE_DIM(tags_cases); i++)
		for (uint16_t seg = 0; seg < 24; seg += 5) {
			const struct tags_case *c = &tags_cases[i];
			uint64_t before[TESTING_IFACES];
			struct rte_mbuf *pkt;
			uint16_t id = c->iface;

			for (uint16_t j = 0; j < TESTING_IFACES; j++)
				before[j] = came_in(j);
			pkt = make_tags(c, seg);
			receive(&pkt, 1);
			check_tags(c, pkt);
			testing_assert_bytes(pkt, frame, pkt->pkt_len);
			/* It counts for the interface and all below. */
			for (; id != RX_IFACE; id = ifaces[id].parent)
				assert_int_equal(came_in(id), ++before[id]);
			assert_int_equal(came_in(id), ++before[id]);
			for (uint16_t j = 0; j < TESTING_IFACES; j++)
				assert_int_equal(came_in(j), before[j]);
			empty();
		}
}

/* What the IP nodes read is behind the tags. */
static void assert_behind_tags(const struct burst *b)
{
	for (uint32_t i = 0; i < b->n; i++) {
		const struct rte_mbuf *pkt = b->pkts[i];

		assert_ptr_equal(b->ip[i],
				 rte_pktmbuf_mtod_offset(pkt, uint8_t *, b->meta[i].l2_len));
		assert_int_equal(b->len[i], pkt->pkt_len - b->meta[i].l2_len);
	}
}

/* Bursts of every size with the same tags, but for one frame somewhere; priorities may differ. */
static void tagged_bursts(void **state)
{
	static const unsigned plain[] = {0, 1, 3, 4, 5};

	for (unsigned k = 0; k < RTE_DIM(plain) * RTE_DIM(tags_cases); k++) {
		const struct tags_case *p = &tags_cases[plain[k % RTE_DIM(plain)]];
		const struct tags_case *odd = &tags_cases[k / RTE_DIM(plain)];

		for (unsigned n = 1; n <= BURST_MAX; n += 9) {
			struct rte_mbuf *pkts[BURST_MAX];
			unsigned at = (k * 7 + n) % (n + n / 2 + 1); /* at times, nowhere */

			for (unsigned i = 0; i < n; i++) {
				pkts[i] = make_tags(i == at ? odd : p, 0);
				if (i != at)
					*rte_pktmbuf_mtod_offset(pkts[i], uint8_t *, 14) ^=
						(uint8_t)(i << 4);
			}
			receive(pkts, n);
			for (unsigned i = 0; i < n; i++)
				check_tags(i == at ? odd : p, pkts[i]);
			assert_behind_tags(w->in[NODE_ip4_input]);
			assert_behind_tags(w->in[NODE_ip6_input]);
			empty();
		}
	}
}

static void a_vlan_that_is_down(void **state)
{
	struct rte_mbuf *pkts[RTE_DIM(tags_cases)];

	ifaces[V100].up = ifaces[V30].up = ifaces[V9].up = false;
	for (unsigned i = 0; i < RTE_DIM(tags_cases); i++)
		pkts[i] = make_tags(&tags_cases[i], 0);
	receive(pkts, RTE_DIM(tags_cases));
	for (unsigned i = 0; i < RTE_DIM(tags_cases); i++) {
		struct tags_case c = tags_cases[i];

		if (c.iface == V100 || c.iface == V30 || c.iface == V9) {
			/* Nobody looks behind the tag of the first that is down. */
			c.iface = c.iface == V9 ? V9 : V100;
			c.node = NODE_drop;
			c.value = DROP_iface_down;
			c.l2_len = c.tags[0] >> 16 == 0x8100 && !(c.tags[0] & 0xfff) ? 22 : 18;
		}
		check_tags(&c, pkts[i]);
	}
}

/* A port in a bridge: its VLAN interfaces come first, all else is the bridge's, whatever it is. */
static void vlans_before_the_bridge(void **state)
{
	ifaces[RX_IFACE].flags |= IFACE_FWD_MEMBER;
	for (unsigned n = 1; n <= BURST_MAX; n += 21)
		for (unsigned i = 0; i < RTE_DIM(tags_cases); i++) {
			struct tags_case c = tags_cases[i];
			struct rte_mbuf *pkts[BURST_MAX];

			if (c.iface == RX_IFACE && c.len == 0) {
				c.node = NODE_bridge_input;
				c.l2_len = 14;
				c.flags = 0;
			}
			for (unsigned j = 0; j < n; j++)
				pkts[j] = make_tags(&tags_cases[i], 0);
			receive(pkts, n);
			if (tags_cases[i].len == 0 &&
			    !(tags_cases[i].tags[0] << 20 == 0 && tags_cases[i].iface == V100))
				for (unsigned j = 0; j < n; j++)
					check_tags(&c, pkts[j]);
			empty();
		}
}

/* The tag that stands in front, into the mbuf. */
static void strip(struct rte_mbuf *pkt)
{
	uint8_t *bytes = rte_pktmbuf_mtod(pkt, uint8_t *);

	pkt->vlan_tci = (uint16_t)(bytes[14] << 8 | bytes[15]);
	pkt->ol_flags |= RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
	memmove(bytes + 4, bytes, 12);
	rte_pktmbuf_adj(pkt, 4);
}

/* Tags that the device has taken off make no difference: mixed bursts and others. */
static void stripped_tags(void **state)
{
	ifaces[RX_IFACE].flags |= IFACE_FWD_STRIP;
	for (unsigned k = 0; k < RTE_DIM(tags_cases) * 2; k++) {
		const struct tags_case *c = &tags_cases[k / 2];
		const struct tags_case *beside = k % 2 ? &tags_cases[k % 5] : c;
		struct rte_mbuf *pkts[BURST_MAX];
		unsigned n = 1 + k * 5 % BURST_MAX;

		if (c->len || c->tags[0] >> 16 != 0x8100)
			continue;
		for (unsigned i = 0; i < n; i++) {
			pkts[i] = make_tags(i % 3 ? beside : c, 0);
			if ((i % 3 ? beside : c)->tags[0] >> 16 == 0x8100)
				strip(pkts[i]);
		}
		receive(pkts, n);
		for (unsigned i = 0; i < n; i++) {
			struct tags_case want = *(i % 3 ? beside : c);
			bool off = pkts[i]->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED;
			uint32_t len = pkts[i]->pkt_len;
			uint8_t bytes[LEN];

			rte_pktmbuf_free(make_tags(&want, 0));
			memcpy(bytes, frame, LEN);
			/* All of one interface, for layer 3: there it stays off. */
			if (off) {
				memmove(bytes + 4, bytes, 12);
				want.l2_len = 14;
			}
			check_tags(&want, pkts[i]);
			assert_int_equal(len, off ? LEN - 4 : LEN);
			testing_assert_bytes(pkts[i], bytes + (off ? 4 : 0), len);
		}
		empty();
	}
}

/* It stays off the burst of one VLAN interface, whatever the priorities, and counts as if it were
 * there. */
static void stripped_bursts(void **state)
{
	uint64_t packets = 0;

	ifaces[RX_IFACE].flags |= IFACE_FWD_STRIP;
	for (unsigned n = 1; n <= BURST_MAX; n++) {
		struct rte_mbuf *pkts[BURST_MAX];
		const struct burst *b = w->in[NODE_ip4_input];

		for (unsigned i = 0; i < n; i++) {
			pkts[i] = make_tags(&tags_cases[n % 2 ? 0 : 1], 0);
			strip(pkts[i]);
			pkts[i]->vlan_tci ^= (uint16_t)(i << 12);
		}
		receive(pkts, n);
		b = w->in[n % 2 ? NODE_ip4_input : NODE_ip6_input];
		assert_int_equal(b->n, n);
		assert_behind_tags(b);
		for (unsigned i = 0; i < n; i++) {
			assert_ptr_equal(b->pkts[i], pkts[i]);
			assert_int_equal(b->meta[i].iface, V100);
			assert_int_equal(b->meta[i].l2_len, 14);
			assert_int_equal(b->meta[i].flags, 0);
		}
		packets += n;
		assert_int_equal(came_in(V100), packets);
		assert_int_equal(w->stats->iface[V100].rx_bytes, packets * LEN);
		assert_int_equal(w->stats->iface[RX_IFACE].rx_bytes, packets * LEN);
		empty();
	}
}

/* Frames that are too short now are pointed out. */
static void stripped_and_short(void **state)
{
	ifaces[RX_IFACE].flags |= IFACE_FWD_STRIP;
	for (uint32_t len = 54; len < 64; len++)
		for (unsigned at = 0; at < BURST_MAX; at += 9) {
			struct rte_mbuf *pkts[BURST_MAX];
			const struct burst *b;

			for (unsigned i = 0; i < BURST_MAX; i++) {
				pkts[i] = make_tags(&tags_cases[0], 0);
				strip(pkts[i]);
			}
			packet_trim(pkts[at], len);
			receive(pkts, BURST_MAX);
			b = w->in[NODE_ip4_input];
			assert_int_equal(b->n, BURST_MAX);
			assert_int_equal(b->flags, len < 60 ? PKT_TAGGED : 0);
			assert_int_equal(b->meta[at].l2_len, 14);
			empty();
		}
}

#define TEST_VLANS(fn) cmocka_unit_test_setup_teardown(fn, setup_vlans, teardown_vlans)
#define TEST(fn)       cmocka_unit_test_setup_teardown(fn, setup, teardown)

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
		TEST_VLANS(tags_lead_to_their_interface),
		TEST_VLANS(tagged_bursts),
		TEST_VLANS(a_vlan_that_is_down),
		TEST_VLANS(vlans_before_the_bridge),
		TEST_VLANS(stripped_tags),
		TEST_VLANS(stripped_bursts),
		TEST_VLANS(stripped_and_short),
	};

	return cmocka_run_group_tests(tests, testing_eal_setup, testing_eal_teardown);
}
