/* SPDX-License-Identifier: BSD-3-Clause */
#include <rte_ether.h>

#include "adj.h"
#include "node_testing.h"

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

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(header_is_stored_over_the_frame),
		TEST(sorted_by_port),
		TEST(all_by_one_adjacency),
		TEST(joins_what_waits),
		TEST(use_is_marked),
	};

	return cmocka_run_group_tests(tests, testing_eal_setup, testing_eal_teardown);
}
