/* SPDX-License-Identifier: BSD-3-Clause */
#include <rte_ether.h>

#include "adj.h"
#include "iface.h"
#include "node_testing.h"
#include "replicate.h"

#define LEN 100

/* Adjacency i leaves by interface i % 8 and port 10 + i % 8: more than output serves one by one. */
static struct adj adjs[2 * TESTING_IFACES];
static struct worker *w;
static node_fn *output;

static int setup(void **state)
{
	w = testing_worker_create(64);
	output = TESTING_NODE(output);
	for (unsigned i = 0; i < RTE_DIM(adjs); i++) {
		adjs[i] = (struct adj){.kind = ADJ_REWRITE,
				       .iface = (uint16_t)(i % TESTING_IFACES),
				       .port = (uint16_t)(10 + i % TESTING_IFACES),
				       .l2_len = RTE_ETHER_HDR_LEN};
		memset(adjs[i].l2, (int)(0x10 + i), sizeof(adjs[i].l2));
	}
	w->adjs = adjs;
	return 0;
}

static int teardown(void **state)
{
	testing_worker_destroy(w);
	return 0;
}

static struct rte_mbuf *put(uint32_t adj, uint32_t len)
{
	uint8_t frame[2 * LEN];
	struct rte_mbuf *pkt;

	memset(frame, 0xee, sizeof(frame));
	pkt = testing_packet(frame, len, LEN / 2);
	node_put(w, NODE_output, pkt, (struct pkt_meta){.value = adj, .l2_len = RTE_ETHER_HDR_LEN});
	return pkt;
}

static void assert_rewritten(const struct rte_mbuf *pkt, uint32_t adj)
{
	uint8_t want[2 * LEN];

	memset(want, 0xee, sizeof(want));
	memcpy(want, adj_hdr(&adjs[adj]), adjs[adj].l2_len);
	testing_assert_bytes(pkt, want, pkt->pkt_len);
}

static void header_is_stored_over_the_frame(void **state)
{
	struct rte_mbuf *pkt = put(6, LEN);

	output(w, w->in[NODE_output]);
	testing_assert_empty(w, NODE_output);
	assert_rewritten(pkt, 6);
	assert_int_equal(w->n_tx_dirty, 1);
	assert_int_equal(w->tx_dirty[0], 16);
	assert_int_equal(w->tx[16].n, 1);
	assert_ptr_equal(w->tx[16].pkts[0], pkt);
	assert_int_equal(w->in[NODE_port_tx]->n, 1);
}

/* Full bursts over the ports by a pattern: to each port in order, each counted where it leaves. */
static void sorted_by_port(void **state)
{
	static const unsigned run[] = {1, 2, 5, 16, 63, 64};
	struct iface_stats want[TESTING_IFACES] = {0};

	for (unsigned k = 0; k < RTE_DIM(run); k++) {
		unsigned n[TESTING_IFACES] = {0}, used = 0;
		struct rte_mbuf *of_port[TESTING_IFACES][BURST_MAX];

		for (unsigned i = 0; i < BURST_MAX; i++) {
			/* Adjacencies a and a + 8 have the same port. */
			unsigned adj = i / run[k] * 3 % TESTING_IFACES + i % 2 * TESTING_IFACES;
			unsigned port = adj % TESTING_IFACES;
			struct rte_mbuf *pkt = put(adj, LEN + i);

			of_port[port][n[port]++] = pkt;
			want[port].tx_packets++;
			want[port].tx_bytes += LEN + i;
		}
		output(w, w->in[NODE_output]);
		assert_int_equal(w->in[NODE_port_tx]->n, BURST_MAX);
		for (unsigned port = 0; port < TESTING_IFACES; port++) {
			struct tx_vector *v = &w->tx[10 + port];

			used += n[port] > 0;
			assert_int_equal(v->n, n[port]);
			if (n[port])
				assert_memory_equal(v->pkts, of_port[port],
						    n[port] * sizeof(*v->pkts));
			rte_pktmbuf_free_bulk(v->pkts, v->n);
			v->n = 0;
			assert_int_equal(w->stats->iface[port].tx_packets, want[port].tx_packets);
			assert_int_equal(w->stats->iface[port].tx_bytes, want[port].tx_bytes);
		}
		assert_int_equal(w->n_tx_dirty, used);
		w->n_tx_dirty = 0;
		w->in[NODE_port_tx]->n = 0;
	}
}

