/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The node bridge_input beside an oracle: bursts of random frames, between members with random
 * flags, known and unknown hosts; each frame leaves by just the ports that the rules say, or goes
 * to the router or to the kernel's bridge, or is dropped for the reason that they say.
 */
#include "bridge_testing.h"

#include <rte_ip.h>

#include "iface_vlans.h"

#define TRIALS        300
#define HOSTS         12 /* half of them known */
#define FRAME         60
#define ROUTER        TESTING_PORTS /* in a mask of ports */
#define KERNEL        (TESTING_PORTS + 1)
#define FOREIGN       (HOSTS / 2) /* so many hosts are behind members of the kernel's */
#define FIRST_FOREIGN (HOSTS + 500)

/* What becomes of a frame: a mask of ports and ROUTER, or a reason. */
struct fate {
	unsigned out;
	enum drop_reason reason;
};

static uint64_t seed = 7;
static struct testing_bridges *f;
static struct bridge *b;
static struct bridge_member_conf conf[TESTING_PORTS];
static int known[HOSTS]; /* the port, or -1 */
static uint8_t foreign;  /* what the kernel's members take */

static uint32_t pick(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 11) % n;
}

static struct fate dropped(enum drop_reason reason)
{
	return (struct fate){.reason = reason};
}

static bool may_pass(unsigned in, unsigned out, enum drop_reason *reason)
{
	*reason = DROP_bridge_same_port;
	if (in == out)
		return false;
	*reason = DROP_bridge_isolated;
	if (conf[in].flags & conf[out].flags & BRIDGE_ISOLATED)
		return false;
	*reason = DROP_bridge_blocked;
	return conf[out].state == BRIDGE_FORWARDING;
}

static struct fate flooded(unsigned in, unsigned flag, unsigned out)
{
	enum drop_reason reason;

	for (unsigned p = 0; p < TESTING_PORTS; p++)
		if (conf[p].flags & flag && may_pass(in, p, &reason))
			out |= 1u << p;
	return out ? (struct fate){.out = out} : dropped(DROP_bridge_nobody);
}

/* dst: a host; or HOSTS and beyond: broadcast, multicast, the bridge, reserved. */
static struct fate oracle(unsigned in, unsigned src, unsigned dst)
{
	enum drop_reason reason;

	if (src == HOSTS)
		return dropped(DROP_bridge_src_multicast);
	if (src == HOSTS + 1)
		return dropped(DROP_bridge_src_zero);
	if (dst == HOSTS + 3)
		return (struct fate){.out = 1u << ROUTER};
	if (conf[in].state != BRIDGE_FORWARDING)
		return dropped(conf[in].state == BRIDGE_LEARNING && src == HOSTS + 2
				       ? DROP_bridge_src_own
				       : DROP_bridge_state);
	if (src == HOSTS + 2)
		return dropped(DROP_bridge_src_own);
	if (dst == HOSTS)
		return flooded(in, BRIDGE_BCAST_FLOOD, 1u << ROUTER);
	if (dst == HOSTS + 1)
		return flooded(in, BRIDGE_MCAST_FLOOD, 1u << ROUTER);
	if (dst == HOSTS + 2)
		return (struct fate){.out = 1u << ROUTER};
	if (dst >= FIRST_FOREIGN)
		return (struct fate){.out = 1u << KERNEL};
	if (known[dst] < 0)
		return flooded(in, BRIDGE_FLOOD, foreign & BRIDGE_FLOOD ? 1u << KERNEL : 0);
	if (!may_pass(in, (unsigned)known[dst], &reason))
		return dropped(reason);
	return (struct fate){.out = 1u << known[dst]};
}

static void put_mac(uint8_t *at, unsigned host, bool is_src)
{
	static const uint8_t dsts[][6] = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
					  {1, 0, 0x5e, 1, 2, 3},
					  {2, 0, 0, 0, 0xbb, 0},
					  {1, 0x80, 0xc2, 0, 0, 0xe}};
	static const uint8_t srcs[][6] = {{3, 0, 0, 0, 0, 1}, {0}, {2, 0, 0, 0, 0xbb, 0}};
	const struct mac_addr mac = testing_mac(host);

	if (host < HOSTS || host >= HOSTS + 100)
		memcpy(at, mac.bytes, 6);
	else
		memcpy(at, is_src ? srcs[host - HOSTS] : dsts[host - HOSTS], 6);
}

/* The number of a frame stands in its last bytes. */
static struct rte_mbuf *make(unsigned src, unsigned dst, uint32_t number, uint16_t type)
{
	uint8_t frame[FRAME] = {0};
	rte_be16_t be = rte_cpu_to_be_16(type);

