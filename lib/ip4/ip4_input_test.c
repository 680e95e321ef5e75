/* SPDX-License-Identifier: BSD-3-Clause */
/* One packet into ip4_input: which node has it afterwards, and why. Then bursts of them. */
#include <rte_ether.h>

#include "fib4.h"
#include "flow_hash.h"
#include "forward_testing.h"
#include "ip4_check.h"
#include "own4.h"

static struct testing_forward *f;
static struct worker *w;
static node_fn *ip4_input;
static struct fib4 *fib;
static uint32_t own4[OWN4_WORDS];
static uint32_t ecmp; /* the group over MAC addresses 4 to 7 */

static rte_be32_t addr4(const char *text)
{
	struct ip_addr addr = testing_addr(text);
	rte_be32_t word;

	memcpy(&word, addr.bytes, sizeof(word));
	return word;
}

static void route(const char *prefix, uint32_t group)
{
	struct ip_prefix p = testing_prefix(prefix);
	rte_be32_t addr;

	memcpy(&addr, p.addr.bytes, sizeof(addr));
	assert_int_equal(fib4_add(fib, addr, p.len, group, NULL), 0);
}

/* By the next hop that leads to a MAC address. */
static void route_by(const char *prefix, unsigned mac)
{
	route(prefix, testing_forward_group(f, mac, 1));
}

static void make_routes(void)
{
	ecmp = testing_forward_group(f, 4, 4);
	route("10.0.0.1/32", ADJ_INDEX_LOCAL);
	route("10.0.0.255/32", ADJ_INDEX_LOCAL);
	route_by("10.1.0.0/16", 1);
	route_by("10.2.0.0/16", 0);
	route_by("10.3.0.0/16", 3); /* whose MTU is small */
	route("10.4.0.0/16", ecmp);
	route("10.5.0.0/16", ADJ_INDEX_BLACKHOLE);
	route("10.6.0.0/16", ADJ_INDEX_UNREACHABLE);
	route("10.7.0.0/16", ADJ_INDEX_PROHIBIT);
	route("10.8.0.0/16", ADJ_INDEX_KERNEL);
	route_by("169.254.0.0/16", 1);
	route_by("240.0.0.0/4", 1);
	route_by("0.0.0.0/8", 1);
	route_by("127.0.0.0/8", 1);
}

static void set_own(const char *addr)
{
	own4_mark(own4, addr4(addr));
}

static int setup(void **state)
{
	f = testing_forward_create(IP4);
	w = f->w;
	ip4_input = TESTING_NODE(ip4_input);
	fib = fib4_create(f->t->rcu, 64, -1);
	assert_non_null(fib);
	make_routes();
	memset(own4, 0, sizeof(own4));
	set_own("10.0.0.1");
	set_own("10.8.8.8"); /* stands for an address that falls upon the bit of an own one */
	w->fib4 = fib;
	w->own4 = own4;
	return 0;
}

static int teardown(void **state)
{
	fib4_destroy(fib);
	testing_forward_destroy(f);
	return 0;
}

/* What is special about a packet from 10.9.0.9 to 10.1.0.5 with 26 bytes of payload. */
struct shape {
	const char *src, *dst;
	uint8_t vhl;       /* 0: 0x45 */
	int ttl;           /* 0: 64, -1: 0 */
	int payload;       /* bytes; 0: 26, -1: none */
	int total;         /* added to the total length that is right */
	int sum;           /* added to the checksum that is right */
	unsigned trailer;  /* bytes behind the packet */
	unsigned cut;      /* bytes missing at the end of the frame */
	unsigned fragment; /* offset field */
	uint64_t ol_flags;
	uint16_t port; /* source port */
	uint8_t flags; /* of the meta */
	uint16_t seg;  /* bytes in each segment; 0: one segment */
};

static struct rte_mbuf *make(const struct shape *s)
{
	uint8_t frame[2048] = {0};
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(frame + RTE_ETHER_HDR_LEN);
	uint8_t vhl = s->vhl ? s->vhl : 0x45;
	uint32_t hdr = (vhl & 0xfu) * 4, payload = s->payload < 0 ? 0
						   : s->payload   ? s->payload
								  : 26;
	uint32_t len = RTE_ETHER_HDR_LEN + RTE_MAX(hdr, 20u) + payload + s->trailer - s->cut;
	struct rte_mbuf *pkt;

