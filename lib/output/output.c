/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The node output: write the Ethernet header of the adjacency over that of the packet, and sort
 * the packets into the transmit vectors of their ports.
 */
#include "adj.h"
#include "node.h"

/* Bytes of the first n packets, as frames. */
static inline uint64_t frame_bytes(const struct burst *b)
{
	uint32_t n = b->n;
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < n; i++)
		bytes += b->len[i];
	return bytes + (uint64_t)n * sizeof(struct rte_ether_hdr);
}

/* All leave by the interface of one adjacency. */
static void send_all(struct worker *w, const struct burst *b, const struct adj *adj)
{
	struct iface_stats *s = &w->stats->iface[adj->iface];

	s->tx_packets += b->n;
	s->tx_bytes += frame_bytes(b);
	tx_put_all(w, adj->port, b->pkts, b->n);
}

static void send_each(struct worker *w, const struct burst *b)
{
	for (uint32_t i = 0; i < b->n; i++) {
		const struct adj *adj = &w->adjs[b->meta[i].value];
		struct iface_stats *s = &w->stats->iface[adj->iface];

		s->tx_packets++;
		s->tx_bytes += b->len[i] + sizeof(struct rte_ether_hdr);
		tx_put(w, adj->port, b->pkts[i]);
	}
}

void output(struct worker *w, struct burst *b)
{
	struct adj *adjs = w->adjs, *first = &adjs[b->meta[0].value];
	uint32_t n = b->n, other = 0;

	for (uint32_t i = 0; i < n; i++) {
		struct adj *adj = &adjs[b->meta[i].value];

		adj_mark_used(adj);
		memcpy(b->ip[i] - sizeof(adj->hdr), &adj->hdr, sizeof(adj->hdr));
		other |= adj->iface ^ first->iface;
	}
	if (likely(!other))
		send_all(w, b, first);
	else
		send_each(w, b);
	w->in[NODE_port_tx]->n += b->n;
	b->n = 0;
}
