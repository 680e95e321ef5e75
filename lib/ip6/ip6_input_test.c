/* SPDX-License-Identifier: BSD-3-Clause */
/* One packet into ip6_input: which node has it afterwards, and why. Then bursts of them. */
#include <netinet/in.h>
#include <rte_ether.h>

#include "fib6.h"
#include "flow_hash.h"
#include "forward_testing.h"

static struct testing_forward *f;
static struct worker *w;
static node_fn *ip6_input;
static struct fib6 *fib;
static uint32_t ecmp; /* the group over MAC addresses 4 to 7 */

static void route(const char *prefix, uint32_t group)
{
	struct ip_prefix p = testing_prefix(prefix);

	assert_int_equal(fib6_add(fib, p.addr.bytes, p.len, group, NULL), 0);
}

/* By the next hop that leads to a MAC address. */
static void route_by(const char *prefix, unsigned mac)
{
	route(prefix, testing_forward_group(f, mac, 1));
}

static int setup(void **state)
{
	f = testing_forward_create(IP6);
	w = f->w;
	ip6_input = TESTING_NODE(ip6_input);
	fib = fib6_create(f->t->rcu, 64, -1);
	assert_non_null(fib);
	w->fib6 = fib;
	ecmp = testing_forward_group(f, 4, 4);
	route("2001:db8::1/128", ADJ_INDEX_LOCAL);
	route_by("2001:db8:1::/48", 1);
	route_by("2001:db8:2::/48", 0);
	route_by("2001:db8:3::/48", 3); /* whose MTU is small */
	route("2001:db8:4::/48", ecmp);
	route("2001:db8:5::/48", ADJ_INDEX_BLACKHOLE);
	route("2001:db8:6::/48", ADJ_INDEX_UNREACHABLE);
	route("2001:db8:7::/48", ADJ_INDEX_PROHIBIT);
	route("2001:db8:8::/48", ADJ_INDEX_KERNEL);
	route_by("::/8", 1);
	route_by("fc00::/7", 1);
	route_by("fe00::/8", 1);
	route_by("ff00::/8", 1);
	return 0;
}

static int teardown(void **state)
{
	fib6_destroy(fib);
	testing_forward_destroy(f);
	return 0;
}

/* What is special about a packet from 2001:db8:9::9 to 2001:db8:1::5 with 16 bytes of payload. */
struct shape {
	const char *src, *dst;
	uint8_t version;
	uint8_t proto; /* 0: UDP */
	bool hop_by_hop;
	int hop_limit;    /* 0: 64, -1: 0 */
	int payload;      /* bytes; 0: 16, -1: none */
	int length;       /* added to the payload length that is right */
	unsigned trailer; /* bytes behind the packet */
	unsigned cut;     /* bytes missing at the end of the frame */
	uint16_t port;    /* source port */
	uint8_t flags;    /* of the meta */
	uint16_t seg;     /* bytes in each segment; 0: one segment */
};

#define OURS "fe80::ff:fe00:ff02" /* of port 2, by which all packets came in */

static struct rte_mbuf *make(const struct shape *s)
{
	uint8_t frame[2048] = {0};
	struct rte_ipv6_hdr *ip = (struct rte_ipv6_hdr *)(frame + RTE_ETHER_HDR_LEN);
	const struct ip_addr src = testing_addr(s->src ? s->src : "2001:db8:9::9"),
			     dst = testing_addr(s->dst ? s->dst : "2001:db8:1::5");
	uint32_t payload = s->payload < 0 ? 0 : s->payload ? (uint32_t)s->payload : 16;