	put_mac(frame, dst, false);
	put_mac(frame + 6, src, true);
	memcpy(frame + 12, &be, 2);
	memcpy(frame + FRAME - 4, &number, 4);
	return testing_packet(frame, sizeof(frame), 0);
}

static uint32_t number_of(const struct rte_mbuf *pkt)
{
	uint32_t number;

	memcpy(&number, rte_pktmbuf_mtod_offset(pkt, const void *, FRAME - 4), 4);
	return number;
}

/* Where each frame came out: free all. */
static void collect(struct fate *got)
{
	static const enum node_id up[] = {NODE_ip4_input, NODE_ip6_input, NODE_punt};
	struct worker *w = f->w;

	for (unsigned p = 0; p < TESTING_PORTS; p++) {
		struct tx_vector *v = &w->tx[10 + p];

		for (uint16_t i = 0; i < v->n; i++) {
			assert_false(got[number_of(v->pkts[i])].out & 1u << p);
			got[number_of(v->pkts[i])].out |= 1u << p;
		}
		rte_pktmbuf_free_bulk(v->pkts, v->n);
		v->n = 0;
	}
	w->n_tx_dirty = 0;
	w->in[NODE_port_tx]->n = 0;
	for (unsigned k = 0; k < RTE_DIM(up); k++) {
		struct burst *burst = w->in[up[k]];

		for (uint32_t i = 0; i < burst->n; i++) {
			bool kernel =
				up[k] == NODE_punt && (burst->meta[i].value & 0xff) == PUNT_bridge;

			got[number_of(burst->pkts[i])].out |= 1u << (kernel ? KERNEL : ROUTER);
			/* In the name of the member. */
			assert_true(!kernel || burst->meta[i].iface != bridge_iface(b)->id);
		}
		rte_pktmbuf_free_bulk(burst->pkts, burst->n);
		burst->n = 0;
	}
	for (uint32_t i = 0; i < w->in[NODE_drop]->n; i++)
		got[number_of(w->in[NODE_drop]->pkts[i])].reason = w->in[NODE_drop]->meta[i].value;
	rte_pktmbuf_free_bulk(w->in[NODE_drop]->pkts, w->in[NODE_drop]->n);
	w->in[NODE_drop]->n = 0;
}

static void new_bridge(void)
{
	struct bridge_conf new = *bridge_conf(b);

	new.in_kernel = true;
	new.foreign = foreign = pick(2) ? (uint8_t)pick(16) : 0;
	assert_int_equal(bridge_set(f->t, b, &new, NULL), 0);
}

static void new_members(void)
{
	for (unsigned p = 0; p < TESTING_PORTS; p++) {
		conf[p] = BRIDGE_MEMBER_DEFAULT;
		if (pick(3) == 0)
			conf[p].flags = (uint8_t)pick(32);
		if (pick(6) == 0)
			conf[p].state = (uint8_t)pick(BRIDGE_STATE_MAX);
		/* Nothing is learned here: the oracle knows who is known. */
		conf[p].flags &= (uint8_t)~BRIDGE_LEARN;
		assert_int_equal(bridge_member_set(f->t, f->tables->p[p], &conf[p], NULL), 0);
	}
	for (unsigned h = 0; h < HOSTS; h++) {
		const struct mac_addr mac = testing_mac(h);

		bridge_fdb_del(f->t, b, &mac, 0, NULL);
		known[h] = h % 2 ? (int)pick(TESTING_PORTS) : -1;
		if (known[h] >= 0)
			assert_int_equal(bridge_fdb_add(f->t, b, f->tables->p[known[h]], &mac, 0,
							FDB_STATIC, NULL),
					 0);
	}
}

/* mixed: also frames from other members, as VLAN interfaces bring them. */
static void trial(bool mixed)
{
	static const uint16_t types[] = {0x0800, 0x86dd, TESTING_ETHERTYPE};
	struct fate want[BURST_MAX], got[BURST_MAX] = {0};
	unsigned n = 1 + pick(16), in = pick(TESTING_PORTS), odd = pick(8);

	for (unsigned i = 0; i < n; i++) {
		unsigned src = pick(odd ? HOSTS : HOSTS + 3), dst = pick(odd ? HOSTS : HOSTS + 4);
		unsigned from = mixed ? pick(TESTING_PORTS) : in;

		/* Often the whole burst goes one way. */
		if (odd > 4)
			dst = odd > 6 ? HOSTS + 2 : 1;
		if (!pick(8))
			dst = FIRST_FOREIGN + pick(FOREIGN);
		want[i] = oracle(from, src, dst);
		testing_put(f->w, NODE_bridge_input, make(src, dst, i, types[pick(3)]),
			    f->tables->p[from]->id, 0);
	}
	TESTING_NODE(bridge_input)(f->w, f->w->in[NODE_bridge_input]);
	testing_assert_empty(f->w, NODE_bridge_input);
	collect(got);
	for (unsigned i = 0; i < n; i++) {
		assert_int_equal(got[i].out, want[i].out);
		assert_int_equal(got[i].reason, want[i].reason);
	}
}

