/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The walker: calls the nodes of pipeline.def in order, each when packets wait for it, and counts
 * calls, packets and cycles for all of them in one place. A walk begins with what stands in the
 * bursts and ends with all of them empty. Context: worker.
 */
#ifndef SLUICE_WALK_H
#define SLUICE_WALK_H

#include <rte_cycles.h>

#include "iface.h"
#include "node.h"
#include "punt.h"

/* The end of one node's time is the beginning of the next one's. */
static inline uint64_t walk_count(struct worker *w, enum node_id id, uint32_t packets,
				  uint64_t begin)
{
	struct node_stats *s = &w->stats->node[id];
	uint64_t end = rte_rdtsc();

	s->calls++;
	s->packets += packets;
	s->cycles += end - begin;
	return end;
}

/* From tsc `now` on; returns the tsc at the end. */
static inline uint64_t walk(struct worker *w, uint64_t now)
{
	for (int id = 0; id < NODE_MAX; id++) {
		struct burst *b = w->in[id];
		uint32_t n = b->n;

		if (n) {
			w->nodes[id](w, b);
			now = walk_count(w, (enum node_id)id, n, now);
		}
	}
	return now;
}

/* Poll a receive queue and walk with what it brought. Returns the number of packets. */
static inline uint32_t walk_rxq(struct worker *w, const struct worker_rxq *rxq)
{
	uint64_t begin = rte_rdtsc(), now;
	uint32_t n;

	w->rxq = rxq;
	w->nodes[NODE_port_rx](w, w->in[NODE_port_rx]);
	n = w->in[NODE_ether_input]->n;
	if (!n)
		return 0;
	now = walk_count(w, NODE_port_rx, n, begin);
	now = walk(w, now);
	w->stats->busy_cycles += now - begin;
	return n;
}

/* Send what the slow path has for the ports, frames that are ready as they are: INJECT_BURST at
 * most. Returns the number of packets. */
static inline uint32_t walk_inject(struct worker *w)
{
	struct rte_mbuf *pkts[INJECT_BURST];
	unsigned n = rte_ring_sc_dequeue_burst(w->inject_ring, (void **)pkts, INJECT_BURST, NULL);

	for (unsigned i = 0; i < n; i++) {
		uint16_t iface = punt_meta(pkts[i])->iface;

		w->stats->iface[iface].injected++;
		w->stats->iface[iface].tx_packets++;
		w->stats->iface[iface].tx_bytes += pkts[i]->pkt_len;
		tx_put(w, w->ifaces[iface].port, pkts[i]);
	}
	w->in[NODE_port_tx]->n = n;
	if (n)
		walk(w, rte_rdtsc());
	return n;
}

#endif
