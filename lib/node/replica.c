/* SPDX-License-Identifier: BSD-3-Clause */
#include "replica.h"

/* It is another one when ports have been added. */
static struct rte_mempool *small_of(const struct worker *w)
{
	return __atomic_load_n(&w->small, __ATOMIC_ACQUIRE);
}

static void count_headers(struct worker *w, unsigned packets, uint64_t bytes)
{
	w->replicated = true;
	w->stats->copy_packets[COPY_replicate_headers] += packets;
	w->stats->copy_bytes[COPY_replicate_headers] += bytes;
}

unsigned node_clone(struct worker *w, struct rte_mbuf *pkt, struct rte_mbuf **clones, unsigned n)
{
	unsigned got = replicate_clone(small_of(w), pkt, clones, n);

	w->replicated = true;
	w->stats->drop[DROP_replicate_mbufs] += n - got;
	return got;
}

unsigned node_with_header(struct worker *w, struct rte_mbuf *pkt, uint32_t from, const void *hdr,
			  uint16_t hdr_len, struct rte_mbuf **copies, unsigned n)
{
	unsigned got = replicate_with_header(small_of(w), pkt, from, hdr, hdr_len, copies, n);

	count_headers(w, got, (uint64_t)got * hdr_len);
	w->stats->drop[DROP_replicate_mbufs] += n - got;
	return got;
}

struct rte_mbuf *node_own_headers_slow(struct worker *w, struct rte_mbuf *pkt)
{
	int copied = replicate_own_headers(small_of(w), &pkt, PACKET_HEADERS_LEN);

	if (unlikely(copied < 0))
		return NULL;
	count_headers(w, copied != 0, (uint64_t)copied);
	return pkt;
}