/* Bursts of every size that are known to go by one adjacency: as without that knowledge. */
static void all_by_one_adjacency(void **state)
{
	uint64_t packets = 0, bytes = 0;

	for (unsigned n = 1; n <= BURST_MAX; n++)
		for (unsigned known = 0; known < 2; known++) {
			struct rte_mbuf *pkts[BURST_MAX];

			for (unsigned i = 0; i < n; i++) {
				pkts[i] = put(3, LEN + i);
				bytes += LEN + i;
			}
			packets += n;
			adjs[3].used = 0;
			w->in[NODE_output]->one_adj = known;
			output(w, w->in[NODE_output]);
			assert_int_equal(adjs[3].used, 1);
			assert_int_equal(w->tx[13].n, n);
			assert_memory_equal(w->tx[13].pkts, pkts, n * sizeof(*pkts));
			assert_int_equal(w->in[NODE_port_tx]->n, n);
			assert_int_equal(w->stats->iface[3].tx_packets, packets);
			assert_int_equal(w->stats->iface[3].tx_bytes, bytes);
			for (unsigned i = 0; i < n; i++)
				assert_rewritten(pkts[i], 3);
			rte_pktmbuf_free_bulk(pkts, n);
			w->tx[13].n = 0;
			w->n_tx_dirty = 0;
			w->in[NODE_port_tx]->n = 0;
		}
}

/* What ip4_input and ip6_input put in one after the other comes into one vector. */
static void joins_what_waits(void **state)
{
	struct rte_mbuf *first = put(1, LEN), *second;

	output(w, w->in[NODE_output]);
	second = put(9, LEN);
	output(w, w->in[NODE_output]);
	assert_int_equal(w->n_tx_dirty, 1);
	assert_int_equal(w->tx[11].n, 2);
	assert_ptr_equal(w->tx[11].pkts[0], first);
	assert_ptr_equal(w->tx[11].pkts[1], second);
	assert_rewritten(first, 1);
	assert_rewritten(second, 9);
	assert_int_equal(w->in[NODE_port_tx]->n, 2);
}

/* The adjacencies of the packets are marked, and no others; what is set already is left alone. */
static void use_is_marked(void **state)
{
	put(2, LEN);
	put(7, LEN);
	put(7, LEN);
	adjs[2].used = 5;
	output(w, w->in[NODE_output]);
	for (unsigned i = 0; i < RTE_DIM(adjs); i++)
		assert_int_equal(adjs[i].used, i == 2 ? 5 : i == 7);
}

/* The forms of headers: without tags, with one, with two, and with one that the device puts on. By
 * interface 1 (a port), 2 (a VLAN of it), 3 (a VLAN within that) and 4 (a VLAN of the port). */
#define FORMS      4
#define INSERT     3
#define INSERT_VID 0x123

static const uint8_t came_lens[] = {14, 18, 22};
static struct iface_fwd ifaces[TESTING_IFACES];

static int setup_tags(void **state)
{
	setup(state);
	memset(ifaces, 0, sizeof(ifaces));
	for (uint16_t form = 0; form < FORMS; form++) {
		struct adj *adj = &adjs[form];

		adj->l2_len = form == INSERT ? 14 : came_lens[form];
		adj->insert = form == INSERT;
		adj->insert_vid = INSERT_VID;
		adj->iface = 1 + form;
		adj->port = 10;
		for (unsigned i = 0; i < sizeof(adj->l2); i++)
			adj->l2[i] = (uint8_t)(0xc0 + i);
		/* The TCI of the outer tag, without priority. */
		if (adj->l2_len > 14)
			adj->l2[sizeof(adj->l2) - adj->l2_len + 14] = 0x01;
		if (form)
			ifaces[adj->iface] = (struct iface_fwd){
				.kind = IFACE_VLAN,
				.parent = form == 2 ? 2 : 1,
			};
	}
	w->ifaces = ifaces;
	return 0;
}