	*ip = (struct rte_ipv4_hdr){
		.version_ihl = vhl,
		.total_length = rte_cpu_to_be_16((uint16_t)(hdr + payload + (uint32_t)s->total)),
		.fragment_offset = rte_cpu_to_be_16((uint16_t)s->fragment),
		.time_to_live = (uint8_t)(s->ttl < 0 ? 0
					  : s->ttl   ? s->ttl
						     : 64),
		.next_proto_id = IPPROTO_UDP,
		.src_addr = addr4(s->src ? s->src : "10.9.0.9"),
		.dst_addr = addr4(s->dst ? s->dst : "10.1.0.5"),
	};
	if (hdr > 20)
		memset(ip + 1, 1, hdr - 20); /* options: no operation */
	else
		memcpy(ip + 1, &s->port, sizeof(s->port));
	ip->hdr_checksum = (uint16_t)~rte_raw_cksum(ip, RTE_MAX(hdr, 20u));
	ip->hdr_checksum = (uint16_t)(ip->hdr_checksum + s->sum);
	pkt = testing_packet(frame, len, s->seg);
	pkt->ol_flags = s->ol_flags;
	return pkt;
}

static const struct {
	const char *what;
	struct shape shape;
	struct testing_fate fate;
} cases[] = {
	{"plain", {0}, OUT(1)},
	{"no payload", {.payload = -1, .trailer = 26}, OUT(1)},
	{"fragment", {.fragment = 0x2010}, OUT(1)},
	{"to itself", {.src = "10.1.0.5"}, OUT(1)},
	{"class E", {.src = "240.0.0.1", .dst = "250.1.2.3"}, OUT(1)},
	{"last of class E", {.src = "255.255.255.254", .dst = "255.255.255.254"}, OUT(1)},
	{"link-local", {.src = "169.254.1.1", .dst = "169.254.2.2"}, OUT(1)},
	{"0/8", {.src = "0.0.0.1", .dst = "0.0.0.2"}, OUT(1)},
	{"source filter is no proof", {.src = "10.8.8.8"}, OUT(1)},
	{"TTL 2", {.ttl = 2}, OUT(1)},
	{"as large as the MTU", {.payload = 1480}, OUT(1)},
	{"as large as a small MTU", {.dst = "10.3.0.1", .payload = TESTING_SMALL_MTU - 20}, OUT(3)},
	{"padding of the shortest frame", {.payload = 1, .trailer = 25}, OUT(1)},
	{"trailer", {.trailer = 9}, OUT(1)},

	{"no whole header", {.payload = -1, .cut = 1}, DROPPED(ip4_short)},
	{"no header at all", {.payload = -1, .cut = 20}, DROPPED(ip4_short)},
	{"version 5", {.vhl = 0x55}, DROPPED(ip4_version)},
	{"version 6", {.vhl = 0x65}, DROPPED(ip4_version)},
	{"header length 16", {.vhl = 0x44}, DROPPED(ip4_header_length)},
	{"header length 0", {.vhl = 0x40}, DROPPED(ip4_header_length)},
	{"options beyond the frame",
	 {.vhl = 0x4f, .payload = -1, .cut = 1},
	 DROPPED(ip4_header_length)},
	{"checksum one more", {.sum = 1}, DROPPED(ip4_checksum)},
	{"checksum one less", {.sum = -1}, DROPPED(ip4_checksum)},
	{"checksum with options", {.vhl = 0x46, .sum = 1}, DROPPED(ip4_checksum)},
	{"checksum that the PMD finds wrong",
	 {.sum = 1, .ol_flags = RTE_MBUF_F_RX_IP_CKSUM_BAD},
	 DROPPED(ip4_checksum)},
	{"checksum that the PMD did not look at",
	 {.sum = 1, .ol_flags = RTE_MBUF_F_RX_IP_CKSUM_NONE},
	 DROPPED(ip4_checksum)},
	{"checksum that the PMD vouches for",
	 {.sum = 1, .ol_flags = RTE_MBUF_F_RX_IP_CKSUM_GOOD},
	 OUT(1)},
	{"right, though the PMD says wrong", {.ol_flags = RTE_MBUF_F_RX_IP_CKSUM_BAD}, OUT(1)},
	{"total length of 19",
	 {.payload = -1, .total = -1, .trailer = 26},
	 DROPPED(ip4_total_length)},
	{"total length of 0",
	 {.payload = -1, .total = -20, .trailer = 26},
	 DROPPED(ip4_total_length)},
	{"total length within the options",
	 {.vhl = 0x46, .payload = -1, .total = -4, .trailer = 26},
	 DROPPED(ip4_total_length)},
	{"total length beyond the frame", {.total = 1}, DROPPED(ip4_total_length)},
	{"the same, vouched for",
	 {.total = 1, .ol_flags = RTE_MBUF_F_RX_IP_CKSUM_GOOD},
	 DROPPED(ip4_total_length)},

	{"source 0.0.0.0", {.src = "0.0.0.0"}, DROPPED(ip4_src_unspecified)},
	{"source 255.255.255.255", {.src = "255.255.255.255"}, DROPPED(ip4_src_broadcast)},
	{"source 127.0.0.1", {.src = "127.0.0.1"}, DROPPED(ip4_src_loopback)},
	{"source 224.0.0.1", {.src = "224.0.0.1"}, DROPPED(ip4_src_multicast)},
	{"source 239.255.255.255", {.src = "239.255.255.255"}, DROPPED(ip4_src_multicast)},
	{"source is ours", {.src = "10.0.0.1"}, DROPPED(ip4_src_own)},
	{"destination 0.0.0.0", {.dst = "0.0.0.0"}, DROPPED(ip4_dst_unspecified)},
	{"destination 127.1.2.3", {.dst = "127.1.2.3"}, DROPPED(ip4_dst_loopback)},

	{"local", {.dst = "10.0.0.1"}, PUNTED(local)},
	{"local, TTL 1", {.dst = "10.0.0.1", .ttl = 1}, PUNTED(local)},
	{"local with options", {.dst = "10.0.0.1", .vhl = 0x46}, PUNTED(local)},
	{"local, in a broadcast frame",
	 {.dst = "10.0.0.1", .flags = PKT_L2_MULTICAST},
	 PUNTED(local)},
	{"subnet broadcast", {.dst = "10.0.0.255", .flags = PKT_L2_MULTICAST}, PUNTED(local)},
	{"limited broadcast", {.dst = "255.255.255.255", .flags = PKT_L2_MULTICAST}, PUNTED(local)},
	{"DHCP discover",
	 {.src = "0.0.0.0", .dst = "255.255.255.255", .flags = PKT_L2_MULTICAST},
	 PUNTED(local)},
	{"multicast", {.dst = "239.1.2.3", .flags = PKT_L2_MULTICAST}, PUNTED(multicast)},
	{"OSPF", {.dst = "224.0.0.5", .ttl = 1, .flags = PKT_L2_MULTICAST}, PUNTED(multicast)},
	{"multicast of the link from 0.0.0.0",
	 {.src = "0.0.0.0", .dst = "224.0.0.22"},
	 PUNTED(multicast)},
	{"other multicast from 0.0.0.0",
	 {.src = "0.0.0.0", .dst = "224.0.1.1"},
	 DROPPED(ip4_src_unspecified)},
	{"multicast from us", {.src = "10.0.0.1", .dst = "224.0.0.5"}, PUNTED(multicast)},

	{"no route", {.dst = "192.0.2.1"}, PUNTED_KIND(no_route, ADJ_NO_ROUTE)},
	{"unreachable", {.dst = "10.6.0.1"}, PUNTED_KIND(no_route, ADJ_UNREACHABLE)},
	{"prohibit", {.dst = "10.7.0.1", .ttl = 1}, PUNTED_KIND(no_route, ADJ_PROHIBIT)},
	{"kernel", {.dst = "10.8.0.1"}, PUNTED(kernel)},
	{"kernel, TTL 1", {.dst = "10.8.0.1", .ttl = 1}, PUNTED(kernel)},
	{"kernel, options", {.dst = "10.8.0.1", .vhl = 0x46}, PUNTED(kernel)},
	{"kernel, larger than any MTU", {.dst = "10.8.0.1", .payload = 1600}, PUNTED(kernel)},
	{"kernel, in a broadcast frame",
	 {.dst = "10.8.0.1", .flags = PKT_L2_MULTICAST},
	 DROPPED(ip4_l2_multicast)},
	{"blackhole", {.dst = "10.5.0.1", .ttl = 1}, DROPPED(ip4_blackhole)},
	{"transit in a broadcast frame", {.flags = PKT_L2_MULTICAST}, DROPPED(ip4_l2_multicast)},
	{"options", {.vhl = 0x46}, PUNTED(options)},
	{"longest options", {.vhl = 0x4f}, PUNTED(options)},
	{"TTL 1", {.ttl = 1}, PUNTED(ttl)},
	{"TTL 0", {.ttl = -1}, PUNTED(ttl)},
	{"TTL 1, not resolved", {.dst = "10.2.0.1", .ttl = 1}, PUNTED(ttl)},
	{"larger than the MTU", {.payload = 1481}, PUNTED_MTU(mtu, 1500)},
	{"larger than a small MTU",
	 {.dst = "10.3.0.1", .payload = TESTING_SMALL_MTU - 19},
	 PUNTED_MTU(mtu, TESTING_SMALL_MTU)},
	{"not resolved", {.dst = "10.2.0.1"}, PUNTED(glean)},
	{"not resolved, as large as the MTU", {.dst = "10.2.0.1", .payload = 1480}, PUNTED(glean)},
	{"not resolved, too large", {.dst = "10.2.0.1", .payload = 1481}, PUNTED_MTU(mtu, 1500)},
};