static void as_the_oracle_says(void **state)
{
	for (unsigned i = 0; i < TRIALS; i++) {
		new_bridge();
		new_members();
		for (unsigned k = 0; k < 8; k++)
			trial(k % 2);
	}
}

/* What Linux has moves to a member when it is seen there; what it has for good does not. */
static void foreign_hosts_move(void **state)
{
	const struct mac_addr sticky = testing_mac(FIRST_FOREIGN + 1);

	assert_int_equal(bridge_fdb_add_foreign(f->t, b, &sticky, 0, true, NULL), 0);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(testing_behind(f, b, FIRST_FOREIGN + i, 0), -2);
		testing_seen(f, FIRST_FOREIGN + i, bridge_fid(b, 0), 1);
	}
	assert_int_equal(testing_behind(f, b, FIRST_FOREIGN, 0), 1);
	assert_int_equal(testing_behind(f, b, FIRST_FOREIGN + 1, 0), -2);
}

/* What a worker has not seen comes to the control thread once, and back as an entry. */
static void learns(void **state)
{
	for (unsigned p = 0; p < TESTING_PORTS; p++) {
		conf[p] = BRIDGE_MEMBER_DEFAULT;
		assert_int_equal(bridge_member_set(f->t, f->tables->p[p], &conf[p], NULL), 0);
	}
	for (unsigned turn = 0; turn < 2; turn++) {
		struct fate got[BURST_MAX] = {0};

		for (unsigned i = 0; i < 8; i++)
			testing_put(f->w, NODE_bridge_input,
				    make(HOSTS + 100 + i, HOSTS + 200, i, TESTING_ETHERTYPE),
				    f->tables->p[2]->id, 0);
		TESTING_NODE(bridge_input)(f->w, f->w->in[NODE_bridge_input]);
		collect(got);
		assert_int_equal(rte_ring_count(f->w->learn->ring), turn ? 0 : 8);
		testing_bridges_turn(f);
	}
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(testing_behind(f, b, HOSTS + 100 + i, 0), 2);
}

/* 8 frames to three members, with mbufs for so many of the 16 clones. */
static void flood_with(unsigned mbufs)
{
	struct rte_mbuf *taken[TESTING_MBUFS];
	struct iface_stats before[TESTING_PORTS];
	struct fate got[BURST_MAX] = {0};
	uint64_t missing = f->w->stats->drop[DROP_replicate_mbufs], sent = 0;
	unsigned n = 0;

	for (unsigned p = 0; p < TESTING_PORTS; p++)
		before[p] = f->w->stats->iface[f->tables->p[p]->id];
	for (unsigned i = 0; i < 8; i++)
		testing_put(f->w, NODE_bridge_input,
			    make(HOSTS + 100, HOSTS + 200, i, TESTING_ETHERTYPE),
			    f->tables->p[0]->id, 0);
	while (n < TESTING_MBUFS && (taken[n] = rte_pktmbuf_alloc(f->w->small)))
		n++;
	rte_pktmbuf_free_bulk(taken, mbufs);
	TESTING_NODE(bridge_input)(f->w, f->w->in[NODE_bridge_input]);
	for (unsigned p = 0; p < TESTING_PORTS; p++) {
		const struct iface_stats *s = &f->w->stats->iface[f->tables->p[p]->id];
		uint64_t packets = s->tx_packets - before[p].tx_packets;

		assert_int_equal(packets, f->w->tx[f->tables->p[p]->port].n);
		assert_int_equal(s->tx_bytes - before[p].tx_bytes, packets * FRAME);
		sent += packets;
	}
	assert_int_equal(sent, 8 + mbufs);
	assert_int_equal(f->w->in[NODE_port_tx]->n, sent);
	assert_int_equal(f->w->stats->drop[DROP_replicate_mbufs] - missing, 16 - mbufs);
	collect(got);
	for (unsigned i = 0; i < 8; i++)
		assert_true(got[i].out & 1u << (TESTING_PORTS - 1));
	rte_pktmbuf_free_bulk(taken + mbufs, n - mbufs);
}