/* What came with a header of l2_len bytes and the priority in its outer tag, IP packet number i. */
static struct rte_mbuf *put_tagged(uint32_t adj, uint8_t l2_len, uint8_t priority, unsigned i)
{
	uint8_t frame[22 + LEN];
	struct rte_mbuf *pkt;

	memset(frame, 0xee, l2_len);
	if (l2_len > 14)
		frame[14] = (uint8_t)(priority | 0x0e);
	memset(frame + l2_len, (int)i, LEN);
	pkt = testing_packet(frame, l2_len + (uint32_t)LEN, i % 2 ? 64 : 0);
	node_put(w, NODE_output, pkt,
		 (struct pkt_meta){
			 .value = adj, .l2_len = l2_len, .flags = l2_len > 14 ? PKT_TAGGED : 0});
	return pkt;
}

static void assert_tagged(const struct rte_mbuf *pkt, uint32_t form, uint8_t priority, unsigned i)
{
	const struct adj *adj = &adjs[form];
	uint8_t want[22 + LEN];

	memcpy(want, adj_hdr(adj), adj->l2_len);
	if (adj->l2_len > 14)
		want[14] |= priority;
	memset(want + adj->l2_len, (int)i, LEN);
	testing_assert_bytes(pkt, want, adj->l2_len + (uint32_t)LEN);
	assert_int_equal(!!(pkt->ol_flags & RTE_MBUF_F_TX_VLAN), form == INSERT);
	if (form == INSERT)
		assert_int_equal(pkt->vlan_tci, INSERT_VID | priority << 8);
}

static void empty_port(uint16_t port)
{
	rte_pktmbuf_free_bulk(w->tx[port].pkts, w->tx[port].n);
	w->tx[port].n = 0;
	w->n_tx_dirty = 0;
	w->in[NODE_port_tx]->n = 0;
}

/* Bytes on the wire. */
static uint64_t wire(uint32_t form)
{
	return LEN + (form == INSERT ? 18u : came_lens[form]);
}

/* Bursts that come in one form, each packet of a priority of its own, and leave in one: whether or
 * not it is known that there is one adjacency. */
static void from_form_to_form(void **state)
{
	uint64_t packets = 0, bytes[FORMS] = {0}, sent = 0;

	for (unsigned k = 0; k < FORMS * RTE_DIM(came_lens) * 2; k++)
		for (unsigned n = 1; n <= BURST_MAX; n += 7) {
			uint8_t came = came_lens[k / FORMS % RTE_DIM(came_lens)];
			uint32_t form = k % FORMS;
			struct rte_mbuf *pkts[BURST_MAX];

			for (unsigned i = 0; i < n; i++)
				pkts[i] = put_tagged(form, came, (uint8_t)(i << 4), i);
			w->in[NODE_output]->one_adj = k / FORMS >= RTE_DIM(came_lens);
			output(w, w->in[NODE_output]);
			assert_int_equal(w->tx[10].n, n);
			assert_int_equal(w->in[NODE_port_tx]->n, n);
			for (unsigned i = 0; i < n; i++) {
				assert_ptr_equal(w->tx[10].pkts[i], pkts[i]);
				assert_tagged(pkts[i], form, came > 14 ? (uint8_t)(i << 4) : 0, i);
			}
			empty_port(10);
			packets += n;
			sent += n * wire(form);
			bytes[form] += n * wire(form);
		}
	/* Each counts for its interface and those below it. */
	assert_int_equal(w->stats->iface[1].tx_packets, packets);
	assert_int_equal(w->stats->iface[1].tx_bytes, sent);
	assert_int_equal(w->stats->iface[2].tx_bytes, bytes[1] + bytes[2]);
	assert_int_equal(w->stats->iface[3].tx_bytes, bytes[2]);
	assert_int_equal(w->stats->iface[4].tx_bytes, bytes[INSERT]);
}