static void run(void)
{
	ip4_input(w, w->in[NODE_ip4_input]);
	testing_assert_empty(w, NODE_ip4_input);
}

static void one_packet(void **state)
{
	for (unsigned i = 0; i < RTE_DIM(cases); i++) {
		struct rte_mbuf *pkt = make(&cases[i].shape);

		testing_put(w, NODE_ip4_input, pkt, TESTING_RX_IFACE, cases[i].shape.flags);
		run();
		if (!testing_has_fate(f, pkt, &cases[i].fate))
			fail_msg("%s", cases[i].what);
		testing_forward_empty(f);
		assert_int_equal(testing_mbufs_used(), 0);
	}
}

/* What goes out is one hop older, its checksum right, nothing else changed; what does not go out
 * is as it came. */
static void assert_aged(const struct rte_mbuf *pkt, unsigned kind)
{
	struct rte_mbuf *copy = make(&cases[kind].shape);
	struct rte_ipv4_hdr *ip =
		rte_pktmbuf_mtod_offset(copy, struct rte_ipv4_hdr *, RTE_ETHER_HDR_LEN);

	if (cases[kind].fate.node == NODE_output) {
		ip->time_to_live--;
		ip->hdr_checksum = 0;
		ip->hdr_checksum = (uint16_t)(rte_ipv4_cksum(ip) + cases[kind].shape.sum);
	}
	assert_memory_equal(rte_pktmbuf_mtod(pkt, void *), rte_pktmbuf_mtod(copy, void *),
			    pkt->data_len);
	rte_pktmbuf_free(copy);
}