static void what_has_no_mbufs_is_not_counted_as_sent(void **state)
{
	for (unsigned p = 0; p < TESTING_PORTS; p++) {
		conf[p] = BRIDGE_MEMBER_DEFAULT;
		assert_int_equal(bridge_member_set(f->t, f->tables->p[p], &conf[p], NULL), 0);
	}
	for (unsigned mbufs = 0; mbufs <= 16; mbufs++)
		flood_with(mbufs);
}

/* len bytes, of which the first after the MAC addresses are tags. */
static void put_long(unsigned in, unsigned dst, uint32_t number, unsigned tags, uint32_t len)
{
	static const rte_be16_t tag[] = {RTE_BE16(VLAN_TPID_8021Q), RTE_BE16(7)};
	uint8_t frame[1600] = {0};

	put_mac(frame, dst, false);
	put_mac(frame + 6, HOSTS + 100, true);
	for (unsigned i = 0; i < tags; i++)
		memcpy(frame + 12 + i * sizeof(tag), tag, sizeof(tag));
	memcpy(frame + FRAME - 4, &number, 4);
	testing_put(f->w, NODE_bridge_input, testing_packet(frame, len, 0), f->tables->p[in]->id,
		    0);
}

static void set_mtu(unsigned port, uint16_t mtu)
{
	iface_set_mtu(f->tables->p[port], mtu);
	bridge_iface_changed(f->t, f->tables->p[port]);
}

/* Tags belong to the header; what is larger is dropped, for each member that it is too large for.
 */
static void no_frame_beyond_the_mtu(void **state)
{
	static const struct {
		unsigned tags;
		uint32_t len;
		bool fits;
	} c[] = {{0, 1414, true}, {0, 1415, false}, {1, 1418, true}, {1, 1419, false},
		 {2, 1422, true}, {2, 1423, false}, {3, 1426, false}};
	const struct mac_addr known_one = testing_mac(HOSTS + 300);
	struct iface_stats *s = &f->w->stats->iface[f->tables->p[1]->id];

	for (unsigned p = 0; p < TESTING_PORTS; p++) {
		conf[p] = BRIDGE_MEMBER_DEFAULT;
		assert_int_equal(bridge_member_set(f->t, f->tables->p[p], &conf[p], NULL), 0);
	}
	set_mtu(1, 1400);
	assert_int_equal(bridge_fdb_add(f->t, b, f->tables->p[1], &known_one, 0, FDB_STATIC, NULL),
			 0);
	/* One at a time, then all together; to a known host, then flooded. */
	for (unsigned flood = 0; flood < 2; flood++)
		for (unsigned n = 1; n <= RTE_DIM(c); n += RTE_DIM(c) - 1)
			for (unsigned first = 0; first + n <= RTE_DIM(c); first++) {
				struct fate got[BURST_MAX] = {0};
				unsigned large = 0;

				s->tx_packets = 0;
				f->w->stats->drop[DROP_bridge_mtu] = 0;
				for (unsigned i = 0; i < n; i++)
					put_long(0, HOSTS + 300 + flood, i, c[first + i].tags,
						 c[first + i].len);
				TESTING_NODE(bridge_input)(f->w, f->w->in[NODE_bridge_input]);
				collect(got);
				for (unsigned i = 0; i < n; i++) {
					bool fits = c[first + i].fits;

					large += !fits;
					assert_int_equal(got[i].out,
							 (fits ? 2 : 0) | (flood ? 0xc : 0));
					assert_int_equal(got[i].reason,
							 fits || flood ? 0 : DROP_bridge_mtu);
				}
				assert_int_equal(f->w->stats->drop[DROP_bridge_mtu],
						 flood ? large : 0);
				assert_int_equal(s->tx_packets, n - large);
			}
	set_mtu(1, 1500);
	bridge_fdb_del(f->t, b, &known_one, 0, NULL);
}

static int setup(void **state)
{
	struct bridge_conf with_mac = {.has_mac = true, .mac = testing_mac(0xbb00)};

	testing_eal_setup(state);
	*state = f = testing_bridges_create(1000);
	b = testing_bridge(f, "br0", with_mac);
	for (unsigned p = 0; p < TESTING_PORTS; p++)
		testing_member(f, b, p);
	for (unsigned h = 0; h < FOREIGN; h++) {
		const struct mac_addr mac = testing_mac(FIRST_FOREIGN + h);

		assert_int_equal(bridge_fdb_add_foreign(f->t, b, &mac, 0, false, NULL), 0);
	}
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_the_oracle_says),
		cmocka_unit_test(learns),
		cmocka_unit_test(foreign_hosts_move),
		cmocka_unit_test(what_has_no_mbufs_is_not_counted_as_sent),
		cmocka_unit_test(no_frame_beyond_the_mtu),
	};

	testing_simd();
	return cmocka_run_group_tests(tests, setup, testing_bridges_teardown);
}