/* All forms in one burst, in any order. */
static void mixed_forms(void **state)
{
	for (unsigned round = 0; round < 200; round++) {
		struct rte_mbuf *pkts[BURST_MAX];
		unsigned n = 1 + round % BURST_MAX, left = 0;
		uint32_t form[BURST_MAX];
		uint8_t came[BURST_MAX];

		for (unsigned i = 0; i < n; i++) {
			uint32_t any = (i + 1) * (round + 1) * 0x9e3779b1u;

			form[i] = any >> 30;
			came[i] = came_lens[(any >> 20 & 0xff) % (round % 3 + 1)];
			pkts[i] = put_tagged(form[i], came[i], 0xb0, i);
		}
		w->tx[10].n = 0;
		output(w, w->in[NODE_output]);
		assert_int_equal(w->tx[10].n, n);
		for (unsigned i = 0; i < n; i++)
			assert_tagged(pkts[i], form[i], came[i] > 14 ? 0xb0 : 0, i);
		/* Those of one interface stay in order. */
		for (uint32_t f = 0; f < FORMS; f++, left = 0)
			for (unsigned i = 0; i < n; i++) {
				if (form[i] != f)
					continue;
				while (w->tx[10].pkts[left] != pkts[i])
					assert_true(++left < n);
			}
		empty_port(10);
	}
}

/* The priority of a tag that the device has taken off is kept too. */
static void priority_of_stripped(void **state)
{
	for (uint32_t form = 0; form < FORMS; form++) {
		struct rte_mbuf *pkt = put_tagged(form, 14, 0, 0);

		pkt->ol_flags |= RTE_MBUF_F_RX_VLAN_STRIPPED;
		pkt->vlan_tci = 0x7123;
		w->in[NODE_output]->one_adj = form % 2;
		output(w, w->in[NODE_output]);
		assert_tagged(pkt, form, 0x70, 0);
		empty_port(10);
	}
}

/* How long a packet of len bytes is in its mbuf, that came with a header of so many bytes on the
 * wire, when it leaves by an adjacency. */
static uint32_t padded(uint32_t form, uint32_t came, uint32_t len)
{
	uint32_t inserted = form == INSERT ? 4 : 0, out = came_lens[form % INSERT] + inserted;

	return (came > out ? RTE_MAX(out + len, 60u) : out + len) - inserted;
}

/* With fewer tags, frames are filled up with zeroes to the 60 bytes of the shortest; one that is
 * shared in an mbuf of its own. */
static void too_short_without_tags(void **state)
{
	uint8_t bytes[22 + 60], want[22 + 60] = {0};

	for (unsigned k = 0; k < FORMS * RTE_DIM(came_lens) * 4 * 20; k++) {
		uint32_t form = k % FORMS, len = 36 + k / FORMS / 12 % 20;
		uint8_t came = came_lens[k / FORMS % 3], out = came_lens[form % INSERT];
		bool stripped = k / FORMS / 3 % 2 && came == 14, shared = k / FORMS / 6 % 2;
		struct pkt_meta meta = {.value = form, .l2_len = came, .flags = PKT_TAGGED};
		struct rte_mbuf *pkt, *sent, *clone = NULL;
		uint64_t before = w->stats->iface[1].tx_bytes;

		memset(bytes, 0x5a, sizeof(bytes));
		pkt = testing_packet(bytes, came + len, 0);
		if (stripped)
			pkt->ol_flags |= RTE_MBUF_F_RX_VLAN_STRIPPED;
		pkt->vlan_tci = 0;
		if (shared)
			assert_int_equal(replicate_clone(w->small, pkt, &clone, 1), 1);
		node_put(w, NODE_output, pkt, meta);
		w->in[NODE_output]->one_adj = k / FORMS % 2;
		output(w, w->in[NODE_output]);
		assert_int_equal(w->tx[10].n, 1);
		sent = w->tx[10].pkts[0];
		memset(want, 0, sizeof(want));
		memset(want + out, 0x5a, len);
		memcpy(want, rte_pktmbuf_mtod(sent, void *), out);
		testing_assert_bytes(sent, want, padded(form, came + (stripped ? 4 : 0), len));
		assert_int_equal(w->stats->iface[1].tx_bytes - before,
				 sent->pkt_len + (form == INSERT ? 4 : 0));
		if (shared) /* nobody has written behind it */
			assert_int_equal(rte_pktmbuf_mtod(clone, uint8_t *)[came + len],
					 TESTING_POISON);
		rte_pktmbuf_free(clone);
		empty_port(10);
	}
}

