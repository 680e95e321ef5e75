/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames with tags, in the frame or taken off by the device: the interface that they lead to. */
#include "ether_testing.h"
#include "packet.h"

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
	ether_setup(state);
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
	return ether_teardown(state);
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

/* To the node; from this interface, with so many bytes of headers. */
#define TO(to, from, l2)       .node = NODE_##to, .iface = from, .l2_len = l2
#define DROPPED(why, from, l2) TO(drop, from, l2), .value = DROP_##why
#define PUNTED(why, from, l2)  TO(punt, from, l2), .value = PUNT_##why

static const struct tags_case tags_cases[] = {
	{"one tag, IPv4", &other, {Q(100)}, IPV4, TO(ip4_input, V100, 18)},
	{"one tag, IPv6", &other, {Q(100)}, IPV6, TO(ip6_input, V100, 18)},
	{"priority and DEI", &other, {Q(0xf064)}, IPV4, TO(ip4_input, V100, 18)},
	{"802.1ad", &ours, {AD(7)}, IPV4, TO(ip4_input, V7, 18)},
	{"two tags", &other, {Q(100), Q(0x601e)}, IPV4, TO(ip4_input, V30, 22)},
	{"two tags, IPv6", &other, {Q(100), Q(30)}, IPV6, TO(ip6_input, V30, 22)},
	{"ARP", &broadcast, {Q(100)}, ARP, PUNTED(ethertype, V100, 18), .flags = PKT_L2_MULTICAST},
	{"multicast",
	 &all_routers,
	 {Q(100), Q(30)},
	 IPV6,
	 TO(ip6_input, V30, 22),
	 .flags = PKT_L2_MULTICAST},
	{"the port's MAC", &ours, {Q(100)}, IPV4, DROPPED(ether_not_mine, V100, 18)},
	{"a VLAN's MAC, untagged", &other, {0}, IPV4, DROPPED(ether_not_mine, RX_IFACE, 14)},
	{"untagged", &ours, {0}, IPV4, TO(ip4_input, RX_IFACE, 14)},
	{"priority tag", &ours, {Q(0xe000)}, IPV4, TO(ip4_input, RX_IFACE, 18)},
	{"priority tag, ARP",
	 &broadcast,
	 {Q(0)},
	 ARP,
	 PUNTED(ethertype, RX_IFACE, 18),
	 .flags = PKT_L2_MULTICAST},
	{"priority tag of 802.1ad", &ours, {AD(0x2000)}, IPV6, TO(ip6_input, RX_IFACE, 18)},
	{"two priority tags", &ours, {AD(0), Q(0)}, IPV4, TO(ip4_input, RX_IFACE, 22)},
	{"priority tag before a VLAN", &other, {Q(0), Q(100)}, IPV4, TO(ip4_input, V100, 22)},
	{"priority tag within", &other, {Q(100), Q(0)}, IPV4, TO(ip4_input, V100, 22)},
	{"unknown", &ours, {Q(101)}, IPV4, DROPPED(vlan_unknown, RX_IFACE, 14)},
	{"of the other protocol", &ours, {AD(100)}, IPV4, DROPPED(vlan_unknown, RX_IFACE, 14)},
	{"unknown within", &other, {Q(100), Q(31)}, IPV4, DROPPED(vlan_unknown, V100, 18)},
	{"none within", &ours, {AD(7), Q(30)}, IPV4, DROPPED(vlan_unknown, V7, 18)},
	{"reserved", &ours, {Q(0xfff)}, IPV4, DROPPED(vlan_reserved, RX_IFACE, 14)},
	{"reserved within", &other, {Q(100), Q(0x5fff)}, IPV4, DROPPED(vlan_reserved, V100, 18)},
	{"802.1ad within 802.1Q", &other, {Q(100), AD(30)}, IPV4, DROPPED(vlan_order, V100, 18)},
	{"three tags", &other, {Q(100), Q(30), Q(5)}, IPV4, DROPPED(vlan_depth, V30, 22)},
	{"three, nobody's", &ours, {AD(1), Q(2), Q(3)}, IPV4, DROPPED(vlan_depth, RX_IFACE, 14)},
	{"three with a priority tag",
	 &other,
	 {Q(0), Q(100), Q(30)},
	 IPV4,
	 DROPPED(vlan_depth, V100, 22)},
	{"ends in the TCI", &ours, {Q(100)}, IPV4, DROPPED(vlan_short, RX_IFACE, 14), .len = 15},
	{"ends behind the TPID",
	 &ours,
	 {Q(100)},
	 IPV4,
	 DROPPED(vlan_short, RX_IFACE, 14),
	 .len = 14},
	{"ends before the type",
	 &ours,
	 {Q(100)},
	 IPV4,
	 DROPPED(vlan_short, RX_IFACE, 14),
	 .len = 17},
	{"ends in the second tag",
	 &other,
	 {Q(100), Q(30)},
	 IPV4,
	 DROPPED(vlan_short, V100, 18),
	 .len = 21},
	{"ends behind the type", &other, {Q(100)}, IPV4, TO(ip4_input, V100, 18), .len = 18},
	{"to a bridge", &broadcast, {Q(9)}, IPV4, TO(bridge_input, V9, 18)},
	{"to a bridge, tags within",
	 &all_routers,
	 {Q(9), AD(4), Q(5)},
	 IPV4,
	 TO(bridge_input, V9, 18)},
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

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup_vlans, teardown_vlans)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(tags_lead_to_their_interface), TEST(tagged_bursts), TEST(a_vlan_that_is_down),
		TEST(vlans_before_the_bridge),      TEST(stripped_tags), TEST(stripped_bursts),
		TEST(stripped_and_short),
	};

	return cmocka_run_group_tests(tests, testing_eal_setup, testing_eal_teardown);
}