	*ip = (struct rte_ipv6_hdr){
		.vtc_flow =
			rte_cpu_to_be_32((uint32_t)(s->version ? s->version : 6) << 28 | 0xbeef),
		.payload_len = rte_cpu_to_be_16((uint16_t)(payload + (uint32_t)s->length)),
		.proto = s->hop_by_hop ? IPPROTO_HOPOPTS
			 : s->proto    ? s->proto
				       : IPPROTO_UDP,
		.hop_limits = (uint8_t)(s->hop_limit < 0 ? 0
					: s->hop_limit   ? s->hop_limit
							 : 64),
	};
	memcpy(ip->src_addr, src.bytes, 16);
	memcpy(ip->dst_addr, dst.bytes, 16);
	memcpy(ip + 1, &s->port, sizeof(s->port));
	return testing_packet(
		frame, RTE_ETHER_HDR_LEN + (uint32_t)sizeof(*ip) + payload + s->trailer - s->cut,
		s->seg);
}

static const struct {
	const char *what;
	struct shape shape;
	struct testing_fate fate;
} cases[] = {
	{"plain", {0}, OUT(1)},
	{"no payload", {.payload = -1}, OUT(1)},
	{"padding", {.payload = -1, .trailer = 6}, OUT(1)},
	{"trailer", {.trailer = 9}, OUT(1)},
	{"to itself", {.src = "2001:db8:1::5"}, OUT(1)},
	{"unique local", {.src = "fd00::1", .dst = "fd00::2"}, OUT(1)},
	{"site-local of old", {.src = "fec0::1", .dst = "feff::2"}, OUT(1)},
	{"low addresses", {.src = "::2", .dst = "::2"}, OUT(1)},
	{"from an IPv4-mapped one", {.src = "::ffff:10.0.0.1"}, OUT(1)},
	{"to an IPv4-mapped one", {.dst = "::ffff:192.0.2.1"}, OUT(1)},
	{"hop limit 2", {.hop_limit = 2}, OUT(1)},
	{"fragment", {.proto = IPPROTO_FRAGMENT}, OUT(1)},
	{"routing header", {.proto = IPPROTO_ROUTING}, OUT(1)},
	{"as large as the MTU", {.payload = 1460}, OUT(1)},
	{"as large as a small MTU",
	 {.dst = "2001:db8:3::1", .payload = TESTING_SMALL_MTU - 40},
	 OUT(3)},

	{"no whole header", {.payload = -1, .cut = 1}, DROPPED(ip6_short)},
	{"no header at all", {.payload = -1, .cut = 40}, DROPPED(ip6_short)},
	{"version 4", {.version = 4}, DROPPED(ip6_version)},
	{"version 7", {.version = 7}, DROPPED(ip6_version)},
	{"payload beyond the frame", {.length = 1}, DROPPED(ip6_payload_length)},
	{"the same, hop-by-hop", {.length = 1, .hop_by_hop = true}, DROPPED(ip6_payload_length)},

	{"source ::", {.src = "::"}, DROPPED(ip6_src_unspecified)},
	{"source :: to us", {.src = "::", .dst = "2001:db8::1"}, DROPPED(ip6_src_unspecified)},
	{"source ::1", {.src = "::1"}, DROPPED(ip6_src_loopback)},
	{"source ::1 to multicast", {.src = "::1", .dst = "ff02::1"}, DROPPED(ip6_src_loopback)},
	{"source multicast", {.src = "ff0e::1"}, DROPPED(ip6_src_multicast)},
	{"source multicast to us", {.src = "ff02::1", .dst = OURS}, DROPPED(ip6_src_multicast)},
	{"destination ::", {.dst = "::"}, DROPPED(ip6_dst_unspecified)},
	{"destination ::1", {.dst = "::1"}, DROPPED(ip6_dst_loopback)},
	{"scope 0", {.dst = "ff00::1"}, DROPPED(ip6_dst_scope)},
	{"interface-local scope", {.dst = "ff11::1"}, DROPPED(ip6_dst_scope)},

	{"local", {.dst = "2001:db8::1"}, PUNTED(local)},
	{"local, hop limit 1", {.dst = "2001:db8::1", .hop_limit = 1}, PUNTED(local)},
	{"local, hop-by-hop", {.dst = "2001:db8::1", .hop_by_hop = true}, PUNTED(local)},
	{"local from link-local", {.src = "fe80::9", .dst = "2001:db8::1"}, PUNTED(local)},
	{"our link-local", {.src = "fe80::9", .dst = OURS}, PUNTED(local)},
	{"another's link-local", {.src = "fe80::9", .dst = "fe80::8"}, PUNTED(scope)},
	{"our link-local on another port", {.dst = "fe80::ff:fe00:ff01"}, PUNTED(scope)},
	{"end of link-local", {.dst = "febf::1"}, PUNTED(scope)},
	{"all nodes", {.dst = "ff02::1", .flags = PKT_L2_MULTICAST}, PUNTED(multicast)},
	{"neighbour solicitation of a new host",
	 {.src = "::", .dst = "ff02::1:ff00:1", .hop_limit = 255},
	 PUNTED(multicast)},
	{"global multicast, hop limit 1", {.dst = "ff0e::1", .hop_limit = 1}, PUNTED(multicast)},

	{"no route", {.dst = "2001:db8:99::1"}, PUNTED_KIND(no_route, ADJ_NO_ROUTE)},
	{"unreachable", {.dst = "2001:db8:6::1"}, PUNTED_KIND(no_route, ADJ_UNREACHABLE)},
	{"prohibit", {.dst = "2001:db8:7::1"}, PUNTED_KIND(no_route, ADJ_PROHIBIT)},
	{"kernel", {.dst = "2001:db8:8::1"}, PUNTED(kernel)},
	{"kernel, hop limit 1", {.dst = "2001:db8:8::1", .hop_limit = 1}, PUNTED(kernel)},
	{"kernel, in a multicast frame",
	 {.dst = "2001:db8:8::1", .flags = PKT_L2_MULTICAST},
	 DROPPED(ip6_l2_multicast)},
	{"blackhole", {.dst = "2001:db8:5::1", .hop_limit = 1}, DROPPED(ip6_blackhole)},
	{"transit in a multicast frame", {.flags = PKT_L2_MULTICAST}, DROPPED(ip6_l2_multicast)},
	{"hop-by-hop", {.hop_by_hop = true}, PUNTED(options)},
	{"jumbogram",
	 {.hop_by_hop = true, .payload = 8, .length = -8, .trailer = 100},
	 PUNTED(options)},
	{"hop limit 1", {.hop_limit = 1}, PUNTED(ttl)},
	{"hop limit 0", {.hop_limit = -1}, PUNTED(ttl)},
	{"link-local source in transit", {.src = "fe80::9"}, PUNTED(scope)},
	{"larger than the MTU", {.payload = 1461}, PUNTED_MTU(mtu, 1500)},
	{"larger than a small MTU",
	 {.dst = "2001:db8:3::1", .payload = TESTING_SMALL_MTU - 39},
	 PUNTED_MTU(mtu, TESTING_SMALL_MTU)},
	{"not resolved", {.dst = "2001:db8:2::1"}, PUNTED(glean)},
	{"not resolved, as large as the MTU",
	 {.dst = "2001:db8:2::1", .payload = 1460},
	 PUNTED(glean)},
};

