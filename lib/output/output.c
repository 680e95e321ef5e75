/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The node output: write the Ethernet header of the adjacency over that of the packet, and sort
 * the packets into the transmit vectors of their ports.
 */
#include "adj.h"
#include "node.h"
#include "simd.h"

/* So many interfaces of a burst are served one by one; for each all packets are looked at. */
#define FEW_IFACES 4

static void send_one(struct worker *w, const struct adj *adj, struct rte_mbuf *pkt, uint32_t len)
{
	struct iface_stats *s = &w->stats->iface[adj->iface];

	s->tx_packets++;
	s->tx_bytes += len + sizeof(struct rte_ether_hdr);
	tx_put(w, adj->port, pkt);
}

/* All leave by the interface of this adjacency, though maybe by others of the same. */
static void send_all(struct worker *w, const struct burst *b, const struct adj *adj)
{
	struct iface_stats *s = &w->stats->iface[adj->iface];
	uint64_t bytes = 0;
	uint32_t n = b->n;

	for (uint32_t i = 0; i < n; i++)
		bytes += b->len[i];
	s->tx_packets += n;
	s->tx_bytes += bytes + (uint64_t)n * sizeof(struct rte_ether_hdr);
	tx_put_all(w, adj->port, b->pkts, n);
}

/* ifaces: those that the packets leave by. */
static void send_parted(struct worker *w, const struct burst *b, const uint16_t *ifaces)
{
	uint64_t left = burst_mask(b->n);

	for (int k = 0; left && k < FEW_IFACES; k++) {
		int i = __builtin_ctzll(left);
		uint64_t mask = burst_equal(ifaces, b->n, ifaces[i]);
		struct burst part;

		part.n = burst_take(&part, 0, b, mask);
		send_all(w, &part, &w->adjs[b->meta[i].value]);
		left &= ~mask;
	}
	for (; left; left &= left - 1) {
		int i = __builtin_ctzll(left);

		send_one(w, &w->adjs[b->meta[i].value], b->pkts[i], b->len[i]);
	}
}

static inline void write_header(uint8_t *ip, const struct adj *adj)
{
	memcpy(ip - sizeof(struct rte_ether_hdr),
	       adj->l2 + sizeof(adj->l2) - sizeof(struct rte_ether_hdr),
	       sizeof(struct rte_ether_hdr));
}

/* All leave by one adjacency. */
static void output_one(struct worker *w, struct burst *b, struct adj *adj)
{
	uint32_t n = b->n;

	adj_mark_used(adj);
	for (uint32_t i = 0; i < n; i++)
		write_header(b->ip[i], adj);
	send_all(w, b, adj);
}

static void output_each(struct worker *w, struct burst *b)
{
	struct adj *adjs = w->adjs, *first = &adjs[b->meta[0].value];
	uint16_t ifaces[BURST_MAX] = {0}, other = 0;
	uint32_t n = b->n;

	for (uint32_t i = 0; i < n; i++) {
		struct adj *adj = &adjs[b->meta[i].value];

		adj_mark_used(adj);
		write_header(b->ip[i], adj);
		ifaces[i] = adj->iface;
		other |= adj->iface ^ first->iface;
	}
	if (!other)
		send_all(w, b, first);
	else
		send_parted(w, b, ifaces);
}

void SIMD_NAMED(output)(struct worker *w, struct burst *b)
{
	if (b->one_adj)
		output_one(w, b, &w->adjs[b->meta[0].value]);
	else
		output_each(w, b);
	w->in[NODE_port_tx]->n += b->n;
	b->n = 0;
}
