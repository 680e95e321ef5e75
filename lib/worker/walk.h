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
#include "replicate.h"

/* After so many timed walks with large bursts in a row, it is load: then so many are not timed
 * between two that are, and a number below the spread more, by chance. */
#define WALK_LOAD       64
#define WALK_GAP_MIN    7
#define WALK_GAP_SPREAD 16

/* A node has had n packets. */
static inline void walk_count(struct worker *w, int id, uint32_t n)
{
	w->stats->node[id].calls++;
	w->stats->node[id].packets += n;
}

static inline void walk(struct worker *w)
{
	for (int id = 0; id < NODE_MAX; id++) {
		struct burst *b = w->in[id];
		uint32_t n = b->n;

		if (!n)
			continue;
		w->nodes[id](w, b);
		walk_count(w, id, n);
	}
}

/* The same, where each node's time counts so many times. `now`: the tsc at the begin; the end of
 * one node's time is the begin of the next one's. */
static __rte_noinline void walk_timed(struct worker *w, uint64_t now, uint64_t weight)
{
	for (int id = 0; id < NODE_MAX; id++) {
		struct burst *b = w->in[id];
		uint64_t begin = now;
		uint32_t n = b->n;

		if (!n)
			continue;
		w->nodes[id](w, b);
		walk_count(w, id, n);
		now = rte_rdtsc();
		w->stats->node[id].cycles += (now - begin) * weight;
	}
}

/*
 * How many walks are not to be timed after this one of n packets.
 *
 * To read the clock after each node would cost a twentieth of the speed. So under load only now and
 * then a walk is timed, and stands for those that were not since the last one. How many is left to
 * chance, so that no regular order of the queues is favoured.
 */
static inline uint32_t walk_gap(struct worker *w, uint32_t n)
{
	/* Knuth's linear congruential generator (MMIX), of which the upper bits are good. */
	w->chance = w->chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	w->large = n < BURST_MAX / 2 ? 0 : w->large + 1;
	return w->large < WALK_LOAD ? 0 : WALK_GAP_MIN + (w->chance >> 32) % WALK_GAP_SPREAD;
}

/* Poll a receive queue and walk with what it brought. Returns the number of packets. */
static inline uint32_t walk_rxq(struct worker *w, const struct worker_rxq *rxq)
{
	bool timed = w->untimed >= w->gap;
	uint64_t begin = timed ? rte_rdtsc() : 0;
	uint32_t n;

	w->rxq = rxq;
	w->nodes[NODE_port_rx](w, w->in[NODE_port_rx]);
	n = w->in[NODE_ether_input]->n;
	if (!n)
		return 0;
	walk_count(w, NODE_port_rx, n);
	if (likely(!timed)) {
		walk(w);
		w->untimed++;
	} else {
		uint64_t now = rte_rdtsc(), weight = w->untimed + 1;

		w->stats->node[NODE_port_rx].cycles += (now - begin) * weight;
		walk_timed(w, now, weight);
		w->untimed = 0;
		w->gap = walk_gap(w, n);
	}
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
		/* Answers may be made of packets that were replicated. */
		w->replicated |= pkts[i]->nb_segs > 1 || replicate_is_shared(pkts[i]);
		tx_put(w, iface_fwd_port(&w->ifaces[iface]), pkts[i]);
	}
	w->in[NODE_port_tx]->n = n;
	if (n)
		walk_timed(w, rte_rdtsc(), 1);
	return n;
}

#endif
