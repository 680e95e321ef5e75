/* SPDX-License-Identifier: BSD-3-Clause */
#include "node_testing.h"

#include <errno.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>

struct worker *testing_worker_create(unsigned ring_size)
{
	size_t stats_size =
		sizeof(struct worker_stats) + TESTING_IFACES * sizeof(struct iface_stats);
	static unsigned made;
	char name[RTE_RING_NAMESIZE];
	struct worker *w = aligned_alloc(RTE_CACHE_LINE_SIZE, sizeof(*w));

	memset(w, 0, sizeof(*w));
	w->small = testing_small_pool();
	for (int i = 0; i < NODE_MAX; i++)
		w->in[i] = &w->bursts[i];
	w->stats = aligned_alloc(RTE_CACHE_LINE_SIZE, RTE_ALIGN(stats_size, RTE_CACHE_LINE_SIZE));
	memset(w->stats, 0, stats_size);
	w->tx = aligned_alloc(RTE_CACHE_LINE_SIZE, RTE_MAX_ETHPORTS * sizeof(*w->tx));
	memset(w->tx, 0, RTE_MAX_ETHPORTS * sizeof(*w->tx));
	w->tx_dirty = calloc(RTE_MAX_ETHPORTS, sizeof(*w->tx_dirty));
	w->policers = aligned_alloc(RTE_CACHE_LINE_SIZE, PUNT_CLASS_MAX * sizeof(*w->policers));
	for (int i = 0; i < PUNT_CLASS_MAX; i++)
		policer_init(&w->policers[i], 1, UINT16_MAX, rte_get_tsc_hz());
	snprintf(name, sizeof(name), "testing_%u", made++);
	w->punt_ring =
		rte_ring_create(name, ring_size, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	assert_non_null(w->punt_ring);
	return w;
}

enum simd testing_simd(void)
{
	enum simd simd;
	int ret = simd_choose(&simd, NULL);

	if (ret == -ENOTSUP)
		exit(77);
	assert_int_equal(ret, 0);
	return simd;
}

void testing_worker_destroy(struct worker *w)
{
	struct rte_mbuf *pkt;

	for (int i = 0; i < NODE_MAX; i++)
		if (i != NODE_port_tx) /* its packets wait in the vectors */
			rte_pktmbuf_free_bulk(w->in[i]->pkts, w->in[i]->n);
	for (uint16_t i = 0; i < RTE_MAX_ETHPORTS; i++)
		rte_pktmbuf_free_bulk(w->tx[i].pkts, w->tx[i].n);
	while (!rte_ring_dequeue(w->punt_ring, (void **)&pkt))
		rte_pktmbuf_free(pkt);
	rte_ring_free(w->punt_ring);
	free(w->policers);
	free(w->tx_dirty);
	free(w->tx);
	free(w->stats);
	free(w);
	assert_int_equal(testing_mbufs_used(), 0);
}

void testing_put(struct worker *w, enum node_id node, struct rte_mbuf *pkt, uint16_t iface,
		 uint8_t flags)
{
	assert_true(w->in[node]->n < BURST_MAX);
	node_put(w, node, pkt,
		 (struct pkt_meta){.iface = iface, .l2_len = RTE_ETHER_HDR_LEN, .flags = flags});
}

enum node_id testing_where(const struct worker *w, const struct rte_mbuf *pkt,
			   struct pkt_meta *meta)
{
	for (int node = 0; node < NODE_MAX; node++) {
		const struct burst *b = w->in[node];

		for (uint32_t i = 0; node != NODE_port_tx && i < b->n; i++) {
			if (b->pkts[i] != pkt)
				continue;
			*meta = b->meta[i];
			return (enum node_id)node;
		}
	}
	return NODE_MAX;
}

void testing_assert_burst(const struct worker *w, enum node_id node, struct rte_mbuf *const *pkts,
			  unsigned n)
{
	assert_int_equal(w->in[node]->n, n);
	for (unsigned i = 0; i < n; i++)
		assert_ptr_equal(w->in[node]->pkts[i], pkts[i]);
}