/* Without room in front of it, it is dropped, the others go; to make it shorter needs none. */
static void no_room_for_tags(void **state)
{
	for (uint16_t room = 0; room < 10; room++)
		for (uint32_t form = 0; form < 3; form++) {
			struct rte_mbuf *before = put_tagged(form, 14, 0, 0);
			struct rte_mbuf *pkt = put_tagged(form, 14, 0, 2), *after;
			bool fits = room + 14 >= came_lens[form];
			struct pkt_meta meta;
			uint8_t bytes[LEN + 14];

			memcpy(bytes, rte_pktmbuf_mtod(pkt, void *), sizeof(bytes));
			pkt->data_off = room;
			memcpy(rte_pktmbuf_mtod(pkt, void *), bytes, sizeof(bytes));
			w->in[NODE_output]->ip[1] = rte_pktmbuf_mtod_offset(pkt, uint8_t *, 14);
			after = put_tagged(form, 14, 0, 4);
			w->in[NODE_output]->one_adj = room % 2;
			output(w, w->in[NODE_output]);
			assert_int_equal(w->tx[10].n, 2u + fits);
			assert_tagged(before, form, 0, 0);
			assert_tagged(after, form, 0, 4);
			if (fits) {
				assert_tagged(pkt, form, 0, 2);
			} else {
				assert_int_equal(testing_where(w, pkt, &meta), NODE_drop);
				assert_int_equal(meta.value, DROP_tx_headroom);
				rte_pktmbuf_free(pkt);
				w->in[NODE_drop]->n = 0;
			}
			empty_port(10);
		}
}

/* What leaves by a bridge goes there with its tags. */
static void by_a_bridge(void **state)
{
	struct rte_mbuf *pkts[3];
	struct pkt_meta meta;

	adjs[1].port = IFACE_PORT_BRIDGE;
	for (unsigned k = 0; k < 3; k++) {
		pkts[0] = put_tagged(1, 14, 0, 0);
		pkts[1] = put_tagged(1, 22, 0x60, 1);
		pkts[2] = put_tagged(k == 2 ? 0 : 1, 18, 0x60, 2);
		w->in[NODE_output]->one_adj = k == 1;
		output(w, w->in[NODE_output]);
		testing_assert_burst(w, NODE_bridge_output, pkts, k == 2 ? 2 : 3);
		assert_int_equal(testing_where(w, pkts[1], &meta), NODE_bridge_output);
		assert_int_equal(meta.iface, 2);
		assert_int_equal(meta.l2_len, 18);
		assert_tagged(pkts[0], 1, 0, 0);
		assert_tagged(pkts[1], 1, 0x60, 1);
		assert_int_equal(w->in[NODE_port_tx]->n, k == 2);
		rte_pktmbuf_free_bulk(w->in[NODE_bridge_output]->pkts,
				      w->in[NODE_bridge_output]->n);
		w->in[NODE_bridge_output]->n = 0;
		empty_port(10);
	}
}

#define TEST(fn)      cmocka_unit_test_setup_teardown(fn, setup, teardown)
#define TEST_TAGS(fn) cmocka_unit_test_setup_teardown(fn, setup_tags, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(header_is_stored_over_the_frame),
		TEST(sorted_by_port),
		TEST(all_by_one_adjacency),
		TEST(joins_what_waits),
		TEST(use_is_marked),
		TEST_TAGS(from_form_to_form),
		TEST_TAGS(mixed_forms),
		TEST_TAGS(priority_of_stripped),
		TEST_TAGS(too_short_without_tags),
		TEST_TAGS(no_room_for_tags),
		TEST_TAGS(by_a_bridge),
	};

	return cmocka_run_group_tests(tests, testing_eal_setup, testing_eal_teardown);
}