static void only_forwarded_ones_are_aged(void **state)
{
	for (unsigned i = 0; i < RTE_DIM(cases); i++) {
		struct rte_mbuf *pkt = make(&cases[i].shape);

		testing_put(w, NODE_ip4_input, pkt, TESTING_RX_IFACE, cases[i].shape.flags);
		run();
		assert_aged(pkt, i);
		testing_forward_empty(f);
	}
}

/* What stands behind the packet is not sent on, as in Linux, but no frame gets shorter than the
 * shortest. */
static void trailers_are_cut(void **state)
{
	static const struct {
		struct shape shape;
		uint32_t len;
	} trimmed[] = {
		{{.payload = 100, .trailer = 40}, 14 + 20 + 100},
		{{.payload = 100, .trailer = 40, .seg = 60}, 14 + 20 + 100},
		{{.payload = 100, .trailer = 1}, 14 + 20 + 100},
		{{.payload = 5, .trailer = 40}, 60},
		{{.payload = 5, .trailer = 21}, 60}, /* padding: not a trailer */
		{{.payload = 5, .trailer = 22}, 60},
		{{.payload = 5, .trailer = 3}, 14 + 20 + 5 + 3}, /* a PMD may give less than 60 */
		{{.payload = 5, .trailer = 60, .dst = "10.0.0.1"}, 60},
	};

	for (unsigned i = 0; i < RTE_DIM(trimmed); i++) {
		struct rte_mbuf *pkt = make(&trimmed[i].shape);
		struct pkt_meta meta;

		testing_put(w, NODE_ip4_input, pkt, TESTING_RX_IFACE, 0);
		run();
		assert_int_equal(pkt->pkt_len, trimmed[i].len);
		assert_int_not_equal(testing_where(w, pkt, &meta), NODE_drop);
		testing_forward_empty(f);
		assert_int_equal(testing_mbufs_used(), 0);
	}
}

static void age_keeps_every_checksum_right(void **state)
{
	for (uint32_t id = 0; id < 65536; id++) {
		struct rte_ipv4_hdr ip = {.version_ihl = 0x45,
					  .packet_id = (uint16_t)id,
					  .time_to_live = (uint8_t)(id % 255 + 1)};
		vec32 words[5];
		uint16_t aged;

		ip.hdr_checksum = rte_ipv4_cksum(&ip);
		for (int i = 0; i < 5; i++)
			words[i] = ((const uint32_t *)&ip)[i] - (vec32){0};
		assert_int_equal(ip4_sum(words[0], words[1], words[2], words[3], words[4])[0],
				 0xffff);
		((uint32_t *)&ip)[2] = ip4_aged(words[2])[0];
		aged = ip.hdr_checksum;
		ip.hdr_checksum = 0;
		assert_int_equal(aged, rte_ipv4_cksum(&ip));
	}
}