static void run(void)
{
	ip6_input(w, w->in[NODE_ip6_input]);
	testing_assert_empty(w, NODE_ip6_input);
}

static void put(struct rte_mbuf *pkt, uint8_t flags)
{
	testing_put(w, NODE_ip6_input, pkt, TESTING_RX_IFACE, flags);
}

/* What goes out is one hop older, and nothing else has changed; what does not is as it came. */
static void assert_aged(const struct rte_mbuf *pkt, unsigned kind)
{
	struct rte_mbuf *copy = make(&cases[kind].shape);
	struct rte_ipv6_hdr *ip =
		rte_pktmbuf_mtod_offset(copy, struct rte_ipv6_hdr *, RTE_ETHER_HDR_LEN);

	if (cases[kind].fate.node == NODE_output)
		ip->hop_limits--;
	assert_memory_equal(rte_pktmbuf_mtod(pkt, void *), rte_pktmbuf_mtod(copy, void *),
			    pkt->data_len);
	rte_pktmbuf_free(copy);
}

static void one_packet(void **state)
{
	for (unsigned i = 0; i < RTE_DIM(cases); i++) {
		struct rte_mbuf *pkt = make(&cases[i].shape);

		put(pkt, cases[i].shape.flags);
		run();
		if (!testing_has_fate(f, pkt, &cases[i].fate))
			fail_msg("%s", cases[i].what);
		assert_aged(pkt, i);
		testing_forward_empty(f);
		assert_int_equal(testing_mbufs_used(), 0);
	}
}