/* A burst of n packets, every k-th of them odd in another way. */
static void one_burst(unsigned n, unsigned k)
{
	struct rte_mbuf *pkts[BURST_MAX];
	unsigned kinds[BURST_MAX], odd = k;

	for (unsigned i = 0; i < n; i++) {
		const struct shape *shape;

		kinds[i] = i % k == k - 1 ? odd++ % RTE_DIM(cases) : 0;
		shape = &cases[kinds[i]].shape;
		pkts[i] = make(shape);
		testing_put(w, NODE_ip4_input, pkts[i], TESTING_RX_IFACE, shape->flags);
	}
	run();
	for (unsigned i = 0; i < n; i++) {
		assert_true(testing_has_fate(f, pkts[i], &cases[kinds[i]].fate));
		assert_aged(pkts[i], kinds[i]);
	}
	testing_assert_order(f, pkts, kinds);
	testing_forward_empty(f);
}

/* Of each size, for the ends of vectors. */
static void bursts_keep_their_order(void **state)
{
	for (unsigned n = 1; n <= BURST_MAX; n++)
		for (unsigned k = 1; k <= BURST_MAX; k = k * 2 + 1)
			one_burst(n, k);
}

/* Of each size, of packets of one kind: all go, or none. */
static void bursts_of_one_kind(void **state)
{
	for (unsigned kind = 0; kind < RTE_DIM(cases); kind++)
		for (unsigned n = 1; n <= BURST_MAX; n++) {
			struct rte_mbuf *pkts[BURST_MAX];

			for (unsigned i = 0; i < n; i++) {
				pkts[i] = make(&cases[kind].shape);
				testing_put(w, NODE_ip4_input, pkts[i], TESTING_RX_IFACE,
					    cases[kind].shape.flags);
			}
			run();
			for (unsigned i = 0; i < n; i++)
				assert_true(testing_has_fate(f, pkts[i], &cases[kind].fate));
			testing_assert_burst(w, cases[kind].fate.node, pkts, n);
			testing_forward_empty(f);
		}
}

/* Behind packets that wait for output already, as those of ip4 do when ip6 comes. */
static void joins_what_waits(void **state)
{
	struct rte_mbuf *pkts[BURST_MAX];

	for (unsigned i = 0; i < BURST_MAX; i++) {
		pkts[i] = make(&cases[0].shape);
		testing_put(w, i < 5 ? NODE_output : NODE_ip4_input, pkts[i], TESTING_RX_IFACE, 0);
	}
	run();
	testing_assert_burst(w, NODE_output, pkts, BURST_MAX);
}

/* A flow takes the path of its hash, alone or among packets of one path. */
static void flows_choose_their_path(void **state)
{
	unsigned seen[8] = {0};

	for (unsigned flow = 0; flow < 1024; flow++) {
		const struct shape s = {.dst = "10.4.0.1", .port = (uint16_t)flow};
		struct rte_mbuf *pkts[3];
		uint32_t hash, adj[3];

		for (unsigned i = 0; i < 3; i++) {
			pkts[i] = make(i == 1 ? &cases[0].shape : &s);
			testing_put(w, NODE_ip4_input, pkts[i], TESTING_RX_IFACE, 0);
		}
		hash = flow_hash4(
			w->groups->seed,
			rte_pktmbuf_mtod_offset(pkts[0], struct rte_ipv4_hdr *, RTE_ETHER_HDR_LEN),
			46);
		run();
		for (unsigned i = 0; i < 3; i++)
			adj[i] = w->in[NODE_output]->meta[i].value;
		assert_int_equal(adj[0], testing_adj_index(f->t->nexthops, ecmp, hash));
		assert_int_equal(adj[0], adj[2]);
		assert_int_equal(adj_hdr(&w->adjs[adj[1]])->dst_addr.addr_bytes[5], 1);
		seen[adj_hdr(&w->adjs[adj[0]])->dst_addr.addr_bytes[5]]++;
		testing_forward_empty(f);
	}
	for (unsigned i = 4; i < 8; i++)
		assert_in_range(seen[i], 200, 312);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_packet),
		TEST(only_forwarded_ones_are_aged),
		TEST(trailers_are_cut),
		TEST(age_keeps_every_checksum_right),
		TEST(bursts_keep_their_order),
		TEST(bursts_of_one_kind),
		TEST(joins_what_waits),
		TEST(flows_choose_their_path),
	};

	return cmocka_run_group_tests(tests, testing_eal_setup, testing_eal_teardown);
}