static void trailers_are_cut(void **state)
{
	static const struct {
		struct shape shape;
		uint32_t len;
	} trimmed[] = {
		{{.payload = 100, .trailer = 40}, 14 + 40 + 100},
		{{.payload = 100, .trailer = 40, .seg = 60}, 14 + 40 + 100},
		{{.payload = -1, .trailer = 40}, 60},
		{{.payload = -1, .trailer = 6}, 60},
		{{.payload = 1, .trailer = 2}, 14 + 40 + 1 + 2},
		/* How long a jumbogram is, the slow path finds out. */
		{{.payload = 8, .length = -8, .hop_by_hop = true, .trailer = 100},
		 14 + 40 + 8 + 100},
	};

	for (unsigned i = 0; i < RTE_DIM(trimmed); i++) {
		struct rte_mbuf *pkt = make(&trimmed[i].shape);
		struct pkt_meta meta;

		put(pkt, 0);
		run();
		assert_int_equal(pkt->pkt_len, trimmed[i].len);
		assert_int_not_equal(testing_where(w, pkt, &meta), NODE_drop);
		testing_forward_empty(f);
		assert_int_equal(testing_mbufs_used(), 0);
	}
}

/* A burst of n packets, every k-th of them odd in another way. */
static void one_burst(unsigned n, unsigned k)
{
	struct rte_mbuf *pkts[BURST_MAX];
	unsigned kinds[BURST_MAX], odd = k;

	for (unsigned i = 0; i < n; i++) {
		kinds[i] = i % k == k - 1 ? odd++ % RTE_DIM(cases) : 0;
		pkts[i] = make(&cases[kinds[i]].shape);
		put(pkts[i], cases[kinds[i]].shape.flags);
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
				put(pkts[i], cases[kind].shape.flags);
			}
			run();
			for (unsigned i = 0; i < n; i++)
				assert_true(testing_has_fate(f, pkts[i], &cases[kind].fate));
			testing_assert_burst(w, cases[kind].fate.node, pkts, n);
			testing_forward_empty(f);
		}
}

/* Behind what ip4_input has put there. */
static void joins_what_waits(void **state)
{
	struct rte_mbuf *pkts[BURST_MAX];

	for (unsigned i = 0; i < BURST_MAX; i++) {
		pkts[i] = make(&cases[0].shape);
		testing_put(w, i < 5 ? NODE_output : NODE_ip6_input, pkts[i], TESTING_RX_IFACE, 0);
	}
	run();
	testing_assert_burst(w, NODE_output, pkts, BURST_MAX);
}

/* A flow takes the path of its hash, alone or among packets of one path. */
static void flows_choose_their_path(void **state)
{
	unsigned seen[TESTING_NEXTHOPS] = {0};

	for (unsigned flow = 0; flow < 1024; flow++) {
		const struct shape s = {.dst = "2001:db8:4::1", .port = (uint16_t)flow};
		struct rte_mbuf *pkts[3];
		uint32_t hash, adj[3];

		for (unsigned i = 0; i < 3; i++) {
			pkts[i] = make(i == 1 ? &cases[0].shape : &s);
			put(pkts[i], 0);
		}
		hash = flow_hash6(
			w->groups->seed,
			rte_pktmbuf_mtod_offset(pkts[0], struct rte_ipv6_hdr *, RTE_ETHER_HDR_LEN),
			56);
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
		TEST(one_packet),         TEST(trailers_are_cut), TEST(bursts_keep_their_order),
		TEST(bursts_of_one_kind), TEST(joins_what_waits), TEST(flows_choose_their_path),
	};

	return cmocka_run_group_tests(tests, testing_eal_setup, testing_eal_teardown);
}
